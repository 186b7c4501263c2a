"""Options of `sheaf jobs`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from db.jobs import LEASE_S, JobState
from db.vocabulary import Priority
from desktop_app.cli.options.shared import Add, add_storage, at_least, moment


def add_jobs(add: Add) -> None:
    """Add `jobs` with its verbs."""
    verbs = add("jobs", "jobs:list_jobs").add_subparsers(metavar="VERB", required=True)

    def verb(name: str, handler: str, purpose: str) -> argparse.ArgumentParser:
        parser = verbs.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        parser.set_defaults(handler=f"jobs:{handler}")
        add_storage(parser, default=argparse.SUPPRESS)
        parser.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
        )
        return parser

    listing = verb("list", "list_jobs", "List jobs: running ones, queued ones, those over.")
    _add_job_filter(listing)
    listing.add_argument("--limit", metavar="N", type=at_least(0), default=50)
    listing.add_argument("--offset", metavar="N", type=at_least(0), default=0)
    verb("show", "show_job", "Show one job and its log.").add_argument("id", metavar="ID")
    _add_job_work(verb)
    for name, purpose in (
        ("retry", "Queue jobs again that failed, were canceled or have errors."),
        ("cancel", "Cancel queued jobs, and ask the workers of running ones to stop."),
        ("delete", "Delete jobs that nobody is running."),
    ):
        many = verb(name, f"{name}_jobs", purpose)
        many.add_argument("ids", nargs="*", metavar="ID")
        many.add_argument("--all", action="store_true", help="all that the filters leave")
        _add_job_filter(many)


def _add_job_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="K", action="append", default=[])
    parser.add_argument(
        "--state",
        metavar="S",
        action="append",
        default=[],
        choices=[state.word for state in JobState],
        help=", ".join(state.word for state in JobState) + "; may be given several times",
    )
    parser.add_argument(
        "--older-than", metavar="DAYS", type=at_least(0), help="over for so many days"
    )


def _add_job_work(verb: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    adding = verb("add", "add_jobs", "Put work into the queue.")
    adding.add_argument("kind", metavar="KIND", help="what workers claim it by")
    adding.add_argument("--title", metavar="TEXT", default="")
    adding.add_argument("--payload", metavar="JSON", default="null")
    adding.add_argument(
        "--lines", metavar="PATH", help="a job for each line, its payload; - is standard input"
    )
    adding.add_argument(
        "--priority", choices=[each.word for each in Priority], default=Priority.MEDIUM.word
    )
    due = adding.add_mutually_exclusive_group()
    due.add_argument(
        "--in", dest="delay", metavar="SECONDS", type=at_least(0), default=0, help="not before"
    )
    due.add_argument(
        "--run-at",
        metavar="TIME",
        type=moment,
        help="not before, such as 2026-05-01T08:00+02:00; UTC where no zone is given",
    )
    adding.add_argument("--attempts", metavar="N", type=at_least(1), default=3)
    claiming = verb("claim", "claim_job", "Get the next job of some kinds, alone.")
    claiming.add_argument("kinds", nargs="+", metavar="KIND")
    claiming.add_argument(
        "--wait", metavar="SECONDS", type=at_least(0), default=0, help="for one to come"
    )
    claiming.add_argument("--worker", metavar="NAME", help="who it is (default: the process)")
    beating = verb("heartbeat", "beat", "Say that a job is still worked on, and how far it is.")
    beating.add_argument("token", metavar="TOKEN")
    beating.add_argument("--done", metavar="N", type=at_least(0))
    beating.add_argument("--total", metavar="N", type=at_least(0))
    beating.add_argument("--unit", metavar="WORD", default="", help="what is counted")
    for parser in (claiming, beating):
        parser.add_argument(
            "--lease",
            metavar="SECONDS",
            type=at_least(1),
            default=int(LEASE_S),
            help="how long until the next heartbeat at most (default: %(default)s)",
        )
    ending = verb("complete", "complete_job", "Say that a job is done.")
    ending.add_argument("token", metavar="TOKEN")
    ending.add_argument("--result", metavar="JSON", default="null")
    ending.add_argument("--errors", metavar="TEXT", default="", help="what went wrong with it")
    failing = verb("fail", "fail_job", "Say that a job failed; it is tried again later.")
    failing.add_argument("token", metavar="TOKEN")
    failing.add_argument("--error", metavar="TEXT", required=True)
    failing.add_argument("--no-retry", action="store_true", help="it would fail again")
    for parser in (beating, ending, failing):
        parser.add_argument(
            "--log", metavar="TEXT", action="append", default=[], help="a line for its log"
        )
