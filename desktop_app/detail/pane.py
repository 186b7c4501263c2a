"""Everything about one record, beside the table or in a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.errors import RecordNotFoundError, SheafError
from db.ports import Storage
from db.records import Kind, LearningRecord, MessageRecord, OperationRecord
from db.repositories import EditValue
from db.terms import Terms
from db.vocabulary import Part
from desktop_app.actions.ids import ActionId
from desktop_app.detail.description_view import DescriptionView
from desktop_app.detail.editing import Editing
from desktop_app.detail.facts import Facts
from desktop_app.detail.footer import Footer
from desktop_app.detail.header import Header
from desktop_app.detail.landing import Landing
from desktop_app.detail.learning_text import first_sentence, readable
from desktop_app.detail.operation_view import OperationView
from desktop_app.detail.seen import Seen, see
from desktop_app.detail.tab_catalogue import PaneActs, every_tab
from desktop_app.detail.tabs import Tabs
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.models.course import Standing
from desktop_app.reading.run_view import RunView
from desktop_app.reading.thread_view import ThreadView
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.workspace import Workspace

LOADING_MS: Final = 300
_TEXTS: Final = (DescriptionView, RunView, ThreadView)
"""The views of a text in which something can be found."""
_TABS_PX: Final = 340
_LOW_TABS_PX: Final = 240
"""How high the tabs are at least, where all has to be scrolled, and before it has to be."""
_GONE: Final = "It was deleted permanently, or a backup was restored that does not hold it."


class DetailPane(QFrame):
    """Shows a record of any kind and saves each change to it at once; or an operation.

    `record_chosen` carries the kind and pk of another record that a person wants to see,
    `edited` the `Outcome` of a change, `seen_anew` the record each time it was read,
    `step_wanted` 1 or -1 for the next record or the one before, `purge_wanted` the kind and
    pks of what is to be deleted for good, `action_wanted` what else is to be done with the
    record that is shown, and that record; `import_wanted` asks for files to import.
    """

    record_chosen = Signal(object, int)
    edited = Signal(object)
    seen_anew = Signal(object)
    step_wanted = Signal(int)
    import_wanted = Signal()
    purge_wanted = Signal(object, object)
    action_wanted = Signal(object, object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Details")
        self._key: tuple[Kind, int] | None = None
        self._hit: tuple[Kind, int] | None = None
        self._seen: Seen | None = None
        self._workspace = workspace
        background = workspace.background
        self._latest = Latest(background, self)
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.setInterval(LOADING_MS)
        self._loading.timeout.connect(self._show_loading)
        self.header = Header()
        self.facts = Facts(background)
        self._editing = Editing(workspace, self)
        self.tabs = Tabs(every_tab(background, self._acts()), background)
        self._landing = Landing(self.tabs, background)
        self.footer = Footer(workspace)
        self.operation = OperationView(workspace)
        self.state = StatePanel(in_line=2)
        self._page = QWidget()
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._connect(workspace)
        self.clear()

    @property
    def description(self) -> DescriptionView:
        """The view of the description."""
        view = self.tabs.view("Overview")
        assert isinstance(view, DescriptionView)
        return view

    @property
    def key(self) -> tuple[Kind, int] | None:
        """The kind and pk of the record that is shown or being read."""
        return self._key

    def show_record(self, kind: Kind, pk: int) -> None:
        """Show a record; the same one again is only read anew."""
        if (kind, pk) == self._key:
            self.refresh()
            return
        self.finish_editing()
        self._key = (kind, pk)
        if self._hit != self._key:
            self._hit = None
        self._loading.start()
        self._read()

    def show_match(self, kind: Kind, pk: int, terms: Terms) -> None:
        """Show a record where its text holds what was searched for, and mark it there."""
        self._landing.expect(kind, pk, terms)
        self._expect_hit(kind, pk)
        self.show_record(kind, pk)

    def show_found(self, kind: Kind, pk: int, terms: Terms) -> None:
        """Show a record with what was searched for marked, and nothing else that was."""
        for view in self.tabs.made:
            if isinstance(view, DescriptionView | RunView):
                view.finder.forget()
        if terms.alternatives:
            self._landing.expect(kind, pk, terms)
        self.show_record(kind, pk)

    def show_several(
        self, number: int, summary: str = "", buttons: Sequence[ButtonSpec] = ()
    ) -> None:
        """Say that so many records are selected, and what they are; offer what to do."""
        self._leave_record()
        self._put_state("check", f"{count(number)} selected", summary, buttons)

    def show_operation(self, operation: OperationRecord) -> None:
        """Show what an operation did."""
        self._leave_record()
        self.operation.show_operation(operation)
        self._stack.setCurrentWidget(self.operation)

    def clear(self) -> None:
        """Say that nothing is selected."""
        self._show_state("file", "Nothing selected", "Select a record to see all of it here.")

    def refresh(self) -> None:
        """Read the record anew, keeping the tab and the place in it."""
        if self._key is not None:
            self._read()

    def edit_title(self) -> None:
        """Turn the title into a field, once it is there."""
        self._once_seen(lambda _seen: self.header.title.start())

    def open_find(self) -> None:
        """Find something in the text that is shown, or else in the first that there is."""
        self._once_seen(self._open_find)

    def _open_find(self, seen: Seen) -> None:
        view = self.tabs.view(self.tabs.name)
        if not isinstance(view, _TEXTS):
            for name in self.tabs.texts(seen.kind):
                self.tabs.open(name)
                view = self.tabs.view(name)
                break
        if isinstance(view, _TEXTS):
            view.open_find()

    def enter_text(self) -> None:
        """Give the focus to what is on the tab that is open."""
        view = self.tabs.view(self.tabs.name)
        if isinstance(view, _TEXTS):
            view.enter()
        else:
            view.setFocus()

    def act(self, action: ActionId) -> None:
        """Ask for something to be done with the record that is shown."""
        self._once_seen(lambda seen: self.action_wanted.emit(action, seen.record))

    def _once_seen(self, act: Callable[[Seen], object]) -> None:
        """Do something with the record that is wanted: now, or as soon as it has been read."""
        key = self._key
        if self._seen is not None and self._seen.key == key:
            act(self._seen)
        elif key is not None:
            once = Qt.ConnectionType.SingleShotConnection
            self.seen_anew.connect(lambda seen: act(seen) if seen.key == key else None, once)

    def finish_editing(self) -> None:
        """Save what is being written or set, of the record that it was begun on."""
        self.header.title.finish()
        self.facts.finish()
        for view in self.tabs.made:
            if isinstance(view, DescriptionView | RunView):
                view.finish()

    def _expect_hit(self, kind: Kind, pk: int) -> None:
        """Give the room to the text of a record in which something was found."""
        self._hit = kind, pk
        self.facts.fold()

    def _read(self) -> None:
        key = self._key
        self._latest.ask(lambda storage, _token: see(storage, *key), self._show, self._fail)

    def _show(self, seen: Seen) -> None:
        self._loading.stop()
        if self._seen is None or self._seen.key != seen.key:
            self.finish_editing()
            self._scroll.verticalScrollBar().setValue(0)
        if self._workspace.only_read:
            seen = Seen(seen.detail, is_open=False)
        self._seen = seen
        self._editing.follow()
        self.header.show_seen(seen)
        self.facts.show_seen(seen)
        self._fit_facts()
        self.tabs.show_seen(seen)
        self._landing.show_seen(seen)
        self.footer.show_seen(seen)
        self._stack.setCurrentWidget(self._page)
        self.seen_anew.emit(seen)

    def _fail(self, error: SheafError) -> None:
        self._loading.stop()
        self._seen = None
        if isinstance(error, RecordNotFoundError):
            self._put_state("trash", "This record is gone", _GONE)
        else:
            again = ("Try again", self.refresh, True)
            self._put_state("error", error.what, f"{error.safe} {error.advice}", [again])

    def _show_loading(self) -> None:
        self._put_state("clock", "Loading…", "")

    def _show_state(self, picture: str, headline: str, sentence: str) -> None:
        self._leave_record()
        self._put_state(picture, headline, sentence)

    def _leave_record(self) -> None:
        self.finish_editing()
        self._latest.cancel()
        self._loading.stop()
        self._key = self._seen = None

    def _put_state(
        self, picture: str, headline: str, sentence: str, buttons: Sequence[ButtonSpec] = ()
    ) -> None:
        self.state.show_state(picture, headline, sentence, buttons)
        self._stack.setCurrentWidget(self.state)

    def _save(self, changes: dict[str, EditValue], version: int | None = None) -> None:
        """Store changes of the version shown, or of the one that they were begun at."""
        if self._seen is not None:
            begun = self._seen.record.version if version is None else version
            self._editing.save(self._seen.key, begun, changes)

    def _acts(self) -> PaneActs:
        """Return what the tabs ask of this pane."""
        return PaneActs(
            save=self._save,
            revise=self._editing.revise,
            go=self.record_chosen.emit,
            step=self.step_wanted.emit,
            make_record=self.make_record,
            import_files=self.import_wanted.emit,
            add_update=self._add_update,
            keep_learning=self.keep_learning,
            go_to_message=self.go_to_message,
            go_to_original=self._go_to_original,
            merge_into=self._merge_into,
            supersede=self._supersede,
        )

    def show_standing(self, standing: Standing | None) -> None:
        """Say where in a list the run stands that is shown, or else among those of its task."""
        view = self.tabs.view("Text")
        is_there = self._seen is not None and self._seen.key == self._key
        if isinstance(view, RunView) and is_there:
            view.show_standing(self._seen, standing)

    def step_in_task(self, distance: int) -> None:
        """Go to the next run of the same task (1), or to the one before (-1)."""
        view = self.tabs.view("Text")
        assert isinstance(view, RunView)

        def step(seen: Seen) -> None:
            view.show_seen(seen)
            view.step_in_task(distance)

        self._once_seen(step)

    def go_to_message(
        self, conversation_pk: int, message_pk: int, terms: Terms | None = None
    ) -> None:
        """Ask for a message in its conversation, with what a search found in it marked."""
        view = self.tabs.view("Thread")
        assert isinstance(view, ThreadView)
        view.show_message(message_pk, terms)
        if terms is not None:
            self._expect_hit(Kind.CONVERSATION, conversation_pk)
        self.tabs.choose(Kind.CONVERSATION, "Thread")
        self.record_chosen.emit(Kind.CONVERSATION, conversation_pk)

    def _go_to_original(self, kind: Kind, pk: int) -> None:
        self.tabs.choose(kind, "Original")
        self.record_chosen.emit(kind, pk)

    def _merge_into(self, twin: LearningRecord) -> None:
        if self._seen is not None:
            self._workspace.merge_learnings(twin.pk, self._seen.record.pk)

    def _supersede(self, twin: LearningRecord) -> None:
        if self._seen is not None:
            self._editing.supersede(twin, self._seen.record)

    def make_record(self, kind: Kind) -> None:
        """Open the dialog that makes a record which belongs to the one shown."""
        if self._seen is not None and not self._workspace.refuses():
            NewDialog(self._workspace, kind, self._seen.record, parent=self).open()

    def keep_learning(self, message_pk: int, text: str = "") -> None:
        """Open the dialog that keeps what a message says, or a part of it, as a learning."""

        def ask(found: tuple[MessageRecord, str]) -> None:
            message, said = found
            given: dict[str, EditValue] = {
                "title": first_sentence(said),
                "description": readable(said),
                "evidence": [message.id],
            }
            talk = message.conversation_title or "a conversation"
            note = f"Evidence: message {count(message.position + 1)} of “{talk}”."
            NewDialog(
                self._workspace, Kind.LEARNING, message, given, parent=self, note=note
            ).open()

        if self._workspace.refuses():
            return
        self._workspace.background.read(
            lambda storage, _token: _said(storage, message_pk, text),
            ask,
            self._workspace.failed.emit,
        )

    def _add_update(self, text: str) -> None:
        assert self._seen is not None
        home = self._seen.kind.word
        fields: dict[str, EditValue] = {"description": text, home: self._seen.record.id}
        self._workspace.create(Kind.STATUS_UPDATE, fields)

    def _connect(self, workspace: Workspace) -> None:
        self.header.title.edited.connect(
            lambda title, version: self._save({"title": title}, version)
        )
        self.header.home_chosen.connect(self.record_chosen)
        self.facts.edited.connect(self._save)
        self.footer.edited.connect(self._save)
        self.facts.chosen.connect(self.record_chosen)
        self._editing.done.connect(self.edited)
        self.footer.purge_wanted.connect(self.purge_wanted)
        self.footer.action_wanted.connect(self.action_wanted)
        for changed in (
            workspace.changed,
            workspace.noticed,
            workspace.failed,
            self._editing.dropped,
        ):
            changed.connect(self.refresh)

    def _lay_out(self) -> None:
        px = current_theme().px
        content = QWidget()
        content.installEventFilter(self)
        self._column = column = QVBoxLayout(content)
        padding = px(CARD_PADDING_PX)
        column.setContentsMargins(padding, padding, padding, 0)
        column.setSpacing(px(SPACE_PX))
        for part in (self.header, self.facts):
            column.addWidget(part)
        self.tabs.setMinimumHeight(px(_LOW_TABS_PX))
        # Nothing is scrolled for as much room as they would like to have.
        across = QSizePolicy.Policy.Preferred
        self.tabs.setSizePolicy(across, QSizePolicy.Policy.Ignored)
        column.addWidget(self.tabs, 1)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        self.footer.setContentsMargins(padding, 0, padding, padding)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(scroll, 1)
        page.addWidget(self.footer)
        self._stack.addWidget(self.state)
        self._stack.addWidget(self._page)
        self._stack.addWidget(self.operation)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.addWidget(self._stack)

    def _fit_facts(self) -> None:
        """Leave what is on the tabs at least half of the height, rather than show all facts."""
        padding, space = current_theme().px(CARD_PADDING_PX), current_theme().px(SPACE_PX)
        width = self.width() - 2 * padding
        taken = (
            padding
            + self.header.heightForWidth(width)
            + self.tabs.tabBar().sizeHint().height()
            + self.footer.sizeHint().height()
            + 3 * space
        )
        is_hit = self._hit is not None
        self.facts.fit(0 if is_hit else self.height() - self.height() // 2 - taken)

    def _fit_tabs(self) -> None:
        """Let the tabs be lower rather than have all of the pane scrolled."""
        px, column = current_theme().px, self._column
        viewport = self._scroll.viewport()
        least = (
            column.minimumHeightForWidth(viewport.width())
            if column.hasHeightForWidth()
            else column.minimumSize().height()
        )
        above = least - self.tabs.minimumHeight()
        has_room = above + px(_LOW_TABS_PX) <= viewport.height()
        self.tabs.setMinimumHeight(px(_LOW_TABS_PX if has_room else _TABS_PX))

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize}:
            self._fit_facts()
            self._fit_tabs()
        return super().eventFilter(watched, event)


def _said(storage: Storage, pk: int, text: str) -> tuple[MessageRecord, str]:
    """Return a message and a text from it: the one given, all it says, or all that is in it."""
    for message in storage.message_details([pk]):
        texts = [block.text for block in message.blocks if block.type is Part.TEXT]
        texts = texts or [block.text for block in message.blocks]
        return message.record, text or "\n\n".join(texts)
    raise RecordNotFoundError("This message is no longer there.")
