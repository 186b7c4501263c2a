"""What a person does with the view that is shown: choose another, save, rename, hand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from db.exchange.view_files import SUFFIX
from db.query_text import write_query
from db.records import Kind, SavedView
from desktop_app.dialogs.frame import give_keys
from desktop_app.lists.page import ListPage
from desktop_app.lists.views import ListView
from desktop_app.saved_views import SavedViews
from desktop_app.widgets.file_dialog import FileDialog


class ViewCommands(QObject):
    """Opens the menu of a list's view and carries out what is chosen in it.

    `views_of` returns the views of a kind of record, `show` turns to one by its key.
    """

    def __init__(
        self,
        saved: SavedViews,
        views_of: Callable[[Kind], Iterable[ListView]],
        show: Callable[[str], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._saved = saved
        self._views_of = views_of
        self._show = show

    def open_menu(self, page: ListPage) -> None:
        """Offer the views of the same kind, and what can be done with this one."""
        menu = QMenu(page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("View")
        for view in self._views_of(page.kind):
            self._add_view(menu, view, page)
        menu.addSeparator()
        own, changed = page.view.saved, page.is_changed
        for words, act, possible in (
            ("&Save", self.save, own is not None and changed),
            ("Save &as…", self.save_as, True),
            ("Re&vert", ListPage.revert, changed),
        ):
            menu.addAction(words, partial(act, page)).setEnabled(possible)
        menu.addSeparator()
        if own is not None:
            self._add_own(menu, page, own)
        menu.addAction("E&xport as file…", partial(self._ask_where_to_write, page))
        menu.addAction("&Import from file…", partial(self._ask_what_to_read, page))
        menu.popup(page.header.view.mapToGlobal(QPoint(0, page.header.view.height())))

    def save(self, page: ListPage) -> None:
        """Let the view be what is shown now; one that came with Sheaf is saved as another."""
        if page.view.saved is None:
            self.save_as(page)
        else:
            self._saved.save(self._shown(page, page.view.saved), "View saved")

    def save_as(self, page: ListPage) -> None:
        """Ask for a name and keep what is shown as a view of that name."""
        came = page.view.title if page.is_changed else ""
        dialog = _name_dialog(page, "Save view as", came, "Save")

        def keep(name: str) -> None:
            if name.strip():
                blank = SavedView(pk=0, id="", name=name, kind=page.kind, query="")
                self._saved.save_new(self._shown(page, blank), f"Saved the view {name}")
                page.revert()

        dialog.textValueSelected.connect(keep)
        dialog.open()

    def _add_view(self, menu: QMenu, view: ListView, page: ListPage) -> None:
        is_first = view.saved is not None and view.saved.is_default
        title = view.title.replace("&", "&&") + ("  (opens first)" if is_first else "")
        action = menu.addAction(title, partial(self._show, view.key))
        action.setCheckable(True)
        action.setChecked(view.key == page.view.key)

    def _add_own(self, menu: QMenu, page: ListPage, own: SavedView) -> None:
        """Offer what can be done with a view that the person saved."""
        first = menu.addAction(
            f"&Open first for {own.kind.plural}",
            lambda: self._saved.save(replace(own, is_default=not own.is_default)),
        )
        first.setCheckable(True)
        first.setChecked(own.is_default)
        menu.addAction("Re&name…", partial(self._ask_new_name, page, own))
        menu.addAction("&Delete", partial(self._saved.delete, own))
        menu.addSeparator()

    def _ask_new_name(self, page: ListPage, own: SavedView) -> None:
        dialog = _name_dialog(page, "Rename view", own.name, "Rename")
        dialog.textValueSelected.connect(partial(self._saved.rename, own))
        dialog.open()

    def _ask_where_to_write(self, page: ListPage) -> None:
        blank = SavedView(pk=0, id="", name=page.view.title, kind=page.kind, query="")
        view = self._shown(page, page.view.saved or blank)
        name = "".join(sign if sign.isalnum() else "-" for sign in view.name)
        dialog = FileDialog(page, "Export view", str(Path.home() / f"{name}{SUFFIX}"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"Sheaf views (*{SUFFIX})"])
        dialog.setDefaultSuffix(SUFFIX)
        dialog.fileSelected.connect(lambda path: self._saved.write_file(view, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_what_to_read(self, page: ListPage) -> None:
        dialog = FileDialog(page, "Import views", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([f"Sheaf views (*{SUFFIX})", "All files (*)"])
        dialog.filesSelected.connect(lambda names: self._saved.read_files(map(Path, names)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _shown(self, page: ListPage, view: SavedView) -> SavedView:
        """Return a view that is what the page shows now."""
        return replace(view, query=write_query(page.query), layout=page.layout_now)


def _name_dialog(page: ListPage, title: str, name: str, act: str) -> QInputDialog:
    dialog = QInputDialog(page)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText("Name")
    dialog.setTextValue(name)
    dialog.setOkButtonText(act)
    give_keys(dialog)
    return dialog
