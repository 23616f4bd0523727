"""Walking through a cluster: every list that can be read, and why the others could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.longhorn import core_objects, parse
from phoenix_dr.adapters.longhorn.values import Row, named, text
from phoenix_dr.core.cluster import Cluster
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.longhorn import BackupTarget, LonghornState
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

T = TypeVar("T")
MOST_AWAY = 2
"""Lists that may fail for want of an answer; then the cluster is away, not one of its lists."""


def _kind(group: str, kind: str, plural: str, *, version: str = "v1", spaced: bool = True) -> Kind:
    return Kind(group, version, kind, plural, spaced)


def _longhorn(kind: str) -> Kind:
    return _kind("longhorn.io", kind, f"{kind.lower()}s", version="v1beta2")


NAMESPACES = _kind("", "Namespace", "namespaces", spaced=False)
NODES = _kind("", "Node", "nodes", spaced=False)
CLAIMS = _kind("", "PersistentVolumeClaim", "persistentvolumeclaims")
PERSISTENT = _kind("", "PersistentVolume", "persistentvolumes", spaced=False)
PODS = _kind("", "Pod", "pods")
CLASSES = _kind("storage.k8s.io", "StorageClass", "storageclasses", spaced=False)
WORKLOADS = (
    _kind("apps", "Deployment", "deployments"),
    _kind("apps", "StatefulSet", "statefulsets"),
    _kind("apps", "DaemonSet", "daemonsets"),
    _kind("batch", "CronJob", "cronjobs"),
    _kind("batch", "Job", "jobs"),
)
CSI_SNAPSHOTS = _kind("snapshot.storage.k8s.io", "VolumeSnapshot", "volumesnapshots")
ETCD_SNAPSHOTS = _kind("k3s.cattle.io", "ETCDSnapshotFile", "etcdsnapshotfiles", spaced=False)
VOLUMES, SNAPSHOTS, BACKUPS = _longhorn("Volume"), _longhorn("Snapshot"), _longhorn("Backup")
BACKUP_VOLUMES, TARGETS = _longhorn("BackupVolume"), _longhorn("BackupTarget")
JOBS, SETTINGS = _longhorn("RecurringJob"), _longhorn("Setting")
SYSTEM_BACKUPS = _longhorn("SystemBackup")
VERSION = "current-longhorn-version"
URL, POLL = "backup-target", "backupstore-poll-interval"


@dataclass
class Look:
    """One look at a cluster; fills up with what could not be seen."""

    kube: Kube
    spec: EngineSpec
    blind: list[BlindSpot] = field(default_factory=list)
    away: int = 0

    def listed(self, kind: Kind, made: Callable[[Row], T]) -> tuple[T, ...] | None:
        """Everything of a kind; None, and a blind spot, when it cannot be read whole.

        Raises EngineDenied when the credential itself is refused, EngineUnreachable when the
        cluster does not answer again and again.
        """
        space = self.spec.settings["namespace"] if kind.group == "longhorn.io" else ""
        try:
            return tuple(made(each) for each in self.kube.each(kind, namespace=space))
        except EngineDenied as error:
            if error.code != "kube-right":
                raise
            self.dark(error, kind)
        except EngineUnreachable as error:
            self.away += 1
            if self.away >= MOST_AWAY or error.code != "network":
                raise
            self.dark(error, kind)
        except EngineError as error:
            self.dark(error, kind)
        return None

    def dark(self, error: EngineError, kind: Kind) -> None:
        """Note that a list could not be read; the others go on."""
        self.blind.append(BlindSpot(self.spec.id, error.code, kind.plural))

    def cluster(self, version: str) -> Cluster:
        """Everything of the core API, of the snapshot controller and of K3s."""
        begun = len(self.blind)
        workloads = [
            (kind.kind, each)
            for kind in WORKLOADS
            for each in self.listed(kind, dict[str, object]) or ()
        ]
        return Cluster(
            version=version,
            namespaces=self.listed(NAMESPACES, named) or (),
            nodes=self.listed(NODES, core_objects.node) or (),
            claims=self.listed(CLAIMS, core_objects.claim) or (),
            volumes=self.listed(PERSISTENT, core_objects.persistent_volume) or (),
            classes=self.listed(CLASSES, core_objects.storage_class) or (),
            mounts=core_objects.mounts(workloads, self.listed(PODS, dict[str, object]) or ()),
            snapshots=self.listed(CSI_SNAPSHOTS, core_objects.csi_snapshot) or (),
            etcd_snapshots=self.listed(ETCD_SNAPSHOTS, core_objects.etcd_snapshot),
            blind_spots=tuple(self.blind[begun:]),
        )

    def state(self, *, now: datetime) -> LonghornState:
        """Everything. Raises as `listed` does, and as `Kube.version`."""
        cluster = self.cluster(self.kube.version())
        begun = len(self.blind)
        settings = dict(self.listed(SETTINGS, _setting) or ())
        return LonghornState(
            engine=self.spec.id,
            observed_at=now,
            cluster=cluster,
            version=settings.get(VERSION, ""),
            jobs=self.listed(JOBS, parse.job),
            volumes=self.listed(VOLUMES, parse.volume),
            snapshots=self.listed(SNAPSHOTS, parse.snapshot),
            backups=self.listed(BACKUPS, parse.backup),
            backup_volumes=self.listed(BACKUP_VOLUMES, parse.backup_volume),
            targets=self._targets(settings),
            system_backups=self.listed(SYSTEM_BACKUPS, parse.system_backup),
            settings=settings,
            blind_spots=tuple(self.blind[begun:]),
        )

    def _targets(self, settings: dict[str, str]) -> tuple[BackupTarget, ...] | None:
        """The targets; up to 1.7 a setting names the only one, and says nothing of its health."""
        found = self.listed(TARGETS, parse.target)
        if found or URL not in settings:
            return found
        polled = settings.get(POLL, "") not in {"0", "0s"}
        return (BackupTarget(parse.DEFAULT, settings[URL], None, polled=polled),)


def readable(kube: Kube, spec: EngineSpec) -> Iterator[tuple[Kind, str]]:
    """Each kind with the code of why it cannot be read, "" for one that can; a page is enough."""
    every = (
        NAMESPACES, NODES, CLAIMS, PERSISTENT, CLASSES, PODS, *WORKLOADS, CSI_SNAPSHOTS,
        ETCD_SNAPSHOTS, VOLUMES, SNAPSHOTS, BACKUPS, BACKUP_VOLUMES, TARGETS, JOBS, SETTINGS,
        SYSTEM_BACKUPS,
    )  # fmt: skip
    for kind in every:
        space = spec.settings["namespace"] if kind.group == "longhorn.io" else ""
        try:
            next(kube.each(kind, namespace=space), None)
        except EngineError as error:
            if error.code in {"kube-credential", "network"}:
                raise
            yield kind, error.code
        else:
            yield kind, ""


def _setting(row: Row) -> tuple[str, str]:
    return named(row), text(row, "value")
