import shlex
from pathlib import Path

import pytest

from db.exchange.choices import Decision, ImportChoices
from db.exchange.mapping import Mapping
from db.incoming import BadRecords, Conflicts, Duplicates
from desktop_app.cli.grammar import read_arguments
from desktop_app.import_sources import ImportSource
from desktop_app.import_wizard.command_line import (
    command_for,
    copied_words,
    needs_mapping_file,
)

FILES = ImportSource((Path("/a/it's here.json"), Path("/b")))


def said(choices, files=2, **options):
    return command_for(FILES, choices, files, "sqlite:///w.sheaf", **options)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (ImportChoices(), ""),
        (ImportChoices(format_name="beads"), "--format beads"),
        (ImportChoices(formats={"a": "beads", "b": "beads"}), "--format beads"),
        (ImportChoices(conflicts=Conflicts.MINE), "--on-conflict mine"),
        (
            ImportChoices(
                decisions=(Decision("task", 1, Conflicts.BOTH),), conflicts=Conflicts.NEWER
            ),
            "--on-conflict both",
        ),
        (ImportChoices(bad_records=BadRecords.SET_ASIDE), "--bad-records set-aside"),
        (ImportChoices(duplicates=Duplicates.BOTH), "--duplicates both"),
    ],
)
def test_the_line_says_what_was_chosen(choices, words):
    line = said(choices)

    options = f"{words} " if words else ""
    assert line == (
        f"sheaf --storage sqlite:///w.sheaf import {options}"
        + shlex.join(map(str, FILES.paths))
    )
    assert read_arguments(shlex.split(line)[1:]).paths == ["/a/it's here.json", "/b"]


@pytest.mark.parametrize(
    "choices",
    [
        ImportChoices(formats={"a": "beads"}),
        ImportChoices(formats={"a": "beads", "b": "generic"}),
        ImportChoices(
            decisions=(
                Decision("task", 1, Conflicts.MINE),
                Decision("task", 2, Conflicts.THEIRS),
            )
        ),
    ],
)
def test_there_is_no_line_for_what_was_chosen_of_single_files_and_records(choices):
    assert said(choices) is None


def test_a_mapping_that_was_saved_is_named():
    choices = ImportChoices(mappings={"digest": Mapping()})

    assert "--map" not in said(choices)
    assert "--map '/m y.json'" in said(choices, mapping_file=Path("/m y.json"))


def test_text_comes_from_standard_input():
    line = command_for(ImportSource(text="[]"), ImportChoices(), 1, "memory:")

    assert line == "sheaf --storage memory: import -"


def test_it_is_said_what_the_command_needs_besides():
    pasted = ImportSource(text="[]")
    choices = ImportChoices(mappings={"digest": Mapping()})
    line = command_for(pasted, choices, 1, "memory:")

    said = copied_words(pasted, choices, line)

    assert "standard input" in said
    assert "remembers" in said
    assert needs_mapping_file(choices, None)
    assert not needs_mapping_file(choices, Path("/m.json"))
    assert copied_words(FILES, ImportChoices(), "sheaf import x") == "Copied: sheaf import x"
