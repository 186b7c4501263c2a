"""Long work in the real window: seen while it is done, asked about, and after a crash."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from db.exchange.choices import Decision, ImportChoices, choices_in
from db.exchange.mapping import load_mapping
from db.incoming import BadRecords, Conflicts, Duplicates
from db.jobs import JobFilter, JobOrder, JobState
from db.query import TaskQuery
from db.records import TurnProgress
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.activity.panel import ActivityPanel
from desktop_app.export_order import ExportOrder, Scope
from desktop_app.importing import Phase
from tests.end_to_end.test_access import nameless

ROOT = Path(__file__).parents[2]
FAR = 30_000
RUNNING = frozenset({JobState.RUNNING})


def panel_of(program):
    return program.window.findChild(ActivityPanel)


def states(program):
    return [card.state for card in panel_of(program).cards]


def press(card, words, qtbot):
    (button,) = (button for button in card.buttons if button.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def press_ribbon(program, words, qtbot):
    (button,) = (each for each in program.window.ribbon.buttons if each.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def program(start, filled, qtbot):
    program = start(filled)
    qtbot.waitUntil(lambda: panel_of(program) is not None)
    qtbot.waitUntil(lambda: not program.desk.workspace.is_at_work)
    program.window.registry[Do.ACTIVITY].trigger()
    return program


def import_small(program, path, qtbot):
    importing = program.desk.importing
    importing.import_paths([path])
    qtbot.waitUntil(lambda: states(program) == ["Waits for you"])
    importing.commit()
    qtbot.waitUntil(lambda: states(program) == ["Done"])


def test_an_import_waits_in_the_panel_and_leads_to_what_it_did(program, task_file, qtbot):
    import_small(program, task_file, qtbot)
    (card,) = panel_of(program).cards
    assert "tasks.json" in card.accessibleName()
    press(card, "Open", qtbot)
    page = program.desk.pages
    qtbot.waitUntil(lambda: page.key == "imports" and page.page.chosen is not None)
    assert page.page.chosen.pk == card.job.outcome["operation"]
    assert not panel_of(program).isVisible()


def test_an_import_is_called_off_from_the_panel(program, task_file, qtbot):
    program.desk.importing.import_paths([task_file])
    qtbot.waitUntil(lambda: states(program) == ["Waits for you"])
    press(panel_of(program).cards[0], "Cancel", qtbot)
    qtbot.waitUntil(lambda: states(program) == ["Canceled"])
    assert not program.desk.is_importing
    assert len(program.desk.workspace.storage.ids(TaskQuery())) == 120


def test_an_export_that_failed_is_written_after_its_fault_was_mended(program, tmp_path, qtbot):
    folder = tmp_path / "not yet there"
    order = ExportOrder(Scope("", choice=TaskQuery()), "generic", folder / "tasks.json")
    program.desk.tools.exporting.write(order)
    qtbot.waitUntil(lambda: states(program) == ["Failed"])
    folder.mkdir()
    press(panel_of(program).cards[0], "Retry", qtbot)
    qtbot.waitUntil(lambda: states(program) == ["Done"])
    assert (folder / "tasks.json").read_text().count('"title"') == 120
    assert "120 records" in panel_of(program).cards[0].words


def test_a_check_says_what_it_found(program, qtbot):
    program.window.registry[Do.CHECK].trigger()
    qtbot.waitUntil(lambda: states(program) == ["Done"])
    assert "All checks passed." in panel_of(program).cards[0].words


def test_what_was_done_is_still_told_after_a_restart(program, start, stop, task_file, qtbot):
    import_small(program, task_file, qtbot)
    uri = program.desk.workspace.storage.uri
    stop(program)
    later = start(uri)
    qtbot.waitUntil(lambda: panel_of(later) is not None and states(later) == ["Done"])


def test_slow_work_that_shows_nowhere_else_opens_the_panel_once(program, qtbot):
    panel = panel_of(program)
    panel.leave()
    jobs = program.desk.workspace.storage.jobs
    undo = jobs.begin(JobOrder(kind="sheaf.undo", title="Undo"), "another-host:1", 600.0)
    program.desk.workspace.job_began.emit()
    qtbot.waitUntil(panel.isVisible)
    assert not panel.isAncestorOf(program.window.focusWidget())
    panel.leave()
    jobs.heartbeat(undo.token, 600.0, done=1, total=2)
    qtbot.waitUntil(lambda: panel.cards[0].job.done == 1)
    assert not panel.isVisible()
    jobs.complete(undo.token)


def test_all_that_takes_the_focus_in_the_panel_has_a_name(program, task_file, qtbot):
    import_small(program, task_file, qtbot)
    press(panel_of(program).cards[0], "Log", qtbot)
    qtbot.waitUntil(lambda: "Read." in panel_of(program).cards[0].log)
    assert nameless(panel_of(program)) == []


# Closing


@pytest.fixture
def work(program, qtbot):
    """An export under way, which goes on until the event is set."""
    gate = threading.Event()

    def run(_storage, token, report):
        report(TurnProgress("", False, 1, 2))
        while not gate.wait(0.01):
            token.check()
        return None, None

    order = JobOrder(kind="sheaf.export", title="Export to a.json")
    program.desk.workspace.recorded_job(
        order, "records", run, lambda _none: None, lambda _error: None
    )
    qtbot.waitUntil(lambda: states(program) == ["Running"])
    yield gate
    gate.set()


def test_closing_asks_and_one_can_stay(program, work, qtbot):
    assert not program.window.close()
    assert "“Export to a.json” is still under way." in program.window.ribbon.text
    press_ribbon(program, "Stay", qtbot)
    assert program.window.ribbon.isHidden()
    assert program.window.isVisible()


def test_closing_can_wait_out_of_sight_until_all_is_done(program, work, qtbot):
    program.window.close()
    press_ribbon(program, "Close when done", qtbot)
    assert not program.window.isVisible()
    storage = program.desk.workspace.storage
    assert storage.jobs.find()[0].state is JobState.RUNNING
    with qtbot.waitSignal(program.window.destroyed, raising=False, timeout=300):
        work.set()
    qtbot.waitUntil(lambda: not program._closing.isActive())
    assert storage.jobs.find()[0].state is JobState.DONE


def test_closing_can_stop_what_is_under_way(program, work, stop, filled, qtbot):
    program.window.close()
    press_ribbon(program, "Stop it and close", qtbot)
    assert not program.window.isVisible()
    stop(program)
    storage = open_storage(filled)
    assert storage.jobs.find()[0].state is JobState.CANCELED
    storage.close()


def test_the_question_goes_when_the_work_is_done(program, work, qtbot):
    program.window.close()
    work.set()
    qtbot.waitUntil(program.window.ribbon.isHidden)


# After a crash

DYING = """
import sys, os, signal
from pathlib import Path
from db.exchange.importing import stage_import
from db.job_run import ImportRun
from db.storage import open_storage
storage = open_storage(sys.argv[1])
path = Path(sys.argv[2])
run = ImportRun(f"Import {path.name}", {"paths": [str(path)]}, lambda: None)
run.stage(storage, lambda tell: stage_import(storage, [path], on_progress=tell))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def crashed(filled, task_file):
    """A workspace whose import was cut short by a crash."""
    dead = subprocess.run(
        [sys.executable, "-c", DYING, filled, str(task_file)], cwd=ROOT, check=False
    )
    assert dead.returncode != 0
    return filled


def test_the_next_start_offers_to_import_again_what_was_cut_short(start, crashed, qtbot):
    program = start(crashed)
    ribbon = program.window.ribbon
    qtbot.waitUntil(lambda: "cut short" in ribbon.text)
    assert "“Import tasks.json”" in ribbon.text
    assert states(program) == ["Interrupted"]
    assert len(program.desk.workspace.storage.ids(TaskQuery())) == 120
    press_ribbon(program, "Import again", qtbot)
    qtbot.waitUntil(lambda: states(program) == ["Waits for you"])
    program.desk.importing.commit()
    qtbot.waitUntil(lambda: states(program) == ["Done"])
    assert len(program.desk.workspace.storage.ids(TaskQuery())) == 123
    assert ribbon.isHidden()


def test_an_import_is_continued_with_the_choices_it_was_begun_with(
    start, filled, tmp_path, qtbot
):
    rows = tmp_path / "rows.json"
    many = [{"headline": f"number {number}", "id": number} for number in range(FAR)]
    rows.write_text(json.dumps([*many, {"headline": "again", "id": 1}]))
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"becomes": "bug", "members": {"title": "headline"}}')
    options = "--bad-records set-aside --on-conflict mine --duplicates both --format generic"
    command = [sys.executable, "-m", "desktop_app", "--storage", filled, "import"]
    command += [*options.split(), "--map", str(mapping), str(rows)]
    dying = subprocess.Popen(command, cwd=ROOT)
    storage = open_storage(filled)
    qtbot.waitUntil(lambda: bool(storage.jobs.find(JobFilter(states=RUNNING))), timeout=20_000)
    storage.close()
    dying.kill()
    dying.wait()

    program = start(filled)
    qtbot.waitUntil(lambda: "cut short" in program.window.ribbon.text)
    press_ribbon(program, "Import again", qtbot)

    importing = program.desk.importing
    qtbot.waitUntil(lambda: importing.phase is Phase.READ, timeout=30_000)
    assert importing.choices == ImportChoices(
        format_name="generic",
        bad_records=BadRecords.SET_ASIDE,
        conflicts=Conflicts.MINE,
        duplicates=Duplicates.BOTH,
        mapping=load_mapping(mapping),
    )
    assert importing.report.new["bug"] == FAR + 1
    importing.commit()
    qtbot.waitUntil(lambda: states(program) == ["Done"])


DYING_IN_EXPORT = """
import os, sys
from desktop_app.command import main
is_target = lambda args: str(args[1]) == sys.argv[-1]
sys.addaudithook(lambda event, args: event == "os.rename" and is_target(args) and os._exit(9))
main(sys.argv[1:])
"""


def test_an_export_by_the_command_that_was_cut_short_is_begun_again(
    start, filled, tmp_path, qtbot
):
    target, like_it = tmp_path / "out.csv", tmp_path / "other.csv"
    words = [
        "--storage",
        filled,
        "export",
        "--format",
        "csv",
        "--query",
        "status:failed",
    ]
    whole = [sys.executable, "-m", "desktop_app", *words, "--output", str(like_it)]
    subprocess.run(whole, cwd=ROOT, check=True, capture_output=True)
    dying = [sys.executable, "-c", DYING_IN_EXPORT, *words, "--output", str(target)]
    assert subprocess.run(dying, cwd=ROOT, check=False).returncode == 9
    assert not target.exists()

    program = start(filled)
    qtbot.waitUntil(lambda: "cut short" in program.window.ribbon.text)
    press_ribbon(program, "Export again", qtbot)

    qtbot.waitUntil(target.exists)
    assert target.read_bytes() == like_it.read_bytes()


def test_an_import_that_is_read_in_another_way_is_one_job_with_these_choices(
    program, task_file, qtbot
):
    importing = program.desk.importing
    importing.import_paths([task_file])
    qtbot.waitUntil(lambda: states(program) == ["Waits for you"])
    decided = Decision("task", 1, Conflicts.MINE)
    chosen = ImportChoices(conflicts=Conflicts.THEIRS, decisions=(decided,))
    importing.read_again(chosen, {})
    qtbot.waitUntil(lambda: importing.phase is Phase.READ)

    (job,) = program.desk.workspace.storage.jobs.find(JobFilter(kinds=("sheaf.import",)))

    assert choices_in(job.given) == chosen
    assert (job.state, job.given["paths"]) == (JobState.RUNNING, [str(task_file)])


def test_the_panel_tells_of_it_where_nothing_was_imported_before(
    start, tmp_path, task_file, qtbot
):
    path = str(tmp_path / "empty.sheaf")
    subprocess.run([sys.executable, "-c", DYING, path, str(task_file)], cwd=ROOT, check=False)
    program = start(path)
    qtbot.waitUntil(lambda: program.desk is not None and panel_of(program).isVisible())
    assert states(program) == ["Interrupted"]
    (card,) = panel_of(program).cards
    assert "Begin again" in [button.text() for button in card.buttons]


def test_what_was_cut_short_can_be_left_and_is_not_asked_about_again(
    start, stop, crashed, qtbot
):
    program = start(crashed)
    qtbot.waitUntil(lambda: "cut short" in program.window.ribbon.text)
    press_ribbon(program, "Leave it", qtbot)
    qtbot.waitUntil(lambda: states(program) == ["Canceled"])
    stop(program)
    later = start(crashed)
    qtbot.waitUntil(lambda: panel_of(later) is not None and states(later) == ["Canceled"])
    assert later.window.ribbon.isHidden()
