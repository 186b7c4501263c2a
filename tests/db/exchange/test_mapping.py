"""Lists of objects of unknown shape, read as somebody says, and remembered."""

import json

import msgspec
import pytest

from db.errors import ExchangeError
from db.exchange import mapping as mappings
from db.exchange.choices import ImportChoices
from db.exchange.exporting import export
from db.exchange.importing import stage_import
from db.exchange.mapping import Mapping
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Severity, Status
from tests.db.factories import (
    batches_of,
    edit_task,
    faults,
    import_files,
    named,
    opened,
    records_of,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

ROWS = [
    {
        "nr": "A-1",
        "what": "Mend the lexer\nnow",
        "standing": {"name": "triage", "since": 3},
        "opened": "2026-01-02T03:04:05Z",
        "story": "First this, then that.",
        "words": ["ui", "db"],
        "weight": 1.50,
    },
    {
        "nr": "A-2",
        "what": "Mend the parser",
        "standing": {"name": "parked", "since": 4},
        "opened": "2026-01-03",
        "after": "A-1",
        "name": "no title",
    },
]
MAPPING = Mapping(
    members={
        "id": "nr",
        "title": "what",
        "status": "/standing/name",
        "description": "story",
        "tags": "words",
        "created": "opened",
        "parent": "after",
    },
    statuses={"triage": "queued", "parked": "blocked"},
)


@pytest.fixture
def file(tmp_path):
    return write_json(tmp_path / "odd.json", ROWS)


def of_kind(kind):
    return Mapping(becomes=kind.word, members=MAPPING.members, statuses=MAPPING.statuses)


def exported(storage, folder):
    export(storage, "generic", folder / "back.json")
    return json.loads((folder / "back.json").read_text())


def test_a_mapping_says_where_each_field_is(storage, file):
    report = import_files(storage, file, mapping=MAPPING)

    assert report.new == {"batch": 1, "task": 2}
    first, second = task_named(storage, "A-1"), task_named(storage, "A-2")
    assert first.record.title == "Mend the lexer"
    assert (first.record.status, first.record.status_word) == (Status.QUEUED, "triage")
    assert (second.record.status, second.record.status_word) == (Status.BLOCKED, "parked")
    assert first.description == "First this, then that."
    assert first.record.tags == ("db", "ui")
    assert first.record.created_at == parse_time("2026-01-02T03:04:05Z")
    assert second.parent.external_id == "A-1"
    assert json.loads(first.raw) == ROWS[0]


def test_a_field_that_is_nowhere_is_not_guessed(storage, file):
    nowhere = Mapping(members={"title": ""})

    import_files(storage, file, mapping=nowhere)

    assert {task.title for task in tasks_of(storage)} == {"Record #1", "Record #2"}


def test_a_field_that_is_not_named_is_guessed(storage, file):
    import_files(storage, file, mapping=Mapping(members={"id": "nr"}))

    assert task_named(storage, "A-2").record.title == "no title"


@pytest.mark.parametrize(
    "content",
    [
        "".join(json.dumps(row) + "\n" for row in ROWS),
        {"version": 2, "items": ROWS},
        {"A-1": ROWS[0], "A-2": ROWS[1]},
    ],
    ids=["lines", "object with an array", "keyed objects"],
)
def test_every_shape_of_list_takes_it(storage, tmp_path, content):
    import_files(storage, write_json(tmp_path / "odd.json", content), mapping=MAPPING)

    assert {task.title for task in tasks_of(storage)} == {"Mend the lexer", "Mend the parser"}


@pytest.mark.parametrize(
    "kind", [Kind.BUG, Kind.LEARNING, Kind.DESIGN_NOTE, Kind.STATUS_UPDATE]
)
def test_objects_become_records_of_another_kind(storage, file, kind):
    report = import_files(storage, file, mapping=of_kind(kind))

    assert report.new == {"batch": 1, kind.word: 2}
    record = named(storage, kind, "A-1")
    assert record.title == "Mend the lexer"
    assert storage.detail(kind, record.pk).description == "First this, then that."
    assert record.batch_pk == batches_of(storage)[0].pk
    assert import_files(storage, file, mapping=of_kind(kind)).effective == 0
    assert faults(storage) == []


def test_a_priority_is_the_severity_of_a_bug_and_a_kind_the_category_of_a_learning(
    storage, tmp_path
):
    rows = [{"id": 1, "title": "One", "priority": "highest", "type": "tests", "tags": ["a"]}]
    file = write_json(tmp_path / "a.json", rows)

    import_files(storage, file, mapping=Mapping(becomes="bug"))
    (bug,) = records_of(storage, Kind.BUG)
    assert bug.severity is Severity.CRITICAL
    storage.history.undo()
    import_files(storage, file, mapping=Mapping(becomes="learning"))
    (learning,) = records_of(storage, Kind.LEARNING)
    assert (learning.category, learning.tags) == ("tests", ("a",))


def test_sentences_become_learnings(storage, tmp_path):
    file = write_json(tmp_path / "a.json", [{"id": 1}, "Measure first.\nThen cut."])

    import_files(storage, file, mapping=Mapping(becomes="learning"))

    record = named(storage, Kind.LEARNING, "#2")
    assert record.title == "Measure first."
    assert storage.learnings.get(record.pk).description == "Measure first.\nThen cut."


def test_a_mapping_that_was_kept_is_used_for_files_of_that_shape_alone(storage, file, tmp_path):
    mappings.remember(storage, ROWS, MAPPING)

    import_files(storage, file)
    assert task_named(storage, "A-1").record.title == "Mend the lexer"
    other = write_lines(tmp_path / "b.jsonl", [{"nr": "B-1", "what": "x"}, {"nr": "B-2"}])
    import_files(storage, other)
    assert task_named(storage, "#1").record.title == "Record #1"


def test_one_import_may_map_several_shapes(storage, file, tmp_path):
    other = write_lines(tmp_path / "b.jsonl", [{"k": 1, "t": "x"}, {"k": 2, "t": "y"}])
    chosen = {
        mappings.digest(ROWS): MAPPING,
        mappings.digest([{"k": 1, "t": "x"}]): Mapping(members={"id": "k", "title": "t"}),
    }

    import_files(storage, file, other, mappings=chosen)

    assert {task.external_id for task in tasks_of(storage)} == {"A-1", "A-2", "1", "2"}
    assert task_named(storage, "2").record.title == "y"


def test_what_was_mapped_is_exported_as_it_came(storage, file, tmp_path):
    import_files(storage, file, mapping=MAPPING)

    assert exported(storage, tmp_path) == ROWS


def test_what_was_changed_since_is_exported_where_the_mapping_has_it(storage, file, tmp_path):
    mappings.remember(storage, ROWS, MAPPING)
    import_files(storage, file)
    pk = task_named(storage, "A-1").record.pk
    edit_task(storage, pk, title="Rewrite it", status=int(Status.RUNNING))

    first, second = exported(storage, tmp_path)

    assert second == ROWS[1]
    assert first["what"] == "Rewrite it"
    assert first["standing"] == {"name": "running", "since": 3}
    assert first.keys() == ROWS[0].keys()


def test_fields_are_proposed_by_names_and_values():
    rows = [
        {
            "nr": f"A-{n}",
            "what": f"Mend part {n}",
            "standing": ["triage", "done", "in progress", "parked"][n % 4],
            "opened": f"2026-01-{n + 1:02}",
            "story": "First this,\nthen that.",
            "words": ["ui"],
            "after": "A-0",
        }
        for n in range(8)
    ]

    found = mappings.proposed(rows)

    assert {name: member for name, member in found.members.items() if member} == {
        "id": "nr",
        "title": "what",
        "status": "standing",
        "created": "opened",
        "description": "story",
        "tags": "words",
        "parent": "after",
    }
    assert found.statuses == {"triage": "queued", "parked": "queued"}
    assert found.becomes == "task"
    assert not mappings.is_sure(rows)


def test_a_proposal_by_names_alone_says_what_is_done_without_one():
    rows = [{"id": 1, "title": "One", "opened": "2026-01-01", "lesson": "x y"}]

    found = mappings.proposed(rows, by_values=False)

    assert {name for name, member in found.members.items() if member} == {"id", "title"}
    assert found.becomes == "task"
    assert mappings.proposed(rows).members["created"] == "opened"


@pytest.mark.parametrize(
    ("row", "sure"),
    [
        ({"id": 1, "title": "a", "status": "done"}, True),
        ({"id": 1, "title": "a", "status": "parked"}, False),
        ({"id": 1, "body": "a"}, False),
        ({"x": 1}, False),
    ],
)
def test_it_is_sure_only_where_names_say_all(row, sure):
    assert mappings.is_sure([row]) is sure


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"lesson": "a"}, "learning"),
        ({"title": "a", "steps_to_reproduce": "b"}, "bug"),
        ({"decision": "a", "consequences": "b"}, "design note"),
        ({"title": "a"}, "task"),
    ],
)
def test_the_kind_is_proposed_by_telling_names(row, kind):
    assert mappings.proposed([row]).becomes == kind


def test_a_mapping_comes_back_from_its_file(tmp_path):
    path = tmp_path / "map.json"
    path.write_bytes(mappings.write_mapping(MAPPING))

    assert mappings.load_mapping(path) == MAPPING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "map.json is no mapping"),
        ('{"becomes": "unicorn"}', "“unicorn” is no kind"),
        ('{"members": {"colour": "x"}}', "“colour” is no field"),
        ('{"statuses": {"x": "odd"}}', "“odd” is no state"),
        ('{"member": {}}', "unknown field"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_in_words(tmp_path, text, said):
    path = tmp_path / "map.json"
    path.write_text(text)

    with pytest.raises(ExchangeError, match=said):
        mappings.load_mapping(path)
    with pytest.raises(ExchangeError, match="is no mapping"):
        mappings.load_mapping(tmp_path / "missing.json")


def test_a_member_whose_name_begins_with_a_slash_is_named_as_a_pointer():
    rows = [{"/path": "a", "a": {"b/c": "d"}}]

    members = mappings.members_of(rows)

    assert members == ("/~1path", "a", "/a/b~1c")
    assert [mappings.member_of(rows[0], each) for each in members] == [
        "a",
        {"b/c": "d"},
        "d",
    ]


def test_choices_can_be_kept_as_json():
    choices = ImportChoices(mapping=MAPPING, formats={"a.json": "generic"})
    text = msgspec.json.encode(choices)

    assert msgspec.json.decode(text, type=ImportChoices) == choices


def test_a_dry_run_by_a_mapping_leaves_nothing(file):
    with opened() as storage:
        stage_import(storage, [file], ImportChoices(mapping=MAPPING)).discard()
        assert tasks_of(storage) == []


TICKETS = [
    {
        "ref": 100 + number,
        "title": f"Mend the lexer {number}",
        "key": "same",
        "state": {"id": 7, "title": title},
        "opened": 1_767_000_000_000 + number,
        "weight": number % 2,
    }
    for number, title in enumerate(["Done", "In progress", "Done"])
]


def test_ids_states_and_dates_are_proposed_by_their_values():
    members = mappings.proposed(TICKETS).members

    assert (members["id"], members["status"]) == ("ref", "/state/title")
    assert (members["title"], members["created"]) == ("title", "opened")


def test_names_alone_are_not_enough_where_values_say_more():
    assert not mappings.is_sure(TICKETS)
    assert not mappings.is_sure([{"nr": 1, "title": "a b"}, {"nr": 2, "title": "c d"}])
    assert mappings.is_sure([{"id": 1, "title": "a b", "status": "done"}])


def test_tickets_are_read_as_proposed(storage, tmp_path):
    path = write_json(tmp_path / "tickets.json", TICKETS)

    import_files(storage, path, mapping=mappings.proposed(TICKETS))

    assert task_named(storage, "101").record.status is Status.RUNNING
    assert task_named(storage, "102").record.created_at == parse_time(1_767_000_000_002)
