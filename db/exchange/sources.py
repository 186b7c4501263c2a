"""The files that paths stand for: folders walked, ZIP archives looked into.

Nothing of an archive is ever written to disk. What it declares is believed only as far as
reading it goes: `zipfile` reads no more of a member than its declared size.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Final, NoReturn, cast

from msgspec import Struct

from db.errors import UnreadableFileError, VanishedFileError
from db.exchange.encoding import detect_encoding
from db.exchange.formats.base import leading_names
from db.texts import storable

MAX_MEMBERS: Final = 200_000
MAX_UNPACKED_BYTES: Final = 64 << 30
MAX_RATIO: Final = 250
"""So many times its packed size a member may have; JSON packs to about a tenth."""

SMALL_MEMBER_BYTES: Final = 16 << 20
"""Members up to this size may be packed as tightly as they like."""

SUFFIXES: Final = frozenset(
    {".json", ".jsonl", ".ndjson", ".traj", ".md", ".txt", ".yaml", ".yml", ".zip"}
)
"""What is looked at inside folders and archives, whatever it begins with."""

MOST_ALIKE: Final = 3
"""So many files of a folder that are no data are named; of more alike, their number."""

_OTHER_ARCHIVES: Final = frozenset(
    {".7z", ".bz2", ".gz", ".lz4", ".rar", ".tar", ".tgz", ".xz", ".zst"}
)
_PASSED_FOLDERS: Final = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__"})
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_SAMPLE_BYTES: Final = 1024
_RECORDS: Final = re.compile(r'\s*(\{\s*"|\[\s*\{)')
"""How JSON with records begins. `[` alone would be any settings file."""

_ENCRYPTED: Final = 0x1


class Source(Struct, frozen=True):
    """A file to import. `path` names it for ever; `is_named` if a person did, not a folder.

    `size` is in bytes. `format_name` and `origin` are given where they are known before.
    `passed_over` says why it is not looked into, if that is so. `is_part` tells that it holds
    records of a document without what that says of their batch.
    """

    name: str
    path: str
    size: int
    opened: Callable[[], BinaryIO]
    is_named: bool
    format_name: str | None = None
    origin: str | None = None
    passed_over: str = ""
    is_part: bool = False


def text_source(text: str | bytes, name: str) -> Source:
    """Return text that was pasted or piped as if it were a file."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return Source(name, "", len(data), lambda: io.BytesIO(data), is_named=True)


@contextmanager
def found_sources(paths: Sequence[Path]) -> Iterator[list[Source]]:
    """Return the files that paths name; they can be opened until the context ends.

    Raises:
        UnreadableFileError: a path names nothing, or an archive that cannot be trusted.
    """
    with ExitStack() as open_archives, _readable():
        yield [each for path in paths for each in _sources(path, open_archives)]


@contextmanager
def chosen_sources(folder: Path, paths: Sequence[Path]) -> Iterator[list[Source]]:
    """Return some files of a folder, as `found_sources` returns all of them.

    Raises:
        UnreadableFileError: an archive that cannot be trusted.
    """
    with ExitStack() as open_archives, _readable():
        yield [
            each
            for path in paths
            for each in _opened_up(
                path, path.relative_to(folder).as_posix(), open_archives, is_named=False
            )
        ]


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableFileError(
            f"{storable(str(error.filename))} cannot be read: {error.strerror}.",
            advice="Check its permissions, or choose another file.",
        ) from error


def _sources(path: Path, open_archives: ExitStack) -> list[Source]:
    if not path.is_dir():
        if not path.is_file():
            raise _no_file(path)
        return _opened_up(path, path.name, open_archives, is_named=True)
    found = [
        source
        for inside, why_not in _looked_through(path)
        for source in _inside(inside, inside.relative_to(path), why_not, open_archives)
    ]
    found = _counted(found, "", path)
    if all(source.passed_over for source in found):
        raise UnreadableFileError(
            f"{storable(str(path))} is a folder without files that Sheaf could read.",
            advice="Choose a file, or a folder with JSON, JSONL, Markdown or ZIP files.",
        )
    return found


def _no_file(path: Path) -> UnreadableFileError:
    name = storable(str(path))
    if path.exists():
        return UnreadableFileError(
            f"{name} is a pipe or a device, and those are not read.",
            advice="Save what comes from it to a file, or pipe it to `sheaf import -`.",
        )
    return UnreadableFileError(f"There is no file {name}.", advice="Check the path.")


def _counted(found: Sequence[Source], prefix: str, path: Path) -> list[Source]:
    """Return what was found; of many files alike that are no data, their number as one."""
    strange: dict[str, list[Source]] = {}
    for each in found:
        if each.passed_over in _STRANGE:
            strange.setdefault(PurePosixPath(each.name).suffix.lower(), []).append(each)
    many = {suffix: len(alike) for suffix, alike in strange.items() if len(alike) > MOST_ALIKE}
    few = [
        each
        for each in found
        if each.passed_over not in _STRANGE
        or PurePosixPath(each.name).suffix.lower() not in many
    ]
    return few + [
        _unopened(
            path,
            f"{prefix}*{suffix} ({number:,} files{'' if suffix else ' without a suffix'})",
            passed_over=_NO_DATA,
        )
        for suffix, number in many.items()
    ]


def walked(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, links, devices and archives but for ZIP left out.

    Whether they may hold records `why_strange` tells.

    What vanishes meanwhile is yielded as well: a file or a folder that cannot be opened.
    """
    return (path for path, why_not in _looked_through(folder) if not why_not)


def _looked_through(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of a folder, with why one is not looked into."""
    vanished: list[Path] = []

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error
        vanished.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = _in_order(set(folders) - _PASSED_FOLDERS)
        for name in folders:
            if Path(parent, name).is_symlink():
                yield Path(parent, name), _LINK
        for name in _in_order(names):
            yield (path := Path(parent, name)), _why_not(path)
    yield from ((path, "") for path in vanished)


_LINK: Final = "it is a link, and links are not followed"
_NO_FILE: Final = "it is a pipe or a device, not a file"
_INNER_ARCHIVE: Final = "an archive inside an archive is not looked into"
_OTHER_ARCHIVE: Final = "of archives, only ZIP is looked into"
_NO_DATA: Final = "neither the name nor the beginning is that of data"
_UNREADABLE: Final = "the name is not that of data, and the beginning cannot be read"


_STRANGE: Final = frozenset({_NO_DATA, _UNREADABLE})


def _why_not(path: Path) -> str:
    """Return why something in a folder is not looked into, or nothing."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    if not stat.S_ISREG(mode):
        return _LINK if stat.S_ISLNK(mode) else _NO_FILE
    return _OTHER_ARCHIVE if path.suffix.lower() in _OTHER_ARCHIVES else ""


def why_strange(path: Path) -> str:
    """Return why a file of a folder is taken for no data, or nothing.

    A name that data has is enough; any other file has to begin like JSON with records.
    """
    if path.suffix.lower() in SUFFIXES:
        return ""
    try:
        if not path.stat().st_size or _is_open_database(path):
            return _NO_DATA
        with path.open("rb") as stream:
            return "" if _begins_with_records(stream) else _NO_DATA
    except FileNotFoundError:
        return ""
    except OSError:
        return _UNREADABLE


def _begins_with_records(stream: BinaryIO) -> bool:
    head = stream.read(_SAMPLE_BYTES)
    encoding, mark_bytes = detect_encoding(head)
    return _RECORDS.match(head[mark_bytes:].decode(encoding, "ignore")) is not None


def _inside(
    path: Path, place: PurePath, why_not: str, open_archives: ExitStack
) -> list[Source]:
    """Return what a file of a folder holds; an archive that cannot be used fails later."""
    name = place.as_posix()
    why_not = why_not or why_strange(path)
    if not why_not:
        try:
            return _opened_up(path, name, open_archives, is_named=False)
        except UnreadableFileError as error:
            return [_unopened(path, name, opened=partial(_fail, error))]
    return [_unopened(path, name, passed_over=why_not)]


def _fail(error: UnreadableFileError) -> NoReturn:
    raise error


def _unopened(
    path: Path, name: str, *, opened: Callable[[], BinaryIO] = io.BytesIO, passed_over: str = ""
) -> Source:
    return Source(
        storable(name),
        storable(str(path.absolute())),
        0,
        opened,
        is_named=False,
        passed_over=passed_over,
    )


def _size_of(path: Path) -> int:
    """Return the size of a file; that of one that vanished is 0."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _in_order(names: Iterable[str]) -> list[str]:
    """Return the names of a folder, first those that others of the folder refer to."""
    return sorted(names, key=_place)


def _place(name: str) -> tuple[bool, str]:
    return name not in leading_names(), name


def _places(folder: str) -> list[tuple[bool, str]]:
    return [_place(name) for name in PurePosixPath(folder).parts]


def _opened_up(
    path: Path, name: str, open_archives: ExitStack, *, is_named: bool
) -> list[Source]:
    """Return a file as a source, or, of an archive, its members."""
    if _is_open_database(path):
        raise UnreadableFileError(
            f"{storable(name)} is a database that is in use.",
            advice="If it is a workspace, export from it what is to be imported.",
        )
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _members(path, name, open_archives)
    if suffix in _OTHER_ARCHIVES:
        raise _refused(name, f"cannot be opened: {_OTHER_ARCHIVE}")
    return [
        Source(
            storable(name),
            storable(str(path.absolute())),
            _size_of(path),
            _opener(path),
            is_named,
        )
    ]


def _is_open_database(path: Path) -> bool:
    """Whether a file is an SQLite database that some process has open, told from outside.

    It must not be looked into: closing it again would take away the locks that this process
    may hold on it, as POSIX has it.
    """
    database = Path(str(path).removesuffix("-wal").removesuffix("-shm"))
    return Path(f"{database}-shm").exists()


def _opener(path: Path) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            is_gone = isinstance(error, FileNotFoundError)
            raise (VanishedFileError if is_gone else UnreadableFileError)(
                f"{storable(str(path))} cannot be read: {error.strerror}.",
                advice="Check its permissions, or choose another file.",
            ) from error

    return opened


def _members(path: Path, name: str, open_archives: ExitStack) -> list[Source]:
    """Return the members of an archive, those that hold no records with why.

    Raises:
        UnreadableFileError: it is damaged, locked, too large unpacked, or names a place
            outside itself.
    """
    try:
        archive = open_archives.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        if path.stat().st_size and not zipfile.is_zipfile(path):
            raise _refused(
                name, "is cut off, or no ZIP archive: its table of contents is missing"
            ) from error
        raise _refused(name, f"is a damaged archive: {error}") from error
    listed = [each for each in archive.infolist() if not each.is_dir() and _is_data_at(each)]
    if len(listed) > MAX_MEMBERS:
        raise _refused(name, f"holds more than {MAX_MEMBERS:,} files")
    if sum(each.file_size for each in listed) > MAX_UNPACKED_BYTES:
        raise _refused(name, f"holds more than {MAX_UNPACKED_BYTES >> 30} GB when unpacked")
    strange = {each: why for each in listed if (why := _why_strange_member(archive, each))}
    found = _wanted(name, (each for each in listed if each not in strange))
    found |= {each.filename: each for each in strange if each.filename not in found}
    folders: dict[str, list[str]] = {}
    for inside in found:
        folders.setdefault(str(PurePosixPath(inside).parent), []).append(inside)
    sources = [
        Source(
            storable(f"{name}/{inside}"),
            storable(f"{path.absolute()}/{inside}"),
            found[inside].file_size,
            _member_opener(archive, found[inside], name),
            is_named=False,
            passed_over=strange.get(found[inside]) or _why_no_member(found[inside]),
        )
        for folder in sorted(folders, key=_places)
        for inside in sorted(folders[folder], key=lambda each: _place(PurePosixPath(each).name))
    ]
    return _counted(sources, f"{name}/", path)


def _wanted(name: str, listed: Iterable[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an archive that are looked at, by name.

    Raises:
        UnreadableFileError: one cannot be trusted, or two have one name.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    for each in listed:
        if each.filename in found:
            raise UnreadableFileError(
                f"{storable(name)} holds two files named {storable(each.filename)!r}.",
                advice="Find out which of them is wanted, and import that by itself.",
            )
        _check_member(name, each)
        found[each.filename] = each
    return found


def _is_data_at(member: zipfile.ZipInfo) -> bool:
    """Whether a member lies in no folder that holds nothing to import."""
    return _PASSED_FOLDERS.isdisjoint(PurePosixPath(member.filename).parts)


def _why_strange_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return why a member is taken for no data, or nothing; see `why_strange`."""
    if PurePosixPath(member.filename).suffix.lower() in SUFFIXES | _OTHER_ARCHIVES:
        return ""
    if _kind_of(member) not in {0, stat.S_IFREG}:
        return ""
    try:
        with archive.open(member) as stream:
            return "" if _begins_with_records(cast("BinaryIO", stream)) else _NO_DATA
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return _UNREADABLE


def _kind_of(member: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(member.external_attr >> 16)


def _why_no_member(member: zipfile.ZipInfo) -> str:
    """Return why a member is not looked into, or nothing."""
    kind = _kind_of(member)
    if kind not in {0, stat.S_IFREG}:
        return _LINK if kind == stat.S_IFLNK else _NO_FILE
    suffix = PurePosixPath(member.filename).suffix.lower()
    return _INNER_ARCHIVE if suffix in {*_OTHER_ARCHIVES, ".zip"} else ""


def _check_member(archive: str, member: zipfile.ZipInfo) -> None:
    """Refuse a member that cannot be trusted.

    Raises:
        UnreadableFileError: why.
    """
    inside = member.filename
    parts = inside.replace("\\", "/").split("/")
    if ".." in parts or inside.startswith(("/", "\\")) or _DRIVE.match(inside):
        raise _refused(archive, f"names a place outside itself, {storable(inside)!r}")
    if member.flag_bits & _ENCRYPTED:
        raise _refused(archive, "is locked with a password")
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > SMALL_MEMBER_BYTES and ratio > MAX_RATIO:
        raise _refused(
            archive,
            f"holds a file, {storable(inside)!r}, that unpacks to {ratio:,.0f} times its"
            f" size; up to {MAX_RATIO} times is believed",
        )


def _refused(name: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{storable(name)} {why}.",
        advice="Unpack it with a program you trust, and import the folder.",
    )


def _member_opener(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        try:
            return cast("BinaryIO", archive.open(member))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _refused(name, f"holds {storable(member.filename)!r}, damaged") from error

    return opened
