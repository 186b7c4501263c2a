"""A verified backup, and restoring it, beside `cp` of the same file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from db.maintenance.backups import Backups
from db.storage import open_storage
from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Target
from tests.benchmarks.subject import LARGE, MANY, Plan

NAME: Final = "backups"
WHY: Final = (
    "Beside writing the copy, its structure is checked, its rows are counted on both sides"
    " and its SHA-256 is taken."
)
TIMES_OF_CP: Final = 3.0
TEN_GB: Final = 10_000_000_000


def measure(plan: Plan) -> Iterator[Measurement]:
    """Back up, restore and copy a file, each once."""
    count = LARGE if plan.large else MANY
    with tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
        path = Path(folder, "work.sheaf")
        shutil.copyfile(data.store(count), path)
        size = path.stat().st_size
        copying = _seconds(lambda: _cp(path, Path(folder, "copy")))
        Path(folder, "copy").unlink()
        storage = open_storage(str(path))
        backups = Backups(storage)
        making = _seconds(backups.make)
        made = backups.all()[0]
        restoring = _seconds(lambda: backups.restore(made))
        storage.close()
    case = f"{size / 1e9:,.1f} GB; 10 GB would take {making * TEN_GB / size:,.0f} s"
    yield Measurement(
        subject="Back up, verified: times what `cp` with `sync` takes",
        case=case,
        unit="s",
        median=making,
        p95=making,
        reference=copying,
        target=Target(value=making / copying, bound=TIMES_OF_CP, unit="x"),
        why=WHY,
    )
    yield Measurement(
        subject="Restore, with a backup of what was there and a check afterwards",
        case=f"{size / 1e9:,.1f} GB; 10 GB would take {restoring * TEN_GB / size:,.0f} s",
        unit="s",
        median=restoring,
        p95=restoring,
        reference=copying,
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _cp(path: Path, target: Path) -> None:
    subprocess.run(["cp", str(path), str(target)], check=True)  # noqa: S607
    with target.open("rb+") as file:
        os.fsync(file.fileno())
