"""A small cluster to look at: two claims on Longhorn, one beside it, backups of three volumes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.kubernetes.fake_api import Fake
from adapters.kubernetes.fake_schema import Kind
from adapters.kubernetes.fake_store import ADMIN, READER, Rule, Store, store
from adapters.kubernetes.lab import NOW, QUICK, kubeconfig
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.longhorn import Longhorn
from phoenix_dr.core.model import EngineSpec, Location

VERSIONS = ("1.7.3", "1.8.2", "1.10.2", "1.12.1")
SPACE = "longhorn-system"
HERE = {"PATH": "/usr/bin:/bin"}


def at(hours: float) -> str:
    """A time as Kubernetes writes it, so many hours before NOW."""
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def several_targets(version: str) -> bool:
    """Whether this Longhorn knows more than one backup target."""
    return version != "1.7.3"


def cluster(version: str = "1.10.2", *more: str, rules: tuple[Rule, ...] = READER) -> Store:
    """A cluster that is well."""
    excerpts = (f"longhorn-{version}", "csi", "k3s", *more)
    made = store(*excerpts, tokens=(("admin", ADMIN), ("audit", rules)))
    # Kubernetes itself has no status schema here.
    _core(made)
    _longhorn(made, version)
    return made


def _core(made: Store) -> None:
    for name in ("media", "web", SPACE):
        made.put("Namespace", name)
    etcd = {"labels": {"node-role.kubernetes.io/etcd": "true"}}
    made.put("Node", "k3s-1", metadata=etcd, status=_ready())
    made.put("StorageClass", "longhorn", provisioner="driver.longhorn.io", parameters={"a": "b"})
    made.put("StorageClass", "local-path", provisioner="rancher.io/local-path")
    claim(made, "media", "sonarr", volume="pvc-1")
    claim(made, "media", "radarr", volume="pvc-2")
    claim(made, "web", "cache", volume="pvc-3", storage_class="local-path")
    spec = {"template": {"spec": {"volumes": [_volume("sonarr")]}}}
    made.put("Deployment", "sonarr", "media", spec=spec)
    owner = {"ownerReferences": [{"kind": "ReplicaSet", "name": "sonarr-5d4f", "uid": "1"}]}
    made.put(
        "Pod", "sonarr-5d4f-x", "media", metadata=owner,
        spec={"volumes": [_volume("sonarr"), {"name": "tmp", "emptyDir": {}}]},
        status={"phase": "Running"},
    )  # fmt: skip
    made.put(
        "VolumeSnapshot", "before-upgrade", "media",
        spec={"source": {"persistentVolumeClaimName": "sonarr"}},
        status={"readyToUse": True, "creationTime": at(30)},
    )  # fmt: skip
    etcd_file(made, "etcd-s3", "s3://bucket/etcd-s3", hours=6)


def etcd_file(made: Store, name: str, location: str, *, hours: float, **status: Any) -> None:
    """A snapshot of the datastore."""
    told = {"readyToUse": True, "creationTime": at(hours), "size": "5Mi"} | status
    spec = {"snapshotName": name, "nodeName": "k3s-1", "location": location}
    made.put("ETCDSnapshotFile", name, spec=spec, status=told)


def claim(
    made: Store, space: str, name: str, *, volume: str, storage_class: str = "longhorn"
) -> None:
    """A claim bound to a volume of its class."""
    made.put(
        "PersistentVolumeClaim", name, space,
        spec={"volumeName": volume, "storageClassName": storage_class,
              "resources": {"requests": {"storage": "5Gi"}}},
        status={"phase": "Bound"},
    )  # fmt: skip
    where: dict[str, Any] = {"csi": {"driver": "driver.longhorn.io", "volumeHandle": volume}}
    if storage_class != "longhorn":
        where = {"hostPath": {"path": f"/opt/{volume}"}}
    held = {"claimRef": {"namespace": space, "name": name}}
    made.put("PersistentVolume", volume, spec=where | held)


def _longhorn(made: Store, version: str) -> None:
    target = {"spec": {"backupTargetURL": "nfs://nas/longhorn", "pollInterval": "5m0s"}}
    made.put("BackupTarget", "default", SPACE, **target, status={"available": True})
    value = f"v{version}"
    made.put("Setting", "current-longhorn-version", SPACE, value=value)
    made.put("Setting", "allow-recurring-job-while-volume-detached", SPACE, value="false")
    spec = {"name": "nightly", "task": "backup", "cron": "0 3 * * *", "retain": 7,
            "concurrency": 2, "groups": ["default"]}  # fmt: skip
    made.put("RecurringJob", "nightly", SPACE, spec=spec)
    for number, app in ((1, "sonarr"), (2, "radarr")):
        volume(made, version, f"pvc-{number}", f"media/{app}")
        backup(made, version, f"backup-{number}", f"pvc-{number}", hours=3)
        made.put(
            "Snapshot", f"snap-{number}", SPACE,
            spec={"volume": f"pvc-{number}", "createSnapshot": True},
            status={"readyToUse": True, "creationTime": at(3), "size": 300},
        )  # fmt: skip
        backup_volume(made, version, f"pvc-{number}")
    backup(made, version, "backup-gone", "pvc-9", hours=90, claim="web/forum")
    backup_volume(made, version, "pvc-9")
    made.put("SystemBackup", "weekly", SPACE, spec={}, status={"state": "Ready", "version": value})


def volume(made: Store, version: str, name: str, claim: str, **status: Any) -> None:
    """A volume of a claim; its size is a number in text."""
    space, _, app = claim.partition("/")
    told = {
        "state": "attached", "robustness": "healthy", "actualSize": 300, "restoreRequired": False,
        "lastBackupAt": at(2), "kubernetesStatus": {"namespace": space, "pvcName": app},
    } | status  # fmt: skip
    spec = {"size": str(5 << 30), "numberOfReplicas": 2}
    spec |= {"backupTargetName": "default"} if several_targets(version) else {}
    made.put("Volume", name, SPACE, spec=spec, status=told)


def backup(
    made: Store, version: str, name: str, of: str, *, hours: float, claim: str = "", **status: Any
) -> None:
    """A finished backup whose data is so many hours old."""
    space, _, app = claim.partition("/")
    origin = {"KubernetesStatus": json.dumps({"namespace": space, "pvcName": app})}
    told = {
        "state": "Completed", "volumeName": of, "snapshotCreatedAt": at(hours), "size": "314572800",
        "backupCreatedAt": at(hours - 0.5), "labels": {"RecurringJob": "nightly"} | origin,
    } | status  # fmt: skip
    told |= {"backupTargetName": "default"} if several_targets(version) else {}
    marks = {"labels": {"backup-volume": of}}
    made.put("Backup", name, SPACE, metadata=marks, spec={"snapshotName": "s"}, status=told)


def backup_volume(made: Store, version: str, of: str) -> None:
    """What the store holds of a volume; from 1.8 on its name is not the volume's."""
    new = several_targets(version)
    made.put(
        "BackupVolume", f"{of}-deadbeef" if new else of, SPACE,
        spec={"volumeName": of, "backupTargetName": "default"} if new else {},
        status={"lastBackupAt": at(3), "dataStored": "314572800"},
    )  # fmt: skip


def without(made: Store, *plurals: str) -> Store:
    """The same cluster, which does not serve these kinds."""
    return replace(made, served=tuple(kind for kind in made.served if kind.plural not in plurals))


def kind_of(made: Store, plural: str) -> Kind:
    """The kind of this plural."""
    return next(kind for kind in made.served if kind.plural == plural)


def spec(path: Path, **changes: Any) -> EngineSpec:
    """The engine of phoenix.yaml."""
    made = EngineSpec(
        id="longhorn",
        kind="longhorn",
        locations={"default": "nfs-4tb"},
        archives={"media/*": "media/settings"},
        settings={"kubeconfig": str(path), "namespace": SPACE},
    )
    return replace(made, **changes)


def places(folder: Path) -> Places:
    """What an engine knows of this machine."""
    return Places(
        "worker1", {"nfs-4tb": Location("nfs-4tb", "pve1")}, HERE, folder / "cache", lambda: NOW
    )


def engine(fake: Fake, folder: Path, token: str = "audit", **changes: Any) -> Longhorn:
    """The engine as one token sees the fake."""
    path = kubeconfig(fake, folder, {"token": token})
    return Longhorn(spec(path, **changes), places(folder), limits=QUICK)


def _volume(name: str) -> dict[str, Any]:
    return {"name": "data", "persistentVolumeClaim": {"claimName": name}}


def _ready() -> dict[str, Any]:
    return {
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"kubeletVersion": "v1.33.4+k3s1"},
    }
