"""The history of points made, folded in one pass over integers: newest and worst gap.

The hot path of an audit: a million rows, no object per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from phoenix_dr.core.evidence import PointState
from phoenix_dr.core.points import CLOCK_SKEW

Row = tuple[int, int, int, int]
"""(taken_at in epoch seconds, place id, PointState, run seconds or 0), ascending by taken_at.

The state of a point that is no longer held carries GONE too: it bounds gaps, for it was made,
but it is not what one could restore now.
"""
GONE = 4

_SKEW = int(CLOCK_SKEW.total_seconds())
# Plain integers: comparing with an IntEnum member in the loop doubles its cost.
_BAD = 2
# UNUSABLE and UNKNOWN have this bit, gone or not.
_UNKNOWN = int(PointState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class History:
    """What one survivor set of places holds; times are epoch seconds, gaps are seconds.

    `newest` is the newest usable or suspect point; `newest_suspect` tells that only a
    suspect one is that new. `worst_gap` is None when no usable point was made since then.
    `newest_unknown` is a point newer than `newest` that cannot be judged (size unknown, or taken
    in the future): as long as it is there, nothing is green.
    """

    newest: int | None = None
    newest_suspect: bool = False
    worst_gap: int | None = None
    newest_unknown: int | None = None


def fold(
    rows: Iterable[Row], masks: Mapping[int, int], *, now: int, since: int, sets: int
) -> tuple[History, ...]:
    """One History per survivor set: set `i` holds the places whose mask has bit `i`.

    `since` is max(now - 30 days, when this asset was first watched). A gap ends at a usable
    point made after `since` and lasts until its run was over; what lies before `since` is not
    counted, and without an earlier point the gap starts at `since`. The open gap up to `now` is
    the newest point's age, not a gap. A set without places, and a place without a mask, is empty.
    """
    members = [
        frozenset(place for place, mask in masks.items() if mask >> index & 1)
        for index in range(sets)
    ]
    # Scopes often keep the same places; each distinct set of places is folded once.
    distinct = sorted({places for places in members if places}, key=sorted)
    walk = _fold_one if len(distinct) == 1 else _fold_many
    folded = walk(rows, distinct, now + _SKEW, since) if distinct else []
    by_places = dict(zip(distinct, folded, strict=True))
    return tuple(by_places.get(places, History()) for places in members)


Places = list[frozenset[int]]


def _fold_one(rows: Iterable[Row], distinct: Places, limit: int, since: int) -> list[History]:
    (places,) = distinct
    last, worst = since, -1
    newest: list[int | None] = [None] * (GONE + len(PointState))
    for taken, place, state, duration in rows:
        if place not in places:
            continue
        if taken > limit:
            state = _UNKNOWN | (state & GONE)
        newest[state] = taken
        if state & _BAD:
            continue
        if taken > since:
            gap = taken - last + duration
            if gap > worst:
                worst = gap
            last = taken
    return [_history(newest, worst)]


def _fold_many(rows: Iterable[Row], distinct: Places, limit: int, since: int) -> list[History]:
    # Gaps need a step per row and set; what is newest only one per row and place.
    groups = _groups(distinct)
    last, worst = [since] * len(distinct), [-1] * len(distinct)
    newest: tuple[dict[int, int], ...] = tuple({} for _ in range(GONE + len(PointState)))
    for taken, place, state, duration in rows:
        if place not in groups:
            continue
        if taken > limit:
            state = _UNKNOWN | (state & GONE)
        newest[state][place] = taken
        if state & _BAD:
            continue
        if taken > since:
            for index in groups[place]:
                gap = taken - last[index] + duration
                if gap > worst[index]:
                    worst[index] = gap
                last[index] = taken
    return [
        _history(_by_state(newest, places), gap)
        for gap, places in zip(worst, distinct, strict=True)
    ]


def _groups(distinct: Places) -> dict[int, tuple[int, ...]]:
    every = frozenset[int]().union(*distinct)
    return {
        place: tuple(index for index, places in enumerate(distinct) if place in places)
        for place in every
    }


def _by_state(newest: Iterable[Mapping[int, int]], places: frozenset[int]) -> list[int | None]:
    return [
        max((times[place] for place in places if place in times), default=None) for times in newest
    ]


def _history(newest: Sequence[int | None], worst: int) -> History:
    trusted, suspect, _, unknown = newest[:GONE]
    held = max((time for time in (trusted, suspect) if time is not None), default=None)
    newer = unknown is not None and (held is None or unknown > held)
    return History(
        newest=held,
        newest_suspect=held != trusted,
        worst_gap=worst if worst >= 0 else None,
        newest_unknown=unknown if newer else None,
    )
