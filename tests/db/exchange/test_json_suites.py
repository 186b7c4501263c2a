"""Odd JSON and naughty strings, as values and as keys, come back as they were."""

import json

import pytest

from db.errors import ExchangeError
from db.exchange.importing import stage_text
from db.texts import storable
from tests.db.exchange.writing import exported
from tests.db.factories import ALL_TABLES, SHARED, faults, opened, picture

SUITE = sorted((SHARED / "json_test_suite").rglob("*.json"))
NAUGHTY_FILES = sorted((SHARED / "naughty_strings").glob("*.json"))
OWN_VALUES = {
    "y_number_exponent.json": b"[1e400, -0.0, 0.1000, 12345678901234567890, 1E+2]",
    "y_string_escapes.json": rb'["\u0000\ud800 \uD834\uDD1E \/ \b\f\n\r\t", "\u2028\u202e"]',
    "y_structure.json": b'{"": {"": [[], {}, null, true]}, "a.b/c~d": "\x7f"}',
    "n_cut.json": b'["a',
    "n_comma.json": b"[1,]",
    "n_nan.json": b"[NaN]",
}
OWN_STRINGS = [
    *("", "null", "\\", "'; DROP TABLE task--", "<script>", "田中", "\u202etest", "\x00"),
    *("\ud800", "%s%n", "$.id", "../../etc/passwd", "CON", "=cmd()", "\ufeff"),
]
REPEATED_KEY = "duplicated_key"
"""What the names have of the valid files in which a key is repeated, which Sheaf refuses."""


def values():
    """Return what to embed by file name, those of the suite where they are."""
    return OWN_VALUES | {path.name: path.read_bytes() for path in SUITE}


def strings():
    return OWN_STRINGS + [
        each for path in NAUGHTY_FILES for each in json.loads(path.read_text("utf-8"))
    ]


def exact(text):
    """Return a value in which numbers keep every digit, and objects the order of keys."""
    return json.loads(
        text, parse_float=str, parse_int=str, object_pairs_hook=lambda pairs: ["object", *pairs]
    )


def by_generic(storage):
    return exact(exported(storage, "generic"))


def by_dump(storage, format_name):
    """Return what another storage writes that was given a dump of this one."""
    with opened() as other:
        stage_text(other, exported(storage, format_name)).commit()
        return by_generic(other)


def comes_back(text):
    """Import an array of objects; see that it comes back on every way."""
    with opened() as storage:
        stage_text(storage, text, name="rows.json").commit()
        assert faults(storage) == []
        ways = [
            by_generic(storage),
            *(by_dump(storage, each) for each in ("sheaf", "sheaf-jsonl")),
        ]
    wanted = exact(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass"))
    for found in ways:
        assert found == wanted


def refusal(text, name):
    """Return why a file is refused and nothing of it imported, or None."""
    with opened() as storage:
        before = picture(storage, ALL_TABLES)
        try:
            staging = stage_text(storage, text, name=name)
        except ExchangeError as error:
            assert picture(storage, ALL_TABLES) == before
            return str(error)
        staging.discard()
    return None


@pytest.mark.parametrize("name", values())
def test_json_of_any_kind_as_a_value_comes_back_or_is_refused(name):
    text = b'[{"id": "1", "title": "row", "value": ' + values()[name] + b"}]"
    refused = refusal(text, name)

    if refused is None:
        assert not name.startswith("n_")
        comes_back(text)
    else:
        assert not name.startswith("y_") or REPEATED_KEY in name
        assert name in refused


def test_naughty_strings_come_back_as_values():
    rows = [
        {"id": str(number), "title": each, "description": each, "x": [each], "tags": [each]}
        for number, each in enumerate(strings())
    ]
    comes_back(json.dumps(rows))
    plain = [row for row in rows if row["title"].isprintable()]
    comes_back(json.dumps(plain, ensure_ascii=False))


def test_naughty_strings_come_back_as_keys():
    comes_back(
        json.dumps(
            [
                {
                    "id": str(number),
                    "title": "row",
                    f"{each} ": 1,
                    "inside": {each: {each: number}},
                }
                for number, each in enumerate(strings())
            ]
        )
    )


def test_naughty_strings_come_back_as_ids():
    distinct = {storable(each): each for each in strings()}.values()
    comes_back(json.dumps([{"id": each, "title": "row"} for each in distinct]))
