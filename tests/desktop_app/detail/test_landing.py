"""A record that a search found opens where its text holds what was searched for."""

import pytest
from PySide6.QtCore import Qt

from db.records import Kind
from db.terms import parse_terms

FAR = "A sentence of a long report.\n\n" * 12_000


@pytest.fixture
def land(qtbot, pane):
    """Show a record as a search does that found it, and wait until it has landed."""

    def show(kind, pk, words, tab):
        pane.show_match(kind, pk, parse_terms(words))
        qtbot.waitUntil(lambda: pane.key == (kind, pk) and pane.tabs.name == tab)
        view = pane.tabs.view(tab)
        qtbot.waitUntil(lambda: bool(marked(view.reader)), timeout=20_000)
        return view

    return show


@pytest.fixture
def make(storage):
    def make_one(kind, **fields):
        return storage.create(kind, {"title": "It", **fields}).changed[kind][0]

    return make_one


def marked(reader):
    """Return the stretches of a text that are marked."""
    return [each.cursor.selectedText() for each in reader.view.extraSelections()]


@pytest.mark.parametrize(
    ("kind", "field", "tab"),
    [
        (Kind.TASK, "description", "Overview"),
        (Kind.LEARNING, "description", "Overview"),
        (Kind.STATUS_UPDATE, "description", "Overview"),
        (Kind.BUG, "description", "Overview"),
        (Kind.BUG, "steps", "Steps"),
        (Kind.BUG, "proposed_fix", "Proposed fix"),
        (Kind.DESIGN_NOTE, "context", "Context"),
        (Kind.DESIGN_NOTE, "consequences", "Consequences"),
    ],
)
def test_the_text_that_holds_it_is_opened_with_all_places_marked(
    land, make, make_task, kind, field, tab
):
    text = "Feed the **quokka**, then let the quokkas sleep."
    fields = {field: text}
    pk = make_task(**fields) if kind is Kind.TASK else make(kind, **fields)

    view = land(kind, pk, "quokka", tab)

    assert marked(view.reader) == ["quokka", "quokkas"]
    assert view.find_bar.field.text() == "quokka"


def test_the_first_place_is_brought_into_sight(qtbot, land, make):
    pk = make(Kind.LEARNING, description="A line.\n\n" * 300 + "A quokka.")

    reader = land(Kind.LEARNING, pk, "quokka", "Overview").reader

    bar = reader.markdown.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > bar.maximum() // 2)


def test_what_stands_below_the_part_that_is_rendered_is_shown_plain(qtbot, land, make_task):
    pk = make_task(description=FAR + "A quokka.")

    reader = land(Kind.TASK, pk, "quokka", "Overview").reader

    assert reader.is_raw
    assert marked(reader) == ["quokka"]


def test_the_marks_stay_with_the_record(qtbot, land, make_task, open_record, pane):
    view = land(Kind.TASK, make_task(description="A quokka."), "quokka", "Overview")

    open_record(Kind.TASK, make_task("Other", description="Another quokka."))

    assert view.find_bar.isHidden()
    assert marked(view.reader) == []


def test_a_record_whose_title_alone_was_found_stays_as_it_opens(
    qtbot, pane, open_record, make, make_task
):
    open_record(Kind.TASK, make_task(description="Nothing"))
    pane.tabs.open("History")
    titled = make_task("A quokka", description="-")
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_match(Kind.TASK, titled, parse_terms("quokka"))
    pane.show_match(Kind.BUG, make(Kind.BUG, steps="A quokka"), parse_terms("quokka"))
    qtbot.waitUntil(lambda: pane.tabs.name == "Steps")
    open_record(Kind.TASK, make_task("A third", description="-"))
    assert pane.tabs.name == "History"


def test_a_description_is_searched_by_key(qtbot, pane, open_record, make_task):
    open_record(Kind.TASK, make_task(description="One cog, two cogs."))
    view = pane.tabs.view("Overview")
    pane.tabs.open("Overview")
    view.reader.markdown.setFocus()

    qtbot.keyClick(view.reader.markdown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(view.find_bar.field, "cog")
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_F3)

    qtbot.waitUntil(lambda: marked(view.reader) == ["cog", "cog"])
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_Escape)
    assert marked(view.reader) == []
