import json

import pytest

from db.errors import ExchangeError
from db.exchange.view_files import LARGEST_BYTES, read_view, write_view
from db.records import Kind, SavedView

VIEW = SavedView(
    pk=3,
    id="x",
    name="Unsure, and Größe",
    kind=Kind.DESIGN_NOTE,
    query='tag:"a b" conf:<=0.4',
    layout={"sort": "updated", "columns": {"hidden": ["tags"]}},
    is_default=True,
)
WHOLE = {"sheaf-view": 1, "name": "a", "kind": "task", "query": "", "layout": {}}


def test_a_view_that_is_written_is_read_back_as_a_new_one(tmp_path):
    path = tmp_path / "v.json"
    write_view(VIEW, path)
    read = read_view(path)
    assert (read.name, read.kind, read.query) == (VIEW.name, VIEW.kind, VIEW.query)
    assert read.layout == VIEW.layout
    assert (read.id, read.is_default) == ("", False)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        json.dumps({**WHOLE, "sheaf-view": 2}),
        json.dumps({**WHOLE, "name": " "}),
        json.dumps({**WHOLE, "name": 7}),
        json.dumps({**WHOLE, "kind": "cat"}),
        json.dumps({**WHOLE, "kind": ["task"]}),
        json.dumps({**WHOLE, "query": 7}),
        json.dumps({**WHOLE, "layout": []}),
        " " * (LARGEST_BYTES + 1),
    ],
)
def test_what_is_no_view_is_refused(tmp_path, content):
    path = tmp_path / "v.json"
    path.write_text(content)
    with pytest.raises(ExchangeError, match=r"^No view was read from v\.json: "):
        read_view(path)


def test_a_file_that_is_not_there_and_one_that_is_no_text_are_refused(tmp_path):
    with pytest.raises(ExchangeError):
        read_view(tmp_path / "none.json")
    path = tmp_path / "v.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExchangeError):
        read_view(path)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ExchangeError, match="could not be written"):
        write_view(VIEW, tmp_path / "none" / "v.json")


def test_what_no_list_can_make_use_of_is_left_out_of_a_layout(tmp_path):
    path = tmp_path / "v.json"
    layout = {
        "sort": "nope",
        "descending": "no",
        "compact": True,
        "later": 1,
        "columns": {
            "order": ["title", 5],
            "hidden": "x",
            "widths": {"title": -5, "kind": 80, "status": True, "tags": 10**12},
        },
    }
    path.write_text(json.dumps({**WHOLE, "layout": layout}))
    assert read_view(path).layout == {
        "compact": True,
        "columns": {"order": ["title"], "widths": {"kind": 80}},
    }
