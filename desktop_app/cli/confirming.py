"""Asking a person before something is done that a script has to say `--yes` to."""

from __future__ import annotations

import sys

from db.errors import StorageRejectedError
from desktop_app.cli.grammar import UsageError


def confirm(warning: str, number: int) -> None:
    """Have a person type a number, knowing what that does.

    Raises:
        UsageError: nobody is there who could be asked.
        StorageRejectedError: something else was typed.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            f"{warning} There is no one to ask.",
            advice="Add --yes to do it without being asked.",
        )
    sys.stderr.write(f"{warning}\nType {number} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != str(number):
        raise StorageRejectedError(
            "That is not the number.", advice="Start again and type it to go on."
        )
