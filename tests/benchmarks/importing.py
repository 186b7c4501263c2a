"""Importing a JSONL file, beside `sqlite-utils insert` of the same file."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Spent, Target, run_python
from tests.benchmarks.subject import Plan

NAME: Final = "import"
WHY: Final = (
    "The reference writes each byte once. Sheaf keeps the original compressed, the text,"
    " the raw JSON, ids, tags, audit entries, eight indexes and positional full text:"
    " SQLite alone takes as long as the reference for that."
)
RECORDS: Final = 200_000
ROUNDS: Final = 3
SPEED: Final = 1.5


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure both commands in turn, each in a new process on a new file."""
    path = data.jsonl(RECORDS)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        folder = Path(tempfile.mkdtemp(dir=data.FOLDER))
        try:
            ours.append(_with_sheaf(path, folder))
            theirs.append(_with_sqlite_utils(path, folder))
        finally:
            shutil.rmtree(folder)
    for what, mine, reference in (
        ("wall time", [each.wall for each in ours], [each.wall for each in theirs]),
        ("processor time", [each.cpu for each in ours], [each.cpu for each in theirs]),
    ):
        median, other = statistics.median(mine), statistics.median(reference)
        yield Measurement(
            subject="Import of everything: times the speed of `sqlite-utils insert`",
            case=f"{RECORDS:,} records, {path.stat().st_size / 1e6:.0f} MB, {what}",
            unit="s",
            median=median,
            p95=max(mine),
            reference=other,
            target=Target(value=other / median, bound=SPEED, unit="x", at_least=True),
            why=WHY,
        )


def _with_sheaf(path: Path, folder: Path) -> Spent:
    storage = f"sqlite://{folder / 'work.sheaf'}"
    return run_python("-m", "desktop_app", "import", str(path), "--storage", storage, "--json")


def _with_sqlite_utils(path: Path, folder: Path) -> Spent:
    return run_python(
        "-m", "sqlite_utils", "insert", str(folder / "work.db"), "task", str(path), "--nl"
    )
