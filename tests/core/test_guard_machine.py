"""No sequence of plans, approvals and changes removes a point outside a signed ceiling."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from build_life import Life
from phoenix_dr.core import guard
from phoenix_dr.core.plan import Plan, cut, make_plan


def live(examples: int, steps: int, *, of: type[Life] = Life, same: bool = False) -> None:
    """So many lives of so many steps; `same` are those of every run."""
    asked = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.generate,),
        derandomize=same,
        database=None,
    )
    run_state_machine_as_test(of, settings=asked)


def test_no_life_removes_a_point_outside_a_signed_ceiling() -> None:
    before = Life.removed
    live(200, 50)
    assert Life.removed - before > 100, "lives in which nothing goes show nothing"


@pytest.mark.live
def test_two_thousand_long_lives_remove_nothing_outside_a_signed_ceiling() -> None:
    live(2000, 100)


class Unasked(Life):
    """Applies without any signature."""

    def permitted(self, plan: Plan, *rest: Any) -> Plan | None:
        actions = cut(plan.actions, plan, self.ground())
        return make_plan(actions, self.ground()) if actions else None


class Blind(Life):
    """Asks for a signature, then does what was planned without looking again."""

    def permitted(self, plan: Plan, approval: Any, standing: Any, again: bool) -> Plan | None:
        guard.permit(plan, approval, standing=standing, now=self.now)
        return plan


class Wide(Life):
    """Does what the rule asks for now under whatever was signed."""

    def permitted(self, plan: Plan, approval: Any, standing: Any, again: bool) -> Plan | None:
        guard.permit(plan, approval, standing=standing, now=self.now)
        return make_plan(self.wanted(self.ground()), self.ground())


class Early(Life):
    """Takes a plan that lost nothing when it was made for one that loses nothing now."""

    def permitted(self, plan: Plan, *rest: Any) -> Plan | None:
        return super().permitted(plan, *rest) if plan.is_guarded else plan


@pytest.mark.parametrize("twin", [Unasked, Blind, Wide])
def test_a_careless_apply_is_caught(twin: type[Life]) -> None:
    with pytest.raises(AssertionError, match=r"goes:|never signed"):
        live(400, 50, of=twin, same=True)


@pytest.mark.parametrize(("kind", "wrong"), [(Life, ""), (Early, "CompactData.*never signed")])
def test_a_plan_that_lost_nothing_when_made_is_looked_at_again(
    kind: type[Life], wrong: str
) -> None:
    life = kind()
    life.compacting_is_planned("home")
    life.points_are_named_by_hand(("home", "wiki/pages"), 0, 1)
    life.a_plan_is_signed(0, 1)
    life.a_plan_is_applied(0, 1, False, False)
    assert [gone.id for gone in life.gone["home"]] == ["p1"]
    life.a_plan_is_applied(1, 0, False, False)
    assert re.match(wrong, life.wrong)
    assert bool(wrong) is bool(life.wrong)
    assert bool(life.gone["home"]) is not bool(wrong)
