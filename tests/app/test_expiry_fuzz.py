"""Random lives of a real restic repository: nothing goes outside a signed plan, and nothing asks.

Every step is drawn: backups, removals by others, pins, drills, changed rules, clocks that jump,
plans, signatures, applies with the right, a wrong or no signature.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from build_app import House
from build_expiry import ALBUM, age, aged, held, signed
from phoenix_dr.app import expiry
from phoenix_dr.app.apply import Leave, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry import Request, plan_expiry
from phoenix_dr.app.pins import keep
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.core.guard import Approval
from phoenix_dr.core.plan import ForgetPoints, Ground, Plan
from phoenix_dr.errors import ApprovalRequired, PlanStale, Refused
from phoenix_dr.ledger import Pin

HOME = Request(("home",))
DAILY = [24.0 * day + 1 for day in range(12)]
RULES = ("daily: 7", "last: 1", "last: 3", "hourly: 2, weekly: 1", "within: 3d", "monthly: 1")


@dataclass
class Life:
    """A house, its dice, and what was signed."""

    made: House
    dice: random.Random
    plans: list[Plan] = field(default_factory=list)
    signatures: list[Approval] = field(default_factory=list)
    asked: int = 0
    removed: int = 0
    refused: int = 0

    def step(self) -> None:
        """One thing happens; what Phoenix removed by it must have been signed."""
        name, act = self.dice.choice(ACTS)
        before = held(self.made)
        fast = self.held_fast()
        allowed = act(self)
        if name == "vanish":
            return
        gone = before - held(self.made)
        fast |= self.held_fast()
        assert gone <= allowed, f"{name} removed what was not signed"
        assert not gone & fast, f"{name} removed what was held fast"
        assert not before or held(self.made), f"{name} left nothing to come back from"
        self.removed += len(gone)

    def held_fast(self) -> set[str]:
        """Pinned points and the last drilled-good one."""

        def work(ctx: Context) -> set[str]:
            pinned = {pin.point for pin in ctx.ledger.pins()}
            here = held(self.made)
            good = [each.point for each in ctx.ledger.drills() if each.ok and each.point in here]
            return pinned | set(good[:1])

        found: set[str] = self.made.using(work)
        return found

    def some(self) -> str | None:
        """A point that is held."""
        points = sorted(held(self.made))
        return self.dice.choice(points) if points else None


def take(life: Life) -> set[str]:
    """Backups at random ages."""
    age(life.made, [life.dice.choice((0.5, 3, 20, 50, 100, 400, 900)) + life.dice.random()])
    return set()


def vanish(life: Life) -> set[str]:
    """Somebody else removes a point."""
    point = life.some()
    if point and len(held(life.made)) > 2:
        life.made.restic("home", "forget", point)
    return set()


def pin(life: Life) -> set[str]:
    """A person holds a point fast."""
    if point := life.some():
        life.made.using(keep, Pin("home", ALBUM, point, pinned=True))
    return set()


def drill(life: Life) -> set[str]:
    """A drill restored a point well."""
    if point := life.some():
        at = datetime.now(UTC)
        record = DrillRecord(
            f"d{life.dice.random()}", "run", ALBUM, "photos", "home", "home", point, at, at,
            ok=True, level=Level.RESTORES, ceiling=Level.RESTORES,
        )  # fmt: skip
        life.made.using(lambda ctx: ctx.ledger.append("drill", ALBUM, record, at=at))
    return set()


def rule(life: Life) -> set[str]:
    """phoenix.yaml asks for something else."""
    text = life.made.config.read_text()
    new = f"keep: {{{life.dice.choice(RULES)}}}"
    life.made.config.write_text(re.sub(r"keep: \{[^}]*\}", new, text))
    return set()


def jump(life: Life) -> set[str]:
    """The clock jumps."""
    life.made.clock.shift = timedelta(days=life.dice.choice((-400, -2, 0, 0, 0, 0, 0, 1, 60)))
    return set()


def plan(life: Life) -> set[str]:
    """A plan is made; that never asks."""
    life.plans.append(life.made.using(plan_expiry, HOME).plan)
    if life.dice.random() < 0.7:
        shift = life.made.clock.shift / timedelta(hours=1)
        life.signatures.append(signed(life.plans[-1], hours=shift + life.dice.choice((-1, 1, 20))))
    return set()


def perform(life: Life) -> set[str]:
    """Some plan is applied with some signature, or none."""
    if not life.plans:
        return set()
    return run(life, life.dice.choice(life.plans[-3:]), life.dice.choice((None, *life.signatures)))


def routine(life: Life) -> set[str]:
    """A plan is made, signed and applied, while something happens between."""
    life.plans.append(life.made.using(plan_expiry, HOME).plan)
    shift = life.made.clock.shift / timedelta(hours=1)
    life.dice.choice((take, pin, drill, rule, lambda life: set()))(life)
    return run(life, life.plans[-1], signed(life.plans[-1], hours=shift + 1))


def run(life: Life, chosen: Plan, approval: Approval | None) -> set[str]:
    """Apply a plan as the command does; what may have gone by it."""

    def work(ctx: Context) -> None:
        def again(ground: Ground) -> object:
            return expiry.wanted(ctx, HOME, ground).actions

        apply(ctx, chosen, leave=Leave(approval, remake=again))  # type: ignore[arg-type]

    try:
        life.made.using(work)
    except ApprovalRequired:
        life.asked += 1
        assert chosen.is_guarded, "a harmless plan asked"
        return set()
    except (PlanStale, Refused):
        life.refused += 1
        return set()
    if not chosen.is_guarded:
        return set()
    assert approval is not None
    assert approval.digest == chosen.digest
    assert approval.expires_at > life.made.clock()
    return {
        point
        for action in chosen.actions
        if isinstance(action, ForgetPoints)
        for point in action.points
    }


Act = Callable[[Life], set[str]]
ACTS: tuple[tuple[str, Act], ...] = (
    ("take", take),
    ("take", take),
    ("vanish", vanish),
    ("pin", pin),
    ("drill", drill),
    ("rule", rule),
    ("rule", rule),
    ("jump", jump),
    ("plan", plan),
    ("plan", plan),
    ("perform", perform),
    ("perform", perform),
    ("routine", routine),
    ("routine", routine),
)


def live(root: Path, seed: int, steps: int) -> Life:
    """A life of so many steps."""
    life = Life(aged(root / f"life-{seed}", DAILY), random.Random(seed))
    for _ in range(steps):
        life.step()
    return life


def test_no_life_loses_what_was_not_signed(tmp_path: Path) -> None:
    life = live(tmp_path, 3, 40)
    assert life.removed, "this seed is meant to remove something"
    assert life.asked


@pytest.mark.live
@pytest.mark.parametrize("seed", range(100, 112))
def test_long_lives_lose_nothing_unsigned(tmp_path: Path, seed: int) -> None:
    life = live(tmp_path, seed, 120)
    assert life.asked + life.removed + life.refused
