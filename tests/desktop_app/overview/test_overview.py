"""The overview tells how things stand, and each of its parts leads to what it stands for."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from db.query import QUERIES
from db.records import Kind, Place
from db.times import DAY_US, now_us
from desktop_app.lists.views import VIEWS
from desktop_app.look.theme import Scheme
from desktop_app.overview.axes import count_scale, duration_scale
from desktop_app.overview.targets import ListTarget, PageTarget, date_of
from desktop_app.overview.words import long_date

OUTCOMES, DURATIONS, FAILURES, CATEGORIES = range(4)


def name_of(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def description_of(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Description)


def plain(words):
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_a_tile_says_as_many_as_its_list_has(filled, open_overview):
    overview = open_overview()

    said = {tile.spec.key: tile.value for tile in overview.tiles}
    assert said.pop("imports").endswith("B")
    assert said == {
        "active": "1",
        "failed": "6",
        "stalled": "1",
        "review": "1",
        "inbox": "3",
    }
    for key, value in said.items():
        assert int(value) == filled.count(VIEWS[key].query)
    assert "Failed tasks: 6" in [name_of(tile) for tile in overview.tiles]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_tile_leads_to_its_list_by_a_key(open_overview, qtbot, key):
    overview = open_overview()

    qtbot.keyClick(overview.tiles[1], key)

    assert overview.wanted == [PageTarget("failed")]


def test_every_tile_leads_somewhere_by_a_click(open_overview, qtbot):
    overview = open_overview()

    for tile in overview.tiles:
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)

    keys = [target.key for target in overview.wanted]
    assert keys == ["active", "failed", "stalled", "review", "inbox", "imports"]


def test_each_picture_says_in_a_sentence_what_it_shows(filled, open_overview):
    overview = open_overview()

    said = [plain(card.sentence.text()) for card in overview.cards]
    worst = long_date(date_of(now_us() - 3 * DAY_US))
    assert said[OUTCOMES] == (
        "9 tasks succeeded, 5 failed and 1 was canceled in the last 30 days;"
        f" most failures on {worst}."
    )
    assert "took up to 11 min, 95 in 100 up to 20 min" in said[DURATIONS]
    assert said[FAILURES] == (
        "5 of 14 tasks failed in the last 30 days (36 %);"
        " most often those of kind task: 3 of 7."
    )
    assert said[CATEGORIES] == "3 learnings in 2 categories; most in tools (2)."
    for card in overview.cards:
        assert description_of(card.chart) == card.sentence.text()


def test_each_mark_leads_to_a_list_of_as_many_as_it_stands_for(filled, open_overview):
    overview = open_overview()

    for place in (OUTCOMES, CATEGORIES):
        for datum in overview.cards[place].chart.data:
            assert filled.count(datum.target.whole) == datum.value, datum.says
    for datum in overview.cards[FAILURES].chart.data:
        assert f": {filled.count(datum.target.whole)} of" in datum.says
    for datum in overview.cards[DURATIONS].chart.data:
        assert f"of {filled.count(datum.target.whole)} runs" in datum.says


def test_what_was_archived_since_is_in_the_picture_and_in_its_list(filled, open_overview):
    filled.move(Kind.BATCH, filled.ids(QUERIES[Kind.BATCH]()), Place.ARCHIVED)
    overview = open_overview()

    data = overview.cards[OUTCOMES].chart.data
    assert sum(datum.value for datum in data) == 15
    assert sum(filled.count(datum.target.whole) for datum in data) == 15


def test_arrow_keys_go_from_mark_to_mark_and_enter_goes_to_its_list(
    filled, open_overview, qtbot
):
    overview = open_overview()
    chart = overview.cards[OUTCOMES].chart
    chart.setFocus()

    said = [chart.data[chart.current].says]
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(chart, key)
        said.append(chart.data[chart.current].says)
    qtbot.keyClick(chart, Qt.Key.Key_Return)

    today, before = (long_date(date_of(now_us() - ago * DAY_US)) for ago in (0, 3))
    assert said == [
        f"{today}: 1 task canceled",
        f"{before}: 3 tasks failed",
        f"{before}: 4 tasks succeeded",
        f"{today}: 5 tasks succeeded",
        f"{before}: 4 tasks succeeded",
    ]
    (target,) = overview.wanted
    assert isinstance(target, ListTarget)
    assert filled.count(target.whole) == 4


def test_down_goes_to_the_next_of_bars_that_lie(filled, open_overview, qtbot):
    chart = open_overview().cards[FAILURES].chart
    chart.setFocus()

    assert chart.data[chart.current].says.startswith("task: ")
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    assert chart.data[chart.current].says.startswith("bug: ")


@pytest.mark.parametrize("place", range(4))
def test_a_click_on_a_mark_goes_to_its_list(filled, open_overview, qtbot, place):
    overview = open_overview()
    chart = overview.cards[place].chart

    for datum, box in zip(chart.data, chart.boxes(), strict=True):
        middle = QPoint(round(box.center().x()), round(box.center().y()))
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=middle)
        assert overview.wanted.pop() == datum.target
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert overview.wanted == []


def test_the_marks_of_a_day_do_not_lie_on_each_other(filled, open_overview):
    chart = open_overview().cards[OUTCOMES].chart
    boxes = chart.boxes()

    for number, box in enumerate(boxes):
        assert chart.rect().contains(box.toAlignedRect())
        assert not any(box.intersects(other) for other in boxes[:number])


def test_outcomes_tell_themselves_apart_without_colour(filled, open_overview, qapp):
    """In grey, the fill of each is another: whole, hatched or hollow."""
    chart = open_overview().cards[OUTCOMES].chart
    picture = chart.grab().toImage()
    greys = {}
    for datum, box in zip(chart.data, chart.boxes(), strict=True):
        inside = box.adjusted(2, 2, -2, -2).toRect()
        greys[datum.row] = {
            picture.pixelColor(x, y).lightness() // 8
            for x in range(inside.left(), inside.right())
            for y in range(inside.top(), inside.bottom())
        }
    whole, hatched, hollow = (greys[row] for row in range(3))
    assert len(whole) == 1
    assert len(hatched) > 2
    assert hollow != whole
    assert len(hollow) == 1


def test_the_table_of_a_picture_holds_all_of_it_and_leads_to_the_same_lists(
    filled, open_overview, qtbot
):
    overview = open_overview()
    card = overview.cards[OUTCOMES]

    qtbot.mouseClick(card.toggle, Qt.MouseButton.LeftButton)

    assert card.table.isVisible()
    assert not card.chart.isVisible()
    assert len(card.table.rows.rows) == 30
    today = card.table.rows.rows[0]
    assert today.cells[1:] == ("5", "2", "1")
    card.table.setFocus()
    card.table.setCurrentIndex(card.table.rows.index(0, 2))
    qtbot.keyClick(card.table, Qt.Key.Key_Return)
    (target,) = overview.wanted
    assert filled.count(target.whole) == 2


def test_a_row_of_a_table_is_read_out_whole(filled, open_overview):
    table = open_overview().cards[FAILURES].table

    said = table.rows.data(table.rows.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "task, Rate 43 %, Failed 3, Succeeded 4"


def test_a_picture_that_was_turned_to_its_table_is_so_at_the_next_start(
    filled, open_overview, qtbot
):
    first = open_overview()
    qtbot.mouseClick(first.cards[CATEGORIES].toggle, Qt.MouseButton.LeftButton)

    again = open_overview()

    assert [card.shows_table for card in again.cards] == [False, False, False, True]


def test_an_empty_workspace_says_so_and_leads_nowhere(open_overview, qtbot):
    overview = open_overview()

    said = [card.sentence.text() for card in overview.cards]
    assert said == [
        "No task ended in the last 30 days.",
        "No run ended in the last 30 days.",
        "No task succeeded or failed in the last 30 days.",
        "Nothing was learned yet.",
    ]
    for card in overview.cards:
        assert card.chart.focusPolicy() == Qt.FocusPolicy.NoFocus
        assert not card.toggle.isVisible()
        assert not card.chart.isVisible(), "there are no axes without data"
        qtbot.keyClick(card.chart, Qt.Key.Key_Return)
    assert overview.wanted == []


def test_a_picture_shows_as_soon_as_there_is_something_in_it(open_overview, storage, qtbot):
    overview = open_overview()
    card = overview.cards[CATEGORIES]
    assert not card.chart.isVisible()

    storage.learnings.create({"title": "One", "category": "speed"})
    overview.page.refresh()

    qtbot.waitUntil(card.chart.isVisible)
    assert card.toggle.isVisible()


def test_it_follows_what_is_done(filled, open_overview, workspace, qtbot):
    overview = open_overview()
    failed = VIEWS["failed"].query

    with qtbot.waitSignal(workspace.changed):
        workspace.trash(Kind.TASK, failed)
    overview.page.refresh()

    qtbot.waitUntil(lambda: overview.tiles[1].value == "0")
    qtbot.waitUntil(lambda: "none failed" in overview.cards[OUTCOMES].sentence.text())


def test_it_reads_nothing_while_it_is_hidden(filled, open_overview, qtbot):
    overview = open_overview()
    overview.page.hide()
    filled.learnings.create({"title": "One more"})

    overview.page.refresh()
    overview.page.show()

    qtbot.waitUntil(lambda: overview.tiles[4].value == "4")


def test_whatever_can_have_the_focus_has_a_name(filled, open_overview):
    page = open_overview().page
    for card in page.cards:
        card.toggle.click()

    unnamed = [
        part
        for part in page.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus and not name_of(part).strip()
    ]
    assert unnamed == []


@pytest.mark.parametrize("width", [300, 500, 700, 1000])
def test_it_fits_into_narrow_windows(filled, open_overview, width):
    page = open_overview(width).page

    parts = [*page.tiles, *page.cards]
    assert all(part.mapTo(page, QPoint(part.width(), 0)).x() <= page.width() for part in parts)
    for number, part in enumerate(parts):
        others = parts[:number]
        assert not any(part.geometry().intersects(other.geometry()) for other in others)


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.CONTRAST])
def test_it_is_painted_in_every_look_and_size(filled, open_overview, theme, scheme):
    theme.set_scheme(scheme)
    theme.set_zoom(2)
    page = open_overview(1400).page

    for card in page.cards:
        picture = card.grab().toImage()
        assert picture.pixelColor(20, 20).lightness() < 60
        assert all(label.height() > 0 for label in card.findChildren(QLabel))


def test_it_is_mirrored_where_the_window_reads_from_right_to_left(filled, open_overview):
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        chart = open_overview().cards[OUTCOMES].chart
        today = chart.boxes()[-1]
        assert today.center().x() < chart.width() / 4
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 30, 31, 99, 1204, 999_999])
def test_a_scale_reaches_the_greatest_value_in_few_round_steps(most):
    for scale in (count_scale(most), duration_scale(most * 1_000_000)):
        assert scale.top >= (most if scale.read(0) != "0 s" else 0)
        assert 2 <= len(scale.values) <= 4
        assert len({scale.read(value) for value in scale.values}) == len(scale.values)


def test_another_period_is_read_and_kept_and_an_empty_picture_offers_all_days(
    storage, open_overview, qtbot
):
    page = open_overview().page
    qtbot.waitUntil(lambda: all(card.sentence.text() != "Loading…" for card in page.cards))
    assert page.period.currentText() == "30 days"
    empty = next(card for card in page.cards if not card.every.isHidden())
    page.period.setCurrentIndex(0)
    qtbot.waitUntil(lambda: "last 7 days" in empty.sentence.text())
    empty.every.click()
    assert page.period.currentText() == "All days"
    qtbot.waitUntil(empty.every.isHidden)
    assert {card.period for card in page.cards} == {0}
