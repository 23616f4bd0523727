"""cluster-look: 5,000 claims and 100,000 Backups of a cluster, beside decoding their JSON."""

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

CLAIMS = 5
"""Claims for each service of P8."""
BACKUPS = 20
"""Backups of each claim, one a day."""
TENTH = 10
READY = 60.0
TOKEN = "audit"
CONFIG = """\
version: 1
estate: bench
here: worker
timezone: UTC
language: en
documents: {root}/docs
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  longhorn: {{kind: longhorn, kubeconfig: {kubeconfig}, targets: {{default: nas}}}}
policies:
  default: {{schedule: "0 3 * * *", keep: {{daily: 9}}, because: measured, to: [longhorn/default]}}
services:
  apps: {{assets: {{data: {{volumes: longhorn/*/*}}}}}}
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A cluster that is served, the way into it, and where its answers are written down."""

    url: str
    kubeconfig: Path
    answers: Path

    def look(self, place: Place) -> Sample:
        """One look at it in a fresh process."""
        return _fresh(place, "look", str(self.kubeconfig))

    def plain(self, place: Place) -> Sample:
        """Decoding its answers in a fresh process."""
        return _fresh(place, "plain", str(self.answers))

    def asked(self) -> dict[str, int]:
        """How often it was asked since the last question, and rows of the longest page."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{self.url}/asked", context=context, timeout=READY) as answer:
            found = json.load(answer)
        pages = [path.stat().st_size for path in self.answers.iterdir()]
        return {**found, "pages": len(pages), "bytes": sum(pages)}


def _fresh(place: Place, *words: str) -> Sample:
    argv: Words = [sys.executable, "-m", "bench.exploring", *words]
    return run(argv, env=place.env(), cwd=HERE.parent, watch=True)


def run_case(place: Place, size: Size) -> Outcome:
    """Looks and plain decodings in turns, audits and what reads back; then a tenth of it all."""
    require("openssl")
    claims = size.services * CLAIMS
    with _served(place, claims, BACKUPS) as all_:
        first = _said(all_.look(place))
        counted = all_.asked()
        found = interleave(
            {"look": lambda turn: all_.look(place), "plain": lambda turn: all_.plain(place)},
            size.looks,
        )
        same("requests", [counted["asked"], all_.asked()["asked"] / size.looks])
        _estate(place, all_)
        found |= _audited(place, size.looks)
        kept = (place.state / "seen" / "longhorn.json").stat().st_size
        audit = place.ask("status")
    with _served(place, claims, BACKUPS // TENTH) as few:
        fewer = few.look(place)
        tenth = few.asked()
    _require_whole(first, claims, claims * BACKUPS, audit)
    return _outcome(found, first, {"all": counted, "tenth": tenth}, kept=kept, fewer=fewer)


def _outcome(
    found: dict[str, list[Sample]],
    first: dict[str, Any],
    asked: dict[str, dict[str, int]],
    *,
    kept: int,
    fewer: Sample,
) -> Outcome:
    look, plain, audit = found["look"], found["plain"], found["audit"]
    answers = asked["all"]["bytes"] / 2**20
    peak = median(_peak(one) for one in look)
    backups = first["backups"] - first["backups"] // TENTH
    values = {
        "ratio": median(a.wall / b.wall for a, b in zip(look, plain, strict=True)),
        "cpu_ratio": median(a.cpu / b.cpu for a, b in zip(look, plain, strict=True)),
        "audit_ratio": median(one.wall for one in audit) / median(one.wall for one in plain),
        "memory_share": peak / answers,
        "bytes_per_backup": (peak - _peak(fewer)) * 2**20 / backups,
        "requests_over_pages": asked["all"]["asked"] - asked["all"]["pages"],
        "longest_page": asked["all"]["longest"],
        "kept_mib": kept / 2**20,
        "status_s": median(one.wall for one in found["status"]),
        "status_mib": median(_peak(one) for one in found["status"]),
        "audit_s": median(one.wall for one in audit),
        "audit_mib": median(_peak(one) for one in audit),
        "look_s": median(_said(one)["seconds"] for one in look),
        "plain_s": median(_said(one)["seconds"] for one in plain),
        "look_mib": peak,
        "plain_mib": median(_peak(one) for one in plain),
        "answers_mib": answers,
    }
    facts = {**first, "requests": asked["all"]["asked"]}
    return Outcome(values, found, facts | {"requests_of_a_tenth": asked["tenth"]["asked"]})


def _audited(place: Place, rounds: int) -> dict[str, list[Sample]]:
    """Audits that observe the cluster anew, after a first one; and what only reads back."""
    place.do("audit", "--no-report")
    return {
        "audit": [place.do("audit", "--no-report", watch=True) for _ in range(rounds)],
        "status": [place.do("status", watch=True) for _ in range(rounds)],
    }


def _estate(place: Place, served: Served) -> None:
    place.config.write_text(CONFIG.format(root=place.root, kubeconfig=served.kubeconfig))
    place.config.chmod(0o600)


def _require_whole(said: dict[str, Any], claims: int, backups: int, audit: dict[str, Any]) -> None:
    """Nothing may be fast because it was not read."""
    same("claims", [said["claims"], said["volumes"], claims])
    same("backups", [said["backups"], said["points"], backups])
    judged = [each for each in audit["coverages"] if each["service"] == "apps"]
    same("judged", [len(judged), sum(each["newest"] is not None for each in judged), claims])
    if said["blind"] or audit["blind_spots"]:
        raise Broken(f"{said['blind']} blind spots")


def _said(sample: Sample) -> dict[str, Any]:
    found = json.loads(sample.out)
    assert isinstance(found, dict)
    return found


def _peak(sample: Sample) -> float:
    return sample.own / 1024


@contextmanager
def _served(place: Place, claims: int, backups: int) -> Iterator[Served]:
    answers = cleared(place.root / "answers")
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.kube", str(answers), str(claims), str(backups)],
        cwd=HERE.parent, env=place.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        where = json.loads(child.stdout.readline() or b"{}")
        if "url" not in where:
            raise Broken("the cluster did not start")
        yield Served(where["url"], _kubeconfig(place, where), answers)
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(READY)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _kubeconfig(place: Place, where: dict[str, str]) -> Path:
    cluster = {"server": where["url"], "certificate-authority": where["certificate"]}
    path = place.root / "kubeconfig"
    said = {
        "apiVersion": "v1", "kind": "Config", "current-context": "home",
        "clusters": [{"name": "k3s", "cluster": cluster}],
        "contexts": [{"name": "home", "context": {"cluster": "k3s", "user": "me"}}],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
    }  # fmt: skip
    path.write_text(json.dumps(said))
    path.chmod(0o600)
    return path
