"""Everything that can have the focus has a name, on every page and in every dialog.

So has every button and field of a dialog a letter of its own.
"""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QMenuBar,
    QWidget,
)

from desktop_app.actions.ids import ActionId as Do
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.import_wizard.step_strip import Step
from desktop_app.importing import Phase
from desktop_app.lists.views import VIEWS


def nameless(root):
    """Return the visible widgets that take the focus and have no accessible name."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isVisible():
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def lettered(root):
    """Return the words of all that can have a letter and is visible, with the letter."""
    parts = [each for each in root.findChildren(QWidget) if each.isVisible()]
    labels = [each for each in parts if isinstance(each, QLabel) and each.buddy()]
    fields = [label.buddy() for label in labels]
    words = [label.text() for label in labels] + [
        each.text()
        for each in parts
        if isinstance(each, QAbstractButton)
        and not any(field is each or field.isAncestorOf(each) for field in fields)
    ]
    words += [
        action.text()
        for each in parts
        if isinstance(each, QMenuBar)
        for action in each.actions()
    ]
    return [(each, QKeySequence.mnemonic(each).toString()) for each in words if each]


def doubled(root):
    times = Counter(letter for _words, letter in lettered(root) if letter)
    return [each for each in lettered(root) if times[each[1]] > 1]


def letterless(root):
    return [words for words, letter in lettered(root) if not letter]


OTHERS = ("overview", "imports", "history", "tray", "backups", "retention", "storage", "health")


@pytest.mark.parametrize("key", [*VIEWS, *OTHERS])
def test_every_page_names_all_that_takes_the_focus(start, filled, qtbot, key):
    program = start(filled)
    program.desk.pages.show_page(key)
    page = program.desk.pages.list
    if page is not None:
        qtbot.waitUntil(lambda: page.presenter.total is not None)
        if page.model.pks:
            with qtbot.waitSignal(program.desk.detail.seen_anew):
                page.selection.choose(page.model.pks[0])
    assert nameless(program.window) == []
    assert doubled(program.window) == []


@pytest.mark.parametrize(
    "action",
    [
        Do.EXPORT,
        Do.NEW_BATCH,
        Do.NEW_TASK,
        Do.SHORTCUTS,
        Do.SETTINGS,
        Do.DIAGNOSTICS,
        Do.ABOUT,
        Do.PURGE,
        Do.PALETTE,
        Do.GO_TO,
    ],
)
def test_every_dialog_names_all_that_takes_the_focus(start, filled, qtbot, action):
    program = start(filled)
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.window.registry[Do.PURGE].isEnabled)
    program.window.registry[action].trigger()
    for waiting in program.window.findChildren(PurgeDialog):
        qtbot.waitUntil(waiting.findChild(QLineEdit).isEnabled)
    dialogs = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert [name for dialog in dialogs for name in nameless(dialog)] == []
    dialogs.remove(program.window)
    for dialog in dialogs:
        qtbot.waitUntil(lambda dialog=dialog: letterless(dialog) == [])
        assert doubled(dialog) == []
        dialog.close()


def test_every_step_of_an_import_names_all_that_takes_the_focus(start, filled, tmp_path, qtbot):
    program = start(filled)
    rows = tmp_path / "rows.json"
    rows.write_text('[{"what": "Mend the lexer", "standing": "triage"}]')
    wizard = program.desk.tools.wizard

    def look():
        assert nameless(wizard) == []
        qtbot.waitUntil(lambda: letterless(wizard) == [])
        assert doubled(wizard) == []

    wizard.open_wizard()
    look()
    program.desk.importing.import_paths([rows])
    qtbot.waitUntil(lambda: wizard.step is Step.POLICY)
    look()
    for step in (Step.RECOGNISE, Step.POLICY):
        wizard.strip.wanted.emit(step)
        look()
    rows.write_text('{"id": 1}\n{"id": }\n')
    wizard.strip.wanted.emit(Step.CHECK)
    qtbot.waitUntil(lambda: program.desk.importing.phase is Phase.REFUSED)
    look()


def test_the_panels_that_stand_for_the_lists_name_all_that_takes_the_focus(start, uri):
    program = start(uri)
    assert nameless(program.window) == []


def test_a_row_is_read_out_as_a_sentence(start, filled, qtbot):
    program = start(filled)
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    table = QAccessible.queryAccessibleInterface(page.table)
    across = page.model.columnCount() + 1  # the rows' headers count, though they are hidden
    said = table.child(across + 1).text(QAccessible.Text.Name)
    assert said.startswith("Queued, Batch 2, 0 of 40, just now")


def test_f6_goes_round_the_parts_of_the_window(start, filled, qtbot):
    program = start(filled)
    window, page = program.window, program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.sidebar.setFocus()
    window.cycle_panes(1)
    assert page.table.hasFocus()
    window.cycle_panes(-1)
    assert window.sidebar.isAncestorOf(window.focusWidget())
    window.cycle_panes(-1)
    assert window.top.search.hasFocus()


def test_escape_leaves_one_level_at_a_time(start, filled, qtbot):
    program = start(filled)
    window, page = program.window, program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page.selection.choose(page.model.pks[0])
    window.top.search.setFocus()
    qtbot.keyClick(window.top.search, Qt.Key.Key_Escape)
    assert page.table.hasFocus()
    assert page.chosen_count == 1
    qtbot.keyClick(page.table, Qt.Key.Key_Escape)
    assert page.chosen_count == 0


def test_enter_goes_to_the_details(start, filled, qtbot):
    program = start(filled)
    window, page = program.window, program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with qtbot.waitSignal(program.desk.detail.seen_anew):
        page.selection.choose(page.model.pks[0])
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert program.desk.detail.isAncestorOf(window.focusWidget())
