"""Importing a file of each of the common formats, and a session that grew."""

from __future__ import annotations

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from db.exchange.importing import stage_import
from db.originals import OriginalWriter
from db.storage import open_storage
from tests.benchmarks import data
from tests.benchmarks.measure import Measurement
from tests.benchmarks.subject import Plan

NAME: Final = "formats"
MB: Final = 1e6
FILE_BYTES: Final = 8_000_000
SESSION_BYTES: Final = 50_000_000
GROWTHS: Final = 100
ROUNDS: Final = 3
WORDS: Final = " ".join(f"word{number % 977}" for number in range(120))
SESSION: Final = "5b1e0c3a-0000-4000-8000-000000000001"
_MOMENT: Final = "2026-03-01T{:02}:{:02}:{:02}.000Z"


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Import each into a new storage in memory; then let a session grow."""
    with tempfile.TemporaryDirectory(dir=_room()) as name:
        folder = Path(name)
        for format_name, make in FORMATS.items():
            path = make(folder)
            yield _speed(format_name, path)
            path.unlink()
        yield from _growth(folder)


def _room() -> Path:
    data.FOLDER.mkdir(exist_ok=True)
    return data.FOLDER


def _speed(format_name: str, path: Path) -> Measurement:
    size = path.stat().st_size / MB
    ours = [_import_s(path, format_name) for _ in range(ROUNDS)]
    theirs = [_loads_s(path) for _ in range(ROUNDS)]
    return Measurement(
        subject="Import by format: MB/s, beside `json.loads` of the same bytes",
        case=f"{format_name}, {size:.0f} MB",
        unit="MB/s",
        median=size / statistics.median(ours),
        reference=size / statistics.median(theirs),
    )


def _import_s(path: Path, format_name: str) -> float:
    storage = open_storage("memory:")
    begun = time.perf_counter()
    staging = stage_import(storage, [path])
    staging.commit()
    taken = time.perf_counter() - begun
    storage.close()
    assert staging.report.formats == [format_name], staging.report.formats
    return taken


def _loads_s(path: Path) -> float:
    begun = time.perf_counter()
    if path.suffix == ".jsonl":
        with path.open("rb") as lines:
            for line in lines:
                json.loads(line)
    else:
        json.loads(path.read_bytes())
    return time.perf_counter() - begun


def _growth(folder: Path) -> Iterator[Measurement]:
    """Yield what 10 more lines of a long session cost, in time and in kept originals."""
    path = _lines(folder, _claude_code, SESSION_BYTES)
    storage = open_storage(f"sqlite://{folder / 'work.sheaf'}")
    whole = _timed(lambda: stage_import(storage, [path]).commit())
    grown = []
    for number in range(ROUNDS):
        with path.open("ab") as file:
            file.write(_more(number))
        grown.append(_timed(lambda: stage_import(storage, [path]).commit()))
    storage.close()
    size = f"{SESSION_BYTES / MB:.0f} MB session"
    yield Measurement(
        subject="A session that grew by 10 lines, beside importing all of it",
        case=f"{size}, time",
        unit="s",
        median=statistics.median(grown),
        p95=max(grown),
        reference=whole,
    )
    kept = folder / "kept"
    first, last = _kept_mb(kept, path.read_bytes())
    yield Measurement(
        subject="Kept originals of a session that grew, beside those of its first version",
        case=f"{size}, {GROWTHS} times by 10 lines",
        unit="MB",
        median=last,
        reference=first,
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _more(number: int) -> bytes:
    """Return ten lines that no other number gives."""
    lines = itertools.islice(_claude_code(10_000_000 + 10 * number), 10)
    return b"".join(f"{json.dumps(line)}\n".encode() for line in lines)


def _kept_mb(folder: Path, content: bytes) -> tuple[float, float]:
    """Return how much room the first version takes, and all of them together."""
    kept = _keep(folder, content, None)
    first = _disk_mb(folder)
    for number in range(GROWTHS):
        content += _more(number)
        kept = _keep(folder, content, kept)
    return first, _disk_mb(folder)


def _keep(folder: Path, content: bytes, before: tuple[str, int] | None) -> tuple[str, int]:
    writer = OriginalWriter(folder, grown_from=before)
    writer.feed(content)
    return writer.finish()


def _disk_mb(folder: Path) -> float:
    """Return the blocks that the files of a folder take on the disk."""
    return sum(each.stat().st_blocks * 512 for each in folder.rglob("*")) / MB


def _moment(number: int) -> str:
    return _MOMENT.format(number // 3600 % 24, number // 60 % 60, number % 60)


def _claude_code(number: int = 0) -> Iterator[dict[str, Any]]:
    while True:
        is_user = number % 2 == 0
        message: dict[str, Any] = {"role": "user", "content": f"{number} {WORDS}"}
        if not is_user:
            said = [{"type": "text", "text": f"{number} {WORDS}"}]
            message = {"role": "assistant", "id": f"m{number}", "model": "m", "content": said}
        yield {
            "type": message["role"],
            "uuid": f"u{number}",
            "parentUuid": None,
            "sessionId": SESSION,
            "timestamp": _moment(number),
            "cwd": "/home/ada/engine",
            "version": "2.1.0",
            "message": message,
        }
        number += 1


def _codex() -> Iterator[dict[str, Any]]:
    meta = {"id": SESSION, "timestamp": _moment(0), "cwd": "/home/ada", "cli_version": "0.58.0"}
    yield {"timestamp": _moment(0), "type": "session_meta", "payload": meta}
    number = 0
    while True:
        role, kind = (("user", "input_text"), ("assistant", "output_text"))[number % 2]
        content = [{"type": kind, "text": f"{number} {WORDS}"}]
        payload = {"type": "message", "role": role, "content": content}
        yield {"timestamp": _moment(number), "type": "response_item", "payload": payload}
        number += 1


def _openai_batch() -> Iterator[dict[str, Any]]:
    number = 0
    while True:
        body = {"model": "m", "messages": [{"role": "user", "content": f"{number} {WORDS}"}]}
        url = "/v1/chat/completions"
        yield {"custom_id": f"r-{number}", "method": "POST", "url": url, "body": body}
        number += 1


def _beads() -> Iterator[dict[str, Any]]:
    number = 0
    while True:
        yield {
            "id": f"cog-{number}",
            "title": f"Cog {number}",
            "description": WORDS,
            "status": "open",
            "priority": 2,
            "issue_type": "task",
            "created_at": _moment(number),
            "updated_at": _moment(number),
        }
        number += 1


def _github() -> Iterator[dict[str, Any]]:
    number = 1
    while True:
        yield {
            "number": number,
            "title": f"Cog {number}",
            "body": WORDS,
            "state": "OPEN",
            "labels": [],
            "createdAt": _moment(number),
            "updatedAt": _moment(number),
            "url": f"https://github.com/sea/ship/issues/{number}",
        }
        number += 1


def _tasks() -> Iterator[dict[str, Any]]:
    number = 1
    while True:
        yield {
            "id": number,
            "title": f"Cog {number}",
            "description": WORDS,
            "status": "pending",
            "dependencies": [number - 1] if number > 1 else [],
            "priority": "medium",
            "details": "",
            "testStrategy": "",
            "subtasks": [],
        }
        number += 1


def _rows() -> Iterator[dict[str, Any]]:
    return (
        {"id": record["id"], "title": f"Row {number}", "note": WORDS}
        for number, record in enumerate(data.records(1_000_000))
    )


def _chatgpt() -> Iterator[dict[str, Any]]:
    number = 0
    while True:
        nodes: dict[str, Any] = {}
        for step in range(20):
            author = {"role": "user" if step % 2 else "assistant"}
            content = {"content_type": "text", "parts": [f"{number} {WORDS}"]}
            nodes[f"n{step}"] = {
                "id": f"n{step}",
                "message": {"id": f"{number}-{step}", "author": author, "content": content},
                "parent": f"n{step - 1}" if step else None,
                "children": [f"n{step + 1}"] if step < 19 else [],
            }
        yield {
            "id": f"c-{number}",
            "title": f"Talk {number}",
            "create_time": 1_750_000_000.5,
            "update_time": 1_750_000_000.5,
            "mapping": nodes,
            "current_node": "n19",
        }
        number += 1


def _lines(
    folder: Path, records: Callable[[], Iterator[dict[str, Any]]], size: int = FILE_BYTES
) -> Path:
    path = folder / "records.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for record in records():
            if file.tell() >= size:
                break
            file.write(f"{json.dumps(record)}\n")
    return path


def _document(
    folder: Path, records: Callable[[], Iterator[dict[str, Any]]], around: str = "{}"
) -> Path:
    listed, size = [], 0
    for record in records():
        listed.append(json.dumps(record))
        size += len(listed[-1])
        if size >= FILE_BYTES:
            break
    path = folder / "records.json"
    path.write_text(around.replace("{}", f"[{','.join(listed)}]"), "utf-8")
    return path


FORMATS: Final[dict[str, Callable[[Path], Path]]] = {
    "generic": lambda folder: _lines(folder, _rows),
    "claude-code": lambda folder: _lines(folder, _claude_code),
    "codex": lambda folder: _lines(folder, _codex),
    "openai-batch": lambda folder: _lines(folder, _openai_batch),
    "beads": lambda folder: _lines(folder, _beads),
    "chatgpt": lambda folder: _document(folder, _chatgpt),
    "github": lambda folder: _document(folder, _github),
    "taskmaster": lambda folder: _document(folder, _tasks, '{"tasks": {}}'),
}
