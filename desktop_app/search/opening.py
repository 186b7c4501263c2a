"""Opening what a search found: at the match, where the record can show one."""

from __future__ import annotations

from db.records import Hit, Kind, MessageRecord
from db.terms import Terms
from desktop_app.detail.pane import DetailPane
from desktop_app.reading.run_view import RunView
from desktop_app.reading.thread_message import MessageView


def preview_hit(pane: DetailPane, hit: Hit, terms: Terms) -> None:
    """Show the record of a hit in a pane; in a message the matches are marked."""
    view = pane.tabs.view("Message") if hit.kind is Kind.MESSAGE else None
    if isinstance(view, MessageView):
        view.show_message(hit.record.pk, terms)
    pane.show_record(hit.kind, hit.record.pk)


def open_hit(pane: DetailPane, hit: Hit, terms: Terms) -> None:
    """Show a hit in a pane: a message in its conversation, a run's text with the matches."""
    record = hit.record
    if isinstance(record, MessageRecord):
        pane.go_to_message(record.conversation_pk, record.pk, terms)
        return
    if hit.kind is Kind.EXECUTION:
        pane.tabs.choose(Kind.EXECUTION, "Text")
    pane.show_record(hit.kind, record.pk)
    view = pane.tabs.view("Text")
    if hit.kind is Kind.EXECUTION and isinstance(view, RunView):
        view.show_match(terms)
