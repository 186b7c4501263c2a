"""Taking back an operation whose records were changed since: which, and what of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind, OperationRecord
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace

SHOWN: Final = 20
_SHOWN_ACTS: Final = 3
_CHARS: Final = 80


class ChangedSince(Struct, frozen=True):
    """How many records were changed since, the titles of some, and by which operations."""

    counts: Mapping[Kind, int]
    titles: Sequence[str]
    acts: Sequence[OperationRecord]

    @property
    def number(self) -> int:
        """How many records there are of all kinds."""
        return sum(self.counts.values())

    @property
    def words(self) -> str:
        """The same in words."""
        return " and ".join(kind.counted(number) for kind, number in self.counts.items())


class TakingBack(QObject):
    """Takes operations back; asks first where records of one were changed since."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._parent = parent
        self._latest = Latest(workspace.background, self)

    def ask(self, operation_pk: int) -> None:
        """Take an operation back, or ask what becomes of records that were changed since."""
        self._latest.ask(
            lambda storage, token: _changed_since(storage, operation_pk, token),
            partial(self._go_on, operation_pk),
            self._workspace.failed.emit,
        )

    def _go_on(self, operation_pk: int, found: ChangedSince) -> None:
        if not found.number:
            self._workspace.undo(operation_pk)
            return
        dialog = TakeBackDialog(found, self._parent.window())
        dialog.confirmed.connect(partial(self._undo, operation_pk, found))
        dialog.open()

    def _undo(self, operation_pk: int, found: ChangedSince, with_changes: bool) -> None:
        for act in found.acts if with_changes else ():
            self._workspace.undo(act.pk)
        self._workspace.undo(operation_pk)


class TakeBackDialog(QDialog):
    """Lists records that were changed since; `confirmed` says whether these go back too."""

    confirmed = Signal(bool)

    def __init__(self, found: ChangedSince, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Undo")
        is_one = found.number == 1
        head = PlainLabel(
            f"{found.words} {'was' if is_one else 'were'} changed since", role="title"
        )
        self.list = QListWidget()
        self.list.setAccessibleName("Changed since")
        self.list.addItems([*found.titles])
        hidden = found.number - len(found.titles)
        more = PlainLabel(f"and {text.count(hidden)} more", role="muted")
        more.setVisible(hidden > 0)
        what = PlainLabel(_what(found))
        self.keep = push_button(
            "Undo, keep edited", partial(self._confirm, False), primary=True
        )
        self.all = push_button(
            f"Undo {'this' if is_one else 'these'} too", partial(self._confirm, True)
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        for button in (self.all, self.keep):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.keep.setDefault(True)
        column = dialog_column(self)
        for part in (head, self.list, more, what, buttons):
            column.addWidget(part)
        for words in (head, what):
            words.setWordWrap(True)
        self.setAccessibleDescription(f"{head.text()}. {what.text()}")
        fit_screen(self, 480, 360)
        self.keep.setFocus()

    def _confirm(self, with_changes: bool) -> None:
        self.accept()
        self.confirmed.emit(with_changes)


def _what(found: ChangedSince) -> str:
    one = found.number == 1
    acts = "; ".join(act.title for act in found.acts[:_SHOWN_ACTS])
    if len(found.acts) > _SHOWN_ACTS:
        acts += f"; and {text.count(len(found.acts) - _SHOWN_ACTS)} more"
    return (
        f"Keep {'it' if one else 'them'} as {'it is' if one else 'they are'} and take back the"
        f" rest, or take back what was done since, too: {acts}."
    )


def _changed_since(storage: Storage, operation_pk: int, token: CancelToken) -> ChangedSince:
    changed = storage.history.changed_since(operation_pk)
    token.check()
    titles: list[str] = []
    for kind, pks in changed.items():
        records = storage.fetch(kind, pks[: SHOWN - len(titles)])
        titles += (_line(kind, record.title) for record in records)
    return ChangedSince(
        counts={kind: len(pks) for kind, pks in changed.items()},
        titles=titles,
        acts=storage.history.since(operation_pk) if changed else (),
    )


def _line(kind: Kind, title: str) -> str:
    words = " ".join(title.split()) or f"A {kind.word} without a title"
    return words if len(words) <= _CHARS else words[: _CHARS - 1].rstrip() + "…"
