"""The `sheaf` command: opens the window, or runs one sub-command without it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from itertools import takewhile

from db.errors import SheafError, WorkCancelledError
from desktop_app.cli.answer import DONE, INTERRUPTED, exit_code, write_answer, write_error
from desktop_app.cli.grammar import read_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, this process's own by default, and return its exit code.

    Whatever it makes, Qt's own files among it, only the owner can read.
    """
    os.umask(0o077)
    words = sys.argv[1:] if argv is None else argv
    as_json = "--json" in [*takewhile("--".__ne__, words)]
    try:
        return _run(read_arguments(words), as_json=as_json)
    except SheafError as error:
        write_error(error, as_json=as_json)
        return exit_code(error)
    except (KeyboardInterrupt, WorkCancelledError):
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except Exception as error:  # noqa: BLE001 - nobody is to meet a traceback
        fault = import_module("desktop_app.diagnostics.fault").fault_of(error)
        write_error(fault, as_json=as_json)
        return exit_code(fault)


def _run(options: Namespace, *, as_json: bool) -> int:
    # Only what this sub-command needs is imported: `sheaf list` answers before Qt would load.
    if options.handler is None and not options.version:
        return int(import_module("desktop_app.cli.opening").open_window(options))
    module, _, name = (options.handler or "versions:tell_versions").partition(":")
    answer = getattr(import_module(f"desktop_app.cli.{module}"), name)(options)
    write_answer(answer, as_json=as_json)
    return int(answer.code)
