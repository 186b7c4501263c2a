"""Actions as Qt shows them: one `QAction` each, enabled as the state allows."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from desktop_app.actions.ids import ActionId
from desktop_app.actions.menus import ACTIONS, MENUS, Items
from desktop_app.actions.part_keys import PART_KEYS
from desktop_app.actions.spec import ActionSpec, UiState
from desktop_app.look.icons import put_icon


class ActionRegistry(QObject):
    """Makes every action of the catalogue once and says when one is wanted.

    `refused` carries why a key that acts in tables does nothing now.
    """

    triggered = Signal(ActionId)
    refused = Signal(str)
    _signs_turned = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = UiState()
        self.signs_act = True
        self._specs = {spec.id: spec for spec in ACTIONS}
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        for action_id, action in self._actions.items():
            if not self._specs[action_id].in_table:
                parent.addAction(action)
        self._menu_keys = _MenuKeys(self)
        self.update(self.state)

    def __getitem__(self, action_id: ActionId) -> QAction:
        return self._actions[action_id]

    def specs(self) -> tuple[ActionSpec, ...]:
        """Return the whole catalogue, in order."""
        return ACTIONS

    def title(self, action_id: ActionId) -> str:
        """Return the present title of an action, without its mnemonic."""
        return self._actions[action_id].text().replace("&", "")

    def wants_choice(self, action_id: ActionId) -> bool:
        """Return whether an action is possible now only because something is selected."""
        spec, bare = self._specs[action_id], replace(self.state, selected=0)
        return spec.is_possible(self.state) and not spec.is_possible(bare)

    def shortcut(self, action_id: ActionId) -> str:
        """Return the shortcut that menus show, as the platform writes it."""
        return (
            self._actions[action_id].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        )

    def sheet(self) -> list[tuple[str, str, str]]:
        """Return the section, title and keys of every action that has one, and of parts."""
        native = QKeySequence.SequenceFormat.NativeText
        actions = [
            (
                spec.section,
                spec.title.replace("&", ""),
                ", ".join(
                    QKeySequence(key).toString(native)
                    for key in self._acting(spec.keys + spec.table_keys + spec.inbox_keys)
                ),
            )
            for spec in ACTIONS
            if self._acting(spec.keys + spec.inbox_keys)
        ]
        parts = [
            (part, does, ", ".join(QKeySequence(key).toString(native) for key in keys))
            for part, does, keys in PART_KEYS
        ]
        return actions + parts

    def use_signs(self, wanted: bool) -> None:
        """Let keys that type a sign act, such as `E` and `?`; all others always do."""
        self.signs_act = wanted
        for spec in ACTIONS:
            self._actions[spec.id].setShortcuts(
                [QKeySequence(key) for key in self._acting(spec.keys)]
            )
        self._signs_turned.emit(wanted)

    def _acting(self, keys: tuple[str, ...]) -> list[str]:
        return [key for key in keys if self.signs_act or not _types_a_sign(key)]

    def update(self, state: UiState) -> None:
        """Enable exactly the actions that make sense in `state`."""
        self.state = state
        for action_id, action in self._actions.items():
            spec = self._specs[action_id]
            possible = spec.is_possible(state)
            action.setEnabled(possible)
            action.setStatusTip(spec.tip if possible else spec.refusal(state) or spec.tip)
            if spec.title_in is not None:
                action.setText(spec.title_in(state))

    def add_table(self, table: QWidget, *, inbox: bool = False) -> None:
        """Let the keys that act only in tables act while `table` has the focus.

        In that of an `inbox` its own keys come first.
        """
        _RefusedKeys(self, table)
        if inbox:
            _InboxKeys(self, table)
        acting = [self._actions[spec.id] for spec in ACTIONS if spec.in_table]
        acting += [
            self._make_key(table, spec, key) for spec in ACTIONS for key in spec.table_keys
        ]
        _TableKeys(acting, table)

    def _make_key(self, table: QWidget, spec: ActionSpec, key: str) -> QAction:
        """Make a key that triggers an action only in a table."""
        action = QAction(table)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(self._actions[spec.id].trigger)
        if _types_a_sign(key):
            action.setEnabled(self.signs_act)
            self._signs_turned.connect(action.setEnabled)
        return action

    def fill_bar(self, bar: QMenuBar) -> None:
        """Build the menus of the window."""
        bar.installEventFilter(self._menu_keys)
        for title, items in MENUS:
            self.fill(bar.addMenu(title), items)

    def fill(self, menu: QMenu, items: Items) -> None:
        """Add actions to a menu in the listed order."""
        menu.aboutToShow.connect(lambda: self._dress(menu))
        for item in items:
            if item is None:
                menu.addSeparator()
            elif isinstance(item, ActionId):
                menu.addAction(self._actions[item])
            else:
                title, inner = item
                self.fill(menu.addMenu(title), inner)

    def offer(self, menu: QMenu, items: Items) -> None:
        """Let a menu have, each time it opens, those of the actions that are possible then."""

        def fill() -> None:
            menu.clear()
            for item in items:
                if item is None:
                    menu.addSeparator()
                elif isinstance(item, ActionId) and self._actions[item].isEnabled():
                    menu.addAction(self._actions[item])
            self._dress(menu)

        menu.aboutToShow.connect(fill)
        fill()

    def _dress(self, menu: QMenu) -> None:
        """Draw the icons of a menu, and leave keys to it, once it is opened: most never are."""
        menu.installEventFilter(self._menu_keys)
        for action in menu.actions():
            spec = self._specs.get(action.objectName())
            if spec is not None and spec.icon and action.icon().isNull():
                put_icon(action, spec.icon)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.title, self)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.checkable)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        if spec.in_table:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        if spec.in_any_window:
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        action.triggered.connect(lambda: self.triggered.emit(spec.id))
        return action


class _MenuKeys(QObject):
    """Leaves single keys to the menu bar while it has the focus, and to its open menus.

    The shortcuts of their own entries would act otherwise, even those meant for tables.
    """

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and not event.modifiers() & _COMMANDING
        ):
            event.accept()
        return False


class _TableKeys(QObject):
    """Lets actions act by their keys in a table, but not while something has popped up.

    What pops up may leave the focus where it is, and with it the shortcuts: a letter that is
    to choose an entry of a menu would act on the records behind it.
    """

    def __init__(self, actions: list[QAction], table: QWidget) -> None:
        super().__init__(table)
        self._actions = actions
        self._table = table
        self._act = True
        table.addActions(actions)
        table.installEventFilter(self)

    def _let_act(self, wanted: bool) -> None:
        if wanted is self._act:
            return
        self._act = wanted
        if wanted:
            self._table.addActions(self._actions)
        else:
            for action in self._actions:
                self._table.removeAction(action)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent):
            if event.gotFocus():
                self._let_act(True)
            elif event.reason() is Qt.FocusReason.PopupFocusReason:
                self._let_act(False)
        return False


class _RefusedKeys(QObject):
    """Says why nothing is done when a key is pressed whose action is disabled now."""

    def __init__(self, registry: ActionRegistry, table: QWidget) -> None:
        super().__init__(table)
        self._registry = registry
        self._specs = {
            QKeySequence(key): spec for spec in ACTIONS if spec.in_table for key in spec.keys
        }
        table.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        spec = self._specs.get(QKeySequence(event.keyCombination()))
        if spec is None or self._registry[spec.id].isEnabled():
            return False
        if _types_a_sign(spec.keys[0]) and not self._registry.signs_act:
            return False
        self._registry.refused.emit(spec.refusal(self._registry.state))
        return True


class _InboxKeys(QObject):
    """Takes the keys of an inbox before the shortcuts that they are elsewhere."""

    def __init__(self, registry: ActionRegistry, table: QWidget) -> None:
        super().__init__(table)
        self._registry = registry
        self._actions = {
            QKeySequence(key): spec.id for spec in ACTIONS for key in spec.inbox_keys
        }
        table.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self._registry.signs_act:
            return False
        action = self._actions.get(QKeySequence(event.keyCombination()))
        if action is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            self._registry[action].trigger()
            return True
        return False


_COMMANDING = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_ROLES = {
    ActionId.QUIT: QAction.MenuRole.QuitRole,
    ActionId.ABOUT: QAction.MenuRole.AboutRole,
    ActionId.SETTINGS: QAction.MenuRole.PreferencesRole,
}


def _types_a_sign(key: str) -> bool:
    return len(key.removeprefix("Shift+")) == 1
