"""JSON is read exactly, in pieces of any size, and refused at the exact place."""

import io
import json
import math
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import MalformedFileError
from db.exchange.json_reader import (
    MAX_DEPTH,
    JsonCursor,
    Kind,
    Value,
    pointer_token,
    read_lines,
)

SUITE = Path(__file__).parents[4] / "shared" / "data" / "json_test_suite" / "test_parsing"
SUITE_FILES = sorted(SUITE.glob("*.json")) if SUITE.is_dir() else []


def cursor(content, **options):
    data = content if isinstance(content, bytes) else content.encode()
    return JsonCursor(io.BytesIO(data), **options)


def whole(content, **options):
    reader = cursor(content, **options)
    value = reader.value()
    reader.end()
    return value


def lines(content, **options):
    data = content if isinstance(content, bytes) else content.encode()
    return list(read_lines(io.BytesIO(data), **options))


def walk(reader):
    """Take a document to pieces through the cursor, and put it together again."""
    match reader.kind():
        case Kind.OBJECT:
            made = {}
            for key in reader.members():
                made[key] = walk(reader)
            return made
        case Kind.ARRAY:
            made = []
            for _ in reader.items():
                made.append(walk(reader))
            return made
        case _:
            return reader.value().data


def walked(content, **options):
    reader = cursor(content, **options)
    data = walk(reader)
    reader.end()
    return data


def skipped(content, **options):
    cursor(content, **options).end()


READERS = [whole, walked, skipped]


def refusal(read, content, **options):
    with pytest.raises(MalformedFileError) as caught:
        read(content, **options)
    return caught.value


def place(error):
    return error.line, error.column, error.pointer


def verdict(read, content, **options):
    """Tell whether a reader accepts a text; it may refuse it in one way only."""
    try:
        read(content, **options)
    except MalformedFileError:
        return "refused"
    return "accepted"


def contradicts(file, given):
    """Whether the verdict is not the one in the file's name; repeated keys we do refuse."""
    expected = {"y": "accepted", "n": "refused"}.get(file.name[0], given)
    if file.name.startswith("y_object_duplicated_key"):
        expected = "refused"
    return given != expected


@pytest.mark.skipif(not SUITE_FILES, reason="the JSON test suite is not at hand")
class TestSuiteFiles:
    @pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
    @pytest.mark.parametrize("read", READERS)
    def test_every_file_gets_the_verdict_in_its_name(self, read, block_bytes):
        wrong = [
            file.name
            for file in SUITE_FILES
            if contradicts(file, verdict(read, file.read_bytes(), block_bytes=block_bytes))
        ]
        assert wrong == []

    def test_all_ways_of_reading_agree_about_the_undecided_files(self):
        for file in SUITE_FILES:
            content = file.read_bytes()
            assert len({verdict(read, content) for read in READERS}) == 1, file.name

    def test_a_file_of_one_line_gets_the_same_verdict_as_a_line(self):
        one_line = [file for file in SUITE_FILES if b"\n" not in file.read_bytes().strip()]
        wrong = [
            file.name
            for file in one_line
            if contradicts(file, verdict(lines, file.read_bytes()))
            or verdict(lines, file.read_bytes()) != verdict(whole, file.read_bytes())
        ]
        assert wrong == []


# name: (content, line, column, pointer, part of the reason)
REFUSALS = {
    "empty": ("", 1, 1, "", "the file is empty"),
    "blank": (" \n\n ", 3, 2, "", "the file is empty"),
    "not JSON": ("hello", 1, 1, "", "no JSON value starts like this"),
    "cut array": ('{"a": [1,\n 2', 2, 3, "/a", "ends in the middle"),
    "cut string": ('["abc', 1, 6, "/0", "ends in the middle"),
    "cut escape": ('["ab\\u12', 1, 9, "/0", "ends in the middle"),
    "cut literal": ("[tru", 1, 5, "/0", "ends in the middle"),
    "cut number": ("[1.", 1, 4, "/0", "ends in the middle"),
    "cut after key": ('{"a"', 1, 5, "/a", "ends in the middle"),
    "NaN": ('{"a": NaN}', 1, 7, "/a", "NaN is not a JSON value"),
    "infinity": ("[1, Infinity]", 1, 5, "/1", "Infinity is not a JSON value"),
    "minus infinity": ("[-Infinity]", 1, 2, "/0", "-Infinity is not a JSON value"),
    "repeated key": ('{"x": {"a": 1,\n  "a": 2}}', 2, 3, "/x/a", 'the key "a" appears twice'),
    "repeated escaped key": ('{"a": 1, "\\u0061": 2}', 1, 10, "/a", '"a" appears twice'),
    "repeated lone surrogate": ('{"\\ud800":1,"\\ud800":2}', 1, 13, "/\\ud800", "\\ud800"),
    "control character": ('{"a": "x\ty"}', 1, 9, "/a", "control character U+0009"),
    "newline in string": ('["x\n"]', 1, 4, "/0", "control character U+000A"),
    "bad escape": ('["a\\x"]', 1, 4, "/0", "escape"),
    "text after": ("[1]\n\n  x", 3, 3, "", "more text after the end"),
    "leading zero": ("[1, 012]", 1, 5, "/1", "needless zero"),
    "half a number": ("[1.]", 1, 2, "/0", "not a JSON number"),
    "trailing comma": ("[1,\n]", 2, 1, "", "a comma may not stand before ]"),
    "missing comma": ('{"a/b": [1 2]}', 1, 12, "/a~1b", "a comma or ]"),
    "missing colon": ('{"a" 1}', 1, 6, "/a", "a colon"),
    "bare key": ("{a: 1}", 1, 2, "", "a key in double quotes"),
    "wrong closer": ("[1}", 1, 3, "", "a comma or ]"),
    "conflict": (
        '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> b\n}',
        2,
        1,
        "",
        "unresolved merge conflict markers",
    ),
    "conflict in array": ("[1,\n=======\n2]", 2, 1, "/1", "unresolved merge conflict markers"),
    "LFS": ("version https://git-lfs.github.com/spec/v1\n", 1, 1, "", "Git LFS pointer"),
    "bad UTF-8": (b'["a",\n"\xc3\xa9\xff"]', 2, 3, "/1", "not valid UTF-8"),
    "bad UTF-8 after the end": (b"[1]\n\xff", 2, 1, "", "not valid UTF-8"),
    "cut UTF-8": (b'["\xe2\x82', 1, 3, "/0", "not valid UTF-8"),
    "odd UTF-16": ("[1]".encode("utf-16") + b"\n", 1, 4, "", "not valid UTF-16"),
}


class TestRefusals:
    @pytest.mark.parametrize("block_bytes", [1, 5, 1 << 20])
    @pytest.mark.parametrize("read", READERS)
    @pytest.mark.parametrize("case", REFUSALS)
    def test_names_the_place_and_the_reason(self, case, read, block_bytes):
        content, line, column, pointer, reason = REFUSALS[case]
        error = refusal(read, content, block_bytes=block_bytes, path="tasks.json")
        assert place(error) == (line, column, pointer)
        assert reason in error.reason
        assert error.path == "tasks.json"

    @pytest.mark.parametrize("read", [whole, skipped])
    def test_a_hundred_thousand_levels_are_refused_at_the_first_that_is_too_deep(self, read):
        error = refusal(read, "[" * 100_000)
        assert place(error) == (1, MAX_DEPTH + 1, "/0" * MAX_DEPTH)
        assert "deeper than 512 levels" in error.reason

    @pytest.mark.parametrize("read", [whole, skipped])
    def test_the_depth_limit_is_exact(self, read):
        read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
        error = refusal(read, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
        assert error.column == MAX_DEPTH + 1

    def test_levels_around_a_value_count_too(self):
        reader = cursor('{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}")
        next(reader.members())
        with pytest.raises(MalformedFileError, match="deeper"):
            reader.value()

    def test_a_value_over_the_limit_is_refused_but_can_be_skipped_or_walked(self):
        content = json.dumps({"big": ["x" * 50] * 10, "small": 1})
        for block_bytes in (16, 1 << 20):
            options = {"max_value_chars": 100, "block_bytes": block_bytes}
            assert "longer than 100" in refusal(whole, content, **options).reason
            assert walked(content, **options) == json.loads(content)
            skipped(content, **options)

    def test_a_value_of_another_kind_than_asked_for_is_refused(self):
        error = refusal(lambda content: list(cursor(content).members()), "\n [1]")
        assert place(error) == (2, 2, "")
        assert "an object was expected here, not this array" in error.reason

    def test_taking_a_value_twice_is_a_mistake_of_the_caller(self):
        reader = cursor("1")
        reader.value()
        with pytest.raises(RuntimeError):
            reader.value()


class TestCursor:
    def test_tells_what_comes_next(self):
        reader = cursor('[{}, [], "", -1, true, false, null]')
        kinds = [reader.kind() for _ in reader.items()]
        assert kinds == [
            Kind.OBJECT,
            Kind.ARRAY,
            Kind.STRING,
            Kind.NUMBER,
            Kind.BOOLEAN,
            Kind.BOOLEAN,
            Kind.NULL,
        ]

    @pytest.mark.parametrize("block_bytes", [1, 1 << 20])
    def test_skips_what_is_not_taken_or_left_halfway(self, block_bytes):
        content = '{"a": [[1, 2], {"b": "]"}, 3], "c": {"d": [4, 5]}, "e": 6}'
        reader = cursor(content, block_bytes=block_bytes)
        taken = []
        for key in reader.members():
            if key == "c":
                for _ in reader.members():
                    next(reader.items())
                    break
            if key == "e":
                taken.append(reader.value())
        reader.end()
        assert [(value.data, value.pointer) for value in taken] == [(6, "/e")]

    def test_an_iterator_left_behind_ends(self):
        reader = cursor("[[1, 2], 3]")
        outer = reader.items()
        next(outer)
        inner = reader.items()
        next(inner)
        next(outer)
        assert list(inner) == []
        assert reader.value().data == 3

    def test_a_value_knows_its_place(self):
        content = (
            b'\xef\xbb\xbf{"\xc3\xa9": 1,\r\n "a/b~": [ 0,\n  {"x" : "\xf0\x9f\x98\x80"} ]}'
        )
        reader = cursor(content)
        values = []
        for key in reader.members():
            if key == "a/b~":
                values = [reader.value() for _ in reader.items()]
        raw = '{"x" : "😀"}'
        offset = content.index(b'{"x"')
        assert values[1] == Value({"x": "😀"}, raw, offset, 14, 3, "/a~1b~0/1")

    def test_numbers_keep_what_they_say(self):
        digits = "9" * 5_000
        content = f"[12345678901234567890123, 1e400, -0.0, 0.10, {digits}, -{digits}]"
        value = whole(content)
        assert value.raw == content
        assert value.data[:2] == [12345678901234567890123, math.inf]
        assert value.data[4:] == [Decimal(digits), Decimal("-" + digits)]

    def test_lone_surrogates_stay_lone(self):
        value = whole('["\\ud800", "\\uDC00x", "\\ud83d\\ude00"]')
        assert value.data == ["\ud800", "\udc00x", "😀"]
        assert value.raw == '["\\ud800", "\\uDC00x", "\\ud83d\\ude00"]'

    def test_a_value_is_read_with_little_stack_left(self):
        content = "[" * 400 + "1" + "]" * 400

        def deeper(levels):
            return deeper(levels - 1) if levels else whole(content).raw

        assert deeper(500) == content

    @pytest.mark.parametrize("read", READERS)
    def test_a_large_element_is_read_through_many_windows(self, read):
        element = {"text": 'x\n"é' * 40_000, "rows": [[index] for index in range(20_000)]}
        content = json.dumps([1, element, 2], ensure_ascii=False)
        data = read(content, block_bytes=1 << 16)
        assert read is skipped or (data.data if read is whole else data) == [1, element, 2]


class TestLines:
    def test_blank_lines_and_a_missing_last_newline_are_fine(self):
        content = '{"a": 1}\n\n  \r\n\t[2] \r\n"é"\n3'
        values = lines(content)
        assert [value.data for value in values] == [{"a": 1}, [2], "é", 3]
        assert [value.line for value in values] == [1, 4, 5, 6]
        assert [value.raw for value in values] == ['{"a": 1}', "[2]", '"é"', "3"]
        assert [value.offset for value in values] == [0, 15, 21, 26]

    @pytest.mark.parametrize(
        ("content", "expected", "reason"),
        [
            ("", (1, 1, ""), "the file is empty"),
            ("\n \n", (3, 1, ""), "the file is empty"),
            ('1\n  {"a": [1, }\n', (2, 13, "/a/1"), "no JSON value"),
            ('1\n{"a": 1, "b": {"c": 0, "c": 1}}', (2, 24, "/b/c"), 'key "c" appears twice'),
            ('1\n{"a\\u0022": "\\u0022", "b": 1, "b": 2}', (2, 31, "/b"), '"b" appears twice'),
            ('1\n{"a": "b', (2, 9, "/a"), "the line ends in the middle"),
            ("[1] 2\n", (1, 5, ""), "more text after"),
            ("[NaN]\n", (1, 2, "/0"), "NaN"),
            ("1\n<<<<<<< HEAD\n2\n", (2, 1, ""), "conflict markers"),
            ("version https://git-lfs.github.com/spec/v1\n", (1, 1, ""), "Git LFS"),
            (b"1\n\xff", (2, 1, ""), "not valid UTF-8"),
            (b'1\n["\xc3\xa9\xff"]\n2', (2, 4, "/0"), "not valid UTF-8"),
            ("[" * 600 + "]" * 600, (1, 513, "/0" * 512), "deeper than 512"),
        ],
    )
    @pytest.mark.parametrize("block_bytes", [1, 1 << 20])
    def test_a_bad_line_is_refused_at_its_place(self, content, expected, reason, block_bytes):
        error = refusal(lines, content, block_bytes=block_bytes)
        assert place(error) == expected
        assert reason in error.reason

    def test_the_lines_before_a_bad_one_are_given(self):
        reader = read_lines(io.BytesIO(b"1\n2\n\xff"))
        assert [next(reader).data, next(reader).data] == [1, 2]
        with pytest.raises(MalformedFileError):
            next(reader)

    def test_what_the_fast_decoder_refuses_is_still_read(self):
        digits = "9" * 5_000
        content = f'["\\ud800"]\n1e400\n{digits}\n["\\u0022"]\n' + "[[]" + ",[]" * 600 + "]"
        data = [value.data for value in lines(content)]
        assert data == [["\ud800"], math.inf, Decimal(digits), ['"'], [[]] * 601]

    def test_comments_are_passed_over(self):
        content = '// by a tool\n{"a": 1}\n\t//{"b":\n["//"]\r\n'
        found = [(value.data, value.offset, value.line) for value in lines(content)]
        assert found == [({"a": 1}, 13, 2), (["//"], 31, 4)]

    def test_a_line_over_the_limit_is_refused(self):
        for block_bytes in (16, 1 << 20):
            content = "1\n" + json.dumps("x" * 200) + "\n2"
            options = {"max_value_chars": 100, "block_bytes": block_bytes}
            error = refusal(lines, content, **options)
            assert place(error) == (2, 1, "")
            assert "longer than 100" in error.reason


def test_the_cursor_tells_where_values_start_and_end():
    content = '  {"é": [1, 2] ,\n"b":  3}  '
    reader = cursor(content)
    places = [reader.offset()]
    for _ in reader.members():
        places.append(reader.offset())
        reader.value()
        places.append(reader.offset())
    places.append(reader.offset())
    starts = [content.encode()[start:end] for start, end in pairwise(places)]
    assert starts[1::2] == [b"[1, 2]", b"3"]
    assert (places[0], places[-1]) == (2, len(content.encode()) - 2)


def test_a_pointer_token_is_escaped():
    assert pointer_token("a/b~c~1") == "a~1b~0c~01"


ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8 with mark": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16-le with mark": ("utf-16-le", b"\xff\xfe"),
    "utf-16-be with mark": ("utf-16-be", b"\xfe\xff"),
    "utf-16-le": ("utf-16-le", b""),
    "utf-16-be": ("utf-16-be", b""),
}
SPACE = st.text(" \t\r\n", max_size=3)
STRINGS = st.one_of(
    st.text(max_size=8),
    st.text(st.characters(categories=["Cs"]), max_size=3),
    st.sampled_from(['"', "\\", "[{", "😀é", "\x7f\u2028"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    STRINGS,
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(STRINGS, inner, max_size=5)
    ),
    max_leaves=20,
)


def has_lone_surrogate(text):
    return any("\ud800" <= char <= "\udfff" for char in text)


@st.composite
def written(draw, space=SPACE):
    """Return a random document as text, with random white space and escapes."""

    def write(data):
        match data:
            case dict():
                parts = [
                    f"{pad()}{write(key)}{pad()}:{pad()}{write(data[key])}" for key in data
                ]
                return "{" + f"{pad()},".join(parts) + pad() + "}"
            case list():
                return (
                    "[" + f"{pad()},".join(pad() + write(item) for item in data) + pad() + "]"
                )
            case str():
                return json.dumps(
                    data, ensure_ascii=has_lone_surrogate(data) or draw(st.booleans())
                )
            case _:
                return json.dumps(data)

    def pad():
        return draw(space)

    return pad() + write(draw(DOCUMENTS)) + pad()


def assert_same(mine, expected):
    assert json.dumps(mine) == json.dumps(expected)


def values_within(reader):
    """Yield every value of a document that is not an object or array, with its place."""
    match reader.kind():
        case Kind.OBJECT:
            for _ in reader.members():
                yield from values_within(reader)
        case Kind.ARRAY:
            for _ in reader.items():
                yield from values_within(reader)
        case _:
            yield reader.value()


class TestAnyDocument:
    @settings(max_examples=200)
    @given(written(), st.integers(1, 40), st.sampled_from(sorted(ENCODINGS)))
    def test_is_read_the_same_through_any_window(self, text, block_bytes, encoding):
        codec, mark = ENCODINGS[encoding]
        content = mark + text.encode(codec)
        expected = json.loads(text)
        value = whole(content, block_bytes=block_bytes)
        assert_same(value.data, expected)
        assert_same(json.loads(value.raw), expected)
        assert content[value.offset : value.offset + value.length].decode(codec) == value.raw
        assert_same(walked(content, block_bytes=block_bytes), expected)
        skipped(content, block_bytes=block_bytes)

    @settings(max_examples=100)
    @given(written(), st.integers(1, 40), st.sampled_from(sorted(ENCODINGS)))
    def test_knows_the_place_of_every_value_in_it(self, text, block_bytes, encoding):
        codec, mark = ENCODINGS[encoding]
        content = mark + text.encode(codec)
        for value in values_within(cursor(content, block_bytes=block_bytes)):
            assert (
                content[value.offset : value.offset + value.length].decode(codec) == value.raw
            )
            before = content[len(mark) : value.offset].decode(codec)
            assert value.line == before.count("\n") + 1
            found = json.loads(text)
            for token in value.pointer.split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                found = found[int(token) if isinstance(found, list) else key]
            assert_same(value.data, found)

    @settings(max_examples=100)
    @given(
        st.lists(written(st.sampled_from(["", " ", "\t", "\r"])), min_size=1, max_size=5),
        st.integers(1, 40),
        st.sampled_from(sorted(ENCODINGS)),
    )
    def test_is_read_the_same_as_a_line(self, texts, block_bytes, encoding):
        codec, mark = ENCODINGS[encoding]
        content = mark + "\n".join(texts).encode(codec)
        values = lines(content, block_bytes=block_bytes)
        assert [value.line for value in values] == list(range(1, len(texts) + 1))
        for value, text in zip(values, texts, strict=True):
            assert_same(value.data, json.loads(text))
            assert value.raw == text.strip()
            assert (
                content[value.offset : value.offset + value.length].decode(codec) == value.raw
            )

    @settings(max_examples=300)
    @given(written(), st.data(), st.integers(1, 40))
    def test_is_judged_alike_by_all_readers_after_a_random_change(
        self, text, data, block_bytes
    ):
        where = data.draw(st.integers(0, len(text)))
        noise = data.draw(
            st.sampled_from(["", ",", '"', "]", "}", "0", "-", "\\", "\x01", "e"])
        )
        text = text[:where] + noise + text[where + 1 :]
        places = set()
        for read in READERS:
            for size in (block_bytes, 1 << 20):
                try:
                    read(text, block_bytes=size)
                    places.add(None)
                except MalformedFileError as error:
                    places.add((place(error), error.reason))
        assert len(places) == 1
        try:
            json.loads(text, object_pairs_hook=without_repeats, parse_constant=refuse)
            assert places == {None}
        except ValueError:
            assert places != {None}

    @settings(max_examples=50)
    @given(written(), st.integers(1, 40), st.sampled_from(sorted(ENCODINGS)))
    def test_reaches_the_tee_byte_for_byte(self, text, block_bytes, encoding):
        codec, mark = ENCODINGS[encoding]
        content = mark + (text + "\n \n").encode(codec)
        blocks = []
        skipped(content, tee=blocks.append, block_bytes=block_bytes)
        assert b"".join(blocks) == content
        line_blocks = []
        line = mark + (json.dumps(json.loads(text)) + "\n \n").encode(codec)
        lines(line, tee=line_blocks.append, block_bytes=block_bytes)
        assert b"".join(line_blocks) == line


def without_repeats(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def refuse(constant):
    raise ValueError(constant)
