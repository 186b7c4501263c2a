"""What a person types into a search box, as terms: words, "phrases", -not and OR.

There is no wrong input: whatever has no meaning here is a word to look for, and a term
without a letter or digit is left out. OR with nothing else is a word too. A word of three
letters or more, or with a star, also finds what it begins: `pars` finds `parser`. A phrase is
found as it stands, or, with a star after it, by how its last word begins. The parts of a name
such as `findBatches` are found too, as those of `find_batches` are. Of very many words the
first ones count, and a text of which no term is left finds nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

BEGINNING_CHARS: Final = 3
"""Shorter words begin so many others that a search for these would be slow and useless."""

MOST_WORDS: Final = 64
"""So many words of all terms count: each is looked up in the index, also in a phrase."""

_PIECES: Final = re.compile(r'(-?)(?:"([^"]*)(?:"(\*?))?|(\S+))')
_NOTHING_BUT_OR: Final = re.compile(r"\s*OR(\s+OR)*\s*")
_CJK: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)
_Key: TypeAlias = tuple[tuple[str, ...], bool, bool]
"""What makes two terms the same: their words, whether they begin, whether negated."""

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
APART: Final = "\ue000"
"""Keeps parts of names from making a phrase with others: a word that nobody searches for."""

_WORD: Final = re.compile(rf"[^\W_]+|{APART}")
_NAME: Final = re.compile("[A-Za-z0-9]+")
_LONGEST_NAME: Final = 64
"""Longer stretches of letters and digits are data."""

PART_START: Final = re.compile(
    "(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z][a-z])"
)
"""Where a part of a name begins, the first aside."""

_SHAPE_OF: Final = bytes(
    ord("a" if sign.islower() else "A" if sign.isupper() else "0" if sign.isdigit() else " ")
    for sign in map(chr, range(128))
).ljust(256)
"""What a byte of a text becomes where only the case of its letters counts."""


def searchable(text: str) -> str:
    """Return a text as the index takes it: Chinese, Japanese and Korean signs set apart.

    They are written without spaces, so each becomes a word of its own, and a search for
    several of them looks for them side by side.
    """
    if text.isascii():
        return text
    return _CJK.sub(r" \g<0> ", _UNSTORABLE.sub(" ", text))


def has_parts(text: str) -> bool:
    """Whether there are names in a text that have parts, told fast."""
    shape = text.encode(errors="ignore").translate(_SHAPE_OF)
    return b"aA" in shape or b"0Aa" in shape or b"AAaa" in shape


def name_parts(text: str) -> str:
    """Return what the index takes after a text: the parts of the names in it, if any."""
    if not has_parts(text):
        return ""
    names = (name for name in dict.fromkeys(_NAME.findall(text)) if not name.islower())
    parts = (PART_START.split(name) for name in names if len(name) <= _LONGEST_NAME)
    return "".join(f" {APART} {' '.join(each)}" for each in parts if len(each) > 1)


def words_of(text: str) -> list[str]:
    """Return the words of a text as the index sees them: lower case, without accents."""
    return _WORD.findall(folded(searchable(text)))


def folded(text: str) -> str:
    """Return a text in lower case and without accents."""
    plain = unicodedata.normalize("NFD", text)
    stripped = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", stripped).lower()


class Term(Struct, frozen=True, gc=False):
    """One thing to look for, or, where `negated`, not to find.

    `words` are all that one which `begins` others finds, where that is known.
    """

    text: str
    begins: bool = True
    negated: bool = False
    words: tuple[str, ...] = ()

    def match_words(self, words: list[str]) -> bool:
        """Whether the words hold this term, negation left aside."""
        wanted = words_of(self.text)
        count = len(wanted)
        for start in range(len(words) - count + 1):
            found = words[start : start + count]
            if found[:-1] == wanted[:-1] and (
                found[-1] == wanted[-1] or (self.begins and found[-1].startswith(wanted[-1]))
            ):
                return True
        return False

    def to_match(self) -> str:
        """Return the term in FTS5's query language, whatever signs it holds."""
        if self.words:
            return f"({' OR '.join(map(_quoted, self.words))})"
        quoted = _quoted(searchable(self.text.replace("\x00", " ")))
        return f"{quoted} *" if self.begins else quoted

    def with_words(self, find_words: Callable[[str], tuple[str, ...]]) -> Term:
        """Return the term with the words that it begins, as `Terms.with_words` does."""
        words = words_of(self.text) if self.begins and self.text.isascii() else []
        return replace(self, words=find_words(words[0])) if len(words) == 1 else self


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class Terms(Struct, frozen=True, gc=False):
    """Alternatives, each a group of terms that must all hold.

    No alternative finds all, or nothing, where `finds_nothing` says so.
    """

    alternatives: tuple[tuple[Term, ...], ...] = ()
    finds_nothing: bool = False

    def match(self, text: str) -> bool:
        """Whether a text is found, in plain Python."""
        if not self.alternatives:
            return not self.finds_nothing
        words = words_of(text + name_parts(text))
        return any(
            all(term.match_words(words) is not term.negated for term in group)
            for group in self.alternatives
        )

    def to_match(self) -> tuple[str, tuple[str, ...]]:
        """Return FTS5 queries: one for the texts to find, and some for texts to leave out.

        FTS5 cannot say "without" alone, so a group of nothing but negated terms is a
        query of the second kind: it finds every text that the query does not.
        """
        wanted, unwanted = [], []
        for group in self.alternatives:
            positive = " AND ".join(term.to_match() for term in group if not term.negated)
            negative = " OR ".join(term.to_match() for term in group if term.negated)
            if positive:
                wanted.append(
                    f"(({positive}) NOT ({negative}))" if negative else f"({positive})"
                )
            else:
                unwanted.append(negative)
        return " OR ".join(wanted), tuple(unwanted)

    @property
    def is_known(self) -> bool:
        """Whether it is known which words are looked for, also of those that begin others."""
        return all(
            term.words or not term.begins for group in self.alternatives for term in group
        )

    def with_words(self, find_words: Callable[[str], tuple[str, ...]]) -> Terms:
        """Return the terms with the words that each begins, nothing where these are many."""
        known = (
            tuple(term.with_words(find_words) for term in group) for group in self.alternatives
        )
        return replace(self, alternatives=tuple(known))


def words_of_name(name: str) -> tuple[Term, ...]:
    """Return the terms that a title has to hold, all of them, to be meant by a name."""
    words = dict.fromkeys(words_of(name)[:MOST_WORDS])
    return tuple(Term(word, len(word) >= BEGINNING_CHARS) for word in words)


@lru_cache(maxsize=256)
def parse_terms(text: str) -> Terms:
    """Read what a person typed. Never fails."""
    if _NOTHING_BUT_OR.fullmatch(text):
        text = '"OR"'
    groups: list[dict[_Key, Term]] = [{}]
    count = 0
    for minus, phrase, star, word in _PIECES.findall(text):
        if word == "OR" and not minus:
            groups.append({})
            continue
        words = words_of(phrase or word)
        if not words:
            continue
        is_long = not phrase and len(words[-1]) >= BEGINNING_CHARS
        begins = is_long or bool(star) or word.endswith("*")
        term = Term(phrase or word.rstrip("*"), begins, bool(minus))
        if len(words) > MOST_WORDS - count:
            words = words[: MOST_WORDS - count]
            term = Term(" ".join(words), begins=False, negated=bool(minus))
        key = (tuple(words), term.begins, term.negated)
        if key not in groups[-1]:
            groups[-1][key] = term
            count += len(words)
        if count == MOST_WORDS:
            break
    alternatives = {tuple(group): tuple(group.values()) for group in groups if group}
    return Terms(tuple(alternatives.values()), not alternatives and bool(text.strip()))
