"""The plain integer loop of P8, in a process of its own: a million tuples in memory.

Per asset: every gap against the objective, the worst gap, the newest point. No ledger, no
places, no states, no report: what the same answer costs at the very least in Python.
"""

from __future__ import annotations

import json
import sys
import time

from bench.rows import series

OBJECTIVE = 86_400
NOW = 1_800_000_000


def main(services: str, points: str) -> None:
    """Seconds of the loop alone, and what it found."""
    count = int(points)
    assets = [sorted(series(number, 2, count, NOW)) for number in range(int(services))]
    began = time.monotonic()
    late = worst = newest = 0
    for rows in assets:
        last = rows[0][0]
        for taken, _place, _state, run in rows:
            gap = taken - last + run
            if gap > OBJECTIVE:
                late += 1
            if gap > worst:
                worst = gap
            last = taken
        if last > newest:
            newest = last
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "late": late, "worst": worst, "newest": newest}))


if __name__ == "__main__":
    main(*sys.argv[1:])
