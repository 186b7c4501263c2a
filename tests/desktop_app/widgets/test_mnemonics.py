import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.dialogs.frame import dialog_column
from desktop_app.widgets.buttons import ButtonRow
from desktop_app.widgets.mnemonics import plain


@pytest.fixture
def dialog(shown):
    """Return what shows buttons with these words in a dialog, in this order."""

    def show(*words):
        dialog = QDialog()
        column = dialog_column(dialog)
        for each in words:
            column.addWidget(QPushButton(each))
        return shown(dialog)

    return show


def texts(widget):
    return [button.text() for button in widget.findChildren(QPushButton)]


@pytest.mark.parametrize(
    ("words", "lettered"),
    [
        (["Import", "Cancel"], ["&Import", "&Cancel"]),
        (["Close", "Cancel", "Copy as"], ["&Close", "Ca&ncel", "Copy &as"]),
        (["Redact", "Keep", "Redact all", "Keep all"], None),
        (["Save", "Save as"], ["&Save", "Save &as"]),
        (["“Keep”"], ["“&Keep”"]),
        (["Tags", "Data", "Dat", "At"], None),
        (["R&&D", "Read"], ["&R&&D", "R&ead"]),
        (["日本", "A", "a"], ["日本", "&A", "a"]),
    ],
)
def test_each_button_gets_a_letter_of_its_own(dialog, words, lettered):
    given = texts(dialog(*words))
    assert [plain(text) for text in given] == [plain(text) for text in words]
    if lettered is None:
        letters = {text[text.index("&") + 1].lower() for text in given}
        assert len(letters) == len(words)
    else:
        assert given == lettered


def test_alt_with_its_letter_presses_a_button(dialog, qtbot):
    opened = dialog("Import", "Cancel")
    cancel = opened.findChildren(QPushButton)[1]
    with qtbot.waitSignal(cancel.clicked):
        qtbot.keyClick(opened, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)


def test_alt_with_the_letter_of_its_label_goes_to_a_field(shown, qtbot):
    dialog, form = QDialog(), QFormLayout()
    title, then, box = QLineEdit(), QLineEdit(), QCheckBox("Tell me")
    form.addRow("Title", title)
    form.addRow("Then", then)
    form.addRow("", box)
    dialog_column(dialog).addLayout(form)
    shown(dialog)
    assert [form.labelForField(each).text() for each in (title, then)] == ["&Title", "T&hen"]
    assert box.text() == "Tell &me"
    qtbot.keyClick(dialog, Qt.Key.Key_H, Qt.KeyboardModifier.AltModifier)
    assert then.hasFocus()


def test_a_row_of_buttons_has_its_letters_before_what_is_above_it(shown):
    dialog, row = QDialog(), ButtonRow()
    column = dialog_column(dialog)
    column.addWidget(QPushButton("Copy"))
    column.addWidget(row)
    row.show_buttons([("Close", list, False), ("Back", list, False)])
    shown(dialog)
    assert set(texts(dialog)) == {"C&opy", "&Close", "&Back"}


def test_what_a_label_names_needs_no_letter(shown):
    dialog, form, box = QDialog(), QFormLayout(), QCheckBox("Letters act")
    form.addRow("Keys", box)
    dialog_column(dialog).addLayout(form)
    shown(dialog)
    assert (form.labelForField(box).text(), box.text()) == ("&Keys", "Letters act")


def test_letters_follow_what_is_shown(dialog, qtbot):
    opened = dialog("Back", "Busy")
    first, second = opened.findChildren(QPushButton)
    first.setText("Discard")
    qtbot.waitUntil(lambda: texts(opened) == ["&Discard", "&Busy"])
    first.hide()
    second.setText("Done")
    qtbot.waitUntil(lambda: second.text() == "&Done")


def test_what_comes_into_a_scrolled_part_gets_its_letter(shown, qtbot):
    dialog, area, inner = QDialog(), QScrollArea(), QWidget()
    column = QVBoxLayout(inner)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    dialog_column(dialog).addWidget(area)
    shown(dialog, 400, 300)
    column.addWidget(QPushButton("Map"))
    qtbot.waitUntil(lambda: texts(dialog) == ["&Map"])


def test_a_disabled_button_keeps_its_letter(dialog, qtbot):
    opened = dialog("Save", "Stop")
    first, second = opened.findChildren(QPushButton)
    first.setEnabled(False)
    second.setText("Stay")
    qtbot.waitUntil(lambda: second.text() == "S&tay")


def test_there_are_no_letters_on_macos(dialog, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert texts(dialog("Import", "Cancel")) == ["Import", "Cancel"]
