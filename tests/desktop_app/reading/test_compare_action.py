import pytest
from PySide6.QtWidgets import QWidget

from db.records import Kind
from desktop_app.actions.ids import ActionId
from desktop_app.actions.registry import ActionRegistry
from desktop_app.actions.spec import Surface, UiState


@pytest.mark.parametrize(
    ("kind", "selected", "possible"),
    [
        (Kind.EXECUTION, 2, True),
        (Kind.MESSAGE, 2, True),
        (Kind.EXECUTION, 1, True),
        (Kind.CONVERSATION, 1, False),
        (Kind.EXECUTION, 3, False),
        (Kind.CONVERSATION, 2, False),
    ],
)
def test_two_texts_can_be_compared_both_selected_or_one_after_the_other(
    shown, kind, selected, possible
):
    window = shown(QWidget())
    registry = ActionRegistry(window)
    registry.update(UiState(surface=Surface.LIST, kind=kind, selected=selected, is_open=True))
    assert registry[ActionId.COMPARE].isEnabled() is possible
