"""The page of what takes room, compacting, and the right to delete with its certificate."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QPushButton

from db.errors import StorageFullError
from db.maintenance import vacuuming
from db.maintenance.backups import Backups
from db.maintenance.vacuuming import Every, schedule
from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.detail.operation_view import OperationView
from desktop_app.maintenance.certificate_dialog import CertificateDialog
from desktop_app.maintenance.forget_dialog import ForgetDialog
from desktop_app.maintenance.storage_page import StoragePage
from desktop_app.overview.targets import PageTarget, RecordTarget
from desktop_app.widgets.mnemonics import plain
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

NAME = "Zanzibar"
LONG_MS = 60_000
"""Writing a file anew takes seconds where the disk is busy."""


def dialog_of(kind):
    return next(each for each in QApplication.topLevelWidgets() if isinstance(each, kind))


def titles(workspace):
    storage = workspace.storage
    return {each.title for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))}


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    """Folders of the user's own for this test alone."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def state(tmp_path):
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
def page(filed, state, shown, qtbot):
    storage = filed.storage
    (pk,) = storage.batches.create("a large batch").changed[Kind.BATCH]
    batch = storage.batches.get(pk).record
    storage.create(
        Kind.TASK, {"title": f"by {NAME}", "batch": batch.id, "description": "x" * 9000}
    )
    page = shown(StoragePage(filed, state), 1000, 900)
    qtbot.waitUntil(lambda: page.map is not None)
    return page


def looked_for(page, press, qtbot, text):
    press(page, "Forget…")
    dialog = dialog_of(ForgetDialog)
    dialog.text.setText(text)
    dialog.look.click()
    qtbot.waitUntil(lambda: dialog._request is None, timeout=LONG_MS)
    return dialog


def forgotten(page, dialog, qtbot):
    dialog.field.setText("1")
    with qtbot.waitSignal(page.backups_changed, timeout=LONG_MS):
        dialog.forget.click()
    qtbot.waitUntil(lambda: not page.is_busy)
    return dialog_of(CertificateDialog)


def test_it_shows_what_takes_room_as_bars_a_table_and_a_sentence(page, press):
    rows = {row.cells[0]: row for row in page.parts.table.rows.rows}
    assert {"Tasks", "History", "Batches"} <= set(rows)
    assert page.parts.sentence.text().startswith("Most of it: ")
    assert page.parts.chart.data
    assert "in all: the file" in page._whole.text()
    (toggle,) = [b for b in page.parts.findChildren(QPushButton) if b.text() == "Table"]
    toggle.click()
    assert page.parts.table.isVisible()
    assert toggle.accessibleName() == "Chart of what takes room"


def test_the_largest_batches_lead_to_themselves(page, qtbot):
    first = page.batches.table.rows.rows[0]
    assert first.cells[0] == "a large batch"
    assert isinstance(first.targets[0], RecordTarget)
    with qtbot.waitSignal(page.target_wanted) as wanted:
        page.batches.chart.setFocus()
        qtbot.keyClick(page.batches.chart, Qt.Key.Key_Return)
    assert wanted.args[0] == first.targets[0]


def test_parts_that_are_no_records_lead_to_their_pages(page):
    rows = {row.cells[0]: row for row in page.parts.table.rows.rows}
    assert rows["History"].targets[0] == PageTarget("history")


def test_compacting_says_what_it_brings_before_it_is_done(page, press, qtbot, filed):
    storage = filed.storage
    (pk,) = storage.create(Kind.TASK, {"title": "goes", "description": "y" * 900_000}).changed[
        Kind.TASK
    ]
    storage.purge(Kind.TASK, [pk])
    press(page, "Measure again")
    qtbot.waitUntil(lambda: page.map.gain.frees > 800_000)
    press(page, "Compact…")
    assert "It frees about" in page.notice.text
    assert page.notice.text.endswith(": ok.")
    with qtbot.waitSignal(page.told, timeout=LONG_MS) as told:
        press(page, "Compact")
    assert told.args[0].startswith("Compacted: ")
    qtbot.waitUntil(lambda: page.map.gain.frees < 100_000)
    (job,) = storage.jobs.find()
    assert (job.kind, job.state.word) == ("sheaf.compact", "done")


def test_without_room_it_is_not_offered(page, press, monkeypatch, qtbot):
    monkeypatch.setattr(vacuuming, "COPIES", 1 << 40)
    press(page, "Measure again")
    qtbot.waitUntil(lambda: not page.map.gain.has_room)
    press(page, "Compact…")
    assert [button.text() for button in page.notice.buttons] == ["Not now"]
    assert "too little" in page.notice.text


def test_how_often_it_is_done_by_itself_is_kept(page, qtbot, filed):
    page.every.setCurrentIndex(1)
    page.every.activated.emit(1)
    qtbot.waitUntil(lambda: schedule(filed.storage.settings).every is Every.WEEKLY)


def test_forgetting_shows_what_there_is_and_asks_for_the_number(page, press, qtbot, filed):
    Backups(filed.storage).make()
    dialog = looked_for(page, press, qtbot, NAME.lower())
    rows = [row[0] for row in dialog.model.rows]
    assert rows[:1] == ["Tasks"]
    assert {"Backup", "Bytes of the file"} <= set(rows)
    assert plain(dialog.backups.text()) == "Remove 1 backup that holds it, too"
    assert not dialog.backups.isChecked()
    assert not dialog.forget.isEnabled()
    dialog.field.setText("2")
    assert not dialog.forget.isEnabled()
    dialog.reject()
    assert titles(filed) == {"a task", f"by {NAME}"}


def test_what_is_forgotten_is_gone_and_the_certificate_is_shown_and_saved(
    page, press, qtbot, filed, state, tmp_path
):
    made = Backups(filed.storage).make()
    state.put("search", f"who is {NAME}")
    state.put("other", "kept")
    dialog = looked_for(page, press, qtbot, NAME)
    dialog.backups.setChecked(True)
    asked = []
    page.forgetting.connect(lambda stands_in: asked.append(stands_in(f"of {NAME}")))
    certificate = forgotten(page, dialog, qtbot)
    assert asked == [True]

    assert titles(filed) == {"a task"}
    assert made.name not in {each.name for each in Backups(filed.storage).all()}
    assert (state.get("search"), state.get("other")) == (None, "kept")
    assert NAME not in certificate.view.toPlainText()
    certificate.words.setChecked(True)
    assert NAME in certificate.view.toPlainText()
    for name in ("saved.txt", "saved.json"):
        with qtbot.waitSignal(page.told):
            certificate.save_to(tmp_path / name)
    assert "CERTIFICATE" in (tmp_path / "saved.txt").read_text()
    told = json.loads((tmp_path / "saved.json").read_text())
    assert (told["is_clean"], told["sought"]["words"]) == (True, NAME)
    certificate.reject()


def test_the_history_keeps_the_certificate_without_the_words(page, press, qtbot, filed, shown):
    forgotten(page, looked_for(page, press, qtbot, NAME), qtbot).reject()
    view = shown(OperationView(filed))
    view.show_operation(filed.storage.history.operations()[0])
    assert "CERTIFICATE OF A FORGETTING" in view.facts["Certificate"]
    assert NAME not in view.facts["Certificate"]
    assert view.undo_button.isHidden()


def test_a_certificate_that_cannot_be_saved_says_so(page, press, qtbot, tmp_path):
    certificate = forgotten(page, looked_for(page, press, qtbot, NAME), qtbot)
    certificate.save_to(tmp_path / "no folder" / "saved.txt")
    qtbot.waitUntil(lambda: "cannot be written" in certificate._said.text())
    certificate.reject()


def test_what_stands_nowhere_is_said(page, press, qtbot):
    dialog = looked_for(page, press, qtbot, "nobody at all")
    assert "stands nowhere" in dialog._step.text()
    assert dialog.forget.isHidden()
    dialog.reject()


def test_a_text_that_is_too_short_is_refused_in_words(page, press, qtbot):
    dialog = looked_for(page, press, qtbot, "ab")
    assert "less than 3 signs" in dialog._step.text()
    dialog.reject()


def test_another_text_has_to_be_looked_for_first(page, press, qtbot):
    dialog = looked_for(page, press, qtbot, NAME)
    dialog.field.setText("1")
    dialog.text.setText("another")
    assert dialog.survey is None
    assert not dialog.forget.isEnabled()
    dialog.reject()


def test_records_are_forgotten_by_their_ids(page, press, qtbot, filed):
    storage = filed.storage
    (task,) = [
        each
        for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))
        if each.title == "a task"
    ]
    press(page, "Forget…")
    dialog = dialog_of(ForgetDialog)
    dialog.by_ids.setChecked(True)
    dialog.ids.setText(task.id)
    dialog.look.click()
    qtbot.waitUntil(lambda: dialog.survey is not None)
    forgotten(page, dialog, qtbot).reject()
    assert titles(filed) == {f"by {NAME}"}


def test_what_fails_is_told(page, press, qtbot, filed, monkeypatch):
    dialog = looked_for(page, press, qtbot, NAME)
    monkeypatch.setattr(vacuuming, "COPIES", 1 << 40)
    dialog.field.setText("1")
    with qtbot.waitSignal(filed.failed) as failed:
        dialog.forget.click()
    assert isinstance(failed.args[0], StorageFullError)
    assert titles(filed) == {"a task", f"by {NAME}"}


def test_a_change_elsewhere_is_said_and_not_measured_at_once(page):
    page.look_for_news()
    assert page._whole.text().endswith("Something was changed since.")


def test_a_workspace_in_memory_has_a_map_but_no_file_to_compact(workspace, state, shown, qtbot):
    page = shown(StoragePage(workspace, state), 1000, 700)
    qtbot.waitUntil(lambda: page.map is not None)
    assert not page.compact.isEnabled()
    assert page.forget.isEnabled()


def test_what_is_only_read_is_only_measured(qapp, tmp_path, state, shown, qtbot):
    past = Workspace(open_storage(str(tmp_path / "past.sheaf")), is_past=True)
    page = shown(StoragePage(past, state), 1000, 700)
    qtbot.waitUntil(lambda: page.map is not None)
    assert not page.compact.isEnabled()
    assert not page.forget.isEnabled()
    past.close()


def test_all_that_takes_the_focus_has_a_name(page, press):
    press(page, "Forget…")
    dialog = dialog_of(ForgetDialog)
    for part in (page, dialog):
        for widget in part.findChildren(QPushButton):
            assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    dialog.reject()
