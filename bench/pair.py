"""Runs whole processes side by side: wall, processor seconds and memory of each, in turns."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

LIMIT = 900.0
"""Seconds after which a measured process is killed."""
LOOK_EVERY = 0.005


class Broken(Exception):
    """A measurement that means nothing: a failed process, or unequal work on the two sides."""


class Skip(Exception):
    """A question that cannot be asked here, with the reason."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds; KiB. `rss` is the largest process, `own` the started one alone (0: not
    watched)."""

    wall: float
    cpu: float
    rss: int
    own: int = 0
    out: bytes = field(default=b"", repr=False)

    def __add__(self, other: Sample) -> Sample:
        """Two runs one after the other."""
        return Sample(
            self.wall + other.wall,
            self.cpu + other.cpu,
            max(self.rss, other.rss),
            max(self.own, other.own),
            self.out + other.out,
        )

    def raw(self) -> dict[str, float]:
        """What the results keep."""
        return {
            "wall_s": round(self.wall, 4), "cpu_s": round(self.cpu, 4), "rss_kib": self.rss,
            **({"own_rss_kib": self.own} if self.own else {}),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case found: values by name, every raw sample, and facts beside them."""

    values: Mapping[str, float]
    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    fine: Sequence[int] = (0,),
    watch: bool = False,
) -> Sample:
    """Run one process to its end. Raises Broken unless its exit code is in `fine`.

    `watch` also follows the memory of the process itself: an engine below it would hide it.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in argv], env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=out, stderr=errors,
        )  # fmt: skip
        timer = threading.Timer(LIMIT, child.kill)
        timer.start()
        own, status, usage = _wait(child.pid, watch)
        wall = time.monotonic() - began
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if child.returncode not in fine:
            said = errors.read()[-2000:].decode(errors="replace")
            name = os.path.basename(str(argv[0]))
            raise Broken(f"{name} {argv[1:3]} ended with {child.returncode}: {said}")
        cpu = usage.ru_utime + usage.ru_stime
        return Sample(wall, cpu, usage.ru_maxrss, own, out.read())


def _wait(pid: int, watch: bool) -> tuple[int, int, Any]:
    own = 0
    while watch:
        # The last look is the true one: a peak never falls, and before exec it is ours.
        own = _peak(pid) or own
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return own, status, usage
        time.sleep(LOOK_EVERY)
    _, status, usage = os.wait4(pid, 0)
    return own, status, usage


def _peak(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        # Just ended.
        pass
    return 0


def interleave(
    cases: Mapping[str, Callable[[int], Sample]], rounds: int
) -> dict[str, list[Sample]]:
    """Run each case once per round, A B C then B C A, so that no case always comes first.

    A case is given the number of its turn; what it does before its process starts is not timed.
    """
    names = list(cases)
    found: dict[str, list[Sample]] = {name: [] for name in names}
    turn = 0
    for number in range(rounds):
        at = number % len(names)
        for name in (*names[at:], *names[:at]):
            found[name].append(cases[name](turn))
            turn += 1
    return found


def ratio(found: Mapping[str, Sequence[Sample]], a: str, b: str) -> float:
    """The median of wall A / wall B, pair by pair."""
    return median(x.wall / y.wall for x, y in zip(found[a], found[b], strict=True))


def extra_ms(
    found: Mapping[str, Sequence[Sample]], a: str, b: str, *, factor: float = 1.0
) -> float:
    """The median of wall A - factor x wall B in milliseconds, pair by pair."""
    pairs = zip(found[a], found[b], strict=True)
    return median(1000 * (x.wall - factor * y.wall) for x, y in pairs)


def extra_cpu_ms(found: Mapping[str, Sequence[Sample]], a: str, b: str) -> float:
    """The median of processor time A - B in milliseconds, pair by pair: less noisy than wall."""
    pairs = zip(found[a], found[b], strict=True)
    return median(1000 * (x.cpu - y.cpu) for x, y in pairs)


def middle(samples: Sequence[Sample]) -> float:
    """The median wall in seconds."""
    return median(sample.wall for sample in samples)
