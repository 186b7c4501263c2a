"""The texts of the sample: why a task is there, when it is done, what was seen on the way."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct, convert

from db.vocabulary import Status
from resources.loader import resource_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from db.incoming import IncomingTask


class _RunLog(Struct):
    paths: list[str]
    thoughts: list[str]
    commands: list[tuple[str, str]]


class _RunReports(Struct):
    questions: list[str]
    done: list[str]
    remarks: list[str]
    answers: list[str]


class _Texts(Struct):
    """The sentences to draw from: by a task's kind, by its state, or for all."""

    done_when: list[str]
    snippets: list[str]
    answers: list[str]
    steps: dict[str, list[str]]
    why: dict[str, list[str]]
    seen: dict[str, list[str]]
    log: _RunLog
    runs: _RunReports


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


def plan_report(random: Random, task: IncomingTask) -> str:
    """Return what the planning of a task says."""
    texts = _texts()
    steps = step_titles(random, task, 4) or random.sample(texts.runs.done, 3)
    return "\n\n".join(
        (
            f"# Plan: {task.title}",
            random.choice(texts.why[task.kind]),
            "## Steps\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1)),
            "## Open questions\n" + _bullets(random.sample(texts.runs.questions, 2)),
        )
    )


def work_report(random: Random, task: IncomingTask, *, turns: int = 0) -> str:
    """Return what the work on a task says, with a log of so many turns after it."""
    texts = _texts()
    command, output = random.choice(texts.log.commands)
    parts = [
        f"# {task.title}",
        " ".join(random.sample(texts.runs.done, 2)),
        "## Files\n" + _bullets(f"`{path}`" for path in random.sample(texts.log.paths, 3)),
        random.choice(texts.snippets).strip(),
        f"## Seen\n{random.choice(texts.log.thoughts)}",
        f"```console\n$ {command}\n{output}\n```",
    ]
    parts += [_turn(random, texts, number) for number in range(1, turns + 1)]
    return "\n\n".join(parts)


def review_report(random: Random, decision: str) -> str:
    """Return what the review of some work says."""
    remarks = random.sample(_texts().runs.remarks, 3)
    return f"# Review\n\n**Decision:** {decision}\n\n## Remarks\n{_bullets(remarks)}"


def check_report(random: Random, *, failed: bool) -> str:
    """Return what a run of the tests says."""
    number = random.randint(180, 900)
    if not failed:
        return f"# Tests\n\nAll **{number}** passed.\n\n```console\n{number} passed\n```"
    seen = random.choice(_texts().snippets).strip()
    bad = random.randint(1, 4)
    counted = f"```console\n{bad} failed, {number - bad} passed\n```"
    return f"# Tests\n\n**{bad} of {number} failed.**\n\n{counted}\n\n{seen}"


def revised(random: Random, report: str) -> str:
    """Return a report as the next turn writes it anew: much the same, a little longer."""
    texts = _texts()
    lines = report.splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith("- `")]
    if places:
        lines[places[-1]] = f"- `{random.choice(texts.log.paths)}`"
    answers = random.sample(texts.runs.answers, 2)
    return "\n".join([*lines, "", "## After the review", _bullets(answers)])


def log_step(random: Random) -> tuple[str, str, str]:
    """Return a thought, a command and its output."""
    log = _texts().log
    command, output = random.choice(log.commands)
    return random.choice(log.thoughts), command, output


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


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
