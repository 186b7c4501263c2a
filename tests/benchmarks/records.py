"""Records of every kind to measure on: made by a seeded generator, and kept in `.bench/`.

Their texts have the words of `tests.benchmarks.data`, the planted ones as often.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from db.incoming import IncomingBatch, IncomingRecord, IncomingTask, Staging
from db.records import Block, Kind
from db.storage import open_storage
from db.times import DAY_US
from db.vocabulary import Part, Priority, Review, Role, Severity, Status
from tests.benchmarks import data

IN_ALL: Final = {
    Kind.TASK: 0.25,
    Kind.EXECUTION: 0.25,
    Kind.STATUS_UPDATE: 0.03,
    Kind.BUG: 0.03,
    Kind.DESIGN_NOTE: 0.01,
    Kind.CONVERSATION: 0.01,
    Kind.MESSAGE: 0.35,
    Kind.LEARNING: 0.07,
}
"""What share of all records is of each kind, where all are searched."""

LISTED: Final = {
    Kind.TASK: 0.1,
    Kind.EXECUTION: 1.0,
    Kind.STATUS_UPDATE: 0.1,
    Kind.BUG: 0.1,
    Kind.DESIGN_NOTE: 0.1,
    Kind.CONVERSATION: 0.1,
    Kind.MESSAGE: 1.0,
    Kind.LEARNING: 1.0,
}
"""How many there are of each kind, against the number that a list is measured at."""

STEPS: Final = ("plan", "implement", "review", "fix")
DECISIONS: Final = ("", "GO", "NEEDS_CHANGES", "NO_GO")
ACTORS: Final = tuple(f"agent-{number}" for number in range(40))
PROJECTS: Final = tuple(f"/home/someone/project-{number}" for number in range(200))
CATEGORIES: Final = ("tests", "build", "style", "review", "data", "tools")
TAGS: Final = tuple(f"area-{number}" for number in range(300))

_SEED: Final = 20260202
_CHUNK: Final = 5000
_SPAN_US: Final = 720 * DAY_US
_ROLES: Final = (Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT)
_LEAST: Final = 10


def store(count: int, shares: Mapping[Kind, float], name: str) -> Path:
    """Return a Sheaf file of `count` times the share of each kind, made if it is not there."""
    return data.kept(
        f"{name}-{count}",
        ".sheaf",
        lambda path: _write(path, {kind: int(count * share) for kind, share in shares.items()}),
        __file__,
    )


def conversation(messages: int) -> Path:
    """Return a Sheaf file of one conversation with so many messages."""
    counts = {Kind.TASK: 1, Kind.CONVERSATION: 1, Kind.MESSAGE: messages}
    return data.kept(
        f"conversation-{messages}", ".sheaf", lambda path: _write(path, counts), __file__
    )


def _write(path: Path, counts: Mapping[Kind, int]) -> None:
    storage = open_storage(f"sqlite://{path}")
    staging = storage.stage("Import records of every kind")
    staging.begin_file(name="all.jsonl", path="", format_name="generic", origin="generic:all")
    maker = _Maker(counts)
    batches = [
        IncomingBatch(external_id=f"batch-{n}", title=f"Batch {n}")
        for n in range(maker.batches)
    ]
    staging.add_batches(batches)
    for kind in counts:
        maker.bring(staging, kind)
    staging.end_file(sha256="", size=0)
    staging.commit()
    storage.close()


class _Maker:
    """Makes records that belong to each other."""

    def __init__(self, counts: Mapping[Kind, int]) -> None:
        self._counts = {kind: max(1, number) for kind, number in counts.items()}
        self._made = random.Random(_SEED)  # noqa: S311 - data to measure with
        self._words = data.words()
        self._odds = data.zipf(len(self._words))
        self._tag_odds = data.zipf(len(TAGS))
        self._threads = itertools.count()
        self.batches = max(_LEAST, self._counts[Kind.TASK] // 500)

    def bring(self, staging: Staging, kind: Kind) -> None:
        """Stage all records of a kind."""
        makers: dict[Kind, Callable[[int], dict[str, Any]]] = {
            Kind.EXECUTION: self._run,
            Kind.STATUS_UPDATE: self._update,
            Kind.BUG: self._bug,
            Kind.DESIGN_NOTE: self._note,
            Kind.CONVERSATION: self._conversation,
            Kind.MESSAGE: self._message,
            Kind.LEARNING: self._learning,
        }
        numbers = iter(range(self._counts[kind]))
        while chunk := list(itertools.islice(numbers, _CHUNK)):
            if kind is Kind.TASK:
                staging.add_tasks([self._task(number) for number in chunk])
                staging.index_new()
            else:
                made = [self._record(kind, number, makers[kind](number)) for number in chunk]
                staging.add_records(made)

    def _record(self, kind: Kind, number: int, more: dict[str, Any]) -> IncomingRecord:
        created, updated = self._moments(number, self._counts[kind])
        text = more.pop("description", None) or self._text()
        return IncomingRecord(
            kind=kind,
            external_id=_name(kind, number),
            title=text[:60],
            description="" if kind is Kind.MESSAGE else text,
            created_at=created,
            updated_at=updated,
            **more,
        )

    def _moments(self, number: int, count: int) -> tuple[int, int]:
        created = data.END_US - _SPAN_US + _SPAN_US * number // count
        later = round((data.END_US - created) * self._made.random() ** 4)
        return created, created + later

    def _text(self) -> str:
        words = self._made.choices(
            self._words, cum_weights=self._odds, k=self._made.randint(20, 60)
        )
        return " ".join(words + data.planted(self._made)).capitalize()

    def _task(self, number: int) -> IncomingTask:
        created, updated = self._moments(number, self._counts[Kind.TASK])
        text = self._text()
        return IncomingTask(
            external_id=_name(Kind.TASK, number),
            title=text[:60],
            status=self._made.choice(list(Status)),
            raw="{}",
            offset=0,
            length=2,
            batch=f"batch-{number % self.batches}",
            priority=self._made.choice(list(Priority)),
            description=text,
            created_at=created,
            updated_at=updated,
        )

    def _one(self, kind: Kind, number: int) -> str:
        return _name(kind, number % self._counts[kind])

    def _home(self, number: int) -> dict[str, Any]:
        refs = {"batch": f"batch-{number % self.batches}", "task": self._one(Kind.TASK, number)}
        return {"refs": refs}

    def _run(self, number: int) -> dict[str, Any]:
        status = self._made.choice(list(Status))
        start = data.END_US - _SPAN_US
        length = self._made.randint(1, 10**10)
        fields = {
            "turn": 1 + number // self._counts[Kind.TASK],
            "step": STEPS[number % len(STEPS)],
            "status": status,
            "decision": self._made.choice(DECISIONS),
            "started_at": start,
            "completed_at": None if status is Status.RUNNING else start + length,
            "lease_until": start + length if status is Status.RUNNING else None,
        }
        return {"refs": {"task": self._one(Kind.TASK, number)}, "fields": fields}

    def _update(self, number: int) -> dict[str, Any]:
        return {**self._home(number), "fields": {"actor": self._made.choice(ACTORS)}}

    def _bug(self, number: int) -> dict[str, Any]:
        fields = {
            "status": self._made.choice(list(Status)),
            "severity": self._made.choice(list(Severity)),
            "steps": "one\ntwo",
        }
        return {
            "refs": {"batch": f"batch-{number % self.batches}"},
            "tasks": (self._one(Kind.TASK, number),),
            "fields": fields,
        }

    def _note(self, number: int) -> dict[str, Any]:
        return {**self._home(number), "fields": {"decision": self._text()}}

    def _conversation(self, number: int) -> dict[str, Any]:
        project = self._made.choice(PROJECTS)
        return {**self._home(number), "fields": {"project": project, "model": "some model"}}

    def _message(self, number: int) -> dict[str, Any]:
        """Make the next message: conversations come one after the other, of equal length."""
        length = max(1, self._counts[Kind.MESSAGE] // self._counts[Kind.CONVERSATION])
        thread, position = divmod(number, length)
        blocks = tuple(self._blocks(position))
        refs = {"conversation": self._one(Kind.CONVERSATION, thread)}
        if position:
            refs["parent"] = _name(Kind.MESSAGE, number - 1)
        parts = Part(0)
        for block in blocks:
            parts |= block.type
        return {
            "description": blocks[0].text,
            "refs": refs,
            "blocks": blocks,
            "fields": {
                "position": position,
                "role": _ROLES[position % len(_ROLES)],
                "parts": parts,
                "has_error": int(any(block.is_error for block in blocks)),
            },
        }

    def _blocks(self, position: int) -> Iterator[Block]:
        role = _ROLES[position % len(_ROLES)]
        if role is Role.TOOL:
            failed = self._made.random() < 0.02
            yield Block(type=Part.TOOL_RESULT, text=self._text(), is_error=failed)
            return
        yield Block(type=Part.TEXT, text=self._text())
        if role is Role.ASSISTANT and position % 4 == 1:
            yield Block(type=Part.TOOL_CALL, name="run", text='{"command": "make"}')

    def _learning(self, number: int) -> dict[str, Any]:
        made = self._made
        tags = made.choices(TAGS, cum_weights=self._tag_odds, k=made.randint(0, 3))
        return {
            **self._home(number),
            "tags": tuple(sorted(set(tags))),
            "evidence": (self._one(Kind.MESSAGE, number),) if number % 10 == 0 else (),
            "fields": {
                "category": made.choice(CATEGORIES),
                "confidence": round(made.random(), 3),
                "review": made.choice(list(Review)),
            },
        }


def _name(kind: Kind, number: int) -> str:
    return f"{kind.name.lower()}-{number}"
