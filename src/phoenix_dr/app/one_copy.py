"""Places whose copies a Proxmox shows elsewhere too, as the ledger knows them: they count once."""

from __future__ import annotations

from phoenix_dr.app.context import Context
from phoenix_dr.core.model import Asset, AssetKind
from phoenix_dr.core.one_copy import SERVER, Pair, told_twice


def doubtful(ctx: Context, asset: Asset) -> frozenset[Pair]:
    """(engine, location) pairs of an asset that may be a copy counted already."""
    servers = {spec.id for spec in ctx.estate.engines.values() if spec.kind == SERVER}
    if asset.kind is not AssetKind.GUEST or not servers:
        return frozenset()
    home = asset.source.partition("/")[0]
    points: dict[Pair, list[str]] = {}
    for engine in (home, *sorted(servers)):
        for each in ctx.ledger.points(asset.id, engine=engine):
            points.setdefault((engine, each.location), []).append(each.id)
    return frozenset(told_twice(ctx.estate, points))
