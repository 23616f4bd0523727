"""A job that reads a restored claim: mounted read-only, reaching nobody, one report at its end.

The report is the pod's last message (4096 bytes at most), so that no right to logs is needed.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass

from phoenix_dr.adapters._cluster.check_program import DATA, LOG, PROGRAM, SCRATCH
from phoenix_dr.adapters._cluster.drill_space import DRILL, JOBS, LEFT_OUT, DrillSpace
from phoenix_dr.adapters._cluster.look import PODS
from phoenix_dr.adapters._cluster.values import Row, labels, meta, named, part, rows, text
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Object
from phoenix_dr.core.claim_report import ClaimReport, report_of
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.errors import EngineError

SLACK = 600
"""Seconds a pod may need before its program begins: to be placed, to pull its image, to mount."""
KEPT = 3600
"""Seconds a finished job stays; a drill removes it long before."""
ROOM = 2 << 30
"""Bytes a database that was in use may have, to be put together in the pod."""
NOT_BEGUN = frozenset(
    {
        "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError",
        "CreateContainerError", "RunContainerError",
    }
)  # fmt: skip
"""Why a container waits for good; ErrImagePull alone may pass."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What to read: the claim of this name ("" for none), and a command to run in it instead."""

    claim: str
    argv: tuple[str, ...] = ()


def run(
    space: DrillSpace, place: ClaimPlace, probe: Probe, *, cancel: threading.Event
) -> ClaimReport:
    """Run a check job to its end. Raises EngineError when it says nothing of the claim:

    claim-check-unrun (the pod did not begin), claim-check-late, claim-check-confused (no report
    was left), cancelled; and as `Kube` does.
    """
    # One job for each command: a pod template cannot be changed.
    said = "\0".join((probe.claim, *probe.argv))
    mark = hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()
    name = f"{space.drill}-{mark[:8]}"
    space.create(JOBS, name, spec=manifest(space, place, probe))
    seconds = place.within.total_seconds()
    ended = wait_for(lambda: _ended(space, name), Patience(total=seconds + SLACK), cancel=cancel)
    if ended is None:
        raise space.error("claim-check-late")
    found = report_of(ended)
    if found is None:
        raise space.error("claim-check-confused", detail=ended[:200])
    return found


def knock(space: DrillSpace, place: ClaimPlace, *, cancel: threading.Event) -> ClaimReport:
    """Only try to get out, before anything of an application is there. Raises as `run`."""
    return run(space, place, Probe(""), cancel=cancel)


def manifest(space: DrillSpace, place: ClaimPlace, probe: Probe) -> Object:
    """The job's spec; the pod has no account, no network and may change nothing.

    It is root with the one capability to read files whoever owns them, since settings of apps
    are often for their owner alone; the claim is mounted read-only, so it can write none of them.
    """
    seconds = int(place.within.total_seconds())
    asked = {"argv": probe.argv, "seconds": seconds, "room": ROOM, "knocks": 4, "pause": 0.7}
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(place, asked)],
        "volumes": [
            {"name": "data", **_data(probe)},
            {"name": "scratch", "emptyDir": {"sizeLimit": str(ROOM + (64 << 20))}},
        ],
    }
    return {
        "backoffLimit": 0,
        "activeDeadlineSeconds": seconds + SLACK,
        "ttlSecondsAfterFinished": KEPT,
        "template": {
            "metadata": {"labels": {DRILL: space.drill, LEFT_OUT: "true"}},
            "spec": pod,
        },
    }


def _data(probe: Probe) -> Object:
    if not probe.claim:
        return {"emptyDir": {}}
    return {"persistentVolumeClaim": {"claimName": probe.claim, "readOnly": True}}


def _container(place: ClaimPlace, asked: Object) -> Object:
    return {
        "name": "check",
        "image": place.image,
        "command": ["python3", "-I", "-c", PROGRAM],
        "args": [DATA, LOG, SCRATCH, json.dumps(asked)],
        "terminationMessagePath": LOG,
        "terminationMessagePolicy": "File",
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "runAsUser": 0,
            "runAsGroup": 0,
            "privileged": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["DAC_OVERRIDE"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": DATA, "readOnly": True},
            {"name": "scratch", "mountPath": SCRATCH},
        ],
    }


def _ended(space: DrillSpace, job: str) -> str | None:
    """The last message of the job's pod; None while it goes on. Raises claim-check-…"""
    pods = space.kube.each(PODS, namespace=space.namespace, labels={DRILL: space.drill})
    for pod in pods:
        if _is_of(pod, job):
            found = _last_words(space, pod)
            if found is not None:
                return found
    row = space.kube.get(JOBS, job, namespace=space.namespace)
    if row is None:
        raise space.error("claim-check-unrun", detail="Job")
    for each in rows(row, "status", "conditions"):
        if text(each, "type") == "Failed" and text(each, "status") == "True":
            # Its pod, and what it said, may be gone with it.
            raise _failed(space, text(each, "reason"))
    return None


def _last_words(space: DrillSpace, pod: Row) -> str | None:
    for each in rows(pod, "status", "containerStatuses"):
        over = part(each, "state", "terminated")
        if over:
            if text(over, "message"):
                return text(over, "message")
            raise _failed(space, text(over, "reason"))
        reason = text(part(each, "state", "waiting"), "reason")
        if reason in NOT_BEGUN:
            raise space.error("claim-check-unrun", detail=reason)
    return None


def _failed(space: DrillSpace, reason: str) -> EngineError:
    late = reason == "DeadlineExceeded"
    return space.error("claim-check-late" if late else "claim-check-unrun", detail=reason or "?")


def _is_of(pod: Row, job: str) -> bool:
    owners = (text(each, "name") for each in rows(pod, "metadata", "ownerReferences"))
    return job in owners or labels(meta(pod)).get("job-name") == job or named(pod) == job
