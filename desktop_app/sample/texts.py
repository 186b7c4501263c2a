"""The texts of the sample: why a task is there, when it is done, what was seen on the way."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct, convert

from db.vocabulary import Status
from resources.loader import resource_bytes

if TYPE_CHECKING:
    from random import Random

    from db.ports import IncomingTask


class _RunLog(Struct):
    paths: list[str]
    thoughts: list[str]
    commands: list[tuple[str, str]]


class _Texts(Struct):
    """The sentences to draw from: by a task's kind, by its state, or for all."""

    done_when: list[str]
    snippets: list[str]
    answers: list[str]
    steps: dict[str, list[str]]
    why: dict[str, list[str]]
    seen: dict[str, list[str]]
    log: _RunLog


@cache
def _texts() -> _Texts:
    return convert(tomllib.loads(resource_bytes("sample_texts.toml").decode()), _Texts)


def step_titles(random: Random, task: IncomingTask, count: int) -> list[str]:
    """Return titles for the steps of a task; some kinds of task have none."""
    steps = _texts().steps.get(task.kind, [])
    first = random.randrange(len(steps)) if steps else 0
    chosen = (steps + steps)[first : first + count]
    return [title.format(tag=task.tags[0]) for title in chosen]


def describe(random: Random, task: IncomingTask, *, turns: int = 0) -> str:
    """Return the Markdown of a task, with the log of a run of so many turns after it."""
    texts = _texts()
    if task.kind == "request":
        return random.choice(texts.answers)
    parts = [random.choice(texts.why[task.kind])]
    if task.parent is None:
        criteria = random.sample(texts.done_when, random.randint(2, 4))
        parts.append("## Done when\n" + "\n".join(f"- {line}" for line in criteria))
        parts += random.choices(texts.snippets, k=random.random() < 0.3)  # noqa: PLR2004
    seen = texts.seen[Status(task.status).word]
    if seen:
        parts.append(f"## So far\n{random.choice(seen)}")
    if turns:
        parts.append("## Log of the run")
        parts += [_turn(random, texts, number) for number in range(1, turns + 1)]
    return "\n\n".join(parts)


def _turn(random: Random, texts: _Texts, number: int) -> str:
    first = random.randint(1, 400)
    last = first + random.randint(8, 90)
    command, output = random.choice(texts.log.commands)
    told = [
        f"### Turn {number}: `{random.choice(texts.log.paths)}`, lines {first} to {last}",
        " ".join(random.sample(texts.log.thoughts, 3)),
        f"```console\n$ {command}\n{output}\n```",
    ]
    if number % 6 == 0:
        told.append(random.choice(texts.snippets))
    return "\n\n".join(told)
