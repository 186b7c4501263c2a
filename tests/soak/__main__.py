"""Random work by several processes on one file, of which some are killed all the time.

    python -m tests.soak MINUTES [FOLDER]

Ends with a comparison to what they said they had done, and every check there is. The exit
code is 1 where anything is wrong. What came of it stands in `.bench/soak.json`, from where
the next table of results takes it.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from db.maintenance import health
from db.maintenance.backups import Backups
from db.ports import Gravity
from db.query import EVERYWHERE, TaskQuery
from db.records import Kind
from db.storage import open_storage
from tests.benchmarks.data import FOLDER
from tests.benchmarks.report import machine
from tests.soak.model import Model

WORKERS = 3
LONGEST_LIFE_S = 12.0
RECORD = FOLDER / "soak.json"


class Soak:
    def __init__(self, folder, seed):
        self.path = folder / "work.sheaf"
        self.chance = random.Random(seed)  # noqa: S311 - to be repeated
        self.started = 0
        self.killed = 0
        self.wrong = []
        self.living = {}

    def start(self):
        self.started += 1
        name = f"w{self.started}"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.worker", str(self.path), name, name],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.living[process] = time.monotonic() + self.chance.uniform(0.5, LONGEST_LIFE_S)

    def end(self, process):
        if process.poll() is None:
            process.kill()
            self.killed += 1
        else:
            self.wrong.append(f"a process ended by itself: {process.stderr.read()[-2000:]}")
        process.communicate()
        del self.living[process]

    def run(self, seconds):
        open_storage(str(self.path)).close()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while len(self.living) < WORKERS:
                self.start()
            for process, until in list(self.living.items()):
                if process.poll() is not None or time.monotonic() > until:
                    self.end(process)
            time.sleep(0.05)
        for process in list(self.living):
            self.end(process)

    def look(self):
        """Compare the file with what was said, and check everything."""
        model = Model()
        for file in self.path.parent.glob("w*.jsonl"):
            model.read(file)
        storage = open_storage(str(self.path))
        storage.recover()
        tasks = storage.fetch(Kind.TASK, storage.ids(TaskQuery(places=EVERYWHERE)))
        self.wrong += model.differences([task.title for task in tasks])
        self.wrong += [
            f"{finding.title}: {finding.examples}"
            for finding in health.check(storage)
            if not finding.ok and finding.gravity is Gravity.DAMAGE
        ]
        backups = Backups(storage).all()
        storage.close()
        return {
            "processes": self.started,
            "killed": self.killed,
            "tasks": len(tasks),
            "backups": len(backups),
            "acts": dict(model.acts),
            "wrong": len(self.wrong),
        }


def main():
    minutes, *folders = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        soak = Soak(Path(*folders or [temporary]), time.time_ns())
        soak.run(float(minutes) * 60)
        found = soak.look()
    RECORD.parent.mkdir(exist_ok=True)
    record = {"minutes": float(minutes), **machine(), **found}
    RECORD.write_text(json.dumps(record, indent=2), "utf-8")
    lines = [*(f"{name}: {value}" for name, value in found.items()), *soak.wrong[:50]]
    lines.append("Something is wrong." if soak.wrong else "All is as it has to be.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
