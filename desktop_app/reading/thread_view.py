"""The Thread tab: a conversation to be read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.records import Kind, MessageDetail, ThreadEntry
from db.terms import Terms
from desktop_app.background import Background
from desktop_app.detail.link_bar import LinkBar
from desktop_app.detail.seen import Seen
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.reading.blocks import markdown_text, plain_text
from desktop_app.reading.blocks_document import is_long
from desktop_app.reading.branches import Tree
from desktop_app.reading.comparing import comparing
from desktop_app.reading.finding import find_terms
from desktop_app.reading.thread_bar import ThreadBar
from desktop_app.reading.thread_canvas import ThreadCanvas
from desktop_app.reading.thread_finder import ThreadFinder
from desktop_app.reading.thread_layout import Thread
from desktop_app.reading.thread_marks import terms_finder
from desktop_app.reading.thread_outline import ThreadOutline
from desktop_app.reading.thread_plan import SPOKEN, Plan, Sort, Sorts, Wish, sort_of
from desktop_app.reading.thread_visible import visible_sorts
from desktop_app.reading.thread_whole import WholeText
from desktop_app.widgets.json_view import displayable
from desktop_app.widgets.state_panel import StatePanel

_OUTLINE_PX: Final = 240
_WIDE_PX: Final = 760
"""A view that is narrower shows the list of prompts only when asked to."""
START: Final = 200
"""So many messages of a longer conversation are shown before the outline of all is read:
the first ones, or those around the one that is looked for."""
_SCREEN: Final = 12
"""So many messages fill the view at first."""


class ThreadView(QWidget):
    """Reads a conversation of any length; only what is near the eye is fetched.

    `record_chosen` carries the kind and pk of another record to see, `learning_wanted` the
    pk of a message and the text in it that is worth keeping, `original_wanted` the pk of a
    message to be shown as it came.
    """

    record_chosen = Signal(object, int)
    learning_wanted = Signal(int, str)
    original_wanted = Signal(int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._reading, self._planning = Latest(background, self), Latest(background, self)
        self._landing = Latest(background, self)
        self._key: tuple[Kind, int] | None = None
        self._pending: tuple[int, Terms | None] | None = None
        self._terms: Terms | None = None
        self._wish = Wish()
        self._on_planned: Callable[[], None] | None = None
        self._once_there: Callable[[], object] | None = None
        self._is_amid = self._is_awaited = self._is_part = False
        self._visible = visible_sorts(background)
        self._comparing = comparing(background)
        self.canvas = ThreadCanvas(background)
        self.bar = ThreadBar()
        self.outline = ThreadOutline()
        self.finder = ThreadFinder(self.canvas, self._go_to, background, self)
        self.links = LinkBar()
        self.state = StatePanel()
        self._splitter = QSplitter()
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self._keys = self._make_keys()

    def show_seen(self, seen: Seen) -> None:
        """Show a conversation; the same one again is read anew, in its place."""
        self.bar.show_related(seen.related("parent"), seen.related("children"))
        is_other = seen.key != self._key
        if is_other:
            self._key = seen.key
            self._forget()
        is_long = getattr(seen.record, "messages", 0) > START
        if is_long and (is_other if self._pending is None else not self._has_pending()):
            self._read_part(seen.record.pk)
        else:
            self._read(seen.record.pk, is_other=is_other)

    def show_message(self, pk: int, terms: Terms | None = None) -> None:
        """Scroll to a message, unfolded, and mark what a search found in it.

        Of a conversation that is still being read it is shown when it is there.
        """
        self._pending = (pk, terms)
        self._show_pending()

    def show_match(self, terms: Terms) -> None:
        """Mark what a search found, wherever it stands."""
        self._terms = terms
        self.canvas.mark(terms_finder(terms))

    def open_find(self) -> None:
        """Show the find bar."""
        self.finder.open()

    def enter(self) -> None:
        """Give the focus to the messages, once they are there."""
        self._is_awaited = self._stack.currentWidget() is not self._splitter
        (self.state if self._is_awaited else self.canvas).setFocus()

    # Reading

    def read_entries(
        self, storage: Storage, pk: int, token: CancelToken
    ) -> tuple[tuple[ThreadEntry, ...], Sort]:
        """Return the messages to be read, and what of them is shown; on a reader thread."""
        return storage.thread(pk, token), self._visible.read(storage)

    def _forget(self) -> None:
        self._wish, self._on_planned, self._once_there = Wish(), None, None
        self._is_amid = False
        self._planning.cancel()
        self._landing.cancel()
        self.finder.forget()
        self.bar.forget_counts()
        self.links.hide()
        self.canvas.forget()
        self.state.show_state("clock", "Loading…", "")
        self._stack.setCurrentWidget(self.state)

    def _read_part(self, pk: int) -> None:
        """Show a part of a long conversation, and then take in all of it.

        That is its beginning, or what is around the message that is looked for.
        """
        scale, visible = current_theme().px(100) / 100, self._visible
        sought = None if self._pending is None else self._pending[0]

        def read(storage: Storage, token: CancelToken) -> tuple[Thread, list[MessageDetail]]:
            around = () if sought is None else storage.thread_around(pk, sought, START, token)
            entries = around or storage.thread_start(pk, START, token)
            thread = _part(entries, sought, visible.read(storage), scale)
            return thread, storage.message_details(_screen(thread, sought), token)

        def show(answer: tuple[Thread, list[MessageDetail]]) -> None:
            thread, details = answer
            self._wish, self._is_amid = thread.plan.wish, sought is not None
            self._is_part = True
            self.bar.set_visible_sorts(self._wish.visible)
            self.canvas.store.take([detail.record.pk for detail in details], details)
            self._show_thread(thread)
            self._go_on()
            # What is shown is painted before a thread begins that takes turns with this one.
            QTimer.singleShot(0, self, lambda: self._read_rest(pk))

        self._reading.ask(read, show, self._fail)

    def _read_rest(self, pk: int) -> None:
        if self._key == (Kind.CONVERSATION, pk):
            self._read(pk, is_other=False)

    def _read(self, pk: int, *, is_other: bool) -> None:
        wish = self._wish
        former = None if self.canvas.thread is None else self.canvas.thread.tree
        measured = {} if former is None else former.pks(self.canvas.rows.measured)
        scale = current_theme().px(100) / 100

        def read(storage: Storage, token: CancelToken) -> tuple[Thread, Wish]:
            entries, visible = self.read_entries(storage, pk, token)
            tree = Tree(entries)
            choices = carried(wish.choices, former, tree)
            now = replace(wish, choices=choices)
            if is_other:
                now = replace(now, visible=visible)
            heights = tree.places(measured)
            return _planned(tree, Sorts(tree.entries), now, heights, scale), now

        self._reading.ask(read, lambda answer: self._show_read(wish, *answer), self._fail)

    def _show_read(self, asked: Wish, thread: Thread, answered: Wish) -> None:
        # What waits names messages by their places, and those are others now.
        later, then = self._wish, None if self._is_amid else self._on_planned
        self._is_amid = False
        former = None if self.canvas.thread is None else self.canvas.thread.tree
        self._wish = answered
        self._planning.cancel()
        self.canvas.store.expire()
        self._is_part = False
        self._show_thread(thread)
        self.finder.follow()
        if later is not asked:
            choices = carried(later.choices, former, thread.tree)
            self._plan(replace(later, choices=choices), then)
        self.bar.set_visible_sorts(self._wish.visible)
        self._go_on()

    def _go_on(self) -> None:
        """Show the message that is looked for, and then do what a key asked for before."""
        act, self._once_there = self._once_there, None
        self._show_pending()
        if act is not None:
            act()

    def _on_moved(self) -> None:
        """Do not go, once it is there, to what was asked for before."""
        self._landing.cancel()
        self._on_planned = self._once_there = None

    def _on_edge_sought(self, go_there: Callable[[], None]) -> None:
        """Go to the true beginning or end of a conversation, once that has been read."""
        if self._is_part:
            self._once_there = go_there

    def _show_thread(self, thread: Thread) -> None:
        self.canvas.show_thread(thread)
        if not self._is_part:
            self.bar.show_counts(thread.plan.counts, len(thread.sorts.errors))
        self.outline.show_prompts(thread.tree.entries, thread.plan.prompts)
        self._follow()
        if len(thread.plan):
            self._stack.setCurrentWidget(self._splitter)
            if self._is_awaited:
                self.enter()
        else:
            self.state.show_state("file", "No messages", "This conversation is empty.")
            self._stack.setCurrentWidget(self.state)

    def _plan(self, wish: Wish, on_done: Callable[[], None] | None = None) -> None:
        """Show the thread as it is wished; then call `on_done`."""
        thread = self.canvas.thread
        if thread is None:
            return
        self._wish, self._on_planned = wish, on_done
        measured, scale = dict(self.canvas.rows.measured), current_theme().px(100) / 100

        def done(planned: Thread) -> None:
            then, self._on_planned = self._on_planned, None
            self._show_thread(planned)
            if then is not None:
                then()

        self._planning.ask(
            lambda _storage, _token: _planned(thread.tree, thread.sorts, wish, measured, scale),
            done,
            self._fail,
        )

    def _fail(self, error: SheafError) -> None:
        self.state.show_state("error", error.what, f"{error.safe} {error.advice}")
        self._stack.setCurrentWidget(self.state)

    # What is shown

    def take_visible(self, visible: Sort) -> None:
        """Show what was chosen to be shown, here or in another view."""
        self.bar.set_visible_sorts(visible)
        self._plan(replace(self._wish, visible=visible, revealed=frozenset()))

    def _reveal(self, pks: list[int]) -> None:
        self._plan(replace(self._wish, revealed=self._wish.revealed.union(pks)))

    def _switch(self, place: int, by: int) -> None:
        """Read the next or previous of the messages that answer the same one."""
        alternatives = self.canvas.thread.tree.alternatives(place)
        at = alternatives.index(place) + by if place in alternatives else -1
        if 0 <= at < len(alternatives):
            self._go_to(alternatives[at], lambda: None)

    def _go_to(self, place: int, then: Callable[[], None], *, revealing: bool = False) -> None:
        """Bring a message onto the path, out of hiding if so asked, and call `then`."""
        self._on_moved()
        thread = self.canvas.thread
        wish, row = self._wish, thread.plan.row_of(place)
        if row is None:
            choices = {**wish.choices, **thread.tree.choices_for(place)}
            wish = replace(wish, choices=choices)
        if revealing and thread.sorts.of[place] & ~wish.visible:
            revealed = wish.revealed | {thread.tree.entries[place].pk}
            wish = replace(wish, revealed=revealed)
        if wish == thread.plan.wish:
            then()
            return

        def arrive() -> None:
            self.canvas.go_to(self.canvas.thread.plan.row_of(place) or 0)
            then()

        self._plan(wish, arrive)

    def _has_pending(self) -> bool:
        """Whether the message that is looked for is among those that have been read."""
        thread = self.canvas.thread
        return thread is not None and self._pending[0] in thread.tree.place_of

    def _show_pending(self) -> None:
        thread = self.canvas.thread
        if self._pending is None or thread is None:
            return
        pk, terms = self._pending
        place = thread.tree.place_of.get(pk)
        if place is None:
            return
        self._pending, self._terms = None, terms
        self.canvas.mark(None if terms is None else terms_finder(terms))
        self._go_to(place, lambda: self._land(place, terms), revealing=True)

    def _land(self, place: int, terms: Terms | None) -> None:
        """Show a message where a search found it, also far into a long text."""
        self.canvas.show_found(place)
        pk = self.canvas.thread.tree.entries[place].pk
        if terms is not None:
            self._landing.ask(
                lambda storage, token: _far_into(storage, pk, terms, token),
                lambda found: self._land_in_part(pk, found),
                self._fail,
            )

    def _land_in_part(self, pk: int, found: tuple[int, int] | None) -> None:
        entry, place = self.canvas.entry, self.canvas.place
        if found is not None and entry is not None and entry.pk == pk:
            block, at = found
            self.canvas.show_part(place, block, at)
            self.canvas.show_found(place, block)

    def _follow(self) -> None:
        place = self.canvas.place
        if place is not None:
            self.outline.follow(place)

    # Jumping

    def step_prompt(self, by: int) -> None:
        """Go to the next or the previous prompt."""
        thread, place = self.canvas.thread, self.canvas.place
        if thread is None or place is None:
            return
        prompts = thread.plan.prompts
        at = bisect_right(prompts, place) if by > 0 else bisect_left(prompts, place) - 1
        if 0 <= at < len(prompts):
            self._go_to_prompt(prompts[at])

    def step_error(self, by: int) -> None:
        """Go to the next or the previous error, in whatever branch; in a circle."""
        thread = self.canvas.thread
        if thread is None or self._is_part:
            self._once_there = lambda: self.step_error(by)
            return
        if not thread.sorts.errors:
            return
        errors, place = thread.sorts.errors, self.canvas.place or 0
        at = bisect_right(errors, place) if by > 0 else bisect_left(errors, place) - 1
        self._show_error(errors[at % len(errors)])

    def jump_to_error(self) -> None:
        """Go to the first error; from an error to the next."""
        thread, entry = self.canvas.thread, self.canvas.entry
        if thread is None or entry is None or not thread.sorts.errors:
            return
        if entry.has_error:
            self.step_error(1)
        else:
            self._show_error(thread.sorts.errors[0])

    def _show_error(self, place: int) -> None:
        def arrive() -> None:
            self.canvas.show_unfolded(place)
            self.canvas.setFocus()

        self._go_to(place, arrive, revealing=True)

    def _go_to_prompt(self, place: int) -> None:
        row = self.canvas.thread.plan.row_of(place)
        if row is not None:
            self.canvas.go_to(row, aligned=True)

    # Copying

    def copy(self) -> None:
        """Copy what is selected, or else what the current message says."""
        detail = self.canvas.detail
        text = self.canvas.selection.text
        if not text and detail is not None:
            text = plain_text(detail.blocks)
        if text:
            QGuiApplication.clipboard().setText(displayable(text))

    def copy_markdown(self) -> None:
        """Copy the current message as Markdown."""
        detail = self.canvas.detail
        if detail is not None:
            QGuiApplication.clipboard().setText(displayable(markdown_text(detail)))

    def compare(self) -> None:
        """Compare the current message with the one that waits, or let it wait."""
        entry = self.canvas.entry
        if entry is not None:
            self._comparing.take(Kind.MESSAGE, entry.pk)

    def keep_as_learning(self) -> None:
        """Ask for a learning of what is selected, or of all that the message says."""
        selection = self.canvas.selection
        detail = selection.document.detail if selection.text else self.canvas.detail
        if detail is not None:
            text = "" if selection.is_whole else selection.said
            text = text or plain_text(
                block
                for block in detail.blocks
                if sort_of(detail.record.role, block.type) in SPOKEN
            )
            self.learning_wanted.emit(detail.record.pk, text)

    def _show_whole(self, pk: int, block: int) -> None:
        detail = self.canvas.store.get(pk)
        if detail is None:
            return
        window = WholeText(self._background, detail.blocks[block].text, self)
        window.show()
        found, needle = self.canvas.marks.found, self.finder.needle
        start = self.canvas.rows.part_start(pk, block)
        if found is None or found.pk != pk:
            window.view.go_to(start)
        elif needle:
            window.finder.find_typed(needle, start)
        elif self._terms is not None:
            window.finder.find(self._terms, start)

    def show_menu(self, where: QPoint) -> None:
        """Open the menu of the current message."""
        entry = self.canvas.entry
        if entry is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Actions on this message")
        copies = "selected text" if self.canvas.selection.text else "message"
        menu.addAction(f"Copy {copies}\tCtrl+C", self.copy)
        menu.addAction("Copy as Markdown\tCtrl+Alt+C", self.copy_markdown)
        menu.addAction("Select all of it\tCtrl+A", self.canvas.select_message)
        menu.addSeparator()
        menu.addAction("Unfold or fold\tEnter", self.canvas.toggle_folds)
        which, of = self.canvas.rows.branch_of(self.canvas.place)
        if of > 1:
            menu.addAction(
                "Previous branch\tCtrl+Left", lambda: self._step_branch(-1)
            ).setEnabled(which > 1)
            menu.addAction("Next branch\tCtrl+Right", lambda: self._step_branch(1)).setEnabled(
                which < of
            )
        menu.addSeparator()
        waiting = self._comparing.title.replace("&", "&&")
        compare = f"Compare with “{waiting}”" if waiting else "Compare with…"
        menu.addAction(f"{compare}\tCtrl+D", self.compare)
        menu.addAction("Keep as learning…", self.keep_as_learning)
        menu.addAction("Open message", lambda: self.record_chosen.emit(Kind.MESSAGE, entry.pk))
        menu.addAction("Open original", lambda: self.original_wanted.emit(entry.pk))
        menu.popup(where)

    def _step_branch(self, by: int) -> None:
        place = self.canvas.place
        if place is not None:
            self._switch(place, by)

    # Making

    def _connect(self) -> None:
        canvas, bar = self.canvas, self.bar
        canvas.current_changed.connect(self._follow)
        canvas.moved.connect(self._on_moved)
        canvas.edge_sought.connect(self._on_edge_sought)
        canvas.link_chosen.connect(self.links.show_address)
        canvas.branch_wanted.connect(self._switch)
        canvas.reveal_wanted.connect(self._reveal)
        canvas.whole_wanted.connect(self._show_whole)
        canvas.menu_wanted.connect(self.show_menu)
        canvas.store.failed.connect(self._fail)
        bar.visible_chosen.connect(self._visible.choose)
        self._visible.changed.connect(self.take_visible)
        bar.conversation_chosen.connect(
            lambda pk: self.record_chosen.emit(Kind.CONVERSATION, pk)
        )
        bar.error_wanted.connect(self.jump_to_error)
        bar.find_wanted.connect(self.finder.open)
        bar.outline_toggled.connect(self.outline.setVisible)
        self.outline.chosen.connect(self._go_to_prompt)
        self.finder.failed.connect(self._fail)

    def _make_keys(self) -> dict[QKeySequence, Callable[[], object]]:
        keys = {
            "Ctrl+F": self.finder.open,
            "F3": lambda: self.finder.step(1),
            "Shift+F3": lambda: self.finder.step(-1),
            "F8": lambda: self.step_error(1),
            "Shift+F8": lambda: self.step_error(-1),
            "]": lambda: self.step_prompt(1),
            "[": lambda: self.step_prompt(-1),
            "Ctrl+Home": self.canvas.go_to_start,
            "Ctrl+End": self.canvas.go_to_end,
            "Ctrl+Down": lambda: self.step_prompt(1),
            "Ctrl+Up": lambda: self.step_prompt(-1),
            "Ctrl+Right": lambda: self._step_branch(1),
            "Ctrl+Left": lambda: self._step_branch(-1),
            "Ctrl+C": self.copy,
            "Ctrl+Alt+C": self.copy_markdown,
            "Ctrl+A": self.canvas.select_message,
            "Ctrl+D": self.compare,
        }
        return {QKeySequence(each): act for each, act in keys.items()}

    def _lay_out(self) -> None:
        self.setFocusProxy(self.canvas)
        self._splitter.addWidget(self.canvas)
        self._splitter.addWidget(self.outline)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([3 * _OUTLINE_PX, _OUTLINE_PX])
        self.outline.hide()
        self._stack.addWidget(self.state)
        self._stack.addWidget(self._splitter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX) // 2, 0, 0)
        for part in (self.bar, self.finder.bar, self.finder.hint):
            column.addWidget(part)
        column.addWidget(self._stack, 1)
        column.addWidget(self.links)

    def _act_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        is_typed = bool(event.text()) and not (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if is_typed and self.finder.bar.isAncestorOf(self.focusWidget()):
            return None
        return self._keys.get(QKeySequence(event.keyCombination()))

    # -- Qt overrides

    def event(self, event: QEvent) -> bool:
        """Take the keys that mean something here before the window does."""
        if event.type() == QEvent.Type.ShortcutOverride and self._act_of(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_there = self.canvas.thread is not None
        act = self._act_of(event)
        if act is None and not is_there:
            act = self.canvas.act_of(event)
        if act is None:
            super().keyPressEvent(event)
        elif is_there:
            act()
        else:
            self._once_there = act

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = current_theme().px(_WIDE_PX)
        if (event.size().width() >= wide) != (event.oldSize().width() >= wide):
            self.bar.outline.setChecked(event.size().width() >= wide)


def carried(choices: Mapping[int, int], former: Tree | None, now: Tree) -> dict[int, int]:
    """Return choices of branches for a conversation that has been read anew."""
    if former is None:
        return dict(choices)
    found = (
        (now.place_of.get(former.entries[at].pk), now.place_of.get(former.entries[to].pk))
        for at, to in choices.items()
    )
    return {at: to for at, to in found if at is not None and to is not None}


def _part(
    entries: Sequence[ThreadEntry], sought: int | None, visible: Sort, scale: float
) -> Thread:
    """Return some messages of a conversation, the one that is looked for out of hiding."""
    tree = Tree(entries)
    sorts = Sorts(tree.entries)
    wish, place = Wish(visible=visible), tree.place_of.get(sought)
    if place is not None:
        is_hidden = bool(sorts.of[place] & ~visible)
        wish = replace(
            wish,
            choices=tree.choices_for(place),
            revealed=frozenset({sought}) if is_hidden else frozenset(),
        )
    return _planned(tree, sorts, wish, {}, scale)


def _screen(thread: Thread, sought: int | None) -> list[int]:
    """Return the pks of the messages that are in sight at first."""
    path, entries = thread.plan.path, thread.tree.entries
    place = thread.tree.place_of.get(sought)
    at = 0 if place is None else max(0, path.index(place) - _SCREEN // 2)
    return [entries[each].pk for each in path[at : at + _SCREEN]]


def _far_into(
    storage: Storage, pk: int, terms: Terms, token: CancelToken
) -> tuple[int, int] | None:
    """Return the block that terms stand in first, and where, if it is shown in parts."""
    for detail in storage.message_details([pk], token):
        for number, block in enumerate(detail.blocks):
            spans = find_terms(block.text, terms, token, most=1)
            if spans:
                return (number, spans[0][0]) if is_long(block) else None
    return None


def _planned(
    tree: Tree, sorts: Sorts, wish: Wish, measured: Mapping[int, int], scale: float
) -> Thread:
    plan = Plan(tree, sorts, wish)
    return Thread(tree, sorts, plan, plan.heights(sorts, measured, scale))
