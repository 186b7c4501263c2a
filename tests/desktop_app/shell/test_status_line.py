import pytest
from PySide6.QtWidgets import QToolButton

from desktop_app.status_line import StatusLine
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel

LONG = "Archived task “Load-test the double write at four times the Friday peak”"


@pytest.fixture
def line(shown, storage):
    line = shown(StatusLine(), 1200, 31)
    line.show_info(storage.info())
    line.show_activity("Activity")
    line.show_backup("Backed up 2 h ago")
    line.show_findings([])
    return line


def parts(line):
    """Return what is to be seen in the line, and whether all of it is."""
    seen = [part for part in line.children() if isinstance(part, (PlainLabel, QToolButton))]
    return {
        part.text(): part.width() >= part.sizeHint().width()
        for part in seen
        if part.isVisible() and part.text()
    }


def test_a_message_takes_the_place_of_the_last_operation(line, qtbot):
    height = line.sizeHint().height()
    before = parts(line)
    line.toast.show_message(LONG, ("Undo", list))
    qtbot.waitUntil(line.toast.isVisible)
    assert parts(line) == before
    assert line.sizeHint().height() == height


def test_in_a_short_line_a_message_leaves_what_warns(line, qtbot):
    line.resize(640, 31)
    line.toast.show_message(LONG, ("Undo", list))
    warns = {"Activity": True, "Backed up 2 h ago": True, "✓ Healthy": True}
    qtbot.waitUntil(lambda: parts(line) == warns)
    assert line.toast.action_button.geometry().right() < line.toast.width()
    line.toast.dismiss()
    qtbot.waitUntil(lambda: len(parts(line)) == len(warns) + 1)


def test_the_storage_comes_back_when_a_message_went_while_something_was_told(line, qtbot):
    line.resize(640, 31)
    before = parts(line)
    line.toast.show_message(LONG, ("Undo", list))
    line.show_under_way("Under way: Archive 3 tasks")
    line.toast.dismiss()
    line.show_under_way("")
    qtbot.waitUntil(lambda: parts(line) == before)


def test_an_ampersand_in_a_title_is_shown(line, storage):
    line.show_operation(storage.tasks.create({"title": "Lex & parse"}).operation)
    button = next(each for each in line.findChildren(QToolButton) if "Lex" in each.text())
    assert plain(button.text()) == "Created task “Lex & parse”"
    assert button.accessibleName() == "Last operation: Created task “Lex & parse”"
