"""Aged points on the real repositories of a house, as if backups had run for weeks."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from build_app import House, house
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.guard import Approval
from phoenix_dr.core.plan import Plan

ALBUM = "photos/album"
HOUR = timedelta(hours=1)


def age(made: House, hours: Iterable[float], *, engine: str = "home", asset: str = ALBUM) -> None:
    """Make one point of the album for each of these ages, in hours, and have Phoenix know them."""
    now = datetime.now(UTC).replace(microsecond=0)
    for each in hours:
        taken = f"{now - each * HOUR:%Y-%m-%d %H:%M:%S}"
        made.restic(
            engine, "backup", "--quiet", "--host", "house", "--time", taken, "--tag", "phoenix",
            "--tag", f"asset:{asset}", str(made.album),
        )  # fmt: skip
    made.using(know, engine, asset)


def aged(root: Path, hours: Iterable[float]) -> House:
    """A house that has these points already; the repository is made once per test process."""
    made = house(root)
    repository = made.repository("home")
    shutil.rmtree(repository)
    shutil.copytree(_aged(tuple(hours)), repository)
    made.using(know, "home", ALBUM)
    return made


@cache
def _aged(hours: tuple[float, ...]) -> Path:
    made = house(Path(tempfile.mkdtemp(prefix="aged-", dir=os.environ["HOME"])))
    age(made, hours)
    return made.repository("home")


def know(ctx: Context, engine: str, asset: str) -> None:
    """Record the engine's points as our own runs would have: with a size, complete."""
    from phoenix_dr.app.observe import observe

    observe(ctx, (engine,), force=True)
    for point in ctx.ledger.points(asset, engine=engine):
        if point.size is None:
            ctx.ledger.record_made(sized(point), None, at=ctx.now())


def sized(point: RecoveryPoint) -> RecoveryPoint:
    """The point as the run that made it would tell it."""
    from dataclasses import replace

    return replace(point, size=240_000, files=6, complete=True)


def held(made: House, engine: str = "home", asset: str = ALBUM) -> set[str]:
    """Ids restic itself lists of an asset."""
    rows = json.loads(made.restic(engine, "snapshots", "--json", "--no-lock")) or []
    return {row["id"] for row in rows if f"asset:{asset}" in row.get("tags", ())}


def signed(plan: Plan, *, hours: float = 1) -> Approval:
    """What a verified signature over this plan becomes."""
    return Approval(plan.digest, "somebody", datetime.now(UTC) + hours * HOUR)
