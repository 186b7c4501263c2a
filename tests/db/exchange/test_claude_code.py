"""Claude Code sessions: lines become messages, sub-agents conversations of their own."""

import json

import pytest

from db.errors import MalformedFileError
from db.exchange.formats.claude_code import HEAD_BYTES, REMEMBERED_LINES, REPLY_LINES
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Part, Role
from tests.db.exchange.threads import conversations_of, messages_of, read_as, tree_of
from tests.db.factories import SHARED, faults, import_files, opened, write_json, write_lines

SESSION = "5b1e0c3a-0000-4000-8000-000000000001"
START = "2026-03-01T10:00:00.000Z"


def line(kind, uuid, parent=None, content=None, /, **more):
    message = more.pop("message", {})
    return {
        "type": kind,
        "uuid": uuid,
        "parentUuid": parent,
        "sessionId": SESSION,
        "isSidechain": False,
        "cwd": "/home/ada/engine",
        "version": "2.1.0",
        "timestamp": START,
        "message": {"role": kind, "content": content, **message},
        **more,
    }


def user(uuid, parent, content, **more):
    return line("user", uuid, parent, content, **more)


def reply(uuid, parent, block, reply_id, *, model="claude-opus", **more):
    message = {"id": reply_id, "model": model}
    return line("assistant", uuid, parent, [block], message=message, **more)


def text(words):
    return {"type": "text", "text": words}


def call(name, call_id, **given):
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def result(call_id, content, **more):
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def progress(uuid, parent):
    return {
        "type": "progress",
        "uuid": uuid,
        "parentUuid": parent,
        "sessionId": SESSION,
        "data": {"type": "hook_progress"},
    }


PROMPT = user("u1", None, "Count the cogs\nof the engine")
TURN = [
    PROMPT,
    reply("a1", "u1", {"type": "thinking", "thinking": "Where are they?"}, "msg_1"),
    reply("a2", "a1", text("I look for them."), "msg_1"),
    reply("a3", "a2", call("Grep", "call_1", pattern="cog"), "msg_1"),
    user("u2", "a3", [result("call_1", [text("cog 1"), text("cog 2")])]),
    progress("p1", "u2"),
    progress("p2", "p1"),
    reply("a4", "p2", text("There are two."), "msg_2"),
]


def import_lines(storage, tmp_path, lines, name=f"{SESSION}.jsonl"):
    return import_files(storage, write_lines(tmp_path / name, lines))


@pytest.fixture
def only(storage, tmp_path):
    """Import lines and return the one conversation they are."""

    def of(lines):
        import_lines(storage, tmp_path, lines)
        (conversation,) = conversations_of(storage).values()
        return conversation

    return of


def test_the_lines_of_one_reply_are_one_message(storage, only):
    conversation = only(TURN)

    asked, replied, answered, told = messages_of(storage, conversation)
    assert [block.type for block in replied.blocks] == [
        Part.THINKING,
        Part.TEXT,
        Part.TOOL_CALL,
    ]
    grep = replied.blocks[2]
    assert (grep.name, grep.call_id) == ("Grep", "call_1")
    assert json.loads(grep.text) == {"pattern": "cog"}
    roles = [each.record.role for each in (asked, replied, answered, told)]
    assert roles == [Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]
    assert replied.record.external_id == "a1"
    assert answered.blocks[0].text == "cog 1\ncog 2"
    assert answered.blocks[0].call_id == "call_1"
    assert faults(storage) == []


def test_a_message_answers_another_through_merged_and_silent_lines(storage, only):
    assert tree_of(storage, only(TURN)) == {
        "Count the cogs": None,
        "I look for them.": "Count the cogs",
        "cog 1": "I look for them.",
        "There are two.": "cog 1",
    }


def test_parts_of_a_reply_between_results_are_one_message(storage, only):
    conversation = only(
        [
            PROMPT,
            reply("a1", "u1", call("Read", "c1", path="a"), "m"),
            user("r1", "a1", [result("c1", "first")]),
            reply("a2", "a1", call("Read", "c2", path="b"), "m"),
            user("r2", "a2", [result("c2", "second")]),
        ]
    )

    assert [len(each.blocks) for each in messages_of(storage, conversation)] == [1, 2, 1, 1]
    assert tree_of(storage, conversation)["second"] == "Read"


def test_a_conversation_says_where_when_and_with_whom_it_was_held(only):
    early, late = "2026-02-28T09:00:00Z", "2026-03-02T12:00:00Z"
    synthetic = reply("a0", "u1", text("Stopped"), "msg_0", model="<synthetic>")

    found = only([PROMPT, synthetic, *TURN[1:], user("u9", "a4", "Go", timestamp=late),
                  user("u8", "a4", "Wait", timestamp=early)])  # fmt: skip

    assert found.source == "claude-code"
    assert found.model == "claude-opus"
    assert found.project == "/home/ada/engine"
    assert (found.created_at, found.updated_at) == (parse_time(early), parse_time(late))
    assert found.messages == 7


SUMMARY = {"type": "summary", "summary": "Counting cogs", "leafUuid": "a4"}
FOREIGN = {"type": "summary", "summary": "Another talk", "leafUuid": "elsewhere"}
NAMED = {"type": "custom-title", "customTitle": "The cogs", "sessionId": SESSION}


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (TURN, "Count the cogs"),
        ([{**PROMPT, "slug": "busy-brass-bee"}], "Count the cogs"),
        ([user("u5", None, "<command-name>/clear</command-name>")], "Next"),
        ([SUMMARY, FOREIGN, *TURN], "Counting cogs"),
        ([*TURN, FOREIGN, SUMMARY], "Counting cogs"),
        ([FOREIGN, *TURN], "Count the cogs"),
        ([SUMMARY, *TURN, NAMED], "The cogs"),
        ([NAMED, SUMMARY, *TURN], "The cogs"),
        ([{**PROMPT, "isMeta": True}, user("u5", None, "By hand")], "By hand"),
        ([user("u5", None, "<command-name>/plan</command-name>\n"
               "<command-args>the week</command-args>")], "/plan the week"),
    ],
)  # fmt: skip
def test_a_conversation_is_titled_by_the_best_there_is(only, lines, title):
    assert only([*lines, user("u99", None, "Next")]).title == title


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ({**PROMPT, "isMeta": True, "slug": "busy-brass-bee"}, "busy-brass-bee"),
        ({**user("u5", None, "<command-name>/init</command-name>"), "slug": "bee"}, "/init"),
    ],
)
def test_where_a_person_wrote_no_words_there_is_another_title(only, line, title):
    assert only([line]).title == title


def test_what_a_program_wrapped_in_tags_is_titled_in_words(storage, only):
    said = "<local-command-stdout>\nSet model to <b>opus</b>\n</local-command-stdout>"

    (found,) = messages_of(storage, only([user("u1", None, said)]))

    assert found.record.title == "Local command stdout: Set model to opus"


def test_a_command_is_titled_as_it_was_typed(storage, only):
    words = (
        "<command-message>plan is running</command-message><command-name>/plan</command-name>"
    )

    (found,) = messages_of(storage, only([user("u1", None, words)]))

    assert found.record.title == "/plan"
    assert found.blocks[0].text == words


def test_a_title_at_the_end_of_a_long_file_is_found(storage, tmp_path):
    lines = [user(f"u{n}", f"u{n - 1}", "x" * 100_000) for n in range(HEAD_BYTES // 90_000)]
    last = {"type": "summary", "summary": "Long", "leafUuid": lines[-1]["uuid"]}

    import_lines(storage, tmp_path, [*lines, last])
    again = import_lines(storage, tmp_path, [*lines, last])

    (found,) = conversations_of(storage).values()
    assert (found.title, found.messages) == ("Long", len(lines))
    assert again.effective == 0


def test_a_reply_taken_up_much_later_is_another_message(tmp_path):
    between = [user(f"u{n}", "u1", f"word {n}") for n in range(2, REPLY_LINES + 3)]
    lines = [PROMPT, reply("a1", "u1", text("Yes"), "m"), *between,
             reply("a2", "a1", text("No"), "m")]  # fmt: skip

    _, records = read_as(write_lines(tmp_path / "s.jsonl", lines))

    assert [each.external_id for each in records[-1:]] == ["a2"]
    assert records[-1].refs["parent"] == "a1"


def test_what_is_remembered_of_lines_is_bounded(tmp_path):
    lines = [PROMPT, *(progress(f"p{n}", "u1") for n in range(REMEMBERED_LINES + 1)),
             user("u2", "p1", "late"), user("u3", f"p{REMEMBERED_LINES}", "later")]  # fmt: skip

    _, records = read_as(write_lines(tmp_path / "s.jsonl", lines))

    assert [each.refs.get("parent") for each in records[2:]] == ["p1", "u1"]


@pytest.mark.parametrize(
    "line",
    [
        user("e", "u1", [result("c", "No such file", is_error=True)]),
        {**reply("e", "u1", text("API Error: 529"), "m"), "isApiErrorMessage": True},
        {**user("e", "u1", None), "type": "system", "subtype": "api_error", "message": None,
         "error": {"status": 529, "error": {"error": {"message": "Overloaded"}}}},
        {**user("e", "u1", None), "type": "system", "subtype": "stop_hook_summary",
         "hookErrors": ["lint failed"]},
    ],
)  # fmt: skip
def test_errors_are_marked(storage, only, line):
    conversation = only([PROMPT, line])

    assert conversation.errors == 1
    assert [each.record.has_error for each in messages_of(storage, conversation)] == [
        False,
        True,
    ]


def test_the_program_speaks_as_the_system(storage, only):
    system = {**user("s1", "u1", None), "type": "system", "content": "Compacted"}
    silent = {**user("s2", "s1", None), "type": "system", "subtype": "turn_duration"}
    fault = {"status": 529, "error": {"error": {"message": "Overloaded"}}}
    failed = {**silent, "uuid": "s3", "parentUuid": "s2", "error": fault, "level": "error"}
    hint = user("m1", "s3", "Caveat: not by a person", isMeta=True)

    found = messages_of(storage, only([PROMPT, system, silent, failed, hint]))

    assert [each.record.role for each in found] == [Role.USER, *[Role.SYSTEM] * 3]
    assert [each.blocks[0].text for each in found[1:]] == [
        "Compacted",
        "529 Overloaded",
        "Caveat: not by a person",
    ]


def test_an_image_stays_in_the_original(storage, only):
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo" * 1000}
    image = {"type": "image", "source": source}
    shown = result("c", [text("A picture"), image])
    paper = {"type": "document", "source": {**source, "media_type": "application/pdf"}}

    first, second, third = messages_of(
        storage,
        only([user("u1", None, [image]), user("u2", "u1", [shown]), user("u3", "u2", [paper])]),
    )

    assert [(each.type, each.name) for each in first.blocks] == [(Part.IMAGE, "image/png")]
    assert [each.type for each in second.blocks] == [Part.TOOL_RESULT, Part.IMAGE]
    assert "application/pdf" in third.blocks[0].text
    assert "iVBOR" not in third.blocks[0].text


def test_lines_that_are_no_records_are_passed_over(storage, tmp_path):
    odd = ['"words"', "42", "[1]", "", '  // {"type": "user"}', '{"silly": "this"}']
    lines = [json.dumps(each) for each in TURN]
    lines = ["// kept by a tool", *lines[:2], *odd, *lines[2:]]

    import_files(storage, write_json(tmp_path / "s.jsonl", "\n".join(lines)))

    (found,) = conversations_of(storage).values()
    assert found.messages == 4
    detail = storage.detail(Kind.MESSAGE, storage.thread(found.pk)[0].pk)
    start = len("// kept by a tool\n")
    assert detail.source_range.offset == start
    assert detail.source_range.length == len(lines[1])


def test_a_line_that_is_no_json_is_refused(storage, tmp_path):
    path = write_json(tmp_path / "s.jsonl", f'{json.dumps(PROMPT)}\n{{"type": user}}\n')

    with pytest.raises(MalformedFileError, match=r"line 2, column 10"):
        import_files(storage, path)

    assert conversations_of(storage) == {}


def test_a_first_line_longer_than_the_sample_is_no_hindrance(only):
    source = {"type": "base64", "media_type": "image/png", "data": "A" * 400_000}

    found = only([user("u1", None, [text("See"), {"type": "image", "source": source}]), *TURN])

    assert found.title == "See"


def side(lines, **more):
    return [{**each, "isSidechain": True, **more} for each in lines]


CHILD = [
    user("x1", None, "Look into the drawer"),
    reply("x2", "x1", text("It is empty."), "msg_x"),
]
OTHER = [user("y1", None, "Look under the table"), reply("y2", "y1", text("Dust."), "msg_y")]


def test_side_chains_within_a_file_are_conversations_of_their_own(storage, tmp_path):
    a, b = side(CHILD), side(OTHER)

    import_lines(storage, tmp_path, [*TURN[:4], a[0], b[0], a[1], b[1], *TURN[4:]])

    found = conversations_of(storage)
    main = found.pop(SESSION)
    assert main.messages == 4
    assert {each.title: each.messages for each in found.values()} == {
        "Look into the drawer": 2,
        "Look under the table": 2,
    }
    assert {each.parent_pk for each in found.values()} == {main.pk}
    assert tree_of(storage, found[f"{SESSION}/x1"]) == {
        "Look into the drawer": None,
        "It is empty.": "Look into the drawer",
    }


@pytest.fixture
def folder(tmp_path):
    """A session, and its sub-agent in a file of its own, as they lie on the disk."""
    inside = tmp_path / SESSION / "subagents"
    inside.mkdir(parents=True)
    return (
        write_lines(tmp_path / f"{SESSION}.jsonl", TURN),
        write_lines(inside / "agent-7f3.jsonl", side(CHILD, agentId="7f3")),
    )


def linked(storage):
    found = conversations_of(storage)
    main, child = found[SESSION], found[f"{SESSION}/7f3"]
    assert (main.messages, child.messages) == (4, 2)
    assert child.title == "Look into the drawer"
    return child.parent_pk == main.pk


def test_a_sub_agent_belongs_to_its_session(storage, folder):
    import_files(storage, folder[0].parent)

    assert linked(storage)
    assert faults(storage) == []


def test_a_sub_agent_imported_after_its_session_belongs_to_it(storage, folder):
    import_files(storage, folder[0])
    import_files(storage, folder[1])

    assert linked(storage)


def test_a_sub_agent_imported_before_its_session_belongs_to_it(storage, folder):
    import_files(storage, folder[1])
    before = conversations_of(storage)[f"{SESSION}/7f3"]

    report = import_files(storage, folder[0])

    assert linked(storage)
    assert report.changed == {"conversation": 1}
    assert before.title in report.examples
    assert faults(storage) == []
    storage.history.undo()
    assert conversations_of(storage).keys() == {f"{SESSION}/7f3"}
    assert conversations_of(storage)[f"{SESSION}/7f3"].parent_pk is None
    assert faults(storage) == []
    storage.history.redo()
    assert linked(storage)


def test_a_sub_agent_that_went_on_belongs_to_a_session_that_comes_with_it(storage, folder):
    import_files(storage, folder[1])
    moment = "2026-03-03T00:00:00Z"
    more = user("x9", "x2", "And the hinges?", timestamp=moment, isSidechain=True)
    write_lines(folder[1], [*side(CHILD, agentId="7f3"), {**more, "agentId": "7f3"}])

    import_files(storage, folder[0].parent)

    child = conversations_of(storage)[f"{SESSION}/7f3"]
    assert child.parent_pk == conversations_of(storage)[SESSION].pk
    assert child.messages == 3
    assert child.updated_at == parse_time(moment)
    assert faults(storage) == []
    storage.history.undo()
    assert conversations_of(storage)[f"{SESSION}/7f3"].parent_pk is None
    assert faults(storage) == []


def test_a_newer_state_of_a_session_adds_to_it_wherever_it_lies(storage, tmp_path):
    import_lines(storage, tmp_path, TURN)
    moment = "2026-03-03T00:00:00Z"
    more = [user("u5", "a4", "And the springs?", timestamp=moment)]

    report = import_lines(storage, tmp_path, [*TURN, *more], name="copy.jsonl")

    assert report.new == {"message": 1}
    (found,) = conversations_of(storage).values()
    assert found.messages == 5
    assert tree_of(storage, found)["And the springs?"] == "There are two."


def test_the_same_session_again_changes_nothing(storage, tmp_path):
    import_lines(storage, tmp_path, [*TURN, *side(CHILD)])

    assert import_lines(storage, tmp_path, [*TURN, *side(CHILD)]).effective == 0


def test_the_web_variant_is_read_without_ids(storage, tmp_path):
    lines = [{key: each[key] for key in ("type", "timestamp", "message")} for each in TURN[:5]]

    import_files(storage, write_json(tmp_path / "web.json", {"v": 1, "loglines": lines}))

    (found,) = conversations_of(storage).values()
    assert (found.external_id, found.title, found.messages) == ("web", "Count the cogs", 3)


FILES = sorted(SHARED.glob("claude_code/*.jsonl"))


def said_in(path):
    """Return the ids of what people, models and tools say in a file, in plain Python."""
    replies, names = set(), set()
    for raw in path.read_text("utf-8").splitlines():
        row = json.loads(raw)
        message = row.get("message") if isinstance(row, dict) else None
        said = message.get("content") if isinstance(message, dict) else message
        if not said or row["type"] not in {"user", "assistant"}:
            continue
        reply_id = message.get("id") if row["type"] == "assistant" else None
        if reply_id is None or reply_id not in replies:
            names.add(row["uuid"])
        replies.add(reply_id)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_session_is_read_whole(path):
    try:
        names = said_in(path)
    except ValueError:
        with opened() as storage, pytest.raises(MalformedFileError, match="line"):
            import_files(storage, path)
        return
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["claude-code"]
        found = conversations_of(storage).values()
        details = [each for talk in found for each in messages_of(storage, talk)]
        assert {each.record.external_id for each in details} == names
        assert sum(talk.messages for talk in found) == len(names)
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
