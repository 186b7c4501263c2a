"""Files of bugs and of learnings, as agents leave them behind."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import Review, Severity, Status
from tests.db.exchange.kinds import details_of
from tests.db.factories import (
    SHARED,
    batches_of,
    faults,
    import_files,
    opened,
    write_json,
)

MADE = "2026-01-16T09:30:15.193450Z"
BUG = {
    "id": "BUG-001",
    "title": "It leaks",
    "description": "Below the line",
    "type": "reliability",
    "severity": "critical",
    "component": "Hull",
    "reproduction": "Go to sea",
    "expected_behavior": "Dry",
    "actual_behavior": "Wet",
    "impact": "It sinks",
    "recommendation": "Caulk it",
    "agent": "mate",
    "created_at": MADE,
}
TEMPLATE = {"id": "BUG-XXX", "title": "Title", "severity": "critical|low"}


def test_entries_become_bugs(storage, tmp_path):
    entries = [BUG, {**BUG, "id": "", "severity": "odd", "status": "fixed"}]
    content = {"template": TEMPLATE, "entries": entries}

    report = import_files(storage, write_json(tmp_path / "hull.json", content))

    assert report.formats == ["findings"]
    assert report.new == {"batch": 1, "bug": 2}
    bugs = details_of(storage, Kind.BUG)
    bug, odd = bugs["BUG-001"], bugs["#2"].record
    assert (bug.record.title, bug.record.severity) == ("It leaks", Severity.CRITICAL)
    assert (bug.record.status, bug.record.batch_title) == (Status.QUEUED, "hull")
    assert bug.record.created_at == bug.record.updated_at == parse_time(MADE)
    assert bug.texts == {"steps": "Go to sea", "proposed_fix": "Caulk it"}
    assert bug.description.startswith("Below the line\n\n## Expected\n\nDry")
    assert bug.description.endswith("## Found by\n\nmate")
    assert json.loads(bug.raw) == BUG
    assert (odd.severity, odd.status_word) == (Severity.MEDIUM, "fixed")


def test_sentences_become_learnings_to_be_reviewed(storage, tmp_path):
    content = {"summary": "A voyage", "learnings": ["Reef early\nand often", "Mind the tide"]}

    report = import_files(storage, write_json(tmp_path / "log.json", content))

    assert (report.formats, report.new) == (["findings"], {"batch": 1, "learning": 2})
    first = details_of(storage, Kind.LEARNING)["#1"]
    assert (first.record.title, first.description) == ("Reef early", "Reef early\nand often")
    assert (first.record.review, first.record.confidence) == (Review.PENDING, 0.5)
    (batch,) = batches_of(storage)
    assert storage.batches.get(batch.pk).description == "A voyage"
    assert import_files(storage, tmp_path / "log.json").effective == 0


def test_what_stands_around_the_list_is_kept_with_the_batch(storage, tmp_path):
    content = {"template": TEMPLATE, "entries": [BUG], "x": 1}

    import_files(storage, write_json(tmp_path / "hull.json", content))

    (batch,) = batches_of(storage)
    assert json.loads(storage.batches.get(batch.pk).raw) == {**content, "entries": []}


@pytest.mark.parametrize(
    "content",
    [
        {"entries": [{"id": 1, "title": "A page", "severity": "none"}]},
        {"learnings": [{"title": "One"}]},
        {"learnings": [], "items": [{"title": "One"}]},
    ],
)
def test_other_lists_are_not_taken(storage, tmp_path, content):
    assert import_files(storage, write_json(tmp_path / "a.json", content)).formats == [
        "generic"
    ]


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("bugs_findings/*.json")), ids=lambda path: path.name
)
def test_a_real_file_of_bugs_is_read_whole(path):
    entries = json.loads(path.read_bytes())["entries"]
    with opened() as storage:
        assert import_files(storage, path).formats == ["findings"]

        assert set(details_of(storage, Kind.BUG)) == {entry["id"] for entry in entries}
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
