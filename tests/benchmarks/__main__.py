"""Measures, and prints the table of results: `./dev bench [--large] [--only NAME]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from subprocess import CalledProcessError
from typing import Final

from tests.benchmarks import (
    any_page,
    backing_up,
    command,
    everywhere,
    exporting,
    first_page,
    full_text,
    import_formats,
    importing,
    jobs,
    lists,
    memory,
    reading,
    report,
    soaking,
    starting,
    totals,
    using,
)
from tests.benchmarks.data import ROOT
from tests.benchmarks.measure import Measurement
from tests.benchmarks.subject import Plan

SUBJECTS: Final = (
    first_page, any_page, totals, lists, full_text, everywhere, reading, importing,
    import_formats, memory, exporting, backing_up, starting, using, command, jobs,
    soaking,
)  # fmt: skip


def main() -> int:
    """Measure what the command line chooses; the whole of it is written to `RESULTS.md`."""
    names = [subject.NAME for subject in SUBJECTS]
    parser = argparse.ArgumentParser(prog="./dev bench", description=main.__doc__)
    parser.add_argument("--large", action="store_true", help="also 10 M tasks and a 2 GB file")
    parser.add_argument("--only", action="append", choices=names, help="may be given again")
    parser.add_argument(
        "--leave-out", action="append", default=[], choices=names, help="said in the results"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write all as JSON")
    options = parser.parse_args()
    measured: list[Measurement] = []
    failed: dict[str, str] = {}
    for subject in SUBJECTS:
        if options.only and subject.NAME not in options.only:
            continue
        if subject.NAME in options.leave_out:
            failed[subject.NAME] = "left out of this run"
            continue
        print(f"\n{subject.NAME}: {subject.__doc__}", flush=True)
        try:
            for each in subject.measure(Plan(large=options.large)):
                report.print_row(each)
                measured.append(each)
        except (CalledProcessError, AssertionError) as error:
            said = str(error).replace(sys.executable, "python")
            failed[subject.NAME] = said.replace(str(ROOT), ".")
            print(f"  FAILED: {error}\n{getattr(error, 'stderr', '')}", flush=True)
    results = report.Results(report.machine(), measured, failed)
    if options.json is not None:
        report.write_json(results, options.json)
    if not options.only:
        report.write_markdown(results)
    missed = sum(1 for each in measured if each.target and not each.target.met)
    print(f"\n{len(measured)} measurements, {missed} targets missed, {len(failed)} failed.")
    return 1 if failed.keys() - {*options.leave_out} else 0


if __name__ == "__main__":
    sys.exit(main())
