"""P2: how many engine processes a point costs, counted by a stand-in for restic."""

from __future__ import annotations

from bench import trees
from bench.pair import Broken, Outcome
from bench.place import Place, require
from bench.sizes import Size


def run_case(place: Place, size: Size) -> Outcome:
    """Backups of one and of several services, on repositories that are there already."""
    require("restic")
    tree = trees.make(place.root / "data", megabytes=2, files=20)
    smoke = size.name == "smoke"
    engines = {"home": "home"} if smoke else {"home": "home", "offsite": "offsite"}
    place.estate(engines, {"data": tree, "more": tree})
    first = _count(place, "data")
    calls, points = 0, 0
    for names in (("data",),) if smoke else (("data",), ("more",), ()):
        more = _count(place, *names)
        calls, points = calls + more[0], points + more[1]
    if not points:
        raise Broken("no point was made")
    made_too = {"processes": first[0], "points": first[1], "repositories_made": len(engines)}
    return Outcome(
        {"processes_per_point": calls / points},
        facts={"processes": calls, "points": points, "first_run": made_too},
    )


def _count(place: Place, *names: str) -> tuple[int, int]:
    place.calls()
    made = [copy["point"] for copy in place.ask("backup", *names, shim=True)["copies"]]
    return len(place.calls()), sum(point is not None for point in made)
