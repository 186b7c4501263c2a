"""The window of an import: its steps, and what can be done at each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from db.errors import FailedFormatError, SheafError, UnrecognisedFileError
from db.incoming import BadRecords, Committing, Conflicts, Duplicates, Problem
from db.records import Kind, OperationState, Outcome
from desktop_app.dialogs.frame import fit_screen, give_keys
from desktop_app.dialogs.take_back import TakingBack
from desktop_app.drop import DropTarget
from desktop_app.import_sources import recent
from desktop_app.import_wizard import words
from desktop_app.import_wizard.check_page import CheckPage
from desktop_app.import_wizard.command_line import (
    MAPPING_NEEDED,
    UNSAYABLE,
    command_for,
    copied_words,
    needs_mapping_file,
)
from desktop_app.import_wizard.draft import Draft
from desktop_app.import_wizard.policy_page import PolicyPage
from desktop_app.import_wizard.progress_page import ProgressPage
from desktop_app.import_wizard.recognise_page import RecognisePage, found_in
from desktop_app.import_wizard.report_page import ReportPage
from desktop_app.import_wizard.source_page import SourcePage
from desktop_app.import_wizard.step_strip import Step, StepStrip
from desktop_app.import_wizard.text_dialog import TextDialog
from desktop_app.importing import Importing, Phase
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.models.operations import records_words
from desktop_app.widgets.announce import announce
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonRow, ButtonSpec
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.page_stack import PageStack
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace

_SIZE_PX: Final = (860, 600)
_CHOOSING: Final = (Step.RECOGNISE, Step.POLICY, Step.CHECK)
"""The steps between which one goes to and fro."""

_UNKNOWN: Final = "generic"


class ImportWizard(QDialog):
    """Shows the import that is under way, and tells it what a person decides.

    It waits for nobody: one can go on working in the other windows. `show_wanted` carries
    the `Outcome` of an import to be shown, `tray_wanted` asks for what was set aside;
    `said` carries what is to be told while it is out of sight, and a button to look at it.
    """

    show_wanted = Signal(object)
    tray_wanted = Signal()
    said = Signal(str, object)

    def __init__(
        self, importing: Importing, workspace: Workspace, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Import")
        self._importing = importing
        self._workspace = workspace
        self._draft = Draft(workspace, self)
        self._taking_back = TakingBack(workspace, self)
        self._step = Step.SOURCE
        self._shape = 0
        self._is_deciding = False
        self.strip = StepStrip()
        self.banner = Banner()
        self.source = SourcePage()
        self.recognise = RecognisePage()
        self.policy = PolicyPage()
        self.check = CheckPage(workspace.background)
        self.progress = ProgressPage()
        self.report = ReportPage()
        self._head = PlainLabel(role="title")
        self._waiting = PlainLabel(role="muted")
        self._buttons = ButtonRow()
        self._pages = PageStack()
        self._lay_out()
        self._connect()

    @property
    def headline(self) -> str:
        """What it says first."""
        return self._head.text()

    @property
    def sentence(self) -> str:
        """What it says of an import that was read, or why it cannot be used."""
        importing = self._importing
        if importing.error is not None:
            return words.refusal_sentence(importing.error)
        is_known = importing.phase in {Phase.READ, Phase.DONE}
        return words.sentence(importing.report) if is_known else ""

    @property
    def waiting(self) -> str:
        """What it says of imports that wait for their turn."""
        return self._waiting.text()

    @property
    def step(self) -> Step:
        """The step it is at."""
        return self._step

    def open_wizard(self) -> None:
        """Show the import that is under way, or ask what to import."""
        if self._importing.phase is Phase.NONE:
            self._ask_source()
        self.appear()

    # Following the import

    def _show_waiting(self) -> None:
        number = self._importing.waiting
        said = f"{text.count(number)} waiting" if number else ""
        if said and said != self.waiting:
            announce(self, f"Import: {said}")
        self._waiting.setText(said)

    def _follow(self) -> None:
        importing = self._importing
        self._is_deciding = False
        self._show_waiting()
        follow = {
            Phase.NONE: self._disappear,
            Phase.READING: self._on_reading,
            Phase.READ: self._on_read,
            Phase.REFUSED: self._on_refused,
            Phase.APPLYING: self._on_applying,
            Phase.DONE: self._on_done,
        }
        follow[importing.phase]()
        if self.isHidden() and importing.phase in {Phase.READ, Phase.REFUSED}:
            self.said.emit(f"Read: {self.headline}", ("Look at it", self.appear))

    def _on_reading(self) -> None:
        self._draft.start(self._importing.source, self._importing.choices)
        self.progress.begin(f"Reading {self._importing.source.title}…")
        self._head.setText(f"Reading {self._importing.source.title}")
        self._shape = 0
        self._turn_to(Step.CHECK, self.progress)

    def _on_read(self) -> None:
        report = self._importing.report
        self._head.setText(words.headline(report))
        if _UNKNOWN in report.formats and self._draft.files is None:
            self._is_deciding = True
            self._draft.look()
        elif _UNKNOWN in report.formats and self._draft.unmapped:
            self._show_policy()
        else:
            self._show_check()

    def _on_refused(self) -> None:
        error = self._importing.error
        assert error is not None
        self._head.setText(words.refusal_headline(self._importing.source.title, error))
        announce(self, str(error), urgent=True)
        if isinstance(error, UnrecognisedFileError | FailedFormatError):
            self._show_recognise()
        else:
            self._show_check()

    def _on_applying(self) -> None:
        report = self._importing.report
        self.progress.begin(f"Importing {words.effect(report)}…")
        self.progress.show_progress(Committing(0, report.effective))
        self._turn_to(Step.IMPORT, self.progress)

    def _on_done(self) -> None:
        self._show_report()
        self._turn_to(Step.REPORT, self.report)

    def _on_surveyed(self) -> None:
        assert self._draft.files is not None
        self._show_files()
        self._show_shape()
        if self._is_deciding:
            self._is_deciding = False
            if self._draft.unmapped:
                self._show_policy()
            else:
                self._show_check()

    def _on_survey_failed(self, error: SheafError) -> None:
        self.recognise.show_error(error)
        if self._is_deciding:
            self._is_deciding = False
            self._show_check()

    # The steps

    def _ask_source(self) -> None:
        self._head.setText("Import")
        self._workspace.background.read(
            lambda storage, _token: recent(storage), self.source.show_recent
        )
        self._turn_to(Step.SOURCE, self.source)
        self.source.place.buttons[0].setFocus()

    def _show_recognise(self) -> None:
        if self._draft.files is None:
            self.recognise.show_looking()
            self._draft.look()
        else:
            self._show_files()
        self._turn_to(Step.RECOGNISE, self.recognise)

    def _show_files(self) -> None:
        assert self._draft.files is not None
        importing = self._importing
        found = found_in(importing.report, importing.problems)
        self.recognise.show_files(self._draft.files, self._draft.choices.formats, found)

    def _show_policy(self) -> None:
        if self._draft.files is None:
            self._draft.look()
        choices = self._draft.choices
        self.policy.policy.show_choice(
            choices.bad_records, choices.conflicts, choices.duplicates
        )
        self._show_shape()
        self._turn_to(Step.POLICY, self.policy)

    def _show_shape(self) -> None:
        shapes = self._draft.shapes
        self.policy.show_subjects([shape.file.name for shape in shapes], self._shape)
        if shapes:
            shape = shapes[self._shape]
            self.policy.mapping.show_mapping(self._draft.mapping_of(self._shape), shape.rows)
            self._draft.show_preview(self._shape)

    def _show_check(self) -> None:
        importing, error = self._importing, self._importing.error
        if importing.phase is Phase.REFUSED and error is not None:
            self.check.show_refusal(words.refusal_sentence(error), importing.problems)
            self._turn_to(Step.CHECK, self.check)
            return
        self.check.show_report(
            importing.report,
            importing.problems,
            self._draft.decisions,
            [*words.cost(importing.grown, importing.backup)],
        )
        self._turn_to(Step.CHECK, self.check)
        if self._is_blocked:
            self.check.conflicts.records.setFocus()
        if error is None:
            announce(self, f"{self.headline}. {self.sentence}")
        else:
            self.banner.show_message("error", str(error))

    def _turn_to(self, step: Step, page: QWidget) -> None:
        self._step = step
        self.banner.hide()
        self._pages.show_page(page)
        is_choosing = self._importing.phase in {Phase.READ, Phase.REFUSED}
        self.strip.show_step(step, _CHOOSING if is_choosing else ())
        self._show_buttons(takes_focus=True)

    def _go_to(self, step: Step) -> None:
        shown: Mapping[Step, Callable[[], None]] = {
            Step.RECOGNISE: self._show_recognise,
            Step.POLICY: self._show_policy,
            Step.CHECK: self._go_on_to_check,
        }
        shown[step]()

    def _go_on_to_check(self) -> None:
        """Show the check, reading again first what is to be read in another way."""
        if self._step is Step.POLICY and not all(s.is_known for s in self._draft.shapes):
            self._draft.confirm_mappings()
        if self._is_stale:
            self._read_again()
        else:
            self._show_check()

    @property
    def _is_stale(self) -> bool:
        return self._draft.choices != self._importing.choices

    def _read_again(self) -> None:
        self._importing.read_again(self._draft.choices, self._draft.rows_of_shapes)

    # Choices

    def _choose_policy(self, policy: BadRecords | Conflicts | Duplicates) -> None:
        self._draft.choose_policy(policy)
        self._show_buttons()

    def _choose_formats(self, formats: dict[str, str]) -> None:
        self._draft.choose_formats(formats)
        self._show_buttons()

    def _choose_shape(self, place: int) -> None:
        self._shape = place
        self._show_shape()

    def _decide(self, kind: Kind, pk: int, winner: Conflicts) -> None:
        self._draft.decide(kind, pk, winner)
        self.check.show_decisions(self._importing.report, self._draft.decisions)
        self.check.conflicts.show_next()
        self._show_buttons()

    def _decide_all(self, winner: Conflicts) -> None:
        self._draft.choose_policy(winner)
        self._read_again()

    def _show_text(self, problem: Problem) -> None:
        background, source = self._workspace.background, self._importing.source
        TextDialog(background, source, problem, self).open()

    def _set_aside(self) -> None:
        self._draft.choose_policy(BadRecords.SET_ASIDE)
        self._read_again()

    # Buttons

    def _show_buttons(self, *, takes_focus: bool = False) -> None:
        """Show what can be done; the main thing to do is under Return."""
        specs = self._specs()
        takes_focus |= any(button.hasFocus() for button in self._buttons.buttons)
        self._buttons.show_buttons(specs)
        is_main = [is_primary for _words, _act, is_primary in specs]
        buttons = self._buttons.buttons
        if True in is_main:
            main = buttons[is_main.index(True)]
            main.setEnabled(not self._is_blocked)
            main.setDefault(True)
        else:
            main = buttons[0]
        # Only what is shown can take the focus; the layout would show it later.
        for button in buttons:
            button.show()
        if takes_focus:
            main.setFocus()

    @property
    def _is_blocked(self) -> bool:
        """Whether somebody has to choose before one can go on."""
        return (
            self._step is Step.CHECK
            and self._importing.phase is Phase.READ
            and bool(self._importing.undecided)
            and not self._is_stale
        )

    def _specs(self) -> Sequence[ButtonSpec]:
        phase = self._importing.phase
        if phase is Phase.READING or (phase is Phase.READ and self._is_deciding):
            return [
                ("Run in background", self.hide, False),
                ("Cancel", self._importing.give_up, False),
            ]
        if phase is Phase.APPLYING:
            return [
                ("Run in background", self.hide, False),
                ("Cancel…", self._ask_to_stop, False),
            ]
        if phase is Phase.DONE:
            return [("Import more…", self._import_more, False), ("Done", self._leave, True)]
        if phase is Phase.NONE:
            return [("Close", self.hide, False)]
        return self._choosing_specs()

    def _choosing_specs(self) -> Sequence[ButtonSpec]:
        leave = ("Close" if self._importing.gives_way else "Discard", self._leave, False)
        back = ("Back", partial(self._go_to, Step(self._step - 1)), False)
        if self._step is Step.RECOGNISE:
            onward = ("Next", self._show_policy, False)
            return [leave, onward, ("Check", self._go_on_to_check, True)]
        if self._step is Step.POLICY:
            return [leave, back, ("Check", self._go_on_to_check, True)]
        return [leave, back, *self._deciding_specs()]

    def _deciding_specs(self) -> Sequence[ButtonSpec]:
        """Return what can be done about what was read."""
        if self._is_stale:
            return [("Check again", self._read_again, True)]
        if self._importing.phase is Phase.REFUSED:
            return self._ways_out()
        if self._importing.gives_way:
            return []
        if self._importing.error is not None:
            return [("Try again", self._importing.commit, True)]
        number = words.button_words(self._importing.report, self._importing.undecided)
        return [(number, self._importing.commit, True)]

    def _ways_out(self) -> Sequence[ButtonSpec]:
        """Return what can be done about an import that cannot be used as it is."""
        again = "Read again"
        stops = self._draft.choices.bad_records is BadRecords.STOP
        if not (self._importing.problems and stops):
            return [(again, self._read_again, True)]
        return [
            (again, self._read_again, False),
            ("Set aside and check", self._set_aside, True),
        ]

    # Afterwards

    def _show_report(self) -> None:
        importing = self._importing
        report, operation = importing.report, importing.outcome.operation
        buttons: list[ButtonSpec] = []
        if report.effective:
            buttons.append(("Show them", self._show_them, False))
        if operation is not None:
            undo = partial(self._taking_back.ask, operation.pk)
            buttons.append(("Undo this import", undo, False))
        if report.set_aside:
            number = text.count(report.set_aside)
            buttons.append((f"Mend the {number} set aside", self._open_tray, False))
        buttons.append(("Copy as command", self._offer_command, False))
        self.report.show_report(report, buttons)

    def _on_changed(self, outcome: Outcome) -> None:
        """Say on the last page that the import was taken back, or done again."""
        done = self._importing.outcome.operation
        if self._step is not Step.REPORT or done is None or outcome.operation is None:
            return
        if outcome.operation.pk != done.pk:
            return
        if outcome.operation.state is OperationState.UNDONE:
            self.report.show_undone(partial(self._workspace.redo, done.pk))
        else:
            self._show_report()

    def _show_them(self) -> None:
        self.show_wanted.emit(self._importing.outcome)
        self._leave()

    def _open_tray(self) -> None:
        self.tray_wanted.emit()
        self._leave()

    def _offer_command(self) -> None:
        """Copy the command, once the mapping that it needs is in a file or to stay here."""
        if not needs_mapping_file(self._importing.choices, self._draft.mapping_file):
            self._copy_command()
            return
        self.banner.show_message(
            "info",
            MAPPING_NEEDED,
            [
                ("Copy without it", self._copy_command, False),
                ("Save the mapping…", self._ask_mapping_file, True),
            ],
        )
        self.banner.buttons[-1].setFocus()

    def _ask_mapping_file(self) -> None:
        digest = next(iter(self._importing.choices.mappings))
        place = next(n for n, each in enumerate(self._draft.shapes) if each.digest == digest)
        dialog = FileDialog(self, "Save the mapping", str(Path.home() / "mapping.json"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: self._draft.save_mapping(place, Path(name)))
        dialog.open()

    def _copy_command(self) -> None:
        importing = self._importing
        self.banner.hide()
        line = command_for(
            importing.source,
            importing.choices,
            len(importing.report.files),
            self._workspace.storage.uri,
            self._draft.mapping_file,
        )
        if line is not None:
            QGuiApplication.clipboard().setText(line)
        said = UNSAYABLE
        if line is not None:
            said = copied_words(importing.source, importing.choices, line)
        self.report.note.setText(said)
        announce(self, said)

    def _on_mapping_saved(self) -> None:
        if self._step is Step.REPORT:
            self._copy_command()

    def _import_more(self) -> None:
        self._importing.give_up()
        self.open_wizard()

    # Leaving

    def _ask_to_stop(self) -> None:
        """Ask whether what is being imported is to be rolled back."""
        self.banner.show_message(
            "warning",
            f"Stop and roll back {words.effect(self._importing.report)}?",
            [
                ("Stop and roll back", self._stop, False),
                ("Continue", self._continue, True),
            ],
            closable=False,
        )
        self.banner.buttons[-1].setFocus()

    def _stop(self) -> None:
        self._continue()
        self.progress.begin("Rolling back…")
        self._importing.give_up()

    def _continue(self) -> None:
        self.banner.hide()
        self._show_buttons(takes_focus=True)

    def _leave(self) -> None:
        """Give up what was read, or close what is over; ask first if that was much work."""
        report = self._importing.report
        if self._importing.phase is Phase.READ and self._importing.is_large:
            number = records_words(words.added(report.new, report.changed))
            self.banner.show_message(
                "warning",
                f"Discard {number}? To import it later, it has to be read again.",
                [
                    ("Discard it", self._importing.give_up, False),
                    ("Keep it", self.banner.hide, True),
                ],
                closable=False,
            )
            self.banner.buttons[-1].setFocus()
        else:
            self._importing.give_up()

    def _disappear(self) -> None:
        """Go, and leave the focus to the window behind."""
        had_focus = self.isActiveWindow()
        self.hide()
        if had_focus and self.parentWidget() is not None:
            self.parentWidget().activateWindow()

    def appear(self) -> None:
        """Come to the front."""
        self.show()
        self.raise_()
        self.activateWindow()

    def _connect(self) -> None:
        importing, draft = self._importing, self._draft
        importing.changed.connect(self._follow)
        importing.queued.connect(self._show_waiting)
        importing.progressed.connect(self.progress.show_progress)
        draft.surveyed.connect(self._on_surveyed)
        draft.failed.connect(self._on_survey_failed)
        draft.previewed.connect(self.policy.mapping.show_preview)
        draft.mapping_saved.connect(self._on_mapping_saved)
        self._workspace.changed.connect(self._on_changed)
        self.strip.wanted.connect(self._go_to)
        self.source.chosen.connect(importing.take)
        self.recognise.formats_chosen.connect(self._choose_formats)
        self.recognise.first_wanted.connect(draft.show_first)
        draft.first_read.connect(self.recognise.show_first)
        self.policy.policy_chosen.connect(self._choose_policy)
        self.policy.shape_chosen.connect(self._choose_shape)
        self.policy.mapping_chosen.connect(
            lambda mapping: draft.choose_mapping(self._shape, mapping)
        )
        self.policy.mapping_saved.connect(lambda path: draft.save_mapping(self._shape, path))
        self.check.problems.text_wanted.connect(self._show_text)
        self.check.decided.connect(self._decide)
        self.check.all_decided.connect(self._decide_all)
        drop = DropTarget(self)
        drop.dropped.connect(importing.import_paths)
        QShortcut(QKeySequence("Ctrl+W"), self, self.close)

    def _lay_out(self) -> None:
        px = current_theme().px
        for page in (
            self.source,
            self.recognise,
            self.policy,
            self.check,
            self.progress,
            self.report,
        ):
            self._pages.add_page(page)
        foot = QHBoxLayout()
        foot.addWidget(self._waiting)
        foot.addStretch()
        foot.addWidget(self._buttons)
        self._head.setWordWrap(True)
        give_keys(self)
        column = QVBoxLayout(self)
        edge = px(CARD_PADDING_PX)
        column.setContentsMargins(edge, px(12), edge, px(12))
        column.setSpacing(px(SPACE_PX))
        column.addWidget(self.strip)
        column.addWidget(self.banner)
        column.addWidget(self._head)
        column.addWidget(self._pages, 1)
        column.addLayout(foot)
        fit_screen(self, *_SIZE_PX)

    # -- Qt overrides

    def reject(self) -> None:
        """Leave by Esc."""
        if self.banner.isVisible():
            self._continue()
        elif self._importing.phase in {Phase.NONE, Phase.APPLYING}:
            self.hide()
        else:
            self._leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if event.spontaneous():
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)
