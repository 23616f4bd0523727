"""Proxmox calendar events run when PVE runs them: its documented table, and its tests' vectors."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.calendar_events import (
    describe,
    longest_gap,
    next_after,
    parse,
    previous_before,
)
from phoenix_dr.core.model import DAY
from phoenix_dr.errors import UsageError
from phoenix_dr.render.phrases import LANGUAGES, sentence

PARIS = "Europe/Paris"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 11, 6, tzinfo=UTC)
JULY_31 = datetime(2020, 7, 31, tzinfo=UTC)


def at(seconds: int) -> datetime:
    """A moment by epoch seconds; 0 was a Thursday."""
    return datetime.fromtimestamp(seconds, UTC)


def runs(expression: str, count: int, *, after: datetime = FRIDAY, zone: str = "UTC") -> list[str]:
    """The next runs on the local clock: `Fri 06 00:05 CET`."""
    event, moment, found = parse(expression, zone), after, []
    for _ in range(count):
        run = next_after(event, moment)
        if run is None:
            break
        found.append(run.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M"))
        moment = run
    return found


DOCUMENTED = [
    ("mon,tue,wed,thu,fri", "mon..fri", ["Mon 09 00:00", "Tue 10 00:00"]),
    ("sat,sun", "sat..sun", ["Sat 07 00:00", "Sun 08 00:00", "Sat 14 00:00"]),
    ("mon,wed,fri", "mon,wed,fri", ["Mon 09 00:00", "Wed 11 00:00", "Fri 13 00:00"]),
    ("12:05", "12:05", ["Fri 06 12:05", "Sat 07 12:05"]),
    ("*/5", "0/5", ["Fri 06 00:05", "Fri 06 00:10"]),
    (
        "mon..wed 30/10",
        "mon,tue,wed 30/10",
        ["Mon 09 00:30", "Mon 09 00:40", "Mon 09 00:50", "Mon 09 01:30"],
    ),
    ("mon..fri 8..17,22:0/15", "mon..fri 8..17,22:0/15", ["Fri 06 08:00", "Fri 06 08:15"]),
    (
        "fri 12..13:5/20",
        "fri 12,13:5/20",
        [f"Fri 06 {each}" for each in ("12:05", "12:25", "12:45", "13:05", "13:25", "13:45")],
    ),
    (
        "12,14,16,18,20,22:5",
        "12/2:5",
        [f"Fri 06 {hour}:05" for hour in (12, 14, 16, 18, 20, 22)] + ["Sat 07 12:05"],
    ),
    ("*", "*/1", ["Fri 06 00:01", "Fri 06 00:02"]),
    ("*-05", "*-*-05", ["Sat 05 00:00", "Tue 05 00:00"]),
    ("Sat *-1..7 15:00", "sat *-*-1..7 15:00:00", ["Sat 07 15:00", "Sat 05 15:00"]),
    ("2015-10-21", "2015-10-21 00:00", []),
    ("minutely", "*-*-* *:*:00", ["Fri 06 00:01"]),
    ("hourly", "*-*-* *:00:00", ["Fri 06 01:00"]),
    ("daily", "*-*-* 00:00:00", ["Sat 07 00:00"]),
    ("weekly", "mon *-*-* 00:00:00", ["Mon 09 00:00"]),
    ("monthly", "*-*-01 00:00:00", ["Tue 01 00:00", "Fri 01 00:00"]),
    ("yearly", "annually", ["Fri 01 00:00", "Sat 01 00:00"]),
    ("quarterly", "*-01,04,07,10-01 00:00:00", ["Fri 01 00:00", "Thu 01 00:00"]),
    ("semiannually", "semi-annually", ["Fri 01 00:00", "Thu 01 00:00"]),
]


@pytest.mark.parametrize(("expression", "alternative", "expected"), DOCUMENTED)
def test_the_documented_table(expression: str, alternative: str, expected: list[str]) -> None:
    assert runs(expression, len(expected)) == expected
    assert runs(alternative, max(len(expected), 9)) == runs(expression, max(len(expected), 9))


def test_a_number_alone_is_a_minute_not_an_hour() -> None:
    assert runs("mon..fri 22", 2) == ["Fri 06 00:22", "Fri 06 01:22"]


VECTORS = [
    ("*/12:0", 10, 43_200),
    ("*/12:0", 13 * 3600, 86_400),
    ("1/12:0/15", 0, 3600),
    ("1/12:0/15", 3600 + 45 * 60, 13 * 3600),
    ("1/12:0/15", 13 * 3600 + 45 * 60, 25 * 3600),
    ("1,4,6", 6 * 60, 3660),
    ("Mon", 0, 4 * 86_400),
    ("22/1:0", 22 * 3600 + 59 * 60, 23 * 3600),
    ("*/2:*", 3600, 7200),
    ("20..22:*/30", 22 * 3600 + 1800, 44 * 3600),
    ("*:*:*", 0, 1),
    ("*:3:5", 0, 185),
    ("mon 2:50", 0, 4 * 86_400 + 2 * 3600 + 50 * 60),
    ("4..10/2:0", 5 * 3600, 6 * 3600),
    ("4..10/2:0", 11 * 3600, 86_400 + 4 * 3600),
    ("10,5:8,4", 0, 5 * 3600 + 240),
    ("6,4..10:23,5/5", 0, 4 * 3600 + 300),
    ("5/2:0", 5 * 3600, 7 * 3600),
    ("02-28", 0, 58 * 86_400),
    ("02-29", 0, 789 * 86_400),
    ("1965/5-01-01", -1, 0),
    ("quarterly", 0, 90 * 86_400),
    ("semi-annually", 0, 181 * 86_400),
    ("yearly", 0, 365 * 86_400),
]


@pytest.mark.parametrize(("expression", "after", "expected"), VECTORS)
def test_the_vectors_of_pve_common_and_proxmox_time(
    expression: str, after: int, expected: int
) -> None:
    assert next_after(parse(f"{expression} UTC", PARIS), at(after)) == at(expected)


@pytest.mark.parametrize(("expression", "after", "expected"), VECTORS)
def test_backwards_the_vectors_lead_to_the_same_runs(
    expression: str, after: int, expected: int
) -> None:
    event = parse(f"{expression} UTC", PARIS)
    before = previous_before(event, at(expected))
    assert before is None or before <= at(after)
    assert previous_before(event, at(expected) + timedelta(microseconds=1)) == at(expected)


def test_before_its_first_run_an_event_never_ran() -> None:
    assert previous_before(parse("2015-10-21", "UTC"), FRIDAY) == datetime(2015, 10, 21, tzinfo=UTC)
    for never in ("2030-01-01", "02-30"):
        assert previous_before(parse(never, "UTC"), FRIDAY) is None


def test_backwards_a_skipped_time_is_no_run_and_a_repeated_one_runs_once() -> None:
    event, moment, found = parse("02:30", PARIS), datetime(2026, 3, 31, 12, tzinfo=UTC), []
    for _ in range(3):
        moment = previous_before(event, moment) or moment
        found.append(moment.strftime("%d %H:%M"))
    assert found == ["31 00:30", "30 00:30", "28 01:30"]
    autumn = datetime(2026, 10, 25, 12, tzinfo=UTC)
    last = previous_before(event, autumn)
    assert last == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert previous_before(event, last) == datetime(2026, 10, 24, 0, 30, tzinfo=UTC)


def test_dates_of_proxmox_time() -> None:
    assert next_after(parse("2020-7..9-2/2", "UTC"), JULY_31) == JULY_31 + 2 * DAY
    assert next_after(parse("2020,2021-12-31", "UTC"), JULY_31) == datetime(
        2020, 12, 31, tzinfo=UTC
    )
    assert next_after(parse("2150-01-01", "UTC"), JULY_31) == datetime(2150, 1, 1, tzinfo=UTC)
    for never in ("2021-02-29", "02-30", "*-0"):
        assert next_after(parse(never, "UTC"), JULY_31.replace(year=2000)) is None


@pytest.mark.parametrize(
    "expression",
    ["fri..mon", "MON", "monDay", "mon,tue..wednesday,fri..sat", "sun..sat", "mon12:00", " 3:0 ",
     "5/0", "8:00 UTC"],
)  # fmt: skip
def test_what_pve_takes_is_taken(expression: str) -> None:
    assert next_after(parse(expression, PARIS), FRIDAY) is not None


@pytest.mark.parametrize(
    "expression",
    ["", " ", "UTC", "61", "*/61", "0..80", "5..3", "*/0", "*,5", "24:00", "1:60", "99-01", "1-32",
     "2200-01-01", "2020-01-0112:00", "Daily", "dailyish", "mon..", "mon,", "mon, tue", "1,", "a",
     "1:2:3:4", "-1", "1.5", "\u0661:00", "0 2 * * *", "1\n", "0/59:0", "9" * 5000],
)  # fmt: skip
def test_what_pve_refuses_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="calendar-invalid"):
        parse(expression, PARIS)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="timezone-unknown"):
        parse("daily", "Europe/Nowhere")


def test_a_skipped_time_is_no_run_and_a_repeated_one_runs_once() -> None:
    spring, autumn = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert runs("02:30", 3, after=spring, zone=PARIS) == [
        "Sat 28 02:30", "Mon 30 02:30", "Tue 31 02:30",
    ]  # fmt: skip
    assert runs("02:30", 2, after=autumn, zone=PARIS) == ["Sun 25 02:30", "Mon 26 02:30"]
    assert runs("1..3:0", 3, after=spring + 20 * HOUR, zone=PARIS)[:2] == [
        "Sun 29 01:00", "Sun 29 03:00",
    ]  # fmt: skip
    assert runs("0..3:*/30", 8, after=autumn, zone=PARIS)[-3:] == [
        "Sun 25 02:30", "Sun 25 03:00", "Sun 25 03:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "zone", "gap"),
    [
        ("daily", "UTC", DAY),
        ("daily", PARIS, 25 * HOUR),
        ("02:30", PARIS, 47 * HOUR),
        ("*", "UTC", MINUTE),
        ("*", PARIS, 61 * MINUTE),
        ("hourly", PARIS, 2 * HOUR),
        ("mon..fri 21:00", "UTC", 3 * DAY),
        ("8..17:0/30", "UTC", 14 * HOUR + 30 * MINUTE),
        ("*-05", "UTC", 31 * DAY),
        ("monthly", PARIS, 31 * DAY + HOUR),
        ("Sat *-1..7 15:00", "UTC", 35 * DAY),
        ("yearly", "UTC", 365 * DAY),
        ("02-29", "UTC", 1461 * DAY),
        ("2030,2031-01-01", "UTC", 365 * DAY),
        ("2030-01-01", "UTC", None),
        ("2015-10-21", "UTC", None),
        ("02-30", "UTC", None),
    ],
)
def test_the_longest_gap(expression: str, zone: str, gap: timedelta | None) -> None:
    assert longest_gap(parse(expression, zone), after=FRIDAY) == gap


@pytest.mark.parametrize(
    ("expression", "english"),
    [
        ("21:00", "daily at 21:00"),
        ("daily", "daily at 00:00"),
        ("mon..fri 21:00", "Monday to Friday at 21:00"),
        ("sat,sun 6,18:0", "Saturday and Sunday at 06:00, 18:00"),
        ("sun 3:15", "Sundays at 03:15"),
        ("*-05", "day 5 of the month at 00:00"),
        ("*/15", "every 15 minutes"),
        ("*", "every minute"),
        ("mon..fri 8..17:0/15", "mon..fri 8..17:0/15"),
        ("*:*:30", "*:*:30"),
        ("02-29", "02-29"),
    ],
)
def test_in_words(expression: str, english: str) -> None:
    code, parameters = describe(parse(expression, PARIS))
    assert sentence("en", f"schedule.{code}", **dict(parameters)) == english
    for language in LANGUAGES:
        assert sentence(language, f"schedule.{code}", **dict(parameters))


values = st.lists(st.integers(0, 23), min_size=1, max_size=4).map(lambda each: sorted(set(each)))


@given(
    hours=values,
    minutes=values,
    days=st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])),
    zone=st.sampled_from(["UTC", PARIS, "Australia/Lord_Howe", "America/Sao_Paulo"]),
    start=st.integers(1_480_000_000, 1_900_000_000),
)
def test_runs_follow_each_other_within_the_longest_gap(
    hours: list[int], minutes: list[int], days: set[str], zone: str, start: int
) -> None:
    listed = ",".join(map(str, hours)), ",".join(map(str, minutes))
    event = parse(f"{','.join(sorted(days))} {listed[0]}:{listed[1]}", zone)
    worst, moment = longest_gap(event, after=at(start)), next_after(event, at(start))
    assert worst is not None
    assert moment is not None
    assert moment - at(start) <= worst
    for _ in range(10):
        following = next_after(event, moment)
        assert following is not None
        assert previous_before(event, following) == moment
        local = following.astimezone(ZoneInfo(zone))
        assert (local.hour in hours, local.minute in minutes) == (True, True)
        assert not days or local.strftime("%a").lower() in days
        assert timedelta(0) < following - moment <= worst
        moment = following


@given(st.text(alphabet=string.digits + "*,./:- monfrisatUTC\n", max_size=30))
def test_any_text_is_an_event_or_a_usage_error(text: str) -> None:
    try:
        event = parse(text, PARIS)
    except UsageError:
        return
    assert next_after(event, FRIDAY) is None or event.times
