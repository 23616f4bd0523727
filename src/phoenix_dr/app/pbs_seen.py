"""The last look at a backup server: a file per engine below the state directory, always whole.

Of groups that no asset names only the newest snapshots are kept, and those found broken, so that
a file cannot grow with what other people save.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.guests_seen import FOLDER, FOREIGN_KEPT, LARGEST
from phoenix_dr.core.pbs import PbsInventory, Snapshot


def last(ctx: Context, engine: str) -> PbsInventory | None:
    """The last look as it was kept; None when there was none that this release can read."""
    path = _path(ctx, engine)
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = codec.loads(PbsInventory, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, OverflowError):
        # Missing, cut or of another release: the next look replaces it.
        return None
    return found if found.engine == engine else None


def keep(ctx: Context, inventory: PbsInventory) -> None:
    """Keep a look in place of the one before. Raises UsageError when it cannot be written."""
    bounded = replace(inventory, snapshots=_bounded(inventory))
    write_atomically(_path(ctx, inventory.engine), codec.dumps(bounded, ordered=True))


def _bounded(inventory: PbsInventory) -> tuple[Snapshot, ...]:
    groups: defaultdict[tuple[str, str], list[Snapshot]] = defaultdict(list)
    for each in inventory.snapshots:
        if inventory.asset(each) is None:
            groups[each.place, each.group].append(each)
    older = {
        each.id
        for held in groups.values()
        for each in sorted(held, key=lambda one: one.taken_at)[:-FOREIGN_KEPT]
        if each.verified is not False
    }
    return tuple(each for each in inventory.snapshots if each.id not in older)


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.json"
