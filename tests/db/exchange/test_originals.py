"""Every file that was given is kept byte for byte, once, and any part of it can be read."""

import gzip
import hashlib
import os
import random
import stat

import pytest

from db.errors import StorageDamagedError, StorageMissingError, UnreadableFileError
from db.originals import (
    MEMBER_BYTES,
    OriginalWriter,
    file_of,
    is_kept,
    read_range,
    read_whole,
    remove,
)
from tests.db.factories import import_files, opened, task_named, write_json, write_lines

NOISE = random.Random(1)  # noqa: S311 - it only must not be compressible
BIG = [{"id": n, "title": f"row {n}", "noise": NOISE.randbytes(400).hex()} for n in range(4000)]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = write_lines(tmp_path_factory.mktemp("big") / "big.jsonl", BIG)
    return path.read_bytes()


@pytest.fixture
def kept(file_storage, tmp_path, content):
    """A storage that imported a file of three megabytes, its folder, and the upload."""
    import_files(file_storage, write_json(tmp_path / "big.jsonl", content))
    return file_storage, file_storage.originals_folder(), file_storage.uploads()[0]


def test_an_original_is_kept_byte_for_byte(kept, content):
    _, folder, upload = kept

    assert b"".join(read_whole(folder, upload.sha256)) == content
    assert (upload.size, upload.name, upload.format) == (len(content), "big.jsonl", "generic")
    with gzip.open(file_of(folder, upload.sha256)) as file:
        assert file.read() == content, "any gunzip reads it"


@pytest.mark.parametrize("content", [b'[{"id": 1}]', b'\xef\xbb\xbf[{"id":1} ]\r\n \n'])
def test_what_is_around_the_records_is_kept_too(storage, tmp_path, content):
    import_files(storage, write_json(tmp_path / "a.json", content))

    (upload,) = storage.uploads()
    assert b"".join(read_whole(storage.originals_folder(), upload.sha256)) == content


def test_any_range_is_read(kept, content):
    _, folder, upload = kept
    ends = [0, 1, MEMBER_BYTES - 1, MEMBER_BYTES, MEMBER_BYTES + 1, 2 * MEMBER_BYTES]
    for offset in ends:
        for length in (0, 1, 100, MEMBER_BYTES + 5):
            part = read_range(folder, upload.sha256, offset, length)
            assert part == content[offset : offset + length]
    assert read_range(folder, upload.sha256, len(content) - 3, 100) == content[-3:]


def test_each_record_knows_its_range(kept, content):
    storage, folder, upload = kept
    for number in (0, 1700, 3999):
        detail = task_named(storage, str(number))
        place = detail.source_range
        assert (place.upload_pk, place.name) == (upload.pk, "big.jsonl")
        found = read_range(folder, upload.sha256, place.offset, place.length)
        assert found.decode() == detail.raw


def test_the_same_content_is_kept_once(storage, tmp_path):
    rows = [{"id": 1}, {"id": 2}]
    for name in ("a.json", "b.json"):
        import_files(storage, write_json(tmp_path / name, rows))

    assert len({upload.sha256 for upload in storage.uploads()}) == 1
    kept = [file for file in storage.originals_folder().rglob("*") if file.is_file()]
    assert len(kept) == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_only_the_owner_can_read_an_original(kept):
    _, folder, upload = kept
    file = file_of(folder, upload.sha256)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.9999])
def test_a_changed_byte_is_noticed(kept, share):
    _, folder, upload = kept
    file = file_of(folder, upload.sha256)
    data = bytearray(file.read_bytes())
    data[int(len(data) * share)] ^= 0x10
    file.write_bytes(data)

    with pytest.raises(StorageDamagedError):
        list(read_whole(folder, upload.sha256))


def test_a_range_is_never_other_bytes_than_were_kept(kept, content):
    _, folder, upload = kept
    file = file_of(folder, upload.sha256)
    sound = file.read_bytes()
    noticed = 0
    for _ in range(60):
        data = bytearray(sound)
        data[NOISE.randrange(len(data))] ^= 1 << NOISE.randrange(8)
        file.write_bytes(data)
        try:
            assert read_range(folder, upload.sha256, 0, len(content)) == content
        except StorageDamagedError:
            noticed += 1
    assert noticed > 50


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_an_original_cut_short_is_noticed(kept, share):
    _, folder, upload = kept
    file = file_of(folder, upload.sha256)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(StorageDamagedError):
        list(read_whole(folder, upload.sha256))


def test_an_original_that_is_gone_is_called_missing(kept):
    _, folder, upload = kept
    file_of(folder, upload.sha256).unlink()

    with pytest.raises(StorageMissingError):
        read_range(folder, upload.sha256, 0, 1)


def test_originals_in_memory_go_with_it(tmp_path):

    with opened() as storage:
        import_files(storage, write_json(tmp_path / "a.json", [{"id": 1}]))
        folder = storage.originals_folder()
        assert folder.is_dir()

    assert not folder.exists()


def keep(folder, content, *, grown_from=None):
    writer = OriginalWriter(folder, grown_from=grown_from)
    for start in range(0, len(content), 100_000):
        writer.feed(content[start : start + 100_000])
    return writer.finish()


def whole(folder, sha256):
    return b"".join(read_whole(folder, sha256))


@pytest.fixture
def versions(tmp_path, content):
    """A file that grew a hundred times: its kept versions, each after the one before it."""
    folder, kept = tmp_path / "kept", []
    for number in range(101):
        size = len(content) - (100 - number) * 1000
        kept.append(keep(folder, content[:size], grown_from=kept[-1] if kept else None))
    return folder, kept


def disk_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*.gz"))


def test_of_a_file_that_grew_a_hundred_times_only_the_growth_is_kept(versions, content):
    folder, kept = versions

    for sha256, size in kept:
        assert whole(folder, sha256) == content[:size]
        assert hashlib.sha256(content[:size]).hexdigest() == sha256
    first = file_of(folder, kept[0][0]).stat().st_size
    assert disk_of(folder) < 1.5 * first


def test_any_range_of_a_version_is_read_whichever_files_it_is_in(versions, content):
    folder, kept = versions
    for number in (0, 1, 7, 64, 100):
        sha256, size = kept[number]
        assert is_kept(folder, sha256)
        for offset in (0, MEMBER_BYTES - 2, kept[0][1] - 1, kept[0][1], size - 1500, size - 1):
            for length in (0, 1, 3, 2500, MEMBER_BYTES + 5):
                part = read_range(folder, sha256, offset, length)
                assert part == content[:size][offset : offset + length], (number, offset)


def test_a_version_that_is_removed_takes_none_of_the_others_along(versions, content):
    folder, kept = versions
    order = list(range(101))
    random.Random(3).shuffle(order)  # noqa: S311 - any order will do
    for removed, number in enumerate(order, start=1):
        remove(folder, kept[number][0])
        for other in order[removed::17]:
            assert whole(folder, kept[other][0]) == content[: kept[other][1]]

    assert [file for file in folder.rglob("*") if file.is_file()] == []


def test_a_removed_version_comes_back_when_it_is_given_again(versions, content):
    folder, kept = versions
    remove(folder, kept[0][0])
    keep(folder, content[: kept[0][1]])
    for sha256, _ in kept[1:]:
        remove(folder, sha256)

    assert whole(folder, kept[0][0]) == content[: kept[0][1]]


def test_what_goes_on_from_an_original_that_is_gone_counts_as_missing(versions):
    folder, kept = versions
    file_of(folder, kept[0][0]).unlink()

    assert not is_kept(folder, kept[100][0])
    with pytest.raises(StorageMissingError):
        whole(folder, kept[100][0])


def test_a_file_that_does_not_begin_as_it_did_is_not_kept_as_if_it_had_grown(tmp_path):
    kept = keep(tmp_path, b"abc" * 1000)
    for other in (b"abd" * 1000 + b"more", b"abc" * 900):
        with pytest.raises(UnreadableFileError):
            keep(tmp_path, other, grown_from=kept)

    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [f"{kept[0]}.gz"]
