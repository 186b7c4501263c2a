"""The one vocabulary for what records can be, and how other tools' words fold into it."""

from __future__ import annotations

from enum import IntEnum, IntFlag
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


class Severity(IntEnum):
    """How bad a bug is, worst first. The numbers are stored."""

    CRITICAL = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3

    @property
    def word(self) -> str:
        """The lower-case name, as commands and files write it."""
        return self.name.lower()


class Role(IntEnum):
    """Who speaks in a message. The numbers are stored."""

    USER = 0
    ASSISTANT = 1
    SYSTEM = 2
    TOOL = 3

    @property
    def word(self) -> str:
        """The lower-case name, as commands and files write it."""
        return self.name.lower()


class Part(IntFlag):
    """The types of block a message can hold, as bits. The numbers are stored."""

    TEXT = 1
    THINKING = 2
    TOOL_CALL = 4
    TOOL_RESULT = 8
    IMAGE = 16


class Review(IntEnum):
    """What a person decided about a learning. The numbers are stored."""

    PENDING = 0
    APPROVED = 1
    REJECTED = 2
    SUPERSEDED = 3

    @property
    def word(self) -> str:
        """The lower-case name, as commands and files write it."""
        return self.name.lower()


UNFINISHED: Final = frozenset({Status.RUNNING, Status.QUEUED, Status.REVIEW, Status.BLOCKED})
FINISHED: Final = frozenset(Status) - UNFINISHED

_STATUS_WORDS: Final = {
    Status.QUEUED: (
        "queued pending todo open ready notstarted new backlog draft waiting recurring planned"
        " triaged"
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
_SEVERITY_OF: Final = {
    **dict.fromkeys("critical blocker s1 sev1 p0 highest".split(), Severity.CRITICAL),
    **dict.fromkeys("high major s2 sev2 p1".split(), Severity.HIGH),
    **dict.fromkeys("medium moderate normal s3 sev3 p2".split(), Severity.MEDIUM),
    **dict.fromkeys("low minor trivial lowest s4 sev4 p3 p4".split(), Severity.LOW),
}
_ROLE_OF: Final = {
    **dict.fromkeys("user human".split(), Role.USER),
    **dict.fromkeys("assistant ai model agent gemini".split(), Role.ASSISTANT),
    **dict.fromkeys("system developer".split(), Role.SYSTEM),
    **dict.fromkeys("tool function".split(), Role.TOOL),
}
_SEPARATORS: Final = str.maketrans("", "", " -_'’.")


def fold_status(word: str) -> Status | None:
    """Return the state that another tool's word means, or None if it is unknown."""
    return _STATUS_OF.get(word.strip().lower().translate(_SEPARATORS))


def fold_priority(word: str) -> Priority | None:
    """Return the priority that a word means, or None. Numbers need their format's rule."""
    return _PRIORITY_OF.get(word.strip().lower().translate(_SEPARATORS))


def fold_severity(word: str) -> Severity | None:
    """Return the severity that a word means, or None if it is unknown."""
    return _SEVERITY_OF.get(word.strip().lower().translate(_SEPARATORS))


def fold_role(word: str) -> Role | None:
    """Return who speaks by another tool's word, or None if it is unknown."""
    return _ROLE_OF.get(word.strip().lower().translate(_SEPARATORS))
