"""What keys do in the window as it is."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton

from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.palette import Palette
from desktop_app.detail.picker import Picker
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.dialogs.shortcuts import ShortcutsDialog
from desktop_app.export_wizard.wizard import ExportWizard
from desktop_app.import_wizard.step_strip import Step
from desktop_app.importing import Phase
from desktop_app.record_search import RecordSearch
from desktop_app.widgets.mnemonics import plain

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def program(start, filled, qtbot):
    """The program with its list of batches, which has the focus."""
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 3)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.desk.pages.list.table.setFocus()
    assert program.desk.tools
    return program


@pytest.fixture
def press(program, qtbot):
    """Press a key where the focus is."""

    def press_one(key, modifiers=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(QApplication.focusWidget(), key, modifiers)

    return press_one


def palettes(program):
    return [each for each in program.window.findChildren(Palette) if each.isVisible()]


def test_a_palette_takes_the_place_of_one_that_is_open_and_gives_the_focus_back(
    program, press, qtbot
):
    registry, table = program.window.registry, program.desk.pages.list.table
    for action in (Do.PALETTE, Do.PALETTE, Do.GO_TO, Do.PALETTE):
        registry[action].trigger()
    assert [type(each) for each in palettes(program)] == [Palette]
    registry[Do.GO_TO].trigger()
    assert [type(each) for each in palettes(program)] == [RecordSearch]
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    press(Key.Key_Escape)
    assert not palettes(program)
    assert table.hasFocus()


def test_a_palette_goes_where_what_had_the_focus_is_gone(program, press):
    line = QLineEdit(program.window)
    line.show()
    line.setFocus()
    program.window.registry[Do.PALETTE].trigger()
    line.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    press(Key.Key_Escape)
    assert not palettes(program)


def test_a_page_gone_to_from_a_list_frames_its_first_row(program, qtbot):
    program.window.registry[Do.GO_TASKS].trigger()
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    assert page.table.hasFocus()
    qtbot.waitUntil(lambda: page.table.currentIndex().row() == 0)
    assert page.chosen_count == 0


def test_enter_in_a_dialog_presses_the_button_that_has_the_focus(program, press, qtbot):
    program.window.registry[Do.NEW_TASK].trigger()
    dialog = program.window.findChild(NewDialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClicks(dialog["title"], "Write it down")
    buttons = dialog["tags"].findChildren(QToolButton)
    next(each for each in buttons if plain(each.text()) == "+ Tag").setFocus()
    press(Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.findChild(Picker) is not None
    dialog.findChild(Picker).close()
    dialog.reject()


def test_enter_on_a_step_of_an_import_turns_to_it_and_imports_nothing(
    program, press, task_file, qtbot
):
    program.desk.take_in([task_file])
    wizard, importing = program.desk.tools.wizard, program.desk.importing
    qtbot.waitUntil(lambda: importing.phase is Phase.READ and wizard.step is Step.CHECK)
    wizard.activateWindow()
    qtbot.waitUntil(wizard.isActiveWindow)
    step = next(
        each for each in wizard.findChildren(QToolButton) if "Recog" in plain(each.text())
    )
    step.setFocus()
    press(Key.Key_Return)
    assert wizard.step is Step.RECOGNISE
    assert importing.phase is Phase.READ


def test_enter_on_a_filter_opens_it(program, press, qtbot):
    program.window.registry[Do.FILTERS].trigger()
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    QApplication.activePopupWidget().close()


def test_enter_in_the_sidebar_goes_into_the_page(program, press, qtbot):
    window = program.window
    window.sidebar.setFocus()
    press(Key.Key_Down)
    assert program.desk.pages.key == "tasks"
    press(Key.Key_Return)
    qtbot.waitUntil(program.desk.pages.list.table.hasFocus)


def test_enter_on_the_search_page_of_the_sidebar_lets_one_type(program, press):
    window = program.window
    program.desk.pages.show_page("search")
    window.sidebar.setFocus()
    press(Key.Key_Return)
    assert window.top.search.hasFocus()


@pytest.mark.parametrize("key", [Key.Key_Down, Key.Key_Return])
def test_from_the_search_field_one_goes_to_the_first_row_found(program, press, qtbot, key):
    window, page = program.window, program.desk.pages.list
    window.top.search.setFocus()
    qtbot.keyClicks(window.top.search, "Batch 1")
    press(key)
    qtbot.waitUntil(page.table.hasFocus)
    assert len(page.model.pks) == 1
    assert list(page.choice) == list(page.model.pks)


def test_where_nothing_is_found_one_stays_in_the_search_field(program, press, qtbot):
    window, page = program.window, program.desk.pages.list
    window.top.search.setFocus()
    qtbot.keyClicks(window.top.search, "no such thing")
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: page.presenter.total == 0)
    assert window.top.search.hasFocus()
    press(Key.Key_Escape)
    assert window.top.search.hasFocus()
    assert window.top.search.text() == ""
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    press(Key.Key_Escape)
    assert page.table.hasFocus()


def test_the_sheet_of_keys_names_those_of_the_search_field(program):
    sheet = program.window.registry.sheet()
    assert ("Search field", "Go to the first row that was found", "Down, Return") in sheet
    program.window.registry[Do.SHORTCUTS].trigger()
    program.window.findChild(ShortcutsDialog).reject()


def test_a_slash_goes_to_the_search_from_wherever_one_does_not_type(program, press, qtbot):
    window, page = program.window, program.desk.pages.list
    with qtbot.waitSignal(program.desk.detail.seen_anew):
        page.selection.choose(page.model.pks[0])
    window.sidebar.setFocus()
    press(Key.Key_Slash)
    assert window.top.search.hasFocus()
    press(Key.Key_Slash)
    assert window.top.search.text() == "/"
    window.top.search.clear()
    window.enter_detail()
    press(Key.Key_Slash)
    assert window.top.search.hasFocus()


def test_going_to_the_page_that_is_shown_brings_the_focus_to_its_list(program, press):
    window = program.window
    window.top.search.setFocus()
    window.registry[Do.GO_BATCHES].trigger()
    assert program.desk.pages.list.table.hasFocus()


def test_going_to_a_page_by_the_palette_leaves_the_search_field(program, press, qtbot):
    window = program.window
    window.top.search.setFocus()
    window.registry[Do.PALETTE].trigger()
    qtbot.keyClicks(QApplication.focusWidget(), "go to tasks")
    press(Key.Key_Return)
    assert program.desk.pages.key == "tasks"
    qtbot.waitUntil(program.desk.pages.list.table.hasFocus)


@pytest.mark.parametrize("leave", ["space", "escape", "page"])
def test_what_has_the_frame_is_acted_on_where_nothing_is_selected(program, press, qtbot, leave):
    page = program.desk.pages.list
    qtbot.keyClick(page.table, Key.Key_Home)
    press(Key.Key_Down)
    pk = page.model.pks[1]
    assert list(page.choice) == [pk]
    if leave == "space":
        press(Key.Key_Space)
    elif leave == "escape":
        press(Key.Key_Escape)
    else:
        page.selection.clear()
        program.desk.pages.show_page("tasks")
        program.window.registry[Do.GO_BATCHES].trigger()
    assert not page.chosen_count
    qtbot.waitUntil(program.window.registry[Do.ARCHIVE].isEnabled)
    with qtbot.waitSignal(program.desk.workspace.changed):
        press(Key.Key_E)
    qtbot.waitUntil(lambda: page.presenter.total == 2)
    assert pk not in page.model.pks


def test_nothing_is_acted_on_while_the_frame_is_elsewhere(program, press, qtbot):
    page, registry = program.desk.pages.list, program.window.registry
    press(Key.Key_Home)
    press(Key.Key_Escape)
    qtbot.waitUntil(registry[Do.ARCHIVE].isEnabled)
    program.window.sidebar.setFocus()
    assert not registry[Do.ARCHIVE].isEnabled()
    assert not page.chosen_count


def test_the_title_of_the_row_with_the_frame_is_edited(program, press, qtbot):
    page = program.desk.pages.list
    press(Key.Key_Home)
    press(Key.Key_Escape)
    qtbot.waitUntil(program.window.registry[Do.RENAME].isEnabled)
    program.window.registry[Do.RENAME].trigger()
    detail = program.desk.detail
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    assert detail.isAncestorOf(QApplication.focusWidget())
    assert list(page.choice) == [page.model.pks[0]]


@pytest.mark.parametrize("key", [Key.Key_Home, Key.Key_Up])
def test_a_key_that_moves_selects_the_row_it_stays_on(program, press, key):
    page = program.desk.pages.list
    press(Key.Key_Home)
    page.selection.clear()
    press(key)
    assert list(page.choice) == [page.model.pks[0]]


def test_down_selects_the_only_row(program, press, qtbot):
    page = program.desk.pages.list
    page.set_text("Batch 1")
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    press(Key.Key_Home)
    page.selection.clear()
    press(Key.Key_Down)
    assert list(page.choice) == list(page.model.pks)


def test_a_row_that_was_not_selected_is_not_after_a_restart(start, stop, filled, qtbot):
    first = start(filled)
    page = first.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    page.selection.choose(page.model.pks[1])
    page.selection.clear()
    stop(first)
    second = start(filled)
    qtbot.waitUntil(lambda: second.desk.pages.list.presenter.total == 3)
    assert not second.desk.pages.list.chosen_count


def on_the_way(press, first, key=Key.Key_Tab):
    """Return what has the focus, one after the other, until Tab is back at the first."""
    first.setFocus()
    found = [first]
    while True:
        press(key)
        focused = QApplication.focusWidget()
        if focused is first:
            return found
        assert focused not in found
        found.append(focused)


def test_tab_goes_through_the_window_as_one_reads_it(program, press, qtbot):
    window, desk = program.window, program.desk
    window.registry[Do.GO_TASKS].trigger()
    qtbot.waitUntil(lambda: desk.pages.list.presenter.total == 120)
    page, detail = desk.pages.list, desk.detail
    with qtbot.waitSignal(detail.seen_anew):
        page.selection.choose(page.model.pks[0])
    way = on_the_way(press, window.sidebar)
    parts = (
        window.sidebar,
        window.top,
        page.header.view,
        page.filters,
        page.table,
        page.pager,
        detail.header,
        detail.facts,
        detail.tabs.tabBar(),
        detail.description,
        detail.footer,
        window.status,
    )
    met = [part for each in way for part in parts if part is each or part.isAncestorOf(each)]
    assert list(dict.fromkeys(met)) == list(parts)
    assert met == sorted(met, key=parts.index)
    heights = [
        each.mapTo(detail, QPoint()).y() for each in way if detail.facts.isAncestorOf(each)
    ]
    assert heights == sorted(heights)
    assert on_the_way(press, window.sidebar, Key.Key_Backtab) == [way[0], *way[:0:-1]]


def test_f6_leaves_out_details_that_show_nothing(program, press):
    window, page = program.window, program.desk.pages.list
    page.selection.clear()
    page.table.setFocus()
    window.registry[Do.NEXT_PANE].trigger()
    assert window.top.search.hasFocus()


def test_a_second_start_brings_an_open_dialog_to_the_front(program, qtbot):
    program.window.registry[Do.NEW_TASK].trigger()
    dialog = program.window.findChild(NewDialog)
    program.window.activateWindow()
    program._on_called([])
    qtbot.waitUntil(dialog.isActiveWindow)


def test_the_export_fits_a_small_screen_with_its_buttons_in_sight(program, qtbot):
    program.window.registry[Do.EXPORT].trigger()
    wizard = program.window.findChild(ExportWizard)
    wizard.resize(600, 340)
    qtbot.waitUntil(wizard.isVisible)
    assert (wizard.width(), wizard.height()) == (600, 340)
    assert wizard.rect().contains(wizard._buttons.geometry())
    wizard.reject()


def test_the_sample_is_said_to_be_made_until_it_is(start, uri, qtbot):
    program = start(uri, ready=False)
    program.open_sample()
    qtbot.waitUntil(lambda: program.desk is not None and program.uri == "memory:")
    assert not program.window.shows_lists
    qtbot.waitUntil(lambda: program.window.shows_lists, timeout=30_000)
    qtbot.waitUntil(lambda: program.desk.pages.list.model.rowCount() > 0)
