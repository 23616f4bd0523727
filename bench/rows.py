"""The points of a measured asset as integers, the same for the ledger and for the plain loop."""

from __future__ import annotations

import random
from collections.abc import Iterator

WINDOW = 29 * 86_400
"""Seconds over which the points are spread."""
LATE = 600
RUN = 30
MISSED = 0.02
"""Share of the points that came a whole turn late: gaps to be found."""


def series(asset: int, places: int, points: int, now: int) -> Iterator[tuple[int, int, int, int]]:
    """`points` rows (taken_at, place, state 0, run seconds), places in turns, nearly in order."""
    dice = random.Random(asset)
    step = WINDOW // points
    for number in range(points):
        late = step * (dice.random() < MISSED) + dice.randrange(max(1, min(LATE, step // 2)))
        taken = now - WINDOW + number * step + late
        yield min(taken, now), number % places, 0, RUN
