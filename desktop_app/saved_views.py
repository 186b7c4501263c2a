"""The views that a person saved, as the window knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from db.exchange.view_files import read_view, write_view
from db.ports import Storage
from db.records import Kind, SavedView
from desktop_app.workspace import Workspace

_SAME_NAMES: Final = 100


class SavedViews(QObject):
    """Keeps the views of one storage up to date and writes what is changed in them.

    `changed` comes when they are others; `kept` carries one that was saved, `said` words
    about what was done and, where it can be taken back, how.
    """

    changed = Signal()
    kept = Signal(object)
    said = Signal(str, object)

    def __init__(
        self,
        workspace: Workspace,
        last_known: tuple[SavedView, ...] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.views = last_known
        self._workspace = workspace
        workspace.noticed.connect(self.refresh)
        self.refresh()

    def of_kind(self, kind: Kind) -> list[SavedView]:
        """Return those that list a kind of record."""
        return [view for view in self.views if view.kind is kind]

    def default_of(self, kind: Kind) -> SavedView | None:
        """Return the one that opens in place of all records of a kind, if any."""
        return next((view for view in self.of_kind(kind) if view.is_default), None)

    def refresh(self) -> None:
        """Read them again."""
        self._workspace.background.read(
            lambda storage, _token: storage.views.all(),
            self._take,
            self._workspace.failed.emit,
        )

    def save(self, view: SavedView, words: str = "") -> None:
        """Keep a view in place of the one of the same id or name; `words` say that it is."""

        def work(storage: Storage) -> tuple[SavedView, tuple[SavedView, ...]]:
            return storage.views.save(view), storage.views.all()

        def done(found: tuple[SavedView, tuple[SavedView, ...]]) -> None:
            saved, views = found
            self._take(views)
            self.kept.emit(saved)
            if words:
                self.said.emit(words, None)

        self._workspace.put(work, done)

    def save_new(self, view: SavedView, words: str = "") -> None:
        """Keep a view beside those there are, under another name if its own is taken."""
        self.save(replace(view, id="", name=self._free_name(view.name)), words)

    def rename(self, view: SavedView, name: str) -> None:
        """Give a view another name, or one like it if another view has that."""
        if name.strip() and name != view.name:
            self.save(replace(view, name=self._free_name(name)))

    def delete(self, view: SavedView) -> None:
        """Delete a view; it can be brought back."""

        def work(storage: Storage) -> tuple[SavedView, ...]:
            storage.views.delete(view.name)
            return storage.views.all()

        def done(views: tuple[SavedView, ...]) -> None:
            self._take(views)
            self.said.emit(f"Deleted the view {view.name}", ("Undo", lambda: self.save(view)))

        self._workspace.put(work, done)

    def write_file(self, view: SavedView, path: Path) -> None:
        """Write a view to a file."""
        self._workspace.background.read(
            lambda _storage, _token: write_view(view, path),
            lambda _nothing: self.said.emit(f"Exported the view to {path.name}", None),
            self._workspace.failed.emit,
        )

    def read_files(self, paths: Iterable[Path]) -> None:
        """Keep the views in some files."""

        def keep(path: Path) -> Callable[[SavedView], None]:
            return lambda view: self.save_new(view, f"Imported the view from {path.name}")

        for path in paths:
            self._workspace.background.read(
                lambda _storage, _token, file=path: read_view(file),
                keep(path),
                self._workspace.failed.emit,
            )

    def _free_name(self, name: str) -> str:
        taken = {view.name for view in self.views}
        names = (name, *(f"{name} ({number})" for number in range(2, _SAME_NAMES)))
        return next((each for each in names if each not in taken), name)

    def _take(self, views: tuple[SavedView, ...]) -> None:
        if views != self.views:
            self.views = views
            self.changed.emit()
