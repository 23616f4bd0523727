"""Sequences of plan, approve and apply that try to lose production backups unsigned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_backups import Backups
from adapters.kubernetes.fake_store import Fault, Store
from adapters.kubernetes.homelab import SPACE
from adapters.kubernetes.lab import kubeconfig
from build_volumes import APPS, GROUP, House, house, job, labels_of, stack, volume
from surfaces.test_protect_volumes import NIGHTLY, needs_root, root, spec_of, weeks

__all__ = ["root"]


@pytest.mark.parametrize("plural", ["persistentvolumeclaims", "persistentvolumes"])
def test_nothing_is_planned_while_the_claims_cannot_be_read(root: Path, plural: str) -> None:
    with house(root) as made:
        made.applied("longhorn")
        weeks(made, 5)
        made.plan()
        made.write(within="15d")
        made.written()
        made.store.faults[f"/api/v1/{plural}"] = Fault(code=410)
        plan = made.plan()
        refused = made.type("protect", "apply", "longhorn")
        assert made.written() == []
        assert spec_of(made)["retain"] == 5
    assert (plan["refused"], plan["guarded"]) == ("jobs-unreadable", None)
    assert refused.code != 0


def test_a_limit_of_longhorn_below_the_rule_is_told_by_the_plan(root: Path) -> None:
    store = stack()
    store.put("Setting", "recurring-job-max-retention", SPACE, value="4")
    with house(root, store) as made:
        plan = made.plan()
        for language, words in (("en", "at the most"), ("fr", "au plus")):
            said = made.type("protect", "plan", language=language).out
            assert words in " ".join(said.split())
        refused = made.type("protect", "apply", "longhorn")
        handed = made.type("protect", "plan", "--handoff", str(root / "out"))
        assert made.written() == []
    # Seven snapshots are more than four, too.
    assert plan["refused"] == "longhorn-retain-many"
    assert refused.code != 0
    assert handed.code != 0


# ---- Two clusters with the same names ---------------------------------------------------------

TWO = """\
version: 1
language: en
timezone: UTC
here: worker1
approvers: {root}/approvers
hosts: {{nas: {{site: home}}, worker1: {{site: home}}}}
locations: {{nfs-4tb: {{host: nas}}}}
engines:
  east: {{kind: longhorn, kubeconfig: {east}, targets: {{default: nfs-4tb}}}}
  west: {{kind: longhorn, kubeconfig: {west}, targets: {{default: nfs-4tb}}}}
policies:
  volumes:
    schedule: "0 4 * * 0"
    keep: {{within: {within}}}
    because: media settings change rarely
    to: [east/default, west/default]
services:
  media:
    assets:
      east: {{volumes: "east/media/*", policy: volumes}}
      west: {{volumes: "west/media/*", policy: volumes}}
"""


@contextmanager
def pair(root: Path) -> Iterator[tuple[House, Store]]:
    """A house of two Longhorns whose claims, jobs and backups have the same names."""
    other = stack()
    with house(root) as made, running(Backups().join(other)) as fake:
        west = kubeconfig(fake, root / "west", {"token": "admin"})
        east = kubeconfig(made.fake, root / "kube", {"token": "admin"})
        path = root / "phoenix.yaml"

        def write(within: str) -> None:
            path.write_text(TWO.format(root=root, east=east, west=west, within=within))

        made.write = write  # type: ignore[method-assign,assignment]
        write("30d")
        yield made, other


@needs_root
def test_leave_for_one_cluster_is_none_for_its_twin(root: Path) -> None:
    with pair(root) as (made, other):
        for engine in ("east", "west"):
            assert made.type("protect", "apply", engine).code in (0, 3)
        for store in (made.store, other):
            for week in range(5):
                homelab.backup(
                    store, "1.10.2", f"b{week}", "pvc-sonarr-config", hours=1 + 168 * week,
                    labels={"RecurringJob": "phoenix-volumes"},
                )  # fmt: skip
        made.write("15d")  # type: ignore[call-arg]
        plans = {each["engine"]: each for each in told(made)}
        assert plans["east"]["digest"] != plans["west"]["digest"]
        assert made.approve(plans["east"]["digest"]).code == 0
        assert made.type("protect", "apply", "west").code == 20
        crossed = made.type("protect", "apply", "west", plans["east"]["digest"])
        assert crossed.code == 2
        assert kept(other) == 5
        assert made.type("protect", "apply", "east").code in (0, 3)
        assert (kept(made.store), kept(other)) == (3, 5)
    gone = {name: points(each) for name, each in plans.items()}
    assert gone == {
        "east": [("media/east/sonarr-config", ["b2", "b3"])],
        "west": [("media/west/sonarr-config", ["b2", "b3"])],
    }


def told(made: House) -> list[dict[str, Any]]:
    plans: list[dict[str, Any]] = json.loads(made.type("protect", "plan", "--json").out)
    return plans


def points(plan: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["asset"], each["points"]) for each in plan["losses"] if each["points"]]


def kept(store: Store) -> int:
    spec = job(store, "phoenix-volumes")
    assert spec is not None
    return int(spec["retain"])


# ---- A signature covers what it told, and no more ---------------------------------------------


@needs_root
def test_a_signature_for_less_never_covers_more(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        weeks(made, 5)
        made.write(within="22d")
        first = made.plan()
        assert made.approve(first["digest"]).code == 0
        made.write(within="8d")
        assert made.type("protect", "apply", "longhorn").code == 20
        by_name = made.type("protect", "apply", "longhorn", first["digest"])
        assert by_name.code == 21
        assert spec_of(made)["retain"] == 5
        # The twin: what was signed is done.
        made.write(within="22d")
        made.applied("longhorn")
        assert spec_of(made)["retain"] == 4


@needs_root
def test_a_signature_ends_where_more_backups_would_go_than_it_told(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        weeks(made, 4)
        made.write(within="15d")
        plan = made.plan()
        assert made.approve(plan["digest"]).code == 0
        for number, app in enumerate(APPS):
            for week in range(5):
                homelab.backup(
                    made.store, "1.10.2", f"more-{number}-{week}", f"pvc-{app}",
                    hours=2 + 168 * week, labels={"RecurringJob": "phoenix-volumes"},
                )  # fmt: skip
        assert made.type("protect", "apply", "longhorn").code != 0
        assert spec_of(made)["retain"] == 5


@pytest.mark.parametrize(
    ("was", "worse"),
    [
        ({"groups": ["phoenix-volumes", "default"]}, True),
        ({"groups": ["phoenix-volumes", "elsewhere"]}, True),
        ({"cron": "0 4 * * *"}, True),
        ({"cron": "CRON_TZ=Europe/Paris 0 4 * * 0", "retain": 20}, True),
        ({"cron": "@daily"}, True),
        ({"task": "backup-force-create"}, False),
        ({"concurrency": 0}, False),
        ({"retain": 4}, False),
        ({"retain": 6}, True),
    ],
)
def test_a_job_somebody_made_do_more_is_not_cut_back_unsigned(
    root: Path, was: dict[str, Any], worse: bool
) -> None:
    with house(root) as made:
        made.applied("longhorn")
        spec = job(made.store, "phoenix-volumes")
        assert spec is not None
        spec |= was
        before = dict(spec)
        plan = made.plan()
        code = made.type("protect", "apply", "longhorn").code
        after = job(made.store, "phoenix-volumes")
    assert bool(plan["guarded"]) is worse
    assert code == 20 if worse else code in (0, 3)
    assert not worse or after == before


def test_no_sequence_of_labels_takes_a_claim_out_of_its_backups(root: Path) -> None:
    """Default by no label at all, by its own label, beside a job: each keeps what it had."""
    store = stack()
    store.put("RecurringJob", "nightly", SPACE, spec=NIGHTLY)
    own = {
        "jellyfin-config": {},
        "sonarr-config": {f"{GROUP}default": "enabled"},
        "radarr-config": {"recurring-job.longhorn.io/nightly": "enabled"},
        "prowlarr-config": {f"{GROUP}default": "enabled", f"{GROUP}gone": "enabled"},
        "bazarr-config": {"recurring-job.longhorn.io/nightly": "no"},
    }
    for app, labels in own.items():
        volume(store, app)["metadata"]["labels"] = dict(labels)
    with house(root, store) as made:
        before = {app: takes(labels_of(store, app)) for app in own}
        made.applied("longhorn")
        made.write(within="60d")
        made.applied("longhorn")
        after = {app: takes(labels_of(store, app)) for app in own}
    assert all(before[app] <= after[app] for app in own)
    assert all("ours" in each for each in after.values())


def takes(labels: dict[str, str]) -> set[str]:
    """The jobs that take a volume of these labels, by Longhorn's own rules."""
    found = {key for key, value in labels.items() if value == "enabled"}
    is_default = not labels or f"{GROUP}default" in found
    named = is_default or "recurring-job.longhorn.io/nightly" in found
    ours = f"{GROUP}phoenix-volumes" in found
    return ({"nightly"} if named else set()) | ({"ours"} if ours else set())
