"""What an operation did is told beside the list of operations."""

import msgspec

from db.incoming import ImportReport
from db.records import OperationRecord, OperationState
from desktop_app.detail.operation_view import OperationView


def an_import(**report):
    return OperationRecord(
        pk=1,
        id="1",
        verb="import",
        title="Import a.jsonl",
        actor="person",
        state=OperationState.DONE,
        started_at=1,
        report=msgspec.json.encode(ImportReport(**report)).decode(),
    )


def test_an_import_tells_all_that_its_report_does(shown, workspace):
    view = shown(OperationView(workspace))
    view.show_operation(
        an_import(
            files=["a.jsonl", "b.jsonl"],
            new={"task": 2},
            unfinished=["a.jsonl"],
            without_originals=["b.jsonl"],
            passed_over=["package.json"],
            overwritten={"task": 3, "bug": 1},
            overwritten_examples=["One", "Two"],
        )
    )
    assert view.facts["Files"] == "a.jsonl\nb.jsonl"
    assert view.facts["Unfinished, last line left out"] == "a.jsonl"
    assert view.facts["Without its originals"] == "b.jsonl"
    assert view.facts["Passed over"] == "package.json"
    assert view.facts["Edits overwritten"] == "3 tasks and 1 bug\nOne\nTwo\nand 2 more"


def test_what_a_report_does_not_have_is_not_told(shown, workspace):
    view = shown(OperationView(workspace))
    view.show_operation(an_import(files=["a.jsonl"], new={"task": 2}))
    assert set(view.facts) == {"State", "When", "By", "File", "New"}
