"""Everything the core API of a cluster shows, with its snapshot controller and K3s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from phoenix_dr.adapters._cluster import objects
from phoenix_dr.adapters._cluster.look import (
    CLAIMS,
    NAMESPACES,
    NODES,
    PERSISTENT,
    PODS,
    Lists,
)
from phoenix_dr.adapters._cluster.look import kind as _kind
from phoenix_dr.adapters._cluster.values import named
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.core.cluster import Claim, Cluster
from phoenix_dr.errors import EngineError

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
CORE = (
    NAMESPACES, NODES, CLAIMS, PERSISTENT, CLASSES, PODS, *WORKLOADS, CSI_SNAPSHOTS,
    ETCD_SNAPSHOTS,
)  # fmt: skip
"""Every kind that is read here."""


@dataclass
class ClusterLists(Lists):
    """The lists of one look at a cluster."""

    def cluster(self, version: str) -> Cluster:
        """Everything of them. Raises as `listed`."""
        begun = len(self.blind)
        workloads = [
            (kind.kind, each)
            for kind in WORKLOADS
            for each in self.listed(kind, dict[str, object]) or ()
        ]
        return Cluster(
            version=version,
            namespaces=self.listed(NAMESPACES, named) or (),
            nodes=self.listed(NODES, objects.node) or (),
            claims=self._claims(),
            volumes=self.listed(PERSISTENT, objects.persistent_volume) or (),
            classes=self.listed(CLASSES, objects.storage_class) or (),
            mounts=objects.mounts(workloads, self.listed(PODS, dict[str, object]) or ()),
            snapshots=self.listed(CSI_SNAPSHOTS, objects.csi_snapshot) or (),
            etcd_snapshots=self.listed(ETCD_SNAPSHOTS, objects.etcd_snapshot),
            blind_spots=tuple(self.blind[begun:]),
        )

    def _claims(self) -> tuple[Claim, ...]:
        found = self.listed(CLAIMS, objects.claim) or ()
        return tuple(each for each in found if not objects.is_of_drill(each, self.spec.claims))


def readable(
    kube: Kube, kinds: Iterable[Kind], space: Callable[[Kind], str]
) -> Iterator[tuple[Kind, str]]:
    """Each kind with the code of why it cannot be read, "" for one that can; a page is enough.

    `space` is the namespace a kind is read in. Raises EngineError when nothing can be asked.
    """
    for kind in kinds:
        try:
            next(kube.each(kind, namespace=space(kind)), None)
        except EngineError as error:
            if error.code in {"kube-credential", "network"}:
                raise
            yield kind, error.code
        else:
            yield kind, ""
