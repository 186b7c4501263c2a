"""The window of an export: its steps, and what can be done at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QDialog, QWidget

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.exporting import Exported
from db.exchange.secret_review import Found, found_secrets
from db.ports import Storage
from desktop_app.dialogs.frame import dialog_column
from desktop_app.export_order import ExportOrder, Scope, query_and_pks
from desktop_app.export_wizard import words
from desktop_app.export_wizard.choice_page import ChoicePage
from desktop_app.export_wizard.command_line import command_for, why_unsayable
from desktop_app.export_wizard.drag_handle import DragHandle
from desktop_app.export_wizard.review_page import ReviewPage
from desktop_app.export_wizard.waiting_page import WaitingPage
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonRow, ButtonSpec
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.page_stack import PageStack
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.workspace import Workspace
from desktop_app.writing import Writing

_SIZE_PX: Final = (860, 560)
_SHARE: Final = 0.96
"""So much of the screen it takes at most, each way."""


class Step(Enum):
    """What the wizard is at."""

    CHOICE = auto()
    LOOKING = auto()
    REPLACE = auto()
    REVIEW = auto()
    UNLOOKED = auto()
    WRITING = auto()
    FAILED = auto()
    WRITTEN = auto()


_HEADS: Final = {
    Step.CHOICE: "What to export",
    Step.LOOKING: "Review secrets",
    Step.REPLACE: "What to export",
    Step.REVIEW: "Review secrets",
    Step.UNLOOKED: "Review secrets",
    Step.WRITING: "Write and verify",
    Step.FAILED: "It could not be written",
    Step.WRITTEN: "Written",
}


class ExportWizard(QDialog):
    """Asks what to export, lets secrets be reviewed, and shows how the writing goes.

    `ordered` carries an `ExportOrder`: whoever hears it has it written, and lets the wizard
    `follow` that. `left` carries a `Writing` that goes on without the wizard. Where it is
    the `last_copy`, as the records are to be deleted, all that belongs to them goes along.
    """

    ordered = Signal(object)
    left = Signal(object)

    def __init__(
        self,
        scopes: list[Scope],
        folder: Path,
        workspace: Workspace,
        parent: QWidget | None = None,
        *,
        last_copy: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self._uri = workspace.storage.uri
        self._looking = Latest(workspace.background, self)
        self._last_copy = last_copy
        self._step = Step.CHOICE
        self._order: ExportOrder | None = None
        self._writing: Writing | None = None
        self._head = PlainLabel(role="title")
        self.banner = Banner()
        self.choice = ChoicePage(scopes, folder, workspace.background, last_copy=last_copy)
        self.review = ReviewPage()
        self.waiting = WaitingPage()
        self.report = StatePanel()
        self.note = PlainLabel(role="muted")
        self.handle = DragHandle()
        self.handle.given.connect(self._say)
        self._buttons = ButtonRow()
        self._pages = PageStack()
        self._lay_out()
        self.choice.changed.connect(self._show_buttons)
        self.review.changed.connect(self._show_buttons)
        QShortcut(QKeySequence("Ctrl+W"), self, self.reject)
        self._turn_to(Step.CHOICE, self.choice)

    @property
    def step(self) -> Step:
        """What it is at."""
        return self._step

    @property
    def buttons(self) -> list[str]:
        """What can be done, in words."""
        return [plain(button.text()) for button in self._buttons.buttons]

    # The steps

    def _go_back(self) -> None:
        self._looking.cancel()
        self._turn_to(Step.CHOICE, self.choice)

    def _go_on(self) -> None:
        """Write, unless something is there already and nobody said that it may go."""
        self._order = order = self.choice.order
        if not self.choice.goes:
            self._look_for_secrets()
            return
        head = f"Replace {order.path.name}?"
        self.report.show_state("warning", head, self.choice.goes)
        self._turn_to(Step.REPLACE, self.report)

    def _look_for_secrets(self) -> None:
        """Look for secrets in what is to be written, if there is a way to take them out."""
        order = self._order
        assert order is not None
        if order.format_name in words.UNLOOKED:
            self.report.show_state(
                "warning",
                "Secrets stay in",
                "This format writes everything as it is, byte for byte: nothing is looked"
                " through, and nothing can be redacted. Choose another format for that.",
            )
            self._turn_to(Step.UNLOOKED, self.report)
            return
        query, pks = query_and_pks(order.scope.choice)

        def work(storage: Storage, token: CancelToken) -> list[Found]:
            found = found_secrets(
                storage,
                order.format_name,
                query=query,
                pks=pks,
                kind=order.scope.kind,
                related=order.options.related,
                token=token,
            )
            return list(found)

        self.waiting.begin("Looking for what looks like a secret…")
        self._turn_to(Step.LOOKING, self.waiting)
        self._looking.ask(work, self._take_found, self._on_look_failed)

    def _take_found(self, found: list[Found]) -> None:
        if not found:
            self._write(redact=True, keep=frozenset())
            return
        self.review.show_found(found, keeps_all=self._last_copy)
        self._turn_to(Step.REVIEW, self.review)
        announce(self, self.review.said.text())

    def _on_look_failed(self, error: SheafError) -> None:
        self._turn_to(Step.CHOICE, self.choice)
        self.banner.show_message("error", str(error))

    def _write_reviewed(self) -> None:
        keep = frozenset() if self.review.keeps_all else self.review.keep
        self._write(redact=not self.review.keeps_all, keep=keep)

    def _write_all(self) -> None:
        self._looking.cancel()
        self._write(redact=False, keep=frozenset())

    def _write(self, *, redact: bool, keep: frozenset[str]) -> None:
        assert self._order is not None
        options = replace(self._order.options, redact=redact, keep=keep)
        self._order = replace(self._order, options=options)
        self._begin()

    def _begin(self) -> None:
        order = self._order
        assert order is not None
        nothing = self._step is Step.LOOKING and order.options.redact is not False
        said = "Nothing looks like a secret, as far as Sheaf can tell. " if nothing else ""
        self.waiting.begin(f"{said}Writing {order.path.name}…")
        self._turn_to(Step.WRITING, self.waiting)
        self.ordered.emit(order)

    def follow(self, writing: Writing) -> None:
        """Show how the writing of the order goes."""
        self._writing = writing
        writing.progressed.connect(self.waiting.show_progress)
        writing.done.connect(self._show_written)
        writing.failed.connect(self._show_failed)
        writing.cancelled.connect(self._show_stopped)

    def _show_written(self, exported: Exported) -> None:
        assert self._order is not None
        order, self._writing = self._order, None
        picture = "check" if exported.is_whole else "warning"
        head = f"Wrote {words.written_words(order, exported)} to {order.path.name}"
        said = "\n".join(words.report_lines(order, exported))
        tools: list[ButtonSpec] = [
            ("Open folder", self._open_folder, False),
            ("Copy as command", self._copy_command, False),
        ]
        self.report.show_state(picture, head, said, tools)
        self.handle.offer(order.path)
        self._turn_to(Step.WRITTEN, self.report)

    def _show_failed(self, error: SheafError) -> None:
        self._writing = None
        self.report.show_state("error", error.what, f"{error.safe} {error.advice}")
        self._turn_to(Step.FAILED, self.report)

    def _show_stopped(self) -> None:
        self._writing = None
        self._turn_to(Step.CHOICE, self.choice)
        self.banner.show_message("info", "Stopped: nothing was written.")

    def _turn_to(self, step: Step, page: QWidget) -> None:
        self._step = step
        self.banner.hide()
        self._head.setText(_HEADS[step])
        self.note.setText("")
        self.note.setVisible(step is Step.WRITTEN)
        self.handle.setVisible(step is Step.WRITTEN)
        self._pages.show_page(page)
        self._show_buttons()
        if step is Step.REVIEW:
            self.review.table.setFocus()
        elif step is Step.CHOICE:
            self.choice.format.setFocus()
        elif self._has_main:
            self._main_button.setFocus()
        else:
            # While one waits, Return pressed once more must not put an end to it.
            page.setFocus()

    # What can be done

    def _show_buttons(self) -> None:
        """Show what can be done; the main thing to do is under Return."""
        specs = self._specs()
        had_focus = any(button.hasFocus() for button in self._buttons.buttons)
        self._buttons.show_buttons(specs)
        for button, (_title, _act, is_main) in zip(self._buttons.buttons, specs, strict=True):
            button.setAutoDefault(self._has_main)
            button.show()
            if is_main:
                button.setDefault(True)
                button.setEnabled(self._step is not Step.CHOICE or self.choice.is_complete)
        if had_focus:
            self._main_button.setFocus()

    @property
    def _has_main(self) -> bool:
        """Whether one of the buttons is primary."""
        return any(is_main for _title, _act, is_main in self._specs())

    @property
    def _main_button(self) -> QWidget:
        """The button that is primary, or else the first."""
        specs, buttons = self._specs(), self._buttons.buttons
        main = next((at for at, spec in enumerate(specs) if spec[2]), 0)
        return buttons[main]

    def _specs(self) -> Sequence[ButtonSpec]:
        cancel: ButtonSpec = ("Cancel", self.reject, False)
        back: ButtonSpec = ("Back", self._go_back, False)
        back_first: ButtonSpec = ("Choose another name", self._go_back, True)
        redacting = words.button_words(self.review.found, self.review.keep)
        specs: Mapping[Step, Sequence[ButtonSpec]] = {
            Step.CHOICE: [cancel, ("Next", self._go_on, True)],
            Step.REPLACE: [cancel, ("Replace", self._look_for_secrets, False), back_first],
            Step.LOOKING: [cancel, back, ("Skip, and redact nothing", self._write_all, False)],
            Step.REVIEW: [cancel, back, (redacting, self._write_reviewed, True)],
            Step.UNLOOKED: [
                cancel,
                back,
                ("Export everything as it is", self._write_all, True),
            ],
            Step.WRITING: [
                ("Run in background", self.reject, False),
                ("Stop", self._stop, False),
            ],
            Step.FAILED: [
                ("Close", self.reject, False),
                back,
                ("Try again", self._begin, True),
            ],
            Step.WRITTEN: [("Done", self.reject, True)],
        }
        return specs[self._step]

    def _stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()

    def _open_folder(self) -> None:
        assert self._order is not None
        path = self._order.path.absolute()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _copy_command(self) -> None:
        order = self._order
        assert order is not None
        if said := why_unsayable(order, self._uri):
            self._say(said)
            return
        _query, pks = query_and_pks(order.scope.choice)

        def ids(storage: Storage, token: CancelToken) -> list[str]:
            return [each.id for each in storage.fetch(order.scope.kind, pks or (), token)]

        def copy(found: list[str]) -> None:
            line = command_for(order, self._uri, found)
            QGuiApplication.clipboard().setText(line)
            self._say(f"Copied: {line}")

        self._looking.ask(ids, copy, lambda error: self._say(str(error)))

    def _say(self, said: str) -> None:
        self.note.setText(said)
        announce(self, said)

    def _lay_out(self) -> None:
        px = current_theme().px
        for page in (self.choice, self.review, self.waiting, self.report):
            self._pages.add_page(page)
        self.note.setWordWrap(True)
        column = dialog_column(self)
        column.addWidget(self._head)
        column.addWidget(self.banner)
        column.addWidget(self._pages, 1)
        column.addWidget(self.handle, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.note)
        column.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignTrailing)
        wanted = QSize(px(_SIZE_PX[0]), px(_SIZE_PX[1]))
        self.resize(wanted.boundedTo(self.screen().availableSize() * _SHARE))

    # Qt overrides

    def done(self, result: int) -> None:
        """Leave, by whichever way; what is being written goes on."""
        self._looking.cancel()
        super().done(result)
        if self._writing is not None:
            self.left.emit(self._writing)
