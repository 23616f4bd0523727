"""The disaster-recovery plan as a value: order, steps, measured times, keys, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from phoenix_dr.app.context import Context
from phoenix_dr.app.keys import custody
from phoenix_dr.app.recovery_steps import steps_of
from phoenix_dr.core import recovery
from phoenix_dr.core.drill import last_ok, rto_of_service
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.levels import last_drill
from phoenix_dr.core.model import AssetKind, Service
from phoenix_dr.core.report import AuditReport, RecoveryPlan, ServiceRecovery, ServiceRow


def plan(ctx: Context, report: AuditReport) -> RecoveryPlan:
    """The plan for the estate as just audited."""
    estate = ctx.estate
    waves = recovery.order(estate.services)
    drills = tuple(record for record in ctx.ledger.drills() if not record.mutated)
    seconds = {name: _seconds(service, drills) for name, service in estate.services.items()}
    until = recovery.cumulative(waves, seconds)
    wave_of = {name: number for number, wave in enumerate(waves, 1) for name in wave}
    rows = {row.service: row for row in report.rows}
    services = tuple(
        _recovery(ctx, estate.services[name], rows[name], drills, wave=wave_of[name], until=until)
        for name in chain.from_iterable(waves)
    )
    measured = [until[service.service] for service in services]
    return RecoveryPlan(
        estate=estate.name,
        made_at=report.made_at,
        services=services,
        keys=custody(ctx),
        total_seconds=measured[-1] if measured else None,
        score_milli=report.score.milli,
        ledger_head=report.ledger_head,
        gaps=report.findings,
        simulated=report.simulated,
    )


def _recovery(
    ctx: Context,
    service: Service,
    row: ServiceRow,
    drills: tuple[DrillRecord, ...],
    *,
    wave: int,
    until: Mapping[str, float | None],
) -> ServiceRecovery:
    estate = ctx.estate
    own = [record for record in drills if record.service == service.name]
    return ServiceRecovery(
        service=service.name,
        criticality=service.criticality,
        rto_objective=service.objectives.rto,
        rto_seconds=_seconds(service, drills),
        rpo=row.rpo,
        data=tuple((asset.name, asset.source) for asset in service.assets),
        sources=tuple(
            (engine, estate.engines[engine].repository, location)
            for engine, location in row.backups
            if engine in estate.engines
        ),
        steps=steps_of(ctx, service),
        depends_on=service.depends_on,
        level=row.level,
        last_drill=_worst_last(service, own),
        wave=wave,
        cumulative_seconds=until[service.name],
    )


def _seconds(service: Service, drills: tuple[DrillRecord, ...]) -> float | None:
    assets = [
        asset.id
        for asset in service.assets
        if asset.has_data and asset.kind is not AssetKind.REGENERABLE
    ]
    return rto_of_service(drills, assets) if assets else 0.0


def _worst_last(service: Service, own: list[DrillRecord]) -> DrillRecord | None:
    """The last drill that tells the service's state: of a failed asset first, else the newest."""
    failed = [asset.id for asset in service.assets if last_ok(own, asset.id) is False]
    return last_drill(record for record in own if not failed or record.asset in failed)
