"""The Files tab of a task: what is named as a file, by it and what belongs to it."""

import json

import pytest
from PySide6.QtGui import QGuiApplication

from db.cancel import CancelToken
from db.exchange.messages import incoming_message
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.named_files import files_of_task
from db.query import TaskQuery
from db.records import Block, Kind
from db.vocabulary import Part, Role, Status

RAW = {
    "title": "Split the lexer",
    "details": "See src/lexer.py, and https://example.org/a/b.html for either/or.",
    "files": ["src/parser.py", "Makefile"],
    "attachments": [{"name": "screen shot.png", "type": "image/png"}],
}


@pytest.fixture
def task(storage):
    """A task of a file, with a run and a conversation that name files too."""
    raw = json.dumps(RAW)
    staging = storage.stage("Import tasks.json")
    staging.begin_file(name="tasks.json", path="/t", format_name="test", origin="test:1")
    staging.add_batches([IncomingBatch(external_id="b", title="Made")])
    staging.add_tasks(
        [
            IncomingTask(
                external_id="t",
                title="Split the lexer",
                status=Status.QUEUED,
                batch="b",
                description=RAW["details"],
                raw=raw,
                offset=0,
                length=len(raw),
            )
        ]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.EXECUTION,
                external_id="r",
                title="Try",
                refs={"task": "t"},
                description="Changed src/parser.py and ./docs/read me.md",
                fields={"turn": 1, "status": Status.SUCCEEDED},
            )
        ]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.CONVERSATION, external_id="c", title="Talk", refs={"task": "t"}
            )
        ]
    )
    staging.add_records(
        [
            incoming_message(
                "m",
                conversation="c",
                parent=None,
                position=0,
                role=Role.ASSISTANT,
                blocks=[
                    Block(
                        type=Part.TOOL_CALL,
                        name="Edit",
                        call_id="1",
                        text='{"file_path": "/home/u/src/lexer.py", "old": "C:\\\\a\\\\b.txt"}',
                    )
                ],
                created_at=1_700_000_000_000_000,
            )
        ]
    )
    staging.end_file(sha256="0" * 64, size=len(raw))
    staging.commit()
    return storage.ids(TaskQuery())[0]


def test_files_are_named_by_a_task_its_runs_and_its_conversations(storage, task):
    found = files_of_task(storage, task, CancelToken())

    assert [(file.path, file.times, file.kind) for file in found.files] == [
        ("src/lexer.py", 1, Kind.TASK),
        ("src/parser.py", 2, Kind.TASK),
        ("Makefile", 1, Kind.TASK),
        ("screen shot.png", 1, Kind.TASK),
        ("/home/u/src/lexer.py", 1, Kind.MESSAGE),
        ("C:\\a\\b.txt", 1, Kind.MESSAGE),
    ]
    assert found.is_whole


@pytest.fixture
def files(qtbot, pane, open_record, task):
    """The tab, once it lists what there is."""
    open_record(Kind.TASK, task)
    pane.tabs.open("Files")
    view = pane.tabs.view("Files")
    qtbot.waitUntil(lambda: view.table.model().rowCount() > 0)
    return view


def test_the_paths_are_listed_and_copied(files):
    files.table.selectRow(1)
    files.copy_path.click()

    assert QGuiApplication.clipboard().text() == "src/parser.py"
    cells = [files.table.model().index(1, column).data() for column in range(3)]
    assert cells == ["src/parser.py", "2", "Task"]
    assert "tasks.json" in files.origin.text()
    assert not files.table.horizontalScrollBar().isVisible()


def test_from_a_path_one_goes_to_what_names_it(qtbot, pane, files):
    files.table.selectRow(4)
    with qtbot.waitSignal(pane.record_chosen) as chosen:
        files.go.click()
    assert chosen.args[0] is Kind.MESSAGE


def test_from_the_files_one_goes_to_the_original(qtbot, pane, files):
    files.show_original.click()
    qtbot.waitUntil(lambda: pane.tabs.name == "Original")


def test_a_task_that_names_no_file_says_so(qtbot, pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    pane.tabs.open("Files")
    view = pane.tabs.view("Files")
    qtbot.waitUntil(lambda: view.note.text().startswith("Neither"))
    assert not view.table.isVisible()
    assert view.origin.text() == "It was made in Sheaf: there is no original file."


def test_what_is_said_of_no_files_stands_together(qtbot, pane, open_record, make_task):
    open_record(Kind.TASK, make_task())
    pane.tabs.open("Files")
    view = pane.tabs.view("Files")
    qtbot.waitUntil(lambda: view.note.text().startswith("Neither"))
    view.layout().activate()
    gap = view.origin.geometry().top() - view.note.geometry().bottom()
    assert gap <= 2 * view.layout().spacing()
    assert view.origin.height() <= view.origin.heightForWidth(view.origin.width()) + gap
