"""Claude.ai exports: conversations with their branches, and what comes with them."""

import json

import pytest

from db.errors import MalformedFileError
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Part, Role
from tests.db.exchange.kinds import details_of
from tests.db.exchange.threads import conversations_of, messages_of, read_as, tree_of
from tests.db.factories import SHARED, batches_of, faults, import_files, opened, write_json

BEGUN, ENDED = "2026-03-01T10:00:00.123456+00:00", "2026-03-01T11:00:00Z"
ROOT = "00000000-0000-4000-8000-000000000000"


def message(name, sender, text="", *blocks, **more):
    return {
        "uuid": name,
        "text": text,
        "content": list(blocks),
        "sender": sender,
        "created_at": BEGUN,
        "updated_at": BEGUN,
        "attachments": [],
        "files": [],
        **more,
    }


def words(text):
    return {"type": "text", "text": text}


TALK = [
    message("ask", "human", "", words("How long?"), parent_message_uuid=ROOT),
    message("old", "assistant", "An hour.", words("An hour."), parent_message_uuid="ask"),
    message("new", "assistant", "A day.", words("A day."), parent_message_uuid="ask"),
    message("more", "human", "Sure?", words("Sure?"), parent_message_uuid="old"),
]


def conversation(messages, name="c-1", **more):
    return {
        "uuid": name,
        "name": "Bread",
        "summary": "About dough",
        "created_at": BEGUN,
        "updated_at": ENDED,
        "account": {"uuid": "a-1"},
        "chat_messages": messages,
        **more,
    }


def import_export(storage, tmp_path, content, name="conversations.json"):
    return import_files(storage, write_json(tmp_path / name, content))


@pytest.fixture
def only(storage, tmp_path):
    """Import one conversation and return it."""

    def of(content):
        report = import_export(storage, tmp_path, content)
        assert report.formats == ["claude-ai"]
        (found,) = conversations_of(storage).values()
        return found

    return of


def test_every_branch_is_kept(storage, only):
    found = only([conversation(TALK)])

    assert tree_of(storage, found) == {
        "How long?": None,
        "An hour.": "How long?",
        "A day.": "How long?",
        "Sure?": "An hour.",
    }
    assert [each.role for each in storage.thread(found.pk)] == [
        *(Role.USER, Role.ASSISTANT, Role.ASSISTANT, Role.USER),
    ]
    assert faults(storage) == []


def test_a_conversation_has_its_title_times_model_and_summary(storage, only):
    found = only(conversation(TALK, model="claude-3-5-sonnet"))

    assert (found.title, found.model, found.messages) == ("Bread", "claude-3-5-sonnet", 4)
    assert (found.created_at, found.updated_at) == (parse_time(BEGUN), parse_time(ENDED))
    assert storage.detail(Kind.CONVERSATION, found.pk).description == "About dough"
    assert (found.source, found.external_id) == ("claude-ai", "c-1")


def test_without_parents_each_message_answers_the_one_before(storage, only):
    plain = [{key: each[key] for key in ("uuid", "sender", "text")} for each in TALK[1:]]

    found = only([conversation(plain, name="c-1")])

    assert tree_of(storage, found) == {
        "An hour.": None,
        "A day.": "An hour.",
        "Sure?": "A day.",
    }


def test_a_conversation_without_a_name_is_titled_by_what_was_asked(only):
    assert only([{**conversation(TALK), "name": ""}]).title == "How long?"


@pytest.mark.parametrize(
    ("said", "blocks"),
    [
        (message("m", "assistant", "only text"), [(Part.TEXT, "", "only text")]),
        (message("m", "assistant", "flat", words("from the blocks")),
         [(Part.TEXT, "", "from the blocks")]),
        (message("m", "assistant", "", {"type": "thinking", "thinking": "Hm", "summaries": []}),
         [(Part.THINKING, "", "Hm")]),
        (message("m", "assistant", "", {"type": "tool_use", "id": "t", "name": "repl",
                                        "input": {"code": "1"}}),
         [(Part.TOOL_CALL, "repl", '{"code": "1"}')]),
        (message("m", "assistant", "", {"type": "tool_result", "tool_use_id": "t", "name": "r",
            "content": [words("one"), {"type": "image", "file_uuid": "f"}], "is_error": False}),
         [(Part.TOOL_RESULT, "r", "one"), (Part.IMAGE, "image", "f")]),
        (message("m", "human", "", words("See"), attachments=[
            {"file_name": "a.txt", "file_size": 5, "extracted_content": "long text"}]),
         [(Part.TEXT, "", "See"), (Part.TEXT, "", "Attachment: a.txt\n\nlong text")]),
        (message("m", "human", "", words("See"), files=[
            {"file_kind": "image", "file_uuid": "f-1"}, {"file_name": "b.pdf"}]),
         [(Part.TEXT, "", "See"), (Part.IMAGE, "image", "f-1"),
          (Part.TEXT, "", "Attachment: b.pdf")]),
        (message("m", "assistant", "", {"type": "novel", "text": "told"}, 5, None),
         [(Part.TEXT, "", "told"), (Part.TEXT, "", "5")]),
        (message("m", "assistant", "", {"type": "token_budget", "remaining": 5}), []),
        (message("m", "assistant", content=None), []),
    ],
)  # fmt: skip
def test_every_type_of_content_is_read(storage, only, said, blocks):
    found = only([conversation([said])])

    (read,) = messages_of(storage, found)
    assert [(each.type, each.name, each.text) for each in read.blocks] == blocks


def test_a_failed_tool_is_an_error(only):
    failed = {"type": "tool_result", "name": "r", "content": "no", "is_error": True}

    assert only([conversation([message("m", "assistant", "", failed)])]).errors == 1


PROJECT = {
    "uuid": "p-1",
    "name": "Bakery",
    "description": "All about bread",
    "is_private": True,
    "is_starter_project": False,
    "prompt_template": "You bake.",
    "created_at": BEGUN,
    "updated_at": ENDED,
    "creator": {"uuid": "a-1", "full_name": "Ada"},
    "docs": [
        {"uuid": "d-1", "filename": "flour.md", "content": "# Flour", "created_at": BEGUN}
    ],
}
USERS = [{"uuid": "a-1", "full_name": "Ada", "email_address": "ada@example.org"}]
MEMORIES = [
    {
        "conversations_memory": "**Work context**\n\nAda bakes.",
        "project_memories": {"p-1": "Rye first.", "p-2": ""},
        "account_uuid": "a-1",
    }
]


@pytest.fixture
def export(tmp_path):
    """The files of an export, in a folder of their own."""
    folder = tmp_path / "data-2026-03-01"
    folder.mkdir()
    talk = conversation(TALK, project={"uuid": "p-1", "name": "Bakery"})
    write_json(folder / "conversations.json", [talk])
    write_json(folder / "projects.json", [PROJECT])
    write_json(folder / "users.json", USERS)
    write_json(folder / "memories.json", MEMORIES)
    return folder


def test_an_export_is_read_with_all_that_belongs_to_it(storage, export):
    report = import_files(storage, export)

    assert report.formats == ["claude-ai"]
    assert report.passed_over == []
    assert report.new == {
        "batch": 1, "conversation": 1, "message": 4, "design note": 1, "learning": 2,
    }  # fmt: skip
    assert len(storage.uploads()) == 4
    assert faults(storage) == []
    assert import_files(storage, export).effective == 0


def test_a_project_is_a_batch_with_its_documents_and_talks(storage, export):
    import_files(storage, export)

    (batch,) = batches_of(storage)
    assert batch.title == "Bakery"
    detail = storage.detail(Kind.BATCH, batch.pk)
    assert detail.description == "All about bread\n\nYou bake."
    assert json.loads(detail.raw) == PROJECT
    note = details_of(storage, Kind.DESIGN_NOTE)["d-1"]
    assert (note.record.title, note.description) == ("flour.md", "# Flour")
    (talk,) = conversations_of(storage).values()
    assert (talk.project, talk.batch_pk, note.record.batch_pk) == ("Bakery", batch.pk, batch.pk)


def test_what_is_remembered_is_learned(storage, export):
    import_files(storage, export)

    found = details_of(storage, Kind.LEARNING)
    general, of_project = found["a-1"], found["a-1/p-1"]
    assert general.record.title == "Work context"
    assert general.description == "**Work context**\n\nAda bakes."
    assert of_project.record.title == "Rye first."
    assert of_project.record.batch_title == "Bakery"


def test_a_newer_export_adds_to_what_an_older_one_brought(storage, tmp_path):
    import_export(storage, tmp_path, [conversation(TALK)])
    grown = [*TALK, message("last", "human", "Thanks", parent_message_uuid="new")]

    talks = [conversation([], "c-9"), conversation(grown)]
    report = import_export(storage, tmp_path, talks, "newer.json")

    assert report.new == {"conversation": 1, "message": 1}
    assert conversations_of(storage)["c-1"].messages == 5


def test_messages_that_stand_before_the_name_wait_for_it(storage, only):
    talk = conversation(TALK)
    turned = {"chat_messages": talk.pop("chat_messages"), **talk}

    found = only([turned])

    assert (found.external_id, found.title, found.messages) == ("c-1", "Bread", 4)


def test_a_long_conversation_is_handed_on_piece_by_piece(storage, tmp_path):
    talk = [message(f"m-{n}", "human", "word " * 60_000) for n in range(40)]

    report = import_export(storage, tmp_path, [conversation(talk)])

    assert (report.new, report.repeated) == ({"conversation": 1, "message": 40}, {})
    assert import_export(storage, tmp_path, [conversation(talk)]).effective == 0


def test_each_record_knows_its_place_in_the_file(tmp_path):
    talks = [{**conversation(TALK), "name": "Brötchen 🥐"}, conversation(TALK, "c-2")]
    path = write_json(tmp_path / "c.json", json.dumps(talks, indent=1, ensure_ascii=False))

    _, records = read_as(path)

    source = path.read_bytes()
    for record in records:
        value = json.loads(source[record.offset : record.offset + record.length])
        assert record.external_id.endswith(value["uuid"])
    assert len(records) == 10


def test_a_key_that_stands_twice_is_refused(storage, tmp_path):
    text = '[{"uuid": "c", "name": "a", "name": "b", "chat_messages": []}]'

    with pytest.raises(MalformedFileError, match="twice"):
        import_export(storage, tmp_path, text)

    assert conversations_of(storage) == {}


FILES = sorted(SHARED.glob("claude_ai/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_export_is_read_whole(path):
    content = json.loads(path.read_bytes())
    talks = content if isinstance(content, list) else [content]
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["claude-ai"]
        found = conversations_of(storage)
        assert {talk["uuid"]: (talk["name"], len(talk["chat_messages"])) for talk in talks} == {
            name: (talk.title, talk.messages) for name, talk in found.items()
        }
        for talk in talks:
            told = messages_of(storage, found[talk["uuid"]])
            for each, source in zip(told, talk["chat_messages"], strict=True):
                whole = "\n".join(block.text for block in each.blocks)
                texts = [block.get("text", "") for block in source["content"]]
                assert all(text in whole for text in texts or [source["text"]])
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
