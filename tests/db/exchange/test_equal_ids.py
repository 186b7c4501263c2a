"""Records of several files that share their ids are told apart in one file of their format."""

import json

import pytest

from db.exchange.exporting import export
from db.exchange.mapping import Mapping
from db.query import EVERYWHERE, QUERIES, BugQuery
from db.records import Kind, TaskDetail
from tests.db.exchange import (
    test_agent_dashboard,
    test_deespec,
    test_github,
    test_openai_batch,
    test_ralph,
    test_taskmaster,
    test_tasky,
)
from tests.db.factories import (
    edit_task,
    import_files,
    make_task,
    opened,
    tasks_of,
    write_json,
    write_lines,
)

FILES = {"one": "Oak", "two": "Elm"}
"""The files, and the word that every title of each ends with."""


def titled(value, word):
    """Return JSON in which every title, name, request and message ends with a word."""
    if isinstance(value, list):
        return [titled(each, word) for each in value]
    if not isinstance(value, dict):
        return value
    told = {"title", "name", "message", "content", "body"}
    return {
        key: f"{each} {word}" if key in told and isinstance(each, str) else titled(each, word)
        for key, each in value.items()
    }


def without_addresses(issues):
    return [
        {key: value for key, value in each.items() if "url" not in key.lower()}
        for each in issues
    ]


CONTENTS = {
    "taskmaster": test_taskmaster.TAGGED,
    "agent-dashboard": test_agent_dashboard.EXPORT,
    "ralph": test_ralph.PRD,
    "tasky": test_tasky.EXPORT,
    "tasky, by id": test_tasky.DOCUMENT,
    "github": without_addresses(test_github.GH),
    "generic": [
        {"id": 1, "title": "Saw"},
        {"id": 2, "title": "Plane", "depends_on": [1]},
        {"id": 3, "title": "Row", "depends_on": "1, 2", "parent": 2},
        {"title": "Rest", "depends_on": [{"id": 3}]},
    ],
}


def put_in(storage, folder, name, content):
    for place, word in FILES.items():
        path = folder / place / "in.json"
        path.parent.mkdir()
        write_json(path, titled(content, word))
        assert import_files(storage, path).formats == [name.partition(",")[0]]


def said(storage):
    """Return the titles of all records but batches, with those of what they refer to."""
    return sorted(
        (kind.name, detail.record.title, sorted(related_to(detail)))
        for kind, made in QUERIES.items()
        if kind is not Kind.BATCH
        for pk in storage.ids(made(places=EVERYWHERE))
        for detail in [storage.detail(kind, pk)]
    )


def related_to(detail):
    if isinstance(detail, TaskDetail):
        return [(int(each.kind), each.incoming, each.task.title) for each in detail.links]
    names = ("task", "tasks", "superseded_by")
    return [(name, each.title) for name in names for each in detail.related.get(name, ())]


@pytest.mark.parametrize("name", CONTENTS)
def test_records_of_two_files_with_the_same_ids_stay_apart(storage, tmp_path, name):
    put_in(storage, tmp_path, name, CONTENTS[name])
    before = said(storage)
    assert {each[1].rpartition(" ")[2] for each in before} >= {*FILES.values()}

    done = export(storage, name.partition(",")[0], tmp_path / "out.json")

    assert done.is_whole
    with opened() as other:
        import_files(other, tmp_path / "out.json")
        assert said(other) == before


def test_only_the_later_of_equal_ids_change_in_a_list_of_objects(storage, tmp_path):
    put_in(storage, tmp_path, "generic", CONTENTS["generic"])
    out = tmp_path / "out.json"

    export(storage, "generic", out)

    found = json.loads(out.read_text())
    assert found[:4] == titled(CONTENTS["generic"], "Oak")
    new = {each["title"]: each.get("id") for each in found[4:]}
    assert found[6]["depends_on"] == f"{new['Saw Elm']}, {new['Plane Elm']}"
    assert found[6]["parent"] == new["Plane Elm"]
    assert found[7] == {"title": "Rest Elm", "depends_on": [{"id": new["Row Elm"]}]}


def test_bugs_of_two_files_with_the_same_ids_stay_apart(storage, tmp_path):
    mapping = Mapping(becomes="bug")
    for place, word in FILES.items():
        path = write_json(tmp_path / f"{place}.json", [{"id": 1, "title": word}])
        import_files(storage, path, mapping=mapping)
    out = tmp_path / "out.json"

    export(storage, "generic", out, query=BugQuery(), kind=Kind.BUG)

    assert len({each["id"] for each in json.loads(out.read_text())}) == len(FILES)


def test_each_request_has_an_id_of_its_own(storage, tmp_path):
    requests = []
    for ids in ("abcd", "awxyz"):
        rows = [test_openai_batch.request(id_, f"{id_} of {ids}") for id_ in ids]
        import_files(storage, write_lines(tmp_path / f"{ids}.jsonl", rows))
        requests += rows
    out = tmp_path / "out.jsonl"

    assert export(storage, "openai-batch", out).is_whole

    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({each["custom_id"] for each in found}) == len(requests)
    assert all(each["body"] in [other["body"] for other in found] for each in requests)


def test_tasks_of_two_lists_of_taskwarrior_keep_what_they_need(storage, tmp_path):
    for word, others in (("Oak", "ab"), ("Elm", "cdefg")):
        rows = [
            {"uuid": "u-1", "description": f"Saw {word}", "status": "pending",
             "annotations": [{"entry": "20260101T000000Z", "description": f"of {word}"}]},
            *({"uuid": f"u-{other}", "description": f"{other} {word}", "status": "pending",
               "depends": ["u-1"]} for other in others),
        ]  # fmt: skip
        import_files(storage, write_json(tmp_path / f"{word}.json", rows))
    before = said(storage)
    out = tmp_path / "out.json"

    assert export(storage, "taskwarrior", out).is_whole

    assert len({each["uuid"] for each in json.loads(out.read_text())}) == len("1ab1cdefg")
    with opened() as other:
        import_files(other, out)
        assert said(other) == before


def test_a_task_that_comes_into_a_tag_takes_what_needs_it_along(storage, tmp_path):
    tasks = [{"id": 1, "title": "Saw"}, {"id": 2, "title": "Row", "dependencies": [1]}]
    put_in(storage, tmp_path, "taskmaster", {"master": {"tasks": tasks}})
    home = next(each.batch_pk for each in tasks_of(storage) if each.title == "Row Oak")
    for each in tasks_of(storage):
        edit_task(storage, each.pk, batch=storage.batches.get(home).record.id)

    export(storage, "taskmaster", tmp_path / "out.json")

    (tag,) = json.loads((tmp_path / "out.json").read_text()).values()
    found = {each["id"]: each for each in tag["tasks"]}
    assert len(found) == 4
    for word in FILES.values():
        row = next(each for each in found.values() if each["title"] == f"Row {word}")
        assert [found[number]["title"] for number in row["dependencies"]] == [f"Saw {word}"]


def test_deespec_folders_are_written_beside_each_other(storage, tmp_path):
    for place in FILES:
        test_deespec.put(
            tmp_path / place, {**test_deespec.FILES, f"specs/pbi/{place}.md": place}
        )
        import_files(storage, tmp_path / place)
    make_task(storage, "made here")

    done = export(storage, "deespec", tmp_path / "out")

    assert done.is_whole
    for place, home in (("one", "out"), ("two", "out/two")):
        for name, text in test_deespec.FILES.items():
            assert (tmp_path / home / name).read_bytes().decode() == text
        assert (tmp_path / home / "specs/pbi" / f"{place}.md").read_text() == place
