"""Kubernetes schedules run when Kubernetes runs them: the vectors of the library it uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phoenix_dr.core import schedule
from phoenix_dr.core.kubernetes_schedule import (
    describe,
    longest_gap,
    next_after,
    parse_k8s,
    previous_before,
)
from phoenix_dr.core.model import DAY
from phoenix_dr.errors import UsageError
from phoenix_dr.render.phrases import LANGUAGES, sentence

PARIS = "Europe/Paris"
NEW_YORK = "America/New_York"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOVEMBER = datetime(2026, 11, 23, 10, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment as ISO text; UTC unless it says otherwise."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


ACTIVE = [
    ("2012-07-09T15:00", "0/15 * * * *", True),
    ("2012-07-09T15:45", "0/15 * * * *", True),
    ("2012-07-09T15:40", "0/15 * * * *", False),
    ("2012-07-09T15:05", "5/15 * * * *", True),
    ("2012-07-09T15:20", "5/15 * * * *", True),
    ("2012-07-15T15:00", "0/15 * * Jul *", True),
    ("2012-07-15T15:00", "0/15 * * Jun *", False),
    ("2012-07-15T08:30", "30 08 ? Jul Sun", True),
    ("2012-07-15T08:30", "30 08 15 Jul ?", True),
    ("2012-07-16T08:30", "30 08 ? Jul Sun", False),
    ("2012-07-16T08:30", "30 08 15 Jul ?", False),
    ("2012-07-09T15:00", "@hourly", True),
    ("2012-07-09T15:04", "@hourly", False),
    ("2012-07-09T00:00", "@daily", True),
    ("2012-07-08T00:00", "@weekly", True),
    ("2012-07-08T01:00", "@weekly", False),
    ("2012-07-01T00:00", "@monthly", True),
    # Both kinds of days chosen: one is enough.
    ("2012-07-15T00:00", "* * 1,15 * Sun", True),
    ("2012-06-15T00:00", "* * 1,15 * Sun", True),
    ("2012-08-01T00:00", "* * 1,15 * Sun", True),
    ("2012-07-15T00:00", "* * */10 * Sun", True),
    # A star on one side: the other alone chooses.
    ("2012-07-15T00:00", "* * * * Mon", False),
    ("2012-07-09T00:00", "* * 1,15 * *", False),
    ("2012-07-15T00:00", "* * 1,15 * *", True),
    ("2012-07-15T00:00", "* * */2 * Sun", True),
    ("2012-07-16T00:00", "* * */1 * Sun", False),
]


@pytest.mark.parametrize(("when", "expression", "runs"), ACTIVE)
def test_vectors_of_the_library(when: str, expression: str, runs: bool) -> None:
    cron = parse_k8s(expression)
    assert (next_after(cron, at(when) - timedelta(seconds=1)) == at(when)) is runs
    assert (previous_before(cron, at(when) + timedelta(seconds=1)) == at(when)) is runs


NEXT = [
    ("2012-07-09T14:45", "0/15 * * * *", "2012-07-09T15:00"),
    ("2012-07-09T14:59:59", "0/15 * * * *", "2012-07-09T15:00"),
    ("2012-07-09T15:45", "20-35/15 * * * *", "2012-07-09T16:20"),
    ("2012-07-09T23:46", "*/15 * * * *", "2012-07-10T00:00"),
    ("2012-07-09T23:45", "20-35/15 * * * *", "2012-07-10T00:20"),
    ("2012-07-09T23:35:51", "20-35/15 1/2 * * *", "2012-07-10T01:20"),
    ("2012-07-09T23:35:51", "20-35/15 1/2 */2 * *", "2012-07-11T01:20"),
    ("2012-07-09T23:35", "0 0 9 Apr-Oct ?", "2012-08-09T00:00"),
    ("2012-07-09T23:35", "0 0 */5 Apr,Aug,Oct Mon", "2012-08-01T00:00"),
    ("2012-07-09T23:35", "0 0 */5 Oct Mon", "2012-10-01T00:00"),
    ("2012-07-09T23:35", "0 0 * Feb Mon", "2013-02-04T00:00"),
    ("2012-07-09T23:35", "0 0 * Feb Mon/2", "2013-02-01T00:00"),
    ("2012-12-31T23:59:45", "* * * * *", "2013-01-01T00:00"),
    ("2012-07-09T23:35", "0 0 29 Feb ?", "2016-02-29T00:00"),
    ("2096-03-01T00:00", "0 0 29 Feb ?", "2104-02-29T00:00"),
    # Clocks skip 02:00 to 03:00: no run that day, nor that year.
    ("2012-03-11T00:00-05:00", f"TZ={NEW_YORK} 30 2 11 Mar ?", "2013-03-11T02:30-04:00"),
    ("2012-03-11T00:00-05:00", f"CRON_TZ={NEW_YORK} 0 2 * * ?", "2012-03-12T02:00-04:00"),
    ("2012-03-11T00:00-05:00", f"TZ={NEW_YORK} 0 * * * ?", "2012-03-11T01:00-05:00"),
    ("2012-03-11T01:00-05:00", f"TZ={NEW_YORK} 0 * * * ?", "2012-03-11T03:00-04:00"),
    # Clocks show 01:00 to 02:00 twice: two runs.
    ("2012-11-04T00:00-04:00", f"TZ={NEW_YORK} 30 2 04 Nov ?", "2012-11-04T02:30-05:00"),
    ("2012-11-04T01:45-04:00", f"TZ={NEW_YORK} 30 1 04 Nov ?", "2012-11-04T01:30-05:00"),
    ("2012-11-04T00:00-04:00", f"TZ={NEW_YORK} 0 1 * * ?", "2012-11-04T01:00-04:00"),
    ("2012-11-04T01:00-04:00", f"TZ={NEW_YORK} 0 1 * * ?", "2012-11-04T01:00-05:00"),
    ("2012-11-04T01:00-05:00", f"TZ={NEW_YORK} 0 1 * * ?", "2012-11-05T01:00-05:00"),
    ("2012-11-04T00:00-04:00", f"TZ={NEW_YORK} @hourly", "2012-11-04T01:00-04:00"),
    # From the moment the clocks change on, the second time is still to come.
    ("2012-11-04T01:10-05:00", f"TZ={NEW_YORK} 0,30 1 * * ?", "2012-11-04T01:30-05:00"),
    # Intervals count from the run before.
    ("2012-07-09T14:45:30", "@every 90m", "2012-07-09T16:15:30"),
    ("2012-07-09T14:45:30.900000", "@every 1s", "2012-07-09T14:45:31"),
]


@pytest.mark.parametrize(("after", "expression", "expected"), NEXT)
def test_the_next_run(after: str, expression: str, expected: str) -> None:
    assert next_after(parse_k8s(expression), at(after)) == at(expected)


@pytest.mark.parametrize("never", ["0 0 30 Feb ?", "0 0 31 Apr ?", ", * * * *", "0 , * * *"])
def test_what_never_runs_is_valid_and_bounds_nothing(never: str) -> None:
    cron = parse_k8s(never)
    assert next_after(cron, NOVEMBER) is None
    assert previous_before(cron, NOVEMBER) is None
    assert longest_gap(cron, after=NOVEMBER) is None
    assert describe(cron)[0] == "raw"


def test_a_zone_in_front_overrides_the_one_given_and_none_is_utc() -> None:
    plain, zoned = parse_k8s("30 2 * * *"), parse_k8s("30 2 * * *", PARIS)
    before = parse_k8s(f"CRON_TZ={PARIS} 30 2 * * *", NEW_YORK)
    assert next_after(plain, NOVEMBER) == at("2026-11-24T02:30")
    assert next_after(zoned, NOVEMBER) == next_after(before, NOVEMBER) == at("2026-11-24T01:30")
    assert (plain.timezone, before.timezone) == ("UTC", PARIS)
    assert parse_k8s("TZ= @daily", PARIS).timezone == "UTC"


CHANGES = [
    # Paris: 02:00 to 03:00 is skipped on 29 March, shown twice on 25 October 2026.
    ("30 2 * * *", "2026-03-28T22:00", "2026-03-30T22:00", ["30 00:30"]),
    ("30 2 * * *", "2026-10-24T20:00", "2026-10-26T20:00", ["25 00:30", "25 01:30", "26 01:30"]),
    ("0 3 * * *", "2026-03-28T22:00", "2026-03-30T22:00", ["29 01:00", "30 01:00"]),
    ("0 3 * * *", "2026-10-24T20:00", "2026-10-26T20:00", ["25 02:00", "26 02:00"]),
]


@pytest.mark.parametrize(("expression", "since", "until", "expected"), CHANGES)
def test_a_zoned_schedule_on_the_days_clocks_change(
    expression: str, since: str, until: str, expected: list[str]
) -> None:
    cron = parse_k8s(expression, PARIS)
    forth: list[str] = []
    back: list[str] = []
    moment = at(since)
    while (run := next_after(cron, moment)) and run < at(until):
        forth.append(run.strftime("%d %H:%M"))
        moment = run
    moment = at(until)
    while (run := previous_before(cron, moment)) and run > at(since):
        back.append(run.strftime("%d %H:%M"))
        moment = run
    assert forth == back[::-1] == expected


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_two_thirty_runs_once_on_both_days_in_utc_and_for_cron(day: str) -> None:
    start = at(f"{day}T00:00") - 2 * HOUR
    cron, ours = schedule.parse("30 2 * * *", PARIS), parse_k8s("30 2 * * *")
    first, second = next_after(ours, start), schedule.next_after(cron, start)
    assert first is not None
    assert start < min(first, second) <= max(first, second) < start + DAY
    assert next_after(ours, first) == first + DAY
    assert schedule.next_after(cron, second) > start + DAY


def test_days_that_clocks_show_out_of_order_keep_their_runs_in_order() -> None:
    # In 2010 St. John's went back at 00:01, from Sunday into Saturday, and saw midnight twice.
    cron = parse_k8s("0,30 0,23 * * *", "America/St_Johns")
    runs, moment = [], at("2010-11-07T01:59")
    for _ in range(6):
        found = next_after(cron, moment)
        assert found is not None
        runs.append(found.astimezone(ZoneInfo(cron.timezone)).strftime("%d %H:%M"))
        moment = found
    assert runs == ["06 23:30", "07 00:00", "06 23:30", "07 00:00", "07 00:30", "07 23:00"]


@pytest.mark.parametrize(
    "expression",
    ["", " ", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
     "* * * 0 *", "* * * 13 *", "* * * * 7", "0 0 * * sun-7", "5-1 * * * *", "*/0 * * * *",
     "-1 * * * *", "1- * * * *", "1-2-3 * * * *", "*/2/3 * * * *", "1/ * * * *", "* * L * *",
     "* * * * 5#2", "* * 15W * *", "* * * janvier *", "* * jan * *", "1.5 * * * *", "1_0 * * * *",
     "²  * * * *", "@Daily", " @daily", "@daily ", "@reboot", "@every", "@every 1", "@every 1d",
     "@every 1h 30m", "@every h", "@every -", "@every  1h", "@every 9999999h", "TZ=UTC",
     "CRON_TZ=UTC ", "cron_tz=UTC @daily", "9" * 5000 + " * * * *", "@every " + "9" * 5000 + "h"],
    ids=lambda text: text[:20] or "empty",
)  # fmt: skip
def test_what_kubernetes_refuses_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="kubernetes-cron-invalid"):
        parse_k8s(expression)


@pytest.mark.parametrize(
    "expression",
    ["? ? ? ? ?", "*-5 * * * *", "+5 * * * *", "*/99 * * * *", "*/99999999999 * * * *",
     "1,,2 * * * *", "0 0 * JAN-dec SUN-sat", "\t0  0 * * *\n", "TZ=UTC   @daily", "00 003 * * *"],
)  # fmt: skip
def test_what_kubernetes_takes_is_taken(expression: str) -> None:
    assert next_after(parse_k8s(expression), NOVEMBER)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Local", "../etc", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UsageError, match="timezone-unknown"):
        parse_k8s("@daily", zone)
    with pytest.raises(UsageError, match="timezone-unknown"):
        parse_k8s(f"CRON_TZ={zone} @daily")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h30m", 5400), ("1.5h", 5400), (".5h", 1800), ("90s", 90), ("+2m", 120), ("1.9s", 1),
     ("100ms", 1), ("0", 1), ("-3h", 1), ("1h1ns", 3600), ("1500000us", 1),
     ("2540400s", 2_540_400)],
)  # fmt: skip
def test_intervals_are_go_durations_of_whole_seconds(text: str, seconds: int) -> None:
    assert parse_k8s(f"@every {text}").every == timedelta(seconds=seconds)


GAPS = [
    ("@daily", "UTC", DAY),
    ("30 2 * * *", "UTC", DAY),
    ("30 2 * * *", PARIS, 47 * HOUR),
    ("0 3 * * *", PARIS, 25 * HOUR),
    ("0 3,15 * * *", PARIS, 13 * HOUR),
    ("* * * * *", PARIS, MINUTE),
    ("@hourly", PARIS, HOUR),
    ("*/7 * * * *", "UTC", 7 * MINUTE),
    ("0 21 * * mon-fri", "UTC", 3 * DAY),
    ("0 4 * * 0", "UTC", 7 * DAY),
    ("0 0 1 * 0", "UTC", 7 * DAY),
    ("@monthly", "UTC", 31 * DAY),
    ("@yearly", "UTC", 365 * DAY),
    ("0 0 29 2 *", "UTC", 1461 * DAY),
    ("@every 6h", PARIS, 6 * HOUR),
]


@pytest.mark.parametrize(("expression", "zone", "gap"), GAPS)
def test_the_longest_gap(expression: str, zone: str, gap: timedelta) -> None:
    assert longest_gap(parse_k8s(expression, zone), after=NOVEMBER) == gap


@pytest.mark.parametrize(
    ("expression", "english"),
    [
        ("0 3 * * *", "daily at 03:00"),
        (f"CRON_TZ={PARIS} 0 3 * * ?", "daily at 03:00"),
        ("@weekly", "Sundays at 00:00"),
        ("0 4 * * SUN", "Sundays at 04:00"),
        ("0 21 * * 1-5", "Monday to Friday at 21:00"),
        ("0 6,18 * * sat,sun", "Saturday and Sunday at 06:00, 18:00"),
        ("@monthly", "day 1 of the month at 00:00"),
        ("*/15 * * * *", "every 15 minutes"),
        ("? ? ? ? ?", "every minute"),
        ("@hourly", "hourly, at minute 00"),
        ("0 0 1 * 0", "0 0 1 * 0"),
        ("@yearly", "@yearly"),
        ("@every 6h", "every 6 h, counted from the run before"),
        ("@every 90m", "every 1 h 30, counted from the run before"),
    ],
)
def test_in_words(expression: str, english: str) -> None:
    code, parameters = describe(parse_k8s(expression))
    assert sentence("en", f"schedule.{code}", **dict(parameters)) == english
    for language in LANGUAGES:
        assert sentence(language, f"schedule.{code}", **dict(parameters))
