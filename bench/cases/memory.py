"""P12: the most memory Phoenix itself takes while an engine works, the engine not counted."""

from __future__ import annotations

from pathlib import Path

from bench import trees
from bench.pair import Outcome, Sample
from bench.place import Place, require
from bench.sizes import Size

MANY = 5
"""How many times more files the large tree has."""


def run_case(place: Place, size: Size) -> Outcome:
    """A first backup, a second one, an audit and a drill; a small tree and a large one."""
    require("restic")
    small = trees.make(place.root / "small", megabytes=2, files=max(1, size.files // 10))
    large = trees.make(place.root / "large", megabytes=size.megabytes, files=size.files * MANY)
    place.estate({"home": "home"}, {"small": small, "large": large})
    found = {
        f"{words[0]} {name}": [place.do(*words, name, watch=True)]
        for name in ("small", "large")
        for words in (("backup",), ("backup",), ("drill", "run"))
    }
    return _outcome(found, small, large)


def _outcome(found: dict[str, list[Sample]], small: Path, large: Path) -> Outcome:
    peaks = {name: sample.own / 1024 for name, (sample,) in found.items()}
    return Outcome(
        {
            "peak_mib": max(peaks.values()),
            "small_mib": max(peak for name, peak in peaks.items() if "small" in name),
            "large_mib": max(peak for name, peak in peaks.items() if "large" in name),
        },
        found,
        {"small_files": trees.measure(small)[0], "large_files": trees.measure(large)[0]},
    )
