"""The resilience score out of ten, and the ledger in which every lost thousandth is named.

The formula for people: docs/score.md. Raise `score_facts.FORMULA` when it changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score_caps import TOP, caps
from phoenix_dr.core.score_facts import Cap, LossKind, Score, ScoreFacts, ScoreLoss
from phoenix_dr.core.score_grade import FULL, WEIGHTS, ServiceGrade, grade_service

__all__ = ["TIERS", "WEIGHTS", "Sum", "raw", "score", "shown"]

TIERS = {Criticality.CRITICAL: 6, Criticality.IMPORTANT: 3, Criticality.NICE: 1}
"""Relative weight of the tiers; those without a service fall out and the rest share the whole."""

TENTH = 100


@dataclass(frozen=True, slots=True)
class Sum:
    """The raw score as the exact fraction `points / scale` thousandths.

    `shares` says by what a service's own marks are multiplied to count in `points`: the first
    number for every service of a tier, the second on top of it for the worst one.
    """

    points: int
    scale: int
    shares: dict[Criticality, tuple[int, int]]
    worst: dict[Criticality, int]
    """Index, in the sequence of grades, of the worst service of each tier."""

    @property
    def milli(self) -> int:
        """Whole thousandths, rounded down."""
        return self.points // self.scale


def score(facts: ScoreFacts) -> Score:
    """The score with all its losses; an estate without any asset scores 0."""
    grades = [grade for grade in map(grade_service, facts.services) if grade]
    if not grades:
        loss = ScoreLoss(LossKind.NO_COPY, TOP, detail="empty-estate")
        return Score(milli=0, raw_milli=0, cap=None, caps=(), losses=(loss,))
    total = raw(grades)
    ceilings = caps(facts)
    lowest = ceilings[0] if ceilings else None
    milli = shown(total.milli, lowest)
    losses = (*_share_out(grades, total), *_tail(total.milli, lowest))
    return Score(milli=milli, raw_milli=total.milli, cap=lowest, caps=ceilings, losses=losses)


def shown(raw_milli: int, lowest: Cap | None) -> int:
    """The displayed score: raw, held down by the lowest cap, rounded down to a whole tenth."""
    held = min(raw_milli, lowest.milli) if lowest else raw_milli
    return held - held % TENTH


def raw(grades: Sequence[ServiceGrade]) -> Sum:
    """Tiers as half their mean and half their worst service, weighted; `grades` is not empty."""
    tiers: dict[Criticality, list[int]] = {}
    for index, grade in enumerate(grades):
        tiers.setdefault(grade.criticality, []).append(index)
    common = lcm(*map(len, tiers.values()))
    shares: dict[Criticality, tuple[int, int]] = {}
    worst: dict[Criticality, int] = {}
    points = 0
    for tier, members in tiers.items():
        weight = TOP * TIERS[tier]
        shares[tier] = (weight * common // len(members), weight * common)
        worst[tier] = min(members, key=lambda index: grades[index].worst.value)
        points += shares[tier][0] * sum(grades[index].worst.value for index in members)
        points += shares[tier][1] * grades[worst[tier]].worst.value
    scale = 2 * common * FULL * sum(TIERS[tier] for tier in tiers)
    return Sum(points, scale, shares, worst)


def _share_out(grades: Sequence[ServiceGrade], total: Sum) -> Iterator[ScoreLoss]:
    """One line per loss of each worst asset, in whole thousandths that sum to ten minus raw.

    Largest remainder: every line is floored, and the thousandths left over go to the lines
    that lost most by it (earlier lines first), so that no line is off by a whole thousandth.
    """
    lines = [
        (grade.worst.asset, kind, detail, amount * _share(index, grade, total))
        for index, grade in enumerate(grades)
        for kind, detail, amount in grade.worst.losses
    ]
    amounts = _whole([exact for *_, exact in lines], total.scale, TOP - total.milli)
    for (subject, kind, detail, _), milli in zip(lines, amounts, strict=True):
        if milli:
            yield ScoreLoss(kind, milli, subject, detail)


def _share(index: int, grade: ServiceGrade, total: Sum) -> int:
    everyone, extra = total.shares[grade.criticality]
    return everyone + extra if total.worst[grade.criticality] == index else everyone


def _whole(exact: Sequence[int], scale: int, wanted: int) -> list[int]:
    whole = [amount // scale for amount in exact]
    order: Iterable[int] = sorted(range(len(exact)), key=lambda i: (-(exact[i] % scale), i))
    for index, _ in zip(order, range(wanted - sum(whole)), strict=False):
        whole[index] += 1
    return whole


def _tail(raw_milli: int, lowest: Cap | None) -> Iterator[ScoreLoss]:
    held = raw_milli
    if lowest and lowest.milli < raw_milli:
        held = lowest.milli
        yield ScoreLoss(LossKind.CAP, raw_milli - held, lowest.subject, lowest.code)
    if held % TENTH:
        yield ScoreLoss(LossKind.ROUNDING, held % TENTH)
