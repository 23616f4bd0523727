"""Random grounds, plans and approvals, and what a plan may never do to a ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from phoenix_dr.core.evidence import RecoveryPoint, Span
from phoenix_dr.core.guard import Approval, StandingApproval
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.plan import Action, CompactData, ForgetPoints, Plan, ReleasePoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENGINES = ("home", "away")
ASSETS = ("wiki/pages", "photos/album")
Lane = tuple[str, str]
LANE: Lane = ("home", "wiki/pages")


def point(own: str, lane: Lane = LANE, *, days: float = 1, **facts: Any) -> RecoveryPoint:
    """A good point of a lane, so many days old."""
    usual = RecoveryPoint(own, lane[1], lane[0], "nas", NOW - days * DAY, 1000, 10, True)
    return replace(usual, **facts)


def ground(*names: str, lane: Lane = LANE, **facts: Any) -> Ground:
    """A ground with good points of these names, the first one the newest."""
    held = tuple(point(name, lane, days=age) for age, name in enumerate(names, 1))
    return Ground({lane: held}, now=NOW, **facts)


def store(*rules: SpanRule, days: float = 60, size: int | None = 1000, **facts: Any) -> Ground:
    """A ground with one store of samples that runs under these rules and holds so many days."""
    span = Span("prom", "", NOW - days * DAY, NOW, size)
    return Ground(spans={"prom": (span,)}, in_force={"prom": rules}, now=NOW, **facts)


def forget(*names: str, lane: Lane = LANE, rule: str = "") -> ForgetPoints:
    """Letting these points of a lane go."""
    return ForgetPoints(*lane, names, rule)


def signed(plan: Plan, **facts: Any) -> Approval:
    """A signature over a plan, for an hour."""
    return replace(Approval(plan.digest, "somebody", NOW + HOUR), **facts)


def standing(**facts: Any) -> StandingApproval:
    """A signature over rule `r` at home: five points and 10 kB a run, for ninety days."""
    return replace(StandingApproval("r", "home", 5, 10_000, "somebody", NOW + 90 * DAY), **facts)


def restorable(held: RecoveryPoint, on: Ground) -> bool:
    """Said once more, apart from the code under test: what one can come back from."""
    return (
        held.complete in {True, None}
        and held.size != 0
        and (held.engine, held.id) not in on.unusable
    )


def held_fast(on: Ground, released: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    """Points that nothing may remove once these pins are off."""
    protected = {
        (held.engine, held.id) for lane in on.points.values() for held in lane if held.protected
    }
    return protected | on.proven | (on.pinned - released)


def a_ground(dice: Random) -> Ground:
    """Two engines, two assets, up to six points each, all kinds of flaws and holds."""
    points = {
        (engine, asset): tuple(a_point(dice, f"{engine[0]}{asset[0]}{number}", (engine, asset))
                               for number in range(dice.randrange(7)))
        for engine in ENGINES for asset in ASSETS
    }  # fmt: skip
    keys = [(held.engine, held.id) for lane in points.values() for held in lane]

    def some(share: float) -> frozenset[tuple[str, str]]:
        return frozenset(key for key in keys if dice.random() < share)

    return Ground(
        points=points,
        pinned=some(0.1),
        proven=some(0.1),
        unusable=some(0.3),
        forgotten={"home": (point("old", days=90),)} if dice.random() < 0.5 else {},
        hidden=frozenset(name for name in ENGINES if dice.random() < 0.1),
        now=NOW,
    )


def a_point(dice: Random, own: str, lane: Lane) -> RecoveryPoint:
    """A point with any flaw."""
    return point(
        own,
        lane,
        days=dice.uniform(-1, 400),
        size=dice.choice((1000, 1000, 5000, None, 0)),
        complete=dice.choice((True, True, None, False)),
        protected=dice.random() < 0.1,
    )


def some_actions(dice: Random, on: Ground) -> tuple[Action, ...]:
    """Removals of any points of any lanes, in parts; some pins come off, some space goes."""
    actions: list[Action] = []
    for lane, held in on.points.items():
        names = [each.id for each in held]
        for _ in range(dice.randrange(3)):
            count = dice.randint(0, min(len(names), 3))
            actions.append(forget(*dice.sample(names, count), lane=lane, rule=dice.choice("r ")))
        if names and dice.random() < 0.2:
            actions.append(ReleasePoint(*lane, dice.choice(names)))
    if dice.random() < 0.2:
        actions.append(CompactData(dice.choice(ENGINES)))
    dice.shuffle(actions)
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class After:
    """What is left once all actions of a plan were performed, and what went."""

    left: dict[Lane, tuple[RecoveryPoint, ...]]
    gone: frozenset[tuple[str, str]]
    released: frozenset[tuple[str, str]]


def performed(plan: Plan, on: Ground) -> After:
    """Carry a plan out as an engine would, without asking what it loses."""
    gone = {
        (each.engine, own)
        for each in plan.actions
        if isinstance(each, ForgetPoints)
        for own in each.points
    }
    released = {
        (each.engine, each.point) for each in plan.actions if isinstance(each, ReleasePoint)
    }
    left = {
        lane: tuple(each for each in held if (each.engine, each.id) not in gone)
        for lane, held in on.points.items()
    }
    return After(left, frozenset(gone), frozenset(released))


def broken_law(plan: Plan, on: Ground, after: After) -> str:
    """The law of removing that a plan breaks on a ground; empty when it keeps them all."""
    if after.gone & held_fast(on, after.released):
        return "what is held fast stays"
    if any(engine in on.hidden for engine, _ in after.gone):
        return "nothing goes where rows are hidden"
    if after.gone - {(each.engine, own) for each in plan.losses for own in each.points}:
        return "every point that goes is a loss"
    touched = [lane for lane, held in after.left.items() if len(held) != len(on.points[lane])]
    for lane in touched:
        if not any(restorable(each, on) for each in after.left[lane]):
            return "a restorable point stays"
    return ""
