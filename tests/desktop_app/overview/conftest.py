from types import SimpleNamespace

import pytest

from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import DAY_US, MICROSECONDS, now_us
from db.vocabulary import Status
from desktop_app.overview.page import OverviewPage
from desktop_app.overview.recent import RecentRecords
from desktop_app.window_state import WindowState

ENDED = (
    *[(0, Status.SUCCEEDED, "bug")] * 5,
    *[(0, Status.FAILED, "bug")] * 2,
    (0, Status.CANCELED, "task"),
    *[(3, Status.SUCCEEDED, "task")] * 4,
    *[(3, Status.FAILED, "task")] * 3,
    (45, Status.FAILED, "old"),
    (0, Status.REVIEW, "task"),
    (0, Status.RUNNING, "task"),
)
"""How many days ago a task was changed, how it stands, and its kind."""


@pytest.fixture
def state(tmp_path):
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
def recent(state, storage):
    return RecentRecords(state, storage.uri)


@pytest.fixture
def filled(storage):
    """A storage with tasks that ended today, three and 45 days ago, runs and learnings."""
    now = now_us()
    staging = storage.stage("Import")
    staging.begin_file(name="t.json", path="", format_name="generic", origin="generic:1")
    staging.add_batches([IncomingBatch(external_id="b", title="Made")])
    staging.add_tasks(
        [
            IncomingTask(
                external_id=f"t{number}",
                title=f"Task {number}",
                status=status,
                kind=kind,
                raw="{}",
                offset=0,
                length=2,
                batch="b",
                created_at=now - ago * DAY_US,
                updated_at=now - ago * DAY_US,
            )
            for number, (ago, status, kind) in enumerate(ENDED)
        ]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.EXECUTION,
                external_id=f"r{number}",
                title=f"Run {number}",
                refs={"task": "t0"},
                fields={
                    "turn": number,
                    "status": Status.SUCCEEDED if number else Status.RUNNING,
                    "started_at": now - (number + 1) * 60 * MICROSECONDS,
                    "completed_at": now if number else None,
                    "lease_until": None if number else now - 1,
                },
                created_at=now,
                updated_at=now,
            )
            for number in range(21)
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()
    for category in ("tools", "tools", ""):
        storage.learnings.create({"title": "A learning", "category": category})
    return storage


@pytest.fixture
def open_overview(workspace, recent, state, shown, qtbot):
    """Show the overview and wait until it has read everything."""

    def open_one(width=1100, height=1500):
        page = OverviewPage(workspace, recent, state)
        wanted = []
        page.target_wanted.connect(wanted.append)
        shown(page, width, height)
        qtbot.waitUntil(lambda: all(tile.value != "…" for tile in page.tiles))
        qtbot.waitUntil(lambda: all(card.sentence.text() != "Loading…" for card in page.cards))
        return SimpleNamespace(page=page, wanted=wanted, cards=page.cards, tiles=page.tiles)

    return open_one
