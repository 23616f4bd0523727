"""A backup of Velero made now, followed to its end, and believed only with its volumes' data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.adapters._cluster.values import Row, labels, number, part
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.base import Progress, ProgressSink
from phoenix_dr.adapters.velero import parse
from phoenix_dr.adapters.velero.look import BACKUPS, POD_VOLUMES, SCHEDULES, UPLOADS
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.velero import (
    BROKEN,
    DELETING,
    USUAL_PATIENCE,
    VeleroBackup,
    VeleroState,
)
from phoenix_dr.core.velero_manifests import VERSION, Manifest
from phoenix_dr.errors import EngineError, Refused

BOUND = "Bound"
LONGEST = 63
"""Letters of a value of a label; a backup's name is one."""
ROUND = timedelta(hours=1)
"""What Velero may take beside moving data."""
FIRST, LAST = 0.1, 15.0
UNSURE = frozenset({"write-unanswered", "kube-busy"})


@dataclass(frozen=True, slots=True)
class Save:
    """One backup to be made, in one cluster; `seconds` is how long it may take (None: as long as
    its template lets it)."""

    kube: Kube
    spec: EngineSpec
    schedule: str
    seconds: float | None = None

    @property
    def space(self) -> str:
        """The namespace Velero lives in."""
        return self.spec.settings["namespace"]


def save(
    save: Save, *, now: datetime, progress: ProgressSink, cancel: threading.Event
) -> VeleroBackup:
    """Make a backup from a schedule's template and wait until it has ended.

    Stopping Phoenix does not stop it. Raises EngineError velero-schedule-gone, velero-run-failed
    and velero-run-slow, and as `Kube.create` does.
    """
    row = save.kube.get(SCHEDULES, save.schedule, namespace=save.space)
    if row is None:
        raise EngineError("velero-schedule-gone", engine=save.spec.id, schedule=save.schedule)
    made = _manifest(save, row, now)
    name = made["metadata"]["name"]
    _create(save, made)
    seconds = save.seconds
    if seconds is None:
        patience = parse.choice(part(row, "spec", "template")).patience or USUAL_PATIENCE
        seconds = (patience + ROUND).total_seconds()
    found = _followed(save, name, seconds, progress=progress, cancel=cancel)
    if found.phase in BROKEN or found.phase == DELETING:
        raise EngineError(
            "velero-run-failed",
            engine=save.spec.id,
            backup=name,
            phase=found.phase,
            detail=found.reason or "?",
        )
    return found


def unsaved(state: VeleroState, backup: VeleroBackup) -> tuple[str, ...]:
    """Claims it takes and has no data of, those left out on purpose aside.

    Raises EngineError velero-run-empty when it has no data at all, velero-run-untold when nobody
    can tell.
    """
    around = state.cluster
    if (
        state.pod_volumes is None
        or state.uploads is None
        or not around.sees("persistentvolumeclaims")
    ):
        raise EngineError("velero-run-untold", engine=state.engine, backup=backup.name)
    meant = {each.claim for each in state.uses or () if each.left_out or each.refused}
    done = {each.claim for each in state.data() if each.backup == backup.name and each.done}
    taken = [
        claim.id
        for claim in around.claims
        if claim.phase == BOUND
        and backup.choice.takes(claim.namespace)
        and claim.namespace not in state.left_out
        and claim.id not in meant
    ]
    if taken and not done.intersection(taken):
        raise EngineError("velero-run-empty", engine=state.engine, backup=backup.name)
    return tuple(sorted(set(taken) - done))


def _manifest(save: Save, row: Row, now: datetime) -> Manifest:
    name = f"{save.schedule}-{now:%Y%m%d%H%M%S}"
    if len(name) > LONGEST:
        # Its data would be labelled with a hash of it.
        raise Refused("velero-schedule-long", schedule=save.schedule)
    template = deepcopy(dict(part(row, "spec", "template")))
    own = labels(part(template, "metadata"))
    return {
        "apiVersion": VERSION,
        "kind": "Backup",
        "metadata": {
            "name": name,
            "namespace": save.space,
            "labels": {**own, parse.OF_SCHEDULE: save.schedule},
        },
        "spec": template,
    }


def _create(save: Save, made: Manifest) -> None:
    try:
        save.kube.create(BACKUPS, made)
    except EngineError as error:
        # It may have been taken; the name is of this second and this schedule.
        name = made["metadata"]["name"]
        if error.code not in UNSURE or not save.kube.get(BACKUPS, name, namespace=save.space):
            raise


def _followed(
    save: Save, name: str, seconds: float, *, progress: ProgressSink, cancel: threading.Event
) -> VeleroBackup:
    last = VeleroBackup(name, "New")

    def look() -> VeleroBackup | None:
        nonlocal last
        row = save.kube.get(BACKUPS, name, namespace=save.space)
        if row is None:
            raise EngineError("velero-run-gone", engine=save.spec.id, backup=name)
        last = parse.backup(row)
        if not last.under_way:
            return last
        progress(_progress(save, name))
        return None

    patience = Patience(total=seconds, first=FIRST, longest=LAST)
    found = wait_for(look, patience, cancel=cancel)
    if found is None:
        raise EngineError("velero-run-slow", engine=save.spec.id, backup=name, phase=last.phase)
    return found


def _progress(save: Save, name: str) -> Progress:
    """Bytes of volumes; what may not be read is left out, since it only tells how far it is."""
    rows = [*_data(save, POD_VOLUMES, name), *_data(save, UPLOADS, name)]
    told = [part(row, "status", "progress") for row in rows]
    done = sum(number(each, "bytesDone") or 0 for each in told)
    total = sum(number(each, "totalBytes") or 0 for each in told)
    return Progress(done, total or None, name)


def _data(save: Save, kind: Kind, name: str) -> Iterator[Row]:
    try:
        yield from save.kube.each(kind, namespace=save.space, labels={parse.OF_BACKUP: name})
    except EngineError:
        return
