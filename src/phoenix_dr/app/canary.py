"""Heartbeats in production data, so that a restored copy tells how old its data really is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.app.context import Context
from phoenix_dr.core.model import Asset, AssetKind
from phoenix_dr.errors import EngineError


@dataclass(frozen=True, slots=True)
class Beaten:
    """One heartbeat: written, or skipped with a reason code (a busy database is never blocked)."""

    asset: str
    ok: bool
    reason: str = ""


def beat(ctx: Context) -> tuple[Beaten, ...]:
    """Write the time into every asset with a canary check."""
    return tuple(_beat(ctx, asset) for asset in ctx.estate.assets() if asset.canary)


def _beat(ctx: Context, asset: Asset) -> Beaten:
    # Loaded here: `phoenix backup` lives beside this command and beats nothing.
    from phoenix_dr.adapters import canary

    write = canary.beat_sqlite if asset.kind is AssetKind.SQLITE else canary.beat_file
    try:
        done = write(Path(asset.source), ctx.now())
    except EngineError as error:
        return Beaten(asset.id, False, error.code)
    return Beaten(asset.id, done.ok, done.reason)
