"""What a person chooses for an import before it is read again that way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange import mapping as mappings
from db.exchange.choices import Decision, ImportChoices
from db.exchange.mapping import Rows
from db.exchange.surveying import Surveyed, preview, survey
from db.incoming import BadRecords, Conflicts, Duplicates, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import Kind
from desktop_app.detail.files import write_whole
from desktop_app.import_sources import ImportSource
from desktop_app.latest import Latest
from desktop_app.workspace import Workspace


class Shape(Struct, frozen=True):
    """Objects of unknown shape: the first file with them, and how they are to be read."""

    digest: str
    file: Surveyed
    mapping: mappings.Mapping
    is_known: bool

    @property
    def rows(self) -> Rows:
        """The first of the objects."""
        return self.file.rows


class Draft(QObject):
    """The choices for one source, and what its files are.

    `surveyed` says that the files were looked at, `failed` carries why they cannot be;
    `previewed` carries the first records as a mapping makes them, `first_read` those of a
    file in whatever format.
    """

    surveyed = Signal()
    failed = Signal(object)
    previewed = Signal(object)
    mapping_saved = Signal()
    first_read = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._background = workspace.background
        self._looking = Latest(workspace.background, self)
        self._previewing = Latest(workspace.background, self)
        self._sampling = Latest(workspace.background, self)
        self._source = ImportSource()
        self.choices = ImportChoices()
        self.files: Sequence[Surveyed] | None = None
        self.shapes: Sequence[Shape] = ()
        self.mapping_file: Path | None = None

    def start(self, source: ImportSource, choices: ImportChoices) -> None:
        """Begin anew with a source that was read with some choices."""
        if source is not self._source:
            self._looking.cancel()
            self.files, self.shapes, self.mapping_file = None, (), None
        self._source, self.choices = source, choices

    @property
    def decisions(self) -> dict[tuple[Kind, int], Conflicts]:
        """Who wins for which record, as far as it was decided by hand."""
        return dict(self.choices.decided)

    @property
    def rows_of_shapes(self) -> Mapping[str, Rows]:
        """The first objects of each shape for which a mapping was chosen."""
        chosen = self.choices.mappings
        return {each.digest: each.rows for each in self.shapes if each.digest in chosen}

    @property
    def unmapped(self) -> Sequence[Shape]:
        """The shapes of which nobody has said yet how they are to be read."""
        chosen = self.choices.mappings
        return [each for each in self.shapes if not (each.is_known or each.digest in chosen)]

    def look(self) -> None:
        """Look at the files, which may take a moment where they are many."""
        source, chosen = self._source, self.choices.formats

        def work(storage: Storage, token: CancelToken) -> object:
            with source.opened() as sources:
                files = survey(sources, token, chosen)
            return files, _shapes(storage, files)

        self._looking.ask(work, self._take_survey, self.failed.emit)

    def choose_policy(self, policy: BadRecords | Conflicts | Duplicates) -> None:
        """Let another policy decide; one for conflicts decides about all of them."""
        if isinstance(policy, BadRecords):
            self.choices = replace(self.choices, bad_records=policy)
        elif isinstance(policy, Duplicates):
            self.choices = replace(self.choices, duplicates=policy)
        else:
            self.choices = replace(self.choices, conflicts=policy, decisions=())

    def choose_formats(self, formats: dict[str, str]) -> None:
        """Read some files in formats chosen by hand, and look at them again."""
        self.choices = replace(self.choices, formats=formats)
        self.look()

    def decide(self, kind: Kind, pk: int, winner: Conflicts) -> None:
        """Decide which side wins for one record."""
        decided = {**self.decisions, (kind, pk): winner}
        self.choices = replace(
            self.choices,
            decisions=tuple(Decision(k.word, at, who) for (k, at), who in decided.items()),
        )

    def choose_mapping(self, place: int, mapping: mappings.Mapping) -> None:
        """Read the objects of one shape by another mapping, and show what comes of it."""
        shape = self.shapes[place]
        chosen = {**self.choices.mappings, shape.digest: mapping}
        self.choices = replace(self.choices, mappings=chosen)
        self.show_preview(place)

    def mapping_of(self, place: int) -> mappings.Mapping:
        """Return how the objects of one shape are to be read."""
        shape = self.shapes[place]
        return self.choices.mappings.get(shape.digest, shape.mapping)

    def confirm_mappings(self) -> None:
        """Take the mappings that were proposed, and seen, as chosen."""
        proposed = {each.digest: each.mapping for each in self.shapes}
        self.choices = replace(self.choices, mappings={**proposed, **self.choices.mappings})

    def show_preview(self, place: int) -> None:
        """Make the first records of one shape."""
        source, file = self._source, self.shapes[place].file
        mapping = self.mapping_of(place)

        def work(_storage: Storage, _token: CancelToken) -> list[IncomingTask | IncomingRecord]:
            with source.opened() as sources:
                found = next(each for each in sources if each.name == file.name)
                return preview(found, file.format_name, mapping)

        self._previewing.ask(work, self.previewed.emit, self.failed.emit)

    def show_first(self, file: Surveyed) -> None:
        """Read the first records of a file, or none where it cannot be read."""
        source = self._source
        format_name = self.choices.formats.get(file.name, file.format_name)
        digest = mappings.digest(file.rows) if file.rows else ""
        known = {each.digest: each.mapping for each in self.shapes} | self.choices.mappings
        mapping = known.get(digest)

        def work(_storage: Storage, _token: CancelToken) -> list[IncomingTask | IncomingRecord]:
            with source.opened() as sources:
                found = next(each for each in sources if each.name == file.name)
                return preview(found, format_name, mapping)

        def fail(_error: SheafError) -> None:
            self.first_read.emit([])

        if format_name:
            self._sampling.ask(work, self.first_read.emit, fail)
        else:
            self.first_read.emit([])

    def save_mapping(self, place: int, path: Path) -> None:
        """Write the mapping of one shape to a file for the command."""
        mapping = self.mapping_of(place)

        def done(_nothing: None) -> None:
            self.mapping_file = path
            self.mapping_saved.emit()

        self._background.read(
            lambda _storage, _token: write_whole(path, [mappings.write_mapping(mapping)]),
            done,
            self.failed.emit,
        )

    def _take_survey(self, found: tuple[Sequence[Surveyed], Sequence[Shape]]) -> None:
        self.files, self.shapes = found
        self.surveyed.emit()


def _shapes(storage: Storage, files: Sequence[Surveyed]) -> Sequence[Shape]:
    """Return the different shapes of objects in some files, each with a mapping."""
    found: dict[str, Shape] = {}
    for file in files:
        if not file.rows or (digest := mappings.digest(file.rows)) in found:
            continue
        kept, is_sure = mappings.remembered(storage, file.rows), mappings.is_sure(file.rows)
        mapping = kept or mappings.proposed(file.rows, by_values=not is_sure)
        found[digest] = Shape(digest, file, mapping, is_sure or kept is not None)
    return tuple(found.values())
