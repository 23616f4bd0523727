"""A small cluster Velero saves well: one claim by its pod, one by its moved snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.kubernetes.fake_api import Fake
from adapters.kubernetes.fake_store import ADMIN, READER, Rule, Store, store
from adapters.kubernetes.homelab import HERE, at
from adapters.kubernetes.lab import NOW, QUICK, kubeconfig
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.velero import Velero
from phoenix_dr.core.model import EngineSpec, Location

VERSIONS = ("1.17.2", "1.18.1")
SPACE = "velero"
LAST = "nightly-20261123030000"
MOVED, SAVED = "media/sonarr", "media/radarr"


def cluster(version: str = "1.18.1", rules: tuple[Rule, ...] = READER) -> Store:
    """A cluster that is well."""
    made = store(f"velero-{version}", tokens=(("admin", ADMIN), ("audit", rules)))
    for name in ("media", SPACE):
        made.put("Namespace", name)
    made.put("Node", "k3s-1", status={"conditions": [{"type": "Ready", "status": "True"}]})
    for each in (MOVED, SAVED):
        claim(made, each)
        pod(made, each)
    location(made, "default", default=True)
    schedule(made, "nightly", "0 3 * * *")
    backup(made, LAST, hours=3)
    upload(made, LAST, MOVED, hours=2.9)
    pod_volume(made, LAST, SAVED, hours=2.8)
    return made


def claim(made: Store, name: str, *, labels: dict[str, str] | None = None, **source: Any) -> None:
    """A claim bound to a volume of Longhorn, or of another source."""
    space, _, app = name.partition("/")
    meta: dict[str, Any] = {"creationTimestamp": at(900), "labels": labels or {}}
    spec = {"volumeName": f"pv-{app}", "storageClassName": "longhorn"}
    made.put(
        "PersistentVolumeClaim", app, space, metadata=meta, spec=spec, status={"phase": "Bound"}
    )
    where = source or {"csi": {"driver": "driver.longhorn.io", "volumeHandle": f"vol-{app}"}}
    held = {"claimRef": {"namespace": space, "name": app}}
    made.put("PersistentVolume", f"pv-{app}", spec=where | held)


def pod(made: Store, name: str, *, phase: str = "Running", **annotations: str) -> None:
    """A pod that mounts a claim as volume `data`; notes are those of Velero."""
    space, _, app = name.partition("/")
    notes = {f"backup.velero.io/{key.replace('_', '-')}": said for key, said in annotations.items()}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": app}}
    made.put(
        "Pod", f"{app}-0", space, metadata={"annotations": notes},
        spec={"volumes": [volume, {"name": "tmp", "emptyDir": {}}]}, status={"phase": phase},
    )  # fmt: skip


def location(
    made: Store, name: str, *, default: bool = False, url: str = "", **status: Any
) -> None:
    """A storage location that answered a minute ago."""
    told = {"phase": "Available", "lastValidationTime": at(0.02), "lastSyncedTime": at(0.02)}
    spec: dict[str, Any] = {"provider": "aws", "objectStorage": {"bucket": "velero"}}
    spec |= {"default": default, "validationFrequency": "1m0s"}
    spec["config"] = {"region": "x", "s3Url": url or "https://s3.eu-west-3.amazonaws.com"}
    made.put("BackupStorageLocation", name, SPACE, spec=spec, status=told | status)


def template(**more: Any) -> dict[str, Any]:
    """What a schedule takes: one namespace, snapshots moved, other volumes as files."""
    return {"includedNamespaces": ["media"], "snapshotMoveData": True, "ttl": "720h0m0s"} | more


def schedule(made: Store, name: str, cron: str, **more: Any) -> None:
    """A schedule that ran when it should."""
    status = {"phase": "Enabled", "lastBackup": at(3)} | more.pop("status", {})
    spec = {"schedule": cron, "template": template(), "paused": False} | more
    meta = {"creationTimestamp": at(900)}
    made.put("Schedule", name, SPACE, metadata=meta, spec=spec, status=status)


def backup(made: Store, name: str, *, hours: float, of: str = "nightly", **status: Any) -> None:
    """A Completed backup begun so many hours ago."""
    told = {
        "phase": "Completed", "startTimestamp": at(hours), "completionTimestamp": at(hours - 0.5),
        "expiration": at(hours - 720), "backupItemOperationsCompleted": 1,
    } | status  # fmt: skip
    meta = {"creationTimestamp": at(hours), "labels": {"velero.io/schedule-name": of}}
    spec = template(storageLocation="default", defaultVolumesToFsBackup=True)
    made.put("Backup", name, SPACE, metadata=meta, spec=spec, status=told)


def upload(made: Store, of: str, claim: str, *, hours: float, **status: Any) -> None:
    """A snapshot of a claim that was moved to the store."""
    space, _, app = claim.partition("/")
    told = {
        "phase": "Completed", "startTimestamp": at(hours), "progress": _progress(),
    } | status  # fmt: skip
    owner = {"apiVersion": "velero.io/v1", "kind": "Backup", "name": of, "uid": "1"}
    spec = {
        "backupStorageLocation": "default", "operationTimeout": "10m0s", "snapshotType": "CSI",
        "sourceNamespace": space, "sourcePVC": app,
    }  # fmt: skip
    meta = {"labels": {"velero.io/backup-name": of}, "ownerReferences": [owner]}
    made.put("DataUpload", f"{of}-{app}", SPACE, metadata=meta, spec=spec, status=told)


def pod_volume(
    made: Store, of: str, claim: str, *, hours: float, by_uid: bool = False, **status: Any
) -> None:
    """The files of a claim, saved where its pod mounts it; named by its uid alone if asked."""
    space, _, app = claim.partition("/")
    told = {"phase": "Completed", "startTimestamp": at(hours), "progress": _progress()} | status
    spec = {
        "backupStorageLocation": "default", "node": "k3s-1", "repoIdentifier": "", "volume": "data",
        "pod": {"kind": "Pod", "namespace": space, "name": f"{app}-0"}, "tags": {"backup": of},
        "uploaderType": "kopia",
    }  # fmt: skip
    notes = {"velero.io/pvc-name": app} if app and not by_uid else {}
    marks = {"velero.io/backup-name": of[:20]}
    if by_uid:
        held = made.objects["", "persistentvolumeclaims", space, app]
        marks["velero.io/pvc-uid"] = held["metadata"]["uid"]
    meta = {"labels": marks, "annotations": notes}
    made.put("PodVolumeBackup", f"{of}-{app}", SPACE, metadata=meta, spec=spec, status=told)


def spec(path: Path, **changes: Any) -> EngineSpec:
    """The engine of phoenix.yaml."""
    said: dict[str, Any] = {
        "id": "velero", "kind": "velero", "locations": {"default": "s3-paris"},
        "archives": {"media/*": "media/settings"},
        "settings": {"kubeconfig": str(path), "namespace": SPACE},
    }  # fmt: skip
    return EngineSpec(**(said | changes))


def places(folder: Path) -> Places:
    """What an engine knows of this machine."""
    there = {"s3-paris": Location("s3-paris", "aws")}
    return Places("worker1", there, HERE, folder / "cache", lambda: NOW)


def engine(fake: Fake, folder: Path, token: str = "audit", **changes: Any) -> Velero:
    """The engine as one token sees the fake."""
    path = kubeconfig(fake, folder, {"token": token})
    return Velero(spec(path, **changes), places(folder), limits=QUICK)


def _progress() -> dict[str, int]:
    return {"totalBytes": 4096, "bytesDone": 4096}
