"""P9: an audit of repositories whose list did not change, beside listing each of them."""

from __future__ import annotations

from bench import trees
from bench.pair import Broken, Outcome, Sample, interleave, middle, ratio, run
from bench.place import Place, require, same
from bench.sizes import Size


def run_case(place: Place, size: Size) -> Outcome:
    """Phoenix's whole audit against `restic snapshots` once per repository."""
    restic = require("restic")
    tree = trees.make(place.root / "data", megabytes=1, files=10)
    names = [f"shelf{number:02}" for number in range(size.repositories)]
    place.estate(dict.fromkeys(names, "home"), {"data": tree})
    place.do("backup", "data")
    place.do("audit", "--no-report")
    place.calls()
    fresh = place.ask("audit", "--no-report", shim=True)["freshness"]
    processes = len(place.calls())
    _require_ages(fresh, names)

    def audit(turn: int) -> Sample:
        return place.do("audit", "--no-report", "--json")

    def listing(turn: int) -> Sample:
        words = [restic, "--no-lock", "snapshots", "--json"]
        each = [run(words, env=place.restic_env(name)) for name in names]
        same("snapshots listed", [sample.out.count(b'"short_id"') for sample in each])
        return sum(each[1:], each[0])

    found = interleave({"audit": audit, "listing": listing}, size.looks)
    return Outcome(
        {
            "processes": processes,
            "ratio": ratio(found, "audit", "listing"),
            "audit_s": middle(found["audit"]),
            "listing_s": middle(found["listing"]),
        },
        found,
        {"repositories": len(names)},
    )


def _require_ages(fresh: list[dict[str, object]], names: list[str]) -> None:
    """The report must say of each repository when it was last opened, and last read."""
    said = {each["engine"]: each for each in fresh}
    for name in names:
        if not said[name]["opened_at"] or "read_at" not in said[name]:
            raise Broken(f"the report does not say when {name} was last opened and read")
