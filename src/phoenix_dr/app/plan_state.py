"""What the ledger knows of the last written recovery plan."""

from __future__ import annotations

import hashlib
from datetime import datetime

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.scoring import PlanFacts
from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.model import STATE_ASSET, Estate
from phoenix_dr.core.report import Coverage

SUBJECT = "dr-plan"


def topology(estate: Estate) -> str:
    """A digest of what a plan depends on: services, policies, engines, locations, hosts, keys."""
    parts = (
        estate.services,
        estate.policies,
        estate.engines,
        estate.locations,
        estate.hosts,
        estate.keys,
    )
    text = "\n".join(codec.dumps(dict(part)) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def remember_plan(ctx: Context, *, at: datetime) -> None:
    """Note that the plan was written for the estate as it is."""
    ctx.ledger.append("note", SUBJECT, {"topology": topology(ctx.estate)}, at=at)


def plan_facts(ctx: Context, state: Coverage) -> PlanFacts:
    """When the plan was written, whether it still fits, whether a later off-site point holds it."""
    row = next(ctx.ledger.rows(kinds=("note",), subject=SUBJECT, limit=1, newest_first=True), None)
    if row is None:
        return PlanFacts()
    away = state.rpo_by_scope.get(Scope.SITE)
    return PlanFacts(
        written_at=row.at,
        is_current=row.value.get("topology") == topology(ctx.estate),
        off_site=away is not None and _newest_away(ctx) >= int(row.at.timestamp()),
    )


def _newest_away(ctx: Context) -> int:
    held = ctx.ledger.holding(STATE_ASSET)
    here = ctx.estate.hosts.get(ctx.estate.here)
    away = [
        newest.taken_at
        for newest in held
        if here and _site(ctx.estate, newest.location) not in {None, here.site}
    ]
    return max(away, default=0)


def _site(estate: Estate, location: str) -> str | None:
    return estate.site_of(location) if location in estate.locations else None
