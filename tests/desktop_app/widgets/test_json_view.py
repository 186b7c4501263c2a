import gc
import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QAbstractItemModelTester

from desktop_app.widgets.json_nodes import CHUNK
from desktop_app.widgets.json_view import JsonView, parse_json_nodes


@pytest.fixture
def view(shown):
    view = JsonView()
    view.resize(500, 400)
    return shown(view)


def lines(view, parent=None):
    model = view.model()
    parents = () if parent is None else (parent,)
    return [
        tuple(model.index(row, column, *parents).data() for column in (0, 1))
        for row in range(model.rowCount(*parents))
    ]


def test_an_object_shows_its_members_in_the_order_of_the_text(view):
    view.show_root(parse_json_nodes('{"b": 1, "a": "x", "n": null, "l": [true], "o": {}}'))
    assert lines(view) == [
        ("b", "1"),
        ("a", '"x"'),
        ("n", "null"),
        ("l", "[1]"),
        ("o", "{0}"),
    ]
    assert lines(view, view.model().index(3, 0)) == [("0", "true")]


def test_numbers_are_shown_as_they_are_written(view):
    view.show_root(parse_json_nodes("[1e400, 0.1000, 12345678901234567890, -0, 1E2]"))
    shown = [value for _name, value in lines(view)]
    assert shown == ["1e400", "0.1000", "12345678901234567890", "-0", "1E2"]


def test_a_number_of_ten_thousand_digits_is_shown(view):
    view.show_root(parse_json_nodes("9" * 10_000))
    assert lines(view)[0][1] == "9" * 10_000


def test_doubled_names_are_both_shown(view):
    view.show_root(parse_json_nodes('{"a": 1, "a": 2}'))
    assert lines(view) == [("a", "1"), ("a", "2")]


def test_five_megabytes_on_one_line_build_only_what_is_looked_at(view):
    text = json.dumps([{"id": n, "title": f"task {n}"} for n in range(150_000)])
    assert len(text) > 5_000_000
    root = parse_json_nodes(text)
    view.show_root(root)
    view.grab()
    assert root.built <= 1 + CHUNK
    first = view.model().index(0, 0)
    view.expand(first)
    view.grab()
    assert root.built <= 1 + 2 * CHUNK


def test_a_long_list_is_folded_into_ranges_down_to_its_last_value(view):
    root = parse_json_nodes(json.dumps(list(range(10_250))))
    view.show_root(root)
    assert lines(view)[0][0] == "0 … 9,999"
    assert lines(view)[-1][0] == "10,000 … 10,249"
    middle = root.children[-1].children[-1]
    assert middle.name == "10,200 … 10,249"
    assert middle.children[-1].pointer == "/10249"
    assert middle.children[-1].shown == "10249"


def test_a_five_megabyte_text_shows_its_beginning_and_its_length(view):
    view.show_root(parse_json_nodes(json.dumps("x" * 5_000_000)))
    shown = lines(view)[0][1]
    assert shown.endswith("(5,000,000 characters)")
    assert len(shown) < 400


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000, "plain words"])
def test_what_cannot_be_taken_apart_is_shown_as_text(view, text):
    view.show_root(parse_json_nodes(text))
    assert len(lines(view)) == 1
    assert not view.root.has_children


def test_half_a_surrogate_pair_does_not_stop_the_view(view):
    view.show_root(parse_json_nodes('{"a\\ud800": "\\udfff"}'))
    assert len(lines(view)) == 1


def test_an_empty_list_is_one_line(view):
    view.show_root(parse_json_nodes("[]"))
    assert lines(view) == [("", "[0]")]


def test_the_current_value_and_its_path_are_copied(view, qtbot):
    view.show_root(parse_json_nodes('{"a/b": {"c~": [0.10, "two"]}, "t": "bare"}'))
    model = view.model()
    first = model.index(0, 0)
    deep = model.index(1, 1, model.index(0, 0, first))
    view.setCurrentIndex(model.index(0, 1))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == '{"c~": [0.10, "two"]}'
    view.setCurrentIndex(model.index(1, 0))
    view.copy_value()
    assert QGuiApplication.clipboard().text() == "bare"
    view.setCurrentIndex(deep)
    view.copy_path()
    assert QGuiApplication.clipboard().text() == "/a~1b/c~0/1"


def test_the_keyboard_folds_and_unfolds(view, qtbot):
    view.show_root(parse_json_nodes(json.dumps({"long": list(range(60))})))
    first = view.model().index(0, 0)
    assert not view.isExpanded(first)
    view.setCurrentIndex(first)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.isExpanded(first)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert not view.isExpanded(first)


def test_its_model_keeps_the_rules_of_qt(view):
    view.show_root(parse_json_nodes('{"a": [1, {"b": []}], "c": "d"}'))
    tester = QAbstractItemModelTester.FailureReportingMode.Warning
    QAbstractItemModelTester(view.model(), tester)
    view.expandAll()


def test_a_screen_reader_hears_name_and_value(view):
    view.show_root(parse_json_nodes('{"a": 1}'))
    said = view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "a: 1"
    assert view.accessibleName() == "JSON"


def test_ctrl_c_copies_the_value_also_where_the_window_has_that_key(view, qtbot):
    window_wide = []
    action = QAction("Copy", view)
    action.setShortcut(QKeySequence.StandardKey.Copy)
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.triggered.connect(lambda: window_wide.append(1))
    view.addAction(action)
    view.show_root(parse_json_nodes('{"name": "Ada"}'))
    view.setCurrentIndex(view.model().index(0, 0))
    view.setFocus()
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Ada"
    assert window_wide == []


def test_the_garbage_collector_has_little_to_look_through_of_a_long_text():
    number = 2_000
    text = json.dumps([{"id": n, "title": "a title", "done": True} for n in range(number)])
    before = len(gc.get_objects())

    root = parse_json_nodes(text)

    assert len(gc.get_objects()) - before < number
    assert [child.name for child in root.children[0].children[0].children] == [
        "id",
        "title",
        "done",
    ]
