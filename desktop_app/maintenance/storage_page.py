"""The page of what takes room: the map, compacting, and the right to delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.jobs import OwnKind
from db.maintenance.certificate import Certificate
from db.maintenance.forgetting import Forgetting, Survey, Wish
from db.maintenance.storage_map import StorageMap, storage_map
from db.maintenance.vacuuming import (
    Compacted,
    Every,
    Schedule,
    compact,
    keep_schedule,
    schedule,
)
from db.ports import Storage
from db.traces import Needles
from desktop_app.background import Report
from desktop_app.daily_work import Work
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.maintenance.certificate_dialog import CertificateDialog
from desktop_app.maintenance.forget_dialog import ForgetDialog
from desktop_app.maintenance.long_work import LongWork
from desktop_app.maintenance.room_card import RoomCard
from desktop_app.maintenance.room_words import (
    BATCH_COLUMNS,
    PART_COLUMNS,
    batch_rooms,
    batches_words,
    gain_words,
    part_rooms,
    parts_words,
    whole_words,
)
from desktop_app.own_files import own_files
from desktop_app.widgets.announce import announce
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.work_row import WorkRow
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

_EVERY: Final = {Every.NEVER: "Never", Every.WEEKLY: "Weekly", Every.MONTHLY: "Monthly"}


class StoragePage(QFrame):
    """Shows what takes room once it is looked at; what is done about it is a job.

    `told` carries words for a message, `target_wanted` where a part of the map leads,
    `backups_changed` comes when backups may have gone. `forgetting` comes before something
    is forgotten and carries what says whether a text is to be.
    """

    told = Signal(str)
    target_wanted = Signal(object)
    backups_changed = Signal()
    forgetting = Signal(object)

    def __init__(
        self, workspace: Workspace, state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._state = state
        self._latest = Latest(workspace.background, self)
        self._work = LongWork(workspace, "bytes", self)
        self.work_row = WorkRow("Progress", self._work.stop)
        self._is_measuring = False
        self._is_outdated = True
        self.map: StorageMap | None = None
        self._schedule = Schedule()
        self.notice = Banner()
        self._whole = PlainLabel("", role="muted")
        self.compact = push_button("Compact…", self.ask_to_compact)
        self.forget = push_button("Forget…", self.open_forgetting)
        self.measure_again = push_button("Measure again", self.measure)
        self.every = QComboBox()
        self.parts = RoomCard("What takes room", PART_COLUMNS)
        self.batches = RoomCard("Largest batches", BATCH_COLUMNS)
        self._lay_out()
        self._work.changed.connect(self._on_work)
        self._work.progressed.connect(self.work_row.show_progress)
        self._enable()

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._work.is_busy

    def refresh(self) -> None:
        """Take note that something changed; it is measured again when a person asks for it."""
        self._is_outdated = True
        self._say_whole()

    def look_for_news(self) -> None:
        """Take note that something changed elsewhere."""
        self.refresh()

    def measure(self) -> None:
        """Measure everything, on a reader thread."""
        self._is_measuring = True
        self._is_outdated = False
        self._say_whole()
        self._enable()
        self._latest.ask(
            lambda storage, token: (storage_map(storage, token), schedule(storage.settings)),
            self._show,
            self._fail,
        )

    # Compacting

    def ask_to_compact(self) -> None:
        """Say what compacting brings and takes, and do it if that is wanted."""
        if self.map is None:
            return
        gain = self.map.gain
        buttons = [("Not now", self.notice.hide, not gain.has_room)]
        if gain.has_room:
            buttons.insert(0, ("Compact", self.compact_now, True))
        said = f"Write the file anew without what it holds no more? {gain_words(gain)}"
        self.notice.show_message("info" if gain.has_room else "warning", said, buttons)
        self.notice.buttons[0].setFocus()

    def compact_now(self) -> None:
        """Compact the file."""

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[Compacted, object]:
            done = compact(storage, token, report, report)
            return done, {"said": f"Freed {done.freed / 1e6:,.1f} MB"}

        def done(result: Compacted) -> None:
            self.told.emit(
                f"Compacted: {text.size(result.before)} became {text.size(result.after)}"
            )
            self.measure()

        self._begin(OwnKind.COMPACT, "Compact", work, done)

    # Forgetting

    def open_forgetting(self) -> None:
        """Ask what is to be forgotten, and show what there is of it."""
        if not self.is_busy:
            dialog = ForgetDialog(self._workspace, self.window())
            dialog.confirmed.connect(self._forget)
            dialog.open()

    def _forget(self, survey: Survey, wish: Wish) -> None:
        if survey.wanted.text:
            stands_in = Needles([survey.wanted.text]).stand_in
            self.forgetting.emit(stands_in)
            self._state.forget(stands_in)

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[Certificate, object]:
            forgetting = Forgetting(storage, own_files())
            certificate = forgetting.forget(survey, wish, token, report, report)
            return certificate, {"said": f"Forgot {survey.found.number:,} records"}

        def done(certificate: Certificate) -> None:
            self._workspace.notice()
            self.backups_changed.emit()
            dialog = CertificateDialog(certificate, self._workspace.background, self.window())
            dialog.told.connect(self.told)
            dialog.open()
            self.measure()

        self._begin(OwnKind.FORGET, "Forget", work, done)

    def _begin(
        self, kind: OwnKind, title: str, work: Work, on_done: Callable[[Any], None]
    ) -> None:
        if not self._workspace.only_read:
            self._work.begin(kind, title, work, on_done)

    def _on_work(self) -> None:
        with self.work_row.keeping_focus():
            self.work_row.show_work(self._work.doing)
            if self.is_busy:
                self.notice.hide()
            self._enable()

    # Showing

    def _show(self, found: tuple[StorageMap, Schedule]) -> None:
        self.map, self._schedule = found
        self._is_measuring = False
        parts, batches = part_rooms(self.map), batch_rooms(self.map)
        self.parts.show_rooms(parts, parts_words(parts))
        self.batches.show_rooms(batches, batches_words(batches))
        self.every.setCurrentIndex([*_EVERY].index(self._schedule.every))
        self._say_whole()
        announce(self, self._whole.text())
        self._enable()

    def _fail(self, error: SheafError) -> None:
        self._is_measuring = False
        self._enable()
        again = ("Try again", self.measure, True)
        self.notice.show_message("error", str(error), [again])

    def _say_whole(self) -> None:
        if self.map is None or self._is_measuring:
            self._whole.setText("Measuring…" if self._is_measuring else "")
            return
        news = " Something was changed since." if self._is_outdated else ""
        self._whole.setText(f"{whole_words(self.map)}{news}")

    def _enable(self) -> None:
        """Let only be done what can be done now."""
        may_change = not self.is_busy and not self._workspace.only_read
        is_known = self.map is not None
        is_in_file = self.map is not None and self.map.is_in_file
        self.compact.setEnabled(may_change and is_in_file and not self._is_measuring)
        self.forget.setEnabled(may_change)
        self.every.setEnabled(may_change and is_known and is_in_file)
        self.measure_again.setEnabled(not self._is_measuring and not self.is_busy)

    def _keep_every(self, place: int) -> None:
        chosen = replace(self._schedule, every=[*_EVERY][place])
        self._schedule = chosen
        self._workspace.put(
            lambda storage: keep_schedule(storage.settings, chosen), lambda _nothing: None
        )

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        self._whole.setWordWrap(True)
        self.every.addItems(list(_EVERY.values()))
        self.every.setAccessibleName("Compact by itself")
        self.every.setToolTip("Only when more than a fifth of the file is free")
        self.every.activated.connect(self._keep_every)
        itself = PlainLabel("By &itself", role="muted")
        itself.setBuddy(self.every)
        head = QVBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.addWidget(PlainLabel("Storage", role="title"))
        head.addWidget(self._whole)
        told = QHBoxLayout()
        told.setContentsMargins(px(16), 0, px(16), px(8))
        told.addWidget(self.notice)
        tools = QHBoxLayout()
        tools.setContentsMargins(px(16), 0, px(16), px(8))
        tools.setSpacing(px(8))
        for part in (self.compact, itself, self.every, self.forget):
            tools.addWidget(part)
        tools.addStretch()
        tools.addWidget(self.measure_again)
        content = QWidget()
        cards = QVBoxLayout(content)
        cards.setContentsMargins(px(16), px(4), px(16), px(16))
        cards.setSpacing(px(CARD_GAP_PX))
        for card in (self.parts, self.batches):
            card.chosen.connect(self.target_wanted)
            cards.addWidget(card)
        cards.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(told)
        column.addWidget(self.work_row)
        column.addLayout(tools)
        column.addWidget(scroll, 1)
        self.setFocusProxy(self.compact)

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_outdated and not self.is_busy:
            self.measure()
