"""How far a restore of Longhorn is: Bound says nothing, these fields do (kubernetes.md 1.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.adapters._cluster.look import kind
from phoenix_dr.adapters._cluster.values import Row, flag, number, part, rows, text
from phoenix_dr.adapters._kube import Kube
from phoenix_dr.errors import EngineError

ENGINES = kind("longhorn.io", "Engine", "engines", version="v1beta2")
FAILED = "RestoreFailure"
NO_PLACE = "ReplicaSchedulingFailure"
AT_REST = frozenset({"detached", "attached"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a Volume says of its restore; none of them true: it goes on."""

    done: bool = False
    failed: bool = False
    no_room: bool = False
    detail: str = ""


def judged(row: Row) -> Said:
    """Done once the restore began, nothing more is required and no condition speaks of it."""
    status = part(row, "status")
    conditions = {text(each, "type"): each for each in rows(status, "conditions")}
    restore, placed = conditions.get("Restore", {}), conditions.get("Scheduled", {})
    told = text(restore, "message")
    if text(placed, "status") == "False" and text(placed, "reason") == NO_PLACE:
        return Said(no_room=True, detail=text(placed, "message"))
    if text(restore, "reason") == FAILED:
        return Said(failed=True, detail=told or FAILED)
    if text(status, "robustness") == "faulted":
        return Said(failed=True, detail=told or "faulted")
    done = (
        flag(status, "restoreInitiated") is True
        and flag(status, "restoreRequired") is False
        and text(restore, "status") != "True"
        and text(status, "state") in AT_REST
    )
    return Said(done=done)


def percent(kube: Kube, namespace: str, volume: str) -> tuple[int, str]:
    """How much of a volume its replicas have, 0 to 100, and the first error they tell."""
    try:
        found = list(_replicas(kube, namespace, volume))
    except EngineError:
        # Only a look at how far it is: without the right to it nothing is lost.
        return 0, ""
    error = next((text(each, "error") for each in found if text(each, "error")), "")
    done = [min(number(each, "progress") or 0, 100) for each in found]
    return (sum(done) // len(done) if done else 0), error


def _replicas(kube: Kube, namespace: str, volume: str) -> Iterator[Row]:
    for engine in kube.each(ENGINES, namespace=namespace, labels={"longhornvolume": volume}):
        for each in part(engine, "status", "restoreStatus").values():
            if isinstance(each, dict):
                yield each
