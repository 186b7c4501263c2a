"""One of the processes that claim jobs: `python -m tests.benchmarks.jobs_child PATH NUMBER`."""

from __future__ import annotations

import json
import sys
import time

from db.processes import owner_name
from db.storage import open_storage
from tests.benchmarks.measure import MS

LEASE_S = 600.0


def main() -> None:
    """Claim so many jobs once a line comes in; print their ids and the milliseconds."""
    path, number = sys.argv[1:]
    storage = open_storage(f"sqlite://{path}")
    ids, taken = [], []
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(number)):
        start = time.perf_counter()
        job = storage.jobs.claim(("build", "test", "report"), owner_name(), LEASE_S)
        taken.append((time.perf_counter() - start) * MS)
        assert job is not None
        ids.append(job.id)
    storage.close()
    print(json.dumps({"ids": ids, "ms": taken}))


if __name__ == "__main__":
    main()
