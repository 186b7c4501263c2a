"""Opening what a search found: at the match, where the record can show one."""

from __future__ import annotations

from db.records import Hit, Kind, MessageRecord
from db.terms import Terms
from desktop_app.detail.pane import DetailPane
from desktop_app.reading.thread_message import MessageView


def preview_hit(pane: DetailPane, hit: Hit, terms: Terms) -> None:
    """Show the record of a hit in a pane, the matches in its text marked."""
    _expect(pane, hit.kind, hit.record.pk, terms)
    pane.show_match(hit.kind, hit.record.pk, terms)


def show_found(pane: DetailPane, kind: Kind, pk: int, terms: Terms) -> None:
    """Show a record of a list, and mark what the list was searched for, if it was."""
    if terms.alternatives:
        _expect(pane, kind, pk, terms)
    pane.show_found(kind, pk, terms)


def _expect(pane: DetailPane, kind: Kind, pk: int, terms: Terms) -> None:
    """Let a message be shown with its matches marked."""
    view = pane.tabs.view("Message") if kind is Kind.MESSAGE else None
    if isinstance(view, MessageView):
        view.show_message(pk, terms)


def open_hit(pane: DetailPane, hit: Hit, terms: Terms) -> None:
    """Show a hit in a pane: a message in its conversation, all else as `preview_hit` does."""
    record = hit.record
    if isinstance(record, MessageRecord):
        pane.go_to_message(record.conversation_pk, record.pk, terms)
    else:
        pane.show_match(hit.kind, record.pk, terms)
