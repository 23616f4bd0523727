"""Laws of retention over random histories, and two slow readings of the dialects to agree with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracle import slow
from oracle.histories import EDGES, ZONES
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
