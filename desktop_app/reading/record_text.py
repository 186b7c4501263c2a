"""The words of a record: what is compared, printed and copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from db.cancel import CancelToken
from db.errors import RecordNotFoundError
from db.ports import Storage
from db.records import AnyRecord, Block, ExecutionRecord, Kind, MessageRecord, RecordDetail
from db.vocabulary import Part
from desktop_app.lists.record_columns import COLUMNS
from desktop_app.look.text import local_time
from desktop_app.reading.branches import Tree
from desktop_app.reading.diff_view import Side
from desktop_app.reading.timeline import head

_STEP: Final = 200
_NO_FACTS: Final = frozenset({"title", "updated", "created"})
_BLOCK_WORDS: Final = {
    Part.THINKING: "Thinking",
    Part.TOOL_CALL: "Tool call",
    Part.TOOL_RESULT: "Tool result",
    Part.IMAGE: "Image",
}


def name_of(record: AnyRecord) -> str:
    """Return what a record is called where another of its kind stands beside it."""
    title = record.title or "Untitled"
    if isinstance(record, ExecutionRecord):
        return f"{record.task_title or title} · {head(record)}"
    if isinstance(record, MessageRecord):
        return f"{record.conversation_title} · message {record.position + 1}"
    return title


def read_side(storage: Storage, kind: Kind, pk: int, token: CancelToken) -> Side:
    """Read the text of a record for a comparison.

    Raises:
        RecordNotFoundError: there is none.
    """
    record, text = _read(storage, kind, pk, token)
    return Side(name_of(record), text)


def record_markdown(storage: Storage, kind: Kind, pk: int, token: CancelToken) -> str:
    """Return a record as Markdown: its title, its facts, and all of its text.

    Raises:
        RecordNotFoundError: there is none.
    """
    record, text = _read(storage, kind, pk, token)
    return "\n\n".join(
        part
        for part in (f"# {_one_line(record.title) or 'Untitled'}", _facts(kind, record), text)
        if part
    )


def _read(storage: Storage, kind: Kind, pk: int, token: CancelToken) -> tuple[AnyRecord, str]:
    if kind is Kind.MESSAGE:
        found = storage.message_details([pk], token)
        if not found:
            raise RecordNotFoundError("The message is gone.")
        return found[0].record, blocks_markdown(found[0].blocks)
    detail = storage.detail(kind, pk)
    parts = [detail.description]
    if isinstance(detail, RecordDetail):
        parts += [
            f"## {name.replace('_', ' ').capitalize()}\n\n{text}"
            for name, text in detail.texts.items()
            if text and not text.isspace()
        ]
    if kind is Kind.CONVERSATION:
        parts += _messages(storage, pk, token)
    return detail.record, "\n\n".join(part for part in parts if part and not part.isspace())


def _messages(storage: Storage, pk: int, token: CancelToken) -> list[str]:
    """Return the messages of a conversation as it is read, then those of other branches."""
    entries = storage.thread(pk, token)
    tree = Tree(entries)
    read = list(tree.path({}).messages)
    others = sorted(set(range(len(entries))).difference(read))
    parts = _said(storage, [entries[place].pk for place in read], token)
    if others:
        parts.append("# Other branches")
    for branch in _branches(tree, others):
        instead = min(set(tree.alternatives(branch[0])) - {branch[0]}, default=branch[0])
        parts.append(f"*Instead of “{_one_line(entries[instead].title)}”:*")
        parts += _said(storage, [entries[place].pk for place in branch], token)
    return parts


def _branches(tree: Tree, others: Sequence[int]) -> list[list[int]]:
    """Return messages that are on other branches, each branch by itself."""
    branches: dict[int, list[int]] = {}
    for place in others:
        home = branches.get(tree.parent(place))
        if home is None or len(tree.alternatives(place)) > 1:
            home = []
        home.append(place)
        branches[place] = home
    return [branch for place, branch in branches.items() if branch[0] == place]


def _said(storage: Storage, pks: Sequence[int], token: CancelToken) -> list[str]:
    """Return what messages say, each under who said it; empty ones are left out."""
    parts = []
    for start in range(0, len(pks), _STEP):
        token.check()
        for message in storage.message_details(pks[start : start + _STEP], token):
            record, text = message.record, blocks_markdown(message.blocks)
            if text and not text.isspace():
                said = f"{record.role.word.capitalize()}, {local_time(record.created_at)}"
                parts.append(f"## {said}\n\n{text}")
    return parts


def blocks_markdown(blocks: Sequence[Block]) -> str:
    """Return what a message says as Markdown; calls and their results as code."""
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    if block.type is Part.TEXT:
        return block.text
    words = " ".join(part for part in (_BLOCK_WORDS[block.type], block.name) if part)
    title = f"**{_one_line(words)}{' (error)' if block.is_error else ''}**"
    if not block.text:
        return title
    if block.type is Part.THINKING:
        return f"{title}\n\n" + "\n".join(f"> {line}" for line in block.text.split("\n"))
    fence = _fence_around(block.text)
    return f"{title}\n\n{fence}\n{block.text}\n{fence}"


def _fence_around(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return fence


def _facts(kind: Kind, record: AnyRecord) -> str:
    """Return what a list shows of a record, and its times and id, as a Markdown list."""
    facts = [
        (column.title, column.text(record))
        for column in COLUMNS[kind]
        if column.key not in _NO_FACTS
    ]
    facts += [
        ("Created", local_time(record.created_at)),
        ("Updated", local_time(record.updated_at)),
    ]
    return "\n".join(f"- {name}: {_one_line(words)}" for name, words in facts if words.strip())


def _one_line(words: str) -> str:
    return " ".join(words.split())
