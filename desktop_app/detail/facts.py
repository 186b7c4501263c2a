"""What is known of a record beside its title and texts, with the means to change it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from db.ports import Storage
from db.records import Kind
from db.vocabulary import Priority, Review, Severity
from desktop_app.background import Background
from desktop_app.detail import fact_editors as edit
from desktop_app.detail.fact_editors import Editor, Make, Means
from desktop_app.detail.picker import Picker, batches, facet, or_none, records, tasks
from desktop_app.detail.record_words import review_word
from desktop_app.detail.seen import Seen
from desktop_app.look.text import count, counted, duration, local_time, time_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel


class Fact(NamedTuple):
    """A field of a record: what makes its editor, and what stands before it in its row.

    One without a label stands with its like above the rows. Where room is short only those
    are shown, and the `main` ones.
    """

    name: str
    make: Make
    label: str = ""
    main: bool = False


class Facts(QWidget):
    """Shows the facts of a record of any kind.

    `edited` carries changed fields as `Storage.edit` takes them, `chosen` the kind and pk
    of another record that a person wants to see.
    """

    edited = Signal(dict)
    chosen = Signal(object, int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._means = Means(background, self.edited.emit, self.chosen.emit)
        self._made: dict[Kind, _KindFacts] = {}
        self._kind: Kind | None = None
        self._wants_all = False
        self._room = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def __getitem__(self, name: str) -> Any:
        """Return what shows a fact of the kind of record that is shown."""
        assert self._kind is not None
        return self._made[self._kind].editors[name].widget

    def show_seen(self, seen: Seen) -> None:
        """Show a record; nothing is emitted."""
        self._kind = seen.kind
        if seen.kind not in self._made:
            self._made[seen.kind] = made = _KindFacts(FACTS[seen.kind], self._means)
            made.more.clicked.connect(lambda _on: self._want_all(not self._wants_all))
            self._column.addWidget(made)
        for kind, facts in self._made.items():
            facts.setVisible(kind is seen.kind)
        self._made[seen.kind].show_seen(seen)
        self.fit(self._room)

    def finish(self) -> None:
        """Save what is being set, and close what popped up to choose from for this record."""
        if self._kind is not None:
            for editor in self._made[self._kind].editors.values():
                editor.finish()
        for popup in (*self.findChildren(Picker), *self.findChildren(QMenu)):
            popup.close()

    def fit(self, room: int) -> None:
        """Show all facts if they are no higher than that or asked for, else the main ones."""
        self._room = room
        if self._kind is not None:
            self._made[self._kind].fit(room, wants_all=self._wants_all)

    def fold(self) -> None:
        """Show no longer all facts because a person asked for them."""
        self._want_all(False)

    def _want_all(self, wanted: bool) -> None:
        self._wants_all = wanted
        self.fit(self._room)


_WIDE_PX: Final = 600
_MOST_COLUMNS: Final = 2
"""From that width on, so many facts stand side by side."""


class _KindFacts(QWidget):
    def __init__(self, facts: tuple[Fact, ...], means: Means) -> None:
        super().__init__()
        self.editors: dict[str, Editor] = {fact.name: fact.make(means) for fact in facts}
        self._labels: dict[str, PlainLabel] = {}
        self._known: list[str] = []
        self._shown: list[str] = []
        self._columns = 1
        self._main = {fact.name for fact in facts if fact.main}
        self.more = QToolButton()
        self.more.setProperty("quiet", True)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(SPACE_PX))
        self._pills = pills = QWidget()
        self._has_pills = any(not fact.label for fact in facts)
        flow = FlowLayout(pills)
        self._grid = grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(2)
        grid.setHorizontalSpacing(current_theme().px(CARD_PADDING_PX))
        for fact in facts:
            widget = self.editors[fact.name].widget
            if fact.label == WIDE:
                column.addWidget(widget)
            elif fact.label:
                self._labels[fact.name] = PlainLabel(fact.label, "muted")
            else:
                flow.addWidget(widget)
        column.addWidget(pills)
        column.addLayout(grid)
        if self._has_pills:
            flow.addWidget(self.more)
        else:
            column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        pills.setVisible(self._has_pills)
        self._arrange(list(self._labels))

    def show_seen(self, seen: Seen) -> None:
        known = []
        for name, editor in self.editors.items():
            is_known = editor.show(seen) is not False
            if editor.changing is not None:
                editor.changing.setEnabled(seen.may_edit)
            if name in self._labels:
                known += [name] * is_known
            else:
                editor.widget.setVisible(is_known)
        self._known = known

    def fit(self, room: int, *, wants_all: bool) -> None:
        """Show all that is known if there is room for it, or the main facts."""
        main = [name for name in self._known if name in self._main]
        is_worth_it = len(self._known) - len(main) > 1
        may_fold = is_worth_it and self._full_height() > room
        is_folded = may_fold and not wants_all
        shown = main if is_folded else self._known
        for name, label in self._labels.items():
            label.setVisible(name in shown)
            self.editors[name].widget.setVisible(name in shown)
        self.more.setText("More facts" if is_folded else "Fewer facts")
        self.more.setVisible(may_fold)
        if shown != self._shown:
            self._arrange(shown)

    def _full_height(self) -> int:
        """Return how high they are when all are shown."""
        width = self.width() // self._columns - max(
            (label.sizeHint().width() for label in self._labels.values()), default=0
        )
        heights = [_height(self.editors[name].widget, width) for name in self._known]
        rows = [
            heights[at : at + self._columns] for at in range(0, len(heights), self._columns)
        ]
        pills = _height(self._pills, self.width()) if self._has_pills else 0
        return pills + sum(max(row) + self._grid.verticalSpacing() for row in rows)

    def _arrange(self, shown: list[str]) -> None:
        """Put the facts side by side, as many as there is room for."""
        self._shown = shown
        self._grid.setColumnStretch(2 * _MOST_COLUMNS - 1, self._columns // _MOST_COLUMNS)
        for place, name in enumerate(shown):
            row, column = divmod(place, self._columns)
            self._grid.addWidget(self._labels[name], row, 2 * column)
            self._grid.addWidget(self.editors[name].widget, row, 2 * column + 1)

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= current_theme().px(_WIDE_PX)
        columns = _MOST_COLUMNS if wide else 1
        if columns != self._columns:
            self._columns = columns
            self._arrange(self._shown)


def _height(widget: QWidget, width: int) -> int:
    widget.ensurePolished()
    return (
        widget.heightForWidth(width)
        if widget.hasHeightForWidth()
        else widget.sizeHint().height()
    )


WIDE: Final = "*"
"""In place of a label: the fact takes the whole width."""


def _time(field: str) -> Make:
    def say(seen: Seen) -> str:
        moment = getattr(seen.record, field)
        return "" if moment is None else local_time(moment)

    def tip(seen: Seen) -> str:
        moment = getattr(seen.record, field)
        return "" if moment is None else time_tooltip(moment)

    return edit.text(say, tip)


def _duration(seen: Seen) -> str:
    return "" if seen.record.duration is None else duration(seen.record.duration)


def _messages(seen: Seen) -> str:
    record = seen.record
    said = counted(record.messages, "message", "messages")
    return f"{said}, {count(record.errors)} with an error" if record.errors else said


def _message(seen: Seen) -> str:
    said = f"{seen.record.role.word.capitalize()}, message {count(seen.record.position + 1)}"
    return f"{said}, with an error" if seen.record.has_error else said


_STATUS: Final = Fact("status", edit.status)
_TAGS: Final = Fact("tags", edit.tags, "Tags")
_BATCH: Final = Fact("batch", edit.record("batch", "Batch", batches), "Batch")
_TASK: Final = Fact("task", edit.record("task", "Task", tasks), "Task")
_SEVERITIES: Final = [(int(s), f"{s.word.capitalize()} severity") for s in Severity]
_PRIORITIES: Final = [(int(p), f"{p.word.capitalize()} priority") for p in Priority]
_REVIEWS: Final = [(int(r), review_word(r)) for r in Review]


def _superseded(kind: Kind) -> Fact:
    make = edit.record("superseded_by", "Superseded by", records(kind))
    return Fact("superseded_by", make, "Superseded by")


def _word(kind: Kind, field: str) -> Fact:
    name = field.capitalize()
    return Fact(field, edit.word(field, name, or_none(facet(field, kind))), name)


FACTS: Final[dict[Kind, tuple[Fact, ...]]] = {
    Kind.BATCH: (Fact("counts", edit.counts, WIDE),),
    Kind.TASK: (
        _STATUS,
        Fact("priority", edit.choice("priority", "Priority", _PRIORITIES)),
        Fact("kind", edit.word("kind", "Kind", facet("kind"), as_pill=True)),
        _TAGS,
        _BATCH,
        Fact("parent", edit.record("parent", "Parent", tasks), "Parent"),
    ),
    Kind.EXECUTION: (
        _STATUS,
        Fact("task", edit.record("task", "Task", tasks, needed=True), "Task"),
        Fact("turn", edit.number("turn", "Turn", 0), "Turn"),
        _word(Kind.EXECUTION, "step"),
        Fact("attempt", edit.number("attempt", "Attempt", 1), "Attempt"),
        _word(Kind.EXECUTION, "decision"),
        Fact("started", edit.moment("started_at", "Started"), "Started"),
        Fact("completed", edit.moment("completed_at", "Completed"), "Completed"),
        Fact("duration", edit.text(_duration), "Duration"),
        Fact("lease", _time("lease_until"), "Lease until"),
    ),
    Kind.STATUS_UPDATE: (_word(Kind.STATUS_UPDATE, "actor"), _TASK, _BATCH),
    Kind.BUG: (
        _STATUS,
        Fact("severity", edit.choice("severity", "Severity", _SEVERITIES)),
        _BATCH,
    ),
    Kind.DESIGN_NOTE: (_TASK, _BATCH, _superseded(Kind.DESIGN_NOTE)),
    Kind.CONVERSATION: (
        Fact("messages", edit.text(_messages), "Holds", main=True),
        Fact("model", edit.text(lambda seen: seen.record.model), "Model"),
        Fact("project", edit.text(lambda seen: seen.record.project), "Project"),
        _TASK,
        _BATCH,
        Fact("parent", edit.link("parent", "Calling conversation"), "Called by"),
    ),
    Kind.MESSAGE: (
        Fact("message", edit.text(_message), "From", main=True),
        Fact("conversation", edit.link("conversation", "Conversation"), "In"),
    ),
    Kind.LEARNING: (
        Fact("review", edit.choice("review", "Review", _REVIEWS)),
        Fact("confidence", edit.confidence, "Confidence", main=True),
        _word(Kind.LEARNING, "category"),
        _TAGS,
        _TASK,
        _BATCH,
        _superseded(Kind.LEARNING),
    ),
}
"""The facts of each kind of record, in order."""
