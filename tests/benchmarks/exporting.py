"""Writing everything to a Sheaf dump, beside `json.dumps` of each row."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from db.exchange.exporting import export
from tests.benchmarks import data
from tests.benchmarks.measure import MS, Measurement, Target, times_of
from tests.benchmarks.subject import MANY, Opened, Plan, opened

NAME: Final = "export"
SPEED: Final = 1.0
_ROWS: Final = (
    "SELECT * FROM batch",
    """
    SELECT task.*, task_body.*, (
      SELECT json_group_array(name) FROM task_tag JOIN tag ON tag.pk = tag_pk
      WHERE task_pk = task.pk
    ) AS tags
    FROM task JOIN task_body USING (pk)
    """,
    "SELECT * FROM operation",
    "SELECT * FROM audit_entry",
)


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Write the same file in all ways, in turn."""
    with opened(MANY) as file, tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
        ours_path, by_hand_path = Path(folder, "ours.jsonl"), Path(folder, "by-hand.jsonl")
        ours, checked, by_hand = times_of(
            lambda: _write(file, ours_path),
            lambda: export(file.storage, "sheaf-jsonl", ours_path),
            lambda: _by_hand(file, by_hand_path),
            rounds=1,
            budget_s=0,
        )
        size = ours_path.stat().st_size
        other = by_hand_path.stat().st_size
    yield Measurement(
        subject="Export of everything: times the speed of `json.dumps` of each row",
        case=f"1 M tasks with their history, {size / 1e6:,.0f} MB (by hand {other / 1e6:,.0f})",
        unit="s",
        median=ours.median / MS,
        p95=ours.worst / MS,
        reference=by_hand.median / MS,
        target=Target(value=by_hand.median / ours.median, bound=SPEED, unit="x", at_least=True),
    )
    yield Measurement(
        subject="The same written to a file, read back and compared, with a manifest",
        case=f"{size / 1e6:,.0f} MB",
        unit="s",
        median=checked.median / MS,
        p95=checked.worst / MS,
        reference=by_hand.median / MS,
    )


def _write(file: Opened, path: Path) -> None:
    with path.open("wb") as out:
        export(file.storage, "sheaf-jsonl", out)


def _by_hand(file: Opened, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for sql in _ROWS:
            cursor = file.raw.execute(sql)
            names = [name for name, *_ in cursor.getdescription()]
            for row in cursor:
                out.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")
