"""The records of the sample beside batches and tasks, as `sample_records.toml` tells them."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, convert

from db.exchange.fields import first_line
from db.exchange.messages import incoming_message
from db.incoming import IncomingRecord
from db.records import Kind
from db.times import MICROSECONDS
from db.vocabulary import Review, Severity, Status
from desktop_app.sample.talk import long_talk, read_talk
from resources.loader import resource_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from random import Random

    from db.incoming import IncomingBatch, IncomingTask

_HOUR_US: Final = 3600 * MICROSECONDS
_MESSAGE_US: Final = 40 * MICROSECONDS
_NAMED_CHARS: Final = 24


class _Told(Struct, kw_only=True):
    """What all have: where it belongs, by beginnings of titles, and how many hours ago."""

    hours: float
    batch: str = ""
    task: str = ""


class _Conversation(_Told, kw_only=True):
    key: str
    title: str
    model: str
    talk: str
    parent: str = ""
    turns: int = 0


class _Bug(_Told, kw_only=True):
    title: str
    severity: str
    status: str
    about: str
    steps: str
    fix: str
    tasks: list[str]


class _DesignNote(_Told, kw_only=True):
    key: str
    title: str
    about: str
    context: str
    decision: str
    consequences: str
    superseded_by: str = ""


class _StatusUpdate(_Told, kw_only=True):
    actor: str
    text: str


class _Learning(_Told, kw_only=True):
    conversation: str
    title: str
    category: str
    confidence: float
    review: str
    text: str
    tags: list[str]
    evidence: list[int]
    superseded_by: str = ""


class _Records(Struct):
    conversation: list[_Conversation]
    bug: list[_Bug]
    design_note: list[_DesignNote]
    status_update: list[_StatusUpdate]
    learning: list[_Learning]


@cache
def _told() -> _Records:
    return convert(tomllib.loads(resource_bytes("sample_records.toml").decode()), _Records)


class Chronicle:
    """Tells the records that belong to the batches of one made-up file."""

    def __init__(
        self,
        random: Random,
        now: int,
        project: str,
        batches: Iterable[tuple[IncomingBatch, Sequence[IncomingTask]]],
    ) -> None:
        self._random = random
        self._now = now
        self._project = project
        self._batches = list(batches)

    def records(self) -> Iterator[list[IncomingRecord]]:
        """Yield the records, kind by kind, as an import takes them."""
        told = _told()
        conversations = self._own(told.conversation)
        homes = {each.key: each for each in conversations}
        yield [self._conversation(each) for each in conversations]
        yield [message for each in conversations for message in self._messages(each)]
        yield [self._update(each) for each in self._own(told.status_update)]
        yield [self._bug(each) for each in self._own(told.bug)]
        yield [self._note(each) for each in self._own(told.design_note)]
        yield [
            self._learning(each, homes[each.conversation])
            for each in told.learning
            if each.conversation in homes
        ]

    def _own(self, told: Iterable[Any]) -> list[Any]:
        return [each for each in told if self._batch(each.batch) is not None]

    def _batch(self, start: str) -> tuple[IncomingBatch, Sequence[IncomingTask]] | None:
        return next((each for each in self._batches if each[0].title.startswith(start)), None)

    def _task(self, told: _Told, start: str) -> str:
        found = self._batch(told.batch)
        assert found is not None
        return next(task.external_id for task in found[1] if task.title.startswith(start))

    def _refs(self, told: _Told) -> dict[str, str]:
        found = self._batch(told.batch)
        assert found is not None
        refs = {"batch": found[0].external_id}
        return refs | {"task": self._task(told, told.task)} if told.task else refs

    def _made(
        self, kind: Kind, told: _Told, name: str, title: str, **more: Any
    ) -> IncomingRecord:
        moment = self._now - round(told.hours * _HOUR_US)
        times = {"created_at": moment, "updated_at": moment}
        refs = self._refs(told) | more.pop("refs", {})
        return IncomingRecord(
            kind=kind, external_id=name, title=title, refs=refs, **(times | more)
        )

    def _conversation(self, told: _Conversation) -> IncomingRecord:
        begun = self._now - round(told.hours * _HOUR_US)
        return self._made(
            Kind.CONVERSATION,
            told,
            told.key,
            told.title,
            fields={"model": told.model, "project": f"/home/amina/src/{self._project}"},
            refs={"parent": told.parent} if told.parent else {},
            created_at=begun,
        )

    def _messages(self, told: _Conversation) -> Iterator[IncomingRecord]:
        begun = self._now - round(told.hours * _HOUR_US)
        said = read_talk(told.talk)
        said += long_talk(self._random, told.turns, len(said))
        for number, each in enumerate(said, 1):
            moment = begun + number * _MESSAGE_US
            yield incoming_message(
                f"{told.key}#{number}",
                conversation=told.key,
                parent=f"{told.key}#{each.answers}" if each.answers else None,
                position=number - 1,
                role=each.role,
                blocks=each.blocks,
                created_at=moment,
                updated_at=moment,
            )

    def _update(self, told: _StatusUpdate) -> IncomingRecord:
        return self._made(
            Kind.STATUS_UPDATE,
            told,
            f"update {told.text[:_NAMED_CHARS]}",
            first_line(told.text),
            description=told.text,
            fields={"actor": told.actor},
        )

    def _bug(self, told: _Bug) -> IncomingRecord:
        return self._made(
            Kind.BUG,
            told,
            f"bug {told.title[:_NAMED_CHARS]}",
            told.title,
            description=told.about,
            fields={
                "severity": Severity[told.severity.upper()].value,
                "status": Status[told.status.upper()].value,
                "steps": told.steps,
                "proposed_fix": told.fix,
            },
            tasks=tuple(self._task(told, start) for start in told.tasks),
        )

    def _note(self, told: _DesignNote) -> IncomingRecord:
        return self._made(
            Kind.DESIGN_NOTE,
            told,
            told.key,
            told.title,
            description=told.about,
            fields={
                "context": told.context,
                "decision": told.decision,
                "consequences": told.consequences,
            },
            refs={"superseded_by": told.superseded_by} if told.superseded_by else {},
        )

    def _learning(self, told: _Learning, home: _Conversation) -> IncomingRecord:
        newer = {"superseded_by": told.superseded_by} if told.superseded_by else {}
        moment = self._now - round(told.hours * _HOUR_US)
        return IncomingRecord(
            kind=Kind.LEARNING,
            external_id=told.title,
            title=told.title,
            description=told.text,
            fields={
                "category": told.category,
                "confidence": told.confidence,
                "review": Review[told.review.upper()].value,
            },
            refs=self._refs(home) | newer,
            tags=tuple(told.tags),
            evidence=tuple(f"{home.key}#{number}" for number in told.evidence),
            created_at=moment,
            updated_at=moment,
        )
