"""Ralph's `prd.json` in its three shapes, read and written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.exchange import sections
from db.records import Kind
from db.vocabulary import LinkKind, Priority, Status
from tests.db.exchange.writing import exported, read_again, same, there_and_back
from tests.db.factories import (
    SHARED,
    batches_of,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    task_named,
    tasks_of,
    write_json,
)

STORIES = [
    {
        "id": "US-001",
        "title": "Keep a log",
        "description": "As a sailor",
        "acceptanceCriteria": ["It is kept", "Each\nline counts"],
        "priority": 1,
        "passes": True,
        "notes": "",
    },
    {
        "id": "US-002",
        "title": "Read it",
        "description": "",
        "acceptanceCriteria": [],
        "priority": 9,
        "model": "opus",
        "passes": False,
        "notes": "Later",
    },
]
PRD = {
    "project": "Ship",
    "branchName": "ralph/log",
    "description": "A log",
    "userStories": STORIES,
    "x": {"kept": [1]},
}
TESTED = {
    "project": "Ship",
    "userStories": [
        {
            "id": "US-001",
            "title": "Steer",
            "acceptanceCriteria": [
                {"id": "AC-1", "text": "To port", "testCommand": "go", "passes": True},
                {"id": "AC-2", "text": "Back", "passes": False, "lastRun": None},
            ],
            "priority": 2,
            "passes": False,
        }
    ],
}
BARE = [
    {"id": "DVB-001", "title": "One", "priority": 1, "passes": True},
    {"id": "DVB-002", "title": "Two", "priority": 2, "passes": False},
]


def test_a_project_becomes_a_batch_and_each_story_a_task(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "prd.json", PRD))

    assert (report.formats, report.new) == (["ralph"], {"batch": 1, "task": 2})
    (batch,) = batches_of(storage)
    assert (batch.title, storage.batches.get(batch.pk).description) == ("Ship", "A log")
    first, second = task_named(storage, "US-001"), task_named(storage, "US-002")
    assert first.record.status is Status.SUCCEEDED
    assert (first.record.priority, first.record.kind) == (Priority.HIGHEST, "story")
    assert first.description == (
        "As a sailor\n\n## Acceptance criteria\n\n- It is kept\n- Each\n  line counts"
    )
    assert (second.record.status, second.record.priority) == (Status.QUEUED, Priority.LOWEST)
    assert second.description == "## Notes\n\nLater"
    assert json.loads(second.raw) == STORIES[1]
    assert faults(storage) == []
    assert import_files(storage, tmp_path / "prd.json").effective == 0


def test_criteria_with_a_test_say_whether_they_pass(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "prd.json", TESTED))

    said = task_named(storage, "US-001").description
    assert said == "## Acceptance criteria\n\n- [x] To port\n- [ ] Back"


def test_a_bare_array_of_stories_is_named_after_its_file(storage, tmp_path):
    assert import_files(storage, write_json(tmp_path / "prd.json", BARE)).formats == ["ralph"]
    assert [batch.title for batch in batches_of(storage)] == ["prd"]


@pytest.mark.parametrize(
    "content",
    [
        PRD,
        TESTED,
        BARE,
        {"project": "Empty", "userStories": []},
        {"userStories": [{"title": "No id", "n": 1}, {"id": 7, "title": "\ud800"}]},
    ],
    ids=["sentences", "objects", "array", "empty", "odd"],
)
def test_a_file_comes_back_equal(tmp_path, content):
    back = json.loads(there_and_back(tmp_path, json.dumps(content), "ralph"))

    assert same(back, content)


def test_every_digit_comes_back(tmp_path):
    text = '{"project": "a", "n": 1e400, "userStories": [{"id": "a", "title": "b", "m": 0.10}]}'

    back = there_and_back(tmp_path, text, "ralph")

    assert "1e400" in back
    assert "0.10}" in back


def test_an_edit_changes_its_own_members_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "prd.json", TESTED))
    pk = task_named(storage, "US-001").record.pk
    text = "New\n\n## Acceptance criteria\n\n- [x] To port\n- [x] Back\n- [ ] Again"
    edit_task(storage, pk, title="Sail", status="done", priority="high", description=text)

    (story,) = json.loads(exported(storage, "ralph"))["userStories"]

    before = TESTED["userStories"][0]
    first, second = before["acceptanceCriteria"]
    assert story == {
        **before,
        "title": "Sail",
        "passes": True,
        "description": "New",
        "acceptanceCriteria": [first, {**second, "passes": True}, {"text": "Again",
                                                                  "passes": False}],
    }  # fmt: skip


def test_a_batch_that_was_renamed_is_written_under_its_new_name(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "prd.json", PRD))
    (batch,) = batches_of(storage)
    storage.edit(Kind.BATCH, batch.pk, {"title": "Boat"}, seen_version=batch.version)

    assert json.loads(exported(storage, "ralph")) == {**PRD, "project": "Boat"}


def test_tasks_from_elsewhere_get_ids_that_are_free(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "prd.json", PRD))
    first = make_task(storage, "Row", description="Hard\n\n## Notes\n\nSoon", status="done")
    edit_task(storage, make_task(storage, "Rest").pk, links=[(first.id, LinkKind.BLOCKS)])

    stories = json.loads(exported(storage, "ralph"))["userStories"]

    assert [story["id"] for story in stories] == ["US-001", "US-002", "US-003", "US-004"]
    assert stories[2] == {
        "id": "US-003",
        "title": "Row",
        "passes": True,
        "description": "Hard",
        "acceptanceCriteria": [],
        "notes": "Soon",
        "priority": 3,
    }


def test_tasks_made_by_hand_become_a_project_that_is_read_again(storage, tmp_path):
    make_task(storage, "Row", batch=make_batch(storage, "The Voyage", "Far").id)

    text = exported(storage, "ralph")

    shell = json.loads(text)
    assert (shell["project"], shell["branchName"]) == ("The Voyage", "ralph/the-voyage")
    assert shell["description"] == "Far"
    assert read_again(tmp_path, text, "ralph") == ["Row"]


def test_two_projects_in_one_file_keep_their_stories_apart(storage, tmp_path):
    for name in ("a", "b"):
        stories = [{"id": "US-001", "title": name, "passes": False, "priority": 1}]
        path = tmp_path / f"{name}.json"
        import_files(storage, write_json(path, {"project": name, "userStories": stories}))

    stories = json.loads(exported(storage, "ralph"))["userStories"]

    assert {story["title"]: story["id"] for story in stories} == {"a": "US-001", "b": "US-002"}


lines = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip() == text and not text.startswith(("- ", "[", "  "))
)
items = st.lists(st.tuples(lines, st.sampled_from([None, False, True])), min_size=1)


@given(items)
def test_a_list_is_read_back_as_it_was_written(listed):
    assert list(sections.bullets_in(sections.bulleted(listed))) == listed


@given(st.dictionaries(st.sampled_from(["description", "a", "b", "c"]), lines))
def test_texts_under_headings_are_parted_as_they_were_joined(texts):
    headings = {"a": "First", "b": "Second (2)", "c": "Third"}

    back = sections.split(sections.joined(texts, headings), headings)

    assert back == {"description": "", "a": "", "b": "", "c": ""} | texts


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("ralph_prd/*.json")), ids=lambda path: path.name
)
def test_a_real_file_is_read_whole_and_comes_back_equal(path):
    content = json.loads(path.read_bytes())
    stories = content if isinstance(content, list) else content["userStories"]
    with opened() as storage:
        assert import_files(storage, path).formats == ["ralph"]

        passed = {task.external_id for task in tasks_of(storage)
                  if task.status is Status.SUCCEEDED}  # fmt: skip
        assert len(tasks_of(storage)) == len(stories)
        assert passed == {story["id"] for story in stories if story["passes"]}
        assert faults(storage) == []
        assert same(json.loads(exported(storage, "ralph")), content)
        assert import_files(storage, path).effective == 0
