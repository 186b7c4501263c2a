"""Codex sessions: both forms of rollout and the printed stream, nothing told twice."""

import json
from itertools import groupby

import pytest

from db.exchange.formats.codex import REPLY_LINES
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Part, Role
from tests.db.exchange.threads import conversations_of, messages_of, read_as, tree_of
from tests.db.factories import (
    SHARED,
    batches_of,
    faults,
    import_files,
    opened,
    tasks_of,
    write_json,
    write_lines,
)

SESSION = "019a0000-0000-7000-8000-000000000001"
START = "2026-03-01T10:00:00.000Z"
FOLDER = "/home/ada/engine"


def wrapped(kind, payload, moment=START):
    return {"timestamp": moment, "type": kind, "payload": payload}


def item(kind, /, **more):
    return wrapped("response_item", {"type": kind, **more})


def event(kind, /, **more):
    return wrapped("event_msg", {"type": kind, **more})


def message(role, text):
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", role=role, content=[{"type": kind, "text": text}])


def reasoning(summary, secret=None):
    parts = [{"type": "summary_text", "text": summary}] if summary else []
    return item("reasoning", summary=parts, content=None, encrypted_content=secret)


def call(name, call_id, **given):
    return item("function_call", name=name, call_id=call_id, arguments=json.dumps(given))


def output(call_id, text):
    return item("function_call_output", call_id=call_id, output=text)


def shell_output(call_id, text, code=0):
    told = {"output": text, "metadata": {"exit_code": code, "duration_seconds": 0.1}}
    return output(call_id, json.dumps(told))


META = {
    "id": SESSION,
    "timestamp": START,
    "cwd": FOLDER,
    "cli_version": "0.58.0",
    "instructions": None,
}
HEAD = wrapped("session_meta", META)
CONTEXT = wrapped("turn_context", {"cwd": FOLDER, "model": "gpt-5.1-codex", "effort": "high"})
SURROUNDINGS = message(
    "user", f"<environment_context>\n<cwd>{FOLDER}</cwd>\n</environment_context>"
)
TURN = [
    HEAD,
    SURROUNDINGS,
    message("user", "Count the cogs\nof the engine"),
    event("user_message", message="Count the cogs\nof the engine"),
    CONTEXT,
    event("token_count", info=None),
    event("agent_reasoning", text="**Looking**"),
    reasoning("**Looking**", "gAAAAA"),
    call("shell", "call_1", command=["grep", "cog"]),
    event("token_count", info={"total": 5}),
    shell_output("call_1", "cog 1\ncog 2"),
    message("assistant", "There are two."),
    event("agent_message", message="There are two."),
]  # fmt: skip


def import_lines(storage, tmp_path, lines, name=f"rollout-2026-03-01T10-00-00-{SESSION}.jsonl"):
    return import_files(storage, write_lines(tmp_path / name, lines))


@pytest.fixture
def only(storage, tmp_path):
    """Import lines and return the one conversation they are."""

    def of(lines):
        report = import_lines(storage, tmp_path, lines)
        assert report.formats == ["codex"]
        (conversation,) = conversations_of(storage).values()
        return conversation

    return of


def said(storage, conversation):
    return [
        (each.record.role, [(block.type, block.text) for block in each.blocks])
        for each in messages_of(storage, conversation)
    ]


WHOLE = [
    (Role.SYSTEM, [(Part.TEXT, SURROUNDINGS["payload"]["content"][0]["text"])]),
    (Role.USER, [(Part.TEXT, "Count the cogs\nof the engine")]),
    (Role.ASSISTANT, [(Part.THINKING, "**Looking**"),
                      (Part.TOOL_CALL, '{"command": ["grep", "cog"]}')]),
    (Role.TOOL, [(Part.TOOL_RESULT, "cog 1\ncog 2")]),
    (Role.ASSISTANT, [(Part.TEXT, "There are two.")]),
]  # fmt: skip


def test_a_session_is_read_without_what_events_repeat(storage, only):
    found = only(TURN)

    assert said(storage, found) == WHOLE
    assert (found.title, found.model, found.project) == (
        "Count the cogs",
        "gpt-5.1-codex",
        FOLDER,
    )
    assert (found.external_id, found.source) == (SESSION, "codex")
    assert found.created_at == parse_time(START)
    assert tree_of(storage, found)["cog 1"] == "**Looking**"
    assert faults(storage) == []


def test_the_old_form_is_read_alike(storage, only):
    head = {"id": SESSION, "timestamp": START, "instructions": "Be brief", "git": {}}
    items = [each["payload"] for each in TURN if each["type"] == "response_item"]
    lines = [head, *(each for item in items for each in ({"record_type": "state"}, item))]

    found = only(lines)

    assert said(storage, found) == WHOLE
    assert (found.title, found.project) == ("Count the cogs", FOLDER)
    assert {each.created_at for each in storage.thread(found.pk)} == {parse_time(START)}


def test_the_oldest_form_is_one_object(storage, tmp_path):
    items = [each["payload"] for each in TURN if each["type"] == "response_item"]
    session = {"timestamp": START, "id": SESSION, "instructions": ""}

    import_files(storage, write_json(tmp_path / "r.json", {"session": session, "items": items}))

    (found,) = conversations_of(storage).values()
    assert said(storage, found) == WHOLE


def test_encrypted_reasoning_is_kept(storage, only):
    hidden = reasoning("", "gBBBBB")

    found = only([HEAD, message("user", "Think"), hidden, CONTEXT, message("user", "And?")])

    _, thought, _ = messages_of(storage, found)
    assert thought.record.title == "Encrypted reasoning"
    detail = storage.detail(Kind.MESSAGE, thought.record.pk)
    assert json.loads(detail.raw) == [hidden]


@pytest.mark.parametrize(
    ("given", "text", "is_error"),
    [
        (shell_output("c", "no such file", 1), "no such file", True),
        (output("c", "Exit code: 2\nWall time: 1 seconds\nOutput:\nbad"), None, True),
        (output("c", "Exit code: 0\nWall time: 1 seconds\nOutput:\ngood"), None, False),
        (output("c", "Chunk ID: a1\nWall time: 1 seconds\nProcess exited with code 1\n"
                "Output:\nbad"), None, True),
        (output("c", '{"output": 5'), '{"output": 5', False),
        (output("c", [{"type": "input_text", "text": each} for each in "ab"]),
         "a\nb", False),
        (output("c", {"content": "refused", "success": False}), "refused", True),
        (item("custom_tool_call_output", call_id="c", output="done"), "done", False),
    ],
)  # fmt: skip
def test_outputs_of_every_shape_are_read(storage, only, given, text, is_error):
    found = only([HEAD, message("user", "Go"), given])

    (block,) = messages_of(storage, found)[1].blocks
    wanted = given["payload"]["output"] if text is None else text
    assert (block.type, block.text, block.call_id) == (Part.TOOL_RESULT, wanted, "c")
    assert block.is_error is is_error
    assert found.errors == int(is_error)


@pytest.mark.parametrize(
    ("given", "name", "text"),
    [
        (item("custom_tool_call", name="apply_patch", call_id="c", input="*** Begin"),
         "apply_patch", "*** Begin"),
        (item("local_shell_call", call_id="c", action={"command": ["ls"]}), "local_shell",
         '{"command": ["ls"]}'),
        (item("web_search_call", action={"query": "cogs"}), "web_search", '{"query": "cogs"}'),
        (item("novel_call", call_id="c", depth=3), "novel", '{"depth": 3}'),
    ],
)  # fmt: skip
def test_calls_of_every_kind_are_read(storage, only, given, name, text):
    found = only([HEAD, message("user", "Go"), given])

    (block,) = messages_of(storage, found)[1].blocks
    assert (block.type, block.name, block.text) == (Part.TOOL_CALL, name, text)


def test_events_that_nothing_repeats_are_told(storage, only):
    found = only(
        [
            HEAD,
            message("user", "Go"),
            event("stream_error", message="disconnected"),
            event("turn_aborted", reason="interrupted"),
            wrapped("compacted", {"message": "So far: two cogs", "replacement_history": []}),
            wrapped("compacted", {"message": "", "replacement_history": [{"type": "other"}]}),
            event("thread_name_updated", thread_name="The cogs"),
        ]
    )

    assert [each.blocks[0].text for each in messages_of(storage, found)] == [
        "Go",
        "disconnected",
        "interrupted",
        "So far: two cogs",
        "Compacted",
    ]
    assert (found.errors, found.title) == (2, "The cogs")


def test_images_stay_in_the_original(storage, only):
    address = "data:image/png;base64," + "iVBOR" * 1000
    parts = [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": address},
    ]

    found = only([HEAD, item("message", role="user", content=parts)])

    (seen,) = messages_of(storage, found)
    assert [(each.type, each.name) for each in seen.blocks] == [
        (Part.TEXT, ""),
        (Part.IMAGE, "image/png"),
    ]
    assert storage.detail(Kind.MESSAGE, seen.record.pk).source_range.length > 5000


def test_what_an_editor_says_is_not_the_title(only):
    words = "# Context from my IDE setup:\n- a.py\n\n## My request for Codex:\nMend it"

    assert only([HEAD, message("user", words)]).title == "Mend it"


def sub_agent(name, caller=SESSION):
    source = {"subagent": {"thread_spawn": {"parent_thread_id": caller, "depth": 1}}}
    head = wrapped("session_meta", {**META, "id": name, "source": source})
    return [head, message("user", f"Look, {name}")]


def parents_of(storage):
    """Return the names of the conversations that others belong to, by the names of these."""
    found = conversations_of(storage)
    names = {each.pk: name for name, each in found.items()}
    return {name: names.get(each.parent_pk) for name, each in found.items()}


def test_a_sub_agent_belongs_to_the_session_that_called_it(storage, tmp_path):
    import_lines(storage, tmp_path, TURN, name="b.jsonl")
    import_lines(storage, tmp_path, sub_agent("child"), name="a.jsonl")

    assert parents_of(storage) == {SESSION: None, "child": SESSION}
    assert import_lines(storage, tmp_path, TURN, name="b.jsonl").effective == 0


def test_sub_agents_imported_before_their_session_belong_to_it_once_it_is_there(
    storage, tmp_path
):
    import_lines(storage, tmp_path, sub_agent("grandchild", "child"), name="c.jsonl")
    import_lines(storage, tmp_path, sub_agent("other", f"{SESSION}0"), name="o.jsonl")
    import_lines(storage, tmp_path, sub_agent("child"), name="a.jsonl")

    report = import_lines(storage, tmp_path, TURN, name="b.jsonl")

    whole = {SESSION: None, "child": SESSION, "grandchild": "child", "other": None}
    assert parents_of(storage) == whole
    assert report.changed == {"conversation": 1}
    assert "Look, child" in report.examples
    assert faults(storage) == []
    storage.history.undo()
    assert parents_of(storage) == {"child": None, "grandchild": "child", "other": None}
    assert faults(storage) == []
    storage.history.redo()
    assert parents_of(storage) == whole
    assert import_lines(storage, tmp_path, sub_agent("child"), name="a.jsonl").effective == 0


def test_a_sub_agent_belongs_to_another_that_comes_later(storage, tmp_path):
    import_lines(storage, tmp_path, TURN, name="b.jsonl")
    import_lines(storage, tmp_path, sub_agent("grandchild", "child"), name="c.jsonl")
    import_lines(storage, tmp_path, sub_agent("child"), name="a.jsonl")

    assert parents_of(storage) == {SESSION: None, "child": SESSION, "grandchild": "child"}


def test_a_folder_of_sub_agents_and_their_sessions_may_be_read_in_any_order(storage, tmp_path):
    write_lines(tmp_path / "a.jsonl", sub_agent("child"))
    write_lines(tmp_path / "b.jsonl", TURN)
    write_lines(tmp_path / "c.jsonl", sub_agent("other"))

    import_files(storage, tmp_path)

    assert parents_of(storage) == {SESSION: None, "child": SESSION, "other": SESSION}


def test_sessions_that_name_each_other_make_no_circle(storage, tmp_path):
    import_lines(storage, tmp_path, sub_agent("one", "two"), name="a.jsonl")
    import_lines(storage, tmp_path, sub_agent("two", "one"), name="b.jsonl")

    assert parents_of(storage) == {"one": None, "two": "one"}


def test_a_session_that_went_on_adds_to_what_is_there(storage, tmp_path):
    import_lines(storage, tmp_path, TURN)
    more = [message("user", "And the springs?"), message("assistant", "None.")]

    report = import_lines(storage, tmp_path, [*TURN, *more], name="copy.jsonl")

    assert report.new == {"message": 2}
    (found,) = conversations_of(storage).values()
    assert found.messages == 7
    assert import_lines(storage, tmp_path, [*TURN, *more]).effective == 0


def test_a_message_that_turns_out_to_be_an_error_counts_as_one(storage, tmp_path):
    head = [HEAD, message("user", "Go")]
    import_lines(storage, tmp_path, [*head, shell_output("c", "fine")])

    report = import_lines(storage, tmp_path, [*head, shell_output("c", "bad", 1)])

    assert report.changed == {"message": 1}
    (found,) = conversations_of(storage).values()
    assert (found.messages, found.errors) == (2, 1)
    assert faults(storage) == []
    storage.history.undo()
    (found,) = conversations_of(storage).values()
    assert found.errors == 0
    assert faults(storage) == []


def test_a_reply_has_a_greatest_length(tmp_path):
    lines = [HEAD, message("user", "Go"), *[reasoning("on")] * (2 * REPLY_LINES + 1)]

    _, records = read_as(write_lines(tmp_path / "s.jsonl", lines))

    assert [len(each.blocks) for each in records[2:]] == [REPLY_LINES, REPLY_LINES, 1]


def test_a_long_session_is_handed_on_before_its_end(storage, tmp_path):
    later = {"timestamp": "2026-03-01T11:00:00.000Z"}
    lines = [*TURN, *[{**message("user", "word " * 60_000), **later}] * 20,
             {**event("thread_name_updated", thread_name="Long"), **later}]  # fmt: skip

    report = import_lines(storage, tmp_path, lines)
    again = import_lines(storage, tmp_path, lines)

    (found,) = conversations_of(storage).values()
    assert (found.title, found.messages) == ("Long", 25)
    assert found.updated_at == parse_time(later["timestamp"])
    assert report.repeated == {}
    assert again.effective == 0


def plan(*steps):
    listed = [{"step": step, "status": status} for step, status in steps]
    return call("update_plan", "p", plan=listed, explanation="so")


def test_what_a_session_planned_becomes_tasks(storage, only):
    found = only(
        [
            HEAD,
            message("user", "Go"),
            plan(("Look", "in_progress"), ("Count", "pending"), ("Dance", "pending")),
            plan(("Look", "completed"), ("Count", "in_progress")),
        ]
    )

    (batch,) = batches_of(storage)
    assert (batch.title, found.batch_pk) == ("Go", batch.pk)
    assert {each.title: (each.status.word, each.status_word) for each in tasks_of(storage)} == {
        "Look": ("succeeded", "completed"),
        "Count": ("running", "in_progress"),
        "Dance": ("canceled", "removed"),
    }
    assert {each.kind for each in tasks_of(storage)} == {"todo"}


THREAD = "0199-thread"
STREAM = [
    {"type": "thread.started", "thread_id": THREAD},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "Hm"}},
    {"type": "item.started", "item": {"id": "item_1", "type": "command_execution",
                                      "command": "ls", "status": "in_progress"}},
    {"type": "item.completed", "item": {"id": "item_1", "type": "command_execution",
        "command": "ls", "aggregated_output": "a.py", "exit_code": 2, "status": "failed"}},
    {"type": "item.started", "item": {"id": "item_2", "type": "mcp_tool_call", "server": "s",
                                      "tool": "t", "arguments": {"a": 1}}},
    {"type": "item.completed", "item": {"id": "item_3", "type": "agent_message",
                                        "text": "Nothing there."}},
    {"type": "turn.completed", "usage": {"input_tokens": 5}},
    {"type": "turn.failed", "error": {"message": "too long"}},
]  # fmt: skip


def test_the_printed_stream_is_read(storage, only):
    found = only(STREAM)

    assert said(storage, found) == [
        (Role.ASSISTANT, [(Part.THINKING, "Hm"), (Part.TOOL_CALL, "ls"),
                          (Part.TOOL_RESULT, "a.py")]),
        (Role.ASSISTANT, [(Part.TEXT, "Nothing there.")]),
        (Role.SYSTEM, [(Part.TEXT, "too long")]),
        (Role.ASSISTANT, [(Part.TOOL_CALL, '{"a": 1}'), (Part.TOOL_RESULT, "")]),
    ]  # fmt: skip
    assert (found.external_id, found.errors) == (THREAD, 2)


def test_two_streams_of_one_session_do_not_mix(storage, tmp_path):
    import_lines(storage, tmp_path, STREAM, name="first.jsonl")
    import_lines(storage, tmp_path, STREAM[:3], name="second.jsonl")

    found = storage.uploads()
    assert len({each.origin for each in found}) == 2


def test_broken_and_unknown_items_are_no_hindrance(storage, only):
    found = only(
        [
            HEAD,
            message("user", "Go"),
            item("message", role="user", content=None),
            item("message", role="owl", content="hoot"),
            item("ghost_snapshot", ghost_commit={}),
            wrapped("response_item", {"type": 5}),
            wrapped("novel", {"a": [1]}),
            wrapped("response_item", {"type": "function_call"}),
            {"timestamp": 5, "type": None, "payload": {}},
            event("error"),
        ]
    )

    assert [each.record.role for each in messages_of(storage, found)] == [
        Role.USER,
        Role.SYSTEM,
        Role.ASSISTANT,
        Role.SYSTEM,
    ]


FILES = sorted(SHARED.glob("codex/*.jsonl"))
EMPTY = {"ghost_snapshot"}


def counted(path):
    """Count the messages of a file in plain Python, the runs of the model as one each."""
    speakers, ids = [], set()
    for raw in path.read_text("utf-8").split("\n"):
        row = json.loads(raw) if raw.strip() else {}
        if row.get("type") == "session_meta" or "instructions" in row:
            ids.add(row.get("payload", row)["id"])
        if row.get("type") == "response_item":
            row = row["payload"]
        kind = row.get("type")
        if kind in {"message", "reasoning", "function_call", "function_call_output"}:
            is_model = row.get("role", "assistant") == "assistant" and "output" not in row
            speakers.append("model" if is_model else f"other {len(speakers)}")
    return ids, len(list(groupby(speakers)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_session_is_read_whole(path):
    ids, number = counted(path)
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["codex"]
        assert report.repeated == {}
        found = conversations_of(storage)
        assert set(found) == ids
        assert [talk.messages for talk in found.values()] == [number]
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0


def test_a_file_is_known_by_what_people_wrote_in_it(storage, tmp_path):
    report = import_lines(storage, tmp_path, TURN)

    assert report.examples == ["Count the cogs", "Count the cogs"]
    (wrapped_in_tags,) = [
        message.record.title
        for message in messages_of(storage, *conversations_of(storage).values())
        if "environment_context" in message.blocks[0].text
    ]
    assert wrapped_in_tags == f"Environment context: {FOLDER}"
