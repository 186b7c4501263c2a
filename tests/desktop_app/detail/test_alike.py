"""Learnings that say nearly the same, on a tab of the one that is read."""

import pytest
from PySide6.QtWidgets import QPushButton

from db.records import Kind
from db.vocabulary import Review
from desktop_app.dialogs.conflict import ConflictDialog


@pytest.fixture
def learn(storage):
    def make(title):
        (pk,) = storage.create(Kind.LEARNING, {"title": title}).changed[Kind.LEARNING]
        return pk

    return make


@pytest.fixture
def alike(learn, pane, open_record, qtbot):
    """The pks of two that are alike, the second of them shown with its tab open."""
    pks = learn("Never retry a lease"), learn("Never retry a lease twice")
    learn("Pin the compiler")
    open_record(Kind.LEARNING, pks[1])
    qtbot.waitUntil(lambda: "Alike 1" in titles(pane))
    pane.tabs.open("Alike")
    qtbot.waitUntil(lambda: bool(buttons(pane)))
    return pks


def titles(pane):
    return [pane.tabs.tabText(place) for place in range(pane.tabs.count())]


def buttons(pane):
    view = pane.tabs.view("Alike")
    return {each.accessibleName(): each for each in view.findChildren(QPushButton)}


def review(storage, pk):
    return storage.detail(Kind.LEARNING, pk).record.review


def test_a_learning_is_made_part_of_one_like_it(alike, pane, storage, settled):
    settled(buttons(pane)["Merge into: Never retry a lease"].click)
    assert [review(storage, pk) for pk in alike] == [Review.PENDING, Review.SUPERSEDED]


def test_a_learning_replaces_one_like_it(alike, pane, storage, settled, qtbot):
    settled(buttons(pane)["Supersede: Never retry a lease"].click)
    assert [review(storage, pk) for pk in alike] == [Review.SUPERSEDED, Review.PENDING]
    qtbot.waitUntil(lambda: not buttons(pane))
    assert "Alike" in titles(pane)


def test_one_changed_meanwhile_is_put_before_who_lets_another_replace_it(
    alike, pane, workspace, storage, qtbot
):
    workspace._poll.stop()
    storage.edit(Kind.LEARNING, alike[0], {"review": int(Review.APPROVED)}, seen_version=1)
    buttons(pane)["Supersede: Never retry a lease"].click()
    qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
    with qtbot.waitSignal(workspace.changed):
        pane.findChild(ConflictDialog).accept()
    assert review(storage, alike[0]) is Review.SUPERSEDED


def test_one_like_it_is_shown(alike, pane, qtbot):
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        buttons(pane)["Show: Never retry a lease"].click()
    assert chosen.args == [Kind.LEARNING, alike[0]]


def test_other_kinds_have_no_such_tab(pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    assert "Alike" not in pane.tabs.names
