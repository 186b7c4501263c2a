"""The table of results: on the terminal, as JSON, and in `RESULTS.md`."""

from __future__ import annotations

import itertools
import os
import platform
import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apsw
import msgspec
import peewee
import PySide6
from msgspec import Struct

from tests.benchmarks.data import ROOT
from tests.benchmarks.measure import Measurement, Target

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
_HEADER: Final = ("case", "unit", "median", "p95", "reference", "result", "target", "")


class Results(Struct, frozen=True):
    """All that was measured in one run, and where; `failed` are subjects, each with why."""

    machine: dict[str, str]
    measurements: list[Measurement]
    failed: dict[str, str]


def machine() -> dict[str, str]:
    """Describe this machine and what runs on it."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "revision": revision(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "load at the end": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "Python": platform.python_version(),
        "SQLite": f"{apsw.sqlite_lib_version()} (apsw {apsw.apsw_version()})",
        "peewee": peewee.__version__,
        "Qt": PySide6.__version__,
    }


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor()


def revision() -> str:
    """Return the revision of the code that is measured."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=8"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def write_json(results: Results, path: Path) -> None:
    """Write everything that was measured."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")


def write_markdown(results: Results) -> None:
    """Write `RESULTS.md` anew."""
    RESULTS.write_text("\n".join(_markdown(results)) + "\n", "utf-8")


def _markdown(results: Results) -> Iterator[str]:
    yield "# Measured results"
    yield ""
    yield "Written by `./dev bench`; not to be edited. Each row stands beside its reference,"
    yield "measured in turn with it in the same run. `result` is what the target is about."
    yield ""
    yield from (f"- {name}: {value}" for name, value in results.machine.items())
    for subject, group in _by_subject(results.measurements):
        yield from ("", f"## {subject}", "")
        yield f"| {' | '.join(_HEADER)} |"
        yield "|---|---|---:|---:|---:|---:|---:|---|"
        yield from (f"| {' | '.join(_cells(each))} |" for each in group)
    missed = [each for each in results.measurements if each.target and not each.target.met]
    yield from ("", "## Missed targets", "")
    for subject, group in _by_subject(missed):
        why = " ".join(dict.fromkeys(each.why for each in group if each.why))
        yield from (f"{subject}. {why}".rstrip(), "")
        yield from (_missed(each) for each in group)
        yield ""
    if not missed:
        yield "None."
    if results.failed:
        yield from ("", "## Not measured", "")
        yield from (f"- {name}: {why}" for name, why in results.failed.items())


def _missed(each: Measurement) -> str:
    target = each.target
    assert target is not None
    wanted = _wanted(target)
    return f"- {each.case}: {_number(target.value)} {target.unit}, not {wanted}"


def _by_subject(
    measurements: Sequence[Measurement],
) -> Iterator[tuple[str, list[Measurement]]]:
    for subject, group in itertools.groupby(measurements, key=lambda each: each.subject):
        yield subject, list(group)


def print_row(each: Measurement) -> None:
    """Print one measurement as soon as it is there."""
    case, unit, median, p95, reference, result, target, verdict = _cells(each)
    print(
        f"  {case:52.52} {median:>9} {unit:3} p95 {p95:>9}  ref {reference:>9}"
        f"  {result:>10} {target:>13} {verdict}",
        flush=True,
    )


def _cells(each: Measurement) -> tuple[str, ...]:
    target = each.target
    return (
        each.case,
        each.unit,
        _number(each.median),
        _number(each.p95),
        _number(each.reference),
        f"{_number(target.value)} {target.unit}" if target else "",
        _wanted(target) if target else "",
        ("met" if target.met else "MISSED") if target else "",
    )


def _wanted(target: Target) -> str:
    return f"{'≥' if target.at_least else '≤'} {target.bound:g} {target.unit}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
