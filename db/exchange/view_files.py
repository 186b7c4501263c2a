"""Saved views as small JSON files, to hand to others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from db.errors import ExchangeError
from db.records import Kind, SavedView
from db.view_layout import sound_layout

SUFFIX: Final = ".sheaf-view.json"
MARK: Final = "sheaf-view"
VERSION: Final = 1
LARGEST_BYTES: Final = 1_000_000


def write_view(view: SavedView, path: Path) -> None:
    """Write a view to a file.

    Raises:
        ExchangeError: the file cannot be written.
    """
    content = {
        MARK: VERSION,
        "name": view.name,
        "kind": view.kind.name.lower(),
        "query": view.query,
        "layout": view.layout,
    }
    try:
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise ExchangeError(
            f"The view could not be written to {path.name}: {error.strerror}.",
            safe="The view itself is as it was.",
            advice="Choose another folder.",
        ) from error


def read_view(path: Path) -> SavedView:
    """Read a view from a file; it is not kept yet and has no id.

    What its layout holds that no list can make use of is left out.

    Raises:
        ExchangeError: the file cannot be read, or holds no view that this Sheaf knows.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError("too large")
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or "it is not there") from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, "it holds no view") from error
    if not isinstance(content, dict) or content.get(MARK) != VERSION:
        raise _unreadable(path, "it holds no view that this Sheaf knows")
    return _view(content, path)


def _view(content: dict[str, Any], path: Path) -> SavedView:
    name, word = content.get("name"), content.get("kind")
    query, layout = content.get("query", ""), content.get("layout", {})
    kinds = {kind.name.lower(): kind for kind in Kind}
    if not (isinstance(name, str) and name.strip() and isinstance(word, str)):
        raise _unreadable(path, "it names no view or no kind of record")
    if word not in kinds:
        raise _unreadable(path, "it is of a kind of record that this Sheaf does not know")
    if not (isinstance(query, str) and isinstance(layout, dict)):
        raise _unreadable(path, "its filters are not as they should be")
    kind = kinds[word]
    layout = sound_layout(layout, kind)
    return SavedView(pk=0, id="", name=name, kind=kind, query=query, layout=layout)


def _unreadable(path: Path, why: str) -> ExchangeError:
    return ExchangeError(
        f"No view was read from {path.name}: {why}.",
        advice="Choose a file that Sheaf wrote with Export view.",
    )
