"""How much is measured: `full` for figures, `quick` for a look, `smoke` for tests of the bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Sizes of data and numbers of rounds; `points` and `services` are P8's larger estate."""

    name: str
    megabytes: int
    files: int
    pairs: int
    restores: int
    starts: int
    repositories: int
    looks: int
    audits: int
    services: int
    points: int = 1000


SIZES = {
    size.name: size
    for size in (
        Size("full", 285, 4000, 15, 9, 21, 20, 5, 9, 1000),
        Size("quick", 60, 400, 5, 3, 9, 6, 3, 3, 1000),
        Size("smoke", 2, 40, 1, 1, 1, 1, 1, 1, 100, points=200),
    )
}
