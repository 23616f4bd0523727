"""Drills on Longhorn: a backup becomes a claim of its own, is read, and goes away again.

Nothing of production is written, and no Backup is ever removed (kubernetes.md 1.5).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from phoenix_dr.adapters._cluster import check_job
from phoenix_dr.adapters._cluster.drill_space import (
    CLASSES,
    NOTHING_THERE,
    PERSISTENT,
    POLICIES,
    bound_to,
)
from phoenix_dr.adapters._cluster.drilling import Restore, Step, restore_of
from phoenix_dr.adapters._cluster.look import CLAIMS
from phoenix_dr.adapters._cluster.values import (
    Row,
    joined,
    labels,
    meta,
    named,
    number,
    part,
    text,
)
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kube
from phoenix_dr.adapters.base import Done, Progress, ProgressSink
from phoenix_dr.adapters.longhorn import restoring
from phoenix_dr.adapters.longhorn.look import BACKUPS, SETTINGS, TARGETS, VOLUMES
from phoenix_dr.core.claim_report import text_of
from phoenix_dr.core.cluster_actions import ProbeClaim, RemoveClaim, RestoreClaim
from phoenix_dr.core.longhorn import COMPLETED, DEFAULT_GROUP, DRIVER, GROUP_LABEL, JOB_LABEL
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

JOBS_BACK = "restore-volume-recurring-jobs"
"""Setting: restored volumes get the jobs their backup had."""
CLASS = "class"
"""The way of a StorageClass for each drill."""
STALE = "30"
"""Minutes a replica in error is kept."""

OF_THE_MOMENT = re.compile(
    r"no space|quota|tim(?:ed? ?out)|deadline|connection|no route|unreachable|refused|denied"
    r"|credential|mount",
    re.IGNORECASE,
)
"""Words of a restore that failed for want of its store: no verdict on the copy."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished backup, and what of its volume counts for a restore."""

    url: str
    size: int
    target: str
    engine: str
    filesystem: str


def step(
    kube: Kube, spec: EngineSpec, action: Step, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Do one action of a drill. Raises EngineError; of a restore `claim-restore-failed` alone says
    something about the copy.
    """
    here = restore_of(kube, spec, action, progress=progress, cancel=cancel)
    match action:
        case RestoreClaim():
            return _restore(here, action.point)
        case ProbeClaim():
            probe = check_job.Probe(action.claim, action.argv)
            return Done(note=text_of(check_job.run(here.space, here.place, probe, cancel=cancel)))
        case RemoveClaim():
            return Done(note="" if _remove(here) else NOTHING_THERE)


def _restore(here: Restore, point: str) -> Done:
    here.space.require()
    copy = _copy(here, point)
    if here.place.way == CLASS:
        _require_no_jobs(here)
    here.space.shut()
    made = _by_class if here.place.way == CLASS else _by_volume
    return Done(note=made(here, copy))


def _copy(here: Restore, point: str) -> Copy:
    """What the backup and its volume say. Raises EngineError: claim-copy-gone, claim-copy-odd (it
    is not finished, or does not say what a restore needs), claim-encrypted, claim-block.
    """
    row = here.kube.get(BACKUPS, point, namespace=here.own)
    if row is None:
        raise here.error("claim-copy-gone", point=point)
    status = part(row, "status")
    url, size, of = text(status, "url"), number(status, "volumeSize"), text(status, "volumeName")
    if text(status, "state") != COMPLETED or not url or not size or not of:
        raise here.error("claim-copy-odd", point=point)
    volume = part(here.kube.get(VOLUMES, of, namespace=here.own) or {}, "spec")
    if volume.get("encrypted") is True:
        raise here.error("claim-encrypted", point=point)
    # By the CSI driver both have one name; of a volume that is gone nothing is known.
    persistent = part(here.kube.get(PERSISTENT, of) or {}, "spec")
    if text(persistent, "volumeMode") == "Block":
        raise here.error("claim-block", point=point)
    return Copy(
        url=url,
        size=size,
        target=text(status, "backupTargetName"),
        engine=text(volume, "dataEngine") or "v1",
        filesystem=text(part(persistent, "csi"), "fsType") or "ext4",
    )


def _require_no_jobs(here: Restore) -> None:
    """A StorageClass cannot keep the jobs of the backup away from what is restored from it."""
    found = here.kube.get(SETTINGS, JOBS_BACK, namespace=here.own)
    if found is not None and text(found, "value") != "false":
        raise here.error("claim-jobs-back")


def _by_class(here: Restore, copy: Copy) -> str:
    """Have the CSI driver do everything, and return the claim; Bound says nothing."""
    drill = here.space.drill
    # A group of its own, which no job has: without any it would join group default.
    groups = [{"name": drill, "isGroup": True}]
    parameters = {
        "fromBackup": copy.url,
        "numberOfReplicas": "1",
        "staleReplicaTimeout": STALE,
        "dataEngine": copy.engine,
        "fsType": copy.filesystem,
        "recurringJobSelector": json.dumps(groups),
    }
    # Not known up to 1.7, whose backups name no target either.
    parameters |= {"backupTargetName": copy.target} if copy.target else {}
    here.space.create(
        CLASSES, drill, provisioner=DRIVER, parameters=parameters, reclaimPolicy="Delete",
        volumeBindingMode="Immediate",
    )  # fmt: skip
    _claim(here, copy, {"storageClassName": drill})
    _restored(here, copy, lambda: _volume_of_claim(here))
    return drill


def _volume_of_claim(here: Restore) -> str:
    """The Longhorn volume behind the drill's claim; "" while it has none."""
    claim = here.kube.get(CLAIMS, here.space.drill, namespace=here.place.namespace)
    if claim is None or not here.space.is_mine(claim):
        raise here.error("claim-gone")
    name = text(part(claim, "spec"), "volumeName")
    row = here.kube.get(PERSISTENT, name) if name else None
    return text(part(row, "spec", "csi"), "volumeHandle")


def _by_volume(here: Restore, copy: Copy) -> str:
    drill = here.space.drill
    spec = {
        "fromBackup": copy.url,
        # Exactly that of the backup, and a text: anything else the webhook refuses.
        "size": str(copy.size),
        "numberOfReplicas": 1,
        "staleReplicaTimeout": int(STALE),
        "frontend": "blockdev",
        "accessMode": "rwo",
        "dataEngine": copy.engine,
        "restoreVolumeRecurringJob": "disabled",
    }
    spec |= {"backupTargetName": copy.target} if copy.target else {}
    marks = {"labels": {f"{GROUP_LABEL}{drill}": "enabled"}}
    here.space.create(VOLUMES, drill, namespace=here.own, metadata=marks, spec=spec)
    _restored(here, copy, lambda: drill)
    source = {"driver": DRIVER, "volumeHandle": drill, "fsType": copy.filesystem}
    persistent = {
        "capacity": {"storage": str(copy.size)},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "claimRef": {"namespace": here.place.namespace, "name": drill},
        "csi": source,
    }
    here.space.create(PERSISTENT, drill, spec=persistent)
    _claim(here, copy, {"storageClassName": "", "volumeName": drill})
    return drill


def _claim(here: Restore, copy: Copy, more: dict[str, str]) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": str(copy.size)}},
        **more,
    }
    here.space.create(CLAIMS, here.space.drill, spec=spec)


def _restored(here: Restore, copy: Copy, volume: Callable[[], str]) -> None:
    """Wait until the data is there. Raises EngineError: claim-restore-failed in Longhorn's words,
    claim-restore-late, claim-no-room, claim-target-away, claim-gone, cancelled.
    """

    def look() -> bool | None:
        name = volume()
        row = here.kube.get(VOLUMES, name, namespace=here.own) if name else None
        if row is None:
            return None
        _require_apart(here, row)
        said = restoring.judged(row)
        if said.failed:
            told = restoring.percent(here.kube, here.own, name)[1]
            raise _failure(here, copy, told or said.detail)
        if said.no_room:
            raise here.error("claim-no-room", detail=said.detail)
        if not said.done:
            done = restoring.percent(here.kube, here.own, name)[0]
            here.progress(Progress(copy.size * done // 100, copy.size))
        return True if said.done else None

    patience = Patience(total=here.place.within.total_seconds())
    if wait_for(look, patience, cancel=here.cancel) is None:
        raise here.error("claim-restore-late")


def _require_apart(here: Restore, row: Row) -> None:
    """Raise EngineError (claim-joins-jobs) for a volume that a job may take: it would be backed up,
    and an operator could take its backups for production's."""
    own = f"{GROUP_LABEL}{here.space.drill}"
    marks = [each for each in labels(meta(row)) if each.startswith((JOB_LABEL, GROUP_LABEL))]
    if marks != [own]:
        found = next((each for each in marks if each != own), f"{GROUP_LABEL}{DEFAULT_GROUP}")
        raise here.error("claim-joins-jobs", detail=found)


def _failure(here: Restore, copy: Copy, detail: str) -> EngineError:
    """A target that is away says nothing about the copy in it."""
    found = here.kube.get(TARGETS, copy.target or "default", namespace=here.own)
    is_away = part(found, "status").get("available") is False
    if is_away or OF_THE_MOMENT.search(detail):
        return here.error("claim-target-away", detail=detail)
    return here.error("claim-restore-failed", detail=detail)


def _remove(here: Restore) -> bool:
    """Take everything of the drill away, in an order in which nothing is held; False: nothing was.

    Raises EngineError (drill-left) for what stays.
    """
    space = here.space
    done = [space.jobs_gone()]
    # What the driver made carries no label of ours: it is known by the claim it was made for.
    made = [
        (named(row), text(meta(row), "uid"))
        for row in here.kube.each(PERSISTENT)
        if bound_to(row, space.namespace) and _is_of_class(here, row)
    ]
    done.append(space.claims_gone())
    space.wait_gone(PERSISTENT, made, "")
    _require_unused(here, {here.space.drill, *(named(row) for row in _volumes(here))})
    done.append(space.gone(PERSISTENT, space.mine(PERSISTENT)))
    done.append(space.gone(VOLUMES, _volumes(here), namespace=here.own))
    done.append(space.gone(CLASSES, space.mine(CLASSES)))
    done.append(space.gone(POLICIES, space.mine(POLICIES)))
    return any(done)


def _require_unused(here: Restore, volumes: Collection[str]) -> None:
    """Raise EngineError (drill-adopted) when somebody made what the drill restored their own."""
    for row in here.kube.each(PERSISTENT):
        of = part(row, "spec", "claimRef")
        if text(part(row, "spec", "csi"), "volumeHandle") in volumes and (
            text(of, "namespace") not in ("", here.space.namespace)
            or (not here.space.is_mine(row) and not _is_of_class(here, row))
        ):
            claim = joined(text(of, "namespace"), text(of, "name"))
            raise here.space.error("drill-adopted", detail=claim or named(row))


def _volumes(here: Restore) -> tuple[Row, ...]:
    """Volumes of the drill: made by us, or by the driver, which could only be told a group."""
    ours = here.space.mine(VOLUMES, namespace=here.own)
    marked = {f"{GROUP_LABEL}{here.space.drill}": "enabled"}
    others = here.kube.each(VOLUMES, namespace=here.own, labels=marked)
    found = {named(row): row for row in (*ours, *others) if text(part(row, "spec"), "fromBackup")}
    return tuple(found.values())


def _is_of_class(here: Restore, row: Row) -> bool:
    return text(part(row, "spec"), "storageClassName") == here.space.drill
