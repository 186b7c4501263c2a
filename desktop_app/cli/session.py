"""What a sub-command needs to work on a storage: the storage itself, and a way to stop."""

from __future__ import annotations

import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from types import FrameType

from db.cancel import CancelToken
from db.errors import StorageMissingError
from db.ports import Storage
from db.storage import default_uri, open_storage, to_uri


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
def opened(options: Namespace, *, missing: Missing = Missing.REFUSED) -> Iterator[Storage]:
    """Open the storage that the options name, and close it in the end.

    Raises:
        StorageUnavailableError: it cannot be used, or is missing, and that is refused.
    """
    uri = chosen_uri(options)
    path = Path(uri.removeprefix("sqlite:").removeprefix("//"))
    if uri.startswith("sqlite:") and not path.exists():
        if missing is Missing.REFUSED:
            raise StorageMissingError(
                f"There is no storage at {path}.",
                advice="Check the path; `sheaf import` makes a storage where there is none.",
            )
        if missing is Missing.IMAGINED:
            uri = "memory:"
    storage = open_storage(uri)
    try:
        yield storage
    finally:
        storage.close()


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
