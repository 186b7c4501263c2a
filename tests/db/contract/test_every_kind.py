"""Records of every kind are made, read, changed, moved and deleted alike."""

import json

import pytest

from db.errors import InvalidEditError, RecordNotFoundError, VersionConflictError
from db.query import EVERYWHERE, QUERIES
from db.records import Kind, Place
from db.sqlite.edits import editable
from db.vocabulary import LinkKind, Priority, Review, Severity, Status
from tests.db.factories import (
    ALL_TABLES,
    KIND_TABLES,
    a_message,
    a_record,
    counts_of,
    edit,
    faults,
    make,
    named,
    picture,
    records_of,
    recounted,
    stage_everything,
)

MADE = [kind for kind in Kind if kind is not Kind.MESSAGE]
HOME = {"batch": "batch", "task": "task"}
SHARED = {"title": "another title", "description": "another text\n\nof two lines"}
STATE = {"status": "failed"}
FIELDS = {
    Kind.BATCH: SHARED,
    Kind.TASK: {
        **SHARED, **STATE, "priority": "lowest", "kind": "bug", "batch": "batch",
        "parent": "task", "tags": ["b", "ä"], "links": [("task", LinkKind.TRACKS)],
    },
    Kind.EXECUTION: {
        **SHARED, **STATE, "task": "task", "turn": 7, "step": "review", "attempt": 2,
        "decision": "GO", "started_at": 1, "completed_at": 4, "lease_until": 9,
    },
    Kind.STATUS_UPDATE: {**SHARED, **HOME, "actor": "agent"},
    Kind.BUG: {
        **SHARED, **STATE, "batch": "batch", "severity": "critical", "steps": "one\ntwo",
        "proposed_fix": "so", "tasks": ["task"],
    },
    Kind.DESIGN_NOTE: {
        **SHARED, **HOME, "context": "why", "decision": "what", "consequences": "then",
        "superseded_by": "other",
    },
    Kind.CONVERSATION: {**SHARED, **HOME},
    Kind.LEARNING: {
        **SHARED, **HOME, "category": "tests", "confidence": 0.1 + 0.2, "review": "approved",
        "tags": ["b", "ä"], "evidence": ["message"], "superseded_by": "other",
    },
}  # fmt: skip
SHOWN = {
    "status": Status.FAILED,
    "severity": Severity.CRITICAL,
    "priority": Priority.LOWEST,
    "review": Review.APPROVED,
    "tags": ("b", "ä"),
}
REFERRING = ("batch", "task", "parent", "superseded_by", "tasks", "evidence", "links")
EACH_FIELD = [(kind, field) for kind in MADE for field in FIELDS[kind]]


def word(kind):
    return kind.word


def named_field(pair):
    return f"{pair[0].word}-{pair[1]}"


@pytest.fixture
def others(storage):
    """What the fields of a record may refer to, by the names that `FIELDS` has for it."""
    stage_everything(storage).commit()
    return {
        "batch": named(storage, Kind.BATCH, "file"),
        "task": named(storage, Kind.TASK, "t1"),
        "second": named(storage, Kind.TASK, "t2"),
        "message": named(storage, Kind.MESSAGE, "m1"),
    }


def needed(kind, others):
    fields = {"title": "a title"}
    return {**fields, "task": others["second"].id} if kind is Kind.EXECUTION else fields


def value_of(storage, kind, field, others):
    """Return the value that `FIELDS` names, with the ids of the records it refers to."""
    value = FIELDS[kind][field]
    if field not in REFERRING:
        return value
    if value == "other":
        return make(storage, kind, **needed(kind, others)).id
    if field == "links":
        return [(others[name].id, link) for name, link in value]
    return others[value].id if isinstance(value, str) else [others[name].id for name in value]


def shown(storage, kind, pk, field):
    """Return what the detail of a record shows of a field, references as ids."""
    detail = storage.detail(kind, pk)
    related = getattr(detail, "related", {})
    if kind is Kind.TASK and field in {"parent", "links"}:
        found = [detail.parent] if field == "parent" else detail.links
        pairs = [getattr(each, "task", each).id for each in found if each]
        return pairs if field == "links" else next(iter(pairs), None)
    if kind is Kind.TASK and field == "batch":
        pk = detail.record.batch_pk
        return None if pk is None else storage.batches.get(pk).record.id
    if field in REFERRING:
        ids = [each.id for each in related.get(field, ())]
        return ids if isinstance(FIELDS[kind][field], list) else next(iter(ids), None)
    for holder in (detail.record, detail):
        if hasattr(holder, field):
            return getattr(holder, field)
    return detail.texts[field]


def as_shown(field, value):
    if field == "links":
        return [id_ for id_, _ in value]
    return SHOWN.get(field, value)


def test_every_field_that_can_be_changed_is_tried_here():
    assert {kind: {*editable(kind)} for kind in Kind} == {
        **{kind: {*fields} for kind, fields in FIELDS.items()},
        Kind.MESSAGE: set(),
    }


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_a_record_is_made_with_all_its_fields_and_found(storage, others, kind):
    values = {field: value_of(storage, kind, field, others) for field in FIELDS[kind]}
    before = storage.count(QUERIES[kind]())

    record = make(storage, kind, **values)

    for field, value in values.items():
        assert shown(storage, kind, record.pk, field) == as_shown(field, value), field
    assert storage.fetch(kind, [record.pk]) == [record]
    page = storage.find(QUERIES[kind](text="another title"), 10)
    assert (page.items, page.total) == ((record,), 1)
    assert storage.count(QUERIES[kind]()) == before + 1
    assert storage.resolve(record.id) == (kind, record.pk)
    assert (record.version, record.place, record.source) == (1, Place.LIVE, "")


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_the_repository_of_a_kind_makes_finds_and_gets_its_records(storage, others, kind):
    repo = getattr(storage, {Kind.BATCH: "batches"}.get(kind, f"{kind.name.lower()}s"))
    fields = needed(kind, others)
    made = repo.create(*fields.values()) if kind is Kind.BATCH else repo.create(fields)
    (pk,) = made.changed[kind]

    assert repo.get(pk) == storage.detail(kind, pk)
    if hasattr(repo, "find"):
        items, total = repo.find(QUERIES[kind](), 1)
        assert [record.pk for record in items] == [pk]
        assert total == storage.count(QUERIES[kind]())
        assert repo.find(QUERIES[kind](), 5, total) == ((), total)
    with pytest.raises(RecordNotFoundError):
        repo.get(9999)


@pytest.mark.parametrize(("kind", "field"), EACH_FIELD, ids=str)
def test_a_changed_field_is_taken_back_and_done_again(storage, others, kind, field):
    record = make(storage, kind, **needed(kind, others))
    value = value_of(storage, kind, field, others)
    before = shown(storage, kind, record.pk, field)
    start = picture(storage, KIND_TABLES, {"version", "updated_at"})

    edit(storage, kind, record.pk, **{field: value})
    end = picture(storage, KIND_TABLES, {"version", "updated_at"})

    wanted = as_shown(field, value)
    assert shown(storage, kind, record.pk, field) == wanted
    storage.history.undo()
    assert shown(storage, kind, record.pk, field) == before
    assert picture(storage, KIND_TABLES, {"version", "updated_at"}) == start
    storage.history.redo()
    assert shown(storage, kind, record.pk, field) == wanted
    assert picture(storage, KIND_TABLES, {"version", "updated_at"}) == end
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_a_record_that_was_changed_meanwhile_is_not_changed_over(storage, others, kind):
    seen = make(storage, kind, **needed(kind, others))
    edit(storage, kind, seen.pk, title="theirs")

    with pytest.raises(VersionConflictError) as caught:
        storage.edit(kind, seen.pk, {"title": "mine"}, seen_version=seen.version)

    assert (caught.value.mine.title, caught.value.theirs.title) == ("mine", "theirs")
    assert storage.detail(kind, seen.pk).record.title == "theirs"


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_giving_a_record_what_it_has_is_no_operation(storage, others, kind):
    record = make(storage, kind, **needed(kind, others))
    newest = storage.history.operations(limit=1)

    assert edit(storage, kind, record.pk, title=record.title).operation is None
    assert storage.history.operations(limit=1) == newest


@pytest.mark.parametrize("kind", Kind, ids=word)
def test_what_a_kind_has_no_field_for_is_refused(storage, others, kind):
    record = records_of(storage, kind)[0]
    before = picture(storage, ALL_TABLES)

    with pytest.raises(InvalidEditError):
        edit(storage, kind, record.pk, colour="red")
    with pytest.raises(InvalidEditError):
        storage.create(kind, {"title": "x", "colour": "red"})

    assert picture(storage, ALL_TABLES) == before


def test_messages_can_neither_be_made_nor_changed(storage, others):
    with pytest.raises(InvalidEditError):
        storage.create(Kind.MESSAGE, {"title": "said"})
    with pytest.raises(InvalidEditError):
        edit(storage, Kind.MESSAGE, others["message"].pk, title="said")


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_the_history_of_a_record_tells_its_changes_the_newest_first(storage, others, kind):
    record = make(storage, kind, **needed(kind, others))
    edit(storage, kind, record.pk, title="second")
    storage.move(kind, [record.pk], Place.ARCHIVED)

    entries = storage.history.of_record(kind, record.pk)

    assert [entry.operation.verb for entry in entries] == ["archive", "edit", "create"]
    assert (entries[1].before["title"], entries[1].after["title"]) == (record.title, "second")
    assert [entry.action for entry in entries] == ["changed", "changed", "created"]


@pytest.mark.parametrize("kind", MADE, ids=word)
def test_making_a_record_is_taken_back_and_done_again(storage, others, kind):
    values = {field: value_of(storage, kind, field, others) for field in FIELDS[kind]}
    start = picture(storage, KIND_TABLES)
    make(storage, kind, **values)
    end = picture(storage, KIND_TABLES)

    storage.history.undo()
    assert picture(storage, KIND_TABLES) == start
    assert storage.count(QUERIES[kind](text="another")) == 0
    storage.history.redo()
    assert picture(storage, KIND_TABLES) == end
    assert storage.count(QUERIES[kind](text="another")) == 1
    assert faults(storage) == []


PARTS = {
    Kind.BATCH: {"file", "t1", "t2", "r1", "r2", "s1"},
    Kind.TASK: {"t1", "r1", "r2", "s1"},
    Kind.EXECUTION: {"r1"},
    Kind.STATUS_UPDATE: {"s1"},
    Kind.BUG: {"b1"},
    Kind.DESIGN_NOTE: {"d1"},
    Kind.CONVERSATION: {"c1", "c2", "m1", "m2", "m3", "m4"},
    Kind.MESSAGE: {"m1"},
    Kind.LEARNING: {"l1"},
}
"""What of everything that was imported goes with the first record of each kind."""
FIRST = {kind: min(names, key=lambda name: ("tcrsbdml".find(name[0]), name))
         for kind, names in PARTS.items()} | {Kind.BATCH: "file"}  # fmt: skip


def everything(storage):
    """Return all records that were imported, by their names there."""
    return {each.external_id: each for kind in Kind for each in records_of(storage, kind)}


@pytest.mark.parametrize("place", [Place.ARCHIVED, Place.TRASHED])
@pytest.mark.parametrize("kind", Kind, ids=word)
def test_what_is_part_of_a_record_goes_and_comes_back_with_it(storage, others, kind, place):
    pk = named(storage, kind, FIRST[kind]).pk
    before = picture(storage, KIND_TABLES, {"version"})

    outcome = storage.move(kind, [pk], place)

    moved = {name for name, each in everything(storage).items() if each.place is place}
    assert moved == PARTS[kind]
    assert pk in outcome.changed[kind]
    for each in Kind:
        live = records_of(storage, each, QUERIES[each]())
        assert all(record.place is Place.LIVE for record in live)
        assert storage.count(QUERIES[each](places=frozenset({place}))) == sum(
            name in moved and record in records_of(storage, each)
            for name, record in everything(storage).items()
        )
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []
    storage.history.undo()
    assert picture(storage, KIND_TABLES, {"version"}) == before
    storage.history.redo()
    storage.move(kind, [pk], Place.LIVE)
    assert picture(storage, KIND_TABLES, {"version"}) == before


@pytest.mark.parametrize("kind", Kind, ids=word)
def test_a_purge_takes_all_that_is_part_of_a_record_and_leaves_no_orphan(storage, others, kind):
    record = named(storage, kind, FIRST[kind])
    there = everything(storage)
    told = storage.with_contents(kind, [record.pk])

    outcome = storage.purge(kind, [record.pk], "old")

    assert {*there} - {*everything(storage)} == PARTS[kind]
    assert {each: sorted(pks) for each, pks in outcome.changed.items()} == told
    graves = [json.loads(row) for row in storage.rows("tombstone")]
    assert {grave["record_id"] for grave in graves} == {there[name].id for name in PARTS[kind]}
    assert {grave["reason"] for grave in graves} == {"old"}
    assert storage.history.of_record(kind, record.pk) == ()
    assert record.id not in json.dumps(picture(storage, (*KIND_TABLES, "task_link")))
    with pytest.raises(RecordNotFoundError):
        storage.detail(kind, record.pk)
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


@pytest.mark.parametrize("kind", Kind, ids=word)
def test_undoing_an_import_after_a_purge_takes_the_rest(storage, others, kind):
    storage.purge(kind, [named(storage, kind, FIRST[kind]).pk])

    storage.history.undo(storage.history.operations("import")[0].pk)

    assert everything(storage) == {}
    assert faults(storage) == []


def test_an_import_of_every_kind_is_taken_back_and_done_again(storage):
    nothing = picture(storage, KIND_TABLES)
    stage_everything(storage).commit()
    all_of_it = picture(storage, KIND_TABLES)
    threads = [storage.thread(each.pk) for each in records_of(storage, Kind.CONVERSATION)]

    for _ in range(2):
        outcome = storage.history.undo()
        assert outcome.skipped == ()
        assert picture(storage, KIND_TABLES) == nothing
        assert faults(storage) == []
        storage.history.redo()
        assert picture(storage, KIND_TABLES) == all_of_it
        assert faults(storage) == []
    conversations = records_of(storage, Kind.CONVERSATION)
    assert [storage.thread(each.pk) for each in conversations] == threads
    assert storage.count(QUERIES[Kind.MESSAGE](text="boom")) == 1


def test_messages_of_several_conversations_are_stored_together(storage):
    staging = storage.stage("Import conversations")
    staging.begin_file(name="a.json", path="", format_name="generic", origin="generic:here")
    staging.add_records([a_record(Kind.CONVERSATION, name) for name in ("c1", "c2")])
    staging.add_records([a_message("m1", "c1", 0)])
    staging.add_records(
        [
            a_message("m2", "c1", 1, parent="m1"),
            a_message("n1", "c2", 0),
            a_message("n2", "c2", 1, parent="n1"),
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()

    parents = {each.external_id: each.parent_pk for each in records_of(storage, Kind.MESSAGE)}
    pks = {each.external_id: each.pk for each in records_of(storage, Kind.MESSAGE)}
    assert parents == {"m1": None, "m2": pks["m1"], "n1": None, "n2": pks["n1"]}
    assert faults(storage) == []


def test_everything_that_was_discarded_is_gone(storage):
    before = picture(storage, ALL_TABLES)
    staging = stage_everything(storage)
    assert picture(storage, ALL_TABLES) == before
    for kind in Kind:
        assert storage.find(QUERIES[kind](places=EVERYWHERE), 10).total == 0

    staging.discard()

    assert picture(storage, ALL_TABLES) == before
    assert faults(storage) == []


def test_the_same_import_again_changes_nothing(storage):
    stage_everything(storage).commit()
    before = picture(storage, ALL_TABLES)

    staging = stage_everything(storage)

    report = staging.report
    assert (report.new, report.changed, report.older) == ({}, {}, {})
    assert report.identical == {kind.word: len(records_of(storage, kind)) for kind in Kind}
    assert staging.commit().operation is None
    assert picture(storage, ALL_TABLES) == before


def test_newer_records_of_every_kind_change_what_is_there_and_older_ones_do_not(storage):
    stage_everything(storage, moment=10).commit()
    first = picture(storage, KIND_TABLES, {"version"})

    newer = stage_everything(storage, " anew", moment=20)
    newer.commit()
    second = picture(storage, KIND_TABLES, {"version"})
    older = stage_everything(storage, " older", moment=5)
    older.commit()

    for kind in {*Kind} - {Kind.BATCH, Kind.MESSAGE}:
        assert any(each.title.endswith(" anew") for each in records_of(storage, kind)), kind
    assert newer.report.older == older.report.changed == older.report.new == {}
    assert set(older.report.older) >= {kind.word for kind in Kind if kind is not Kind.BATCH}
    assert picture(storage, KIND_TABLES, {"version"}) == second
    storage.history.undo()
    assert picture(storage, KIND_TABLES, {"version"}) == first
    assert faults(storage) == []


def test_what_another_record_lists_stays_when_its_import_is_taken_back(storage, others):
    learning = make(storage, Kind.LEARNING, title="kept", evidence=[others["message"].id])
    bug = make(storage, Kind.BUG, title="kept", tasks=[others["task"].id])
    imported = storage.history.operations("import")[0]

    outcome = storage.history.undo(imported.pk)

    kept = {"m1", "c1", "t1", "file"}
    names = {each.external_id for each in everything(storage).values()} - {None}
    assert names == kept
    assert len(outcome.skipped) == len(kept)
    related = storage.detail(Kind.LEARNING, learning.pk).related
    assert [each.id for each in related["evidence"]] == [others["message"].id]
    related = storage.detail(Kind.BUG, bug.pk).related
    assert [each.id for each in related["tasks"]] == [others["task"].id]
    assert faults(storage) == []
