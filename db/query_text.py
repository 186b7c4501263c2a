"""Reading a query from what a person typed: `status:failed tag:ui updated:<7d parser`.

There is no wrong input: what is not a filter with a value it can take stays in the text
that is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from db.query import ANY_TIME, EVERYWHERE, KEPT, LIVE, BatchQuery, Period, TaskQuery
from db.records import Kind, Place
from db.times import DAY_US, MICROSECONDS, parse_time
from db.vocabulary import Priority, fold_priority, fold_status

_TOKEN: Final = re.compile(r'(?:([a-z]+):)?("[^"]*"?|[^\s"]+)\s*')
_AGE: Final = re.compile(r"([<>])(\d{1,6})([hdwmy])")
_UNIT_US: Final = {
    "h": 3600 * MICROSECONDS,
    "d": DAY_US,
    "w": 7 * DAY_US,
    "m": 30 * DAY_US,
    "y": 365 * DAY_US,
}
_PLACES: Final = {
    "live": LIVE,
    "archived": frozenset({Place.ARCHIVED}),
    "trashed": frozenset({Place.TRASHED}),
    "kept": KEPT,
    "any": EVERYWHERE,
}

_Q = TypeVar("_Q", BatchQuery, TaskQuery)
_Change = Mapping[str, Any]
_Reader = Callable[[Any, str], _Change | None]


def read_query(text: str, base: _Q) -> _Q:
    """Return `base` narrowed by the filters in `text`; the other words become its text.

    Filters of one name add up to any-of: `status:failed,blocked` as well as
    `status:failed status:blocked`.
    """
    query = base
    words: list[str] = []
    readers = {**_COMMON, **_OWN[base.kind]}
    for name, value in _TOKEN.findall(text):
        reader = readers.get(name)
        change = reader(query, value.strip('"')) if reader and value.strip('"') else None
        if change is None:
            words.append(f"{name}:{value}" if name else value)
        else:
            query = replace(query, **change)
    return replace(query, text=" ".join(words))


def _statuses(query: BatchQuery | TaskQuery, value: str) -> _Change | None:
    folded = [fold_status(word) for word in value.split(",")]
    found = {status for status in folded if status is not None}
    return {"statuses": query.statuses | found} if len(found) == len(set(folded)) else None


def _priorities(query: TaskQuery, value: str) -> _Change | None:
    found = {_priority(word) for word in value.split(",")}
    return None if None in found else {"priorities": query.priorities | found}


def _priority(word: str) -> Priority | None:
    if word.isdecimal():
        return Priority(int(word)) if int(word) in {*Priority} else None
    return fold_priority(word)


def _period(field: str) -> _Reader:
    def read(query: BatchQuery | TaskQuery, value: str) -> _Change | None:
        period: Period = getattr(query, field)
        aged = _AGE.fullmatch(value)
        if aged is not None:
            age = int(aged[2]) * _UNIT_US[aged[3]]
            bound = "younger_than" if aged[1] == "<" else "older_than"
            return {field: replace(period, **{bound: age})}
        sign, day = (value[0], value[1:]) if value[0] in "<>" else ("", value)
        moment = _local_time(day)
        if moment is None:
            return None
        if sign:
            bound = "before" if sign == "<" else "after"
            return {field: replace(period, **{bound: moment})}
        return {field: replace(period, after=moment, before=moment + DAY_US)}

    return read


def _local_time(text: str) -> int | None:
    """Read a day or time as a person means it: on their own clock, unless a zone is said."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parse_time(
        (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).isoformat()
    )


def _set_of(field: str) -> _Reader:
    def read(query: BatchQuery | TaskQuery, value: str) -> _Change:
        return {field: getattr(query, field) | set(value.split(","))}

    return read


def _place(_query: BatchQuery | TaskQuery, value: str) -> _Change | None:
    return {"places": _PLACES[value]} if value in _PLACES else None


def _active(_query: BatchQuery, value: str) -> _Change | None:
    days = value.removesuffix("d")
    return {"active_days": int(days)} if days.isdecimal() and len(days) < 6 else None  # noqa: PLR2004


def _sided(sign: str) -> _Reader:
    return lambda query, value: _period("updated")(query, sign + value)


_COMMON: Final[Mapping[str, _Reader]] = {
    "status": _statuses,
    "source": _set_of("sources"),
    "updated": _period("updated"),
    "created": _period("created"),
    "after": _sided(">"),
    "before": _sided("<"),
    "is": _place,
}
_BATCH: Final[Mapping[str, _Reader]] = {"active": _active}
_TASK: Final[Mapping[str, _Reader]] = {
    "kind": _set_of("kinds"),
    "tag": _set_of("tags"),
    "priority": _priorities,
    "batch": lambda _query, value: {"batch_id": value},
}


_OWN: Final = {Kind.BATCH: _BATCH, Kind.TASK: _TASK}


def write_query(query: BatchQuery | TaskQuery) -> str:
    """Return the text that `read_query` reads as this query, its sort left out."""
    parts = [f"status:{status.word}" for status in sorted(query.statuses)]
    parts += [_quoted("source", name) for name in sorted(query.sources)]
    parts += [
        f"is:{name}" for name, places in _PLACES.items() if places == query.places != LIVE
    ]
    for field in ("created", "updated"):
        period: Period = getattr(query, field)
        if period != ANY_TIME:
            parts += _period_parts(field, period)
    if isinstance(query, BatchQuery):
        parts += [f"active:{query.active_days}d"] if query.active_days is not None else []
    else:
        parts += [f"priority:{priority.word}" for priority in sorted(query.priorities)]
        parts += [_quoted("kind", name) for name in sorted(query.kinds)]
        parts += [_quoted("tag", name) for name in sorted(query.tags)]
        parts += [f"batch:{query.batch_id}"] if query.batch_id else []
    return " ".join([*parts, query.text]).strip()


def _quoted(name: str, value: str) -> str:
    return f'{name}:"{value}"' if " " in value else f"{name}:{value}"


def _period_parts(field: str, period: Period) -> list[str]:
    parts = []
    for sign, age in (("<", period.younger_than), (">", period.older_than)):
        if age is not None:
            parts.append(f"{field}:{sign}{age // _UNIT_US['h']}h")
    for sign, moment in ((">", period.after), ("<", period.before)):
        if moment is not None:
            stamp = datetime.fromtimestamp(moment / MICROSECONDS, UTC).isoformat()
            parts.append(f"{field}:{sign}{stamp}")
    return parts
