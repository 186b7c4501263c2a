from pathlib import Path

import pytest

from db.errors import MalformedFileError, RefusedRecordsError
from db.exchange.importing import stage_import
from db.incoming import ImportReport, Progress
from desktop_app.import_sources import ImportSource
from desktop_app.import_wizard import words


def test_edits_that_would_be_lost_are_counted_and_named():
    report = ImportReport(
        files=["tasks.json"],
        formats=["taskmaster"],
        changed={"task": 7},
        overwritten={"task": 4, "bug": 1},
        overwritten_examples=["One", "Two", "Three", "Four"],
    )
    said = "5 records you edited since would be overwritten: “One”, “Two”, “Three” and 2 more."
    assert said in words.sentence(report)


def test_examples_are_one_short_line_each():
    review = "Please review this file.\n\n" + "def parse(source):\n    return source\n" * 90
    report = ImportReport(
        files=["batch.jsonl"],
        formats=["openai-batch"],
        new={"task": 2},
        examples=[review, "Split\nthe  lexer"],
    )
    first, second = words.sentence(report).split("Among them ")[1].split(", ")
    assert second == "“Split the lexer”."
    assert first.startswith("“Please review this file. def parse(source):")
    assert first.endswith("…”")
    assert "\n" not in first
    assert len(first) <= words.EXAMPLE_CHARACTERS + 2


def test_rate_and_time_left_are_told_once_they_can_be():
    progress = Progress(done=25_000_000, total=100_000_000, records=8_000, file="a.jsonl")
    assert words.progress_words(progress, 1.0) == "25 MB of 100 MB, 8,000 records"
    assert words.progress_words(progress, 10.0) == (
        "25 MB of 100 MB, 8,000 records, 800 records a second, about 30 s left"
    )


def test_the_button_carries_the_number():
    report = ImportReport(new={"task": 1204, "batch": 2}, changed={"task": 1})
    assert words.button_words(report, 0) == "Import 1,205 tasks in 2 batches"
    assert words.button_words(ImportReport(set_aside=3), 0) == "Set 3 records aside"
    assert words.button_words(report, 2) == "2 conflicts to decide"


def test_how_well_a_format_fits_is_told_in_words():
    assert [*map(words.sure_words, (0.97, 0.6, 0.1))] == ["Certain", "Likely", "A guess"]


def test_files_that_cannot_be_read_are_counted_as_files_and_have_no_place(storage, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.json").write_text("{ no JSON")
    with pytest.raises(RefusedRecordsError) as caught:
        stage_import(storage, [tmp_path])
    assert words.refusal_headline("1 folder", caught.value) == "3 files cannot be read"


def test_of_a_file_that_is_no_records_no_place_is_spoken_of(storage, tmp_path):
    path = tmp_path / "lone.json"
    path.write_text("42")
    with pytest.raises(MalformedFileError) as caught:
        stage_import(storage, [path])
    assert caught.value.advice == "Mend the file, then import it again."
    assert words.refusal_sentence(caught.value) == f"{caught.value.safe} {caught.value.advice}"


def test_what_was_chosen_together_is_not_called_files_where_it_may_be_folders():
    assert ImportSource((Path("a"), Path("b"))).title == "2 files or folders"
