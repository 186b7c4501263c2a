"""Memory and the write-ahead log while a large file is imported, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from db.exchange.importing import stage_import
from db.storage import open_storage
from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Target
from tests.benchmarks.subject import Plan

NAME: Final = "memory"
RECORDS: Final = 940_000
LARGE_RECORDS: Final = 3_760_000
MORE_MB: Final = 200
LOG_MB: Final = 1000
LOOK_S: Final = 0.05
MB: Final = 1e6


def measure(plan: Plan) -> Iterator[Measurement]:
    """Import one large file, and watch."""
    path = data.jsonl(LARGE_RECORDS if plan.large else RECORDS)
    folder = Path(tempfile.mkdtemp(dir=data.FOLDER))
    try:
        idle, peak, log = _watched(path, folder)
    finally:
        shutil.rmtree(folder)
    case = f"{path.stat().st_size / MB:,.0f} MB of JSONL"
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
