"""`sheaf formats`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from msgspec import to_builtins

from db.exchange.catalogue import known_formats
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.layout import Column, table

_COLUMNS: Final = (
    Column("NAME"),
    Column("READ"),
    Column("WRITE"),
    Column("EQUAL", rank=1),
    Column("WHAT IT IS"),
)


def list_formats(_options: Namespace) -> Answer:
    """List the formats, and what each can do."""
    return Answer({"formats": to_builtins(known_formats())}, _formats_text)


def _formats_text(document: Mapping[str, Any], paper: Paper) -> str:
    rows = []
    for each in document["formats"]:
        marks = ["yes" if each[name] else "" for name in ("reads", "writes", "round_trip")]
        title = each["title"]
        if each["loses"]:
            title += f"; cannot carry {each['loses']}"
        rows.append([each["name"], *marks, title])
    return table(_COLUMNS, rows, paper)
