"""P8: an audit of a million points, from the ledger on disk to the JSON report, in one process.

Beside it a loop over the same numbers as tuples in memory, and a bare interpreter's start.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median

from bench.pair import Outcome, Sample, interleave, middle, run
from bench.place import HERE, Place, Words
from bench.sizes import Size

TENTH = 10


def run_case(place: Place, size: Size) -> Outcome:
    """The large estate, one of a tenth of its services, the plain loop and a bare start."""
    small = Place(place.phoenix, place.root / "small")
    small.root.mkdir()
    with small:
        stored = {
            "large": _forge(place, size.services, size.points),
            "small": _forge(small, size.services // TENTH, size.points),
        }
        for each in (place, small):
            each.do("audit", "--json", "--no-report")
        processes = _engines_started(place)
        found = interleave(
            {
                "audit": lambda turn: place.do("audit", "--json", "--no-report"),
                "audit of a tenth": lambda turn: small.do("audit", "--json", "--no-report"),
                "plain loop": lambda turn: _plain(size.services, size.points),
                "python -c pass": lambda turn: _start(place),
            },
            size.audits,
        )
    return _outcome(found, stored, processes)


def _outcome(
    found: dict[str, list[Sample]], stored: dict[str, dict[str, int]], processes: int
) -> Outcome:
    loops = [json.loads(sample.out)["seconds"] for sample in found["plain loop"]]
    starts = [sample.wall for sample in found["python -c pass"]]
    audits = [sample.wall for sample in found["audit"]]
    base = [loop + start for loop, start in zip(loops, starts, strict=True)]
    return Outcome(
        {
            "ratio": median(a / b for a, b in zip(audits, base, strict=True)),
            "rss_mib": max(sample.rss for sample in found["audit"]) / 1024,
            "growth": median(
                a.cpu / b.cpu
                for a, b in zip(found["audit"], found["audit of a tenth"], strict=True)
            ),
            "processes": processes,
            "audit_s": middle(found["audit"]),
            "tenth_s": middle(found["audit of a tenth"]),
            "loop_s": median(loops),
            "start_s": median(starts),
        },
        found,
        {"ledger": stored, "loop_s": loops},
    )


def _forge(place: Place, services: int, points: int) -> dict[str, int]:
    place.estate(
        {"home": "home", "offsite": "offsite"},
        {f"svc{number:04}": Path("/srv") / f"svc{number:04}" for number in range(services)},
    )
    words: Words = [sys.executable, "-m", "bench.forge", place.config, place.state, str(points)]
    made = run(words, env=place.env(), cwd=HERE.parent)
    said: dict[str, int] = json.loads(made.out)
    return said | {"bytes": os.stat(place.state / "ledger.db").st_size}


def _engines_started(place: Place) -> int:
    if shutil.which("restic") is None:
        return 0
    place.calls()
    place.do("audit", "--json", "--no-report", shim=True)
    return len(place.calls())


def _plain(services: int, points: int) -> Sample:
    words: Words = [sys.executable, "-m", "bench.plain", str(services), str(points)]
    return run(words, env={"PATH": os.defpath}, cwd=HERE.parent)


def _start(place: Place) -> Sample:
    return run([sys.executable, "-c", "pass"], env=place.env())
