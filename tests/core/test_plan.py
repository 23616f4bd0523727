"""What a plan says it loses, what it may never lose, and how an approved one is a ceiling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_guard import (
    LANE,
    NOW,
    After,
    a_ground,
    broken_law,
    forget,
    ground,
    performed,
    point,
    some_actions,
    store,
)
from phoenix_dr.core.losses import Ground, Loss, losses_of
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.plan import (
    AGEING,
    CompactData,
    ForgetPoints,
    Plan,
    ReadData,
    ReleasePoint,
    SetRetention,
    cut,
    is_intact,
    is_within,
    make_plan,
)
from phoenix_dr.errors import Refused

seeds = st.integers(0, 2**40).map(Random)
FIVE = ground("a", "b", "c", "d", "e")


def plan_of(dice: Random, on: Ground) -> Plan:
    """A plan of whatever of some random actions is not refused, one after the other."""
    allowed: list[Any] = []
    for action in some_actions(dice, on):
        try:
            make_plan([*allowed, action], on)
        except Refused:
            continue
        allowed.append(action)
    return make_plan(allowed, on)


def search_for_a_broken_law(count: int, seed: int) -> int:
    """Random plans on random grounds until one breaks a law; how many removed something."""
    removing = 0
    for number in range(seed, seed + count):
        dice = Random(number)
        on = a_ground(dice)
        plan = plan_of(dice, on)
        after = performed(plan, on)
        assert not broken_law(plan, on, after), f"seed {number}: {broken_law(plan, on, after)}"
        removing += bool(after.gone)
    return removing


def test_no_plan_breaks_a_law_of_removing() -> None:
    assert search_for_a_broken_law(3000, 20_261_123) > 1000


@pytest.mark.live
def test_a_hundred_thousand_fresh_plans_keep_the_laws() -> None:
    assert search_for_a_broken_law(120_000, SystemRandom().randrange(10**9)) > 40_000


@pytest.mark.parametrize(
    ("facts", "gone", "law"),
    [
        ({"pinned": frozenset({("home", "a")})}, "a", "what is held fast stays"),
        ({"proven": frozenset({("home", "b")})}, "b", "what is held fast stays"),
        ({"hidden": frozenset({"home"})}, "a", "nothing goes where rows are hidden"),
        ({}, "a", "every point that goes is a loss"),
        ({}, "abcde", "a restorable point stays"),
        ({"unusable": frozenset({("home", "a")})}, "bcde", "a restorable point stays"),
    ],
)
def test_a_broken_law_is_seen(facts: dict[str, Any], gone: str, law: str) -> None:
    on = replace(FIVE, **facts)
    told = make_plan([forget(*gone[:4])], FIVE) if len(gone) > 1 or facts else make_plan([])
    if gone == "abcde":
        told = replace(told, losses=(replace(told.losses[0], points=tuple(gone)),))
    left = {LANE: tuple(each for each in on.points[LANE] if each.id not in gone)}
    keys = frozenset(("home", name) for name in gone)
    assert broken_law(told, on, After(left, keys, frozenset())) == law


def refusal(actions: list[Any], on: Ground) -> str:
    """Why a plan is refused."""
    with pytest.raises(Refused) as refused:
        make_plan(actions, on)
    return refused.value.code


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        ({"size": 0}, "last-point"),
        ({"complete": False}, "last-point"),
        ({"size": None, "complete": None}, ""),
    ],
)
def test_a_point_one_cannot_come_back_from_is_not_one_that_stays(
    flaw: dict[str, Any], code: str
) -> None:
    on = Ground({LANE: (point("good"), point("odd", **flaw))}, now=NOW)
    if code:
        assert refusal([forget("good")], on) == code
    else:
        assert make_plan([forget("good")], on).losses[0].remaining == 1


def test_two_halves_of_a_lane_cannot_go_in_one_plan() -> None:
    assert len(make_plan([forget("a", "b"), forget("c", "d")], FIVE).losses) == 2
    assert refusal([forget("a", "b"), forget("c", "d", "e")], FIVE) == "last-point"
    assert refusal([forget("a"), forget("a")], FIVE) == "point-unknown"


def test_what_is_protected_unknown_or_nothing_is_refused() -> None:
    for names, facts, code in (
        (("a",), {"pinned": frozenset({("home", "a")})}, "point-pinned"),
        (("a",), {"proven": frozenset({("home", "a")})}, "point-proven"),
        (("a",), {"hidden": frozenset({"home"})}, "hidden-rows"),
        (("z",), {}, "point-unknown"),
        ((), {}, "nothing-named"),
    ):
        assert refusal([forget(*names)], replace(FIVE, **facts)) == code
    guarded = Ground({LANE: (point("a", protected=True), point("b"))}, now=NOW)
    assert refusal([forget("a")], guarded) == "point-protected"
    # On the other engine the same ids are other points.
    elsewhere = replace(FIVE, pinned=frozenset({("away", "a")}), hidden=frozenset({"away"}))
    assert make_plan([forget("a")], elsewhere).is_guarded


def test_a_loss_says_what_goes_and_what_remains() -> None:
    on = Ground({LANE: (point("a", days=1), point("b", days=2, size=None), point("c", days=3))})
    [loss] = make_plan([forget("c", "a")], on).losses
    ends = (NOW - 3 * DAY, NOW - DAY)
    assert loss == Loss(*LANE, ("a", "c"), *ends, 2000, 1, NOW - 2 * DAY)
    assert make_plan([forget("b")], on).losses[0].size is None


def test_compacting_loses_only_what_was_forgotten_and_only_there() -> None:
    gone = (point("x", days=9), point("y", days=8))
    on = replace(FIVE, forgotten={"home": gone, "away": (point("z"),)})
    [loss] = make_plan([CompactData("home")], on).losses
    assert (loss.points, loss.remaining) == (("x", "y"), 5)
    assert not make_plan([CompactData("home")], FIVE).is_guarded
    assert refusal([CompactData("home")], replace(on, hidden=frozenset({"home"}))) == "hidden-rows"
    both = make_plan([forget("e"), CompactData("home")], on)
    assert [each.points for each in both.losses] == [("e",), ("e", "x", "y")]


def test_a_pin_comes_off_only_where_one_is() -> None:
    pinned = replace(FIVE, pinned=frozenset({("home", "a")}))
    [loss] = make_plan([ReleasePoint(*LANE, "a")], pinned).losses
    assert (loss.points, loss.remaining) == (("a",), 4)
    for name, on in (("b", pinned), ("a", FIVE), ("z", replace(FIVE, pinned=frozenset()))):
        assert refusal([ReleasePoint(*LANE, name)], on) == "point-not-pinned"


def test_the_digest_names_actions_losses_and_what_remains() -> None:
    plans = [
        make_plan([forget("a")], FIVE),
        make_plan([forget("b")], FIVE),
        make_plan([forget("a", rule="r")], FIVE),
        make_plan([forget("a")], ground("a", "b", "c", "d")),
        make_plan([forget("a")], ground("a", "b", "c", "d", "f")),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    assert make_plan([forget("a")], replace(FIVE, now=NOW + DAY)).digest == plans[0].digest
    assert all(map(is_intact, plans))
    for change in (
        {"actions": plans[1].actions},
        {"losses": ()},
        {"preconditions": ()},
        {"digest": plans[1].digest},
    ):
        assert not is_intact(replace(plans[0], **change))


@given(seeds)
@settings(max_examples=300)
def test_cut_yields_nothing_outside_the_ceiling_nor_what_is_not_held(dice: Random) -> None:
    before = a_ground(dice)
    ceiling = plan_of(dice, before)
    signed = {(a.engine, a.asset, p) for a in ceiling.actions
              if isinstance(a, ForgetPoints) for p in a.points}  # fmt: skip
    now = a_ground(dice) if dice.random() < 0.3 else before
    wanted = (*some_actions(dice, now), *ceiling.actions)
    for action in cut(wanted, ceiling, now):
        if not isinstance(action, ForgetPoints):
            assert action in ceiling.actions
            continue
        lane = (action.engine, action.asset)
        assert action.points
        assert {(*lane, own) for own in action.points} <= signed
        assert set(action.points) <= {each.id for each in now.points[lane]}


def test_cut_of_what_was_signed_on_the_same_ground_is_all_of_it() -> None:
    ceiling = make_plan([forget("d", "e"), CompactData("home")], FIVE)
    assert cut(ceiling.actions, ceiling, FIVE) == ceiling.actions
    assert cut([forget("c", "d", "e"), ReadData("home", "1/2")], ceiling, FIVE) == (
        forget("d", "e"),
    )


def test_a_lane_that_lost_a_point_that_was_to_stay_yields_nothing() -> None:
    other = ("home", "photos/album")
    points = {**FIVE.points, other: tuple(point(name, other) for name in "vwx")}
    ceiling = make_plan([forget("d", "e"), forget("v", lane=other)], Ground(points))
    for stayed in "abc":
        left = tuple(each for each in points[LANE] if each.id != stayed)
        now = Ground({**points, LANE: left})
        assert cut(ceiling.actions, ceiling, now) == (forget("v", lane=other),)
    # One that was to go is gone already, one is new: what is left of the plan still stands.
    left = (*points[LANE][:4], point("new"))
    assert cut(ceiling.actions, ceiling, Ground({**points, LANE: left})) == (
        forget("d"),
        forget("v", lane=other),
    )


@given(seeds)
@settings(max_examples=200)
def test_being_within_is_reflexive_and_transitive_for_points(dice: Random) -> None:
    on = a_ground(dice)
    big = plan_of(dice, on)
    middle, small = (part_of(big, dice, on) for _ in range(2))
    assert is_within(big, big)
    assert is_within(make_plan([]), big)
    if is_within(small, middle) and is_within(middle, big):
        assert is_within(small, big)


def part_of(plan: Plan, dice: Random, on: Ground) -> Plan:
    """Some of a plan's removals, of some of their points, and the pins that must come off first."""
    parts: list[Any] = []
    for each in plan.actions:
        if isinstance(each, ReleasePoint):
            parts.append(each)
        elif isinstance(each, ForgetPoints) and dice.random() < 0.8:
            some = dice.sample(each.points, dice.randint(1, len(each.points)))
            parts.append(replace(each, points=tuple(some)))
    return make_plan(parts, on)


def test_more_points_another_lane_or_another_engine_are_not_within() -> None:
    top = make_plan([forget("d", "e")], FIVE)
    assert is_within(make_plan([forget("e")], FIVE), top)
    for names, lane in (("cde", LANE), ("de", ("away", LANE[1])), ("de", ("home", "x/y"))):
        other = make_plan([forget(*names, lane=lane)], ground("a", "c", "d", "e", lane=lane))
        assert not is_within(other, top)
    small, more = (
        make_plan([CompactData("home")], replace(FIVE, forgotten={"home": tuple(map(point, each))}))
        for each in ("x", "xy")
    )
    assert (is_within(small, more), is_within(more, small)) == (True, False)


def test_samples_may_age_a_day_and_no_more_after_their_approval() -> None:
    top = plan_for(SpanRule("", 30 * DAY), store(SpanRule("", 60 * DAY)))
    for late, within in ((AGEING, True), (2 * AGEING + timedelta(hours=1), False)):
        old = store(SpanRule("", 60 * DAY))
        later = plan_for(SpanRule("", 30 * DAY), replace(old, now=NOW + late))
        assert is_within(later, top) is within
    assert not is_within(plan_for(SpanRule("", 20 * DAY), store(SpanRule("", 60 * DAY))), top)


def plan_for(*rules_then_ground: Any) -> Plan:
    """The plan that sets these rules on the ground that comes last."""
    *rules, on = rules_then_ground
    return make_plan([SetRetention("prom", tuple(rules), "0" * 64)], on)


ALERTS = '{level="alert"}'
MONTH, QUARTER = SpanRule("", 30 * DAY), SpanRule("", 90 * DAY)


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ((MONTH,), (MONTH,), []),
        ((MONTH,), (QUARTER,), []),
        ((QUARTER,), (MONTH,), [("", False)]),
        ((QUARTER,), (SpanRule("", 70 * DAY),), [("", True)]),
        ((), (MONTH,), [("", False)]),
        ((MONTH,), (), []),
        ((QUARTER,), (replace(QUARTER, size=500),), [("", False)]),
        ((QUARTER,), (replace(QUARTER, size=10_000),), []),
        ((replace(QUARTER, size=500),), (QUARTER,), []),
        ((MONTH, SpanRule(ALERTS, 90 * DAY)), (MONTH,), [(ALERTS, False)]),
        ((QUARTER,), (QUARTER, SpanRule(ALERTS, 10 * DAY)), [(ALERTS, False)]),
        ((MONTH,), (MONTH, SpanRule(ALERTS, 90 * DAY)), []),
    ],
)
def test_a_change_of_rule_loses_what_its_effect_is(
    before: tuple[SpanRule, ...], after: tuple[SpanRule, ...], lost: list[tuple[str, bool]]
) -> None:
    plan = plan_for(*after, store(*before))
    assert [(loss.asset, loss.later) for loss in plan.losses] == lost
    for loss in plan.losses:
        assert loss.since < loss.until
        assert (loss.size == 0) is loss.later


def test_a_limit_in_bytes_on_a_store_that_does_not_tell_its_size_is_refused() -> None:
    tight = SpanRule("", 90 * DAY, 500)
    for size in (None, 0):
        action = SetRetention("prom", (tight,), "")
        with pytest.raises(Refused) as refused:
            losses_of(action, store(QUARTER, size=size))
        assert refused.value.code == "spans-unknown"
        assert not plan_for(tight, store(tight, size=size)).is_guarded
        assert not plan_for(replace(tight, size=900), store(tight, size=size)).is_guarded


def test_what_nobody_knows_of_a_store_is_no_leave_to_shorten_it() -> None:
    known = store(MONTH)
    for unknown in (
        replace(known, spans={}),
        replace(known, in_force={}),
        replace(known, spans={"prom": (replace(known.spans["prom"][0], stream=ALERTS),)}),
    ):
        assert refusal([SetRetention("prom", (QUARTER,), "")], unknown) == "spans-unknown"
    hidden = replace(known, hidden=frozenset({"prom"}))
    assert refusal([SetRetention("prom", (QUARTER,), "")], hidden) == "hidden-rows"
