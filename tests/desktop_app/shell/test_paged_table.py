import pytest
from PySide6.QtCore import Qt

from db.query import TaskQuery
from db.records import Kind
from desktop_app.lists.record_columns import COLUMNS
from desktop_app.look.cells import ROLE_CELL, CheckCell, StatusCell
from desktop_app.models.paged_table import CHECK_COLUMN, GONE, PagedTableModel

SPOKEN = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def model(qtmodeltester):
    built = PagedTableModel(COLUMNS[Kind.TASK])
    qtmodeltester.check(built)
    return built


@pytest.fixture
def records(storage, add_tasks):
    pks = add_tasks(30)
    return pks, {record.pk: record for record in storage.fetch(Kind.TASK, pks)}


def test_a_row_says_itself_in_a_sentence(model, records):
    model.show_page(*records)
    said = model.index(0, CHECK_COLUMN).data(SPOKEN)
    assert said.startswith("Queued, Task 0001, Made, Medium")


def test_every_cell_has_words_or_is_empty_on_purpose(model, records):
    model.show_page(*records)
    for column in range(1, model.columnCount()):
        index = model.index(0, column)
        assert index.data(SPOKEN) == index.data()
        assert model.headerData(column, Qt.Orientation.Horizontal, SPOKEN)
    assert isinstance(model.index(0, 1).data(ROLE_CELL), StatusCell)


def test_the_box_of_a_row_follows_the_selection(model, records):
    model.show_page(*records)
    model.is_checked = lambda row: row == 3
    assert model.index(3, CHECK_COLUMN).data(ROLE_CELL) == CheckCell(checked=True)
    assert model.index(4, CHECK_COLUMN).data(ROLE_CELL) == CheckCell(checked=False)


def test_a_record_deleted_meanwhile_keeps_its_row_and_says_so(model, records):
    pks, found = records
    model.show_page(pks, {pk: found[pk] for pk in pks[1:]})
    assert model.index(0, CHECK_COLUMN).data(SPOKEN) == GONE
    assert model.index(0, model.section_of("title")).data() == GONE
    assert model.rowCount() == len(pks)


def test_rows_can_be_brought_up_to_date_in_place(model, records, storage):
    pks, found = records
    model.show_page(pks, found)
    storage.edit(Kind.TASK, pks[0], {"title": "Renamed"}, seen_version=found[pks[0]].version)
    model.show_records({r.pk: r for r in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))})
    assert model.index(0, model.section_of("title")).data() == "Renamed"
