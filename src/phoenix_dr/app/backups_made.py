"""Which backups each recurring job of a Longhorn made, as the last look showed them.

A run counts those alone. Only plans ask, so they lie in a file of their own below the state
directory: an audit of a hundred thousand backups does not read it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.guests_seen import FOLDER, LARGEST
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_view import claims_by_volume
from phoenix_dr.core.ground import Makers
from phoenix_dr.core.longhorn import COMPLETED, LonghornState

KIND = "longhorn"


def keep(ctx: Context, state: LonghornState) -> None:
    """Keep who made what, of the volumes that are there and at the target each goes to.

    Of others no run removes anything. Raises UsageError when it cannot be written.
    """
    path = _path(ctx, state.engine)
    if state.backups is None or state.volumes is None:
        write_atomically(path, "{}")
        return
    held, goes_to = claims_by_volume(state), {each.name: each.target for each in state.volumes}
    made: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in state.backups:
        if each.job and each.state == COMPLETED and goes_to.get(each.volume) == each.target:
            made[each.volume][each.job].append(each.name)
    told = [[held.get(volume, ""), jobs] for volume, jobs in made.items()]
    write_atomically(path, json.dumps({"volumes": told}))


def makers(ctx: Context, engine: str) -> Makers | None:
    """Who made what by the last look; None when it did not tell, or for another kind of engine."""
    spec = ctx.estate.engines.get(engine)
    if spec is None or spec.kind != KIND:
        return None
    path = _path(ctx, engine)
    try:
        if path.stat().st_size > LARGEST:
            return None
        told = json.loads(path.read_text(encoding="utf-8"))["volumes"]
        found: defaultdict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
        for claim, jobs in told:
            asset = asset_of(claim, spec.archives)
            for job, names in jobs.items() if asset is not None else ():
                found[job, asset or ""].append(frozenset(names))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Missing, cut or of another release: the next look replaces it.
        return None
    return {of: tuple(sets) for of, sets in found.items()}


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.made.json"
