"""What the newest points of K3s datastores were saved without."""

from __future__ import annotations

from phoenix_dr.app.context import Context
from phoenix_dr.core.model import AssetKind


def lacking(ctx: Context) -> dict[str, tuple[str, ...]]:
    """By asset, what its newest points all lack (server/token, keys of secrets)."""
    found: dict[str, tuple[str, ...]] = {}
    for asset in ctx.estate.assets():
        if asset.kind is not AssetKind.K3S:
            continue
        points = ctx.ledger.points(asset.id)
        newest = max((point.taken_at for point in points), default=None)
        made = [ctx.ledger.manifest(p.engine, p.id) for p in points if p.taken_at == newest]
        missing = [each.unread for each in made if each is not None]
        # One whole copy of that moment is enough to restore from.
        if missing and all(missing):
            found[asset.id] = missing[-1]
    return found
