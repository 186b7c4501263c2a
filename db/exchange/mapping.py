"""Which member of an object is which field of a record, for lists of unknown shape.

As JSON, a mapping reads:

    {"becomes": "bug", "members": {"title": "headline", "status": "/state/name"},
     "statuses": {"triage": "queued"}}
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import Struct, field

from db.errors import ExchangeError
from db.exchange.fields import text_of
from db.ports import Storage
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status, fold_priority, fold_status

GUESSES: Final[AnyMapping[str, tuple[str, ...]]] = {
    "id": ("id", "_id", "uuid", "key", "taskid", "issueid", "number", "slug"),
    "title": (
        "title", "name", "summary", "subject", "task", "label", "headline", "question",
        "prompt", "description", "content", "text", "message", "body",
    ),
    "status": (
        "status", "state", "stage", "progress", "done", "completed", "passes", "success",
    ),
    "description": (
        "description", "body", "details", "detail", "content", "text", "message", "notes",
        "prompt", "comment",
    ),
    "priority": ("priority", "severity", "urgency", "importance"),
    "kind": ("type", "kind", "issuetype", "category"),
    "tags": ("tags", "labels", "keywords", "topics"),
    "created": (
        "createdat", "created", "createddate", "creationdate", "timestamp", "date", "time",
        "ts", "entry", "starttime", "startedat",
    ),
    "updated": (
        "updatedat", "updated", "modified", "modifiedat", "lastmodified", "lastupdated",
        "closedat", "completedat", "finishedat",
    ),
    "parent": ("parentid", "parent", "parenttaskid"),
    "needs": ("dependencies", "dependson", "blockedby", "depends", "requires"),
}  # fmt: skip
"""For each field of a task, the names that other tools give it, the likeliest first."""

BECOMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TASK: tuple(GUESSES),
    Kind.BUG: ("id", "title", "status", "description", "priority", "created", "updated"),
    Kind.LEARNING: ("id", "title", "description", "kind", "tags", "created", "updated"),
    Kind.DESIGN_NOTE: ("id", "title", "description", "created", "updated"),
    Kind.STATUS_UPDATE: ("id", "title", "description", "created", "updated"),
}
"""The kinds of record that an object can become, each with the fields it has a place for."""

NOTHING: Final = ""
"""Stands for a field that no member holds."""

_CLEAR_TITLES: Final = {*GUESSES["title"][: GUESSES["title"].index("description")]}
_LONG_CHARS: Final = 80
_NAME: Final = re.compile(r"(?=.*\d)(?!\d{4}-\d\d-)[\w.:#-]{1,64}")
"""A word with a digit in it, but no date."""

_SEPARATORS: Final = str.maketrans("", "", "-_ .")
_SETTING: Final = "mappings"
_MOST_KEPT: Final = 100
_SAMPLE_ROWS: Final = 50
_FEW: Final = 12
"""So many different words a member may hold to be taken for a state."""

Rows: TypeAlias = Sequence[AnyMapping[str, Any]]


class Mapping(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What objects become, and where they hold each field.

    `becomes` is the word of a kind of record. `members` names a member for fields: one that
    begins with a slash is a JSON pointer, an empty one means that the field is nowhere. A
    field that is not named is looked for under the names of `GUESSES`. `statuses` says
    which state a word of the file means, where that is not clear by itself.
    """

    becomes: str = Kind.TASK.word
    members: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The kind of record that objects become."""
        return Kind.named(self.becomes)


def load_mapping(path: Path) -> Mapping:
    """Return the mapping that a JSON file holds.

    Raises:
        ExchangeError: it cannot be read, holds none, or one that names what there is not.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Mapping)
    except OSError as error:
        raise _unfit(path.name, error.strerror or "it cannot be read") from error
    except msgspec.MsgspecError as error:
        raise _unfit(path.name, str(error)) from error
    known: dict[str, tuple[Iterable[str], Sequence[str]]] = {
        "kind": ((found.becomes,), [kind.word for kind in BECOMES]),
        "field": (found.members, [*GUESSES]),
        "state": (found.statuses.values(), [status.word for status in Status]),
    }
    for what, (named, words) in known.items():
        for each in named:
            if each not in words:
                raise _unfit(path.name, f"“{each}” is no {what}; there are {', '.join(words)}")
    return found


def _unfit(name: str, why: str) -> ExchangeError:
    return ExchangeError(
        f"{name} is no mapping: {why}.",
        advice="`sheaf import --help` shows what a mapping looks like.",
    )


def write_mapping(mapping: Mapping) -> bytes:
    """Return a mapping as a JSON file holds it."""
    return msgspec.json.format(msgspec.json.encode(mapping), indent=2) + b"\n"


def candidates(keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return which of an object's keys may by name hold each field, the likeliest first."""
    by_name = {_plain(key): key for key in reversed([*keys])}
    return {
        field_: tuple(by_name[name] for name in names if name in by_name)
        for field_, names in GUESSES.items()
    }


def member_of(data: AnyMapping[str, Any], member: str) -> Any:
    """Return what an object holds in a member, or at a JSON pointer; None for nothing."""
    found: Any = data
    for part in parts_of(member):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def parts_of(member: str) -> tuple[str, ...]:
    """Return the keys that lead to a member, the outermost first."""
    if not member.startswith("/"):
        return (member,)
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in member[1:].split("/"))


def members_of(rows: Rows) -> tuple[str, ...]:
    """Return the members of objects, then those of objects in them, as mappings name them."""
    outer: dict[str, None] = {}
    inner: dict[str, None] = {}
    for row in rows:
        for key, value in row.items():
            outer[_pointer(key) if key.startswith("/") else key] = None
            if isinstance(value, dict):
                inner |= {_pointer(key, deeper): None for deeper in value}
    return (*outer, *inner)


def _pointer(*parts: str) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def digest(rows: Rows) -> str:
    """Return what tells a shape from others: a digest of the keys of its objects."""
    return hashlib.sha256("\n".join(sorted(_keys(rows))).encode("utf-8", "replace")).hexdigest()


def _keys(rows: Rows) -> set[str]:
    return {key for row in rows[:_SAMPLE_ROWS] for key in row}


def remember(storage: Storage, rows: Rows, mapping: Mapping) -> None:
    """Keep a mapping for the next file of this shape."""
    kept = _kept(storage)
    name = digest(rows)
    kept.pop(name, None)
    kept[name] = {"keys": sorted(_keys(rows)), "mapping": msgspec.to_builtins(mapping)}
    storage.settings.put(_SETTING, dict([*kept.items()][-_MOST_KEPT:]))


def remembered(storage: Storage, rows: Rows) -> Mapping | None:
    """Return the mapping that was kept for files of this shape, if one was."""
    found = _kept(storage).get(digest(rows))
    return None if found is None else _converted(found)


def fitting(storage: Storage) -> Callable[[AnyMapping[str, Any]], Mapping | None]:
    """Return what tells the mapping by which an object was most likely read."""
    kept = [(set(each["keys"]), _converted(each)) for each in _kept(storage).values()]

    def find(data: AnyMapping[str, Any]) -> Mapping | None:
        fit = [(len(keys), mapping) for keys, mapping in kept if data.keys() <= keys]
        return min(fit, key=lambda pair: pair[0])[1] if fit else None

    return find


def _kept(storage: Storage) -> dict[str, Any]:
    found = storage.settings.get(_SETTING)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _converted(kept: AnyMapping[str, Any]) -> Mapping:
    return msgspec.convert(kept["mapping"], Mapping)


def proposed(rows: Rows, *, by_values: bool = True) -> Mapping:
    """Return the mapping that objects most likely need, by names and maybe by values.

    It names every field of a task. By names alone it says how they are read without one.
    """
    free = {name: _values(rows, name) for name in members_of(rows)}
    by_name = candidates(name for name in free if not name.startswith("/"))
    members: dict[str, str] = {}
    ids: frozenset[str] = frozenset()
    for field_, likeliest in by_name.items():
        named = [name for name in likeliest if name in free]
        if by_values:
            named = [_said_in(field_, name, free) for name in named]
            named = [name for name in named if _may_be(field_, name, free[name])]
            named += [name for name, found in free.items() if _looks_like(field_, found, ids)]
            if field_ == "id":
                named += [name for name, found in free.items() if _is_number(name, found)]
        member = next(iter(named), NOTHING)
        members[field_] = member
        found = free.pop(member, [])
        if field_ == "id":
            ids = frozenset(map(text_of, found))
    words = unknown_words(rows, members["status"])
    return Mapping(
        becomes=(_likely_kind(rows) if by_values else Kind.TASK).word,
        members=members,
        statuses=dict.fromkeys(words, Status.QUEUED.word),
    )


def _said_in(field_: str, name: str, free: AnyMapping[str, list[Any]]) -> str:
    """Return the member that says a word for a field: inside an object, its name or title."""
    if field_ in _WORDS and any(isinstance(value, dict) for value in free[name]):
        inner = (_pointer(name, each) for each in _NAMING)
        return next((each for each in inner if each in free), name)
    return name


def _may_be(field_: str, name: str, found: list[Any]) -> bool:
    """Tell whether a member of a likely name can be a field; keys may not repeat."""
    is_certain = field_ != "id" or _plain(name) in _CLEAR_IDS
    return is_certain or len({*map(text_of, found)}) == len(found)


def _is_number(name: str, found: list[Any]) -> bool:
    """Tell whether a member is called a number, and its values are all different."""
    is_plain = all(isinstance(value, str | int) for value in found)
    return _plain(name) in _NUMBERS and is_plain and len({*map(text_of, found)}) == len(found)


_CLEAR_IDS: Final = frozenset({"id", "uuid", "taskid", "issueid"})
_WORDS: Final = frozenset({"status", "priority", "kind"})
_NAMING: Final = ("name", "title", "label", "value", "key")
_NUMBERS: Final = frozenset(
    {"ref", "reference", "nr", "no", "num", "code", "ticket", "issue", "identifier"}
)


def is_sure(rows: Rows) -> bool:
    """Tell whether names alone say what objects are.

    They have a title that is called one, their states are known words, and their values
    say nothing else of what an object is called and how it stands.
    """
    named = candidates(key for row in rows for key in row)
    if not (named["title"] and _plain(named["title"][0]) in _CLEAR_TITLES):
        return False
    by_names, by_values = (proposed(rows, by_values=each).members for each in (False, True))
    if any(by_names[each] != by_values[each] for each in ("id", "title", "status")):
        return False
    return not any(unknown_words(rows, member) for member in named["status"][:1])


def unknown_words(rows: Rows, member: str) -> tuple[str, ...]:
    """Return the words for states that mean nothing by themselves, as they first come.

    Where they are too many to be states, none.
    """
    said = dict.fromkeys(
        value.strip() for value in _values(rows, member) if isinstance(value, str)
    )
    unknown = [word for word in said if word and fold_status(word) is None]
    return tuple(unknown) if len(unknown) <= _FEW else ()


def _values(rows: Rows, member: str) -> list[Any]:
    """Return what objects hold in a member, without those that hold nothing there."""
    found = [member_of(row, member) for row in rows] if member else []
    return [value for value in found if value is not None and value != ""]


def _looks_like(field_: str, found: list[Any], ids: frozenset[str]) -> bool:
    """Tell whether the values of a member look like those of a field."""
    if not found or field_ not in _LOOKS:
        return False
    if field_ in {"parent", "needs", "tags"}:
        return _LOOKS[field_](found, ids)
    if field_ in {"created", "updated"} and all(map(_is_moment, found)):
        return True
    return all(isinstance(value, str) for value in found) and _LOOKS[field_](found, ids)


def _is_moment(value: Any) -> bool:
    """Tell whether a number is a moment of this century, in seconds or finer."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    moment = parse_time(value) if is_number and value > _LONG_AGO_S else None
    return moment is not None and _LONG_AGO_S <= moment // 1_000_000 <= _FAR_S


_LONG_AGO_S: Final = 946_684_800
_FAR_S: Final = 4_102_444_800


_LOOKS: Final[dict[str, Callable[[list[Any], frozenset[str]], bool]]] = {
    "id": lambda found, _: len({*found}) == len(found) > 1 and all(map(_NAME.fullmatch, found)),
    "title": lambda found, _: (
        len({*found}) * 2 > len(found) and any(" " in text for text in found)
    ),
    "status": lambda found, _: _are_states({*found}),
    "priority": lambda found, _: all(fold_priority(word) is not None for word in found),
    "description": lambda found, _: all(
        "\n" in text or len(text) > _LONG_CHARS for text in found
    ),
    "created": lambda found, _: all(parse_time(text) is not None for text in found),
    "updated": lambda found, _: all(parse_time(text) is not None for text in found),
    "parent": lambda found, ids: {*map(text_of, found)} <= ids,
    "needs": lambda found, ids: all(
        isinstance(value, list) and {*map(text_of, value)} <= ids for value in found
    ),
    "tags": lambda found, _: all(
        isinstance(value, list) and all(isinstance(each, str) for each in value)
        for value in found
    ),
}
"""What tells, for fields whose member has another name, that its values could be theirs."""


def _are_states(words: set[str]) -> bool:
    """Tell whether words are few, and at least half of them known as states."""
    known = [word for word in words if fold_status(word) is not None]
    return len(words) <= _FEW and len(known) * 2 >= len(words)


def _likely_kind(rows: Rows) -> Kind:
    names = {_plain(key) for row in rows for key in row}
    return next((kind for kind, telling in _TELLING.items() if names & telling), Kind.TASK)


_TELLING: Final = {
    Kind.LEARNING: {"learning", "lesson", "insight", "confidence"},
    Kind.BUG: {"stepstoreproduce", "reproduction", "reprosteps", "stacktrace"},
    Kind.DESIGN_NOTE: {"consequences", "rationale"},
}
"""Names of members that only objects of some kind have."""


def _plain(key: str) -> str:
    return key.lower().translate(_SEPARATORS)
