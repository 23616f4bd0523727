"""Stores of expiring data: what each keeps, what it needs, and what had better be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from phoenix_dr.core.model import DAY, Objectives, RetentionRule, SpanRule
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_reach import Reach, of_points, of_span, widest_gap

Rule = RetentionRule | SpanRule
LEAST = 7 * DAY
"""What points must reach back whatever the objective: a mistake is noticed within a week."""
CROWD = 4
"""More points than this within one hour, kept only for being recent, are worth little more."""
USUAL = RetentionRule(daily=7, weekly=4, monthly=6)
"""What is proposed where everything is kept."""
GIGABYTE = 10**9
MONTH = 30 * DAY


class Status(StrEnum):
    """How far a rule is carried out.

    prepared: declared in phoenix.yaml. applied: the engine runs under it, or Phoenix removed by
    it. verified: looked at afterwards, and what is held agrees. unknown: nobody could tell.
    """

    PREPARED = "prepared"
    APPLIED = "applied"
    VERIFIED = "verified"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Whether a proposal keeps more or less."""

    LENGTHEN = "lengthen"
    REDUCE = "reduce"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes and what they rest on; None is unknown.

    `growth` is bytes a day, measured over `runs` runs since `since` (the first, which stores
    everything, is not counted) or over the period a store holds (`runs` 0). `newest` is the
    newest point's data, `held` what a store takes now. `projected` is an estimate at the rule's
    full reach, and `cost` what that many bytes cost in a month where the location has a price.
    """

    growth: int | None = None
    runs: int = 0
    since: datetime | None = None
    newest: int | None = None
    held: int | None = None
    projected: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """One asset on an engine that keeps points, or one stream of a store of samples.

    `subject` is the asset or the stream ("" is all others). `wanted` is the rule of phoenix.yaml,
    `in_force` the one that is carried out and `written` the one in the store's file, each None
    when there is none or nobody knows. `policy` names where the rule comes from; `borrowed` says
    that it is another's, the first that names the engine. `reach` is what `wanted` reaches;
    `oldest` the oldest held now, `going` how many of the points held the rule lets go. `crowd`
    is the most points of one hour kept only for being recent. Not `known`: of a kind this
    version cannot read.
    """

    engine: str
    kind: str
    subject: str = ""
    known: bool = True
    policy: str = ""
    borrowed: bool = False
    wanted: Rule | None = None
    in_force: Rule | None = None
    written: Rule | None = None
    because: str = ""
    schedule: str = ""
    dialect: Dialect | None = None
    rpo: timedelta = Objectives().rpo
    reach: Reach | None = None
    oldest: datetime | None = None
    held: int | None = None
    going: int | None = None
    crowd: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    status: Status = Status.UNKNOWN
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that had better be kept longer or shorter, why (`proposal.CODE`), and the effect.

    `parameters` are facts for the phrase: days are calendar days, spans seconds, sizes bytes.
    """

    store: Store
    direction: Direction
    code: str
    wanted: Rule
    parameters: tuple[tuple[str, str | int], ...] = ()

    @property
    def before(self) -> Rule | None:
        """The rule it would replace: the one in force, where that is what is wrong."""
        is_other = self.code.startswith("in-force")
        return self.store.in_force if is_other else self.store.wanted


def needed_days(rpo: timedelta) -> int:
    """Calendar days a rule on points must reach back: a week, and twice the objective."""
    return ceil(max(LEAST, 2 * rpo) / DAY)


def proposals(stores: Iterable[Store]) -> tuple[Proposal, ...]:
    """What had better be changed, longer first for each store."""
    return tuple(found for store in stores for found in _of(store))


def _of(store: Store) -> Iterator[Proposal]:
    if not store.known or store.wanted is None:
        return
    if isinstance(store.wanted, SpanRule):
        yield from _of_span(store, store.wanted)
    elif store.dialect is not None and store.reach is not None and store.schedule:
        yield from _longer(store, store.wanted, store.dialect)
        yield from _shorter(store, store.wanted)


def _longer(store: Store, rule: RetentionRule, dialect: Dialect) -> Iterator[Proposal]:
    reach = store.reach
    if reach is None or rule.is_empty:
        return
    need = needed_days(store.rpo)
    if reach.days is not None and reach.days < need:
        wanted = replace(rule, daily=need)
        after = of_points(wanted, store.schedule, dialect)
        yield _proposal(
            store,
            "reach-short",
            wanted,
            days=reach.days,
            needed=need,
            after=after.days or 0,
        )
    paced = widest_gap(store.schedule)
    if reach.gap is not None and reach.gap > max(store.rpo, paced):
        wanted = replace(rule, last=_runs_a_day(store.schedule) + 1)
        yield _proposal(
            store,
            "gap-wide",
            wanted,
            gap=_seconds(reach.gap),
            objective=_seconds(store.rpo),
            after=_seconds(of_points(wanted, store.schedule, dialect).gap or paced),
        )


def _shorter(store: Store, rule: RetentionRule) -> Iterator[Proposal]:
    if rule.is_empty and store.sizes.growth:
        yield _proposal(store, "keeps-all", USUAL, Direction.REDUCE, growth=store.sizes.growth * 30)
    if rule.last and store.crowd > CROWD:
        wanted = replace(rule, last=CROWD, hourly=max(rule.hourly or 0, 24))
        yield _proposal(store, "crowded", wanted, Direction.REDUCE, points=store.crowd)


def _of_span(store: Store, wanted: SpanRule) -> Iterator[Proposal]:
    found = store.in_force
    if isinstance(found, SpanRule) and found.within != wanted.within:
        longer = wanted.within is not None and (found.within or timedelta.max) > wanted.within
        way = Direction.REDUCE if longer else Direction.LENGTHEN
        code = "in-force-longer" if longer else "in-force-shorter"
        yield _proposal(store, code, wanted, way, found=said(found), asked=said(wanted))
    growth, within = store.sizes.growth, wanted.within
    if wanted.size and growth and within and growth * (within / DAY) > wanted.size:
        enough = ceil(growth * (within / DAY) / GIGABYTE) * GIGABYTE
        yield _proposal(
            store,
            "size-first",
            replace(wanted, size=enough),
            days=int(wanted.size / growth),
            needed=within // DAY,
            size=wanted.size,
        )


def _proposal(
    store: Store,
    code: str,
    wanted: Rule,
    direction: Direction = Direction.LENGTHEN,
    **parameters: str | int,
) -> Proposal:
    return Proposal(store, direction, code, wanted, tuple(parameters.items()))


def _runs_a_day(expression: str) -> int:
    every = of_points(RetentionRule(within=DAY), expression, Dialect.RESTIC)
    return every.points or 1


def projected(store: Store) -> int | None:
    """Bytes at the rule's full reach, estimated; None when growth is unknown or without end."""
    sizes, reach = store.sizes, store.reach
    if sizes.growth is None or reach is None or reach.days is None:
        return None
    grown = sizes.growth * reach.days
    if isinstance(store.wanted, SpanRule):
        return min(grown, store.wanted.size) if store.wanted.size else grown
    return None if sizes.newest is None else sizes.newest + grown


def reach_of(rule: Rule | None, *, expression: str = "", dialect: Dialect | None = None) -> Reach:
    """What a rule reaches back: by itself for samples, under its schedule for points."""
    if isinstance(rule, SpanRule):
        return of_span(rule.within)
    if rule is None or dialect is None or not expression:
        return Reach(None, None)
    return of_points(rule, expression, dialect)


def span_reach(rule: SpanRule, growth: int | None) -> Reach | None:
    """What a store of samples reaches: its days, or fewer when its bytes are full before.

    None when only bytes limit it and nobody measured how fast they fill.
    """
    if rule.size is None:
        return of_span(rule.within)
    if not growth:
        return of_span(rule.within) if rule.within is not None else None
    full = min(rule.size / growth, timedelta.max.days - 1) * DAY
    return of_span(full if rule.within is None else min(rule.within, full))


def said(rule: SpanRule | None) -> str:
    """A rule as phoenix.yaml spells its limits: `30d`, `30d/50GB`, `∞`."""
    if rule is None:
        return "?"
    parts = [] if rule.within is None else [_span(rule.within)]
    parts += [] if rule.size is None else [_size(rule.size)]
    return "/".join(parts) or "∞"


def _span(within: timedelta) -> str:
    whole = _seconds(within)
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if whole % length == 0:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def _size(size: int) -> str:
    for length, unit in ((10**12, "TB"), (GIGABYTE, "GB"), (10**6, "MB")):
        if size % length == 0:
            return f"{size // length}{unit}"
    return f"{size}B"


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
