"""Drills of what Velero saved: the claim's data, not the phase, decides; nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import velerolab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_jobs import Jobs
from adapters.kubernetes.fake_store import rule
from adapters.kubernetes.fake_velero_runs import Velero
from adapters.kubernetes.lab import kubeconfig
from build_claims import DRILLS, IN_SPACE, files, flip
from build_proxmox import House
from phoenix_dr.app import drills
from phoenix_dr.app.drills import DrillReport, DrillRequest
from phoenix_dr.core.evidence import DrillRecord, Level

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{s3: {{host: nas}}}}
engines:
  velero: {{kind: velero, kubeconfig: {kubeconfig}, locations: {{default: s3}}, drills: {{}}}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [velero/default]}}
services:
  media: {{assets: {{settings: {{volumes: velero/{claim}}}}}}}
"""
OWN = velerolab.SPACE
ROLE = (
    rule(
        "get list",
        "core",
        "namespaces nodes persistentvolumes persistentvolumeclaims pods",
    ),
    rule("get list", "batch", "jobs"),
    rule("get list", "storage.k8s.io", "storageclasses"),
    rule(
        "get list",
        "velero.io",
        "schedules backups podvolumebackups datauploads backupstoragelocations restores "
        "datadownloads podvolumerestores",
        OWN,
    ),
    rule("create delete", "velero.io", "restores", OWN),
    rule("delete", "core", "pods", DRILLS),
    *IN_SPACE,
)
MOVED, SAVED = velerolab.MOVED, velerolab.SAVED
APPS = {"by_pod": ("radarr",), "moved": ("sonarr",)}


@contextmanager
def house(root: Path, claim: str, **velero: Any) -> Iterator[tuple[House, Velero, Jobs]]:
    """A house while its cluster runs, seen by a token with the restore role and no more."""
    store = velerolab.cluster()
    baseline = {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
    store.put("Namespace", DRILLS, metadata=baseline)
    store.tokens["restore"] = ROLE
    controller = Velero(**APPS | velero)
    data = files(root / "claim")
    jobs = Jobs(holds=lambda found: data)
    with running(controller.join(jobs.join(store))) as fake:
        access = kubeconfig(fake, root / "kube", {"token": "restore"})
        path = root / "phoenix.yaml"
        path.write_text(CONFIG.format(kubeconfig=access, claim=claim), encoding="utf-8")
        path.chmod(0o600)
        yield House(fake, root, environ={"HOME": str(root)}), controller, jobs  # type: ignore[arg-type]
        jobs.close()
        for method, where in fake.asked:
            ours = f"/namespaces/{DRILLS}/" in where or f"/namespaces/{OWN}/restores" in where
            assert method == "GET" or (method in ("POST", "DELETE") and ours), (method, where)


def drilled(found: House) -> DrillReport:
    """A drill of the service."""
    return found.using(lambda ctx: drills.run(ctx, DrillRequest(("media",))))


def record(found: House) -> DrillRecord:
    """The only record of a drill."""
    report = drilled(found)
    assert report.failed == ()
    [made] = report.records
    return made


def nothing_left(found: House) -> None:
    """Nothing of a drill in the cluster, and no journal."""
    store = found.fake.store  # type: ignore[attr-defined]
    left = [key for key in store.objects if key[2] == DRILLS or "drill-" in key[3]]
    assert left == []
    assert not [key for key in store.objects if key[1] == "restores"]
    assert not list((found.state / "drills").glob("*.json"))


def verdicts(made: DrillRecord) -> dict[str, bool | None]:
    """Checks by code."""
    return {each.code: each.ok for each in made.checks}


@pytest.mark.parametrize("claim", [MOVED, SAVED])
def test_data_of_a_claim_comes_back_and_is_read(tmp_path: Path, claim: str) -> None:
    with house(tmp_path, claim) as (found, velero, _):
        one = record(found)
        nothing_left(found)
    assert (one.ok, one.level, one.isolated) == (True, Level.STARTS, True)
    assert verdicts(one) == {"claim-restored": True, "claim-read": True, "claim-databases": True}
    [asked] = velero.asked
    said = asked["spec"]
    assert said["namespaceMapping"] == {"media": DRILLS}
    assert (said["includedNamespaces"], said["existingResourcePolicy"]) == (["media"], "none")
    pods = {"pods"} if claim == SAVED else set()
    assert set(said["includedResources"]) == {
        "persistentvolumeclaims", "persistentvolumes"
    } | pods  # fmt: skip


@pytest.mark.parametrize("claim", [MOVED, SAVED])
def test_completed_without_data_is_ko(tmp_path: Path, claim: str) -> None:
    with house(tmp_path, claim, empty=True) as (found, _, _):
        one = record(found)
        nothing_left(found)
    assert (one.ok, one.level, verdicts(one)) == (False, Level.EXISTS, {"restore": False})


@pytest.mark.parametrize("claim", [MOVED, SAVED])
def test_data_that_cannot_be_read_back_is_ko_in_velero_s_words(tmp_path: Path, claim: str) -> None:
    with house(tmp_path, claim, fails="blob k1 not found") as (found, _, _):
        one = record(found)
        nothing_left(found)
    assert (one.ok, dict(one.checks[0].parameters)["detail"]) == (False, "blob k1 not found")


def test_a_broken_database_is_ko_by_name(tmp_path: Path) -> None:
    with house(tmp_path, MOVED) as (found, _, _):
        flip(tmp_path / "claim" / "sonarr.db")
        one = record(found)
        nothing_left(found)
    assert (one.ok, verdicts(one)["claim-databases"]) == (False, False)


def test_what_says_nothing_about_the_copy_is_no_verdict(tmp_path: Path) -> None:
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        (SAVED, {"podless": True}),
        (MOVED, {"phase": "FailedValidation"}),
    )
    for number, (claim, said) in enumerate(cases):
        root = tmp_path / str(number)
        root.mkdir()
        with house(root, claim, **said) as (found, _, _):
            report = drilled(found)
            nothing_left(found)
        assert [error.code for _, error in report.failed] == ["claim-restore-refused"]


def test_a_class_that_keeps_volumes_is_refused_before_any_write(tmp_path: Path) -> None:
    with house(tmp_path, MOVED) as (found, _, _):
        store = found.fake.store  # type: ignore[attr-defined]
        store.put("StorageClass", "longhorn", provisioner="x", reclaimPolicy="Retain")
        report = drilled(found)
        assert found.fake.writes() == []  # type: ignore[attr-defined]
    assert [error.code for _, error in report.failed] == ["claim-retained"]


def test_an_occupied_namespace_is_refused_before_any_write(tmp_path: Path) -> None:
    with house(tmp_path, MOVED) as (found, _, _):
        store = found.fake.store  # type: ignore[attr-defined]
        store.put("PersistentVolumeClaim", "sonarr", DRILLS, spec={})
        report = drilled(found)
        assert found.fake.writes() == []  # type: ignore[attr-defined]
    assert [error.code for _, error in report.failed] == ["drill-space-shared"]


def test_a_restore_still_under_way_is_left_to_gc(tmp_path: Path) -> None:
    with house(tmp_path, MOVED, hang=True) as (found, velero, _), found.context() as ctx:
        ctx.cancel.set()
        report = drills.run(ctx, DrillRequest(("media",)))
        assert [error.code for _, error in report.failed] == ["cancelled"]
        assert list((found.state / "drills").glob("*.json"))
        early = found.using(drills.gc)
        assert (early.removed, early.left) == ([], [f"velero/{DRILLS}"])
        velero.hang = False
        for _ in range(3):
            velero.step(found.fake.store)  # type: ignore[attr-defined]
        assert found.using(drills.gc).removed == [f"velero/{DRILLS}"]
        nothing_left(found)
