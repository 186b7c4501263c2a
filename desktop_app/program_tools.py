"""What the program shows when asked to, and needs no code for until then."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from desktop_app.actions.ids import ActionId
from desktop_app.actions.palette import Entry, Palette
from desktop_app.background import Background
from desktop_app.cli.versions import tell_versions
from desktop_app.diagnostics.bundle_dialog import BundleDialog
from desktop_app.dialogs.about import AboutDialog
from desktop_app.dialogs.settings import SettingsDialog
from desktop_app.dialogs.shortcuts import ShortcutsDialog
from desktop_app.look.theme import current_theme
from desktop_app.main_window import MainWindow
from desktop_app.maintenance.damaged_dialog import (
    DamagedDialog,
    salvage_command,
)
from desktop_app.maintenance.only_read_desk import OnlyReadDesk
from desktop_app.maintenance.past_desk import PastDesk
from desktop_app.maintenance.salvaged import SalvagedDialog, lost_words, saved_words
from desktop_app.sample_desk import SampleDesk

__all__ = [
    "DamagedDialog",
    "OnlyReadDesk",
    "PastDesk",
    "SalvagedDialog",
    "SampleDesk",
    "lost_words",
    "open_about",
    "open_diagnostics",
    "open_palette",
    "open_settings",
    "open_shortcuts",
    "salvage_command",
    "saved_words",
]


def open_palette(window: MainWindow) -> None:
    """Offer every action that makes sense now, by name."""
    registry = window.registry
    palette = Palette(window, "Commands", "Type a command")
    entries: dict[str, Entry] = {}
    for spec in registry.specs():
        action, title = registry[spec.id], registry.title(spec.id)
        if action.isEnabled() and spec.id is not ActionId.PALETTE:
            # What reads like one before it does the same.
            entry = Entry(
                title, registry.shortcut(spec.id), action.trigger, spec.section, spec.also
            )
            entries.setdefault(title, entry)
    palette.set_entries([*entries.values()])
    palette.open()


def open_shortcuts(window: MainWindow) -> None:
    """Show the keys of every action."""
    ShortcutsDialog(window.registry.sheet(), window).open()


def open_settings(window: MainWindow, page_size: int, folders: str) -> SettingsDialog:
    """Show the settings; the dialog returned tells what is chosen in it."""
    dialog = SettingsDialog(
        current_theme().scheme,
        page_size,
        sign_keys=window.registry.signs_act,
        folders=folders,
        parent=window,
    )
    dialog.folders.setEnabled(window.registry[ActionId.WATCH].isEnabled())
    dialog.open()
    return dialog


def open_diagnostics(
    window: MainWindow, background: Background[Any], settings: Mapping[str, object]
) -> None:
    """Show what a bundle for whoever mends the program would hold, and offer to save it."""
    dialog = BundleDialog(background, settings, window)
    dialog.saved.connect(lambda path: window.toast.show_message(f"Saved {path.name}"))
    dialog.open()


def open_about(window: MainWindow) -> None:
    """Show the versions of Sheaf and its libraries."""
    AboutDialog(tuple(tell_versions(Namespace()).document.items()), window).open()
