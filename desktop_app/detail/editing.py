"""Saving what a person changed in the pane: each change at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from db.cancel import CancelToken
from db.ports import Storage
from db.records import AnyRecord, Kind, LearningRecord, Outcome
from db.repositories import EditValue
from desktop_app.detail.relations import Revision
from desktop_app.detail.seen import Seen, see
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Chain:
    """Own edits of one record: from the version it was seen at to the one they make."""

    key: tuple[Kind, int]
    seen: int
    made: int


class Editing(QObject):
    """Sends edits and puts conflicts before the person.

    A second edit made before the first one is seen to be stored is no conflict: it is sent
    as of the version that the first one makes. `done` carries each `Outcome`; `dropped`
    comes when the person let the other's change stand.
    """

    done = Signal(object)
    dropped = Signal()

    def __init__(self, workspace: Workspace, window: QWidget) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._chain: _Chain | None = None
        self._sent = 0
        workspace.failed.connect(self._break_chain)

    def save(
        self, key: tuple[Kind, int], version: int, changes: Mapping[str, EditValue]
    ) -> None:
        """Store changes of a record that was seen at a version."""
        chain = self._chain
        if chain is None or chain.key != key or not chain.seen <= version < chain.made:
            chain = _Chain(key, version, version)
        self._chain = _Chain(key, chain.seen, chain.made + 1)
        self._sent += 1
        self._workspace.edit(
            *key,
            changes,
            chain.made,
            self._on_done,
            lambda _error: self._show_conflict(key, changes),
        )

    def supersede(self, old: LearningRecord, new: AnyRecord) -> None:
        """Let one learning replace another."""
        self.save((Kind.LEARNING, old.pk), old.version, {"superseded_by": new.id})

    def revise(self, revision: Revision) -> None:
        """Change a record that may not be the one shown, by all there is to know about it."""

        def change(seen: Seen) -> None:
            self.save(seen.key, seen.record.version, revision.revise(seen))

        self._workspace.background.read(
            lambda storage, _token: see(storage, revision.kind, revision.pk),
            change,
            self._workspace.failed.emit,
        )

    def follow(self) -> None:
        """Believe the versions shown from now on, unless edits are still under way."""
        if not self._sent:
            self._chain = None

    def _on_done(self, outcome: Outcome) -> None:
        # The last edit of a window is stored when the window is gone.
        if isValid(self):
            # One that is asked for again after it was refused is not counted.
            self._sent = max(0, self._sent - 1)
            self.done.emit(outcome)

    def _break_chain(self) -> None:
        self._chain = None
        self._sent = 0

    def _show_conflict(self, key: tuple[Kind, int], changes: Mapping[str, EditValue]) -> None:
        self._break_chain()

        def read(storage: Storage, token: CancelToken) -> tuple[Seen, dict[str, str]]:
            return see(storage, *key), _titles(storage, token, changes)

        def ask(found: tuple[Seen, dict[str, str]]) -> None:
            theirs, titles = found
            is_alive = isValid(self)
            parent = self._window if is_alive else _window_left()
            dialog = ConflictDialog(changes, theirs, titles, parent)
            if is_alive:
                dialog.kept_theirs.connect(self.dropped)
            dialog.kept_mine.connect(
                lambda chosen: self.save(key, theirs.record.version, chosen)
            )
            dialog.open()

        self._workspace.background.read(read, ask, self._workspace.failed.emit)


def _window_left() -> QWidget | None:
    """Return the window a person is at, or else any that there is."""
    shown = (each for each in QApplication.topLevelWidgets() if each.isVisible())
    return QApplication.activeWindow() or next(shown, None)


def _titles(
    storage: Storage, token: CancelToken, changes: Mapping[str, EditValue]
) -> dict[str, str]:
    """Return the titles of the records that changes name by their ids."""
    named = [changes.get(field) for field in ("batch", "task", "parent", "superseded_by")]
    named += [id_ for field in ("tasks", "evidence") for id_ in changes.get(field, ())]
    named += [id_ for id_, _kind in changes.get("links", ())]
    found = {}
    for id_ in filter(None, named):
        kind, pk = storage.resolve(id_)
        for record in storage.fetch(kind, [pk], token):
            found[id_] = record.title
    return found
