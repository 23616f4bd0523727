"""A policy as RecurringJobs: days become the count that holds them, and nothing is guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.recurring_jobs import LONGEST_NAME, Wanted, named, recurring_job, retain
from phoenix_dr.errors import UsageError

DAY = timedelta(days=1)


def test_the_seeds_media_stack_is_exactly_two_jobs() -> None:
    daily = Wanted("volumes", "snapshot", "0 3 * * *", RetentionRule(within=7 * DAY))
    weekly = Wanted("volumes", "backup", "0 4 * * 0", RetentionRule(within=30 * DAY))
    assert recurring_job(daily, group="phoenix-volumes") == RecurringJob(
        "phoenix-volumes-snapshots", "snapshot", "0 3 * * *", 7, ("phoenix-volumes",)
    )
    assert recurring_job(weekly, group="phoenix-volumes") == RecurringJob(
        "phoenix-volumes", "backup", "0 4 * * 0", 5, ("phoenix-volumes",)
    )


@pytest.mark.parametrize(
    ("cron", "days", "count"),
    [
        ("0 3 * * *", 7, 7),
        ("0 3,15 * * *", 7, 14),
        ("0 4 * * 0", 7, 1),
        ("0 4 * * 0", 8, 2),
        ("0 4 * * 1,2", 7, 2),
        ("0 0 1 * *", 30, 2),
        ("0 0 1 1 *", 30, 1),
        ("@every 6h", 1, 4),
        ("*/30 * * * *", 1, 48),
    ],
)
def test_days_are_as_many_as_any_such_period_makes(cron: str, days: int, count: int) -> None:
    assert retain(RetentionRule(within=days * DAY), cron) == count


def test_a_count_stays_a_count() -> None:
    assert retain(RetentionRule(last=3), "0 3 * * *") == 3


@pytest.mark.parametrize(
    ("keep", "code"),
    [
        (RetentionRule(daily=7), "retention-unsupported"),
        (RetentionRule(last=3, monthly=1), "retention-unsupported"),
        (RetentionRule(), "longhorn-keep-all"),
        (RetentionRule(last=3, within=DAY), "longhorn-keep-both"),
        (RetentionRule(last=251), "longhorn-keep-many"),
        (RetentionRule(within=30 * DAY), "longhorn-keep-many"),
    ],
)
def test_what_longhorn_cannot_keep_is_refused_by_name(keep: RetentionRule, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        retain(keep, "*/5 * * * *")
    assert refused.value.code == code


def test_a_long_name_is_cut_to_what_longhorn_takes() -> None:
    name = named("Été " + "x" * 60, "-snapshots")
    assert len(name) == LONGEST_NAME
    assert name.startswith("phoenix-t-x")
    assert name.endswith("-snapshots")
