"""What a person began to change, so that nobody else's change of it is lost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Base:
    """A text as it was when a person began to write, and the version it is of.

    Later versions are followed as long as they have the same text. Once somebody else has
    changed it, the version stays, and storing what is written is found to be a conflict.
    """

    text: str
    version: int

    def follow(self, text: str, version: int) -> None:
        """Take a later version that has the same text."""
        if text == self.text:
            self.version = version
