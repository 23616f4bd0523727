"""Laws of retention over random histories, and two slow readings of the dialects to agree with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracle import slow
from oracle.histories import EDGES, ZONES, history, rule
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention import Held, Verdict, decide
from phoenix_dr.core.retention_dialects import COUNTS as FIELDS
from phoenix_dr.core.retention_dialects import KNOWS, Dialect, select

NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)
MONOTONE = (Dialect.RESTIC, Dialect.RESTIC_BEFORE_16, Dialect.BORG)
"""PVE and PBS are not: `test_a_longer_pve_rule_can_remove_more`."""
# Clocks of these change at midnight, by half an hour, or skip a whole day.
ODD_ZONES = (*ZONES, "America/St_Johns", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia")
MIDNIGHTS = (
    datetime(2010, 11, 7, 9, tzinfo=UTC),  # St. John's went back at 00:01, into the day before
    datetime(2011, 12, 31, 15, tzinfo=UTC),  # Apia had no 30 December
    datetime(2018, 11, 5, 4, tzinfo=UTC),  # Sao Paulo had no midnight
)


@st.composite
def rules(draw: st.DrawFn, dialect: Dialect) -> RetentionRule:
    """Any rule the dialect has, the empty one too."""
    known = [name for name in FIELDS if name in KNOWS[dialect]]
    names = draw(st.sets(st.sampled_from(known))) if known else set()
    numbers: dict[str, Any] = {name: draw(st.integers(0, 9)) for name in sorted(names)}
    within = draw(st.integers(0, 90 * 24)) if "within" in KNOWS[dialect] else 0
    return replace(RetentionRule(within=within * DAY / 24), **numbers)


@st.composite
def points(draw: st.DrawFn, *, odd: bool = True) -> list[Held]:
    """Points around the days that matter; `odd` adds the protected and the unfinished."""
    edge = draw(st.sampled_from((*EDGES, *MIDNIGHTS, NOW)))
    ages = draw(
        st.lists(
            st.one_of(
                st.integers(-3 * 86_400, 3 * 86_400),
                st.integers(0, 100).map(lambda days: days * 86_400),
                st.integers(0, 4 * 365 * 86_400),
            ),
            max_size=25,
        )
    )
    flags = st.sampled_from([True] + [False] * 9) if odd else st.just(False)
    start = int(edge.timestamp())
    return [
        Held(f"p{place}", start - age, protected=draw(flags), complete=not draw(flags))
        for place, age in enumerate(ages)
    ]


zones = st.sampled_from(ODD_ZONES).map(ZoneInfo)
dialects = st.sampled_from(list(Dialect))


def decided(
    given_points: list[Held], asked: RetentionRule, dialect: Dialect, zone: ZoneInfo
) -> tuple[Verdict, ...]:
    """Verdicts at NOW."""
    return decide(given_points, asked, zone=zone, dialect=dialect, now=NOW)


def staying(verdicts: tuple[Verdict, ...]) -> set[str]:
    """Ids kept."""
    return {each.point for each in verdicts if each.kept}


@given(data=st.data(), dialect=dialects, zone=zones, given_points=points())
def test_everything_is_kept_or_removed_with_a_reason_and_the_newest_stays(
    data: st.DataObject, dialect: Dialect, zone: ZoneInfo, given_points: list[Held]
) -> None:
    asked = data.draw(rules(dialect))
    verdicts = decided(given_points, asked, dialect, zone)
    assert [each.point for each in verdicts] == [
        each.id for each in sorted(given_points, key=lambda point: (-point.at, point.id))
    ]
    assert all(each.reasons for each in verdicts)
    assert all(each.kept for each in verdicts if each.by_tool)
    taken = [each for each in given_points if each.at <= NOW.timestamp()]
    for choice in (taken, [each for each in taken if each.complete]):
        newest = max((each.at for each in choice), default=None)
        assert newest is None or any(
            each.id in staying(verdicts) for each in choice if each.at == newest
        )
    assert {each.id for each in given_points if each.protected} <= staying(verdicts)
    assert set(given_points) - set(taken) <= {
        each for each in given_points if each.id in staying(verdicts)
    }


def restorable(some: list[Held], now: datetime = NOW) -> set[str]:
    """Ids of the newest points one can come back to: finished, and not from the future."""
    real = [each for each in some if each.complete and each.at <= now.timestamp()]
    newest = max((each.at for each in real), default=None)
    return {each.id for each in real if each.at == newest}


def broken_laws(
    some: list[Held], verdicts: tuple[Verdict, ...], asked: RetentionRule, now: datetime = NOW
) -> list[str]:
    """Which laws a decision breaks; the same for every tool."""
    kept = staying(verdicts)
    gone = {each.point for each in verdicts if not each.kept}
    taken = [each for each in some if each.at <= now.timestamp()]
    newest = {each.id for each in taken if each.at == max(other.at for other in taken)}
    last = restorable(some, now)
    laws = {
        "kept and removed are all": len(verdicts) == len(some) == len(kept) + len(gone)
        and kept | gone == {each.id for each in some},
        "every verdict has a reason": all(each.reasons for each in verdicts),
        "the newest stays": not newest or bool(newest & kept),
        "the last restorable stays": not last or bool(last & kept),
        "the protected stay": {each.id for each in some if each.protected} <= kept,
        "the future stays": {each.id for each in some} - {each.id for each in taken} <= kept,
        "nothing set keeps all": not gone
        or any(getattr(asked, name) for name in (*FIELDS, "within")),
    }
    return [law for law, holds in laws.items() if not holds]


def a_case(random: Random, dialect: Dialect) -> tuple[list[Held], RetentionRule, ZoneInfo]:
    """A history with protected and unfinished points, and a rule the dialect has, from a seed."""
    one = history(random, now=int(NOW.timestamp()), zone=random.choice(ODD_ZONES))
    flags = [(random.random() < 0.1, random.random() >= 0.1) for _ in one.times]
    held = [
        Held(f"p{place}", at, protected=protected, complete=complete)
        for place, (at, (protected, complete)) in enumerate(zip(one.times, flags, strict=True))
    ]
    asked, known = rule(random), KNOWS[dialect]
    if random.random() < 0.1:
        asked = RetentionRule()
    other: dict[str, Any] = {name: None for name in (*FIELDS, "within") if name not in known}
    return held, replace(asked, **other), ZoneInfo(one.zone)


def search_for_a_broken_law(count: int, seed: int) -> None:
    """Decide `count` random cases, each dialect in turn; an AssertionError names the seed."""
    for number in range(count):
        random, dialect = Random(seed + number), list(Dialect)[number % len(Dialect)]
        held, asked, zone = a_case(random, dialect)
        broken = broken_laws(held, decided(held, asked, dialect, zone), asked)
        assert not broken, (f"Random({seed + number})", dialect, broken)


def test_cases_from_a_seed_keep_the_laws() -> None:
    search_for_a_broken_law(2000, 20_261_123)


@pytest.mark.live
def test_three_hundred_thousand_fresh_cases_keep_the_laws() -> None:
    search_for_a_broken_law(300_000, SystemRandom().randrange(10**9))


@pytest.mark.parametrize("dialect", list(Dialect))
def test_cases_from_a_seed_remove_and_keep_with_every_dialect(dialect: Dialect) -> None:
    sides: set[bool] = set()
    for seed in range(50):
        held, asked, zone = a_case(Random(seed), dialect)
        sides |= {each.kept for each in decided(held, asked, dialect, zone)}
    assert sides == {True, False}


TWO = [Held("old", 1_000), Held("new", 2_000), Held("half", 3_000, complete=False)]
BROKEN: list[tuple[str, tuple[bool, bool, bool]]] = [
    ("the newest stays", (True, True, False)),
    ("the last restorable stays", (True, False, True)),
]


@pytest.mark.parametrize(("law", "kept"), BROKEN)
def test_a_broken_law_is_seen(law: str, kept: tuple[bool, bool, bool]) -> None:
    verdicts = tuple(
        Verdict(point.id, stays, ("no-rule",), stays)
        for point, stays in zip(TWO, kept, strict=True)
    )
    assert broken_laws(TWO, verdicts, RetentionRule(last=1)) == [law]
    assert "nothing set keeps all" in broken_laws(TWO, verdicts, RetentionRule())
    assert "kept and removed are all" in broken_laws(TWO, verdicts[1:], RetentionRule(last=1))


@given(data=st.data(), zone=zones, given_points=points(), changes=st.integers(1, 6))
def test_no_chain_of_rules_tools_and_days_removes_the_last_restorable_point(
    data: st.DataObject, zone: ZoneInfo, given_points: list[Held], changes: int
) -> None:
    now, held = NOW, given_points
    for _ in range(changes):
        dialect = data.draw(dialects)
        asked = data.draw(rules(dialect))
        last = restorable(held, now)
        verdicts = decide(held, asked, zone=zone, dialect=dialect, now=now)
        assert broken_laws(held, verdicts, asked, now) == []
        held = [each for each in held if each.id in staying(verdicts)]
        assert not last or restorable(held, now) & last
        now += data.draw(st.integers(0, 400)) * DAY


@given(data=st.data(), dialect=dialects, zone=zones, given_points=points())
def test_an_empty_rule_keeps_all(
    data: st.DataObject, dialect: Dialect, zone: ZoneInfo, given_points: list[Held]
) -> None:
    asked = data.draw(st.sampled_from([RetentionRule(), RetentionRule(last=0)]))
    assert staying(decided(given_points, asked, dialect, zone)) == {
        each.id for each in given_points
    }


@given(data=st.data(), dialect=dialects, zone=zones, given_points=points())
def test_the_order_of_the_input_changes_nothing(
    data: st.DataObject, dialect: Dialect, zone: ZoneInfo, given_points: list[Held]
) -> None:
    asked = data.draw(rules(dialect))
    shuffled = data.draw(st.permutations(given_points))
    assert decided(shuffled, asked, dialect, zone) == decided(given_points, asked, dialect, zone)


@given(data=st.data(), dialect=dialects, zone=zones, given_points=points())
def test_deciding_again_on_what_was_kept_keeps_it(
    data: st.DataObject, dialect: Dialect, zone: ZoneInfo, given_points: list[Held]
) -> None:
    asked = data.draw(rules(dialect))
    first = staying(decided(given_points, asked, dialect, zone))
    again = decided([each for each in given_points if each.id in first], asked, dialect, zone)
    assert staying(again) == first


@given(data=st.data(), dialect=st.sampled_from(MONOTONE), zone=zones, given_points=points())
def test_a_longer_rule_of_restic_or_borg_never_removes_more(
    data: st.DataObject, dialect: Dialect, zone: ZoneInfo, given_points: list[Held]
) -> None:
    short = data.draw(rules(dialect))
    extra = data.draw(rules(dialect))
    assume(any(getattr(short, name) for name in (*FIELDS, "within")))
    more: dict[str, Any] = {
        name: (getattr(short, name) or 0) + (getattr(extra, name) or 0) for name in FIELDS
    }
    longer = replace(short, **more)
    assert staying(decided(given_points, short, dialect, zone)) <= staying(
        decided(given_points, longer, dialect, zone)
    )


@settings(max_examples=300)
@given(data=st.data(), zone=st.sampled_from(ODD_ZONES), given_points=points(odd=False))
def test_the_slow_readings_agree(data: st.DataObject, zone: str, given_points: list[Held]) -> None:
    times = sorted({each.at for each in given_points}, reverse=True)
    asked = replace(data.draw(rules(Dialect.PVE)), within=None)
    assume(any(getattr(asked, name) for name in FIELDS))
    for dialect, read in ((Dialect.PVE, slow.proxmox), (Dialect.RESTIC, slow.restic)):
        ours = select(times, asked, zone=ZoneInfo(zone), dialect=dialect, now=0)
        assert {times[at] for at in ours or ()} == read(times, asked, zone)
