import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from db.query import ExecutionQuery, ExecutionSort
from db.records import Kind
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.window import DetailWindow
from desktop_app.models.course import Course
from desktop_app.reading.diff_view import Side
from desktop_app.reading.run_view import Mode


@pytest.fixture
def make(storage):
    def make_one(kind, **fields):
        return storage.create(kind, fields).changed[kind][0]

    return make_one


@pytest.fixture
def task(storage, make):
    return make(Kind.TASK, title="Split the lexer")


@pytest.fixture
def runs(storage, make, task):
    task_id = storage.detail(Kind.TASK, task).record.id
    return [
        make(Kind.EXECUTION, title="Run", task=task_id, step=step, description=f"# {step}")
        for step in ("plan", "implement", "review")
    ]


@pytest.fixture
def pane(shown, workspace):
    return shown(DetailPane(workspace), 420, 760)


@pytest.fixture
def open_record(qtbot):
    def open_one(pane, kind, pk):
        with qtbot.waitSignal(pane.seen_anew):
            pane.show_record(kind, pk)

    return open_one


def test_a_run_opens_with_its_text(qtbot, pane, open_record, runs):
    open_record(pane, Kind.EXECUTION, runs[1])
    assert pane.tabs.name == "Text"
    assert pane.tabs.view("Text").text.text == "# implement"


def test_a_task_shows_how_many_runs_it_has_and_opens_one(qtbot, pane, open_record, task, runs):
    open_record(pane, Kind.TASK, task)
    titles = [pane.tabs.tabText(n) for n in range(pane.tabs.count())]
    qtbot.waitUntil(
        lambda: "Runs 3" in [pane.tabs.tabText(n) for n in range(pane.tabs.count())]
    )
    assert "Text" in titles
    pane.tabs.open("Runs")
    timeline = pane.tabs.view("Runs")
    qtbot.waitUntil(lambda: timeline.list.model().rowCount() == 3)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        qtbot.keyClick(timeline.list, Qt.Key.Key_Return)
    assert chosen.args == [Kind.EXECUTION, runs[0]]


def test_one_goes_on_to_the_next_run_of_the_task(qtbot, pane, open_record, runs):
    open_record(pane, Kind.EXECUTION, runs[0])
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        pane.step_in_task(1)
    assert chosen.args == [Kind.EXECUTION, runs[1]]
    with qtbot.assertNotEmitted(pane.record_chosen, wait=100):
        pane.step_in_task(-1)


def test_a_window_goes_on_in_the_list_it_was_opened_from(
    qtbot, shown, workspace, storage, runs
):
    newest_first = storage.ids(ExecutionQuery(sort=ExecutionSort.TURN))
    course = Course(Kind.EXECUTION, newest_first, "Runs")
    window = shown(DetailWindow(workspace, course=course), 640, 700)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.EXECUTION, runs[2])
    with qtbot.waitSignal(window.pane.seen_anew):
        qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert window.pane.key == (Kind.EXECUTION, runs[1])
    assert window.pane.tabs.view("Text").steps.words == "2 of 3 in Runs"
    window.close()


def test_a_window_says_where_in_its_list_a_record_stands(qtbot, shown, workspace, make):
    pks = [make(Kind.BUG, title=f"Bug {n}") for n in range(3)]
    window = shown(DetailWindow(workspace, course=Course(Kind.BUG, pks, "Open bugs")), 640, 700)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.BUG, pks[1])
    assert window.steps.words == "2 of 3 in Open bugs"
    with qtbot.waitSignal(window.pane.seen_anew):
        window.steps.stepped.emit(1)
    assert window.steps.words == "3 of 3 in Open bugs"
    other = make(Kind.BUG, title="Elsewhere")
    with qtbot.waitSignal(window.pane.seen_anew):
        window.pane.show_record(Kind.BUG, other)
    assert window.steps.isHidden()
    window.close()


def test_a_run_that_is_in_no_list_says_where_in_its_task_it_stands(
    qtbot, shown, workspace, runs
):
    window = shown(DetailWindow(workspace), 640, 700)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.EXECUTION, runs[1])
    steps = window.pane.tabs.view("Text").steps
    qtbot.waitUntil(lambda: steps.words == "2 of 3 in this task")
    qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: steps.words == "3 of 3 in this task")
    window.close()


def test_in_a_wide_window_facts_stand_side_by_side(qtbot, shown, workspace, runs):
    window = shown(DetailWindow(workspace), 860, 960)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.EXECUTION, runs[0])
    facts = window.pane.facts
    qtbot.waitUntil(lambda: facts["turn"].y() == facts["task"].y())
    wide = facts.height()
    window.resize(420, 960)
    qtbot.waitUntil(lambda: facts["turn"].y() > facts["task"].y())
    qtbot.waitUntil(lambda: facts.height() > wide)
    assert facts["task"].width() > facts.width() // 2
    window.close()


def least_width(pane):
    return pane.findChild(QScrollArea).widget().minimumSizeHint().width()


def test_no_tab_makes_the_pane_wider(qtbot, pane, open_record, storage, make, task, runs):
    task_id = storage.detail(Kind.TASK, task).record.id
    others = {
        kind: make(kind, title="Some title", task=task_id)
        for kind in (Kind.DESIGN_NOTE, Kind.LEARNING)
    }
    for kind, pk in {**others, Kind.TASK: task, Kind.EXECUTION: runs[1]}.items():
        open_record(pane, kind, pk)
        for name in pane.tabs.names:
            pane.tabs.open(name)
            assert least_width(pane) < 330, (kind, name)
    pane.tabs.open("Text")
    view = pane.tabs.view("Text")
    view.show_mode(Mode.DIFF)
    text = "".join(f"Line {number}\n\n" for number in range(400))
    title = "a_run_with_one_long_word_" * 5
    view.diff.show_sides(Side(title, text), Side(title, text.replace("3", "three")))
    qtbot.waitUntil(lambda: view.diff._where.text() != "")
    assert least_width(pane) < 330
