"""Laws of Kubernetes schedules over random schedules, zones and days on which clocks change."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core import schedule
from phoenix_dr.core.kubernetes_schedule import (
    KubernetesCron,
    longest_gap,
    next_after,
    parse_k8s,
    previous_before,
    runs_after,
)
from phoenix_dr.core.model import DAY
from phoenix_dr.errors import UsageError

MINUTE = timedelta(minutes=1)
NOVEMBER = datetime(2026, 11, 23, 10, tzinfo=UTC)


def values(among: range) -> st.SearchStrategy[str]:
    """A field: a star, a step, or some numbers."""
    numbers = st.sets(st.sampled_from(among), min_size=1, max_size=4)
    listed = numbers.map(lambda each: ",".join(map(str, sorted(each))))
    return st.one_of(st.just("*"), st.integers(2, 20).map(lambda step: f"*/{step}"), listed)


fields = (range(60), range(24), range(1, 29), range(1, 13), range(7))
expressions = st.tuples(*map(values, fields)).map(" ".join)
zones = st.sampled_from(
    ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
     "Asia/Beirut", "Pacific/Apia", "Africa/Cairo"]
)  # fmt: skip
crons = st.builds(parse_k8s, expressions, zones)
moments = st.integers(1_290_000_000, 1_900_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@given(crons, moments)
def test_next_and_previous_agree_and_every_run_shows_a_chosen_minute(
    cron: KubernetesCron, moment: datetime
) -> None:
    before = previous_before(cron, moment + timedelta(microseconds=1))
    gap, year = longest_gap(cron, after=moment), moment + 365 * DAY
    assert gap is not None
    for _, run in zip(range(5), runs_after(cron, moment), strict=False):
        assert next_after(cron, moment) == run > moment
        assert previous_before(cron, run) == before
        local = run.astimezone(ZoneInfo(cron.timezone))
        assert local.second == 0
        assert local.hour * 3600 + local.minute * 60 in cron.times
        assert local.month in cron.months
        chosen = local.day in cron.days, local.isoweekday() % 7 in cron.weekdays
        assert any(chosen) if cron.either else all(chosen)
        assert before is None or run - before <= gap or run > year
        before = moment = run


changes = st.sampled_from(
    ["2018-03-11T07:00", "2018-03-25T01:00", "2018-04-01T14:00", "2018-10-28T01:00",
     "2018-11-04T03:00", "2018-02-18T02:00", "2018-03-24T22:00", "2018-10-27T21:00",
     "2026-04-23T22:00", "2026-10-29T21:00", "2018-10-06T15:30"]
)  # fmt: skip
"""When clocks change in these zones."""


@settings(max_examples=150)
@given(expressions, zones, changes, st.integers(-1500, 200))
def test_no_run_is_left_out(expression: str, zone: str, change: str, minute: int) -> None:
    cron = parse_k8s(expression, zone)
    start = datetime.fromisoformat(f"{change}+00:00") + minute * MINUTE
    slow = []
    for step in range(1, 1441):
        local = (start + step * MINUTE).astimezone(ZoneInfo(zone))
        chosen = local.day in cron.days, local.isoweekday() % 7 in cron.weekdays
        if (
            local.hour * 3600 + local.minute * 60 in cron.times
            and local.month in cron.months
            and (any(chosen) if cron.either else all(chosen))
        ):
            slow.append(start + step * MINUTE)
    found = []
    for run in runs_after(cron, start):
        if run > start + DAY:
            break
        found.append(run)
    assert found == slow


plain = st.tuples(*map(values, fields[:2]), st.just("*"), values(fields[3]), values(fields[4]))


@given(plain.map(" ".join), moments)
def test_in_utc_it_runs_as_cron_does(expression: str, moment: datetime) -> None:
    other = schedule.parse(expression, "UTC")
    ours = parse_k8s(expression)
    assert next_after(ours, moment) == schedule.next_after(other, moment)
    assert previous_before(ours, moment) == schedule.previous_before(other, moment)


@given(st.text(alphabet=string.digits + "*,/-? @everydailymhsTZ=UTC.\n", max_size=24))
def test_any_text_is_a_schedule_or_a_usage_error(text: str) -> None:
    try:
        cron = parse_k8s(text)
    except UsageError:
        return
    run = next_after(cron, NOVEMBER)
    assert run is None or run > NOVEMBER
