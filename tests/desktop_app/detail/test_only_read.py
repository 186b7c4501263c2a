"""What cannot be changed does not look as if it could."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QDoubleSpinBox, QSlider

from db.records import Kind
from desktop_app.detail.pane import DetailPane
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.workspace import Workspace

WHY = "Not now: the disk is full."
GIVEN = {
    Kind.BATCH: {"title": "A batch"},
    Kind.TASK: {"title": "A task", "tags": ["urgent"], "description": "Some words."},
    Kind.BUG: {"title": "A bug", "severity": "critical"},
    Kind.DESIGN_NOTE: {"title": "A note"},
    Kind.LEARNING: {"title": "A learning", "confidence": 0.8, "tags": ["build"]},
}


@pytest.fixture
def workspace(qapp, storage):
    opened = Workspace(storage, only_read=WHY)
    yield opened
    opened.close()


@pytest.fixture
def pane(shown, workspace):
    return shown(DetailPane(workspace))


@pytest.mark.parametrize("kind", GIVEN)
def test_no_field_of_what_is_only_read_can_be_changed(kind, storage, pane, open_record):
    (pk,) = storage.create(kind, GIVEN[kind]).changed[kind]
    open_record(kind, pk)
    changing = [
        button.accessibleName()
        for button in pane.findChildren(QAbstractButton)
        if button.isVisible() and button.isEnabled()
    ]
    words = ("Status", "Priority", "Severity", "Review", "Kind", "Add a tag", "Remove tag")
    assert not [name for name in changing if name.startswith((*words, "Edit"))]
    assert not [each for each in pane.findChildren(QSlider) if each.isVisible()]
    assert not [each for each in pane.findChildren(QDoubleSpinBox) if each.isVisible()]
    if kind is Kind.LEARNING:
        assert pane.facts["confidence"]._words.text() == "0.80"
    pane.edit_title()
    assert not pane.header.title.is_editing()


def test_a_record_that_would_be_made_beside_it_is_refused_at_once(
    storage, pane, open_record, workspace, qtbot
):
    (pk,) = storage.create(Kind.TASK, GIVEN[Kind.TASK]).changed[Kind.TASK]
    open_record(Kind.TASK, pk)
    with qtbot.waitSignal(workspace.refused) as refused:
        pane.make_record(Kind.BUG)
    assert refused.args == [WHY]
    assert pane.findChild(NewDialog) is None
