"""Damaged files of every format: refused with a place, or read; never a crash or a half."""

import json
import random

import pytest

from db.errors import (
    ExchangeError,
    MalformedFileError,
    RefusedRecordsError,
    StorageRejectedError,
)
from db.exchange.choices import ImportChoices
from db.exchange.formats.base import formats
from db.exchange.importing import stage_text
from db.incoming import BadRecords
from db.records import Kind
from tests.db.exchange.samples import samples
from tests.db.exchange.writing import exported
from tests.db.factories import ALL_TABLES, faults, opened, picture, records_of

SEED = 20_260
VARIANTS = 16
SAMPLES = samples()
ODD = [None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], {}, [None], [[]], {"a": None}]


def truncated(content, chance):
    return content[: chance.randrange(len(content))]


def flipped(content, chance):
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def without_a_key(content, chance):
    return _changed(content, chance, lambda inner, key: inner.pop(key))


def of_another_type(content, chance):
    odd = chance.choice(ODD)
    return _changed(content, chance, lambda inner, key: inner.__setitem__(key, odd))


def without_a_line(content, chance):
    lines = content.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


DAMAGES = (truncated, flipped, without_a_key, of_another_type, without_a_line)


def _changed(content, chance, change):
    """Change one member, anywhere in a document or in one of its lines; lines of a text."""
    try:
        values, end = [json.loads(content)], b""
    except ValueError:
        values, end = [], b"\n"
        for line in content.splitlines():
            try:
                values.append(json.loads(line))
            except ValueError:
                return flipped(content, chance)
    places = [place for value in values for place in _places(value)]
    change(*chance.choice(places))
    return b"".join(json.dumps(value).encode() + end for value in values)


def _places(value):
    """Yield each container inside a value with each of its keys."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def damaged_files(name):
    """Return the name of a format's sample, and its damaged variants."""
    file, content = SAMPLES[name]
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 - only the same each time
    variants = []
    for number in range(VARIANTS):
        damage = DAMAGES[number % len(DAMAGES)]
        variants.append((damage.__name__, damage(content.encode(), chance)))
    return file, variants


def refusal(storage, content, choices, file):
    """Import a file and return the error by which it was refused, or None."""
    try:
        staging = stage_text(storage, content, choices, name=file)
    except ExchangeError as error:
        return error
    try:
        staging.commit()
    except StorageRejectedError as error:
        staging.discard()
        return error
    return None


def everything_shows(storage):
    """Read every record as the lists and the pane do, and all of it as a dump."""
    for kind in Kind:
        for record in records_of(storage, kind):
            storage.detail(kind, record.pk)
    for conversation in records_of(storage, Kind.CONVERSATION):
        storage.message_details([entry.pk for entry in storage.thread(conversation.pk)])
    return json.loads(exported(storage, "sheaf"))


def names_a_place(error, file):
    """Whether a refusal says which file it is about and, where it holds anything, where."""
    if isinstance(error, RefusedRecordsError):
        return error.problems and all(
            each.file == file and (each.line or each.pointer or each.offset is not None)
            for each in error.problems
        )
    if isinstance(error, MalformedFileError):
        return error.path == file and bool(error.line or error.pointer)
    return file in str(error)


def test_every_format_has_a_sample_that_is_recognised():
    assert set(SAMPLES) == set(formats())
    for name, (file, content) in SAMPLES.items():
        with opened() as storage:
            staging = stage_text(storage, content, name=file)
            assert (staging.report.formats, staging.report.effective > 0) == ([name], True)
            staging.discard()


def test_there_are_enough_variants():
    assert VARIANTS * len(SAMPLES) >= 300


@pytest.mark.parametrize("bad_records", BadRecords, ids=lambda policy: policy.value)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_file_is_refused_with_a_place_or_read(name, bad_records):
    file, variants = damaged_files(name)
    ways = [
        ImportChoices(bad_records=bad_records),
        ImportChoices(bad_records=bad_records, format_name=name),
    ]
    with opened() as storage:
        before = picture(storage, ALL_TABLES)
        for number, (damage, content) in enumerate(variants):
            about = (number, damage, content)
            error = refusal(storage, content, ways[number % 2], file)
            if error is None:
                assert faults(storage) == [], about
                assert everything_shows(storage), about
                before = picture(storage, ALL_TABLES)
            else:
                assert picture(storage, ALL_TABLES) == before, about
                assert names_a_place(error, file), (*about, error)
