"""Where a search stands in a text: a short stretch of it, with the matches told apart.

The rules are those of `db.terms`. A text is read in windows, so that one of megabytes
costs no more than its first stretch.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, TypeAlias

from db.terms import PART_START, Term, Terms, has_parts, searchable, words_of

Pieces: TypeAlias = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is a match."""

SNIPPET_CHARS: Final = 160
SEARCHED_CHARS: Final = 1 << 19
"""So much of a text is looked through; a match farther on is not shown."""

_BEFORE_CHARS: Final = 40
"""So much of what stands before the first match is shown."""
_WINDOW_CHARS: Final = 1 << 14
_OVERLAP_CHARS: Final = 256
"""Windows share so much, lest a match be cut in two."""
_PART: Final = "\x1f"
_BLANKS: Final = re.compile(r"\s+")
_OTHER_BLANKS: Final = re.compile(r"[^\S ]|  ")


class _Folds(dict[int, str]):
    """What each sign of a text is compared as, worked out once."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFD", searchable(chr(code)))
        stripped = "".join(sign for sign in plain if not unicodedata.combining(sign))
        folded = _fold_sigma(unicodedata.normalize("NFC", stripped).lower())
        self[code] = folded
        return folded


def _fold_sigma(text: str) -> str:
    """Fold the one letter whose lower case depends on what stands after it."""
    return text.replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


_FOLDS: Final = _Folds()


def marked(terms: Terms, text: str) -> Pieces:
    """Return a short text whole, in pieces, what the terms find in it marked."""
    return _pieces(text, [(start, end) for start, end, _term in _matches(terms, text)])


def snippet(terms: Terms, text: str) -> Pieces:
    """Return the first stretch of a text where the terms stand, or nothing."""
    for start in range(0, min(len(text), SEARCHED_CHARS), _WINDOW_CHARS):
        window = text[start : start + _WINDOW_CHARS + _OVERLAP_CHARS]
        found = _matches(terms, window)
        if found:
            return _stretch(window, found, begins=not start)
    return ()


def beginning(text: str) -> Pieces:
    """Return how a text begins, with nothing marked."""
    return _stretch(text[: SNIPPET_CHARS * 2], [], begins=True) if text.strip() else ()


def _matches(terms: Terms, text: str) -> list[tuple[int, int, int]]:
    """Return where the terms stand in a text, as start, end, and which term it is."""
    pattern = _pattern(terms)
    if pattern is None:
        return []
    found = _found_in(pattern, text)
    starts = [match.start() for match in PART_START.finditer(text)] if has_parts(text) else []
    if not starts:
        return found
    # Parts of names are told apart by a sign of their own, which no word holds.
    cuts = [0, *starts, len(text)]
    parted = _PART.join(text[start:end] for start, end in pairwise(cuts))
    places = [start + place for place, start in enumerate(starts)]
    in_parts = (
        (start - bisect_left(places, start), end - bisect_left(places, end), term)
        for start, end, term in _found_in(pattern, parted)
    )
    return _without_overlaps(sorted([*found, *in_parts], key=lambda each: (each[0], -each[1])))


def _without_overlaps(found: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    kept: list[tuple[int, int, int]] = []
    for each in found:
        if not kept or each[0] >= kept[-1][1]:
            kept.append(each)
    return kept


def _found_in(pattern: re.Pattern[str], text: str) -> list[tuple[int, int, int]]:
    folded = text.lower() if text.isascii() else text.translate(_FOLDS)
    found = [(*match.span(), match.lastindex or 0) for match in pattern.finditer(folded)]
    if not found or text.isascii():
        return found
    ends = list(accumulate(len(_FOLDS[ord(sign)]) for sign in text))
    return [
        (bisect_right(ends, start), _with_accents(text, bisect_right(ends, end - 1) + 1), term)
        for start, end, term in found
    ]


@lru_cache(maxsize=64)
def _pattern(terms: Terms) -> re.Pattern[str] | None:
    """Return what finds any of the terms in a folded text, each a group of its own."""
    wanted = {
        _pattern_of(term): len(term.text)
        for group in terms.alternatives
        for term in group
        if not term.negated
    }
    longest_first = sorted(wanted, key=wanted.__getitem__, reverse=True)
    return re.compile("|".join(f"({each})" for each in longest_first)) if wanted else None


def _pattern_of(term: Term) -> str:
    first, *others = (re.escape(_fold_sigma(word)) for word in words_of(term.text))
    end = r"[^\W_]*" if term.begins else r"(?![^\W_])"
    # The word stands first: texts are looked through for it faster than for its beginning.
    return r"[\W_]+".join((rf"{first}(?<![^\W_]{first})", *others)) + end


def _with_accents(text: str, end: int) -> int:
    """Return where a match ends together with the accents of its last sign."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _stretch(window: str, found: Sequence[tuple[int, int, int]], *, begins: bool) -> Pieces:
    """Return the stretch of a window where most of the terms stand together."""
    first = (_best(found) if len(found) > 1 else found[0][0]) if found else 0
    start = max(0, first - _BEFORE_CHARS)
    if start:
        # Not in the middle of a word, unless that word is very long.
        blank = _BLANKS.search(window, start, first)
        start = blank.end() if blank else start
    end = min(len(window), start + SNIPPET_CHARS)
    if end < len(window):
        kept = max((stop for _, stop, _ in found if stop <= end), default=start)
        end = max(window.rfind(" ", start, end), kept, start + SNIPPET_CHARS // 2)
    inside = [
        (at - start, min(stop, end) - start) for at, stop, _ in found if start <= at < end
    ]
    pieces = [*_pieces(window[start:end], inside)]
    if _OTHER_BLANKS.search(window, start, end):
        pieces = [(_BLANKS.sub(" ", text), is_match) for text, is_match in pieces]
    pieces[0] = (pieces[0][0].lstrip(), pieces[0][1])
    pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
    if start or not begins:
        pieces.insert(0, ("…", False))
    if end < len(window):
        pieces.append(("…", False))
    return _joined(pieces)


def _best(found: Sequence[tuple[int, int, int]]) -> int:
    """Return the match from which on most different terms stand within a stretch."""

    def together(place: int) -> int:
        last = found[place][0] + SNIPPET_CHARS - _BEFORE_CHARS
        return len({term for start, _, term in found[place : place + 32] if start < last})

    return found[max(range(min(len(found), 256)), key=lambda place: (together(place), -place))][
        0
    ]


def _pieces(text: str, found: Sequence[tuple[int, int]]) -> Pieces:
    pieces, done = [], 0
    for start, end in found:
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return _joined([*pieces, (text[done:], False)])


def _joined(pieces: Sequence[tuple[str, bool]]) -> Pieces:
    """Return pieces without empty ones, neighbours that are no match made one."""
    joined: list[tuple[str, bool]] = []
    for text, is_match in pieces:
        if joined and not is_match and not joined[-1][1]:
            joined[-1] = (joined[-1][0] + text, False)
        elif text:
            joined.append((text, is_match))
    return tuple(joined)
