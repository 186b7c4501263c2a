"""How many tasks of each state a batch has: kept up to date on every write, and checked.

Tasks in the trash are not counted, but of a batch that is itself in the trash only they are.
"""

from __future__ import annotations

from typing import Final

from db.records import Kind, Place
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.vocabulary import Status

COUNT_COLUMNS: Final = tuple(status.word for status in Status)
_COUNTED: Final = (
    f"(task.place = {Place.TRASHED.value}) = (batch.place = {Place.TRASHED.value})"
)
"""Which of its tasks a batch counts: those in the trash if it is there, else the others."""


def shift(session: Session, sign: int) -> None:
    """Add the chosen tasks, as they are now, to their batches' counts, or take them off.

    Those behind the curtain do not count. Called with -1 before tasks change and with +1 after.
    """
    behind = curtain.hidden(session, Kind.TASK).sql("task.pk")
    rows = session.rows(
        "SELECT batch_pk, task.status, count(*) FROM temp.chosen JOIN task USING (pk)"
        f" JOIN batch ON batch.pk = batch_pk WHERE {_COUNTED}{behind}"
        " GROUP BY batch_pk, task.status"
    )
    for batch_pk, status, tasks in rows:
        column = COUNT_COLUMNS[status]
        session.execute(
            f"UPDATE batch SET {column} = {column} + ? WHERE pk = ?", (sign * tasks, batch_pk)
        )


def recount(session: Session, batches: str) -> None:
    """Count anew the tasks of the batches that a subquery of pks names."""
    behind = curtain.hidden(session, Kind.TASK).sql("task.pk")
    sums = ", ".join(
        f"{column} = (SELECT count(*) FROM task WHERE batch_pk = batch.pk"
        f" AND task.status = {status.value} AND {_COUNTED}{behind})"
        for status, column in zip(Status, COUNT_COLUMNS, strict=True)
    )
    session.execute(f"UPDATE batch SET {sums} WHERE pk IN ({batches})")


def add_messages(session: Session, first: int, last: int, sign: int = 1) -> None:
    """Add messages that come out from behind the curtain to their conversations' counts.

    With a sign of -1 they go behind it, and are taken off.
    """
    _shift_messages(session, f"BETWEEN {first:d} AND {last:d}", sign)


def shift_messages(session: Session, sign: int) -> None:
    """Do with the chosen messages and their conversations what `shift` does with tasks."""
    behind = curtain.hidden(session, Kind.MESSAGE).sql("pk")
    _shift_messages(session, f"IN (SELECT pk FROM temp.chosen){behind}", sign)


def drop_messages(session: Session) -> None:
    """Take the chosen messages, which are to be deleted, off their conversations' counts."""
    _shift_messages(session, "IN (SELECT pk FROM temp.chosen)", -1)


def _shift_messages(session: Session, which: str, sign: int) -> None:
    session.execute(
        f"UPDATE conversation SET messages = conversation.messages + {sign:d} * n.messages,"
        f" errors = conversation.errors + {sign:d} * n.errors FROM"
        " (SELECT conversation_pk, count(*) AS messages, sum(has_error) AS errors"
        f" FROM message WHERE pk {which} GROUP BY conversation_pk) n"
        " WHERE n.conversation_pk = conversation.pk"
    )


def miscounted(session: Session) -> list[str]:
    """Return the ids of the batches whose counts are not what counting gives."""
    batches = curtain.hidden(session, Kind.BATCH).sql("pk")
    kept = {
        pk: (id_, counts)
        for pk, id_, *counts in session.rows(
            f"SELECT pk, id, {', '.join(COUNT_COLUMNS)} FROM batch WHERE 1{batches}"
        )
    }
    counted = {pk: [0] * len(COUNT_COLUMNS) for pk in kept}
    behind = curtain.hidden(session, Kind.TASK).sql("task.pk")
    for pk, status, number in session.execute(
        "SELECT batch_pk, task.status, count(*) FROM task JOIN batch ON batch.pk = batch_pk"
        f" WHERE {_COUNTED}{behind} GROUP BY batch_pk, task.status"
    ):
        if pk in counted:
            counted[pk][status] = number
    return [id_ for pk, (id_, counts) in kept.items() if counts != counted[pk]]


def miscounted_conversations(session: Session) -> list[tuple[int, str]]:
    """Return the pk and id of the conversations whose counts are not what counting gives."""
    conversations = curtain.hidden(session, Kind.CONVERSATION).sql("c.pk")
    return session.rows(
        f"SELECT c.pk, c.id FROM conversation c LEFT JOIN ({_counted_messages(session)}) n"
        " ON n.conversation_pk = c.pk WHERE (c.messages, c.errors)"
        f" IS NOT (coalesce(n.messages, 0), coalesce(n.errors, 0)){conversations}"
    )


def recount_conversations(session: Session) -> None:
    """Count anew the messages of the conversations that are miscounted."""
    for pk, _ in miscounted_conversations(session):
        session.execute(
            "UPDATE conversation SET (messages, errors) = (SELECT coalesce(sum(messages), 0),"
            f" coalesce(sum(errors), 0) FROM ({_counted_messages(session)})"
            " WHERE conversation_pk = ?1) WHERE pk = ?1",
            (pk,),
        )


def _counted_messages(session: Session) -> str:
    behind = curtain.hidden(session, Kind.MESSAGE).sql("pk")
    return (
        "SELECT conversation_pk, count(*) AS messages, sum(has_error) AS errors"
        f" FROM message WHERE 1{behind} GROUP BY conversation_pk"
    )


def add_range(session: Session, first: int, last: int, sign: int = 1) -> None:
    """Add tasks that come out from behind the curtain to their batches' counts.

    With a sign of -1 they go behind it, and are taken off.
    """
    sums = ", ".join(
        f"sum(task.status = {status.value}) AS {column}"
        for status, column in zip(Status, COUNT_COLUMNS, strict=True)
    )
    added = ", ".join(
        f"{column} = batch.{column} + {sign:d} * new.{column}" for column in COUNT_COLUMNS
    )
    session.execute(
        f"UPDATE batch SET {added} FROM (SELECT batch_pk, {sums} FROM task"
        " JOIN batch ON batch.pk = batch_pk"
        f" WHERE task.pk BETWEEN ? AND ? AND {_COUNTED} GROUP BY batch_pk) new"
        " WHERE batch.pk = new.batch_pk",
        (first, last),
    )
