"""The answer of a sub-command, and how it and errors reach the terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, TextIO

from msgspec import to_builtins

from db.errors import (
    InvalidQueryError,
    RefusedRecordsError,
    SheafError,
    StorageFullError,
    StorageUnavailableError,
    UndecidedError,
    UnknownStorageKindError,
    UnwritableFileError,
)
from db.incoming import Problem
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import one_line

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
SET_ASIDE: Final = 3
UNAVAILABLE: Final = 4
INTERRUPTED: Final = 130

STANDARD_STREAM: Final = "-"
"""What stands for standard input or output where a path is asked for."""

_CODES: Final = (
    ((UsageError, InvalidQueryError, UnknownStorageKindError), USAGE),
    (StorageFullError, REFUSED),
    (StorageUnavailableError, UNAVAILABLE),
    (SheafError, REFUSED),
)
_PLACE_FIELDS: Final = ("reason", "path", "line", "column", "pointer")
SHOWN_PROBLEMS: Final = 50
SHOWN_CONFLICTS: Final = 20

Document = Mapping[str, Any]


class Paper(NamedTuple):
    """What text is written for: columns to fit in, None for as many as it takes."""

    width: int | None
    colour: bool


class Answer(NamedTuple):
    """What a sub-command has to say: a JSON document, and how people read it.

    `text` is made from the document, so the two cannot tell different things. A document
    of None is for answers that went to standard output already.
    """

    document: Document | None
    text: Callable[[Any, Paper], str]
    code: int = DONE


def exit_code(error: SheafError) -> int:
    """Return the exit code that tells scripts what can be done about an error."""
    return next(code for kinds, code in _CODES if isinstance(error, kinds))


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Lend standard output, and write out what is left in the end.

    Raises:
        UnwritableFileError: it cannot be written, such as a file on a full disk.
        BrokenPipeError: whoever reads it has enough.
    """
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        raise
    except OSError as error:
        _drop_output()
        raise UnwritableFileError(
            f"Standard output cannot be written: {error.strerror}.",
            safe="The storage itself is in order.",
            advice="Look with `sheaf list` at what was done.",
        ) from error


def _drop_output() -> None:
    """Let what is left go nowhere: Python would try, and fail, again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_answer(answer: Answer, *, as_json: bool, in_one_line: bool = False) -> None:
    """Print an answer to standard output: a JSON document, or text that fits the terminal.

    A document that is one of several goes `in_one_line`.
    """
    if answer.document is None:
        return
    with standard_output() as stream:
        if as_json:
            _write_json(answer.document, stream, in_one_line=in_one_line)
        else:
            _never_fail(stream)
            stream.write(answer.text(answer.document, paper_of(stream)) + "\n")


def write_error(error: SheafError, *, as_json: bool, in_one_line: bool = False) -> None:
    """Print an error to standard error: what happened, what is safe, what to do.

    Where JSON was asked for, standard output gets the same as a document.
    """
    _never_fail(sys.stderr)
    if isinstance(error, RefusedRecordsError):
        sys.stderr.write(f"sheaf: {error.headline} {error.safe} {error.advice}\n")
        for problem in error.problems:
            sys.stderr.write(f"  {problem_text(problem_document(problem))}\n")
    else:
        sys.stderr.write(f"sheaf: {error}\n")
    if isinstance(error, UndecidedError):
        for line in conflict_lines(to_builtins(error.conflicts)):
            sys.stderr.write(f"{line}\n")
    if as_json:
        with suppress(UnwritableFileError, BrokenPipeError), standard_output() as stream:
            document = {"error": _error_document(error)}
            _write_json(document, stream, in_one_line=in_one_line)


def _error_document(error: SheafError) -> Document:
    place = {
        field: to_builtins(getattr(error, field))
        for field in _PLACE_FIELDS
        if hasattr(error, field)
    }
    if isinstance(error, RefusedRecordsError):
        place["problems"] = [*map(problem_document, error.problems)]
    if isinstance(error, UndecidedError):
        place["conflicts"] = to_builtins(error.conflicts)
    return {
        "type": type(error).__name__,
        "what": error.what,
        "safe": error.safe,
        "advice": error.advice,
        **place,
        "code": exit_code(error),
    }


def problem_document(problem: Problem | Document) -> dict[str, Any]:
    """Return a problem with one pointer: to what is wrong, as exactly as that is known."""
    document: dict[str, Any] = dict(to_builtins(problem))
    document["pointer"] = document.pop("fault", "") or document["pointer"]
    return document


def conflict_lines(conflicts: Sequence[Document]) -> Iterator[str]:
    """Yield what each side made of the fields in dispute, of the first few records."""
    for conflict in conflicts[:SHOWN_CONFLICTS]:
        for name, (mine, theirs) in conflict["fields"].items():
            said = f"{conflict['title']}: {name} is {mine!r} here, {theirs!r} in the file"
            yield f"  {one_line(said)}"
    if (more := len(conflicts) - SHOWN_CONFLICTS) > 0:
        yield f"  and {more:,} more records"


def problem_text(problem: Document) -> str:
    """Return where something in a file is that cannot be used, and why."""
    place = [problem["file"]]
    place += [f"{word} {problem[word]}" for word in ("line", "column") if problem[word]]
    return f"{', '.join(place)}: {problem['reason']}"


def paper_of(stream: TextIO) -> Paper:
    """Return what fits on a stream: a terminal has a width, and perhaps colours."""
    on_terminal = stream.isatty()
    has_width = on_terminal or "COLUMNS" in os.environ
    width = shutil.get_terminal_size().columns if has_width else None
    return Paper(width, on_terminal and not os.environ.get("NO_COLOR"))


def _write_json(document: Document, stream: TextIO, *, in_one_line: bool) -> None:
    # A lone surrogate cannot be encoded; backslashreplace writes it as JSON escapes it.
    _never_fail(stream, encoding="utf-8")
    indent = None if in_one_line else 2
    json.dump(document, stream, ensure_ascii=False, indent=indent)
    stream.write("\n")


def _never_fail(stream: TextIO, encoding: str | None = None) -> None:
    """Have signs that a stream's encoding does not know written as escapes."""
    stream.reconfigure(encoding=encoding, errors="backslashreplace")  # type: ignore[attr-defined]
