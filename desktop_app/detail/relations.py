"""What records can be to one another, and which edit makes or ends each relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from db.records import AnyRecord, Kind, Link, RecordDetail, TaskDetail, TaskRecord
from db.repositories import EditValue
from db.vocabulary import LinkKind
from desktop_app.detail.seen import Seen

Revise: TypeAlias = Callable[[Seen], dict[str, EditValue]]
"""Says how to change a record, given all about it."""


class Revision(NamedTuple):
    """A change of one record, which may be another than the one that is shown."""

    kind: Kind
    pk: int
    revise: Revise


class Tie(NamedTuple):
    """A record that is tied to the one shown: by which word, and what would untie it."""

    word: str
    record: AnyRecord
    removal: Revision | None


class Relation(NamedTuple):
    """A relation of a kind of record: its word, its name in `RecordDetail.related`.

    `target` is the kind of record at the other end where a person may tie such to it;
    `is_theirs` tells that the other record's field says so, which is then `field`.
    """

    word: str
    name: str
    target: Kind | None = None
    field: str = ""
    is_many: bool = False
    is_theirs: bool = False


_LINK_WORDS: Final = {
    LinkKind.BLOCKS: ("Blocks", "Blocked by"),
    LinkKind.RELATES: ("Relates to", "Related from"),
    LinkKind.DUPLICATES: ("Duplicates", "Duplicated by"),
    LinkKind.DISCOVERED_FROM: ("Discovered from", "Led to"),
    LinkKind.SUPERSEDES: ("Supersedes", "Superseded by"),
    LinkKind.REPLIES_TO: ("Replies to", "Answered by"),
    LinkKind.TRACKS: ("Tracks", "Tracked by"),
}
_PARENT: Final = "Parent"
_SUBTASK: Final = "Subtask"


def _superseding(kind: Kind) -> tuple[Relation, ...]:
    return (
        Relation("Superseded by", "superseded_by", kind, "superseded_by"),
        Relation("Supersedes", "supersedes", kind, "superseded_by", is_theirs=True),
    )


RELATIONS: Final[dict[Kind, tuple[Relation, ...]]] = {
    Kind.BUG: (Relation("Task", "tasks", Kind.TASK, "tasks", is_many=True),),
    Kind.DESIGN_NOTE: _superseding(Kind.DESIGN_NOTE),
    Kind.LEARNING: (
        Relation("Evidence", "evidence", Kind.MESSAGE, "evidence", is_many=True),
        *_superseding(Kind.LEARNING),
    ),
    Kind.CONVERSATION: (Relation("Called by", "parent"), Relation("Sub-agent", "children")),
}
"""The relations of the kinds but tasks, whose links have kinds of their own."""
LINKED: Final = frozenset({Kind.TASK, *RELATIONS})
"""The kinds of record that have relations to be shown."""


def ties(seen: Seen) -> Sequence[Tie]:
    """Return all that is tied to a record, in order."""
    if isinstance(seen.detail, TaskDetail):
        return tuple(_task_ties(seen.detail))
    return tuple(
        Tie(relation.word, record, _removal(seen, relation, record))
        for relation in RELATIONS.get(seen.kind, ())
        for record in seen.related(relation.name)
    )


def words_of(kind: Kind) -> tuple[tuple[str, Kind], ...]:
    """Return by which words a person may tie what kinds of record to one of this kind."""
    if kind is Kind.TASK:
        words = (_SUBTASK, *(word for pair in _LINK_WORDS.values() for word in pair))
        return tuple((word, Kind.TASK) for word in words)
    return tuple(
        (relation.word, relation.target)
        for relation in RELATIONS.get(kind, ())
        if relation.target is not None
    )


def addition(seen: Seen, word: str, other: AnyRecord) -> Revision:
    """Return the change that ties another record to the one shown by a word."""
    if isinstance(seen.record, TaskRecord):
        assert isinstance(other, TaskRecord)
        return _task_addition(seen.record, word, other)
    relation = next(each for each in RELATIONS[seen.kind] if each.word == word)
    if relation.is_theirs:
        assert relation.target is not None
        return Revision(relation.target, other.pk, _put(relation.field, seen.record.id))
    if not relation.is_many:
        return Revision(*seen.key, _put(relation.field, other.id))
    return Revision(
        *seen.key,
        lambda now: {relation.field: [*_ids(now, relation.name), other.id]},
    )


def _removal(seen: Seen, relation: Relation, record: AnyRecord) -> Revision | None:
    if relation.target is None:
        return None
    if relation.is_theirs:
        return Revision(relation.target, record.pk, _put(relation.field, None))
    if not relation.is_many:
        return Revision(*seen.key, _put(relation.field, None))
    return Revision(
        *seen.key,
        lambda now: {
            relation.field: [id_ for id_ in _ids(now, relation.name) if id_ != record.id]
        },
    )


def _ids(seen: Seen, name: str) -> list[str]:
    assert isinstance(seen.detail, RecordDetail)
    return [record.id for record in seen.related(name)]


def _put(field: str, value: EditValue) -> Revise:
    return lambda _seen: {field: value}


def _task_ties(detail: TaskDetail) -> Iterator[Tie]:
    task = detail.record
    orphan = _put("parent", None)
    if detail.parent is not None:
        yield Tie(_PARENT, detail.parent, Revision(Kind.TASK, task.pk, orphan))
    for child in detail.children:
        yield Tie(_SUBTASK, child, Revision(Kind.TASK, child.pk, orphan))
    for link in sorted(detail.links, key=lambda link: (link.kind, link.incoming)):
        source, target = _ends(task, link)
        remove = Revision(Kind.TASK, source.pk, _without_link(target.id, link.kind))
        yield Tie(_LINK_WORDS[link.kind][link.incoming], link.task, remove)


def _task_addition(task: TaskRecord, word: str, other: TaskRecord) -> Revision:
    if word == _SUBTASK:
        return Revision(Kind.TASK, other.pk, _put("parent", task.id))
    kind = next(kind for kind, words in _LINK_WORDS.items() if word in words)
    incoming = word == _LINK_WORDS[kind][1]
    source, target = _ends(task, Link(kind=kind, incoming=incoming, task=other))
    return Revision(Kind.TASK, source.pk, _with_link(target.id, kind))


def _ends(task: TaskRecord, link: Link) -> tuple[TaskRecord, TaskRecord]:
    return (link.task, task) if link.incoming else (task, link.task)


def _outgoing(seen: Seen) -> list[tuple[str, LinkKind]]:
    assert isinstance(seen.detail, TaskDetail)
    return [(link.task.id, link.kind) for link in seen.detail.links if not link.incoming]


def _with_link(target: str, kind: LinkKind) -> Revise:
    return lambda seen: {"links": [*_outgoing(seen), (target, kind)]}


def _without_link(target: str, kind: LinkKind) -> Revise:
    return lambda seen: {"links": [link for link in _outgoing(seen) if link != (target, kind)]}
