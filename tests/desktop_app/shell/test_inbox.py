"""The learnings inbox: decided about by single keys, with those alike beside."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPushButton

from db.query import LearningQuery
from db.records import Kind
from db.vocabulary import Review
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.registry import ActionRegistry
from desktop_app.actions.spec import Surface, UiState
from desktop_app.detail.picker import Picker
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.inbox import Inbox
from desktop_app.operation_words import operation_words
from desktop_app.widgets.elided_label import ElidedLabel


@pytest.fixture
def inbox(workspace, learn, open_page, shown):
    """The inbox of three learnings, with its keys wired as the desk wires them."""
    for title in ("Never retry a lease", "Never retry a lease twice", "Pin the compiler"):
        learn(title)
    page = shown(open_page("inbox"), 900, 700)
    registry = ActionRegistry(page)
    registry.add_table(page.table, inbox=True)
    commands = Inbox(workspace, page, page)
    registry.triggered.connect(lambda action: commands.handlers[action](page))

    def tell_state():
        registry.update(
            UiState(
                surface=Surface.LIST,
                kind=Kind.LEARNING,
                selected=page.chosen_count,
                inbox=True,
                is_open=True,
            )
        )

    page.selection_changed.connect(tell_state)
    page.table.setFocus()
    return SimpleNamespace(page=page, commands=commands)


def choose(page, title):
    records = page.presenter.page.records.values()
    page.selection.choose(next(r.pk for r in records if r.title == title))


def reviews(storage):
    records = storage.fetch(Kind.LEARNING, storage.ids(LearningQuery()))
    return {record.title: record.review for record in records}


def twins_of(page, qtbot, number):
    qtbot.waitUntil(lambda: len(page.twins.twins) == number)
    return [twin.record.title for twin in page.twins.twins]


@pytest.mark.parametrize(
    ("key", "review"), [(Qt.Key.Key_A, Review.APPROVED), (Qt.Key.Key_R, Review.REJECTED)]
)
def test_a_key_decides_and_the_next_one_is_chosen(
    inbox, key, review, storage, workspace, qtbot
):
    choose(inbox.page, "Never retry a lease twice")
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(inbox.page.table, key)
    assert reviews(storage)["Never retry a lease twice"] is review
    inbox.page.refresh()
    qtbot.waitUntil(lambda: inbox.page.presenter.total == 2)
    assert inbox.page.chosen_count == 1


def test_the_learnings_most_alike_stand_beside(inbox, qtbot):
    choose(inbox.page, "Never retry a lease twice")
    assert twins_of(inbox.page, qtbot, 1) == ["Never retry a lease"]
    assert inbox.page.twins.isVisible()
    names = [button.accessibleName() for button in inbox.page.twins.findChildren(QPushButton)]
    assert "Merge into: Never retry a lease" in names
    choose(inbox.page, "Pin the compiler")
    assert twins_of(inbox.page, qtbot, 0) == []
    inbox.page.selection.clear()
    assert not inbox.page.twins.isVisible()


def test_the_title_of_one_alike_that_has_no_room_is_shortened(open_page, learn, shown, qtbot):
    title = f"Never retry a lease {'again ' * 60}".strip()
    learn(title)
    chosen = learn(f"{title} twice")
    page = shown(open_page("inbox"), 900, 700)
    page.selection.choose(chosen)
    twins_of(page, qtbot, 1)
    label = page.twins.findChild(ElidedLabel)
    assert (label.words, label.width() < page.width()) == (title, True)


def test_learnings_that_share_only_small_words_are_not_alike(open_page, learn, shown, qtbot):
    learn("Use the cache when the tests run in the pipeline")
    learn("Ask the person when the lease is in the way of the merge")
    alike = learn("Use the cache when tests run")
    page = shown(open_page("inbox"), 900, 700)
    page.selection.choose(alike)
    assert twins_of(page, qtbot, 1) == ["Use the cache when the tests run in the pipeline"]


def test_those_alike_show_beside_a_learning_of_any_list_once_it_is_read(
    open_page, learn, shown, qtbot
):
    learn("Never retry a lease")
    other = learn("Never retry a lease twice")
    page = shown(open_page("learnings"), 900, 700)
    page.expect([other])
    page.refresh()
    qtbot.waitUntil(lambda: page.chosen_pk == other)
    assert twins_of(page, qtbot, 1) == ["Never retry a lease"]
    assert page.twins.isVisible()


def test_a_key_and_a_digit_merge_into_one_alike(inbox, storage, workspace, qtbot):
    choose(inbox.page, "Never retry a lease twice")
    twins_of(inbox.page, qtbot, 1)
    qtbot.keyClick(inbox.page.table, Qt.Key.Key_M)
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_1)
    assert reviews(storage)["Never retry a lease twice"] is Review.SUPERSEDED
    assert reviews(storage)["Never retry a lease"] is Review.PENDING


def test_superseding_replaces_the_one_alike_and_keeps_the_chosen(
    inbox, storage, workspace, qtbot
):
    choose(inbox.page, "Never retry a lease twice")
    twins_of(inbox.page, qtbot, 1)
    qtbot.keyClick(inbox.page.table, Qt.Key.Key_S)
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_1)
    assert reviews(storage)["Never retry a lease"] is Review.SUPERSEDED
    assert reviews(storage)["Never retry a lease twice"] is Review.PENDING


def test_without_one_alike_another_is_found_and_picked(inbox, storage, workspace, qtbot):
    choose(inbox.page, "Pin the compiler")
    qtbot.keyClick(inbox.page.table, Qt.Key.Key_M)
    picker = inbox.page.table.findChild(Picker)
    field = picker.findChild(QLineEdit)
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClicks(field, "retry a lease twice")
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert reviews(storage) == {
        "Never retry a lease": Review.PENDING,
        "Never retry a lease twice": Review.PENDING,
        "Pin the compiler": Review.SUPERSEDED,
    }


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (Qt.Key.Key_A, "Approved"),
        (Qt.Key.Key_R, "Rejected"),
    ],
)
def test_it_is_said_what_was_decided(inbox, workspace, qtbot, key, word):
    choose(inbox.page, "Pin the compiler")
    with qtbot.waitSignal(workspace.changed) as changed:
        qtbot.keyClick(inbox.page.table, key)
    assert operation_words(changed.args[0].operation) == f"{word} learning “Pin the compiler”"


def test_e_edits_here_and_archives_elsewhere(inbox, qtbot):
    choose(inbox.page, "Pin the compiler")
    with qtbot.waitSignal(inbox.commands.edit_wanted):
        qtbot.keyClick(inbox.page.table, Qt.Key.Key_E)


def test_single_keys_can_be_turned_off_here_too(workspace, learn, open_page, shown, qtbot):
    learn("One")
    page = shown(open_page("inbox"))
    registry = ActionRegistry(page)
    registry.add_table(page.table, inbox=True)
    registry.use_signs(False)
    page.selection.choose(page.model.pks[0])
    registry.update(UiState(surface=Surface.LIST, selected=1, inbox=True, is_open=True))
    with qtbot.assertNotEmitted(registry.triggered):
        qtbot.keyClick(page.table, Qt.Key.Key_A)
    assert registry[Do.APPROVE].isEnabled()


def test_a_learning_changed_meanwhile_is_put_before_who_approves_it(
    inbox, workspace, storage, qtbot
):
    choose(inbox.page, "Pin the compiler")
    chosen = inbox.page.chosen_record
    storage.edit(Kind.LEARNING, chosen.pk, {"review": int(Review.REJECTED)}, seen_version=1)
    failed = []
    workspace.failed.connect(failed.append)
    inbox.commands.handlers[Do.APPROVE](inbox.page)
    qtbot.waitUntil(lambda: inbox.page.findChild(ConflictDialog) is not None)
    assert failed == []
    inbox.page.findChild(ConflictDialog).close()


def test_a_learning_changed_meanwhile_is_put_before_who_lets_another_replace_it(
    inbox, workspace, storage, qtbot
):
    choose(inbox.page, "Never retry a lease twice")
    twins_of(inbox.page, qtbot, 1)
    twin = inbox.page.twins.twins[0].record
    storage.edit(Kind.LEARNING, twin.pk, {"review": int(Review.APPROVED)}, seen_version=1)
    failed = []
    workspace.failed.connect(failed.append)
    qtbot.keyClick(inbox.page.table, Qt.Key.Key_S)
    qtbot.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_1)
    qtbot.waitUntil(lambda: inbox.page.findChild(ConflictDialog) is not None)
    assert failed == []
    with qtbot.waitSignal(workspace.changed):
        inbox.page.findChild(ConflictDialog).accept()
    assert reviews(storage)["Never retry a lease"] is Review.SUPERSEDED


def test_what_was_rejected_is_not_offered_to_merge_into(inbox, storage, workspace, qtbot):
    choose(inbox.page, "Never retry a lease")
    with qtbot.waitSignal(workspace.changed):
        qtbot.keyClick(inbox.page.table, Qt.Key.Key_R)
    choose(inbox.page, "Pin the compiler")
    qtbot.keyClick(inbox.page.table, Qt.Key.Key_M)
    picker = inbox.page.table.findChild(Picker)
    offered = picker.findChild(QListWidget)
    qtbot.waitUntil(lambda: offered.count() > 0)
    words = [offered.item(row).text() for row in range(offered.count())]
    assert [each for each in words if each.startswith("Never retry a lease")] == words
    assert len(words) == 1
    picker.close()
