"""What an import does to a record that is here already, where both sides may have changed.

Three states are compared: what the last import brought, what a person made of it here, and
what the file holds now. A field that only one side changed is no conflict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from msgspec import Struct

from db.incoming import Conflicts
from db.records import Kind
from db.sqlite import audit
from db.sqlite.connection import Session

_TIME: Final = "updated_at"
_UNSEEN: Final = frozenset({_TIME, "raw", "status_word"})


class Verdict(Enum):
    """What becomes of a record that a file holds in another state."""

    TAKEN = auto()
    """The fields that the file changed are taken over."""

    OLDER = auto()
    """The file holds an older state: the record stays."""

    KEPT = auto()
    """The fields that a person changed stay, the others are taken over."""

    BOTH = auto()
    """The record stays, and that of the file becomes another."""

    UNDECIDED = auto()
    """Somebody has to choose."""


WINNERS: Final = {
    Verdict.TAKEN: Conflicts.THEIRS,
    Verdict.KEPT: Conflicts.MINE,
    Verdict.BOTH: Conflicts.BOTH,
}


class Meeting(Struct, frozen=True):
    """A record as it is here and in a file: the fields to take over, and what was decided.

    `overwritten` are fields that a person changed and that are taken over all the same.
    """

    verdict: Verdict
    fields: tuple[str, ...]
    overwritten: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()

    @property
    def is_unseen(self) -> bool:
        """Whether nothing that people see of the record changes, as theirs was kept."""
        return self.verdict is Verdict.KEPT and set(self.fields) <= _UNSEEN

    @property
    def is_nothing(self) -> bool:
        """Whether the record is in the file what it is here, but for its time."""
        return (
            not self.disputed and set(self.fields) <= {_TIME} and self.verdict is Verdict.TAKEN
        )


def meet(
    session: Session,
    policy: Conflicts,
    kind: Kind,
    pk: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    theirs_at: int | None,
) -> Meeting:
    """Decide about a record that is `before` here and `after` in a file.

    `theirs_at` is when the file says that it was changed, in microseconds, or None.
    """
    bases = audit.bases_by_hand(session, kind, pk)
    mine_at = before[_TIME]
    if policy is Conflicts.PAST:
        differing = [name for name in after if after[name] != before[name] and name != _TIME]
        return Meeting(Verdict.TAKEN, tuple(differing))
    if theirs_at is not None and theirs_at < bases.get(_TIME, mine_at):
        if all(after[name] == bases.get(name, before[name]) for name in after if name != _TIME):
            return Meeting(Verdict.TAKEN, ())
        return Meeting(Verdict.OLDER, ())
    is_later = theirs_at is None or theirs_at >= mine_at
    changed = [
        name for name in after if after[name] != before[name] and (name != _TIME or is_later)
    ]
    by_hand = [name for name in changed if name in bases and name != _TIME]
    disputed = tuple(name for name in by_hand if after[name] != bases[name])
    mine = tuple(name for name in changed if name not in by_hand)
    theirs = tuple(name for name in changed if name in disputed or name not in by_hand)
    if not disputed:
        return Meeting(Verdict.TAKEN if mine or is_later else Verdict.OLDER, mine)
    verdict = _verdict(policy, theirs_at, mine_at)
    if verdict is Verdict.TAKEN:
        return Meeting(verdict, theirs, overwritten=disputed, disputed=disputed)
    return Meeting(verdict, mine if verdict is Verdict.KEPT else (), disputed=disputed)


def _verdict(policy: Conflicts, theirs_at: int | None, mine_at: int) -> Verdict:
    if policy is Conflicts.NEWER and theirs_at is not None and theirs_at != mine_at:
        return Verdict.TAKEN if theirs_at > mine_at else Verdict.KEPT
    return _FIXED[policy]


_FIXED: Final = {
    Conflicts.NEWER: Verdict.UNDECIDED,
    Conflicts.MINE: Verdict.KEPT,
    Conflicts.THEIRS: Verdict.TAKEN,
    Conflicts.BOTH: Verdict.BOTH,
    Conflicts.STOP: Verdict.UNDECIDED,
}


def second_name(name: str, raw: str | None) -> str:
    """Return the name of a record that is kept beside the one of its own name."""
    return f"{name}~{hashlib.sha256((raw or '').encode('utf-8', 'replace')).hexdigest()[:8]}"
