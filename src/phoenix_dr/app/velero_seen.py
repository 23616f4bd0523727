"""The last look at a Velero: a file per engine below the state directory, always replaced whole.

Of backups made by nobody's schedule, and of each schedule, only the newest are kept, and what has
not ended: findings look at no others, and points are in the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from phoenix_dr import codec
from phoenix_dr.app.cluster_claims import remember
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.guests_seen import FOLDER, LARGEST
from phoenix_dr.core.velero import VeleroBackup, VeleroState, VolumeData
from phoenix_dr.core.velero_view import begun

T = TypeVar("T", bound=VolumeData)
KEPT = 60
"""Newest backups of one schedule that are kept: two months of a daily one."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def last(ctx: Context, engine: str) -> VeleroState | None:
    """The last look as it was kept; None when there was none that this release can read."""
    path = _path(ctx, engine)
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = codec.loads(VeleroState, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, OverflowError):
        # Missing, cut or of another release: the next look replaces it.
        return None
    return found if found.engine == engine else None


def keep(ctx: Context, state: VeleroState) -> None:
    """Keep a look in place of the one before. Raises UsageError when it cannot be written."""
    write_atomically(_path(ctx, state.engine), codec.dumps(_bounded(state), ordered=True))
    if state.cluster.sees("persistentvolumeclaims"):
        claims = (each.id for each in state.cluster.claims)
        remember(ctx.settings.state_dir, state.engine, claims, now=state.observed_at)


def _bounded(state: VeleroState) -> VeleroState:
    if state.backups is None:
        return state
    names = {each.name for each in _newest(state.backups)}
    return replace(
        state,
        backups=tuple(each for each in state.backups if each.name in names),
        pod_volumes=_of(state.pod_volumes, names),
        uploads=_of(state.uploads, names),
    )


def _of(rows: tuple[T, ...] | None, names: set[str]) -> tuple[T, ...] | None:
    return None if rows is None else tuple(each for each in rows if each.backup in names)


def _newest(backups: tuple[VeleroBackup, ...]) -> list[VeleroBackup]:
    kept: list[VeleroBackup] = []
    ended: defaultdict[str, list[VeleroBackup]] = defaultdict(list)
    for each in backups:
        if each.under_way:
            kept.append(each)
        else:
            ended[each.schedule].append(each)
    for group in ended.values():
        kept += sorted(group, key=lambda one: begun(one) or _NEVER)[-KEPT:]
    return kept


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.json"
