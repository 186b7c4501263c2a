"""`sheaf new` and `edit`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Final

from db.query_text import fold_kind
from db.records import Outcome
from db.repositories import EditValue
from db.vocabulary import LinkKind
from desktop_app.cli.answer import STANDARD_STREAM, Answer
from desktop_app.cli.changing import outcome_answer
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.session import Missing, opened

_LISTS: Final = frozenset({"tags", "tasks", "evidence"})
_REFERENCES: Final = frozenset({"batch", "task", "parent", "superseded_by"})


def new(options: Namespace) -> Answer:
    """Make a record; the answer names it."""
    kind = fold_kind(options.what)
    assert kind is not None
    fields = _values(options)
    with opened(options, writes=True, missing=Missing.MADE) as storage:
        outcome = storage.create(kind, fields)
        (record,) = storage.fetch(kind, outcome.changed[kind])
    return _told(outcome, record.id)


def edit(options: Namespace) -> Answer:
    """Change fields of a record, as it is now."""
    fields = _values(options)
    if not fields:
        raise UsageError(
            "There is nothing to change.",
            advice="Give `--title TEXT`, `--text PATH`, or a field with `--set NAME=VALUE`.",
        )
    with opened(options, writes=True) as storage:
        kind, pk = storage.resolve(options.id)
        (record,) = storage.fetch(kind, [pk])
        outcome = storage.edit(kind, pk, fields, seen_version=record.version)
    return _told(outcome, record.id)


def _told(outcome: Outcome, id_: str) -> Answer:
    answer = outcome_answer(outcome)
    return answer._replace(
        document={"id": id_, **(answer.document or {})},
        text=lambda told, paper: f"{answer.text(told, paper)}\n{id_}",
    )


def _values(options: Namespace) -> dict[str, EditValue]:
    """Return the fields that a person assigned, as `Storage.edit` takes them."""
    fields = {name: _value(name, text) for name, text in options.field}
    if options.title is not None:
        fields["title"] = options.title
    if options.text is not None:
        fields["description"] = _text_in(options.text)
    return fields


def _text_in(path: str) -> str:
    """Read a text from a file, or from standard input.

    Raises:
        UsageError: there is none, it cannot be read, or it is not UTF-8.
    """
    try:
        read = sys.stdin.buffer.read() if path == STANDARD_STREAM else Path(path).read_bytes()
        return read.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is no UTF-8 text.", advice="Save it as UTF-8 and try again."
        ) from error


def _value(name: str, text: str) -> EditValue:
    if name in _REFERENCES:
        return text or None
    words = [word.strip() for word in text.split(",") if word.strip()]
    if name in _LISTS:
        return words
    return [_link(word) for word in words] if name == "links" else text


def _link(word: str) -> tuple[str, LinkKind]:
    kind, _, id_ = word.partition("=")
    folded = kind.upper().replace("-", "_").replace(" ", "_")
    if folded not in LinkKind.__members__ or not id_:
        known = ", ".join(each.word.replace(" ", "-") for each in LinkKind)
        raise UsageError(f"{word!r} is no link.", advice=f"Write KIND=ID; there are {known}.")
    return id_, LinkKind[folded]
