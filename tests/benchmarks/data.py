"""The data that is measured on: made by a seeded generator, and kept in `.bench/`.

Tasks come in batches of very different sizes, each batch's tasks close together in time.
Words follow Zipf's law. `COMMON`, `MIDDLING`, `RARE` and `PHRASE` are planted besides, so
that it is known how many tasks hold them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.query import BatchQuery, BatchSort
from db.records import Kind, Place
from db.storage import open_storage
from db.times import DAY_US, MICROSECONDS
from db.vocabulary import Priority, Status, fold_status

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".bench"

END_US: Final = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * MICROSECONDS
"""When the newest task was changed."""

COMMON: Final = "gateway"
"""Stands in every tenth task."""
MIDDLING: Final = "marzipan"
"""Stands in every thousandth."""
RARE: Final = "quokka"
"""Stands in every hundred-thousandth."""
PHRASE: Final = ("turquoise", "pipeline")
"""The first always before the second, in every fiftieth; in as many, apart."""

RARE_TAG: Final = "area-299"
COMMON_TAG: Final = "area-0"

_SEED: Final = 20260101
_SPAN_US: Final = 720 * DAY_US
_WORDS: Final = 20_000
_TAGS: Final = 300
_CHUNK: Final = 5000
_ARCHIVED_SHARE: Final = 0.06
_PLAIN: Final = (
    "the to of and a in is for with on that when it not be from this by as are should must"
    " after before only one all each add fix make use test file user error list page data"
    " value write read parse check build update remove move import export query index cache"
    " server client request response button window dialog table column filter sort search"
    " field form label icon theme message warning log trace crash retry timeout lock queue"
    " worker thread process memory disk token session login password role policy schedule"
    " report invoice order payment customer product price stock delivery address email"
).split()
_SYLLABLES: Final = (
    "ba be bi bo bra co cu da de di do dra el en er fa fi fo ga gen glo ha hi in ka ki la"
    " le li lo lu ma me mi mo na ne ni no or pa pe pi plo po qua ra re ri ro sa se si so sta"
    " ta te ti to tra ul un va ve vi vo wa we xi ya ze zo"
).split()
_STATUSES: Final = {
    "done": 60, "todo": 15, "failed": 8, "cancelled": 6, "review": 5, "blocked": 4,
    "in_progress": 2,
}  # fmt: skip
_KINDS: Final = {"task": 55, "bug": 22, "feature": 15, "chore": 6, "epic": 1.9, "spike": 0.1}
_PRIORITIES: Final = {"critical": 2, "high": 16, "medium": 54, "low": 20, "lowest": 8}
_PRIORITY_OF: Final = dict(zip(_PRIORITIES, Priority, strict=True))
_PEOPLE: Final = [f"agent-{number}" for number in range(40)]


def words() -> list[str]:
    """Return the vocabulary, the commonest first."""
    made = random.Random(_SEED)  # noqa: S311 - data to measure with
    found = dict.fromkeys(_PLAIN)
    while len(found) < _WORDS:
        found["".join(made.choices(_SYLLABLES, k=made.randint(2, 4)))] = None
    return list(found)


def batch_count(tasks: int) -> int:
    """Return how many batches so many tasks come in."""
    return max(10, min(400, tasks // 100))


def records(count: int, seed: int = _SEED) -> Iterator[dict[str, Any]]:
    """Yield tasks as a tool would write them, some 500 bytes of JSON each."""
    made = random.Random(seed)  # noqa: S311 - data to measure with
    vocabulary = words()
    word_odds = zipf(len(vocabulary))
    tags = [f"area-{number}" for number in range(_TAGS)]
    tag_odds = zipf(len(tags))
    sizes = made.sample(_zipf_shares(count, batch_count(count)), batch_count(count))
    numbers = itertools.count(1)
    for batch, size in enumerate(sizes):
        start = END_US - round(_SPAN_US * (1 - batch / len(sizes)))
        for number in itertools.islice(numbers, size):
            text = made.choices(vocabulary, cum_weights=word_odds, k=made.randint(30, 60))
            left = (END_US - start) * made.random()
            created = start + round(min(left, made.expovariate(1 / (10 * DAY_US))))
            updated = created + round((END_US - created) * made.random() ** 4)
            yield {
                "id": f"work-{number}",
                "project": f"project-{batch}",
                "title": " ".join(text[: made.randint(4, 9)]).capitalize(),
                "status": pick(made, _STATUSES),
                "priority": pick(made, _PRIORITIES),
                "type": pick(made, _KINDS),
                "description": " ".join(text[4:] + planted(made)).capitalize() + ".",
                "labels": sorted(
                    set(made.choices(tags, cum_weights=tag_odds, k=made.randint(0, 3)))
                ),
                "assignee": made.choice(_PEOPLE),
                "created_at": _stamp(created),
                "updated_at": _stamp(updated),
            }


def zipf(count: int) -> list[float]:
    """Return the cumulated odds of so many things, by Zipf's law."""
    return list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


def _zipf_shares(total: int, parts: int) -> list[int]:
    """Split a total into parts, the largest some hundred times the smallest."""
    weights = [1 / (rank + 4) for rank in range(parts)]
    shares = [int(total * weight / sum(weights)) for weight in weights]
    shares[0] += total - sum(shares)
    return shares


def pick(made: random.Random, odds: dict[str, float]) -> str:
    """Choose a word by its odds."""
    return made.choices(list(odds), list(odds.values()))[0]


def planted(made: random.Random) -> list[str]:
    """Return the words that a text holds besides, mostly none."""
    chance = made.random()
    first, second = PHRASE
    for start, share, planted in (
        (0.0, 0.1, [COMMON]),
        (0.3, 0.001, [MIDDLING]),
        (0.5, 0.00001, [RARE]),
        (0.6, 0.02, [first, second]),
        (0.7, 0.02, [first, "and", second]),
    ):
        if start <= chance < start + share:
            return planted
    return []


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment // MICROSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp()) * MICROSECONDS


def jsonl(count: int) -> Path:
    """Return a JSONL file of so many tasks, making it where it is not there yet."""
    return kept(f"tasks-{count}", ".jsonl", lambda path: _write_jsonl(path, count))


def _write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records(count):
            file.write(json.dumps(record) + "\n")


def store(count: int) -> Path:
    """Return a Sheaf file of so many tasks, making it where it is not there yet."""
    return kept(f"store-{count}", ".sheaf", lambda path: _write_store(path, count))


def _write_store(path: Path, count: int) -> None:
    storage = open_storage(f"sqlite://{path}")
    _fill(storage, count)
    storage.close()


def kept(
    name: str, suffix: str, write: Callable[[Path], None], made_by: str = __file__
) -> Path:
    """Return a file of the folder, writing it instead of older ones if it is not there.

    A storage has its tables brought up to date.
    """
    path = FOLDER / f"{name}-{_digest(made_by)}{suffix}"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        for older in FOLDER.glob(f"{name}-*"):
            older.unlink()
        partial = path.with_suffix(f".{os.getpid()}.partial")
        write(partial)
        partial.replace(path)
    elif suffix == ".sheaf":
        open_storage(f"sqlite://{path}").close()
        shutil.rmtree(f"{path}.backups", ignore_errors=True)
    return path


def _digest(made_by: str) -> str:
    """Name the state of what makes the data, so that a change of it makes new data."""
    parts = [Path(each).read_bytes() for each in dict.fromkeys((__file__, made_by))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:10]


def _fill(storage: Storage, count: int) -> None:
    staging = storage.stage(f"Import {count:,} tasks")
    staging.begin_file(name="work.jsonl", path="", format_name="generic", origin="generic:work")
    staging.add_batches(
        [
            IncomingBatch(external_id=f"project-{number}", title=f"Project {number}")
            for number in range(batch_count(count))
        ]
    )
    tasks = (_incoming(record) for record in records(count))
    while chunk := list(itertools.islice(tasks, _CHUNK)):
        staging.add_tasks(chunk)
        staging.index_new()
    staging.end_file(sha256="", size=0)
    staging.commit()
    batches = storage.ids(BatchQuery(sort=BatchSort.CREATED, descending=False))
    few = max(2, int(len(batches) * _ARCHIVED_SHARE))
    storage.move(Kind.BATCH, batches[:few], Place.ARCHIVED)
    storage.move(Kind.BATCH, batches[few : few + few // 2], Place.TRASHED)


def _incoming(record: dict[str, Any]) -> IncomingTask:
    raw = json.dumps(record)
    status = fold_status(record["status"])
    return IncomingTask(
        external_id=record["id"],
        title=record["title"],
        status=Status.QUEUED if status is None else status,
        raw=raw,
        offset=0,
        length=len(raw),
        batch=record["project"],
        status_word=record["status"],
        kind=record["type"],
        priority=_PRIORITY_OF[record["priority"]],
        description=record["description"],
        created_at=_moment(record["created_at"]),
        updated_at=_moment(record["updated_at"]),
        tags=tuple(record["labels"]),
    )
