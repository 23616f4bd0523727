"""Seeded data: a tree of many small files and one large one, and a change of one in a hundred."""

from __future__ import annotations

import os
import random
from pathlib import Path

WORDS = b"restore copy key disk proof night house table index page "
FOLDER_FILES = 100
BIG_SHARE = 0.25
"""Share of the bytes that lies in one large file."""


def make(root: Path, *, megabytes: int, files: int, seed: int = 1) -> Path:
    """A tree of `files` small files and one large one, half random bytes, half words."""
    dice = random.Random(seed)
    total = megabytes * 1_000_000
    weights = [dice.lognormvariate(0, 1) for _ in range(files)]
    unit = total * (1 - BIG_SHARE) / sum(weights)
    for number, weight in enumerate(weights):
        path = root / f"{number // FOLDER_FILES:03}" / f"{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(dice, max(1, int(weight * unit))))
    with (root / "big.bin").open("wb") as big:
        left = int(total * BIG_SHARE)
        while left > 0:
            left -= big.write(_content(dice, min(left, 1 << 20)))
    return root


def _content(dice: random.Random, size: int) -> bytes:
    half = size // 2
    words = WORDS * ((size - half) // len(WORDS) + 1)
    return dice.randbytes(half) + words[: size - half]


def change(root: Path, turn: int, *, seed: int = 1) -> int:
    """Write one small file in a hundred anew, of every size class; bytes written.

    Sorted by size every hundredth is taken, from another start each turn: turns differ in what
    they change, hardly in how much.
    """
    dice = random.Random(f"{seed}-{turn}")
    found = sorted((path.stat().st_size, path) for path in root.glob("*/*.bin"))
    step = min(100, len(found))
    return sum(path.write_bytes(_content(dice, size)) for size, path in found[turn % step :: step])


def measure(root: Path) -> tuple[int, int]:
    """How many files there are, and their bytes."""
    sizes = [
        os.lstat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(root)
        for name in names
    ]
    return len(sizes), sum(sizes)
