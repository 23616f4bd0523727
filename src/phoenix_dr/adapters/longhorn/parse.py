"""Objects of Longhorn 1.7 to 1.12 as values (kubernetes.md section 1); odd ones never fail."""

from __future__ import annotations

import json
from functools import lru_cache
from sys import intern

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
    rows,
    text,
)
from phoenix_dr.core.longhorn import (
    COMPLETED,
    BackupTarget,
    BackupVolume,
    LonghornBackup,
    LonghornSnapshot,
    LonghornVolume,
    RecurringJob,
    SystemBackup,
)

DEFAULT = "default"
"""The only target up to 1.7, and the one of a volume that names none."""
OF_VOLUME, OF_TARGET = "backup-volume", "backup-target"
MADE_BY, CAME_FROM = "RecurringJob", "KubernetesStatus"
LONGEST = 65_536
"""Characters of `KubernetesStatus` that are still parsed."""
USUAL = 1024
"""Characters of one that is remembered."""


def volume(row: Row) -> LonghornVolume:
    """A Volume; its size is a number in text."""
    spec, status = part(row, "spec"), part(row, "status")
    kept = part(status, "kubernetesStatus")
    # Once a claim is gone its name stays there, with the time it was last seen.
    gone = bool(text(kept, "lastPVCRefAt"))
    return LonghornVolume(
        name=named(row),
        size=number(spec, "size") or 0,
        state=text(status, "state"),
        robustness=text(status, "robustness") or "unknown",
        claim="" if gone else joined(text(kept, "namespace"), text(kept, "pvcName")),
        labels=labels(meta(row)),
        target=text(spec, "backupTargetName") or DEFAULT,
        actual_size=number(status, "actualSize"),
        last_backup_at=moment(status, "lastBackupAt"),
        restoring=flag(status, "restoreRequired") is True,
        encrypted=flag(spec, "encrypted") is True,
        replicas=number(spec, "numberOfReplicas") or 0,
        from_backup=text(spec, "fromBackup"),
    )


def snapshot(row: Row) -> LonghornSnapshot:
    """A Snapshot."""
    status = part(row, "status")
    return LonghornSnapshot(
        name=named(row),
        volume=text(part(row, "spec"), "volume"),
        created_at=moment(status, "creationTime"),
        size=number(status, "size"),
        ready=flag(status, "readyToUse") is True,
        error=text(status, "error"),
    )


def backup(row: Row) -> LonghornBackup:
    """A Backup.

    When its object was made says when it began only while it is not finished: finished ones are
    made anew whenever Longhorn reads the backup store.
    """
    status, head = part(row, "status"), meta(row)
    marks, told = part(head, "labels"), part(status, "labels")
    state = text(status, "state")
    return LonghornBackup(
        name=text(head, "name"),
        # A hundred thousand backups have few volumes, states, targets, jobs and claims.
        volume=intern(text(status, "volumeName") or text(marks, OF_VOLUME)),
        state=intern(state),
        taken_at=moment(status, "snapshotCreatedAt"),
        target=intern(text(status, "backupTargetName") or text(marks, OF_TARGET) or DEFAULT),
        started_at=None if state == COMPLETED else moment(head, "creationTimestamp"),
        size=number(status, "size"),
        url=text(status, "url"),
        progress=min(number(status, "progress") or 0, 100),
        error=text(status, "error"),
        job=intern(text(told, MADE_BY) or text(part(row, "spec", "labels"), MADE_BY)),
        claim=_came_from(told.get(CAME_FROM)),
    )


def backup_volume(row: Row) -> BackupVolume:
    """A BackupVolume; from 1.8 on its name is not that of the volume."""
    spec, status = part(row, "spec"), part(row, "status")
    return BackupVolume(
        name=named(row),
        volume=text(spec, "volumeName") or labels(meta(row)).get(OF_VOLUME, "") or named(row),
        target=text(spec, "backupTargetName") or DEFAULT,
        last_backup_at=moment(status, "lastBackupAt"),
        stored=number(status, "dataStored"),
        claim=_came_from(part(status, "labels").get(CAME_FROM)),
    )


def target(row: Row) -> BackupTarget:
    """A BackupTarget; polled never ("0s") its lists are those of some day."""
    spec, status = part(row, "spec"), part(row, "status")
    said = [each for each in rows(status, "conditions") if text(each, "type") == "Unavailable"]
    return BackupTarget(
        name=named(row),
        url=text(spec, "backupTargetURL"),
        available=flag(status, "available"),
        message=next((text(each, "message") for each in said if text(each, "message")), ""),
        synced_at=moment(status, "lastSyncedAt"),
        polled=text(spec, "pollInterval") not in {"0", "0s", "0m0s", "0h0m0s"},
    )


def job(row: Row) -> RecurringJob:
    """A RecurringJob."""
    spec = part(row, "spec")
    found = spec.get("groups")
    groups = found if isinstance(found, list) else []
    return RecurringJob(
        name=named(row),
        task=text(spec, "task"),
        cron=text(spec, "cron"),
        retain=number(spec, "retain") or 0,
        groups=tuple(each for each in groups if isinstance(each, str)),
        concurrency=number(spec, "concurrency") or 10,
    )


def system_backup(row: Row) -> SystemBackup:
    """A SystemBackup."""
    status = part(row, "status")
    return SystemBackup(
        name=named(row),
        state=text(status, "state"),
        created_at=moment(status, "createdAt"),
        version=text(status, "version"),
    )


def _came_from(said: object) -> str:
    """`NAMESPACE/NAME` out of what Longhorn kept of a volume's claim, as JSON in a label."""
    if not isinstance(said, str):
        return ""
    return _usual(said) if len(said) <= USUAL else _read(said)


@lru_cache(maxsize=8192)
def _usual(said: str) -> str:
    """The same for the usual short ones, which all backups of a volume share."""
    return _read(said)


def _read(said: str) -> str:
    try:
        found = json.loads(said) if 0 < len(said) <= LONGEST else None
    except (ValueError, RecursionError):
        return ""
    row = found if isinstance(found, dict) else {}
    return joined(text(row, "namespace"), text(row, "pvcName"))
