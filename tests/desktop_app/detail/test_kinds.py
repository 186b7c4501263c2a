"""The pane serves every kind of record: each is shown, changed and changed back."""

from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QPushButton, QSlider, QToolButton, QWidget

from db.query import StatusUpdateQuery
from db.records import Kind, Place
from db.vocabulary import Review, Severity, Status
from desktop_app.detail.description_editor import DescriptionEditor
from desktop_app.detail.picker import Picker
from desktop_app.detail.record_table import RecordTable
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.look.text import local_time
from desktop_app.widgets.plain_label import PlainLabel
from tests.db.factories import make, named, stage_everything

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

NAMES = {
    Kind.BATCH: "file",
    Kind.TASK: "t1",
    Kind.EXECUTION: "r1",
    Kind.STATUS_UPDATE: "s1",
    Kind.BUG: "b1",
    Kind.DESIGN_NOTE: "d1",
    Kind.CONVERSATION: "c1",
    Kind.MESSAGE: "m1",
    Kind.LEARNING: "l1",
}
WRITTEN = [kind for kind in Kind if kind is not Kind.MESSAGE]


def words(widget):
    return [label.text() for label in widget.findChildren(PlainLabel) if label.isVisible()]


def button(widget, name):
    return next(
        found
        for kind in (QPushButton, QToolButton)
        for found in widget.findChildren(kind)
        if name in {found.text(), found.accessibleName()}
    )


def choose(choice_button, text):
    next(a for a in choice_button.menu().actions() if a.text() == text).trigger()


def rows(table):
    model = table.model()
    return [
        tuple(model.index(row, column).data() for column in range(3))
        for row in range(model.rowCount())
    ]


@pytest.fixture
def pks(storage):
    """Records of every kind, tied together; returns a pk of each kind."""
    stage_everything(storage).commit()
    return {kind: named(storage, kind, name).pk for kind, name in NAMES.items()}


@pytest.fixture
def shown_kind(open_record, pks):
    return lambda kind: open_record(kind, pks[kind])


@pytest.fixture
def stored(storage, pks):
    """Return all about the record of a kind, as it is stored now."""
    return lambda kind: storage.detail(kind, pks[kind])


@pytest.fixture
def pick(qtbot, pane):
    """Type into the picker that is open and take the first match with Enter."""

    def take(text):
        picker = pane.findChild(Picker)
        qtbot.keyClicks(picker._field, text)
        qtbot.keyClick(picker._field, Qt.Key.Key_Return)

    return take


@pytest.mark.parametrize("kind", Kind)
def test_the_head_says_what_it_is_and_where_it_belongs(pane, shown_kind, stored, kind):
    shown_kind(kind)
    record = stored(kind).record
    assert pane.header.title._label.accessibleName() == record.title
    assert any(said.startswith(kind.word.capitalize() + " · ") for said in words(pane))
    for home in (Kind.BATCH, Kind.TASK, Kind.CONVERSATION):
        has_home = getattr(record, f"{home.word}_pk", None) is not None
        crumbs = [b for b in pane.header.findChildren(QPushButton) if b.isVisible()]
        opens = [b for b in crumbs if b.accessibleName().startswith(f"Open the {home.word} ")]
        assert bool(opens) is has_home


def test_a_home_is_opened_from_the_head(qtbot, pane, shown_kind, pks):
    shown_kind(Kind.MESSAGE)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        button(pane.header, "Open the conversation talk").click()
    assert chosen.args == [Kind.CONVERSATION, pks[Kind.CONVERSATION]]


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_title_is_changed_and_changed_back(
    qtbot, pane, shown_kind, settled, stored, workspace, kind
):
    shown_kind(kind)
    before = stored(kind).record.title
    pane.edit_title()
    pane.header.title._field.setText("Another title")
    settled(qtbot.keyClick, pane.header.title._field, Qt.Key.Key_Return)
    assert stored(kind).record.title == "Another title"
    settled(workspace.undo)
    assert stored(kind).record.title == before
    assert pane.header.title._label.accessibleName() == before


def test_what_others_said_cannot_be_changed(pane, shown_kind):
    shown_kind(Kind.MESSAGE)
    pane.edit_title()
    assert not pane.header.title.is_editing()
    assert not button(pane, "Edit title").isVisible()


@pytest.mark.parametrize("kind", Kind)
def test_any_kind_goes_to_the_trash_and_comes_back(
    qtbot, pane, shown_kind, settled, stored, workspace, kind
):
    shown_kind(kind)
    settled(button(pane, "Move to trash").click)
    assert stored(kind).record.place is Place.TRASHED
    settled(button(pane, "Restore").click)
    assert stored(kind).record.place is Place.LIVE
    settled(workspace.undo)
    assert stored(kind).record.place is Place.TRASHED


@pytest.mark.parametrize("kind", Kind)
def test_a_purged_record_of_any_kind_is_said_to_be_gone(
    qtbot, pane, shown_kind, pks, workspace, kind
):
    shown_kind(kind)
    workspace.purge(kind, (pks[kind],))
    qtbot.waitUntil(lambda: "This record is gone" in words(pane))


@pytest.mark.parametrize(
    "case",
    [
        (Kind.EXECUTION, "status", "Failed", "status", Status.FAILED),
        (Kind.BUG, "status", "Succeeded", "status", Status.SUCCEEDED),
        (Kind.BUG, "severity", "Critical severity", "severity", Severity.CRITICAL),
        (Kind.LEARNING, "review", "Approved", "review", Review.APPROVED),
    ],
)
def test_a_choice_is_saved_at_once_and_undone(
    pane, shown_kind, settled, stored, workspace, case
):
    kind, fact, text, field, value = case
    shown_kind(kind)
    before = getattr(stored(kind).record, field)
    settled(choose, pane.facts[fact], text)
    assert getattr(stored(kind).record, field) == value
    assert pane.facts[fact].text() == text
    settled(workspace.undo)
    assert getattr(stored(kind).record, field) == before


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (Kind.EXECUTION, "step"),
        (Kind.EXECUTION, "decision"),
        (Kind.STATUS_UPDATE, "actor"),
        (Kind.LEARNING, "category"),
    ],
)
def test_a_word_is_written_or_taken_from_those_there_are(
    qtbot, pane, shown_kind, settled, stored, pick, kind, field
):
    shown_kind(kind)
    pane.facts[field].click()
    settled(pick, "brand new")
    assert getattr(stored(kind).record, field) == "brand new"
    assert pane.facts[field].accessibleName() == f"{field.capitalize()}: brand new"


@pytest.mark.parametrize(
    "kind", [Kind.STATUS_UPDATE, Kind.DESIGN_NOTE, Kind.CONVERSATION, Kind.LEARNING]
)
def test_a_record_is_given_another_task_and_none(
    qtbot, pane, shown_kind, settled, stored, pick, kind
):
    shown_kind(kind)
    assert pane.facts["task"].button.accessibleName() == "Task: t1"
    pane.facts["task"].button.click()
    settled(pick, "t2")
    assert stored(kind).record.task_title == "t2"
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        pane.facts["task"].open_button.click()
    assert chosen.args == [Kind.TASK, stored(kind).record.task_pk]


def test_a_record_is_not_offered_to_itself(qtbot, pane, shown_kind, settled, workspace):
    shown_kind(Kind.DESIGN_NOTE)
    pane.edit_title()
    pane.header.title._field.setText("new way, as it was")
    settled(qtbot.keyClick, pane.header.title._field, Qt.Key.Key_Return)
    pane.facts["superseded_by"].button.click()
    picker = pane.findChild(Picker)
    qtbot.keyClicks(picker._field, "new way")
    offered = picker._list
    qtbot.waitUntil(lambda: picker._found_for == "new way")
    texts = [offered.item(row).text() for row in range(offered.count())]
    assert [text.strip().partition("   ")[0] for text in texts] == ["new way", "None"]


def test_a_run_tells_its_task_times_and_that_it_is_stalled(pane, open_record, storage, pks):
    open_record(Kind.EXECUTION, named(storage, Kind.EXECUTION, "r2").pk)
    assert pane.facts["status"].text() == "Running, stalled"
    assert pane.facts["task"].button.accessibleName() == "Task: t1"
    assert pane.facts["turn"].text() == "2"
    button(pane, "More facts").click()
    assert pane.facts["lease"].isVisible()
    assert pane.facts["completed"].accessibleName() == "Completed: None"
    open_record(Kind.EXECUTION, pks[Kind.EXECUTION])
    assert pane.facts["status"].text() == "Succeeded"
    assert pane.facts["completed"].accessibleName() == f"Completed: {local_time(5)}"
    assert "UTC" in pane.facts["completed"].toolTip()


@pytest.mark.parametrize(
    "case",
    [
        ("turn", "12", "turn", 12),
        ("attempt", "3", "attempt", 3),
        ("started", "2026-01-31 14:05Z", "started_at", 1_769_868_300_000_000),
        ("completed", "2026-01-31T15:05:30+01:00", "completed_at", 1_769_868_330_000_000),
    ],
)
def test_a_number_or_time_of_a_run_is_written_and_undone(
    pane, shown_kind, settled, stored, pick, workspace, case
):
    fact, written, field, value = case
    shown_kind(Kind.EXECUTION)
    before = getattr(stored(Kind.EXECUTION).record, field)
    pane.facts[fact].click()
    settled(pick, written)
    assert getattr(stored(Kind.EXECUTION).record, field) == value
    settled(workspace.undo)
    assert getattr(stored(Kind.EXECUTION).record, field) == before


def test_a_time_of_a_run_is_written_on_the_persons_clock(
    pane, shown_kind, settled, stored, pick
):
    shown_kind(Kind.EXECUTION)
    pane.facts["started"].click()
    settled(pick, "2026-01-31 14:05")
    moment = stored(Kind.EXECUTION).record.started_at
    assert moment == datetime(2026, 1, 31, 14, 5).astimezone().timestamp() * 1_000_000


def test_a_run_is_given_another_task_but_never_none(
    qtbot, pane, shown_kind, settled, stored, pick
):
    shown_kind(Kind.EXECUTION)
    pane.facts["task"].button.click()
    picker = pane.findChild(Picker)
    qtbot.waitUntil(lambda: picker._list.count() > 0)
    offered = [picker._list.item(row).text() for row in range(picker._list.count())]
    assert not any(text.startswith("None") for text in offered)
    settled(pick, "t2")
    assert stored(Kind.EXECUTION).record.task_title == "t2"


def test_a_turn_that_is_taken_is_refused_in_words(
    qtbot, pane, shown_kind, storage, stored, workspace, pick
):
    shown_kind(Kind.EXECUTION)
    task = named(storage, Kind.TASK, "t1")
    run = stored(Kind.EXECUTION).record
    make(storage, Kind.EXECUTION, task=task.id, turn=9, step=run.step, attempt=run.attempt)
    pane.facts["turn"].click()
    with qtbot.waitSignal(workspace.failed) as failed:
        pick("9")
    assert "another run of the same turn" in str(failed.args[0])


def test_the_text_of_a_run_is_written_and_undone(
    qtbot, pane, shown_kind, settled, stored, workspace
):
    shown_kind(Kind.EXECUTION)
    before = stored(Kind.EXECUTION).description
    view = pane.tabs.view("Text")
    view.start_editing()
    field = view.findChild(DescriptionEditor)._field
    field.selectAll()
    qtbot.keyClicks(field, "Looked at")
    settled(qtbot.keyClick, field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert stored(Kind.EXECUTION).description == "Looked at"
    assert not view.is_editing()
    qtbot.waitUntil(lambda: "Looked at" in view.text.view.toPlainText())
    settled(workspace.undo)
    assert stored(Kind.EXECUTION).description == before


def test_what_is_written_of_a_run_is_kept_when_another_record_is_shown(
    qtbot, pane, shown_kind, stored, workspace
):
    shown_kind(Kind.EXECUTION)
    view = pane.tabs.view("Text")
    view.start_editing()
    qtbot.keyClicks(view.findChild(DescriptionEditor)._field, "First. ")
    with qtbot.waitSignal(workspace.changed):
        shown_kind(Kind.TASK)
    assert stored(Kind.EXECUTION).description.startswith("First. ")


def test_a_conversation_says_what_it_holds(pane, shown_kind):
    shown_kind(Kind.CONVERSATION)
    assert pane.facts["messages"].text() == "3 messages, 1 with an error"
    assert pane.facts["model"].text() == "m"
    assert pane.facts["project"].text() == "/p"


def test_confidence_is_set_with_the_keyboard_in_steps(
    qtbot, pane, shown_kind, settled, stored, workspace
):
    shown_kind(Kind.LEARNING)
    slider = pane.facts["confidence"].findChild(QSlider)
    slider.setFocus()
    settled(qtbot.keyClick, slider, Qt.Key.Key_Right)
    assert stored(Kind.LEARNING).record.confidence == pytest.approx(0.35)
    settled(workspace.undo)
    assert pane.facts["confidence"].value == pytest.approx(0.3)


@pytest.mark.parametrize(
    "case",
    [
        (Kind.STATUS_UPDATE, "Overview", "description"),
        (Kind.CONVERSATION, "Overview", "description"),
        (Kind.LEARNING, "Overview", "description"),
        (Kind.BUG, "Overview", "description"),
        (Kind.BUG, "Steps", "steps"),
        (Kind.BUG, "Proposed fix", "proposed_fix"),
        (Kind.DESIGN_NOTE, "Context", "context"),
        (Kind.DESIGN_NOTE, "Decision", "decision"),
        (Kind.DESIGN_NOTE, "Consequences", "consequences"),
    ],
)
def test_a_long_text_is_written_in_place_and_undone(
    qtbot, pane, shown_kind, settled, stored, workspace, case
):
    kind, tab, field = case

    def text():
        detail = stored(kind)
        return detail.description if field == "description" else detail.texts[field]

    shown_kind(kind)
    before = text()
    pane.tabs.open(tab)
    view = pane.tabs.view(tab)
    view.start_editing()
    view._editor._field.selectAll()
    view._editor._field.insertPlainText("In **other** words")
    ctrl = Qt.KeyboardModifier.ControlModifier
    settled(qtbot.keyClick, view._editor._field, Qt.Key.Key_Return, ctrl)
    assert text() == "In **other** words"
    settled(workspace.undo)
    assert text() == before


LINKED = [
    (Kind.BUG, [("Task", "Queued", "t1"), ("Task", "Queued", "t2")]),
    (Kind.DESIGN_NOTE, [("Superseded by", "just now", "new way")]),
    (
        Kind.LEARNING,
        [
            ("Evidence", "User", "m1"),
            ("Evidence", "Tool (error)", "boom"),
            ("Superseded by", "0.30 pending", "better"),
        ],
    ),
    (Kind.CONVERSATION, [("Sub-agent", "1 message", "part")]),
]


@pytest.mark.parametrize(("kind", "expected"), LINKED)
def test_links_of_any_kind_are_listed_and_opened(qtbot, pane, shown_kind, kind, expected):
    shown_kind(kind)
    pane.tabs.open("Links")
    table = pane.tabs.view("Links").table
    assert sorted(rows(table)) == sorted(expected)
    with qtbot.waitSignal(pane.record_chosen):
        table.setCurrentIndex(table.model().index(0, 2))
        qtbot.keyClick(table, Qt.Key.Key_Return)


@pytest.mark.parametrize("kind", [Kind.BUG, Kind.DESIGN_NOTE, Kind.LEARNING])
def test_links_of_any_kind_are_removed_and_brought_back(
    pane, shown_kind, settled, workspace, kind
):
    shown_kind(kind)
    pane.tabs.open("Links")
    view = pane.tabs.view("Links")
    before = rows(view.table)
    view.table.setCurrentIndex(view.table.model().index(0, 2))
    settled(button(view, "Remove link").click)
    assert rows(view.table) == before[1:]
    settled(workspace.undo)
    assert rows(view.table) == before


@pytest.mark.parametrize(
    ("kind", "word", "sought"),
    [
        (Kind.BUG, "Task", "stranger"),
        (Kind.DESIGN_NOTE, "Supersedes", "stranger"),
        (Kind.LEARNING, "Evidence", "m4"),
    ],
)
def test_links_of_any_kind_are_added_by_a_picker(
    pane, shown_kind, settled, storage, pick, kind, word, sought
):
    make(storage, Kind.TASK, title="stranger")
    make(storage, Kind.DESIGN_NOTE, title="stranger")
    shown_kind(kind)
    pane.tabs.open("Links")
    view = pane.tabs.view("Links")
    before = rows(view.table)
    choose(button(view, "Add link"), f"{word}…")
    pick_in_view = view.findChild(Picker)
    assert pick_in_view is not None
    settled(pick, sought)
    added = [row for row in rows(view.table) if row not in before]
    assert [(row[0], row[2]) for row in added] == [(word, sought)]


@pytest.mark.parametrize("home", [Kind.BATCH, Kind.TASK])
def test_what_belongs_to_a_batch_or_task_is_counted_and_listed(qtbot, pane, shown_kind, home):
    shown_kind(home)
    titles = {"Runs": 2, "Updates": 1, "Bugs": 1, "Notes": 2, "Learnings": 1}
    for name, number in titles.items():
        place = pane.tabs._places[name]
        qtbot.waitUntil(lambda n=place, t=f"{name} {number}": pane.tabs.tabText(n) == t)
    pane.tabs.open("Notes")
    table = pane.tabs.view("Notes").findChild(RecordTable)
    qtbot.waitUntil(lambda: table.model().rowCount() == 2)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        table.setCurrentIndex(table.model().index(0, 2))
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert chosen.args[0] is Kind.DESIGN_NOTE


def test_tabs_for_what_there_is_none_of_are_hidden(qtbot, pane, open_record, storage, pks):
    open_record(Kind.TASK, pks[Kind.TASK])
    qtbot.waitUntil(lambda: "Learnings" in pane.tabs.names)
    pane.tabs.open("Learnings")
    open_record(Kind.TASK, named(storage, Kind.TASK, "t2").pk)
    qtbot.waitUntil(lambda: "Learnings" not in pane.tabs.names)
    assert pane.tabs.name == "Overview"
    assert "Bugs" in pane.tabs.names


def test_an_update_is_written_where_updates_are_listed(
    qtbot, pane, shown_kind, settled, storage, stored
):
    shown_kind(Kind.TASK)
    pane.tabs.open("Updates")
    view = pane.tabs.view("Updates")
    qtbot.keyClicks(view.field, "Half of it is done")
    settled(qtbot.keyClick, view.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.table.model().rowCount() == 2)
    task = stored(Kind.TASK).record
    found = storage.find(StatusUpdateQuery(task_id=task.id), 10).items
    assert {update.title for update in found} == {"going well", "Half of it is done"}
    assert view.field.text() == ""


def test_a_bug_is_made_for_the_task_that_is_shown(
    qtbot, pane, shown_kind, settled, storage, stored
):
    shown_kind(Kind.TASK)
    pane.tabs.open("Bugs")
    view = pane.tabs.view("Bugs")
    button(view, "New bug for this task…").click()
    dialog = pane.findChild(NewDialog)
    assert dialog["tasks"].accessibleName() == "Tasks: t1"
    qtbot.waitUntil(lambda: dialog["batch"].accessibleName() == "Batch: file")
    dialog["title"].setText("Off by one")
    settled(dialog.accept)
    qtbot.waitUntil(lambda: view.table.model().rowCount() == 2)
    (bug,) = [
        each for each in (storage.detail(Kind.BUG, pk) for pk in (1, 2))
        if each.record.title == "Off by one"
    ]  # fmt: skip
    assert [task.title for task in bug.related["tasks"]] == ["t1"]


def test_a_message_is_kept_as_a_learning_with_itself_as_evidence(
    qtbot, pane, shown_kind, settled, storage, pks
):
    shown_kind(Kind.MESSAGE)
    pane.keep_learning(pks[Kind.MESSAGE])
    qtbot.waitUntil(lambda: pane.findChild(NewDialog) is not None)
    dialog = pane.findChild(NewDialog)
    assert dialog["description"].toPlainText() == "m1"
    qtbot.waitUntil(lambda: dialog["task"].accessibleName() == "Task: t1")
    dialog["title"].setText("Kept")
    with qtbot.waitSignal(dialog.created) as created:
        dialog.accept()
    kept = storage.detail(*created.args)
    assert kept.description == "m1"
    assert [message.pk for message in kept.related["evidence"]] == [pks[Kind.MESSAGE]]
    assert kept.record.task_title == "t1"


@pytest.mark.parametrize(
    ("said", "title", "content"),
    [
        (
            "<note>\n## Findings\n\nThe *lexer* drops `\\r`. It [always](x.md) did.\n</note>",
            "The lexer drops \\r",
            "Findings\n\nThe *lexer* drops `\\r`. It [always](x.md) did.",
        ),
        (
            "```\n# a comment\n```\n> - Pin find_batches 2.1 first\n> - Then measure",
            "Pin find_batches 2.1 first",
            "```\n# a comment\n```\n- Pin find_batches 2.1 first\n- Then measure",
        ),
        ("### Only a heading", "Only a heading", "Only a heading"),
        ("先固定版本。再测量。", "先固定版本。", "先固定版本。再测量。"),
    ],
)
def test_a_learning_kept_from_a_message_reads_without_its_markup(
    qtbot, pane, shown_kind, pks, said, title, content
):
    shown_kind(Kind.MESSAGE)
    pane.keep_learning(pks[Kind.MESSAGE], said)
    qtbot.waitUntil(lambda: pane.findChild(NewDialog) is not None)
    dialog = pane.findChild(NewDialog)
    assert dialog["title"].text() == title
    assert dialog["description"].toPlainText() == content
    dialog.reject()


def test_the_history_of_a_learning_names_what_changed(
    qtbot, pane, shown_kind, settled, workspace, stored, storage, pks
):
    learning = stored(Kind.LEARNING).record
    other = named(storage, Kind.MESSAGE, "m2").id
    changes = {
        "review": "approved",
        "confidence": 0.9,
        "superseded_by": None,
        "evidence": [other],
        "task": named(storage, Kind.TASK, "t2").id,
    }
    storage.edit(Kind.LEARNING, learning.pk, changes, seen_version=learning.version)
    shown_kind(Kind.LEARNING)
    pane.tabs.open("History")
    view = pane.tabs.view("History")
    qtbot.waitUntil(lambda: "Review" in view.toPlainText())
    told = view.toPlainText()
    for line in (
        "Review: Pending → Approved",
        "Confidence: 0.30 → 0.90",
        "Superseded by: better → nothing",
        "Task: t1 → t2",
    ):
        assert line in told
    assert "Evidence: " in told


def test_a_conflict_about_a_run_shows_numbers_and_times(
    qtbot, pane, shown_kind, stored, storage, pks
):
    shown_kind(Kind.EXECUTION)
    version = stored(Kind.EXECUTION).record.version
    theirs = {"turn": 0, "started_at": None}
    storage.edit(Kind.EXECUTION, pks[Kind.EXECUTION], theirs, seen_version=version)
    pane._save({"turn": 7, "started_at": 60_000_000})
    qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
    said = words(pane.findChild(ConflictDialog))
    assert {"7", "0", local_time(60_000_000), "None"} <= set(said)


def test_a_conflict_shows_the_fields_of_any_kind(qtbot, pane, shown_kind, stored, storage, pks):
    shown_kind(Kind.LEARNING)
    version = stored(Kind.LEARNING).record.version
    theirs = {"confidence": 0.9, "review": "rejected", "superseded_by": None}
    storage.edit(Kind.LEARNING, pks[Kind.LEARNING], theirs, seen_version=version)
    message = named(storage, Kind.MESSAGE, "m2")
    mine = {"confidence": 0.1, "review": Review.APPROVED, "evidence": [message.id]}
    pane._save({**mine, "superseded_by": None})
    qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
    said = "\n".join(words(pane.findChild(ConflictDialog)))
    for value in ("0.10", "0.90", "Approved", "Rejected"):
        assert value in said
    assert "Superseded by" in said
    assert message.title in said


def unnamed(widget):
    return [
        part
        for part in widget.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus
        and part.isVisible()
        and not QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
    ]


@pytest.mark.parametrize("kind", Kind)
def test_whatever_can_have_the_focus_has_a_name_on_every_tab(qtbot, pane, shown_kind, kind):
    shown_kind(kind)
    for name in pane.tabs.names:
        pane.tabs.open(name)
        pane.grab()
        assert unnamed(pane) == []


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("zoom", [1, 2])
def test_no_kind_is_cut_off_sideways(pane, shown_kind, theme, kind, zoom):
    theme.set_zoom(zoom)
    pane.resize(336 * zoom, 600)
    shown_kind(kind)
    pane.grab()
    content = pane.header.parentWidget()
    assert content.width() <= pane.width()
    for part in filter(QWidget.isVisible, pane.facts.findChildren(QWidget)):
        left = part.mapTo(pane, part.rect().topLeft()).x()
        assert left >= 0
        assert left + part.width() <= pane.width()
