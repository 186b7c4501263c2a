"""How well a few typed letters fit a title."""

from __future__ import annotations


def fuzzy_score(typed: str, title: str) -> int | None:
    """Return how well `typed` fits, higher is better, or None if its letters do not occur.

    The letters must occur in order. Letters that start words or follow each other count
    more, so `ar` finds `Archive` before `Clear filters`.
    """
    wanted = typed.lower().replace(" ", "")
    text = title.lower()
    score, place = 0, -1
    for letter in wanted:
        start = _next_word_start(text, letter, place + 1)
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        if found != place + 1 and start >= 0:
            found = start
        score += 8 if found == place + 1 else 5 if found == start else 1
        place = found
    return score * 4 - len(text) if wanted else 0


def _next_word_start(text: str, letter: str, begin: int) -> int:
    for place in range(begin, len(text)):
        if text[place] == letter and (place == 0 or not text[place - 1].isalnum()):
            return place
    return -1
