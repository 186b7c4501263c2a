"""The page of the backups: made, tested, restored, undone and deleted by its buttons."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QPushButton

from db.maintenance.backups import Backups
from db.maintenance.folder import write_manifest
from db.maintenance.manifest import BackupKind
from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.maintenance.backup_words import when_words
from desktop_app.maintenance.backups_page import BackupsPage
from desktop_app.maintenance.restore_dialog import RestoreDialog
from desktop_app.maintenance.settings_dialog import BackupSettingsDialog
from desktop_app.widgets.mnemonics import plain
from desktop_app.workspace import Workspace


def words(page, row):
    return [page.model.words(row, column) for column in range(page.model.columnCount())]


def dialog_of(kind):
    return next(each for each in QApplication.topLevelWidgets() if isinstance(each, kind))


def titles(workspace):
    storage = workspace.storage
    return {each.title for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))}


@pytest.fixture
def page(filed, shown, qtbot):
    page = shown(BackupsPage(filed), 1000, 600)
    qtbot.waitUntil(lambda: "no backup" in page._panel.accessibleName())
    return page


@pytest.fixture
def with_backup(page, press, qtbot):
    press(page, "Back up now")
    qtbot.waitUntil(lambda: page.model.count == 1 and not page.is_busy)
    return page


def test_a_backup_is_made_and_listed_with_what_there_is_to_know(page, press, qtbot, filed):
    with qtbot.waitSignal(page.told) as told:
        press(page, "Back up now")
        assert not page.make.isEnabled()
    qtbot.waitUntil(lambda: page.model.count == 1)
    assert told.args[0].startswith("Backed up 1 record,")
    when, why, size, records, state, until = words(page, 0)
    assert (why, records, state) == ("By hand", "1", "Verified")
    assert all((when, size, until))
    (job,) = filed.storage.jobs.find()
    assert (job.kind, job.title, job.state.word) == ("sheaf.backup", "Back up", "done")


def test_a_test_shows_that_a_backup_can_be_restored(with_backup, press, qtbot):
    with qtbot.waitSignal(with_backup.told) as told:
        press(with_backup, "Test now")
    qtbot.waitUntil(lambda: words(with_backup, 0)[4] == "Tested")
    assert told.args[0].endswith("can be restored")


def test_what_was_pressed_by_a_key_has_the_focus_again_once_it_is_done(with_backup, qtbot):
    page = with_backup
    page.test.setFocus()
    with qtbot.waitSignal(page.told):
        QTest.keyClick(page.test, Qt.Key.Key_Space)
        assert page.work_row.stop.hasFocus()
    assert page.test.hasFocus()


def test_a_damaged_backup_is_told_and_stays_marked(with_backup, press, qtbot):
    path = with_backup.chosen.path
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-4096])
    press(with_backup, "Test now")
    qtbot.waitUntil(lambda: with_backup.model.count and words(with_backup, 0)[4] == "Damaged")
    assert "is damaged" in with_backup.notice.text
    assert [b.text() for b in with_backup.notice.buttons] == ["Back up now"]


def test_a_restore_says_what_changes_and_is_undone_by_the_message(
    with_backup, press, qtbot, filed
):
    page = with_backup
    filed.storage.create(Kind.TASK, {"title": "made since"})
    press(page, "Restore…")
    dialog = dialog_of(RestoreDialog)
    qtbot.waitUntil(lambda: dialog.model.count > 0)
    (row,) = [row for row in dialog.model.rows if row[0] == "Tasks"]
    assert row[1:3] == ("2", "1")
    heard = []
    page.said.connect(lambda *told: heard.append(told))
    with qtbot.waitSignal(filed.noticed):
        press(dialog, "Restore")
    assert titles(filed) == {"a task"}
    qtbot.waitUntil(lambda: bool(heard))
    ((said, (button, undo)),) = heard
    assert said.startswith("Restored the backup of")
    assert button == "Undo restore…"
    qtbot.waitUntil(page.notice.isVisible)
    assert "A backup was restored" in page.notice.text

    filed.storage.create(Kind.TASK, {"title": "made after the restore"})
    undo()
    preview = dialog_of(RestoreDialog)
    qtbot.waitUntil(lambda: preview.model.count > 0)
    assert preview._newer.text() == (
        "1 record was changed or added since. 1 record was deleted since, and would be back."
    )
    assert "made after the restore" in titles(filed)
    with qtbot.waitSignal(page.said):
        press(preview, "Restore")
    assert titles(filed) == {"a task", "made since"}


def test_a_preview_tells_what_was_deleted_since_and_would_be_back(
    with_backup, press, qtbot, filed
):
    (pk,) = filed.storage.ids(TaskQuery())
    filed.storage.purge(Kind.TASK, [pk])
    press(with_backup, "Restore…")
    dialog = dialog_of(RestoreDialog)
    qtbot.waitUntil(lambda: dialog.model.count > 0)
    assert dialog._newer.text() == "1 record was deleted since, and would be back."
    assert dialog.model.rows[0] == ("Tasks", "0", "1", "", "1")


def test_what_has_no_room_is_in_a_menu_and_nothing_is_cut_off(with_backup, qtbot):
    page = with_backup
    tools = (page.make, page.restore, page.browse, page.test, page.delete, page.folder)
    page.resize(420, 600)
    qtbot.waitUntil(page.delete.isHidden)
    assert page.make.isVisible()
    assert all(each.width() >= each.sizeHint().width() for each in tools if each.isVisible())


def test_the_tip_of_a_cell_is_words_and_no_markup(with_backup):
    model = with_backup.model
    cells = [model.index(0, column) for column in range(model.columnCount())]
    tips = [cell.data(Qt.ItemDataRole.ToolTipRole) for cell in cells]
    assert tips[1] == "By hand"
    assert not any("<" in tip for tip in tips)


def test_backups_of_one_minute_look_different(with_backup):
    backup = with_backup.chosen
    minute = backup.manifest.made_at // 60_000_000 * 60_000_000
    made = [replace(backup.manifest, made_at=minute + s * 1_000_000) for s in range(2)]
    first, second = (when_words(replace(backup, manifest=each)) for each in made)
    assert first != second


def test_the_page_itself_offers_to_undo_the_last_restore(filed, shown, press, qtbot):
    kept = Backups(filed.storage)
    made = kept.make(BackupKind.MANUAL)
    filed.storage.create(Kind.TASK, {"title": "made since"})
    kept.restore(made)
    page = shown(BackupsPage(filed), 1000, 600)
    qtbot.waitUntil(page.notice.isVisible)
    press(page, "Undo restore…")
    preview = dialog_of(RestoreDialog)
    qtbot.waitUntil(lambda: preview.model.count > 0)
    with qtbot.waitSignal(page.said):
        press(preview, "Restore")
    assert titles(filed) == {"a task", "made since"}


def test_one_that_is_only_copied_yet_is_listed_as_such(filed, shown, qtbot):
    made = Backups(filed.storage).make()
    unverified = replace(made.manifest, sha256="")
    write_manifest(made.path, unverified)
    page = shown(BackupsPage(filed), 1000, 600)
    qtbot.waitUntil(lambda: page.model.count == 1)
    assert words(page, 0)[4] == "Not verified yet"


def test_closing_the_preview_changes_nothing(with_backup, press, qtbot, filed):
    filed.storage.create(Kind.TASK, {"title": "made since"})
    press(with_backup, "Restore…")
    dialog = dialog_of(RestoreDialog)
    qtbot.waitUntil(lambda: dialog.model.count > 0)
    cancel = dialog.findChild(QDialogButtonBox).buttons()
    next(each for each in cancel if "Cancel" in plain(each.text())).click()
    assert titles(filed) == {"a task", "made since"}
    assert not with_backup.is_busy


def test_a_backup_is_deleted_only_once_that_is_confirmed(with_backup, press, qtbot):
    press(with_backup, "Delete…")
    assert with_backup.notice.buttons[-1].hasFocus()
    press(with_backup, "Keep it")
    assert with_backup.model.count == 1
    press(with_backup, "Delete…")
    press(with_backup, "Delete")
    qtbot.waitUntil(lambda: with_backup.model.count == 0)


def test_settings_are_kept_with_the_workspace(with_backup, press, qtbot, filed):
    press(with_backup, "Settings…")
    dialog = dialog_of(BackupSettingsDialog)
    dialog.keep.setValue(90)
    dialog.kinds[BackupKind.IMPORT].setChecked(False)
    press(dialog, "Save")
    qtbot.waitUntil(lambda: Backups(filed.storage).settings.keep_days == 90)
    assert Backups(filed.storage).settings.without == (BackupKind.IMPORT,)


def test_the_settings_open_large_enough_for_all_that_is_in_them(with_backup, press, qtbot):
    press(with_backup, "Settings…")
    dialog = dialog_of(BackupSettingsDialog)
    qtbot.waitUntil(dialog.isVisible)
    parts = (dialog.keep, dialog.compress, *dialog.kinds.values(), *dialog.findChildren(QLabel))
    assert [each for each in parts if each.height() < each.minimumSizeHint().height()] == []
    assert not dialog.keep.geometry().intersects(dialog.compress.geometry())


def test_a_failed_backup_is_told_and_can_be_tried_again(page, press, qtbot, filed, tmp_path):
    (tmp_path / "work.sheaf.backups").write_text("no folder")
    with qtbot.waitSignal(filed.failed) as failed:
        press(page, "Back up now")
    assert all((failed.args[0].what, failed.args[0].safe, failed.args[0].advice))
    qtbot.waitUntil(page.make.isEnabled)


def test_a_workspace_in_memory_says_why_there_is_none(workspace, shown, qtbot):
    page = shown(BackupsPage(workspace), 1000, 600)
    qtbot.waitUntil(lambda: "in no file" in page._panel.accessibleName())
    assert not page.make.isEnabled()


def test_a_backup_that_is_shown_can_make_none(qapp, tmp_path, shown):
    past = Workspace(open_storage(str(tmp_path / "past.sheaf")), is_past=True)
    page = shown(BackupsPage(past), 1000, 600)
    assert page._panel.accessibleName() == "This is a backup"
    assert not page.make.isEnabled()
    past.close()


def test_a_row_is_read_out_whole_and_all_that_takes_the_focus_has_a_name(with_backup):
    table = QAccessible.queryAccessibleInterface(with_backup.table)
    assert table.text(QAccessible.Text.Name) == "Backups"
    said = with_backup.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "By hand" in said
    assert "Verified" in said
    for button in with_backup.findChildren(QPushButton):
        assert QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)
