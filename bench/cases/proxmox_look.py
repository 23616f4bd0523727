"""proxmox-look: a thousand guests and fifty thousand archives of a Proxmox, beside their JSON."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.pair import Broken, Outcome, Sample, interleave, run
from bench.place import HERE, Place, Words, cleared, require, same
from bench.sizes import Size

SHARE = 20
"""Archives a guest: so many points of an asset of P8 to one."""
TENTH = 10
TOKEN = "phoenix@pve!audit=0f9ad3a2-1111-2222-3333-444455556666"
READY = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A cluster that is served, and where its answers are written down."""

    url: str
    fingerprint: str
    answers: Path
    guests: int

    def look(self, place: Place, *, watch: bool = False) -> Sample:
        """One look at it in a fresh process."""
        words = ["look", self.url, self.fingerprint, TOKEN, str(self.guests)]
        return _fresh(place, *words, watch=watch)

    def plain(self, place: Place, *, watch: bool = False) -> Sample:
        """Decoding its answers in a fresh process."""
        return _fresh(place, "plain", str(self.answers), watch=watch)

    def asked(self) -> dict[str, int]:
        """How often it was asked since the last question, and rows of the longest page."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{self.url}/asked", context=context, timeout=READY) as answer:
            found = json.load(answer)["data"]
        assert isinstance(found, dict)
        return found


def _fresh(place: Place, *words: str, watch: bool) -> Sample:
    argv: Words = [sys.executable, "-m", "bench.looking", *words]
    return run(argv, env=place.env(), cwd=HERE.parent, watch=watch)


def run_case(place: Place, size: Size) -> Outcome:
    """Looks and plain decodings in turns; then a look at a tenth of the archives."""
    require("openssl")
    each = max(1, size.points // SHARE)
    with _served(place, size.services, each) as all_:
        first = _said(all_.look(place))
        counted = all_.asked()
        found = interleave(
            {"look": lambda turn: all_.look(place), "plain": lambda turn: all_.plain(place)},
            size.looks,
        )
        same("requests", [counted["asked"], all_.asked()["asked"] / size.looks])
        # Of its own memory alone: what a child is started with counts for the child otherwise.
        look_mib, plain_mib = (_peak(side(place, watch=True)) for side in (all_.look, all_.plain))
    with _served(place, size.services, max(1, each // TENTH)) as few:
        few.look(place)
        fewer = few.asked()
    _require_whole(first, size.services, each)
    walls = zip(found["look"], found["plain"], strict=True)
    return Outcome(
        {
            "ratio": median(a.wall / b.wall for a, b in walls),
            "memory_ratio": look_mib / plain_mib,
            "requests_grown": counted["asked"] - fewer["asked"],
            "requests_per_guest": counted["asked"] / size.services,
            "longest_page": counted["longest"],
            "look_mib": look_mib,
            "plain_mib": plain_mib,
            "look_s": median(_said(one)["seconds"] for one in found["look"]),
            "plain_s": median(_said(one)["seconds"] for one in found["plain"]),
        },
        found,
        {**first, "requests": counted["asked"], "requests_of_a_tenth": fewer["asked"]},
    )


def _require_whole(said: dict[str, Any], guests: int, archives: int) -> None:
    """Nothing may be fast because it was not read."""
    same("points", [said["points"], said["archives"], guests * archives])
    same("guests", [said["guests"], guests])
    if said["blind"]:
        raise Broken(f"{said['blind']} blind spots")


def _said(sample: Sample) -> dict[str, Any]:
    found = json.loads(sample.out)
    assert isinstance(found, dict)
    return found


def _peak(sample: Sample) -> float:
    return sample.own / 1024


@contextmanager
def _served(place: Place, guests: int, archives: int) -> Iterator[Served]:
    answers = cleared(place.root / "answers")
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.pve", str(answers), str(guests), str(archives)],
        cwd=HERE.parent, env=place.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        where = json.loads(child.stdout.readline() or b"{}")
        if "url" not in where:
            raise Broken("the cluster did not start")
        yield Served(where["url"], where["fingerprint"], answers, guests)
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(READY)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
