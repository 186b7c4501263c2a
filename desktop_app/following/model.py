"""The watched folders of an open workspace, and looking into them again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.choices import ImportChoices
from db.exchange.watching import (
    SHORTEST_PAUSE_S,
    Imported,
    News,
    WatchedFolder,
    Watcher,
    keep_watched_folders,
    pause_after,
    watched_folders,
)
from db.incoming import BadRecords, Progress
from db.ports import Storage
from db.times import now_us
from desktop_app.background import Report, Request
from desktop_app.look import text
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

CHOICES: Final = ImportChoices(bad_records=BadRecords.SET_ASIDE)
"""Nobody is asked: what cannot be used waits among what was set aside."""

MOST_HINTS: Final = 1000
MOST_TROUBLES: Final = 3
_MS: Final = 1000


class Followed(Struct):
    """A watched folder and what became of it. Times are microseconds; None is not yet.

    Until a person confirmed it on this computer, for this workspace, it is not looked into:
    whoever made the workspace may have named it.
    """

    folder: WatchedFolder
    watcher: Watcher
    looked_at: int | None = None
    imported_at: int | None = None
    trouble: str = ""
    is_confirmed: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it is looked into."""
        return self.is_confirmed and not self.folder.is_paused

    @property
    def name(self) -> str:
        """The last part of its path."""
        return Path(self.folder.path).name or self.folder.path


class Following(QObject):
    """Looks into the watched folders off the window's thread, more rarely if nothing happens.

    `changed` says that the folders, or what is known of them, are others; `said` is what
    there is to say of them in a few words. `found` says that those are known which were
    followed before.
    """

    changed = Signal()
    found = Signal()

    def __init__(self, workspace: Workspace, state: WindowState, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._state = state
        self._key = f"followed/{workspace.storage.uri}"
        self._pause_s = SHORTEST_PAUSE_S
        self._request: Request | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._hints = QFileSystemWatcher(self)
        self._hints.directoryChanged.connect(self._look_soon)
        self._hints.fileChanged.connect(self._look_soon)
        self.folders: tuple[Followed, ...] = ()
        self.said = ""
        self._shows_progress = False

    def begin(self) -> None:
        """Follow what was followed before, as far as it is confirmed."""

        def follow(folders: Sequence[WatchedFolder]) -> None:
            self._follow(folders)
            self.found.emit()

        self._workspace.background.read(
            lambda storage, _token: watched_folders(storage), follow
        )

    def stop(self) -> None:
        """Look no more; what is being imported is taken back, for another time."""
        self._timer.stop()
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def add(self, path: Path) -> None:
        """Follow one more folder."""
        wanted = WatchedFolder(str(path.absolute()))
        self._confirm(wanted.path)
        if wanted.path not in {each.folder.path for each in self.folders}:
            self._keep([*(each.folder for each in self.folders), wanted])

    def set_paused(self, path: str, *, is_paused: bool) -> None:
        """Let a folder alone for a while, or follow it again."""
        if not is_paused:
            self._confirm(path)
        self._keep(
            WatchedFolder(path, is_paused) if each.folder.path == path else each.folder
            for each in self.folders
        )

    @property
    def unconfirmed(self) -> list[Followed]:
        """The folders that wait for the person's word."""
        return [
            each for each in self.folders if not (each.is_confirmed or each.folder.is_paused)
        ]

    def confirm_all(self) -> None:
        """Follow the folders that wait for it."""
        for each in self.unconfirmed:
            self._confirm(each.folder.path)
        self._follow([each.folder for each in self.folders])

    def remove(self, path: str) -> None:
        """Follow a folder no more; what came from it stays."""
        self._state.put(self._key, [each for each in self._confirmed if each != path])
        self._keep(each.folder for each in self.folders if each.folder.path != path)

    @property
    def _confirmed(self) -> list[str]:
        """The folders that this user let this workspace follow on this computer."""
        kept = self._state.get(self._key)
        return kept if isinstance(kept, list) else []

    def _confirm(self, path: str) -> None:
        if path not in self._confirmed:
            self._state.put(self._key, [*self._confirmed, path])

    def _keep(self, folders: Iterable[WatchedFolder]) -> None:
        kept = tuple(folders)
        self._workspace.put(
            lambda storage: keep_watched_folders(storage, kept),
            lambda _nothing: self._follow(kept),
        )

    def _follow(self, folders: Sequence[WatchedFolder]) -> None:
        self.stop()
        known = {each.folder.path: each for each in self.folders}
        self.folders = tuple(self._followed(each, known.get(each.path)) for each in folders)
        self._pause_s = SHORTEST_PAUSE_S
        self._say()
        if any(each.is_active for each in self.folders):
            self._timer.start(0)

    def _followed(self, folder: WatchedFolder, known: Followed | None) -> Followed:
        if known is None:
            storage = self._workspace.storage
            known = Followed(folder, Watcher(storage, Path(folder.path), CHOICES))
        known.folder, known.is_confirmed = folder, folder.path in self._confirmed
        return known

    def _look(self) -> None:
        active = [each for each in self.folders if each.is_active]

        def look(
            _storage: Storage, token: CancelToken, report: Report
        ) -> tuple[list[list[News]], float]:
            begun = time.monotonic()
            news = [each.watcher.look(token, report) for each in active]
            return news, time.monotonic() - begun

        def done(found: tuple[list[list[News]], float]) -> None:
            news, took_s = found
            self._request = None
            for followed, told in zip(active, news, strict=True):
                _take(followed, told)
            self._watch_hints(active)
            self._tell([each for told in news for each in told])
            self._rest(took_s, found=any(news))

        def fail(error: SheafError) -> None:
            self._request = None
            for followed in active:
                followed.trouble = str(error)
            self._say()
            self._rest(0, found=False)

        self._request = self._workspace.background.follow(look, done, fail, self._show_progress)

    def _watch_hints(self, active: Sequence[Followed]) -> None:
        """Let the system tell of news, as far as it can: looking does not depend on it."""
        wanted = {str(hint) for each in active for hint in each.watcher.hints}
        watched = {*self._hints.files(), *self._hints.directories()}
        if gone := watched - wanted:
            self._hints.removePaths(sorted(gone))
        if new := sorted(wanted - watched)[:MOST_HINTS]:
            self._hints.addPaths(new)

    def _look_soon(self) -> None:
        if self._timer.remainingTime() > SHORTEST_PAUSE_S * _MS:
            self._pause_s = SHORTEST_PAUSE_S
            self._timer.start(int(SHORTEST_PAUSE_S * _MS))

    def _rest(self, took_s: float, *, found: bool) -> None:
        self._pause_s = pause_after(self._pause_s, took_s, found=found)
        self._timer.start(int(self._pause_s * _MS))

    def _tell(self, news: Sequence[News]) -> None:
        imported = [each for each in news if isinstance(each, Imported)]
        if imported:
            self._workspace.notice()
            number = sum(each.report.effective for each in imported)
            files = [name for each in imported for name in each.report.files]
            source = files[0] if len(files) == 1 else text.counted(len(files), "file", "files")
            records = text.counted(number, "record", "records")
            aside = sum(each.report.set_aside for each in imported)
            also = f", {text.count(aside)} set aside" if aside else ""
            self._say(f"Imported {records} from {source}{also}")
        elif news or self._shows_progress:
            self._say()
        else:
            self.changed.emit()

    def _show_progress(self, progress: Progress) -> None:
        self._shows_progress = True
        share = progress.done * 100 // max(progress.total, 1)
        self.said = f"Importing {progress.file}, {share} %"
        self.changed.emit()

    def _say(self, said: str = "") -> None:
        """Say something, or how many folders are followed, and whether all can be."""
        active = [each for each in self.folders if each.is_active]
        bad = [each for each in active if each.trouble]
        waiting = len(self.unconfirmed)
        if waiting:
            waits = text.counted(waiting, "folder waits", "folders wait")
            said = f"{waits} for your answer"
        elif bad:
            said = f"{bad[0].name} needs attention"
        elif not said and self.folders:
            said = f"Following {text.counted(len(active), 'folder', 'folders')}"
        self._shows_progress = False
        self.said = said
        self.changed.emit()


def _take(followed: Followed, news: Sequence[News]) -> None:
    """Note what a look into a folder brought, and what cannot be read of it."""
    followed.looked_at = now_us()
    if any(isinstance(each, Imported) for each in news):
        followed.imported_at = followed.looked_at
    troubles = followed.watcher.troubles
    more = len(troubles) - MOST_TROUBLES
    said = troubles[:MOST_TROUBLES]
    if more > 0:
        said.append(f"{text.counted(more, 'more file', 'more files')} cannot be used.")
    followed.trouble = "\n".join(said)
