"""The last look at a Proxmox: a file per engine below the state directory, always replaced whole.

Of a guest that no asset names only the newest archives are kept, so that a file cannot grow with
what other people save; those of described guests are all kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from phoenix_dr import codec
from phoenix_dr.adapters.base import Surveyor
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.proxmox import Archive, Inventory
from phoenix_dr.errors import UsageError

FOLDER = "seen"
FOREIGN_KEPT = 10
"""Archives kept of each foreign guest in each storage, the newest ones."""
LARGEST = 256 << 20
"""Bytes of a file that is still read; a million archives take less."""


def look(ctx: Context, engine: str) -> Inventory:
    """Ask an engine now, keep what it shows, and return it whole.

    Raises UsageError for an engine that is unknown or shows no guests, EngineError when it does
    not answer; what was kept before then stays.
    """
    asked = ctx.engine(engine)
    if not isinstance(asked, Surveyor):
        raise UsageError("shows-no-guests", engine=engine)
    _, inventory = asked.survey(now=ctx.now())
    keep(ctx, inventory)
    return inventory


def last(ctx: Context, engine: str) -> Inventory | None:
    """The last look as it was kept; None when there was none that this release can read.

    Its `foreign` archives are the newest 10 of each guest and storage.
    """
    path = _path(ctx, engine)
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = codec.loads(Inventory, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, OverflowError):
        # Missing, cut or of another release: the next look replaces it.
        return None
    return found if found.engine == engine else None


def keep(ctx: Context, inventory: Inventory) -> None:
    """Keep a look in place of the one before. Raises UsageError when it cannot be written."""
    bounded = replace(inventory, archives=_bounded(inventory))
    write_atomically(_path(ctx, inventory.engine), codec.dumps(bounded, ordered=True))


def _bounded(inventory: Inventory) -> tuple[Archive, ...]:
    """Archives without the older ones of foreign guests; their order stays."""
    groups: defaultdict[tuple[int | None, str], list[Archive]] = defaultdict(list)
    for each in inventory.foreign:
        groups[each.vmid, each.storage].append(each)
    gone = {each.id for group in groups.values() for each in _older(group)}
    return tuple(each for each in inventory.archives if each.id not in gone)


def _older(group: Iterable[Archive]) -> list[Archive]:
    return sorted(group, key=lambda each: (each.taken_at, each.id), reverse=True)[FOREIGN_KEPT:]


def _path(ctx: Context, engine: str) -> Path:
    return ctx.settings.state_dir / FOLDER / f"{quote(engine, safe='')}.json"
