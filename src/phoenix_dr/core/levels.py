"""How far an asset's copies are proven: the highest level that evidence still supports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from phoenix_dr.core.evidence import DataRead, DrillRecord, Level
from phoenix_dr.core.model import AssetKind

_NOTHING_TO_START = frozenset({AssetKind.FILES, AssetKind.STATE, AssetKind.SHARE, AssetKind.GIT})

Proven = tuple[Level, datetime | None]
WHOLE = frozenset({"", "100%", "1/1"})
"""Subsets of a data read that mean all of it."""


def last_drill(drills: Iterable[DrillRecord]) -> DrillRecord | None:
    """The newest real drill (twins left out); of two at the same moment the failed one."""
    real = (drill for drill in drills if not drill.mutated)
    return max(real, key=lambda drill: (drill.started_at, not drill.ok), default=None)


def whole_read(reads: Iterable[DataRead], engine: str) -> datetime | None:
    """Since when all stored data of an engine is known whole; None when it is not.

    All parts `1/n` to `n/n` together are whole, as old as the oldest of them. A failed read
    voids every earlier one; a random percentage never becomes whole.
    """
    own = [read for read in reads if read.engine == engine]
    failed = max((read.read_at for read in own if not read.ok), default=None)
    good = [read for read in own if read.ok and (failed is None or read.read_at > failed)]
    moments = [read.read_at for read in good if read.subset in WHOLE]
    totals = {read.subset.partition("/")[2] for read in good if "/" in read.subset}
    moments += [moment for total in totals if (moment := _all_parts(good, total)) is not None]
    return max(moments, default=None)


def _all_parts(good: Sequence[DataRead], total: str) -> datetime | None:
    newest: dict[str, datetime] = {}
    for read in sorted(good, key=lambda read: read.read_at):
        newest[read.subset] = read.read_at
    held = [moment for subset, moment in newest.items() if subset.partition("/")[2] == total]
    if not total.isdecimal() or len(held) < int(total):
        return None
    return min(held)


def proven(
    kind: AssetKind,
    drills: Sequence[DrillRecord],
    read_at: datetime | None,
    *,
    newest: datetime,
    seen_failing: bool,
) -> Proven:
    """The level reached by passed drills and a whole data read, and when; at least L1.

    A failed last drill leaves L1 until one passes again. Without a twin seen failing a drill
    proves nothing above what any restore shows.
    """
    best: Proven = (Level.EXISTS, newest)
    last = last_drill(drills)
    if last is not None and not last.ok:
        return best
    found = [best] if read_at is None else [best, (Level.INTEGRITY, read_at)]
    for drill in drills:
        if drill.ok and not drill.mutated:
            level = drill.level if seen_failing else min(drill.level, _unproven_ceiling(kind))
            found.append((level, drill.started_at))
    return max(found)


def _unproven_ceiling(kind: AssetKind) -> Level:
    # Files have nothing to start: the rung below their checks is the restore itself.
    return Level.RESTORES if kind in _NOTHING_TO_START else Level.STARTS
