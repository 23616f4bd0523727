"""The last look at a cluster: a file per engine below the state directory, always replaced whole.

Of volumes that no asset names only the newest backups and snapshots are kept, and what is not
finished, so that a file cannot grow with what other people save.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from phoenix_dr import codec
from phoenix_dr.adapters.base import Explorer
from phoenix_dr.app.cluster_claims import remember
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.guests_seen import FOLDER, FOREIGN_KEPT, LARGEST
from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster_view import claims_by_volume
from phoenix_dr.core.longhorn import COMPLETED, LonghornBackup, LonghornSnapshot, LonghornState
from phoenix_dr.errors import UsageError

T = TypeVar("T")
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


def keep(ctx: Context, state: LonghornState) -> None:
    """Keep a look in place of the one before. Raises UsageError when it cannot be written."""
    write_atomically(_path(ctx, state.engine), codec.dumps(_bounded(ctx, state), ordered=True))
    if state.cluster.sees("persistentvolumeclaims"):
        claims = (each.id for each in state.cluster.claims)
        remember(ctx.settings.state_dir, state.engine, claims, now=state.observed_at)


def _bounded(ctx: Context, state: LonghornState) -> LonghornState:
    spec = ctx.estate.engines.get(state.engine)
    patterns = spec.archives if spec else {}
    held = claims_by_volume(state)
    ours = {volume for volume, claim in held.items() if asset_of(claim, patterns)}

    def backup(each: LonghornBackup) -> tuple[bool, str, datetime]:
        named = each.volume in ours or bool(each.claim and asset_of(each.claim, patterns))
        return named or each.state != COMPLETED, each.volume, each.taken_at or _NEVER

    def snapshot(each: LonghornSnapshot) -> tuple[bool, str, datetime]:
        return each.volume in ours, each.volume, each.created_at or _NEVER

    return replace(
        state,
        backups=None if state.backups is None else _newest(state.backups, backup),
        snapshots=None if state.snapshots is None else _newest(state.snapshots, snapshot),
    )


def _newest(rows: Iterable[T], of: Callable[[T], tuple[bool, str, datetime]]) -> tuple[T, ...]:
    """Rows that are ours, and the newest ones of every other volume."""
    kept: list[T] = []
    others: defaultdict[str, list[tuple[datetime, int, T]]] = defaultdict(list)
    for index, row in enumerate(rows):
        ours, volume, at = of(row)
        if ours:
            kept.append(row)
        else:
            others[volume].append((at, index, row))
    for group in others.values():
        group.sort(key=lambda each: each[:2])
        kept += [row for _, _, row in group[-FOREIGN_KEPT:]]
    return tuple(kept)


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.json"
