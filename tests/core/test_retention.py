"""What a rule keeps, by dialect: cases one can check by hand, and what nothing may remove."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from build_retention import epoch, held, kept, verdicts
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention import Held
from phoenix_dr.core.retention_dialects import Dialect, restic_dialect
from phoenix_dr.errors import Refused, UsageError
from phoenix_dr.render.phrases import LANGUAGES, sentence

RESTIC, OLD_RESTIC, BORG, PVE = (
    Dialect.RESTIC,
    Dialect.RESTIC_BEFORE_16,
    Dialect.BORG,
    Dialect.PVE,
)
PVE_POINTS = [
    Held("a", epoch("2018-05-26 11:18:21", "UTC")),
    Held("b", epoch("2019-12-31 11:18:21", "UTC")),
    Held("c", epoch("2019-12-31 11:18:51", "UTC"), protected=True),
    Held("d", epoch("2019-12-31 11:19:21", "UTC")),
    Held("e", epoch("2020-01-01 11:18:21", "UTC")),
    Held("f", epoch("2020-01-01 12:18:21", "UTC")),
]


@pytest.mark.parametrize("dialect", [Dialect.PVE, Dialect.PBS])
@pytest.mark.parametrize(
    ("rule", "stay"),
    [
        (RetentionRule(last=3), "cdef"),
        (RetentionRule(weekly=2), "acf"),
        (RetentionRule(daily=1, weekly=1, monthly=1), "acdf"),
        (RetentionRule(hourly=4), "acdef"),
        (RetentionRule(yearly=2), "cdf"),
        (RetentionRule(last=2, hourly=2), "acdef"),
        (RetentionRule(last=1, monthly=2), "acdf"),
        (RetentionRule(daily=2), "cdf"),
        (RetentionRule(weekly=1, yearly=1), "acf"),
        (RetentionRule(), "abcdef"),
        (RetentionRule(last=0, daily=0), "abcdef"),
    ],
)
def test_pve_and_pbs_keep_what_the_tests_of_pve_storage_say(
    rule: RetentionRule, stay: str, dialect: Dialect
) -> None:
    assert kept(PVE_POINTS, rule, dialect, zone="UTC", now="2020-01-02") == set(stay)


def test_a_longer_pve_rule_can_remove_more() -> None:
    points = held("2026-11-06", "2026-11-01", "2026-10-27", "2026-10-17")
    short = RetentionRule(hourly=2, monthly=1)
    longer = RetentionRule(hourly=2, weekly=1, monthly=1)
    assert kept(points, short, PVE) - kept(points, longer, PVE) == {"2026-10-27"}
    assert "2026-10-17" in kept(points, longer, PVE)
    for dialect in (RESTIC, OLD_RESTIC):
        assert kept(points, short, dialect) <= kept(points, longer, dialect)


def test_pve_marks_the_rest_of_a_week_at_once_so_that_no_month_takes_it() -> None:
    # One ISO week holds 27 October and 1 November: filled by the latter, it takes October's only.
    points = held("2026-11-01", "2026-10-27")
    assert kept(points, RetentionRule(monthly=3), PVE) == {"2026-11-01", "2026-10-27"}
    assert kept(points, RetentionRule(weekly=1, monthly=3), PVE) == {"2026-11-01"}
    for dialect in (RESTIC, OLD_RESTIC, BORG):
        assert len(kept(points, RetentionRule(weekly=1, monthly=3), dialect)) == 2


def test_equal_numbers_keep_different_points() -> None:
    days = [str(date(2026, 11, 6) - back * DAY) for back in range(60)]
    points, rule = held(*days), RetentionRule(daily=7, weekly=4, monthly=3)
    counts = {each: len(kept(points, rule, each)) for each in (PVE, BORG, OLD_RESTIC, RESTIC)}
    assert counts == {PVE: 12, BORG: 13, OLD_RESTIC: 10, RESTIC: 10}


def test_restic_keeps_the_oldest_from_0_16_on_and_borg_does() -> None:
    points = held("2026-11-06", "2026-11-05 09:00", "2026-11-05 08:00", "2026-11-05 07:00")
    rule = RetentionRule(daily=5)
    assert kept(points, rule, OLD_RESTIC) == {"2026-11-06", "2026-11-05 09:00"}
    for dialect in (RESTIC, BORG):
        oldest = verdicts(points, rule, dialect)["2026-11-05 07:00"]
        assert oldest.reasons == ("daily", "oldest")
    assert [restic_dialect(each) for each in ("0.14.0", "0.15.2")] == [OLD_RESTIC] * 2
    assert [restic_dialect(each) for each in ("0.16.0", "0.18.1", "1.0", "")] == [RESTIC] * 4


def test_a_duration_counts_from_the_newest_for_restic_and_from_now_for_borg() -> None:
    points = held("2026-10-20", "2026-10-15", "2026-10-10")
    rule = RetentionRule(within=7 * DAY)
    assert kept(points, rule, RESTIC) == {"2026-10-20", "2026-10-15"}
    decided = verdicts(points, rule, BORG)
    assert {name for name, each in decided.items() if each.by_tool} == set()
    assert decided["2026-10-20"].reasons == ("newest",)


def test_restic_does_not_count_a_duration_from_the_future() -> None:
    points = held("2027-03-01", "2026-11-05", "2026-11-01", "2026-10-01")
    rule = RetentionRule(within=7 * DAY)
    assert kept(points, rule, RESTIC) == {"2027-03-01", "2026-11-05", "2026-11-01"}
    all_future = held("2028-03-01", "2027-03-01")
    assert all(each.by_tool for each in verdicts(all_future, rule, RESTIC).values())


def test_a_repeated_hour_is_one_hour_and_a_day_of_25_hours_one_day() -> None:
    first = Held("summer", epoch("2026-10-25 02:30"))
    again = Held("winter", epoch("2026-10-25 02:30", fold=1))
    points = [first, again, *held("2026-10-25 00:10", "2026-10-25 23:50", "2026-10-24 23:50")]
    assert kept(points, RetentionRule(hourly=2), OLD_RESTIC) == {"2026-10-25 23:50", "winter"}
    assert kept(points, RetentionRule(daily=2), PVE) == {"2026-10-25 23:50", "2026-10-24 23:50"}


def test_days_are_those_of_the_zone() -> None:
    points = held("2026-07-02 01:00", "2026-07-01 23:00", "2026-06-30 12:00")
    rule = RetentionRule(daily=2)
    assert kept(points, rule, PVE) == {"2026-07-02 01:00", "2026-07-01 23:00"}
    assert kept(points, rule, PVE, zone="UTC", now="2026-11-06") == {
        "2026-07-02 01:00",
        "2026-06-30 12:00",
    }


@pytest.mark.parametrize("dialect", [RESTIC, OLD_RESTIC, BORG, PVE, Dialect.PBS])
def test_week_53_is_one_week_across_the_turn_of_the_year(dialect: Dialect) -> None:
    points = held("2027-01-03", "2026-12-28", "2026-12-27", "2026-12-21")
    stay = kept(points, RetentionRule(weekly=2), dialect, now="2027-01-04")
    assert stay == {"2027-01-03", "2026-12-27"}


@pytest.mark.parametrize("dialect", [RESTIC, OLD_RESTIC, BORG, PVE, Dialect.PBS])
def test_a_leap_day_is_a_day_of_february(dialect: Dialect) -> None:
    points = held("2028-03-01", "2028-02-29", "2028-02-28", "2028-01-31")
    now = "2028-03-02"
    assert kept(points, RetentionRule(daily=2), dialect, now=now) == {"2028-03-01", "2028-02-29"}
    assert kept(points, RetentionRule(monthly=2), dialect, now=now) == {"2028-03-01", "2028-02-29"}


def test_longhorn_counts_copies_and_velero_their_age() -> None:
    points = held("2026-11-06 03:00", "2026-11-06 02:00", "2026-10-01")
    assert kept(points, RetentionRule(last=2), Dialect.LONGHORN) == {
        "2026-11-06 03:00",
        "2026-11-06 02:00",
    }
    month = verdicts(points, RetentionRule(within=30 * DAY), Dialect.VELERO)
    assert month["2026-10-01"].reasons == ("expired",)
    short = verdicts(points, RetentionRule(within=timedelta(hours=1)), Dialect.VELERO)
    assert [name for name, each in short.items() if each.kept] == ["2026-11-06 03:00"]
    assert not short["2026-11-06 03:00"].by_tool


def test_pbs_keeps_an_unfinished_snapshot_only_while_it_is_the_newest() -> None:
    points = [
        Held("trying", epoch("2026-11-06 05:00"), complete=False),
        Held("before", epoch("2026-11-06 04:00"), complete=False),
        Held("good", epoch("2026-11-05")),
        Held("failed", epoch("2026-11-04"), complete=False),
    ]
    decided = verdicts(points, RetentionRule(daily=3), Dialect.PBS)
    assert [name for name, each in decided.items() if each.kept] == ["trying", "good"]
    assert {decided[name].reasons for name in ("trying", "before", "failed")} == {("unfinished",)}
    assert kept(points[1:], RetentionRule(daily=3), Dialect.PBS) == {"before", "good"}


@pytest.mark.parametrize("dialect", Dialect)
def test_an_empty_rule_keeps_everything(dialect: Dialect) -> None:
    points = held("2027-01-01", "2026-11-05", "2001-01-01")
    for rule in (RetentionRule(), RetentionRule(last=0, within=timedelta(0))):
        decided = verdicts(points, rule, dialect)
        assert {each.reasons for each in decided.values()} == {("keep-all",)}
        assert all(each.kept for each in decided.values())
    assert verdicts([], RetentionRule(), dialect) == {}


def test_points_from_the_future_stay_and_do_not_push_the_newest_out() -> None:
    points = held("2031-01-01", "2030-01-01", "2026-11-05", "2026-11-04")
    decided = verdicts(points, RetentionRule(last=1), RESTIC)
    told = {name: (each.kept, each.reasons, each.by_tool) for name, each in decided.items()}
    assert told == {
        "2031-01-01": (True, ("last",), True),
        "2030-01-01": (True, ("future",), False),
        "2026-11-05": (True, ("newest",), False),
        "2026-11-04": (False, ("no-rule",), False),
    }


def test_the_newest_finished_point_stays_behind_a_newer_unfinished_one() -> None:
    points = [
        Held("partial", epoch("2026-11-06 05:00"), complete=False),
        Held("whole", epoch("2026-11-05")),
        Held("older", epoch("2026-11-04")),
    ]
    assert kept(points, RetentionRule(last=1), RESTIC) == {"partial", "whole"}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_protected_point_stays_whatever_the_tool_knows(dialect: Dialect) -> None:
    points = [*held("2026-11-06", "2026-11-05"), Held("pin", epoch("2020-01-01"), protected=True)]
    rule = RetentionRule(within=DAY) if dialect is Dialect.VELERO else RetentionRule(last=1)
    decided = verdicts(points, rule, dialect)
    assert decided["pin"].kept
    assert decided["pin"].reasons == ("protected",)
    assert decided["pin"].by_tool == (dialect in (Dialect.PVE, Dialect.PBS))
    assert not decided["2026-11-05"].kept


@pytest.mark.parametrize(
    ("rule", "dialect", "code"),
    [
        (RetentionRule(daily=-1), RESTIC, "retention-negative"),
        (RetentionRule(last=3, within=-DAY), BORG, "retention-negative"),
        (RetentionRule(daily=7, within=DAY), PVE, "retention-unsupported"),
        (RetentionRule(within=DAY), Dialect.PBS, "retention-unsupported"),
        (RetentionRule(last=3, daily=7), Dialect.LONGHORN, "retention-unsupported"),
        (RetentionRule(last=3, within=DAY), Dialect.VELERO, "retention-unsupported"),
    ],
)
def test_a_rule_the_tool_does_not_have_is_refused_never_ignored(
    rule: RetentionRule, dialect: Dialect, code: str
) -> None:
    with pytest.raises(UsageError, match=code) as refused:
        kept(held("2026-11-06"), rule, dialect)
    for language in LANGUAGES:
        assert sentence(language, f"error.{code}", **refused.value.parameters)


def test_two_points_with_one_id_are_refused() -> None:
    with pytest.raises(Refused, match="point-twice"):
        kept([Held("x", 1), Held("x", 2)], RetentionRule(last=1), RESTIC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_sentence(language: str) -> None:
    keep = (*RetentionRule.__slots__, "oldest", "keep-all", "protected", "unfinished", "newest")
    for code in (*keep, "future"):
        assert sentence(language, f"keep.{code}")
    for code in ("no-rule", "expired", "unfinished"):
        assert sentence(language, f"remove.{code}")
