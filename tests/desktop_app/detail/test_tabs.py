import json
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QPushButton

from db.records import Kind
from db.vocabulary import LinkKind
from desktop_app.detail.picker import Picker
from desktop_app.detail.record_table import RecordRow, RecordTableModel
from desktop_app.look.cells import ROLE_CELL

WAIT_MS = 20_000
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def rows(table):
    model = table.model()
    return [
        tuple(model.index(row, column).data() for column in range(3))
        for row in range(model.rowCount())
    ]


def pick_last(qtbot, menu):
    """Go to the last entry of a menu that is open, and choose it."""
    qtbot.keyClick(menu, Qt.Key.Key_Up)
    qtbot.keyClick(menu, Qt.Key.Key_Return)


def button(widget, text):
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


@pytest.fixture
def family(make_task, storage):
    """A task with a parent, a subtask and two links; returns the pks by name."""
    ids = {}
    pks = {}
    for name in ("parent", "child", "first", "second", "stranger"):
        pks[name] = make_task(name)
        ids[name] = storage.tasks.get(pks[name]).record.id
    pks["task"] = make_task(
        "task", parent=ids["parent"], links=[(ids["first"], LinkKind.BLOCKS)]
    )
    task_id = storage.tasks.get(pks["task"]).record.id
    storage.edit(Kind.TASK, pks["child"], {"parent": task_id}, seen_version=1)
    storage.edit(
        Kind.TASK, pks["second"], {"links": [(task_id, LinkKind.BLOCKS)]}, seen_version=1
    )
    return pks


@pytest.fixture
def links(pane, open_record, family):
    open_record(Kind.TASK, family["task"])
    pane.tabs.open("Links")
    return pane.tabs.view("Links")


def test_links_are_shown_from_both_sides(links):
    assert rows(links.table) == [
        ("Parent", "Queued", "parent"),
        ("Subtask", "Queued", "child"),
        ("Blocks", "Queued", "first"),
        ("Blocked by", "Queued", "second"),
    ]


def test_where_room_is_short_a_state_is_a_sign_and_still_has_its_word(pane, links):
    index = links.table.model().index(0, 1)
    pane.resize(900, 700)
    assert index.data(ROLE_CELL).word == "Queued"
    pane.resize(300, 700)
    assert index.data(ROLE_CELL).word == ""
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Queued"
    assert "Queued" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_click_on_a_link_opens_the_task(qtbot, pane, links, family):
    index = links.table.model().index(3, 2)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        qtbot.mouseClick(
            links.table.viewport(),
            Qt.MouseButton.LeftButton,
            pos=links.table.visualRect(index).center(),
        )
    assert chosen.args == [Kind.TASK, family["second"]]


@pytest.mark.parametrize("row", range(4))
def test_any_link_can_be_removed(links, settled, row):
    before = rows(links.table)
    links.table.setCurrentIndex(links.table.model().index(row, 2))
    settled(button(links, "Remove link").click)
    assert rows(links.table) == before[:row] + before[row + 1 :]


@pytest.mark.parametrize("word", ["Subtask", "Blocked by", "Relates to", "Superseded by"])
def test_a_link_is_added_by_its_word_and_a_title(qtbot, pane, links, settled, word):
    next(a for a in links._add.menu().actions() if a.text() == f"{word}…").trigger()
    picker = links.findChild(Picker)
    qtbot.keyClicks(picker._field, "stranger")
    settled(qtbot.keyClick, picker._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: (word, "Queued", "stranger") in rows(links.table))
    assert len(rows(links.table)) == 5


def test_a_task_without_links_says_so(pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    pane.tabs.open("Links")
    assert pane.tabs.view("Links")._note.isVisible()
    assert not pane.tabs.view("Links").table.isVisible()


def test_a_table_of_tasks_is_a_sound_model_and_sums_up_its_rows(qapp, storage, make_task):
    model = RecordTableModel()
    tester = QAbstractItemModelTester(model)
    task = storage.tasks.get(make_task()).record
    model.set_rows([RecordRow(task, "Parent"), RecordRow(task, "Blocks")])
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Parent, Queued, Split the lexer"
    assert tester.model() is model


def test_history_tells_old_and_new_values_newest_first(
    qtbot, pane, open_record, make_task, make_batch, storage
):
    batch = storage.batches.get(make_batch()).record
    pk = make_task(tags=["a"])
    storage.edit(Kind.TASK, pk, {"status": "failed", "tags": ["b"]}, seen_version=1)
    storage.edit(Kind.TASK, pk, {"batch": batch.id, "title": "New"}, seen_version=2)
    open_record(Kind.TASK, pk)
    pane.tabs.open("History")
    qtbot.waitUntil(lambda: "Status" in pane.tabs.view("History").toPlainText())
    told = pane.tabs.view("History").toPlainText()
    for line in (
        "Status: Queued → Failed",
        "Tags: a → b",
        "Batch: nothing → Parser refactor",
        "Title: Split the lexer → New",
    ):
        assert line in told
    assert (
        told.index("Title:")
        < told.index("Status:")
        < told.index("Create task “Split the lexer”")
    )


def test_history_shows_what_was_undone_struck_out(
    qtbot, pane, open_record, make_task, workspace, storage
):
    pk = make_task()
    storage.edit(Kind.TASK, pk, {"priority": 0}, seen_version=1)
    storage.history.undo()
    open_record(Kind.TASK, pk)
    pane.tabs.open("History")
    qtbot.waitUntil(lambda: "Undone" in pane.tabs.view("History").toPlainText())
    document = pane.tabs.view("History").document()
    undone = document.find("Change priority of task “Split the lexer”")
    created = document.find("Create task “Split the lexer”")
    assert undone.charFormat().fontStrikeOut()
    assert not created.charFormat().fontStrikeOut()
    assert "Priority: Medium → Highest" in pane.tabs.view("History").toPlainText()


def test_history_follows_a_change(qtbot, pane, open_record, make_task, workspace):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.tabs.open("History")
    workspace.edit(Kind.TASK, pk, {"priority": 0}, 1)
    qtbot.waitUntil(
        lambda: "Priority: Medium → Highest" in pane.tabs.view("History").toPlainText()
    )


def test_a_payload_is_a_tree_and_copied_to_the_letter(
    qtbot, qapp, pane, open_record, import_task
):
    raw = '{"id": 1, "exact": 0.1000, "huge": 1e400}'
    open_record(Kind.TASK, import_task(raw.encode()))
    pane.tabs.open("Payload")
    model = pane.tabs.view("Payload").tree.model
    qtbot.waitUntil(lambda: model().rowCount() == 3)
    assert model().index(1, 1).data() == "0.1000"
    button(pane.tabs.view("Payload"), "Copy JSON").click()
    assert qapp.clipboard().text() == raw


def test_a_record_made_by_hand_has_no_payload_and_no_original(pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    pane.tabs.open("Payload")
    assert (
        pane.tabs.view("Payload")._note.text()
        == "This was made in Sheaf: there is no source JSON."
    )
    assert not button(pane.tabs.view("Payload"), "Copy JSON").isVisible()
    pane.tabs.open("Original")
    assert "made in Sheaf" in pane.tabs.view("Original")._where.text()
    assert not button(pane.tabs.view("Original"), "Show in original").isVisible()


def test_the_original_is_shown_and_exported_byte_for_byte(
    qtbot, pane, open_record, import_task, tmp_path
):
    raw = json.dumps({"id": 1, "text": "näher"}, ensure_ascii=False).encode()
    open_record(Kind.TASK, import_task(raw))
    pane.tabs.open("Original")
    view = pane.tabs.view("Original")
    assert "tasks.json" in view._where.text()
    assert f"{len(raw)} bytes from byte 0" in view._where.text()
    button(view, "Show in original").click()
    qtbot.waitUntil(lambda: view._text.toPlainText() == raw.decode())
    button(view, "Export original…").click()
    dialog = view.findChild(QFileDialog)
    path = tmp_path / "copy.json"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(path.exists)
    assert path.read_bytes() == raw


def test_five_megabytes_of_payload_on_one_line_open(qtbot, pane, open_record, import_task):
    raw = json.dumps([{"n": n, "text": "x" * 80} for n in range(50_000)]).encode()
    assert len(raw) > 5_000_000
    open_record(Kind.TASK, import_task(raw))
    pane.tabs.open("Payload")
    tree = pane.tabs.view("Payload").tree
    qtbot.waitUntil(lambda: tree.root.value is not None, timeout=WAIT_MS)
    assert tree.root.built < 1_000
    pane.tabs.open("Original")
    button(pane.tabs.view("Original"), "Show in original").click()
    qtbot.waitUntil(pane.tabs.view("Original")._text.isVisible, timeout=WAIT_MS)
    assert pane.tabs.view("Original")._text.document().findBlockByNumber(0).length() <= 1_001


def test_tabs_without_room_are_in_a_menu_that_the_keyboard_reaches(
    qtbot, pane, open_record, make_task
):
    open_record(Kind.TASK, make_task())
    tabs = pane.tabs
    qtbot.waitUntil(tabs.more.isVisible)
    menu = tabs.more.menu()
    menu.aboutToShow.emit()
    listed = [action.text() for action in menu.actions()]
    assert listed[-2:] == ["Files", "Original"]
    assert not {"Overview", "Payload", "History"}.intersection(listed)
    tabs.tabBar().setFocus()
    qtbot.keyClick(tabs.tabBar(), Qt.Key.Key_Tab)
    assert tabs.more.hasFocus()
    QTimer.singleShot(0, lambda: pick_last(qtbot, menu))
    qtbot.keyClick(tabs.more, Qt.Key.Key_Space)
    assert tabs.name == "Original"
    menu.aboutToShow.emit()
    listed = [action.text() for action in menu.actions()]
    assert "Original" not in listed
    bar = tabs.tabBar()
    qtbot.waitUntil(lambda: bar.tabRect(bar.currentIndex()).width() > 0)
    shown = [bar.tabRect(n) for n in range(bar.count()) if bar.tabRect(n).width()]
    shown = [rect for rect in shown if rect.left() >= 0]
    assert shown[0].left() == 0
    assert all(left.right() + 1 == right.left() for left, right in pairwise(shown))
    assert shown[-1] == bar.tabRect(bar.currentIndex())
    assert shown[-1].right() < bar.width()


def test_where_every_tab_has_room_there_is_no_menu(qtbot, pane, open_record, make_task):
    pane.resize(900, 760)
    open_record(Kind.TASK, make_task())
    qtbot.waitUntil(lambda: not pane.tabs.more.isVisible())
    assert pane.tabs.tabBar().without_room == []


def test_a_text_has_room_to_be_read_under_many_facts(pane, open_record, make_task):
    pane.resize(380, 420)
    open_record(Kind.TASK, make_task(description="words " * 400))
    assert pane.tabs.height() >= 340


def test_no_title_of_a_tab_is_cut(qtbot, pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    bar = pane.tabs.tabBar()
    qtbot.waitUntil(pane.tabs.more.isVisible)
    for name in ("Overview", "Payload", "Original"):
        pane.tabs.open(name)
        visible = [place for place in range(bar.count()) if bar.isTabVisible(place)]
        shown = [place for place in visible if place not in bar.without_room]
        assert bar.currentIndex() in shown
        assert len(shown) < len(visible)
        assert all(bar.tabRect(place).left() >= 0 for place in shown)
        assert all(bar.tabRect(place).right() <= bar.width() for place in shown)
        assert all(bar.tabRect(place).width() == 0 for place in bar.without_room)


def test_a_batch_without_tasks_offers_to_make_or_import_some(
    qtbot, pane, open_record, make_batch
):
    open_record(Kind.BATCH, make_batch())
    pane.tabs.open("Tasks")
    view = pane.tabs.view("Tasks")
    qtbot.waitUntil(button(view, "Import…").isVisible)
    assert button(view, "New task for this batch…").isVisible()
    with qtbot.waitSignal(pane.import_wanted):
        button(view, "Import…").click()
