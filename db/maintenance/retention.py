"""Rules by which records are archived, trashed or deleted once they are old enough.

A rule says which records by the text that a search takes, and what becomes of them. Before
anything is done, a plan tells what each rule would take now and in the coming days; running
it takes no more than that. What no rule ever takes, `db.repositories.Retiring` says.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from heapq import nsmallest
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import StorageRejectedError
from db.ids import new_id
from db.maintenance.backups import Backups, ignore_progress
from db.maintenance.manifest import Backup, BackupKind
from db.ports import CopyProgress, Storage
from db.query import QUERIES, Period, Query
from db.query_text import not_understood, read_query
from db.records import Kind, Outcome, Place
from db.repositories import Settings
from db.retiring import Act, Protected
from db.times import DAY_US, MICROSECONDS, now_us

HORIZON_DAYS: Final = 30
EXAMPLES: Final = 5
MEASURED: Final = 2_000
"""Of more records of a kind than these, so many evenly spread ones are measured."""
TRASH_DAYS: Final = 30
_NOW: Final = date.min
"""Stands before the coming days for what is due already."""
_RULES: Final = "retention.rules"
_LAST_RUN: Final = "retention.last_run_at"
_IN_TRASH: Final = f"trashed:>{TRASH_DAYS}d"
_LONGEST_NAME: Final = 60


class InvalidRuleError(StorageRejectedError):
    """A rule that says nothing, or something that cannot be done."""

    default_safe = "The rules are as they were."
    default_advice = "Change what it says, and try again."


class Rule(Struct, frozen=True, kw_only=True):
    """Which records, as `text` says in the words of a search, and what becomes of them.

    Without a kind it is about records of every kind. One that is not on does nothing.
    """

    id: str
    name: str
    act: Act
    kind: Kind | None = None
    text: str = ""
    is_on: bool = False

    @property
    def queries(self) -> tuple[Query, ...]:
        """What it finds, for each kind that has all that it says."""
        kinds = Kind if self.kind is None else (self.kind,)
        bases = [QUERIES[kind](places=self.act.usual_places) for kind in kinds]
        return tuple(
            replace(query, places=query.places & self.act.places)
            for base in bases
            if self.kind is not None or not not_understood(self.text, base)
            for query in (read_query(self.text, base),)
        )

    @property
    def words(self) -> str:
        """What it does: `Move tasks to the Trash: status:succeeded updated:>90d`."""
        about = "records of every kind" if self.kind is None else self.kind.plural
        return f"{_DOES[self.act].format(about)}: {self.text}"


_DOES: Final = {
    Act.ARCHIVE: "Archive {}",
    Act.TRASH: "Move {} to the Trash",
    Act.PURGE: "Delete {} for good",
}
SHIPPED: Final = (
    Rule(id="empty-trash", name="Empty the Trash", act=Act.PURGE, text=_IN_TRASH),
)
"""The rules there are until a person makes others: none is on, so nothing goes by itself."""


class Taking(Struct, frozen=True, kw_only=True):
    """What a rule takes: the records it finds, and how many of each kind go in all.

    `size` is in bytes: the texts of the records, and the JSON they were made of. Where it
    `is_estimate`, that is worked out from `MEASURED` of each kind.
    """

    heads: Mapping[Kind, Sequence[int]]
    records: Mapping[Kind, int]
    size: int
    is_estimate: bool
    examples: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many records go, of all kinds."""
        return sum(self.records.values())

    @property
    def words(self) -> str:
        """What goes: `2 batches with 1,204 tasks`, or `nothing`."""
        about = [kind for kind, pks in self.heads.items() if pks]
        if len(about) == 1 and about[0] in self.records:
            return about[0].counted_with(self.records)
        counted = [kind.counted(number) for kind, number in self.records.items()]
        return ", ".join(counted) or "nothing"


class Day(Struct, frozen=True):
    """What becomes due to a rule on a day, on the person's own clock."""

    date: date
    taking: Taking


class Forecast(Struct, frozen=True, kw_only=True):
    """What a rule takes now, and on which of the coming days what else.

    `kept` of the records that it finds are protected, or go with something that is. Of a
    rule that is off, it is what it would take if it were on.
    """

    rule: Rule
    now: Taking
    kept: int
    coming: tuple[Day, ...]


class Plan(Struct, frozen=True):
    """What all rules would take, in their order, seen at a moment in microseconds."""

    moment: int
    forecasts: tuple[Forecast, ...]

    @property
    def next_run(self) -> tuple[Forecast, ...]:
        """What rules that are on would take now, without those that take nothing."""
        return tuple(each for each in self.forecasts if each.rule.is_on and each.now.number)

    @property
    def purges(self) -> int:
        """How many records would be deleted for good now."""
        runs = (each for each in self.next_run if each.rule.act is Act.PURGE)
        return sum(each.now.number for each in runs)


class Done(Struct, frozen=True):
    """What a rule did."""

    rule: Rule
    outcome: Outcome


class Ran(Struct, frozen=True):
    """What running the rules did, and the backup that was made before, if one was."""

    done: tuple[Done, ...]
    backup: Backup | None

    @property
    def words(self) -> str:
        """What was done, for the list of jobs."""
        titles = [each.outcome.operation.title for each in self.done if each.outcome.operation]
        return "; ".join(titles) or "Nothing was due"


class RunProgress(Struct, frozen=True):
    """How far running is, in records."""

    done: int
    total: int


# The rules


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules in their order; those that come with Sheaf if there were no others."""
    kept = settings.get(_RULES)
    try:
        return SHIPPED if kept is None else tuple(msgspec.convert(kept, list[Rule]))
    except msgspec.ValidationError:
        return SHIPPED


def keep_rule(settings: Settings, rule: Rule) -> Rule:
    """Keep a rule, in the place of the one with its id or as the last; return it as kept.

    One that deletes for good without saying how long after trashing does it after
    `TRASH_DAYS`.

    Raises:
        InvalidRuleError: what it says cannot be done.
    """
    rules = rules_of(settings)
    others = [each for each in rules if each.id != rule.id]
    rule = checked(rule, others)
    is_known = len(others) < len(rules)
    _put(
        settings,
        [rule if each.id == rule.id else each for each in rules]
        if is_known
        else [*rules, rule],
    )
    return rule


def new_rule(name: str, act: Act, kind: Kind | None, text: str, *, is_on: bool = False) -> Rule:
    """Return a rule that is still to be kept."""
    return Rule(id=new_id(), name=name, act=act, kind=kind, text=text, is_on=is_on)


def drop_rule(settings: Settings, id_: str) -> None:
    """Keep a rule no more."""
    _put(settings, [each for each in rules_of(settings) if each.id != id_])


def move_rule(settings: Settings, id_: str, distance: int) -> None:
    """Let a rule come later, or earlier, by so many places."""
    rules = [*rules_of(settings)]
    place = next((at for at, each in enumerate(rules) if each.id == id_), None)
    if place is not None:
        rule = rules.pop(place)
        rules.insert(max(0, place + distance), rule)
        _put(settings, rules)


def rule_named(settings: Settings, name: str) -> Rule:
    """Return the rule of a name.

    Raises:
        InvalidRuleError: there is none.
    """
    wanted = name.strip().casefold()
    for rule in rules_of(settings):
        if rule.name.casefold() == wanted:
            return rule
    raise InvalidRuleError(
        f"There is no rule named {name!r}.", advice="`sheaf retention` lists them."
    )


def _put(settings: Settings, rules: Sequence[Rule]) -> None:
    settings.put(_RULES, msgspec.to_builtins(rules))


def checked(rule: Rule, others: Sequence[Rule]) -> Rule:
    """Return a rule as it would be kept beside others.

    Raises:
        InvalidRuleError: it cannot be kept so.
    """
    name = " ".join(rule.name.split())[:_LONGEST_NAME]
    if not name:
        raise InvalidRuleError("A rule needs a name.")
    if any(each.name.casefold() == name.casefold() for each in others):
        raise InvalidRuleError(f"There is a rule named “{name}” already.")
    queries = rule.queries
    _require_meaning(rule, queries)
    text = rule.text.strip()
    if rule.act is Act.PURGE and queries[0].trashed.older_than is None:
        text = f"{text} {_IN_TRASH}".strip()
    return replace(rule, name=name, text=text)


def _require_meaning(rule: Rule, queries: Sequence[Query]) -> None:
    """Raise where a text is no query of the records it is about, or can find none.

    Raises:
        InvalidRuleError: that is so.
    """
    about = rule.kind or Kind.TASK
    base = QUERIES[about](places=rule.act.usual_places)
    notes = () if rule.kind is None and queries else not_understood(rule.text, base)
    if notes or not queries:
        raise InvalidRuleError(
            f"Of {about.plural}: {notes[0]}" if notes else "No kind of record has all of that.",
            advice="A rule takes the filters of a search, such as updated:>90d.",
        )
    if not queries[0].places:
        raise InvalidRuleError(_NOWHERE[rule.act])
    if rule.act is not Act.PURGE and queries[0] == QUERIES[queries[0].kind](
        places=queries[0].places
    ):
        raise InvalidRuleError(
            "The rule does not say which records.",
            advice="Say how old they are, for instance: updated:>90d.",
        )


_NOWHERE: Final = {
    Act.ARCHIVE: "Only what is neither archived nor in the Trash can be archived by a rule.",
    Act.TRASH: "What is in the Trash cannot be moved there by a rule.",
    Act.PURGE: "Only what is in the Trash can be deleted by a rule.",
}


# What they would take


def plan(
    storage: Storage,
    token: CancelToken | None = None,
    *,
    rules: Sequence[Rule] | None = None,
    moment: int | None = None,
    days: int = HORIZON_DAYS,
) -> Plan:
    """Return what rules would take now, and what on which of so many coming days.

    A record that one rule takes is not taken by a later one at the same time. What a rule
    would only find because of what another did is not foreseen.
    """
    moment = now_us() if moment is None else moment
    rules = rules_of(storage.settings) if rules is None else rules
    return Plan(moment, _Planning(storage, token or CancelToken(), moment, days).of(rules))


def due_on(query: Query, day: date) -> Query | None:
    """Return what a query finds from a day on; None where not just one age tells that."""
    ages = [
        (name, age)
        for name in ("created", "updated", "archived", "trashed")
        if (age := getattr(query, name).older_than) is not None
    ]
    if len(ages) != 1:
        return None
    ((name, age),) = ages
    first = int(datetime(day.year, day.month, day.day).astimezone().timestamp()) * MICROSECONDS
    period = Period(after=first - age, before=first + DAY_US - age)
    return replace(query, **{name: period})


def calendar(planned: Plan) -> dict[date, list[tuple[Rule, Taking]]]:
    """Return what rules that are on take on the coming days, the next one first."""
    found: dict[date, list[tuple[Rule, Taking]]] = {}
    for forecast in planned.forecasts:
        for day in forecast.coming if forecast.rule.is_on else ():
            found.setdefault(day.date, []).append((forecast.rule, day.taking))
    return dict(sorted(found.items()))


class _Planning:
    """Goes through the days, and on each of them through the rules."""

    def __init__(self, storage: Storage, token: CancelToken, moment: int, days: int) -> None:
        self._storage = storage
        self._token = token
        self._moment = moment
        self._until = moment + days * DAY_US
        self._taken: dict[Kind, dict[int, tuple[date, Act]]] = {kind: {} for kind in Kind}
        self._is_shared = False

    def of(self, rules: Sequence[Rule]) -> tuple[Forecast, ...]:
        """Return what each rule takes."""
        self._is_shared = len(rules) > 1
        protected = {
            act: self._storage.retiring.protected(act, self._token)
            for act in {rule.act for rule in rules}
        }
        due = [self._due(rule, protected[rule.act]) for rule in rules]
        kept = [kept for _days, kept in due]
        takings: list[dict[date, Taking]] = [{} for _ in rules]
        for day in sorted({day for days, _kept in due for day in days} | {_NOW}):
            for place, rule in enumerate(rules):
                heads = due[place][0].get(day, {})
                taking, left = self._taking(rule, protected[rule.act], day, heads)
                if taking.number or day == _NOW:
                    takings[place][day] = taking
                kept[place] += left if day == _NOW else 0
        return tuple(
            Forecast(
                rule=rule,
                now=takings[place].pop(_NOW),
                kept=kept[place],
                coming=tuple(Day(day, taking) for day, taking in takings[place].items()),
            )
            for place, rule in enumerate(rules)
        )

    def _due(
        self, rule: Rule, protected: Protected
    ) -> tuple[dict[date, dict[Kind, array[int]]], int]:
        """Return what a rule finds, by day and kind, and how much of it is protected."""
        found: dict[date, dict[Kind, array[int]]] = {}
        kept = 0
        for query in rule.queries:
            due = self._storage.retiring.due(
                query, protected, self._moment, self._until, self._token
            )
            kept += due.kept
            for pk, since in zip(due.pks, due.since, strict=True):
                day = _NOW if since <= self._moment else _day(since)
                found.setdefault(day, {}).setdefault(query.kind, array("q")).append(pk)
        return found, kept

    def _taking(
        self, rule: Rule, protected: Protected, day: date, heads: Mapping[Kind, Sequence[int]]
    ) -> tuple[Taking, int]:
        """Return what a rule takes on a day, and how much it finds that has to stay."""
        left = {kind: self._not_taken(rule, day, kind, pks) for kind, pks in heads.items()}
        going = self._storage.retiring.going(rule.act, protected, left, self._token)
        records = {kind: self._new(rule, kind, pks) for kind, pks in going.records.items()}
        if rule.is_on and self._is_shared:
            for kind, pks in records.items():
                self._taken[kind].update(dict.fromkeys(pks, (day, rule.act)))
        size, is_estimate = self._size(records)
        taking = Taking(
            heads=going.heads,
            records={kind: len(pks) for kind, pks in records.items() if pks},
            size=size,
            is_estimate=is_estimate,
            examples=tuple(self._titles(going.heads)),
        )
        return taking, sum(map(len, left.values())) - sum(map(len, going.heads.values()))

    def _not_taken(
        self, rule: Rule, day: date, kind: Kind, pks: Sequence[int]
    ) -> Sequence[int]:
        """Return those of some records that no rule took before where they are not found."""
        taken = self._taken[kind]
        if not taken:
            return pks
        return [
            pk
            for pk in pks
            if (before := taken.get(pk)) is None or self._is_still_found(rule, day, *before)
        ]

    def _is_still_found(self, rule: Rule, day: date, taken_on: date, act: Act) -> bool:
        """Whether a rule finds on a day what another one took on that day or before."""
        if rule.act is Act.PURGE:
            return act is Act.ARCHIVE  # What is in the Trash goes along and stays there.
        return taken_on != day and _AFTER.get(act) in rule.queries[0].places

    def _new(self, rule: Rule, kind: Kind, pks: Sequence[int]) -> Sequence[int]:
        """Return what of a taking was not taken so, or for good, by a rule before."""
        taken = self._taken[kind]
        if not taken:
            return pks
        return [
            pk
            for pk in pks
            if (before := taken.get(pk)) is None or before[1] not in {rule.act, Act.PURGE}
        ]

    def _size(self, records: Mapping[Kind, Sequence[int]]) -> tuple[int, bool]:
        """Return the bytes of records, and whether that is an estimate."""
        size, is_estimate = 0, False
        for kind, pks in records.items():
            if not pks:
                continue
            step = -(-len(pks) // MEASURED)
            some = pks[::step]
            measured = self._storage.retiring.size(kind, some, self._token)
            size += measured * len(pks) // len(some)
            is_estimate |= step > 1
        return size, is_estimate

    def _titles(self, heads: Mapping[Kind, Sequence[int]]) -> Iterator[str]:
        """Yield the titles of the first records of a taking."""
        wanted = EXAMPLES
        for kind, pks in heads.items():
            first = nsmallest(wanted, pks)
            for record in self._storage.fetch(kind, first, self._token):
                yield record.title or record.id
            wanted -= len(first)


_AFTER: Final = {Act.ARCHIVE: Place.ARCHIVED, Act.TRASH: Place.TRASHED}
"""Where records are after an act; after a purge nowhere."""


def _day(moment: int) -> date:
    """Return the day of a moment on the person's clock."""
    return datetime.fromtimestamp(moment // MICROSECONDS, UTC).astimezone().date()


# Running them


def run(
    storage: Storage,
    planned: Plan,
    token: CancelToken | None = None,
    on_progress: Callable[[RunProgress], None] = lambda _progress: None,
    on_backup: Callable[[CopyProgress], None] = ignore_progress,
) -> Ran:
    """Do what was planned, each rule as one operation; before deleting, make a backup.

    Nothing is taken that was not planned, nor what changed so that its rule finds it no
    more, or that is protected by now.

    Raises:
        BackupError: no backup can be made; then nothing was done.
        WorkCancelledError: `token` was cancelled; what rules did until then stays done.
    """
    token = token or CancelToken()
    backup = None
    if planned.purges and storage.backups_folder() is not None:
        what = f"retention deletes {planned.purges:,} records"
        backup = Backups(storage).before(BackupKind.PURGE, what, token, on_backup)
    done: list[Done] = []
    total, so_far = sum(each.now.number for each in planned.next_run), 0
    for each in planned.next_run:
        token.check()
        on_progress(RunProgress(so_far, total))
        rule = each.rule
        outcome = storage.retiring.retire(
            rule.queries, rule.act, each.now.heads, planned.moment, f"rule: {rule.name}"
        )
        done.append(Done(rule, outcome))
        so_far += each.now.number
    if any(each.rule.is_on for each in planned.forecasts):
        storage.settings.put(_LAST_RUN, now_us())
    return Ran(tuple(done), backup)


def last_run(settings: Settings) -> int | None:
    """Return when the rules were run last, in microseconds, or None."""
    found = settings.get(_LAST_RUN)
    return found if isinstance(found, int) else None


def is_due(storage: Storage) -> bool:
    """Whether a rule is on, and none was run on this day."""
    last = last_run(storage.settings)
    is_on = any(rule.is_on for rule in rules_of(storage.settings))
    return is_on and (last is None or _day(last) != _day(now_us()))
