import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QScrollArea, QToolButton

from db.records import Kind, Place
from db.vocabulary import Priority, Status
from desktop_app.actions.ids import ActionId
from desktop_app.detail.picker import Picker
from desktop_app.detail.tags_editor import TagsEditor
from desktop_app.detail.window import DetailWindow
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.widgets.plain_label import PlainLabel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
BESIDE_LIST_PX = (336, 734)
"""The size of the pane in a window of 1280 by 800 pixels."""


def words(widget):
    return [label.text() for label in widget.findChildren(PlainLabel) if label.isVisible()]


def button(widget, name):
    return next(
        found
        for kind in (QPushButton, QToolButton)
        for found in widget.findChildren(kind)
        if name in {found.text().replace("&", ""), found.accessibleName()}
    )


def choose(choice_button, text):
    next(a for a in choice_button.menu().actions() if a.text() == text).trigger()


def pick(qtbot, pane, text):
    """Type into the picker that is open and take the first match with Enter."""
    picker = pane.findChild(Picker)
    qtbot.keyClicks(picker._field, text)
    qtbot.keyClick(picker._field, Qt.Key.Key_Return)


def test_where_there_are_no_tags_the_picker_says_that_a_new_one_can_be_typed(
    qtbot, pane, open_record, make_task
):
    open_record(Kind.TASK, make_task())
    picker = pane.findChild(TagsEditor).open_picker()
    qtbot.waitUntil(lambda: "Type a new one." in words(picker))


def test_nothing_selected_says_so(pane):
    assert "Nothing selected" in words(pane)


def test_several_selected_says_how_many_and_what(pane):
    pane.show_several(1204, "9 succeeded, 2 failed")
    assert "1,204 selected" in words(pane)
    assert "9 succeeded, 2 failed" in words(pane)


def test_a_record_that_is_gone_says_so(qtbot, pane):
    pane.show_record(Kind.TASK, 4711)
    qtbot.waitUntil(lambda: "This record is gone" in words(pane))


def test_a_record_purged_while_shown_is_said_to_be_gone(
    qtbot, pane, open_record, make_task, workspace
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    workspace.purge(Kind.TASK, (pk,))
    qtbot.waitUntil(lambda: "This record is gone" in words(pane))


def test_a_task_shows_what_is_known_of_it(pane, open_record, make_task, make_batch, storage):
    batch = storage.batches.get(make_batch()).record
    open_record(
        Kind.TASK,
        make_task(batch=batch.id, status="failed", priority=0, tags=["ui"], kind="bug"),
    )
    assert "Split the lexer" in words(pane)
    assert "ui" in words(pane)
    facts = pane.facts
    assert facts["status"].accessibleName() == "Status: Failed"
    assert facts["priority"].accessibleName() == "Priority: Highest priority"
    assert facts["kind"].accessibleName() == "Kind: bug"
    assert facts["batch"].button.accessibleName() == "Batch: Parser refactor"
    assert facts["parent"].button.accessibleName() == "Parent: None"


def test_a_batch_shows_its_counts_and_its_tasks(
    qtbot, pane, open_record, make_task, make_batch, storage
):
    pk = make_batch()
    id_ = storage.batches.get(pk).record.id
    for status in ("failed", "running", "failed"):
        make_task(f"A {status} task", batch=id_, status=status)
    open_record(Kind.BATCH, pk)
    assert "2 failed, 1 running" in words(pane)
    assert pane.tabs.name == "Tasks"
    model = pane.tabs.view("Tasks").table.model()
    qtbot.waitUntil(lambda: model.rowCount() == 3)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        pane.tabs.view("Tasks").table.setCurrentIndex(model.index(0, 2))
        qtbot.keyClick(pane.tabs.view("Tasks").table, Qt.Key.Key_Return)
    assert chosen.args[0] is Kind.TASK


def test_an_empty_batch_says_so(qtbot, pane, open_record, make_batch):
    open_record(Kind.BATCH, make_batch())
    qtbot.waitUntil(lambda: "There are no tasks in this batch." in words(pane))


def test_enter_saves_a_title_and_undo_brings_the_old_one_back(
    qtbot, pane, open_record, settled, make_task, task_of, workspace
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.edit_title()
    field = pane.header.title._field
    assert field.hasFocus()
    field.setText("Split the lexer in two")
    with qtbot.waitSignal(pane.edited):
        settled(qtbot.keyClick, field, Qt.Key.Key_Return)
    assert task_of(pk).record.title == "Split the lexer in two"
    settled(workspace.undo)
    assert "Split the lexer" in words(pane)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_after_a_title_the_focus_is_where_it_was(qtbot, pane, open_record, make_task, key):
    open_record(Kind.TASK, make_task())
    button(pane, "Archive").setFocus()
    pane.edit_title()
    qtbot.keyClick(pane.header.title._field, key)
    assert button(pane, "Archive").hasFocus()


def test_esc_leaves_a_title_as_it_was(qtbot, pane, open_record, make_task, task_of):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.edit_title()
    field = pane.header.title._field
    field.setText("Something else")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not pane.header.title.is_editing()
    assert "Split the lexer" in words(pane)
    assert task_of(pk).record.version == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_keys_of_an_editor_are_not_taken_by_the_window(qtbot, shown, workspace, make_task, key):
    window = DetailWindow(workspace)
    taken = []
    for keys in ("Esc", "Ctrl+Return"):
        QShortcut(QKeySequence(keys), window, lambda: taken.append(1))
    shown(window)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.TASK, make_task())
    window.pane.description.start_editing()
    field = window.pane.description._editor._field
    modifier = Qt.KeyboardModifier.ControlModifier
    enters = key == Qt.Key.Key_Return
    qtbot.keyClick(field, key, modifier if enters else Qt.KeyboardModifier.NoModifier)
    assert not window.pane.description.is_editing()
    window.pane.edit_title()
    qtbot.keyClick(window.pane.header.title._field, Qt.Key.Key_Escape)
    assert not window.pane.header.title.is_editing()
    assert taken == []


@pytest.fixture
def unread(shown, workspace, make_task):
    """A window that has not read its record yet."""
    window = shown(DetailWindow(workspace))
    window.show_record(Kind.TASK, make_task(description="In every lexer a cog"))
    return window


def press(qtbot, window, key):
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


def test_what_is_to_be_found_may_be_asked_before_the_record_is_read(qtbot, unread):
    press(qtbot, unread, Qt.Key.Key_F)
    qtbot.waitUntil(unread.pane.description.find_bar.field.hasFocus)


def test_a_record_is_taken_to_compare_once_it_is_read(qtbot, unread):
    with qtbot.waitSignal(unread.pane.action_wanted) as wanted:
        press(qtbot, unread, Qt.Key.Key_D)
    assert wanted.args[0] is ActionId.COMPARE
    assert wanted.args[1].title == "Split the lexer"


def test_keys_pressed_for_one_record_do_nothing_to_the_next(qtbot, unread, make_task):
    press(qtbot, unread, Qt.Key.Key_D)
    with (
        qtbot.assertNotEmitted(unread.pane.action_wanted),
        qtbot.waitSignal(unread.pane.seen_anew),
    ):
        unread.pane.show_record(Kind.TASK, make_task("Another"))


def test_status_and_priority_are_saved_when_chosen(
    pane, open_record, settled, make_task, task_of
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    settled(choose, pane.facts["status"], "Succeeded")
    settled(choose, pane.facts["priority"], "Lowest priority")
    record = task_of(pk).record
    assert (record.status, record.priority) == (Status.SUCCEEDED, Priority.LOWEST)
    assert pane.facts["status"].text() == "Succeeded"


def test_two_changes_in_a_row_are_no_conflict(qtbot, pane, open_record, make_task, task_of):
    pk = make_task()
    open_record(Kind.TASK, pk)
    choose(pane.facts["status"], "Running")
    choose(pane.facts["priority"], "High priority")
    choose(pane.facts["status"], "Failed")
    qtbot.waitUntil(lambda: task_of(pk).record.version == 4)
    record = task_of(pk).record
    assert (record.status, record.priority) == (Status.FAILED, Priority.HIGH)


def test_a_tag_is_added_by_typing_and_removed_by_its_button(
    qtbot, pane, open_record, settled, make_task, task_of
):
    make_task("Another", tags=["parser", "ui"])
    pk = make_task(tags=["core"])
    open_record(Kind.TASK, pk)
    button(pane, "Add a tag").click()
    settled(pick, qtbot, pane, "pars")
    assert task_of(pk).record.tags == ("core", "parser")
    button(pane, "Add a tag").click()
    settled(pick, qtbot, pane, "brand new")
    assert task_of(pk).record.tags == ("brand new", "core", "parser")
    settled(button(pane, "Remove tag core").click)
    assert task_of(pk).record.tags == ("brand new", "parser")


def test_a_batch_and_a_parent_are_found_by_title(
    qtbot, pane, open_record, settled, make_task, make_batch, task_of
):
    make_batch("Docs sweep")
    batch = make_batch("Parser refactor")
    parent = make_task("The whole parser")
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.facts["batch"].button.click()
    settled(pick, qtbot, pane, "parser")
    pane.facts["parent"].button.click()
    settled(pick, qtbot, pane, "whole")
    detail = task_of(pk)
    assert detail.record.batch_pk == batch
    assert detail.parent.pk == parent
    assert pane.facts["parent"].button.accessibleName() == "Parent: The whole parser"


def test_a_kind_that_is_new_can_be_written(
    qtbot, pane, open_record, settled, make_task, task_of
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.facts["kind"].click()
    settled(pick, qtbot, pane, "chore")
    assert task_of(pk).record.kind == "chore"


def test_archive_and_trash_offer_the_way_back(pane, open_record, settled, make_task, task_of):
    pk = make_task()
    open_record(Kind.TASK, pk)
    settled(button(pane, "Archive").click)
    assert task_of(pk).record.place is Place.ARCHIVED
    assert not button(pane, "Archive").isVisible()
    settled(button(pane, "Unarchive").click)
    settled(button(pane, "Move to trash").click)
    assert task_of(pk).record.place is Place.TRASHED
    settled(button(pane, "Restore").click)
    assert task_of(pk).record.place is Place.LIVE


def test_a_change_from_elsewhere_keeps_the_tab_and_the_place(
    qtbot, pane, open_record, settled, make_task, workspace, task_of
):
    pk = make_task(description="\n\n".join(f"Paragraph {n}" for n in range(200)))
    open_record(Kind.TASK, pk)
    scroll = pane.description.reader.markdown.verticalScrollBar()
    qtbot.waitUntil(lambda: scroll.maximum() > 300)
    scroll.setValue(240)
    settled(workspace.edit, Kind.TASK, pk, {"title": "Renamed"}, task_of(pk).record.version)
    assert scroll.value() == 240
    pane.tabs.open("History")
    settled(workspace.edit, Kind.TASK, pk, {"title": "Again"}, task_of(pk).record.version)
    assert pane.tabs.name == "History"


def test_the_tab_stays_from_one_task_to_the_next_and_each_kind_has_its_own(
    pane, open_record, make_task, make_batch
):
    first, second = make_task(), make_task()
    open_record(Kind.TASK, first)
    pane.tabs.open("Links")
    open_record(Kind.TASK, second)
    assert pane.tabs.name == "Links"
    open_record(Kind.BATCH, make_batch())
    assert pane.tabs.name == "Tasks"
    assert pane.tabs.names == [
        *("Tasks", "Overview", "Runs", "Payload", "History"),
        *("Updates", "Bugs", "Notes", "Original"),
    ]
    open_record(Kind.TASK, first)
    assert pane.tabs.name == "Links"


def test_the_breadcrumb_opens_the_batch_and_copies_the_id(
    qtbot, pane, open_record, make_task, make_batch, storage, task_of
):
    batch = storage.batches.get(make_batch()).record
    pk = make_task(batch=batch.id)
    open_record(Kind.TASK, pk)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        button(pane, "Open the batch Parser refactor").click()
    assert chosen.args == [Kind.BATCH, batch.pk]
    id_ = task_of(pk).record.id
    button(pane, f"Copy the id {id_}").click()
    assert QGuiApplication.clipboard().text() == id_


def conflict_of(qtbot, pane):
    qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
    return pane.findChild(ConflictDialog)


@pytest.fixture
def in_conflict(qtbot, pane, open_record, make_task, storage):
    """Change a title in the pane that another process has just changed too."""
    pk = make_task()
    open_record(Kind.TASK, pk)
    storage.edit(Kind.TASK, pk, {"title": "Theirs"}, seen_version=1)
    pane.edit_title()
    pane.header.title._field.setText("Mine")
    QTest.keyClick(pane.header.title._field, Qt.Key.Key_Return)
    return pk, conflict_of(qtbot, pane)


def test_a_conflict_shows_both_and_mine_can_be_saved(in_conflict, settled, task_of):
    pk, dialog = in_conflict
    assert {"Mine", "Theirs"} <= set(words(dialog))
    settled(button(dialog, "Save mine").click)
    assert task_of(pk).record.title == "Mine"


def test_a_conflict_can_keep_theirs(qtbot, in_conflict, pane, task_of):
    pk, dialog = in_conflict
    with qtbot.waitSignal(pane.seen_anew):
        button(dialog, "Keep theirs").click()
    assert task_of(pk).record.title == "Theirs"
    assert "Theirs" in words(pane)


def test_a_refused_change_shows_the_stored_value_again(
    qtbot, pane, open_record, make_task, workspace
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.edit_title()
    pane.header.title._field.setText("x" * 100_000)
    with qtbot.waitSignal(workspace.failed), qtbot.waitSignal(pane.seen_anew):
        qtbot.keyClick(pane.header.title._field, Qt.Key.Key_Return)
    assert "Split the lexer" in words(pane)


def test_the_more_menu_offers_what_the_record_that_is_shown_allows(
    pane, open_record, make_task, task_of, workspace, qtbot
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    menu = button(pane, "More actions").menu()
    menu.aboutToShow.emit()
    titles = [entry.text().replace("&", "") for entry in menu.actions()]
    assert {"Set status…", "Archive", "Move to trash", "Show its runs"} <= set(titles)
    assert not {"Keep as learning…", "Restore from trash"} & set(titles)
    with qtbot.waitSignal(pane.action_wanted) as wanted:
        next(e for e in menu.actions() if e.text() == "Copy &id").trigger()
    assert wanted.args == [ActionId.COPY_ID, task_of(pk).record]
    with qtbot.waitSignal(pane.seen_anew):
        workspace.trash(Kind.TASK, [pk])
    menu.aboutToShow.emit()
    titles = [entry.text().replace("&", "") for entry in menu.actions()]
    assert "Restore from trash" in titles
    assert "Move to trash" not in titles


def test_what_has_room_enough_is_not_scrolled(qtbot, pane, open_record, storage):
    pane.resize(BESIDE_LIST_PX[0], 400)
    made = storage.create(
        Kind.LEARNING,
        {
            "title": "Write the failing test before the change, and look at why it fails",
            "category": "way of working",
            "tags": ["tests"],
            "confidence": 0.9,
            "description": "Short.",
        },
    )
    open_record(Kind.LEARNING, made.changed[Kind.LEARNING][0])
    areas = pane.findChildren(QScrollArea)
    bar = next(a for a in areas if a.isAncestorOf(pane.tabs)).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    pane.resize(*BESIDE_LIST_PX)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
