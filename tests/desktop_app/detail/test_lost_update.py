import pytest
from PySide6.QtCore import Qt

from db.records import Kind
from db.storage import open_storage
from db.vocabulary import Review
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def uri(tmp_path):
    return f"sqlite://{tmp_path / 'work.sheaf'}"


@pytest.fixture
def storage(uri):
    return open_storage(uri)


@pytest.fixture
def workspace(workspace):
    workspace._poll.setInterval(20)
    return workspace


@pytest.fixture
def elsewhere(qtbot, uri, pane, workspace):
    """Let another process edit a record, and wait until the pane shows it."""
    other = open_storage(uri)

    def edit(pk, **changes):
        qtbot.waitUntil(lambda: workspace._seen_version is not None)
        version = other.tasks.get(pk).record.version
        is_newer = lambda seen: seen.record.version > version  # noqa: E731
        with qtbot.waitSignal(pane.seen_anew, check_params_cb=is_newer):
            other.edit(Kind.TASK, pk, changes, seen_version=version)

    yield edit
    other.close()


@pytest.fixture
def conflict(qtbot, pane):
    """Wait for the dialog about a conflict, and return it with what it says."""

    def wait():
        qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
        dialog = pane.findChild(ConflictDialog)
        return dialog, [plain(label.text()) for label in dialog.findChildren(PlainLabel)]

    return wait


def press_save(qtbot, field):
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_title_changed_elsewhere_while_it_is_written_is_a_conflict(
    qtbot, pane, open_record, make_task, task_of, elsewhere, conflict, workspace
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.edit_title()
    field = pane.header.title._field
    field.setText("Mine")
    elsewhere(pk, title="Theirs")
    assert field.text() == "Mine"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    dialog, words = conflict()
    assert {"Mine", "Theirs"} <= set(words)
    assert task_of(pk).record.title == "Theirs"
    with qtbot.waitSignal(workspace.changed):
        dialog.kept_mine.emit({"title": "Mine"})
    assert task_of(pk).record.title == "Mine"
    dialog.close()


@pytest.mark.parametrize("field", ["description", "context"])
def test_a_long_text_changed_elsewhere_while_it_is_written_is_a_conflict(
    qtbot, pane, open_record, storage, uri, workspace, conflict, field
):
    kind = Kind.TASK if field == "description" else Kind.DESIGN_NOTE
    pk = storage.create(kind, {"title": "A", field: "As it was"}).changed[kind][0]
    open_record(kind, pk)
    view = pane.tabs.view("Overview" if kind is Kind.TASK else "Context")
    view.start_editing()
    qtbot.keyClicks(view._editor._field, "Mine. ")
    qtbot.waitUntil(lambda: workspace._seen_version is not None)
    other = open_storage(uri)
    with qtbot.waitSignal(pane.seen_anew):
        other.edit(kind, pk, {field: "Theirs"}, seen_version=1)
    other.close()
    press_save(qtbot, view._editor._field)
    dialog, words = conflict()
    assert {"Mine. As it was", "Theirs"} <= set(words)
    dialog.close()
    qtbot.waitUntil(lambda: view.reader.text == "Theirs")


def test_another_field_changed_elsewhere_is_no_conflict_with_a_title(
    qtbot, pane, open_record, settled, make_task, task_of, elsewhere
):
    pk = make_task()
    open_record(Kind.TASK, pk)
    pane.edit_title()
    pane.header.title._field.setText("Mine")
    elsewhere(pk, priority=0)
    settled(qtbot.keyClick, pane.header.title._field, Qt.Key.Key_Return)
    record = task_of(pk).record
    assert (record.title, record.priority, record.version) == ("Mine", 0, 3)


def test_a_text_that_was_not_written_in_gives_way_to_the_one_from_elsewhere(
    qtbot, pane, open_record, make_task, task_of, elsewhere
):
    pk = make_task(description="As it was")
    open_record(Kind.TASK, pk)
    pane.edit_title()
    pane.description.start_editing()
    elsewhere(pk, title="Theirs", description="Also theirs")
    pane.finish_editing()
    qtbot.waitUntil(lambda: pane.description.reader.text == "Also theirs")
    qtbot.waitUntil(lambda: pane.header.title._label.text() == "Theirs")
    assert task_of(pk).record.version == 2


def test_a_text_written_again_at_once_is_no_conflict_with_oneself(
    qtbot, pane, open_record, make_task, task_of
):
    pk = make_task(description="As it was")
    open_record(Kind.TASK, pk)
    for said in ("One. ", "Two. "):
        pane.description.start_editing()
        field = pane.description._editor._field
        qtbot.keyClicks(field, said)
        press_save(qtbot, field)
    qtbot.waitUntil(lambda: task_of(pk).description == "Two. One. As it was")


def test_a_title_goes_to_the_record_it_was_written_for(
    qtbot, pane, open_record, make_task, task_of
):
    first, second = make_task("First"), make_task("Second")
    open_record(Kind.TASK, first)
    pane.edit_title()
    pane.header.title._field.setText("First, better")
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.TASK, second)
    qtbot.waitUntil(lambda: task_of(first).record.title == "First, better")
    assert task_of(second).record.title == "Second"


def test_a_learning_changed_elsewhere_before_it_is_approved_is_a_conflict(
    qtbot, pane, open_record, storage, uri, conflict
):
    pk = storage.create(Kind.LEARNING, {"title": "Pin it"}).changed[Kind.LEARNING][0]
    open_record(Kind.LEARNING, pk)
    pane._workspace._poll.stop()
    other = open_storage(uri)
    other.edit(Kind.LEARNING, pk, {"review": int(Review.REJECTED)}, seen_version=1)
    other.close()
    qtbot.mouseClick(pane.footer._approve, Qt.MouseButton.LeftButton)
    dialog, words = conflict()
    assert {"Approved", "Rejected"} <= set(words)
    dialog.close()
