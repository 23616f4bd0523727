"""The audit: observe, judge every asset, score, remember, write the report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app import guests_seen, keys_found, kit_state, pbs_seen, velero_seen
from phoenix_dr.app.context import Context
from phoenix_dr.app.failures import failed_runs
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.interrupted import interrupted
from phoenix_dr.app.k3s_lacking import lacking
from phoenix_dr.app.knowledge import Knowledge, facts_of, gather
from phoenix_dr.app.known import remember_assets
from phoenix_dr.app.observe import Seen, observe
from phoenix_dr.app.plan_state import plan_facts
from phoenix_dr.app.retention_drift import drift
from phoenix_dr.app.scoring import is_restorable, scenarios, score_facts
from phoenix_dr.app.selection import state_asset
from phoenix_dr.core import drill
from phoenix_dr.core.actions import subject_of
from phoenix_dr.core.coverage import AssetFacts, cover
from phoenix_dr.core.evidence import DrillRecord, Level, Scope
from phoenix_dr.core.finding_facts import Interrupted
from phoenix_dr.core.findings import FindingFacts, find
from phoenix_dr.core.gains import gains
from phoenix_dr.core.levels import last_drill
from phoenix_dr.core.model import STATE_ASSET, Estate, Service
from phoenix_dr.core.report import AuditReport, Coverage, Freshness, ServiceRow, State
from phoenix_dr.core.score import score
from phoenix_dr.errors import UsageError

LAST = "last-audit.json"
"""File of the state directory that holds the last audit whole, for `phoenix status`."""
_WORST_FIRST = (State.FAIL, State.UNKNOWN, State.WARN, State.OK, State.NONE)


def audit(ctx: Context, *, force: bool = False) -> AuditReport:
    """Observe the engines and judge everything; the result is stored for `status` and `--since`.

    `force` opens every repository even when its list did not change.
    """
    remember_assets(ctx)
    seen = observe(ctx, force=force)
    if ctx.reread_estate():
        remember_assets(ctx)
    report = judge(ctx, seen)
    _remember(ctx, report)
    return report


def judge(ctx: Context, seen: Iterable[Seen] = ()) -> AuditReport:
    """Judge from what the ledger holds; starts nothing and stores nothing."""
    estate = ctx.estate
    known = gather(ctx, tuple(spot for look in seen for spot in look.spots))
    own = state_asset(estate)
    facts = {asset.id: facts_of(ctx, known, asset) for asset in (*estate.assets(), own)}
    coverages = {
        asset.id: cover(estate, asset, facts[asset.id], now=known.now)
        for asset in (*estate.assets(), own)
    }
    state = coverages.pop(STATE_ASSET)
    scored = score_facts(
        estate,
        coverages,
        known,
        plan_facts(ctx, state),
        state_restorable=is_restorable(state),
    )
    declared = tuple(coverages.values())
    return AuditReport(
        estate=estate.name,
        made_at=known.now,
        rows=tuple(_row(service, coverages, known) for service in estate.services.values()),
        coverages=(*declared, state),
        findings=find(estate, declared, _finding_facts(ctx, known, facts), now=known.now),
        score=score(scored),
        gains=gains(scored),
        scenarios=scenarios(scored, coverages),
        blind_spots=known.blind,
        freshness=tuple(_freshness(ctx, known, name) for name in estate.engines),
        ledger_head=ctx.ledger.head().hash,
        simulated=any(place.simulated for place in estate.locations.values()),
    )


def _finding_facts(ctx: Context, known: Knowledge, facts: Mapping[str, AssetFacts]) -> FindingFacts:
    last = {asset: last_drill(records) for asset, records in known.drills.items()}
    unjudged = {
        asset: datetime.fromtimestamp(newest, UTC)
        for asset, fact in facts.items()
        if (newest := fact.histories[Scope.FILE].newest_unknown) is not None
    }
    return FindingFacts(
        drills={asset: record for asset, record in last.items() if record},
        unjudged=unjudged,
        unopenable=frozenset(asset for asset, fact in facts.items() if fact.openable is False),
        custody=known.custody,
        blind_spots=known.blind,
        immutable=known.immutable,
        seen_failing=known.seen_failing,
        failed=failed_runs(ctx),
        retention=drift(ctx),
        keys=keys_found.last(ctx),
        kits=kit_state.look(ctx),
        guests={
            name: guests_seen.last(ctx, name)
            for name, spec in ctx.estate.engines.items()
            if spec.kind == "proxmox"
        },
        servers={
            name: pbs_seen.last(ctx, name)
            for name, spec in ctx.estate.engines.items()
            if spec.kind == "pbs"
        },
        clusters=known.clusters,
        lacking=lacking(ctx),
        veleros={
            name: velero_seen.last(ctx, name)
            for name, spec in ctx.estate.engines.items()
            if spec.kind == "velero"
        },
        interrupted=tuple(
            Interrupted(type(left.action).__name__, subject_of(left.action), left.at)
            for left in interrupted(ctx)
        ),
    )


def _row(service: Service, coverages: Mapping[str, Coverage], known: Knowledge) -> ServiceRow:
    """A service as its worst asset: oldest newest point, longest RPO, worst state."""
    own = [coverages[asset.id] for asset in service.assets]
    counted = [coverage for coverage in own if coverage.state is not State.NONE]
    newest = [coverage.newest for coverage in counted]
    spans = [coverage.rpo for coverage in counted]
    records: list[DrillRecord] = [r for cov in counted for r in known.drills.get(cov.asset, ())]
    return ServiceRow(
        service=service.name,
        criticality=service.criticality,
        data=tuple(asset.name for asset in service.assets),
        backups=tuple(dict.fromkeys(pair for coverage in counted for pair in coverage.backups)),
        schedule=next((coverage.schedule for coverage in counted if coverage.schedule), ""),
        newest=None if None in newest else min((n for n in newest if n), default=None),
        rpo=None
        if None in spans
        else max((span for span in spans if span is not None), default=None),
        state=next((s for s in _WORST_FIRST if any(cov.state is s for cov in own)), State.NONE),
        level=min((coverage.level for coverage in counted), default=Level.UNKNOWN),
        rto_seconds=drill.rto_of_service(records, [coverage.asset for coverage in counted]),
    )


def _freshness(ctx: Context, known: Knowledge, engine: str) -> Freshness:
    state = ctx.ledger.engine_state(engine)
    reads = [read for read in known.reads if read.engine == engine]
    last = max(reads, key=lambda read: read.read_at, default=None)
    return Freshness(
        engine=engine,
        observed_at=state.observed_at if state else None,
        opened_at=state.opened_at if state else None,
        read_at=last.read_at if last else None,
        read_subset=last.subset if last else "",
    )


def _remember(ctx: Context, report: AuditReport) -> None:
    ctx.ledger.append("audit", report.estate, _summary(report), at=report.made_at)
    text = codec.dumps(report, ordered=True)
    write_atomically(ctx.settings.state_dir / LAST, text)


def _summary(report: AuditReport) -> dict[str, object]:
    """What later audits compare with: score, state and level per asset."""
    return {
        "milli": report.score.milli,
        "formula": report.score.formula,
        "assets": {
            coverage.asset: {
                "state": coverage.state.value,
                "level": int(coverage.level),
                "copies": coverage.copies,
                "off_site": coverage.off_site,
                "rpo": coverage.rpo.total_seconds() if coverage.rpo is not None else None,
            }
            for coverage in report.coverages
        },
    }


def last_audit(state_dir: Path) -> AuditReport:
    """The last stored audit. Raises UsageError while there is none; reads no configuration."""
    try:
        return codec.loads(AuditReport, (state_dir / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError, json.JSONDecodeError):
        raise UsageError("no-audit-yet") from None


def write_report(estate: Estate, made_at: datetime, text: str) -> Path:
    """Write the day's audit below the documents directory; a second one of the day replaces it."""
    path = Path(estate.documents) / "backup" / f"audit-{made_at:%Y-%m-%d}.md"
    write_atomically(path, text)
    return path
