"""Of a damaged file all that can be read is saved, and what cannot is said."""

import hashlib
import os
import random
import subprocess
import sys

import apsw
import pytest

from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageMissingError, UnwritableFileError
from db.query import EVERYWHERE, QUERIES, MessageQuery, TaskQuery
from db.records import Kind
from db.storage import salvage
from tests.db.factories import (
    RECORD_TABLES,
    faults,
    import_files,
    make_batch,
    opened,
    picture,
    stage_everything,
    tasks_of,
    write_lines,
)

PAGE = 8192
TASKS = 800


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file with records of every kind, long texts and an original."""
    folder = tmp_path_factory.mktemp("sound")
    path = folder / "work.sheaf"
    noise = random.Random(1)  # noqa: S311 - to be repeated
    rows = [
        {"id": n, "title": f"task number {n}", "text": noise.randbytes(300).hex()}
        for n in range(TASKS)
    ]
    with opened(path) as storage:
        import_files(storage, write_lines(folder / "tasks.jsonl", rows))
        stage_everything(storage).commit()
        make_batch(storage, "by hand")
    return path


@pytest.fixture
def damaged(sound, tmp_path):
    """A copy of it, to be damaged."""
    path = tmp_path / "work.sheaf"
    path.write_bytes(sound.read_bytes())
    return path


def saved(path, output=None):
    output = output or path.with_name("saved.sheaf")
    return salvage(str(path), output, CancelToken()), output


def rows_of(report):
    return {table.name: table.rows for table in report.tables}


def damage_in(storage):
    """Return what is damaged, but for originals, which are not copied with the file."""
    return [each for each in faults(storage) if "original" not in each.check]


def overwrite(path, offset, content):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def pages_of(path, table):
    """Return the numbers of a table's pages, from 1, those that hold rows."""
    connection = apsw.Connection(str(path))
    found = connection.execute(
        "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)
    ).fetchall()
    connection.close()
    return [page for (page,) in found]


def test_of_a_sound_file_everything_is_saved(damaged):
    before = damaged.read_bytes()
    report, output = saved(damaged)

    assert report.is_whole
    assert damaged.read_bytes() == before
    assert output.stat().st_mode & 0o777 == 0o600
    with opened(damaged) as old, opened(output) as new:
        assert picture(new, RECORD_TABLES) == picture(old, RECORD_TABLES)
        assert damage_in(new) == []
        assert new.count(TaskQuery(text="number")) == TASKS
        assert new.history.operations()[0].title == old.history.operations()[0].title
    assert {each.name for each in output.parent.iterdir()} == {"work.sheaf", "saved.sheaf"}


def test_what_is_around_a_damaged_page_is_saved_and_what_was_on_it_is_named(damaged):
    pages = pages_of(damaged, "task")
    for page in pages[1:4:2]:
        overwrite(damaged, (page - 1) * PAGE, bytes(PAGE))

    report, output = saved(damaged)

    (lost,) = [table for table in report.tables if table.lost]
    assert lost.name == "task"
    assert len(lost.lost) == 2
    assert 0 < TASKS + 2 - lost.rows < TASKS / 2
    gone = sum(each.last - each.first + 1 for each in lost.lost)
    assert lost.rows + gone == TASKS + 2
    with opened(output) as storage:
        assert damage_in(storage) == []
        # Their texts are there, so they are kept under tasks made for them.
        assert len(tasks_of(storage)) == TASKS + 2
        assert storage.count(TaskQuery(text="number")) == lost.rows - 2
        storage.history.undo()


def test_tables_of_an_older_version_are_saved_and_brought_up_to_date(damaged):
    with opened(damaged) as storage:
        storage.migrate(9)
    overwrite(damaged, (pages_of(damaged, "task")[2] - 1) * PAGE, bytes(PAGE))

    report, output = saved(damaged)

    assert 0 < rows_of(report)["task"] < TASKS
    with opened(output) as storage:
        assert damage_in(storage) == []
        assert storage.count(TaskQuery(text="number")) == rows_of(report)["task"] - 2


def test_a_message_that_cannot_be_decoded_is_kept_as_it_stands_and_named(damaged):
    content = damaged.read_bytes()
    damaged.write_bytes(
        content.replace(b'[{"type":1,"text":"m1"}]', b'[{"type"x1,"text":"m1"}]')
    )

    report, output = saved(damaged)

    assert {each.name: each.undecoded for each in report.tables if each.undecoded} == {
        "message_body": 1
    }
    assert not report.is_whole
    with opened(output) as storage:
        assert damage_in(storage) == []
        (message, *_) = storage.message_details(storage.ids(MessageQuery(text="m1")))
        assert message.blocks[0].text == '[{"type"x1,"text":"m1"}]'


@pytest.mark.parametrize("seed", range(9))
def test_however_a_file_is_damaged_there_is_a_new_one_and_a_report(damaged, seed):
    content = bytearray(damaged.read_bytes())
    noise = random.Random(seed)  # noqa: S311 - to be repeated
    if seed % 3 == 0:
        for block in noise.sample(range(2, len(content) // 4096), 6):
            content[block * 4096 : (block + 1) * 4096] = bytes(4096)
    else:
        # Not in the list of tables, which takes the first pages.
        places = [noise.randrange(len(content) // 4, len(content)) for _ in range(300)]
        for place in places:
            if seed % 3 == 1:
                content[place] ^= 1 << noise.randrange(8)
            elif 32 <= content[place] < 127:
                content[place] = noise.choice(b'{}[]",:x1')
    damaged.write_bytes(content)

    report, output = saved(damaged)

    assert sum(rows_of(report).values()) > 0
    with opened(output) as storage:
        damage = {each.check for each in damage_in(storage)}
        assert damage <= {"leases", "unproven", "turns-missing", "turns-doubled"}
        for kind in Kind:
            pks = storage.ids(QUERIES[kind](places=EVERYWHERE))
            assert len(storage.fetch(kind, pks)) == len(pks)
    assert damaged.read_bytes() == content


def test_a_lost_text_leaves_the_record(damaged):
    for page in pages_of(damaged, "task_body")[:3]:
        overwrite(damaged, (page - 1) * PAGE, b"\xff" * PAGE)

    report, output = saved(damaged)

    assert rows_of(report)["task"] == TASKS + 2 > rows_of(report)["task_body"]
    with opened(output) as storage:
        assert storage.count(TaskQuery(text="number")) == TASKS
        assert damage_in(storage) == []


@pytest.mark.parametrize("size", [100, PAGE])
def test_a_beginning_that_is_gone_is_made_anew(damaged, size):
    overwrite(damaged, 0, bytes(size))

    report, output = saved(damaged)

    assert report.notes
    with opened(output) as storage:
        assert len(tasks_of(storage)) == TASKS + 2


def list_pages(path):
    """Return the numbers of the pages that the list of the tables is on."""
    connection = apsw.Connection(str(path))
    found = connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")
    pages = [page for (page,) in found]
    connection.close()
    return pages


@pytest.mark.parametrize("lost", [slice(0, 1), slice(1, 2), slice(2, 4), slice(0, None)])
def test_a_list_of_tables_that_is_gone_is_put_together(damaged, lost):
    with opened(damaged) as storage:
        rows = picture(storage, RECORD_TABLES)
    for page in list_pages(damaged)[lost]:
        overwrite(damaged, (page - 1) * PAGE, b"\xff" * PAGE)

    report, output = saved(damaged)

    assert not report.is_whole
    assert report.notes == ("the list of the tables was put together from what is left of it",)
    with opened(output) as storage:
        assert picture(storage, RECORD_TABLES) == rows
        assert damage_in(storage) == []


def test_of_a_list_that_is_in_part_gone_what_cannot_be_told_is_named(damaged):
    connection = apsw.Connection(str(damaged))
    connection.execute("VACUUM")
    connection.close()
    overwrite(damaged, (list_pages(damaged)[1] - 1) * PAGE, bytes(PAGE))

    report, output = saved(damaged)

    lost = {table.name for table in report.tables if table.lost}
    assert "task_tag" in lost
    assert all(name in report.notes[1] for name in lost)
    assert not lost & {"batch", "task", "task_body", "conversation", "message", "operation"}
    with opened(output) as storage:
        assert storage.count(TaskQuery(text="number")) == TASKS
        assert damage_in(storage) == []


def test_a_list_of_tables_of_an_older_version_is_put_together(damaged):
    with opened(damaged) as storage:
        storage.migrate(9)
    overwrite(damaged, (list_pages(damaged)[1] - 1) * PAGE, bytes(PAGE))

    _, output = saved(damaged)

    with opened(output) as storage:
        assert storage.count(TaskQuery(text="number")) == TASKS
        assert damage_in(storage) == []


_WRITE_AND_DIE = (
    "import os, sys; from db.storage import open_storage;"
    "from tests.db.factories import make_task; s = open_storage(sys.argv[1]);"
    "[make_task(s, f'task {n}') for n in range(20)]; os._exit(0)"
)


def test_the_log_counts_where_the_list_of_tables_is_gone(damaged):
    page = list_pages(damaged)[1]
    subprocess.run([sys.executable, "-c", _WRITE_AND_DIE, str(damaged)], check=True)
    overwrite(damaged, (page - 1) * PAGE, bytes(PAGE))

    _, output = saved(damaged)

    with opened(output) as storage:
        assert len(tasks_of(storage)) == TASKS + 2 + 20
        assert damage_in(storage) == []


def test_what_was_only_in_the_log_is_saved(tmp_path):
    path = tmp_path / "work.sheaf"
    subprocess.run([sys.executable, "-c", _WRITE_AND_DIE, str(path)], check=True)
    log = path.with_name("work.sheaf-wal")
    before = [hashlib.sha256(each.read_bytes()).digest() for each in (path, log)]

    report, output = saved(path)

    assert rows_of(report)["task"] == 20
    assert [hashlib.sha256(each.read_bytes()).digest() for each in (path, log)] == before
    with opened(output) as storage:
        assert len(tasks_of(storage)) == 20


def test_the_originals_go_along(sound, tmp_path):
    report, output = saved(sound, tmp_path / "new" / "saved.sheaf")

    assert report.originals == 1
    with opened(output) as storage:
        assert faults(storage) == []


def flip(content, chance):
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)


def scribble(content, chance):
    place = chance.randrange(len(content) - 64)
    content[place : place + 64] = chance.randbytes(64)


def zero(content, chance):
    page = chance.randrange(len(content) // PAGE) * PAGE
    content[page : page + PAGE] = bytes(PAGE)


def swap(content, chance):
    one, other = (chance.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    first, second = content[one : one + PAGE], content[other : other + PAGE]
    content[one : one + PAGE], content[other : other + PAGE] = second, first


def truncate(content, chance):
    del content[chance.randrange(PAGE, len(content)) :]


@pytest.mark.parametrize("harm", [flip, scribble, zero, swap, truncate])
def test_no_damage_is_too_strange(damaged, harm):
    chance = random.Random(harm.__name__)  # noqa: S311 - to be repeated
    whole = damaged.read_bytes()
    for number in range(3):
        content = bytearray(whole)
        for _ in range(6 if harm is not truncate else 1):
            harm(content, chance)
        damaged.write_bytes(content)
        try:
            _, output = saved(damaged, damaged.with_name(f"{number}.sheaf"))
        except StorageDamagedError:
            continue
        with opened(output) as storage:
            assert damage_in(storage) == []
        assert damaged.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"", b"a shopping list", bytes(50_000), os.urandom(50_000)]
)
def test_what_holds_nothing_of_sheafs_is_refused_and_leaves_nothing(tmp_path, content):
    path = tmp_path / "work.sheaf"
    path.write_bytes(content)

    with pytest.raises(StorageDamagedError) as caught:
        saved(path)

    assert "work.sheaf" in caught.value.what
    assert [each.name for each in tmp_path.iterdir()] == ["work.sheaf"]


def test_no_file_and_a_target_that_is_there_are_refused(damaged, tmp_path):
    with pytest.raises(StorageMissingError):
        saved(tmp_path / "none.sheaf")
    with pytest.raises(StorageMissingError):
        salvage("memory:", tmp_path / "x.sheaf", CancelToken())
    with pytest.raises(UnwritableFileError):
        saved(damaged, damaged)


def root_of(path, table):
    """Return the number of the page at which a table begins."""
    connection = apsw.Connection(str(path))
    found = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)
    ).fetchall()
    connection.close()
    return found[0][0]


@pytest.mark.parametrize("garbage", [b"\0", b"\xff", b"\x05", b"\x0a", b"\x0d"])
@pytest.mark.parametrize("table", ["task", "task_body"])
def test_the_rows_of_a_table_whose_first_page_is_gone_are_found(damaged, table, garbage):
    with opened(damaged) as storage:
        rows = picture(storage, RECORD_TABLES)
    assert len(pages_of(damaged, table)) > 1
    overwrite(damaged, (root_of(damaged, table) - 1) * PAGE, garbage * PAGE)

    report, output = saved(damaged)

    assert not report.is_whole
    assert report.notes == (f"the inner pages of {table} were written anew",)
    assert not any(each.lost or each.refused for each in report.tables)
    with opened(output) as storage:
        assert picture(storage, RECORD_TABLES) == rows
        assert damage_in(storage) == []


def test_rows_that_a_page_no_longer_leads_to_are_found(damaged):
    with opened(damaged) as storage:
        rows = picture(storage, RECORD_TABLES)
    cells = (root_of(damaged, "task") - 1) * PAGE + 3
    overwrite(damaged, cells, (2).to_bytes(2, "big"))

    report, output = saved(damaged)

    assert report.notes == ("the inner pages of task were written anew",)
    with opened(output) as storage:
        assert picture(storage, RECORD_TABLES) == rows


@pytest.fixture(scope="module")
def tall(tmp_path_factory):
    """A file with a table that has inner pages below its first, and long texts."""
    folder = tmp_path_factory.mktemp("tall")
    path = folder / "work.sheaf"
    noise = random.Random(1)  # noqa: S311 - to be repeated
    rows = [
        {"id": n, "title": f"task {n}", "text": noise.randbytes(1050 if n % 50 else 9000).hex()}
        for n in range(1400)
    ]
    with opened(path) as storage:
        import_files(storage, write_lines(folder / "tasks.jsonl", rows))
    return path


def inner_pages_of(path, table):
    connection = apsw.Connection(str(path))
    found = connection.execute(
        "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'internal'", (table,)
    ).fetchall()
    connection.close()
    return [page for (page,) in found]


@pytest.mark.parametrize("lost", [slice(0, 1), slice(1, 2), slice(0, None)])
def test_so_they_are_where_many_pages_led_to_them(tall, tmp_path, lost):
    path = tmp_path / "work.sheaf"
    path.write_bytes(tall.read_bytes())
    with opened(path) as storage:
        rows = picture(storage, RECORD_TABLES)
    inner = inner_pages_of(path, "task_body")
    assert len(inner) > 2
    for page in inner[lost]:
        overwrite(path, (page - 1) * PAGE, b"\xff" * PAGE)

    report, output = saved(path)

    assert not any(each.lost for each in report.tables)
    with opened(output) as storage:
        assert picture(storage, RECORD_TABLES) == rows


def test_what_is_not_found_of_a_table_is_named(damaged):
    pages = pages_of(damaged, "task")
    overwrite(damaged, (root_of(damaged, "task") - 1) * PAGE, bytes(PAGE))
    for page in (pages[1], pages[-1]):
        overwrite(damaged, (page - 1) * PAGE, bytes(PAGE))

    report, _ = saved(damaged)

    (task,) = [table for table in report.tables if table.lost]
    assert task.name == "task"
    assert len(task.lost) == 2
    assert task.lost[-1].last == TASKS + 2
    gone = sum(each.last - each.first + 1 for each in task.lost)
    assert task.rows + gone == TASKS + 2
    assert task.rows > TASKS / 2


def test_pages_that_may_be_of_two_tables_are_not_guessed_at(damaged):
    connection = apsw.Connection(str(damaged))
    connection.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)"
        " INSERT OR IGNORE INTO execution_body (pk, description)"
        " SELECT n + 100, hex(zeroblob(300)) FROM n"
    )
    connection.close()
    for table in ("task_body", "execution_body"):
        assert len(pages_of(damaged, table)) > 1
        overwrite(damaged, (root_of(damaged, table) - 1) * PAGE, bytes(PAGE))

    report, _ = saved(damaged)

    found = rows_of(report)
    assert found["task_body"] == found["execution_body"] == 0
    assert "it cannot be told what table they belong to" in report.notes[0]


def test_pages_that_are_no_longer_in_use_are_not_taken_for_rows(damaged):
    connection = apsw.Connection(str(damaged))
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("DELETE FROM task_body WHERE pk > 300")
    connection.execute("DELETE FROM task WHERE pk > 300")
    connection.close()
    overwrite(damaged, (root_of(damaged, "task") - 1) * PAGE, bytes(PAGE))

    report, _ = saved(damaged)

    assert rows_of(report)["task"] == 300


def test_what_belongs_nowhere_any_more_is_put_into_one_place(damaged):
    connection = apsw.Connection(str(damaged))
    (messages,) = connection.execute("SELECT count(*) FROM message").fetchone()
    (runs,) = connection.execute("SELECT count(*) FROM execution_body").fetchone()
    assert messages > 1
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM message")
    connection.execute("DELETE FROM conversation")
    connection.execute("DELETE FROM execution")
    connection.close()

    _, output = saved(damaged)

    with opened(output) as storage:
        conversations = storage.fetch(
            Kind.CONVERSATION, storage.ids(QUERIES[Kind.CONVERSATION]())
        )
        assert [each.title for each in conversations] == ["Recovered messages"]
        assert conversations[0].messages == messages
        assert [task.title for task in tasks_of(storage)].count("Recovered runs") == bool(runs)
        assert damage_in(storage) == []
