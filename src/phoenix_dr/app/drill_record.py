"""The verdict on a drill: what its checks prove under the conditions it ran in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from phoenix_dr.app.context import Context
from phoenix_dr.core import drill
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.core.model import Asset


def judged(
    ctx: Context, asset: Asset, record: DrillRecord, *, escrowed: bool = False
) -> DrillRecord:
    """The record with its verdict and level; `escrowed`: the key came from an escrowed copy."""
    service = ctx.estate.services.get(asset.service)
    objective = service.objectives.rto if service else timedelta(hours=2)
    seen = drill.seen_failing(ctx.ledger.drills(), record.service, before=record.started_at)
    conditions = drill.Circumstances(
        isolated=record.isolated,
        seen_failing=seen,
        off_site=record.off_site,
        escrowed=escrowed,
        within_rto=record.rto < objective.total_seconds(),
        simulated=record.simulated,
    )
    ok, level = drill.judge(record.checks, conditions, kind=asset.kind, ceiling=record.ceiling)
    return replace(record, ok=ok, level=level)
