"""The keys of parts of the window, which are no actions: for the sheet of keys."""

from __future__ import annotations

from typing import Final

PART_KEYS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Search field", "Go to the first row that was found", ("Down", "Return")),
    ("Search field", "Clear the text; once more, go back to the list", ("Esc",)),
    ("List", "Go to the details of the row", ("Return",)),
    ("List", "Add the row to what is selected, or take it out", ("Space",)),
    ("List", "Select nothing", ("Esc",)),
    ("Sidebar", "Show the page above or below", ("Up", "Down")),
    ("Sidebar", "Go into the page", ("Return",)),
    ("Filters", "Choose what to show", ("Return", "Space")),
    ("Filters", "Clear the filter", ("Del", "Backspace")),
    ("Everywhere", "Press the button that has the focus", ("Return", "Space")),
)
"""A part, what keys do in it, and the keys."""
