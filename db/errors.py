"""Every error a person can meet, told apart by what they can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.incoming import Conflict, Problem
    from db.records import Record


SHOWN_POINTER_END: Final = 30
"""So many signs of both ends of a long JSON pointer are shown in a sentence."""


class SheafError(Exception):
    """Something a person can act on: what happened, what is safe, what to do.

    `str(error)` is the three sentences in one paragraph.
    """

    default_safe = "Nothing was changed."
    default_advice = "Try again."

    def __init__(self, what: str, *, safe: str = "", advice: str = "") -> None:
        self.what = what
        self.safe = safe or self.default_safe
        self.advice = advice or self.default_advice
        super().__init__(f"{self.what} {self.safe} {self.advice}")


class WorkCancelledError(Exception):
    """The work was called off. Not a failure: never logged, never shown."""


class StorageUnavailableError(SheafError):
    """The machine's side: retry, free something, or choose another file."""


class StorageBusyError(StorageUnavailableError):
    """Another program holds the write lock."""

    default_advice = "Close or wait for the other program, then try again."


class StorageFullError(StorageUnavailableError):
    """The disk has no room for the change."""

    default_advice = (
        "Delete other files on that disk, or an old backup, then try again: deleting records"
        " takes some room itself."
    )


class StorageReadOnlyError(StorageUnavailableError):
    """The file or its folder cannot be written."""

    default_advice = "Change its permissions, or open a copy in a folder you can write to."


class StorageForbiddenError(StorageUnavailableError):
    """The file or its folder may not be read."""

    default_safe = "The file was left exactly as it is."
    default_advice = (
        "Change the permissions of the file and its folder, or choose another file."
    )


class StorageDamagedError(StorageUnavailableError):
    """The file is not a database, or parts of it are destroyed."""

    default_safe = "The file was left exactly as it is."
    default_advice = (
        "Choose another file; or if it was your workspace, put its newest backup in its place"
        " by `sheaf restore latest --over-damaged --storage FILE`, or save what can be read"
        " of it by `sheaf salvage`."
    )


class StorageTooNewError(StorageUnavailableError):
    """A newer Sheaf wrote the file."""

    default_safe = "The file was left exactly as it is."
    default_advice = "Open it with the newer Sheaf."


class StorageMissingError(StorageUnavailableError):
    """No such file, folder or kind of storage."""

    default_advice = "Check the path, or choose another file."


class StorageLostError(StorageMissingError):
    """A file that is not there any more, while its backups are."""


class UnknownStorageKindError(StorageMissingError):
    """No kind of storage has that scheme."""


class StorageRejectedError(SheafError):
    """The request's side: the words of the request must change."""

    default_advice = "Change the request and try again."


class RecordNotFoundError(StorageRejectedError):
    """No record has that id."""

    default_advice = "Check the id; `sheaf list` shows those there are."


class InvalidQueryError(StorageRejectedError):
    """A filter, sort or limit that does not exist."""


class InvalidEditError(StorageRejectedError):
    """A value that a record cannot take."""


class VersionConflictError(StorageRejectedError):
    """The record was changed by someone else since it was read.

    `mine` is the record as the caller saw it (None where only its version was known),
    `theirs` as it is stored now.
    """

    default_safe = "Your change was not saved; theirs is kept."
    default_advice = "Look at both versions and choose."

    def __init__(self, what: str, *, mine: Record | None, theirs: Record) -> None:
        super().__init__(what)
        self.mine = mine
        self.theirs = theirs


class UndecidedError(StorageRejectedError):
    """Records were changed here and in a file, and nothing says which side wins.

    `conflicts` are the first of them.
    """

    default_safe = "Nothing was imported."
    default_advice = (
        "Choose whether yours or those of the file win, or keep both:"
        " `--on-conflict mine|theirs|both`."
    )

    def __init__(self, what: str, *, conflicts: Sequence[Conflict] = ()) -> None:
        super().__init__(what)
        self.conflicts = conflicts


class ExchangeError(SheafError):
    """A file that could not be read, recognised or written."""

    default_safe = "Nothing was imported."
    default_advice = "Check the file and try again."


class MalformedFileError(ExchangeError):
    """A file whose content cannot be used, and the place where it goes wrong.

    `line` and `column` count from 1, columns in characters; `pointer` is a JSON pointer.
    `is_cut_off` tells that what is there is in order, but ends too early; `text` is the
    record at fault, where one is; `offset` is where in the file, in bytes, nothing more can
    be read; `is_too_large` tells that nothing is wrong but the size of a value.
    """

    is_cut_off = False
    is_too_large = False
    text = ""
    offset: int | None = None
    default_advice = "Mend the file at that place, then import it again."

    def __init__(
        self,
        reason: str,
        *,
        path: str = "",
        line: int | None = None,
        column: int | None = None,
        pointer: str = "",
        safe: str = "",
        advice: str = "",
    ) -> None:
        self.reason = reason
        self.path = path
        self.line = line
        self.column = column
        self.pointer = pointer
        self._safe_given = safe
        self._advice_given = advice
        if not self.has_place:
            advice = advice or "Mend the file, then import it again."
        super().__init__(f"{self.place}{reason}", safe=safe, advice=advice)

    @property
    def has_place(self) -> bool:
        """Whether it says where in the file it goes wrong."""
        return self.line is not None or bool(self.pointer)

    @property
    def place(self) -> str:
        """Where it goes wrong, as the start of a sentence: `tasks.json, line 3, column 7: `."""
        parts = [self.path] if self.path else []
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        if self.pointer:
            parts.append(f"at {_shortened(self.pointer)}")
        return ", ".join(parts) + ": " if parts else ""

    def located(self, path: str, advice: str = "") -> MalformedFileError:
        """Return the same error, naming `path`, with its own advice or the one given."""
        error = type(self)(
            self.reason,
            path=path,
            line=self.line,
            column=self.column,
            pointer=self.pointer,
            safe=self._safe_given,
            advice=advice or self._advice_given,
        )
        error.is_cut_off, error.is_too_large = self.is_cut_off, self.is_too_large
        error.text, error.offset = self.text, self.offset
        return error


def _shortened(pointer: str) -> str:
    """Return the two ends of a pointer that is too long to be read in a sentence."""
    if len(pointer) <= 2 * SHOWN_POINTER_END:
        return pointer
    return f"{pointer[:SHOWN_POINTER_END]}…{pointer[-SHOWN_POINTER_END:]}"


class RefusedRecordsError(ExchangeError):
    """Some of the records of files cannot be used; `problems` are the first of them."""

    default_advice = (
        "Mend the file at those places, or import it with what cannot be used set aside."
    )

    def __init__(
        self, what: str, *, problems: Sequence[Problem] = (), headline: str = ""
    ) -> None:
        """`headline` is `what` without the first of the problems, for who lists them all."""
        super().__init__(what)
        self.problems = problems
        self.headline = headline or what


class UnrecognisedFileError(ExchangeError):
    """Readable, but in no format Sheaf knows."""

    default_advice = "`sheaf import --format NAME` names the format yourself."


class FailedFormatError(ExchangeError):
    """What reads a format raised something else than that a file cannot be used."""

    default_advice = (
        "Read the file in another format, by `sheaf import --format NAME`, or tell who made"
        " this one."
    )


class UnreadableFileError(ExchangeError):
    """The file cannot be opened: missing, a folder, or no permission."""


class VanishedFileError(UnreadableFileError):
    """The file was there when its folder was looked through, and is not there any more."""


class TakenBackError(ExchangeError):
    """A file that is followed grew, but its import was undone."""

    default_safe = "It is skipped, and stays away."
    default_advice = "Redo that import, or import the file by itself, and it is followed again."


class UnwritableFileError(ExchangeError):
    """The file to be written cannot be."""

    default_safe = "Nothing was changed, and no file was left half-written."
    default_advice = "Choose another folder or name."


class UnsupportedVersionError(ExchangeError):
    """A Sheaf dump of a version this program does not know."""

    default_advice = "Import it with the newer Sheaf."
