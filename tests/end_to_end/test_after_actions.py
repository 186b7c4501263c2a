"""What is said and where the focus is once something was done."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from db.query import BatchQuery
from db.records import Kind, SavedView
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.widgets.mnemonics import plain
from tests.db.factories import make


@pytest.fixture
def one_batch(uri):
    """A storage with a single batch."""
    storage = open_storage(uri)
    make(storage, Kind.BATCH, title="The only one")
    storage.close()
    return uri


@pytest.fixture
def program(start, one_batch, qtbot):
    """A window with the only batch chosen."""
    started = start(one_batch)
    started.desk.pages.show_page("batches")
    choose(qtbot, started)
    return started


def choose(qtbot, program):
    page, registry = program.desk.pages.list, program.window.registry
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    page.table.setFocus()
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(lambda: registry.state.selected == 1)


def shown_button(parent, words):
    found = (each for each in parent.findChildren(QPushButton) if each.isVisible())
    return next(each for each in found if plain(each.text()) == words)


def test_after_the_last_row_went_the_focus_stays_in_the_list(program, qtbot):
    page = program.desk.pages.list
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.panel.isVisible)
    focused = QApplication.focusWidget()
    assert focused is page.panel or page.panel.isAncestorOf(focused)
    assert not isinstance(focused, QPushButton), "one more Return would press it"
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.table)


def test_after_the_last_row_went_by_the_pane_the_focus_is_in_the_list(program, qtbot):
    page, pane = program.desk.pages.list, program.desk.detail
    qtbot.waitUntil(lambda: pane.tabs.key is not None)
    button = shown_button(pane, "Archive")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(page.panel.isVisible)
    qtbot.waitUntil(lambda: page.isAncestorOf(QApplication.focusWidget()))


def test_undo_brings_back_the_view_that_was_just_deleted_and_nothing_else(program, qtbot):
    workspace, saved = program.desk.workspace, program.desk.pages.saved
    toast, undo = program.window.toast, program.window.registry[Do.UNDO]
    with qtbot.waitSignal(workspace.changed):
        program.window.registry[Do.ARCHIVE].trigger()
    qtbot.waitUntil(lambda: undo.text().startswith("&Undo Archive"))
    view = SavedView(pk=0, id="", name="Mine", kind=Kind.BATCH, query="")
    with qtbot.waitSignal(saved.kept) as kept:
        saved.save(view)
    saved.delete(*kept.args)
    qtbot.waitUntil(lambda: toast.text == "Deleted the view Mine")
    assert undo.text() == "&Undo “Deleted the view Mine”"

    with qtbot.waitSignal(saved.kept):
        undo.trigger()

    assert [each.name for each in saved.views] == ["Mine"]
    assert toast.isHidden()
    assert undo.text().startswith("&Undo Archive")


def test_the_message_about_a_new_record_names_it_and_opens_it(program, qtbot):
    window, toast = program.window, program.window.toast
    program.desk.pages.show_page("tasks")
    window.registry[Do.NEW_BATCH].trigger()
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(NewDialog)))
    dialog = next(d for d in window.findChildren(NewDialog) if d.isVisible())
    qtbot.keyClicks(dialog["title"], "Release 2")
    with qtbot.waitSignal(dialog.created):
        dialog.accept()
    qtbot.waitUntil(lambda: toast.text == "Created batch “Release 2”")
    qtbot.waitUntil(lambda: [b.text() for b in toast.buttons] == ["Undo", "Open"])
    toast.buttons[1].click()
    qtbot.waitUntil(lambda: program.desk.pages.key == "batches")
    qtbot.waitUntil(lambda: program.desk.pages.list.chosen_record is not None)
    assert program.desk.pages.list.chosen_record.title == "Release 2"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Do.COPY, "Copied 1 row"),
        (Do.COPY_WITH_HEADERS, "Copied 1 row with headers"),
        (Do.COPY_MARKDOWN, "Copied 1 row with headers, as Markdown"),
        (Do.COPY_ID, "Copied 1 id"),
    ],
)
def test_it_is_said_what_was_copied(program, action, said):
    program.window.registry[action].trigger()
    assert program.window.toast.text == said


def test_what_is_in_the_trash_is_deleted_for_good_by_a_button_of_the_pane(program, qtbot):
    workspace = program.desk.workspace
    with qtbot.waitSignal(workspace.changed):
        program.window.registry[Do.TRASH].trigger()
    program.desk.pages.show_page("trash")
    choose(qtbot, program)
    pane = program.desk.detail
    qtbot.waitUntil(lambda: pane.tabs.key is not None and pane.footer.isVisible())
    shown_button(pane.footer, "Delete permanently…").click()
    (dialog,) = program.window.findChildren(PurgeDialog)
    qtbot.waitUntil(dialog._field.isEnabled)
    dialog._export.setChecked(False)
    qtbot.keyClicks(dialog._field, "1")
    with qtbot.waitSignal(workspace.changed):
        dialog.accept()
    assert workspace.storage.count(BatchQuery(places=frozenset())) == 0
    assert workspace.storage.history.operations(limit=1)[0].verb == "purge"
