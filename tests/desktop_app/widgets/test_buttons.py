import pytest

from desktop_app.widgets.buttons import ButtonRow


@pytest.mark.parametrize(("number", "lines"), [(2, [2]), (3, [3]), (4, [2, 2]), (5, [3, 2])])
def test_no_button_is_left_alone_in_a_second_line(shown, number, lines):
    row = ButtonRow(in_line=3)
    row.show_buttons([(f"Button {n}", lambda: None, False) for n in range(number)])
    shown(row)
    tops = [button.y() for button in row.buttons]
    assert [tops.count(top) for top in sorted(set(tops))] == lines
