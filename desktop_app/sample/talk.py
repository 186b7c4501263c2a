"""The conversations of the sample, read from how `sample_records.toml` writes them."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from db.records import Block
from db.vocabulary import Part, Role
from desktop_app.sample.texts import log_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_PROMPT_EVERY: Final = 40
_ANSWER_EVERY: Final = 8
_FAILS: Final = 0.08

_SIGNS: Final = {
    ">": (Role.USER, Part.TEXT),
    "~": (Role.ASSISTANT, Part.THINKING),
    "<": (Role.ASSISTANT, Part.TEXT),
    "$": (Role.ASSISTANT, Part.TOOL_CALL),
    "=": (Role.TOOL, Part.TOOL_RESULT),
    "!": (Role.TOOL, Part.TOOL_RESULT),
}


class Said(Struct):
    """A message: who said what, and the number, from 1, of the message it answers."""

    role: Role
    blocks: list[Block]
    answers: int


def read_talk(talk: str) -> list[Said]:
    """Return the messages of a talk, in order."""
    said: list[Said] = []
    calls: deque[str] = deque()
    answers: int | None = None
    for sign, text in _pieces(talk):
        if sign == "@":
            answers = int(text)
            continue
        role, part = _SIGNS[sign]
        block = _block(sign, part, text, calls, f"call-{len(said)}-{len(calls)}")
        if answers is None and said and said[-1].role is role is not Role.USER:
            said[-1].blocks.append(block)
        else:
            said.append(Said(role, [block], len(said) if answers is None else answers))
        answers = None
    return said


def long_talk(random: Random, turns: int, after: int) -> Iterator[Said]:
    """Yield the messages of so many more turns, which follow message number `after`."""
    number = after
    for turn in range(1, turns + 1):
        thought, command, output = log_step(random)
        call = Block(
            type=Part.TOOL_CALL,
            name="Bash",
            text=json.dumps({"command": command, "description": f"Step {turn}"}),
            call_id=f"step-{turn}",
        )
        thinking = Block(type=Part.THINKING, text=thought)
        failed = random.random() < _FAILS
        result = Block(
            type=Part.TOOL_RESULT,
            text="Killed: the process used more than 6 GB" if failed else output,
            call_id=f"step-{turn}",
            is_error=failed,
        )
        messages = [(Role.ASSISTANT, [thinking, call]), (Role.TOOL, [result])]
        if turn % _ANSWER_EVERY == 0:
            told = f"**Step {turn}.** {thought}\n\n`{command}` says: {output}"
            messages.append((Role.ASSISTANT, [Block(type=Part.TEXT, text=told)]))
        if turn % _PROMPT_EVERY == 0:
            go_on = f"Go on. What did the last {_PROMPT_EVERY} steps rule out?"
            messages.append((Role.USER, [Block(type=Part.TEXT, text=go_on)]))
        for role, blocks in messages:
            yield Said(role, blocks, number)
            number += 1


def _pieces(talk: str) -> Iterator[tuple[str, str]]:
    """Yield the sign and the text of each block, and the jumps to other branches."""
    sign, lines = "", list[str]()
    for line in talk.strip("\n").splitlines():
        begins = line[:1] in _SIGNS and line[1:2] == " "
        jumps = line[:1] == "@" and line[1:].isdigit()
        if (begins or jumps) and sign:
            yield sign, "\n".join(lines).strip()
        if begins or jumps:
            sign, lines = line[0], [line[2 if begins else 1 :]]
        else:
            lines.append(line)
    yield sign, "\n".join(lines).strip()


def _block(sign: str, part: Part, text: str, calls: deque[str], call_id: str) -> Block:
    if sign == "$":
        name, _, given = text.partition(" ")
        calls.append(call_id)
        return Block(type=part, name=name, text=given, call_id=call_id)
    if part is Part.TOOL_RESULT:
        return Block(type=part, text=text, call_id=calls.popleft(), is_error=sign == "!")
    return Block(type=part, text=text)
