"""The messages of a thread that are near what is looked at, read as they are needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from db.errors import SheafError
from db.ports import Storage
from db.records import MessageDetail
from db.vocabulary import Part
from desktop_app.background import Background
from desktop_app.latest import Latest

HELD: Final = 300
"""So many messages are kept, and of these only the latest that fit `HELD_CHARS`, beside
those that are wanted now."""
HELD_CHARS: Final = 32_000_000


class ThreadStore(QObject):
    """Reads messages on a reader thread; `arrived` says that some are there, or gone.

    What is wanted replaces what was wanted before.
    """

    arrived = Signal()
    failed = Signal(object)

    def __init__(self, background: Background[Storage], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._held: OrderedDict[int, MessageDetail] = OrderedDict()
        self._chars = 0
        self._asked: frozenset[int] = frozenset()
        self._wanted: frozenset[int] = frozenset()
        self._gone: set[int] = set()
        self._stale: set[int] = set()
        self.tools: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._held)

    def get(self, pk: int) -> MessageDetail | None:
        """Return a message, if it is here."""
        return self._held.get(pk)

    def is_gone(self, pk: int) -> bool:
        """Whether a message was looked for and is no more."""
        return pk in self._gone

    def clear(self) -> None:
        """Forget everything."""
        self._latest.cancel()
        self._asked = frozenset()
        self._held.clear()
        self._gone.clear()
        self._stale.clear()
        self.tools.clear()
        self._chars = 0

    def expire(self) -> None:
        """Read again, when it is wanted, what is here; until then it is as it was."""
        self._stale.update(self._held)
        self._gone.clear()

    def want(self, pks: Sequence[int]) -> None:
        """Read those of some messages that are not here."""
        self._wanted = frozenset(pks)
        for pk in pks:
            if pk in self._held:
                self._held.move_to_end(pk)
        known = self._held.keys() - self._stale | self._gone
        missing = [pk for pk in pks if pk not in known]
        if not missing or self._asked.issuperset(missing):
            return
        self._asked = frozenset(missing)
        self._latest.ask(
            lambda storage, token: (missing, storage.message_details(missing, token)),
            lambda answer: self.take(*answer),
            self._fail,
        )

    def take(self, asked: Sequence[int], found: Sequence[MessageDetail]) -> None:
        """Keep messages that were read; those asked for and not among them are gone."""
        self._asked = frozenset()
        self._stale.difference_update(asked)
        for pk in asked:
            former = self._held.pop(pk, None)
            self._chars -= 0 if former is None else _chars(former)
        for detail in found:
            self._held[detail.record.pk] = detail
            self._chars += _chars(detail)
            for block in detail.blocks:
                if block.type is Part.TOOL_CALL and block.call_id:
                    self.tools[block.call_id] = block.name
        self._gone.update(pk for pk in asked if pk not in self._held)
        self._let_go()
        self.arrived.emit()

    def _let_go(self) -> None:
        """Forget the oldest; never what is wanted, which would at once be read again."""
        for pk in [pk for pk in self._held if pk not in self._wanted]:
            if len(self._held) <= HELD and self._chars <= HELD_CHARS:
                break
            self._chars -= _chars(self._held.pop(pk))
        self._stale.intersection_update(self._held)

    def _fail(self, error: SheafError) -> None:
        self._asked = frozenset()
        self.failed.emit(error)


def _chars(detail: MessageDetail) -> int:
    return sum(len(block.text) for block in detail.blocks)
