"""What became of a damaged file that was salvaged: in a sentence, and in a table."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QWidget

from db.ports import Salvaged, SalvagedTable
from db.records import Kind
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look import text
from desktop_app.models.operations import records_words
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_NAMED: Final = 3
"""So many things that are lost the sentence names."""
_BELIEVED: Final = 10_000_000
"""More rows than that only says that their last number could not be read."""
_KINDS: Final = {kind.name.lower(): kind for kind in Kind}
_OTHERS: Final = {
    "audit_entry": "entries of the history",
    "bug_task": "links of bugs",
    "curtain": "marks of unfinished imports",
    "job_line": "lines of jobs",
    "learning_evidence": "links of learnings",
    "learning_tag": "tags of learnings",
    "operation": "operations of the history",
    "saved_view": "saved views",
    "set_aside": "records set aside",
    "task_link": "links of tasks",
    "task_tag": "tags of tasks",
    "tombstone": "marks of deleted records",
    "upload": "imported files",
}


class SalvagedDialog(QDialog):
    """Lists what was saved of a damaged file, and what of it is lost."""

    def __init__(self, saved: Salvaged, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("What was salvaged")
        self.model = RowsModel(("What", "Saved", "Lost"), loud=(0, 2))
        self.model.show_rows([*map(_row, filter(_is_told, saved.tables))])
        self.table = RowsTable("What was salvaged", self.model, 0)
        header = self.table.horizontalHeader()
        for place in (1, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for words in (f"Saved to {saved.output}.", *map(_sentence, saved.notes)):
            label = PlainLabel(words)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        fit_screen(self, 560, 480)


def saved_words(saved: Salvaged) -> str:
    """Return which records were saved: `Saved 40 tasks in 2 batches`."""
    kinds = {
        _KINDS[table.name].word: table.rows for table in saved.tables if table.name in _KINDS
    }
    return f"Saved {records_words(kinds) or 'no records'}"


def lost_words(saved: Salvaged) -> str:
    """Return in a sentence what of a damaged file is lost, the most of it first."""
    if saved.is_whole:
        return "Nothing is known to be lost."
    lost = sorted(filter(_lost, saved.tables), key=_lost_most, reverse=True)
    said = [f"{_lost(table)} {_name(table.name)}" for table in lost[:_NAMED]]
    more = ["and more"] if len(lost) > _NAMED else []
    return f"Lost: {', '.join(said + more)}." if said else "Some of it had to be mended."


def _row(table: SalvagedTable) -> tuple[str, ...]:
    words = _name(table.name)
    said = [_lost(table)]
    if table.undecoded:
        said.append(f"{text.count(table.undecoded)} not understood")
    return words[0].upper() + words[1:], text.count(table.rows), ", ".join(filter(None, said))


def _is_told(table: SalvagedTable) -> bool:
    return bool(table.rows or table.undecoded or _lost(table))


def _lost(table: SalvagedTable) -> str:
    """Return how many rows are lost at most, as far as that is known; nothing if none is."""
    most = _lost_most(table)
    if most > _BELIEVED or any(None in (each.first, each.last) for each in table.lost):
        return "some"
    return f"up to {text.count(most)}" if most else ""


def _lost_most(table: SalvagedTable) -> int:
    ends = ((each.first, each.last) for each in table.lost)
    return table.refused + sum(
        last - first + 1 for first, last in ends if first is not None and last is not None
    )


def _name(table: str) -> str:
    """Return what people call that which a table holds."""
    kind = _KINDS.get(table.removesuffix("_body"))
    if kind is None:
        return _OTHERS.get(table, f"{table.replace('_', ' ')}s")
    return kind.plural if table in _KINDS else f"texts of {kind.plural}"


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}."
