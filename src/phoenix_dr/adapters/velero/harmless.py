"""What a restore of Velero would bring along that is not of the drill: refused before any write.

It restores every claim of a namespace, and with saved files their pods, which then really run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from phoenix_dr.adapters._cluster import check_job
from phoenix_dr.adapters._cluster.drill_space import ADMITS, CLASSES, PERSISTENT, DrillSpace
from phoenix_dr.adapters._cluster.look import CLAIMS, NAMESPACES, PODS
from phoenix_dr.adapters._cluster.values import Row, joined, labels, meta, named, part, rows, text
from phoenix_dr.adapters.velero import parse
from phoenix_dr.adapters.velero.look import POD_VOLUMES, UPLOADS
from phoenix_dr.adapters.velero.uses import is_left_out
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.velero import VolumeData

BASELINE = "baseline"
"""The standard that admits no folder and no network of a node; a restricted one no check job."""
OF_THE_POD = frozenset(
    {"persistentVolumeClaim", "emptyDir", "configMap", "secret", "projected", "downwardAPI",
     "ephemeral", "name"}
)  # fmt: skip
"""What a pod mounts that is its namespace's own; the rest is somebody's storage: nfs, iscsi, …"""
KEEPS = frozenset({"Retain", "Recycle"})


def saved(space: DrillSpace, own: str, backup: str, source: str) -> tuple[VolumeData, ...]:
    """The data of claims of a namespace that is in a backup."""
    claims = space.kube.each(CLAIMS, namespace=source)
    uids = {text(meta(row), "uid"): f"{source}/{named(row)}" for row in claims}
    by_pod = (parse.pod_volume(row, uids) for row in space.kube.each(POD_VOLUMES, namespace=own))
    moved = (parse.upload(row) for row in space.kube.each(UPLOADS, namespace=own))
    return tuple(each for each in (*by_pod, *moved) if each.backup == backup and each.done)


def require_own_claims(space: DrillSpace, source: str, held: Iterable[VolumeData]) -> None:
    """Raise EngineError unless every claim that comes along gets a volume of its own, and goes.

    claim-retained: its class keeps volumes. claim-shared: its data is not in the backup and its
    volume is kept, so Velero brings that very volume back.
    """
    told = {each.claim for each in held}
    volumes = {named(row): part(row, "spec") for row in space.kube.each(PERSISTENT)}
    classes: dict[str, Row] = {}
    for row in space.kube.each(CLAIMS, namespace=source):
        if is_left_out(row):
            continue
        spec, claim = part(row, "spec"), joined(source, named(row))
        volume = volumes.get(text(spec, "volumeName"), {})
        keeps = text(volume, "persistentVolumeReclaimPolicy") in KEEPS
        if claim not in told and keeps:
            raise space.error("claim-shared", point=claim)
        of = text(spec, "storageClassName")
        if of and of not in classes:
            classes[of] = space.kube.get(CLASSES, of) or {}
        if text(classes.get(of, {}), "reclaimPolicy") in KEEPS:
            raise space.error("claim-retained", point=claim, detail=of)


def require_own_pods(space: DrillSpace, source: str) -> None:
    """Raise EngineError unless the pods that come along reach nothing but what is restored.

    drill-space-open: the namespace admits pods that use their node. claim-pod-shares: a pod of
    the application mounts storage of others.
    """
    found = space.kube.get(NAMESPACES, space.namespace) or {}
    if labels(meta(found)).get(ADMITS) != BASELINE:
        raise space.error("drill-space-open")
    for pod in space.kube.each(PODS, namespace=source):
        for each in rows(pod, "spec", "volumes"):
            others = sorted(key for key in each if key not in OF_THE_POD)
            if others:
                raise space.error("claim-pod-shares", detail=f"{named(pod)}: {others[0]}")


def require_shut(space: DrillSpace, place: ClaimPlace, cancel: threading.Event) -> None:
    """Raise EngineError (drill-space-reaches) unless a pod in there was seen to reach nobody."""
    if check_job.knock(space, place, cancel=cancel).reached is not False:
        raise space.error("drill-space-reaches")
