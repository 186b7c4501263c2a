import json
import re
import sys
from threading import Event

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton

from db.exchange.choices import ImportChoices
from db.exchange.formats.base import formats
from db.exchange.mapping import load_mapping
from db.incoming import BadRecords, Conflicts
from db.query import EVERYWHERE, BugQuery, TaskQuery
from db.records import Kind
from desktop_app.actions.ids import ActionId as Do
from desktop_app.import_sources import ImportSource
from desktop_app.import_wizard.step_strip import Step
from desktop_app.import_wizard.text_dialog import TextDialog
from desktop_app.importing import Phase
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel
from tests.added_format import failing

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
        return [b for b in shown(wizard) if plain(b.text()).startswith(words) and b.isEnabled()]

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


def test_quit_ends_the_program_from_the_wizard_too(program, wizard, qtbot):
    program.window.registry[Do.IMPORT].trigger()
    qtbot.waitUntil(wizard.isActiveWindow)
    qtbot.keyClick(wizard, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(program.window.isHidden)


def test_import_opens_at_the_source(program, wizard):
    program.window.registry[Do.IMPORT].trigger()
    assert wizard.isVisible()
    assert not wizard.isModal()
    assert wizard.step is Step.SOURCE
    words = [plain(button.text()) for button in wizard.source.place.buttons]
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


def test_each_file_is_told_with_its_records_problems_encoding_and_first_records(
    program, wizard, rows_file, broken, qtbot
):
    utf16 = rows_file("Row", 30, name="rows.json")
    utf16.write_text(utf16.read_text(), encoding="utf-16")
    choices = ImportChoices(bad_records=BadRecords.SET_ASIDE)
    program.desk.importing.import_paths([utf16, broken], choices)
    at(qtbot, wizard, Step.CHECK)
    wizard.strip.wanted.emit(Step.RECOGNISE)
    page = wizard.recognise
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
    assert [row[3:6] for row in page.model.rows] == [
        ("30 tasks in 1 batch", "", "UTF-16, BOM"),
        ("3 tasks in 1 batch", "2", "UTF-8"),
    ]
    qtbot.waitUntil(lambda: len(page.first.rows) == 20)
    assert page.first.rows[0] == ("Task", "0", "Row 0", "Queued")
    page.table.selectRow(1)
    qtbot.waitUntil(lambda: len(page.first.rows) == 3)
    assert [row[2] for row in page.first.rows] == ["Line 0", "Line 2", "Line 4"]


@pytest.fixture
def failing_format(tmp_path, monkeypatch):
    """Install a package with a format that fails at a method."""

    def add(method):
        failing(tmp_path / "packages", method)
        monkeypatch.syspath_prepend(tmp_path / "packages")
        formats.cache_clear()

    yield add
    monkeypatch.undo()
    sys.modules.pop("plan_lines", None)
    formats.cache_clear()


def test_a_format_that_fails_at_recognising_is_named(
    failing_format, wizard, program, rows_file, qtbot
):
    failing_format("recognise")
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    said = "The format plan-lines was passed over, as it failed at recognising files"
    assert said in wizard.sentence
    wizard.strip.wanted.emit(Step.RECOGNISE)
    qtbot.waitUntil(lambda: len(wizard.recognise.model.rows) == 1)
    assert any(said in label.text() for label in wizard.recognise.findChildren(PlainLabel))
    press(qtbot, wizard, "Check")
    press(qtbot, wizard, "Import")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)


def test_a_format_that_fails_at_reading_is_named_and_another_can_be_chosen(
    failing_format, wizard, program, tmp_path, qtbot
):
    failing_format("read")
    path = tmp_path / "week.txt"
    path.write_text("PLAN\n- [x] Lay the keel\n- [ ] Find a crew\n")
    program.desk.importing.import_paths([path])
    at(qtbot, wizard, Step.RECOGNISE, Phase.REFUSED)
    assert wizard.headline == "The format plan-lines failed at reading week.txt: 'not today'."
    page = wizard.recognise
    qtbot.waitUntil(lambda: len(page.model.rows) == 1)
    place = next(
        n for n in range(page.format.count()) if "(checklist)" in page.format.itemText(n)
    )
    page.format.activated.emit(place)
    press(qtbot, wizard, "Check")
    press(qtbot, wizard, "Import")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert titles(program) == ["Find a crew", "Lay the keel"]


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
    assert wizard.recognise.model.rows[0][1:3] == ("Passed over", "")
    assert wizard.recognise.note.text() == "notes.txt holds no list of records."
    press(qtbot, wizard, "Close")
    assert wizard.isHidden()


def test_records_that_cannot_be_used_are_listed_and_can_be_set_aside(
    program, wizard, broken, qtbot
):
    program.desk.importing.import_paths([broken])
    at(qtbot, wizard, Step.CHECK, Phase.REFUSED)
    assert wizard.headline == "2 records cannot be used"
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


def test_what_of_a_folder_was_left_out_is_named_before_and_after_and_later(
    program, wizard, tmp_path, qtbot
):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "lfs.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    (folder / "readme.txt").write_text("Nothing to be imported.")
    (folder / "work.jsonl").write_text('{"id": 1, "title": "A"}\n{"id": 2, "title": }\n')
    program.desk.importing.import_paths([folder])
    press(qtbot, wizard, "Set aside and check")
    at(qtbot, wizard, Step.CHECK)
    unread = "Passed over, as they cannot be read: lfs.json."
    unknown = "Passed over, as they hold no list of records: readme.txt."
    before = wizard.check._notes.text()
    assert unread in before
    assert unknown in before
    assert "1 record that cannot be used would be set aside" in before
    press(qtbot, wizard, "Import 1 task in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    after = wizard.report.panel.accessibleDescription()
    assert unread in after
    assert unknown in after
    assert "1 set aside" in after
    press(qtbot, wizard, "Done")
    program.desk.pages.show_page("imports")
    shown = program.desk.detail.operation
    qtbot.waitUntil(lambda: "Set aside" in shown.facts)
    assert shown.facts["Set aside"].startswith("1 record\nwork.jsonl, line 2: ")
    assert shown.facts["Not readable"].startswith("lfs.json, line 1: the file is a Git LFS")
    assert shown.facts["Passed over"] == "readme.txt"


def test_the_text_around_a_problem_is_shown_with_the_place_marked(
    program, wizard, broken, qtbot
):
    program.desk.importing.import_paths([broken])
    at(qtbot, wizard, Step.CHECK, Phase.REFUSED)
    wizard.check.problems.table.selectRow(1)
    press(qtbot, wizard, "Show in text")
    qtbot.waitUntil(lambda: bool(wizard.findChildren(TextDialog)))
    field = wizard.findChild(TextDialog).field
    qtbot.waitUntil(lambda: field.fault is not None)
    assert field.toPlainText() == broken.read_text()
    assert field.toPlainText()[: field.fault].endswith('{"id": 3, "title": ')
    assert field.textCursor().position() == field.fault
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not wizard.findChildren(TextDialog))
    wizard.check.problems.table.selectRow(0)
    press(qtbot, wizard, "Show in text")
    qtbot.waitUntil(lambda: bool(wizard.findChildren(TextDialog)))
    field = wizard.findChild(TextDialog).field
    qtbot.waitUntil(lambda: field.fault is not None)
    (mark,) = field.extraSelections()
    assert mark.cursor.selectedText() == '"'


def test_the_check_tells_the_size_and_exports_its_report(
    program, wizard, rows_file, tmp_path, qtbot
):
    program.desk.importing.import_paths([rows_file("Row", 3000)])
    at(qtbot, wizard, Step.CHECK)
    said = [label.text() for label in wizard.check.findChildren(PlainLabel)]
    assert any("It takes about" in words for words in said)
    press(qtbot, wizard, "Export this report…")
    dialog = wizard.check.findChild(QFileDialog)
    target = tmp_path / "report.json"
    dialog.fileSelected.emit(str(target))
    qtbot.waitUntil(target.exists)
    assert json.loads(target.read_text())["new"] == {"batch": 1, "task": 3000}
    dialog.reject()


def test_the_check_names_the_backup_that_was_made_before(program, wizard, rows_file, qtbot):
    program.desk.importing.import_paths([rows_file("Row")])
    at(qtbot, wizard, Step.CHECK)
    program.desk.importing.commit()
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    program.desk.importing.import_paths([rows_file("Other", name="other.json")])
    at(qtbot, wizard, Step.CHECK)
    said = [label.text() for label in wizard.check.findChildren(PlainLabel)]
    told = re.compile(r"The latest backup before it is of \d+ \w+ \d{4} \d\d:\d\d\.$")
    assert any(map(told.search, said))


@pytest.fixture
def applying(program, wizard, rows_file, qtbot):
    """An import that is being carried out, held up by a write that is not over."""
    program.desk.importing.import_paths([rows_file("Row", 2000)])
    at(qtbot, wizard, Step.CHECK)
    going = Event()
    program.desk.workspace.background.job(lambda *_context: going.wait())
    press(qtbot, wizard, "Import 2,000 tasks in 1 batch")
    qtbot.waitUntil(lambda: wizard.step is Step.IMPORT)
    yield going
    going.set()


def test_an_import_that_is_carried_out_can_be_stopped_and_leaves_nothing(
    applying, program, wizard, qtbot
):
    assert wizard.progress.numbers == "0 of 2,001 records"
    press(qtbot, wizard, "Cancel…")
    assert wizard.banner.text == "Stop and roll back 2,000 tasks in 1 batch?"
    press(qtbot, wizard, "Stop and roll back")
    applying.set()
    qtbot.waitUntil(lambda: program.window.toast.text == "Nothing was imported.")
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    storage = program.desk.workspace.storage
    assert storage.count(TaskQuery(places=EVERYWHERE)) == 0
    assert storage.history.operations() == ()
    assert storage.info().free > 0


def test_closing_the_window_while_an_import_is_carried_out_asks_first(
    applying, program, wizard, qtbot
):
    program.window.close()
    assert program.window.isVisible()
    assert "An import is under way." in wizard.banner.text
    next(b for b in wizard.banner.buttons if b.text() == "Stay").click()
    applying.set()
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert program.desk.workspace.storage.count(TaskQuery()) == 2000


def test_the_wizard_fits_a_small_screen_with_its_buttons_in_sight(wizard, qtbot):
    wizard.show()
    wizard.resize(600, 340)
    for page in (wizard.source, wizard.recognise, wizard.policy, wizard.check, wizard.report):
        wizard._pages.show_page(page)
        qtbot.waitUntil(page.isVisible)
        assert wizard.size().height() == 340
        assert wizard.size().width() == 600
        assert wizard.rect().contains(wizard._buttons.geometry())


def test_escape_goes_on_with_an_import_that_is_carried_out(applying, program, wizard, qtbot):
    press(qtbot, wizard, "Cancel…")
    assert [plain(button.text()) for button in wizard.banner.buttons if button.hasFocus()] in (
        ["Continue"],
        [],
    )
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert wizard.banner.isHidden()
    assert wizard.isVisible()
    applying.set()
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    assert program.desk.workspace.storage.count(TaskQuery()) == 2000


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
    main = shown(wizard)[-1]
    assert (plain(main.text()), main.isEnabled()) == ("4 conflicts to decide", False)
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
    theirs = next(b for b in box._buttons.values() if plain(b.text()) == "Take the file's")
    theirs.click()
    press(qtbot, wizard, "Check")
    qtbot.waitUntil(lambda: wizard._importing.report.overwritten == {"task": 4})
    assert "4 records you edited since would be overwritten" in wizard.sentence


def test_what_a_file_repeats_can_be_kept_as_history(program, wizard, tmp_path, qtbot):
    path = tmp_path / "tasks.json"
    rows = [{"id": 1, "title": f"state {n}", "status": "pending"} for n in range(3)]
    path.write_text(json.dumps({"tasks": rows}))
    program.desk.importing.import_paths([path])
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Back")
    box = wizard.policy.policy
    words = "Keep the earlier ones as the history of the latest"
    next(b for b in box._buttons.values() if plain(b.text()) == words).click()
    press(qtbot, wizard, "Check")
    qtbot.waitUntil(lambda: wizard._importing.report.earlier == {"task": 2})
    assert "become its history" in wizard.sentence


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


def test_the_lists_of_a_mapping_keep_their_width_whatever_is_chosen(
    program, wizard, tmp_path, qtbot
):
    path = tmp_path / "odd.json"
    states = ["triage", "waits for somebody who knows more"]
    rows = [{"nr": f"A-{n}", "what": f"Part {n}", "standing": states[n % 2]} for n in range(30)]
    path.write_text(json.dumps(rows))
    program.desk.importing.import_paths([path])
    at(qtbot, wizard, Step.POLICY)
    box = wizard.policy.mapping
    qtbot.waitUntil(lambda: box.list_of("title").width() > 100)
    before = box.list_of("title").geometry()
    for words in ("Nothing", "standing"):
        chosen = box.list_of("status")
        chosen.setCurrentText(words)
        chosen.activated.emit(chosen.currentIndex())
        qtbot.waitUntil(lambda: box.list_of("title").isVisible())
        qtbot.waitUntil(lambda: box.list_of("title").geometry() == before)
    assert box.kind.width() == before.width()


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
    table = program.desk.pages.list.table
    qtbot.waitUntil(lambda: program.window.focusWidget() is table)


def test_what_was_imported_is_offered_again(program, wizard, rows_file, qtbot):
    path = rows_file("Row")
    program.desk.importing.import_paths([path])
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 4 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    press(qtbot, wizard, "Import more…")
    at(qtbot, wizard, Step.SOURCE, Phase.NONE)
    qtbot.waitUntil(lambda: any(plain(b.text()).endswith(path.name) for b in shown(wizard)))
    next(b for b in shown(wizard) if plain(b.text()).endswith(path.name)).click()
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
    mine = next(
        b for b in wizard.policy.policy._buttons.values() if plain(b.text()) == "Keep mine"
    )
    mine.setFocus()
    mine.click()
    assert mine.hasFocus()


def paste(program, rows):
    program.desk.importing.take(ImportSource(text=json.dumps(rows)))


TICKETS = [
    {"ref": n, "title": f"Mend part {n}", "state": {"name": ["Doing", "Done"][n % 2]}}
    for n in range(6)
]


def test_a_pasted_list_of_unknown_shape_is_mapped_before_it_is_checked(program, wizard, qtbot):
    paste(program, TICKETS)
    at(qtbot, wizard, Step.POLICY)
    box = wizard.policy.mapping
    qtbot.waitUntil(lambda: len(box.model.rows) == 6)
    assert box.list_of("id").currentText() == "ref"
    assert box.list_of("status").currentText() == "state / name"


def test_the_copied_command_comes_with_the_mapping_in_a_file(
    program, wizard, odd, tmp_path, qtbot
):
    program.desk.importing.import_paths([odd])
    at(qtbot, wizard, Step.POLICY)
    press(qtbot, wizard, "Check")
    at(qtbot, wizard, Step.CHECK)
    press(qtbot, wizard, "Import 30 tasks in 1 batch")
    at(qtbot, wizard, Step.REPORT, Phase.DONE)
    press(qtbot, wizard, "Copy as command")
    press(qtbot, wizard, "Save the mapping")
    mapping = tmp_path / "map.json"
    qtbot.waitUntil(lambda: bool(wizard.findChildren(QFileDialog)))
    wizard.findChildren(QFileDialog)[0].fileSelected.emit(str(mapping))

    qtbot.waitUntil(lambda: f"--map {mapping}" in QGuiApplication.clipboard().text())
    assert load_mapping(mapping).members["id"] == "nr"
