"""P13: deciding a million points, beside a plain integer loop over the same times."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from statistics import median

from bench.pair import Outcome, Sample, interleave, run
from bench.place import HERE, Place, Words, same
from bench.sizes import Size

DIALECTS = ("restic", "borg", "pve")
SIDES = ("plain", *DIALECTS, "decide")
TENTH = 10


def run_case(place: Place, size: Size) -> Outcome:
    """Every side on all assets, and all but the plain one on a tenth of them; in turns."""
    few = max(1, size.services // TENTH)
    cases = {side: _side(place, side, size.services, size.points) for side in SIDES}
    cases |= {f"{side}, a tenth": _side(place, side, few, size.points) for side in SIDES[1:]}
    found = interleave(cases, size.audits)
    said = {name: [json.loads(each.out) for each in samples] for name, samples in found.items()}
    same("points kept", [said["restic"][0]["kept"], said["decide"][0]["kept"]])
    spent = {name: [each["seconds"] for each in all_] for name, all_ in said.items()}
    return Outcome(
        {
            "select_ratio": max(_ratio(spent, side, "plain") for side in DIALECTS),
            "decide_ratio": _ratio(spent, "decide", "plain"),
            "growth": max(_ratio(spent, side, f"{side}, a tenth") for side in SIDES[1:]),
            "grown_mib": max(_grown(found, side) for side in SIDES[1:]),
            **{f"{side}_s": median(spent[side]) for side in SIDES},
            **{f"{side}_ratio": _ratio(spent, side, "plain") for side in DIALECTS},
        },
        found,
        {
            "points": size.services * size.points,
            "kept": {side: said[side][0]["kept"] for side in SIDES},
            "seconds": spent,
        },
    )


def _side(place: Place, side: str, assets: int, points: int) -> Callable[[int], Sample]:
    words: Words = [sys.executable, "-m", "bench.deciding", side, str(assets), str(points)]
    return lambda turn: run(words, env=place.env(), cwd=HERE.parent)


def _ratio(spent: dict[str, list[float]], a: str, b: str) -> float:
    return median(x / y for x, y in zip(spent[a], spent[b], strict=True))


def _grown(found: dict[str, list[Sample]], side: str) -> float:
    """MiB by which the peak grew with ten times the points, the smallest of all rounds."""
    pairs = zip(found[side], found[f"{side}, a tenth"], strict=True)
    return max(0, min(many.rss - few.rss for many, few in pairs)) / 1024
