"""Objects of the core API, of its snapshot controller and of K3s as values; odd ones never fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phoenix_dr.adapters._cluster.values import (
    Row,
    flag,
    joined,
    labels,
    meta,
    moment,
    named,
    number,
    part,
    quantity,
    rows,
    text,
)
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster import (
    Claim,
    CsiSnapshot,
    EtcdSnapshot,
    KubeNode,
    Mount,
    PersistentVolume,
    StorageClass,
)

DRILL = "phoenix.io/drill"
"""The label everything of a drill carries; its value is the drill's id."""
RESTORED_BY = "velero.io/restore-name"
"""The label Velero puts on all it restores: that of a drill is named by its id."""
PREFIX = "phx-"
ETCD = "node-role.kubernetes.io/etcd"
IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"
MOST_REPLICAS = 1000
"""Claims of a StatefulSet that are worked out; its number of replicas is anybody's word."""


def claim(row: Row) -> Claim:
    """A PersistentVolumeClaim; its size is what it got, else what it asks for."""
    spec, status = part(row, "spec"), part(row, "status")
    size = quantity(part(status, "capacity"), "storage")
    if size is None:
        size = quantity(part(spec, "resources", "requests"), "storage")
    return Claim(
        namespace=text(meta(row), "namespace"),
        name=named(row),
        phase=text(status, "phase"),
        volume=text(spec, "volumeName"),
        storage_class=text(spec, "storageClassName"),
        size=size,
        labels=labels(meta(row)),
    )


def is_of_drill(claim: Claim, place: ClaimPlace | None) -> bool:
    """Whether a drill made it: nobody's data, to be saved by no policy, though a pattern fits it.

    One of Velero keeps its name, so it is told by the namespace of drills, too.
    """
    if claim.labels.get(DRILL) == claim.name and claim.name.startswith(PREFIX):
        return True
    is_restored = claim.labels.get(RESTORED_BY, "").startswith(PREFIX)
    return is_restored and claim.namespace == (place or ClaimPlace()).namespace


def persistent_volume(row: Row) -> PersistentVolume:
    """A PersistentVolume, with where its data lies."""
    spec = part(row, "spec")
    driver, handle, path = _source(spec)
    held = part(spec, "claimRef")
    return PersistentVolume(
        name=named(row),
        driver=driver,
        handle=handle,
        path=path,
        claim=joined(text(held, "namespace"), text(held, "name")),
        reclaim=text(spec, "persistentVolumeReclaimPolicy") or "Delete",
    )


def _source(spec: Row) -> tuple[str, str, str]:
    """Driver, handle and path."""
    csi = part(spec, "csi")
    if csi:
        return text(csi, "driver"), text(csi, "volumeHandle"), ""
    for kind in ("hostPath", "local"):
        if kind in spec:
            return kind, "", text(part(spec, kind), "path")
    if "nfs" in spec:
        nfs = part(spec, "nfs")
        return "nfs", "", f"{text(nfs, 'server')}:{text(nfs, 'path')}"
    return "", "", ""


def storage_class(row: Row) -> StorageClass:
    """A StorageClass."""
    return StorageClass(
        name=named(row),
        provisioner=text(row, "provisioner"),
        parameters=labels(row, "parameters"),
        is_default=labels(meta(row), "annotations").get(IS_DEFAULT) == "true",
    )


def node(row: Row) -> KubeNode:
    """A Node; nobody knows whether it is ready when its last word was Unknown."""
    status = part(row, "status")
    said = {text(each, "type"): text(each, "status") for each in rows(status, "conditions")}
    return KubeNode(
        name=named(row),
        version=text(part(status, "nodeInfo"), "kubeletVersion"),
        ready={"True": True, "False": False}.get(said.get("Ready", "")),
        etcd=labels(meta(row)).get(ETCD) == "true",
    )


def etcd_snapshot(row: Row) -> EtcdSnapshot:
    """An ETCDSnapshotFile; one without a size failed."""
    spec, status = part(row, "spec"), part(row, "status")
    size = quantity(status, "size")
    return EtcdSnapshot(
        name=text(spec, "snapshotName") or named(row),
        node=text(spec, "nodeName"),
        location=text(spec, "location"),
        ready=flag(status, "readyToUse") is True and size is not None,
        created_at=moment(status, "creationTime"),
        size=size,
        error=text(part(status, "error"), "message"),
    )


def csi_snapshot(row: Row) -> CsiSnapshot:
    """A VolumeSnapshot of a claim."""
    spec, status = part(row, "spec"), part(row, "status")
    space = text(meta(row), "namespace")
    return CsiSnapshot(
        namespace=space,
        name=named(row),
        claim=joined(space, text(part(spec, "source"), "persistentVolumeClaimName")),
        ready=flag(status, "readyToUse"),
        created_at=moment(status, "creationTime"),
        snapshot_class=text(spec, "volumeSnapshotClassName"),
    )


def mounts(workloads: Iterable[tuple[str, Row]], pods: Iterable[Row]) -> tuple[Mount, ...]:
    """Who mounts which claim: workloads (kind, object), and pods that run now."""
    found: dict[tuple[str, str, str], int] = {}
    for kind, row in workloads:
        # A Job of a CronJob is its CronJob's.
        if kind == "Job" and list(rows(row, "metadata", "ownerReferences")):
            continue
        for held in _claims_of(kind, row):
            found.setdefault((held, kind, named(row)), 0)
    known = {key[1:] for key in found}
    for pod in pods:
        kind, name = _owner(pod, known)
        for held in _mounted(part(pod, "spec"), text(meta(pod), "namespace")):
            runs = text(part(pod, "status"), "phase") == "Running"
            found[held, kind, name] = found.get((held, kind, name), 0) + int(runs)
    return tuple(Mount(*key, pods=count) for key, count in sorted(found.items()))


def _claims_of(kind: str, row: Row) -> Iterator[str]:
    space, spec = text(meta(row), "namespace"), part(row, "spec")
    if kind == "CronJob":
        spec = part(spec, "jobTemplate", "spec")
    yield from _mounted(part(spec, "template", "spec"), space)
    if kind == "StatefulSet":
        count = number(spec, "replicas")
        for each in rows(spec, "volumeClaimTemplates"):
            for index in range(min(1 if count is None else count, MOST_REPLICAS)):
                yield joined(space, f"{named(each)}-{named(row)}-{index}")


def _mounted(spec: Row, space: str) -> Iterator[str]:
    for each in rows(spec, "volumes"):
        held = text(part(each, "persistentVolumeClaim"), "claimName")
        if held:
            yield joined(space, held)


def _owner(pod: Row, known: set[tuple[str, str]]) -> tuple[str, str]:
    """The workload a pod is of: that of its ReplicaSet or Job, whose names end in a mark."""
    for each in rows(pod, "metadata", "ownerReferences"):
        kind, name = text(each, "kind"), text(each, "name")
        above = {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(kind)
        shorter = name.rpartition("-")[0]
        if above and (above, shorter) in known:
            return above, shorter
        return kind, name
    return "Pod", named(pod)
