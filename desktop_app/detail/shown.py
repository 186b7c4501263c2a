"""A record to act on because it is shown, whatever is chosen in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.records import AnyRecord, Kind, Place, kind_of

if TYPE_CHECKING:
    from desktop_app.detail.pane import DetailPane


class ShownRecord:
    """The record in a pane, with what is asked of a page where records are chosen."""

    chosen_count = 1

    def __init__(self, record: AnyRecord, pane: DetailPane) -> None:
        self.chosen_record: AnyRecord = record
        self.pane = pane

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return kind_of(self.chosen_record)

    @property
    def choice(self) -> tuple[int, ...]:
        """Its pk."""
        return (self.chosen_record.pk,)

    @property
    def chosen_place(self) -> Place:
        """Where it is kept."""
        return self.chosen_record.place
