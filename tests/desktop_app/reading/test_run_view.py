import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton, QSpinBox, QToolButton, QWidget

from db.records import Kind
from db.terms import parse_terms
from desktop_app.detail.long_text_view import HEAD
from desktop_app.detail.picker import Picker
from desktop_app.detail.seen import Seen
from desktop_app.detail.text_parts import PART, RENDERED_PART
from desktop_app.reading.compare_window import CompareWindow
from desktop_app.reading.run_view import Mode, RunView
from desktop_app.widgets.plain_label import PlainLabel

PLAN = "# Plan\n\nRead the tokens.\n\n## Steps\n\n- lex\n- parse\n"
RESULT = "# Plan\n\nRead the tokens.\n\n## Steps\n\n- lex\n- check\n- parse\n"


@pytest.fixture
def make(storage):
    def make_one(kind, **fields):
        return storage.create(kind, fields).changed[kind][0]

    return make_one


@pytest.fixture
def task_id(storage, make):
    return storage.detail(Kind.TASK, make(Kind.TASK, title="Split the lexer")).record.id


@pytest.fixture
def make_run(make, task_id):
    def make_one(text, step="implement", **fields):
        given = {"title": "Run", "task": task_id, "step": step, "description": text}
        return make(Kind.EXECUTION, **given | fields)

    return make_one


@pytest.fixture
def view(shown, workspace):
    return shown(RunView(workspace.background), 800, 600)


@pytest.fixture
def show(qtbot, storage, view):
    def show_run(pk):
        with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
            view.show_seen(Seen(storage.detail(Kind.EXECUTION, pk)))

    return show_run


@pytest.fixture
def compared(qtbot, view):
    def compare(act, *args):
        with qtbot.waitSignal(view.diff.compared):
            act(*args)
        qtbot.waitUntil(lambda: view.diff.table.model().rowCount() > 0)

    return compare


def button(widget, text):
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


def rows_of(table):
    table.selectAll()
    table.copy()
    return QGuiApplication.clipboard().text().split("\n")


def test_a_run_is_shown_rendered_and_as_it_is_written(view, show, make_run, qtbot):
    show(make_run(PLAN))
    assert view.text.markdown.toPlainText().startswith("Plan\nRead the tokens.")
    with qtbot.waitSignal(view.text.laid_out):
        view.show_mode(Mode.RAW)
    assert view.text.plain.toPlainText() == PLAN


def test_a_heading_that_is_chosen_is_gone_to(view, show, make_run, qtbot):
    filling = "Words.\n\n" * 200
    show(make_run(f"# One\n\n{filling}## Two\n\n{filling}"))
    view._outline.click()
    assert [view.headings.item(n).text().strip() for n in range(2)] == ["One", "Two"]
    view.headings.setCurrentRow(1)
    qtbot.keyClick(view.headings, Qt.Key.Key_Return)
    assert view.text.markdown.textCursor().block().text() == "Two"
    assert view.text.markdown.hasFocus()


def test_a_single_heading_is_listed_too(view, show, make_run):
    show(make_run("# One\n\nWords."))
    view._outline.click()
    assert view.headings.isVisible()
    assert view.headings.item(0).text() == "One"
    show(make_run("Words."))
    assert not view._outline.isEnabled()


def test_words_are_found_counted_and_stepped_through(view, show, make_run, qtbot):
    show(make_run("one Two three\n\ntwo four\n\nTWO"))
    view.text.markdown.setFocus()
    qtbot.keyClick(view.text.markdown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.find_bar.field.hasFocus()
    qtbot.keyClicks(view.find_bar.field, "two")
    count = view.find_bar._count
    qtbot.waitUntil(lambda: count.text() == "1 of 3")
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_F3)
    assert count.text() == "2 of 3"
    assert view.text.markdown.textCursor().block().text() == "two four"
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert count.text() == "3 of 3"
    assert len(view.text.markdown.extraSelections()) == 3
    qtbot.keyClick(view.find_bar.field, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()
    assert view.text.markdown.extraSelections() == []


def test_a_search_result_is_landed_on(view, show, make_run, qtbot):
    show(make_run("Words.\n\n" * 300 + "The lexer was split.\n\n" + "Words.\n\n" * 300))
    view.show_match(parse_terms("lexer split"))
    qtbot.waitUntil(lambda: view.find_bar._count.text() == "1 of 2")
    assert "lexer" in view.text.markdown.textCursor().block().text()
    assert view.text.markdown.verticalScrollBar().value() > 0


def test_a_run_is_compared_with_the_turn_before(view, show, make_run, compared):
    make_run(PLAN, "plan")
    show(make_run(RESULT))
    compared(view.show_mode, Mode.DIFF)
    assert view.diff._summary.text() == "1 added, 0 removed"
    assert "+ - check" in rows_of(view.diff.table)
    assert "- - parse" not in rows_of(view.diff.table)


def test_the_first_turn_has_none_before_it_but_another_run_can_be_picked(
    view, show, make_run, compared, qtbot
):
    first = make_run(PLAN, "plan")
    make_run(RESULT)
    show(first)
    view.show_mode(Mode.DIFF)
    qtbot.waitUntil(lambda: "first turn" in view.diff._panel.accessibleName())
    button(view, "Compare with…").click()
    picker = view.findChild(Picker)
    qtbot.waitUntil(lambda: picker._list.count() == 1)
    compared(qtbot.keyClick, picker._field, Qt.Key.Key_Return)
    assert view.diff._summary.text() == "0 added, 1 removed"


def test_the_next_run_is_compared_as_the_one_before_was(
    view, show, make_run, compared, storage, qtbot
):
    make_run(PLAN, "plan")
    second, third = make_run(RESULT), make_run(RESULT + "More\n")
    show(second)
    compared(view.show_mode, Mode.DIFF)
    compared(view.show_seen, Seen(storage.detail(Kind.EXECUTION, third)))
    assert view.mode is Mode.DIFF
    assert "Turn 3" in view.diff._right.text()
    view.show_mode(Mode.RAW)
    qtbot.waitUntil(lambda: view.text.plain.toPlainText().endswith("More\n"))


def test_n_and_p_go_from_difference_to_difference(view, show, make_run, compared, qtbot):
    lines = [f"line {n}" for n in range(100)]
    make_run("\n".join(lines), "plan")
    lines[10] = lines[50] = lines[90] = "changed"
    show(make_run("\n".join(lines)))
    compared(view.show_mode, Mode.DIFF)
    table, where = view.diff.table, view.diff._where
    qtbot.waitUntil(lambda: where.text() == "Difference 1 of 3")
    for key, said in (
        (Qt.Key.Key_N, "2 of 3"),
        (Qt.Key.Key_F7, "3 of 3"),
        (Qt.Key.Key_N, "3 of 3"),
        (Qt.Key.Key_P, "2 of 3"),
    ):
        qtbot.keyClick(table, key)
        assert where.text() == f"Difference {said}"


def test_both_sides_are_read_out_with_number_and_sign(view, show, make_run, compared):
    make_run("one\ntwo", "plan")
    show(make_run("one\nthree"))
    compared(view.show_mode, Mode.DIFF)
    model = view.diff.table.model()
    said = [
        model.index(1, column).data(Qt.ItemDataRole.AccessibleTextRole) for column in range(2)
    ]
    assert said == ["line 2, removed: two", "line 2, added: three"]


def test_equal_texts_are_said_to_be_equal(view, show, make_run, qtbot):
    make_run(PLAN, "plan")
    show(make_run(PLAN))
    view.show_mode(Mode.DIFF)
    qtbot.waitUntil(lambda: view.diff._panel.accessibleName() == "No difference")


def test_a_long_run_shows_its_head_and_then_its_parts(view, show, make_run, qtbot):
    text = "A sentence of a long report, line by line.\n" * (2 * PART // 40)
    show(make_run(text))
    assert len(view.text.markdown.toPlainText()) <= HEAD
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        button(view, "Show as plain text").click()
    assert view.mode is Mode.RAW
    assert len(view.text.plain.toPlainText()) <= PART
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        view.text._parts._on.click()
    assert part_words(view) == "Part 2 of 3"
    assert view.text.plain.toPlainText().startswith("A sentence")


def test_words_are_found_in_a_part_that_is_not_shown(view, show, make_run, qtbot):
    show(make_run("Some words in a line.\n" * (2 * PART // 20) + "The needle is here."))
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        view.show_mode(Mode.RAW)
    view.show_match(parse_terms("needle"))
    qtbot.waitUntil(
        lambda: "needle" in view.text.plain.textCursor().block().text(), timeout=30_000
    )
    assert view.find_bar._count.text() == "1 of 1"


def test_a_megabyte_on_one_line_is_shown_broken_and_found_in(view, show, make_run, qtbot):
    show(make_run('{"a":"' + "x" * 700_000 + " needle " + "y" * 100_000 + '"}'))
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        view.show_mode(Mode.RAW)
    block = view.text.plain.document().begin()
    assert block.length() <= 1_001
    view.show_match(parse_terms("needle"))

    def is_marked():
        marked = view.text.plain.extraSelections()
        return [s.cursor.selectedText().replace("\u2029", "") for s in marked] == ["needle"]

    qtbot.waitUntil(is_marked, timeout=30_000)
    assert view.find_bar._count.text() == "1 of 1"


def test_steps_to_other_runs_are_asked_for(view, show, make_run, qtbot):
    show(make_run(PLAN))
    buttons = {b.accessibleName(): b for b in view.findChildren(type(view._outline))}
    with qtbot.waitSignal(view.step_wanted) as wanted:
        buttons["Next run (Alt+Down)"].click()
    assert wanted.args == [1]


def test_two_records_are_compared_in_a_window(shown, workspace, make_run, qtbot):
    older, newer = make_run(PLAN, "plan"), make_run(RESULT)
    window = shown(CompareWindow(workspace))
    with qtbot.waitSignal(window.diff.compared):
        window.compare((Kind.EXECUTION, older), (Kind.EXECUTION, newer))
    assert window.diff._summary.text() == "1 added, 0 removed"
    assert window.diff._left.text() == "\N{MINUS SIGN} Split the lexer · Turn 1 · plan"
    window.close()


def test_a_run_that_is_gone_is_said_to_be_gone(shown, workspace, storage, make_run, qtbot):
    older, newer = make_run(PLAN, "plan"), make_run(RESULT)
    storage.purge(Kind.EXECUTION, (older,))
    window = shown(CompareWindow(workspace))
    window.compare((Kind.EXECUTION, older), (Kind.EXECUTION, newer))
    qtbot.waitUntil(lambda: window.diff._panel.accessibleName() != "")
    assert window.diff._summary.text() == ""
    window.close()


def words_in(view):
    return [label.text() for label in view.findChildren(PlainLabel) if label.isVisible()]


def part_words(view):
    return view.findChild(QSpinBox).text()


@pytest.fixture
def turn_on(view, qtbot):
    """Go to the next part of a text, if there is one."""

    def turn():
        named = "Next part of the text"
        on = next(b for b in view.findChildren(QToolButton) if b.accessibleName() == named)
        if not on.isEnabled():
            return False
        with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
            on.click()
        return True

    return turn


def test_a_run_of_any_length_is_rendered_part_by_part_when_asked_for(
    view, show, make_run, qtbot, turn_on
):
    text = "# Head\n\n" + "A sentence of a long report, line by line.\n\n" * 12_000
    code = "x = 1\n\n" * 60_000
    show(make_run(f"{text}```\n{code}```\n\n## The end"))
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        button(view, "Render anyway").click()
    assert view.text.markdown.toPlainText().startswith("Head\nA sentence")
    assert "This text is 948.0 kB long. It is shown in parts." in words_in(view)
    assert not button(view, "Render anyway").isVisible()

    lengths = [0]
    while turn_on():
        lengths.append(len(view.text.markdown.toPlainText()))
    assert part_words(view) == f"Part {len(lengths)} of {len(lengths)}"
    assert max(lengths) <= RENDERED_PART
    assert "```" not in view.text.markdown.toPlainText()
    assert [view.headings.item(n).text() for n in range(view.headings.count())] == ["The end"]
    view.show_mode(Mode.RAW)
    assert view.text.plain.toPlainText().startswith("# Head")


def test_what_is_sought_is_found_in_each_part_that_is_turned_to(
    view, show, make_run, qtbot, turn_on
):
    show(make_run("Some parser words.\n\n" * 15_000 + "One more parser."))
    with qtbot.waitSignal(view.text.laid_out, timeout=30_000):
        button(view, "Render anyway").click()
    view.open_find()
    view.find_bar.field.setText("one more")
    qtbot.waitUntil(lambda: "Not found" in words_in(view))

    assert turn_on()

    qtbot.waitUntil(lambda: "1 of 1" in words_in(view))
    assert view.text.view.textCursor().block().text() == "One more parser."


def test_escape_closes_a_comparison_that_does_not_have_the_keys_yet(
    shown, workspace, make_run, qtbot
):
    below = shown(QWidget())
    field = QLineEdit(below)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    window = CompareWindow(workspace, below)
    window.compare((Kind.EXECUTION, make_run(PLAN, "plan")), (Kind.EXECUTION, make_run(RESULT)))
    with qtbot.waitSignal(window.destroyed):
        qtbot.keyClick(field, Qt.Key.Key_Escape)
