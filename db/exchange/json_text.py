"""The words of a JSON text (space, strings, numbers), read through a sliding window."""

import re
from collections.abc import Callable, Sequence
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Protocol

from db.errors import MalformedFileError
from db.exchange.encoding import encoded_size, first_stray, stray_fault

MAX_VALUE_CHARS = 64 << 20
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

_SPACE = re.compile(r"[ \t\n\r]*").match
_STRING_PART = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+').match
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?").fullmatch
_ESCAPE_CHARS = 6
_NUMBER_CHARS = re.compile(r"[-+.0-9eE]*").match
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?").fullmatch
_LEADING_ZERO = re.compile(r"-?0[0-9]").match
_NOT_JSON = ("NaN", "Infinity", "-Infinity")
_CONFLICT_MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")
_LFS_POINTER = "version https://git-lfs"
_IS_LFS_POINTER = "the file is a Git LFS pointer, not the data it points to"
EMPTY = "the file is empty"
ADVICE = {
    EMPTY: "Look whether the program that writes it was done, or choose another file.",
    _IS_LFS_POINTER: "Fetch the data with `git lfs pull`, then import the file again.",
}
"""What to do where there is no place in the file to mend."""

_LONGEST_WORD = len(_LFS_POINTER)
_IN_STRING = re.compile(r'[^"\\\n]*+').match
_BETWEEN_STRINGS = re.compile(r'[^"\\,{}\[\]]*+').match
_NEXT_STRING = re.compile(r'[\s{}\[\],]*+"').match
_ENDS = "]}, \t\r"
_OPENERS = {"}": "{", "]": "["}


class Source(Protocol):
    """Where the window takes its text from; see `TextSource`."""

    encoding: str
    mark_bytes: int
    has_strays: bool

    def read(self) -> str:
        """Return the next piece of text, or "" at the end."""


class JsonText:
    """A window of text with a position that knows its line, column and byte offset.

    The window keeps what stands from `pos` on or, while a value is being taken, from `held`;
    `windows` counts how often it moved on. What leaves it behind a `mark` is kept too, piece
    by piece, to be read again.
    """

    def __init__(
        self,
        source: Source,
        pointer: Callable[[], str],
        *,
        path: str = "",
        line: int = 1,
        unit: str = "file",
        max_value_chars: int = MAX_VALUE_CHARS,
    ) -> None:
        self.text = ""
        self.pos = 0
        self.held: int | None = None
        self.marked: int | None = None
        self.windows = 0
        self.line = line
        self.offset = source.mark_bytes
        self._source = source
        self._pointer = pointer
        self._path = path
        self._unit = unit
        self.max_value_chars = max_value_chars
        self._at_end = False
        self._kept: list[str] = []
        self._again: list[str] = []
        self._located = 0
        self._line_start = 0

    def more(self) -> bool:
        """Lengthen the window, at least to the double of what it keeps; False at the end."""
        if self._at_end and not self._again:
            return False
        keep = self.pos if self.held is None else self.held
        if self.marked is None:
            self.check_size(keep, len(self.text))
        else:
            self._keep_marked(keep)
        parts: list[str] = []
        missing = max(1, len(self.text) - keep)
        while missing > 0 and (part := self._read()):
            parts.append(part)
            missing -= len(part)
        self._at_end = missing > 0
        if not parts:
            return False
        self.locate(keep)
        self.text = "".join([self.text[keep:], *parts])
        self.pos -= keep
        self.held = None if self.held is None else self.held - keep
        self.marked = None if self.marked is None else self.marked - keep
        self._line_start -= keep
        self._located = 0
        self.windows += 1
        return True

    def _read(self) -> str:
        return self._again.pop() if self._again else self._source.read()

    def _keep_marked(self, end: int) -> None:
        """Keep what stands between the mark and a place where the window is cut."""
        assert self.marked is not None
        if self.marked < end:
            self._kept.append(self.text[self.marked : end])
            self.marked = end
        if sum(map(len, self._kept)) + len(self.text) - end > self.max_value_chars:
            error = MalformedFileError(too_large(self.max_value_chars), path=self._path)
            error.is_too_large = True
            raise error

    def need(self, chars: int) -> None:
        """Lengthen the window until so many characters follow, or the text ends."""
        while len(self.text) - self.pos < chars and self.more():
            pass

    def locate(self, pos: int) -> None:
        """Set `line` and `offset` to those of `pos`; positions never go back."""
        start = self._located
        newlines = self.text.count("\n", start, pos)
        if newlines:
            self.line += newlines
            self._line_start = self.text.rfind("\n", start, pos) + 1
        if self._source.encoding == "utf-8" and self.text.isascii():
            self.offset += pos - start
        else:
            self.offset += self.size(self.text[start:pos])
        self._located = pos

    def mark(self) -> None:
        """Keep the text from the position on, up to the limit, so that `back` can return."""
        self.locate(self.pos)
        self.marked = self.pos
        self._mark = self.line, self.offset, self._line_start - self.pos

    def back(self) -> None:
        """Return to where `mark` was called, and keep the text no longer."""
        assert self.marked is not None
        if self._kept:
            self._again += filter(None, [self.text[self.marked :], *reversed(self._kept)])
            self._kept.clear()
            self.text, self.marked = "", 0
            self.windows += 1
        self.pos = self._located = self.marked
        self.line, self.offset, line_start = self._mark
        self._line_start = self.pos + line_start
        self.marked = self.held = None

    def pass_over(self, closers: Sequence[str], max_chars: int) -> tuple[str, bool]:
        """Move behind an entry that is no JSON, to the comma or bracket that ends it.

        `closers` end the values that it stands in, the innermost last. Returns the text, at
        most `max_chars` of it, and whether there was an end; where there is none, the
        position may be anywhere.
        """
        walk = _LooseWalk(closers)
        parts: list[str] = []
        missing = max_chars
        while True:
            start = self.pos
            self.pos = walk.move(self.text, start)
            parts.append(self.text[start : min(self.pos, start + missing)])
            missing -= len(parts[-1])
            if walk.is_over or not self.more():
                return "".join(parts).rstrip(), walk.has_end

    def size(self, text: str) -> int:
        """Return the length of `text` in the file, in bytes."""
        return encoded_size(text, self._source.encoding)

    def check_size(self, start: int, end: int) -> None:
        """Refuse a value longer than the limit."""
        if end - start > self.max_value_chars:
            error = self.error(start, too_large(self.max_value_chars))
            error.is_too_large = True
            raise error

    def is_cut(self, pos: int, message: str = "") -> bool:
        """Whether a scanner's fault at `pos` may only be due to the end of the window."""
        return len(self.text) - pos <= _LONGEST_WORD or message.startswith("Unterminated")

    def peek(self) -> str:
        """Skip white space and return the next character, or "" at the end."""
        while True:
            if space := _SPACE(self.text, self.pos):
                self.pos = space.end()
            if self.pos < len(self.text):
                return self.text[self.pos]
            if not self.more():
                return ""

    def string(self) -> tuple[str, int]:
        """Return the string at the position and where it ends, without moving there."""
        while True:
            try:
                value, end = scanstring(self.text, self.pos + 1)
            except JSONDecodeError as error:
                if not (self.is_cut(error.pos, error.msg) and self.more()):
                    self.skip_string()
                    raise
            else:
                self._check_strays(self.pos, end)
                return str(value), int(end)

    def skip_string(self) -> None:
        """Move behind the string at the position, however long it is."""
        self.pos += 1
        self.need(_ESCAPE_CHARS)
        while (part := _STRING_PART(self.text, self.pos)) and part.end() > self.pos:
            self._check_strays(self.pos, part.end())
            self.pos = part.end()
            self.need(_ESCAPE_CHARS)
        match self.text[self.pos : self.pos + 1]:
            case '"':
                self.pos += 1
            case "\\" if not _CUT_ESCAPE(self.text, self.pos):
                raise self.error(self.pos, "this is not an escape that JSON knows")
            case "" | "\\":
                raise self.truncated()
            case char:
                raise self.error(
                    self.pos, f"a string holds the control character U+{ord(char):04X}"
                )

    def number(self) -> str:
        """Return the text of the number at the position and move behind it."""
        while True:
            token = _NUMBER_CHARS(self.text, self.pos)
            end = token.end() if token else self.pos
            if end < len(self.text) or not self.more():
                break
        number = self.text[self.pos : end]
        if not _NUMBER(number):
            if end == len(self.text) and _NUMBER(number + "0"):
                raise self.truncated()
            if _LEADING_ZERO(number):
                raise self.error(self.pos, "a number may not start with a needless zero")
            raise self.unexpected("this is not a JSON number")
        self.pos = end
        return number

    def literal(self) -> bool | None:
        """Return true, false or null at the position and move behind it."""
        self.need(_LONGEST_WORD)
        for word, value in _LITERALS.items():
            if self.text.startswith(word, self.pos):
                self.pos += len(word)
                return value
        rest = self.text[self.pos :]
        if any(word.startswith(rest) for word in _LITERALS):
            raise self.truncated()
        raise self.unexpected("no JSON value starts like this")

    def unexpected(self, reason: str) -> MalformedFileError:
        """Return the error of what stands at the position, named where it has a name."""
        self.need(_LONGEST_WORD)
        for word in _NOT_JSON:
            if self.text.startswith(word, self.pos):
                reason = f"{word} is not a JSON value"
        return self.error(self.pos, reason)

    def truncated(self) -> MalformedFileError:
        """Return the error of a text that ends where it is not whole."""
        reason = f"the {self._unit} ends in the middle of a value"
        error = self.error(len(self.text), reason)
        error.is_cut_off = True
        return error

    def stray(self, start: int, end: int) -> int:
        """Return where between two places something first stands that is no text, or -1."""
        return first_stray(self.text, start, end) if self._source.has_strays else -1

    def error(self, pos: int, reason: str) -> MalformedFileError:
        """Return the error of a text that goes wrong at `pos`; nothing is read after it."""
        self.pos, self.held = pos, None
        self.need(_LONGEST_WORD)
        self.locate(self.pos)
        column = self.pos - self._line_start + 1
        if self.stray(self.pos, self.pos + 1) >= 0:
            reason = stray_fault(self.text[self.pos], self._source.encoding)
        elif column == 1 and self.text.startswith(_CONFLICT_MARKERS, self.pos):
            reason = "the file holds unresolved merge conflict markers"
        elif self.line == column == 1 and self.text.startswith(_LFS_POINTER, self.pos):
            reason = _IS_LFS_POINTER
        error = MalformedFileError(
            f"{reason}.",
            path=self._path,
            line=self.line,
            column=column,
            pointer=printable(self._pointer()),
            advice=ADVICE.get(reason, ""),
        )
        error.offset = self.offset
        return error

    def _check_strays(self, start: int, end: int) -> None:
        """Refuse text with something in it that is no text."""
        if (stray := self.stray(start, end)) >= 0:
            raise self.error(stray, "")


class _LooseWalk:
    """Finds the end of an entry by strings and brackets alone.

    A string ends with its line where the next line goes on with keys or records.
    """

    def __init__(self, closers: Sequence[str]) -> None:
        self.is_over = False
        self.has_end = False
        self._closers = closers
        self._open: list[str] = []
        self._in_string = False
        self._escaped = False

    def move(self, text: str, pos: int) -> int:
        """Return the position of the end, or the end of the text to go on behind it."""
        while pos < len(text):
            if self._escaped:
                self._escaped = False
                pos += 1
                continue
            between = _IN_STRING if self._in_string else _BETWEEN_STRINGS
            start, found = pos, between(text, pos)
            pos = found.end() if found else pos
            if pos == len(text):
                break
            if text[pos] == "\n":
                self._in_string = not _NEXT_STRING(text, pos)
                within = text[start:pos].rstrip(_ENDS)
                pos = pos + 1 if self._in_string else start + len(within)
                continue
            self._take(text[pos])
            if self.is_over:
                break
            pos += 1
        return pos

    def _take(self, char: str) -> None:
        if char == "\\":
            self._escaped = True
        elif self._in_string or char == '"':
            self._in_string = not self._in_string
        elif char in "{[":
            self._open.append(char)
        elif char == ",":
            self.is_over = self.has_end = not self._open
        elif (opener := _OPENERS[char]) in self._open:
            while self._open.pop() != opener:
                pass
        else:
            self.is_over = char in self._closers
            self.has_end = char == self._closers[-1]


def too_large(max_chars: int) -> str:
    """Say that one value is longer than `max_chars`."""
    return f"one value is longer than {max_chars:,} characters"


def printable(text: str) -> str:
    """Return `text` with lone surrogates escaped, so that it can be written anywhere."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
