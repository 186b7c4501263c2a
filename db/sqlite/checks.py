"""Checking a file: its structure, and everything in it that is derived from something else."""

from __future__ import annotations

from pathlib import Path

from db.originals import file_of
from db.ports import Finding
from db.records import Kind
from db.sqlite import audit, counts, curtain, index
from db.sqlite.connection import Pool, Session


def check(session: Session, originals_folder: Path) -> list[Finding]:
    """Check what reading alone can check."""
    return [
        _integrity(session),
        _foreign_keys(session),
        _counts(session),
        _messages(session),
        *(_index(session, kind) for kind in Kind),
        _originals(session, originals_folder),
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


def _originals(session: Session, folder: Path) -> Finding:
    kept = session.rows(
        "SELECT sha256, name FROM upload WHERE sha256 <> ''"
        f" AND pk NOT IN ({curtain.HIDDEN_UPLOADS}) ORDER BY pk"
    )
    missing = [name for sha256, name in kept if not file_of(folder, sha256).is_file()]
    return _finding("originals", "Every kept original is in its folder", missing)


def _finding(name: str, title: str, problems: list[str], rows: int | None = None) -> Finding:
    return Finding(
        check=name,
        title=title,
        ok=not problems,
        rows=len(problems) if rows is None else rows,
        examples=tuple(problems[:20]),
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
