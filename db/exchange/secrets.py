"""Finding what looks like a secret in a text: keys, tokens, passwords, e-mail addresses.

Best effort: known shapes, and what is assigned to a name such as `password` and looks random.
Every rule first looks for a few signs that all its matches have, and reads no more than a
bounded stretch from there, so the time grows with the length of the text alone. Signs may be
escaped, as in JSON inside JSON.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct


class SecretKind(StrEnum):
    """What a secret is, in words."""

    PRIVATE_KEY = "private key"
    ANTHROPIC = "Anthropic key"
    OPENAI = "OpenAI key"
    AWS = "AWS key"
    GITHUB = "GitHub token"
    GITLAB = "GitLab token"
    SLACK = "Slack token"
    GOOGLE = "Google key"
    STRIPE = "Stripe key"
    NPM = "npm token"
    PYPI = "PyPI token"
    HUGGING_FACE = "Hugging Face token"
    SENDGRID = "SendGrid key"
    JWT = "JSON web token"
    URL_PASSWORD = "password in a URL"  # noqa: S105 - a name
    BEARER = "bearer token"
    PASSWORD = "password"  # noqa: S105 - a name
    ASSIGNED = "key or token"
    EMAIL = "e-mail address"


class Secret(Struct, frozen=True, gc=False):
    """Where in a text something looks like a secret."""

    start: int
    end: int
    kind: SecretKind


_Span: TypeAlias = tuple[int, int]
_Finder: TypeAlias = Callable[[str], Iterator[_Span]]

_PEM_CHARS: Final = 20_000
_LOCAL_CHARS: Final = 64
_ENTROPY_BITS: Final = 3.0
_FEW_DIGITS: Final = 2
_FEW_SIGNS: Final = 8
_LONG_CHARS: Final = 32
_NAMED_CHARS: Final = 16
_KEY_CHARS: Final = 20
_PASSWORD_CHARS: Final = 6


class _Assignment(NamedTuple):
    """How the value of a name is found that ends in a certain way, in lower case."""

    name: bytes
    pattern: re.Pattern[bytes]


class _Rule(NamedTuple):
    """How a kind is found. A text without any of the `anchors` has none of it."""

    kind: SecretKind
    anchors: tuple[str, ...]
    find: _Finder


class Search(NamedTuple):
    """What is worth looking for in a text: rules, and ends of names that may be there."""

    rules: tuple[_Rule, ...]
    names: tuple[_Assignment, ...]


def search_of(text: str) -> Search | None:
    """Return what may be found in a text, or in any piece of it; None if nothing."""
    lower = _lower(text)
    search = Search(
        tuple(rule for rule in _RULES if any(anchor in text for anchor in rule.anchors)),
        tuple(each for each in _ASSIGNMENTS if each.name in lower),
    )
    return search if any(search) else None


def find(text: str, search: Search | None = None) -> list[Secret]:
    """Return what looks like a secret, in order and without overlap.

    `search` is that of a longer text which this one is a piece of.
    """
    search = search or search_of(text)
    if search is None:
        return []
    found: list[Secret] = []
    for rule in search.rules:
        if any(anchor in text for anchor in rule.anchors):
            found += (Secret(start, end, rule.kind) for start, end in rule.find(text))
    if search.names:
        found += _assigned(text, search.names)
    return _apart(found) if len(found) > 1 else found


def value_kind(name: str, value: str) -> SecretKind | None:
    """Return what the value of a member is by the member's name, or None if nothing."""
    word = _NAME_END.search(name)
    return None if word is None else _judged(word[0].lower(), value)


def is_telling(secret: str) -> bool:
    """Whether a secret is one wherever it stands: a word can be somebody's password too."""
    return "@" in secret or _has_letters_and_digits(secret)


def digest(secret: str) -> str:
    """Return what a secret is called by where it must not be named: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _apart(found: list[Secret]) -> list[Secret]:
    """Drop what overlaps something that an earlier rule found."""
    kept: list[Secret] = []
    rank = {kind: place for place, kind in enumerate(SecretKind)}
    end = 0
    for each in sorted(found, key=lambda each: (each.start, rank[each.kind])):
        if each.start >= end:
            kept.append(each)
            end = each.end
        elif rank[each.kind] < rank[kept[-1].kind]:
            kept[-1] = each
            end = max(end, each.end)
    return kept


def _token(prefix: str, rest: str, *, random: bool = True) -> _Finder:
    """Return what finds tokens of a shape: a fixed beginning that starts a word, and a rest."""
    literal = re.escape(prefix)
    begins = (
        rf"(?:(?<![A-Za-z0-9_\-]{literal})|(?<=\\[nrtbf]{literal})"
        rf"|(?<=\\u[0-9a-fA-F]{{4}}{literal}))"
    )
    pattern = re.compile(f"{literal}{begins}{rest}")

    def spans(text: str) -> Iterator[_Span]:
        for match in pattern.finditer(text):
            if not random or _has_letters_and_digits(match[0]):
                yield match.span()

    return spans


def _rules(
    kind: SecretKind, prefixes: str, rest: str, *, random: bool = True
) -> Iterator[_Rule]:
    for prefix in prefixes.split():
        yield _Rule(kind, (prefix,), _token(prefix, rest, random=random))


def _part(pattern: str) -> _Finder:
    """Return what finds the one group of a pattern, where it looks random."""
    compiled = re.compile(pattern)

    def spans(text: str) -> Iterator[_Span]:
        for match in compiled.finditer(text):
            if _has_letters_and_digits(match[1]):
                yield match.span(1)

    return spans


_BEGIN: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BASE64_LINES: Final = re.compile(r"(?:[A-Za-z0-9+/=\s]|\\[nr])*+")


def _private_keys(text: str) -> Iterator[_Span]:
    """Find each key to its end, or as far as it goes where it is cut off."""
    for match in _BEGIN.finditer(text):
        body = match.end()
        last = text.find("-----END ", body, body + _PEM_CHARS)
        end = text.find("-----", last + 9, last + 80) if last > 0 else -1
        if end > 0:
            yield match.start(), end + 5
        elif rest := _BASE64_LINES.match(text, body, body + _PEM_CHARS):
            yield match.start(), rest.end()


_IN_URL: Final = re.compile(r"""://[^\s/:@"'<>\\]{0,128}:([^\s/@"'<>\\]{3,256})@""")


def _url_passwords(text: str) -> Iterator[_Span]:
    for match in _IN_URL.finditer(text):
        if not _is_placeholder(match[1]):
            yield match.span(1)


_DOMAIN: Final = re.compile(
    r"@([A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,8})"
)
_LOCAL: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-"
_NO_PERSON: Final = frozenset({"git"})
_FILE_ENDINGS: Final = frozenset(
    (
        "png jpg jpeg gif svg webp ico css js mjs ts tsx jsx py md json yaml yml lock tgz zip"
        " jsonl ndjson csv tsv txt log html xml toml"
    ).split()
)
_LINE_START: Final = re.compile(r"(?:[\r\n]|\\[a-z])$")
_TOP_CHARS: Final = range(2, 25)


def _addresses(text: str) -> Iterator[_Span]:
    for match in _DOMAIN.finditer(text):
        at = match.start()
        before = text[max(0, at - _LOCAL_CHARS - 8) : at]
        local = before[len(before.rstrip(_LOCAL)) :]
        start = at - len(local)
        start += _escape_rest(text, start)
        start += len(text[start:at]) - len(text[start:at].lstrip(".%+-"))
        top = match[1].rpartition(".")[2].lower()
        if (
            0 < at - start <= _LOCAL_CHARS
            and top.isalpha()
            and len(top) in _TOP_CHARS
            and top not in _FILE_ENDINGS
            and text[start:at] not in _NO_PERSON
            and not _is_decorator(text, start, match.end())
        ):
            yield start, match.end()


def _is_decorator(text: str, start: int, end: int) -> bool:
    """Whether code stands there: a name that goes on, or one that is called in its own line."""
    if text[end : end + 1] == "_":
        return True
    before = text[max(0, start - _LOCAL_CHARS) : start].rstrip(" \t")
    return text[end : end + 1] == "(" and (before == "" or bool(_LINE_START.search(before)))


def _escape_rest(text: str, start: int) -> int:
    """Return how many signs from there on belong to an escape that begins before."""
    if start == 0 or text[start - 1] != "\\" or start >= len(text):
        return 0
    return 5 if text[start] == "u" else 1


_NAMES: Final = "password passwd passphrase pwd secret token credential key".split()
_NAME_END: Final = re.compile(f"(?:{'|'.join(_NAMES)})$", re.IGNORECASE)
_ASSIGNMENTS: Final = tuple(
    _Assignment(
        name.encode(),
        re.compile(
            name.encode()
            + rb"""(["'\\]{0,6}[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}["'`\\]{0,6}|[ \t])"""
            rb"""([^\s"'`\\,;<>(){}\[\]]{6,512}+)(?![^\s"'`\\,;<>(){}\[\]])"""
        ),
    )
    for name in _NAMES
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DOTTED: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+")
_FLAG_CHARS: Final = 40


def _lower(text: str) -> bytes:
    """Return a text in lower case with one byte for each sign: a question mark if need be.

    So places are the same; and only for bytes this is fast.
    """
    return text.encode("ascii", "replace").lower()


def _assigned(text: str, names: Iterable[_Assignment]) -> Iterator[Secret]:
    lower = _lower(text)
    for name, pattern in names:
        if name not in lower:
            continue
        for match in pattern.finditer(lower):
            start, end = match.span(2)
            if not match[1].strip() and not _is_flag(text, match.start()):
                continue
            kind = _judged(name.decode(), text[start:end])
            if kind is not None:
                yield Secret(start, end, kind)


def _is_flag(text: str, end: int) -> bool:
    """Whether the word that ends there begins with two dashes, as `--api-token` does."""
    word = text[max(0, end - _FLAG_CHARS) : end].rpartition(" ")[2]
    return word.startswith("--")


def _judged(word: str, value: str) -> SecretKind | None:
    """Return what a value is that was assigned to a name with that ending."""
    if _is_placeholder(value) or _UUID.fullmatch(value) or _DOTTED.fullmatch(value):
        return None
    if word.startswith(("pass", "pwd")):
        is_one = len(value) >= _PASSWORD_CHARS and _has_letters_and_digits(value)
        return SecretKind.PASSWORD if is_one else None
    least = _KEY_CHARS if word == "key" else _NAMED_CHARS
    return SecretKind.ASSIGNED if len(value) >= least and _is_random(value) else None


def _is_placeholder(value: str) -> bool:
    return value[:1] in {"$", "%", "<", "{", "/", "~", "."} or len(set(value.lower())) <= 1


def _has_letters_and_digits(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _is_random(value: str) -> bool:
    """Whether a value looks made by chance: words joined by dashes and the like do not."""
    digits = sum(map(str.isdigit, value))
    is_long = len(value) >= _LONG_CHARS and not value.islower() and not value.isupper()
    if digits < (1 if is_long else _FEW_DIGITS) or "://" in value:
        return False
    if any(sign in value for sign in "-_./:") and (
        value.islower() or value.isupper() or not any(map(str.isalpha, value))
    ):
        return False
    counts = Counter(value)
    if len(counts) < _FEW_SIGNS or not any(map(str.isalpha, value)):
        return False
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return entropy >= _ENTROPY_BITS


_RULES: Final = (
    _Rule(SecretKind.PRIVATE_KEY, ("PRIVATE KEY",), _private_keys),
    *_rules(SecretKind.ANTHROPIC, "sk-ant-", r"[A-Za-z0-9_\-]{20,}"),
    *_rules(SecretKind.OPENAI, "sk-", r"[A-Za-z0-9_\-]{20,}"),
    *_rules(SecretKind.AWS, "AKIA ASIA", r"[A-Z0-9]{16}(?![A-Za-z0-9])", random=False),
    *_rules(SecretKind.GITHUB, "ghp_ gho_ ghu_ ghs_ ghr_", "[A-Za-z0-9]{30,}"),
    *_rules(SecretKind.GITHUB, "github_pat_", "[A-Za-z0-9_]{22,}"),
    *_rules(SecretKind.GITLAB, "glpat-", r"[A-Za-z0-9_\-]{20,}"),
    *_rules(SecretKind.SLACK, "xox", r"[abeoprs]-[A-Za-z0-9\-]{10,}"),
    *_rules(SecretKind.SLACK, "hooks.slack.com/services/", r"[A-Za-z0-9/]{20,}"),
    *_rules(SecretKind.GOOGLE, "AIza", r"[A-Za-z0-9_\-]{35}"),
    *_rules(SecretKind.GOOGLE, "ya29. GOCSPX-", r"[A-Za-z0-9_\-]{20,}"),
    *_rules(SecretKind.STRIPE, "sk_live_ sk_test_ rk_live_ rk_test_", "[A-Za-z0-9]{16,}"),
    *_rules(SecretKind.STRIPE, "whsec_", "[A-Za-z0-9+/=]{20,}"),
    *_rules(SecretKind.NPM, "npm_", "[A-Za-z0-9]{36,}"),
    *_rules(SecretKind.PYPI, "pypi-Ag", r"[A-Za-z0-9_\-]{40,}"),
    *_rules(SecretKind.HUGGING_FACE, "hf_", "[A-Za-z]{30,}", random=False),
    *_rules(SecretKind.SENDGRID, "SG.", r"[A-Za-z0-9_\-]{16,64}+\.[A-Za-z0-9_\-]{16,}"),
    *_rules(
        SecretKind.JWT,
        "eyJ",
        r"[A-Za-z0-9_\-]{8,}+\.eyJ[A-Za-z0-9_\-]{8,}+(?:\.[A-Za-z0-9_\-]*)?",
    ),
    _Rule(SecretKind.URL_PASSWORD, ("://",), _url_passwords),
    _Rule(
        SecretKind.BEARER,
        ("earer ",),
        _part(r"earer {1,8}([A-Za-z0-9._~+/\-]{16,}={0,2})"),
    ),
    _Rule(SecretKind.BEARER, ("Basic ",), _part("Basic {1,8}([A-Za-z0-9+/]{16,}={0,2})")),
    _Rule(SecretKind.EMAIL, ("@",), _addresses),
)
"""In the order in which they win where several fit."""
EVERYTHING: Final = Search(_RULES, _ASSIGNMENTS)
