"""Trello's exports: cards are tasks, the items of their checklists are parts of them."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status
from tests.db.exchange.kinds import details_of
from tests.db.factories import (
    SHARED,
    batches_of,
    faults,
    import_files,
    opened,
    task_named,
    tasks_of,
    write_json,
)

BOARD_ID = "57e8e6a108889d9e456418a2"
FIRST, SECOND, THIRD = (f"57e92a5{n}eb1aff6b28bf5912" for n in range(3))
LATER = "2016-10-03T08:19:46.875Z"


def card(name, of, **fields):
    return {"id": name, "name": f"Card {name[7]}", "desc": "", "idBoard": BOARD_ID,
            "idList": of, "closed": False, "dateLastActivity": LATER, "labels": [],
            **fields}  # fmt: skip


def action(name, kind, text="", of=FIRST):
    return {"id": name, "type": kind, "date": LATER, "data": {"text": text, "card": {"id": of}},
            "memberCreator": {"fullName": "Ada", "username": "ada"}}  # fmt: skip


CHECKLIST = {
    "id": "c1",
    "name": "Before leaving",
    "idCard": FIRST,
    "checkItems": [
        {"id": "i1", "name": "Reef", "state": "complete", "pos": 1.5},
        {"id": "i2", "name": "Row", "state": "incomplete", "pos": 2},
    ],
}
BOARD = {
    "id": BOARD_ID,
    "name": "Voyage",
    "desc": "Far",
    "prefs": {},
    "labelNames": {},
    "shortUrl": "x",
    "actions": [action("a1", "commentCard", "Aye\nsir"), action("a2", "updateCard")],
    "cards": [
        card(FIRST, "l1", desc="Do it",
             labels=[{"name": "wood"}, {"name": "", "color": "red"}]),
        card(SECOND, "l2", closed=True),
        card(THIRD, "l3", dueComplete=True, idLabels=["b1"]),
    ],
    "labels": [{"id": "b1", "name": "tar"}],
    "lists": [{"id": "l1", "name": "To Do"}, {"id": "l2", "name": "✅ Done!"},
              {"id": "l3", "name": "Some day"}],
    "checklists": [CHECKLIST],
}  # fmt: skip


def test_a_board_is_read_with_all_that_is_on_it(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "board.json", BOARD))

    assert report.formats == ["trello"]
    assert report.new == {"batch": 1, "task": 5, "status update": 1}
    (batch,) = batches_of(storage)
    detail = storage.batches.get(batch.pk)
    assert (batch.title, detail.description) == ("Voyage", "Far")
    assert json.loads(detail.raw) == {**BOARD, "cards": [], "actions": BOARD["actions"][1:]}
    first = task_named(storage, FIRST)
    task = first.record
    assert (task.title, first.description, task.kind) == ("Card 0", "Do it", "card")
    assert (task.tags, task.updated_at) == (("red", "wood"), parse_time(LATER))
    assert task.created_at == parse_time(int(FIRST[:8], 16))
    assert json.loads(first.raw) == BOARD["cards"][0]
    said = details_of(storage, Kind.STATUS_UPDATE)["a1"]
    assert (said.record.actor, said.record.task_title) == ("Ada", "Card 0")
    assert said.description == "Aye\nsir"
    assert faults(storage) == []
    assert import_files(storage, tmp_path / "board.json").effective == 0


def test_the_list_of_a_card_is_its_state(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "board.json", BOARD))

    cards = [task_named(storage, name).record for name in (FIRST, SECOND, THIRD)]
    assert [(task.status, task.status_word) for task in cards] == [
        (Status.QUEUED, "To Do"),
        (Status.SUCCEEDED, "✅ Done!"),
        (Status.SUCCEEDED, "Some day"),
    ]
    assert [task.tags for task in cards[1:]] == [("archived",), ("tar",)]


def test_items_of_checklists_are_parts_of_their_card(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "board.json", BOARD))

    reef, row = task_named(storage, "i1"), task_named(storage, "i2")
    assert (reef.record.title, reef.description) == ("Reef", "Before leaving")
    assert (reef.parent.external_id, reef.record.kind) == (FIRST, "check item")
    states = [each.record.status for each in (reef, row)]
    assert states == [Status.SUCCEEDED, Status.QUEUED]
    assert json.loads(row.raw) == CHECKLIST["checkItems"][1]


def test_a_card_alone_is_the_same_as_on_its_board(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "board.json", BOARD))
    alone = {
        **BOARD["cards"][0],
        "list": {"id": "l1", "name": "Doing"},
        "checklists": [CHECKLIST],
        "actions": [action("a3", "commentCard", "Nay")],
        "dateLastActivity": "2016-11-03T08:19:46.875Z",
    }

    report = import_files(storage, write_json(tmp_path / "card.json", alone))

    assert report.formats == ["trello"]
    assert report.new == {"status update": 1}
    assert report.changed == {"task": 1}
    assert task_named(storage, FIRST).record.status is Status.RUNNING


@pytest.mark.parametrize(
    "content",
    [
        {"id": 1, "name": "x", "cards": [{"name": "a"}], "lists": []},
        {"idList": 1, "name": "x", "tasks": [{"title": "a"}]},
    ],
)
def test_other_objects_are_not_taken(storage, tmp_path, content):
    assert import_files(storage, write_json(tmp_path / "a.json", content)).formats == [
        "generic"
    ]


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("trello/*.json")), ids=lambda path: path.name
)
def test_a_real_board_is_read_whole(path):
    board = json.loads(path.read_bytes())
    items = [item for each in board["checklists"] for item in each["checkItems"]]
    names = {each["id"]: each["name"] for each in board["lists"]}
    with opened() as storage:
        assert import_files(storage, path).formats == ["trello"]

        tasks = {task.external_id: task for task in tasks_of(storage)}
        assert tasks.keys() == {each["id"] for each in (*board["cards"], *items)}
        for each in board["cards"]:
            task = tasks[each["id"]]
            assert task.status_word in {names[each["idList"]], None}
            assert ("archived" in task.tags) == each["closed"]
        comments = [each for each in board["actions"] if each["type"] == "commentCard"]
        assert len(details_of(storage, Kind.STATUS_UPDATE)) == len(comments)
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
