"""`sheaf import --watch`."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import to_builtins

from db.cancel import CancelToken
from db.errors import UnreadableFileError, WorkCancelledError
from db.exchange.formats.base import formats
from db.exchange.importing import OnProgress
from db.exchange.watching import SHORTEST_PAUSE_S, News, Trouble, Watcher, pause_after
from db.incoming import Progress
from desktop_app.cli.answer import STANDARD_STREAM, Answer, write_answer, write_error
from desktop_app.cli.documents import operation_document, report_document
from desktop_app.cli.grammar import UsageError, refuse_unknown
from desktop_app.cli.importing import choices_of, report_text
from desktop_app.cli.layout import one_line
from desktop_app.cli.progress import progress_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

_SLICE_S: Final = 0.5
"""Where Ctrl+C does not end a wait it is noticed after this."""


def follow_folders(options: Namespace) -> Answer:
    """Import what is new in folders as it appears, until Ctrl+C."""
    refuse_unknown(options.format, list(formats()))
    if STANDARD_STREAM in options.paths or options.dry_run or options.gui:
        raise UsageError("--watch follows folders and files, and imports them by itself.")
    choices = choices_of(options)
    paths = [Path(path) for path in options.paths]
    for path in paths:
        if not path.exists():
            raise UnreadableFileError(f"There is no file {path}.", advice="Check the path.")
    with (
        opened(options, missing=Missing.MADE, writes=True) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):

        def on_progress(progress: Progress) -> None:
            share = progress.done * 100 // max(progress.total, 1)
            show(f"{share} %, {progress.records:,} records, {progress.file}")

        def tell(news: News) -> None:
            show("")
            _tell(news, as_json=options.json)

        sys.stderr.write(f"sheaf: Following {one_line(', '.join(map(str, paths)))}.\n")
        sys.stderr.flush()
        with suppress(WorkCancelledError):
            watchers = [Watcher(storage, path, choices) for path in paths]
            _follow(watchers, token, on_progress, tell)
    return Answer(None, lambda _document, _paper: "")


def _follow(
    watchers: Sequence[Watcher],
    token: CancelToken,
    on_progress: OnProgress,
    tell: Callable[[News], None],
) -> None:
    pause = SHORTEST_PAUSE_S
    while not token.is_cancelled():
        begun, found = time.monotonic(), False
        for watcher in watchers:
            for news in watcher.look(token, on_progress):
                found = True
                tell(news)
        ended = time.monotonic()
        pause = pause_after(pause, ended - begun, found=found)
        while (left := ended + pause - time.monotonic()) > 0:
            if token.wait(min(left, _SLICE_S)):
                break


def _tell(news: News, *, as_json: bool) -> None:
    """Print what was imported, or what cannot be: with --json a line each."""
    if isinstance(news, Trouble):
        write_error(news.error, as_json=as_json, in_one_line=True)
        return
    operation = operation_document(news.outcome.operation)
    document = {
        "dry_run": False,
        **report_document(to_builtins(news.report)),
        "operation": operation,
    }
    write_answer(Answer(document, report_text), as_json=as_json, in_one_line=True)
