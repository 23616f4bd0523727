"""A backup of a Longhorn volume made now: a snapshot, then its copy, followed to the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.adapters._cluster.values import Row, part, text
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.base import Done, Progress, ProgressSink
from phoenix_dr.adapters.longhorn import parse
from phoenix_dr.adapters.longhorn.look import BACKUPS, SNAPSHOTS, VOLUMES
from phoenix_dr.core.cluster_actions import SaveVolume
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.longhorn import COMPLETED, LonghornBackup, LonghornVolume
from phoenix_dr.core.longhorn_manifests import Manifest, backup_manifest, snapshot_manifest
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

PREFIX = "phoenix"
FAILED = "Error"
UNSURE = frozenset({"write-unanswered", "kube-busy"})
UPLOAD = Patience(total=12 * 3600.0, longest=15.0)
"""A first copy of a large volume takes hours; one without progress is told by the audit."""
SNAPSHOT = Patience(total=300.0, longest=5.0)


@dataclass(frozen=True, slots=True)
class Save:
    """One volume to be saved in one cluster; `now` names what is made.

    `settling` is how long its snapshot may take, `upload` the copy of it.
    """

    kube: Kube
    spec: EngineSpec
    action: SaveVolume
    now: datetime
    settling: Patience = SNAPSHOT
    upload: Patience = UPLOAD

    @property
    def space(self) -> str:
        """The namespace Longhorn lives in."""
        return self.spec.settings["namespace"]

    @property
    def name(self) -> str:
        """Of the snapshot and of the backup: one of each for a volume and a second."""
        return f"{PREFIX}-{self.action.volume[:36].rstrip('-.')}-{self.now:%Y%m%d%H%M%S}"


def save(save: Save, *, progress: ProgressSink, cancel: threading.Event) -> Done:
    """Make a snapshot, back it up, and believe it once it is listed Completed.

    Stopping Phoenix does not stop it. Raises EngineError longhorn-volume-gone,
    longhorn-save-failed and longhorn-save-slow, and as `Kube.create` does.
    """
    row = _row(save)
    volume = parse.volume(row)
    made = snapshot_manifest(save.name, volume.name, save.space)
    _create(save, SNAPSHOTS, made)
    _ready(save, cancel)
    # Up to 1.7 a volume names no target, and no backup does.
    target = text(part(row, "spec"), "backupTargetName")
    copy = backup_manifest(
        save.name, volume.name, save.space, target=target, labels={"made-by": PREFIX}
    )
    _create(save, BACKUPS, copy)
    found = _followed(save, volume, progress=progress, cancel=cancel)
    point = _point(save, found)
    return Done(note="" if point else "undescribed", made=(point,) if point else ())


def _row(save: Save) -> Row:
    row = save.kube.get(VOLUMES, save.action.volume, namespace=save.space)
    if row is None:
        raise EngineError("longhorn-volume-gone", engine=save.spec.id, volume=save.action.volume)
    return row


def _create(save: Save, kind: Kind, made: Manifest) -> None:
    """Write it once; one that may have been taken is looked for by its name."""
    try:
        save.kube.create(kind, made)
    except EngineError as error:
        found = save.kube.get(kind, save.name, namespace=save.space)
        if error.code not in UNSURE or found is None:
            raise


def _ready(save: Save, cancel: threading.Event) -> None:
    def look() -> bool | None:
        row = save.kube.get(SNAPSHOTS, save.name, namespace=save.space)
        found = parse.snapshot(row) if row is not None else None
        if found is not None and found.error:
            raise _failed(save, found.error)
        return True if found is not None and found.ready else None

    if wait_for(look, save.settling, cancel=cancel) is None:
        raise EngineError("longhorn-save-slow", engine=save.spec.id, backup=save.name, progress=0)


def _followed(
    save: Save, volume: LonghornVolume, *, progress: ProgressSink, cancel: threading.Event
) -> LonghornBackup:
    last = 0

    def look() -> LonghornBackup | None:
        nonlocal last
        row = save.kube.get(BACKUPS, save.name, namespace=save.space)
        if row is None:
            # Longhorn removes a backup its target does not have.
            raise _failed(save, "gone")
        found = parse.backup(row)
        if found.state == FAILED:
            raise _failed(save, found.error or "?")
        last = found.progress
        progress(Progress(volume.size * last // 100, volume.size, save.action.asset))
        return found if found.state == COMPLETED and part(row, "status") else None

    found = wait_for(look, save.upload, cancel=cancel)
    if found is None:
        raise EngineError(
            "longhorn-save-slow", engine=save.spec.id, backup=save.name, progress=last
        )
    return found


def _failed(save: Save, detail: str) -> EngineError:
    return EngineError(
        "longhorn-save-failed", engine=save.spec.id, backup=save.name, detail=detail[:300]
    )


def _point(save: Save, found: LonghornBackup) -> RecoveryPoint | None:
    location = save.spec.locations.get(found.target)
    if location is None or found.taken_at is None:
        return None
    return RecoveryPoint(
        id=found.name,
        asset=save.action.asset,
        engine=save.spec.id,
        location=location,
        taken_at=found.taken_at,
        size=found.size,
    )
