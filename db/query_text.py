"""Reading a query from what a person typed: `status:failed tag:ui updated:<7d parser`.

There is no wrong input: what is not a filter with a value it can take stays in the text
that is searched for, and is told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from db.query import EVERYWHERE, KEPT, LIVE, Period, Query, Search
from db.records import Kind, Place
from db.terms import parse_terms
from db.times import DAY_US, MICROSECONDS, parse_time
from db.vocabulary import (
    Priority,
    Review,
    Status,
    fold_priority,
    fold_role,
    fold_severity,
    fold_status,
)

_TOKEN: Final = re.compile(r'(?:(?<!\S)(-?[A-Za-z]+):)?("[^"]*"?|[^\s"]+)\s*')
"""A piece of what was typed: maybe a filter's name, what stands there, the blanks after it."""
_BARE: Final = re.compile("-?([A-Za-z]+):")
"""The name of a filter with nothing behind it."""
_NOTHING: Final = '""'
"""What stands behind a filter for records that have no such value: `category:""`."""
_OR: Final = "OR"
_AGE: Final = re.compile(r"([<>])(\d{1,6})([hdwmy])")
_UNIT_US: Final = {
    "h": 3600 * MICROSECONDS,
    "d": DAY_US,
    "w": 7 * DAY_US,
    "m": 30 * DAY_US,
    "y": 365 * DAY_US,
}
_LONGEST_AGE_US: Final = 100_000 * _UNIT_US["y"]
"""A longer age is as long: counted back from now it must stay within 64 bits."""

_LAST_TIME_US: Final = 253_370_764_800 * MICROSECONDS
"""The year 9999: a day must end at a time that can be written."""

_STALLED: Final = "stalled"
_PLACES: Final = {
    "live": LIVE,
    "archived": frozenset({Place.ARCHIVED}),
    "trashed": frozenset({Place.TRASHED}),
    "kept": KEPT,
    "any": EVERYWHERE,
}

_Q = TypeVar("_Q", bound=Query | Search)
_Change = Mapping[str, Any]
_Reader = Callable[[Any, str], Any]


class Note(Struct, frozen=True, gc=False):
    """Words of what was typed that were not taken as they stand, and what became of them."""

    words: str
    fate: str

    def __str__(self) -> str:
        return f"“{self.words}” {self.fate}"


def read_query(text: str, base: _Q) -> _Q:
    """Return `base` narrowed by the filters in `text`; what else was typed becomes its text.

    Filters of one name add up to any-of: `status:failed,blocked` as well as
    `status:failed status:blocked` and `status:failed OR status:blocked`. One with a minus
    leaves out what has its value: `-tag:ui`.
    """
    return _read(text, base)[0]


def not_understood(text: str, base: Query | Search) -> tuple[Note, ...]:
    """Return what in `text` was not taken as it was meant.

    That are words that look like filters but are none, or none of `base`, and are searched
    for as text: `stauts:failed`; an address, a time and a path are not taken for filters.
    Then each OR between filters that it cannot hold between, and a text without any word.
    """
    return _read(text, base)[1]


def unknown_names(
    query: Query | Search, is_there: Callable[[Kind, str], bool]
) -> tuple[Note, ...]:
    """Return the filters that name a batch, task or conversation where there is none."""
    return tuple(
        Note(f"{kind.word}:{name}", f"names no {kind.word} there is.")
        for kind in (Kind.BATCH, Kind.TASK, Kind.CONVERSATION)
        if (name := getattr(query, f"{kind.word}_id", None)) is not None
        and not is_there(kind, name)
    )


def _read(text: str, base: _Q) -> tuple[_Q, tuple[Note, ...]]:
    """Return the query that a text makes, and what has to be told of it."""
    query = base
    kept: list[str] = []
    notes: list[Note] = []
    runs = [(is_or, [*run]) for is_or, run in groupby(_TOKEN.finditer(text), _is_or)]
    for at, (is_or, run) in enumerate(runs):
        sides = _beside(runs, at) if is_or else []
        if any(_change(base, side) is not None for side in sides):
            notes += _misplaced_or(base, sides)
            continue
        for piece in run:
            change = _change(query, piece)
            if change is None:
                kept.append(piece[0])
                notes += _strange(piece)
            else:
                query = replace(query, **change)
    query = replace(query, text=_without_loose_or(kept))
    if parse_terms(query.text).finds_nothing:
        notes.append(Note(query.text, "has no word to search for; nothing is found."))
    return query, tuple(dict.fromkeys(notes))


def _beside(runs: Sequence[tuple[bool, list[re.Match[str]]]], at: int) -> list[re.Match[str]]:
    """Return the piece before a run of pieces and the one after it, where there are any."""
    before = runs[at - 1][1][-1:] if at else []
    after = runs[at + 1][1][:1] if at + 1 < len(runs) else []
    return before + after


def _is_or(piece: re.Match[str]) -> bool:
    return piece[0].strip() == _OR


def _without_loose_or(kept: list[str]) -> str:
    """Return the text of some pieces; an OR before or after all others chooses nothing."""
    first, last = 0, len(kept)
    while last - first > 1 and kept[first].strip() == _OR:
        first += 1
    while last - first > 1 and kept[last - 1].strip() == _OR:
        last -= 1
    return "".join(kept[first:last]).strip()


def _misplaced_or(base: Query | Search, sides: Sequence[re.Match[str]]) -> Iterator[Note]:
    """Yield what is to be told of an OR beside a filter, given with what it stands between."""
    narrowed = {field for piece in sides for field in _change(base, piece) or ("text",)}
    if len(sides) > 1 and (len(narrowed) > 1 or not narrowed <= _SETS.keys()):
        words = f" {_OR} ".join(piece[0].strip() for piece in sides)
        yield Note(words, "must all hold; OR stands between words, or filters of one name.")


def _strange(piece: re.Match[str]) -> Iterator[Note]:
    """Yield that a piece looks like a filter and is none."""
    name = _BARE.fullmatch(piece[0].strip())
    if name and name[1].lower() in _READERS:
        yield Note(piece[0].strip(), "has nothing after it; searched as text.")
    if piece[1] and not piece[2].startswith(("/", ":", "\\")):
        yield Note(piece[0].strip(), "is no filter; searched as text.")


def _change(query: Query | Search, piece: re.Match[str]) -> _Change | None:
    """Return what a filter makes of a query's fields, or None if it is none."""
    name, value = (piece[1] or "").lower(), piece[2].strip('"')
    is_left_out = name.startswith("-")
    name = name.removeprefix("-")
    if name not in _READERS:
        return None
    field, read = _READERS[name]
    if value or (field in _SETS and piece[2] == _NOTHING):
        return _narrowed(query, field, read, value, is_left_out=is_left_out)
    return None


def _narrowed(
    query: Query | Search, field: str, read: _Reader, value: str, *, is_left_out: bool
) -> _Change | None:
    """Return what a filter with a value makes of a query, or None if it cannot have it."""
    if field == "among" and not isinstance(query, Search):
        is_meant = not is_left_out and query.kind in (read(frozenset(), value) or ())
        return {} if is_meant else None
    if field not in query.__struct_fields__:
        return None
    if is_left_out:
        return _left_out(query, field, read, value)
    found = read(getattr(query, field), value)
    if isinstance(found, dict):
        return found if found.keys() <= set(query.__struct_fields__) else None
    return None if found is None else {field: found}


def _left_out(query: Query | Search, field: str, read: _Reader, value: str) -> _Change | None:
    """Return what a filter with a minus makes of a query, or None if it cannot have one."""
    found = read(frozenset(), value) if field in _SETS else None
    if not isinstance(found, frozenset):
        return None
    return {"without": query.without | {(field, each) for each in found}}


def _any_of(fold: Callable[[str], object]) -> _Reader:
    """Return a reader of values of which any holds, each folded; all must be known."""

    def read(present: frozenset[object], value: str) -> frozenset[object] | None:
        found = {fold(word) for word in value.split(",")}
        return None if None in found else present | found

    return read


def _statuses(present: frozenset[Status], value: str) -> Any:
    """Read states; that of a run whose lease has passed stands for itself alone."""
    if value.lower() == _STALLED and not present:
        return {"stalled": True}
    return _any_of(fold_status)(present, value)


def _places(_present: object, value: str) -> Any:
    word = value.lower()
    return {"stalled": True} if word == _STALLED else _PLACES.get(word)


def _kinds(present: frozenset[str], value: str) -> frozenset[str]:
    """Read kinds of task, which may be words for other kinds of record as well."""
    words = value.split(",")
    folded = (fold_kind(word) for word in words)
    return present | {*words, *(kind.word for kind in folded if kind not in {None, Kind.TASK})}


def _priority(word: str) -> Priority | None:
    numbered = (each for each in Priority if str(each.value) == word)
    return next(numbered, fold_priority(word))


def _review(word: str) -> Review | None:
    return next((review for review in Review if review.word == word.lower()), None)


def fold_kind(word: str) -> Kind | None:
    """Return the kind of record that a person's word means: `runs`, `design-notes`."""
    plain = word.lower().replace("-", " ").replace("_", " ")
    for kind in Kind:
        if plain in {kind.word, kind.plural, kind.name.lower().replace("_", " ")}:
            return kind
    return _KIND_WORDS.get(plain)


_KIND_WORDS: Final = {
    "executions": Kind.EXECUTION,
    "turns": Kind.EXECUTION,
    "updates": Kind.STATUS_UPDATE,
    "notes": Kind.DESIGN_NOTE,
    "decisions": Kind.DESIGN_NOTE,
    "chats": Kind.CONVERSATION,
}


def _period(present: Period, value: str) -> Period | None:
    aged = _AGE.fullmatch(value)
    if aged is not None:
        age = min(int(aged[2]) * _UNIT_US[aged[3]], _LONGEST_AGE_US)
        bound = "younger_than" if aged[1] == "<" else "older_than"
        return replace(present, **{bound: age})
    sign, day = (value[0], value[1:]) if value[0] in "<>" else ("", value)
    moment = _local_time(day)
    if moment is None:
        return None
    if sign:
        return replace(present, **{"before" if sign == "<" else "after": moment})
    return replace(present, after=moment, before=moment + DAY_US)


def _local_time(text: str) -> int | None:
    """Read a day or time as a person means it: on their own clock, unless a zone is said."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    read = parse_time(moment.isoformat())
    return None if read is None or read >= _LAST_TIME_US else read


def _days(_present: object, value: str) -> int | None:
    days = value.removesuffix("d")
    return int(days) if days.isdecimal() and len(days) < 6 else None  # noqa: PLR2004


def _confidence(_present: object, value: str) -> dict[str, float] | None:
    compared = _COMPARED.fullmatch(value)
    if compared is None or not 0 <= float(compared[2]) <= 1:
        return None
    sign, bound = compared[1], float(compared[2])
    if sign in _BEYOND:
        bound = math.nextafter(bound, _BEYOND[sign])
    sides = {">": ("least",), "<": ("most",), "": ("least", "most")}[sign[:1]]
    return dict.fromkeys(sides, bound)


def _written_confidence(sign: str, bound: float) -> str:
    """Return the bound that was read: a limit that does not count is next to what counts."""
    stated = abs(round(bound, 6))
    digits = f"{stated:.6f}".rstrip("0").rstrip(".")
    return f"conf:{sign}{'=' if stated == bound else ''}{digits}"


_BEYOND: Final = {">": math.inf, "<": -math.inf}


_COMPARED: Final = re.compile(r"(>=|<=|>|<|)(\d?\.?\d{1,6})")
_READERS: Final[Mapping[str, tuple[str, _Reader]]] = {
    "status": ("statuses", _statuses),
    "source": ("sources", _any_of(str)),
    "updated": ("updated", _period),
    "created": ("created", _period),
    "archived": ("archived", _period),
    "trashed": ("trashed", _period),
    "after": ("updated", lambda present, value: _period(present, f">{value}")),
    "before": ("updated", lambda present, value: _period(present, f"<{value}")),
    "is": ("places", _places),
    "active": ("active_days", _days),
    "kind": ("kinds", _kinds),
    "tag": ("tags", _any_of(str)),
    "priority": ("priorities", _any_of(_priority)),
    "severity": ("severities", _any_of(fold_severity)),
    "role": ("roles", _any_of(fold_role)),
    "step": ("steps", _any_of(str)),
    "decision": ("decisions", _any_of(str)),
    "actor": ("actors", _any_of(str)),
    "project": ("projects", _any_of(str)),
    "category": ("categories", _any_of(str)),
    "review": ("reviews", _any_of(_review)),
    "batch": ("batch_id", lambda _present, value: value),
    "task": ("task_id", lambda _present, value: value),
    "conversation": ("conversation_id", lambda _present, value: value),
    "conf": ("least", _confidence),
    "has": ("has_error", lambda _present, value: True if value.lower() == "error" else None),
    "stalled": ("stalled", lambda _present, value: True if value.lower() == "yes" else None),
    "in": ("among", _any_of(fold_kind)),
}
"""The filters by name: the field of a query that each narrows, and how its value is read."""


_SETS: Final[Mapping[str, str]] = {
    field: name
    for name, (field, _) in _READERS.items()
    if isinstance(getattr(Search(), field), frozenset) and field != "places"
}
"""The fields that hold values of which any holds, and the filter of each."""


def write_query(query: Query | Search) -> str:
    """Return the text that `read_query` reads as this query, its order left out.

    A place that a fresh query of the type has is left out too.
    """
    parts: list[str] = []
    fresh = type(query)()
    for name, (field, _) in _READERS.items():
        value = getattr(query, field, None)
        if name in {"after", "before"} or value == getattr(fresh, field, None):
            continue
        parts += _written(name, value)
    most = getattr(query, "most", None)
    parts += [] if most is None else [_written_confidence("<", most)]
    for field, value in sorted(query.without, key=str):
        word: str = getattr(value, "word", value)
        parts.append(_quoted(f"-{_SETS[field]}", word))
    return " ".join([*parts, query.text]).strip()


def _written(name: str, value: Any) -> list[str]:
    if isinstance(value, Period):
        return _period_parts(name, value)
    if name == "is":
        return [f"is:{word}" for word, places in _PLACES.items() if places == value]
    if isinstance(value, frozenset):
        return [_quoted(name, getattr(one, "word", one)) for one in sorted(value)]
    if name == "conf":
        return [_written_confidence(">", value)]
    words = {"active": f"{value}d", "has": "error", "stalled": "yes"}
    return [_quoted(name, words.get(name, str(value)))]


def _quoted(name: str, value: str) -> str:
    return f'{name}:"{value}"' if " " in value or not value else f"{name}:{value}"


def _period_parts(field: str, period: Period) -> list[str]:
    parts = []
    for sign, age in (("<", period.younger_than), (">", period.older_than)):
        if age is not None:
            parts.append(f"{field}:{sign}{_written_age(age)}")
    for sign, moment in ((">", period.after), ("<", period.before)):
        if moment is not None:
            stamp = datetime.fromtimestamp(moment / MICROSECONDS, UTC).isoformat()
            parts.append(f"{field}:{sign}{stamp}")
    return parts


def _written_age(age: int) -> str:
    """Return an age in the longest unit of which it is a whole number, else in hours."""
    unit = next((unit for unit in "ymwd" if age % _UNIT_US[unit] == 0), "h")
    return f"{age // _UNIT_US[unit]}{unit}"
