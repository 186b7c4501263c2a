"""Gemini CLI sessions: as one object, and as lines that go on."""

import pytest

from db.times import parse_time
from db.vocabulary import Part, Role
from tests.db.exchange.threads import conversations_of, messages_of, tree_of
from tests.db.factories import faults, import_files, write_json, write_lines

SESSION = "f86f5318-0000-4000-8000-000000000001"
HEAD = {
    "sessionId": SESSION,
    "projectHash": "79b6fa86",
    "startTime": "2026-03-01T10:00:00.000Z",
    "lastUpdated": "2026-03-01T10:05:00.000Z",
}


def said(name, kind, content, **more):
    moment = "2026-03-01T10:01:00.000Z"
    return {"id": name, "timestamp": moment, "type": kind, "content": content, **more}


CALL = {
    "id": "run-1",
    "name": "list_directory",
    "args": {"path": "."},
    "status": "error",
    "result": [{"functionResponse": {"id": "run-1", "response": {"output": "a.py"}}}],
}
TALK = [
    said("m1", "user", "List the files"),
    said(
        "m2",
        "gemini",
        "One file.",
        thoughts=[{"subject": "Looking", "description": "Where?"}],
        toolCalls=[CALL],
        model="gemini-2.5-pro",
        tokens={"input": 5},
    ),
    said("m3", "error", "Quota exceeded"),
    said("m4", "user", [{"text": "Go on"}, {"inlineData": {"mimeType": "image/png"}}]),
]  # fmt: skip


@pytest.fixture
def only(storage):
    """Import a file and return the one conversation it is."""

    def of(path):
        report = import_files(storage, path)
        assert report.formats == ["gemini"]
        (found,) = conversations_of(storage).values()
        return found

    return of


def check_whole(storage, found):
    told = [
        (each.record.role, [(block.type, block.name, block.text) for block in each.blocks])
        for each in messages_of(storage, found)
    ]
    assert told == [
        (Role.USER, [(Part.TEXT, "", "List the files")]),
        (
            Role.ASSISTANT,
            [
                (Part.THINKING, "", "Looking\n\nWhere?"),
                (Part.TEXT, "", "One file."),
                (Part.TOOL_CALL, "list_directory", '{"path": "."}'),
                (Part.TOOL_RESULT, "list_directory", "a.py"),
            ],
        ),
        (Role.SYSTEM, [(Part.TEXT, "", "Quota exceeded")]),
        (Role.USER, [(Part.TEXT, "", "Go on"), (Part.IMAGE, "image/png", "")]),
    ]
    assert (found.title, found.model, found.errors) == ("List the files", "gemini-2.5-pro", 2)
    assert (found.external_id, found.project) == (SESSION, "79b6fa86")
    assert found.created_at == parse_time(HEAD["startTime"])
    assert faults(storage) == []


def test_a_session_is_read(storage, tmp_path, only):
    path = write_json(tmp_path / "session.json", {**HEAD, "messages": TALK})

    check_whole(storage, only(path))

    assert import_files(storage, path).effective == 0


def test_a_session_of_lines_is_read_alike(storage, tmp_path, only):
    found = only(write_lines(tmp_path / "session.jsonl", [HEAD, *TALK]))

    check_whole(storage, found)


def test_a_session_that_was_rewound_has_branches(storage, tmp_path, only):
    lines = [HEAD, *TALK, {"$rewindTo": "m1"}, said("m5", "gemini", "Again"),
             {"$set": {"summary": "Files", "directories": ["/home/ada"]}}]  # fmt: skip

    found = only(write_lines(tmp_path / "session.jsonl", lines))

    assert tree_of(storage, found)["Again"] == "List the files"
    assert (found.title, found.project) == ("Files", "/home/ada")


def test_a_message_that_is_written_again_is_the_same_one(storage, tmp_path, only):
    grown = {**TALK[1], "content": "One file, a.py."}

    path = write_lines(tmp_path / "session.jsonl", [HEAD, TALK[0], TALK[1], grown, TALK[2]])

    found = only(path)

    assert [each.blocks[-3].text for each in messages_of(storage, found)[1:2]] == [
        "One file, a.py."
    ]
    assert tree_of(storage, found) == {
        "List the files": None,
        "One file, a.py.": "List the files",
        "Quota exceeded": "One file, a.py.",
    }
    again = import_files(storage, path)
    assert (again.effective, again.repeated, found.messages) == (0, {}, 3)


def test_odd_messages_are_no_hindrance(storage, tmp_path, only):
    odd = [5, {}, said("m1", "owl", None), said(None, "user", {"a": 1}),
           said("m3", "gemini", "", toolCalls=[5, {}], thoughts="no")]  # fmt: skip

    found = only(write_json(tmp_path / "s.json", {**HEAD, "messages": odd, "summary": 5}))

    assert found.messages == 3
