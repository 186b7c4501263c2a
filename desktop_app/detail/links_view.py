"""The Links tab of a task: its parent, its parts, and what it is to other tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from db.ports import EditValue, Storage
from db.records import Link, TaskDetail, TaskRecord
from db.vocabulary import LinkKind
from desktop_app.background import Background
from desktop_app.detail.picker import Option, Picker, tasks
from desktop_app.detail.seen import Seen
from desktop_app.detail.task_table import TaskRow, TaskTable
from desktop_app.widgets.plain_label import PlainLabel

Revise: TypeAlias = Callable[[TaskDetail], dict[str, EditValue]]
"""Says how to change a task, given all about it."""

_WORDS: Final = {
    LinkKind.BLOCKS: ("Blocks", "Blocked by"),
    LinkKind.RELATES: ("Relates to", "Related from"),
    LinkKind.DUPLICATES: ("Duplicates", "Duplicated by"),
    LinkKind.DISCOVERED_FROM: ("Discovered from", "Led to"),
    LinkKind.SUPERSEDES: ("Supersedes", "Superseded by"),
    LinkKind.REPLIES_TO: ("Replies to", "Answered by"),
    LinkKind.TRACKS: ("Tracks", "Tracked by"),
}
_PARENT: Final = "Parent"
_SUBTASK: Final = "Subtask"


class LinksView(QWidget):
    """Lists linked tasks; `chosen` opens one, `revised` changes the task with that pk."""

    chosen = Signal(int)
    revised = Signal(int, object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._task: TaskRecord | None = None
        self._removals: dict[tuple[str, int], tuple[int, Revise]] = {}
        self.table = TaskTable("Linked tasks", with_relation=True)
        self.table.chosen.connect(self.chosen)
        self.table.selectionModel().currentRowChanged.connect(self._enable)
        self._note = PlainLabel("This task is not linked with any other.", "muted")
        self._note.setWordWrap(True)
        self._add = QPushButton("Add link")
        self._add.setMenu(self._make_menu())
        self._remove = QPushButton("Remove link")
        self._remove.clicked.connect(self._remove_current)
        buttons = QHBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._note)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)

    def show_seen(self, seen: Seen) -> None:
        """Show the links of a task."""
        detail = seen.detail
        assert isinstance(detail, TaskDetail)
        self._task = detail.record
        self._removals = {}
        rows = []
        if detail.parent is not None:
            rows.append(self._row(_PARENT, detail.parent, detail.record.pk, _set_parent(None)))
        rows += [
            self._row(_SUBTASK, child, child.pk, _set_parent(None)) for child in detail.children
        ]
        for link in sorted(detail.links, key=lambda link: (link.kind, link.incoming)):
            source, target = _ends(detail.record, link)
            word = _WORDS[link.kind][link.incoming]
            remove = _without_link(target.id, link.kind)
            rows.append(self._row(word, link.task, source.pk, remove))
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        self._note.setHidden(bool(rows))
        self._enable()

    def add(self, word: str) -> Picker:
        """Ask for the task that is to be what the word says to this one."""
        picker = Picker(f"{word}: find a task", self._others, self._background, self)
        picker.picked.connect(lambda task: self._link(word, task))
        picker.open_at(self._add)
        return picker

    def _link(self, word: str, other: TaskRecord) -> None:
        assert self._task is not None
        if word == _SUBTASK:
            self.revised.emit(other.pk, _set_parent(self._task.id))
            return
        kind = next(kind for kind, words in _WORDS.items() if word in words)
        incoming = word == _WORDS[kind][1]
        source, target = _ends(self._task, Link(kind=kind, incoming=incoming, task=other))
        self.revised.emit(source.pk, _with_link(target.id, kind))

    def _others(self, text: str, storage: Storage, token: object) -> list[Option]:
        return [o for o in tasks(text, storage, token) if o.value.pk != self._task.pk]

    def _row(self, word: str, task: TaskRecord, source_pk: int, remove: Revise) -> TaskRow:
        self._removals[word, task.pk] = (source_pk, remove)
        return TaskRow(task, word)

    def _remove_current(self) -> None:
        row = self.table.current()
        if row is not None:
            self.revised.emit(*self._removals[row.relation, row.task.pk])

    def _enable(self) -> None:
        self._remove.setEnabled(self.table.current() is not None)

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for words in ((_SUBTASK,), *_WORDS.values()):
            for word in words:
                menu.addAction(f"{word}…", lambda word=word: self.add(word))
        return menu


def _ends(task: TaskRecord, link: Link) -> tuple[TaskRecord, TaskRecord]:
    return (link.task, task) if link.incoming else (task, link.task)


def _outgoing(detail: TaskDetail) -> list[tuple[str, LinkKind]]:
    return [(link.task.id, link.kind) for link in detail.links if not link.incoming]


def _with_link(target: str, kind: LinkKind) -> Revise:
    return lambda detail: {"links": [*_outgoing(detail), (target, kind)]}


def _without_link(target: str, kind: LinkKind) -> Revise:
    return lambda detail: {
        "links": [link for link in _outgoing(detail) if link != (target, kind)]
    }


def _set_parent(id_: str | None) -> Revise:
    return lambda _detail: {"parent": id_}
