"""The right to delete: everything about a person, a project or a batch is found and goes.

First a survey says what there is and where. What is then forgotten goes from the records,
their history, the index, the kept originals and, where wanted, the backups; the file is
written anew without it, and searched again: a certificate says what was found.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from db import originals
from db.cancel import CancelToken
from db.errors import (
    SheafError,
    StorageDamagedError,
    StorageMissingError,
    StorageRejectedError,
)
from db.maintenance import vacuuming
from db.maintenance.backups import Backups
from db.maintenance.certificate import (
    BackupTrace,
    Certificate,
    FileTrace,
    OriginalsTrace,
    Removed,
    Sought,
    digest,
    note,
)
from db.maintenance.folder import BackupFolder, pour
from db.maintenance.manifest import Backup
from db.ports import CopyProgress, Storage
from db.private_files import private_opener
from db.records import Kind
from db.storage import search_copy
from db.times import now_us
from db.traces import BytesTrace, Found, Needles, OriginalTrace, Wanted

BLOCK_BYTES: Final = 1 << 20
_TOKEN: Final = CancelToken()
_OnStep = Callable[[str], None]
_ELSEWHERE: Final = (
    "Files that were exported, and backups or copies put elsewhere: Sheaf does not know them.",
    "Imported files, where they came from: what follows a folder takes them in again.",
    "Blocks that the disk itself has let go of are not overwritten by any program.",
)


def ignore_step(_said: str) -> None:
    """Do nothing with it."""


class Survey(Struct, frozen=True, kw_only=True):
    """What there is of something: in records, originals, backups and other files.

    `file` says how often it stands in the bytes of the file, also in parts that hold nothing
    any more.
    """

    wanted: Wanted
    found: Found
    file: BytesTrace
    originals: OriginalsTrace
    backups: tuple[BackupTrace, ...]
    files: tuple[FileTrace, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it stands nowhere in the workspace, nor in a backup of it."""
        return not (
            self.found.number
            or self.found.others
            or self.found.originals
            or self.file.found
            or any(backup.holds for backup in self.backups)
        )

    @property
    def shared(self) -> tuple[OriginalTrace, ...]:
        """The originals from which other records came that stay."""
        return tuple(each for each in self.found.originals if each.staying)


class Wish(Struct, frozen=True, kw_only=True):
    """How to forget: whether backups that hold it go too, and originals others came from."""

    remove_backups: bool = False
    keep_shared: bool = False


class Forgetting:
    """Surveys one storage and forgets; `files` are others to search, such as logs."""

    def __init__(
        self, storage: Storage, files: Sequence[Path] = (), clock: Callable[[], int] = now_us
    ) -> None:
        self._storage = storage
        self._files = files
        self._clock = clock
        folder = storage.backups_folder()
        self._folder = None if folder is None else BackupFolder(folder)

    def survey(
        self, wanted: Wanted, token: CancelToken = _TOKEN, on_step: _OnStep = ignore_step
    ) -> Survey:
        """Find all there is of something, and change nothing.

        Reads everything once: the records, the originals unpacked, each backup.

        Raises:
            StorageRejectedError: the text is too short.
            WorkCancelledError: `token` was cancelled.
        """
        upkeep = self._storage.upkeep
        needles = upkeep.needles(wanted)
        on_step("Searching the kept originals")
        hits, searched = self._search_originals(needles if wanted.text else None, token)
        on_step("Searching the records")
        found = upkeep.find(wanted, hits, token)
        grown = self._grown_from({each.sha256 for each in found.originals})
        if grown - {each.sha256 for each in found.originals}:
            found = upkeep.find(wanted, grown, token)
        sought = needles if wanted.text else Needles(found.excerpts, exactly=True)
        on_step("Searching the bytes of the file")
        return Survey(
            wanted=wanted,
            found=found,
            file=upkeep.search_bytes(sought, token),
            originals=searched,
            backups=tuple(self._search_backups(wanted, needles, found, token, on_step)),
            files=tuple(self._search_files(needles)),
        )

    def forget(
        self,
        survey: Survey,
        wish: Wish,
        token: CancelToken = _TOKEN,
        on_step: _OnStep = ignore_step,
        on_progress: Callable[[CopyProgress], None] = lambda _progress: None,
    ) -> Certificate:
        """Remove all that a survey found, for good, and prove it. No backup is made before.

        `token` stops it only until something was removed.

        Raises:
            StorageRejectedError: there are other records by now than were surveyed, or an
                import is under way.
            StorageFullError: the disk has no room to write the file anew.
            WorkCancelledError: `token` was cancelled; nothing was changed.
        """
        wanted, found = survey.wanted, survey.found
        needles = self._storage.upkeep.needles(wanted)
        going = [
            each.sha256 for each in found.originals if not (wish.keep_shared and each.staying)
        ]
        vacuuming.require_room(self._storage)
        token.check()
        on_step("Removing the records")
        erased = self._storage.upkeep.erase(wanted, found.number, going)
        on_step("Removing kept originals and backups")
        for sha256 in going:
            originals.remove(self._storage.originals_folder(), sha256)
        troubles: list[str] = []
        dropped = self._drop_backups(survey, troubles) if wish.remove_backups else ()
        on_step("Writing the file anew")
        try:
            vacuuming.compact(self._storage, CancelToken(), on_progress, on_step)
        except SheafError as error:
            troubles.append(f"The file could not be written anew: {error}")
        on_step("Searching what is left")
        certificate = self._prove(
            survey, needles, erased.operation_pk, going, dropped, troubles
        )
        self._storage.upkeep.keep_note(erased.operation_pk, note(certificate, needles))
        self._storage.upkeep.fold_log(CancelToken(), ignore_step)
        return certificate

    # Searching

    def _search_originals(
        self, needles: Needles | None, token: CancelToken
    ) -> tuple[set[str], OriginalsTrace]:
        """Return the hashes of the originals that hold it, and what was searched."""
        hits: set[str] = set()
        number = size = found = 0
        folder = self._storage.originals_folder()
        for sha256 in _kept(folder) if needles else ():
            assert needles is not None
            try:
                read, times = needles.count_all(_checked(folder, sha256, token))
            except (StorageDamagedError, StorageMissingError):
                continue
            number, size, found = number + 1, size + read, found + times
            if times:
                hits.add(sha256)
        return hits, OriginalsTrace(number, size, found)

    def _grown_from(self, hits: set[str]) -> set[str]:
        """Return originals and those that go on from them, which hold all that they do."""
        folder = self._storage.originals_folder()
        found = set(hits)
        for sha256 in _kept(folder) if hits else ():
            try:
                if not hits.isdisjoint(originals.files_of(folder, sha256)):
                    found.add(sha256)
            except (StorageDamagedError, StorageMissingError):
                continue
        return found

    def _search_backups(
        self,
        wanted: Wanted,
        needles: Needles,
        found: Found,
        token: CancelToken,
        on_step: _OnStep,
        without: Collection[str] = (),
    ) -> Iterator[BackupTrace]:
        hits = {each.sha256 for each in found.originals}
        for backup in () if self._folder is None else self._folder.all():
            if backup.name in without:
                continue
            token.check()
            on_step(f"Searching the backup {backup.name}")
            known = backup.manifest
            rows, trouble = 0, ""
            try:
                rows = self._search_backup(backup, wanted, needles, found, token)
                rows += len(hits.intersection(known.originals))
                rows += needles.count(backup.manifest_path.read_bytes()) if wanted.text else 0
            except (SheafError, OSError) as error:
                trouble = error.what if isinstance(error, SheafError) else str(error)
            yield BackupTrace(
                name=backup.name, made_at=known.made_at, found=rows, trouble=trouble
            )

    def _search_backup(
        self,
        backup: Backup,
        wanted: Wanted,
        needles: Needles,
        found: Found,
        token: CancelToken,
    ) -> int:
        assert self._folder is not None
        ids = () if wanted.text else found.ids
        if not backup.is_packed:
            return search_copy(str(backup.path), needles, ids, token)
        with self._folder.working() as home:
            path = home / "copy.sheaf"
            with open(path, "xb", opener=private_opener) as out:
                pour(backup, out, token)
            return search_copy(str(path), needles, ids, token)

    def _search_files(self, needles: Needles) -> Iterator[FileTrace]:
        for path in (*self._files, *self._put_aside()):
            try:
                with path.open("rb") as file:
                    size, found = needles.count_all(iter(lambda: file.read(BLOCK_BYTES), b""))
            except OSError:
                continue
            yield FileTrace(str(path), size, found)

    def _put_aside(self) -> list[Path]:
        """Return damaged files that a backup took the place of, with their logs."""
        if self._folder is None:
            return []
        stem = self._folder.path.name.removesuffix(".backups")
        return sorted(self._folder.path.parent.glob(f"{glob.escape(stem)}.damaged-*"))

    # Removing, and proving it

    def _drop_backups(self, survey: Survey, troubles: list[str]) -> tuple[str, ...]:
        assert self._folder is not None or not survey.backups
        dropped = []
        for trace in survey.backups:
            if not trace.holds:
                continue
            try:
                backups = Backups(self._storage)
                backups.drop(backups.find(trace.name))
                dropped.append(trace.name)
            except (SheafError, OSError) as error:
                troubles.append(f"The backup {trace.name} could not be removed: {error}")
        return tuple(dropped)

    def _prove(
        self,
        survey: Survey,
        needles: Needles,
        operation_pk: int,
        going: Sequence[str],
        dropped: Sequence[str],
        troubles: Sequence[str],
    ) -> Certificate:
        wanted, found, upkeep = survey.wanted, survey.found, self._storage.upkeep
        texts = [wanted.text] if wanted.text else found.excerpts
        sought = Needles(texts, exactly=not wanted.text)
        _, searched = self._search_originals(sought or None, CancelToken())
        left = [
            sha for sha in going if originals.is_kept(self._storage.originals_folder(), sha)
        ]
        known = {each.name for each in survey.backups}
        made_since = self._search_backups(
            wanted, needles, found, CancelToken(), ignore_step, known
        )
        kept = (each for each in survey.backups if each.name not in dropped)
        backups = (*kept, *made_since)
        files = tuple(self._search_files(sought))
        operation = next(
            each for each in self._storage.history.operations() if each.pk == operation_pk
        )
        return Certificate(
            made_at=self._clock(),
            sheaf=_version(),
            workspace=self._storage.info().name,
            operation=operation.id,
            sought=_sought(survey),
            removed=Removed(
                records={kind.word: number for kind, number in found.records.items()},
                others=found.others,
                originals=tuple(sha for sha in going if sha not in left),
                backups=tuple(dropped),
            ),
            searched_by=_searched_by(survey),
            tables=upkeep.search(sought) if sought else (),
            file=upkeep.search_bytes(sought),
            originals=searched,
            backups=backups,
            files=files,
            remains=(*_remains(survey, going, backups, files), *troubles, *_ELSEWHERE),
        )


def _sought(survey: Survey) -> Sought:
    if survey.wanted.text:
        text = survey.wanted.text.strip()
        return Sought(how="text", sha256=digest(text), words=text)
    ids = "\n".join(survey.found.ids)
    titles = ", ".join(f"{each.kind.word} “{each.title}”" for each in survey.found.examples)
    return Sought(how="records", sha256=digest(ids), words=titles)


def _searched_by(survey: Survey) -> str:
    if survey.wanted.text:
        return "the text, in any case and as JSON writes it:"
    number = len(survey.found.excerpts)
    return f"the beginnings of {number:,} of the texts that went, the longest:"


def _remains(
    survey: Survey,
    going: Sequence[str],
    backups: Iterable[BackupTrace],
    files: Iterable[FileTrace],
) -> Iterator[str]:
    """Yield what is known to remain."""
    for each in survey.shared:
        if each.sha256 not in going:
            yield (
                f"The kept original {each.sha256}, as {each.staying:,} records that stay came"
                " from it."
            )
    for backup in backups:
        if backup.holds:
            how = "could not be read" if backup.trouble else "holds it"
            yield f"The backup {backup.name} {how}, and was kept."
    for file in files:
        if file.found:
            yield f"The file {file.path} has it {file.found:,} times."
    if survey.wanted.roots:
        number = survey.found.number
        yield f"The ids of the {number:,} records, without any text, as deleted for good."


def _kept(folder: Path) -> list[str]:
    """Return the hashes of the originals in a folder."""
    return sorted(path.name.removesuffix(".gz") for path in folder.glob("*/*.gz"))


def _checked(folder: Path, sha256: str, token: CancelToken) -> Iterator[bytes]:
    for block in originals.read_whole(folder, sha256):
        token.check()
        yield block


def wanted_records(storage: Storage, names: Iterable[str]) -> Wanted:
    """Return what is wanted by ids of records, as people give them.

    Raises:
        RecordNotFoundError: no record, or more than one, has such a name.
    """
    return Wanted(roots=tuple(storage.resolve(name) for name in names))


def wanted_batch(storage: Storage, name: str) -> Wanted:
    """Return what is wanted by the id of a batch.

    Raises:
        StorageRejectedError: that is no batch.
    """
    kind, pk = storage.resolve(name)
    if kind is not Kind.BATCH:
        raise StorageRejectedError(
            f"{name} is a {kind.word}, not a batch.", advice="Name it with --id."
        )
    return Wanted(roots=((kind, pk),))


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - slow, and seldom needed

    return version("sheaf")
