import json

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from db.incoming import Conflicts
from db.query import EVERYWHERE, BugQuery, TaskQuery
from db.records import Kind
from desktop_app.actions.ids import ActionId as Do
from desktop_app.import_wizard.step_strip import Step
from desktop_app.importing import Phase

SELECT_ROW = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
ODD = [
    {"nr": f"A-{n}", "what": f"Mend part {n}", "standing": ["triage", "done"][n % 2]}
    for n in range(1, 31)
]


@pytest.fixture
def rows_file(tmp_path):
    def write(word, number=4, name="rows.json"):
        path = tmp_path / name
        rows = [{"id": n, "title": f"{word} {n}", "status": "pending"} for n in range(number)]
        path.write_text(json.dumps(rows))
        return path

    return write


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "work.jsonl"
    lines = [json.dumps({"id": n, "title": f"Line {n}"}) for n in range(5)]
    lines[1] = lines[1][:-1]
    lines[3] = '{"id": 3, "title": }'
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(ODD))
    return path


def shown(wizard):
    return [each for each in wizard.findChildren(QPushButton) if each.isVisible()]


def press(qtbot, wizard, words):
    """Press the button with these words, or that begins with them, once it is there."""

    def found():
        return [b for b in shown(wizard) if b.text().startswith(words) and b.isEnabled()]

    qtbot.waitUntil(lambda: len(found()) == 1)
    found()[0].click()


def at(qtbot, wizard, step, phase=Phase.READ):
    qtbot.waitUntil(
        lambda: (
            wizard.step is step
            and wizard._importing.phase is phase
            and not wizard.progress.isVisible()
        )
    )


def titles(program):
    storage = program.desk.workspace.storage
    return sorted(r.title for r in storage.fetch(Kind.TASK, storage.ids(TaskQuery())))


@pytest.fixture
def program(start, uri):
    started = start(uri)
    started.window.show_lists()
    return started


@pytest.fixture
def wizard(program):
    return program.desk.tools.wizard


def test_import_opens_at_the_source(program, wizard):
    program.window.registry[Do.IMPORT].trigger()
    assert wizard.isVisible()
    assert not wizard.isModal()
    assert wizard.step is Step.SOURCE
    words = [button.text() for button in wizard.source.place.buttons]
    assert words == ["Browse files…", "Browse folder…", "Paste"]


def test_return_imports_what_needs_no_decision_and_return_again_closes(
    program, wizard, rows_file, qtbot
):
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    qtbot.waitUntil(wizard.isActiveWindow)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert titles(program) == ["Row 0", "Row 1", "Row 2", "Row 3"]
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.isHidden()


def test_escape_discards_and_leaves_nothing(program, wizard, rows_file, qtbot):
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert wizard.isHidden()
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    assert program.desk.workspace.storage.count(TaskQuery(places=EVERYWHERE)) == 0


def test_each_file_is_told_with_its_format_and_can_be_read_as_another(
    program, wizard, task_file, qtbot
):
    program.desk.importing.import_paths([task_file])
    at(qtbot, wizard, Step.CHECK)
    wizard.strip.wanted.emit(Step.RECOGNISE)
    qtbot.waitUntil(lambda: len(wizard.recognise.model.rows) == 1)
    row = wizard.recognise.model.rows[0]
    assert row[:3] == ("tasks.json", "Task Master tasks.json", "Certain")
    combo = wizard.recognise.format
    place = next(n for n in range(combo.count()) if "(generic)" in combo.itemText(n))
    combo.setCurrentIndex(place)
    combo.activated.emit(place)
    assert wizard.recognise.model.rows[0][2] == "Chosen by you"
    press(qtbot, wizard, "Check")
    qtbot.waitUntil(lambda: wizard.headline == "tasks.json (A list of JSON objects)")


def test_several_files_are_read_as_another_format_at_once(
    program, wizard, rows_file, tmp_path, qtbot
):
    rows_file("Row", name="a.json")
    rows_file("Row", name="b.json")
    (tmp_path / "notes.txt").write_text("Nothing to see.")
    program.desk.importing.import_paths([tmp_path])
    at(qtbot, wizard, Step.CHECK)
    assert "Passed over, as they hold no list of records: notes.txt." in wizard.sentence
    wizard.strip.wanted.emit(Step.RECOGNISE)
    page = wizard.recognise
    qtbot.waitUntil(lambda: len(page.model.rows) >= 3)
    names = [row[0] for row in page.model.rows]
    assert page.model.rows[names.index("notes.txt")][1] == "Passed over"
    page.table.clearSelection()
    for name in ("a.json", "b.json"):
        index = page.model.index(names.index(name), 0)
        page.table.selectionModel().select(index, SELECT_ROW)
    place = next(n for n in range(page.format.count()) if "(beads)" in page.format.itemText(n))
    page.format.activated.emit(place)
    qtbot.waitUntil(
        lambda: wizard._draft.choices.formats == {"a.json": "beads", "b.json": "beads"}
    )
    assert len(page.table.chosen) == 2


def test_a_file_in_no_known_format_can_be_given_one(program, wizard, tmp_path, qtbot):
    notes = tmp_path / "notes.txt"
    notes.write_text("Nothing to see.")
    program.desk.importing.import_paths([notes])
    at(qtbot, wizard, Step.RECOGNISE, Phase.REFUSED)
    assert wizard.headline == "notes.txt holds no list of records."
    qtbot.waitUntil(lambda: len(wizard.recognise.model.rows) == 1)
    assert wizard.recognise.model.rows[0][1] == "Passed over"
    press(qtbot, wizard, "Close")
    assert wizard.isHidden()


def test_records_that_cannot_be_used_are_listed_and_can_be_set_aside(
    program, wizard, broken, qtbot
):
    program.desk.importing.import_paths([broken])
    at(qtbot, wizard, Step.CHECK, Phase.REFUSED)
    assert wizard.headline == "2 records of work.jsonl cannot be used"
    rows = wizard.check.problems.model.rows
    assert [row[:2] for row in rows] == [("work.jsonl", "2"), ("work.jsonl", "4")]
    assert rows[1][3:] == ("/title", "no JSON value starts like this.", '{"id": 3, "title": }')
    wizard.check.problems.table.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "File\tLine\tColumn\tPointer\tReason\tValue"
    assert len(copied) == 3
    press(qtbot, wizard, "Set aside and check")
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 3 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert program.desk.workspace.storage.tray.count() == 2
    press(qtbot, wizard, "Mend the 2 set aside")
    assert program.desk.pages.key == "tray"


def test_a_mended_file_is_read_again(program, wizard, broken, qtbot):
    program.desk.importing.import_paths([broken])
    at(qtbot, wizard, Step.CHECK, Phase.REFUSED)
    broken.write_text('{"id": 1, "title": "One"}\n{"id": 2, "title": "Two"}\n')
    press(qtbot, wizard, "Read again")
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 2 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert titles(program) == ["One", "Two"]


@pytest.fixture
def disputed(program, wizard, rows_file, qtbot):
    """Four records that were imported, changed by hand, and are different in the file."""
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    program.desk.importing.commit()
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    storage = program.desk.workspace.storage
    for pk in storage.ids(TaskQuery()):
        seen = storage.tasks.get(pk).record
        mine = {"title": f"Mine {seen.external_id}"}
        storage.edit(Kind.TASK, pk, mine, seen_version=seen.version)
    program.desk.importing.import_paths([rows_file("Theirs")])
    at(qtbot, wizard, Step.CHECK)


def test_conflicts_are_decided_one_by_one(disputed, program, wizard, qtbot):
    view = wizard.check.conflicts
    assert view.isVisible()
    assert wizard.focusWidget() is view.records
    assert view.records.count() == 4
    assert not shown(wizard)[-1].isEnabled()
    view.decided.emit(*key_of(view, 0), Conflicts.MINE)
    view.decided.emit(*key_of(view, 1), Conflicts.THEIRS)
    view.decided.emit(*key_of(view, 2), Conflicts.BOTH)
    view.decided.emit(*key_of(view, 3), Conflicts.THEIRS)
    assert view.records.item(0).text().endswith("Mine stays")
    press(qtbot, wizard, "Check again")
    qtbot.waitUntil(lambda: wizard._importing.report.overwritten == {"task": 2})
    press(qtbot, wizard, "Import ")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    found = titles(program)
    assert sorted(title.split()[0] for title in found) == ["Mine", "Mine", *["Theirs"] * 3]


def key_of(view, row):
    conflict = view._conflicts[row]
    return Kind.named(conflict.kind), conflict.pk


def test_conflicts_are_decided_all_together(disputed, program, wizard, qtbot):
    every = next(b for b in shown(wizard) if b.accessibleName() == "All of them: Keep mine")
    every.click()
    qtbot.waitUntil(lambda: wizard._importing.report.kept == {"task": 4})
    assert wizard._importing.undecided == 0


def test_a_policy_is_applied_by_reading_again(disputed, program, wizard, qtbot):
    wizard.strip.wanted.emit(Step.POLICY)
    box = wizard.policy.policy
    theirs = next(b for b in box._buttons.values() if b.text() == "Take the file's")
    theirs.click()
    press(qtbot, wizard, "Check")
    qtbot.waitUntil(lambda: wizard._importing.report.overwritten == {"task": 4})
    assert "4 records you edited since would be overwritten" in wizard.sentence


def test_an_unknown_shape_is_mapped_with_a_live_preview_and_remembered(
    program, wizard, odd, tmp_path, qtbot
):
    program.desk.importing.import_paths([odd])
    at(qtbot, wizard, Step.POLICY)
    box = wizard.policy.mapping
    qtbot.waitUntil(lambda: len(box.model.rows) == 20)
    assert box.model.rows[0][:3] == ("A-1", "Mend part 1", "Succeeded")
    assert box.list_of("“triage”").currentText() == "Queued"
    box.kind.setCurrentIndex(1)
    box.kind.activated.emit(1)
    states = box.list_of("“triage”")
    states.setCurrentText("Running")
    states.activated.emit(states.currentIndex())
    qtbot.waitUntil(lambda: box.model.rows[1][2] == "Running")
    press(qtbot, wizard, "Check")
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 1 batch and 30 bugs")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    again = tmp_path / "again.json"
    again.write_text(json.dumps([{**row, "nr": f"B{row['nr']}"} for row in ODD]))
    program.desk.importing.import_paths([again])
    at(qtbot, wizard, Step.CHECK)
    assert program.desk.importing.report.new == {"batch": 1, "bug": 30}
    assert program.desk.workspace.storage.count(BugQuery()) == 30


def test_the_report_undoes_shows_and_gives_the_command(
    program, wizard, rows_file, tmp_path, qtbot
):
    program.desk.importing.import_paths([rows_file("Row", name="my rows.json")])
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 4 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    press(qtbot, wizard, "Copy as command")
    uri = program.desk.workspace.storage.uri
    command = f"sheaf --storage {uri} import '{tmp_path / 'my rows.json'}'"
    assert QGuiApplication.clipboard().text() == command
    press(qtbot, wizard, "Undo this import")
    qtbot.waitUntil(lambda: titles(program) == [])
    press(qtbot, wizard, "Redo it")
    qtbot.waitUntil(lambda: len(titles(program)) == 4)
    press(qtbot, wizard, "Show them")
    assert wizard.isHidden()
    qtbot.waitUntil(lambda: program.desk.pages.key == "tasks")
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 4)


def test_what_was_imported_is_offered_again(program, wizard, rows_file, qtbot):
    path = rows_file("Row")
    program.desk.importing.import_paths([path])
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 4 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    press(qtbot, wizard, "Import more…")
    at(qtbot, wizard, Step.SOURCE, Phase.NONE)
    qtbot.waitUntil(lambda: any(b.text().endswith(path.name) for b in shown(wizard)))
    next(b for b in shown(wizard) if b.text().endswith(path.name)).click()
    qtbot.waitUntil(lambda: wizard.sentence.startswith("In it: 4 identical tasks"))


def test_reading_goes_on_in_the_background(program, wizard, rows_file, qtbot):
    program.desk.importing.import_paths([rows_file("Row")])
    wizard.hide()
    qtbot.waitUntil(lambda: program.desk.importing.phase is Phase.READ)
    assert wizard.isHidden()
    assert program.window.toast.text == "Read: rows.json (A list of JSON objects)"
    program.window.registry[Do.IMPORT].trigger()
    at(qtbot, wizard, Step.CHECK)
    assert wizard.isVisible()


def test_a_choice_of_policy_keeps_the_focus(program, wizard, rows_file, qtbot):
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    qtbot.waitUntil(wizard.isActiveWindow)
    wizard.strip.wanted.emit(Step.POLICY)
    mine = next(b for b in wizard.policy.policy._buttons.values() if b.text() == "Keep mine")
    mine.setFocus()
    mine.click()
    assert mine.hasFocus()
