"""What setting a backup job loses: its first run carried out by hand, and guests left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_jobs import JOB, NAMES, PARIS, archive
from phoenix_dr.core import calendar_events
from phoenix_dr.core.actions import SetJob
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.losses import Ground, losses_of
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.plan import HARMLESS, is_within, make_plan
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import ApprovalRequired, Refused

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ASSETS = tuple((vmid, f"{name}/guest") for vmid, name in NAMES.items())
ONE = replace(JOB, vmids=(210,), keep=RetentionRule(daily=3))
TEN = tuple(archive(210, f"2026-11-{day:02d}T02:00") for day in range(13, 23))


def setting(job: VzdumpJob, was: VzdumpJob | None = None, **changes: Any) -> SetJob:
    """The action that makes `was` say `job`."""
    return replace(SetJob("pve1", job, was, ASSETS, PARIS), **changes)


def ground(points: tuple[RecoveryPoint, ...] = TEN, **changes: Any) -> Ground:
    """Points by their lanes."""
    lanes: dict[tuple[str, str], tuple[RecoveryPoint, ...]] = {}
    for point in points:
        key = (point.engine, point.asset)
        lanes[key] = (*lanes.get(key, ()), point)
    return Ground(points=lanes, now=NOW, **changes)


def days(action: SetJob, on: Ground) -> dict[str, set[str]]:
    """What goes at the first run, by asset; days of November."""
    names = {p.id: f"{p.taken_at:%d}" for held in on.points.values() for p in held}
    return {
        loss.asset: {names[each] for each in loss.points}
        for loss in losses_of(action, on)
        if not loss.later
    }


def later(action: SetJob, on: Ground | None = None) -> set[str]:
    """Assets that lose something from now on."""
    found = losses_of(action, on or ground(()))
    assert not any(each.points for each in found if each.later)
    return {each.asset for each in found if each.later}


def test_a_new_job_loses_what_its_first_run_removes() -> None:
    assert days(setting(ONE), ground()) == {"core/guest": {f"{d}" for d in range(13, 21)}}
    (loss,) = losses_of(setting(ONE), ground())
    assert (loss.remaining, loss.size, loss.later) == (3, 8000, False)
    assert losses_of(setting(replace(ONE, keep=RetentionRule(), remove=False)), ground()) == ()
    assert losses_of(setting(replace(ONE, remove=False)), ground()) == ()


def test_only_what_lies_on_its_storage_and_was_named_by_vzdump_goes() -> None:
    elsewhere = tuple(replace(p, id=p.id.replace("local:", "nas:")) for p in TEN)
    assert days(setting(ONE), ground(elsewhere)) == {}
    on_a_node = tuple(replace(p, id=f"pve1/{p.id}") for p in TEN)
    assert len(days(setting(ONE), ground(on_a_node))["core/guest"]) == 8
    renamed = tuple(replace(p, id=p.id.replace("vzdump-lxc", "before-upgrade")) for p in TEN)
    assert days(setting(ONE), ground(renamed)) == {}
    served = tuple(replace(p, id=f"local:backup/ct/210/{p.taken_at:%FT%TZ}") for p in TEN)
    assert len(days(setting(ONE), ground(served))["core/guest"]) == 8


def test_each_node_keeps_its_own_archives_of_a_guest_that_moved() -> None:
    halves = tuple(
        replace(p, id=f"pve{1 + n % 2}/{p.id}") for n, p in enumerate(TEN)
    )  # fmt: skip
    # Two newest of each node stay: its run's own archive is the third day.
    assert days(setting(ONE), ground(halves))["core/guest"] == {"13", "14", "15", "16", "17", "18"}


def test_what_the_job_removes_anyway_is_not_lost_by_changing_it() -> None:
    was = replace(ONE, compress="gzip")
    assert losses_of(setting(ONE, was), ground()) == ()
    # One that runs no earlier than a day after it excuses nothing.
    rare = replace(was, schedule="sun 03:00")
    assert days(setting(ONE, rare), ground())
    # Nor does one that never removed these.
    for change in ({"storage": "nas"}, {"enabled": False}, {"remove": False}, {"vmids": (211,)},
                   {"keep": None}):  # fmt: skip
        assert days(setting(ONE, replace(was, **change)), ground()), change


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pinned": frozenset({("pve1", TEN[0].id)})}, "point-pinned"),
        ({"proven": frozenset({("pve1", TEN[0].id)})}, "point-proven"),
        ({"unusable": frozenset({("pve1", p.id) for p in TEN[-2:]})}, "last-point"),
        ({"hidden": frozenset({"pve1"})}, "hidden-rows"),
    ],
)
def test_what_no_approval_allows_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        losses_of(setting(ONE), ground(**changes))
    assert caught.value.code == code


def test_what_stays_may_be_pinned_proven_or_protected() -> None:
    keys = frozenset({("pve1", TEN[-1].id)})
    assert losses_of(setting(ONE), ground(pinned=keys, proven=keys))
    guarded = (replace(TEN[0], protected=True), *TEN[1:])
    assert "13" not in days(setting(ONE), ground(guarded))["core/guest"]


def test_an_unknown_rule_and_archives_nobody_described_are_refused() -> None:
    with pytest.raises(Refused, match="vzdump-keep-unknown"):
        losses_of(setting(replace(ONE, keep=None)), ground())
    assert losses_of(setting(replace(ONE, keep=None, remove=False)), ground()) == ()
    every = replace(ONE, vmids=(), every=True)
    stranger = (*ASSETS, (300, ""))
    with pytest.raises(Refused, match="job-guests-undescribed"):
        losses_of(setting(every, assets=stranger), ground())
    assert losses_of(setting(replace(every, exclude=(300,)), assets=stranger), ground())
    # It was pruned in just this way before.
    was = replace(every, compress="gzip")
    assert losses_of(setting(every, was, assets=stranger), ground()) == ()


ALL = replace(JOB, keep=RetentionRule(daily=7))


@pytest.mark.parametrize(
    ("was", "job", "lost"),
    [
        ({}, {"vmids": tuple(NAMES)[1:]}, {"runner/guest"}),
        ({}, {"enabled": False}, {f"{name}/guest" for name in NAMES.values()}),
        ({}, {"schedule": "2020-01-01 03:00"}, {f"{name}/guest" for name in NAMES.values()}),
        ({}, {"node": "pve1"}, {f"{name}/guest" for name in NAMES.values()}),
        ({}, {"storage": "nas"}, {f"{name}/guest" for name in NAMES.values()}),
        ({"vmids": (), "every": True}, {"vmids": (), "every": True, "exclude": (215, 216)},
         {"dns/guest", "games/guest"}),
        ({"vmids": (), "every": True}, {"vmids": (210, 211, 215, 216)}, {"runner/guest"}),
        ({"vmids": (210, 999)}, {"vmids": (210,)}, {"pve1/999"}),
        ({"vmids": (), "pool": "a"}, {"vmids": (), "pool": "b"},
         {f"{name}/guest" for name in NAMES.values()}),
        ({}, {"keep": RetentionRule(daily=6)}, {f"{name}/guest" for name in NAMES.values()}),
        ({"remove": False}, {}, {f"{name}/guest" for name in NAMES.values()}),
        ({"keep": None}, {}, {f"{name}/guest" for name in NAMES.values()}),
        ({"keep": RetentionRule(last=14)}, {"keep": RetentionRule(last=14), "schedule": "3,15:00"},
         {f"{name}/guest" for name in NAMES.values()}),
    ],
)  # fmt: skip
def test_saving_less_is_a_loss_to_come(
    was: dict[str, Any], job: dict[str, Any], lost: set[str]
) -> None:
    action = setting(replace(ALL, **job), replace(ALL, **was))
    assert later(action) == lost
    assert make_plan([action], ground(())).is_guarded


@pytest.mark.parametrize(
    ("was", "job"),
    [
        ({}, {}),
        ({"vmids": (210,)}, {}),
        ({"enabled": False}, {}),
        ({"enabled": False}, {"vmids": (210,)}),
        ({"schedule": "2020-01-01 03:00"}, {"vmids": (210,)}),
        ({"node": "pve1"}, {}),
        ({"node": "pve1"}, {"node": "pve1"}),
        ({"vmids": (), "pool": "a"}, {"vmids": (), "pool": "a"}),
        ({"vmids": (), "every": True, "exclude": (210,)}, {"vmids": (), "every": True}),
        ({}, {"vmids": (), "every": True}),
        ({}, {"keep": RetentionRule(daily=8)}),
        ({}, {"keep": RetentionRule(), "remove": False}),
        ({"keep": RetentionRule(last=7)}, {}),
        ({}, {"schedule": "3:00"}),
        ({}, {"schedule": "04:00", "mode": "stop"}),
        ({}, {"schedule": "3,15:00"}),
    ],
)
def test_equal_and_wider_jobs_lose_nothing_and_need_nobody(
    was: dict[str, Any], job: dict[str, Any]
) -> None:
    plan = make_plan([setting(replace(ALL, **job), replace(ALL, **was))], ground(()))
    assert plan.losses == ()
    assert permit(plan, now=NOW).actions == plan.actions


def test_a_guest_that_is_gone_is_no_loss() -> None:
    was = replace(ALL, vmids=(*NAMES, 999))
    assert later(setting(ALL, was)) == {"pve1/999"}
    assert later(setting(ALL, was, gone=(999,))) == set()


def test_a_loss_to_come_tells_what_is_held_on_the_storage_that_is_left() -> None:
    (loss,) = losses_of(setting(replace(ONE, storage="nas"), ONE), ground())
    assert (loss.since, loss.until, loss.points) == (TEN[0].taken_at, TEN[-1].taken_at, ())
    (none,) = losses_of(setting(replace(ONE, storage="nas"), ONE), ground(()))
    assert none.since == none.until == NOW.replace(hour=0)


def test_setting_a_job_is_only_covered_by_a_signature_over_this_very_job() -> None:
    assert not issubclass(SetJob, HARMLESS)
    was = replace(ALL, storage="nas")
    signed = make_plan([setting(ALL, was)], ground(()))
    approval = Approval(signed.digest, "alice", NOW + timedelta(hours=1))
    assert permit(signed, approval, now=NOW)
    with pytest.raises(ApprovalRequired):
        permit(signed, now=NOW)
    for other in (replace(ALL, vmids=(210,)), replace(ALL, keep=RetentionRule(daily=1))):
        made = make_plan([setting(other, was)], ground(()))
        assert not is_within(made, signed)
        with pytest.raises(ApprovalRequired):
            permit(made, approval, now=NOW, ceiling=signed)
    # A loss of points is not covered by one that was still to come, nor more points by fewer.
    now_too = make_plan([setting(ALL, was)], ground())
    assert any(loss.points for loss in now_too.losses)
    assert not is_within(now_too, signed)
    assert is_within(make_plan([setting(ALL, was)], ground(TEN[1:])), now_too)
    assert not is_within(now_too, make_plan([setting(ALL, was)], ground(TEN[1:])))


# ---- Laws -------------------------------------------------------------------------------------

RULES = st.builds(
    RetentionRule,
    last=st.sampled_from([None, 1, 3]),
    daily=st.sampled_from([None, 1, 4]),
    weekly=st.sampled_from([None, 2]),
    monthly=st.sampled_from([None, 1, 2]),
)
TIMES = st.lists(
    st.integers(0, 80 * 24).map(lambda hours: NOW - timedelta(hours=hours + 1)),
    min_size=1, max_size=25, unique=True,
)  # fmt: skip
PERIODS = {"daily": "%Y-%j", "weekly": "%G-%V", "monthly": "%Y-%m"}


def by_hand(times: list[datetime], keep: RetentionRule) -> set[datetime]:
    """What PVE removes, written after proxmox.md 9 and nothing else."""
    zone = ZoneInfo(PARIS)
    marks: dict[datetime, str] = {}
    ordered = sorted(times, reverse=True)
    for taken in ordered[: keep.last or 0]:
        marks[taken] = "keep"
    for name, form in PERIODS.items():
        count, filled = getattr(keep, name) or 0, set[str]()
        before = {
            f"{taken.astimezone(zone):{form}}" for taken, m in marks.items() if m == "keep"
        }  # fmt: skip
        for taken in ordered if count else ():
            period = f"{taken.astimezone(zone):{form}}"
            if taken in marks or period in before:
                continue
            if period in filled:
                marks[taken] = "remove"
                continue
            if len(filled) == count:
                break
            filled.add(period)
            marks[taken] = "keep"
    return {taken for taken in ordered if marks.get(taken) != "keep"}


def made(times: list[datetime]) -> tuple[RecoveryPoint, ...]:
    """An archive of 210 at each of these times."""
    return tuple(archive(210, f"{taken.replace(tzinfo=None)}") for taken in times)


def found_lost(job: VzdumpJob, points: tuple[RecoveryPoint, ...]) -> set[str] | None:
    """Ids of points lost by a new job; `refused` when that leaves none to come back from."""
    try:
        losses = losses_of(setting(job), ground(points))
    except Refused as refused:
        return {"refused"} if refused.code == "last-point" else None
    return {each for loss in losses for each in loss.points}


@settings(max_examples=200, deadline=None)
@given(times=TIMES, keep=RULES)
def test_the_losses_are_what_pve_removes_at_the_next_run(
    times: list[datetime], keep: RetentionRule
) -> None:
    job = replace(ONE, keep=keep, remove=keep != RetentionRule())
    run = calendar_events.next_after(calendar_events.parse(job.schedule, PARIS), NOW)
    assert run is not None
    gone = by_hand([*times, run], keep) if job.remove else set()
    points = made(times)
    expected = {p.id for p in points if p.taken_at in gone}
    found = found_lost(job, points)
    assert found == ({"refused"} if len(expected) == len(points) else expected)


def test_the_slow_simulation_can_fail() -> None:
    # Without its own archive the run would keep one day more.
    times = [point.taken_at for point in TEN]
    assert len(by_hand(times, RetentionRule(daily=3))) == 7
    assert len(found_lost(ONE, TEN) or ()) == 8


GUESTS = st.sets(st.sampled_from(tuple(NAMES)), min_size=1)


@settings(max_examples=100, deadline=None)
@given(saved=GUESTS, added=GUESTS, times=TIMES, keep=RULES)
def test_adding_guests_never_loses_of_those_that_were_saved(
    saved: set[int], added: set[int], times: list[datetime], keep: RetentionRule
) -> None:
    was = replace(
        ONE, keep=keep, remove=keep != RetentionRule(), vmids=tuple(sorted(saved | {210}))
    )
    job = replace(was, vmids=tuple(sorted({*was.vmids, *added})))
    assert losses_of(setting(job, was), ground(made(times))) == ()
    if job != was:
        # The broken twin: the same change the other way round.
        assert {each.asset for each in losses_of(setting(was, job), ground(made(times)))} == {
            f"{NAMES[vmid]}/guest" for vmid in set(job.vmids) - set(was.vmids)
        }


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 40), more=st.integers(0, 10), rule=st.sampled_from(["last", "daily"]))
def test_a_longer_rule_never_loses_and_a_shorter_one_always_does(
    count: int, more: int, rule: str
) -> None:
    short, long = (
        replace(ALL, keep=replace(RetentionRule(), **cast(dict[str, Any], {rule: n})))
        for n in (count, count + more)
    )
    assert later(setting(long, short)) == set()
    assert bool(later(setting(short, long))) is (more > 0)


def test_a_run_every_few_minutes_is_judged_in_bounded_time() -> None:
    dense = replace(ALL, schedule="*/5", keep=RetentionRule(last=3, daily=30, yearly=5))
    assert later(setting(dense, replace(dense, compress="gzip"))) == set()
    assert later(setting(replace(dense, keep=RetentionRule(last=3, daily=30)), dense))
