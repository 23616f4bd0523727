"""What one engine shows: the guests of a Proxmox, or of any other engine its points per asset."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters.base import Surveyor
from phoenix_dr.app.context import Context
from phoenix_dr.app.guests_seen import look
from phoenix_dr.app.observe import observe
from phoenix_dr.core.evidence import BlindSpot, RecoveryPoint
from phoenix_dr.core.guest_rows import GuestRows, rows_of


@dataclass(frozen=True, slots=True)
class HeldAsset:
    """The points one engine holds of an asset; `size` is that of the newest, None when unknown."""

    asset: str
    points: int
    oldest: datetime
    newest: datetime
    size: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What an engine without guests holds, and what could not be seen of it."""

    engine: str
    kind: str
    assets: tuple[HeldAsset, ...]
    blind_spots: tuple[BlindSpot, ...]


def inventory(ctx: Context, engine: str) -> GuestRows | Held:
    """Ask one engine now and return what it shows.

    Raises UsageError for an unknown engine, EngineError when a Proxmox does not answer.
    """
    if isinstance(ctx.engine(engine), Surveyor):
        return rows_of(ctx.estate, look(ctx, engine), now=ctx.now())
    (seen,) = observe(ctx, [engine])
    by_asset: defaultdict[str, list[RecoveryPoint]] = defaultdict(list)
    for point in ctx.ledger.points(engine=engine):
        by_asset[point.asset].append(point)
    assets = (
        HeldAsset(asset, len(held), held[0].taken_at, held[-1].taken_at, held[-1].size)
        for asset, held in sorted(by_asset.items())
    )
    return Held(
        engine,
        ctx.estate.engines[engine].kind,
        tuple(assets),
        seen.spots,
    )
