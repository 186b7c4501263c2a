"""What a sub-command needs to work on a storage: the storage itself, and a way to stop."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from types import FrameType

from db.cancel import CancelToken
from db.errors import StorageMissingError
from db.ports import Storage
from db.storage import default_uri, is_missing, open_storage, to_uri
from desktop_app.cli.layout import one_line


class Missing(Enum):
    """What to do where there is no storage yet.

    Only what puts something in makes a file: a mistyped path is not an empty storage.
    """

    REFUSED = auto()
    MADE = auto()
    IMAGINED = auto()


def chosen_uri(options: Namespace) -> str:
    """Return the URI of the storage that the options, or the surroundings, name."""
    return to_uri(options.storage) if options.storage else default_uri()


@contextmanager
def opened(
    options: Namespace,
    *,
    missing: Missing = Missing.REFUSED,
    writes: bool = False,
    may_migrate: bool = True,
) -> Iterator[Storage]:
    """Open the storage that the options name, and close it in the end.

    Before a command that `writes`, what dead processes left half-done is finished or taken
    out; one that only reads does not see it anyway.

    Raises:
        StorageUnavailableError: it cannot be used, or is missing, and that is refused.
    """
    uri = chosen_uri(options)
    path = Path(uri.removeprefix("sqlite:").removeprefix("//"))
    if uri.startswith("sqlite:") and is_missing(path):
        if missing is Missing.REFUSED:
            raise StorageMissingError(
                f"There is no storage at {path}.",
                advice="Check the path; `sheaf import` makes a storage where there is none.",
            )
        if missing is Missing.IMAGINED:
            uri = "memory:"
    storage = open_storage(uri, may_migrate=may_migrate)
    try:
        for copy in storage.copies:
            tell(f"The tables of the storage were brought up to date; a copy is {copy}.")
        for operation in storage.recover() if writes else ():
            tell(f"Taken out or finished, as it was cut short: {operation.title}.")
        yield storage
    finally:
        storage.close()


def tell(text: str) -> None:
    """Say on standard error what nobody asked for."""
    sys.stderr.write(f"sheaf: {one_line(text)}\n")


@contextmanager
def cancelled_by_ctrl_c() -> Iterator[CancelToken]:
    """Lend a token that Ctrl+C cancels, so that the work rolls itself back."""
    token = CancelToken()

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        token.cancel()

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)
