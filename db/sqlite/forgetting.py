"""Finding all that a file holds of what is to be forgotten, and taking it out.

The records that go are in the temporary table `going`, by kind and pk.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from db.errors import StorageRejectedError
from db.jobs import JobState, OwnKind
from db.processes import is_alive
from db.records import Kind
from db.sqlite import audit, changes, curtain, lists
from db.sqlite.connection import Session
from db.sqlite.restoring import refuse_imports
from db.sqlite.tables import LAYOUTS, Layout
from db.sqlite.tracing import holds, prepare, text_columns
from db.traces import Erased, Found, Named, Needles, OriginalTrace, Wanted

MOST_EXAMPLES: Final = 5
MOST_EXCERPTS: Final = 6
EXCERPT_SIGNS: Final = 60
LEAST_EXCERPT: Final = 16
_TITLE_SIGNS: Final = 120
_GOING: Final = "SELECT pk FROM temp.going WHERE kind = {}"
_EXAMPLES: Final = ("examples", "overwritten_examples", "conflicts", "problems")
"""What of the report of an import names records."""
_NAMELESS: Final = "upper(substr(verb, 1, 1)) || substr(verb, 2) || ' (name forgotten)'"
_SIDES: Final = (
    ("tombstone", "deleted records"),
    ("saved_view", "saved views"),
    ("set_aside", "parts of files set aside"),
)
"""Tables beside the records of which a row goes as a whole."""


def find(session: Session, wanted: Wanted, hits: Collection[str]) -> Found:
    """Return what there is of something; `hits` are hashes of originals that hold it."""
    needles = needles_of(session, wanted)
    prepare(session, needles)
    chosen = _choose(session, wanted)
    records = {
        Kind(kind): number
        for kind, number in session.rows(
            "SELECT kind, count(*) FROM temp.going GROUP BY kind ORDER BY kind"
        )
    }
    return Found(
        records=records,
        chosen=chosen,
        ids=tuple(_ids(session)),
        examples=tuple(_examples(session, chosen)),
        others=dict(_others(session, wanted)),
        originals=tuple(_originals(session, wanted, hits)),
        excerpts=tuple(_excerpts(session)) if wanted.roots else (),
    )


def needles_of(session: Session, wanted: Wanted) -> Needles:
    """Return the texts to look for: the one given, or the ids of the records that are meant."""
    if wanted.text:
        return Needles([wanted.text])
    ids = (
        session.value(f"SELECT id FROM {LAYOUTS[kind].table} WHERE pk = ?", (pk,))
        for kind, pk in wanted.roots
    )
    return Needles(filter(None, ids))


# Finding


def _choose(session: Session, wanted: Wanted) -> dict[Kind, int]:
    """Put all that goes into `temp.going`; return how many of each kind were meant."""
    session.execute(
        "CREATE TEMP TABLE IF NOT EXISTS going (kind INTEGER, pk INTEGER,"
        " PRIMARY KEY (kind, pk)) WITHOUT ROWID"
    )
    session.execute("DELETE FROM temp.going")
    meant: dict[Kind, int] = {}
    for kind in Kind:
        pks = _meant(session, kind, wanted)
        if not pks:
            continue
        meant[kind] = len(pks)
        for each, found in changes.with_contents(session, kind, pks).items():
            session.execute(
                "INSERT OR IGNORE INTO temp.going SELECT ?, value FROM json_each(?)",
                (each.value, json.dumps(found)),
            )
    return meant


def _meant(session: Session, kind: Kind, wanted: Wanted) -> list[int]:
    layout = LAYOUTS[kind]
    if not wanted.text:
        pks = [pk for each, pk in wanted.roots if each is kind]
        found = session.rows(
            f"SELECT pk FROM {layout.table} WHERE pk IN (SELECT value FROM json_each(?))",
            (json.dumps(pks),),
        )
        return [pk for (pk,) in found]
    selects = [f"SELECT pk FROM {table} WHERE {holds(*text_columns(session, table))}"
               for table in dict.fromkeys((layout.table, layout.body_table))]  # fmt: skip
    selects += [
        f"SELECT {tags.owner} FROM {tags.table} JOIN tag ON tag.pk = {tags.value}"
        f" WHERE {holds('name')}"
        for tags in layout.lists.values()
        if tags.target is None
    ]
    behind = curtain.hidden(session, kind).sql("pk")
    found = session.rows(
        f"SELECT pk FROM {layout.table} WHERE pk IN ({' UNION '.join(selects)}){behind}"
    )
    return [pk for (pk,) in found]


def _ids(session: Session) -> Iterable[str]:
    for layout in LAYOUTS.values():
        for (id_,) in session.execute(
            f"SELECT id FROM {layout.table} WHERE pk IN ({_GOING.format(layout.kind.value)})"
        ):
            yield id_


def _examples(session: Session, kinds: Iterable[Kind]) -> Iterable[Named]:
    for kind in kinds:
        for (title,) in session.rows(
            f"SELECT substr(title, 1, {_TITLE_SIGNS}) FROM {LAYOUTS[kind].table}"
            f" WHERE pk IN ({_GOING.format(kind.value)}) LIMIT {MOST_EXAMPLES}"
        ):
            yield Named(kind, title)


def _others(session: Session, wanted: Wanted) -> Iterable[tuple[str, int]]:
    """Count what else there is, by what it is called."""
    of_going = session.value(
        "SELECT count(*) FROM audit_entry JOIN temp.going g"
        " ON g.kind = audit_entry.kind AND g.pk = record_pk"
    )
    of_staying = _entries_of_staying(session, wanted)
    counted = [
        ("history entries", of_going + _left_entries(session, wanted) - of_staying),
        ("history entries of records that stay", of_staying),
    ]
    for table, called in _SIDES:
        if table == "tombstone" and not wanted.text:
            continue
        where = holds(*text_columns(session, table))
        counted.append((called, session.value(f"SELECT count(*) FROM {table} WHERE {where}")))
    counted.append(("settings", len(_pruned_settings(session))))
    counted.append(("jobs", session.value(f"SELECT count(*) FROM job WHERE {_job_where()}")))
    where = holds("title", "report", "owner")
    counted.append(
        ("operations", session.value(f"SELECT count(*) FROM operation WHERE {where}"))
    )
    return [(called, number) for called, number in counted if number]


def _left_entries(session: Session, wanted: Wanted) -> int:
    """Count entries of the history that are of no record that goes, as theirs is gone."""
    if not wanted.text:
        return 0
    return int(
        session.value(
            f"SELECT count(*) FROM audit_entry WHERE {holds('before', 'after')} AND NOT EXISTS"
            " (SELECT 1 FROM temp.going g WHERE g.kind = audit_entry.kind AND g.pk = record_pk)"
        )
    )


def _entries_of_staying(session: Session, wanted: Wanted) -> int:
    """Count entries of the history that hold it while their record, as it is now, does not."""
    if not wanted.text:
        return 0
    return sum(
        session.value(
            f"SELECT count(*) FROM audit_entry WHERE {_of_records(layout)}"
            f" AND {holds('before', 'after')}"
            f" AND record_pk NOT IN ({_GOING.format(layout.kind.value)})"
        )
        for layout in LAYOUTS.values()
    )


def _of_records(layout: Layout) -> str:
    """Return what selects the entries of records of a kind that are there."""
    return f"kind = {layout.kind.value} AND record_pk IN (SELECT pk FROM {layout.table})"


def _job_where() -> str:
    columns = ("id", "kind", "title", "payload", "worker", "unit", "result", "error")
    running = f"state = {JobState.RUNNING.value} AND kind = '{OwnKind.FORGET.value}'"
    return (
        f"NOT ({running}) AND ({holds(*columns)}"
        f" OR pk IN (SELECT job_pk FROM job_line WHERE {holds('text')}))"
    )


def _originals(
    session: Session, wanted: Wanted, hits: Collection[str]
) -> Iterable[OriginalTrace]:
    """Yield the originals that hold it, or that records which go came from."""
    going = " UNION ".join(
        f"SELECT upload_pk FROM {layout.body_table}"
        f" WHERE pk IN ({_GOING.format(layout.kind.value)})"
        for layout in LAYOUTS.values()
    )
    named = f" OR {holds('path', 'name', 'origin')}" if wanted.text else ""
    from_going = f" OR pk IN ({going})" if wanted.roots else ""
    found = session.rows(
        "SELECT sha256, min(name), max(size), json_group_array(pk) FROM upload"
        f" WHERE pk NOT IN ({curtain.HIDDEN_UPLOADS}) AND (sha256 IN"
        f" (SELECT value FROM json_each(?)){named}{from_going}) GROUP BY sha256",
        (json.dumps([*hits]),),
    )
    for sha256, name, size, pks in found:
        yield OriginalTrace(sha256, name, size, _staying(session, pks))
    known = {sha256 for sha256, *_ in found}
    yield from (OriginalTrace(sha256, "", 0, 0) for sha256 in hits if sha256 not in known)


def _staying(session: Session, upload_pks: str) -> int:
    """Return how many records that came from some originals do not go."""
    return sum(
        session.value(
            f"SELECT count(*) FROM {layout.body_table} WHERE upload_pk IN"
            " (SELECT value FROM json_each(?))"
            f" AND pk NOT IN ({_GOING.format(layout.kind.value)})",
            (upload_pks,),
        )
        for layout in LAYOUTS.values()
    )


def _excerpts(session: Session) -> Sequence[str]:
    """Return beginnings of the longest texts that go, to look for afterwards."""
    found: dict[str, int] = {}
    for layout in LAYOUTS.values():
        own = (name for name in layout.image_columns if name in _EXCERPTED)
        for column in own:
            rows = session.rows(
                f"SELECT substr({column}, 1, {EXCERPT_SIGNS}), length({column}) FROM"
                f" {layout.join} WHERE pk IN ({_GOING.format(layout.kind.value)})"
                f" AND length({column}) >= {LEAST_EXCERPT} ORDER BY 2 DESC"
                f" LIMIT {MOST_EXCERPTS}"
            )
            for text, length in rows:
                if len(text.strip()) >= LEAST_EXCERPT:
                    found[text.strip()] = max(length, found.get(text.strip(), 0))
    return sorted(found, key=lambda text: -found[text])[:MOST_EXCERPTS]


_EXCERPTED: Final = frozenset({"title", "description", "raw"})


# Taking out


def erase(
    session: Session,
    wanted: Wanted,
    expected: int,
    originals: Collection[str],
) -> Erased:
    """Take out what there is: one operation, which holds none of it and cannot be undone.

    `originals` are the hashes of those that go.

    Raises:
        StorageRejectedError: there are not as many records as expected, or an import or other
            work with it is under way.
    """
    prepare(session, needles_of(session, wanted))
    _refuse_busy(session)
    found = find(session, wanted, originals)
    if found.number != expected:
        raise StorageRejectedError(
            f"There are {found.number:,} records now, not {expected:,} as were shown.",
            advice="Look again at what would go.",
        )
    _forget_reports(session)
    chosen = {
        kind: [pk for (pk,) in session.rows(_GOING.format(kind.value))]
        for kind in found.records
    }
    title = f"Forget {found.number:,} record{'' if found.number == 1 else 's'}"
    outcome = changes.purge_chosen(session, chosen, title, "forgotten")
    assert outcome.operation is not None
    if wanted.text:
        _blank_history(session)
        session.execute(f"DELETE FROM tombstone WHERE {holds('record_id', 'reason')}")
    session.execute(
        f"UPDATE operation SET report = NULL WHERE {holds('report')}",
    )
    session.execute(
        f"UPDATE operation SET title = {_NAMELESS}, owner = NULL"
        f" WHERE {holds('title', 'owner')}"
    )
    for table in ("saved_view", "set_aside"):
        where = holds(*text_columns(session, table))
        session.execute(f"DELETE FROM {table} WHERE {where}")
    for key, value in _pruned_settings(session):
        if value is None:
            session.execute("DELETE FROM setting WHERE key = ?", (key,))
        else:
            session.execute("UPDATE setting SET value = ? WHERE key = ?", (value, key))
    session.execute(f"DELETE FROM job WHERE {_job_where()}")
    session.execute(
        "DELETE FROM upload WHERE sha256 <> '' AND sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps([*originals]),),
    )
    if wanted.text:
        session.execute(f"DELETE FROM upload WHERE {holds('path', 'name', 'origin')}")
    lists.forget_unused_tags(session)
    return Erased(operation_pk=outcome.operation.pk, found=found)


def _refuse_busy(session: Session) -> None:
    refuse_imports(session)
    running = session.rows(
        f"SELECT title, worker FROM job WHERE state = {JobState.RUNNING.value}"
        f" AND kind LIKE '{OwnKind.FORGET.value.partition('.')[0]}.%'"
        f" AND kind <> '{OwnKind.FORGET.value}' AND {holds('title', 'payload')}"
    )
    if any(is_alive(worker or "") for _title, worker in running):
        raise StorageRejectedError(
            "Work is under way that names it.", advice="Wait for its end, then try again."
        )


def _forget_reports(session: Session) -> None:
    """Take the names of records out of the reports of what brought or changed those going."""
    paths = ", ".join(f"'$.{name}'" for name in _EXAMPLES)
    session.execute(
        f"UPDATE operation SET report = json_remove(report, {paths}) WHERE json_valid(report)"
        " AND pk IN (SELECT operation_pk FROM audit_entry e JOIN temp.going g"
        " ON g.kind = e.kind AND g.pk = e.record_pk)"
    )


def _blank_history(session: Session) -> None:
    """Keep of entries that hold it the id of their record, or nothing if it is that."""
    where = holds("before", "after")
    for layout in LAYOUTS.values():
        _delete_entries(session, f"{_of_records(layout)} AND {where}")
    session.execute(
        f"UPDATE audit_entry SET action = {audit.PURGED}, before = NULL,"
        f" after = json_object('id', coalesce(after ->> '$.id', before ->> '$.id', ''))"
        f" WHERE {where}"
    )
    session.execute(f"DELETE FROM audit_entry WHERE {where}")
    audit.close_empty_operations(session)


def _delete_entries(session: Session, where: str) -> None:
    """Delete entries of records that stay: none of them may say that its record is gone."""
    rows = session.rows(f"DELETE FROM audit_entry WHERE {where} RETURNING operation_pk")
    session.execute(
        "UPDATE operation SET undoable = 0 WHERE pk IN (SELECT value FROM json_each(?))"
        " AND NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.operation_pk = operation.pk)",
        (json.dumps([pk for (pk,) in rows]),),
    )


def _pruned_settings(session: Session) -> list[tuple[str, str | None]]:
    """Return the settings that hold it without what does: a value as JSON, None for nothing."""
    found = session.rows(f"SELECT key, value FROM setting WHERE {holds('key', 'value')}")
    pruned: list[tuple[str, str | None]] = []
    for key, text in found:
        holds_key = session.value(f"SELECT {holds('?')}", (key,))
        left = None if holds_key else _pruned(session, json.loads(text))
        pruned.append((key, left))
    return pruned


def _pruned(session: Session, value: Any) -> str | None:
    """Return a value without the members or elements that hold it, as JSON."""

    def is_free(part: object) -> bool:
        text = json.dumps(part, ensure_ascii=False)
        return not session.value(f"SELECT {holds('?')}", (text,))

    if isinstance(value, list):
        return json.dumps([each for each in value if is_free(each)])
    if isinstance(value, dict):
        return json.dumps({key: each for key, each in value.items() if is_free({key: each})})
    return None


def keep_note(session: Session, operation_pk: int, note: str) -> None:
    """Keep what is to be known of it later, as JSON, with the operation that did it."""
    session.execute("UPDATE operation SET report = ? WHERE pk = ?", (note, operation_pk))
