"""Bars judged, the table shown, and one JSON file per run with the machine and every sample."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.pair import Outcome
from bench.place import HERE

HELD, MISSED, SKIPPED, BROKEN = "held", "MISSED", "skipped", "BROKEN"


@dataclass(frozen=True, slots=True)
class Bar:
    """A goal: `value` of `case` must not be above `limit`; `noise` when a busy machine can tell."""

    id: str
    case: str
    value: str
    limit: float
    unit: str
    meaning: str
    noise: bool = True

    def is_asked(self, only: Sequence[str]) -> bool:
        """Whether it is named, by its own id or by the goal's (P8 for P8.time)."""
        return not only or self.id in only or self.id.split(".", 1)[0] in only


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar with what was found; `found` is None when it was not measured, with the reason."""

    bar: Bar
    state: str
    found: float | None = None
    reason: str = ""

    def line(self) -> str:
        """One line of the table."""
        shown = "-" if self.found is None else f"{self.found:.3g}"
        limit = f"<= {self.bar.limit:g} {self.bar.unit}"
        said = self.reason or self.bar.meaning
        return f"{self.bar.id:<21}{self.state:<8}{shown:>8}  {limit:<16}{said}"


def bars() -> list[Bar]:
    """The goals of bars.toml."""
    with (HERE / "bars.toml").open("rb") as file:
        return [Bar(**bar) for bar in tomllib.load(file)["bar"]]


def judge(bar: Bar, outcome: Outcome) -> Verdict:
    """Held when the value is not above the limit."""
    found = outcome.values[bar.value]
    return Verdict(bar, HELD if found <= bar.limit else MISSED, round(found, 4))


def load() -> tuple[float, float, float]:
    """The machine's load over 1, 5 and 15 minutes."""
    return os.getloadavg()


def machine() -> dict[str, Any]:
    """What was measured on, without names of places."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": model, "cores": os.cpu_count(), "memory_gib": round(pages / 2**30, 1),
        "kernel": platform.release(), "python": platform.python_version(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "restic": _said("restic", "version"), "phoenix_commit": _commit(),
    }  # fmt: skip


def _said(*words: str) -> str:
    if shutil.which(words[0]) is None:
        return ""
    said = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return said.stdout.strip()


def _commit() -> str:
    root = str(HERE.parent)
    changed = _said("git", "-C", root, "status", "--porcelain", "--", "src")
    return _said("git", "-C", root, "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def document(
    size: str,
    verdicts: Sequence[Verdict],
    outcomes: Mapping[str, Outcome],
    before: tuple[float, float, float],
) -> dict[str, Any]:
    """One run whole: facts of the machine, verdicts, values and every raw sample."""
    after = load()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "size": size,
        "machine": machine(),
        "load": {"start": before, "end": after},
        "noisy": max(before[0], after[0]) > (os.cpu_count() or 1),
        "bars": [
            asdict(each.bar) | {"state": each.state, "found": each.found, "reason": each.reason}
            for each in verdicts
        ],
        "cases": {
            name: {
                "values": {key: round(value, 5) for key, value in outcome.values.items()},
                "facts": outcome.facts,
                "samples": {
                    key: [sample.raw() for sample in samples]
                    for key, samples in outcome.samples.items()
                },
            }
            for name, outcome in outcomes.items()
        },
    }


def keep(found: dict[str, Any], path: Path | None) -> Path:
    """Write a run's document; by default below results/, named by date and size."""
    stamp = found["date"].replace(":", "").replace("-", "")
    path = path or HERE / "results" / f"{stamp}-{found['size']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    return path
