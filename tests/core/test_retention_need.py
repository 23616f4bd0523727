"""What had better change: each proposal beside a store just good enough to need none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phoenix_dr.core.model import DAY, RetentionRule, SpanRule
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_need import (
    Direction,
    Proposal,
    Rule,
    Sizes,
    Store,
    needed_days,
    projected,
    proposals,
    reach_of,
    said,
    span_reach,
)

TWICE = "0 3,15 * * *"
HOUR = timedelta(hours=1)
WEEK = RetentionRule(daily=7)
GB = 10**9


def points(rule: RetentionRule, when: str = TWICE, **more: object) -> Store:
    """An asset on a restic engine."""
    made = Store("home", "restic", "wiki/pages", policy="default", wanted=rule, schedule=when)
    reach = reach_of(rule, expression=when, dialect=Dialect.RESTIC)
    return replace(made, dialect=Dialect.RESTIC, reach=reach, **more)  # type: ignore[arg-type]


def samples(wanted: SpanRule, found: SpanRule | None = None, **more: object) -> Store:
    """All streams of a metric store; in force is what is wanted, unless told."""
    made = Store("metrics", "prometheus", wanted=wanted, in_force=found or wanted)
    return replace(made, reach=reach_of(wanted), **more)  # type: ignore[arg-type]


def month(days: int = 30) -> SpanRule:
    return SpanRule(within=days * DAY)


def grown(growth: int) -> Sizes:
    return Sizes(growth=growth, runs=10)


CASES: dict[str, tuple[Store, Store, str, Direction, Rule]] = {
    "too short": (
        points(RetentionRule(daily=6)), points(WEEK),
        "reach-short", Direction.LENGTHEN, WEEK,
    ),
    "last under a dense schedule": (
        points(RetentionRule(last=7)), points(RetentionRule(last=14)),
        "reach-short", Direction.LENGTHEN, RetentionRule(last=7, daily=7),
    ),
    "twice the objective": (
        points(WEEK, rpo=4 * DAY), points(RetentionRule(daily=8), rpo=4 * DAY),
        "reach-short", Direction.LENGTHEN, RetentionRule(daily=8),
    ),
    "one point a day under half a day": (
        points(WEEK, rpo=14 * HOUR), points(replace(WEEK, last=3), rpo=14 * HOUR),
        "gap-wide", Direction.LENGTHEN, replace(WEEK, last=4),
    ),
    "everything for ever": (
        points(RetentionRule(), sizes=grown(GB)), points(RetentionRule()),
        "keeps-all", Direction.REDUCE, RetentionRule(daily=7, weekly=4, monthly=6),
    ),
    "crowded": (
        points(RetentionRule(last=200), "*/10 * * * *", crowd=5, rpo=30 * DAY),
        points(RetentionRule(last=2000), "*/10 * * * *", crowd=4),
        "crowded", Direction.REDUCE, RetentionRule(last=4, hourly=24),
    ),
    "in force shorter": (
        samples(month(), month(15)), samples(month()),
        "in-force-shorter", Direction.LENGTHEN, month(),
    ),
    "in force longer": (
        samples(month(), month(90)), samples(month()), "in-force-longer", Direction.REDUCE, month(),
    ),
    "in force for ever": (
        samples(month(), SpanRule()), samples(SpanRule()),
        "in-force-longer", Direction.REDUCE, month(),
    ),
    "the bytes are full first": (
        samples(SpanRule(within=30 * DAY, size=20 * GB), sizes=grown(GB)),
        samples(SpanRule(within=30 * DAY, size=30 * GB), sizes=grown(GB)),
        "size-first", Direction.LENGTHEN, SpanRule(within=30 * DAY, size=30 * GB),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("store", "good", "code", "direction", "wanted"), CASES.values(), ids=CASES.keys()
)
def test_what_had_better_change(
    store: Store, good: Store, code: str, direction: Direction, wanted: Rule
) -> None:
    found = {each.code: each for each in proposals([store])}[code]
    assert (found.store, found.direction, found.wanted) == (store, direction, wanted)
    assert code not in {each.code for each in proposals([good])}


def test_a_proposal_to_lengthen_is_enough() -> None:
    [short] = proposals([points(RetentionRule(daily=3))])
    assert isinstance(short.wanted, RetentionRule)
    assert proposals([points(short.wanted)]) == ()
    assert dict(short.parameters) == {"days": 3, "needed": 7, "after": 7}
    [wide] = proposals([points(WEEK, rpo=14 * HOUR)])
    assert isinstance(wide.wanted, RetentionRule)
    assert proposals([points(wide.wanted, rpo=14 * HOUR)]) == ()


def test_a_thin_schedule_is_not_blamed_on_the_rule() -> None:
    assert proposals([points(WEEK, "0 3 * * *", rpo=14 * HOUR)]) == ()


def test_the_rule_replaced_is_the_one_that_is_wrong() -> None:
    [later] = proposals([samples(month(), month(15))])
    assert (later.before, later.wanted) == (month(15), month())
    [short] = proposals([points(RetentionRule(daily=3))])
    assert short.before == RetentionRule(daily=3)
    full = SpanRule(within=30 * DAY, size=20 * GB)
    [_, sooner] = proposals([samples(full, month(15), sizes=grown(GB))])
    assert (sooner.code, sooner.before) == ("size-first", full)


def test_bytes_that_are_full_end_a_reach() -> None:
    limited = SpanRule(within=30 * DAY, size=20 * GB)
    assert span_reach(month(), GB) == reach_of(month())
    for growth, days in ((GB, 20), (GB // 2, 30), (None, 30), (0, 30)):
        reach = span_reach(limited, growth)
        assert reach is not None
        assert reach.days == days
    assert span_reach(SpanRule(size=20 * GB), None) is None
    assert span_reach(SpanRule(size=20 * GB), GB) == reach_of(month(20))
    assert span_reach(SpanRule(size=1 << 62), 1) is not None


def test_what_nobody_knows_is_left_alone() -> None:
    dark = Store("vault", "velero", known=False)
    unruled = Store("home", "restic", "old/data", dialect=Dialect.RESTIC, held=4)
    unseen = replace(samples(month()), in_force=None)
    found: tuple[Proposal, ...] = proposals([dark, unruled, unseen])
    assert found == ()


def test_needs() -> None:
    assert needed_days(DAY) == 7
    assert needed_days(84 * HOUR) == 7
    assert needed_days(85 * HOUR) == 8


def test_an_estimate_rests_on_what_was_measured() -> None:
    measured = points(WEEK, sizes=Sizes(growth=10, runs=20, newest=1000))
    assert projected(measured) == 1000 + 7 * 10
    assert projected(replace(measured, sizes=Sizes(newest=1000))) is None
    assert projected(replace(measured, sizes=Sizes(growth=10))) is None
    assert projected(points(RetentionRule(), sizes=measured.sizes)) is None
    assert projected(samples(month(), sizes=grown(GB))) == 30 * GB
    limited = SpanRule(within=30 * DAY, size=20 * GB)
    assert projected(samples(limited, sizes=grown(GB))) == 20 * GB


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (None, "?"),
        (SpanRule(), "∞"),
        (month(), "30d"),
        (SpanRule(within=13 * HOUR, size=50 * GB), "13h/50GB"),
        (SpanRule(size=1 << 30), "1073741824B"),
    ],
)
def test_rules_are_spelled_as_in_the_configuration(rule: SpanRule | None, text: str) -> None:
    assert said(rule) == text
