"""Drills on Velero: the claims of a backup come back in the namespace kept for drills.

Nothing of production is written, and no Backup is ever removed (kubernetes.md 3).
"""

from __future__ import annotations

import threading

from phoenix_dr.adapters._cluster import check_job
from phoenix_dr.adapters._cluster.drill_space import (
    NOTHING_THERE,
    PERSISTENT,
    POLICIES,
    bound_to,
)
from phoenix_dr.adapters._cluster.drilling import Restore, Step, restore_of
from phoenix_dr.adapters._cluster.look import CLAIMS, PODS, kind
from phoenix_dr.adapters._cluster.values import Row, labels, meta, named, part, text
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.base import Done, ProgressSink
from phoenix_dr.adapters.velero import harmless, restoring
from phoenix_dr.adapters.velero.look import BACKUPS, GROUP
from phoenix_dr.core.claim_report import text_of
from phoenix_dr.core.cluster_actions import ProbeClaim, RemoveClaim, RestoreClaim
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.velero import ENDED, PodVolumeBackup

RESTORES = kind(GROUP, "Restore", "restores")
MARK = restoring.MARK
SLACK = 900.0
"""Seconds Velero may need after its own limit to say that it was late."""


def step(
    kube: Kube, spec: EngineSpec, action: Step, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Do one action of a drill. Raises EngineError; of a restore `claim-restore-failed` alone says
    something about the copy.
    """
    here = restore_of(kube, spec, action, progress=progress, cancel=cancel)
    match action:
        case RestoreClaim():
            return Done(note=_restore(here, action.point))
        case ProbeClaim():
            return Done(note=_probe(here, action))
        case RemoveClaim():
            return Done(note="" if _remove(here) else NOTHING_THERE)


def _restore(here: Restore, point: str) -> str:
    """Restore every claim of the namespace and return the one that was asked for.

    Velero cannot be asked for one claim: without its PersistentVolume among what a selector
    chooses, it would bind the claim to production's own volume.
    """
    backup, _, claim = point.partition(":")
    source, _, name = claim.partition("/")
    here.space.require(alone=True)
    found = here.kube.get(BACKUPS, backup, namespace=here.own)
    if found is None:
        raise here.error("claim-copy-gone", point=point)
    if text(part(found, "status"), "phase") not in ENDED or not name:
        raise here.error("claim-copy-odd", point=point)
    _require_files(here, source, name)
    held = harmless.saved(here.space, here.own, backup, source)
    harmless.require_own_claims(here.space, source, held)
    # Files come back where a pod of the application mounts them, and it runs.
    by_pod = any(each.claim == claim and isinstance(each, PodVolumeBackup) for each in held)
    if by_pod:
        harmless.require_own_pods(here.space, source)
    here.space.shut()
    if by_pod:
        harmless.require_shut(here.space, here.place, here.cancel)
    spec = {
        "backupName": backup,
        "includedNamespaces": [source],
        "namespaceMapping": {source: here.place.namespace},
        # Whatever else is in there stays out: no Ingress of the same host name, no CronJob.
        "includedResources": [
            *("persistentvolumeclaims", "persistentvolumes"),
            *(["pods"] if by_pod else []),
        ],
        "restorePVs": True,
        "existingResourcePolicy": "none",
        "itemOperationTimeout": f"{int(here.place.within.total_seconds())}s",
    }
    here.space.create(RESTORES, here.space.drill, namespace=here.own, tried=True, spec=spec)
    _restored(here, name)
    # What files come back by is a pod of the app, which begins once they are there.
    _cleared(here, PODS)
    return name


def _require_files(here: Restore, source: str, name: str) -> None:
    """Refuse what has no files to read (claim-block)."""
    claim = part(here.kube.get(CLAIMS, name, namespace=source) or {}, "spec")
    if text(claim, "volumeMode") == "Block":
        raise here.error("claim-block", point=name)


def _restored(here: Restore, name: str) -> None:
    """Wait until Velero is through, and look whether the claim's data came back.

    Raises EngineError: claim-restore-failed, claim-restore-late, claim-restore-refused (Velero
    never began), claim-gone, cancelled.
    """

    def look() -> Row | None:
        row = here.kube.get(RESTORES, here.space.drill, namespace=here.own)
        if row is None or not here.space.is_mine(row):
            raise here.error("claim-gone")
        return row if restoring.is_over(row) else None

    patience = Patience(total=here.place.within.total_seconds() + SLACK)
    row = wait_for(look, patience, cancel=here.cancel)
    if row is None:
        raise here.error("claim-restore-late")
    phase, detail = restoring.told(row)
    if phase in restoring.REFUSED:
        raise here.error("claim-restore-refused", detail=detail)
    moved = restoring.moved(here.kube, here.own, here.space, name)
    if moved.done:
        return
    if moved.late:
        raise here.error("claim-restore-late")
    if moved.pods_missing and phase != restoring.COMPLETED:
        raise here.error("claim-restore-refused", detail=detail)
    raise here.error("claim-restore-failed", detail=moved.detail or detail)


def _probe(here: Restore, action: ProbeClaim) -> str:
    claim = here.kube.get(CLAIMS, action.claim, namespace=here.place.namespace)
    if claim is None or not _is_restored(here, claim):
        raise here.error("claim-gone")
    probe = check_job.Probe(action.claim, action.argv)
    return text_of(check_job.run(here.space, here.place, probe, cancel=here.cancel))


def _remove(here: Restore) -> bool:
    """Take everything of the drill away; False: nothing was there.

    Raises EngineError (drill-left) for what stays: a restore under way would go on making things.
    """
    space = here.space
    done = [space.jobs_gone(), _cleared(here, PODS)]
    uids = {text(meta(row), "uid") for row in _made(here, CLAIMS)}
    volumes = [
        (named(row), text(meta(row), "uid"))
        for row in here.kube.each(PERSISTENT)
        if bound_to(row, space.namespace) and text(part(row, "spec", "claimRef"), "uid") in uids
    ]
    done.append(_cleared(here, CLAIMS))
    space.wait_gone(PERSISTENT, volumes, "")
    row = here.kube.get(RESTORES, space.drill, namespace=here.own)
    if row is not None and space.is_mine(row):
        if not restoring.is_over(row):
            raise space.error("drill-left", detail=f"Restore {space.drill}")
        done.append(space.gone(RESTORES, [row], namespace=here.own))
    done.append(space.gone(POLICIES, space.mine(POLICIES)))
    return any(done)


def _cleared(here: Restore, what: Kind) -> bool:
    """Remove what Velero restored of a kind, by its label, in the namespace of drills alone."""
    return here.space.gone(what, _made(here, what))


def _made(here: Restore, what: Kind) -> tuple[Row, ...]:
    marked = {MARK: here.space.drill}
    found = here.kube.each(what, namespace=here.space.namespace, labels=marked)
    return tuple(row for row in found if _is_restored(here, row))


def _is_restored(here: Restore, row: Row) -> bool:
    return labels(meta(row)).get(MARK) == here.space.drill
