"""Before a change that may destroy data: is there a copy of it, asked of the engines now."""

from __future__ import annotations

from collections.abc import Iterable

from phoenix_dr.app.context import Context
from phoenix_dr.app.knowledge import Knowledge, facts_of, gather
from phoenix_dr.app.observe import observe
from phoenix_dr.core import before_change as judging
from phoenix_dr.core.before_change import Answer, Demand, Known
from phoenix_dr.core.coverage import cover
from phoenix_dr.core.evidence import BlindSpot, PointState, RecoveryPoint
from phoenix_dr.core.model import Asset
from phoenix_dr.errors import UsageError

SHOWN = 12
"""How many names an unknown one is answered with."""


USUAL = Demand()


def before_change(
    ctx: Context, name: str, demand: Demand = USUAL, *, offline: bool = False
) -> Answer:
    """Say whether there is a copy of what `name` means; the engines that hold it are asked first.

    `offline` judges from what was seen before. Raises UsageError for a name that means nothing.
    """
    assets = _named(ctx, name)
    blind: tuple[BlindSpot, ...] = ()
    if not offline:
        looks = observe(ctx, _engines(ctx, assets))
        blind = tuple(spot for look in looks for spot in look.spots)
        if ctx.reread_estate():
            assets = _named(ctx, name)
    known = gather(ctx, blind)
    return Answer(
        name,
        tuple(
            judging.leave(ctx.estate, _known(ctx, known, asset), demand, now=known.now)
            for asset in assets
        ),
        blind,
    )


def _known(ctx: Context, known: Knowledge, asset: Asset) -> Known:
    facts = facts_of(ctx, known, asset)
    return Known(asset, cover(ctx.estate, asset, facts, now=known.now), _newest(ctx, asset))


def _named(ctx: Context, name: str) -> tuple[Asset, ...]:
    found = judging.named(ctx.estate, name)
    if not found:
        known = judging.names(ctx.estate)
        more = ", …" if len(known) > SHOWN else ""
        raise UsageError("means-nothing", name=name, known=", ".join(known[:SHOWN]) + more)
    return found


def _engines(ctx: Context, assets: Iterable[Asset]) -> tuple[str, ...]:
    """Where these assets go, where they live, and where points of them are held."""
    wanted = {
        place.partition("/")[0] for asset in assets for place in ctx.estate.destinations(asset)
    }
    wanted |= {asset.source.partition("/")[0] for asset in assets}
    wanted |= {held.engine for asset in assets for held in ctx.ledger.holding(asset.id)}
    return tuple(name for name in ctx.estate.engines if name in wanted)


def _newest(ctx: Context, asset: Asset) -> tuple[RecoveryPoint, PointState] | None:
    """The newest point one would come back to: usable ones first, else whatever is there."""
    held = ctx.ledger.judged(asset.id)
    usable = [pair for pair in held if pair[1] is PointState.USABLE]
    return max(usable or held, key=lambda pair: pair[0].taken_at, default=None)
