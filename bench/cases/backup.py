"""P1: what `phoenix backup` adds to restic doing the same work.

Phoenix saves its own state in the same run, so the bare side runs restic twice: the same folder,
and a copy of that state. One repository, one cache, the same arguments, the same share of the
data changed before each run.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median

from bench import trees
from bench.pair import Outcome, Sample, extra_cpu_ms, extra_ms, interleave, middle, ratio, run
from bench.place import Place, Words, last_json, require, same
from bench.sizes import Size

ENGINE, SERVICE = "home", "data"
FACTOR = 1.02


def run_case(place: Place, size: Size) -> Outcome:
    """Phoenix, bare restic, and bare restic again for the noise floor."""
    restic = require("restic")
    tree = trees.make(place.root / "data", megabytes=size.megabytes, files=size.files)
    place.estate({ENGINE: "home"}, {SERVICE: tree})
    place.do("backup", SERVICE)
    side = _Sides(place, tree, restic)
    for warm in (side.phoenix, side.bare):
        warm(-1)
    side.grown.clear()
    side.state.clear()
    found = interleave(
        {"phoenix": side.phoenix, "bare": side.bare, "bare again": side.bare_again}, size.pairs
    )
    return Outcome(
        {
            "extra_ms": extra_ms(found, "phoenix", "bare", factor=FACTOR),
            "extra_cpu_ms": extra_cpu_ms(found, "phoenix", "bare"),
            "ratio": ratio(found, "phoenix", "bare"),
            "noise_ms": extra_ms(found, "bare again", "bare"),
            "noise_ratio": ratio(found, "bare again", "bare"),
            "phoenix_s": middle(found["phoenix"]),
            "bare_s": middle(found["bare"]),
        },
        found,
        side.facts(),
    )


class _Sides:
    """Both sides of the comparison, each checked to have done the same work."""

    def __init__(self, place: Place, tree: Path, restic: str) -> None:
        self.place, self.tree, self.restic = place, tree, restic
        self.copy = place.root / "copy-of-state"
        self.work: list[tuple[float, float]] = []
        self.state: dict[str, list[float]] = {}
        self.grown: dict[str, list[int]] = {}

    def phoenix(self, turn: int) -> Sample:
        trees.change(self.tree, turn)
        before = self._stored()
        sample = self.place.do("backup", SERVICE, "--json")
        self._note("phoenix", before)
        for copy in json.loads(sample.out)["copies"]:
            point = copy["point"]
            if copy["asset"].startswith(SERVICE):
                self._did(point["files"], point["size"])
            else:
                self.state.setdefault("phoenix", []).append(point["size"])
        return sample

    def bare(self, turn: int) -> Sample:
        return self._bare(turn, "bare")

    def bare_again(self, turn: int) -> Sample:
        return self._bare(turn, "bare again")

    def _bare(self, turn: int, name: str) -> Sample:
        trees.change(self.tree, turn)
        self.place.copy_state(self.copy)
        before = self._stored()
        data, state = self._save(f"{SERVICE}/files", self.tree), self._save("state", self.copy)
        self._note(name, before)
        summary = last_json(data.out, "summary")
        self._did(summary["total_files_processed"], summary["total_bytes_processed"])
        saved = last_json(state.out, "summary")["total_bytes_processed"]
        self.state.setdefault(name, []).append(saved)
        return data + state

    def _save(self, asset: str, path: Path) -> Sample:
        words: Words = [
            self.restic, "backup", "--json", "--host", "house",
            "--time", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "--tag", "bench", "--tag", f"bench-asset:{asset}", "--", path,
        ]  # fmt: skip
        return run(words, env=self.place.restic_env(ENGINE), cwd=Path("/"))

    def _did(self, files: int, size: int) -> None:
        self.work.append((files, size))
        same("files of the asset", [files for files, _ in self.work])
        same("bytes of the asset", [size for _, size in self.work])

    def _stored(self) -> int:
        return trees.measure(self.place.repository(ENGINE) / "data")[1]

    def _note(self, name: str, before: int) -> None:
        self.grown.setdefault(name, []).append(self._stored() - before)

    def facts(self) -> dict[str, object]:
        """What both sides did; raises Broken when it was not the same."""
        stored = {name: int(median(sizes)) for name, sizes in self.grown.items()}
        state = {name: int(median(sizes)) for name, sizes in self.state.items()}
        same("bytes stored per run", list(stored.values()), within=0.1)
        same("bytes of Phoenix's state", list(state.values()), within=0.2)
        files, size = self.work[0]
        return {"files": files, "bytes": size, "state_bytes": state, "stored_per_run": stored}
