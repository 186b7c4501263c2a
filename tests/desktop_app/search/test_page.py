import pytest
from PySide6.QtCore import Qt

from db.query import LIVE, TaskQuery
from db.records import Kind, Place
from db.vocabulary import Status
from desktop_app.look.theme import Scheme, current_theme
from desktop_app.search.model import RowKind
from desktop_app.search.page import SearchPage


def heads(page):
    return [(row.words, row.facts) for row in page.model.rows if row.what is RowKind.HEAD]


def titles(page):
    return [row.words for row in page.model.rows if row.what is RowKind.HIT]


def values(page):
    items = [page.facets.item(row) for row in range(page.facets.count())]
    return {item.text(): item.checkState() for item in items if item.flags()}


def choose(page, title):
    place = next(at for at, row in enumerate(page.model.rows) if row.words == title)
    page.table.setCurrentIndex(page.model.index(place))


def test_results_are_grouped_by_kind_with_counts(filled, page, find):
    find("quokka")

    assert heads(page) == [("Messages", "2"), ("Tasks", "1"), ("Learnings", "1")]
    assert titles(page)[2:] == ["Feed the quokka", "Quokkas smile"]
    assert page.summary.text() == "4 results"


def test_a_hit_is_said_with_its_kind_its_text_and_what_it_is_in(filled, page, find):
    find("quokka in:messages")

    index = page.model.index(1)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("message. Message 1. User. Another quokka")
    assert said.endswith("in The talk")


def test_headings_are_passed_over_by_the_arrows(filled, page, find, qtbot):
    find("quokka")
    page.enter()

    seen = []
    for _ in range(7):
        seen.append(page.model.row(page.table.currentIndex()).what)
        qtbot.keyClick(page.table, Qt.Key.Key_Down)

    assert RowKind.HEAD not in seen
    assert seen.count(RowKind.HIT) == 4
    assert seen.count(RowKind.MORE) == 3


def test_entering_chooses_the_first_hit_even_before_it_is_there(filled, page, qtbot):
    page.set_text("quokka")
    page.enter()

    qtbot.waitUntil(lambda: page.chosen is not None)
    assert page.table.hasFocus()
    assert page.chosen.kind in {Kind.MESSAGE, Kind.TASK, Kind.LEARNING}


def test_enter_opens_a_hit_with_the_terms_that_found_it(filled, page, find, qtbot):
    find("quokka -zebra")
    choose(page, "Feed the quokka")

    with qtbot.waitSignal(page.hit_chosen) as opened:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)

    hit, terms = opened.args
    assert hit.record.title == "Feed the quokka"
    assert [term.text for group in terms.alternatives for term in group] == ["quokka", "zebra"]


def test_a_window_of_its_own_is_wanted_of_the_current_hit(filled, page, find, qtbot):
    find("quokka")
    choose(page, "Quokkas smile")

    with qtbot.waitSignal(page.window_wanted) as wanted:
        page.open_window()

    assert wanted.args[0].kind is Kind.LEARNING


def test_a_chip_narrows_to_a_kind_and_takes_it_back(filled, page, find, qtbot):
    find("quokka")

    with qtbot.waitSignal(page.text_changed):
        page.chips[Kind.TASK].click()
    assert page.text == "quokka in:tasks"
    find("quokka in:tasks")
    assert heads(page) == [("Tasks", "1")]
    assert page.chips[Kind.MESSAGE].isVisible()

    page.chips[Kind.TASK].click()
    assert page.text == "quokka"


def test_facets_narrow_by_a_value_and_take_it_back(filled, page, find, qtbot):
    find("quokka")
    assert {"failed  1", "know how  1", "zoo  2", "chatgpt  2"} <= set(values(page))

    page.facets.setCurrentRow([*range(page.facets.count())][1])
    qtbot.keyClick(page.facets, Qt.Key.Key_Space)
    assert page.text == "quokka status:failed"
    find("quokka status:failed")
    assert titles(page) == ["Feed the quokka"]
    assert values(page)["failed  1"] is Qt.CheckState.Checked

    page.facets.toggled.emit('category:"know how"')
    assert page.text == 'quokka status:failed category:"know how"'


def test_what_one_value_leaves_out_is_still_offered(storage, page, find):
    for status in ("failed", "failed", "queued"):
        storage.create(Kind.TASK, {"title": "quokka", "status": status, "kind": "chore"})
    find("quokka status:failed")

    assert {"failed  2", "queued  1", "chore  2"} <= set(values(page))
    assert values(page)["failed  2"] is Qt.CheckState.Checked
    assert values(page)["queued  1"] is Qt.CheckState.Unchecked

    page.facets.toggled.emit("status:queued")
    find("quokka status:failed status:queued")
    assert len(titles(page)) == 3
    assert values(page)["queued  1"] is Qt.CheckState.Checked


def test_one_of_several_values_is_ticked_and_taken_back(filled, page, find):
    find("quokka status:failed,queued")
    assert values(page)["failed  1"] is Qt.CheckState.Checked

    page.facets.toggled.emit("status:failed")

    assert page.text == "quokka status:queued"


def test_the_first_that_a_new_search_finds_is_chosen(filled, page, find, qtbot):
    find("quokka")
    assert page.chosen_key == (Kind.MESSAGE, page.model.row(page.model.index(1)).hit.record.pk)
    choose(page, "Quokkas smile")

    find("feed")
    assert page.chosen_record.title == "Feed the quokka"

    with qtbot.waitSignal(page.chosen_changed):
        page.set_text("zebra")
    assert page.chosen is None


def test_a_batch_that_there_is_not_is_told(filled, page, find):
    find("quokka batch:sprint")
    assert titles(page) == ["Feed the quokka"]
    assert not page.notice.isVisible()

    find("quokka batch:winter OR tag:zoo")
    misplaced, unknown = page.notice.text().splitlines()
    assert misplaced.startswith("“batch:winter OR tag:zoo” must all hold; OR stands between")
    assert unknown == "“batch:winter” names no batch there is."


def test_stalled_runs_are_found(storage, filled, make, page, find):
    (task,) = storage.fetch(Kind.TASK, [1])
    run = {"task": task.id, "status": "running", "lease_until": "2020-01-01T00:00Z"}
    make(Kind.EXECUTION, title="Stuck", **run)
    make(Kind.EXECUTION, title="At it", task=task.id, status="running", turn=2)

    find("status:stalled")

    assert titles(page) == ["Stuck"]
    assert page.model.rows[1].facts == "Running, stalled"


def test_what_is_no_filter_is_told(filled, page, find):
    find("stauts:failed quokka")
    assert page.notice.isVisible()
    assert page.notice.text() == "“stauts:failed” is no filter; searched as text."

    find("quokka")
    assert not page.notice.isVisible()


def test_all_of_a_kind_are_shown_in_its_list(filled, page, find, qtbot):
    find("quokka in:tasks tag:zoo")
    choose(page, "Show it in the list")

    with qtbot.waitSignal(page.list_wanted) as wanted:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)

    base, text = wanted.args
    assert isinstance(base, TaskQuery)
    assert base.places == LIVE | {Place.ARCHIVED}
    assert text == "quokka tag:zoo"


def test_newest_first_is_another_order(storage, make, page, find, qtbot):
    make(Kind.TASK, title="quokka quokka quokka")
    make(Kind.TASK, title="a quokka among many other animals")
    find("quokka")
    assert titles(page)[0] == "quokka quokka quokka"

    page.order.setCurrentIndex(1)

    qtbot.waitUntil(lambda: titles(page)[:1] == ["a quokka among many other animals"])


def test_nothing_found_says_what_may_help(filled, page, qtbot):
    page.set_text("zebra")

    qtbot.waitUntil(lambda: page.panel.accessibleName() == "Nothing found")
    assert page.panel.isVisible()


def test_searches_are_remembered_and_offered(
    filled, page, find, workspace, state, shown, qtbot
):
    find("quokka")
    choose(page, "Quokkas smile")
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    later = shown(SearchPage(workspace, state))
    assert [row.words for row in later.model.rows] == ["Recent searches", "quokka"]
    later.enter()
    qtbot.keyClick(later.table, Qt.Key.Key_Return)

    assert later.text == "quokka"
    qtbot.waitUntil(lambda: len(titles(later)) == 4)


def test_of_what_is_typed_on_the_way_only_the_end_is_remembered(page):
    for text in ("q", "quo", "zebra", "quokka", *(f"text {number}" for number in range(30))):
        page.recent.remember(text)

    assert len(page.recent.texts) == 20
    assert page.recent.texts[0] == "text 29"
    page.recent.remember("text 29 longer")
    assert "text 29" not in page.recent.texts


def test_a_change_elsewhere_keeps_the_chosen_hit(storage, filled, page, find, qtbot):
    find("quokka")
    choose(page, "Quokkas smile")
    storage.create(Kind.TASK, {"title": "One more quokka"})

    page.refresh()

    qtbot.waitUntil(lambda: len(titles(page)) == 5 and page.chosen is not None)
    assert page.chosen.record.title == "Quokkas smile"


def test_where_the_chosen_hit_is_gone_the_one_in_its_place_is_chosen(
    storage, make, page, find, qtbot
):
    pks = [make(Kind.TASK, title=f"quokka {number}") for number in range(3)]
    find("quokka")
    page.table.setCurrentIndex(page.model.index(2))
    gone, after = page.chosen_record.pk, page.model.row(page.model.index(3)).hit.record.pk
    assert {gone, after} < set(pks)
    storage.move(Kind.TASK, [gone], Place.TRASHED)

    page.refresh()

    qtbot.waitUntil(lambda: page.chosen_key == (Kind.TASK, after))


def test_steps_go_from_hit_to_hit_over_headings(filled, page, find):
    find("quokka")
    page.enter()
    seen = [page.chosen_key]
    for _ in range(5):
        page.step(1)
        seen.append(page.chosen_key)
    page.step(-1)

    assert [kind for kind, _ in seen] == [
        Kind.MESSAGE,
        Kind.MESSAGE,
        Kind.TASK,
        Kind.LEARNING,
        Kind.LEARNING,
        Kind.LEARNING,
    ]
    assert page.kind is Kind.TASK


def test_a_snippet_says_only_what_its_title_does_not(storage, make, page, find):
    make(Kind.LEARNING, title="A quokka came", description="A quokka came and smiled.")
    make(Kind.LEARNING, title="Of animals", description="The quokka is small.")
    find("quokka")

    snippets = {
        row.words: "".join(piece for piece, _ in row.snippet)
        for row in page.model.rows
        if row.hit is not None
    }
    assert snippets["A quokka came"] == "…and smiled."
    assert snippets["Of animals"] == "The quokka is small."


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("zoom", [1, 2])
def test_every_row_is_painted_in_any_look(filled, page, find, scheme, zoom):
    current_theme().set_scheme(scheme)
    current_theme().set_zoom(zoom)
    find("quokka")
    picture = page.table.viewport().grab().toImage()

    ground = current_theme().colour("run_bg").rgb()
    found = any(
        picture.pixel(x, y) == ground
        for y in range(0, picture.height(), 2)
        for x in range(0, picture.width(), 2)
    )
    assert found


def test_every_part_has_a_name(filled, page, find):
    find("quokka")

    for part in (page.table, page.facets, page.order, *page.chips.values()):
        assert part.accessibleName()
    assert page.table.accessibleName() == "Results"
    assert Status.FAILED.word in " ".join(values(page))


def test_no_value_beside_the_results_is_cut(page, find, make):
    for category in ("way of working together", "short"):
        make(Kind.LEARNING, title="A quokka", category=category)
    find("quokka")

    texts = [page.facets.item(row).text() for row in range(page.facets.count())]

    assert "way of working together  1" in texts
    box = 40
    advance = page.facets.fontMetrics().horizontalAdvance
    assert max(map(advance, texts)) + box <= page.facets.viewport().width()
