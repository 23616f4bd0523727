"""P3: how long a command takes that does next to nothing, beside borgmatic's help."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench import trees
from bench.pair import Outcome, Sample, Skip, interleave, middle, ratio, run
from bench.place import TOOLS, Place
from bench.sizes import Size

RIVAL = "borgmatic"
RIVAL_VERSION = "2.1.10"


def run_case(place: Place, size: Size) -> Outcome:
    """Fresh processes, files in the page cache, in turns."""
    rival = installed()
    tree = trees.make(place.root / "data", megabytes=1, files=5)
    place.estate({"home": "home"}, {"data": tree})
    place.do("audit", "--no-report")
    found = interleave(
        {
            "phoenix --help": _asking(place, [place.phoenix, "--help"]),
            "phoenix --version": _asking(place, [place.phoenix, "--version"]),
            "phoenix status": _asking(place, place.command("status")),
            "borgmatic --help": _asking(place, [rival, "--help"]),
            "python -c pass": _asking(place, [sys.executable, "-c", "pass"]),
        },
        size.starts + 1,
    )
    # The first round fills caches and writes bytecode.
    found = {name: samples[1:] for name, samples in found.items()}
    values = {f"{name}_s": middle(samples) for name, samples in found.items()}
    for name in ("--help", "--version", "status"):
        values[f"{name.strip('-')}_ratio"] = ratio(found, f"phoenix {name}", "borgmatic --help")
    return Outcome(values, found, {RIVAL: version(rival)})


def _asking(place: Place, words: Sequence[str | Path]) -> Callable[[int], Sample]:
    ask = partial(run, words, env=place.env(), fine=(0, 3))
    return lambda turn: ask()


def installed() -> Path:
    """borgmatic in a virtual environment of its own, made when absent. Raises Skip."""
    home = TOOLS / RIVAL
    program = home / "bin" / RIVAL
    if not program.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
            subprocess.run(
                [home / "bin" / "pip", "install", "--quiet", f"{RIVAL}=={RIVAL_VERSION}"],
                check=True, timeout=300, capture_output=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(home, ignore_errors=True)
            raise Skip(f"{RIVAL} could not be installed ({type(error).__name__})") from error
    return program


def version(program: Path) -> str:
    """What the rival says it is."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, timeout=60)
    return said.stdout.decode().strip()
