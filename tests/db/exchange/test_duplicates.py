"""Records that one file holds several times."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.exchange import importing
from db.exchange.exporting import export
from db.incoming import Duplicates
from db.records import Kind
from tests.db.factories import (
    faults,
    import_files,
    opened,
    records_of,
    task_named,
    tasks_of,
    write_lines,
)

FAR = 600
"""So many records between two are read in another chunk."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(importing, "CHUNK_RECORDS", FAR - 100)


def state(title, day=None, id_="r1", **members):
    """Return a row as of a day of January."""
    told = {} if day is None else {"updated_at": f"2026-01-{day:02}T00:00:00Z"}
    return {"id": id_, "title": title, **told, **members}


def filling(number=FAR):
    return [{"id": f"f{place}", "title": f"filling {place}"} for place in range(number)]


def earlier(storage, name="r1", kind=Kind.TASK):
    """Return the titles of the states a record is told to have had, the oldest first."""
    (found,) = [r for r in records_of(storage, kind) if r.external_id.endswith(name)]
    told = storage.history.of_record(kind, found.pk)
    return [each.before["title"] for each in reversed(told) if each.action == "earlier"]


def titles(storage):
    return sorted(task.title for task in tasks_of(storage) if "filling" not in task.title)


@pytest.mark.parametrize("between", [0, FAR])
def test_earlier_states_become_history_where_that_is_chosen(storage, tmp_path, between):
    lines = [state("a"), *filling(between), state("b"), *filling(between), state("c")]
    path = write_lines(tmp_path / "a.jsonl", lines)

    report = import_files(storage, path, duplicates=Duplicates.HISTORY)

    assert (report.repeated, report.new["task"]) == (
        {"task": between} if between else {},
        1 + between,
    )
    assert titles(storage) == ["c"]
    assert earlier(storage) == ["a", "b"]
    assert faults(storage) == []


@pytest.mark.parametrize("between", [0, FAR])
def test_all_are_kept_where_that_is_chosen_and_found_again(storage, tmp_path, between):
    lines = [state("a"), *filling(between), state("b"), state("a"), state("c", status="done")]
    path = write_lines(tmp_path / "a.jsonl", lines)

    report = import_files(storage, path, duplicates=Duplicates.BOTH)

    assert (report.new["task"], report.repeated) == (3 + between, {"task": 1})
    assert titles(storage) == ["a", "b", "c"]
    again = import_files(storage, path, duplicates=Duplicates.BOTH)
    assert again.effective == 0
    assert titles(storage) == ["a", "b", "c"]


@pytest.mark.parametrize("between", [0, FAR])
def test_a_file_that_is_only_added_to_has_a_history(storage, tmp_path, between):
    lines = [state("a", 1), *filling(between), state("b", 2), state("c", 3)]
    path = write_lines(tmp_path / "log.jsonl", lines)

    report = import_files(storage, path)

    assert (report.earlier, report.repeated) == ({"task": 2}, {})
    assert (titles(storage), earlier(storage)) == (["c"], ["a", "b"])
    assert import_files(storage, path).effective == 0
    assert earlier(storage) == ["a", "b"]


def test_what_a_log_gained_is_added_to_the_history(storage, tmp_path):
    path = write_lines(tmp_path / "log.jsonl", [state("a", 1), state("b", 2)])
    import_files(storage, path)
    write_lines(path, [state("a", 1), state("b", 2), state("c", 3), state("d", 4)])

    report = import_files(storage, path)

    assert (report.changed, report.earlier) == ({"task": 1}, {"task": 1})
    assert (titles(storage), earlier(storage)) == (["d"], ["a", "c"])
    storage.history.undo()
    assert titles(storage) == ["b"]
    storage.history.redo()
    assert titles(storage) == ["d"]


@pytest.mark.parametrize(
    "lines",
    [
        [state("a"), state("b")],
        [state("b", 2), state("a", 1)],
        [state("a", 1), state("b", 1)],
    ],
    ids=["without times", "backwards", "at one time"],
)
def test_a_file_whose_order_tells_nothing_keeps_the_newest_alone(storage, tmp_path, lines):
    report = import_files(storage, write_lines(tmp_path / "a.jsonl", lines))

    assert (report.repeated, report.earlier) == ({"task": 1}, {})
    assert (titles(storage), earlier(storage)) == (["b"], [])


def test_an_array_keeps_the_newest_alone(storage, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([state("a", 1), state("b", 2)]))

    assert import_files(storage, path).repeated == {"task": 1}
    assert (titles(storage), earlier(storage)) == (["b"], [])


@pytest.mark.parametrize(
    ("duplicates", "found", "history"),
    [
        (Duplicates.NEWEST, ["b"], []),
        (Duplicates.BOTH, ["a", "b"], []),
        (Duplicates.HISTORY, ["b"], ["a"]),
    ],
)
def test_bugs_are_treated_alike(storage, tmp_path, duplicates, found, history):
    path = tmp_path / "bugs.json"
    bugs = [{"id": "B-1", "title": t, "severity": "high", "reproduction": t} for t in "ab"]
    path.write_text(json.dumps({"entries": bugs}))

    report = import_files(storage, path, format_name="findings", duplicates=duplicates)

    assert report.repeated == ({"bug": 1} if duplicates is Duplicates.NEWEST else {})
    assert sorted(bug.title for bug in records_of(storage, Kind.BUG)) == found
    if duplicates is not Duplicates.BOTH:
        assert earlier(storage, "B-1", Kind.BUG) == history


def test_the_history_is_in_a_dump_and_goes_with_an_undo(storage, tmp_path):
    path = write_lines(tmp_path / "log.jsonl", [state("a", 1), state("b", 2)])
    import_files(storage, path)
    export(storage, "sheaf", tmp_path / "all.json")

    with opened() as other:
        import_files(other, tmp_path / "all.json")
        assert earlier(other) == ["a"]
    storage.history.undo()
    assert titles(storage) == []
    storage.history.redo()
    assert (titles(storage), earlier(storage)) == (["b"], ["a"])
    assert task_named(storage, "r1").record.title == "b"


@pytest.mark.parametrize("duplicates", [Duplicates.NEWEST, Duplicates.HISTORY])
def test_a_file_that_repeats_records_far_apart_changes_nothing_the_second_time(
    storage, tmp_path, duplicates
):
    path = write_lines(tmp_path / "a.jsonl", [state("a"), *filling(), state("b")])
    import_files(storage, path, duplicates=duplicates)

    report = import_files(storage, path, duplicates=duplicates)

    assert (report.effective, titles(storage)) == (0, ["b"])
    assert earlier(storage) == (["a"] if duplicates is Duplicates.HISTORY else [])


VERSIONS = st.lists(st.sampled_from(["v1", "v2", "v3", "v4"]), min_size=1, max_size=5)


@pytest.mark.parametrize("chunk", [1, 2, 100])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=VERSIONS, then=VERSIONS)
def test_nothing_of_a_file_is_lost_where_all_are_kept(
    tmp_path_factory, monkeypatch, chunk, first, then
):
    monkeypatch.setattr(importing, "CHUNK_RECORDS", chunk)
    folder = tmp_path_factory.mktemp("lists")
    with opened() as storage:
        for kind, format_name in ((Kind.TASK, None), (Kind.BUG, "findings")):
            for versions in (first, then):
                path = write_versions(folder, kind, versions)
                import_files(storage, path, format_name=format_name, duplicates=Duplicates.BOTH)
                assert {*versions} <= {each.title for each in records_of(storage, kind)}
            found = [each.title for each in records_of(storage, kind)]
            assert len(found) == len({*found})
            again = import_files(
                storage, path, format_name=format_name, duplicates=Duplicates.BOTH
            )
            assert again.effective == 0


def write_versions(folder, kind, versions):
    """Write a file that holds one record in several versions."""
    path = folder / f"{kind.word}.json"
    if kind is Kind.TASK:
        path.write_text(json.dumps([state(version) for version in versions]))
    else:
        bugs = [
            {"id": "B-1", "title": v, "severity": "high", "reproduction": v} for v in versions
        ]
        path.write_text(json.dumps({"entries": bugs}))
    return path


def test_the_same_records_in_another_order_are_the_same_as_before(storage, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([state("a"), state("b")]))
    import_files(storage, path, duplicates=Duplicates.BOTH)
    path.write_text(json.dumps([state("b"), state("a")]))

    report = import_files(storage, path, duplicates=Duplicates.BOTH)

    assert (report.effective, report.repeated, report.identical["task"]) == (0, {}, 2)
