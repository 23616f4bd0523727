"""From facts to the value of one asset and one service, in exact integers.

Every dimension is floored once to `UNIT` steps; everything above is a sum of whole numbers, so
that equal facts give equal losses to the last digit and floating point never decides a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score_facts import (
    Dimension,
    LossKind,
    Proof,
    ScoredAsset,
    ScoredService,
)

WEIGHTS = {
    Dimension.RPO: 25,
    Dimension.COPIES: 20,
    Dimension.PROOF: 25,
    Dimension.RTO: 15,
    Dimension.PROCEDURE: 15,
}
"""Weight of each dimension in percent."""

UNIT = 10**9
"""Full marks of one dimension."""

FULL = 100 * UNIT
"""Full marks of one asset: weights are percents of dimensions worth `UNIT`."""

LOCKED = FULL // 5
"""The most an asset is worth when nothing shows that its keys survive this machine."""

LEVELS = {
    Level.UNKNOWN: 0,
    Level.EXISTS: UNIT // 10,
    Level.INTEGRITY: UNIT * 30 // 100,
    Level.RESTORES: UNIT * 55 // 100,
    Level.STARTS: UNIT * 75 // 100,
    Level.DATA: UNIT * 90 // 100,
    Level.BUNKER: UNIT,
}
"""What a fresh proof of each level is worth."""

FRESH = {
    Criticality.CRITICAL: timedelta(days=30),
    Criticality.IMPORTANT: timedelta(days=90),
    Criticality.NICE: timedelta(days=180),
}
"""How long a proof keeps its full worth; after three times as long it is worth nothing."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Grade:
    """The value of one asset (0 to `FULL`) and what it lost; losses sum to `FULL - value`."""

    asset: str
    value: int
    losses: tuple[tuple[LossKind, str, int], ...]
    """(kind, detail, amount) with amount > 0."""


@dataclass(frozen=True, slots=True)
class ServiceGrade:
    """A service counts as its worst asset; the first one declared when several are as bad."""

    criticality: Criticality
    worst: Grade


def lin(x: int, a: int, b: int) -> int:
    """`UNIT` up to `a`, 0 from `b`, straight between, floored; a step when `b` is not above `a`."""
    if x <= a:
        return UNIT
    return (b - x) * UNIT // (b - a) if x < b else 0


def microseconds(delta: timedelta | None) -> int | None:
    """The exact length; None for unknown and for negative lengths, which only wrong clocks make."""
    if delta is None:
        return None
    exact = delta // _MICROSECOND
    return exact if exact >= 0 else None


def grade_service(service: ScoredService) -> ServiceGrade | None:
    """The grade of a service by its worst asset; None when it has no asset to protect."""
    fresh = microseconds(FRESH[service.criticality]) or 0
    grades = [grade_asset(asset, fresh) for asset in service.assets]
    if not grades:
        return None
    return ServiceGrade(service.criticality, min(grades, key=lambda grade: grade.value))


def grade_asset(asset: ScoredAsset, fresh: int) -> Grade:
    """The grade of one asset; `fresh` is how long a proof keeps its full worth (microseconds)."""
    if asset.usable is not True:
        detail = "unknown" if asset.usable is None else ""
        return Grade(asset.id, 0, ((LossKind.NO_COPY, detail, FULL),))
    losses = []
    value = 0
    for dimension, worth in _dimensions(asset, fresh):
        weight = WEIGHTS[dimension]
        value += weight * worth
        if worth < UNIT:
            losses.append((LossKind.DIMENSION, dimension.value, weight * (UNIT - worth)))
    if asset.openable is not True and value > LOCKED:
        detail = "unknown" if asset.openable is None else ""
        losses.append((LossKind.NOT_OPENABLE, detail, value - LOCKED))
        value = LOCKED
    return Grade(asset.id, value, tuple(losses))


def _dimensions(asset: ScoredAsset, fresh: int) -> tuple[tuple[Dimension, int], ...]:
    return (
        (Dimension.RPO, _rpo(asset)),
        (Dimension.COPIES, _copies(asset)),
        (Dimension.PROOF, _proof(asset, fresh)),
        (Dimension.RTO, _rto(asset)),
        (Dimension.PROCEDURE, _procedure(asset)),
    )


def _rpo(asset: ScoredAsset) -> int:
    rpo = microseconds(asset.rpo)
    objective = asset.rpo_objective // _MICROSECOND
    return 0 if rpo is None else lin(rpo, objective, 3 * objective)


def _copies(asset: ScoredAsset) -> int:
    kept = (
        asset.copies >= 3,
        asset.media >= 2,
        asset.off_site is True,
        asset.immutable is True,
    )
    return UNIT * sum(kept) // 4


def _proof(asset: ScoredAsset, fresh: int) -> int:
    # A usable point is listed now: that is L1 by itself. A failed drill outweighs every
    # earlier proof, so only L1 remains until a later drill passes.
    listed = LEVELS[Level.EXISTS]
    if asset.last_drill_ok is False:
        return listed
    return max([listed, *(_proof_worth(proof, fresh) for proof in asset.proofs)])


def _proof_worth(proof: Proof, fresh: int) -> int:
    age = microseconds(proof.age)
    return 0 if age is None else LEVELS[proof.level] * lin(age, fresh, 3 * fresh) // UNIT


def _rto(asset: ScoredAsset) -> int:
    # The better of the two: were a bad measurement to hide an estimate, forgetting the
    # measurement would raise the score.
    objective = asset.rto_objective // _MICROSECOND
    measured, estimate = microseconds(asset.rto), microseconds(asset.rto_estimate)
    return max(
        0 if measured is None else lin(measured, objective, 2 * objective),
        0 if estimate is None else lin(estimate, objective, 2 * objective) // 2,
    )


def _procedure(asset: ScoredAsset) -> int:
    kept = (asset.procedure_current, asset.dependencies_known, asset.keys_proven is True)
    return UNIT * sum(kept) // 3
