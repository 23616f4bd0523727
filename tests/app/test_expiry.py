"""Retention planned and applied on real restic: exactly what the rule lets go, and only then."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from build_app import House
from build_expiry import ALBUM, age, aged, held, signed
from phoenix_dr.app import expiry
from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import ExpiryPlan, Request, plan_expiry
from phoenix_dr.app.pins import keep
from phoenix_dr.core.guard import Approval
from phoenix_dr.core.plan import CompactData, ForgetPoints, Ground, Plan
from phoenix_dr.errors import ApprovalRequired, PlanStale, Refused
from phoenix_dr.ledger import Kind, Pin

HOME = Request(("home",))
DAILY = [24.0 * day + 1 for day in range(12)]


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house with twelve daily points of the album at home and `keep: {daily: 7}`."""
    return aged(tmp_path, DAILY)


def planned(made: House, request: Request = HOME) -> ExpiryPlan:
    """The plan for what the house holds now."""
    found: ExpiryPlan = made.using(plan_expiry, request)
    return found


def applied(made: House, plan: Plan, approval: Approval | None) -> tuple[Performed, ...]:
    """Apply a plan as the command does: the rules are asked again on what is held then."""

    def work(ctx: Context) -> tuple[Performed, ...]:
        def again(ground: Ground) -> object:
            return expiry.wanted(ctx, HOME, ground).actions

        return apply(ctx, plan, leave=Leave(approval, remake=again))  # type: ignore[arg-type]

    found: tuple[Performed, ...] = made.using(work)
    return found


def going(found: ExpiryPlan) -> set[str]:
    """Ids the plan lets go."""
    return {
        point
        for action in found.plan.actions
        if isinstance(action, ForgetPoints)
        for point in action.points
    }


def test_exactly_what_the_rule_lets_go_goes_and_only_under_a_signature(made: House) -> None:
    before = held(made)
    found = planned(made)
    assert len(going(found)) == 5
    [loss] = found.plan.losses
    assert (loss.asset, loss.size, loss.remaining) == (ALBUM, 5 * 240_000, 7)
    for nobody in (None, signed(planned(made, Request(("home",), compact=True)).plan)):
        with pytest.raises(ApprovalRequired):
            applied(made, found.plan, nobody)
    assert held(made) == before
    [done] = applied(made, found.plan, signed(found.plan))
    assert done.outcome.ok
    assert held(made) == before - going(found)


def test_an_approval_is_a_ceiling(made: House) -> None:
    found = planned(made)
    # One that was to go is gone, one that is new would go too: neither widens what was signed.
    first, *_ = sorted(going(found))
    made.restic("home", "forget", first)
    age(made, [24.0 * 11 + 5])
    wider = going(planned(made))
    assert wider - going(found)
    [done] = applied(made, found.plan, signed(found.plan))
    assert isinstance(done.outcome.action, ForgetPoints)
    assert set(done.outcome.action.points) == going(found) - {first}
    assert wider - going(found) <= held(made)


def test_a_plan_whose_remaining_points_went_is_stale(made: House) -> None:
    found = planned(made)
    staying = sorted(held(made) - going(found))
    made.restic("home", "forget", staying[0])
    before = held(made)
    with pytest.raises(PlanStale):
        applied(made, found.plan, signed(found.plan))
    assert held(made) == before


def test_a_point_pinned_since_stays(made: House) -> None:
    found = planned(made)
    first, *others = sorted(going(found))
    made.using(keep, Pin("home", ALBUM, first, pinned=True, because="tax year"))
    applied(made, found.plan, signed(found.plan))
    assert first in held(made)
    assert not set(others) & held(made)


def test_hidden_rows_are_never_decided_on(made: House) -> None:
    found = planned(made)
    snapshots = made.repository("home") / "snapshots"
    victim = snapshots / sorted(held(made) - going(found))[0]
    victim.chmod(0o600)
    victim.write_bytes(b"damaged")
    # restic would answer from what it remembers.
    shutil.rmtree(made.state / "cache")
    again = planned(made)
    assert again.plan.actions == ()
    assert [(each.engine, each.reason) for each in again.left] == [("home", "hidden-rows")]
    with pytest.raises((PlanStale, Refused)):
        applied(made, found.plan, signed(found.plan))


@pytest.mark.parametrize(
    ("shift", "reason"),
    [(timedelta(days=40), "backups-stopped"), (timedelta(days=-3), "future-point")],
)
def test_a_clock_that_jumped_lets_nothing_go(made: House, shift: timedelta, reason: str) -> None:
    made.clock.shift = shift
    found = planned(made)
    assert found.plan.actions == ()
    assert [each.reason for each in found.left if each.asset == ALBUM] == [reason]


def test_only_a_standing_approval_of_this_rule_lets_expiry_run_unasked(made: House) -> None:
    from phoenix_dr.core.guard import StandingApproval

    found = planned(made)
    digest = expiry.rule_digest(made.using(lambda ctx: ctx.estate), "default", "home")
    ends = datetime.now(UTC) + timedelta(days=90)

    def run(points: int, rule: str) -> None:
        standing = (StandingApproval(rule, "home", points, 10**9, "somebody", ends),)
        made.using(lambda ctx: apply(ctx, found.plan, leave=Leave(standing=standing)))

    for points, rule in ((4, digest), (5, "0" * 64)):
        with pytest.raises(ApprovalRequired):
            run(points, rule)
    run(5, digest)
    assert len(held(made)) == 7


def test_what_another_tool_removed_beyond_the_rule_is_written_down(made: House) -> None:
    found = planned(made)
    foreseen, missed = sorted(going(found))[0], sorted(held(made) - going(found))[0]
    made.restic("home", "forget", foreseen, missed)
    planned(made)
    [row] = made.using(lambda ctx: list(ctx.ledger.rows(kinds=(Kind.EXPIRED,))))
    assert (row.value["engine"], row.value["asset"]) == ("home", ALBUM)
    assert row.value["points"] == [missed]


def test_what_phoenix_let_go_is_no_surprise(made: House) -> None:
    found = planned(made)
    applied(made, found.plan, signed(found.plan))
    planned(made)
    assert made.using(lambda ctx: list(ctx.ledger.rows(kinds=(Kind.EXPIRED,)))) == []


def test_freeing_space_is_a_step_of_its_own_and_guarded(made: House) -> None:
    found = planned(made)
    gone = going(found)
    applied(made, found.plan, signed(found.plan))
    compact = planned(made, Request(("home",), compact=True))
    assert compact.plan.actions == (CompactData("home"),)
    assert {point for loss in compact.plan.losses for point in loss.points} == gone
    with pytest.raises(ApprovalRequired):
        made.using(lambda ctx: apply(ctx, compact.plan))
    done = made.using(lambda ctx: apply(ctx, compact.plan, leave=Leave(signed(compact.plan))))
    assert [one.outcome.ok for one in done] == [True]
    assert planned(made, Request(("home",), compact=True)).plan.losses == ()
