"""Judge a point once, against the few before it; the ledger stores the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from phoenix_dr.core.evidence import PointState, RecoveryPoint

CLOCK_SKEW = timedelta(minutes=5)
"""A point may lie this far in the future before it counts as one no clock vouches for."""
COMPARED = 7
"""How many earlier points a size is compared with."""


def judge(
    point: RecoveryPoint, earlier_sizes: Sequence[int | None], *, now: datetime
) -> PointState:
    """The verdict on `point`; `earlier_sizes` are those of the points before it, newest last.

    Less than half the median of the known sizes is a sharp drop. Nothing known is UNKNOWN,
    never empty.
    """
    if point.taken_at > now + CLOCK_SKEW:
        return PointState.UNKNOWN
    if point.size == 0 or point.files == 0:
        return PointState.UNUSABLE
    if point.complete is False or _dropped(point.size, earlier_sizes[-COMPARED:]):
        return PointState.SUSPECT
    if point.size is None and point.complete is None:
        return PointState.UNKNOWN
    return PointState.USABLE


def _dropped(size: int | None, earlier: Sequence[int | None]) -> bool:
    # Empty points were unusable; they must not make the next drop look normal.
    known = sorted(before for before in earlier if before)
    if size is None or not known:
        return False
    middle = len(known) // 2
    twice_median = known[middle] + known[-middle - 1]
    return 4 * size < twice_median
