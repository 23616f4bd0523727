"""Backups that failed: written down, so that an audit need not wait for the age limit."""

from __future__ import annotations

from datetime import UTC, datetime

from phoenix_dr.app.context import Context
from phoenix_dr.app.observe import detail_of
from phoenix_dr.core.finding_facts import FailedRun
from phoenix_dr.errors import PhoenixError

SUBJECT = "backup-failed"
LOOKED_AT = 500
"""Newest failures that are read; one that old is long followed by something else."""


def remember_failure(ctx: Context, asset: str, engine: str, *, error: PhoenixError) -> None:
    """Note that no point of the asset could be made on the engine."""
    said = {"asset": asset, "engine": engine, "error": error.code, "detail": detail_of(error)}
    ctx.ledger.append("note", SUBJECT, said, at=ctx.now())


def failed_runs(ctx: Context) -> tuple[FailedRun, ...]:
    """The last failure of each asset and engine that no later point follows."""
    last: dict[tuple[str, str], FailedRun] = {}
    rows = ctx.ledger.rows(kinds=("note",), subject=SUBJECT, limit=LOOKED_AT, newest_first=True)
    for row in rows:
        said = row.value
        pair = (said["asset"], said["engine"])
        last.setdefault(pair, FailedRun(*pair, said["error"], said["detail"], row.at))
    return tuple(run for run in last.values() if run.failed_at > _newest(ctx, run))


def _newest(ctx: Context, run: FailedRun) -> datetime:
    held = [each.taken_at for each in ctx.ledger.holding(run.asset) if each.engine == run.engine]
    return datetime.fromtimestamp(max(held, default=0), UTC)
