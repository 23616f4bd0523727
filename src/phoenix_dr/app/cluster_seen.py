"""The last look at a cluster: a file per engine below the state directory, always replaced whole.

Only what findings need of it is kept, so that a hundred thousand backups do not have to be read
back by every audit: of each volume the newest finished backup, the last ones that did not finish,
and its snapshots while they may be what explains an old backup. The other backups are counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from phoenix_dr import codec
from phoenix_dr.adapters.base import Explorer
from phoenix_dr.app import backups_made
from phoenix_dr.app.cluster_claims import remember
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.guests_seen import FOLDER, LARGEST
from phoenix_dr.core.backup_history import missed, remembered, tallied
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_view import claims_by_volume
from phoenix_dr.core.longhorn import COMPLETED, LonghornBackup, LonghornSnapshot, LonghornState
from phoenix_dr.core.model import Estate, Objectives
from phoenix_dr.errors import UsageError

UNFINISHED_KEPT = 10
"""Unfinished and failed backups kept of each volume, the newest ones."""
SNAPSHOTS_KEPT = 300
"""Of a volume with more snapshots (Longhorn makes 250 at most) none is kept: unknown, not wrong."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def look(ctx: Context, engine: str) -> LonghornState:
    """Ask a cluster now, keep what it shows, and return it whole.

    Raises UsageError for an engine that is unknown or no cluster, EngineError when it does not
    answer; what was kept before then stays.
    """
    asked = ctx.engine(engine)
    if not isinstance(asked, Explorer):
        raise UsageError("shows-no-volumes", engine=engine)
    _, state = asked.explore(now=ctx.now())
    keep(ctx, state)
    return state


def last(ctx: Context, engine: str) -> LonghornState | None:
    """The last look as it was kept; None when there was none that this release can read."""
    path = _path(ctx, engine)
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = codec.loads(LonghornState, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, OverflowError):
        # Missing, cut or of another release: the next look replaces it.
        return None
    return found if found.engine == engine else None


def keep(ctx: Context, state: LonghornState, *, compared: bool = False) -> Mapping[str, int] | None:
    """Keep a look in place of the one before, with what that one adds.

    With `compared` (the ledger was told of the same look) the answer is how many backups of each
    asset are gone that Longhorn itself would have kept; None when nobody can tell. Raises
    UsageError when it cannot be written.
    """
    before = last(ctx, state.engine)
    whole = _bounded(ctx.estate, remembered(before, state))
    if (before is None or compared) and state.backups is not None:
        whole = replace(whole, tallies=tallied(state))
    elif before is not None:
        whole = replace(whole, tallies=before.tallies)
    write_atomically(_path(ctx, state.engine), codec.dumps(whole, ordered=True))
    backups_made.keep(ctx, state)
    if state.cluster.sees("persistentvolumeclaims"):
        claims = (each.id for each in state.cluster.claims)
        remember(ctx.settings.state_dir, state.engine, claims, now=state.observed_at)
    return _missed(ctx, before, state) if compared and before is not None else None


def _missed(ctx: Context, before: LonghornState, state: LonghornState) -> dict[str, int] | None:
    found = missed(before, state)
    spec = ctx.estate.engines.get(state.engine)
    if found is None or spec is None:
        return None
    # A volume that is gone since was a claim's at the look before.
    held = claims_by_volume(before) | claims_by_volume(state)
    by_asset: defaultdict[str, int] = defaultdict(int)
    for volume, count in found.items():
        asset = asset_of(held[volume], spec.archives) if volume in held else None
        if asset is not None:
            by_asset[asset] += count
    return dict(by_asset)


def _bounded(estate: Estate, state: LonghornState) -> LonghornState:
    done: dict[str, LonghornBackup] = {}
    others: defaultdict[str, list[LonghornBackup]] = defaultdict(list)
    for each in state.backups or ():
        if each.state != COMPLETED:
            others[each.volume].append(each)
        elif each.taken_at is not None and each.taken_at > _taken(done.get(each.volume)):
            done[each.volume] = each
    kept = [*done.values(), *(each for group in others.values() for each in _latest(group))]
    there = {each.name for each in state.volumes or ()}
    orphans = (each for each in state.backup_volumes or () if each.volume not in there)
    return replace(
        state,
        backups=None if state.backups is None else tuple(kept),
        backup_volumes=None if state.backup_volumes is None else tuple(orphans),
        snapshots=None
        if state.snapshots is None
        else tuple(_telling(state, done, within=_shortest(estate))),
    )


def _telling(
    state: LonghornState, done: Mapping[str, LonghornBackup], *, within: timedelta
) -> Iterable[LonghornSnapshot]:
    """Snapshots of volumes whose newest backup is too old for somebody, unless it is idle."""
    groups: defaultdict[str, list[LonghornSnapshot]] = defaultdict(list)
    for each in state.snapshots or ():
        newest = done.get(each.volume)
        if newest is not None and state.observed_at - _taken(newest) >= within:
            groups[each.volume].append(each)
    return (each for group in groups.values() if len(group) <= SNAPSHOTS_KEPT for each in group)


def _shortest(estate: Estate) -> timedelta:
    """The shortest RPO of the estate; of what nobody describes it is the usual one."""
    rpos = (service.objectives.rpo for service in estate.services.values())
    return min((Objectives().rpo, *rpos))


def _latest(group: list[LonghornBackup]) -> list[LonghornBackup]:
    group.sort(key=lambda each: each.started_at or each.taken_at or _NEVER)
    return group[-UNFINISHED_KEPT:]


def _taken(backup: LonghornBackup | None) -> datetime:
    return _NEVER if backup is None or backup.taken_at is None else backup.taken_at


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.json"
