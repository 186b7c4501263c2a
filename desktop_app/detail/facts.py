"""What is known of a record beside its title and texts, with the means to change it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from db.ports import Storage
from db.records import Kind
from db.vocabulary import Priority, Review, Severity
from desktop_app.background import Background
from desktop_app.detail import fact_editors as edit
from desktop_app.detail.fact_editors import Editor, Make, Means
from desktop_app.detail.picker import batches, facet, or_none, records, tasks
from desktop_app.detail.record_words import review_word
from desktop_app.detail.seen import Seen
from desktop_app.look.text import count, counted, duration, local_time, time_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel


class Fact(NamedTuple):
    """A field of a record: what makes its editor, and what stands before it in its row.

    One without a label stands with its like above the rows.
    """

    name: str
    make: Make
    label: str = ""


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
            self._column.addWidget(made)
        for kind, facts in self._made.items():
            facts.setVisible(kind is seen.kind)
        self._made[seen.kind].show_seen(seen)


class _KindFacts(QWidget):
    def __init__(self, facts: tuple[Fact, ...], means: Means) -> None:
        super().__init__()
        self.editors: dict[str, Editor] = {fact.name: fact.make(means) for fact in facts}
        self._labels: dict[str, PlainLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(SPACE_PX))
        pills = QWidget()
        flow = FlowLayout(pills)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(2)
        grid.setHorizontalSpacing(current_theme().px(CARD_PADDING_PX))
        for row, fact in enumerate(facts):
            widget = self.editors[fact.name].widget
            if fact.label == WIDE:
                column.addWidget(widget)
            elif fact.label:
                self._labels[fact.name] = label = PlainLabel(fact.label, "muted")
                grid.addWidget(label, row, 0)
                grid.addWidget(widget, row, 1)
            else:
                flow.addWidget(widget)
        column.addWidget(pills)
        column.addLayout(grid)
        pills.setVisible(flow.count() > 0)

    def show_seen(self, seen: Seen) -> None:
        for name, editor in self.editors.items():
            is_shown = editor.show(seen) is not False
            editor.widget.setVisible(is_shown)
            if name in self._labels:
                self._labels[name].setVisible(is_shown)


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


def _turn(seen: Seen) -> str:
    run = seen.record
    return (
        f"{count(run.turn)}, attempt {count(run.attempt)}"
        if run.attempt > 1
        else count(run.turn)
    )


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
        Fact("task", edit.link("task", "Task"), "Task"),
        Fact("turn", edit.text(_turn), "Turn"),
        _word(Kind.EXECUTION, "step"),
        _word(Kind.EXECUTION, "decision"),
        Fact("started", _time("started_at"), "Started"),
        Fact("completed", _time("completed_at"), "Completed"),
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
        Fact("messages", edit.text(_messages), "Holds"),
        Fact("model", edit.text(lambda seen: seen.record.model), "Model"),
        Fact("project", edit.text(lambda seen: seen.record.project), "Project"),
        _TASK,
        _BATCH,
        Fact("parent", edit.link("parent", "Calling conversation"), "Called by"),
    ),
    Kind.MESSAGE: (
        Fact("message", edit.text(_message), "From"),
        Fact("conversation", edit.link("conversation", "Conversation"), "In"),
    ),
    Kind.LEARNING: (
        Fact("review", edit.choice("review", "Review", _REVIEWS)),
        Fact("confidence", edit.confidence, "Confidence"),
        _word(Kind.LEARNING, "category"),
        _TAGS,
        _TASK,
        _BATCH,
        _superseded(Kind.LEARNING),
    ),
}
"""The facts of each kind of record, in order."""
