"""Points by hand on a real repository: listed with their fate, held fast, let go when signed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from build_app import House, house
from build_expiry import ALBUM, age, held, signed
from phoenix_dr.app import points
from phoenix_dr.app.apply import Leave, apply
from phoenix_dr.app.approvals import approve
from phoenix_dr.app.approvers import add_approver
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import Request, plan_expiry
from phoenix_dr.app.ground import ground_of
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.core.held import HeldLane, HeldPoint
from phoenix_dr.core.plan import ForgetPoints, ReleasePoint, make_plan
from phoenix_dr.errors import ApprovalRequired, LedgerError, Refused, UsageError
from phoenix_dr.ledger import Kind

DAILY = [24.0 * day + 1 for day in range(12)]
WHY = "tax year 2026"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the approvers file belongs to root")


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with twelve daily points of the album at home and `keep: {daily: 7}`."""
    built = house(tmp_path_factory.mktemp("aged"))
    age(built, DAILY)
    return built


@pytest.fixture
def made(aged: House, tmp_path: Path) -> House:
    """The same house at a place of its own."""
    root = tmp_path / "house"
    shutil.copytree(aged.root, root)
    for path in (root / "phoenix.yaml", root / "bin" / "restic"):
        path.write_text(path.read_text().replace(str(aged.root), str(root)))
    return House(root)


@pytest.fixture
def roots() -> Iterator[Path]:
    """A folder that nobody but root can change, as an approvers file needs."""
    folder = tempfile.mkdtemp(prefix="phx-test-", dir="/run")
    yield Path(folder)
    shutil.rmtree(folder)


def lane(made: House, **asked: Any) -> HeldLane:
    """The album at home as it is listed."""
    found: points.Listing = made.using(points.listed, **asked)
    [only] = [each for each in found.lanes if (each.engine, each.asset) == ("home", ALBUM)]
    return only


def oldest(made: House) -> str:
    """Id of the oldest point."""
    return lane(made).points[-1].point.id


def drilled(made: House, point: str, *, ok: bool = True, after: int = 0) -> None:
    """Have a drill of this point end so."""
    at = made.clock() + timedelta(minutes=after)
    record = DrillRecord(
        f"d{after}", "run", ALBUM, "photos", "home", "home", point, at, at,
        ok=ok, level=Level.RESTORES, ceiling=Level.RESTORES,
    )  # fmt: skip
    made.using(lambda ctx: ctx.ledger.append(Kind.DRILL, ALBUM, record, at=at))


def forget_each(made: House) -> tuple[set[str], dict[str, str]]:
    """Which points a plan may name alone, and the refusal of each other one."""

    def work(ctx: Context) -> tuple[set[str], dict[str, str]]:
        ground = ground_of(ctx, ("home",))
        free, refused = set(), {}
        for point in ground.points["home", ALBUM]:
            try:
                make_plan((ForgetPoints("home", ALBUM, (point.id,)),), ground)
                free.add(point.id)
            except Refused as refusal:
                refused[point.id] = refusal.code
        return free, refused

    found: tuple[set[str], dict[str, str]] = made.using(work)
    return found


def by_id(listed: HeldLane) -> dict[str, HeldPoint]:
    """The listed points by id."""
    return {each.point.id: each for each in listed.points}


def test_the_list_says_what_the_plan_would_do(made: House) -> None:
    listed = lane(made)
    taken = [each.point.taken_at for each in listed.points]
    assert taken == sorted(taken, reverse=True)
    assert len(taken) == 12
    [action] = made.using(plan_expiry, Request(("home",))).plan.actions
    assert {each.point.id for each in listed.points if each.goes} == set(action.points)
    reasons = [each.verdict.reasons for each in listed.points if each.verdict]
    assert reasons == [("daily",)] * 7 + [("no-rule",)] * 5


def test_a_lane_no_rule_is_carried_out_on_says_why(made: House) -> None:
    made.clock.shift = timedelta(days=40)
    listed = lane(made)
    assert (listed.rule, listed.left) == (None, "backups-stopped")
    assert {each.verdict for each in listed.points} == {None}


def test_only_what_was_asked_for_is_listed(made: House) -> None:
    for about in ("photos", ALBUM):
        found = made.using(points.listed, about=about)
        assert {each.asset for each in found.lanes} == {ALBUM}
    assert made.using(points.listed, about="wiki").lanes == ()
    assert made.using(points.listed, engine="offsite").lanes == ()
    for wrong in ({"about": "photo"}, {"about": "photos/albums"}, {"engine": "away"}):
        with pytest.raises(UsageError):
            made.using(points.listed, **wrong)


def test_an_engine_that_hides_something_is_named(made: House) -> None:
    made.repository("home").rename(made.root / "elsewhere")
    found = made.using(points.listed)
    assert [spot.engine for spot in found.blind] == ["home"]
    [only] = found.lanes
    assert (only.left, only.rule) == ("hidden-rows", None)


def test_a_pinned_point_stays_and_says_why(made: House) -> None:
    point = oldest(made)
    assert by_id(lane(made))[point].goes
    [(pin, new)] = made.using(points.pin, [point], WHY)
    assert (pin.point, pin.because, new) == (point, WHY, True)
    assert pin.by
    shown = by_id(lane(made))[point]
    assert not shown.goes
    assert shown.pin is not None
    assert (shown.pin.because, shown.pin.by) == (WHY, pin.by)
    assert forget_each(made)[1] == {point: "point-pinned"}


def test_pinning_twice_is_pinning_once(made: House) -> None:
    point = oldest(made)
    said = [made.using(points.pin, [point], why)[0][1] for why in (WHY, WHY, "another")]
    assert said == [True, False, True]
    rows = made.using(lambda ctx: list(ctx.ledger.rows(kinds=(Kind.PIN,))))
    assert [row.value["because"] for row in rows] == [WHY, "another"]


def test_a_name_that_is_not_one_held_point_is_refused(made: House) -> None:
    point = oldest(made)
    for wrong, code in (
        (point[:5], "point-short"),
        (f"home/{point[:5]}", "point-short"),
        ("f" * 64, "point-not-held"),
        (f"offsite/{point}", "point-not-held"),
        ("", "point-short"),
    ):
        with pytest.raises(UsageError) as refusal:
            made.using(points.pin, [wrong], WHY)
        assert refusal.value.code == code
    for right in (point[:6], f"home/{point[:6]}", point):
        assert made.using(points.pin, [right], right)[0][0].point == point
    with pytest.raises(UsageError):
        made.using(points.pin, [point, "f" * 64], "all or none")
    with pytest.raises(UsageError):
        made.using(points.pin, [point], " ")
    assert {pin.because for pin in made.using(lambda ctx: ctx.ledger.pins())} == {point}


def test_a_point_that_is_gone_cannot_be_pinned(made: House) -> None:
    point = oldest(made)
    made.restic("home", "forget", point)
    made.using(points.listed)
    with pytest.raises(UsageError) as refusal:
        made.using(points.pin, [point], WHY)
    assert refusal.value.code == "point-not-held"


def test_an_id_on_two_engines_needs_its_engine(made: House) -> None:
    point = oldest(made)
    shutil.rmtree(made.repository("offsite"))
    shutil.copytree(made.repository("home"), made.repository("offsite"))
    made.using(points.listed)
    with pytest.raises(UsageError) as refusal:
        made.using(points.pin, [point[:8]], WHY)
    assert refusal.value.code == "point-several"
    assert refusal.value.parameters["points"] == 2
    known = str(refusal.value.parameters["known"]).split(", ")
    assert {name.split("/")[0] for name in known} == {"home", "offsite"}
    [(pin, _)] = made.using(points.pin, [known[0]], WHY)
    assert pin.engine == known[0].split("/")[0]
    # Only one of the two is pinned, so the bare id now says which pin is meant.
    release: points.Release = made.using(points.unpin, point[:8])
    assert release.plan.actions == (ReleasePoint(pin.engine, ALBUM, point),)


def test_a_pin_comes_off_only_under_a_signature(made: House) -> None:
    point = oldest(made)
    with pytest.raises(Refused):
        made.using(points.unpin, point)
    made.using(points.pin, [point], WHY)
    asked: points.Release = made.using(points.unpin, point)
    assert asked.performed is None
    assert asked.plan.actions == (ReleasePoint("home", ALBUM, point),)
    [loss] = asked.plan.losses
    assert (loss.points, loss.remaining) == ((point,), 11)
    other = made.using(plan_expiry, Request(("home",))).plan
    wrong = (None, signed(other), signed(asked.plan, hours=-1), signed(asked.plan, hours=25))
    for approval in wrong:
        with pytest.raises(ApprovalRequired):
            made.using(lambda ctx, leave: apply(ctx, asked.plan, leave=leave), Leave(approval))
    assert by_id(lane(made))[point].pin
    right = Leave(signed(asked.plan))
    made.using(lambda ctx: apply(ctx, asked.plan, leave=right))
    assert by_id(lane(made))[point].goes


@needs_root
def test_the_same_command_takes_the_pin_off_once_it_is_signed(made: House, roots: Path) -> None:
    point = oldest(made)
    key = approver(made, roots)
    made.using(points.pin, [point], WHY)
    asked: points.Release = made.using(points.unpin, point)
    assert asked.performed is None
    made.using(lambda ctx: approve(ctx, asked.plan, key=key, for_=timedelta(hours=1)))
    # What was made since changes the ground, not what was signed.
    age(made, [0.5])
    assert made.phoenix("points", "unpin", f"home/{point[:8]}").code == 0
    assert by_id(lane(made))[point].pin is None
    with pytest.raises(Refused):
        made.using(points.unpin, point)
    # A signature counts for the pin it was given for, not for one set since.
    made.using(points.pin, [point], "another reason")
    again: points.Release = made.using(points.unpin, point)
    assert again.performed is None
    assert by_id(lane(made))[point].pin


def approver(made: House, folder: Path) -> Path:
    """The key of somebody who may approve for this house."""
    key = made.root / "approver"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(words, check=True, timeout=30, stdin=subprocess.DEVNULL)
    made.say("timezone: UTC", f"timezone: UTC\napprovers: {folder}/approvers")
    made.using(add_approver, "somebody", key.with_suffix(".pub"))
    return key


def ground(made: House) -> Any:
    """What plans on home stand on now."""
    return made.using(ground_of, ("home",))


@pytest.mark.parametrize("bad", [False, True])
def test_the_last_good_drill_survives_every_plan(made: House, bad: bool) -> None:
    free, refused = forget_each(made)
    assert (len(free), refused) == (12, {})
    point = oldest(made)
    drilled(made, point, ok=not bad)
    assert by_id(lane(made))[point].proven is not bad
    assert forget_each(made)[1] == ({} if bad else {point: "point-proven"})
    newer = lane(made).points[3].point.id
    drilled(made, newer, after=1)
    assert forget_each(made)[1] == {newer: "point-proven"}


def test_the_last_restorable_point_survives_every_plan(made: House) -> None:
    listed = [each.point.id for each in lane(made).points]
    assert not any(each.last for each in lane(made).points)
    made.restic("home", "forget", *listed[1:])
    [only] = lane(made, about=ALBUM).points
    assert only.last
    assert forget_each(made) == (set(), {listed[0]: "last-point"})


def test_all_points_together_never_go(made: House) -> None:
    with pytest.raises(Refused):
        make_plan((ForgetPoints("home", ALBUM, tuple(held(made))),), ground(made))


def test_the_command_prints_what_to_sign_and_json_holds_everything(made: House) -> None:
    point = oldest(made)
    pinned = made.phoenix("points", "pin", point[:8], "--because", WHY)
    assert (pinned.code, pinned.err) == (0, "")
    asked = made.phoenix("points", "unpin", point[:8])
    assert asked.code == 20
    digest = made.using(lambda ctx: list(ctx.ledger.rows(kinds=(Kind.PLAN,))))[-1].subject
    assert f"phoenix approve {digest[:12]} --key " in asked.out
    [shown] = json.loads(made.phoenix("points", "list", ALBUM, "--json").out)["lanes"]
    assert [each["state"] for each in shown["points"]] == ["usable"] * 12
    assert [each["pin"] and each["pin"]["because"] for each in shown["points"]] == [
        *[None] * 11,
        WHY,
    ]


def test_a_pin_is_no_promise_while_points_are_being_let_go(made: House) -> None:
    point = oldest(made)

    def meanwhile(ctx: Context) -> None:
        with ctx.ledger.lease("engine home"), pytest.raises(LedgerError, match="busy"):
            points.pin(ctx, [point], "tax year")

    made.using(meanwhile)
    assert made.using(lambda ctx: ctx.ledger.pins()) == ()
    made.using(points.pin, [point], "tax year")
    assert [pin.point for pin in made.using(lambda ctx: ctx.ledger.pins())] == [point]
