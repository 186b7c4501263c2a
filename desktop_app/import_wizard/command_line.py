"""The command that does what a person chose in the wizard."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from pathlib import Path

from db.exchange.choices import ImportChoices
from db.incoming import BadRecords, Conflicts, Duplicates
from desktop_app.import_sources import ImportSource

UNSAYABLE = "What was chosen for single records or files cannot be said in one command."
MAPPING_NEEDED = "The command reads the mapping from a file. Where is it to be saved?"


def command_for(
    source: ImportSource,
    choices: ImportChoices,
    files: int,
    uri: str,
    mapping_file: Path | None = None,
) -> str | None:
    """Return the line for a shell, or None where there is none.

    `files` is how many were imported. `mapping_file` is where the mapping was saved; one
    that was not is kept in the storage, where the command finds it.
    """
    conflicts = _said_once(
        {each.winner for each in choices.decisions}, choices.conflicts, Conflicts.NEWER
    )
    format_name = _said_once(set(choices.formats.values()), choices.format_name or "", "")
    is_some_files = bool(choices.formats) and len(choices.formats) < files
    if conflicts is None or format_name is None or is_some_files:
        return None
    words = ["sheaf", "--storage", uri, "import"]
    if format_name:
        words += ["--format", format_name]
    if conflicts != Conflicts.NEWER:
        words += ["--on-conflict", conflicts]
    if choices.bad_records is not BadRecords.STOP:
        words += ["--bad-records", choices.bad_records.value]
    if choices.duplicates is not Duplicates.NEWEST:
        words += ["--duplicates", choices.duplicates.value]
    if len(choices.mappings) == 1 and mapping_file is not None:
        words += ["--map", str(mapping_file)]
    paths = [str(path) for path in source.paths] or ["-"]
    guard = ["--"] if any(path.startswith("-") and path != "-" for path in paths) else []
    return shlex.join([*words, *guard, *paths])


def needs_mapping_file(choices: ImportChoices, mapping_file: Path | None) -> bool:
    """Tell whether a mapping was chosen that no file holds."""
    return len(choices.mappings) == 1 and mapping_file is None


def copied_words(source: ImportSource, choices: ImportChoices, line: str) -> str:
    """Say what was copied, and what the command needs besides."""
    said = [f"Copied: {line}"]
    if not source.paths:
        said.append("It reads what was pasted from standard input.")
    if choices.mappings and "--map" not in shlex.split(line):
        said.append("The mapping is the one that this workspace remembers.")
    return " ".join(said)


def _said_once(exceptions: Collection[str], rule: str, usual: str) -> str | None:
    """Return the one word that says a rule and its exceptions, if one word does."""
    said = {*exceptions, *({rule} if rule != usual or not exceptions else ())}
    return said.pop() if len(said) == 1 else None
