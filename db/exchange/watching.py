"""Following folders: files that are new in them, or grew, are imported as they appear.

What was seen of each file is kept with the data. So any number of programs may follow the
same folder: one at a time looks, and knows what the others took in.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import nlargest
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from db.cancel import CancelToken
from db.errors import (
    ExchangeError,
    MalformedFileError,
    RefusedRecordsError,
    SheafError,
    StorageBusyError,
    StorageRejectedError,
    StorageUnavailableError,
    TakenBackError,
    UndecidedError,
    UnreadableFileError,
    UnrecognisedFileError,
    VanishedFileError,
    WorkCancelledError,
)
from db.exchange.choices import ImportChoices
from db.exchange.importing import Meter, OnProgress, ignore_progress, stage_sources
from db.exchange.sources import Source, chosen_sources, walked, why_strange
from db.incoming import ImportReport, Progress, Staging
from db.job_run import ImportRun, is_backup_needed
from db.maintenance.folder import BackupError
from db.maintenance.manifest import BackupKind
from db.ports import Storage
from db.processes import try_lock
from db.records import Outcome
from db.texts import storable

SETTLE_S: Final = 2.0
"""So long a file has to rest before it is taken for written."""

LONGEST_WAIT_S: Final = 30.0
"""A file that never rests is read after this, without its last, unfinished line."""

PATIENCE_S: Final = 60.0
"""So long after its last change a file that ends too early may still be being written."""

SHORTEST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 30.0
_SLOWING: Final = 1.5
_REST: Final = 10
"""After a look there is a pause so many times as long as it took, up to the longest two."""

RECORDED_BYTES: Final = 1_000_000
"""From so much on, what is imported at once is recorded as a job, and what needs a backup."""

HINTED_FILES: Final = 50
_FOLDERS: Final = "watched folders"
_MOST_ROUNDS: Final = 8
_NS: Final = 1e9

_Stamp: TypeAlias = tuple[int, int]
"""The size of a file in bytes, and when it was changed last, in nanoseconds."""


class WatchedFolder(Struct, frozen=True):
    """A folder that a person wants to be followed."""

    path: str
    is_paused: bool = False


def watched_folders(storage: Storage) -> tuple[WatchedFolder, ...]:
    """Return the folders that are to be followed into a storage."""
    return msgspec.convert(storage.settings.get(_FOLDERS) or (), tuple[WatchedFolder, ...])


def keep_watched_folders(storage: Storage, folders: Sequence[WatchedFolder]) -> None:
    """Keep which folders are to be followed."""
    storage.settings.put(_FOLDERS, msgspec.to_builtins(tuple(folders)))


class Imported(Struct, frozen=True):
    """What a look took in: one operation, which can be undone."""

    report: ImportReport
    outcome: Outcome


class Trouble(Struct, frozen=True):
    """What cannot be followed, or a file of it that cannot be used, and why."""

    path: str
    error: SheafError


News: TypeAlias = Imported | Trouble


def pause_after(before_s: float, took_s: float, *, found: bool) -> float:
    """Return how many seconds to wait after a look: longer while nothing happens."""
    pause = SHORTEST_PAUSE_S if found else min(before_s * _SLOWING, LONGEST_PAUSE_S)
    return max(pause, min(took_s * _REST, 2 * LONGEST_PAUSE_S))


class _CalledOffError(ExchangeError):
    """Somebody stopped this one import; the folder is followed on."""

    default_advice = "The file is read again when it changes."


class _Waiting(Struct):
    """A file that was found changed: how it is, since when it is so, and since when at all."""

    stamp: _Stamp
    since: float
    begun: float


class Watcher:
    """Follows one folder, or one file. Used by one thread at a time."""

    def __init__(
        self,
        storage: Storage,
        path: Path,
        choices: ImportChoices,
        *,
        settle_s: float = SETTLE_S,
    ) -> None:
        """Take what to follow; a file has to rest for `settle_s` before it is read."""
        self._storage = storage
        self._path = path.absolute()
        self._choices = choices
        self._settle_s = settle_s
        self._seen = _Seen(storage)
        self._waiting: dict[Path, _Waiting] = {}
        self._told: dict[Path, tuple[_Stamp, int]] = {}
        self._strange: dict[Path, tuple[_Stamp, bool]] = {}
        self._skipped: set[Path] = set()
        self._troubles: dict[Path, SheafError] = {}
        self._trouble = ""
        self.hints: frozenset[Path] = frozenset()
        """The folders that have files, and the files changed last: where news may show."""

    def look(
        self, token: CancelToken | None = None, on_progress: OnProgress = ignore_progress
    ) -> list[News]:
        """Import what is new or grew; say what was imported and, once, what cannot be.

        Nothing is done while another program looks into a folder for this storage.

        Raises:
            WorkCancelledError: `token` was cancelled; what was begun is taken back.
        """
        token = token or CancelToken()
        with _alone(self._storage) as is_alone:
            if not is_alone:
                return []
            try:
                due = self._due(token)
                taken_back = self._skip_taken_back(due)
                news = taken_back + self._take_in(due, token, on_progress)
                self._troubles |= {Path(each.path): each.error for each in taken_back}
            except BackupError as error:
                return self._troubled(error)
            except StorageUnavailableError as error:
                is_passing = isinstance(error, StorageBusyError)
                return [] if is_passing else self._troubled(error)
            except OSError as error:
                return self._troubled(
                    UnreadableFileError(
                        f"{storable(str(self._path))} cannot be read: {error.strerror}.",
                        safe="What was imported from it before is untouched.",
                        advice="Sheaf goes on as soon as it can be read.",
                    )
                )
            self._trouble = ""
            return news

    @property
    def troubles(self) -> list[str]:
        """What keeps all of it from being followed, or each file of it that cannot be used."""
        return [self._trouble] if self._trouble else [*map(str, self._troubles.values())]

    def _troubled(self, error: SheafError) -> list[News]:
        """Tell what keeps all of it from being followed, once."""
        if str(error) == self._trouble:
            return []
        self._trouble = str(error)
        return [Trouble(str(self._path), error)]

    @property
    def _home(self) -> Path:
        """The folder that the names of the files begin in."""
        return self._path.parent if self._path.is_file() else self._path

    def _files(self, token: CancelToken) -> Iterator[tuple[Path, _Stamp, int]]:
        """Yield the files there are, how each is, and when its permissions changed."""
        self._path.stat()
        is_folder = self._path.is_dir()
        for path in walked(self._path) if is_folder else [self._path]:
            token.check()
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            stamp = found.st_size, found.st_mtime_ns
            if not (is_folder and self._is_strange(path, stamp)):
                yield path, stamp, found.st_ctime_ns

    def _is_strange(self, path: Path, stamp: _Stamp) -> bool:
        """Whether a file of the folder is no data; it is asked only when it changed."""
        known = self._strange.get(path)
        if known is None or known[0] != stamp:
            known = self._strange[path] = stamp, bool(why_strange(path))
        return known[1]

    def _due(self, token: CancelToken) -> dict[Path, tuple[_Stamp, int]]:
        """Return the files to be read now."""
        self._seen.refresh()
        found = list(self._files(token))
        newest = nlargest(HINTED_FILES, found, key=lambda each: each[1][1])
        folders = {path.parent for path, *_ in found}
        self.hints = frozenset({self._home, *folders, *(path for path, *_ in newest)})
        there = {path for path, *_ in found}
        self._troubles = {path: why for path, why in self._troubles.items() if path in there}
        return {
            path: (stamp, changed)
            for path, stamp, changed in found
            if self._seen.stamp(path) != stamp
            and self._told.get(path) != (stamp, changed)
            and self._is_settled(path, stamp)
        }

    def _skip_taken_back(self, due: dict[Path, tuple[_Stamp, int]]) -> list[Trouble]:
        """Leave out the files whose import was undone, and tell of each once."""
        taken_back = {path for path in due if self._storage.is_taken_back(storable(str(path)))}
        for path in taken_back:
            del due[path]
        new = sorted(taken_back - self._skipped)
        self._skipped = taken_back
        return [
            Trouble(
                str(path), TakenBackError(f"The import of {storable(path.name)} was undone.")
            )
            for path in new
        ]

    def _is_settled(self, path: Path, stamp: _Stamp) -> bool:
        now = time.monotonic()
        before = self._waiting.get(path)
        if before is None:
            self._waiting[path] = _Waiting(stamp, now, now)
            return _age(stamp) >= self._settle_s
        if before.stamp != stamp:
            before.stamp, before.since = stamp, now
        return now - before.since >= self._settle_s or now - before.begun >= LONGEST_WAIT_S

    def _take_in(
        self,
        due: dict[Path, tuple[_Stamp, int]],
        token: CancelToken,
        on_progress: OnProgress,
    ) -> list[News]:
        """Import files as one operation, but for those that cannot be used."""
        news: list[News] = []
        for _ in range(_MOST_ROUNDS):
            try:
                return news + self._import(due, token, on_progress)
            except (ExchangeError, UndecidedError) as error:
                faulty = self._faulty(error, due)
                if not faulty:
                    break
                for path in faulty:
                    alone = {path: due.pop(path)}
                    if len(faulty) == 1:
                        news += self._refused(path, alone[path], error)
                    else:
                        news += self._take_in(alone, token, on_progress)
            except StorageRejectedError:
                return news
        for path, found in due.items():
            news += self._take_in({path: found}, token, on_progress)
        return news

    def _import(
        self,
        due: dict[Path, tuple[_Stamp, int]],
        token: CancelToken,
        on_progress: OnProgress,
    ) -> list[News]:
        if not due:
            return []
        outcome = Outcome(operation=None)
        report = ImportReport()
        try:
            with chosen_sources(self._home, list(due)) as sources:
                total = sum(source.size for source in sources)
                staging = self._stage(sources, total, token, on_progress)
            try:
                outcome, report = staging.commit(), staging.report
            except BaseException:
                staging.discard()
                raise
        except UnrecognisedFileError:
            pass
        unread = {path: due.pop(path) for path in self._unread(report, due)}
        self._seen.note({path: stamp for path, (stamp, _) in due.items()})
        for path in due:
            self._waiting.pop(path, None)
            self._troubles.pop(path, None)
        news: list[News] = []
        if outcome.operation is not None:
            news.append(Imported(report, outcome))
            self._forget_taken_back()
        for path, found in unread.items():
            news += self._take_in({path: found}, token, on_progress)
        return news

    def _unread(self, report: ImportReport, due: Iterable[Path]) -> list[Path]:
        """Return the files that nothing could be read of, while others were imported."""
        bad = self._named({each.file for each in report.unreadable}, due)
        read = self._named({*report.files}, bad)
        return [path for path in bad if path not in read]

    def _forget_taken_back(self) -> None:
        """Mention what was undone no more: it was told, and the folder is followed on."""
        self._troubles = {
            path: why
            for path, why in self._troubles.items()
            if not isinstance(why, TakenBackError)
        }

    def _stage(
        self, sources: Sequence[Source], total: int, token: CancelToken, on_progress: OnProgress
    ) -> Staging:
        """Read files, as a job that can be called off by itself where they are large."""
        called_off = threading.Event()

        def read(tell: OnProgress) -> Staging:
            def show(progress: Progress) -> None:
                tell(progress)
                on_progress(progress)
                if called_off.is_set():
                    raise WorkCancelledError

            meter = Meter(total, token, show)
            staging = stage_sources(self._storage, sources, self._choices, meter)
            if called_off.is_set():
                staging.discard()
                raise WorkCancelledError
            return staging

        is_little = total < RECORDED_BYTES
        if is_little and not is_backup_needed(self._storage, BackupKind.IMPORT, unasked=True):
            return read(ignore_progress)
        names = sources[0].name if len(sources) == 1 else f"{len(sources):,} files"
        payload = {"folder": str(self._path)}
        run = ImportRun(f"Import {names}", payload, called_off.set, asks=False, unasked=True)
        try:
            return run.stage(self._storage, read, token=token)
        except WorkCancelledError as error:
            token.check()
            raise _CalledOffError("This import was called off.") from error

    def _faulty(self, error: SheafError, due: dict[Path, tuple[_Stamp, int]]) -> list[Path]:
        """Return the files at fault, as far as an error names them."""
        if len(due) == 1 or isinstance(error, _CalledOffError):
            return list(due)
        names: set[str] = set()
        if isinstance(error, RefusedRecordsError):
            names = {problem.file for problem in error.problems}
        elif isinstance(error, MalformedFileError):
            names = {error.path}
        return self._named(names, due)

    def _named(self, names: set[str], paths: Iterable[Path]) -> list[Path]:
        """Return the paths that are named, or something inside them."""
        found: list[Path] = []
        for path in paths:
            name = storable(path.relative_to(self._home).as_posix())
            if any(each == name or each.startswith(f"{name}/") for each in names):
                found.append(path)
        return found

    def _refused(self, path: Path, found: tuple[_Stamp, int], error: SheafError) -> list[News]:
        """Tell of a file that cannot be used, unless it may still be being written."""
        is_half = isinstance(error, MalformedFileError) and error.is_cut_off
        is_unready = is_half or isinstance(error, UnreadableFileError)
        is_passing = is_unready and _age(found[0]) < PATIENCE_S
        if is_passing or isinstance(error, VanishedFileError):
            self._waiting[path].since = time.monotonic()
            return []
        self._told[path] = found
        self._troubles[path] = error
        self._waiting.pop(path, None)
        return [Trouble(str(path), error)]


def _age(stamp: _Stamp) -> float:
    """Return how many seconds ago a file was changed."""
    return time.time() - stamp[1] / _NS


class _Seen:
    """What was seen of the files, folder by folder, in the settings of a storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._folders: dict[Path, dict[str, _Stamp]] = {}
        self._version: int | None = None

    def refresh(self) -> None:
        """Forget what other programs may have changed."""
        version = self._storage.others_version()
        if version != self._version:
            self._folders.clear()
            self._version = version

    def stamp(self, path: Path) -> _Stamp | None:
        """Return how a file was when it was imported."""
        return self._of(path.parent).get(storable(path.name))

    def note(self, stamps: dict[Path, _Stamp]) -> None:
        """Keep how files were when they were imported."""
        for folder in dict.fromkeys(path.parent for path in stamps):
            there = {storable(each.name) for each in folder.glob("*")}
            seen = {name: each for name, each in self._of(folder).items() if name in there}
            seen |= {
                storable(path.name): each
                for path, each in stamps.items()
                if path.parent == folder
            }
            self._folders[folder] = seen
            self._storage.settings.put(_key(folder), seen)

    def _of(self, folder: Path) -> dict[str, _Stamp]:
        if folder not in self._folders:
            kept = self._storage.settings.get(_key(folder)) or {}
            self._folders[folder] = msgspec.convert(kept, dict[str, _Stamp])
        return self._folders[folder]


def _key(folder: Path) -> str:
    digest = hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()
    return f"watched {digest[:32]}"


@contextmanager
def _alone(storage: Storage) -> Iterator[bool]:
    """Tell whether no other program looks into a folder for this storage, and keep it so."""
    folder = storage.originals_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "watching.lock").open("ab") as file:
        yield try_lock(file)
