from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from db.query import EVERYWHERE, BatchQuery, TaskQuery
from db.records import Kind, Place
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.dialogs.take_back import TakeBackDialog
from desktop_app.export_order import ExportOrder, Scope
from desktop_app.sample_desk import SampleDesk
from desktop_app.widgets.mnemonics import plain
from tests.db.factories import edit_task

NO_KEY = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def drop_on(widget, path):
    """Drag a file in and drop it, as the platform tells a window of it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEY)
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(5, 5), *how))
    dropped = QDropEvent(QPointF(5, 5), *how)
    QApplication.sendEvent(widget, dropped)
    return dropped.isAccepted()


def rows_shown(qtbot, program, number):
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == number)


def press(qtbot, panel, start):
    """Press the button that begins so, once it is there."""

    def shown():
        return [
            each
            for each in panel.findChildren(QPushButton)
            if each.isVisible() and plain(each.text()).startswith(start)
        ]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    shown()[0].click()


def press_import(qtbot, program):
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: "In it:" in panel.sentence)
    press(qtbot, panel, "Import ")
    press(qtbot, panel, "Done")
    assert panel.isHidden()


def test_a_new_user_is_offered_three_ways_to_start(start, uri):
    program = start(uri)
    buttons = [button.text() for button in program.window.panel.buttons]
    assert program.window.panel.isVisible()
    assert buttons == ["Import a file…", "Explore the sample", "Start empty"]


def test_starting_empty_shows_an_empty_list_with_words(start, uri):
    program = start(uri)
    program.window.panel.buttons[2].click()
    assert program.window.shows_lists


def test_a_dropped_file_is_previewed_imported_and_taken_back(start, uri, task_file, qtbot):
    program = start(uri)
    assert drop_on(program.window, task_file)
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: "In it: 3 new tasks in 1 batch" in panel.sentence)
    assert panel.headline == "tasks.json (Task Master tasks.json)"
    assert len(program.desk.workspace.storage.ids(TaskQuery())) == 0
    press_import(qtbot, program)
    rows_shown(qtbot, program, 1)
    toast = program.window.toast
    assert toast.action_button.text() == "Undo"
    with qtbot.waitSignal(program.desk.workspace.changed):
        toast.action_button.click()
    rows_shown(qtbot, program, 0)
    with qtbot.waitSignal(program.desk.workspace.changed):
        toast.action_button.click()
    rows_shown(qtbot, program, 1)


def test_undo_in_the_message_asks_about_what_was_edited_since(start, uri, task_file, qtbot):
    program = start(uri)
    assert drop_on(program.window, task_file)
    qtbot.waitUntil(lambda: "In it:" in program.desk.tools.wizard.sentence)
    press_import(qtbot, program)
    rows_shown(qtbot, program, 1)
    other = open_storage(uri)
    edit_task(other, other.ids(TaskQuery())[0], title="edited meanwhile")
    other.close()

    program.window.toast.action_button.click()

    dialogs = program.window.findChildren
    qtbot.waitUntil(lambda: bool(dialogs(TakeBackDialog)))
    (dialog,) = dialogs(TakeBackDialog)
    with qtbot.waitSignal(program.desk.workspace.changed):
        dialog.keep.click()
    storage = program.desk.workspace.storage
    titles = [each.title for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))]
    assert titles == ["edited meanwhile"]


def test_a_file_dropped_on_the_search_field_is_imported_too(start, filled, task_file, qtbot):
    program = start(filled)
    assert drop_on(program.window.top.search, task_file)
    assert program.desk.importing.is_under_way
    assert program.window.top.search.text() == ""


def test_records_opened_as_a_workspace_are_offered_to_be_imported(
    start, filled, task_file, qtbot
):
    program = start(filled)
    rows_shown(qtbot, program, 3)

    program.window.registry[Do.OPEN].trigger()
    (dialog,) = program.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(task_file))

    qtbot.waitUntil(lambda: "In it: 3 new tasks" in program.desk.tools.wizard.sentence)
    dialog.reject()


def test_discarding_a_preview_leaves_nothing(start, filled, task_file, qtbot):
    program = start(filled)
    program.desk.importing.import_paths([task_file])
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: "In it:" in panel.sentence)
    program.desk.importing.cancel()
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    assert panel.isHidden()
    assert program.desk.workspace.storage.count(TaskQuery(places=EVERYWHERE)) == 120


def test_the_same_file_again_has_nothing_to_import(start, uri, task_file, qtbot):
    program = start(uri, [task_file])
    press_import(qtbot, program)
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    program.desk.importing.import_paths([task_file])
    qtbot.waitUntil(
        lambda: "3 identical tasks in 1 batch" in program.desk.tools.wizard.sentence
    )


def test_what_a_file_repeats_is_told_before_it_is_imported(start, uri, tmp_path, qtbot):
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2}]')
    program = start(uri, [rows])
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: "1 repeated task" in panel.sentence)
    assert "2 new tasks" in panel.sentence
    assert "the latest of each is kept" in panel.sentence


def test_a_broken_file_says_what_is_wrong_and_changes_nothing(start, filled, tmp_path, qtbot):
    broken = tmp_path / "broken.json"
    broken.write_text('{"tasks": [{"id": 1,, }]}')
    program = start(filled, [broken])
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: panel.headline == "broken.json cannot be used as it is")
    assert panel.check.problems.model.rows[0][:2] == ("broken.json", "1")
    assert "Nothing was imported." in panel.sentence
    assert program.desk.workspace.storage.count(TaskQuery(places=EVERYWHERE)) == 120


def test_json_on_the_clipboard_is_imported_by_paste(start, filled, task_file, qtbot):
    program = start(filled)
    QGuiApplication.clipboard().setText(task_file.read_text())
    program.window.registry[Do.PASTE].trigger()
    press_import(qtbot, program)
    qtbot.waitUntil(lambda: program.desk.workspace.storage.count(BatchQuery()) == 4)


def test_archive_and_undo_by_keyboard(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    workspace, table = program.desk.workspace, program.desk.pages.list.table
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.waitUntil(program.window.registry[Do.ARCHIVE].isEnabled)
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(table, Qt.Key.Key_E)
    rows_shown(qtbot, program, 2)
    archived = BatchQuery(places=frozenset({Place.ARCHIVED}))
    assert workspace.storage.count(archived) == 1
    undo = program.window.registry[Do.UNDO]
    qtbot.waitUntil(lambda: "Archive" in undo.text())
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(table, Qt.Key.Key_Z, CTRL)
    rows_shown(qtbot, program, 3)
    assert workspace.storage.count(archived) == 0


def test_the_details_follow_the_selected_row(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    page = program.desk.pages.list
    with qtbot.waitSignal(program.desk.detail.seen_anew) as seen:
        page.selection.choose(page.model.pks[0])
    assert seen.args[0].record.title == "Batch 2"
    page.select_all()
    qtbot.waitUntil(lambda: program.desk.detail.key is None)


def test_the_sidebar_counts_what_its_entries_hold(start, filled, qtbot):
    program = start(filled)
    sidebar = program.window.sidebar
    words = {}

    def counted():
        for row in range(sidebar.count()):
            said = sidebar.item(row).data(Qt.ItemDataRole.AccessibleTextRole)
            words[sidebar.item(row).text()] = said
        return words["Trash"] == "Trash, 0"

    qtbot.waitUntil(counted)
    assert words["Batches"] == "Batches, 3"
    assert words["Tasks"] == "Tasks, 120"
    assert words["Archived"] == "Archived, 0"


def test_the_tasks_of_a_batch_are_one_key_away(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.window.registry[Do.SHOW_TASKS].isEnabled)
    program.window.registry[Do.SHOW_TASKS].trigger()
    qtbot.waitUntil(lambda: program.desk.pages.key == "tasks")
    rows_shown(qtbot, program, 40)
    program.window.registry[Do.BACK].trigger()
    assert program.desk.pages.key == "batches"


def test_what_is_copied_are_the_selected_rows(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    program.desk.pages.list.select_all()
    qtbot.waitUntil(program.window.registry[Do.COPY].isEnabled)
    program.window.registry[Do.COPY_WITH_HEADERS].trigger()
    head, *rows = QGuiApplication.clipboard().text().split("\n")
    assert head.split("\t")[:2] == ["Status", "Title"]
    assert [row.split("\t")[1] for row in rows] == ["Batch 2", "Batch 1", "Batch 0"]
    program.window.registry[Do.COPY_COMMAND].trigger()
    assert QGuiApplication.clipboard().text().startswith("sheaf list batches --storage sqlite:")


def test_what_another_process_adds_is_offered_and_not_pushed(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    program.desk.workspace._poll.setInterval(20)
    qtbot.waitUntil(lambda: program.desk.workspace._seen_version is not None)
    other = open_storage(filled)
    other.batches.create("From elsewhere")
    other.close()
    page = program.desk.pages.list
    qtbot.waitUntil(page.header.news.isVisible)
    assert page.header.news.text() == "1 new"
    assert page.model.rowCount() == 3
    page.header.news.click()
    rows_shown(qtbot, program, 4)


def test_everything_can_be_exported_and_imported_elsewhere(start, filled, tmp_path, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    target = tmp_path / "all.sheaf.json"
    program.desk.tools.exporting.write(ExportOrder(Scope("Everything"), "sheaf", target))
    qtbot.waitUntil(lambda: "Exported 1" in program.window.toast.text)
    assert target.stat().st_size > 1000
    assert program.window.toast.action_button.text() == "Copy path"


def test_the_sample_is_explored_and_kept(start, uri, tmp_path, qtbot):
    program = start("memory:")
    rows_shown(qtbot, program, program.desk.workspace.storage.count(BatchQuery()))
    assert "nothing is kept" in program.window.ribbon.text
    tasks = program.desk.workspace.storage.count(TaskQuery(places=EVERYWHERE))
    target = str(tmp_path / "kept.sheaf")
    with qtbot.waitSignal(program.desk.destroyed, timeout=20_000):
        program.desk.findChild(SampleDesk).keep(target)
    qtbot.waitUntil(lambda: program.desk is not None)
    assert program.desk.workspace.storage.count(TaskQuery(places=EVERYWHERE)) == tasks


def test_closing_during_an_import_asks_first_and_keeps_nothing(start, filled, task_file, qtbot):
    program = start(filled, [task_file])
    window = program.window
    qtbot.waitUntil(lambda: "In it:" in program.desk.tools.wizard.sentence)
    window.registry[Do.QUIT].trigger()
    assert window.isVisible()
    banner = program.desk.tools.wizard.banner
    assert "An import is under way" in banner.text
    banner.buttons[0].click()
    assert not window.isVisible()
    program.close()
    storage = open_storage(filled)
    assert storage.count(TaskQuery(places=EVERYWHERE)) == 120
    assert storage.recover() == ()
    storage.close()


def test_quitting_closes_the_window_at_once(start, filled, qtbot):
    program = start(filled)
    program.window.registry[Do.QUIT].trigger()
    assert not program.window.isVisible()
