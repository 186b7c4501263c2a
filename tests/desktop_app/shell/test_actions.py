from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QMenu,
    QTableView,
)

from db.records import Kind, Place
from desktop_app.actions.fuzzy import fuzzy_score
from desktop_app.actions.ids import ActionId
from desktop_app.actions.menus import ACTIONS, MENUS, ROW_MENU, SHOWN_MENU
from desktop_app.actions.palette import Entry, Palette
from desktop_app.actions.registry import ActionRegistry
from desktop_app.actions.spec import Surface, UiState
from desktop_app.look.icons import icon
from desktop_app.widgets.plain_label import PlainLabel


@pytest.fixture
def window(qtbot):
    shown = QMainWindow()
    qtbot.addWidget(shown)
    shown.resize(900, 600)
    shown.show()
    return shown


@pytest.fixture
def registry(window):
    return ActionRegistry(window)


def _ids(items):
    for item in items:
        if isinstance(item, ActionId):
            yield item
        elif item is not None:
            yield from _ids(item[1])


def test_every_action_is_declared_once_and_every_menu_names_declared_ones():
    declared = Counter(spec.id for spec in ACTIONS)
    assert set(declared.values()) == {1}
    assert set(declared) == set(ActionId)
    listed = set(_ids(ROW_MENU)).union(*(_ids(items) for _title, items in MENUS))
    assert listed <= set(declared)


def test_no_two_actions_share_a_key():
    keys = Counter(
        QKeySequence(key).toString() for spec in ACTIONS for key in spec.keys + spec.table_keys
    )
    assert [key for key, times in keys.items() if times > 1] == []
    assert "" not in keys


def test_every_icon_that_is_named_exists(registry):
    assert all(not icon(spec.icon).isNull() for spec in ACTIONS if spec.icon)


def test_letters_act_only_in_tables():
    letters = [
        spec.id
        for spec in ACTIONS
        for key in spec.keys
        if len(key) == 1 and key.isalpha() and not spec.in_table
    ]
    assert letters == []


def test_mnemonics_of_a_menu_are_unique():
    titles = {spec.id: spec.title for spec in ACTIONS}
    inner = [item for _title, items in MENUS for item in items if isinstance(item, tuple)]
    for title, items in [*MENUS, *inner, ("", ROW_MENU), ("", SHOWN_MENU)]:
        named = [
            titles[item] if isinstance(item, ActionId) else item[0] for item in items if item
        ]
        letters = [words[words.index("&") + 1].lower() for words in named if "&" in words]
        doubled = [letter for letter, times in Counter(letters).items() if times > 1]
        assert doubled == [], title


def test_what_makes_no_sense_now_is_disabled_and_says_why(registry):
    registry.update(UiState(surface=Surface.LIST, kind=Kind.TASK, is_open=True))
    assert not registry[ActionId.ARCHIVE].isEnabled()
    assert registry[ActionId.ARCHIVE].statusTip() == "Not now: nothing is selected."
    registry.update(UiState(surface=Surface.LIST, kind=Kind.TASK, selected=2, is_open=True))
    assert registry[ActionId.ARCHIVE].isEnabled()
    assert not registry[ActionId.RENAME].isEnabled()


def test_titles_follow_the_state(registry):
    state = UiState(
        surface=Surface.LIST, place=Place.ARCHIVED, selected=1, undo="Archive 3 batches"
    )
    registry.update(state)
    assert registry.title(ActionId.ARCHIVE) == "Unarchive"
    assert registry.title(ActionId.UNDO) == "Undo Archive 3 batches"


def test_the_menus_hold_what_the_catalogue_says(window, registry):
    registry.fill_bar(window.menuBar())
    menus = [action.menu() for action in window.menuBar().actions()]
    assert [menu.title() for menu in menus] == [title for title, _items in MENUS]
    assert isinstance(menus[0], QMenu)
    assert registry[ActionId.IMPORT] in menus[0].actions()


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("ar", "Archive", "Clear filters"),
        ("np", "Next page", "Unpin"),
        ("imp", "Import…", "Zoom in, map"),
    ],
)
def test_letters_at_word_starts_and_in_a_row_count_more(typed, better, worse):
    worse_score = fuzzy_score(typed, worse)
    assert fuzzy_score(typed, better) > (worse_score if worse_score is not None else -999)


def test_letters_that_do_not_occur_in_order_fit_nothing():
    assert fuzzy_score("xa", "Archive") is None
    assert fuzzy_score("", "Archive") == 0


def test_the_palette_runs_what_is_typed_without_the_mouse(window, qtbot):
    ran = []
    palette = Palette(window, "Commands", "Type a command")
    palette.set_entries(
        [
            Entry(title, "", lambda title=title: ran.append(title))
            for title in ("Export", "Undo", "Redo")
        ]
    )
    palette.open()
    line = palette.findChild(QLineEdit)
    qtbot.keyClicks(line, "do")
    assert palette.titles() == ["Undo", "Redo"]
    qtbot.keyClick(line, Qt.Key.Key_Down)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert ran == ["Redo"]


def test_the_palette_says_that_nothing_matches(window, qtbot):
    palette = Palette(window, "Commands", "Type a command")
    palette.set_entries([Entry("Export", "", lambda: None)])
    palette.open()
    said, matches = palette.findChild(PlainLabel), palette.findChild(QListWidget)
    assert not said.isVisible()
    line = palette.findChild(QLineEdit)
    qtbot.keyClicks(line, "zebra")
    assert said.text().startswith("Nothing matches")
    assert said.isVisible()
    assert not matches.isVisible()
    line.clear()
    assert not said.isVisible()
    assert matches.isVisible()


@pytest.fixture
def heard(window, registry, qtbot):
    """What the registry says is wanted, while a table has the focus and a task is selected."""
    table = QTableView()
    window.setCentralWidget(table)
    registry.fill_bar(window.menuBar())
    registry.add_table(table)
    registry.update(
        UiState(surface=Surface.LIST, kind=Kind.TASK, selected=1, is_open=True, undo="Edit")
    )
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    table.setFocus()
    wanted = []
    registry.triggered.connect(wanted.append)
    return wanted


def test_single_keys_go_to_the_menu_that_is_open(window, heard, qtbot):
    chosen = []
    menu = QMenu(window)
    menu.addAction("&Extra", lambda: chosen.append("extra"))
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.keyClick(menu, Qt.Key.Key_Delete)
    qtbot.keyClick(menu, Qt.Key.Key_P)
    assert heard == []
    qtbot.keyClick(menu, Qt.Key.Key_E)
    assert (chosen, heard) == (["extra"], [])
    qtbot.keyClick(window.centralWidget(), Qt.Key.Key_E)
    assert heard == [ActionId.ARCHIVE]


def test_single_keys_go_to_the_menu_inside_a_menu(window, heard, qtbot):
    menu = QMenu(window)
    inner = menu.addMenu("&Inner")
    inner.addAction("&Other")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.keyClick(menu, Qt.Key.Key_I)
    qtbot.waitUntil(inner.isVisible)
    for key in (Qt.Key.Key_E, Qt.Key.Key_U, Qt.Key.Key_Delete):
        qtbot.keyClick(inner, key)
    assert heard == []
    menu.close()
    qtbot.keyClick(window.centralWidget(), Qt.Key.Key_U)
    assert heard == [ActionId.UNDO]


def test_keys_act_again_in_a_table_that_lost_the_focus_to_what_a_menu_did(window, heard, qtbot):
    field = QLineEdit(window)
    field.show()
    menu = QMenu(window)
    menu.addAction("&Find", field.setFocus)
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.keyClick(menu, Qt.Key.Key_F)
    assert field.hasFocus()
    qtbot.keyClick(field, Qt.Key.Key_E)
    assert (field.text(), heard) == ("e", [])
    window.centralWidget().setFocus()
    qtbot.keyClick(window.centralWidget(), Qt.Key.Key_E)
    assert heard == [ActionId.ARCHIVE]


def test_single_keys_go_to_a_menu_that_was_opened_from_the_bar_by_keys(window, heard, qtbot):
    bar = window.menuBar()
    file_menu = bar.actions()[0].menu()
    bar.setFocus()
    bar.setActiveAction(file_menu.menuAction())
    qtbot.keyClick(bar, Qt.Key.Key_Down)
    qtbot.waitUntil(file_menu.isVisible)
    qtbot.keyClick(file_menu, Qt.Key.Key_Delete)
    assert heard == []


def test_single_keys_go_to_the_menu_bar_while_it_has_the_focus(window, heard, qtbot):
    window.menuBar().setFocus()
    qtbot.keyClick(window.menuBar(), Qt.Key.Key_Delete)
    assert heard == []


def test_return_goes_to_the_drop_down_list_that_is_open(window, heard, qtbot):
    choice = QComboBox(window)
    choice.addItems(["20 per page", "50 per page", "100 per page"])
    choice.show()
    choice.showPopup()
    qtbot.waitUntil(choice.view().isVisible)
    qtbot.keyClick(choice.view(), Qt.Key.Key_End)
    qtbot.keyClick(choice.view(), Qt.Key.Key_E)
    qtbot.keyClick(choice.view(), Qt.Key.Key_End)
    qtbot.keyClick(choice.view(), Qt.Key.Key_Return)
    assert not choice.view().isVisible()
    assert choice.currentText() == "100 per page"
    assert heard == []


def test_a_question_mark_shows_the_keys_from_everywhere_but_a_field(window, heard, qtbot):
    sidebar, field = QListWidget(window), QLineEdit(window)
    for widget in (sidebar, field):
        widget.show()
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Question)
    assert heard == [ActionId.SHORTCUTS]
    assert field.text() == "?"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sort", "View: Columns…"),
        ("aside", "Go to: Set aside"),
        ("go to: set aside", "Go to: Set aside"),
    ],
)
def test_the_palette_finds_sorting_and_every_page(window, qtbot, typed, found):
    palette = Palette(window, "Commands", "Type a command")
    palette.set_entries(
        [
            Entry(spec.title.replace("&", ""), "", lambda: None, spec.section, spec.also)
            for spec in ACTIONS
        ]
    )
    palette.open()
    qtbot.keyClicks(palette.findChild(QLineEdit), typed)
    assert palette.titles()[0] == found


@pytest.mark.parametrize("typed", ["theme", "colours", "mode"])
def test_the_palette_finds_appearance_by_other_words(window, qtbot, typed):
    palette = Palette(window, "Commands", "Type a command")
    palette.set_entries(
        [
            Entry(spec.title, "", lambda: None, spec.section, spec.also)
            for spec in ACTIONS
            if spec.section in {"Appearance", "File", "Edit"}
        ]
    )
    palette.open()
    qtbot.keyClicks(palette.findChild(QLineEdit), typed)
    assert {title.partition(":")[0] for title in palette.titles()[:3]} == {"Appearance"}


@pytest.mark.parametrize(("height", "entries"), [(700, 3), (700, 40), (420, 40)])
def test_the_palette_is_as_high_as_whole_entries(window, qtbot, height, entries):
    window.resize(900, height)
    palette = Palette(window, "Commands", "Type a command")
    palette.set_entries([Entry(f"Act {n}", "", lambda: None) for n in range(entries)])
    palette.open()
    matches = palette.findChild(QListWidget)
    assert matches.viewport().height() % matches.sizeHintForRow(0) == 0
    assert palette.height() < height
    assert palette.height() - matches.geometry().bottom() <= palette.layout().spacing() * 3
