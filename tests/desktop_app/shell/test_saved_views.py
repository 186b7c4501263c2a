"""Views that a person saves, changes, hands on and goes back to."""

import json

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLineEdit, QWidget

from db.exchange.view_files import SUFFIX
from db.query import LearningQuery, TaskQuery
from db.records import Kind, SavedView
from db.vocabulary import Status
from desktop_app.actions.registry import ActionRegistry
from desktop_app.pages import Pages
from desktop_app.window_state import WindowState

FAILED = TaskQuery(statuses=frozenset({Status.FAILED}))


@pytest.fixture
def window(shown):
    return shown(QWidget())


@pytest.fixture
def open_pages(workspace, window, tmp_path):
    def open_them():
        state = WindowState(tmp_path / "w.ini")
        return Pages(workspace, ActionRegistry(window), state, window)

    return open_them


@pytest.fixture
def pages(open_pages):
    made = open_pages()
    made.resize(1600, 600)
    made.show_page("tasks")
    made.show()
    return made


@pytest.fixture
def choose(pages):
    """Choose an entry of the view menu by its words."""

    def choose_one(words):
        pages.open_view_menu()
        menu = QApplication.activePopupWidget()
        action = next(a for a in menu.actions() if a.text().replace("&", "") == words)
        action.trigger()
        menu.close()

    return choose_one


@pytest.fixture
def save_as(choose, window, pages, qtbot):
    def save(name):
        choose("Save as…")
        dialog = pages.list.findChild(QInputDialog)
        dialog.setTextValue(name)
        with qtbot.waitSignal(pages.saved.kept):
            dialog.accept()
        qtbot.waitUntil(lambda: pages.key.startswith("saved:"))

    return save


def title(pages):
    return pages.list.header.view.text()


def test_a_changed_view_has_a_star_until_it_is_reverted(pages, choose):
    assert title(pages) == "Tasks"
    pages.list.show_query(FAILED)
    assert title(pages) == "Tasks *"
    assert pages.list.header.view.accessibleName() == "View: Tasks, changed"
    choose("Revert")
    assert title(pages) == "Tasks"
    assert pages.list.query == TaskQuery()
    pages.list.columns.set_shown("tags", shown=False)
    assert title(pages) == "Tasks *"
    choose("Revert")
    assert not pages.list.table.isColumnHidden(pages.list.model.section_of("tags"))


def test_what_is_shown_can_be_kept_with_text_order_columns_and_rows(
    pages, save_as, storage, open_pages
):
    pages.list.show_query(FAILED, "tag:ui parser")
    pages.list.columns.set_shown("tags", shown=False)
    pages.set_compact(True)
    save_as("Broken")
    assert title(pages) == "Broken"
    assert pages.list.text == "parser"
    assert pages.list.query.tags == {"ui"}
    assert pages.list.table.isColumnHidden(pages.list.model.section_of("tags"))
    (kept,) = storage.views.all()
    assert (kept.name, kept.kind) == ("Broken", Kind.TASK)
    assert kept.query == "status:failed tag:ui parser"
    assert kept.layout["compact"] is True
    pages.show_page("tasks")
    assert pages.list.query == TaskQuery()
    pages.save()
    again = open_pages()
    assert [view.name for view in again.saved.views] == ["Broken"]


def test_a_saved_view_that_is_changed_can_be_saved_again(
    pages, save_as, choose, storage, qtbot
):
    save_as("Mine")
    pages.list.show_query(FAILED)
    assert title(pages) == "Mine *"
    with qtbot.waitSignal(pages.saved.kept):
        choose("Save")
    assert title(pages) == "Mine"
    assert storage.views.all()[0].query == "status:failed"


def test_a_view_can_be_renamed_and_deleted_and_brought_back(pages, save_as, choose, qtbot):
    save_as("Mine")
    key = pages.key
    choose("Rename…")
    dialog = pages.list.findChild(QInputDialog)
    dialog.setTextValue("Yours")
    with qtbot.waitSignal(pages.saved.kept):
        dialog.accept()
    assert (pages.key, title(pages)) == (key, "Yours")
    with qtbot.waitSignal(pages.said) as said:
        choose("Delete")
    assert pages.key == "tasks"
    assert key not in pages.views
    words, (button, bring_back) = said.args
    assert (words, button) == ("Deleted the view Yours", "Undo")
    with qtbot.waitSignal(pages.saved.kept):
        bring_back()
    assert (pages.key, title(pages)) == (key, "Yours")


def test_the_view_that_opens_first_stands_in_for_all_records(pages, save_as, choose, qtbot):
    save_as("Mine")
    key = pages.key
    with qtbot.waitSignal(pages.saved.kept):
        choose("Open first for tasks")
    pages.show_page("batches")
    pages.show_page("tasks")
    assert pages.key == key
    choose("Tasks")
    assert pages.key == "tasks"
    pages.show_inside(Kind.BATCH, "0")
    assert pages.key == "tasks"


def test_a_name_that_is_taken_gets_a_number(pages, save_as, storage):
    save_as("Mine")
    pages.show_page("tasks")
    save_as("Mine")
    assert [view.name for view in storage.views.all()] == ["Mine", "Mine (2)"]


def test_a_view_goes_to_a_file_and_comes_back(pages, tmp_path, qtbot):
    view = SavedView(
        pk=0, id="", name="Sure", kind=Kind.LEARNING, query="conf:>=0.8 tag:ui", layout={}
    )
    path = tmp_path / f"sure{SUFFIX}"
    with qtbot.waitSignal(pages.said):
        pages.saved.write_file(view, path)
    assert json.loads(path.read_text())["sheaf-view"] == 1
    with qtbot.waitSignal(pages.saved.kept):
        pages.saved.read_files([path])
    assert pages.list.query == LearningQuery(least=0.8, tags=frozenset({"ui"}))


def test_a_view_is_written_with_the_ending_that_its_files_have(pages, choose, tmp_path, qtbot):
    choose("Export as file…")
    dialog = pages.list.findChild(QFileDialog)
    dialog.findChild(QLineEdit).setText(str(tmp_path / "mine"))
    with qtbot.waitSignal(pages.said):
        dialog.accept()
    assert [path.name for path in tmp_path.glob("mine*")] == [f"mine{SUFFIX}"]


def test_a_file_without_a_view_is_refused_in_three_sentences(pages, tmp_path, workspace, qtbot):
    path = tmp_path / f"no{SUFFIX}"
    path.write_text("[1, 2]")
    with qtbot.waitSignal(workspace.failed) as failed:
        pages.saved.read_files([path])
    assert failed.args[0].what.startswith(f"No view was read from no{SUFFIX}")
    assert pages.saved.views == ()


def test_back_and_forward_go_through_filters_too(pages):
    pages.list.show_query(FAILED)
    pages.list.set_text("pars")
    pages.list.set_text("parser")
    pages.show_page("batches")
    pages.step(-1)
    assert (pages.key, pages.list.text, pages.list.base) == ("tasks", "parser", FAILED)
    pages.step(-1)
    assert (pages.list.text, pages.list.base) == ("", FAILED)
    pages.step(-1)
    assert (pages.key, pages.list.query) == ("tasks", TaskQuery())
    for _ in range(5):
        pages.step(1)
    assert pages.key == "batches"


def test_another_order_is_no_step_of_the_way(pages):
    pages.list.show_query(FAILED)
    pages.list.table.horizontalHeader().sectionClicked.emit(
        pages.list.model.section_of("title")
    )
    pages.step(-1)
    assert pages.list.query.statuses == frozenset()


def test_low_rows_are_remembered(pages, open_pages, shown):
    shown(pages, 900, 700)
    height = pages.list.table.verticalHeader().defaultSectionSize()
    pages.set_compact(True)
    assert pages.list.table.verticalHeader().defaultSectionSize() < height
    again = open_pages()
    again.show_page("bugs")
    assert again.list.compact


def test_a_view_that_another_window_saves_shows_up(pages, storage, workspace, qtbot):
    view = SavedView(pk=0, id="", name="Theirs", kind=Kind.BUG, query="")
    storage.views.save(view)
    with qtbot.waitSignal(pages.views_changed):
        workspace.noticed.emit()
    assert "Theirs" in {each.title for each in pages.views.values()}


def test_what_is_inside_a_record_is_listed_in_order(pages, one_of_each, storage, qtbot):
    (talk,) = storage.fetch(Kind.CONVERSATION, [one_of_each[Kind.CONVERSATION]])
    pages.show_inside(Kind.CONVERSATION, talk.id)
    assert pages.key == "messages"
    qtbot.waitUntil(lambda: pages.list.presenter.total == 3)
    first = pages.list.presenter.page.records[pages.list.model.pks[0]]
    assert first.position == 0


@pytest.mark.parametrize(
    "layout",
    [
        {"sort": ["title"]},
        {"columns": "all"},
        {"columns": {"widths": {"title": "x"}}},
        {"columns": {"order": ["zzz", 5], "hidden": "x", "widths": {"title": 10**12}}},
    ],
)
def test_a_layout_that_makes_no_sense_is_left_out(pages, layout, qtbot):
    view = SavedView(pk=0, id="", name="Odd", kind=Kind.TASK, query="", layout=layout)
    with qtbot.waitSignal(pages.saved.kept):
        pages.saved.save_new(view)
    assert title(pages) == "Odd"
    assert pages.list.query == TaskQuery()
