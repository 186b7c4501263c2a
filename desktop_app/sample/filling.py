"""The sample: made-up work of many kinds, the same each time, ending now.

The stories, with the titles of their tasks, lie in `stories/`; everything else about a
task is drawn here, from a fixed seed; so are its runs. Conversations, bugs and all else lie in
`sample_records.toml`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import tomllib
from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, convert

from db.incoming import IncomingBatch, IncomingTask
from db.originals import OriginalWriter
from db.records import Kind, Place
from db.times import now_us
from db.vocabulary import LinkKind, Priority, Status
from desktop_app.sample.payloads import payload_of, word_of
from desktop_app.sample.records import Chronicle
from desktop_app.sample.runs import AGENTS, runs_of
from desktop_app.sample.texts import describe, step_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from db.incoming import IncomingRecord, Staging
    from db.ports import Storage

SEED: Final = 71
HOUR_US: Final = 3600 * 1_000_000
OLDEST_HOURS: Final = 58 * 24

_FORMATS: Final = frozenset({"taskmaster", "openai-batch"})
_LONG_TURNS: Final = 45
_ENDLESS_TURNS: Final = 800
_ID_STARTS: Final = {
    "claude-code": "session",
    "codex": "run",
    "ralph": "US",
    "openai-batch": "",
}

_Plan = tuple[tuple[Status, float], ...]
_DONE, _FAILED = Status.SUCCEEDED, Status.FAILED
_MOODS: Final[dict[str, _Plan]] = {
    "finished": ((_DONE, 0.8), (_FAILED, 0.07), (_DONE, 0.13)),
    "running": (
        (_DONE, 0.4),
        (Status.CANCELED, 0.04),
        (_DONE, 0.12),
        (_FAILED, 0.04),
        (Status.REVIEW, 0.08),
        (Status.RUNNING, 0.14),
        (Status.BLOCKED, 0.04),
        (Status.QUEUED, 0.14),
    ),
    "review": ((_DONE, 0.55), (Status.REVIEW, 0.3), (Status.QUEUED, 0.15)),
    "blocked": ((_DONE, 0.4), (Status.BLOCKED, 0.3), (Status.QUEUED, 0.3)),
    "failing": ((_DONE, 0.4), (_FAILED, 0.3), (Status.RUNNING, 0.1), (Status.QUEUED, 0.2)),
    "queued": ((Status.QUEUED, 1),),
    "canceled": ((_DONE, 0.3), (Status.CANCELED, 0.7)),
}
"""How the tasks of a batch stand, from first to last, as shares of them."""

_TOUCHED: Final = {
    Status.QUEUED: (0.1, 0.2),
    Status.SUCCEEDED: (0.2, 0.98),
    Status.FAILED: (0.3, 0.98),
    Status.RUNNING: (0.97, 1),
}
"""When a task was last worked on, as a share of its batch's time."""

_HOURS_AT_WORK: Final = {"finished": 60, "running": 90, "queued": 30, "canceled": 200}


class Story(Struct, kw_only=True):
    """One batch as `stories/` tells it: `hours` is how long ago it was last worked on."""

    title: str
    source: str
    project: str
    mood: str
    hours: float
    about: str
    tasks: str
    place: str = ""

    @property
    def origin(self) -> str:
        """Where its records come from, as an import would name it."""
        return f"{self.source}:{self.project}"


class _Author:
    """Writes the stories of one source and project into one made-up file."""

    def __init__(self, random: Random, now: int, start_number: int) -> None:
        self._random = random
        self._aside = Random(start_number)  # noqa: S311 - made up, not secret
        self._now = now
        self._numbers = itertools.count(start_number)
        self._lines: list[bytes] = []
        self._size = 0

    @property
    def content(self) -> bytes:
        """The file so far: JSON lines."""
        return b"".join(self._lines)

    def batch(self, story: Story) -> IncomingBatch:
        """Return the batch of a story."""
        updated = self._now - round(story.hours * HOUR_US)
        hours = _HOURS_AT_WORK.get(story.mood, 120) * self._random.uniform(0.6, 2.4)
        oldest = self._now - OLDEST_HOURS * HOUR_US
        return IncomingBatch(
            external_id=hashlib.sha256(story.title.encode()).hexdigest()[:12],
            title=story.title,
            description=story.about.strip(),
            created_at=max(updated - round(hours * HOUR_US), oldest),
            updated_at=updated,
        )

    def tasks(self, story: Story, batch: IncomingBatch) -> Iterable[IncomingTask]:
        """Yield the tasks of a story, each followed by its steps."""
        lines = story.tasks.strip().splitlines()
        before: list[IncomingTask] = []
        for place, line in enumerate(lines):
            title, kind, tags = (part.strip() for part in line.split("|"))
            status = self._status(story.mood, place / len(lines))
            task = self._task(story, batch, title, kind, tuple(tags.split(", ")), status)
            task.links = self._links(before)
            yield self._written(story, task)
            yield from self._steps(story, batch, task)
            before.append(task)

    def records(
        self,
        source: str,
        project: str,
        told: Sequence[tuple[IncomingBatch, Sequence[IncomingTask]]],
    ) -> Iterable[list[IncomingRecord]]:
        """Yield all else that belongs to the batches told so far, kind by kind."""
        if source in AGENTS:
            yield [
                run
                for _, tasks in told
                for task in tasks
                if task.parent is None
                for run in runs_of(self._aside, task, self._now)
            ]
        yield from Chronicle(self._aside, self._now, project, told).records()

    def _status(self, mood: str, share: float) -> Status:
        reached = 0.0
        for status, part in _MOODS[mood]:
            reached += part
            if share < reached - 1e-9:
                return status
        return _MOODS[mood][-1][0]

    def _task(
        self,
        story: Story,
        batch: IncomingBatch,
        title: str,
        kind: str,
        tags: tuple[str, ...],
        status: Status,
    ) -> IncomingTask:
        assert batch.created_at is not None
        assert batch.updated_at is not None
        lasted = batch.updated_at - batch.created_at
        created = batch.created_at + round(lasted * self._random.uniform(0, 0.15))
        touched = self._random.uniform(*_TOUCHED.get(status, (0.75, 0.98)))
        return IncomingTask(
            external_id=self._name(story, title),
            title=title,
            status=status,
            status_word=word_of(story.source, status),
            kind=kind,
            priority=self._priority(kind),
            batch=batch.external_id,
            created_at=created,
            updated_at=max(created, batch.created_at + round(lasted * touched)),
            tags=tags,
            raw="",
            offset=0,
            length=0,
        )

    def _name(self, story: Story, title: str) -> str:
        start = _ID_STARTS.get(story.source, story.project)
        if not start:
            return title.partition(" ")[0]
        sign = {"github": "#", "beads": "-"}.get(story.source, "/")
        return f"{start}{sign}{next(self._numbers)}"

    def _priority(self, kind: str) -> Priority:
        weights = (3, 9, 6, 2, 1) if kind == "bug" else (1, 4, 10, 4, 1)
        (priority,) = self._random.choices([*Priority], weights)
        return Priority(priority)

    def _links(self, before: Sequence[IncomingTask]) -> tuple[tuple[str, int, bool], ...]:
        if not before or self._random.random() > 0.4:  # noqa: PLR2004
            return ()
        other = self._random.choice(before[-4:])
        kind, outgoing = self._random.choices(
            [
                (LinkKind.BLOCKS, False),
                (LinkKind.RELATES, True),
                (LinkKind.DISCOVERED_FROM, True),
                (LinkKind.DUPLICATES, True),
            ],
            (12, 5, 2, 1),
        )[0]
        return ((other.external_id, kind, outgoing),)

    def _steps(
        self, story: Story, batch: IncomingBatch, task: IncomingTask
    ) -> Iterable[IncomingTask]:
        if self._random.random() > 0.32:  # noqa: PLR2004
            return
        titles = step_titles(self._random, task, self._random.choice((2, 2, 3)))
        for title in titles:
            status = Status(task.status)
            if status not in {_DONE, Status.QUEUED, Status.CANCELED} and title != titles[-1]:
                status = _DONE
            step = self._task(story, batch, title, task.kind, task.tags[:1], status)
            step.parent = task.external_id
            yield self._written(story, step)

    def _written(self, story: Story, task: IncomingTask) -> IncomingTask:
        """Give a task its text, and the line of the file it could come from."""
        turns = 0
        if task.title.startswith("Out of memory again"):
            turns = _ENDLESS_TURNS
        elif story.source in {"claude-code", "codex"} and self._random.random() < 0.06:  # noqa: PLR2004
            turns = _LONG_TURNS
        task.description = describe(self._random, task, turns=turns)
        payload = payload_of(self._random, story.source, story.project, task)
        task.raw = json.dumps(payload, ensure_ascii=False)
        line = task.raw.encode()
        task.offset, task.length = self._size, len(line)
        self._lines.append(line + b"\n")
        self._size += len(line) + 1
        return task


def stories() -> list[Story]:
    """Return the stories of the sample, in the order they are told."""
    folder = files("resources").joinpath("stories")
    documents: list[dict[str, Any]] = [
        tomllib.loads(entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]
    return [convert(told, Story) for document in documents for told in document["batch"]]


def fill_sample(storage: Storage) -> None:
    """Put the sample into a storage: one import, then some of it archived, and some trashed."""
    random = Random(SEED)  # noqa: S311 - made up, not secret
    now = now_us()
    told = sorted(stories(), key=lambda story: story.origin)
    places: dict[str, str] = {}
    staging = storage.stage("Import the sample")
    for number, (origin, group) in enumerate(
        itertools.groupby(told, key=lambda story: story.origin)
    ):
        author = _Author(random, now, 100 + 37 * number)
        original = OriginalWriter(storage.originals_folder())
        places |= _write_file(staging, original, author, origin, list(group))
    outcome = staging.commit()
    batches = storage.fetch(Kind.BATCH, outcome.changed[Kind.BATCH])
    for word, place in (("archived", Place.ARCHIVED), ("trash", Place.TRASHED)):
        chosen = [batch.pk for batch in batches if places.get(batch.external_id or "") == word]
        storage.move(Kind.BATCH, chosen, place)


def _write_file(
    staging: Staging,
    original: OriginalWriter,
    author: _Author,
    origin: str,
    group: Sequence[Story],
) -> dict[str, str]:
    """Stage one made-up file, and return the places of those batches that have one."""
    source, _, project = origin.partition(":")
    name = f"{project}-{source}.jsonl"
    format_name = source if source in _FORMATS else "generic"
    staging.begin_file(name=name, path="", format_name=format_name, origin=origin)
    places = {}
    told = []
    for story in group:
        batch = author.batch(story)
        tasks = list(author.tasks(story, batch))
        staging.add_batches([batch])
        staging.add_tasks(tasks)
        told.append((batch, tasks))
        if story.place:
            places[batch.external_id] = story.place
    for records in author.records(source, project, told):
        if records:
            staging.add_records(records)
    original.feed(author.content)
    sha256, size = original.finish()
    staging.end_file(sha256=sha256, size=size)
    return places
