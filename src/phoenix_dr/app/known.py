"""Since when Phoenix knows each asset: gaps before that moment are nobody's."""

from __future__ import annotations

from phoenix_dr.app.context import Context
from phoenix_dr.core.model import STATE_ASSET


def remember_assets(ctx: Context) -> None:
    """Note assets the ledger hears of for the first time; nothing when there is none."""
    declared = [asset.id for asset in ctx.estate.assets() if asset.has_data]
    new = [
        asset for asset in (*declared, STATE_ASSET) if ctx.ledger.watched_since(asset=asset) is None
    ]
    if new:
        ctx.ledger.append("config", ctx.estate.name, {"assets": new}, at=ctx.now())
