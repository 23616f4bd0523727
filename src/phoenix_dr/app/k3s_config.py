"""Configuration for K3s out of phoenix.yaml: written as a file, never put in place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters.k3s.datastore import Kind, config_of, server, settings
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.k3s_schedule import snapshots_of
from phoenix_dr.core.model import Asset, AssetKind
from phoenix_dr.errors import EngineError, UsageError
from phoenix_dr.render.k3s_config import SECRET, USUAL, SnapshotPlan, drop_in

RETENTION = "etcd-snapshot-retention"


@dataclass(frozen=True, slots=True)
class Written:
    """The file, and what it says."""

    path: Path
    plan: SnapshotPlan


def write_snapshots(ctx: Context, path: Path, *, asset: str | None, secret: str) -> Written:
    """Write the drop-in for one datastore.

    Raises UsageError: no such asset or several, one kept in SQLite (which has no snapshots), a
    rule that keeps everything, a name no Secret can have.
    """
    chosen = _chosen(ctx, asset)
    if secret and not SECRET.fullmatch(secret):
        raise UsageError("k3s-bad-secret", name=secret)
    policy = ctx.estate.policies.get(chosen.policy or "")
    if policy is None:
        raise UsageError("k3s-no-policy", asset=chosen.id)
    present = _present(Path(chosen.source))
    cron, retention = snapshots_of(policy)
    zone = ctx.estate.timezone
    plan = SnapshotPlan(chosen.id, policy.name, cron, retention, zone, secret, present)
    write_atomically(path, drop_in(plan, language=ctx.language), mode=0o644)
    return Written(path, plan)


def _chosen(ctx: Context, name: str | None) -> Asset:
    held = {each.id: each for each in ctx.estate.assets() if each.kind is AssetKind.K3S}
    if name is None and len(held) == 1:
        return next(iter(held.values()))
    if name not in held:
        raise UsageError("k3s-which", known=", ".join(held) or "—")
    return held[name]


def _present(data: Path) -> int | None:
    """How many K3s keeps now, as its files say; None where they are not here or not readable."""
    try:
        if server(data).kind is Kind.SQLITE:
            raise UsageError("k3s-sqlite", path=str(data))
        _readable(config_of(data))
    except (EngineError, OSError):
        return None
    told = settings(config_of(data)).get(RETENTION, "")
    return int(told) if told.isdecimal() and len(told) < 9 else USUAL


def _readable(config: Path) -> None:
    """Raises OSError where a file of the configuration is there and cannot be read."""
    for path in (config / "config.yaml", *(config / "config.yaml.d").glob("*.yaml")):
        if path.exists():
            path.open("rb").close()
