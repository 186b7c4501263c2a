"""Working through the learnings that wait for review, by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from db.records import Kind, LearningRecord
from db.repositories import EditValue
from db.vocabulary import Review
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.editing import Editing
from desktop_app.detail.picker import Picker, records
from desktop_app.lists.page import ListPage
from desktop_app.lists.twins import STANDING_REVIEWS, Twin
from desktop_app.workspace import Workspace

_TITLE_CHARS: Final = 60


class Inbox(QObject):
    """Decides about the learning that is chosen in a list: approve, reject, merge, supersede.

    Once it is decided it leaves the list, and the next one is chosen. `edit_wanted` asks to
    edit it.
    """

    edit_wanted = Signal()

    def __init__(self, workspace: Workspace, window: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._editing = Editing(workspace, window)
        self._editing.done.connect(lambda _outcome: self._editing.follow())
        self.destroyed.connect(self._editing.deleteLater)

    @property
    def handlers(self) -> Mapping[Do, Callable[[ListPage], object]]:
        """What to do for each action, given the list that is shown."""
        return {
            Do.APPROVE: partial(self._decide, Review.APPROVED),
            Do.REJECT: partial(self._decide, Review.REJECTED),
            Do.EDIT_LEARNING: lambda _page: self.edit_wanted.emit(),
            Do.MERGE: partial(self._offer, "Merge into", self.merge),
            Do.SUPERSEDE: partial(self._offer, "Supersede", self.supersede),
        }

    def merge(self, page: ListPage, twin: LearningRecord) -> None:
        """Make the learning that is chosen part of another."""
        chosen = page.chosen_record
        if chosen is not None:
            self._workspace.merge_learnings(twin.pk, chosen.pk)

    def supersede(self, page: ListPage, twin: LearningRecord) -> None:
        """Let the learning that is chosen replace another; it stays to be decided about."""
        chosen = page.chosen_record
        if chosen is not None:
            self._editing.supersede(twin, chosen)

    def _decide(self, review: Review, page: ListPage) -> None:
        chosen = page.chosen_record
        if isinstance(chosen, LearningRecord):
            changes: dict[str, EditValue] = {"review": int(review)}
            self._editing.save((Kind.LEARNING, chosen.pk), chosen.version, changes)

    def _offer(
        self, verb: str, act: Callable[[ListPage, LearningRecord], None], page: ListPage
    ) -> None:
        """Offer the learnings like the one chosen, each with a digit; or else all others."""
        twins: tuple[Twin, ...] = () if page.twins is None else page.twins.twins
        if not twins:
            self._offer_all(verb, act, page)
            return
        menu = QMenu(page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(verb)
        for digit, twin in enumerate(twins, 1):
            title = twin.record.title[:_TITLE_CHARS].replace("&", "&&")
            action = menu.addAction(f"&{digit}  {title}", partial(act, page, twin.record))
            if digit == 1:
                menu.setActiveAction(action)
        menu.addSeparator()
        menu.addAction("&Another learning…", partial(self._offer_all, verb, act, page))
        menu.popup(_below_current_row(page))

    def _offer_all(
        self, verb: str, act: Callable[[ListPage, LearningRecord], None], page: ListPage
    ) -> None:
        """Let the person find the other learning."""
        chosen = page.chosen_record
        if chosen is not None:
            find = records(Kind.LEARNING, lambda: chosen.pk, reviews=STANDING_REVIEWS)
            background = self._workspace.background
            picker = Picker(f"{verb} which learning?", find, background, page.table)
            picker.picked.connect(partial(act, page))
            picker.open_below(_below_current_row(page))


def _below_current_row(page: ListPage) -> QPoint:
    rect = page.table.visualRect(page.table.currentIndex())
    return page.table.viewport().mapToGlobal(rect.bottomLeft() + QPoint(48, 0))
