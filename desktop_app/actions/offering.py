"""A menu of what can be done with one record, whatever else is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from db.records import AnyRecord, kind_of
from desktop_app.actions.ids import ActionId
from desktop_app.actions.menus import ACTIONS, SHOWN_MENU
from desktop_app.actions.spec import Surface, UiState
from desktop_app.look.icons import put_icon

_SPECS = {spec.id: spec for spec in ACTIONS}


def offer_for(
    menu: QMenu, record: AnyRecord, compared: str, act: Callable[[ActionId], object]
) -> None:
    """Fill a menu with what is possible with a record; `act` is called with what is chosen.

    `compared` is the title of a record that waits to be compared with another, if one does.
    The entries name no keys, as these act on what is chosen in a list.
    """
    state = UiState(
        surface=Surface.SEARCH,
        kind=kind_of(record),
        place=record.place,
        selected=1,
        is_open=True,
        compared=compared,
    )
    menu.clear()
    for item in SHOWN_MENU:
        if item is None:
            menu.addSeparator()
            continue
        spec = _SPECS[item]
        if spec.enabled_when(state):
            title = spec.title if spec.title_in is None else spec.title_in(state)
            entry = menu.addAction(title, partial(act, item))
            if spec.icon:
                put_icon(entry, spec.icon)
