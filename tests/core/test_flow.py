"""What shows that a schedule runs: two planned times in a row, nothing between, work done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from phoenix_dr.core.flow import Form, Planned, Run, Seen, Stage, Standing, judge, planned, stage
from phoenix_dr.core.regular_work import Work
from phoenix_dr.core.schedule import parse

MINUTE = timedelta(minutes=1)
SINCE = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST, SECOND, THIRD = (datetime(2026, 11, day, 2, tzinfo=UTC) for day in (24, 25, 26))
"""03:00 in Paris."""


def plan(form: Form = Form.TIMERS, arguments: tuple[str, ...] = ("backup",)) -> Planned:
    work = Work("phoenix-x", arguments, parse("0 3 * * *", "Europe/Paris"))
    [made] = planned([work], form, year=2026)
    return made


def look(*starts: datetime, now: datetime, code: int = 0, of: Planned | None = None) -> Seen:
    runs = [Run(at, code) for at in starts]
    return judge(of or plan(), runs, since=SINCE, now=now)


def test_two_planned_times_in_a_row_verify() -> None:
    now = SECOND + timedelta(hours=1)
    seen = look(FIRST + MINUTE, SECOND + 4 * MINUTE, now=now)
    assert (seen.standing, seen.at) == (Standing.VERIFIED, SECOND)


def test_a_run_that_still_runs_does_not_undo_what_was_seen() -> None:
    now = THIRD + timedelta(hours=1)
    assert look(FIRST + MINUTE, SECOND + MINUTE, now=now).standing is Standing.VERIFIED
    later = THIRD + timedelta(days=1, hours=1)
    assert look(FIRST + MINUTE, SECOND + MINUTE, now=later).standing is not Standing.VERIFIED


@pytest.mark.parametrize(
    "starts",
    [
        pytest.param((), id="nothing"),
        pytest.param((FIRST + timedelta(hours=5),), id="by hand once"),
        pytest.param(
            (FIRST + timedelta(hours=5), SECOND + timedelta(hours=5)), id="by hand, regularly"
        ),
        pytest.param((FIRST - MINUTE, SECOND - MINUTE), id="too early"),
        pytest.param((FIRST + 9 * MINUTE, SECOND + 9 * MINUTE), id="too late"),
        pytest.param((SINCE - timedelta(hours=10), SINCE - timedelta(hours=34)), id="before it"),
    ],
)
def test_other_times_verify_nothing(starts: tuple[datetime, ...]) -> None:
    seen = look(*starts, now=SECOND + timedelta(hours=6))
    assert (seen.standing, seen.at) == (Standing.MISSED, SECOND)


def test_one_planned_time_is_not_enough() -> None:
    seen = look(FIRST + MINUTE, now=FIRST + timedelta(hours=1))
    assert (seen.standing, seen.at) == (Standing.ONCE, FIRST)
    assert seen.verified_from == SECOND
    again = look(FIRST + MINUTE, now=SECOND + timedelta(hours=1))
    assert again.standing is Standing.ONCE
    assert again.verified_from == THIRD + timedelta(days=1)


def test_a_schedule_that_comes_more_often_is_another_one() -> None:
    hourly = [FIRST + timedelta(hours=hour) + MINUTE for hour in range(26)]
    assert look(*hourly, now=SECOND + timedelta(hours=3)).standing is Standing.ASTRAY
    minutely = [FIRST + MINUTE * n for n in range(24 * 60 + 5)]
    assert look(*minutely, now=SECOND + timedelta(hours=1)).standing is Standing.ASTRAY


def test_a_start_by_hand_before_the_first_planned_time_harms_nothing() -> None:
    starts = (SINCE + MINUTE, FIRST + MINUTE, SECOND + MINUTE)
    assert look(*starts, now=SECOND + timedelta(hours=1)).standing is Standing.VERIFIED


@pytest.mark.parametrize(
    ("arguments", "code", "standing"),
    [
        (("backup",), 0, Standing.VERIFIED),
        (("backup",), 3, Standing.FAILED),
        (("canary", "beat"), 3, Standing.FAILED),
        (("audit",), 3, Standing.VERIFIED),
        (("drill", "due"), 3, Standing.VERIFIED),
        (("audit",), 2, Standing.FAILED),
        (("observe",), 130, Standing.FAILED),
    ],
)
def test_only_work_that_was_done_counts(
    arguments: tuple[str, ...], code: int, standing: Standing
) -> None:
    starts = (FIRST + MINUTE, SECOND + MINUTE)
    now = SECOND + timedelta(hours=1)
    assert look(*starts, now=now, code=code, of=plan(arguments=arguments)).standing is standing


def test_nothing_is_missed_before_it_is_over() -> None:
    assert look(now=SINCE + timedelta(hours=1)).standing is Standing.WAITING
    assert look(now=FIRST + MINUTE).standing is Standing.WAITING
    assert look(now=FIRST + 9 * MINUTE).standing is Standing.MISSED


def test_each_form_may_be_as_late_as_it_is() -> None:
    late = timedelta(minutes=40)
    now = SECOND + timedelta(hours=3)
    github = plan(Form.ACTIONS)
    assert look(FIRST + late, SECOND + late, now=now, of=github).standing is Standing.VERIFIED
    cron = plan(Form.CRON)
    assert look(FIRST + 3 * MINUTE, now=now, of=cron).standing is Standing.MISSED
    assert look(FIRST + MINUTE, SECOND + MINUTE, now=now, of=cron).standing is Standing.VERIFIED


def test_in_summer_github_runs_an_hour_later_and_is_right() -> None:
    since = datetime(2026, 6, 30, 12, tzinfo=UTC)
    first, second = (datetime(2026, 7, day, 2, 5, tzinfo=UTC) for day in (1, 2))
    runs = [Run(first, 0), Run(second, 0)]
    now = second + timedelta(hours=1)
    github = judge(plan(Form.ACTIONS), runs, since=since, now=now)
    assert github.standing is Standing.VERIFIED
    assert judge(plan(Form.CRON), runs, since=since, now=now).standing is Standing.MISSED


def seen(*standings: Standing) -> list[Seen]:
    return [Seen("x", each, None, SINCE) for each in standings]


@pytest.mark.parametrize(
    ("standings", "asked", "expected"),
    [
        ((Standing.WAITING, Standing.MISSED), False, Stage.PREPARED),
        ((Standing.WAITING, Standing.MISSED), True, Stage.HANDED),
        ((Standing.FAILED, Standing.ASTRAY), True, Stage.HANDED),
        ((Standing.ONCE, Standing.WAITING), True, Stage.APPLIED),
        ((Standing.VERIFIED, Standing.WAITING), True, Stage.APPLIED),
        ((Standing.VERIFIED, Standing.VERIFIED), True, Stage.VERIFIED),
        ((), True, Stage.HANDED),
    ],
)
def test_four_words_for_four_things(
    standings: tuple[Standing, ...], asked: bool, expected: Stage
) -> None:
    assert stage(seen(*standings), asked=asked) is expected
