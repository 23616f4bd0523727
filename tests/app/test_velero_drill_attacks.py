"""What a restore of Velero brings along: volumes of production and pods that run, in no drill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import velerolab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.lab import NOW
from app.test_velero_drill import MOVED, SAVED, drilled, house, nothing_left, record
from build_claims import DRILLS


def refused(root: Path, claim: str, change: Any, *, enforces: bool = True) -> str:
    """The code of why a drill was not begun; Velero was asked for nothing."""
    with house(root, claim) as (found, velero, jobs):
        jobs.enforces = enforces
        change(found.fake.store)  # type: ignore[attr-defined]
        report = drilled(found)
        nothing_left(found)
    assert velero.asked == []
    assert report.records == ()
    [(_, error)] = report.failed
    return error.code


def label(value: str) -> Any:
    def put(store: Store) -> None:
        meta = {"labels": {"pod-security.kubernetes.io/enforce": value} if value else {}}
        store.put("Namespace", DRILLS, metadata=meta)

    return put


@pytest.mark.parametrize("value", ["", "privileged", "BASELINE"])
def test_pods_come_back_only_where_they_cannot_use_their_node(tmp_path: Path, value: str) -> None:
    assert refused(tmp_path, SAVED, label(value)) == "drill-space-open"


def test_a_moved_snapshot_needs_no_pod_and_no_such_label(tmp_path: Path) -> None:
    with house(tmp_path, MOVED) as (found, _, jobs):
        label("")(found.fake.store)  # type: ignore[attr-defined]
        assert record(found).ok is True
        assert len(jobs.pods) == 1


@pytest.mark.parametrize(
    "volume",
    [
        {"nfs": {"server": "nas", "path": "/media"}},
        {"hostPath": {"path": "/mnt/media"}},
        {"csi": {"driver": "smb.csi.k8s.io"}},
        {"iscsi": {}},
        {"whatever": {}},
    ],
)
def test_pods_that_mount_storage_of_others_never_run_twice(
    tmp_path: Path, volume: dict[str, Any]
) -> None:
    def share(store: Store) -> None:
        pod = store.objects["", "pods", "media", "radarr-0"]
        pod["spec"]["volumes"].append({"name": "films", **volume})

    assert refused(tmp_path, SAVED, share) == "claim-pod-shares"


def test_pods_come_back_only_where_one_was_seen_to_reach_nobody(tmp_path: Path) -> None:
    assert refused(tmp_path, SAVED, lambda store: None, enforces=False) == "drill-space-reaches"


def films(policy: str, *, left_out: bool = False, saved: bool = False) -> Any:
    """A claim beside, on a share nobody saves."""

    def put(store: Store) -> None:
        marks = {"velero.io/exclude-from-backup": "true"} if left_out else {}
        velerolab.claim(store, "media/films", labels=marks, nfs={"server": "nas", "path": "/f"})
        spec = store.objects["", "persistentvolumes", "", "pv-films"]["spec"]
        spec["persistentVolumeReclaimPolicy"] = policy
        store.objects["", "persistentvolumeclaims", "media", "films"]["spec"].pop(
            "storageClassName"
        )
        if saved:
            velerolab.pod_volume(store, velerolab.LAST, "media/films", hours=2)

    return put


@pytest.mark.parametrize("claim", [MOVED, SAVED])
def test_a_kept_volume_without_data_would_be_production_s_own(tmp_path: Path, claim: str) -> None:
    assert refused(tmp_path, claim, films("Retain")) == "claim-shared"


@pytest.mark.parametrize(
    "change", [films("Delete"), films("Retain", left_out=True), films("Retain", saved=True)]
)
def test_a_volume_that_goes_or_stays_out_is_no_harm(tmp_path: Path, change: Any) -> None:
    with house(tmp_path, MOVED) as (found, _, _):
        change(found.fake.store)  # type: ignore[attr-defined]
        assert record(found).ok is True


def test_a_class_that_keeps_volumes_counts_for_each_claim_that_comes_along(tmp_path: Path) -> None:
    def keep(store: Store) -> None:
        films("Delete")(store)
        store.put("StorageClass", "kept", provisioner="x", reclaimPolicy="Retain")
        claim = store.objects["", "persistentvolumeclaims", "media", "films"]
        claim["spec"]["storageClassName"] = "kept"

    assert refused(tmp_path, MOVED, keep) == "claim-retained"


def test_what_velero_restored_for_a_drill_is_no_claim_to_save(tmp_path: Path) -> None:
    store = velerolab.cluster()
    meta = {"labels": {"velero.io/restore-name": "phx-0123456789abcdef0123"}}
    for space, marks in ((DRILLS, meta), (DRILLS, {}), ("media", meta)):
        name = f"sonarr-{len(marks)}-{space}"
        store.put("PersistentVolumeClaim", name, space, metadata=marks, spec={})
    with running(store) as fake:
        found = velerolab.engine(fake, tmp_path).state(now=NOW)
    named = {each.id for each in found.cluster.claims} - {MOVED, SAVED}
    # One that was taken for production, or that no drill made, is somebody's data.
    assert named == {f"{DRILLS}/sonarr-0-{DRILLS}", "media/sonarr-1-media"}
