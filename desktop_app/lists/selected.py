"""What a list says about the records that are chosen in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from db.records import Kind
from desktop_app.lists.selection import ListSelection
from desktop_app.lists.table import RecordTable
from desktop_app.look import text
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.plain_label import PlainLabel


class SelectedNotice(QObject):
    """Keeps the label below the table, the strip above it and the header's box up to date."""

    all_wanted = Signal()
    none_wanted = Signal()

    def __init__(self, table: RecordTable, kind: Kind) -> None:
        super().__init__(table)
        self.strip = Banner()
        self.label = PlainLabel(role="muted")
        self.label.hide()
        self._table = table
        self._kind = kind
        self._said = ("", "")

    def show(self, selection: ListSelection, total: int | None) -> None:
        """Say what is chosen of a list of `total`."""
        number = selection.count(total)
        self.label.setText(_selected_words(number, selection))
        self.label.setVisible(number > 0)
        self._table.set_page_check(_check_state(selection))
        said, button = self._strip_text(selection, total)
        offered = "" if button is None else button[0]
        if (said, offered) == self._said:
            return
        self._said = (said, offered)
        if button is not None:
            self.strip.show_message("info", said, [button], closable=False)
        else:
            self.strip.hide()

    def _strip_text(
        self, selection: ListSelection, total: int | None
    ) -> tuple[str, ButtonSpec | None]:
        if selection.all_matching:
            number = "" if total is None else f": {self._kind.counted(total)}"
            return (
                f"Everything that matches is selected{number}.",
                ("Select nothing", self.none_wanted.emit, False),
            )
        here = len(selection.on_page)
        if (
            not selection.is_whole_page
            or here < _WORTH_SAYING
            or total is None
            or total <= here
        ):
            return "", None
        return (
            f"{text.count(here)} on this page selected.",
            (f"Select all {text.count(total)} matching", self.all_wanted.emit, False),
        )


_WORTH_SAYING = 2


def _selected_words(number: int, selection: ListSelection) -> str:
    said, elsewhere = f"{text.count(number)} selected", selection.elsewhere
    if not elsewhere:
        return said
    if selection.is_gone:
        where = "no longer in this list"
    else:
        where = "on another page" if elsewhere == 1 else "on other pages"
    return (
        f"{said}, {where}"
        if elsewhere == number
        else (f"{said}, {text.count(elsewhere)} {where}")
    )


def _check_state(selection: ListSelection) -> Qt.CheckState:
    if selection.is_whole_page:
        return Qt.CheckState.Checked
    return Qt.CheckState.PartiallyChecked if selection.on_page else Qt.CheckState.Unchecked
