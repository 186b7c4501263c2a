"""What the latest `./dev soak` found; where there was none, one of a minute."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from tests.benchmarks.data import FOLDER, ROOT
from tests.benchmarks.measure import Measurement, Target
from tests.benchmarks.subject import Plan

NAME: Final = "soak"
RECORD: Final = FOLDER / "soak.json"


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Tell how many promises were broken."""
    if not RECORD.exists():
        subprocess.run([sys.executable, "-m", "tests.soak", "1"], cwd=ROOT, check=True)
    found = json.loads(RECORD.read_text("utf-8"))
    acts = ", ".join(f"{number:,} {act}" for act, number in sorted(found["acts"].items()))
    yield Measurement(
        subject="Soak: processes that write, import and back up one file, and are killed",
        case=f"{found['minutes']:g} minutes, {found['date']}, {found['revision']}:"
        f" {found['processes']:,} processes, {found['killed']:,} killed; {acts}",
        unit="broken promises",
        median=found["wrong"],
        target=Target(value=found["wrong"], bound=0, unit="broken"),
    )
