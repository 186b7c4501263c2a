"""`sheaf retention`: the rules, what they would take, and running them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from db.job_run import recorded
from db.jobs import JobOrder, OwnKind
from db.maintenance import retention
from db.maintenance.retention import Forecast, Plan, Ran, Taking
from db.ports import Storage
from db.query_text import fold_kind
from db.retiring import Act
from db.times import to_iso
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.confirming import confirm
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import one_line
from desktop_app.cli.progress import backed_up, progress_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

_ORDER: Final = JobOrder(
    kind=OwnKind.RETENTION, title="Run the retention rules", max_attempts=1
)
_LEAST_MB: Final = 100_000
_CHANGES: Final = frozenset({"add", "remove", "on", "off"})


def retain(options: Namespace) -> Answer:
    """List the rules and what they would take, change one, or run those that are on."""
    _require_sense(options)
    with (
        opened(options, missing=_missing(options), writes=_writes(options)) as storage,
        cancelled_by_ctrl_c() as token,
    ):
        if options.act in _CHANGES:
            _change(storage, options)
        planned = retention.plan(storage, token)
        ran = _run(storage, planned, options) if options.run else {}
        document = _document(storage, planned) | ran
    text = _ran_text if options.run else _detailed_text if options.simulate else _list_text
    return Answer(document, text)


def _missing(options: Namespace) -> Missing:
    return Missing.REFUSED if _writes(options) else Missing.IMAGINED


def _writes(options: Namespace) -> bool:
    return options.run or options.act in _CHANGES


def _require_sense(options: Namespace) -> None:
    """Raise where options do not go together.

    Raises:
        UsageError: that is so.
    """
    is_adding = options.act == "add"
    if (options.name is None) is (options.act in _CHANGES):
        raise UsageError("The acts add, remove, on and off take the name of one rule.")
    if is_adding is (options.query is None and options.then is None):
        raise UsageError("A rule is added with --query and --then, which go with nothing else.")
    if is_adding and (options.then is None or options.query is None):
        raise UsageError("A rule needs both --query and --then.")
    if options.kind is not None and not is_adding:
        raise UsageError("--kind goes with `add`.")
    if options.act in _CHANGES and (options.run or options.simulate):
        raise UsageError("Change the rules first, and run or simulate them then.")


def _change(storage: Storage, options: Namespace) -> None:
    settings = storage.settings
    if options.act == "add":
        kind = None if options.kind in {None, "any"} else fold_kind(options.kind)
        made = retention.new_rule(options.name, Act(options.then), kind, options.query)
        retention.keep_rule(settings, made)
        return
    rule = retention.rule_named(settings, options.name)
    if options.act == "remove":
        retention.drop_rule(settings, rule.id)
    else:
        retention.keep_rule(settings, replace(rule, is_on=options.act == "on"))


def _run(storage: Storage, planned: Plan, options: Namespace) -> dict[str, Any]:
    """Run the rules that are on, having asked where something goes for good."""
    if planned.purges and not options.yes:
        confirm(
            f"To be deleted for good: {_purged_words(planned)}.",
            planned.purges,
        )
    with (
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
        recorded(storage.jobs, _ORDER, token.cancel) as job,
    ):
        ran = retention.run(
            storage,
            planned,
            token,
            lambda progress: job.progress(progress, "records"),
            lambda progress: show(f"Backing up: {backed_up(progress)}"),
        )
        job.note({"said": ran.words})
    return _ran_document(ran)


def _purged_words(planned: Plan) -> str:
    return "; ".join(
        f"{each.now.words} by “{each.rule.name}”"
        for each in planned.next_run
        if each.rule.act is Act.PURGE
    )


# Documents


def _document(storage: Storage, planned: Plan) -> dict[str, Any]:
    last = retention.last_run(storage.settings)
    return {
        "at": to_iso(planned.moment),
        "last_run": None if last is None else to_iso(last),
        "rules": [_forecast_document(each) for each in planned.forecasts],
        "calendar": [*_calendar(planned)],
    }


def _forecast_document(forecast: Forecast) -> dict[str, Any]:
    rule = forecast.rule
    return {
        "name": rule.name,
        "on": rule.is_on,
        "kind": None if rule.kind is None else rule.kind.word,
        "query": rule.text,
        "then": rule.act.value,
        "does": rule.words,
        **_taking_document(forecast.now),
        "protected": forecast.kept,
    }


def _taking_document(taking: Taking) -> dict[str, Any]:
    return {
        "number": taking.number,
        "words": taking.words,
        "records": {kind.word: number for kind, number in taking.records.items()},
        "bytes": taking.size,
        "bytes_are_estimate": taking.is_estimate,
        "examples": list(taking.examples),
    }


def _calendar(planned: Plan) -> Iterator[dict[str, Any]]:
    """Yield the coming days on which a rule that is on takes something."""
    for day, takings in retention.calendar(planned).items():
        yield {
            "day": day.isoformat(),
            "takes": [
                {"rule": rule.name, "then": rule.act.value, **_taking_document(taking)}
                for rule, taking in takings
            ],
        }


def _ran_document(ran: Ran) -> dict[str, Any]:
    return {
        "backup": None if ran.backup is None else ran.backup.name,
        "done": [
            {
                "rule": each.rule.name,
                "operation": None if (act := each.outcome.operation) is None else act.id,
                "title": "" if act is None else act.title,
                "undoable": act is not None and act.undoable,
                "records": {k.word: len(pks) for k, pks in each.outcome.changed.items()},
            }
            for each in ran.done
        ],
    }


# Words


def _list_text(document: Mapping[str, Any], _paper: Paper) -> str:
    lines = [_rule_line(item) for item in document["rules"]]
    lines = lines or ["There are no rules; `sheaf retention add` makes one."]
    return "\n".join([*lines, "", "What comes next:", *_calendar_lines(document)])


def _detailed_text(document: Mapping[str, Any], _paper: Paper) -> str:
    note = (
        "Sizes are those of texts and of the JSON that records were made of; about means worked"
        f" out from {retention.MEASURED:,} of a kind. Nothing was changed."
    )
    lines: list[str] = []
    for item in document["rules"]:
        lines.append(_rule_line(item))
        lines += [f"    {one_line(example)}" for example in item["examples"]]
        more = item["number"] - len(item["examples"])
        lines += [f"    and {more:,} more"] if item["examples"] and more > 0 else []
    comes = ("What comes next:", *_calendar_lines(document))
    return "\n".join([*lines, "", *comes, "", note])


def _rule_line(item: Mapping[str, Any]) -> str:
    state = "on" if item["on"] else "off"
    kept = f", and {item['protected']:,} protected stay" if item["protected"] else ""
    return one_line(f"{item['name']} ({state}): {item['does']}; now {_taken_words(item)}{kept}")


def _taken_words(item: Mapping[str, Any]) -> str:
    if not item["number"]:
        return "nothing"
    about = "about " if item["bytes_are_estimate"] else ""
    size = item["bytes"]
    told = f"{size / 1e6:,.1f} MB" if size >= _LEAST_MB else f"{size / 1e3:,.1f} kB"
    return f"{item['words']}, {about}{told}"


def _calendar_lines(document: Mapping[str, Any]) -> Iterator[str]:
    due = [item for item in document["rules"] if item["on"] and item["number"]]
    for item in due:
        yield f"  due now: {one_line(item['name'])}, {_taken_words(item)}"
    for day in document["calendar"]:
        for item in day["takes"]:
            yield f"  {day['day']}: {one_line(item['rule'])}, {_taken_words(item)}"
    if not any(item["on"] for item in document["rules"]):
        yield "  nothing: no rule is on."
    elif not due and not document["calendar"]:
        yield f"  nothing in the next {retention.HORIZON_DAYS} days."


def _ran_text(document: Mapping[str, Any], _paper: Paper) -> str:
    lines = [f"Backed up before: {document['backup']}"] if document["backup"] else []
    for item in document["done"]:
        undo = f"; `sheaf undo {item['operation']}` takes it back" if item["undoable"] else ""
        lines.append(
            one_line(f"{item['title'] or item['rule'] + ': nothing left to do'}{undo}")
        )
    return "\n".join(lines or ["Nothing was due."])
