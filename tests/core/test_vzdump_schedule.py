"""A cron schedule becomes the calendar event that runs when it does, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_jobs import PARIS
from phoenix_dr.core import calendar_events, schedule
from phoenix_dr.core.schedule import Cron
from phoenix_dr.core.vzdump_schedule import clock_change, event_of
from phoenix_dr.errors import UsageError

START = datetime(2026, 11, 23, tzinfo=UTC)
YEAR = timedelta(days=366)
MANY = "1,2,4,7,11,13,17,19,23,29,31,37,41,43,47,53,56,58"
LESS = "1,2,4,7,9,11,13,17,19,23"


def before(until: datetime, runs: Iterator[datetime]) -> set[datetime]:
    """The runs up to a moment."""
    return {*takewhile(lambda at: at < until, runs)}


def differing(cron: Cron, event: str) -> tuple[list[datetime], list[datetime]]:
    """Runs of a whole year that only cron makes, and that only the event makes."""
    there = calendar_events.parse(event, cron.timezone)
    ours = before(START + YEAR, schedule.runs_after(cron, START))
    theirs = before(START + YEAR, calendar_events.runs_after(there, START))
    assert ours
    return sorted(ours - theirs), sorted(theirs - ours)


@pytest.mark.parametrize(
    ("cron", "event"),
    [
        ("0 3 * * *", "03:00"),
        ("@daily", "00:00"),
        ("0 3,15 * * *", "03,15:00"),
        ("30 22 * * 1-5", "mon..fri 22:30"),
        ("0 4 * * 0", "sun 04:00"),
        ("0 4 * * 7", "sun 04:00"),
        ("0 4 * * SAT,SUN", "sat,sun 04:00"),
        ("0 4 1 * *", "*-01 04:00"),
        ("0 4 1-7 * *", "*-01..07 04:00"),
        ("0 4 1 1,7 *", "01,07-01 04:00"),
        ("0 4 * 6 *", "06-* 04:00"),
        ("15 */6 * * *", "00/6:15"),
        ("5/15 * * * *", "*:05/15"),
        ("0 8-18 * * *", "08..18:00"),
        ("0 3 */2 * 1", "mon *-01/2 03:00"),
        ("0 3 29 2 *", "02-29 03:00"),
    ],
)
def test_vectors_run_at_the_same_times_all_year_in_utc(cron: str, event: str) -> None:
    made = schedule.parse(cron, "UTC")
    assert event_of(made) == event
    if "29" not in cron:
        assert differing(made, event) == ([], [])


@pytest.mark.parametrize(
    ("cron", "part"),
    [
        ("0 3 L * *", "L"),
        ("0 3 LW * *", "LW"),
        ("0 3 * * 1#3", "1#3"),
        ("0 3 * * 5L", "5L"),
        ("0 3 1 * 1", "1 * 1"),
        (f"{MANY} {LESS} {LESS} 1,2,4,5,7,9,11 *", None),
    ],
)  # fmt: skip
def test_what_pve_cannot_say_is_named(cron: str, part: str | None) -> None:
    with pytest.raises(UsageError, match="vzdump-schedule") as caught:
        event_of(schedule.parse(cron, PARIS))
    assert caught.value.parameters["expression"] == cron
    assert part is None or caught.value.parameters["part"] == part


@pytest.mark.parametrize(
    ("cron", "missed"),
    [
        ("0 3 * * *", []),
        # 02:30 is skipped on 28 March: cron makes up for it at 03:00, PVE does not.
        ("30 2 * * *", ["2027-03-28T01:00+00:00"]),
        # 02:00 to 03:00 comes twice on 31 October: `*` runs in both hours, PVE in one.
        ("0 * * * *", ["2027-10-31T01:00+00:00"]),
    ],
)
def test_on_the_days_clocks_change_the_difference_is_named(cron: str, missed: list[str]) -> None:
    made = schedule.parse(cron, PARIS)
    event = event_of(made)
    told = clock_change(made, event, after=START)
    assert [at.isoformat(timespec="minutes") for at in told.missed] == missed
    assert (list(told.missed), list(told.added)) == differing(made, event)


NUMBERS = st.one_of(
    st.just("*"),
    st.sampled_from(["*/2", "*/5", "1-3", "1,2,4", "2/3", "5"]),
    st.integers(1, 6).map(str),
)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
@settings(max_examples=40)
def test_every_other_day_is_the_same_whatever_the_schedule(fields: tuple[str, ...]) -> None:
    made = schedule.parse(" ".join(fields), PARIS)
    try:
        event = event_of(made)
    except UsageError:
        assert not fields[2].startswith("*")
        assert not fields[4].startswith("*")
        return
    there = calendar_events.parse(event, PARIS)
    told = clock_change(made, event, after=START)
    for month in (1, 3, 10):
        since = datetime(2027, month, 26, tzinfo=UTC)
        until = since + timedelta(days=7)
        ours = before(until, schedule.runs_after(made, since))
        theirs = before(until, calendar_events.runs_after(there, since))
        assert ours - theirs == {at for at in told.missed if since < at < until}
        assert theirs - ours == {at for at in told.added if since < at < until}
