"""Ceilings on the score: one bad enough fact outweighs any number of good ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score_facts import Cap, ScoredAsset, ScoredKey, ScoredService, ScoreFacts
from phoenix_dr.core.score_grade import FRESH, UNIT, lin, microseconds

TOP = 10_000
"""The full score in thousandths."""

PLAN_FRESH = timedelta(days=90)
"""A recovery plan older than this caps the score."""


def caps(facts: ScoreFacts) -> tuple[Cap, ...]:
    """Every ceiling below ten, lowest first; equal ones in the order of the estate."""
    found = estate_caps(facts)
    for service in facts.services:
        found += service_caps(service)
    return tuple(sorted(found, key=lambda cap: cap.milli))


def estate_caps(facts: ScoreFacts) -> list[Cap]:
    """The ceilings that no single service causes: keys, discovery, plan, Phoenix's own state."""
    found = [cap for key in facts.keys for cap in _key(key)]
    if not facts.discovery_complete:
        found.append(Cap("discovery-incomplete", 7_000))
    plan = _plan(facts)
    if plan:
        found.append(Cap(plan, 7_500))
    if not facts.state_restorable:
        found.append(Cap("state-not-restorable", 8_000))
    return found


def service_caps(service: ScoredService) -> list[Cap]:
    """The ceilings a service causes; only a critical one causes any."""
    if service.criticality is not Criticality.CRITICAL:
        return []
    return [cap for asset in service.assets for cap in _asset(asset) if cap.milli < TOP]


def _key(key: ScoredKey) -> Iterator[Cap]:
    if key.copies < 2:
        yield Cap("key-few-copies", 4_000, key.name)
    if not key.off_site:
        yield Cap("key-not-off-site", 4_000, key.name)
    if not key.proven:
        yield Cap("key-unproven", 4_000, key.name)


def _plan(facts: ScoreFacts) -> str | None:
    age = microseconds(facts.plan_age)
    if age is None:
        return "plan-missing"
    if age > (microseconds(PLAN_FRESH) or 0):
        return "plan-old"
    if not facts.plan_current:
        return "plan-outdated"
    return None if facts.plan_off_site else "plan-not-off-site"


def _asset(asset: ScoredAsset) -> Iterator[Cap]:
    if asset.usable is not True:
        yield Cap("critical-no-backup", 3_000, asset.id)
        return
    if asset.off_site is not True:
        yield Cap("critical-no-off-site", 5_000, asset.id)
    yield _drill(asset)
    yield Cap("critical-rpo", _ramp(asset.rpo, asset.rpo_objective, 6_000), asset.id)
    if asset.immutable is not True:
        yield Cap("critical-no-immutable", 8_000, asset.id)
    rto, objective = microseconds(asset.rto), microseconds(asset.rto_objective) or 0
    if rto is None:
        yield Cap("critical-rto-unmeasured", 8_500, asset.id)
    elif rto > objective:
        yield Cap("critical-rto-missed", 8_500, asset.id)


def _drill(asset: ScoredAsset) -> Cap:
    if asset.last_drill_ok is False:
        return Cap("critical-drill-failed", 5_000, asset.id)
    ages = [
        proof.age
        for proof in asset.proofs
        if proof.level >= Level.RESTORES and microseconds(proof.age) is not None
    ]
    if not ages:
        return Cap("critical-never-drilled", 5_000, asset.id)
    return Cap(
        "critical-drill-stale", _ramp(min(ages), FRESH[Criticality.CRITICAL], 5_000), asset.id
    )


def _ramp(fact: timedelta | None, limit: timedelta, floor: int) -> int:
    """No ceiling up to `limit`, `floor` from twice `limit` or when unknown, straight between."""
    x, a = microseconds(fact), microseconds(limit) or 0
    if x is None:
        return floor
    return floor + (TOP - floor) * lin(x, a, 2 * a) // UNIT
