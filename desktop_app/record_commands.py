"""What a person does to the records that are chosen in a list or among hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind, Place
from db.repositories import Choice, EditValue
from db.vocabulary import Priority, Severity, Status
from desktop_app.actions.ids import ActionId as Do
from desktop_app.copying import as_markdown, as_tsv, command_for
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.picker import NEW, Find, Option, Picker, facet
from desktop_app.detail.shown import ShownRecord
from desktop_app.dialogs.purge import PurgeDialog
from desktop_app.lists.page import ListPage
from desktop_app.look import text
from desktop_app.models.course import Course
from desktop_app.pages import Pages, RecordsPage
from desktop_app.reading.compare_window import CompareWindow, Key
from desktop_app.reading.comparing import comparing
from desktop_app.workspace import Workspace

_LETTERS: Final = "123456789"
_TWO: Final = 2
Chosen: TypeAlias = "RecordsPage | ShownRecord"
"""What says which records to act on: a page, or a pane that shows one."""
MANY: Final = 1_000
"""So many records at most are looked through for their tags."""


class RecordCommands(QObject):
    """Carries out the actions that act on the page shown and on what is chosen there.

    `window_wanted` carries the kind and pk of a record that is to have a window of its own,
    and the `Course` through the list it is in; `detail_wanted` asks for the details of the
    chosen one.
    """

    export_wanted = Signal(object)
    window_wanted = Signal(object, int, object)
    detail_wanted = Signal()
    said = Signal(str)

    def __init__(
        self, workspace: Workspace, pages: Pages, detail: DetailPane, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._workspace = workspace
        self._pages = pages
        self._detail = detail

    @property
    def handlers(self) -> Mapping[Do, Callable[[RecordsPage], object]]:
        """What to do for each action, given the page that records are chosen on."""
        return {
            **self.record_handlers,
            Do.COMPARE: self._compare,
            Do.OPEN_PANE: self._open_pane,
            Do.OPEN_WINDOW: self._open_window,
            Do.RENAME: lambda _page: self._detail.edit_title(),
            Do.NEXT_RECORD: lambda page: self._step(page, 1),
            Do.PREVIOUS_RECORD: lambda page: self._step(page, -1),
        }

    @property
    def shown_handlers(self) -> Mapping[Do, Callable[[ShownRecord], object]]:
        """What to do for each action, given a record that a pane shows."""
        return {
            **self.record_handlers,
            Do.COMPARE: lambda shown: self._take_to_compare(shown.kind, shown.choice),
            Do.OPEN_WINDOW: lambda shown: self.window_wanted.emit(
                shown.kind, *shown.choice, None
            ),
            Do.RENAME: lambda shown: shown.pane.edit_title(),
        }

    @property
    def record_handlers(self) -> Mapping[Do, Callable[[Chosen], object]]:
        """What to do for each action, given what says which records are meant."""
        return {
            Do.COPY_ID: self._copy_ids,
            Do.SHOW_TASKS: self._show_tasks,
            Do.ADD_TAG: self._add_tag,
            Do.REMOVE_TAG: self._remove_tag,
            Do.SET_STATUS: partial(self._offer, "status", tuple(Status)),
            Do.SET_PRIORITY: self._offer_urgency,
            Do.ARCHIVE: self._archive,
            Do.TRASH: lambda page: self._workspace.trash(page.kind, page.choice),
            Do.RESTORE: lambda page: self._workspace.restore(page.kind, page.choice),
            Do.PURGE: lambda page: self.purge(page.kind, page.choice, _window_of(page)),
        }

    @property
    def list_handlers(self) -> Mapping[Do, Callable[[ListPage], object]]:
        """What to do for each action that only a list has, given the list that is shown."""
        return {
            Do.COPY: lambda page: self._copy(as_tsv(page, headers=False), _rows_of(page)),
            Do.COPY_WITH_HEADERS: lambda page: self._copy(
                as_tsv(page, headers=True), f"{_rows_of(page)} with headers"
            ),
            Do.COPY_MARKDOWN: lambda page: self._copy(
                as_markdown(page), f"{_rows_of(page)} with headers, as Markdown"
            ),
            Do.COPY_COMMAND: lambda page: self._copy(
                command_for(page, self._workspace), "the command"
            ),
            Do.SELECT_ALL: ListPage.select_all,
            Do.SELECT_NONE: lambda page: page.selection.clear(),
            Do.FILTERS: lambda page: page.filters.focus_first(),
            Do.CLEAR_FILTERS: ListPage.clear_filters,
            Do.COLUMNS: lambda page: page.columns.open_menu(QPoint(0, page.table.y())),
            Do.NEXT_PAGE: lambda page: page.turn(page.presenter.page.number + 1),
            Do.PREVIOUS_PAGE: lambda page: page.turn(page.presenter.page.number - 1),
            Do.FIRST_PAGE: lambda page: page.turn(0),
            Do.LAST_PAGE: lambda page: page.turn((page.presenter.pages or 1) - 1),
        }

    def _copy(self, words: str, what: str) -> None:
        QGuiApplication.clipboard().setText(words)
        self.said.emit(f"Copied {what}")

    def _copy_ids(self, page: Chosen) -> None:
        if isinstance(page, ListPage):
            found = [page.presenter.page.records.get(pk) for pk in page.selection.on_page]
        else:
            found = [page.chosen_record]
        ids = [record.id for record in found if record is not None]
        self._copy("\n".join(ids), text.counted(len(ids), "id", "ids"))

    def _open_pane(self, page: RecordsPage) -> None:
        if isinstance(page, ListPage):
            self.detail_wanted.emit()
        else:
            page.open()

    def _open_window(self, page: RecordsPage) -> None:
        if not isinstance(page, ListPage):
            page.open_window()
        elif page.chosen_pk is not None:
            ids = page.presenter.ids
            pks = page.presenter.page.pks if ids is None else ids
            course = Course(page.kind, pks, page.view.title)
            self.window_wanted.emit(page.kind, page.chosen_pk, course)

    def _step(self, page: RecordsPage, distance: int) -> None:
        """Go on in the list; from a run that is not in it, to the next run of its task."""
        record, shown = page.chosen_record, self._detail.key
        is_of_list = record is not None and shown == (page.kind, record.pk)
        if not is_of_list and shown is not None and shown[0] is Kind.EXECUTION:
            self._detail.step_in_task(distance)
        else:
            page.step(distance)

    def _compare(self, page: RecordsPage) -> None:
        if isinstance(page, ListPage) and len(page.selection.pks) == _TWO:
            older, newer = sorted(page.selection.pks)
            self.show_difference((page.kind, older), (page.kind, newer))
        elif page.chosen_record is not None:
            self._take_to_compare(page.kind, (page.chosen_record.pk,))

    def _take_to_compare(self, kind: Kind, pks: tuple[int, ...]) -> None:
        for pk in pks:
            comparing(self._workspace.background).take(kind, pk)

    def show_difference(self, left: Key, right: Key) -> None:
        """Compare two records in a window of their own."""
        CompareWindow(self._workspace, self._window).compare(left, right)

    def _show_tasks(self, page: Chosen) -> None:
        record = page.chosen_record
        if record is not None:
            self._pages.show_inside(page.kind, record.id)
            self._window.activateWindow()

    def _archive(self, page: Chosen) -> None:
        if page.chosen_place is Place.ARCHIVED:
            self._workspace.unarchive(page.kind, page.choice)
        else:
            self._workspace.archive(page.kind, page.choice)

    def _offer_urgency(self, page: Chosen) -> None:
        if page.kind is Kind.BUG:
            self._offer("severity", tuple(Severity), page)
        else:
            self._offer("priority", tuple(Priority), page)

    def _offer(
        self,
        field: str,
        values: tuple[Status | Priority | Severity, ...],
        page: Chosen,
    ) -> None:
        """Offer values at the current row, the present one ticked; each has a digit."""
        menu = QMenu(_widget_of(page))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(f"Set {field}")
        present = getattr(page.chosen_record, field, None)
        for digit, value in zip(_LETTERS, values, strict=False):
            changes: dict[str, EditValue] = {field: int(value)}
            action = menu.addAction(
                f"&{digit}  {value.word.capitalize()}",
                partial(self._workspace.edit_many, page.kind, page.choice, changes),
            )
            action.setCheckable(True)
            action.setChecked(value == present)
        menu.popup(_where_to_ask(page))

    def _pick_tag(
        self,
        verb: str,
        find: Find,
        act: Callable[[Kind, Choice, str], None],
        page: Chosen,
    ) -> None:
        """Offer tags at the current row, for all that is chosen."""
        kind, choice = page.kind, page.choice
        what = page.kind.counted(page.chosen_count)
        to = "to" if verb == "Add" else "from"
        title = f"{verb} a tag {to} {what}"
        if_none = NEW if verb == "Add" else "There are no tags."
        picker = Picker(title, find, self._workspace.background, _widget_of(page), if_none)
        picker.picked.connect(partial(act, kind, choice))
        picker.open_below(_where_to_ask(page))

    def _add_tag(self, page: Chosen) -> None:
        self._pick_tag("Add", facet("tag", page.kind), self._workspace.add_tag, page)

    def _remove_tag(self, page: Chosen) -> None:
        find = partial(_tags_of, page.kind, page.choice)
        self._pick_tag("Remove", find, self._workspace.remove_tag, page)

    def purge(self, kind: Kind, choice: Choice, parent: QWidget | None = None) -> None:
        """Delete records for good, once that is confirmed, in a window or the main one."""
        dialog = PurgeDialog(self._workspace, kind, choice, parent or self._window)

        def purge(export_first: bool) -> None:
            delete = partial(self._workspace.purge, kind, choice)
            if export_first:
                self.export_wanted.emit((kind, choice, delete))
            else:
                delete()

        dialog.confirmed.connect(purge)
        dialog.open()


def _rows_of(page: ListPage) -> str:
    """Return how many rows are copied: those chosen on the page, or the current one."""
    return text.counted(max(1, len(page.selection.on_page)), "row", "rows")


def _widget_of(page: Chosen) -> QWidget:
    return page.pane if isinstance(page, ShownRecord) else page.table


def _window_of(page: Chosen) -> QWidget:
    return _widget_of(page).window()


def _where_to_ask(page: Chosen) -> QPoint:
    """Return a place at the buttons below a record that is shown, or at the current row."""
    if isinstance(page, ShownRecord):
        return page.pane.footer.mapToGlobal(QPoint(0, 0))
    table = page.table
    rect = table.visualRect(table.currentIndex())
    return table.viewport().mapToGlobal(rect.bottomLeft() + QPoint(48, 0))


def _tags_of(
    kind: Kind, choice: Choice, text: str, storage: Storage, token: CancelToken
) -> list[Option]:
    """Find the tags of some records; of very many, those of all of their kind."""
    pks = choice if isinstance(choice, Collection) else storage.ids(choice, MANY + 1, 0, token)
    if len(pks) > MANY:
        return facet("tag", kind)(text, storage, token)
    found = storage.fetch(kind, list(pks), token)
    numbers = Counter(tag for record in found for tag in getattr(record, "tags", ()))
    sought = text.casefold()
    return [
        Option(tag, tag, f"{number:,}")
        for tag, number in numbers.most_common()
        if sought in tag.casefold()
    ]
