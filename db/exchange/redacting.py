"""Taking secrets out of what is exported, so that JSON stays JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from db.exchange.fields import json_text
from db.exchange.secrets import (
    EVERYTHING,
    SecretKind,
    digest,
    find,
    is_telling,
    search_of,
    value_kind,
)

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"')
_MOST_NESTED: Final = 4
_SHORTEST: Final = 5
"""No secret is shorter."""

_UNTOUCHED: Final = frozenset({"id"})
"""The fields by which records name each other."""


class Text(NamedTuple):
    """A text to look through, and the name of the field or member it is the value of."""

    name: str
    text: str


class Redactor:
    """Replaces secrets: all, or only those with some digests; those to `keep` it leaves.

    The same one is for a whole export.

    What replaces a secret says what it was, with a number that is the same wherever the
    same secret stood: `[redacted GitHub token 2]`.
    """

    def __init__(self, only: Collection[str] | None = None, keep: Collection[str] = ()) -> None:
        self._only = None if only is None else frozenset(only)
        self._keep = frozenset(keep)
        self._placeholders: dict[str, str] = {}
        self._numbers: dict[SecretKind, int] = {}

    @property
    def count(self) -> int:
        """How many different secrets were replaced."""
        return len(self._placeholders)

    def text(self, text: str) -> str:
        """Return a text, which may be JSON, without its secrets."""
        found = self._wanted([Text("", text)])
        return _replaced(text, self._replacing(found)) if found else text

    def value(self, value: Any) -> Any:
        """Return a record, or any value with texts in it, without its secrets.

        What was found in one of its texts is gone from all of them.
        """
        found = self._wanted(texts_of(value))
        return _mapped(value, self._replacing(found)) if found else value

    def _wanted(self, texts: Iterable[Text]) -> dict[str, SecretKind]:
        found = secrets_in(texts)
        if self._only is not None:
            found = {each: kind for each, kind in found.items() if digest(each) in self._only}
        if self._keep:
            found = {
                each: kind for each, kind in found.items() if digest(each) not in self._keep
            }
        return found

    def _replacing(self, found: Mapping[str, SecretKind]) -> Callable[[str], str]:
        for secret, kind in found.items():
            self._name(secret, kind)
        telling = sorted(filter(is_telling, found), key=len, reverse=True)
        anywhere = re.compile("|".join(map(re.escape, telling)) or "(?!)")

        def replacing(text: str) -> str:
            if text in found:
                return self._placeholders[text]
            parts, end = [], 0
            for each in find(text):
                if (secret := text[each.start : each.end]) in found:
                    parts += [text[end : each.start], self._placeholders[secret]]
                    end = each.end
            left = "".join([*parts, text[end:]])
            return anywhere.sub(lambda match: self._placeholders[match[0]], left)

        return replacing

    def _name(self, secret: str, kind: SecretKind) -> None:
        if secret not in self._placeholders:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._placeholders[secret] = f"[redacted {kind} {number}]"


class Watch:
    """Counts the different secrets in what it is shown."""

    def __init__(self) -> None:
        self._digests: set[str] = set()

    @property
    def count(self) -> int:
        """How many it saw."""
        return len(self._digests)

    def value(self, value: Any) -> None:
        """Look through a record, or any value with texts in it."""
        self._digests.update(map(digest, secrets_in(texts_of(value))))


def redact(text: str) -> str:
    """Return a text, which may be JSON, without what looks like a secret."""
    return Redactor().text(text)


def secrets_in(texts: Iterable[Text]) -> dict[str, SecretKind]:
    """Return the secrets in some texts, in order, with what each is."""
    found: dict[str, SecretKind] = {}
    for name, text in texts:
        # Escaped or not, what rules begin with stands in JSON as it is, but for such escapes.
        search = EVERYTHING if "\\u00" in text else search_of(text)
        if search is None:
            continue
        for leaf in leaves(name, text):
            if len(leaf.text) < _SHORTEST:
                continue
            kind = value_kind(leaf.name, leaf.text) if leaf.name else None
            if kind is not None:
                found.setdefault(leaf.text, kind)
            for secret in find(leaf.text, search):
                found.setdefault(leaf.text[secret.start : secret.end], secret.kind)
    return found


def texts_of(value: Any, name: str = "") -> Iterator[Text]:
    """Yield every text of a record, or of any value with texts in it, by field."""
    if isinstance(value, str):
        yield Text(name, value)
    else:
        for key, each in _members(value, name):
            yield from texts_of(each, key)


def _members(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Struct):
        for field in value.__struct_fields__:
            if field not in _UNTOUCHED:
                yield field, getattr(value, field)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key), each
    elif isinstance(value, list | tuple):
        for each in value:
            yield name, each


def leaves(name: str, text: str, depth: int = 0) -> Iterator[Text]:
    """Yield the strings of JSON, with the name each is a member under; other texts as such."""
    if not _is_json(text, depth):
        yield Text(name, text)
        return
    key = ""
    for match in _STRING.finditer(text):
        decoded = _decoded(match[0])
        if _is_key(text, match.end()):
            key = decoded
            yield Text("", decoded)
        else:
            yield from leaves(key, decoded, depth + 1)


def _is_json(text: str, depth: int) -> bool:
    if depth > _MOST_NESTED or not text.startswith(("{", "[", '"')):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _is_json_to_the_letter(text)
    return True


def _is_json_to_the_letter(text: str) -> bool:
    """Whether it is JSON of the sort that a faster reader refuses, such as lone surrogates."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_key(text: str, end: int) -> bool:
    return text[end : end + 16].lstrip().startswith(":")


def _decoded(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _replaced(text: str, replacing: Callable[[str], str], depth: int = 0) -> str:
    """Return a text with every string in it replaced, where it is JSON, or as a whole."""
    if not _is_json(text, depth):
        return replacing(text)

    def anew(match: re.Match[str]) -> str:
        before = _decoded(match[0])
        after = _replaced(before, replacing, depth + 1)
        return match[0] if after == before else json_text(after)

    return _STRING.sub(anew, text)


def _mapped(value: Any, replacing: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return _replaced(value, replacing)
    if isinstance(value, Struct):
        fields = {
            field: _mapped(before, replacing)
            for field in value.__struct_fields__
            if field not in _UNTOUCHED
            and isinstance(before := getattr(value, field), str | Struct | dict | list | tuple)
        }
        return replace(value, **fields)
    if isinstance(value, dict):
        return {
            _mapped(key, replacing): _mapped(each, replacing) for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(_mapped(each, replacing) for each in value)
    return value
