"""Gathering what the diagnostics bundle holds."""

from __future__ import annotations

from collections.abc import Mapping

from db.cancel import CancelToken
from db.maintenance.diagnostics import Found, Part, program_parts, storage_parts
from db.ports import Storage
from desktop_app.diagnostics.log import log_path
from desktop_app.diagnostics.reports import platform_facts, reports, versions

FILE_NAME = "sheaf-diagnostics.zip"


def gathered(
    storage: Storage | None,
    window_settings: Mapping[str, object],
    token: CancelToken | None = None,
) -> list[Part]:
    """Return the parts there are, of the storage too if one is open.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    found = Found(versions(), platform_facts(), window_settings, log_path(), reports())
    told = [] if storage is None else storage_parts(storage, token)
    return [*told, *program_parts(found)]
