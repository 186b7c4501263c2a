"""What an export would give away: the secrets in it, each with where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from typing import Any, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.exchange.exporting import ExportOptions, refuse_unredacted, select, writer_of
from db.exchange.outgoing import TABLES, record_of, row_of, through
from db.exchange.redacting import leaves, secrets_in, texts_of
from db.exchange.secrets import SecretKind, digest
from db.exchange.verifying import FolderFile
from db.ports import Storage
from db.query import Query
from db.records import Kind, kind_of

CONTEXT_CHARS: Final = 40
MOST_FOUND: Final = 1000


class Found(Struct, frozen=True, kw_only=True):
    """A secret in a record: the first place where it stands there.

    `record` names the record by id, `field` the place in it; `before` and `after` are what
    stands around the secret. `digest` is what `ExportOptions.redact` takes.
    """

    kind: SecretKind
    record_kind: Kind | None
    record: str
    title: str
    field: str
    before: str
    secret: str
    after: str

    @property
    def digest(self) -> str:
        """What the secret is called by where it must not be named."""
        return digest(self.secret)


def found_secrets(
    storage: Storage,
    format_name: str,
    *,
    query: Query | None = None,
    pks: Collection[int] | None = None,
    kind: Kind = Kind.TASK,
    related: bool = False,
    most: int = MOST_FOUND,
    token: CancelToken | None = None,
) -> Iterator[Found]:
    """Yield the secrets that an export of these records in a format would hold.

    Everything is read as the export reads it, and nothing is written. It ends after so many.

    Raises:
        ExchangeError: there is no such format, or it writes files as they are.
        WorkCancelledError: `token` was cancelled.
    """
    refuse_unredacted(format_name, ExportOptions(redact=True))
    selection = select(storage, query=query, pks=pks, kind=kind, related=related)
    file = writer_of(format_name)
    token = token or CancelToken()
    met: set[tuple[str, str]] = set()
    waiting: list[Found] = []

    def look(name: str, value: Any) -> Any:
        for found in _in_record(name, value):
            if (found.record, found.digest) not in met:
                met.add((found.record, found.digest))
                waiting.append(found)
        return value

    source = through(storage, look)
    if isinstance(file, FolderFile):
        pieces = (piece for _, pieces in file.files(source, selection) for piece in pieces)
    else:
        pieces = file.write(source, selection)
    yielded = 0
    with closing(pieces):
        for _ in pieces:
            token.check()
            yield from waiting[: most - yielded]
            yielded += len(waiting)
            waiting.clear()
            if yielded >= most:
                return
        yield from waiting[: most - yielded]


def _in_record(name: str, value: Any) -> Iterator[Found]:
    texts = list(texts_of(value))
    secrets = secrets_in(texts)
    for secret, kind in secrets.items():
        field, text = next(
            (leaf.name or each.name, leaf.text)
            for each in texts
            for leaf in leaves(each.name, each.text)
            if secret in leaf.text
        )
        record_kind, record, title = _named(name, value)
        start = text.index(secret)
        end = start + len(secret)
        first = _not_inside(secrets, text, max(0, start - CONTEXT_CHARS), is_start=True)
        last = _not_inside(secrets, text, end + CONTEXT_CHARS, is_start=False)
        yield Found(
            kind=kind,
            record_kind=record_kind,
            record=record,
            title=title,
            field=field,
            before=text[first:start],
            secret=secret,
            after=text[end:last],
        )


def _not_inside(secrets: Iterable[str], text: str, place: int, *, is_start: bool) -> int:
    """Return a place to cut a text at, where no half of a secret is left that nobody knows."""
    for secret in secrets:
        found = text.find(secret, max(0, place - len(secret) + 1), place + len(secret) - 1)
        if 0 <= found < place:
            return found + len(secret) if is_start else found
    return place


def _named(name: str, value: Any) -> tuple[Kind | None, str, str]:
    """Return the kind, the id and the title of what was read."""
    if isinstance(value, str):
        row = row_of(value)
        return TABLES.get(name), row.get("id", ""), row.get("title") or ""
    record = record_of(value)
    if record is None:
        return None, "", ""
    return kind_of(record), record.id, record.title
