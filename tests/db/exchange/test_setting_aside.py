"""Records that cannot be used: all of them named, or set aside, mended and taken in."""

import pytest

from db.errors import ExchangeError, MalformedFileError, RefusedRecordsError
from db.exchange.exporting import export
from db.exchange.importing import stage_import
from db.exchange.retrying import retry
from db.incoming import BadRecords
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.records import Kind
from tests.db.factories import ALL_TABLES, EVERY_TASK, import_files, opened, picture

GOOD = '{"id": 1, "title": "first"}'
CUT = '{"id": 2, "title": "second"'
BROKEN = '{"id": 3, "title": }'
LAST = '{"id": 4, "title": "last"}'
MENDED = '{"id": 2, "title": "second", "n": 1.50}'


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_text("\n".join([GOOD, CUT, BROKEN, LAST]) + "\n")
    return path


def set_aside(storage, path):
    return import_files(storage, path, bad_records=BadRecords.SET_ASIDE)


def titles(storage):
    return {task.title for task in storage.fetch(Kind.TASK, storage.ids(EVERY_TASK))}


def nothing():
    return {table: [] for table in ALL_TABLES}


def test_every_record_that_cannot_be_used_is_named(storage, broken):
    with pytest.raises(RefusedRecordsError) as caught:
        stage_import(storage, [broken])

    places = [(each.line, each.text) for each in caught.value.problems]
    assert places == [(2, CUT), (3, BROKEN)]
    assert all(each.file == "work.jsonl" and each.reason for each in caught.value.problems)
    assert picture(storage, ALL_TABLES) == nothing()


def test_a_single_one_is_told_as_it_is(storage, tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_text("\n".join([GOOD, CUT, LAST]))

    with pytest.raises(MalformedFileError, match="line 2") as caught:
        stage_import(storage, [path])
    assert (caught.value.line, caught.value.text) == (2, CUT)


def test_the_rest_is_imported_where_they_are_set_aside(storage, broken):
    report = set_aside(storage, broken)

    assert titles(storage) == {"first", "last"}
    assert report.set_aside == 2
    assert [each.line for each in report.problems] == [2, 3]
    waiting = storage.tray.items(10)
    assert [(each.line, each.text, each.file) for each in waiting] == [
        (2, CUT, "work.jsonl"),
        (3, BROKEN, "work.jsonl"),
    ]


def test_most_lines_of_a_short_file_may_be_broken(storage, tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_text("\n".join([GOOD, CUT, BROKEN]) + "\n")

    report = set_aside(storage, path)

    assert titles(storage) == {"first"}
    assert [(each.line, each.text) for each in report.problems] == [(2, CUT), (3, BROKEN)]


def test_what_is_set_aside_survives_a_restart(tmp_path, broken):
    uri = f"sqlite:{tmp_path / 'w.sheaf'}"
    with opened(uri) as storage:
        set_aside(storage, broken)
    with opened(uri) as storage:
        assert storage.tray.count() == 2


def test_what_was_mended_is_taken_in_where_it_belongs(storage, broken):
    set_aside(storage, broken)
    first, second = storage.tray.items(10)
    storage.tray.mend(first.pk, MENDED)

    outcome, left = retry(storage, [first.pk])

    assert left == 0
    assert outcome.operation is not None
    assert titles(storage) == {"first", "second", "last"}
    assert [each.pk for each in storage.tray.items(10)] == [second.pk]
    tasks = storage.fetch(Kind.TASK, storage.ids(EVERY_TASK))
    assert len({task.batch_pk for task in tasks}) == 1


def test_before_it_is_taken_in_there_is_a_backup(file_storage, broken):
    set_aside(file_storage, broken)
    first, _second = file_storage.tray.items(10)
    file_storage.tray.mend(first.pk, MENDED)

    retry(file_storage, [first.pk])

    (made,) = Backups(file_storage).all()
    assert made.manifest.kind is BackupKind.IMPORT
    with Backups(file_storage).opened(made) as before:
        assert titles(before) == {"first", "last"}


def test_what_is_still_broken_goes_on_waiting(storage, broken):
    set_aside(storage, broken)
    first, second = storage.tray.items(10)

    with pytest.raises(MalformedFileError):
        retry(storage, [first.pk])
    assert storage.tray.count() == 2

    storage.tray.mend(first.pk, MENDED)
    _, left = retry(storage, [first.pk, second.pk])
    assert left == 1
    assert [each.text for each in storage.tray.items(10)] == [BROKEN]


@pytest.mark.parametrize("text", ["[]", "{ }", "null"])
def test_a_mended_text_without_a_record_goes_on_waiting(storage, broken, text):
    set_aside(storage, broken)
    first, second = storage.tray.items(10)
    storage.tray.mend(first.pk, text)
    with pytest.raises(ExchangeError, match="holds no record"):
        retry(storage, [first.pk])

    storage.tray.mend(second.pk, MENDED)
    outcome, left = retry(storage, [first.pk, second.pk])

    assert outcome.operation is not None
    assert left == 1
    assert [each.pk for each in storage.tray.items(10)] == [first.pk]


def test_undoing_shows_what_waited_before(storage, broken):
    set_aside(storage, broken)
    first, _ = storage.tray.items(10)
    storage.tray.mend(first.pk, MENDED)
    retry(storage, [first.pk])

    storage.history.undo()
    assert storage.tray.count() == 2
    storage.history.undo()
    assert storage.tray.count() == 0
    storage.history.redo()
    assert storage.tray.count() == 2


def test_what_is_dropped_waits_no_more_until_it_is_put_back(storage, broken):
    set_aside(storage, broken)
    pks = [each.pk for each in storage.tray.items(10)]

    storage.tray.drop(pks)
    assert storage.tray.count() == 0
    with pytest.raises(ExchangeError):
        retry(storage, pks)

    storage.tray.drop(pks, dropped=False)
    assert storage.tray.count() == 2


def test_a_document_that_breaks_off_gives_what_came_before(storage, tmp_path):
    path = tmp_path / "work.json"
    path.write_text(f"[{GOOD}, {LAST}, {CUT}")

    report = set_aside(storage, path)

    assert titles(storage) == {"first", "last"}
    assert report.set_aside == 1


def test_importing_again_sets_nothing_aside_twice(storage, broken):
    set_aside(storage, broken)
    report = set_aside(storage, broken)

    assert report.effective == 0
    assert storage.tray.count() == 2


def test_it_is_part_of_a_dump(storage, broken, tmp_path):
    set_aside(storage, broken)
    export(storage, "sheaf", tmp_path / "dump.json")

    with opened() as other:
        import_files(other, tmp_path / "dump.json")
        assert picture(other, ("set_aside",)) == picture(storage, ("set_aside",))
        assert other.tray.count() == 2


NOT_UTF_8 = b'{"id": 2, "title": "caf\xe9"}'
TOO_DEEP = b'{"id": 2, "x": %s}' % (b"[" * 600 + b"]" * 600)
TOO_DEEP_AND_LONG = b'{"id": 2, "x": %s}' % (b"[" * 200_000 + b"]" * 200_000)
LONG_AND_NOT_UTF_8 = b'{"id": 2, "title": "%s\xe9"}' % (b"x" * 400_000)


def as_lines(records):
    return b"\n".join(records) + b"\n"


def as_list(records):
    return b"[" + b",\n".join(records) + b"]\n"


def as_tasks(records):
    return b'{"tasks": [' + b",\n".join(records) + b"]}\n"


@pytest.mark.parametrize("shape", [as_lines, as_list, as_tasks])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("bad", [NOT_UTF_8, TOO_DEEP], ids=["not UTF-8", "too deep"])
def test_one_bad_record_costs_no_other(storage, tmp_path, shape, place, bad):
    records = [GOOD.encode(), LAST.encode()]
    records.insert(place, bad)
    path = tmp_path / "work.json"
    path.write_bytes(shape(records))

    report = set_aside(storage, path)

    assert titles(storage) == {"first", "last"}
    assert report.set_aside == 1
    with pytest.raises(MalformedFileError, match=f"line {place + 1}, column"):
        stage_import(storage, [path])


@pytest.mark.parametrize("shape", [as_lines, as_list])
@pytest.mark.parametrize(
    "bad", [LONG_AND_NOT_UTF_8, TOO_DEEP_AND_LONG], ids=["not UTF-8", "too deep"]
)
def test_a_bad_first_record_may_be_long(storage, tmp_path, shape, bad):
    path = tmp_path / "work.json"
    path.write_bytes(shape([bad, GOOD.encode(), LAST.encode()]))

    assert set_aside(storage, path).set_aside == 1
    assert titles(storage) == {"first", "last"}


def test_bytes_that_are_no_text_are_spelled_out_until_they_are_mended(storage, tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_bytes(as_lines([GOOD.encode(), NOT_UTF_8, LAST.encode()]))
    set_aside(storage, path)

    (item,) = storage.tray.items(10)
    assert (item.line, item.column) == (2, 24)
    assert item.text == r'{"id": 2, "title": "caf\xE9"}'
    assert "0xE9" in item.reason
    assert "spelled out" in item.reason
    with pytest.raises(MalformedFileError):
        retry(storage, [item.pk])

    storage.tray.mend(item.pk, '{"id": 2, "title": "café"}')
    retry(storage, [item.pk])
    assert titles(storage) == {"first", "café", "last"}
    export(storage, "original", tmp_path / "out")
    assert path.read_bytes() in {each.read_bytes() for each in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("shape", [as_lines, as_list, as_tasks])
@pytest.mark.parametrize("unit", [0xD83D, 0xDE80])
def test_half_a_character_of_utf_16_costs_its_own_record(
    storage, tmp_path, encoding, shape, unit
):
    bad = f'{{"id": 2, "title": "a{chr(unit)}b"}}'
    text = shape([GOOD.encode(), b"BAD", LAST.encode()]).decode().replace("BAD", bad)
    path = tmp_path / "work.json"
    path.write_bytes(f"\ufeff{text}".encode(encoding, "surrogatepass"))

    report = set_aside(storage, path)

    assert titles(storage) == {"first", "last"}
    (problem,) = report.problems
    assert "half a character" in problem.reason
    assert problem.text == bad.replace(chr(unit), f"\\x{unit:04X}")
    kept = path.read_bytes()[problem.offset :][: problem.length]
    assert kept.decode(encoding, "surrogatepass") == bad


def test_a_file_of_utf_16_that_ends_within_a_character_is_read_up_to_there(storage, tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_bytes(f"{GOOD}\n{LAST}\n".encode("utf-16") + b"x")

    assert set_aside(storage, path).set_aside == 1
    assert titles(storage) == {"first", "last"}


def test_a_byte_that_is_no_text_is_refused_at_its_place(storage, tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_bytes(as_lines([GOOD.encode(), NOT_UTF_8, LAST.encode()]))

    with pytest.raises(MalformedFileError, match="not valid UTF-8") as caught:
        stage_import(storage, [path])
    assert (caught.value.line, caught.value.column) == (2, 24)
    assert picture(storage, ALL_TABLES) == nothing()
