import threading

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow, QPushButton

from db.errors import UnwritableFileError
from db.jobs import JobFilter, JobOrder, JobState
from db.query import BatchQuery
from db.records import Kind, TurnProgress
from desktop_app.activity.model import Activity
from desktop_app.activity.pace import Pace
from desktop_app.activity.panel import ActivityPanel
from desktop_app.activity.words import outcome_words, progress_words, running_words

EXPORT = JobOrder(kind="sheaf.export", title="Export to a.json", payload={"path": "/a"})
LEASE_S = 600.0


@pytest.fixture
def activity(workspace):
    following = Activity(workspace)
    yield following
    following.stop()


@pytest.fixture
def panel(activity, shown):
    window = QMainWindow()
    window.setCentralWidget(QLineEdit())
    shown(window, 900, 700)
    panel = ActivityPanel(window)
    panel.follow(activity)
    panel.toggle()
    yield panel
    panel.follow(None)


@pytest.fixture
def work(workspace, qtbot):
    """Work that tells that 3 of 9 are done, and ends when the event is set."""
    gate, ended = threading.Event(), []

    def run(_storage, token, report):
        report(TurnProgress("", False, 3, 9))
        while not gate.wait(0.01):
            token.check()
        return "result", {"path": "/a", "said": "9 records in /a"}

    workspace.recorded_job(
        EXPORT,
        "records",
        run,
        ended.append,
        ended.append,
        on_cancelled=lambda: ended.append("cancelled"),
    )
    yield gate, ended
    gate.set()
    qtbot.waitUntil(lambda: bool(ended))


def card_of(panel, qtbot, state):
    """Return the only card, once its job is in a state."""
    qtbot.waitUntil(lambda: [card.state for card in panel.cards] == [state])
    return panel.cards[0]


def press(card, words, qtbot):
    (button,) = (button for button in card.buttons if button.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_is_under_way_shows_how_far_it_is_and_then_what_came_of_it(
    activity, panel, work, qtbot
):
    gate, ended = work
    card = card_of(panel, qtbot, "Running")
    qtbot.waitUntil(lambda: "3 of 9 records" in card.words)
    assert card.share == 1000 * 3 // 9
    assert activity.share == 33
    assert "Export to a.json" in card.accessibleName()
    gate.set()
    card_of(panel, qtbot, "Done")
    assert card.words.startswith("9 records in /a.")
    assert card.share is None
    assert ended == ["result"]
    assert activity.running == ()


def test_cancel_stops_the_work_and_whoever_asked_for_it_hears(panel, work, workspace, qtbot):
    card = card_of(panel, qtbot, "Running")
    press(card, "Cancel", qtbot)
    card_of(panel, qtbot, "Canceled")
    assert work[1] == ["cancelled"]
    assert not workspace.is_at_work


def test_what_failed_says_why_and_can_be_done_again(activity, panel, workspace, qtbot):
    def fail(_storage, _token, _report):
        raise UnwritableFileError("The disk is full.")

    heard = []
    workspace.recorded_job(EXPORT, "records", fail, heard.append, heard.append)
    card = card_of(panel, qtbot, "Failed")
    assert "The disk is full." in card.words
    assert len(heard) == 1
    with qtbot.waitSignal(activity.again_wanted) as again:
        press(card, "Retry", qtbot)
    assert again.args[0].given == {"path": "/a"}
    qtbot.waitUntil(lambda: panel.cards == [])


def test_the_log_can_be_read(panel, storage, activity, qtbot):
    job = storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    storage.jobs.heartbeat(job.token, LEASE_S, lines=["one is written"])
    activity.look()
    card = card_of(panel, qtbot, "Running")
    press(card, "Log", qtbot)
    qtbot.waitUntil(lambda: "one is written" in card.log)


def test_work_of_another_process_can_be_asked_to_stop(panel, storage, activity, qtbot):
    job = storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    activity.look()
    press(card_of(panel, qtbot, "Running"), "Cancel", qtbot)
    card_of(panel, qtbot, "Stopping…")
    assert not storage.jobs.heartbeat(job.token, LEASE_S)
    card_of(panel, qtbot, "Canceled")


@pytest.mark.parametrize("kind", ["sheaf.undo", "sheaf.redo", "sheaf.change", "sheaf.purge"])
def test_what_is_never_left_half_done_says_why_it_cannot_be_stopped(
    panel, storage, activity, kind, qtbot
):
    storage.jobs.begin(JobOrder(kind=kind, title="x"), "another-host:1", LEASE_S)
    activity.look()
    card = card_of(panel, qtbot, "Running")
    assert card.buttons == []
    assert "cannot be stopped half-way" in card.words


def test_jobs_of_scripts_show_while_they_run_or_when_they_failed(
    panel, storage, activity, qtbot
):
    storage.jobs.enqueue([JobOrder(kind="build", title=f"Job {n}") for n in range(5)])
    for _ in range(2):
        token = storage.jobs.claim(["build"], "w", LEASE_S).token
        storage.jobs.fail(token, "no compiler", may_retry=False)
    storage.jobs.complete(storage.jobs.claim(["build"], "w", LEASE_S).token)
    storage.jobs.claim(["build"], "w", LEASE_S)
    activity.look()
    qtbot.waitUntil(lambda: len(panel.cards) == 3)
    assert [card.state for card in panel.cards] == ["Running", "Failed", "Failed"]
    assert "1 job waits" in panel.queue_words
    press(panel.cards[1], "Retry", qtbot)
    qtbot.waitUntil(lambda: "2 jobs wait" in panel.queue_words)


def test_what_is_over_can_be_cleared_but_not_what_waits_for_a_decision(
    panel, storage, activity, qtbot
):
    for worker in ("gone:1", "gone:2"):
        job = storage.jobs.begin(EXPORT, worker, -1.0)
    storage.jobs.complete(job.token)
    storage.jobs.release_dead()
    activity.look()
    qtbot.waitUntil(lambda: len(panel.cards) == 2)
    activity.clear()
    card = card_of(panel, qtbot, "Interrupted")
    assert [button.text() for button in card.buttons] == ["Log", "Begin again", "Leave it"]
    (clear,) = (
        each for each in panel.findChildren(QPushButton) if each.text() == "Clear what is over"
    )
    assert not clear.isEnabled()
    press(card, "Leave it", qtbot)
    card_of(panel, qtbot, "Canceled")
    assert clear.isEnabled()


def test_a_large_operation_on_many_records_is_a_job_and_a_small_one_is_none(
    workspace, storage, add_tasks, qtbot
):
    pks = add_tasks(1000)
    for choice in (pks[:999], pks):
        with qtbot.waitSignal(workspace.changed):
            workspace.add_tag(Kind.TASK, choice, "seen")
    (job,) = storage.jobs.find()
    assert (job.title, job.state) == ("Tag 1,000 tasks", JobState.DONE)
    assert job.outcome == {"operation": storage.history.operations(limit=1)[0].pk}


@pytest.mark.parametrize(("unit", "said"), [("files", "3 files. "), ("bytes", "")])
def test_what_was_done_is_counted_unless_it_only_told_how_far_a_job_was(storage, unit, said):
    job = storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    storage.jobs.heartbeat(job.token, LEASE_S, done=3, unit=unit)
    storage.jobs.complete(job.token)
    (over,) = storage.jobs.find()
    assert outcome_words(over).startswith(f"{said}Just now, took")


def test_a_job_of_which_nothing_was_noted_offers_no_log(panel, storage, activity, qtbot):
    storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    activity.look()
    card = card_of(panel, qtbot, "Running")
    qtbot.waitUntil(lambda: bool(card.buttons))
    assert "Log" not in [button.text() for button in card.buttons]


def test_the_time_that_a_job_waited_for_a_person_is_not_counted(storage):
    job = storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    storage.jobs.complete(job.token, {"waited": 60_000_000})
    (over,) = storage.jobs.find(JobFilter(own=True), 1)
    over = replace(over, started_at=over.finished_at - 65_000_000)
    assert "took 5 s" in outcome_words(over)


def test_esc_closes_the_panel_and_gives_the_focus_back(panel, qtbot):
    assert panel.isVisible()
    with qtbot.waitSignal(panel.closed):
        qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_the_panel_opens_itself_and_goes_when_nothing_runs_any_more(
    panel, activity, work, qtbot
):
    panel.leave()
    panel.parentWidget().centralWidget().setFocus()
    card_of(panel, qtbot, "Running")
    panel.open_itself()
    assert panel.isVisible()
    work[0].set()
    qtbot.waitUntil(lambda: not panel.isVisible())


def test_the_panel_stays_inside_a_small_window(panel, storage, activity, qtbot):
    for _ in range(12):
        storage.jobs.begin(EXPORT, "another-host:1", LEASE_S)
    activity.look()
    qtbot.waitUntil(lambda: len(panel.cards) == 12)
    window = panel.parentWidget()
    for size in ((900, 600), (600, 360)):
        window.resize(*size)
        qtbot.waitUntil(lambda size=size: window.size().toTuple() == size)
        assert window.rect().contains(panel.geometry())


def test_a_pace_is_that_of_the_last_seconds():
    pace = Pace()
    assert (pace.per_second, pace.left_s(100)) == (0, None)
    for second in range(21):
        pace.see(second, second * 10 if second <= 10 else 100 + (second - 10) * 20)
    assert pace.per_second == 20
    assert pace.left_s(400) == 5
    assert pace.left_s(None) is None
    pace.see(22, 0)
    assert pace.per_second == 0, "it begins anew"


def test_how_long_it_will_take_is_not_said_at_once():
    pace = Pace()
    pace.see(0, 0)
    pace.see(2, 10)
    assert pace.left_s(100) is None
    pace.see(4, 20)
    assert pace.left_s(100) == 16


def test_progress_reads_as_a_person_says_it(storage):
    job = storage.jobs.begin(EXPORT, "w", LEASE_S)
    storage.jobs.heartbeat(job.token, LEASE_S, done=45_000_000, total=120_000_000, unit="bytes")
    (job,) = storage.jobs.find(JobFilter())
    pace = Pace()
    pace.see(0, 0)
    pace.see(5, 45_000_000)
    assert progress_words(job, pace) == "45 MB of 120 MB, 9.0 MB/s, 8 s left"
    assert running_words(1204, 45) == "1,204 running, 45 %"


def test_what_goes_along_with_one_batch_counts_for_how_large_an_operation_is(
    workspace, storage, add_tasks, qtbot
):
    add_tasks(1000)
    (batch,) = storage.ids(BatchQuery())
    with qtbot.waitSignal(workspace.changed):
        workspace.archive(Kind.BATCH, [batch])
    (job,) = storage.jobs.find()
    assert (job.title, job.state) == ("Archive 1 batch", JobState.DONE)
