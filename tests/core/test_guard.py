"""No permit without a signature where something is lost, and none beyond what was signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_guard import (
    HOUR,
    LANE,
    NOW,
    a_ground,
    forget,
    ground,
    point,
    signed,
    some_actions,
    standing,
    store,
)
from phoenix_dr.core.guard import (
    LONGEST_APPROVAL,
    LONGEST_STANDING,
    Approval,
    Permit,
    StandingApproval,
    permit,
)
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.plan import (
    CompactData,
    Plan,
    ReadData,
    ReleasePoint,
    RestorePoint,
    SetRetention,
    TakePoint,
    make_plan,
)
from phoenix_dr.errors import ApprovalRequired, Refused

FIVE = ground("a", "b", "c", "d", "e")
PINNED = replace(FIVE, pinned=frozenset({("home", "d")}))
TWO = make_plan([forget("d", "e", rule="r")], FIVE)
HARMLESS = (
    TakePoint("home", "wiki/pages", ("/srv",)),
    ReadData("home", "1/10"),
    RestorePoint("home", "wiki/pages", "a", "/tmp/x"),
)


def passes(
    plan: Plan, approval: Approval | None = None, standing: Iterable[Any] = (), **more: Any
) -> bool:
    """Whether a plan gets a permit, which then names its actions and nothing else."""
    try:
        leave = permit(plan, approval, standing=standing, **{"now": NOW, **more})
    except ApprovalRequired as required:
        named = required.parameters["digest"]
    else:
        assert leave == Permit(plan.digest, plan.actions)
        return True
    assert named == (more.get("ceiling") or plan).digest
    return False


@given(st.integers(0, 2**40).map(Random))
@settings(max_examples=300)
def test_what_loses_something_never_passes_unsigned_and_the_rest_never_asks(dice: Random) -> None:
    on = a_ground(dice)
    try:
        plan = make_plan([*some_actions(dice, on), *HARMLESS], on)
    except Refused:
        plan = make_plan(HARMLESS, on)
    assert passes(plan) is (not plan.losses)
    assert passes(plan, signed(plan))
    other = make_plan([forget("a")], FIVE)
    assert passes(plan, signed(other)) is (not plan.losses)


def test_a_permit_is_for_its_actions_alone() -> None:
    leave = permit(TWO, signed(TWO), now=NOW)
    leave.require(forget("d", "e", rule="r"))
    for other in (forget("d", rule="r"), forget("d", "e"), forget("a"), CompactData("home")):
        with pytest.raises(Refused):
            leave.require(other)


@pytest.mark.parametrize(
    ("facts", "good"),
    [
        ({}, True),
        ({"digest": "0" * 64}, False),
        ({"digest": TWO.digest[:12]}, False),
        ({"expires_at": NOW + LONGEST_APPROVAL}, True),
        ({"expires_at": NOW + LONGEST_APPROVAL + HOUR / 3600}, False),
        ({"expires_at": NOW + HOUR / 3600}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW - HOUR}, False),
    ],
)
def test_an_approval_is_of_this_plan_and_for_now(facts: dict[str, Any], good: bool) -> None:
    assert passes(TWO, signed(TWO, **facts)) is good


def test_an_approved_ceiling_covers_what_loses_no_more() -> None:
    for names, good in (("de", True), ("e", True), ("c", False), ("cde", False)):
        plan = make_plan([forget(*names, rule="r")], FIVE)
        assert passes(plan, signed(TWO), ceiling=TWO) is good
        # Signed is the ceiling; the smaller plan's own digest was never shown to anybody.
        assert passes(plan, signed(plan), ceiling=TWO) is (plan == TWO)
    assert passes(make_plan(HARMLESS), ceiling=TWO)


def test_who_signed_one_way_to_lose_a_point_did_not_sign_another() -> None:
    release = make_plan([ReleasePoint(*LANE, "d")], PINNED)
    gone = make_plan([forget("d")], FIVE)
    freed = make_plan([CompactData("home")], replace(FIVE, forgotten={"home": (point("d"),)}))
    both = make_plan([forget("d"), CompactData("home")], FIVE)
    for ceiling in (release, gone, freed):
        for plan in (release, gone, freed, both):
            assert passes(plan, signed(ceiling), ceiling=ceiling) is (plan == ceiling)
    assert all(passes(plan, signed(both), ceiling=both) for plan in (gone, freed, both))


LOSING: list[tuple[str, Plan]] = [
    ("release", make_plan([ReleasePoint(*LANE, "d")], PINNED)),
    ("compact", make_plan([CompactData("home")], Ground(forgotten={"home": (point("x"),)}))),
    (
        "shorten",
        make_plan(
            [SetRetention("prom", (SpanRule("", 5 * DAY),), "")], store(SpanRule("", 60 * DAY))
        ),
    ),
    (
        "shorten later",
        make_plan(
            [SetRetention("prom", (SpanRule("", 70 * DAY),), "")], store(SpanRule("", 90 * DAY))
        ),
    ),
]


@pytest.mark.parametrize("plan", [plan for _, plan in LOSING], ids=[name for name, _ in LOSING])
def test_every_verb_that_loses_asks_and_no_standing_approval_covers_it(plan: Plan) -> None:
    assert plan.is_guarded
    assert not passes(plan)
    assert not passes(plan, standing=[standing(engine=each.engine) for each in plan.losses])
    assert passes(plan, signed(plan))


WIDE = {"most_points": 10**9, "most_bytes": 10**15}


@pytest.mark.parametrize(
    ("facts", "good"),
    [
        ({}, True),
        ({"most_points": 2}, True),
        ({"most_points": 1}, False),
        ({"most_bytes": 2000}, True),
        ({"most_bytes": 1999}, False),
        ({"rule": "s", **WIDE}, False),
        ({"engine": "away", **WIDE}, False),
        ({"expires_at": NOW + LONGEST_STANDING}, True),
        ({"expires_at": NOW + LONGEST_STANDING + HOUR, **WIDE}, False),
        ({"expires_at": NOW, **WIDE}, False),
    ],
)
def test_a_standing_approval_has_bounds(facts: dict[str, Any], good: bool) -> None:
    assert passes(TWO, standing=[standing(**facts)]) is good
    # Bounds of two do not add up, and one that holds is enough.
    assert passes(TWO, standing=[standing(**facts)] * 3) is good
    assert passes(TWO, standing=[standing(**facts), standing()])


def test_points_a_person_named_are_no_routine() -> None:
    by_hand = make_plan([forget("d", "e")], FIVE)
    for rule in ("", "r"):
        assert not passes(by_hand, standing=[standing(rule=rule, **WIDE)])


def test_a_size_nobody_knows_is_within_no_bound() -> None:
    held = (point("a"), point("b", size=None), point("c"))
    on = Ground({LANE: held}, now=NOW)
    assert passes(make_plan([forget("a", rule="r")], on), standing=[standing()])
    plan = make_plan([forget("a", "b", rule="r")], on)
    assert not passes(plan, standing=[standing(**WIDE)])


OTHER = ("home", "photos/album")
AWAY = ("away", "wiki/pages")
THREE = Ground({lane: tuple(point(name, lane) for name in "xyz") for lane in (LANE, OTHER, AWAY)})


@pytest.mark.parametrize(
    ("lanes", "rules", "given_", "good"),
    [
        ((LANE, OTHER), "rr", [standing(most_points=2)], True),
        ((LANE, OTHER), "rr", [standing(most_points=1)], False),
        ((LANE, OTHER), "rr", [standing(most_bytes=1999)], False),
        ((LANE, OTHER), "rs", [standing(**WIDE)], False),
        ((LANE, OTHER), "rs", [standing(most_points=1), standing(rule="s", most_points=1)], True),
        ((LANE, AWAY), "rr", [standing(**WIDE)], False),
        ((LANE, AWAY), "rr", [standing(), standing(engine="away")], True),
    ],
)
def test_bounds_hold_for_a_whole_run(
    lanes: tuple[tuple[str, str], ...], rules: str, given_: list[StandingApproval], good: bool
) -> None:
    actions = [forget("x", lane=lane, rule=rule) for lane, rule in zip(lanes, rules, strict=True)]
    assert passes(make_plan(actions, THREE), standing=given_) is good


@pytest.mark.parametrize(
    ("actions", "on", "good"),
    [
        ([forget("d", rule="r"), *HARMLESS], FIVE, True),
        ([forget("d", rule="r"), CompactData("away")], FIVE, True),
        ([forget("d", rule="r"), CompactData("home")], FIVE, False),
        ([ReleasePoint(*LANE, "d"), forget("d", rule="r")], PINNED, False),
        ([forget("d", rule="r"), forget("e")], FIVE, False),
    ],
)
def test_no_other_loss_slips_through_beside_a_rules_own(
    actions: list[Any], on: Ground, good: bool
) -> None:
    plan = make_plan(actions, on)
    assert passes(plan, standing=[standing(**WIDE)]) is good
    assert passes(plan, signed(plan))
