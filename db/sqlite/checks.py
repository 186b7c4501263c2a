"""Checking a file: its structure, what its records say together, and all that is derived."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import apsw
from msgspec import Struct

from db.cancel import CancelToken
from db.originals import altered, is_missing
from db.ports import Finding, Gravity, StepProgress, ignore_steps
from db.records import Kind, Place
from db.sqlite import counts, curtain, index
from db.sqlite.connection import Pool, Session
from db.sqlite.migrate import applied_migrations, migrate
from db.sqlite.tables import LAYOUTS, SORT_INDEXES
from db.times import now_us
from db.vocabulary import Status

EXAMPLES: Final = 20
SHOWN_PKS: Final = 1000
DUMP_FORMATS: Final = ("sheaf", "sheaf-jsonl")
MOST_LOG_BYTES: Final = 256 << 20
LEAST_ROOM_BYTES: Final = 200 << 20
_MB: Final = 1_000_000


class Faults(Struct, frozen=True):
    """What a check found: how many rows, examples in words, and the records to be shown."""

    rows: int = 0
    examples: Sequence[str] = ()
    kind: Kind | None = None
    pks: Sequence[int] = ()
    is_mendable: bool = True


class Check(Struct, frozen=True, kw_only=True):
    """One thing that is looked at: its titles if all is well and if not, and why it matters."""

    name: str
    good: str
    bad: str
    why: str
    look: Callable[[Session], Faults]
    gravity: Gravity = Gravity.DAMAGE
    is_mendable: bool = False

    def finding(self, session: Session) -> Finding:
        """Look, and say what was found; a file that cannot be read is found, not raised."""
        try:
            found = self.look(session)
        except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError) as error:
            _note_damage(session, str(error))
            unread = Faults(1, (f"this could not be read: {error}",), is_mendable=False)
            return self._told(unread, Gravity.DAMAGE)
        return self._told(found, self.gravity)

    def _told(self, found: Faults, gravity: Gravity) -> Finding:
        return Finding(
            check=self.name,
            title=self.bad if found.rows else self.good,
            ok=not found.rows,
            rows=found.rows,
            examples=tuple(found.examples[:EXAMPLES]),
            why=self.why,
            gravity=gravity,
            is_mendable=bool(found.rows) and self.is_mendable and found.is_mendable,
            kind=found.kind,
            pks=tuple(found.pks[:SHOWN_PKS]),
        )


def check(
    session: Session,
    originals_folder: Path,
    path: Path | None,
    token: CancelToken,
    on_progress: Callable[[StepProgress], None] = ignore_steps,
) -> list[Finding]:
    """Check what reading alone can check."""
    found = []
    steps = len(CHECKS) + 1
    for done, each in enumerate(CHECKS):
        on_progress(StepProgress(done, steps))
        found.append(each.finding(session))
    on_progress(StepProgress(len(CHECKS), steps))
    return [*found, *_originals(session, originals_folder, token), *surroundings(path)]


def cheap_checks(session: Session, path: Path | None) -> list[Finding]:
    """Check what takes some milliseconds, however large the file is."""
    return [*(each.finding(session) for each in _CHEAP), *surroundings(path)]


def quick_check(session: Session) -> Finding:
    """Check the structure of the file, as far as a few seconds allow."""
    return _integrity("quick_check").finding(session)


def _integrity(pragma: str) -> Check:
    def look(session: Session) -> Faults:
        # Of some files, only the second tells that pages in use are listed as free.
        for asked in (f"PRAGMA {pragma}({EXAMPLES})", "PRAGMA quick_check('sqlite_schema')"):
            problems = [row[0] for row in session.execute(asked)]
            if problems != ["ok"]:
                _note_damage(session, problems[0])
                return _texts(problems)
        return Faults()

    return Check(
        name="integrity",
        good="The database file is intact",
        bad="The database file is damaged",
        why="What is damaged cannot be read, and writing to the file may damage more of it."
        " Restore a backup, or salvage what can be read into a new file.",
        look=look,
    )


def _note_damage(session: Session, seen: str) -> None:
    session.note_damage(f"The database file is damaged: {seen}.")


def _texts(problems: Sequence[str]) -> Faults:
    return Faults(len(problems), problems)


def _records(session: Session, kind: Kind, select: str, params: Sequence[Any] = ()) -> Faults:
    """Return the records that a select of pk, id and title finds."""
    rows = session.rows(select, params)
    return Faults(
        len(rows),
        [f"{id_} {title}" for _, id_, title in rows[:EXAMPLES]],
        kind,
        [pk for pk, *_ in rows[:SHOWN_PKS]],
    )


def _foreign_keys(session: Session) -> Faults:
    return _texts(
        [
            f"{table} row {rowid} points to a missing {parent}"
            for table, rowid, parent, _ in session.rows("PRAGMA foreign_key_check")
        ]
    )


def _texts_missing(session: Session) -> Faults:
    missing = [
        f"{layout.kind.word} {id_} has no text"
        for layout in LAYOUTS.values()
        if layout.body_table != layout.table
        for (id_,) in session.execute(
            f"SELECT id FROM {layout.table} WHERE pk NOT IN (SELECT pk FROM"
            f" {layout.body_table}){curtain.hidden(session, layout.kind).sql('pk')}"
        )
    ]
    return _texts(missing)


def _counts(session: Session) -> Faults:
    return _texts([f"batch {id_}" for id_ in counts.miscounted(session)])


def _messages(session: Session) -> Faults:
    wrong = counts.miscounted_conversations(session)
    names = [f"conversation {id_}" for _, id_ in wrong]
    return Faults(len(wrong), names, Kind.CONVERSATION, [pk for pk, _ in wrong])


def _index(kind: Kind) -> Check:
    def look(session: Session) -> Faults:
        missing, extra = index.unmatched(session, kind)
        problems = [f"{missing:,} not in the index"] if missing else []
        problems += [f"{extra:,} too many in the index"] if extra else []
        untagged = index.untagged(session, kind)
        problems += [f"{untagged:,} not found by a tag"] if untagged else []
        return Faults(missing + extra + untagged, problems)

    return Check(
        name=f"search-{kind.word}",
        good=f"The full-text index has every {kind.word}",
        bad=f"The full-text index of {kind.plural} is not what is stored",
        why="A search would not find what is there, or find what is not.",
        look=look,
        is_mendable=True,
    )


TURN_INDEX: Final = "execution_turn"


def _doubled_turns(session: Session) -> Faults:
    # While that index is there, no two runs can be the same.
    if session.value("SELECT 1 FROM sqlite_schema WHERE name = ?", (TURN_INDEX,)):
        return Faults()
    return _records(session, Kind.EXECUTION, DOUBLED_TURNS)


DOUBLED_TURNS: Final = (
    "SELECT pk, id, title FROM (SELECT pk, id, title, row_number() OVER (PARTITION BY"
    " task_pk, turn, step, attempt ORDER BY pk) AS number FROM execution) WHERE number > 1"
)


def _missing_turns(session: Session) -> Faults:
    return _records(session, Kind.TASK, missing_turns(session))


def missing_turns(session: Session) -> str:
    """Return the select of the tasks between whose turns, or before them, one is missing."""
    behind = curtain.hidden(session, Kind.EXECUTION).sql("pk")
    return (
        "SELECT task.pk, task.id, task.title FROM (SELECT task_pk FROM execution"
        f" WHERE 1{behind} GROUP BY task_pk"
        " HAVING max(turn) - min(min(turn), 1) + 1 > count(DISTINCT turn))"
        " JOIN task ON task.pk = task_pk"
    )


def _unproven(session: Session) -> Faults:
    return _records(session, Kind.TASK, unproven(session))


def unproven(session: Session) -> str:
    """Return the select of the tasks that are done, have runs, and of these none succeeded."""
    behind = curtain.hidden(session, Kind.TASK).sql("task.pk")
    return (
        "SELECT task.pk, task.id, task.title FROM (SELECT task_pk FROM execution"
        f" GROUP BY task_pk HAVING sum(status = {Status.SUCCEEDED.value}) = 0)"
        f" JOIN task ON task.pk = task_pk WHERE task.status = {Status.SUCCEEDED.value}{behind}"
    )


def _leases(session: Session) -> Faults:
    return _records(session, Kind.EXECUTION, stale_leases(session), (now_us(),))


def stale_leases(session: Session) -> str:
    """Return the select of the running runs whose lease ended before a moment."""
    behind = curtain.hidden(session, Kind.EXECUTION).sql("pk")
    return (
        "SELECT pk, id, title FROM execution WHERE lease_until < ?"
        f" AND status = {Status.RUNNING.value}{behind}"
    )


def orphans(session: Session, kind: Kind) -> str:
    """Return the select of the records not in the trash that belong to one that is."""
    layout = LAYOUTS[kind]
    behind = curtain.hidden(session, kind).sql("c.pk")
    return " UNION ".join(
        f"SELECT c.pk, c.id, c.title FROM {LAYOUTS[layout.references[owner]].table} o"
        f" JOIN {layout.table} c ON c.{owner} = o.pk"
        f" WHERE o.place = {Place.TRASHED.value} AND c.trashed_at IS NULL{behind}"
        for owner in layout.owners
    )


def _orphans(kind: Kind) -> Check:
    layout = LAYOUTS[kind]
    owners = " or ".join(dict.fromkeys(layout.references[each].word for each in layout.owners))
    return Check(
        name=f"orphans-{kind.word}",
        good=f"No {kind.word} is left of what is in the trash",
        bad=f"There are {kind.plural} whose {owners} is in the trash",
        why="They are shown nowhere with what they belong to, and would be deleted with it.",
        look=lambda session: _records(session, kind, orphans(session, kind)),
        gravity=Gravity.WARNING,
        is_mendable=True,
    )


def _schema(session: Session) -> Faults:
    expected, present = expected_schema(session), _objects(session)
    # An import of many rows makes these at its end.
    later = SORT_INDEXES if session.value("SELECT 1 FROM curtain LIMIT 1") else {}
    missing = [name for name in expected if name not in present and name not in later]
    changed = [
        name
        for name, what in expected.items()
        if name in present and _compact(present[name]) != _compact(what)
    ]
    strange = [name for name in present if name not in expected]
    problems = [
        *(f"{expected[name][0]} {name} is missing" for name in missing),
        *(f"{expected[name][0]} {name} is not as Sheaf makes it" for name in changed),
        *(f"{present[name][0]} {name} is not Sheaf's" for name in strange),
    ]
    is_mendable = not changed and not strange
    is_mendable &= all(expected[name][0] == "index" for name in missing)
    return Faults(len(problems), problems, is_mendable=is_mendable)


def _compact(what: tuple[str, str]) -> tuple[str, str]:
    type_, sql = what
    return type_, "".join(sql.split())


def expected_schema(session: Session) -> dict[str, tuple[str, str]]:
    """Return type and SQL of what a file of this version has, by name."""
    return _schema_of(len(applied_migrations(session)))


@cache
def _schema_of(version: int) -> dict[str, tuple[str, str]]:
    pool = Pool(None)
    try:
        with pool.alone() as session:
            migrate(session, version)
            return _objects(session)
    finally:
        pool.close()


def _objects(session: Session) -> dict[str, tuple[str, str]]:
    rows = session.rows(
        "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite#_%' ESCAPE '#' AND name <> 'schema_version'"
    )
    return {name: (type_, sql) for name, type_, sql in rows}


def _library(_session: Session) -> Faults:
    """Say nothing: a storage is not opened by a SQLite that can lose rows."""
    return Faults()


_CHEAP: Final = (
    Check(
        name="schema",
        good="The tables are as Sheaf makes them",
        bad="The tables are not as Sheaf makes them",
        why="Another program changed them, or lost an index: lists get slow, and two records"
        " could take one place.",
        look=_schema,
        is_mendable=True,
    ),
    Check(
        name="leases",
        good="No run waits for a worker that is gone",
        bad="Runs wait for workers whose lease has ended",
        why="They count as running, and nobody is at work on them.",
        look=_leases,
        gravity=Gravity.WARNING,
        is_mendable=True,
    ),
    Check(
        name="library",
        good=f"SQLite {apsw.sqlite_lib_version()} has no known way to lose rows",
        bad="A newer SQLite is needed",
        why="Versions before 3.51.3 can lose what several programs write at once.",
        look=_library,
    ),
)
CHECKS: Final = (
    _integrity("integrity_check"),
    Check(
        name="references",
        good="Every record points to records that exist",
        bad="Records point to records that are missing",
        why="Such a record is in no list of what it belongs to, and a change of it is refused.",
        look=_foreign_keys,
        is_mendable=True,
    ),
    Check(
        name="texts",
        good="Every record has its text",
        bad="Records have lost their text",
        why="Their description is gone, and a new one could not be kept.",
        look=_texts_missing,
        is_mendable=True,
    ),
    Check(
        name="turns-doubled",
        good="No two runs of a task are the same turn",
        bad="Runs of one task are the same turn, step and attempt",
        why="Nobody can tell which of them counts.",
        look=_doubled_turns,
        is_mendable=True,
    ),
    *_CHEAP,
    Check(
        name="turns-missing",
        good="No turn of a task is missing",
        bad="Turns of tasks are missing",
        why="A run was lost, or never written down; the numbers say there was one.",
        look=_missing_turns,
        gravity=Gravity.WARNING,
        is_mendable=True,
    ),
    Check(
        name="unproven",
        good="Every task that is done and has runs has one that succeeded",
        bad="Tasks are done though no run of them succeeded",
        why="Nothing shows that the work was really done.",
        look=_unproven,
        gravity=Gravity.WARNING,
        is_mendable=True,
    ),
    *(_orphans(layout.kind) for layout in LAYOUTS.values() if layout.owners),
    Check(
        name="counts",
        good="The task counts of every batch are right",
        bad="Task counts of batches are wrong",
        why="Progress and state of a batch are shown by them.",
        look=_counts,
        is_mendable=True,
    ),
    Check(
        name="messages",
        good="The message counts of every conversation are right",
        bad="Message counts of conversations are wrong",
        why="Lists and filters of conversations go by them.",
        look=_messages,
        is_mendable=True,
    ),
    *(_index(kind) for kind in Kind),
)
"""What is checked, in the order in which it is mended."""


def surroundings(path: Path | None) -> Iterator[Finding]:
    """Yield how large the write-ahead log is, and how much room its disk has left."""
    if path is None:
        return
    log = path.with_name(f"{path.name}-wal")
    log_bytes = log.stat().st_size if log.exists() else 0
    yield _finding(
        "log",
        "The write-ahead log is small",
        "The write-ahead log is large",
        [f"{log.name} has {log_bytes // _MB:,} MB"] if log_bytes > MOST_LOG_BYTES else [],
        "Some program reads the file without an end, so that what is written cannot be"
        " folded into it. Close other programs that have it open.",
        Gravity.WARNING,
    )
    free, size = shutil.disk_usage(path.parent).free, path.stat().st_size
    short = []
    if free < LEAST_ROOM_BYTES:
        short.append(f"{free // _MB:,} MB are left")
    elif free < size:
        short.append(f"{free // _MB:,} MB are left, too few for a copy of the file")
    yield _finding(
        "room",
        "The disk has room",
        "The disk is nearly full",
        short,
        "An import, a backup or new tables may not fit; nothing is lost then, but nothing can"
        " be added.",
        Gravity.WARNING,
    )


def _originals(session: Session, folder: Path, token: CancelToken) -> Iterator[Finding]:
    """Yield whether all originals are kept as they were, and which no dump could bring.

    What came in a dump was stored after the dump itself, and is older than it.
    """
    kept = session.rows(
        "SELECT sha256, name, EXISTS (SELECT 1 FROM upload d WHERE d.format IN (?, ?)"
        " AND d.pk < u.pk AND d.created_at > u.created_at) FROM upload u WHERE sha256 <> ''"
        f" AND pk NOT IN ({curtain.HIDDEN_UPLOADS}) ORDER BY pk",
        DUMP_FORMATS,
    )
    missing = [
        (sha256, name, dumped) for sha256, name, dumped in kept if is_missing(folder, sha256)
    ]
    yield _finding(
        "originals",
        "Every kept original is in its folder",
        "Kept originals are missing from their folder",
        [name for _, name, dumped in missing if not dumped],
        "The records made from them are here; the files as they were given are not. Put them"
        " back from a backup of that folder.",
    )
    if left := [name for _, name, dumped in missing if dumped]:
        yield Finding(
            check="originals-of-dumps",
            title="Some originals were not inside the dump that was imported. To have them"
            " here, import those files again, or copy the folder of originals that is beside"
            " the file the dump was made of",
            ok=True,
            rows=len(left),
            examples=tuple(left[:EXAMPLES]),
            gravity=Gravity.NOTE,
        )
    gone = {sha256 for sha256, _, _ in missing}
    names = {sha256: name for sha256, name, _ in kept if sha256 not in gone}
    yield _finding(
        "originals-altered",
        "Every kept original is as it was given",
        "Kept originals were altered",
        [names[sha256] for sha256 in altered(folder, names, token)],
        "They are not the files any more that records were made from. Put them back from a"
        " backup of that folder.",
    )


def _finding(
    name: str, good: str, bad: str, problems: Sequence[str], why: str,
    gravity: Gravity = Gravity.DAMAGE,
) -> Finding:  # fmt: skip
    return Finding(
        check=name,
        title=bad if problems else good,
        ok=not problems,
        rows=len(problems),
        examples=tuple(problems[:EXAMPLES]),
        why=why,
        gravity=gravity,
    )
