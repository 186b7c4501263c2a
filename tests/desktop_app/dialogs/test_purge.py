import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton

from db.records import Kind
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel


def words(dialog):
    return " ".join(plain(label.text()) for label in dialog.findChildren(PlainLabel))


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if text in plain(b.text()))


@pytest.fixture
def dialog(qtbot, opened, workspace, storage, batch):
    for n in range(3):
        storage.tasks.create({"title": f"Task {n}", "batch": batch.id})
    dialog = opened(PurgeDialog(workspace, Kind.BATCH, (batch.pk,)))
    qtbot.waitUntil(dialog.findChild(QLineEdit).isEnabled)
    return dialog


def test_it_says_how_many_of_each_kind_would_go(dialog):
    assert "Delete 1 batch with 3 tasks permanently?" in words(dialog)
    assert "no undo brings them back" in words(dialog)


def test_it_asks_for_the_number_of_all_that_goes(dialog):
    assert "Type 4, the number of all that goes, to confirm:" in words(dialog)
    assert dialog.findChild(QLineEdit).accessibleName() == "Type 4 to confirm"


@pytest.mark.parametrize("typed", ["", "0", "1", "3", "44", "four"])
def test_another_number_does_not_do(qtbot, dialog, typed):
    qtbot.keyClicks(dialog.findChild(QLineEdit), typed)
    assert not button(dialog, "Delete permanently").isEnabled()


def test_the_letter_of_a_button_that_is_disabled_is_not_typed_into_the_field(qtbot, dialog):
    field = dialog.findChild(QLineEdit)
    qtbot.keyClick(field, "d", Qt.KeyboardModifier.AltModifier)
    assert field.text() == ""
    qtbot.keyClicks(field, "4")
    assert button(dialog, "Delete permanently").isEnabled()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_after_the_right_number_deletes(qtbot, dialog, key):
    field = dialog.findChild(QLineEdit)
    assert field.hasFocus()
    qtbot.keyClicks(field, "4")
    assert button(dialog, "Delete permanently").isEnabled()
    with qtbot.waitSignal(dialog.confirmed):
        qtbot.keyClick(field, key)
    assert not dialog.isVisible()


@pytest.mark.parametrize("typed", ["", "3"])
def test_enter_without_the_right_number_says_what_is_missing(qtbot, dialog, typed):
    field = dialog.findChild(QLineEdit)
    qtbot.keyClicks(field, typed)
    with qtbot.assertNotEmitted(dialog.confirmed):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "Nothing is deleted yet: type 4 in the field first." in words(dialog)
    field.setText("4")
    assert "Nothing is deleted yet" not in words(dialog)


def test_of_one_record_it_speaks_as_of_one(qtbot, opened, workspace, storage):
    pk = storage.tasks.create({"title": "Alone"}).changed[Kind.TASK][0]
    dialog = opened(PurgeDialog(workspace, Kind.TASK, (pk,)))
    qtbot.waitUntil(dialog.findChild(QLineEdit).isEnabled)
    assert "Delete 1 task permanently? It goes with its history" in words(dialog)


@pytest.mark.parametrize("exports", [True, False])
def test_it_tells_whether_to_export_first_and_deletes_nothing_itself(
    qtbot, dialog, storage, batch, exports
):
    assert dialog.findChild(QCheckBox).isChecked()
    dialog.findChild(QCheckBox).setChecked(exports)
    qtbot.keyClicks(dialog.findChild(QLineEdit), "4")
    with qtbot.waitSignal(dialog.confirmed) as confirmed:
        button(dialog, "Delete permanently").click()
    assert confirmed.args == [exports]
    assert storage.batches.get(batch.pk).record.total == 3


def test_no_sentence_is_cut(opened, workspace, storage, qtbot):
    batch = storage.batches.create("Batch").changed[Kind.BATCH][0]
    id_ = storage.fetch(Kind.BATCH, [batch])[0].id
    for fields in ({"title": "One", "batch": id_}, {"title": "Two", "batch": id_}):
        storage.tasks.create(fields)
    for kind in (Kind.BUG, Kind.DESIGN_NOTE, Kind.LEARNING):
        storage.create(kind, {"title": "x", "batch": id_})
    dialog = opened(PurgeDialog(workspace, Kind.BATCH, [batch]))
    qtbot.waitUntil(dialog._field.isEnabled)
    for label in dialog.findChildren(PlainLabel):
        assert label.height() >= label.heightForWidth(label.width())
