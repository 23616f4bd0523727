"""From coverage to the facts the score is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from phoenix_dr.app.knowledge import Knowledge, destinations_of
from phoenix_dr.core import drill, keys
from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.evidence import Level, Scope
from phoenix_dr.core.model import Asset, Estate, Service
from phoenix_dr.core.recovery import effective_criticality
from phoenix_dr.core.report import Coverage
from phoenix_dr.core.score import score
from phoenix_dr.core.score_facts import (
    Proof,
    Scenarios,
    ScoredAsset,
    ScoredService,
    ScoreFacts,
)

PLAN_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The last written recovery plan: when, whether it still fits, whether it lies off-site."""

    written_at: datetime | None = None
    is_current: bool = False
    off_site: bool = False


def score_facts(
    estate: Estate,
    coverages: Mapping[str, Coverage],
    known: Knowledge,
    plan: PlanFacts,
    *,
    state_restorable: bool,
) -> ScoreFacts:
    """Facts of every service whose data is to be protected, accepted losses included."""
    criticality = effective_criticality(estate.services)
    plan_age = known.now - plan.written_at if plan.written_at else None
    current = plan.is_current and plan_age is not None and plan_age < PLAN_LIFE
    services = (
        ScoredService(
            service.name,
            criticality[service.name],
            tuple(_assets(estate, service, coverages, known, procedure=current)),
        )
        for service in estate.services.values()
    )
    return ScoreFacts(
        services=tuple(service for service in services if service.assets),
        keys=keys.scored(estate, known.custody, sops=known.sops),
        discovery_complete=not known.blind,
        plan_off_site=plan.off_site,
        plan_age=plan_age,
        plan_current=plan.is_current,
        state_restorable=state_restorable,
    )


def _assets(
    estate: Estate,
    service: Service,
    coverages: Mapping[str, Coverage],
    known: Knowledge,
    *,
    procedure: bool,
) -> Iterable[ScoredAsset]:
    today = local_day(estate, known.now)
    counted = [asset for asset in service.assets if _counts(asset, today=today)]
    records = [record for asset in counted for record in known.drills.get(asset.id, ())]
    rto = drill.rto_of_service(records, [asset.id for asset in counted])
    for asset in counted:
        yield _scored(
            estate,
            asset,
            coverages[asset.id],
            known,
            rto=None if rto is None else timedelta(seconds=rto),
            procedure=procedure,
        )


def _counts(asset: Asset, *, today: date) -> bool:
    return asset.has_data and not is_excused(asset.regenerable, today)


def _scored(
    estate: Estate,
    asset: Asset,
    coverage: Coverage,
    known: Knowledge,
    *,
    rto: timedelta | None,
    procedure: bool,
) -> ScoredAsset:
    engines = destinations_of(estate, asset)
    exists = coverage.newest is not None
    return ScoredAsset(
        id=asset.id,
        usable=True if exists else (None if coverage.blind else False),
        rpo=coverage.rpo,
        rpo_objective=coverage.rpo_objective,
        copies=coverage.copies,
        media=coverage.media,
        off_site=coverage.off_site,
        immutable=coverage.immutable,
        proofs=_proofs(asset, coverage, known),
        last_drill_ok=coverage.last_drill_ok,
        rto=rto,
        rto_estimate=None,
        rto_objective=estate.services[asset.service].objectives.rto,
        procedure_current=procedure,
        dependencies_known=True,
        keys_proven=keys.keys_proven(estate, known.custody, engines) if engines else None,
        openable=keys.openable(estate, known.custody, engines) if engines else None,
    )


def _proofs(asset: Asset, coverage: Coverage, known: Knowledge) -> tuple[Proof, ...]:
    """Every level the evidence still supports; the score weighs each by its own age."""
    if coverage.newest is None:
        return ()
    exists = Proof(Level.EXISTS, timedelta(0))
    if coverage.newest_suspect or coverage.last_drill_ok is False:
        return (exists,)
    drilled = drill.proofs(known.drills.get(asset.id, ()), asset.id, now=known.now)
    bounded = tuple(replace(proof, level=min(proof.level, coverage.level)) for proof in drilled)
    best = Proof(coverage.level, known.now - (coverage.level_at or known.now))
    return (exists, best, *bounded)


def scenarios(facts: ScoreFacts, coverages: Mapping[str, Coverage]) -> Scenarios:
    """The score in each scenario, counting only the copies that survive it."""
    known: dict[tuple[ScoredAsset, ...], int] = {}
    found = {}
    for scope in Scope:
        services = tuple(_surviving(service, coverages, scope) for service in facts.services)
        signature = tuple(asset for service in services for asset in service.assets)
        if signature not in known:
            known[signature] = score(replace(facts, services=services)).milli
        found[scope] = known[signature]
    return found


def _surviving(
    service: ScoredService, coverages: Mapping[str, Coverage], scope: Scope
) -> ScoredService:
    return replace(
        service,
        assets=tuple(_survivor(asset, coverages[asset.id], scope) for asset in service.assets),
    )


def _survivor(asset: ScoredAsset, coverage: Coverage, scope: Scope) -> ScoredAsset:
    left = coverage.rpo_by_scope.get(scope)
    if left == asset.rpo:
        return asset
    return replace(asset, rpo=left, usable=asset.usable and left is not None)


def is_restorable(state: Coverage) -> bool:
    """Whether Phoenix's own state was restored by a drill and still has a usable point."""
    return (
        state.newest is not None and state.last_drill_ok is True and state.level >= Level.RESTORES
    )
