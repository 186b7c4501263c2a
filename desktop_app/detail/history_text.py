"""What the audit log says of a record, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from db.cancel import CancelToken
from db.ports import Storage
from db.records import HistoryEntry, Kind
from db.vocabulary import LinkKind, Priority, Review, Severity, Status
from desktop_app.detail.record_words import confidence_word, review_word
from desktop_app.look.text import local_time, size, status_word

SHOWN: Final = 200
EARLIER: Final = "Earlier in its file"
_LONG: Final = 120
_UNSAID: Final = frozenset(
    {"updated_at", "version", "raw", "status_word", "source_offset", "source_length"}
)
_TIME_FIELDS: Final = frozenset(
    {
        *("archived_at", "trashed_at", "created_at"),
        *("started_at", "completed_at", "lease_until"),
    }
)

Titles = dict[tuple[Kind, int], str]


class Change(NamedTuple):
    """One field that became another, as words."""

    field: str
    old: str
    new: str


class Story(Struct, frozen=True):
    """The newest changes of a record of a kind, and the titles of the records they name."""

    kind: Kind
    entries: Sequence[HistoryEntry]
    titles: Titles
    left_out: int


def read_story(storage: Storage, token: CancelToken, kind: Kind, pk: int) -> Story:
    """Read what was done to a record."""
    entries = storage.history.of_record(kind, pk)
    shown = entries[:SHOWN]
    titles: Titles = {}
    for named, pks in _named(shown, kind).items():
        for record in storage.fetch(named, sorted(pks), token):
            titles[named, record.pk] = record.title
    return Story(kind, shown, titles, len(entries) - len(shown))


def changes(entry: HistoryEntry, story: Story) -> Iterator[Change]:
    """Yield the fields that an entry of a story changed."""
    for field in {**entry.before, **entry.after}:
        if field not in _UNSAID:
            say = _say(field, story.kind)
            old, new = (
                say(side.get(field), story.titles) for side in (entry.before, entry.after)
            )
            yield Change(field.removesuffix("_pk").replace("_", " ").capitalize(), old, new)


def _target(field: str, kind: Kind) -> Kind | None:
    """Return what kind of record a field of a kind of record names, if it does."""
    if field in {"parent_pk", "superseded_by_pk"}:
        return kind
    return _RECORD_FIELDS.get(field)


def _named(entries: Sequence[HistoryEntry], kind: Kind) -> dict[Kind, set[int]]:
    found: dict[Kind, set[int]] = {}
    for entry in entries:
        for field, value in (*entry.before.items(), *entry.after.items()):
            target = _target(field, kind)
            if target is not None and isinstance(value, int):
                found.setdefault(target, set()).add(value)
            if field in _LIST_FIELDS:
                found.setdefault(_LIST_FIELDS[field], set()).update(value or ())
            if field == "links":
                found.setdefault(Kind.TASK, set()).update(pk for pk, _kind in value or ())
    return found


def _say(field: str, kind: Kind) -> Callable[[Any, Titles], str]:
    target = _target(field, kind)
    return _record(target) if target is not None else _WORDS.get(field, _plain)


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


def _records(kind: Kind) -> Callable[[Any, Titles], str]:
    say = _record(kind)
    return lambda value, titles: ", ".join(say(pk, titles) for pk in value or ()) or "nothing"


def _coded(words: Callable[[Any], str]) -> Callable[[Any, Titles], str]:
    return lambda value, _titles: "" if value is None else words(value)


_RECORD_FIELDS: Final = {
    "batch_pk": Kind.BATCH,
    "task_pk": Kind.TASK,
    "conversation_pk": Kind.CONVERSATION,
}
_LIST_FIELDS: Final = {"tasks": Kind.TASK, "evidence": Kind.MESSAGE}
_WORDS: Final[dict[str, Callable[[Any, Titles], str]]] = {
    "status": _coded(lambda value: status_word(Status(value))),
    "priority": _coded(lambda value: Priority(value).word.capitalize()),
    "severity": _coded(lambda value: Severity(value).word.capitalize()),
    "review": _coded(lambda value: review_word(Review(value))),
    "confidence": _coded(confidence_word),
    "tags": lambda value, _: ", ".join(value or ()) or "nothing",
    "links": _links,
    **{field: _records(kind) for field, kind in _LIST_FIELDS.items()},
    **{
        field: lambda value, _: "never" if value is None else local_time(value)
        for field in _TIME_FIELDS
    },
}
