"""The program: which storage is open in the window, and what does not depend on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog

from db.errors import (
    SheafError,
    StorageDamagedError,
    StorageLostError,
    StorageMissingError,
    StorageTooNewError,
)
from db.job_run import runs_of
from db.jobs import OwnKind
from db.maintenance.backups import restore_over_damaged, start_empty
from db.maintenance.folder import BackupFolder, folder_beside
from db.maintenance.manifest import Backup
from db.ports import Salvaged, Storage
from db.query import EVERYWHERE, BatchQuery, TaskQuery
from db.storage import (
    is_hardship,
    is_missing,
    may_be_read,
    open_storage,
    path_of,
    read_storage,
    salvage,
    to_uri,
)
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.spec import UiState
from desktop_app.background import Background, Request
from desktop_app.closing import UnderWay, ask_to_close, take_back
from desktop_app.desk import Desk
from desktop_app.instance import Instance
from desktop_app.lists.presenter import PAGE_SIZE
from desktop_app.look.text import local_time
from desktop_app.look.theme import Scheme, current_theme
from desktop_app.main_window import MainWindow
from desktop_app.maintenance.backup_words import when_words
from desktop_app.maintenance.lent import Lent
from desktop_app.pages import PAGE_SIZE_KEY
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.file_dialog import RECORDS, FileDialog
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

PATIENCE_MS = 200
"""A window that has to wait longer for its storage is shown before, and says so."""
ZOOM_STEP = 1.1
SAMPLE_URI = "memory:"
SIGNS_KEY = "keys/signs"
_BUSY = "Not now: a backup is shown once nothing else is under way."
CLOSING_MS = 200
"""The time between two looks at whether a window out of sight can close."""


class Program(QObject):
    """Opens and closes storages, one at a time, and routes every action."""

    def __init__(self, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.window = MainWindow(state)
        self.desk: Desk | None = None
        self._lent: Lent | None = None
        self._past_state = state
        self._past_uri = ""
        """The workspace in whose place a backup is shown."""
        self._opener: Background[None] = Background(None, self)
        self._opening: Request | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.window.show)
        self._instance: Instance | None = None
        self._given: Sequence[Path] = ()
        self._then: Callable[[Desk], None] | None = None
        self._handlers = self._own_handlers()
        self._stops_all = False
        self._closing = QTimer(self, interval=CLOSING_MS)
        self._closing.timeout.connect(self._close_if_over)
        self.window.may_close = self._may_close
        self.window.registry.triggered.connect(self._act)
        self.window.status.history_wanted.connect(self.window.registry[Do.HISTORY].trigger)
        self.window.status.folders_wanted.connect(self.window.registry[Do.WATCH].trigger)
        self.window.status.backups_wanted.connect(self.window.registry[Do.GO_BACKUPS].trigger)
        self.window.status.check_wanted.connect(self.window.registry[Do.GO_HEALTH].trigger)
        self._restore_look()

    @property
    def uri(self) -> str:
        """The workspace that is open, or has a backup shown in its place; empty if none is."""
        if self._lent is not None:
            return self._past_uri
        return "" if self.desk is None else self.desk.workspace.storage.uri

    def open(
        self, uri: str, files: Sequence[Path] = (), claimed: Instance | None = None
    ) -> None:
        """Open a storage instead of the one that is open, then import some files.

        Where another process has a window on it, that one comes to the front instead.
        `claimed` is the claim on it, if this process has that already.
        """
        uri = to_uri(uri)
        if self.desk is not None and self._instance is not None and self._instance.is_on(uri):
            self._on_called(files)
            return
        instance = None if uri == SAMPLE_URI else claimed or Instance(uri, self)
        if instance is not None and not instance.claim() and instance.hand_over(files):
            self.window.show()
            self.window.toast.show_message("That workspace is open in another window.")
            return
        self._close_desk()
        self._instance = instance
        self._given = files
        if instance is not None:
            instance.called.connect(self._on_called)
        self._start_opening(uri)

    def open_sample(self) -> None:
        """Open the made-up storage, of which nothing is kept."""
        self.open(SAMPLE_URI)

    def close(self) -> None:
        """Keep everything and let go of it, whether or not the window was closed before."""
        self.window.save_place()
        self._close_desk()
        self._opener.close()
        self.window.hide()

    def keep(self) -> None:
        """Save what is being edited and where everything is, and go on."""
        self.window.save_place()
        if self.desk is not None:
            self.desk.keep()
        self._state.flush()

    def browse(self, lent: Lent) -> None:
        """Show what a backup holds in place of the workspace, until one goes back to that."""
        desk = self.desk
        if desk is None or self._under_way():
            self.window.toast.show_message(_BUSY)
            self._give_back(lent)
            return
        self._past_uri = desk.workspace.storage.uri
        self._drop_desk()
        self._lent = lent
        shown = Workspace(lent.storage, self, is_past=True)
        # What is remembered of its pages goes with it.
        self._past_state = WindowState(lent.folder / "window.ini")
        self.desk = Desk(self.window, shown, self._past_state)
        self._connect_desk(self.desk)
        browsed = _tools().PastDesk(self.desk, self.window, lent.backup)
        # What asks for it goes with the desk, and must not be at work by then.
        browsed.left.connect(self._go_back, Qt.ConnectionType.QueuedConnection)
        self.window.setWindowTitle(
            f"Backup of {when_words(lent.backup)} — {_name_of(self._past_uri)} — Sheaf"
        )
        self.desk.show_state()

    def _go_back(self, then: Callable[[Desk], None] | None = None) -> None:
        """Open the workspace again that a backup was shown in place of, and do something."""
        if self._lent is None:
            return
        self._drop_desk()
        self._then = then
        self._start_opening(self._past_uri)

    def _give_back(self, lent: Lent) -> None:
        self._opener.write(lambda _nothing, _token: lent.give_back())

    # Opening

    def _start_opening(self, uri: str, refusal: SheafError | None = None) -> None:
        """Open a storage; only for reading, if a person lets it be refused otherwise."""
        self.window.show_panel("database", f"Opening {_name_of(uri)}", "")
        self.window.registry.update(UiState())
        self._patience.start()
        self._opening = self._opener.read(
            lambda _nothing, _token: _open(uri, refusal),
            partial(self._on_opened, uri),
            partial(self._on_not_opened, uri),
        )

    def _on_opened(self, uri: str, found: _Opened) -> None:
        self._opening = None
        self._patience.stop()
        # What was open only for reading is shown until it opens for writing.
        self._drop_desk()
        workspace = Workspace(found.storage, self, only_read=_only_read_words(found.refusal))
        self.desk = Desk(self.window, workspace, self._state)
        self.window.setWindowTitle(f"{_name_of(uri)} — Sheaf")
        self._connect_desk(self.desk)
        self.desk.show_state()
        if uri == SAMPLE_URI:
            _tools().SampleDesk(self.desk, self.window, self.open)
        elif found.refusal is not None:
            shown = _tools().OnlyReadDesk(self.desk, self.window, found.refusal)
            shown.again_wanted.connect(partial(self._try_to_write, uri))
            shown.backups_wanted.connect(partial(self._offer_backups, uri))
            shown.salvage_wanted.connect(partial(self._ask_to_salvage, uri))
        elif found.is_empty and not self._given:
            self._welcome()
        self.window.show()
        if self._given:
            self.desk.take_in(self._given)
            self._given = ()
        if self._then is not None:
            self._then(self.desk)
            self._then = None

    def _try_to_write(self, uri: str) -> None:
        """Open for writing what is shown only to be read, if that is possible by now."""
        if self._opening is not None:
            return

        def stay(error: SheafError) -> None:
            self._opening = None
            self.window.toast.show_message(f"Still only for reading. {error.what}")

        self._opening = self._opener.read(
            lambda _nothing, _token: _Opened(open_storage(uri)),
            partial(self._on_opened, uri),
            stay,
        )

    def _on_damaged(self, error: SheafError) -> None:
        """Show only for reading what was found to be damaged, and say what was not saved."""
        desk, uri = self.desk, self.uri
        if desk is None or not desk.workspace.is_damaged or not uri.startswith("sqlite:"):
            return
        desk.keep()
        unwritten = (*desk.workspace.unwritten, *desk.workspace.under_way)
        health = desk.pages.health
        found = health.findings if health.are_complete else None

        def tell(shown: Desk) -> None:
            if found is not None:
                shown.pages.health.take(found, are_complete=True)
            if unwritten:
                self.window.toast.show_message(f"Not saved: {', '.join(unwritten)}")

        self._drop_desk()
        self._then = tell
        self._start_opening(uri, error)

    def _offer_backups(self, uri: str) -> None:
        """Let one choose the backup that takes the place of a damaged file."""

        def show(damage: _Damage) -> None:
            if damage.backups:
                self._ask_for_backup(uri, damage)
            else:
                self.window.toast.show_message("There is no backup beside the file.")

        path = path_of(uri)
        self._opener.read(lambda _nothing, _token: _look_at_damage(path), show)

    def _ask_to_salvage(self, uri: str) -> None:
        """Let one choose the new file for what can be read of a damaged one."""
        path = path_of(uri)
        output = path.with_name(f"{path.stem}-salvaged{path.suffix}")
        dialog = FileDialog(self.window, "Salvage into a new file", str(output))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Sheaf workspaces (*.sheaf)"])
        dialog.setDefaultSuffix("sheaf")
        dialog.fileSelected.connect(partial(self.salvage, uri))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def salvage(self, uri: str, output: str) -> None:
        """Save what can be read of a damaged file into a new one, and say what is lost."""
        back: ButtonSpec = ("Back", lambda: self._start_opening(uri), False)

        def stop() -> None:
            if self._opening is not None:
                self._opening.cancel()
            self._start_opening(uri)

        def show(saved: Salvaged) -> None:
            self._opening = None
            tools = _tools()

            def show_details() -> None:
                tools.SalvagedDialog(saved, self.window).open()

            self._say_of_salvage(
                "info" if saved.is_whole else "warning",
                tools.saved_words(saved),
                f"{tools.lost_words(saved)} The damaged file was left exactly as it is; the"
                f" new one is {saved.output.name}.",
                [
                    ("Open the new file", lambda: self.open(str(saved.output)), True),
                    ("Details…", show_details, False),
                ],
                back,
            )

        def fail(error: SheafError) -> None:
            self._opening = None
            headline = error.what.removesuffix(".")
            self._say_of_salvage("error", headline, f"{error.safe} {error.advice}", [], back)

        self._say_of_salvage(
            "info",
            f"Salvaging into {Path(output).name}…",
            "A large file takes minutes. The damaged one is only read.",
            [],
            ("Stop", stop, False),
        )
        self._opening = self._opener.write(
            lambda _nothing, token: salvage(uri, Path(output), token), show, fail
        )

    def _say_of_salvage(
        self,
        kind: str,
        headline: str,
        sentence: str,
        buttons: Sequence[ButtonSpec],
        leave: ButtonSpec,
    ) -> None:
        """Say it over the list, or where none is shown in its place, with a way out of it."""
        if self.desk is None:
            self.window.show_panel(kind, headline, sentence, [*buttons, leave])
        else:
            end = "" if headline.endswith("…") else "."
            self.window.ribbon.show_message(kind, f"{headline}{end} {sentence}", buttons)

    def _connect_desk(self, desk: Desk) -> None:
        damaged = desk.workspace.damaged
        damaged.connect(self._on_damaged, Qt.ConnectionType.QueuedConnection)
        desk.import_ended.connect(self._take_back_question)
        desk.job_over.connect(self._take_back_question)
        desk.pages.browse_wanted.connect(self.browse)

    def _welcome(self) -> None:
        assert self.desk is not None
        desk, window = self.desk, self.window

        def start_empty() -> None:
            window.show_lists()
            desk.show_state()

        def look_again() -> None:
            desk.workspace.background.read(
                lambda storage, _token: _is_empty(storage),
                lambda is_empty: None if is_empty or window.shows_lists else start_empty(),
            )

        def start_with_import() -> None:
            start_empty()
            window.registry[Do.IMPORT].trigger()

        window.show_panel(
            "app",
            "Welcome to Sheaf",
            "Everything stays in one file on this computer. Drop the JSON files your tools "
            "wrote anywhere on this window, or start with one of these.",
            [
                ("Import a file…", start_with_import, True),
                ("Explore the sample", self.open_sample, False),
                ("Start empty", start_empty, False),
            ],
        )
        desk.importing.began.connect(start_empty)
        desk.workspace.changed.connect(start_empty)
        desk.workspace.noticed.connect(look_again)
        desk.show_state()

    def _on_not_opened(self, uri: str, error: SheafError) -> None:
        self._then = None
        is_hurt = isinstance(error, StorageDamagedError | StorageLostError)
        if is_hurt and uri.startswith("sqlite:"):
            path = path_of(uri)
            self._opening = self._opener.read(
                lambda _nothing, _token: _look_at_damage(path),
                partial(self._show_damage, uri, error),
                lambda _error: self._show_damage(uri, error, _Damage()),
            )
        else:
            again = not isinstance(error, StorageTooNewError)
            said = f"{error.safe} {error.advice}"
            damage = _Damage(may_be_read=may_be_read(error))
            self._show_trouble(uri, error, said, damage, again=again)

    def _show_damage(self, uri: str, error: SheafError, damage: _Damage) -> None:
        """Offer the backups of a file that is damaged or missing, or say what else helps."""
        path, backups = path_of(uri), damage.backups
        if backups:
            when = local_time(backups[-1].manifest.made_at)
            said = f"The newest backup is of {when}; a backup can take the place of the file."
        elif damage.is_missing:
            said = "There is no backup of it."
        else:
            command = _tools().salvage_command(path)
            said = (
                "There is no backup beside it. What can be read of it is saved into a new"
                f" file by {command}"
            )
        if damage.is_missing:
            said += " If it was moved, move it back and try again, or open it where it is."
        self._show_trouble(uri, error, f"{error.safe} {said}", damage)

    def _show_trouble(
        self,
        uri: str,
        error: SheafError,
        said: str,
        damage: _Damage,
        *,
        again: bool = False,
    ) -> None:
        """Say that a storage cannot be opened; `again` is whether trying again may help."""
        self._opening = None
        self._patience.stop()
        buttons: list[ButtonSpec] = [
            ("Try again", lambda: self._start_opening(uri), again),
            ("Choose another file…", self._choose_storage, not (again or damage.backups)),
        ]
        if damage.is_missing:
            buttons.insert(0, ("Start empty", partial(self._start_empty, uri), False))
        if damage.backups:
            ask = partial(self._ask_for_backup, uri, damage)
            buttons.insert(0, ("Restore a backup…", ask, True))
        else:
            buttons.append(("Explore the sample", self.open_sample, False))
        is_damaged = isinstance(error, StorageDamagedError) and not damage.is_missing
        if is_damaged and uri.startswith("sqlite:"):
            buttons.append(("Salvage…", partial(self._ask_to_salvage, uri), False))
        if damage.may_be_read:
            read = partial(self._start_opening, uri, error)
            buttons.insert(1, ("Open read-only", read, False))
        self.window.show_panel("error", error.what, said, buttons)
        self.window.show()

    def _ask_for_backup(self, uri: str, damage: _Damage) -> None:
        newest_first = [*reversed(damage.backups)]
        dialog = _tools().DamagedDialog(
            path_of(uri), newest_first, self.window, is_missing=damage.is_missing
        )
        dialog.chosen.connect(partial(self._restore_over_damaged, uri))
        dialog.open()

    def _restore_over_damaged(self, uri: str, backup: Backup) -> None:
        path = path_of(uri)
        self._drop_desk()
        self.window.show_panel("database", f"Restoring the backup {backup.name}", "")
        self._opening = self._opener.write(
            lambda _nothing, token: restore_over_damaged(path, backup, token),
            lambda _aside: self._start_opening(uri),
            partial(self._on_not_opened, uri),
        )

    def _start_empty(self, uri: str) -> None:
        """Make a new file in the place of one that is missing."""
        path = path_of(uri)
        self._opening = self._opener.write(
            lambda _nothing, _token: start_empty(path),
            lambda _done: self._start_opening(uri),
            partial(self._on_not_opened, uri),
        )

    def _choose_storage(self) -> None:
        dialog = FileDialog(self.window, "Open workspace", str(Path.home()))
        dialog.setNameFilters(["Sheaf workspaces (*.sheaf)", "All files (*)"])
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix("sheaf")
        dialog.fileSelected.connect(self._open_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_chosen(self, name: str) -> None:
        """Open a workspace; a file of records, told by its name, is for the one open now."""
        path = Path(name)
        if self.desk is not None and path.suffix.lower() in RECORDS:
            self.desk.take_in([path])
        else:
            self.open(name)

    def _on_called(self, files: Sequence[Path]) -> None:
        self.window.show()
        self.window.come_forward()
        if files and self._lent is not None:
            self._given = files
            self._go_back()
        elif self.desk is None:
            self._given = (*self._given, *files)
        elif files:
            self.desk.take_in(files)

    # Closing

    def _may_close(self) -> bool:
        """Say whether the window may close; ask first where that would stop something."""
        if self.desk is None or self._stops_all or not self._under_way():
            self.window.save_place()
            return True
        place = self.desk.asking_place()
        ask_to_close(place, self._under_way(), self._close_later, self._close_now)
        return False

    def _under_way(self) -> UnderWay:
        assert self.desk is not None
        orders = [run.order for run in runs_of(self.desk.workspace.storage.jobs)]
        others = tuple(order for order in orders if order.kind != OwnKind.IMPORT)
        return UnderWay(others, self.desk.is_importing)

    def _close_now(self) -> None:
        self._stops_all = True
        self.window.close()

    def _close_later(self) -> None:
        """Go out of sight now, and close when nothing is under way any more."""
        assert self.desk is not None
        self.window.ribbon.hide()
        self.window.save_place()
        self.window.hide()
        self._closing.start()

    def _close_if_over(self) -> None:
        if self.window.isVisible() or self.desk is None:
            self._closing.stop()
        elif not self._under_way():
            self._closing.stop()
            self.window.close()

    def _take_back_question(self) -> None:
        """Ask no more, once what was asked about is over."""
        if self.desk is not None and not self._under_way():
            take_back(self.window.ribbon)

    def _close_desk(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
            self._patience.stop()
        self._drop_desk()
        if self._instance is not None:
            self._instance.release()
            self._instance = None
        self._state.flush()

    def _drop_desk(self) -> None:
        """Close what is shown, but stay the one window on its file."""
        self.window.toast.dismiss()
        if self.desk is not None:
            self.desk.close()
            self.desk = None
        if self._lent is not None:
            # What is not written now would make the folder anew.
            self._past_state.flush()
            self._give_back(self._lent)
            self._lent = None

    # Actions

    def _act(self, action: Do) -> None:
        handle = self._handlers.get(action)
        if handle is not None:
            handle()
        elif self.desk is not None:
            self.desk.act(action)

    def _own_handlers(self) -> Mapping[Do, Callable[[], object]]:
        window = self.window
        return {
            Do.OPEN: self._choose_storage,
            Do.SAMPLE: self.open_sample,
            Do.CLOSE_WINDOW: window.close,
            Do.QUIT: window.close,
            Do.NEXT_PANE: lambda: window.cycle_panes(1),
            Do.PREVIOUS_PANE: lambda: window.cycle_panes(-1),
            Do.ZOOM_IN: lambda: self._zoom(current_theme().zoom * ZOOM_STEP),
            Do.ZOOM_OUT: lambda: self._zoom(current_theme().zoom / ZOOM_STEP),
            Do.ZOOM_RESET: lambda: self._zoom(1.0),
            Do.THEME_SYSTEM: lambda: self._wear(Scheme.SYSTEM),
            Do.THEME_LIGHT: lambda: self._wear(Scheme.LIGHT),
            Do.THEME_DARK: lambda: self._wear(Scheme.DARK),
            Do.FULL_SCREEN: self._toggle_full_screen,
            Do.SETTINGS: self._open_settings,
            Do.PALETTE: lambda: _tools().open_palette(window),
            Do.SHORTCUTS: lambda: _tools().open_shortcuts(window),
            Do.DIAGNOSTICS: self._open_diagnostics,
            Do.ABOUT: lambda: _tools().open_about(window),
        }

    def _open_settings(self) -> None:
        rows = self._state.get(PAGE_SIZE_KEY, PAGE_SIZE)
        folders = "" if self.desk is None else self.desk.tools.following.said
        dialog = _tools().open_settings(self.window, rows, folders)
        dialog.folders_wanted.connect(dialog.accept)
        dialog.folders_wanted.connect(self.window.registry[Do.WATCH].trigger)
        dialog.scheme_chosen.connect(lambda word: self._wear(Scheme(word)))
        dialog.page_size_chosen.connect(self._resize_pages)
        dialog.signs_chosen.connect(self._use_signs)

    def _open_diagnostics(self) -> None:
        desk = self.desk
        background = self._opener if desk is None else desk.workspace.background
        _tools().open_diagnostics(self.window, background, self._state.values())

    def _resize_pages(self, rows: int) -> None:
        self._state.put(PAGE_SIZE_KEY, rows)
        if self.desk is not None:
            self.desk.pages.resize_pages(rows)
        self._state.flush()

    def _use_signs(self, wanted: bool) -> None:
        self.window.registry.use_signs(wanted)
        self._state.put(SIGNS_KEY, wanted)
        self._state.flush()

    def _toggle_full_screen(self) -> None:
        window = self.window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def _zoom(self, zoom: float) -> None:
        current_theme().set_zoom(zoom)
        self._state.put("look/zoom", current_theme().zoom)

    def _wear(self, scheme: Scheme) -> None:
        current_theme().set_scheme(scheme)
        self._state.put("look/scheme", scheme.value)
        self._state.flush()
        self._tick_scheme()

    def _restore_look(self) -> None:
        zoom = self._state.get("look/zoom", 1.0)
        if zoom != 1.0:
            current_theme().set_zoom(zoom)
        self._tick_scheme()
        if not self._state.get(SIGNS_KEY, default=True):
            self.window.registry.use_signs(False)

    def _tick_scheme(self) -> None:
        for action, scheme in (
            (Do.THEME_SYSTEM, Scheme.SYSTEM),
            (Do.THEME_LIGHT, Scheme.LIGHT),
            (Do.THEME_DARK, Scheme.DARK),
        ):
            self.window.registry[action].setChecked(current_theme().scheme is scheme)


class _Opened(NamedTuple):
    """A storage, whether there is nothing in it yet, and why it is only read, if it is."""

    storage: Storage
    is_empty: bool = False
    refusal: SheafError | None = None


class _Damage(NamedTuple):
    """What there is to be done about a file that is damaged or missing."""

    backups: Sequence[Backup] = ()
    may_be_read: bool = False
    is_missing: bool = False


def _look_at_damage(path: Path) -> _Damage:
    may_read = True
    try:
        read_storage(str(path)).close()
    except SheafError:
        may_read = False
    return _Damage(BackupFolder(folder_beside(path)).all(), may_read, is_missing(path))


def _open(uri: str, refusal: SheafError | None) -> _Opened:
    """Open a storage; only for reading after a refusal, or where it cannot be written."""
    if refusal is None:
        try:
            storage = open_storage(uri)
        except SheafError as error:
            if not is_hardship(error):
                raise
            refusal = error
        else:
            return _Opened(storage, _is_empty(storage))
    try:
        return _Opened(read_storage(uri), refusal=refusal)
    except StorageMissingError:
        raise refusal from None


def _only_read_words(refusal: SheafError | None) -> str:
    """Return why nothing can be changed; nothing where it can."""
    return "" if refusal is None else f"Not now: it is open only for reading. {refusal.what}"


def _is_empty(storage: Storage) -> bool:
    """Whether there is nothing yet: neither records nor anything that was done."""
    queries = (BatchQuery(places=EVERYWHERE), TaskQuery(places=EVERYWHERE))
    has_records = any(storage.ids(query, 1) for query in queries)
    return not has_records and not storage.history.operations(limit=1)


def _tools() -> ModuleType:
    return import_module("desktop_app.program_tools")


def _name_of(uri: str) -> str:
    return "Sample" if uri == SAMPLE_URI else path_of(uri).name
