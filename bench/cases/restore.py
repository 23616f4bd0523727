"""P4 and P7: what Phoenix adds to a restore, and what a drill's verification costs beside it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Any

from bench import trees
from bench.pair import (
    Broken,
    Outcome,
    Sample,
    extra_cpu_ms,
    extra_ms,
    interleave,
    middle,
    ratio,
    run,
)
from bench.place import HERE, Place, Words, cleared, require, same
from bench.sizes import Size

ENGINE, ASSET = "home", "data/files"
FACTOR = 1.02


def run_case(place: Place, size: Size) -> Outcome:
    """Restores of one point by Phoenix, by bare restic twice, and `cp -a`; then real drills."""
    restic = require("restic")
    tree = trees.make(place.root / "data", megabytes=size.megabytes, files=size.files)
    place.estate({ENGINE: "home"}, {"data": tree})
    made = place.ask("backup", "data")["copies"][0]["point"]
    side = _Sides(place, tree, made["id"], restic)
    side.bare(-1)
    found = interleave(
        {
            "phoenix": side.phoenix, "bare": side.bare, "bare again": side.bare,
            "cp -a": side.copy,
        },
        size.restores,
    )  # fmt: skip
    drills = [_drill(place) for _ in range(size.restores)]
    hashing = side.hashing
    return Outcome(
        {
            "extra_ms": extra_ms(found, "phoenix", "bare", factor=FACTOR),
            "extra_cpu_ms": extra_cpu_ms(found, "phoenix", "bare"),
            "ratio": ratio(found, "phoenix", "bare"),
            "noise_ms": extra_ms(found, "bare again", "bare"),
            "phoenix_s": middle(found["phoenix"]),
            "bare_s": middle(found["bare"]),
            "cp_s": middle(found["cp -a"]),
            "hash_all_ratio": median(h / r for h, r in hashing),
            "hash_all_s": median(h for h, _ in hashing),
            "check_ratio": median(d["check"] / d["fetch"] for d in drills),
            "check_s": median(d["check"] for d in drills),
            "fetch_s": median(d["fetch"] for d in drills),
        },
        found,
        {"files": made["files"], "bytes": made["size"], "drills": drills, "hashing": hashing},
    )


class _Sides:
    """Each side restores the same point into an empty directory of the same file system."""

    def __init__(self, place: Place, tree: Path, point: str, restic: str) -> None:
        self.place, self.tree, self.point, self.restic = place, tree, point, restic
        self.into = place.root / "restored"
        self.expected = trees.measure(tree)
        self.hashing: list[tuple[float, float]] = []

    def phoenix(self, turn: int) -> Sample:
        act = [sys.executable, "-m", "bench.act"]
        words: Words = [*act, self.place.config, self.place.state, ASSET, self._empty()]
        sample = run(words, env=self.place.env(), cwd=HERE.parent)
        said = json.loads(sample.out)
        if said["point"] != self.point:
            raise Broken("unequal work: another point was restored")
        self._require_whole()
        hashed = run(
            [sys.executable, "-m", "bench.hashing", self.into],
            env=self.place.env(), cwd=HERE.parent,
        )  # fmt: skip
        self.hashing.append((json.loads(hashed.out)["hash_s"], said["restore_s"]))
        return sample

    def bare(self, turn: int) -> Sample:
        words: Words = [
            self.restic,
            "restore",
            "--json",
            "--target",
            self._empty(),
            "--",
            self.point,
        ]
        sample = run(words, env=self.place.restic_env(ENGINE))
        self._require_whole()
        return sample

    def copy(self, turn: int) -> Sample:
        words: Words = ["cp", "-a", self.tree, self._empty()]
        sample = run(words, env=self.place.env())
        self._require_whole()
        return sample

    def _empty(self) -> Path:
        cleared(self.into)
        # What the run before wrote shall not be flushed on the account of this one.
        os.sync()
        return self.into

    def _require_whole(self) -> None:
        found = trees.measure(self.into)
        same("files restored", [found[0], self.expected[0]])
        same("bytes restored", [found[1], self.expected[1]])


def _drill(place: Place) -> dict[str, Any]:
    shutil.rmtree(place.root / "restored", ignore_errors=True)
    os.sync()
    (record,) = place.ask("drill", "run", "data")["records"]
    if not record["ok"]:
        raise Broken(f"the drill failed: {record['checks']}")
    return {phase["name"]: phase["seconds"] for phase in record["phases"]}
