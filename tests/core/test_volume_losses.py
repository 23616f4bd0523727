"""What a changed recurring job takes away, against a slow simulation of what Longhorn keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_longhorn import NOW
from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.ground import Ground, Loss
from phoenix_dr.core.kubernetes_schedule import parse_k8s, runs_after
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


def ground(count: int, *own: set[str], known: bool = True) -> Ground:
    """What is held of one claim; the weekly job made all of it, or these of each volume."""
    held = points(count)
    sets = tuple(map(frozenset, own)) or (frozenset(each.id for each in held),)
    made = {"longhorn": {(WEEKLY.name, ASSET): sets}} if known else {}
    return Ground(points={("longhorn", ASSET): held}, made=made, now=NOW)


def losses(job: RecurringJob, was: RecurringJob | None, held: Ground) -> tuple[Loss, ...]:
    """What setting one in place of the other loses."""
    return losses_of_recurring_job(SetRecurringJob("longhorn", job, was, ((CLAIM, ASSET),)), held)


def joining(job: RecurringJob, held: Ground) -> tuple[Loss, ...]:
    """What a job that was not there loses of a claim that has its label already."""
    action = SetRecurringJob("longhorn", job, None, (), ((CLAIM, ASSET),))
    return losses_of_recurring_job(action, held)


def test_a_new_job_loses_nothing() -> None:
    assert losses(WEEKLY, None, ground(9, set())) == ()
    assert joining(WEEKLY, ground(9, {"b7", "b8"})) == ()
    assert joining(SNAPSHOTS, ground(9)) == ()


def test_a_job_made_anew_counts_what_one_of_its_name_made_before() -> None:
    [gone] = joining(WEEKLY, ground(9))
    assert gone.points == ("b4", "b5", "b6", "b7", "b8")
    [gone] = losses_of_labels(labels((), (WEEKLY,)), ground(9))
    assert gone.points == ("b4", "b5", "b6", "b7", "b8")
    # Back from snapshots to backups: the same.
    gone, _ = losses(WEEKLY, replace(WEEKLY, task="snapshot", retain=9), ground(9))
    assert gone.points == ("b4", "b5", "b6", "b7", "b8")


def test_only_what_a_job_made_itself_goes() -> None:
    fewer = replace(WEEKLY, retain=2)
    by_hand = {"b0", "b1", "b2"}
    gone, _ = losses(fewer, WEEKLY, ground(9, {f"b{n}" for n in range(9)} - by_hand))
    assert gone.points == ("b4", "b5", "b6")
    [later] = losses(fewer, WEEKLY, ground(9, set()))
    assert later.later
    # Of two volumes each is counted for itself.
    gone, _ = losses(fewer, WEEKLY, ground(9, {"b0", "b2", "b4"}, {"b1", "b3", "b5"}))
    assert gone.points == ("b2", "b3", "b4", "b5")


def test_where_nobody_knows_who_made_it_each_may_go() -> None:
    gone, _ = losses(replace(WEEKLY, retain=3), WEEKLY, ground(9, known=False))
    assert gone.points == tuple(f"b{n}" for n in range(2, 9))
    assert losses(replace(WEEKLY, retain=6), WEEKLY, ground(9, known=False)) == ()


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
    key = frozenset({("longhorn", "b3")})
    for held in (replace(ground(5), pinned=key), replace(ground(5), proven=key)):
        with pytest.raises(Refused):
            losses(fewer, WEEKLY, held)
    # Another one than goes: no false alarm.
    assert losses(
        replace(WEEKLY, retain=4),
        WEEKLY,
        replace(ground(5), pinned=frozenset({("longhorn", "b0")})),
    )
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
    # Also one of another group, and one that took the volume already.
    other = replace(other, groups=("other",))
    assert losses_of_labels(labels((WEEKLY,), (other,)), ground(3)) == ()
    assert losses_of_labels(labels((WEEKLY, other), (other,)), ground(3)) == ()
    [lost] = losses_of_labels(labels((WEEKLY, other), (SNAPSHOTS,)), ground(3))
    assert lost.later


def run(store: list[tuple[datetime, str]], name: str, retain: int, at: datetime) -> None:
    """One run as Longhorn does it: a backup is made, then the oldest of its own name go."""
    store.append((at, name))
    mine = sorted(each for each in store if each[1] == name)
    for each in mine[: max(len(mine) - retain, 0)]:
        store.remove(each)


@given(
    makers=some.lists(some.sampled_from([WEEKLY.name, "nightly", ""]), min_size=2, max_size=14),
    old=some.integers(1, 8) | some.none(),
    new=some.integers(1, 8),
)
def test_what_is_told_is_what_a_run_removes_and_would_not_have_before(
    makers: list[str], old: int | None, new: int
) -> None:
    job = replace(WEEKLY, retain=new)
    held = ground(len(makers), {f"b{n}" for n, name in enumerate(makers) if name == WEEKLY.name})
    start = [(p.taken_at, makers[n]) for n, p in enumerate(points(len(makers)))]
    stores = []
    for retain in (new, old):
        stores.append(list(start))
        if retain is not None:
            run(stores[-1], WEEKLY.name, retain, NOW + DAY)
    gone = {at for at, _ in {*start} & ({*stores[1]} - {*stores[0]})}
    stays = {at for at, _ in {*start} - {e for e in start if e[0] in gone}}
    try:
        was = None if old is None else replace(WEEKLY, retain=old)
        found = joining(job, held) if was is None else losses(job, was, held)
    except Refused:
        assert gone
        assert not stays
        return
    told = {p.taken_at for loss in found for p in points(len(makers)) if p.id in loss.points}
    assert told == gone
    assert any(each.later for each in found) == (old is not None and new < old)


CRONS = ["0 4 * * 0", "0 4 * * *", "0 */6 * * *", "0 4 1 * *", "30 1 * * 1,4"]


@given(
    crons=some.tuples(some.sampled_from(CRONS), some.sampled_from(CRONS)),
    retains=some.tuples(some.integers(1, 9), some.integers(1, 9)),
)
def test_a_job_without_a_reason_against_it_always_holds_as_much(
    crons: tuple[str, str], retains: tuple[int, int]
) -> None:
    was, job = (
        replace(WEEKLY, cron=cron, retain=retain)
        for cron, retain in zip(crons, retains, strict=True)
    )
    if reasons(was, job, now=NOW):
        return
    oldest = {}
    for each in (was, job):
        store: list[tuple[datetime, str]] = []
        shortest = timedelta.max
        for at in islice(runs_after(parse_k8s(each.cron, "UTC"), NOW), 120):
            run(store, each.name, each.retain, at)
            if len(store) == each.retain:
                shortest = min(shortest, at - min(store)[0])
        oldest[each.name, each.retain, each.cron] = shortest
    spans = list(oldest.values())
    # How far back one can go at the least, right after a run, once a job has its number.
    assert spans[-1] >= spans[0]
