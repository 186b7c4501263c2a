"""Help > Diagnostics shows what the bundle holds before anything is written."""

import json
import zipfile

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from db.records import Kind
from desktop_app.background import Background
from desktop_app.diagnostics.bundle_dialog import BundleDialog
from desktop_app.dialogs.error import ErrorDialog

PLANTED = "Zanzibar"


@pytest.fixture
def opened(qtbot, storage):
    storage.create(Kind.TASK, {"title": PLANTED})
    background = Background(storage)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = BundleDialog(background, {"look/zoom": 1.5}, parent)
    dialog.show()
    qtbot.waitUntil(dialog.save.isEnabled)
    yield dialog
    background.close()


def names(dialog):
    return [each.name for each in dialog.wanted]


def test_it_lists_each_file_with_its_size_and_shows_what_is_in_it(opened):
    rows = [opened.list.topLevelItem(row) for row in range(opened.list.topLevelItemCount())]

    assert {row.text(0) for row in rows} >= {"versions.json", "counts.json", "window.json"}
    assert all(row.text(1) and row.text(2) for row in rows)
    for row in rows:
        opened.list.setCurrentItem(row)
        assert json.loads(opened.view.toPlainText()) is not None
        assert PLANTED not in opened.view.toPlainText()


def test_what_is_unticked_is_left_out_of_the_archive(opened, qtbot, tmp_path):
    left_out = opened.list.topLevelItem(0)
    left_out.setCheckState(0, Qt.CheckState.Unchecked)
    target = tmp_path / "out.zip"

    with qtbot.waitSignal(opened.saved) as saved:
        opened.save_to(target)

    assert saved.args == [target]
    with zipfile.ZipFile(target) as archive:
        inside = archive.namelist()
        told = b"".join(map(archive.read, inside))
    assert inside[0] == "contents.txt"
    assert left_out.text(0) not in inside
    assert "versions.json" in inside
    assert PLANTED.encode() not in told
    assert not opened.isVisible()


def test_with_nothing_ticked_there_is_nothing_to_save(opened):
    for row in range(opened.list.topLevelItemCount()):
        opened.list.topLevelItem(row).setCheckState(0, Qt.CheckState.Unchecked)

    assert names(opened) == []
    assert not opened.save.isEnabled()


def test_where_it_cannot_be_written_it_says_so_and_stays(opened, qtbot, tmp_path):
    opened.save_to(tmp_path / "no such folder" / "out.zip")
    qtbot.waitUntil(lambda: opened.findChild(ErrorDialog) is not None)

    assert opened.isVisible()
    assert opened.save.isEnabled()
