"""Checking a file: its structure, and everything in it that is derived from something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from db.originals import is_kept
from db.ports import Finding
from db.records import Kind
from db.sqlite import audit, counts, curtain, index
from db.sqlite.connection import Pool, Session

EXAMPLES: Final = 20
DUMP_FORMATS: Final = ("sheaf", "sheaf-jsonl")


def check(session: Session, originals_folder: Path) -> list[Finding]:
    """Check what reading alone can check."""
    return [
        _integrity(session),
        _foreign_keys(session),
        _counts(session),
        _messages(session),
        *(_index(session, kind) for kind in Kind),
        *_originals(session, originals_folder),
    ]


def quick_check(session: Session) -> Finding:
    """Check the structure of the file, as far as a few seconds allow."""
    problems = [row[0] for row in session.execute("PRAGMA quick_check(20)")]
    return _finding(
        "integrity", "The database file is intact", problems if problems != ["ok"] else []
    )


def _integrity(session: Session) -> Finding:
    problems = [row[0] for row in session.execute("PRAGMA integrity_check(20)")]
    return _finding(
        "integrity", "The database file is intact", problems if problems != ["ok"] else []
    )


def _foreign_keys(session: Session) -> Finding:
    rows = session.rows("PRAGMA foreign_key_check")
    broken = [
        f"{table} row {rowid} points to a missing {parent}" for table, rowid, parent, _ in rows
    ]
    return _finding("references", "Every record points to records that exist", broken)


def _counts(session: Session) -> Finding:
    wrong = [f"batch {id_}" for id_ in counts.miscounted(session)]
    return _finding("counts", "The task counts of every batch are right", wrong)


def _messages(session: Session) -> Finding:
    wrong = [f"conversation {id_}" for _, id_ in counts.miscounted_conversations(session)]
    return _finding("messages", "The message counts of every conversation are right", wrong)


def _index(session: Session, kind: Kind) -> Finding:
    missing, extra = index.unmatched(session, kind)
    problems = [f"{missing:,} not in the index"] if missing else []
    problems += [f"{extra:,} too many in the index"] if extra else []
    title = f"The full-text index has every {kind.word}"
    return _finding(f"search-{kind.word}", title, problems, missing + extra)


def _originals(session: Session, folder: Path) -> Iterator[Finding]:
    """Yield whether all originals are kept, and which of those not kept no dump could bring.

    What came in a dump was stored after the dump itself, and is older than it.
    """
    kept = session.rows(
        "SELECT sha256, name, EXISTS (SELECT 1 FROM upload d WHERE d.format IN (?, ?)"
        " AND d.pk < u.pk AND d.created_at > u.created_at) FROM upload u WHERE sha256 <> ''"
        f" AND pk NOT IN ({curtain.HIDDEN_UPLOADS}) ORDER BY pk",
        DUMP_FORMATS,
    )
    missing = [(name, dumped) for sha256, name, dumped in kept if not is_kept(folder, sha256)]
    lost = [name for name, dumped in missing if not dumped]
    yield _finding("originals", "Every kept original is in its folder", lost)
    if left := [name for name, dumped in missing if dumped]:
        yield Finding(
            check="originals-of-dumps",
            title="Some originals were not inside the dump that was imported. To have them"
            " here, import those files again, or copy the folder of originals that is beside"
            " the file the dump was made of",
            ok=True,
            rows=len(left),
            examples=tuple(left[:EXAMPLES]),
        )


def _finding(name: str, title: str, problems: list[str], rows: int | None = None) -> Finding:
    return Finding(
        check=name,
        title=title,
        ok=not problems,
        rows=len(problems) if rows is None else rows,
        examples=tuple(problems[:EXAMPLES]),
    )


def fix(pool: Pool, findings: list[Finding]) -> None:
    """Make anew what is derived: the counts and the index."""
    wrong = {finding.check for finding in findings if not finding.ok}
    with pool.write() as session:
        if "counts" in wrong:
            counts.recount(session, "SELECT pk FROM batch")
        if "messages" in wrong:
            counts.recount_conversations(session)
        for kind in Kind:
            if f"search-{kind.word}" in wrong:
                audit.choose(session)
                index.rebuild(session, kind)
