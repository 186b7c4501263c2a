"""The letter of a button or field, which Alt presses: by one rule for every dialog."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QLabel, QScrollArea, QWidget

from desktop_app.widgets.buttons import ButtonRow
from desktop_app.widgets.tab_order import parts_in_order

_Lettered: TypeAlias = QAbstractButton | QLabel


class Mnemonics(QObject):
    """Gives each label of a field in a window, and each other button, a letter of its own.

    They are given in the order in which one reads, but first to rows of buttons, which so
    keep theirs from step to step, and anew when something else is shown: the first letter of
    the words where it is free, else that of another of them, else any.
    Words of a window that has its letters by this rule are written without `&`, unless it is
    to be seen, doubled. On macOS, where there are none, nothing gets a letter.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        if sys.platform != "darwin":
            window.installEventFilter(self)

    def _give(self) -> None:
        lettered = _lettered(self._window)
        lettered.sort(key=lambda part: not isinstance(part.parent(), _ROWS))
        words = [plain(part.text()) for part in lettered]
        for part, said, place in zip(lettered, words, _places(words), strict=True):
            text = _with_letter(said, place)
            if part.text() != text:
                part.setText(text)
        for area in self._window.findChildren(QScrollArea):
            inner = area.widget()
            if inner is not None:
                # What changes in it is not told to the window.
                inner.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _CHANGES:
            self._give()
        return False


def plain(text: str) -> str:
    """Return the words of a button or label, without the sign of its letter."""
    return re.sub("&(.?)", r"\1", text)


def _lettered(window: QWidget) -> list[_Lettered]:
    """Return the labels of fields and the buttons that are to be seen and no label names."""
    parts = list(parts_in_order(window))
    labels = [part for part in parts if isinstance(part, QLabel) and part.buddy() is not None]
    fields = [label.buddy() for label in labels]
    found: list[_Lettered] = []
    for part in parts:
        is_named = any(field is part or field.isAncestorOf(part) for field in fields)
        if part in labels or (isinstance(part, QAbstractButton) and not is_named):
            found.append(part)
    return found


def _places(words: Sequence[str]) -> list[int | None]:
    """Return where in each of the words its letter stands, if one is left for it."""
    holders: dict[str, int] = {}
    for candidates in (_FIRST, _OF_WORDS):
        for number, said in enumerate(words):
            if number not in holders.values():
                found = (said[each.end() - 1].lower() for each in candidates.finditer(said))
                letter = next((each for each in found if each not in holders), None)
                if letter is not None:
                    holders[letter] = number
    for number in range(len(words)):
        if number not in holders.values():
            _make_room(number, words, holders, set())
    places: list[int | None] = [None] * len(words)
    for letter, number in holders.items():
        places[number] = _place_of(letter, words[number])
    return places


def _make_room(
    number: int, words: Sequence[str], holders: dict[str, int], tried: set[str]
) -> bool:
    """Give these words any letter of theirs, for which later ones may have to take another."""
    letters = [each.group().lower() for each in _ANY.finditer(words[number])]
    wanted = [each for each in dict.fromkeys(letters) if each not in tried]
    for letter in sorted(wanted, key=lambda each: -holders.get(each, len(words))):
        tried.add(letter)
        if letter not in holders or _make_room(holders[letter], words, holders, tried):
            holders[letter] = number
            return True
    return False


def _place_of(letter: str, words: str) -> int:
    """Return the place of a letter in words: where one of them begins, if it can be."""
    signs = (*_OF_WORDS.finditer(words), *_ANY.finditer(words))
    return next(each.start() for each in signs if each.group().lower() == letter)


def _with_letter(words: str, place: int | None) -> str:
    if place is None:
        return words.replace("&", "&&")
    return f"{words[:place].replace('&', '&&')}&{words[place:].replace('&', '&&')}"


_ROWS: Final = (ButtonRow, QDialogButtonBox)
_CHANGES: Final = frozenset({QEvent.Type.Show, QEvent.Type.LayoutRequest})
_FIRST: Final = re.compile(r"\A\W*[A-Za-z0-9]")
_OF_WORDS: Final = re.compile(r"(?<![\w'’])[A-Za-z0-9]")
_ANY: Final = re.compile("[A-Za-z0-9]")
