"""The results of a search as rows: for each kind a heading, its hits, and a way to all."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, Final, TypeAlias

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from db.records import ExecutionRecord, Hit, Kind
from db.snippets import Pieces, marked
from db.terms import Terms, parse_terms
from db.times import now_us
from desktop_app.detail.record_words import brief
from desktop_app.look import text
from desktop_app.search.asking import ORDER, Group

ROW_ROLE: Final = Qt.ItemDataRole.UserRole

Index: TypeAlias = QModelIndex | QPersistentModelIndex


class RowKind(Enum):
    """What a row is."""

    HEAD = auto()
    HIT = auto()
    MORE = auto()
    RECENT = auto()


class Row(Struct, frozen=True):
    """One row: a heading, a hit, the way to all hits of a kind, or an earlier search."""

    what: RowKind
    words: str
    kind: Kind | None = None
    hit: Hit | None = None
    title: Pieces = ()
    facts: str = ""
    snippet: Pieces = ()


class ResultsModel(QAbstractListModel):
    """Rows in the order of the kinds, however their hits come in."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.terms: Terms = parse_terms("")
        self.groups: dict[Kind, Group] = {}
        self.counts: dict[Kind, int] = {}

    def start(self, terms: Terms) -> None:
        """Show nothing yet of a new search."""
        self.terms = terms
        self.groups, self.counts = {}, {}
        self._show([])

    def show_recent(self, searches: Sequence[str]) -> None:
        """Show earlier searches."""
        self.groups, self.counts = {}, {}
        head = [Row(RowKind.HEAD, "Recent searches")] if searches else []
        self._show([*head, *(Row(RowKind.RECENT, each) for each in searches)])

    def add(self, group: Group) -> None:
        """Show the hits of one more kind, at its place."""
        self.groups[group.kind] = group
        rows = self._rows_of(group)
        if not rows:
            return
        before = [kind for kind in ORDER[: ORDER.index(group.kind)] if kind in self.groups]
        at = sum(len(self._rows_of(self.groups[kind])) for kind in before)
        self.beginInsertRows(QModelIndex(), at, at + len(rows) - 1)
        self.rows[at:at] = rows
        self.endInsertRows()

    def show_counts(self, counts: dict[Kind, int]) -> None:
        """Say how many there are of each kind."""
        self.counts = counts
        for place, row in enumerate(self.rows):
            if row.kind is not None and row.what in {RowKind.HEAD, RowKind.MORE}:
                self.rows[place] = self._named(row.what, row.kind)
                index = self.index(place)
                self.dataChanged.emit(index, index)

    def row(self, index: Index) -> Row | None:
        """Return what is in a row."""
        return self.rows[index.row()] if index.isValid() else None

    def place_of(self, key: tuple[Kind, int] | None) -> int:
        """Return the row of the hit of a record, or -1."""
        return next(
            (
                place
                for place, row in enumerate(self.rows)
                if row.hit is not None and (row.hit.kind, row.hit.record.pk) == key
            ),
            -1,
        )

    def _rows_of(self, group: Group) -> list[Row]:
        if not group.hits:
            return []
        hits = [self._hit(hit) for hit in group.hits]
        head, more = (self._named(what, group.kind) for what in (RowKind.HEAD, RowKind.MORE))
        return [head, *hits, more]

    def _hit(self, hit: Hit) -> Row:
        title = marked(self.terms, hit.record.title)
        snippet = _without_title(hit.snippet, hit.record.title)
        facts = brief(hit.record)
        if isinstance(hit.record, ExecutionRecord) and hit.record.is_stalled(now_us()):
            facts = f"{facts}, stalled"
        return Row(RowKind.HIT, hit.record.title, hit.kind, hit, title, facts, snippet)

    def _named(self, what: RowKind, kind: Kind) -> Row:
        count = self.counts.get(kind)
        name = kind.plural[:1].upper() + kind.plural[1:]
        if what is RowKind.HEAD:
            return Row(what, name, kind, facts="" if count is None else text.count(count))
        number = "all" if count is None or count == 1 else f"all {text.count(count)}"
        said = f"Show {number} in the list" if count != 1 else "Show it in the list"
        return Row(what, said, kind)

    def _show(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or row.what is RowKind.HEAD:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _said(row)
        return None


def _without_title(snippet: Pieces, title: str) -> Pieces:
    """Return what a snippet says beyond the title that it begins with."""
    words = "".join(piece for piece, _ in snippet)
    title = title.rstrip("…")
    if title.startswith(words.rstrip("…")):
        return ()
    if not title or not words.startswith(title):
        return snippet
    left, rest = len(title), [("…", False)]
    for piece, is_match in snippet:
        if kept := piece[left:]:
            rest.append((kept if len(rest) > 1 else kept.lstrip(), is_match))
        left = max(0, left - len(piece))
    return tuple(rest)


def _said(row: Row) -> str:
    """Return a row as a screen reader says it."""
    if row.hit is None or row.kind is None:
        return f"{row.words}, {row.facts}" if row.facts else row.words
    snippet = "".join(piece for piece, _ in row.snippet)
    path = ", ".join(title for _, _, title in row.hit.path)
    parts = (row.kind.word, row.words, row.facts, snippet, f"in {path}" if path else "")
    return ". ".join(part for part in parts if part)
