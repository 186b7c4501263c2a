import json

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from db.maintenance.manifest import BackupKind, BackupSettings, keep_settings
from db.records import Kind
from db.storage import open_storage, to_uri
from desktop_app.program import Program
from desktop_app.window_state import WindowState
from tests.dressing import light_theme


@pytest.fixture(autouse=True)
def theme(qapp):
    return light_theme(qapp)


@pytest.fixture
def uri(tmp_path):
    return to_uri(str(tmp_path / "work.sheaf"))


@pytest.fixture
def start(qapp, qtbot, tmp_path):
    """Start the program on a storage and wait until its window shows it."""
    started = []

    def start_one(uri, files=(), *, ready=True, claimed=None):
        program = Program(WindowState(tmp_path / "window.ini"))
        if not started:
            program.window.resize(1280, 800)  # larger than the screen there is here
        started.append(program)
        program.window.show()
        program.open(uri, files, claimed)
        if ready:
            qtbot.waitUntil(lambda: program.desk is not None)
            qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
        return program

    yield start_one
    for program in started:
        end(program)


def end(program):
    """Close the window as a person does, and what is behind it."""
    if not isValid(program.window):
        return
    program.window.close()
    program.close()
    program.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def stop():
    return end


@pytest.fixture
def filled(uri):
    """A storage file with 120 tasks in 3 batches; the newest batch is `Batch 2`.

    It is not backed up daily: the tests look at jobs of their own.
    """
    storage = open_storage(uri)
    keep_settings(storage.settings, BackupSettings(without=(BackupKind.DAILY,)))
    for number in range(3):
        batch = storage.batches.create(f"Batch {number}")
        (record,) = storage.fetch(Kind.BATCH, batch.changed[Kind.BATCH])
        for task in range(40):
            storage.tasks.create({"title": f"Task {number}-{task:02}", "batch": record.id})
    storage.close()
    return uri


@pytest.fixture
def task_file(tmp_path):
    """A small Task Master file: two tasks, one subtask, one dependency."""
    path = tmp_path / "tasks.json"
    tasks = [
        {
            "id": 1,
            "title": "Set up the repository",
            "status": "done",
            "priority": "high",
            "dependencies": [],
            "subtasks": [
                {"id": 1, "title": "Make folders", "status": "pending", "dependencies": []}
            ],
        },
        {
            "id": 2,
            "title": "Write the parser",
            "status": "in-progress",
            "priority": "medium",
            "dependencies": [1],
        },
    ]
    path.write_text(json.dumps({"master": {"tasks": tasks}}))
    return path
