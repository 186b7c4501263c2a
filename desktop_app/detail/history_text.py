"""What the audit log says of a record, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from db.cancel import CancelToken
from db.ports import Storage
from db.records import HistoryEntry, Kind
from db.vocabulary import LinkKind, Priority, Status
from desktop_app.look.text import local_time, size, status_word

SHOWN: Final = 200
_LONG: Final = 120
_UNSAID: Final = frozenset(
    {"updated_at", "version", "raw", "status_word", "source_offset", "source_length"}
)
_RECORD_FIELDS: Final = {"batch_pk": Kind.BATCH, "parent_pk": Kind.TASK}
_TIME_FIELDS: Final = frozenset({"archived_at", "trashed_at", "created_at"})

Titles = dict[tuple[Kind, int], str]


class Change(NamedTuple):
    """One field that became another, as words."""

    field: str
    old: str
    new: str


class Story(Struct, frozen=True):
    """The newest changes of a record, and the titles of the records they name."""

    entries: Sequence[HistoryEntry]
    titles: Titles
    left_out: int


def read_story(storage: Storage, token: CancelToken, kind: Kind, pk: int) -> Story:
    """Read what was done to a record."""
    entries = storage.history.of_record(kind, pk)
    shown = entries[:SHOWN]
    titles: Titles = {}
    for named, pks in _named(shown).items():
        for record in storage.fetch(named, sorted(pks), token):
            titles[named, record.pk] = record.title
    return Story(shown, titles, len(entries) - len(shown))


def changes(entry: HistoryEntry, titles: Titles) -> Iterator[Change]:
    """Yield the fields that an entry changed."""
    for field in {**entry.before, **entry.after}:
        if field not in _UNSAID:
            say = _WORDS.get(field, _plain)
            old, new = (say(side.get(field), titles) for side in (entry.before, entry.after))
            yield Change(field.removesuffix("_pk").replace("_", " ").capitalize(), old, new)


def _named(entries: Sequence[HistoryEntry]) -> dict[Kind, set[int]]:
    found: dict[Kind, set[int]] = {Kind.BATCH: set(), Kind.TASK: set()}
    for entry in entries:
        for side in (entry.before, entry.after):
            for field, kind in _RECORD_FIELDS.items():
                if isinstance(pk := side.get(field), int):
                    found[kind].add(pk)
            found[Kind.TASK].update(pk for pk, _kind in side.get("links") or ())
    return found


def _plain(value: Any, _titles: Titles) -> str:
    text = "" if value is None else str(value)
    words = " ".join(text[: 2 * _LONG].split())
    if len(text) > _LONG:
        return f"{words[:_LONG]}… ({size(len(text.encode(errors='replace')))})"
    return words or "nothing"


def _record(kind: Kind) -> Callable[[Any, Titles], str]:
    def say(value: Any, titles: Titles) -> str:
        return (
            "nothing" if value is None else titles.get((kind, value), f"a {kind.word} now gone")
        )

    return say


def _links(value: Any, titles: Titles) -> str:
    said = (
        f"{LinkKind(kind).word} {_record(Kind.TASK)(pk, titles)}" for pk, kind in value or ()
    )
    return ", ".join(said) or "nothing"


_WORDS: Final[dict[str, Callable[[Any, Titles], str]]] = {
    "status": lambda value, _: "" if value is None else status_word(Status(value)),
    "priority": lambda value, _: "" if value is None else Priority(value).word.capitalize(),
    "tags": lambda value, _: ", ".join(value or ()) or "nothing",
    "links": _links,
    **{field: _record(kind) for field, kind in _RECORD_FIELDS.items()},
    **{
        field: lambda value, _: "never" if value is None else local_time(value)
        for field in _TIME_FIELDS
    },
}
