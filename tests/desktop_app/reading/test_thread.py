import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QRegion, QTextCursor
from PySide6.QtWidgets import QApplication, QFileDialog, QSpinBox, QWidget

from db.exchange.messages import incoming_message
from db.incoming import IncomingRecord
from db.records import Block, Kind
from db.terms import parse_terms
from db.vocabulary import Part, Role
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.seen import see
from desktop_app.detail.text_parts import PART
from desktop_app.reading.blocks_document import HEAD, RENDER_LIMIT
from desktop_app.reading.thread_find import IN_WHOLE, ThreadFind
from desktop_app.reading.thread_message import MessageView
from desktop_app.reading.thread_plan import Sort
from desktop_app.reading.thread_store import HELD, HELD_CHARS
from desktop_app.reading.thread_view import START, ThreadView
from desktop_app.reading.thread_whole import WholeText
from desktop_app.widgets.plain_label import PlainLabel


def text(words):
    return Block(type=Part.TEXT, text=words)


def call(name, argument, number="1"):
    return Block(type=Part.TOOL_CALL, name=name, call_id=number, text=argument)


def result(words, number="1", *, is_error=False):
    return Block(type=Part.TOOL_RESULT, call_id=number, text=words, is_error=is_error)


TALK = (
    (Role.USER, [text("Mend the lexer")]),
    (
        Role.ASSISTANT,
        [
            Block(type=Part.THINKING, text="A hidden thought"),
            text("I look at **it**, see [there](http://x)."),
            call("Bash", '{"command": "grep -n token lexer.py"}'),
        ],
    ),
    (Role.TOOL, [result("lexer.py:3: token = 1")]),
    (Role.ASSISTANT, [call("Edit", '{"path": "lexer.py"}', "2")]),
    (Role.TOOL, [result("no such file", "2", is_error=True)]),
    (Role.ASSISTANT, [text("The token is café.")]),
    (Role.USER, [text("Thank you")]),
    (Role.ASSISTANT, [text("You are welcome")]),
)


@pytest.fixture
def hold(storage):
    """Store a conversation, return the pk of it and those of its messages."""

    def store(talk=TALK, parents=None, name="c", caller=None):
        staging = storage.stage("Import talk.jsonl")
        staging.begin_file(name="t", path=f"/{name}", format_name="test", origin="test:1")
        refs = {} if caller is None else {"parent": caller}
        staging.add_records(
            [
                IncomingRecord(
                    kind=Kind.CONVERSATION, external_id=name, title=f"Talk {name}", refs=refs
                )
            ]
        )
        messages = [
            incoming_message(
                f"{name}{place}",
                conversation=name,
                parent=_parent(name, place, parents),
                position=place,
                role=role,
                blocks=blocks,
                created_at=1_700_000_000_000_000 + place,
            )
            for place, (role, blocks) in enumerate(talk)
        ]
        for start in range(0, len(messages), 5_000):
            staging.add_records(messages[start : start + 5_000])
        staging.end_file(sha256="0" * 64, size=1)
        pk = staging.commit().changed[Kind.CONVERSATION][0]
        return pk, [entry.pk for entry in storage.thread(pk)]

    return store


def _parent(name, place, parents):
    parent = (place - 1 if place else None) if parents is None else parents[place]
    return None if parent is None else f"{name}{parent}"


@pytest.fixture
def view(shown, workspace):
    made = shown(ThreadView(workspace.background), 700, 700)
    made.canvas.setFocus()
    return made


@pytest.fixture
def read(qtbot, storage, view):
    """Show a conversation and wait until what is in sight is there."""

    def show(pk):
        seen = see(storage, Kind.CONVERSATION, pk)
        view.show_seen(seen)
        wait_for_all(qtbot, view, seen)
        settle(qtbot, view)

    return show


def wait_for_all(qtbot, view, seen):
    """Wait until the outline of a whole conversation has been read."""

    def is_read():
        thread = view.canvas.thread
        return thread is not None and len(thread.tree.entries) == seen.record.messages

    qtbot.waitUntil(is_read)


def settle(qtbot, view):
    """Wait until the message that is current has been read and laid out."""
    qtbot.waitUntil(lambda: view.canvas.thread is not None)
    qtbot.waitUntil(
        lambda: (
            view.canvas.detail is not None
            or view.canvas.entry is None
            or view.canvas.rows.is_hidden(view.canvas.place)
        )
    )
    qtbot.waitUntil(view.canvas.is_settled)


def rows_in_sight(view):
    return list(view.canvas.rows.in_sight())


def shown_text(view, pk):
    """Return the text of a message as it is laid out."""
    document = view.canvas.rows.documents.get(pk)
    return "" if document is None else document.document.toPlainText()


def shown_texts(view):
    """Return the texts of all messages in sight."""
    thread = view.canvas.thread
    places = [
        thread.plan.place(each.row)
        for each in rows_in_sight(view)
        if not thread.plan.gaps[each.row]
    ]
    return [shown_text(view, thread.tree.entries[place].pk) for place in places]


def gap_texts(view):
    """Return what the rows of hidden messages in sight say."""
    gaps = view.canvas.thread.plan.gaps
    return [view.canvas._gap_words(each.row) for each in rows_in_sight(view) if gaps[each.row]]


def tops(view):
    return {each.row: each.top for each in rows_in_sight(view)}


def found_text(view):
    """Return the match that is marked as the current one."""
    canvas = view.canvas
    found = canvas.marks.found
    document = None if found is None else canvas.rows.documents.get(found.pk)
    span = None if document is None else canvas.marks.current_in(document)
    return span and document.document.toRawText()[slice(*span)]


def spot_of(view, pk, words):
    """Return where some words of a message are painted."""
    canvas, document = view.canvas, view.canvas.rows.documents[pk]
    row = canvas.thread.plan.row_of(canvas.thread.tree.place_of[pk])
    seen = next(each for each in rows_in_sight(view) if each.row == row)
    cursor = QTextCursor(document.document)
    cursor.setPosition(document.document.toRawText().index(words))
    line = cursor.block().layout().lineForTextPosition(cursor.positionInBlock())
    area = document.document.documentLayout().blockBoundingRect(cursor.block())
    x, _at = line.cursorToX(cursor.positionInBlock())
    inside = area.topLeft() + QPointF(x + 3, line.y() + line.height() / 2)
    return (canvas.rows.text_origin(seen) + inside).toPoint()


def current_words(view):
    return shown_text(view, view.canvas.entry.pk)


def choose(qtbot, view, sort, *, shown):
    former = view.canvas.thread
    view.bar.boxes[sort].setChecked(shown)
    qtbot.waitUntil(lambda: view.canvas.thread is not former)
    settle(qtbot, view)


def test_a_thread_opens_at_its_beginning_and_folds_tools_and_thinking(qtbot, view, read, hold):
    read(hold()[0])
    assert current_words(view) == "Mend the lexer"
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    words = current_words(view)
    assert "I look at it, see there." in words
    assert "Bash" in words
    assert "grep -n token lexer.py" in words
    assert '"command"' not in words
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert '"command"' in current_words(view)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert '"command"' not in current_words(view)


def test_a_result_names_its_tool_and_whether_it_failed(qtbot, view, read, hold):
    read(hold()[0])
    for words in ("✓ ok  Bash", "✕ Error  Edit"):
        qtbot.waitUntil(lambda words=words: any(words in each for each in shown_texts(view)))


def test_what_is_hidden_says_so_in_its_place_and_comes_back(qtbot, view, read, hold):
    _pk, messages = hold()
    read(_pk)
    choose(qtbot, view, Sort.TOOL, shown=False)
    assert gap_texts(view) == ["3 messages hidden (tools)"]
    assert "1 tool block hidden — Show" in shown_text(view, messages[1])
    view.canvas.go_to(2)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: gap_texts(view) == [])
    assert "1 tool block hidden — Show" in shown_text(view, messages[1])


def test_what_was_hidden_stays_hidden_in_the_next_conversation(
    qtbot, view, read, hold, workspace, storage, shown
):
    read(hold()[0])
    choose(qtbot, view, Sort.THINKING, shown=False)
    qtbot.waitUntil(lambda: storage.settings.get("thread.visible") == 7)
    other = shown(ThreadView(workspace.background), 700, 700)
    other.show_seen(see(storage, Kind.CONVERSATION, hold(name="d")[0]))
    settle(qtbot, other)
    assert not other.bar.boxes[Sort.THINKING].isChecked()
    assert other.bar.boxes[Sort.TOOL].isChecked()
    assert other.bar.show_all.accessibleName() == "Hidden everywhere: thinking. Show all"
    other.bar.show_all.click()
    qtbot.waitUntil(lambda: storage.settings.get("thread.visible") == 15)
    assert other.bar.boxes[Sort.THINKING].isChecked()
    assert not other.bar.show_all.isVisible()


def test_a_message_that_says_nothing_says_so(view, read, hold):
    pk, messages = hold([(Role.SYSTEM, []), (Role.USER, [text("Hello")])])
    read(pk)
    assert shown_text(view, messages[0]) == "This message is empty."
    assert shown_text(view, messages[1]) == "Hello"


def test_of_two_branches_the_newest_is_read_and_the_other_is_a_key_away(
    qtbot, view, read, hold
):
    talk = [(Role.USER, [text(words)]) for words in ("ask", "first", "second", "after first")]
    pk, _messages = hold(talk, parents=[None, 0, 0, 1])
    read(pk)
    assert shown_texts(view) == ["ask", "first", "after first"]
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    assert view.canvas.rows.branch_of(view.canvas.place) == (1, 2)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shown_texts(view) == ["ask", "second"])
    assert current_words(view) == "second"


def test_the_first_error_is_jumped_to_and_from_it_the_next(qtbot, view, read, hold):
    talk = [*TALK, (Role.TOOL, [result("again", is_error=True)]), *TALK[:1]]
    pk, messages = hold(talk)
    read(pk)
    choose(qtbot, view, Sort.TOOL, shown=False)
    assert view.bar.errors.text() == "2 errors"
    for wanted in (messages[4], messages[8], messages[4]):
        view.bar.errors.click()
        qtbot.waitUntil(lambda wanted=wanted: view.canvas.entry.pk == wanted)
        settle(qtbot, view)
        assert "✕ Error" in current_words(view)


def test_an_error_that_is_jumped_to_is_unfolded(qtbot, view, read, hold):
    words = "\n".join(f"trace line {number}" for number in range(60))
    pk, messages = hold([*TALK[:2], (Role.TOOL, [result(f"{words} the end", is_error=True)])])
    read(pk)
    assert "the end" not in current_words(view)
    view.bar.errors.click()
    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[2])
    settle(qtbot, view)
    assert "the end" in current_words(view)


def test_prompts_are_listed_and_stepped_through(qtbot, view, read, hold):
    _pk, messages = hold()
    read(_pk)
    model = view.outline.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "1  Mend the lexer",
        "2  Thank you",
    ]
    qtbot.keyClick(view.canvas, Qt.Key.Key_BracketRight)
    assert view.canvas.entry.pk == messages[6]
    assert view.outline.currentIndex().row() == 1
    qtbot.keyClick(view.canvas, Qt.Key.Key_BracketLeft)
    assert view.canvas.entry.pk == messages[0]
    view.outline.activated.emit(model.index(1, 0))
    assert view.canvas.entry.pk == messages[6]
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    assert view.canvas.entry.pk == messages[7]
    qtbot.keyClick(view.canvas, Qt.Key.Key_Home)
    assert view.canvas.entry.pk == messages[0]


def test_finding_goes_through_folded_blocks_and_offers_to_show_hidden_ones(
    qtbot, view, read, hold
):
    pk, messages = hold()
    read(pk)
    choose(qtbot, view, Sort.TOOL, shown=False)
    qtbot.keyClick(view.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    view.finder.bar.field.setText("TOKEN")
    qtbot.waitUntil(lambda: view.finder.search.is_whole and len(view.finder.search.found) == 3)
    qtbot.waitUntil(view.finder.hint.isVisible)
    assert view.canvas.entry.pk == messages[1]
    view.finder.hint.buttons[0].click()
    qtbot.waitUntil(lambda: "grep -n token" in current_words(view))
    qtbot.waitUntil(lambda: found_text(view) == "token")
    qtbot.keyClick(view.canvas, Qt.Key.Key_F3)
    assert view.canvas.rows.is_hidden(view.canvas.place)
    qtbot.keyClick(view.canvas, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[5])
    qtbot.waitUntil(lambda: found_text(view) == "token")
    assert view.finder.hint.isHidden()


def test_keys_typed_into_the_find_bar_are_text_and_enter_goes_on(qtbot, view, read, hold):
    read(hold()[0])
    view.finder.open()
    field = view.finder.bar.field
    qtbot.keyClicks(field, "[x]")
    assert field.text() == "[x]"
    field.setText("token")
    qtbot.waitUntil(lambda: len(view.finder.search.found) == 3)
    first = view.canvas.marks.found
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.canvas.marks.found not in {None, first})
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert view.finder.bar.isHidden()
    assert view.canvas.marks.found is None


def test_a_message_that_was_searched_for_is_unfolded_and_its_words_marked(
    qtbot, view, read, hold
):
    pk, messages = hold()
    view.show_message(messages[1], parse_terms("gre"))
    read(pk)
    qtbot.waitUntil(lambda: found_text(view) == "grep")
    assert view.canvas.entry.pk == messages[1]
    view.show_message(messages[5], parse_terms("cafe"))
    qtbot.waitUntil(lambda: found_text(view) == "café")


def test_of_a_hundred_thousand_messages_only_those_near_the_eye_are_read(
    qtbot, view, read, hold
):
    number = 100_000
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(number)])
    read(pk)
    assert len(view.canvas.thread.plan) == number
    assert 0 < len(view.canvas.store) < 60
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    settle(qtbot, view)
    assert current_words(view) == f"Message {number - 1}"
    view.show_message(messages[number // 2])
    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[number // 2])
    settle(qtbot, view)
    assert current_words(view) == f"Message {number // 2}"
    bar = view.canvas.verticalScrollBar()
    for part in range(10):
        bar.setValue(bar.maximum() * part // 10)
        settle(qtbot, view)
    assert len(view.canvas.store) <= HELD


@pytest.fixture
def begin(qtbot, storage, view):
    """Show the beginning of a conversation and return what is to be seen of it."""

    def show(pk):
        seen = see(storage, Kind.CONVERSATION, pk)
        view.show_seen(seen)
        qtbot.waitUntil(lambda: view.canvas.thread is not None)
        return seen

    return show


def test_the_beginning_of_a_long_conversation_is_read_before_all_of_it(
    qtbot, view, begin, hold
):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(3 * START)])

    seen = begin(pk)

    assert current_words(view) == "Message 0"
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    place = tops(view)
    wait_for_all(qtbot, view, seen)
    assert view.canvas.entry.pk == messages[1]
    assert {row: tops(view).get(row) for row in place} == place
    assert view.bar.boxes[Sort.PROMPT].text() == f"Prompts ({3 * START})"


@pytest.mark.parametrize(("key", "place"), [(Qt.Key.Key_End, -1), (Qt.Key.Key_Home, 0)])
@pytest.mark.parametrize(
    "modifier", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier]
)
def test_a_key_leads_to_the_true_edge_of_a_conversation_read_in_part(
    qtbot, view, begin, hold, key, place, modifier
):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(4 * START)])
    view.show_message(messages[2 * START])
    seen = begin(pk)
    assert len(view.canvas.thread.tree.entries) < len(messages)

    qtbot.keyClick(view.canvas, key, modifier)
    wait_for_all(qtbot, view, seen)

    assert view.canvas.entry.pk == messages[place]
    settle(qtbot, view)
    qtbot.waitUntil(lambda: view.canvas.place in tops(view))


def test_the_bottom_of_the_scroll_bar_is_the_true_end_of_a_conversation_read_in_part(
    qtbot, view, begin, hold
):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(3 * START)])
    seen = begin(pk)
    bar = view.canvas.verticalScrollBar()
    bar.setValue(bar.maximum())
    wait_for_all(qtbot, view, seen)
    assert view.canvas.entry.pk == messages[-1]


def test_who_goes_on_from_the_end_of_a_part_stays_there(qtbot, view, begin, hold):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(3 * START)])
    seen = begin(pk)
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    wait_for_all(qtbot, view, seen)
    assert view.canvas.entry.pk == messages[START - 2]


def test_a_hit_deep_in_a_long_conversation_is_shown_before_all_of_it_is_read(
    qtbot, view, begin, hold
):
    talk = [(Role.USER, [text(f"Message {n}")]) for n in range(6 * START)]
    pk, messages = hold(talk)
    deep = 5 * START

    view.show_message(messages[deep], parse_terms(str(deep)))
    seen = begin(pk)

    assert len(view.canvas.thread.tree.entries) < len(messages)
    assert view.canvas.entry.pk == messages[deep]
    assert current_words(view) == f"Message {deep}"
    settle(qtbot, view)
    in_sight = sorted(tops(view).values())
    wait_for_all(qtbot, view, seen)
    assert view.canvas.entry.pk == messages[deep]
    assert found_text(view) == str(deep)
    assert sorted(tops(view).values()) == in_sight
    assert view.bar.boxes[Sort.PROMPT].text() == f"Prompts ({6 * START:,})"


def test_a_hit_of_a_sort_that_is_hidden_is_shown_as_early(qtbot, view, begin, hold):
    talk = [(Role.ASSISTANT, [text(f"Message {n}")]) for n in range(3 * START)]
    pk, messages = hold(talk)
    view.bar.boxes[Sort.ANSWER].setChecked(False)

    view.show_message(messages[2 * START])
    seen = begin(pk)
    assert current_words(view) == f"Message {2 * START}"
    wait_for_all(qtbot, view, seen)
    settle(qtbot, view)
    assert current_words(view) == f"Message {2 * START}"


def test_a_hit_beyond_the_beginning_that_is_shown_already_is_gone_to(qtbot, view, begin, hold):
    talk = [(Role.USER, [text(f"Message {n}")]) for n in range(3 * START)]
    pk, messages = hold(talk)
    begin(pk)

    view.show_message(messages[2 * START])
    seen = begin(pk)

    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[2 * START])
    wait_for_all(qtbot, view, seen)
    assert view.canvas.entry.pk == messages[2 * START]


def test_what_is_found_while_a_hit_is_shown_is_found_in_all_of_it(qtbot, view, begin, hold):
    talk = [(Role.USER, [text("a needle" if n == 7 else "hay")]) for n in range(3 * START)]
    pk, messages = hold(talk)
    view.show_message(messages[2 * START])
    seen = begin(pk)

    view.finder.open()
    view.finder.bar.sought.emit("needle")
    wait_for_all(qtbot, view, seen)

    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[7])


def test_ctrl_home_and_ctrl_end_lead_to_the_first_and_the_last_message(qtbot, view, read, hold):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(150)])
    read(pk)
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(view.canvas, Qt.Key.Key_End, control)
    assert view.canvas.entry.pk == messages[-1]
    qtbot.keyClick(view.canvas, Qt.Key.Key_Home, control)
    assert view.canvas.entry.pk == messages[0]


def test_ctrl_end_leads_to_the_end_of_a_last_message_higher_than_the_view(
    qtbot, view, read, hold
):
    long = "A line of a long answer.\n\n" * 2_000
    pk, messages = hold([(Role.USER, [text("Go")]), (Role.ASSISTANT, [text(long + "The end")])])
    read(pk)
    qtbot.keyClick(view.canvas, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert view.canvas.entry.pk == messages[-1]
    qtbot.waitUntil(lambda: "The end" in current_words(view), timeout=20_000)
    settle(qtbot, view)
    height = view.canvas.viewport().height()
    qtbot.waitUntil(lambda: 0 < spot_of(view, messages[-1], "The end").y() < height)
    qtbot.keyClick(view.canvas, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: spot_of(view, messages[-1], "The end").y() > height)


def test_the_end_is_reached_where_hidden_tools_stand_last(qtbot, view, begin, hold):
    long = "A line of a long answer.\n\n" * 20
    talk = [(Role.ASSISTANT, [text(f"{long}End of {n}")]) for n in range(START + 30)]
    pk, messages = hold([*talk, (Role.TOOL, [result("ok")]), (Role.TOOL, [result("ok")])])
    view.bar.boxes[Sort.TOOL].setChecked(False)
    seen = begin(pk)
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    wait_for_all(qtbot, view, seen)
    last, canvas = messages[START + 29], view.canvas
    qtbot.waitUntil(lambda: f"End of {START + 29}" in shown_text(view, last))
    settle(qtbot, view)
    qtbot.waitUntil(lambda: canvas.rows.below <= 0)
    height = canvas.viewport().height()
    qtbot.waitUntil(lambda: 0 < spot_of(view, last, f"End of {START + 29}").y() < height)


FAR = "".join(f"Line {number} of a log\n" for number in range(40_000))
"""A text of which only a part is shown."""


def test_a_hit_far_into_a_long_text_is_shown_and_marked(qtbot, view, read, hold):
    at = FAR.index("Line 20000 ")
    said = f"{FAR[:at]}The quokka slept\n{FAR[at:]}"
    pk, messages = hold([(Role.USER, [text("Go")]), (Role.TOOL, [result(said)])])
    view.show_message(messages[1], parse_terms("quokka"))
    read(pk)
    qtbot.waitUntil(lambda: found_text(view) == "quokka", timeout=20_000)
    settle(qtbot, view)
    height = view.canvas.viewport().height()
    qtbot.waitUntil(lambda: 0 < spot_of(view, messages[1], "The quokka").y() < height)
    assert "of it, from" in current_words(view)


def test_finding_steps_to_places_far_into_a_long_text_and_back(qtbot, view, read, hold):
    first, second = FAR.index("Line 9000 "), FAR.index("Line 39000 ")
    said = f"a quokka\n{FAR[:first]}b quokka\n{FAR[first:second]}c quokka\n{FAR[second:]}"
    pk, messages = hold([(Role.USER, [text("Go")]), (Role.ASSISTANT, [text(said)])])
    read(pk)
    view.finder.open()
    view.finder.bar.field.setText("quokka")
    height = view.canvas.viewport().height()

    def is_at(words):
        return (
            words in current_words(view)
            and found_text(view) == "quokka"
            and 0 < spot_of(view, messages[1], words).y() < height
        )

    for words in ("a quokka", "b quokka", "c quokka", "a quokka", "b quokka"):
        qtbot.waitUntil(lambda words=words: is_at(words), timeout=20_000)
        qtbot.keyClick(view.finder.bar.field, Qt.Key.Key_Return)


def test_what_is_hidden_in_one_view_is_hidden_in_every_open_one(
    qtbot, view, read, hold, shown, workspace, storage
):
    pk, _messages = hold()
    read(pk)
    other = shown(ThreadView(workspace.background), 700, 700)
    other.show_seen(see(storage, Kind.CONVERSATION, pk))
    settle(qtbot, other)

    choose(qtbot, view, Sort.TOOL, shown=False)

    assert not other.bar.boxes[Sort.TOOL].isChecked()
    qtbot.waitUntil(lambda: gap_texts(other) == ["3 messages hidden (tools)"])
    other.bar.show_all.click()
    qtbot.waitUntil(lambda: gap_texts(view) == [])
    assert view.bar.boxes[Sort.TOOL].isChecked()


def test_a_message_by_itself_shows_all_of_it_whatever_is_hidden_elsewhere(
    qtbot, view, read, hold, shown, workspace, storage
):
    pk, messages = hold()
    read(pk)
    alone = shown(MessageView(workspace.background), 700, 700)
    alone.show_seen(see(storage, Kind.MESSAGE, messages[2]))
    settle(qtbot, alone)
    choose(qtbot, view, Sort.TOOL, shown=False)
    assert "token = 1" in shown_text(alone, messages[2])
    assert gap_texts(alone) == []


def test_what_is_asked_of_a_conversation_while_it_is_read_holds_for_all_of_it(
    qtbot, view, begin, hold
):
    talk = [(Role.ASSISTANT, [text(f"Message {n}"), call("Bash", "x")]) for n in range(START)]
    pk, _messages = hold([*talk, (Role.USER, [text("a needle")]), (Role.TOOL, [result("y")])])

    seen = begin(pk)
    view.bar.boxes[Sort.ANSWER].setChecked(False)
    view.finder.open()
    view.finder.bar.sought.emit("needle")
    wait_for_all(qtbot, view, seen)

    qtbot.waitUntil(lambda: view.canvas.thread.plan.wish.visible == Sort(15) & ~Sort.ANSWER)
    assert not view.bar.boxes[Sort.ANSWER].isChecked()
    qtbot.waitUntil(lambda: len(view.finder.search.found) == 1)
    qtbot.waitUntil(lambda: view.canvas.place == START)


def test_what_is_in_sight_stays_while_heights_above_turn_out_different(qtbot, view, read, hold):
    pk, _messages = hold(
        [(Role.ASSISTANT, [text("line\n\n" * (n % 40 + 1) + f"end {n}")]) for n in range(200)]
    )
    read(pk)
    view.canvas.go_to(150, aligned=True)
    settle(qtbot, view)
    bar = view.canvas.verticalScrollBar()
    for _step in range(30):
        former = tops(view)
        bar.setValue(bar.value() - 40)
        settle(qtbot, view)
        moved = {top - former[row] for row, top in tops(view).items() if row in former}
        assert moved == {40}


def test_one_line_of_600_kb_is_shown_by_its_beginning_and_offered_whole(
    qtbot, view, read, hold
):
    pk, messages = hold([(Role.ASSISTANT, [text("A" * 600_000)])])
    read(pk)
    qtbot.waitUntil(lambda: "Show all as plain text" in current_words(view))
    assert RENDER_LIMIT < 600_000
    assert HEAD <= len(current_words(view)) < HEAD + 1_000
    view.canvas.whole_wanted.emit(messages[0], 0)
    whole = view.findChild(WholeText)
    assert len(whole.view.text) == 600_000
    whole.close()


def test_a_text_longer_than_what_is_kept_is_offered_whole_too(qtbot, view, read, hold):
    talk = [(Role.TOOL, [result(f"Result {n}", str(n))]) for n in range(6)]
    long = "A line of an error\n" * (HELD_CHARS // 18)
    talk[2] = (Role.TOOL, [result(long, "2", is_error=True)])
    pk, messages = hold(talk)
    read(pk)
    view.step_error(1)
    qtbot.waitUntil(lambda: "Show all as plain text" in current_words(view), timeout=20_000)
    qtbot.waitUntil(lambda: len(view.canvas.store) == len(messages))
    view.canvas.whole_wanted.emit(messages[2], 0)
    whole = view.findChild(WholeText)
    assert whole is not None
    assert len(whole.view.text) == len(long)
    whole.close()


@pytest.fixture
def whole(qtbot, view, read, hold):
    """The window of a text of three parts, opened where a search found a word in the last."""
    said = f"quiet\n{FAR}{FAR}The quokka slept\n"
    assert len(said) > 2 * PART
    pk, messages = hold([(Role.USER, [text("Go")]), (Role.TOOL, [result(said)])])
    view.show_message(messages[1], parse_terms("quokka"))
    read(pk)
    qtbot.waitUntil(lambda: found_text(view) == "quokka", timeout=20_000)
    view.canvas.whole_wanted.emit(messages[1], 0)
    return view.findChild(WholeText)


def test_a_whole_text_opens_where_the_match_is(qtbot, whole):
    box = whole.findChild(QSpinBox)
    qtbot.waitUntil(lambda: box.text() == f"Part {box.maximum()} of {box.maximum()}")
    assert box.maximum() > 2
    qtbot.waitUntil(lambda: whole.view.view.textCursor().block().text() == "The quokka slept")


def test_a_whole_text_is_found_in_turned_and_saved(qtbot, whole):
    box, control = whole.findChild(QSpinBox), Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(lambda: box.value() == box.maximum())
    qtbot.keyClick(whole.find_bar.field, Qt.Key.Key_Escape)
    assert whole.isVisible()
    box.setValue(2)
    assert box.text().startswith("Part 2 of ")
    assert "quiet" not in whole.view.view.toPlainText()
    qtbot.keyClick(whole.view.view, Qt.Key.Key_F, control)
    whole.find_bar.field.set_query("quiet")
    whole.find_bar.sought.emit("quiet")
    qtbot.waitUntil(lambda: box.value() == 1)
    whole.activateWindow()
    qtbot.waitUntil(whole.isActiveWindow)
    qtbot.keyClick(whole.view.view, Qt.Key.Key_S, control)
    qtbot.waitUntil(lambda: whole.findChild(QFileDialog) is not None)
    whole.findChild(QFileDialog).reject()
    qtbot.keyClick(whole.view.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not whole.isVisible())


def test_an_error_that_is_jumped_to_stays_while_a_match_is_still_laid_out(
    qtbot, view, hold, storage
):
    long = "A line of a long answer.\n\n" * 2_000
    said = f"{long}The quokka slept\n\n{long}"
    talk = [(Role.ASSISTANT, [text(said)]), (Role.TOOL, [result("no", is_error=True)])]
    pk, messages = hold(talk)
    view.show_message(messages[0], parse_terms("quokka"))
    view.show_seen(see(storage, Kind.CONVERSATION, pk))
    qtbot.waitUntil(lambda: messages[0] in view.canvas.rows.documents)
    assert not view.canvas.is_settled()
    view.step_error(1)
    qtbot.waitUntil(view.canvas.is_settled, timeout=20_000)
    assert view.canvas.entry.pk == messages[1]
    assert view.canvas.rows.top_of_row(1) is not None


def test_a_key_pressed_before_anything_is_read_is_not_lost(qtbot, view, hold, storage):
    pk, messages = hold()
    view.show_message(messages[2], parse_terms("token"))
    view.show_seen(see(storage, Kind.CONVERSATION, pk))
    view.enter()
    assert view.canvas.thread is None
    qtbot.keyClick(QApplication.focusWidget() or view, Qt.Key.Key_F8)
    settle(qtbot, view)
    qtbot.waitUntil(lambda: view.canvas.entry.pk == messages[4])
    assert view.canvas.entry.has_error


def test_the_end_holds_while_a_long_message_is_laid_out_for_a_match(qtbot, view, hold, storage):
    long = "A line of a long answer.\n\n" * 2_000
    said = f"{long}The quokka slept\n\n{long}The end"
    pk, messages = hold([(Role.USER, [text("Go")]), (Role.ASSISTANT, [text(said)])])
    view.show_message(messages[1], parse_terms("quokka"))
    view.show_seen(see(storage, Kind.CONVERSATION, pk))
    qtbot.waitUntil(lambda: messages[1] in view.canvas.rows.documents)
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: "The end" in current_words(view), timeout=20_000)
    qtbot.waitUntil(view.canvas.is_settled, timeout=20_000)
    height = view.canvas.viewport().height()
    assert 0 < spot_of(view, messages[1], "The end").y() < height


def test_what_is_hidden_elsewhere_moves_nothing_out_of_sight(
    qtbot, view, read, hold, shown, workspace, storage
):
    talk = [(Role.USER, [text("Go")])]
    talk += [(Role.ASSISTANT, [text(f"Answer {n}\n\n" * 5)]) for n in range(40)]
    talk += [(Role.TOOL, [result(f"Result {n}", str(n))]) for n in range(40)]
    pk, _messages = hold(talk)
    read(pk)
    other = shown(ThreadView(workspace.background), 700, 700)
    other.show_seen(see(storage, Kind.CONVERSATION, pk))
    wait_for_all(qtbot, other, see(storage, Kind.CONVERSATION, pk))
    view.canvas.page(1)
    view.canvas.page(1)
    view.canvas.rows.current = 0
    settle(qtbot, view)
    former = tops(view)
    choose(qtbot, other, Sort.TOOL, shown=False)
    qtbot.waitUntil(lambda: view.canvas.thread.plan.wish.visible == Sort(15) & ~Sort.TOOL)
    settle(qtbot, view)
    assert tops(view) == former
    assert view.canvas.rows.current == 0


def test_what_was_hidden_is_read_on_where_it_was_left(qtbot, view, read, hold):
    pk, messages = hold([(Role.TOOL, [result(f"Result {n}", str(n))]) for n in range(40)])
    read(pk)
    view.canvas.go_to(25)
    choose(qtbot, view, Sort.TOOL, shown=False)
    choose(qtbot, view, Sort.TOOL, shown=True)
    assert view.canvas.entry.pk == messages[25]


def test_only_what_the_branch_holds_is_counted_and_the_system_gives_no_answers(
    qtbot, view, read, hold
):
    pk, _messages = hold(
        [
            (Role.SYSTEM, [text("Be brief")]),
            (Role.USER, [text("Go")]),
            (Role.USER, [text("Go on")]),
            (Role.ASSISTANT, [text("Gone")]),
        ],
        parents=[None, 0, 0, 2],
    )
    read(pk)
    names = [box.text() for box in view.bar.boxes.values()]
    assert names == ["Prompts (1)", "Answers (1)", "Tools (0)", "Thinking (0)"]
    view.canvas.go_to(1)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: view.bar.boxes[Sort.ANSWER].text() == "Answers (0)")


def test_copying_takes_the_selection_or_the_message(qtbot, view, read, hold, qapp):
    read(hold()[0])
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    qtbot.keyClick(view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "I look at **it**" in qapp.clipboard().text()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(view.canvas, Qt.Key.Key_C, both)
    assert qapp.clipboard().text().startswith("**Assistant** · ")
    assert "> A hidden thought" in qapp.clipboard().text()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    qtbot.keyClick(view.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert qapp.clipboard().text() == "Mend the lexer"


def test_text_is_selected_with_the_mouse_and_kept_as_a_learning(qtbot, view, read, hold):
    pk, messages = hold()
    read(pk)
    spot = spot_of(view, messages[0], "lexer")
    qtbot.mouseDClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    with qtbot.waitSignal(view.learning_wanted) as wanted:
        view.keep_as_learning()
    assert wanted.args == [messages[0], "lexer"]


LISTED = """Two things:

- Pin the *compiler*
- Keep the lock file

Then build."""


def test_all_of_a_message_is_kept_as_it_was_written_without_what_is_folded(
    qtbot, view, read, hold
):
    thought = Block(type=Part.THINKING, text="A hidden thought")
    pk, messages = hold([(Role.ASSISTANT, [thought, text(LISTED), call("Read", "x")])])
    read(pk)
    qtbot.keyClick(view.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.learning_wanted) as wanted:
        view.keep_as_learning()
    assert wanted.args == [messages[0], LISTED]


def test_a_part_of_a_message_is_kept_with_its_paragraphs_and_lists(qtbot, view, read, hold):
    thought = Block(type=Part.THINKING, text="A hidden thought")
    code = "```\nmake\nmake test\n```\n\nAnd *so* on."
    talk = [text(f"{LISTED}\n\n{code}"), call("Read", "x"), text("End"), thought]
    pk, messages = hold([(Role.ASSISTANT, talk)])
    read(pk)
    view.canvas.selection.begin(view.canvas.rows.documents[messages[0]], QPointF())
    end = spot_of(view, messages[0], "End") + QPoint(400, 0)
    view.canvas._extend_selection(QPointF(end))
    with qtbot.waitSignal(view.learning_wanted) as wanted:
        view.keep_as_learning()
    listed = LISTED.replace("*", "")
    assert wanted.args == [messages[0], f"{listed}\n\nmake\nmake test\n\nAnd so on.\n\nEnd"]


def test_a_link_is_shown_and_a_fold_is_opened_by_a_click(qtbot, view, read, hold):
    pk, messages = hold()
    read(pk)

    def click(words):
        qtbot.mouseClick(
            view.canvas.viewport(),
            Qt.MouseButton.LeftButton,
            pos=spot_of(view, messages[1], words),
        )

    qtbot.waitUntil(lambda: "there" in shown_text(view, messages[1]))
    with qtbot.waitSignal(view.canvas.link_chosen) as chosen:
        click("there")
    assert chosen.args == ["http://x"]
    click("Bash")
    assert '"command"' in shown_text(view, messages[1])


def test_a_conversation_leads_to_those_of_sub_agents_and_back(qtbot, view, read, hold, storage):
    pk, _ = hold()
    child, _ = hold(name="d", caller="c")
    read(pk)
    menu = view.bar.children_button.menu()
    with qtbot.waitSignal(view.record_chosen) as chosen:
        menu.actions()[0].trigger()
    assert chosen.args == [Kind.CONVERSATION, child]
    read(child)
    with qtbot.waitSignal(view.record_chosen) as chosen:
        view.bar.parent_button.click()
    assert chosen.args == [Kind.CONVERSATION, pk]


def test_an_empty_conversation_says_so(qtbot, view, storage):
    pk = storage.create(Kind.CONVERSATION, {"title": "Empty"}).changed[Kind.CONVERSATION][0]
    view.show_seen(see(storage, Kind.CONVERSATION, pk))
    qtbot.waitUntil(
        lambda: "No messages" in {label.text() for label in view.state.findChildren(PlainLabel)}
    )


def test_the_same_conversation_read_anew_keeps_its_place(qtbot, view, read, hold, storage):
    pk, messages = hold([(Role.USER, [text(f"Message {n}")]) for n in range(300)])
    read(pk)
    view.canvas.go_to(200, aligned=True)
    settle(qtbot, view)
    place = tops(view)
    former = view.canvas.thread
    view.show_seen(see(storage, Kind.CONVERSATION, pk))
    qtbot.waitUntil(lambda: view.canvas.thread is not former)
    settle(qtbot, view)
    assert tops(view) == place
    assert view.canvas.entry.pk == messages[200]


def test_a_search_that_is_replaced_tells_nothing_more(
    qtbot, workspace, hold, storage, view, read
):
    read(hold()[0])
    find = ThreadFind(workspace.background)
    find.start(view.canvas.thread.tree, "token")
    find.start(view.canvas.thread.tree, "welcome")
    qtbot.waitUntil(lambda: find.is_whole)
    assert find.found == [(7, 0, 0, IN_WHOLE)]


def test_a_single_message_is_shown_whole_and_leads_to_its_conversation(
    qtbot, shown, workspace, storage, hold
):
    pk, messages = hold()
    alone = shown(MessageView(workspace.background), 500, 500)
    alone.show_seen(see(storage, Kind.MESSAGE, messages[1]))
    settle(qtbot, alone)
    qtbot.waitUntil(lambda: '"command"' in current_words(alone))
    assert "A hidden thought" in current_words(alone)
    with qtbot.waitSignal(alone.place_wanted) as wanted:
        alone.go.click()
    assert wanted.args == [pk, messages[1]]


def test_everything_that_takes_the_focus_has_a_name(qtbot, view, read, hold):
    read(hold()[0])
    for widget in view.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            named = QAccessible.queryAccessibleInterface(widget)
            assert named.text(QAccessible.Text.Name), widget
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    assert view.canvas.accessibleDescription().startswith("Assistant: I look at")


@pytest.fixture
def pane(shown, workspace):
    made = shown(DetailPane(workspace), 600, 800)
    made.record_chosen.connect(made.show_record)
    return made


def test_the_pane_reads_a_conversation_and_each_message_of_it(qtbot, pane, hold):
    pk, messages = hold()
    pane.show_record(Kind.CONVERSATION, pk)
    qtbot.waitUntil(lambda: pane.tabs.name == "Thread")
    thread = pane.tabs.view("Thread")
    settle(qtbot, thread)
    assert current_words(thread) == "Mend the lexer"
    thread.record_chosen.emit(Kind.MESSAGE, messages[5])
    qtbot.waitUntil(lambda: pane.tabs.name == "Message")
    alone = pane.tabs.view("Message")
    settle(qtbot, alone)
    assert current_words(alone) == "The token is café."
    alone.go.click()
    qtbot.waitUntil(lambda: pane.tabs.name == "Thread")
    qtbot.waitUntil(lambda: thread.canvas.entry.pk == messages[5])


def test_the_pane_goes_to_what_a_search_found_in_a_conversation(qtbot, pane, hold):
    pk, messages = hold()
    pane.go_to_message(pk, messages[1], parse_terms("token"))
    thread = pane.tabs.view("Thread")
    qtbot.waitUntil(lambda: thread.canvas.thread is not None)
    qtbot.waitUntil(lambda: found_text(thread) == "token")
    assert thread.canvas.entry.pk == messages[1]


def test_the_original_of_a_message_is_opened_from_the_thread(qtbot, pane, hold):
    pk, messages = hold()
    pane.show_record(Kind.CONVERSATION, pk)
    qtbot.waitUntil(lambda: pane.tabs.name == "Thread")
    pane.tabs.view("Thread").original_wanted.emit(messages[1])
    qtbot.waitUntil(lambda: pane.tabs.name == "Original")
    assert pane.key == (Kind.MESSAGE, messages[1])


@pytest.mark.parametrize("width", [280, 340, 400])
def test_in_a_narrow_pane_each_sort_is_hidden_by_one_click(qtbot, view, read, hold, width):
    pk, _messages = hold(TALK)
    read(pk)
    view.resize(width, 500)

    boxes = view.bar.boxes
    qtbot.waitUntil(lambda: all(b.visibleRegion() == QRegion(b.rect()) for b in boxes.values()))
    qtbot.mouseClick(boxes[Sort.TOOL], Qt.MouseButton.LeftButton, pos=QPoint(8, 12))
    assert view.bar.show_all.accessibleName() == "Hidden everywhere: tools. Show all"
    boxes[Sort.TOOL].click()
