"""Documents and folders of which a part cannot be read: the rest of them is imported."""

import io
import json
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import ExchangeError, MalformedFileError, RefusedRecordsError
from db.exchange import json_cursor
from db.exchange.importing import stage_import
from db.exchange.json_cursor import LOOKED_AHEAD_CHARS, JsonCursor
from db.exchange.retrying import retry
from db.incoming import PROBLEM_CHARS, BadRecords
from db.records import Kind
from tests.db.factories import batches_of, import_files, tasks_of

GOOD = '{"id": 1, "title": "first"}'
LAST = '{"id": 9, "title": "last"}'
FILLING = "y" * (2 * LOOKED_AHEAD_CHARS + PROBLEM_CHARS)
BROKEN = {
    "escape": r'{"id": 2, "title": "second", "x": "\q"}',
    "constant": '{"id": 2, "title": "second", "x": NaN}',
    "key twice": '{"id": 2, "id": 2, "title": "second"}',
    "comma": '{"id": 2, "title": "second",}',
    "inner bracket": '{"id": 2, "title": "second", "x": [1, {"y": 2]}',
    "brackets in strings": r'{"id": 2, "title": "sec]}\"ond", "x": "\q", "y": "[{"}',
    "line break in a string": '{"id": 2, "title": "sec\nond, \\"and {more\\""}',
    "string without end": '{"id": 2, "title": "second,\n "x": 1}',
    "string and record without end": '{"id": 2, "title": "second}',
    "no value": "?",
    "word": "nil",
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def set_aside(storage, *paths):
    return import_files(storage, *paths, bad_records=BadRecords.SET_ASIDE)


def titles(storage):
    return sorted(task.title for task in tasks_of(storage))


def texts(storage):
    return [item.text for item in storage.tray.items(100)]


@pytest.mark.parametrize(
    "shape", ["[{}]", '{{"tasks": [{}]}}', '{{"main": {{"tasks": [{}]}}}}']
)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_follows_a_broken_record_is_read(storage, tmp_path, shape, broken):
    good = GOOD.replace("}", ', "subtasks": []}')
    content = shape.replace("{}", "X").format().replace("X", f"{good},\n {broken} ,\n{LAST}")
    path = write(tmp_path / "work.json", content)

    report = set_aside(storage, path)

    assert titles(storage) == ["first", "last"]
    assert report.set_aside == 1
    (item,) = storage.tray.items(10)
    assert item.text == broken
    (problem,) = report.problems
    assert path.read_bytes()[problem.offset :][: problem.length].decode() == broken


def test_a_task_is_set_aside_with_its_broken_subtask(storage, tmp_path):
    sub = r'{"id": 2, "title": "outer", "subtasks": [{"id": 1, "title": "a\q"}], "details": ""}'
    whole = '{"id": 3, "title": "other", "subtasks": [{"id": 1, "title": "b"}]}'
    path = write(tmp_path / "tasks.json", f'{{"master": {{"tasks": [{sub}, {whole}]}}}}')

    set_aside(storage, path)

    assert titles(storage) == ["b", "other"]
    assert texts(storage) == [sub]


def test_an_object_of_records_by_name_is_read_on(storage, tmp_path):
    path = write(
        tmp_path / "work.json",
        '{"a": {"title": "first"}, "b": {"title": nil}, "c": {"title": "last"}}',
    )

    set_aside(storage, path)

    assert titles(storage) == ["first", "last"]
    assert texts(storage) == ['{"title": nil}']


def test_what_stands_around_the_lists_may_be_broken(storage, tmp_path):
    path = write(
        tmp_path / "tasks.json",
        f'{{"master": {{"metadata": {{"description": nil}}, "tasks": [{GOOD[:-1]},'
        ' "details": ""}]}}',
    )

    set_aside(storage, path)

    assert titles(storage) == ["first"]
    assert texts(storage) == ['{"description": nil}']


@pytest.mark.parametrize(
    ("content", "aside"),
    [
        (f"[{GOOD}, , {LAST}]", [","]),
        (f"[{GOOD}, {LAST},]", [","]),
        (f"[{GOOD} {LAST}]", [LAST]),
        (f"[{GOOD}, {LAST}}}, 7.x]", ["}", "7.x"]),
    ],
)
def test_what_stands_between_records_is_never_told_without_a_text(
    storage, tmp_path, content, aside
):
    set_aside(storage, write(tmp_path / "work.json", content))

    assert texts(storage) == aside
    assert titles(storage)[:1] == ["first"]


@pytest.mark.parametrize(
    ("content", "aside"),
    [
        (f'[{GOOD}, {{"id": 2, "title": "cut', '{"id": 2, "title": "cut'),
        (f'{{"tasks": [{GOOD}, {{"id": 2]}}}}, {LAST}]', None),
        (f"[{GOOD}", f"[{GOOD}"),
    ],
)
def test_where_no_end_is_found_the_rest_is_one_problem(storage, tmp_path, content, aside):
    report = set_aside(storage, write(tmp_path / "work.json", content))

    assert titles(storage) == ["first"]
    problem = report.problems[-1]
    assert "Nothing behind this place could be read" in problem.reason
    assert problem.text
    assert aside in {None, problem.text}


def test_it_is_told_how_much_was_not_read(storage, tmp_path):
    cut = '{"id": 2, "title": "cut'
    report = set_aside(storage, write(tmp_path / "work.json", f"[{GOOD}, {cut}"))

    assert f"could be read: {len(cut)} bytes." in report.problems[0].reason


def test_a_list_whose_only_record_is_long_and_broken_is_not_called_empty(storage, tmp_path):
    path = write(tmp_path / "work.json", f'[{{"title": nil, "text": "{FILLING}"}}]')

    with pytest.raises(MalformedFileError, match="line 1, column 12") as caught:
        stage_import(storage, [path])
    assert "empty" not in str(caught.value)


def test_a_long_broken_record_is_kept_as_far_as_texts_are(storage, tmp_path):
    long = '{"id": 2, "title": nil, "x": "' + "y" * (2 * PROBLEM_CHARS) + '"}'
    report = set_aside(storage, write(tmp_path / "work.json", f"[{GOOD}, {long}, {LAST}]"))

    assert titles(storage) == ["first", "last"]
    (problem,) = report.problems
    assert (problem.length, problem.text) == (len(long), long[:PROBLEM_CHARS])


@pytest.mark.parametrize("shape", ["[{}]", '{{"tasks": [{}]}}', '{{"m": {{"tasks": [{}]}}}}'])
@pytest.mark.parametrize("fault", ["nil", r'"\q"', '"sec\nond"', '[1, {"y": 2]'])
def test_what_follows_a_very_long_broken_record_is_read(storage, tmp_path, shape, fault):
    first, last = (each[:-1] + ', "subtasks": []}' for each in (GOOD, LAST))
    long = f'{{"id": 2, "text": "{FILLING}", "title": {fault}}}'
    content = shape.replace("{}", "X").format().replace("X", f"{first},\n{long},\n{last}")

    report = set_aside(storage, write(tmp_path / "work.json", content))

    assert titles(storage) == ["first", "last"]
    (problem,) = report.problems
    assert (problem.offset, problem.length) == (content.index(long), len(long))
    assert problem.text == long[:PROBLEM_CHARS]


def test_a_value_too_long_to_be_taken_is_stepped_over():
    long = '{"a": [1, 2], "b": "' + "y" * 500 + '"}'
    problems = []
    cursor = JsonCursor(
        io.BytesIO(f"[{GOOD}, {long}, {LAST}]".encode()),
        block_bytes=64,
        max_value_chars=100,
        on_fault=lambda error, value: problems.append((error, value)),
    )

    assert [each.raw for each in cursor.values()] == [GOOD, LAST]
    cursor.end()
    ((error, value),) = problems
    assert "longer than 100 characters" in error.reason
    assert (error.line, error.column, error.pointer) == (1, len(GOOD) + 4, "/1")
    assert value.raw == long


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from([GOOD, LAST, '"é😀"', *BROKEN.values()]), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-16-le"]),
    st.integers(1, 40),
    st.integers(1, 60),
)
def test_it_is_all_one_how_much_is_looked_at_at_once(records, encoding, block_bytes, ahead):
    def read():
        problems = []
        cursor = JsonCursor(
            io.BytesIO(f"[{', '.join(records)}]".encode(encoding)),
            block_bytes=block_bytes,
            on_fault=lambda error, value: problems.append((str(error), value)),
        )
        try:
            found = [*cursor.values()]
            cursor.end()
        except MalformedFileError as error:
            return problems, str(error), error.offset
        return problems, found

    with pytest.MonkeyPatch.context() as patch:
        whole = read()
        patch.setattr(json_cursor, "LOOKED_AHEAD_CHARS", ahead)
        assert read() == whole


def test_in_a_very_long_conversation_only_what_is_broken_is_set_aside(storage, tmp_path):
    node = '{{"message": {{"author": {{"role": "user"}}, "content": {{"parts": ["{}"]}}}}{}}}'
    nodes = [node.format(FILLING, ', "parent": null'), node.format("bad", ', "x": nil')]
    nodes.append(node.format("kept", ', "parent": "n0"'))
    mapping = ", ".join(f'"n{number}": {each}' for number, each in enumerate(nodes))
    name = '{{"conversation_id": "{}", "mapping": {{{}}}'
    long = f'{name.format("c1", mapping)}, "title": nil, "x": "\\q"}}'
    other = name.format("c2", f'"n": {nodes[2]}') + "}"

    report = set_aside(storage, write(tmp_path / "conversations.json", f"[{other}, {long}]"))

    assert report.formats == ["chatgpt"]
    assert [each.pointer for each in report.problems] == ["/1/mapping/n1", "/1/title", "/1/x"]
    assert report.new == {"conversation": 2, "message": 3}


def test_every_problem_of_a_document_is_named_when_it_is_refused(storage, tmp_path):
    broken = [BROKEN["escape"], BROKEN["comma"]]
    path = write(tmp_path / "work.json", f"[{GOOD}, {broken[0]}, {LAST},\n {broken[1]}]")

    with pytest.raises(RefusedRecordsError) as caught:
        stage_import(storage, [path])

    assert [each.text for each in caught.value.problems] == broken
    assert [each.pointer for each in caught.value.problems] == ["/1", "/3"]
    assert tasks_of(storage) == []


@pytest.mark.parametrize(
    "shape", ["[{}]", '{{"main": {{"tasks": [{}], "metadata": {{"n": 1}}}}}}']
)
def test_what_was_mended_comes_back_to_its_batch(storage, tmp_path, shape):
    first = '{"id": 1, "title": "first", "subtasks": []}'
    broken = '{"id": 2, "title": "second", "subtasks": [],}'
    content = shape.replace("{}", "X").format().replace("X", f"{first}, {broken}")
    set_aside(storage, write(tmp_path / "tasks.json", content))
    before = batches_of(storage)
    (item,) = storage.tray.items(10)
    storage.tray.mend(item.pk, broken.replace(",}", "}"))

    _, left = retry(storage, [item.pk])

    assert left == 0
    assert titles(storage) == ["first", "second"]
    assert len({task.batch_pk for task in tasks_of(storage)}) == 1
    raw = [storage.detail(Kind.BATCH, each.pk).raw for each in before]
    assert [each and json.loads(each) for each in raw] in (
        [None],
        [{"metadata": {"n": 1}}],
        [raw[0] and json.loads(raw[0])],
    )


UNREADABLE = {"latin.json": b'["\xe9"]', "broken.json": "{]", "cut.zip": b"PK\x03\x04"}


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "in/good.json", f"[{GOOD}]")
    for name, content in UNREADABLE.items():
        write(tmp_path / "in" / name, content)
    return tmp_path / "in"


def test_files_of_a_folder_that_cannot_be_read_are_named_and_the_others_imported(
    storage, folder
):
    report = set_aside(storage, folder)

    assert titles(storage) == ["first"]
    assert {each.file for each in report.unreadable} == UNREADABLE.keys()
    assert all(each.reason for each in report.unreadable)


def test_without_that_all_of_them_are_named_and_nothing_is_imported(storage, folder):
    with pytest.raises(RefusedRecordsError, match="3 files cannot be read") as caught:
        stage_import(storage, [folder])

    assert {each.file for each in caught.value.problems} == UNREADABLE.keys()
    assert tasks_of(storage) == []


def test_the_same_holds_inside_an_archive(storage, tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)

    report = set_aside(storage, tmp_path / "all.zip")

    assert titles(storage) == ["first"]
    assert {each.file for each in report.unreadable} == {
        "all.zip/latin.json",
        "all.zip/broken.json",
    }
    assert [*report.skipped] == ["all.zip/cut.zip"]


@pytest.mark.skipif(os.name != "posix", reason="a pipe and links are made")
def test_what_is_no_file_is_named_and_why(storage, tmp_path):
    folder = tmp_path / "in"
    write(folder / "good.json", f"[{GOOD}]")
    (folder / "link.json").symlink_to("good.json")
    (folder / "inner").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.json")
    write(folder / "all.tar.gz", b"\x1f\x8b")

    skipped = import_files(storage, folder).skipped

    words = {"link.json": "link", "inner": "link", "pipe.json": "pipe", "all.tar.gz": "ZIP"}
    assert skipped.keys() == words.keys()
    assert all(word in skipped[name] for name, word in words.items())


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [("a.zip", b"PK\x03\x04abc", "cut off"), ("a.tar.gz", b"\x1f\x8b", "only ZIP")],
)
def test_an_archive_that_cannot_be_opened_is_refused_in_its_own_words(
    storage, tmp_path, name, content, word
):
    with pytest.raises(ExchangeError, match=word):
        stage_import(storage, [write(tmp_path / name, content)])


def test_the_only_file_that_cannot_be_read_is_refused_as_it_is(storage, tmp_path):
    with pytest.raises(MalformedFileError, match="line 1"):
        set_aside(storage, write(tmp_path / "bad.json", "{]"))
