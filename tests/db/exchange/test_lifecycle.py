"""An import from the first byte to commit or discard: all of it or nothing, and when seen."""

import json
import os
import shutil

import pytest

from db.cancel import CancelToken
from db.errors import (
    RefusedRecordsError,
    StorageRejectedError,
    UnreadableFileError,
    WorkCancelledError,
)
from db.exchange import sources
from db.exchange.choices import ImportChoices
from db.exchange.importing import stage_import, stage_text
from db.incoming import Conflicts
from db.query import BatchQuery, TaskQuery
from db.records import Kind
from tests.db.factories import (
    ALL_TABLES,
    a_task,
    batches_of,
    counts_of,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    picture,
    recounted,
    stage_records,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

NOTHING = {table: [] for table in ALL_TABLES}


def rows(number, title="row", **members):
    return [
        {"id": f"r{n}", "title": f"{title} {n}", "tags": [f"tag{n % 3}"], **members}
        for n in range(number)
    ]


@pytest.fixture
def file(tmp_path):
    return write_lines(tmp_path / "rows.jsonl", rows(20, type="bug"))


def seen_of(storage):
    """Return everything that anyone can see of a storage's contents."""
    return {
        "tables": picture(storage, ALL_TABLES),
        "lists": (storage.batches.find_batches(), storage.tasks.find_tasks()),
        "ids": (list(storage.ids(TaskQuery())), list(storage.ids(BatchQuery()))),
        "found": list(storage.ids(TaskQuery(text="row"))),
        "numbers": (storage.count(TaskQuery()), storage.count(TaskQuery(text="row 1"))),
        "facets": [storage.facets(TaskQuery(), field) for field in ("tag", "kind", "source")],
        "uploads": storage.uploads(),
        "operations": storage.history.operations(),
        "undo": (storage.history.next_undo(), storage.history.next_redo()),
        "counts": counts_of(storage),
    }


def test_nothing_is_seen_before_commit_and_all_of_it_after(storage, file):
    make_task(storage, "row of a person", batch=make_batch(storage).id)
    before = seen_of(storage)

    staging = stage_import(storage, [file])

    assert seen_of(storage) == before
    assert "r1" not in {task.external_id for task in tasks_of(storage)}
    with pytest.raises(StorageRejectedError):
        storage.resolve("r1")
    outcome = staging.commit()
    assert sorted(outcome.changed[Kind.TASK]) == sorted(
        task.pk for task in tasks_of(storage, TaskQuery(kinds=frozenset({"bug"})))
    )
    assert storage.count(TaskQuery(text="row")) == 21
    assert [upload.name for upload in storage.uploads()] == ["rows.jsonl"]
    assert storage.resolve("r1")[0] is Kind.TASK
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


def test_nothing_is_seen_from_another_storage_on_the_file_either(path, file):
    with opened(path) as storage, opened(path) as other:
        make_batch(storage)
        before = seen_of(other)
        staging = stage_import(storage, [file])
        assert seen_of(other) == before
        assert other.recover() == (), "its owner lives"

        staging.commit()

        assert other.count(TaskQuery()) == 20


def test_what_waits_behind_the_curtain_cannot_be_changed_by_its_number(storage, file):
    shown = make_task(storage)
    staging = stage_import(storage, [file])
    hidden = range(shown.pk + 1, shown.pk + 21)

    with pytest.raises(StorageRejectedError):
        storage.tasks.get(hidden[0])
    with pytest.raises(StorageRejectedError):
        storage.edit(Kind.TASK, hidden[0], {"title": "x"}, seen_version=1)
    storage.edit_many(Kind.TASK, TaskQuery(), {"status": "done"})

    staging.commit()
    assert {task.status.word for task in tasks_of(storage)} == {"succeeded", "queued"}


def test_what_a_file_repeats_is_counted_and_its_latest_kept(storage, tmp_path):
    repeating = [*rows(5), *rows(2, "newer"), *rows(1, "newer")]
    path = write_lines(tmp_path / "a.jsonl", repeating)

    report = import_files(storage, path)
    again = import_files(storage, path)

    assert (report.new["task"], report.repeated) == (5, {"task": 3})
    assert (again.identical["task"], again.repeated) == (5, {"task": 3})
    titles = {task.external_id: task.title for task in tasks_of(storage)}
    assert (titles["r1"], titles["r2"]) == ("newer 1", "row 2")


def test_what_a_file_repeats_far_apart_is_counted_as_well(storage, tmp_path):
    repeating = [*rows(25_000), *rows(2, "newer"), *rows(1, "newer")]

    path = write_lines(tmp_path / "a.jsonl", repeating)
    report = import_files(storage, path)

    assert (report.new["task"], report.repeated) == (25_000, {"task": 3})
    latest = task_named(storage, "r1")
    assert latest.record.title == "newer 1"
    place = latest.source_range
    shown = path.read_bytes()[place.offset : place.offset + place.length]
    assert shown.decode() == latest.raw


def test_the_same_records_in_two_files_are_not_repeated(storage, tmp_path):
    files = [write_lines(tmp_path / name, rows(3)) for name in ("a.jsonl", "b.jsonl")]

    assert import_files(storage, *files).repeated == {}


@pytest.mark.parametrize("number", [1, 3])
def test_discard_leaves_every_table_as_it_was(storage, tmp_path, number):
    make_task(storage, "mine", tags=["tag1"])
    before = seen_of(storage)
    files = [
        write_lines(tmp_path / f"rows{n}.jsonl", rows(5, other=n, id2=n)) for n in range(number)
    ]

    stage_import(storage, files).discard()

    assert seen_of(storage) == before
    assert faults(storage) == []
    assert import_files(storage, *files).new["task"] >= 5


class StopsAt(CancelToken):
    """Cancelled at the n-th time that someone asks."""

    def __init__(self, number):
        super().__init__()
        self.left = number

    def check(self):
        self.left -= 1
        if not self.left:
            self.cancel()
        super().check()


def test_a_cancelled_import_leaves_nothing_wherever_it_was(storage, tmp_path):
    text = "x" * 20_000
    file = write_lines(tmp_path / "rows.jsonl", rows(300, text=text))
    counter = StopsAt(-1)
    stage_import(storage, [file, file], token=counter).discard()
    asked = -1 - counter.left
    assert asked >= 4

    for point in range(1, asked + 1):
        with pytest.raises(WorkCancelledError):
            stage_import(storage, [file, file], token=StopsAt(point))
        assert picture(storage, ALL_TABLES) == NOTHING
        assert storage.uploads() == ()
        assert not [file for file in storage.originals_folder().rglob("*") if file.is_file()]
    assert faults(storage) == []


def test_progress_goes_up_to_the_end_and_names_the_file(storage, tmp_path, monkeypatch):
    monkeypatch.setattr("db.exchange.importing.PROGRESS_SECONDS", 0)
    file = write_lines(tmp_path / "rows.jsonl", rows(300, text="x" * 20_000))
    seen = []

    stage_import(storage, [file], on_progress=seen.append).commit()

    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert [each.records for each in seen] == sorted(each.records for each in seen)
    assert 0 < seen[len(seen) // 2 + 1].records < 300
    assert seen[-1].done == seen[-1].total == file.stat().st_size
    assert {each.file for each in seen} == {"rows.jsonl"}


def test_a_dry_run_says_what_the_real_one_does(storage, file, tmp_path):
    import_files(storage, file)
    newer = rows(20, type="bug")[:10] + rows(25, "changed", type="bug")[18:]
    file = write_lines(file, newer)

    dry = stage_import(storage, [file])
    dry.discard()
    real = import_files(storage, file)

    assert dry.report == real
    assert real.new == {"task": 5}
    assert real.changed == {"task": 2}
    assert real.identical == {"task": 10, "batch": 1}
    assert real.effective == 7
    assert len(tasks_of(storage)) == 25
    report = json.loads(storage.history.operations("import")[0].report)
    assert (report["new"], report["files"]) == ({"task": 5}, ["rows.jsonl"])


def test_the_same_file_again_changes_nothing(storage, file):
    import_files(storage, file)
    before = picture(storage)

    report = import_files(storage, file)

    assert report.effective == 0
    assert report.identical == {"batch": 1, "task": 20}
    assert picture(storage) == before


def test_a_file_that_is_only_laid_out_otherwise_changes_nothing(storage, file):
    rows = [{"id": n, "title": f"é {n}", "n": [1.50, {"a": 1, "b": -0}]} for n in range(3)]
    file.write_text(json.dumps(rows))
    import_files(storage, file)
    before = seen_of(storage)
    raw = storage.tasks.get(1).raw

    turned = [dict(reversed(row.items())) for row in rows]
    file.write_text(json.dumps(turned, indent=3, ensure_ascii=False))
    report = import_files(storage, file)

    assert report.identical == {"batch": 1, "task": 3}
    assert report.changed == {}
    assert seen_of(storage) == before
    assert storage.tasks.get(1).raw == raw


@pytest.mark.parametrize("other", ["1.500", "15e-1", '"1.5"', "[1.5]", "null", "2"])
def test_a_value_that_is_written_otherwise_by_a_digit_is_another(storage, file, other):
    row = '[{"id": 1, "title": "x", "n": %s}]'
    file.write_text(row % "1.5")
    import_files(storage, file)
    file.write_text(row % other)
    assert import_files(storage, file).changed == {"task": 1}


def test_the_same_file_from_another_folder_updates_its_rows(storage, tmp_path, file):
    import_files(storage, file)
    (tmp_path / "copy").mkdir()
    moved = rows(20, type="bug")
    moved[3]["title"] = "changed"

    report = import_files(storage, write_lines(tmp_path / "copy" / "other.jsonl", moved))

    assert report.changed == {"task": 1}
    assert report.updates_origin
    assert len(tasks_of(storage)) == 20
    assert len(batches_of(storage)) == 1


def test_another_file_with_the_same_ids_has_rows_of_its_own(storage, tmp_path, file):
    import_files(storage, file)

    report = import_files(
        storage, write_lines(tmp_path / "other.jsonl", rows(20, "quite different"))
    )

    assert report.new == {"batch": 1, "task": 20}
    assert not report.updates_origin
    assert len(tasks_of(storage)) == 40


@pytest.mark.parametrize(
    "titles",
    [["apple", "dog"], ["apple", "banana", "cherry", "dog"], ["apple", "banana", "dog"]],
)
def test_a_list_that_has_something_else_under_a_known_id_is_another(storage, tmp_path, titles):
    def listed(name, *titles):
        records = [{"id": n, "title": title} for n, title in enumerate(titles, 1)]
        return write_json(tmp_path / name, records)

    first = ["apple", "banana", "cherry", "date"][: len(titles)]
    import_files(storage, listed("a.json", *first))
    import_files(storage, listed("b.json", "car", "van", "bus"))

    report = import_files(storage, listed("c.json", *titles))

    assert report.new == {"batch": 1, "task": len(titles)}
    assert report.changed == {}
    kept = [task.title for task in tasks_of(storage)]
    assert sorted(kept) == sorted([*first, "car", "van", "bus", *titles])


def test_a_title_that_was_edited_here_does_not_make_a_file_another(storage, tmp_path):
    rows_of_both = rows(4)
    import_files(storage, write_lines(tmp_path / "a.jsonl", rows_of_both))
    edit_task(storage, task_named(storage, "r2").record.pk, title="by hand")

    report = import_files(storage, write_lines(tmp_path / "b.jsonl", rows_of_both))

    assert report.updates_origin
    assert len(tasks_of(storage)) == 4


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_file_that_was_done_again_but_for_what_was_edited_is_known(storage, tmp_path, number):
    path = write_lines(tmp_path / "a.jsonl", rows(number))
    import_files(storage, path)
    (pk, *_rest) = (task_named(storage, each["id"]).record.pk for each in rows(number))
    edit_task(storage, pk, title="by hand")
    write_lines(path, [{**each, "title": f"{each['title']}, new"} for each in rows(number)])
    staging = stage_import(storage, [path], ImportChoices(conflicts=Conflicts.THEIRS))
    operation = staging.commit().operation
    edit_task(storage, pk, title="by hand again")
    storage.history.undo(operation.pk)
    assert storage.history.redo(operation.pk).skipped

    copy = tmp_path / "b.jsonl"
    copy.write_bytes(path.read_bytes())
    report = import_files(storage, copy)

    assert (report.effective, report.identical["task"]) == (0, number)


def test_titles_that_changed_at_a_known_time_do_not_make_a_file_another(storage, tmp_path):
    old = rows(5, updated_at="2026-01-01T00:00:00Z")
    import_files(storage, write_lines(tmp_path / "a.jsonl", old))
    new = [*old[:3], *rows(5, "new", updated_at="2026-02-01T00:00:00Z")[3:]]

    report = import_files(storage, write_lines(tmp_path / "b.jsonl", new))

    assert report.changed == {"task": 2}
    assert len(tasks_of(storage)) == 5


def test_an_older_state_of_a_record_never_takes_the_place_of_a_newer(storage, tmp_path):
    file = tmp_path / "rows.json"
    new = [{"id": 1, "title": "new", "updated_at": "2026-02-01T00:00:00Z"}]
    old = [{"id": 1, "title": "old", "updated_at": "2026-01-01T00:00:00Z"}]
    import_files(storage, write_json(file, new))

    report = import_files(storage, write_json(file, old))

    assert (report.older, report.changed) == ({"task": 1}, {})
    assert task_named(storage, "1").record.title == "new"


def test_what_a_person_edited_is_updated_by_a_newer_file_only(storage, tmp_path):
    file = tmp_path / "rows.json"
    import_files(storage, write_json(file, [{"id": 1, "title": "a"}]))
    edit_task(storage, task_named(storage, "1").record.pk, title="mine")

    assert import_files(storage, file).effective == 0
    assert task_named(storage, "1").record.title == "mine"
    write_json(file, [{"id": 1, "title": "b"}])
    assert import_files(storage, file, conflicts=Conflicts.THEIRS).effective == 1
    assert task_named(storage, "1").record.title == "b"
    storage.history.undo()
    assert task_named(storage, "1").record.title == "mine"


def test_the_report_names_the_records_whose_edits_a_newer_file_would_overwrite(
    storage, tmp_path
):
    file = tmp_path / "rows.json"

    def bring(title, year):
        row = {"title": title, "updated_at": f"{year}-01-01T00:00:00Z"}
        return import_files(storage, write_json(file, [{"id": n, **row} for n in range(3)]))

    bring("old", 2020)
    for name, title in (("0", "mine"), ("1", "newer")):
        edit_task(storage, task_named(storage, name).record.pk, title=title)

    report = bring("newer", 2101)

    assert report.overwritten == {"task": 1}
    assert report.overwritten_examples == ["mine"]
    assert task_named(storage, "0").record.title == "newer"
    again = bring("newest", 2102)
    assert again.changed == {"task": 3}
    assert again.overwritten == {"task": 1}, "what is lost already is not lost once more"


def test_an_edit_while_the_import_waits_is_not_overwritten(storage, tmp_path):
    file = tmp_path / "rows.json"
    import_files(storage, write_json(file, [{"id": 1, "title": "a"}]))
    staging = stage_import(storage, [write_json(file, [{"id": 1, "title": "b"}, {"id": 2}])])
    edit_task(storage, task_named(storage, "1").record.pk, title="mine")

    with pytest.raises(StorageRejectedError, match="1 record"):
        staging.commit()
    staging.discard()

    assert task_named(storage, "1").record.title == "mine"
    assert len(tasks_of(storage)) == 1
    assert faults(storage) == []


def test_two_imports_of_the_same_new_file_at_once_do_not_mix(storage, file):
    first, second = stage_import(storage, [file]), stage_import(storage, [file])

    first.commit()
    second.commit()

    assert len(tasks_of(storage)) == 40
    assert faults(storage) == []


def test_a_file_that_vanishes_before_its_turn_is_passed_over_and_named(storage, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.json", "b.json", "c.json"):
        write_json(folder / name, [{"id": 1, "title": name}])
    gone = folder / "b.json"

    staging = stage_import(
        storage, [folder], on_progress=lambda _progress: gone.unlink(missing_ok=True)
    )
    staging.commit()

    report = staging.report
    assert (report.files, report.vanished) == (["a.json", "c.json"], ["b.json"])
    assert storage.count(TaskQuery()) == 2


def test_a_folder_that_vanishes_while_it_is_looked_through_is_passed_over_and_named(
    storage, tmp_path, monkeypatch
):
    folder = tmp_path / "folder"
    inner = folder / "inner"
    inner.mkdir(parents=True)
    write_json(folder / "a.json", [{"id": 1, "title": "a"}])
    known = sources.leading_names()

    def remove_meanwhile():
        shutil.rmtree(inner, ignore_errors=True)
        return known

    monkeypatch.setattr(sources, "leading_names", remove_meanwhile)
    report = import_files(storage, folder)
    assert (report.files, report.vanished) == (["a.json"], ["inner"])


def test_of_several_files_it_is_counted_how_many_were_imported_before(storage, tmp_path):
    paths = [write_json(tmp_path / f"{n}.json", [{"id": n, "title": "x"}]) for n in range(3)]
    import_files(storage, paths[1])

    assert import_files(storage, *paths).files_known == 1


def test_a_folder_stands_for_the_files_in_it_that_hold_records(storage, tmp_path):
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    write_json(folder / "a.json", rows(2, "first"))
    write_lines(folder / "inner" / "b.jsonl", rows(1, "second") * 2)
    write_json(folder / "notes.txt", "no JSON")
    (folder / ".git").mkdir()
    write_json(folder / ".git" / "c.json", rows(1, "never"))

    report = import_files(storage, folder)

    assert report.files == ["a.json", "inner/b.jsonl"]
    assert report.passed_over == ["notes.txt"]
    assert report.new == {"batch": 2, "task": 3}


def test_one_bad_file_among_several_keeps_all_out(storage, tmp_path, file):
    bad = write_json(tmp_path / "z.json", '[{"id": 1},')

    with pytest.raises(Exception, match=r"z\.json"):
        stage_import(storage, [file, bad])

    assert picture(storage, ALL_TABLES) == NOTHING


def test_pasted_text_is_imported_like_a_file(storage):
    staging = stage_text(storage, '[{"id": 1, "title": "pasted \\ud800 é"}]', name="clipboard")
    staging.commit()

    assert task_named(storage, "1").record.title == "pasted \ufffd é"
    assert batches_of(storage)[0].title == "clipboard"
    assert storage.uploads()[0].path == ""
    with pytest.raises(Exception, match="line 1, column 1"):
        stage_text(storage, "not JSON")


def test_a_large_first_import_makes_its_indexes_again(path):
    with opened(path) as storage:
        tasks = [a_task(f"t{n}", f"t{n}", batch="file") for n in range(21_000)]
        staging = storage.stage("Import many")
        staging.begin_file(name="a", path="", format_name="generic", origin="generic:x")
        for start in range(0, len(tasks), 5000):
            staging.add_tasks(tasks[start : start + 5000])
        with storage._pool.read() as session:
            names = "SELECT name FROM sqlite_schema WHERE name LIKE 'task_%' AND type = 'index'"
            few = {name for (name,) in session.rows(names)}
        staging.end_file(sha256="", size=0)
        staging.commit()
        with storage._pool.read() as session:
            all_ = {name for (name,) in session.rows(names)}

        assert few < all_
        assert "task_updated" in all_
        assert storage.count(TaskQuery()) == 21_000
        assert storage.count(TaskQuery(text="t20999")) == 1
        assert faults(storage) == []


def test_records_can_be_staged_one_by_one(storage):
    staging = stage_records(storage, [a_task("1", batch="file"), a_task("2", parent="1")])
    assert staging.report.new == {"batch": 1, "task": 2}
    assert staging.report.examples == ["file", "imported", "imported"]
    staging.commit()
    assert task_named(storage, "2").parent.external_id == "1"


def test_a_commit_that_is_stopped_imports_nothing_and_can_be_made_again(storage, file):
    before = seen_of(storage)
    staging = stage_import(storage, [file])
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        staging.commit(token)
    assert seen_of(storage)["lists"] == before["lists"]
    staging.commit()
    assert storage.count(TaskQuery()) == 20


def test_a_large_commit_that_is_stopped_half_way_is_discarded_whole(storage, tmp_path):
    before = picture(storage, ALL_TABLES)
    staging = stage_import(storage, [write_lines(tmp_path / "many.jsonl", rows(20_001))])
    token, told = CancelToken(), []

    def tell(progress):
        told.append(progress)
        if len(told) == 3:
            token.cancel()

    with pytest.raises(WorkCancelledError):
        staging.commit(token, tell)
    assert {each.total for each in told} == {20_002}
    assert [each.done for each in told] == sorted({each.done for each in told})
    staging.discard()
    assert picture(storage, ALL_TABLES) == before
    assert faults(storage) == []


def test_the_report_says_what_each_file_holds(storage, tmp_path):
    one = write_lines(tmp_path / "one.jsonl", rows(3))
    two = write_lines(tmp_path / "two.jsonl", rows(2, "other"))
    staging = stage_import(storage, [one, two])
    assert staging.report.records == [{"batch": 1, "task": 3}, {"batch": 1, "task": 2}]
    staging.discard()


def test_what_was_changed_since_an_import_is_known_by_kind(storage, file):
    operation = stage_import(storage, [file]).commit().operation
    assert storage.history.changed_since(operation.pk) == {}
    pk = task_named(storage, "r3").record.pk
    storage.edit_tags(Kind.TASK, (pk,), add=("mine",))
    assert storage.history.changed_since(operation.pk) == {Kind.TASK: [pk]}
    storage.history.undo()
    assert storage.history.changed_since(operation.pk) == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_in_a_folder_too_files_are_recognised_whatever_their_name(storage, tmp_path, encoding):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "noext").write_text(f" \n{json.dumps(rows(1, 'first'))}", encoding=encoding)
    (folder / "setup.cfg").write_text("[metadata]\nname = x\n")
    (folder / "chat.html").write_text("<p>")
    for number in range(10):
        (folder / f"{number}.png").write_bytes(b"\x89PNG")

    report = import_files(storage, folder)

    assert report.files == ["noext"]
    assert [*report.skipped] == ["chat.html", "setup.cfg", "*.png (10 files)"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such pipes")
def test_a_pipe_is_named_as_one(storage, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFileError, match=r"pipe.*not read.*sheaf import -"):
        stage_import(storage, [pipe])


def test_only_where_more_is_wrong_than_is_named_the_first_of_it_is_spoken_of(storage, tmp_path):
    for number, said in ((2, "2 records cannot be used: "), (4, "used. The first: ")):
        path = write_json(
            tmp_path / "bad.jsonl", '{"id": 1, "title": "a"}\n' + '{"id": }\n' * number
        )
        with pytest.raises(RefusedRecordsError, match=said):
            stage_import(storage, [path])
