"""A conversation being read from a file, message after message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from db.exchange.messages import incoming_message
from db.incoming import IncomingRecord
from db.records import Block, Kind
from db.vocabulary import Role

HELD_CHARS: Final = 4 << 20
"""So much is held back of a conversation before it is handed on with what is known of it."""


class Thread:
    """Hands on a conversation before its messages, and again if it turns out to be another.

    Each message answers the one before it, unless it says which. Times are microseconds.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.title = ""
        self.description = ""
        self.model = ""
        self.project = ""
        self.begun: int | None = None
        self.ended: int | None = None
        self.offset: int | None = None
        self.length: int | None = None
        self.refs: dict[str, str] = {}
        self.parts_say = ""
        self.messages = 0
        self._prompt = ""
        self._before: IncomingRecord | None = None
        self._held: list[IncomingRecord] = []
        self._held_chars = 0
        self._told: tuple[object, ...] | None = None

    @property
    def shown_title(self) -> str:
        """The title it was given, or else what a person asked first."""
        return self.title or self._prompt or self.name

    def date(self, moment: int | None) -> None:
        """Take note of a time at which the conversation was going on."""
        if moment is not None:
            self.begun = moment if self.begun is None else min(moment, self.begun)
            self.ended = moment if self.ended is None else max(moment, self.ended)

    def say(
        self,
        role: Role,
        blocks: Sequence[Block],
        *,
        name: str = "",
        answers: str | None = None,
        moment: int | None = None,
        **more: Any,
    ) -> None:
        """Add a message; `more` are other arguments of `incoming_message`.

        One of the same name as the last is that one, further on.
        """
        self.date(moment)
        before, position = self._before, self.messages
        if name and before is not None and name == before.external_id:
            answers, position = before.refs.get("parent", ""), position - 1
            if self._held:
                self._held.pop()
        elif answers is None and before is not None:
            answers = before.external_id
        message = incoming_message(
            name or f"{self.name}#{position + 1}",
            conversation=self.name,
            parent=answers or None,
            position=position,
            role=role,
            blocks=blocks,
            created_at=self.ended if moment is None else moment,
            **more,
        )
        if role is Role.USER and not self._prompt and message.blocks:
            self._prompt = message.title
        self._before = message
        self.messages = position + 1
        self._held.append(message)
        self._held_chars += sum(len(block.text) for block in blocks)

    @property
    def told(self) -> int:
        """How many messages were handed on."""
        return self.messages - len(self._held)

    def go_on(self) -> None:
        """Have the conversation told again, as this is another reading."""
        self._told = None

    def ready(self) -> Iterator[IncomingRecord]:
        """Yield what is held back, once that is much.

        The conversation is dated by its beginning then, so that what was known of it all
        along is not taken back: its last message tells when it ended.
        """
        if self._held_chars > HELD_CHARS:
            yield from self._hand_on(self.begun)

    def rest(self) -> Iterator[IncomingRecord]:
        """Yield what is held back, and the conversation unless just that was told before."""
        yield from self._hand_on(self.ended)

    def _hand_on(self, updated_at: int | None) -> Iterator[IncomingRecord]:
        about = (self.shown_title, self.description, self.model, self.project)
        now = (*about, dict(self.refs))
        if now != self._told:
            self._told = now
            yield self._record(updated_at)
        yield from self._held
        self._held = []
        self._held_chars = 0

    def _record(self, updated_at: int | None) -> IncomingRecord:
        return IncomingRecord(
            kind=Kind.CONVERSATION,
            external_id=self.name,
            title=self.shown_title,
            description=self.description,
            fields={"model": self.model, "project": self.project},
            refs=dict(self.refs),
            parts_say=self.parts_say,
            offset=self.offset,
            length=self.length,
            created_at=self.begun,
            updated_at=updated_at,
        )
