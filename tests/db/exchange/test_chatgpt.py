"""ChatGPT exports: every node with a message is one, and the branches stay."""

import json
from itertools import groupby

import pytest

from db.errors import MalformedFileError
from db.exchange.messages import STRETCH_MESSAGES
from db.records import Kind
from db.times import MICROSECONDS
from db.vocabulary import Part, Role
from tests.db.exchange.threads import conversations_of, messages_of, read_as, tree_of
from tests.db.factories import SHARED, faults, import_files, opened, write_json

BEGUN = 1_750_000_000


def said(role, content, time=None, **more):
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    author = {"role": role, "name": more.pop("name", None), "metadata": {}}
    return {"author": author, "create_time": time, "content": content, **more}


def tree(*nodes):
    """Return a mapping of nodes, each of a name, its parent's name and its message."""
    mapping = {
        name: {"id": name, "parent": parent, "children": [], "message": message}
        for name, parent, message in nodes
    }
    for name, parent, _ in nodes:
        if parent in mapping:
            mapping[parent]["children"].append(name)
    return mapping


def conversation(mapping, name="c-1", **more):
    return {
        "id": name,
        "conversation_id": name,
        "title": "Bread",
        "create_time": BEGUN + 0.5,
        "update_time": BEGUN + 60.25,
        "mapping": mapping,
        "current_node": next(reversed(mapping), None),
        **more,
    }


TALK = tree(
    ("root", None, None),
    ("ask", "root", said("user", "How long?", BEGUN + 1)),
    ("old", "ask", said("assistant", "An hour.", BEGUN + 2)),
    ("new", "ask", said("assistant", "A day.", BEGUN + 4, metadata={"model_slug": "gpt-5"})),
    ("more", "old", said("user", "Sure?", BEGUN + 3)),
)


def import_talks(storage, tmp_path, content, name="conversations.json"):
    return import_files(storage, write_json(tmp_path / name, content))


@pytest.fixture
def only(storage, tmp_path):
    """Import one conversation and return it."""

    def of(content):
        import_talks(storage, tmp_path, content)
        (found,) = conversations_of(storage).values()
        return found

    return of


def blocks_of(storage, found):
    return [
        [(block.type, block.name, block.text) for block in message.blocks]
        for message in messages_of(storage, found)
    ]


def test_every_branch_is_kept_and_parents_come_first(storage, only):
    found = only([conversation(TALK)])

    assert [each.title for each in storage.thread(found.pk)] == [
        "How long?",
        "An hour.",
        "Sure?",
        "A day.",
    ]
    assert tree_of(storage, found) == {
        "How long?": None,
        "An hour.": "How long?",
        "Sure?": "An hour.",
        "A day.": "How long?",
    }
    assert faults(storage) == []


def test_a_conversation_has_its_title_times_and_model(only):
    found = only([conversation(TALK, gizmo_id="g-p-1", default_model_slug="auto")])

    assert (found.title, found.model, found.project) == ("Bread", "gpt-5", "g-p-1")
    assert found.created_at == BEGUN * MICROSECONDS + 500_000
    assert found.updated_at == BEGUN * MICROSECONDS + 60_250_000
    assert (found.source, found.external_id, found.messages) == ("chatgpt", "c-1", 4)


def test_a_single_conversation_is_read(only):
    assert only(conversation(TALK)).messages == 4


def test_a_conversation_without_a_title_is_titled_by_what_was_asked(only):
    assert only([conversation(TALK, title=None, default_model_slug="o")]).title == "How long?"


def test_nodes_without_a_message_are_bridged_and_times_may_lack(storage, only):
    mapping = tree(
        ("d", "c", said("assistant", "Fourth", None)),
        ("c", "b", None),
        ("b", "a", said("assistant", "Second", str(BEGUN + 9))),
        ("a", None, said("user", "First", None)),
    )

    found = only([conversation(mapping)])

    assert tree_of(storage, found) == {"First": None, "Second": "First", "Fourth": "Second"}
    assert {each.created_at for each in storage.thread(found.pk)} <= {
        BEGUN * MICROSECONDS + 500_000,
        (BEGUN + 9) * MICROSECONDS,
    }


def test_a_tree_with_gaps_and_circles_is_read_whole(storage, only):
    mapping = tree(
        ("a", "b", said("user", "A", BEGUN)),
        ("b", "a", said("assistant", "B", BEGUN)),
        ("lost", "nowhere", said("user", "Lost", BEGUN)),
        ("self", "self", said("user", "Self", BEGUN)),
    )
    del mapping["lost"]["children"], mapping["self"]["parent"]
    mapping["child"] = {"message": said("user", "Child", BEGUN)}
    mapping["self"]["children"].append("child")

    found = only([conversation(mapping)])

    answers = tree_of(storage, found)
    assert [answers[each] for each in ("Lost", "Self", "Child")] == [None, None, "Self"]
    assert sorted(answers) == ["A", "B", "Child", "Lost", "Self"]
    assert len([each for each in "AB" if answers[each] is None]) == 1


def test_a_conversation_without_a_mapping_is_kept(storage, tmp_path):
    bare = conversation({}, "c-2", title="Bare")
    del bare["mapping"]

    import_talks(storage, tmp_path, [bare, conversation(TALK), 5, {}])

    assert {each.title: each.messages for each in conversations_of(storage).values()} == {
        "Bare": 0,
        "Bread": 4,
    }


POINTER = {
    "content_type": "image_asset_pointer",
    "asset_pointer": "file-service://loaf",
    "width": 8,
}


@pytest.mark.parametrize(
    ("message", "blocks"),
    [
        (said("user", {"content_type": "multimodal_text", "parts": ["See", POINTER]}),
         [(Part.TEXT, "", "See"), (Part.IMAGE, "image", "file-service://loaf")]),
        (said("assistant", {"content_type": "thoughts", "thoughts": [
            {"summary": "Weigh", "content": "Rye or wheat?"}]}),
         [(Part.THINKING, "", "Weigh\n\nRye or wheat?")]),
        (said("assistant", {"content_type": "reasoning_recap", "content": "Thought for 4s"}),
         [(Part.THINKING, "", "Thought for 4s")]),
        (said("assistant", {"content_type": "code", "language": "python", "text": "1 + 1"},
              recipient="python"),
         [(Part.TOOL_CALL, "python", "1 + 1")]),
        (said("tool", {"content_type": "execution_output", "text": "2"}, name="python"),
         [(Part.TOOL_RESULT, "python", "2")]),
        (said("tool", {"content_type": "tether_quote", "url": "u", "domain": "d", "text": "t",
                       "title": "T"}, name="browser"),
         [(Part.TOOL_RESULT, "browser", "u\n\nt\n\nT")]),
        (said("system", {"content_type": "user_editable_context", "user_profile": "A baker",
                         "user_instructions": "Be brief"}),
         [(Part.TEXT, "", "A baker\n\nBe brief")]),
        (said("assistant", {"content_type": "novel", "rating": 5}),
         [(Part.TEXT, "", '{"rating": 5}')]),
        (said("assistant", {"content_type": "text", "parts": [""]}), []),
        (said("assistant", None), []),
    ],
)  # fmt: skip
def test_every_type_of_content_is_read(storage, only, message, blocks):
    mapping = tree(("ask", None, said("user", "Q", BEGUN)), ("it", "ask", message))

    assert blocks_of(storage, only([conversation(mapping)]))[1] == blocks


def test_roles_and_errors_are_told(storage, only):
    words = ["user", "assistant", "system", "tool", "critic"]
    failed = {"aggregate_result": {"status": "failed_with_in_kernel_exception"}}
    nodes = [(word, None, said(word, word, BEGUN + n)) for n, word in enumerate(words)]
    nodes.append(("e", None, said("tool", "NameError", BEGUN + 9, metadata=failed)))

    found = only([conversation(tree(*nodes))])

    assert [each.role for each in storage.thread(found.pk)] == [
        *(Role.USER, Role.ASSISTANT, Role.SYSTEM, Role.TOOL, Role.SYSTEM, Role.TOOL),
    ]
    assert found.errors == 1


def test_an_archived_conversation_is_archived_here(storage, only):
    found = only([conversation(TALK, is_archived=True)])

    assert found.place.name == "ARCHIVED"
    assert faults(storage) == []


def test_the_numbered_files_of_an_export_are_read_together(storage, tmp_path):
    manifest = {"version": 1, "manifest_file": "export_manifest.json", "logical_files": {}}
    write_json(tmp_path / "export_manifest.json", manifest)
    for number in range(3):
        talks = [conversation(TALK, f"c-{number}")]
        write_json(tmp_path / f"conversations-{number:03}.json", talks)

    report = import_files(storage, tmp_path)

    assert report.formats == ["chatgpt"]
    assert report.new == {"conversation": 3, "message": 12}
    assert len(storage.uploads()) == 4


ASIDE = {
    "shared_conversations": [{"id": "s", "conversation_id": "c-0", "title": "Bread",
                              "is_anonymous": True}],
    "message_feedback": [{"id": "f", "conversation_id": "c-0", "rating": "thumbs_up",
                          "content": "{}"}],
    "user": {"id": "u", "email": "ada@example.org", "chatgpt_plus_user": True},
    "user_settings": {"user_id": "u", "settings": {"theme": "dark"}},
}  # fmt: skip


def test_what_stands_beside_the_conversations_makes_no_records(storage, tmp_path):
    write_json(tmp_path / "conversations-000.json", [conversation(TALK)])
    for name, content in ASIDE.items():
        write_json(tmp_path / f"{name}.json", content)

    report = import_files(storage, tmp_path)

    assert report.new == {"conversation": 1, "message": 4}
    assert report.passed_over == []
    assert len(storage.uploads()) == 5


def test_times_may_be_numbers_in_quotes(storage, only):
    mapping = tree(("a", None, said("user", "A", f"{BEGUN + 2}.25")),
                   ("b", "a", said("assistant", "B", "2025-06-15T15:06:50Z")))  # fmt: skip

    found = only([conversation(mapping, create_time=f"{BEGUN}.5", update_time="soon")])

    assert found.created_at == BEGUN * MICROSECONDS + 500_000
    assert [each.created_at for each in storage.thread(found.pk)] == [
        (BEGUN + 2) * MICROSECONDS + 250_000,
        (BEGUN + 10) * MICROSECONDS,
    ]


def test_what_newer_exports_leave_out_is_not_missed(only):
    bare = {"author": {"role": "user"}, "content": {"parts": ["Hello"]}}
    mapping = {"a": {"message": bare}, "b": {"id": "b", "parent": "a"}, "c": None}

    found = only([{"id": "c-1", "title": "Bare", "create_time": BEGUN, "mapping": mapping}])

    assert (found.title, found.messages) == ("Bare", 1)


def test_a_newer_export_adds_to_what_an_older_one_brought(storage, tmp_path):
    import_talks(storage, tmp_path, [conversation(TALK)])
    grown = {**TALK, **tree(("last", "new", said("user", "Thanks", BEGUN + 90)))}

    report = import_talks(
        storage,
        tmp_path,
        [conversation({}, "c-9"), conversation(grown)],
        "conversations-007.json",
    )

    assert report.new == {"conversation": 1, "message": 1}
    assert conversations_of(storage)["c-1"].messages == 5


def test_only_an_export_with_what_is_here_was_imported_before(storage, tmp_path):
    def report_of(*names):
        found = [conversation(tree((f"{n}1", None, said("user", n))), n) for n in names]
        return import_talks(storage, tmp_path, found)

    assert not report_of("a").updates_origin
    assert not report_of("b").updates_origin
    assert report_of("b", "c").updates_origin


def test_the_same_export_again_changes_nothing(storage, tmp_path):
    talks = [conversation(TALK), conversation(TALK, "c-2", is_archived=True)]
    import_talks(storage, tmp_path, talks)

    assert import_talks(storage, tmp_path, talks).effective == 0


def test_an_export_that_was_changed_before_its_last_message_is_the_same_again(
    storage, tmp_path
):
    content = [conversation(TALK, create_time=BEGUN, update_time=BEGUN - 0.1)]
    import_talks(storage, tmp_path, content)

    report = import_talks(storage, tmp_path, content)

    assert (report.effective, report.older) == (0, {})
    assert report.identical["conversation"] == 1


def test_each_record_knows_its_place_in_the_file(tmp_path):
    talks = [conversation(TALK, title="Brötchen 🥐"), conversation(TALK, "c-2")]
    path = write_json(tmp_path / "c.json", json.dumps(talks, indent=1, ensure_ascii=False))

    _, records = read_as(path)

    source = path.read_bytes()
    for record in records:
        value = json.loads(source[record.offset : record.offset + record.length])
        if record.kind is Kind.CONVERSATION:
            assert value["id"] == record.external_id
        else:
            assert record.external_id.endswith("/" + value["id"])
    assert len(records) == 10


def test_a_broken_export_is_refused_at_its_place(storage, tmp_path):
    talk = json.dumps(conversation(TALK, title="A long talk " * 1000))

    with pytest.raises(MalformedFileError, match=r"at /50: no JSON value starts like this"):
        import_talks(storage, tmp_path, f"[{', '.join([talk] * 50)}, oops")

    assert conversations_of(storage) == {}


def test_short_conversations_are_handed_on_together(tmp_path):
    talks = [conversation(TALK, f"c-{number}") for number in range(STRETCH_MESSAGES // 2)]

    _, records = read_as(write_json(tmp_path / "c.json", talks))

    kinds = [kind for kind, _ in groupby(records, key=lambda record: record.kind)]
    assert kinds == [Kind.CONVERSATION, Kind.MESSAGE] * 2
    assert len({each.external_id for each in records}) == 5 * len(talks)


FILES = sorted(SHARED.glob("chatgpt/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_export_is_read_whole(path):
    content = json.loads(path.read_bytes())
    talks = content if isinstance(content, list) else [content]
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["chatgpt"]
        found = conversations_of(storage)
        wanted = {
            talk["id"]: sum(node["message"] is not None for node in talk["mapping"].values())
            for talk in talks
        }
        assert {name: talk.messages for name, talk in found.items()} == wanted
        assert {talk["id"]: talk["title"] for talk in talks} == {
            name: talk.title for name, talk in found.items()
        }
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
