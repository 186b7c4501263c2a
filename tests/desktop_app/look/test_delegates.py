import subprocess
import sys

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QTableView

from db.vocabulary import Status
from desktop_app.lists.record_columns import BATCH_COLUMNS
from desktop_app.look.cells import (
    ROLE_CELL,
    CheckCell,
    MeterCell,
    ProgressCell,
    StatusCell,
    TagsCell,
    TextCell,
)
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.pills import REVIEW_PILLS, ROLE_PILLS, SEVERITY_PILLS, STALLED_PILL
from desktop_app.look.tokens import LIGHT, STATUS_INK, RowPx

NOWHERE = QModelIndex()


class Cells(QAbstractTableModel):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def rowCount(self, parent=NOWHERE):
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent=NOWHERE):
        return 0 if parent.isValid() else len(self.rows[0])

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        cell = self.rows[index.row()][index.column()]
        if role == ROLE_CELL:
            return cell
        if role == Qt.ItemDataRole.DisplayRole and isinstance(cell, TextCell):
            return cell.text
        return None


def counts(**numbers):
    return tuple(numbers.get(status.word, 0) for status in Status)


@pytest.fixture
def table(theme, qtbot):
    def make(*rows, width=150):
        view = QTableView()
        qtbot.addWidget(view)
        view.model_kept = Cells(rows)
        view.setModel(view.model_kept)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        RowDelegate(view)
        view.horizontalHeader().hide()
        for column in range(len(rows[0])):
            view.setColumnWidth(column, width)
        view.resize(width * len(rows[0]) + 20, 300)
        view.show()
        return view

    return make


def colours(view, row, column):
    rect = view.visualRect(view.model().index(row, column))
    image = view.viewport().grab(rect).toImage()
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(image.height() - 1)
    }


@pytest.mark.parametrize("status", Status)
def test_a_state_is_a_pill_in_its_colours(table, theme, status):
    view = table([StatusCell(status, "Word")])
    assert getattr(LIGHT, STATUS_INK[status].ground) in colours(view, 0, 0)


def test_progress_shows_what_failed_apart_from_what_succeeded(table):
    view = table([ProgressCell(counts(succeeded=6, failed=4, queued=10))])
    assert {LIGHT.ok, LIGHT.bad, LIGHT.line} <= colours(view, 0, 0)


def test_the_column_of_batches_has_room_for_the_bar_of_a_large_one(table):
    done = next(column for column in BATCH_COLUMNS if column.key == "done")
    width = done.width * table([None]).fontMetrics().averageCharWidth()
    cell = ProgressCell(counts(succeeded=20_000, failed=20_000, queued=20_000))
    assert {LIGHT.ok, LIGHT.bad} <= colours(table([cell], width=width), 0, 0)


def test_an_empty_batch_has_no_bar(table):
    view = table([ProgressCell(counts())])
    assert LIGHT.line not in colours(view, 0, 0)


def test_nothing_finished_is_an_empty_track(table):
    found = colours(table([ProgressCell(counts(queued=8))]), 0, 0)
    assert LIGHT.line in found
    assert LIGHT.ok not in found


def test_a_row_that_is_on_its_way_is_a_grey_bar(table):
    assert LIGHT.line in colours(table([None]), 0, 0)


def test_a_cell_without_a_struct_shows_its_plain_text(table):
    class Plain(Cells):
        def data(self, index, role=Qt.ItemDataRole.DisplayRole):
            return "plain" if role == Qt.ItemDataRole.DisplayRole else None

    view = table([None])
    view.other = Plain([[None]])
    view.setModel(view.other)
    assert LIGHT.line not in colours(view, 0, 0)
    assert len(colours(view, 0, 0)) > 2


def test_the_selected_row_keeps_the_colours_of_its_state(table):
    view = table([StatusCell(Status.FAILED, "Failed"), TextCell("a title", strong=True)])
    view.selectRow(0)
    assert LIGHT.bad_bg in colours(view, 0, 0)
    assert LIGHT.sel in colours(view, 0, 1)


def test_text_never_leaves_its_cell(table):
    view = table([TextCell("W" * 5000), TextCell("")], width=60)
    assert colours(view, 0, 1) == {LIGHT.surface}


def test_a_narrow_column_of_progress_keeps_the_numbers(table):
    found = colours(table([ProgressCell(counts(succeeded=12))], width=60), 0, 0)
    assert LIGHT.ok not in found
    assert len(found) > 2


def test_tags_that_do_not_fit_are_counted(table):
    names = ("core", "parser", "migration", "auth")
    view = table([TagsCell(names[:3]), TagsCell(names)], width=90)
    three, four = (
        view.viewport().grab(view.visualRect(view.model().index(0, column))).toImage()
        for column in range(2)
    )
    assert LIGHT.raised in colours(view, 0, 0)
    assert three != four


def ink_columns(view, row, column, ground=LIGHT.surface):
    image = view.viewport().grab(view.visualRect(view.model().index(row, column))).toImage()
    return [
        x
        for x in range(image.width())
        if any(
            image.pixelColor(x, y).name().upper() != ground for y in range(image.height() - 1)
        )
    ]


def test_text_is_aligned_by_its_own_direction(table):
    view = table([TextCell("abc"), TextCell("مراجعة"), TextCell("42", align_right=True)])
    assert ink_columns(view, 0, 0)[-1] < 75
    assert ink_columns(view, 0, 1)[0] > 75
    assert ink_columns(view, 0, 2)[0] > 75


def test_a_mirrored_layout_mirrors_the_cells(table):
    view = table(
        [ProgressCell(counts(succeeded=3, queued=1)), TextCell("42", align_right=True)]
    )
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert ink_columns(view, 0, 0)[-1] > 130
    assert ink_columns(view, 0, 1)[-1] < 75


def test_the_current_row_is_ringed_from_end_to_end_only_with_the_focus(table, qtbot):
    view = table([TextCell("a"), TextCell("b")], [TextCell("c"), TextCell("d")])
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    view.setCurrentIndex(view.model().index(1, 0))
    view.grab()
    assert LIGHT.accent in colours(view, 1, 0) & colours(view, 1, 1)
    assert LIGHT.accent not in colours(view, 0, 0)
    view.clearFocus()
    view.grab()
    assert LIGHT.accent not in colours(view, 1, 0)


def test_the_whole_row_under_the_mouse_lights_up_until_it_leaves(table, qtbot):
    view = table([TextCell("a"), TextCell("b")], [TextCell("c"), TextCell("d")])
    view.entered.emit(view.model().index(0, 0))
    assert LIGHT.hover in colours(view, 0, 1)
    assert LIGHT.hover not in colours(view, 1, 1)
    view.entered.emit(view.model().index(1, 0))
    assert LIGHT.hover not in colours(view, 0, 1)


def test_the_program_ends_cleanly_with_a_table_open():
    code = (
        "from PySide6.QtGui import QStandardItemModel\n"
        "from PySide6.QtWidgets import QApplication, QTableView\n"
        "from desktop_app.look.delegates import RowDelegate\n"
        "app = QApplication(['sheaf', '-platform', 'offscreen'])\n"
        "view, model = QTableView(), QStandardItemModel(3, 3)\n"
        "view.setModel(model)\n"
        "RowDelegate(view)\n"
        "view.show()\n"
        "view.grab()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_ticked_box_is_filled(table):
    view = table([CheckCell(checked=True), CheckCell(checked=False)])
    assert LIGHT.accent in colours(view, 0, 0)
    assert LIGHT.accent not in colours(view, 0, 1)


def test_rows_have_one_height_that_follows_the_text(table, theme):
    view = table([TextCell("a")])
    assert view.rowHeight(0) == theme.px(RowPx.NORMAL)
    view.itemDelegate().set_row_px(RowPx.COMPACT)
    assert view.rowHeight(0) == theme.px(RowPx.COMPACT)
    theme.set_zoom(2)
    assert view.rowHeight(0) == theme.px(RowPx.COMPACT) >= 64


def test_a_column_asks_for_the_room_of_its_content(table):
    view = table([TextCell("a"), TextCell("a much longer title than that")])
    first, second = (view.sizeHintForColumn(column) for column in range(2))
    assert second > first + 100


def test_a_megabyte_of_title_is_painted_by_its_beginning(table):
    view = table([TextCell("x" * 1_000_000)])
    assert view.itemDelegate().sizeHint(None, view.model().index(0, 0)).width() < 10_000


@pytest.mark.parametrize(
    "pill",
    [*SEVERITY_PILLS.values(), *REVIEW_PILLS.values(), *ROLE_PILLS.values(), STALLED_PILL],
)
def test_a_pill_has_its_own_ground_and_ink(table, pill):
    view = table([pill])
    shown = colours(view, 0, 0)
    assert getattr(LIGHT, pill.ink.ground) in shown
    assert getattr(LIGHT, pill.ink.ink) in shown


def test_a_meter_has_a_bar_and_its_number(table):
    view = table([MeterCell(0.2)], [MeterCell(0.9)])
    few, many = (colours(view, row, 0) for row in (0, 1))
    assert LIGHT.accent in few
    assert LIGHT.accent in many
    assert MeterCell(0.2).text == "0.20"


def test_the_number_beside_the_bar_counts_what_succeeded_and_not_what_failed():
    cell = ProgressCell(counts(succeeded=6, failed=4, canceled=2, queued=8))
    assert (cell.done, cell.finished, cell.total) == (6, 12, 20)
