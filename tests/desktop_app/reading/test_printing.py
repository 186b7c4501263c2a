import re
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QPdfWriter
from PySide6.QtWidgets import QApplication, QFileDialog

from db.cancel import CancelToken
from db.exchange.messages import incoming_message
from db.incoming import IncomingRecord
from db.records import Block, Kind
from db.vocabulary import Part, Role
from desktop_app.main_window import MainWindow
from desktop_app.reading.page_printer import PagePrinter
from desktop_app.reading.printing import Printing
from desktop_app.reading.record_text import blocks_markdown, record_markdown
from desktop_app.window_state import WindowState


@pytest.fixture
def run(storage):
    task = storage.create(Kind.TASK, {"title": "Split the lexer"}).changed[Kind.TASK][0]
    fields = {
        "title": "Implement it",
        "task": storage.detail(Kind.TASK, task).record.id,
        "step": "implement",
        "decision": "needs changes",
        "description": "## Result\n\nIt works.",
    }
    return storage.create(Kind.EXECUTION, fields).changed[Kind.EXECUTION][0]


@pytest.fixture
def window(shown, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "window.ini"
    return shown(MainWindow(WindowState(path)), 900, 600)


@pytest.fixture
def printing(workspace, window):
    return Printing(workspace, window, window)


def pages_of(path):
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def texts_on(path):
    """Return how many stretches of text each page has, its number among them."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
    found = [zlib.decompress(part).count(b"\nBT") for part in parts if part[:1] == b"\x78"]
    return [number for number in found if number]


@pytest.fixture
def lines_on_pages(qtbot, tmp_path):
    """Print so many lines, each a paragraph; return how many texts are on each page."""

    def printed(lines):
        device = QPdfWriter(str(tmp_path / "lines.pdf"))
        device.setResolution(96)
        owner = QObject()
        printer = PagePrinter(device, "\n\n".join(["A line"] * lines), owner)
        with qtbot.waitSignal(printer.finished):
            assert printer.start()
        return texts_on(tmp_path / "lines.pdf")

    return printed


def test_no_page_has_nothing_but_its_number(lines_on_pages):
    pages = [lines_on_pages(lines) for lines in range(20, 60)]
    assert {len(each) for each in pages} == {1, 2}
    assert all(number > 1 for each in pages for number in each)


def test_a_record_is_its_title_its_facts_and_its_text(storage, run):
    words = record_markdown(storage, Kind.EXECUTION, run, CancelToken())
    assert words.startswith("# Implement it\n\n- ")
    assert "implement" in words
    assert words.endswith("## Result\n\nIt works.")


def test_a_bug_brings_all_of_its_long_texts(storage):
    fields = {"title": "It crashes", "description": "Often.", "steps": "1. Start"}
    bug = storage.create(Kind.BUG, fields).changed[Kind.BUG][0]
    words = record_markdown(storage, Kind.BUG, bug, CancelToken())
    assert words.endswith("Often.\n\n## Steps\n\n1. Start")


def test_a_conversation_is_printed_as_it_is_read_with_its_other_branches_below(storage):
    staging = storage.stage("Import talk.json")
    staging.begin_file(name="t", path="/t", format_name="test", origin="test:1")
    staging.add_records([IncomingRecord(kind=Kind.CONVERSATION, external_id="c", title="Talk")])
    said = [("0", None), ("1a", "0"), ("1b", "0"), ("2a", "1a"), ("2b", "1b"), ("empty", "2b")]
    staging.add_records(
        [
            incoming_message(
                name,
                conversation="c",
                parent=parent,
                position=place,
                role=Role.USER,
                blocks=[Block(type=Part.TEXT, text="" if name == "empty" else f"Say {name}")],
                title=f"Say {name}",
            )
            for place, (name, parent) in enumerate(said)
        ]
    )
    staging.end_file(sha256="", size=0)
    (pk,) = staging.commit().changed[Kind.CONVERSATION]

    words = record_markdown(storage, Kind.CONVERSATION, pk, CancelToken())

    lines = re.findall(r"^(?:Say .*|# Other.*|\*.*)$", words, re.MULTILINE)
    assert lines == [
        *("Say 0", "Say 1b", "Say 2b"),
        *("# Other branches", "*Instead of “Say 1b”:*", "Say 1a", "Say 2a"),
    ]
    assert words.count("## User") == 5


def test_calls_and_results_are_code_that_no_fence_within_ends():
    blocks = [
        Block(type=Part.TEXT, text="Look."),
        Block(type=Part.TOOL_CALL, name="Read", text='{"path": "a.md"}'),
        Block(type=Part.TOOL_RESULT, text="```\ncode\n```", is_error=True),
    ]
    assert blocks_markdown(blocks) == (
        'Look.\n\n**Tool call Read**\n\n```\n{"path": "a.md"}\n```\n\n'
        "**Tool result (error)**\n\n````\n```\ncode\n```\n````"
    )


def test_a_record_is_copied_as_markdown(qtbot, printing, run):
    QApplication.clipboard().setText("")
    printing.copy_as_markdown(Kind.EXECUTION, run)
    qtbot.waitUntil(lambda: QApplication.clipboard().text().startswith("# Implement it"))


def test_a_long_record_fills_as_many_pages_as_it_needs(qtbot, printing, tmp_path):
    path = tmp_path / "run.pdf"
    printing.write_pdf(path, "# Title\n\n" + "A paragraph of some words.\n\n" * 1_000)
    qtbot.waitUntil(path.exists, timeout=20_000)
    assert path.read_bytes().startswith(b"%PDF")
    assert pages_of(path) in {32, 33, 34}
    assert [file.name for file in tmp_path.iterdir()] == ["run.pdf"]


def test_a_print_that_is_cancelled_leaves_no_file(qtbot, printing, tmp_path):
    path = tmp_path / "run.pdf"
    printing.write_pdf(path, "A paragraph of some words.\n\n" * 20_000)
    printing._printer.cancel()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said(qtbot, printing, window, tmp_path):
    printing.write_pdf(tmp_path / "missing" / "run.pdf", "Words")
    qtbot.waitUntil(lambda: not window.ribbon.isHidden() and "written" in window.ribbon.text)
    assert "could not be written" in window.ribbon.text


def test_a_pdf_is_to_be_called_as_the_record_is(qtbot, printing, storage, window):
    fields = {"title": 'Split: the "lexer"/parser'}
    task = storage.create(Kind.TASK, fields).changed[Kind.TASK][0]
    printing.save_as_pdf(Kind.TASK, task)
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)
    assert [Path(file).name for file in dialog.selectedFiles()] == [
        "Split the lexer parser.pdf"
    ]
    dialog.reject()
