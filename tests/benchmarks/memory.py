"""Memory and the write-ahead log while a large file is imported, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TextIO

from db.exchange.importing import stage_import
from db.storage import open_storage
from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Target
from tests.benchmarks.subject import Plan

NAME: Final = "memory"
RECORDS: Final = 940_000
LARGE_RECORDS: Final = 3_760_000
OBJECT_RECORDS: Final = 370_000
BYTES_PER_RECORD: Final = 550
ROOM: Final = 4
"""So many times its size a file needs: itself, its storage, the log and the original."""
MORE_MB: Final = 200
LOG_MB: Final = 1000
LOOK_S: Final = 0.05
MB: Final = 1e6


def measure(plan: Plan) -> Iterator[Measurement]:
    """Import large files, each in a process of its own, and watch."""
    count = LARGE_RECORDS if plan.large else RECORDS
    yield from _measured(data.jsonl(count), "JSONL")
    if plan.large:
        yield from _measured_new(_write_array, count, "one JSON array")
    yield from _measured_new(_write_object, OBJECT_RECORDS, "one JSON object, keyed by id")


def _measured_new(
    write: Callable[[TextIO, int], None], count: int, shape: str
) -> Iterator[Measurement]:
    """Measure a file that is made for this, and deleted in the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.json")
        needed = count * BYTES_PER_RECORD
        if shutil.disk_usage(folder).free < ROOM * needed:
            raise AssertionError(f"{folder} has no room for a file of {needed / MB:,.0f} MB.")
        with path.open("w", encoding="utf-8") as file:
            write(file, count)
        yield from _measured(path, shape)


def _write_array(file: TextIO, count: int) -> None:
    file.write("[")
    file.writelines(
        f"{',' if number else ''}\n{json.dumps(record)}"
        for number, record in enumerate(data.records(count))
    )
    file.write("\n]\n")


def _write_object(file: TextIO, count: int) -> None:
    file.write("{")
    file.writelines(
        f"{',' if number else ''}\n{json.dumps(str(record['id']))}: {json.dumps(record)}"
        for number, record in enumerate(data.records(count))
    )
    file.write("\n}\n")


def _measured(path: Path, shape: str) -> Iterator[Measurement]:
    folder = Path(tempfile.mkdtemp(dir=data.FOLDER))
    try:
        idle, peak, log = _watched(path, folder)
    finally:
        shutil.rmtree(folder)
    case = f"{path.stat().st_size / MB:,.0f} MB: {shape}"
    yield Measurement(
        subject="Memory while importing, over idle",
        case=case,
        unit="MB",
        median=peak,
        reference=idle,
        target=Target(value=peak - idle, bound=MORE_MB, unit="MB"),
    )
    yield Measurement(
        subject="Write-ahead log while importing",
        case=case,
        unit="MB",
        median=log,
        target=Target(value=log, bound=LOG_MB, unit="MB"),
    )


def _watched(path: Path, folder: Path) -> tuple[float, float, float]:
    """Return the idle and the peak memory and the peak of the log, in MB."""
    storage = folder / "work.sheaf"
    log = folder / "work.sheaf-wal"
    command = [sys.executable, "-m", __spec__.name, str(path), str(storage)]
    child = subprocess.Popen(command, cwd=data.ROOT, stdout=subprocess.PIPE, text=True)
    longest = 0
    while child.poll() is None:
        if log.exists():
            longest = max(longest, log.stat().st_size)
        time.sleep(LOOK_S)
    output = child.stdout.read() if child.stdout else ""
    if child.returncode:
        raise AssertionError(f"The import ended with {child.returncode}.")
    idle, peak = json.loads(output)
    return idle, peak, longest / MB


def _memory(field: str) -> float:
    """Return a field of this process's status, in MB."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text("utf-8").splitlines()
    found = next(line for line in lines if line.startswith(f"{field}:"))
    return int(found.split()[1]) * 1024 / MB


def _import_and_tell(path: Path, target: Path) -> None:
    storage = open_storage(f"sqlite://{target}")
    idle = _memory("VmRSS")
    stage_import(storage, [path]).commit()
    print(json.dumps([idle, _memory("VmHWM")]))
    storage.close()


if __name__ == "__main__":
    _import_and_tell(Path(sys.argv[1]), Path(sys.argv[2]))
