"""How an import reads: before it, while it is read, and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from db.errors import MalformedFileError, RefusedRecordsError, SheafError
from db.exchange.asking import failure_words
from db.exchange.formats.base import formats
from db.incoming import Committing, ImportReport, Progress
from db.maintenance.manifest import Backup
from desktop_app.look import text
from desktop_app.models.operations import numbers_of, records_words

EXAMPLES: Final = 3
EXAMPLE_CHARACTERS: Final = 80
_CERTAIN: Final = 0.9
_LIKELY: Final = 0.5
_PATIENCE_S: Final = 3
"""So long it takes until the time left can be told."""


def format_title(name: str) -> str:
    """Return what a person calls a format."""
    found = formats().get(name)
    return name if found is None else found.title


def sure_words(sure: float) -> str:
    """Return in words how well a format fits a file, from 0 to 1."""
    if sure >= _CERTAIN:
        return "Certain"
    if sure >= _LIKELY:
        return "Likely"
    return "A guess" if sure > 0 else "It does not look like it"


def headline(report: ImportReport) -> str:
    """Return which files an import is about, and what they are."""
    names = ", ".join(format_title(each) for each in dict.fromkeys(report.formats))
    files = report.files[0] if len(report.files) == 1 else f"{len(report.files):,} files"
    return f"{files} ({names})"


def effect(report: ImportReport) -> str:
    """Return in numbers what an import makes, changes, or else sets aside."""
    made = records_words(added(report.new, report.changed))
    return made or text.counted(report.set_aside, "record", "records")


def button_words(report: ImportReport, undecided: int) -> str:
    """Return what the button that imports says: what it does, or what is missing first."""
    if undecided:
        return f"{text.counted(undecided, 'conflict', 'conflicts')} to decide"
    if not report.effective:
        return f"Set {text.counted(report.set_aside, 'record', 'records')} aside"
    return f"Import {records_words(added(report.new, report.changed))}"


_NUMBERS: Final = (
    ("New", "new"),
    ("Changed", "changed"),
    ("Identical", "identical"),
    ("Older", "older"),
    ("Repeated", "repeated"),
    ("As history", "earlier"),
    ("Yours stay", "kept"),
    ("Yours go", "overwritten"),
    ("To decide", "undecided"),
)


def numbers(report: ImportReport) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Yield what an import finds, and how much of it by kind."""
    for title, name in _NUMBERS:
        counts: dict[str, int] = getattr(report, name)
        if any(counts.values()):
            yield title, counts


def sentence(report: ImportReport) -> str:
    """Return all that is to be said of an import before it is decided."""
    said = [f"In it: {numbers_of(report)}.", *notes(report)]
    if report.examples:
        said.append(f"Among them {_quoted(report.examples)}.")
    return " ".join(said)


def notes(report: ImportReport) -> Iterator[str]:
    """Yield what the numbers of an import do not say, as sentences."""
    if report.undecided:
        records = text.counted(sum(report.undecided.values()), "record was", "records were")
        yield f"{records} changed here and in the file: choose which side wins."
    if report.set_aside:
        records = text.counted(report.set_aside, "record", "records")
        yield f"{records} that cannot be used would be set aside, to be mended."
    yield from _overwritten(report)
    if any(report.older.values()):
        yield "What is older in the file than here stays as it is."
    if any(report.repeated.values()):
        yield "Of what a file repeats, the latest of each is kept."
    if any(report.earlier.values()):
        yield "Earlier states of a record in the file become its history."
    yield from about_files(report)
    if report.updates_origin and report.effective:
        yield _known_words(report)
    if not (report.effective or report.kept or report.set_aside or report.undecided):
        yield "There is nothing to import: all of it is here already."


def cost(grown: int, backup: Backup | None) -> Iterator[str]:
    """Yield how much room an import takes here, and what was backed up before it."""
    if grown > 0:
        yield f"It takes about {text.size(grown)} here."
    if backup is not None:
        yield f"The latest backup before it is of {text.local_time(backup.manifest.made_at)}."


def about_files(report: ImportReport) -> Iterator[str]:
    """Yield which files, or parts of them, were left out, and why."""
    if report.unfinished:
        names = _named(report.unfinished)
        yield f"The last line is not finished, and left out, of {names}."
    if report.without_originals:
        yield "The kept originals it speaks of are not inside a dump."
    if report.passed_over:
        yield f"Passed over, as they hold no list of records: {_named(report.passed_over)}."
    for why in sorted({*report.skipped.values()}):
        names = [name for name, each in report.skipped.items() if each == why]
        yield f"Passed over, as {why}: {_named(names)}."
    if report.unreadable:
        names = [each.file for each in report.unreadable]
        yield f"Passed over, as they cannot be read: {_named(names)}."
    if report.vanished:
        yield f"Passed over, as they are gone by now: {_named(report.vanished)}."
    yield from failure_words(report.failed_formats)


def _known_words(report: ImportReport) -> str:
    number, known = len(report.files), report.files_known
    if number == 1:
        return "It is a newer state of a file that was imported before."
    some = "All" if known == number else f"{known:,}"
    return f"{some} of the {number:,} files {'was' if known == 1 else 'were'} imported before."


def _named(files: Sequence[str]) -> str:
    return ", ".join(map(one_line, files[:EXAMPLES])) + _more(len(files))


def _overwritten(report: ImportReport) -> Iterator[str]:
    number = sum(report.overwritten.values())
    if number:
        records = text.counted(number, "record", "records")
        titles = _quoted(report.overwritten_examples) + _more(number)
        yield f"{records} you edited since would be overwritten: {titles}."


def _quoted(titles: Sequence[str]) -> str:
    return ", ".join(f"“{one_line(title)}”" for title in titles[:EXAMPLES])


def _more(number: int) -> str:
    return f" and {number - EXAMPLES:,} more" if number > EXAMPLES else ""


def one_line(title: str) -> str:
    """Return a title, or the beginning of a long one, on one line."""
    words = " ".join(title.split())
    is_long = len(words) > EXAMPLE_CHARACTERS
    return words[: EXAMPLE_CHARACTERS - 1].rstrip() + "…" if is_long else words


def added(*counts: Mapping[str, int]) -> Counter[str]:
    """Return numbers by kind, added up."""
    return sum(map(Counter, counts), Counter[str]())


def progress_words(progress: Progress | Committing, passed_s: float) -> str:
    """Return how far it is after some seconds, how fast, and how long it takes yet."""
    if isinstance(progress, Committing):
        records = progress.done
        all_of_them = text.counted(progress.total, "record", "records")
        said = [f"{text.count(records)} of {all_of_them}"]
    else:
        records = progress.records
        of = f" of {text.size(progress.total)}" if progress.total else ""
        said = [
            f"{text.size(progress.done)}{of}",
            text.counted(records, "record", "records"),
        ]
    if passed_s >= _PATIENCE_S and progress.done:
        said.append(f"{text.count(int(records / passed_s))} records a second")
        left_s = (progress.total - progress.done) * passed_s / progress.done
        if progress.total:
            said.append(f"about {text.duration(int(max(1.0, left_s)) * 1_000_000)} left")
    return ", ".join(said)


def refusal_headline(title: str, error: SheafError) -> str:
    """Return in a few words that files cannot be imported as they are."""
    if isinstance(error, RefusedRecordsError):
        return error.headline.removesuffix(".")
    if isinstance(error, MalformedFileError):
        return f"{error.path or title} cannot be used as it is"
    return error.what


def refusal_sentence(error: SheafError) -> str:
    """Return what is safe and what can be done; the places at fault are in a table."""
    is_placed = isinstance(error, MalformedFileError) and error.has_place
    if is_placed or isinstance(error, RefusedRecordsError):
        return (
            f"{error.safe} Mend it at these places and read it again, or set aside what"
            " cannot be used and import the rest."
        )
    return f"{error.safe} {error.advice}"
