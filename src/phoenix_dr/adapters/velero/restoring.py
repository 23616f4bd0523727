"""How a restore of Velero went: Completed says nothing of the data, its movers do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.adapters._cluster.drill_space import DrillSpace
from phoenix_dr.adapters._cluster.look import PODS, kind
from phoenix_dr.adapters._cluster.values import Row, named, number, part, rows, text
from phoenix_dr.adapters._kube import Kube

MARK = "velero.io/restore-name"
"""The label Velero puts on all it restores, and on what moves the data."""
COMPLETED = "Completed"
REFUSED = frozenset({"FailedValidation", "Failed"})
OVER = REFUSED | {COMPLETED, "PartiallyFailed"}
CANCELED = "Canceled"
"""How a mover ends that Velero gave up: too late, not broken."""
DOWNLOADS = kind("velero.io", "DataDownload", "datadownloads", version="v2alpha1")
POD_RESTORES = kind("velero.io", "PodVolumeRestore", "podvolumerestores")


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether the data of one claim came back. `pods_missing`: nobody was there to bring it."""

    done: bool = False
    late: bool = False
    pods_missing: bool = False
    detail: str = ""


def is_over(row: Row) -> bool:
    """Whether a Restore ended, well or not."""
    return text(part(row, "status"), "phase") in OVER


def told(row: Row) -> tuple[str, str]:
    """Its phase, and what it says of it; how many errors, where it says no more."""
    status = part(row, "status")
    phase = text(status, "phase")
    wrong = status.get("validationErrors")
    said = [each for each in wrong if isinstance(each, str)] if isinstance(wrong, list) else []
    reason = text(status, "failureReason") or "; ".join(said)[:300]
    return phase, reason or f"{phase}, errors: {number(status, 'errors') or 0}"


def moved(kube: Kube, own: str, space: DrillSpace, claim: str) -> Moved:
    """What moved the data of a claim into the namespace of drills, and how that ended."""
    found = list(_movers(kube, own, space, claim))
    if not found:
        return Moved(pods_missing=True, detail="no data was restored")
    bad = [each for each in found if text(part(each, "status"), "phase") != COMPLETED]
    if not bad:
        return Moved(done=True)
    late = all(text(part(each, "status"), "phase") == CANCELED for each in bad)
    return Moved(late=late, detail=text(part(bad[0], "status"), "message") or "Failed")


def _movers(kube: Kube, own: str, space: DrillSpace, claim: str) -> Iterator[Row]:
    marked = {MARK: space.drill}
    for row in kube.each(DOWNLOADS, namespace=own, labels=marked):
        wanted = part(row, "spec", "targetVolume")
        if text(wanted, "pvc") == claim and text(wanted, "namespace") == space.namespace:
            yield row
    mounted = {
        (named(pod), text(each, "name"))
        for pod in kube.each(PODS, namespace=space.namespace, labels=marked)
        for each in rows(pod, "spec", "volumes")
        if text(part(each, "persistentVolumeClaim"), "claimName") == claim
    }
    for row in kube.each(POD_RESTORES, namespace=own, labels=marked):
        spec = part(row, "spec")
        if (text(part(spec, "pod"), "name"), text(spec, "volume")) in mounted:
            yield row
