"""What monitoring is told: the last audit, and what the ledger holds beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from phoenix_dr import __version__
from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.knowledge import Knowledge, gather
from phoenix_dr.app.selection import state_asset
from phoenix_dr.core.evidence import PointState
from phoenix_dr.core.levels import last_drill
from phoenix_dr.core.metrics import Family, Held, Measured, families
from phoenix_dr.core.places import SCOPES, scope_masks
from phoenix_dr.render import metrics as shown

READABLE = 0o644
"""The collector runs as somebody else; there is no secret in it."""


def measured(ctx: Context) -> tuple[Family, ...]:
    """Every family, from the last audit. Raises UsageError while there is none."""
    report = last_audit(ctx.settings.state_dir)
    known = gather(ctx, report.blind_spots)
    drills = {asset: last_drill(records) for asset, records in known.drills.items()}
    return families(
        Measured(
            estate=ctx.estate,
            report=report,
            held=tuple(_held(ctx, known)),
            drills={asset: record for asset, record in drills.items() if record is not None},
            version=__version__,
        )
    )


def write(ctx: Context, path: Path) -> Path:
    """Put them into a file for a textfile collector, in one step.

    Raises UsageError when there was no audit yet, or the place cannot be written.
    """
    write_atomically(path, shown.text(measured(ctx)), mode=READABLE)
    return path


def _held(ctx: Context, known: Knowledge) -> Iterator[Held]:
    for asset in (*ctx.estate.assets(), state_asset(ctx.estate)):
        masks = scope_masks(
            ctx.estate, asset, known.places, immutable=known.immutable, escrowed=known.escrowed
        )
        for each in ctx.ledger.holding(asset.id):
            if each.state is not PointState.USABLE:
                continue
            mask = masks.get(each.place, 0)
            yield Held(
                asset=asset.id,
                engine=each.engine,
                taken_at=datetime.fromtimestamp(each.taken_at, UTC),
                scopes=frozenset(s for bit, s in enumerate(SCOPES) if mask & 1 << bit),
            )
