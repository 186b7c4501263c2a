"""One thing that a check found: what is wrong, why it matters, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from db.ports import Finding, Gravity
from db.records import AnyRecord, Kind, Place
from db.times import DAY_US, now_us
from desktop_app.look import text
from desktop_app.look.icons import put_icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx
from desktop_app.overview.rows import Row, TargetsTable
from desktop_app.overview.targets import RecordTarget
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

EXAMPLES_SHOWN: Final = 3
ROWS_SHOWN: Final = 100
_INDENT_PX: Final = 34
"""Where the title begins, beside its sign."""
_ROWS_IN_SIGHT: Final = 6
_SIGNS: Final = {
    Gravity.DAMAGE: ("error", "bad", "Damage"),
    Gravity.WARNING: ("warning", "run", "Warning"),
    Gravity.NOTE: ("info", "accent", "Note"),
}
"""The icon of each gravity, its colour, and the word for it."""
_GOOD: Final = ("check", "ok", "In order")
_PERIODS: Final = (("a day", 1), ("a week", 7), ("a month", 30), ("a year", 365))
_PLACES: Final = {Place.ARCHIVED: "archived", Place.TRASHED: "in the trash", Place.LIVE: ""}


class FindingCard(QFrame):
    """Shows one finding and offers what can be done about it.

    `rows_wanted` asks for the records it is about, `fix_wanted` to have it fixed,
    `ignore_wanted` not to be told until a moment, or, with None, to be told again;
    `target_chosen` carries the record of a row that was entered.
    """

    rows_wanted = Signal()
    fix_wanted = Signal()
    ignore_wanted = Signal(object)
    target_chosen = Signal(object)

    def __init__(
        self, finding: Finding, *, may_change: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.finding = finding
        self.buttons: list[QPushButton] = []
        self.rows: TargetsTable | None = None
        self._place = QVBoxLayout()
        self._lay_out(may_change)

    def offer(self, words: str, act: object, *, name: str = "") -> QPushButton:
        """Put another button before the others."""
        button = push_button(words, act)
        button.setAccessibleName(f"{name or words}: {self.finding.title}")
        self.buttons.append(button)
        self._tools.insertWidget(len(self.buttons) - 1, button)
        return button

    def show_rows(self, records: Sequence[AnyRecord]) -> None:
        """List the records it is about; Enter leads to one."""
        if self.rows is None:
            self.rows = TargetsTable(f"Records: {self.finding.title}", ("Record", "Where"))
            self.rows.chosen.connect(self.target_chosen)
            self._place.addWidget(self.rows)
        assert self.finding.kind is not None
        self.rows.show_rows([_row(self.finding.kind, record) for record in records])
        head = self.rows.horizontalHeader().sizeHint().height()
        in_sight = min(len(records), _ROWS_IN_SIGHT)
        self.rows.setFixedHeight(head + in_sight * current_theme().px(RowPx.COMPACT) + 2)
        self.rows.setVisible(True)
        self.rows.setFocus(Qt.FocusReason.OtherFocusReason)

    def hide_rows(self) -> None:
        """Show the records no more."""
        if self.rows is not None:
            self.rows.hide()

    @property
    def shows_rows(self) -> bool:
        """Whether the records are shown."""
        return self.rows is not None and not self.rows.isHidden()

    def _lay_out(self, may_change: bool) -> None:
        finding = self.finding
        px = current_theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(6))
        said = examples_words(finding)
        word = sign_of(finding)[2]
        self.setAccessibleName(f"{word}: {finding.title}")
        self.setAccessibleDescription(" ".join(filter(None, (finding.why, said))))
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(sign(finding))
        title = PlainLabel(finding.title)
        title.setWordWrap(True)
        font = title.font()
        font.setWeight(font.Weight.DemiBold)
        title.setFont(font)
        head.addWidget(title, 1)
        if finding.ignored_until is not None:
            until = text.local_time(finding.ignored_until)
            head.addWidget(PlainLabel(f"Ignored until {until}", "muted"))
        column.addLayout(head)
        body = QVBoxLayout()
        body.setContentsMargins(px(_INDENT_PX), 0, 0, 0)
        body.setSpacing(px(6))
        for words in filter(None, (finding.why, said)):
            label = PlainLabel(words, "muted")
            label.setWordWrap(True)
            body.addWidget(label)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(px(8))
        self._tools.addStretch()
        body.addLayout(self._tools)
        body.addLayout(self._place)
        column.addLayout(body)
        if finding.pks:
            self.offer(f"Show {text.count(finding.rows)}", self.rows_wanted.emit, name="Show")
        if may_change and finding.is_mendable and not finding.ok:
            self.offer("Fix", self.fix_wanted.emit)
        if may_change and not finding.ok:
            self._offer_ignoring()

    def _offer_ignoring(self) -> None:
        if self.finding.ignored_until is not None:
            self.offer("Tell me again", partial(self.ignore_wanted.emit, None))
            return
        button = self.offer("Ignore until…", lambda: None, name="Ignore until")
        button.clicked.disconnect()
        menu = QMenu(button)
        for words, days in _PERIODS:
            menu.addAction(f"In {words}, {_date(days)}").triggered.connect(
                lambda _checked, days=days: self.ignore_wanted.emit(now_us() + days * DAY_US)
            )
        button.setMenu(menu)


def sign_of(finding: Finding) -> tuple[str, str, str]:
    """Return the icon of a finding, its colour, and the word for it."""
    return _GOOD if finding.ok and not finding.rows else _SIGNS[finding.gravity]


def sign(finding: Finding) -> QToolButton:
    """Return the sign of a finding, which is only to be looked at."""
    name, ink, word = sign_of(finding)
    button = QToolButton()
    button.setProperty("quiet", True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    button.setAccessibleName(word)
    put_icon(button, name, ink)
    return button


def examples_words(finding: Finding) -> str:
    """Return the first rows of a finding, and how many more there are."""
    shown = [_without_id(finding, each) for each in finding.examples[:EXAMPLES_SHOWN]]
    more = finding.rows - len(shown)
    tail = f" and {text.count(more)} more" if shown and more > 0 else ""
    return "; ".join(shown) + tail


def _without_id(finding: Finding, example: str) -> str:
    """Return an example without the id that one of a record begins with."""
    title = example.partition(" ")[2] if finding.pks else ""
    return f"“{title}”" if title else example


def _date(days: int) -> str:
    return text.local_time(now_us() + days * DAY_US).rpartition(" ")[0]


def _row(kind: Kind, record: AnyRecord) -> Row:
    target = RecordTarget(kind=kind, pk=record.pk, place=record.place)
    return Row((record.title or record.id, _PLACES[record.place]), (target, target))
