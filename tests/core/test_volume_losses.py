"""What a changed recurring job takes away, against a slow simulation of what Longhorn keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_longhorn import NOW
from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.volume_losses import losses_of_labels, losses_of_recurring_job, reasons
from phoenix_dr.errors import Refused

DAY = timedelta(days=1)
ASSET, CLAIM = "media/settings/sonarr", "media/sonarr"
WEEKLY = RecurringJob("phoenix-volumes", "backup", "0 4 * * 0", 5, ("phoenix-volumes",))
NIGHTLY = replace(WEEKLY, cron="0 4 * * *")
SNAPSHOTS = RecurringJob("phoenix-volumes-snapshots", "snapshot", "0 3 * * *", 7, WEEKLY.groups)


def points(count: int, every: timedelta = 7 * DAY) -> tuple[RecoveryPoint, ...]:
    """So many backups, newest first."""
    return tuple(
        RecoveryPoint(f"b{n}", ASSET, "longhorn", "nas", NOW - n * every, size=10)
        for n in range(count)
    )


def ground(count: int, **more: Any) -> Ground:
    """What is held of one claim."""
    return Ground(points={("longhorn", ASSET): points(count)}, now=NOW, **more)


def losses(job: RecurringJob, was: RecurringJob | None, held: Ground) -> tuple[Loss, ...]:
    """What setting one in place of the other loses."""
    return losses_of_recurring_job(SetRecurringJob("longhorn", job, was, ((CLAIM, ASSET),)), held)


def test_a_new_job_loses_nothing() -> None:
    assert losses(WEEKLY, None, ground(9)) == ()


def test_the_same_job_or_one_that_keeps_more_loses_nothing() -> None:
    assert losses(WEEKLY, WEEKLY, ground(9)) == ()
    assert losses(replace(WEEKLY, retain=8), WEEKLY, ground(9)) == ()
    assert losses(replace(WEEKLY, concurrency=3), WEEKLY, ground(5)) == ()


def test_keeping_fewer_names_the_backups_that_go_at_the_next_run() -> None:
    gone, later = losses(replace(WEEKLY, retain=3), WEEKLY, ground(5))
    # The run makes one and keeps three: two of those held stay.
    assert gone.points == ("b2", "b3")
    assert (gone.remaining, gone.size, gone.reach) == (3, 20, NOW - 28 * DAY)
    assert (later.later, later.points) == (True, ())


def test_a_denser_run_under_the_same_number_reaches_less_far_back() -> None:
    assert reasons(WEEKLY, NIGHTLY, now=NOW) == ("shorter",)
    [later] = losses(NIGHTLY, WEEKLY, ground(4))
    assert later.later
    assert losses(replace(NIGHTLY, retain=29), WEEKLY, ground(4)) == ()


@pytest.mark.parametrize(
    ("was", "job", "why"),
    [
        (WEEKLY, replace(WEEKLY, task="snapshot"), "no-backup"),
        (SNAPSHOTS, replace(SNAPSHOTS, task="backup"), "no-snapshot"),
        (WEEKLY, replace(WEEKLY, groups=("other",)), "out-of-group"),
        (NIGHTLY, replace(NIGHTLY, cron="0 4 * * 0"), "rarer"),
        (WEEKLY, replace(WEEKLY, cron="99 99 * * *"), "rarer"),
        (SNAPSHOTS, replace(SNAPSHOTS, retain=6), "shorter"),
    ],
)
def test_each_way_of_saving_less_is_a_loss_to_come(
    was: RecurringJob, job: RecurringJob, why: str
) -> None:
    assert why in reasons(was, job, now=NOW)
    assert any(each.later for each in losses(job, was, ground(3)))


def test_what_is_held_fast_or_the_last_is_refused() -> None:
    fewer = replace(WEEKLY, retain=1)
    for held in ({"pinned": frozenset({("longhorn", "b3")})},
                 {"proven": frozenset({("longhorn", "b3")})}):  # fmt: skip
        with pytest.raises(Refused):
            losses(fewer, WEEKLY, ground(5, **held))
    with pytest.raises(Refused, match="last-point"):
        losses(fewer, WEEKLY, ground(2))


def test_a_claim_without_an_asset_is_told_too() -> None:
    action = SetRecurringJob(
        "longhorn", replace(WEEKLY, groups=()), WEEKLY, (("web/cache", ""),)
    )  # fmt: skip
    [lost] = losses_of_recurring_job(action, ground(0))
    assert (lost.asset, lost.later, lost.remaining) == ("longhorn/web/cache", True, 0)


def labels(before: tuple[RecurringJob, ...], after: tuple[RecurringJob, ...]) -> LabelVolume:
    """A label that changes which jobs take the claim."""
    return LabelVolume(
        "longhorn", ASSET, CLAIM, "Volume", "", "vol-sonarr", (("a", "enabled"),), (), before, after
    )


def test_a_label_that_takes_a_volume_out_of_its_backup_job_is_a_loss() -> None:
    [lost] = losses_of_labels(labels((WEEKLY,), (SNAPSHOTS,)), ground(3))
    assert (lost.asset, lost.later) == (ASSET, True)
    assert losses_of_labels(labels((WEEKLY,), (WEEKLY, SNAPSHOTS)), ground(3)) == ()
    assert losses_of_labels(labels((), (WEEKLY,)), ground(3)) == ()


def test_a_job_that_does_as_much_takes_the_place_of_another() -> None:
    other = replace(WEEKLY, name="b", retain=9)
    assert losses_of_labels(labels((WEEKLY,), (other,)), ground(3)) == ()


def kept(made: list[datetime], retain: int) -> set[datetime]:
    """What Longhorn keeps after a run: the newest."""
    return set(sorted(made)[-retain:])


@given(
    count=some.integers(2, 12),
    old=some.integers(1, 12),
    new=some.integers(1, 12),
)
def test_what_goes_is_what_a_run_would_have_kept_before(count: int, old: int, new: int) -> None:
    was, job = replace(WEEKLY, retain=old), replace(WEEKLY, retain=new)
    made = [point.taken_at for point in points(count)] + [NOW + DAY]
    gone = kept(made, old) - kept(made, new)
    try:
        found = losses(job, was, ground(count))
    except Refused:
        assert not kept(made, new) - {NOW + DAY} or gone
        return
    told = {p.taken_at for loss in found for p in points(count) if p.id in loss.points}
    assert told == gone
    assert bool(found) == (new < old)
