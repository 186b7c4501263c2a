"""The one vocabulary for states and priorities, and how other tools' words fold into it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """How a task stands. The numbers are stored and are the order a sort by status shows."""

    RUNNING = 0
    QUEUED = 1
    REVIEW = 2
    BLOCKED = 3
    FAILED = 4
    SUCCEEDED = 5
    CANCELED = 6

    @property
    def word(self) -> str:
        """The lower-case name, as commands and files write it."""
        return self.name.lower()


class Priority(IntEnum):
    """How urgent a task is, 0 first. The numbers are stored."""

    HIGHEST = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3
    LOWEST = 4

    @property
    def word(self) -> str:
        """The lower-case name, as commands and files write it."""
        return self.name.lower()


class LinkKind(IntEnum):
    """What one task is to another. The numbers are stored."""

    BLOCKS = 0
    RELATES = 1
    DUPLICATES = 2
    DISCOVERED_FROM = 3
    SUPERSEDES = 4
    REPLIES_TO = 5
    TRACKS = 6

    @property
    def word(self) -> str:
        """The lower-case name with spaces, as the window shows it."""
        return self.name.lower().replace("_", " ")


UNFINISHED: Final = frozenset({Status.RUNNING, Status.QUEUED, Status.REVIEW, Status.BLOCKED})
FINISHED: Final = frozenset(Status) - UNFINISHED

_STATUS_WORDS: Final = {
    Status.QUEUED: (
        "queued pending todo open ready notstarted new backlog draft waiting recurring planned"
    ),
    Status.RUNNING: (
        "running inprogress wip doing implementing started active claimed hooked pinned picked"
        " validating finalizing"
    ),
    Status.REVIEW: "review inreview reviewing pendingreview needsreview needschanges",
    Status.BLOCKED: "blocked deferred onhold paused",
    Status.FAILED: "failed failure error failing expired timeout timedout quarantined",
    Status.SUCCEEDED: (
        "succeeded success done completed complete closed passing passed finished resolved ok"
    ),
    Status.CANCELED: (
        "canceled cancelled deleted tombstone wontdo wontfix abandoned cancelling skipped"
    ),
}
_STATUS_OF: Final = {
    word: status for status, words in _STATUS_WORDS.items() for word in words.split()
}
_PRIORITY_OF: Final = {
    **dict.fromkeys("highest critical urgent p0 blocker".split(), Priority.HIGHEST),
    **dict.fromkeys("high h p1 major important".split(), Priority.HIGH),
    **dict.fromkeys("medium m p2 normal moderate".split(), Priority.MEDIUM),
    **dict.fromkeys("low l p3 minor".split(), Priority.LOW),
    **dict.fromkeys("lowest p4 trivial nicetohave".split(), Priority.LOWEST),
}
_SEPARATORS: Final = str.maketrans("", "", " -_'’.")


def fold_status(word: str) -> Status | None:
    """Return the state that another tool's word means, or None if it is unknown."""
    return _STATUS_OF.get(word.strip().lower().translate(_SEPARATORS))


def fold_priority(word: str) -> Priority | None:
    """Return the priority that a word means, or None. Numbers need their format's rule."""
    return _PRIORITY_OF.get(word.strip().lower().translate(_SEPARATORS))
