import os
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileSystemModel

from db.storage import open_storage, to_uri
from desktop_app.widgets.file_dialog import FileDialog


def locks_on(*paths):
    """Return the locks that this process has on files."""
    files = {path.stat().st_ino for path in paths}
    rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [
        row[3:6]
        for row in rows
        if row[4] == str(os.getpid()) and int(row[5].split(":")[-1]) in files
    ]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/locks")
def test_a_dialog_on_the_folder_of_an_open_workspace_leaves_its_locks(shown, tmp_path, qtbot):
    path = tmp_path / "work.sheaf"
    storage = open_storage(to_uri(str(path)))
    storage.tasks.create({"title": "x"})
    (tmp_path / "other.json").write_text("[]")
    files = [path, tmp_path / "work.sheaf-shm"]
    before = locks_on(*files)
    assert before

    dialog = shown(FileDialog(None, "Import", str(tmp_path)))
    model = dialog.findChild(QFileSystemModel)
    other = model.index(str(tmp_path / "other.json"))
    qtbot.waitUntil(lambda: model.rowCount(model.index(str(tmp_path))) >= 3)
    qtbot.waitUntil(lambda: model.type(model.index(str(path))) == "sheaf file")

    assert other.isValid()
    assert locks_on(*files) == before
    storage.close()


def test_it_starts_in_a_folder_with_a_file_named(shown, tmp_path):
    dialog = shown(FileDialog(None, "Export", str(tmp_path / "out.csv")))
    assert dialog.directory().path() == str(tmp_path)
    assert dialog.selectedFiles() == [str(tmp_path / "out.csv")]
