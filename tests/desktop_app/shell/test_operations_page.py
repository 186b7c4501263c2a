"""The lists of operations keep the one that is chosen."""

import pytest

from desktop_app.operations_page import OperationsPage


@pytest.fixture
def page(workspace, add_batch, qtbot):
    for title in ("One", "Two", "Three"):
        add_batch(title)
    opened = OperationsPage(workspace, "History", "")
    qtbot.addWidget(opened)
    qtbot.waitUntil(lambda: opened.model.count == 3)
    return opened


@pytest.mark.parametrize("row", [0, 1])
def test_what_comes_on_top_leaves_the_chosen_operation_chosen(page, add_batch, qtbot, row):
    page.table.selectRow(row)
    chosen = page.chosen
    add_batch("Four")
    page.look_for_news()
    qtbot.waitUntil(lambda: page.model.count == 4)
    assert page.chosen.pk == chosen.pk
    assert page.table.selectionModel().isRowSelected(row + 1)


def test_an_operation_that_is_to_be_shown_is_chosen_instead(page, qtbot):
    wanted = page.model.operations[2]
    page.show_operation(wanted.pk)
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.pk == wanted.pk)
