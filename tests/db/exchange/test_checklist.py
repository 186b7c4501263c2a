"""Checklists in Markdown: read item by item, written back with only what was changed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.exchange.document import Document
from db.exchange.exporting import select
from db.exchange.formats.checklist import CHECKLIST
from db.exchange.importing import recognise
from db.records import Kind
from db.vocabulary import LinkKind, Priority, Status
from tests.db.exchange.writing import exported, there_and_back
from tests.db.factories import (
    SHARED,
    batches_of,
    edit,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    task_named,
    tasks_of,
)

SPEC_KIT = """\
# Tasks: A boat

**Input**: plan.md

## Format: `[ID] [P?] [Story] Description`

- **[P]**: can run in parallel

## Phase 1: Setup

**Purpose**: a keel

- [X] T001 Lay the keel in /dock/keel.md
- [x] T002 [P] Find wood

**Checkpoint**: it floats

---

## Phase 2: Story 1 (Priority: P1)

### Tests

- [ ] T003 [P] [US1] Row once (depends on T001, T002)
"""
KIRO = """\
# Implementation plan

- [x] 1. Build the hull
  - with planks
  - _Requirements: 1.1_

- [-] 1.1 Caulk it
  - _Requirements: 1.2_

- [ ]* 1.2 Paint it
- [~] 2. Launch
  - [ ] 2.1 Invite the mayor
        with a letter
"""
OPEN_SPEC = """\
# Implementation Tasks: Sails

## Checklist

### Phase 1

- [x] **Task 1.1**: Cut the cloth
  - Measure `twice`
  - **Validation**: it fits

- [ ] **Task 1.2**: Sew
"""
PLAIN = """\
> A voyage

## Before
- [ ] Pack
- [x] Sleep

**Acceptance**: rested

## After
* [ ] Pack
1. [ ] Rest
   and eat
"""
README = """\
# A boat

A long text about a boat.

It has many paragraphs.
And lines.
And even more lines, as files of that name do.
A reader learns how to row.
A reader learns how to sail.

- [x] rows
- [ ] sails
"""


def read(storage, path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = import_files(storage, path)
    assert report.formats == ["checklist"]
    return report


def names(storage):
    return [task.external_id for task in sorted(tasks_of(storage), key=lambda each: each.pk)]


def test_a_list_of_spec_kit_becomes_a_batch_with_tasks_named_by_their_ids(storage, tmp_path):
    assert read(storage, tmp_path / "tasks.md", SPEC_KIT).new == {"batch": 1, "task": 3}

    (batch,) = batches_of(storage)
    assert batch.title == "Tasks: A boat"
    assert storage.batches.get(batch.pk).description.startswith("**Input**: plan.md")
    first, third = task_named(storage, "T001"), task_named(storage, "T003")
    assert (first.record.title, first.record.status) == (
        "Lay the keel in /dock/keel.md",
        Status.SUCCEEDED,
    )
    assert set(first.record.tags) == {"Phase 1: Setup"}
    assert third.record.priority is Priority.HIGH
    assert {"parallel", "US1", "Tests"} < set(third.record.tags)
    assert {link.task.external_id for link in third.links} == {"T001", "T002"}
    assert all(link.incoming and link.kind is LinkKind.BLOCKS for link in third.links)
    assert faults(storage) == []
    assert import_files(storage, tmp_path / "tasks.md").effective == 0


def test_a_list_of_kiro_nests_by_numbers_and_by_indentation(storage, tmp_path):
    read(storage, tmp_path / "tasks.md", KIRO)

    assert names(storage) == ["1", "1.1", "1.2", "2", "2.1"]
    parents = [task_named(storage, name).parent for name in names(storage)]
    assert [each and each.external_id for each in parents] == [None, "1", "1", None, "2"]
    states = [task_named(storage, name).record.status for name in names(storage)]
    assert states == [
        Status.SUCCEEDED, Status.RUNNING, Status.QUEUED, Status.QUEUED, Status.QUEUED,
    ]  # fmt: skip
    assert task_named(storage, "2").record.status_word == "[~]"
    assert task_named(storage, "1").description == "- with planks\n- _Requirements: 1.1_"
    assert task_named(storage, "2.1").description.strip() == "with a letter"
    assert faults(storage) == []


def test_a_list_of_open_spec_keeps_what_is_said_below_each_task(storage, tmp_path):
    read(storage, tmp_path / "x.md", OPEN_SPEC)

    found = task_named(storage, "1.1")
    assert found.record.title == "Cut the cloth"
    assert found.description == "- Measure `twice`\n- **Validation**: it fits"
    assert set(found.record.tags) == {"Checklist", "Phase 1"}


def test_plain_items_are_named_by_their_heading_and_words(storage, tmp_path):
    read(storage, tmp_path / "voyage.md", PLAIN)

    assert names(storage) == ["Before/Pack", "Before/Sleep", "After/Pack", "After/Rest"]
    assert task_named(storage, "After/Rest").description == "and eat"
    (batch,) = batches_of(storage)
    assert (batch.title, storage.batches.get(batch.pk).description) == ("voyage", "A voyage")


def test_an_item_that_comes_between_others_leaves_these_what_they_are(storage, tmp_path):
    path = tmp_path / "voyage.md"
    read(storage, path, PLAIN)

    report = read(storage, path, PLAIN.replace("- [ ] Pack\n", "- [ ] Eat\n- [ ] Pack\n"))

    assert (report.new, report.changed) == ({"task": 1}, {"batch": 1})


def test_an_item_under_another_heading_is_a_changed_one(storage, tmp_path):
    path = tmp_path / "tasks.md"
    read(storage, path, SPEC_KIT)

    report = read(storage, path, SPEC_KIT.replace("## Phase 1: Setup", "## Phase 1: Start"))

    assert (report.new, report.changed) == ({}, {"batch": 1, "task": 2})
    assert set(task_named(storage, "T001").record.tags) == {"Phase 1: Start"}


@pytest.mark.parametrize("text", [SPEC_KIT, KIRO, OPEN_SPEC, PLAIN])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_was_read_comes_back_byte_for_byte(tmp_path, text, ends):
    text = text.replace("\n", ends)
    assert there_and_back(tmp_path, text, "checklist", "tasks.md") == text
    cut = text.rstrip()
    assert there_and_back(tmp_path, cut, "checklist", "tasks.md") == cut


def test_a_byte_order_mark_comes_back(tmp_path):
    text = f"\ufeff{SPEC_KIT}"
    assert there_and_back(tmp_path, text, "checklist", "tasks.md") == text


def test_utf_16_is_read_and_its_places_are_bytes_of_the_file(storage, tmp_path):
    data = SPEC_KIT.replace("keel", "k\u00ef\U0001f6a3l").encode("utf-16")
    read(storage, tmp_path / "tasks.md", data)

    place = task_named(storage, "T002").source_range
    said = data[place.offset : place.offset + place.length].decode("utf-16-le")
    assert said == "- [x] T002 [P] Find wood"


def test_only_what_was_changed_is_written_anew(storage, tmp_path):
    read(storage, tmp_path / "tasks.md", KIRO.replace("\n", "\r\n"))
    edit_task(storage, task_named(storage, "1").record.pk, status="queued")
    edit_task(
        storage, task_named(storage, "1.2").record.pk, title="Varnish\nit", priority="high"
    )
    edit_task(storage, task_named(storage, "2").record.pk, status="done")
    edit_task(storage, task_named(storage, "2.1").record.pk, description="soon\n\n- [ ] or not")

    wanted = KIRO.replace("[x] 1. B", "[ ] 1. B").replace("Paint it", "Varnish it")
    wanted = wanted.replace("[~] 2", "[x] 2")
    wanted = wanted.replace("        with a letter", "    soon\n\n    - \\[ ] or not")
    assert exported(storage, "checklist") == wanted.replace("\n", "\r\n")


def test_what_was_written_is_read_as_no_change(storage, tmp_path):
    path = tmp_path / "tasks.md"
    read(storage, path, KIRO)
    edit_task(
        storage, task_named(storage, "2.1").record.pk, description="- [ ] no item\n# None"
    )
    path.write_text(exported(storage, "checklist"))

    report = import_files(storage, path)

    assert report.new == {}
    assert task_named(storage, "2.1").description == "- [ ] no item\n# None"


def test_the_title_of_a_batch_is_written(storage, tmp_path):
    read(storage, tmp_path / "tasks.md", SPEC_KIT)
    edit(storage, Kind.BATCH, batches_of(storage)[0].pk, title="A ship")

    assert exported(storage, "checklist") == SPEC_KIT.replace("# Tasks: A boat", "# A ship")


def test_new_tasks_are_added_below_their_parents_and_behind_the_last(storage, tmp_path):
    read(storage, tmp_path / "tasks.md", PLAIN)
    (batch,) = batches_of(storage)
    rest = task_named(storage, "Before/Sleep").record
    nap = make_task(storage, "Nap", batch=batch.id, parent=rest.id, status="running")
    make_task(storage, "Deeply", batch=batch.id, parent=nap.id)
    make_task(storage, "Tell", batch=batch.id, description="all\n\nof it", status="done")

    wanted = PLAIN.replace("Sleep\n", "Sleep\n  - [-] Nap\n    - [ ] Deeply\n")
    assert exported(storage, "checklist") == wanted + "- [x] Tell\n  all\n\n  of it\n"


def test_a_selection_is_written_without_the_items_outside_it(storage, tmp_path):
    read(storage, tmp_path / "tasks.md", KIRO)
    pks = [task_named(storage, name).record.pk for name in ("1.2", "2.1")]

    back = exported(storage, "checklist", pks=pks)

    assert back.splitlines() == [
        "# Implementation plan", "", "- [x] 1. Build the hull", "  - with planks",
        "  - _Requirements: 1.1_", "", "", "- [ ]* 1.2 Paint it", "- [~] 2. Launch",
        "  - [ ] 2.1 Invite the mayor", "        with a letter",
    ]  # fmt: skip


def test_titles_with_items_below_them_are_batches_of_one_file(storage, tmp_path):
    text = "intro\n# Sea\n- [ ] Row\n- [ ] Sail\n# Note\n\n# Land\n- [ ] Row\n\n# End\n"
    path = tmp_path / "all.md"
    assert read(storage, path, text).new == {"batch": 2, "task": 3}

    assert [each.title for each in sorted(batches_of(storage), key=lambda b: b.pk)] == [
        "Sea",
        "Land",
    ]
    assert names(storage) == ["Row", "Sail", "2: Land/Row"]
    assert exported(storage, "checklist") == text
    assert import_files(storage, path).effective == 0


def test_records_made_by_hand_are_read_again_as_they_are(storage, tmp_path):
    for title, about in (("Sea", "wide\n# and\n```\ndeep"), ("Land", "")):
        batch = make_batch(storage, title, about)
        make_task(storage, "Row", batch=batch.id, description="```\nopen", status="running")
        make_task(storage, "Rest", batch=batch.id, description="<!-- open", status="done")
    make_task(storage, "Alone")
    text = exported(storage, "checklist")

    with opened() as other:
        read(other, tmp_path / "again.md", text)
        found = [
            (batch.title, other.batches.get(batch.pk).description, batch.total)
            for batch in sorted(batches_of(other), key=lambda each: each.pk)
        ]
        said = {task.title: other.tasks.get(task.pk).description for task in tasks_of(other)}
        states = {task.title: task.status for task in tasks_of(other)}

    assert found == [
        ("Sea", "wide\n# and\n```\ndeep", 2), ("Land", "", 2), ("Tasks in no batch", "", 1),
    ]  # fmt: skip
    assert said == {"Row": "```\nopen", "Rest": "<!-- open", "Alone": ""}
    assert states["Row"] is Status.RUNNING
    assert states["Rest"] is Status.SUCCEEDED


def test_boxes_in_code_in_comments_and_in_front_matter_are_no_items(storage, tmp_path):
    hidden = "---\nx: |\n  - [ ] a\n---\n# T\n```\n- [ ] b\n```\n<!--\n- [ ] c\n-->\n"
    text = hidden + "- [ ] d\n  ```\n  - [ ] e\n- [ ] f\n- [] g\n- [y] h\n- [ ] i\n"
    read(storage, tmp_path / "x.md", text)

    assert names(storage) == ["d", "f", "i"]
    assert exported(storage, "checklist") == text


@pytest.mark.parametrize(
    "text",
    [
        README,
        "# Notes\n\nno boxes [here]\n",
        "just words [x] with one",
        "- [link](a.md)\n- [1] Smith\n- [2] Jones\n- [a] Doe\n",
    ],
)
def test_texts_that_are_no_checklist_are_not_taken(tmp_path, text):
    path = tmp_path / "README.md"
    path.write_text(text)
    with path.open("rb") as stream:
        sample = Document(stream, name="README.md").sample

    assert CHECKLIST.recognise(sample) == 0


LINE = st.one_of(
    st.sampled_from(
        [
            "", "# A", "## B #", "- [ ] a", "- [x] T001 a", "  - [X] 1.1 b", "\t* [-] c", "```",
            "  ~~~", "<!--", "-->", "text", "    deep", "1. [ ] **Task 2**: d", "---", "# A\r",
            "- [ ]  \u2028x ", "> q", "- \\[ ] e", "  - \\\\[x] f", "- [ ] a\r",
        ]
    ),
    st.text(max_size=12).filter(lambda text: "\n" not in text),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(LINE, max_size=25))
def test_any_text_with_items_comes_back_byte_for_byte(tmp_path_factory, lines):
    text = "\n".join(["- [ ] first", *lines])
    path = tmp_path_factory.mktemp("any") / "x.md"
    path.write_bytes(text.encode("utf-8", "ignore"))
    text = path.read_bytes().decode()
    with opened() as storage:
        report = import_files(storage, path, format_name="checklist")
        assert report.repeated == {}
        assert exported(storage, "checklist") == text
        assert import_files(storage, path, format_name="checklist").effective == 0


TITLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" "), min_size=1
)
ABOUT = st.lists(LINE, max_size=6).map("\n".join)


@settings(max_examples=60)
@given(st.lists(st.tuples(TITLE, ABOUT), min_size=1, max_size=5))
def test_any_task_made_by_hand_is_read_again(tmp_path_factory, made):
    with opened() as storage:
        for title, about in made:
            make_task(storage, f"Do {title}", description=about)
        text = exported(storage, "checklist")
    path = tmp_path_factory.mktemp("any") / "x.md"
    path.write_bytes(text.encode("utf-8", "replace"))
    with opened() as storage:
        import_files(storage, path, format_name="checklist")
        found = sorted(tasks_of(storage), key=lambda each: each.pk)
        assert [each.title.split() for each in found] == [
            f"Do {title}".split() for title, _ in made
        ]
        for each, (_, about) in zip(found, made, strict=True):
            said = storage.tasks.get(each.pk).description
            assert said.split() == about.replace("\x00", "\ufffd").split()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not there")
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("markdown_tasks/*.md")), ids=lambda p: p.name
)
def test_a_real_list_is_read_whole_and_comes_back_byte_for_byte(tmp_path, path):
    boxes = [line for line in path.read_text().split("\n") if line.lstrip().startswith("- [")]
    boxes = [line for line in boxes if line.lstrip()[3:5] in {" ]", "x]", "X]"}]
    with opened() as storage:
        assert import_files(storage, path).formats == ["checklist"]
        tasks = tasks_of(storage)
        assert len(tasks) == len(boxes)
        done = sum(1 for line in boxes if line.lstrip()[3] != " ")
        assert sum(1 for task in tasks if task.status is Status.SUCCEEDED) == done
        assert exported(storage, "checklist").encode() == path.read_bytes()
        assert all(json.loads(storage.tasks.get(task.pk).raw)[-1] for task in tasks)
    with path.open("rb") as stream:
        assert recognise(Document(stream, name="file.txt"), None, {}).name == "checklist"


def test_a_long_list_is_written_in_small_pieces(storage, tmp_path):
    lines = [
        f"- [{'x' if n % 2 else ' '}] T{n:04} Lay plank {n}\n  of oak" for n in range(9_000)
    ]
    path = tmp_path / "tasks.md"
    path.write_text("# Hull\n\n" + "\n".join(lines) + "\n")
    import_files(storage, path)

    pieces = list(CHECKLIST.write(storage, select(storage)))

    assert b"".join(text for text, _ in pieces) == path.read_bytes()
    assert sum(number for _, number in pieces) == 9_000
    assert max(len(text) for text, _ in pieces) < 50_000
