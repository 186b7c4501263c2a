"""About how large a file will be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from db.cancel import CancelToken
from db.exchange.exporting import COPY, ExportFormat, export
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES, Query
from db.records import Kind
from desktop_app.export_order import Scope, query_and_pks

_SAMPLE: Final = 20
"""So many records of a kind are written to see how long they get."""


def estimated_bytes(
    storage: Storage, scope: Scope, chosen: ExportFormat, token: CancelToken
) -> int | None:
    """Return about how many bytes an export takes, or None where that is not known before.

    Records from all over are written, each of which stands for many.
    """
    if chosen.is_folder or chosen.name == COPY:
        return None
    total = 0
    for kind, query in _asked(scope, chosen):
        _, pks = query_and_pks(scope.choice)
        found = storage.ids(query, token=token) if query is not None else pks or ()
        sample = found[:: max(1, len(found) // _SAMPLE)][:_SAMPLE]
        if sample:
            out = io.BytesIO()
            export(storage, chosen.name, out, pks=list(sample), kind=kind, token=token)
            total += len(out.getvalue()) * len(found) // len(sample)
    return total


def _asked(scope: Scope, chosen: ExportFormat) -> Iterator[tuple[Kind, Query | None]]:
    """Yield each kind of record that is written, and which of it; None are those by pk."""
    if scope.choice is not None:
        yield scope.kind, query_and_pks(scope.choice)[0]
        return
    for kind in sorted(chosen.kinds - {Kind.BATCH}):
        yield kind, QUERIES[kind](places=EVERYWHERE)
