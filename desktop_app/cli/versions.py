"""`sheaf --version`."""

from __future__ import annotations

import platform
from argparse import Namespace
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.layout import fields

_PACKAGES: Final = {
    "Sheaf": "sheaf",
    "Qt": "PySide6-Essentials",
    "SQLite": "apsw",
    "peewee": "peewee",
}


def tell_versions(_options: Namespace) -> Answer:
    """Tell the versions of Sheaf and of what it stands on, without loading any of it."""
    versions = {name: _version(package) for name, package in _PACKAGES.items()}
    # apsw carries SQLite, and counts its own releases in the fourth number.
    versions["SQLite"] = versions["SQLite"].rpartition(".")[0] or versions["SQLite"]
    return Answer(
        {"Sheaf": versions.pop("Sheaf"), "Python": platform.python_version(), **versions},
        _versions_text,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _versions_text(document: Mapping[str, Any], _paper: Paper) -> str:
    return fields(list(document.items()))
