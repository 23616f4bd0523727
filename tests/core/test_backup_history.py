"""What two looks tell together: expiry by the rule is none of it, a sudden drop is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_longhorn import NIGHTLY, ago, backup, state
from phoenix_dr.core.backup_history import missed, remembered, tallied
from phoenix_dr.core.longhorn import LonghornBackup, LonghornState
from phoenix_dr.render.phrases import LANGUAGES, sentence

WEEKLY = replace(NIGHTLY, name="weekly", retain=5)
SNAPSHOTS = replace(NIGHTLY, task="snapshot", retain=1)


def held(count: int, job: str = "nightly", *, first: int = 0) -> tuple[LonghornBackup, ...]:
    """So many backups a job made, one a day."""
    days = range(first, first + count)
    return tuple(backup(3 + 24 * day, job=job, name=f"{job}-{day}") for day in days)


def look(*backups: LonghornBackup) -> LonghornState:
    """A look that was compared with what was known."""
    made = state(backups=backups, jobs=(NIGHTLY, WEEKLY))
    return replace(made, tallies=tallied(made))


CASES: dict[str, tuple[LonghornState, LonghornState, int]] = {
    "nothing went": (look(*held(7)), look(*held(7)), 0),
    "the oldest gave way to a new one": (look(*held(7)), look(*held(7, first=1)), 0),
    "a job that keeps seven had nine": (look(*held(9)), look(*held(7)), 0),
    "all went": (look(*held(7)), look(), 7),
    "more went than its rule lets go": (look(*held(9)), look(*held(2)), 5),
    "the rule of another job": (look(*held(7), *held(5, "weekly")), look(*held(7)), 5),
    "one made by hand": (look(*held(7), *held(1, "")), look(*held(7)), 1),
    "a job that is gone removes nothing": (look(*held(7)), replace(look(), jobs=(WEEKLY,)), 7),
    "a job of snapshots removes none": (look(*held(7)), replace(look(), jobs=(SNAPSHOTS,)), 7),
    "unfinished ones are none": (look(backup(1, state="Error")), look(), 0),
}


@pytest.mark.parametrize(("before", "now", "count"), CASES.values(), ids=CASES.keys())
def test_4_5_what_no_rule_removes(before: LonghornState, now: LonghornState, count: int) -> None:
    found = missed(before, now)
    assert found is not None
    assert sum(found.values()) == count


@pytest.mark.parametrize("name", ["jobs", "backups"])
def test_4_5_of_a_list_nobody_read_nothing_is_told(name: str) -> None:
    assert missed(look(*held(7)), state(**{name: None})) is None


@given(some.integers(0, 40), some.integers(0, 40), some.integers(1, 20))
def test_4_5_expiry_by_retain_is_never_told(before: int, made: int, retain: int) -> None:
    job = (replace(NIGHTLY, retain=retain),)
    # A run adds its own and leaves the newest; without a run nothing goes.
    left = min(before + made, retain) if made else before
    was, now = look(*held(before)), look(*held(left))
    assert not any((missed(replace(was, jobs=job), replace(now, jobs=job)) or {}).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_4_5_a_sudden_drop_is_said_in_both_languages(language: str) -> None:
    facts: dict[str, str | int] = {
        "engine": "longhorn", "points": 90, "of": 100, "day": "2026-11-23",
    }  # fmt: skip
    for kind in ("finding", "remedy"):
        said = sentence(language, f"{kind}.points-dropped", **facts)
        assert said
        assert ("longhorn" in said) is (kind == "finding")


def stood(found: LonghornState) -> tuple[object, bool]:
    """Since when the unfinished one stands still, and whether it ever moved."""
    [each] = found.backups or ()
    return each.still_since, each.moving


def running(hours: float, progress: int) -> LonghornState:
    """A look so many hours ago at a backup under way."""
    made = backup(9, state="InProgress", name="late", progress=progress)
    return replace(state(backups=(made,)), observed_at=ago(hours))


def test_4_4_an_unfinished_backup_knows_since_when_it_stands_still() -> None:
    first = remembered(None, running(8, 17))
    assert stood(first) == (ago(8), False)
    second = remembered(first, running(4, 17))
    assert stood(second) == (ago(8), False)
    third = remembered(second, running(2, 18))
    assert stood(third) == (ago(2), True)
    assert stood(remembered(third, running(1, 18))) == (ago(2), True)


def test_1_3_a_failure_longhorn_removed_stays_until_a_later_backup_is_finished() -> None:
    failed = backup(20, state="Error", name="bad", error="no space")
    before = state(backups=(backup(30), failed))
    kept = remembered(before, state(backups=(backup(30),)))
    assert failed in (kept.backups or ())
    assert failed in (remembered(kept, state(backups=(backup(30),))).backups or ())
    mended = remembered(kept, state(backups=(backup(3), backup(30))))
    assert failed not in (mended.backups or ())
    assert remembered(before, state(backups=None)).backups is None
