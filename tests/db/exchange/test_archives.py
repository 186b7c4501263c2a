"""ZIP archives: looked into without being unpacked, and trusted no further than needed."""

import json
import stat
import zipfile

import pytest

from db.errors import ExchangeError
from db.exchange.exporting import export
from db.exchange.importing import stage_import
from tests.db.factories import ALL_TABLES, import_files, picture

TASKS = json.dumps([{"id": 1, "title": "first"}, {"id": 2, "title": "second"}])


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refusal(storage, path):
    with pytest.raises(ExchangeError) as caught:
        stage_import(storage, [path])
    assert picture(storage, ALL_TABLES) == {table: [] for table in ALL_TABLES}
    return str(caught.value)


def test_the_files_of_an_archive_are_imported(storage, tmp_path):
    path = packed(
        tmp_path / "work.zip",
        {"a.json": TASKS, "inner/b.jsonl": '{"id": 3, "title": "third"}\n' * 2, "c.png": b"x"},
    )

    report = import_files(storage, path)

    assert report.files == ["work.zip/a.json", "work.zip/inner/b.jsonl"]
    assert report.new == {"batch": 2, "task": 3}
    assert import_files(storage, path).effective == 0


def test_an_archive_in_a_folder_is_looked_into(storage, tmp_path):
    packed(tmp_path / "work.zip", {"a.json": TASKS})

    assert import_files(storage, tmp_path).files == ["work.zip/a.json"]


def test_the_original_of_a_member_comes_back_byte_for_byte(storage, tmp_path):
    import_files(storage, packed(tmp_path / "work.zip", {"a.json": TASKS}))

    export(storage, "original", tmp_path / "out")

    [written] = (tmp_path / "out").glob("*a.json")
    assert written.read_text() == TASKS


@pytest.mark.parametrize(
    "name", ["../a.json", "/etc/a.json", "x/../../a.json", "C:/a.json", "..\\a.json"]
)
def test_a_member_outside_the_archive_refuses_it(storage, tmp_path, name):
    path = packed(tmp_path / "work.zip", {name: TASKS})

    assert "names a place outside itself" in refusal(storage, path)


def test_a_link_in_an_archive_is_not_followed(storage, tmp_path):
    path = tmp_path / "work.zip"
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.json", TASKS)

    assert import_files(storage, path).files == ["work.zip/a.json"]


def test_what_unpacks_to_far_too_much_is_refused(storage, tmp_path):
    path = packed(tmp_path / "bomb.zip", {"a.json": b"[" + b" " * (32 << 20) + b"]"})

    assert "unpacks to" in refusal(storage, path)


def test_a_damaged_archive_is_refused(storage, tmp_path):
    path = packed(tmp_path / "work.zip", {"a.json": TASKS * 50})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)

    refusal(storage, path)


def test_what_is_no_archive_is_refused(storage, tmp_path):
    path = tmp_path / "work.zip"
    path.write_bytes(b"PK\x03\x04 but no more")

    refusal(storage, path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_refuse_an_archive_that_holds_them(storage, tmp_path):
    path = tmp_path / "work.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", TASKS)
        archive.writestr("a.json", json.dumps([{"id": 3, "title": "third"}]))

    assert "two files named 'a.json'" in refusal(storage, path)


def test_members_are_recognised_whatever_their_name_and_others_are_named(storage, tmp_path):
    many = {f"{number}.PNG": "x" for number in range(5)}
    path = packed(
        tmp_path / "work.zip",
        {"noext": TASKS, "chat.html": "<p>", "empty": "", "node_modules/x": TASKS, **many},
    )

    report = import_files(storage, path)

    assert report.files == ["work.zip/noext"]
    assert [*report.skipped] == [
        "work.zip/chat.html",
        "work.zip/empty",
        "work.zip/*.png (5 files)",
    ]


def test_a_member_that_is_no_data_is_not_checked(storage, tmp_path):
    path = packed(tmp_path / "work.zip", {"a.json": TASKS, "../pic.png": "x"})
    assert import_files(storage, path).files == ["work.zip/a.json"]


def test_an_archive_with_nothing_but_a_link_says_so(storage, tmp_path):
    path = tmp_path / "work.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    said = refusal(storage, path)

    assert "work.zip/a.json holds no records in a known format." in said
    assert "it is a link, and links are not followed: work.zip/a.json" in said
