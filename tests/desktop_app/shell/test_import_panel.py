from db.incoming import ImportReport
from desktop_app.import_panel import EXAMPLE_CHARACTERS, ImportPanel


def test_edits_that_would_be_lost_are_counted_and_named(shown):
    panel = shown(ImportPanel(), 600, 200)
    report = ImportReport(
        files=["tasks.json"],
        formats=["taskmaster"],
        changed={"task": 7},
        overwritten={"task": 4, "bug": 1},
        overwritten_examples=["One", "Two", "Three", "Four"],
    )
    panel.show_report(report, lambda: None, lambda: None)
    said = "5 records you edited since would be overwritten: “One”, “Two”, “Three” and 2 more."
    assert said in panel.sentence


def test_examples_are_one_short_line_each(shown):
    panel = shown(ImportPanel(), 600, 200)
    review = "Please review this file.\n\n" + "def parse(source):\n    return source\n" * 90
    report = ImportReport(
        files=["batch.jsonl"],
        formats=["openai"],
        new={"task": 2},
        examples=[review, "Split\nthe  lexer"],
    )
    panel.show_report(report, lambda: None, lambda: None)
    first, second = panel.sentence.split("Among them ")[1].split(", ")
    assert second == "“Split the lexer”."
    assert first.startswith("“Please review this file. def parse(source):")
    assert first.endswith("…”")
    assert "\n" not in panel.sentence
    assert len(first) <= EXAMPLE_CHARACTERS + 2
