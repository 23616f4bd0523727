"""vma-read: the disk out of a VMA archive, beside `cp` of that archive."""

from __future__ import annotations

import hashlib
import mmap
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from bench.pair import Broken, Outcome, Sample, interleave, ratio, run
from bench.place import HERE, Place, require
from bench.sizes import Size

sys.path.insert(0, str(HERE.parent / "tests"))

from build_vma import CLUSTER, Vma, extent

TIMES = 4
"""A disk is so many times the data of the other cases."""
TENTH = 10
LEAST = 16
"""MiB of a disk: what is read ahead and one extent fit into it several times."""
PER_EXTENT = 59
WHOLE = 0xFFFF
DISK = "drive-scsi0"


def run_case(place: Place, size: Size) -> Outcome:
    """Extracting, checking and copying in turns; then the memory of extracting it and a tenth."""
    cp = require("cp")
    length = max(LEAST * TIMES, TIMES * size.megabytes)
    large, digest = _archive(place.root / "large.vma", length << 20)
    small, _ = _archive(place.root / "small.vma", max(LEAST, length // TENTH) << 20)
    archives = {"large": large, "small": small}
    _require_equal(place, large, digest)
    copy = place.root / "copy"

    def copied(turn: int) -> Sample:
        copy.unlink(missing_ok=True)
        return run([cp, "--reflink=never", large, copy], env=place.env())

    found = interleave(
        {
            "cp": copied,
            "extract": lambda turn: _extract(place, large),
            "check": lambda turn: place.do("vma", "list", str(large), "--verify"),
        },
        size.looks,
    )
    copy.unlink(missing_ok=True)
    # Of its own memory alone: what a child is started with counts for the child otherwise.
    peaks = {name: _extract(place, path, watch=True).own for name, path in archives.items()}
    return Outcome(
        {
            "extract_ratio": ratio(found, "extract", "cp"),
            "check_ratio": ratio(found, "check", "cp"),
            "grown_mib": max(0, peaks["large"] - peaks["small"]) / 1024,
            "peak_mib": peaks["large"] / 1024,
        },
        found,
        {
            "bytes": large.stat().st_size,
            "bytes_of_a_tenth": small.stat().st_size,
            "peaks_kib": peaks,
        },
    )


def _extract(place: Place, archive: Path, *, watch: bool = False) -> Sample:
    into = place.root / "disks"
    shutil.rmtree(into, ignore_errors=True)
    return place.do("vma", "extract", str(archive), str(into), watch=watch)


def _require_equal(place: Place, archive: Path, digest: str) -> None:
    """What comes out is what went in, so that no side does less."""
    _extract(place, archive)
    with (place.root / "disks" / f"{DISK}.raw").open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise Broken("the disk that came out is another one")


def _archive(path: Path, size: int) -> tuple[Path, str]:
    """An archive of one disk of random bytes, written cluster by cluster; the disk's SHA-256."""
    length = size // CLUSTER * CLUSTER
    hashed = hashlib.sha256()
    with mmap.mmap(-1, length) as nothing, path.open("wb") as file:
        # The header needs its length only, and nothing of it is ever touched.
        file.write(Vma({DISK: cast(bytes, nothing)}).head())
        for clusters in _clusters(length // CLUSTER):
            for *_, data in clusters:
                hashed.update(data)
            file.write(extent(clusters))
    return path, hashed.hexdigest()


def _clusters(count: int) -> Iterator[list[tuple[int, int, int, bytes]]]:
    dice = random.Random(count)
    for start in range(0, count, PER_EXTENT):
        numbers = range(start, min(start + PER_EXTENT, count))
        yield [(1, number, WHOLE, dice.randbytes(CLUSTER)) for number in numbers]
