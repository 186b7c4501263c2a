"""The files that records came from, and which of them a file is a newer state of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from db.incoming import Sampled
from db.records import Kind, OperationState, UploadRecord
from db.sqlite import audit, curtain
from db.sqlite.connection import Session

SAME_SOURCE_SHARE: Final = 0.5
"""A file is a newer state of what shares more than this with what is sampled of it,"""
OTHER_TITLES_SHARE: Final = 0.1
"""and holds no more than this under other titles, for no known reason."""
_SAMPLED: Final = (
    " FROM json_each(?1) j JOIN task ON external_id = j.value ->> 0 AND origin IS NOT NULL"
    " WHERE source = ?2 AND NOT EXISTS (SELECT 1 FROM curtain c WHERE c.kind = 2"
    " AND task.pk BETWEEN c.first_pk AND c.last_pk AND c.operation_pk IS NOT ?3)"
)
_SAME_TITLE: Final = f"""
coalesce(title = j.value ->> 1, 1) OR EXISTS (
  SELECT 1 FROM audit_entry e JOIN operation o ON o.pk = e.operation_pk
  WHERE e.kind = {Kind.TASK.value} AND e.record_pk = task.pk AND e.action = {audit.UPDATED}
  AND e.before ->> '$.title' = j.value ->> 1
  AND {audit.BY_HAND} AND o.state = {OperationState.DONE.value}
)
"""
"""Whether a task has the sampled title, or had it until a person gave it another here."""
_UPLOAD: Final = (
    "pk", "id", "sha256", "name", "path", "format", "origin", "size", "created_at",
)  # fmt: skip
_TAKEN_BACK: Final = (
    f"SELECT max(o.undone_at) FILTER (WHERE o.state = {OperationState.UNDONE.value}) >"
    f" coalesce(max(o.finished_at) FILTER (WHERE o.state = {OperationState.DONE.value}), 0)"
    " FROM upload u JOIN operation o ON o.verb = 'import' AND o.started_at = u.created_at"
    " WHERE u.path = ?1 OR (u.path >= ?1 || '/' AND u.path < ?1 || '0')"
)
_TAKEN_AWAY: Final = (
    "SELECT 1 FROM operation WHERE (verb = 'purge' AND finished_at >= ?1)"
    " OR (verb = 'import' AND (undone_at >= ?1"
    f" OR state IN ({OperationState.WITHDRAWING.value}, {OperationState.RESTORING.value})))"
    " LIMIT 1"
)


def uploads(session: Session) -> tuple[UploadRecord, ...]:
    """Return the kept originals, newest first."""
    return _selected(session, "TRUE ORDER BY pk DESC")


def last_upload(session: Session, path: str) -> UploadRecord | None:
    """Return the last import of the file at a path, or None; see `Storage.last_upload`."""
    found = _selected(session, "path = ? ORDER BY pk DESC LIMIT 1", path)
    return found[0] if found else None


def is_taken_back(session: Session, path: str) -> bool:
    """Whether an import of the file at a path was undone, and none done since."""
    return bool(session.value(_TAKEN_BACK, (path,)))


def is_whole_since(session: Session, moment: int) -> bool:
    """Whether nothing was deleted for good since, and no import taken back."""
    return not session.value(_TAKEN_AWAY, (moment,))


def find_origin(
    session: Session,
    format_name: str,
    path: str,
    sample: Sequence[Sampled],
    operation_pk: int | None,
) -> str | None:
    """Return the origin that a file is a newer version of, or None; see `Storage`."""
    origin: str | None = session.value(
        "SELECT origin FROM upload WHERE path = ? AND path <> '' AND format = ?"
        f" AND pk NOT IN ({curtain.HIDDEN_UPLOADS}) ORDER BY pk DESC LIMIT 1",
        (path, format_name),
    )
    return origin or _most_alike(session, format_name, sample, operation_pk)


def _selected(session: Session, condition: str, *params: str) -> tuple[UploadRecord, ...]:
    """Return the kept originals that the rest of a statement selects."""
    found = session.rows(
        f"SELECT {', '.join(_UPLOAD)} FROM upload"
        f" WHERE pk NOT IN ({curtain.HIDDEN_UPLOADS}) AND {condition}",
        params,
    )
    return tuple(UploadRecord(**dict(zip(_UPLOAD, row, strict=True))) for row in found)


def _most_alike(
    session: Session, format_name: str, sample: Sequence[Sampled], operation_pk: int | None
) -> str | None:
    """Return the origin of a format that most of the sampled records are of, or None."""
    if not sample:
        return None
    asked = (json.dumps(list(sample)), format_name, operation_pk)
    found = session.rows(
        f"SELECT origin {_SAMPLED} GROUP BY origin"
        f" HAVING total({_SAME_TITLE}) > ?4"
        f" ORDER BY total({_SAME_TITLE}) DESC, max(pk) DESC",
        (*asked, len(sample) * SAME_SOURCE_SHARE),
    )
    most = len(sample) * OTHER_TITLES_SHARE
    origins = (str(origin) for (origin,) in found)
    return next((each for each in origins if _others_in(session, asked, each) <= most), None)


def _others_in(session: Session, asked: tuple[str, str, int | None], origin: str) -> int:
    """Count the sampled records in whose place an origin has something else.

    That is a title which nobody gave it here, where the file does not say since when its
    own holds.
    """
    others = session.rows(
        f"SELECT pk {_SAMPLED} AND origin = ?4 AND title <> j.value ->> 1"
        " AND NOT j.value ->> 2",
        (*asked, origin),
    )
    return sum("title" not in audit.bases_by_hand(session, Kind.TASK, pk) for (pk,) in others)
