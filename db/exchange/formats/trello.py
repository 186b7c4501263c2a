"""Trello's export of a board, or of a single card.

Cards are tasks, whose state is the list they are in; the items of their checklists are
parts of them, comments are status updates. What else a board holds, its other actions too,
is the raw text of the batch. Ids are the same in whatever export of the board they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from db.errors import MalformedFileError
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import JsonCursor, Value
from db.exchange.raw_object import RawObject
from db.exchange.shells import ShellReader, objects_of
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status, fold_status

_BOARD: Final = frozenset({"prefs", "labelNames", "shortUrl"})
_CONTENT: Final = frozenset({"cards", "lists"})
_CARD: Final = frozenset({"idBoard", "idList", "name"})
_ARCHIVED: Final = "archived"
_COMMENTS: Final = frozenset({"commentCard", "copyCommentCard"})
_MAX_WAITING_CHARS: Final = 256 << 20
"""So much text of cards may wait for the lists, which Trello mostly writes after them."""

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_SIGNS: Final = re.compile(r"[\W_]+")


class Trello(ReadOnly):
    """Reads exports of Trello."""

    name = "trello"
    title = "Trello board or card"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        keys = sample.members.keys()
        is_board = keys >= _BOARD or (keys >= _CONTENT and _has_cards(sample))
        return 0.97 if is_board or (keys >= _CARD and "id" in keys) else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the board, whose id all its cards know."""
        members = sample.members
        board = members.get("id") if not members.keys() >= _CARD else members.get("idBoard")
        return f"{self.name}:{board}" if isinstance(board, str) and board else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the board as one batch, its cards and what belongs to them."""
        members = document.sample.members
        if members.keys() >= _CARD:
            yield from _single_card(document)
            return
        batch = IncomingBatch(
            external_id=text_of(members.get("id")) or "board",
            title=text_of(members.get("name")) or document.stem,
            description=text_of(members.get("desc")),
        )
        yield batch
        shell = ShellReader(["cards", "actions"])
        cards: list[Value] = []
        comments: list[IncomingRecord] = []
        cursor = document.cursor()
        for key in shell.walk(cursor):
            if key == "cards":
                cards = _waiting(cursor, document)
            else:
                others = _actions(cursor.values(), batch.external_id, comments)
                shell.keep(key, f"[{','.join(others)}]")
        cursor.end()
        around = RawObject(shell.text())
        board = _Board(shell.data, around.items("checklists"), batch.external_id)
        for value in cards:
            assert isinstance(value.data, dict)
            yield from board.card(value, value.data)
        yield from comments
        batch.raw = shell.text()
        batch.description = text_of(shell.data.get("desc"))
        yield batch


def _has_cards(sample: Sample) -> bool:
    cards = sample.members.get("cards")
    found = cards if isinstance(cards, list) else []
    return any(isinstance(card, dict) and "idList" in card for card in found)


def _waiting(cursor: JsonCursor, document: Document) -> list[Value]:
    """Return the cards; their state is known when the lists have been read.

    Raises:
        MalformedFileError: they are too many to wait.
    """
    cards: list[Value] = []
    chars = 0
    for value in objects_of(document, cursor.values()):
        chars += len(value.raw)
        if chars > _MAX_WAITING_CHARS:
            raise MalformedFileError(
                f"the cards of the board are longer than {_MAX_WAITING_CHARS:,} characters.",
                path=document.name,
                line=value.line,
                pointer=value.pointer,
                advice="Export the board in parts, or import it as a list of objects.",
            )
        cards.append(value)
    return cards


class _Board:
    """What cards refer to: lists, labels and checklists by their ids."""

    def __init__(self, data: dict[str, Any], checklists: list[Value], batch: str) -> None:
        self._batch = batch
        self._lists = {text_of(each.get("id")): each for each in _objects(data.get("lists"))}
        self._labels = {text_of(each.get("id")): each for each in _objects(data.get("labels"))}
        self._checklists: dict[str, list[RawObject]] = {}
        for each in _raw_objects(checklists):
            self._checklists.setdefault(text_of(each.data.get("idCard")), []).append(each)

    def card(self, value: Value, data: dict[str, Any]) -> Iterator[IncomingTask]:
        """Yield a card as a task, and the items of its checklists as parts of it."""
        name = text_of(data.get("id")) or f"card at {value.pointer}"
        of = self._lists.get(text_of(data.get("idList")), data.get("list"))
        list_name = text_of(of.get("name")) if isinstance(of, dict) else ""
        status, word = _status(list_name)
        if data.get("dueComplete") is True:
            status = Status.SUCCEEDED
        closed = data.get("closed") is True
        yield IncomingTask(
            external_id=name,
            title=first_line(text_of(data.get("name"))) or name,
            status=status,
            status_word=word,
            kind="card",
            description=text_of(data.get("desc")),
            created_at=_made(name),
            updated_at=parse_time(data.get("dateLastActivity")),
            raw=value.raw,
            offset=value.offset,
            length=value.length,
            batch=self._batch,
            tags=tuple(dict.fromkeys((*self._tags(data), *([_ARCHIVED] if closed else [])))),
        )
        for checklist in self._checklists.get(name, ()):
            for item in checklist.items("checkItems"):
                if isinstance(item.data, dict):
                    yield self._item(value, name, checklist, item.raw, item.data)

    def _tags(self, data: dict[str, Any]) -> Iterator[str]:
        labels = _objects(data.get("labels"))
        if not labels:
            wanted = names_in(data.get("idLabels"))
            labels = [self._labels[each] for each in wanted if each in self._labels]
        for label in labels:
            if name := text_of(label.get("name")).strip() or text_of(label.get("color")):
                yield name

    def _item(
        self, value: Value, card: str, checklist: RawObject, raw: str, item: dict[str, Any]
    ) -> IncomingTask:
        name = text_of(item.get("id")) or f"{card}/{text_of(item.get('name'))}"
        status, word = read_status(item.get("state"))
        return IncomingTask(
            external_id=name,
            title=text_of(item.get("name")) or name,
            status=Status.QUEUED if word == "incomplete" else status,
            status_word=word,
            kind="check item",
            description=text_of(checklist.data.get("name")),
            created_at=_made(name),
            raw=raw,
            offset=value.offset,
            length=value.length,
            batch=self._batch,
            parent=card,
        )


def _single_card(document: Document) -> Iterator[Incoming]:
    """Yield the board that a card is on, with that card alone."""
    cursor = document.cursor()
    value = cursor.value()
    cursor.end()
    data = value.data if isinstance(value.data, dict) else {}
    board = data.get("board")
    name = text_of(board.get("name")) if isinstance(board, dict) else ""
    external_id = text_of(data.get("idBoard"))
    yield IncomingBatch(external_id=external_id, title=name or document.stem)
    card = RawObject(value.raw)
    yield from _Board(data, card.items("checklists"), external_id).card(value, data)
    for action in card.items("actions"):
        if isinstance(action.data, dict) and text_of(action.data.get("type")) in _COMMENTS:
            record = _comment(action, action.data, external_id)
            record.offset, record.length = value.offset, value.length
            yield record


def _actions(
    values: Iterator[Value], batch: str, comments: list[IncomingRecord]
) -> Iterator[str]:
    """Note the comments among some actions, and yield the text of the others."""
    for value in values:
        data = value.data if isinstance(value.data, dict) else {}
        if text_of(data.get("type")) in _COMMENTS:
            comments.append(_comment(value, data, batch))
        else:
            yield value.raw


def _comment(value: Value, data: dict[str, Any], batch: str) -> IncomingRecord:
    said = data.get("data")
    said = said if isinstance(said, dict) else {}
    author = data.get("memberCreator")
    author = author if isinstance(author, dict) else {}
    card = said.get("card")
    of = text_of(card.get("id")) if isinstance(card, dict) else ""
    text = text_of(said.get("text"))
    when = parse_time(data.get("date"))
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id=text_of(data.get("id")) or f"comment at {value.pointer}",
        title=first_line(text) or "Empty comment",
        description=text,
        fields={"actor": text_of(author.get("fullName") or author.get("username"))},
        refs={"batch": batch, **({"task": of} if of else {})},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=when,
        updated_at=when,
    )


def _status(list_name: str) -> tuple[Status, str | None]:
    """Return the state that a list's name means, whatever signs decorate it."""
    status, word = read_status(list_name)
    plain = fold_status(_SIGNS.sub(" ", list_name).strip())
    if status is Status.QUEUED and plain is not None:
        return plain, word
    return status, word


def _made(id_: str) -> int | None:
    """Return when a thing was made: its id begins with the seconds since 1970."""
    if not _OBJECT_ID.fullmatch(id_):
        return None
    return parse_time(int(id_[:8], 16))


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _raw_objects(values: list[Value]) -> Iterator[RawObject]:
    return (RawObject(value.raw) for value in values if isinstance(value.data, dict))


TRELLO: Final = Trello()
