import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QPushButton, QRadioButton, QTreeWidget, QWidget

from db.errors import StorageBusyError
from db.records import Kind
from db.vocabulary import LinkKind
from desktop_app.detail.seen import see
from desktop_app.dialogs.about import AboutDialog
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.dialogs.error import ErrorDialog
from desktop_app.dialogs.new_record import FIELDS, NewDialog
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.dialogs.settings import SettingsDialog
from desktop_app.dialogs.shortcuts import ShortcutsDialog
from desktop_app.look.theme import Scheme
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.search_field import SearchField

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

SHEET = [
    ("File", "Import…", "Ctrl+I"),
    ("File", "Quit", "Ctrl+Q"),
    ("Record", "Archive", "E"),
]
BUSY = StorageBusyError("Another program is writing to work.sheaf.")


def words(dialog):
    return [label.text() for label in dialog.findChildren(PlainLabel) if label.isVisible()]


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if plain(b.text()) == text)


@pytest.fixture
def theirs(storage, batch):
    pk = storage.tasks.create({"title": "Theirs", "batch": batch.id, "tags": ["a"]})
    return see(storage, Kind.TASK, pk.changed[Kind.TASK][0])


@pytest.fixture
def conflict(opened, theirs):
    mine = {
        "title": "Mine",
        "status": 5,
        "tags": ("b",),
        "batch": None,
        "links": [("id-1", LinkKind.BLOCKS)],
        "description": "A longer text.\n" * 20,
    }
    return opened(ConflictDialog(mine, theirs, {"id-1": "The lexer"}))


def test_a_conflict_shows_every_field_from_both_sides(conflict):
    shown = words(conflict)
    for value in ("Mine", "Theirs", "Succeeded", "Queued", "b", "a", "Parser refactor"):
        assert value in shown
    assert "blocks The lexer" in shown


def test_of_a_conflict_only_the_chosen_fields_are_saved(qtbot, conflict):
    for field in ("title", "tags", "batch", "links", "description"):
        conflict.choose(field, mine=False)
    with qtbot.waitSignal(conflict.kept_mine) as kept:
        button(conflict, "Save my choice").click()
    assert kept.args == [{"status": 5}]


def test_a_conflict_in_which_all_is_theirs_has_nothing_to_save(conflict):
    for radio in conflict.findChildren(QRadioButton):
        if plain(radio.text()) == "Theirs":
            radio.click()
    assert not conflict._save.isEnabled()


def test_esc_in_a_conflict_keeps_theirs(qtbot, conflict):
    with qtbot.waitSignal(conflict.kept_theirs):
        qtbot.keyClick(conflict, Qt.Key.Key_Escape)


def test_an_error_says_three_things_and_its_details_can_be_copied(opened):
    dialog = opened(ErrorDialog(BUSY))
    assert words(dialog) == [BUSY.what, BUSY.safe, BUSY.advice]
    button(dialog, "Show details").click()
    assert dialog._details.isVisible()
    button(dialog, "Copy details").click()
    assert "StorageBusyError" in QGuiApplication.clipboard().text()


def test_a_button_of_an_error_acts_and_closes_it(opened):
    pressed = []
    dialog = opened(ErrorDialog(BUSY, buttons=[("Retry now", lambda: pressed.append(1), True)]))
    button(dialog, "Retry now").click()
    assert pressed == [1]
    assert not dialog.isVisible()


def test_the_sheet_of_keys_is_narrowed_by_key_or_action(qtbot, opened):
    dialog = opened(ShortcutsDialog(SHEET))
    tree = dialog.findChild(QTreeWidget)

    def shown():
        heads = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
        items = [head.child(n) for head in heads for n in range(head.childCount())]
        return [item.text(0) for item in items if not item.isHidden()]

    assert shown() == ["Import…", "Quit", "Archive"]
    field = dialog.findChild(SearchField)
    with qtbot.waitSignal(field.query_changed):
        qtbot.keyClicks(field, "ctrl+q")
    assert shown() == ["Quit"]
    assert tree.topLevelItem(1).isHidden()


def test_versions_are_shown_and_copied(opened):
    dialog = opened(AboutDialog([("Sheaf", "0.1.0"), ("Qt", "6.11.3")]))
    assert {"0.1.0", "6.11.3"} <= set(words(dialog))
    button(dialog, "Copy versions").click()
    assert QGuiApplication.clipboard().text() == "Sheaf 0.1.0\nQt 6.11.3"


MAKERS = [
    lambda workspace, _: PurgeDialog(workspace, Kind.TASK, (1,)),
    *(lambda workspace, _, kind=kind: NewDialog(workspace, kind) for kind in FIELDS),
    lambda _, theirs: ConflictDialog({"title": "x", "description": "y\n" * 9}, theirs, {}),
    lambda *_: ErrorDialog(BUSY),
    lambda *_: ShortcutsDialog(SHEET),
    lambda *_: AboutDialog([("Sheaf", "0.1.0")]),
    lambda *_: SettingsDialog(Scheme.LIGHT, 50, sign_keys=True),
]


@pytest.mark.parametrize("make", MAKERS)
def test_whatever_can_have_the_focus_has_a_name_and_room_to_be_hit(
    opened, workspace, theirs, make
):
    dialog = opened(make(workspace, theirs))
    dialog.grab()
    focusable = [
        part
        for part in dialog.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus and part.isVisible()
    ]
    names = [
        QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
        for part in focusable
    ]
    assert focusable
    assert all(names)
    buttons = [p for p in focusable if p.inherits("QAbstractButton")]
    assert all(min(b.width(), b.height()) >= 24 for b in buttons)


@pytest.mark.parametrize("make", MAKERS)
def test_a_dialog_never_blocks_the_whole_application(opened, workspace, theirs, make):
    dialog = opened(make(workspace, theirs))
    assert dialog.windowModality() != Qt.WindowModality.ApplicationModal


def test_enter_closes_an_error_and_leaves_its_details_alone(qtbot, opened):
    dialog = opened(ErrorDialog(BUSY))
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
