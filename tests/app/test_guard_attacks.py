"""Tries to have Phoenix remove what it must not, or call good what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from build_app import House
from build_approvals import put_key, roots_own
from build_expiry import ALBUM, aged, held, know, signed
from phoenix_dr.adapters.ssh_signing import NAMESPACE
from phoenix_dr.app import expiring
from phoenix_dr.app.apply import Leave, apply
from phoenix_dr.app.approvals import approve, approve_standing, remember_plan
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import ExpiryPlan, Request, plan_expiry, rule_digest
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.observe import observe
from phoenix_dr.app.pins import keep
from phoenix_dr.app.retention_stores import stores
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.core.plan import (
    ForgetPoints,
    Plan,
    ReleasePoint,
    make_plan,
)
from phoenix_dr.core.plan import _digest as digest_of_plan
from phoenix_dr.errors import ApprovalRequired, LedgerError, PlanStale, Refused, UsageError
from phoenix_dr.ledger import Kind, Pin

HOME = Request(("home",))
DAILY = [24.0 * day + 1 for day in range(12)]
SECOND = """\
engines:
  mirror:
    kind: restic
    repository: ROOT/home/restic
    location: home
    password: "file:ROOT/keys/repositories.pw"
"""


@pytest.fixture
def made(tmp_path: Path) -> House:
    """Twelve daily points of the album at home and `keep: {daily: 7}`."""
    return aged(tmp_path, DAILY)


@pytest.fixture
def office(made: House) -> Iterator[Path]:
    """The key of somebody who may approve for this house."""
    with roots_own() as folder:
        key = put_key(made.root)
        kind, text = key.with_name("alice.pub").read_text().split()[:2]
        approvers = folder / "approvers"
        approvers.write_text(f'alice namespaces="{NAMESPACE}" {kind} {text}\n')
        approvers.chmod(0o644)
        made.say("language: en", f"language: en\napprovers: {approvers}")
        yield key


def planned(made: House, request: Request = HOME) -> ExpiryPlan:
    """The plan for what the house holds now."""
    found: ExpiryPlan = made.using(plan_expiry, request)
    return found


def going(found: ExpiryPlan | Plan) -> set[str]:
    """Ids a plan lets go."""
    plan = found.plan if isinstance(found, ExpiryPlan) else found
    forgets = [each for each in plan.actions if isinstance(each, ForgetPoints)]
    return {point for each in forgets for point in each.points}


def second_engine(made: House) -> None:
    """Another name for the repository at home, with the same policy."""
    made.say("engines:\n", SECOND)
    made.say("to: [home, offsite]", "to: [home, offsite, mirror]")
    made.using(know, "mirror", ALBUM)


def drilled(made: House, engine: str, point: str, *, ok: bool) -> None:
    """A drill of a point ended so, just now."""
    at = datetime.now(UTC)
    record = DrillRecord(
        f"d-{point[:8]}-{ok}", "run", ALBUM, "photos", engine, "home", point, at, at,
        ok=ok, level=Level.RESTORES, ceiling=Level.RESTORES,
    )  # fmt: skip
    made.using(lambda ctx: ctx.ledger.append("drill", ALBUM, record, at=at))


def oldest_first(made: House, engine: str = "home") -> list[str]:
    """Ids the ledger holds of the album."""
    found = made.using(lambda ctx: ctx.ledger.points(ALBUM, engine=engine))
    return [point.id for point in found]


# ---- Whose points these are --------------------------------------------------------------------


def test_points_of_another_house_in_one_repository_stay_and_displace_none(made: House) -> None:
    ours = held(made)
    before = going(planned(made))
    for day in range(12):
        taken = f"{datetime.now(UTC) - timedelta(days=day, minutes=5):%Y-%m-%d %H:%M:%S}"
        made.restic(
            "home", "backup", "--quiet", "--host", "neighbour", "--time", taken,
            "--tag", "phoenix", "--tag", f"asset:{ALBUM}", str(made.album),
        )  # fmt: skip
    found = planned(made)
    assert going(found) <= ours, "a neighbour's point would go"
    assert going(found) == before
    [shown] = [
        each for each in made.using(stores) if (each.engine, each.subject) == ("home", ALBUM)
    ]
    assert (shown.held, shown.going) == (len(ours), len(before)), "show and plan disagree"


def test_backups_that_stopped_are_not_hidden_by_a_neighbour(made: House) -> None:
    made.clock.shift = timedelta(days=40)
    taken = f"{made.clock() - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    made.restic(
        "home", "backup", "--quiet", "--host", "neighbour", "--time", taken,
        "--tag", "phoenix", "--tag", f"asset:{ALBUM}", str(made.album),
    )  # fmt: skip
    found = planned(made)
    assert found.plan.actions == ()
    reasons = {each.reason for each in found.left if each.asset == ALBUM}
    assert reasons == {"other-host", "backups-stopped"}


# ---- Pins and proofs under another name --------------------------------------------------------


def test_a_pin_holds_through_every_engine_of_one_repository(made: House) -> None:
    second_engine(made)
    pinned, *_ = oldest_first(made)
    assert pinned in going(planned(made, Request(("mirror",))))
    made.using(keep, Pin("home", ALBUM, pinned, pinned=True, because="tax year"))
    assert pinned not in going(planned(made, Request(("mirror",))))


def test_a_pin_and_a_proof_outlive_the_name_of_their_engine(made: House) -> None:
    pinned, proven, *_ = oldest_first(made)
    made.using(keep, Pin("before", ALBUM, pinned, pinned=True, because="tax year"))
    drilled(made, "before", proven, ok=True)
    assert not {pinned, proven} & going(planned(made))
    action = ReleasePoint("home", ALBUM, pinned)
    plan = made.using(lambda ctx: make_plan([action], ground_of(ctx, ("home",))))
    made.using(lambda ctx: apply(ctx, plan, leave=Leave(signed(plan))))
    assert pinned in going(planned(made)), "what was released is free"


def test_a_pin_on_a_copy_elsewhere_holds_the_copy_alone(made: House) -> None:
    pinned, *_ = oldest_first(made)
    made.using(keep, Pin("offsite", ALBUM, pinned, pinned=True, because="tax year"))
    assert pinned in going(planned(made))


def test_what_a_drill_saw_fail_is_nothing_to_come_back_to(made: House) -> None:
    made.config.write_text(made.config.read_text().replace("{daily: 7}", "{last: 2}"))
    *_, good, older, newest = oldest_first(made)
    for bad in (older, newest):
        drilled(made, "home", bad, ok=False)
    assert good not in going(planned(made))
    only_bad = make_forget(made, set(held(made)) - {older, newest})
    with pytest.raises(Refused, match="last-point"):
        made.using(lambda ctx: make_plan([only_bad], ground_of(ctx, ("home",))))


def make_forget(made: House, points: set[str]) -> ForgetPoints:
    """A person's wish."""
    return ForgetPoints("home", ALBUM, tuple(sorted(points)))


# ---- What a signature is worth -----------------------------------------------------------------


def test_a_rule_is_one_policys_on_one_repository_of_one_estate(made: House) -> None:
    made.say("policies:\n", "policies:\n  other:\n    schedule: '0 3 * * *'\n"
             "    keep: {daily: 7}\n    because: none\n    to: [home, offsite]\n")  # fmt: skip
    estate = made.using(lambda ctx: ctx.estate)
    moved = replace(estate.engines["home"], repository="/elsewhere")
    others = [
        (replace(estate, name="other"), "default"),
        (replace(estate, engines={**estate.engines, "home": moved}), "default"),
        (replace(estate, timezone="Europe/Paris"), "default"),
        (estate, "other"),
    ]
    digests = {rule_digest(each, policy, "home") for each, policy in others}
    assert len(digests | {rule_digest(estate, "default", "home")}) == 5


def test_a_plan_signed_under_another_rule_is_not_performed(made: House, office: Path) -> None:
    found = planned(made)
    before = held(made)
    [action] = found.plan.actions
    assert isinstance(action, ForgetPoints)
    # The same repository, engine, ids and losses, as planned in another estate.
    foreign = made.using(
        lambda ctx: make_plan([replace(action, rule="0" * 64)], ground_of(ctx, ("home",)))
    )

    def sign(ctx: Context, plan: Plan) -> None:
        remember_plan(ctx, plan, expiring.said_of(HOME))
        approve(ctx, plan, key=office, for_=timedelta(hours=1))

    made.using(sign, foreign)
    for digest in (foreign.digest, None):
        with pytest.raises((PlanStale, ApprovalRequired)):
            made.using(expiring.apply_expiry, HOME, digest)
    assert held(made) == before
    made.using(sign, found.plan)
    assert made.using(expiring.apply_expiry, HOME, found.plan.digest).is_whole
    assert held(made) == before - going(found)


@pytest.mark.parametrize("lie", [{"size": 0}, {"remaining": 900}, {"until": "since"}])
def test_a_signature_under_a_prettier_loss_is_worth_nothing(
    made: House, lie: dict[str, object]
) -> None:
    found = planned(made)
    before = held(made)
    [loss] = found.plan.losses
    told = {name: loss.since if value == "since" else value for name, value in lie.items()}
    pretty = (replace(loss, **told),)  # type: ignore[arg-type]
    conditions = found.plan.preconditions
    forged = Plan(  # as a row that somebody wrote into the ledger would be read
        found.plan.actions, pretty, conditions,
        digest_of_plan(found.plan.actions, pretty, conditions),
    )  # fmt: skip
    with pytest.raises((ApprovalRequired, PlanStale)):
        made.using(lambda ctx: apply(ctx, forged, leave=Leave(signed(forged))))
    assert held(made) == before


def test_a_standing_approval_is_not_stretched_by_plans_in_parts(made: House, office: Path) -> None:
    rule = made.using(lambda ctx: rule_digest(ctx.estate, "default", "home"))

    def stand(ctx: Context, points: int) -> None:
        days = timedelta(days=30)
        approve_standing(ctx, "home", rule=rule, most=(points, 10**9), key=office, for_=days)

    made.using(stand, 2)
    [action] = planned(made).plan.actions
    assert isinstance(action, ForgetPoints)
    few = replace(action, points=action.points[:2])
    part = made.using(lambda ctx: make_plan([few], ground_of(ctx, ("home",))))
    made.using(remember_plan, part, expiring.said_of(HOME))
    for digest in (part.digest, None):
        with pytest.raises(ApprovalRequired):
            made.using(expiring.apply_expiry, HOME, digest)
    assert len(held(made)) == len(DAILY)
    made.using(stand, 5)
    assert made.using(expiring.apply_expiry, HOME).is_whole
    assert len(held(made)) == 7


def test_an_engine_that_is_no_longer_there_is_said_so(made: House) -> None:
    found = planned(made)
    made.config.write_text(made.config.read_text().replace("home", "attic"))
    with pytest.raises((UsageError, PlanStale)):
        made.using(lambda ctx: apply(ctx, found.plan, leave=Leave(signed(found.plan))))


# ---- Freeing space -----------------------------------------------------------------------------


def test_space_is_not_freed_while_points_are_let_go(made: House) -> None:
    found = planned(made)
    before = held(made)
    with (
        made.context() as other,
        other.ledger.lease("engine home"),
        pytest.raises(LedgerError, match="busy"),
    ):
        made.using(lambda ctx: apply(ctx, found.plan, leave=Leave(signed(found.plan))))
    assert held(made) == before


def test_points_that_went_after_a_clock_was_set_back_are_still_a_loss(made: House) -> None:
    empty = planned(made, Request(("home",), compact=True)).plan
    assert not empty.is_guarded
    made.clock.shift = timedelta(hours=6)
    assert made.using(lambda ctx: apply(ctx, empty))[0].outcome.ok
    made.clock.shift = timedelta(0)
    lost = oldest_first(made)[0]
    made.restic("home", "forget", lost)
    compact = planned(made, Request(("home",), compact=True)).plan
    assert [loss.points for loss in compact.losses] == [(lost,)]
    assert made.using(lambda ctx: apply(ctx, compact, leave=Leave(signed(compact))))
    assert not planned(made, Request(("home",), compact=True)).plan.is_guarded


def test_a_point_held_under_a_new_location_is_not_lost(made: House) -> None:
    made.config.write_text(
        made.config.read_text().replace("location: home", "location: shelf")
        .replace("locations:\n", "locations:\n  shelf: {host: house, disk: nvme}\n")
    )  # fmt: skip
    made.using(observe, ("home",), force=True)
    assert not planned(made, Request(("home",), compact=True)).plan.is_guarded


# ---- What is told ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pin", "drill"])
def test_what_was_held_fast_and_went_elsewhere_is_written_down(made: House, how: str) -> None:
    point = sorted(going(planned(made)))[0]
    if how == "pin":
        made.using(keep, Pin("home", ALBUM, point, pinned=True, because="tax year"))
    else:
        drilled(made, "home", point, ok=True)
    made.restic("home", "forget", point)
    planned(made)
    [row] = made.using(lambda ctx: list(ctx.ledger.rows(kinds=(Kind.EXPIRED,))))
    assert row.value["points"] == [point]


def test_an_engine_nobody_could_see_is_not_nothing_to_do(made: House) -> None:
    (made.repository("home") / "config").rename(made.root / "config")
    for command in ("plan", "apply"):
        ran = made.phoenix("retention", command, "--engine", "home")
        assert ran.code == 3, ran.out
        assert "kept by its rule" not in ran.out
        assert "home" in ran.out
    (made.root / "config").rename(made.repository("home") / "config")
    assert made.phoenix("retention", "plan", "--engine", "home").code == 0
