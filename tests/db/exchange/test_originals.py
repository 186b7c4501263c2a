"""Every file that was given is kept byte for byte, once, and any part of it can be read."""

import gzip
import os
import random
import stat

import pytest

from db.errors import StorageDamagedError, StorageMissingError
from db.originals import MEMBER_BYTES, file_of, read_range, read_whole
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
