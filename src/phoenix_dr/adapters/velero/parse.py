"""Objects of Velero 1.17 and 1.18 as values (kubernetes.md section 3); odd ones never fail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

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
from phoenix_dr.core.velero import (
    Choice,
    DataUpload,
    PodVolumeBackup,
    Schedule,
    StorageLocation,
    VeleroBackup,
)

OF_BACKUP, OF_SCHEDULE = "velero.io/backup-name", "velero.io/schedule-name"
OF_CLAIM, CLAIM_UID = "velero.io/pvc-name", "velero.io/pvc-uid"
"""An annotation and a label of PodVolumeBackups; some were seen with the label alone."""
SNAPSHOTS = "velero.io/csi-volumesnapshot-class"
CLAIMS = frozenset({"*", "persistentvolumeclaims", "persistentvolumeclaim", "pvc", "pvcs"})
PODS = frozenset({"pods", "pod", "po"})
NOTHING: Mapping[str, str] = {}
MOST = 1000
"""Names kept of one list of names; anybody may write any number of them."""
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)(ms|h|m|s)", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_HOST = re.compile(r"https?://(?:[^/@\s]*@)?(\[[0-9A-Fa-f:.]+\]|[^/:?#@\s]{1,253})", re.ASCII)


def duration(row: Row, name: str) -> timedelta | None:
    """A duration of Go such as `720h0m0s`; None for what is none."""
    found = text(row, name)
    pieces = _DURATION.findall(found)
    if found == "0":
        return timedelta(0)
    if not pieces or "".join(map("".join, pieces)) != found:
        return None
    try:
        return timedelta(seconds=sum(float(count) * _SECONDS[unit] for count, unit in pieces))
    except OverflowError:
        return None


def choice(spec: Row) -> Choice:
    """What a spec of a backup takes; a template is one, too."""
    namespaces = _names(spec, "includedNamespaces")
    return Choice(
        namespaces=() if "*" in namespaces else namespaces,
        excluded=_names(spec, "excludedNamespaces"),
        selective=bool(part(spec, "labelSelector") or spec.get("orLabelSelectors")),
        claims=_takes_claims(spec),
        to_files=flag(spec, "defaultVolumesToFsBackup"),
        moves=flag(spec, "snapshotMoveData"),
        snapshots=flag(spec, "snapshotVolumes"),
        location=text(spec, "storageLocation"),
        ttl=duration(spec, "ttl") or None,
        patience=duration(spec, "itemOperationTimeout") or None,
    )


def schedule(row: Row) -> Schedule:
    """A Schedule."""
    spec, status = part(row, "spec"), part(row, "status")
    return Schedule(
        name=named(row),
        cron=text(spec, "schedule"),
        choice=choice(part(spec, "template")),
        phase=text(status, "phase"),
        paused=flag(spec, "paused") is True,
        created_at=moment(meta(row), "creationTimestamp"),
        last_backup=moment(status, "lastBackup"),
        last_skipped=moment(status, "lastSkipped"),
        errors=_names(status, "validationErrors"),
    )


def backup(row: Row) -> VeleroBackup:
    """A Backup."""
    status = part(row, "status")
    wrong = "; ".join(_names(status, "validationErrors"))
    return VeleroBackup(
        name=named(row),
        phase=text(status, "phase") or "New",
        schedule=labels(meta(row)).get(OF_SCHEDULE, ""),
        choice=choice(part(row, "spec")),
        created_at=moment(meta(row), "creationTimestamp"),
        started_at=moment(status, "startTimestamp"),
        ended_at=moment(status, "completionTimestamp"),
        expires_at=moment(status, "expiration"),
        errors=number(status, "errors") or 0,
        warnings=number(status, "warnings") or 0,
        snapshots=number(status, "csiVolumeSnapshotsCompleted") or 0,
        moved=number(status, "backupItemOperationsCompleted") or 0,
        reason=text(status, "failureReason") or wrong,
    )


def pod_volume(row: Row, claims: Mapping[str, str] = NOTHING) -> PodVolumeBackup:
    """A PodVolumeBackup; `claims` are `NAMESPACE/NAME` by uid, for one that names none."""
    spec, status = part(row, "spec"), part(row, "status")
    told = labels(meta(row), "annotations").get(OF_CLAIM, "")
    known = claims.get(labels(meta(row)).get(CLAIM_UID, ""), "")
    return PodVolumeBackup(
        name=named(row),
        backup=_backup(row),
        claim=joined(text(part(spec, "pod"), "namespace"), told) or known,
        phase=text(status, "phase") or "New",
        location=text(spec, "backupStorageLocation"),
        started_at=moment(status, "startTimestamp"),
        size=number(part(status, "progress"), "totalBytes"),
        message=text(status, "message"),
    )


def upload(row: Row) -> DataUpload:
    """A DataUpload."""
    spec, status = part(row, "spec"), part(row, "status")
    return DataUpload(
        name=named(row),
        backup=_backup(row),
        claim=joined(text(spec, "sourceNamespace"), text(spec, "sourcePVC")),
        phase=text(status, "phase") or "New",
        location=text(spec, "backupStorageLocation"),
        started_at=moment(status, "startTimestamp"),
        size=number(part(status, "progress"), "totalBytes"),
        message=text(status, "message"),
    )


def location(row: Row) -> StorageLocation:
    """A BackupStorageLocation; where its bucket lies stands in `s3Url`, or with its provider."""
    spec, status = part(row, "spec"), part(row, "status")
    address = _HOST.match(labels(spec, "config").get("s3Url", ""))
    return StorageLocation(
        name=named(row),
        provider=text(spec, "provider"),
        bucket=text(part(spec, "objectStorage"), "bucket"),
        host=address[1].lower() if address else "",
        phase=text(status, "phase"),
        message=text(status, "message"),
        is_default=flag(spec, "default") is True,
        checked_at=moment(status, "lastValidationTime"),
        checked_every=duration(spec, "validationFrequency"),
    )


def mover(row: Row) -> str:
    """The driver of a VolumeSnapshotClass Velero takes, "" for one without its label."""
    return text(row, "driver") if labels(meta(row)).get(SNAPSHOTS) == "true" else ""


def _backup(row: Row) -> str:
    """The backup that data is of, by its owner or its tags: a label has a hash for a long name."""
    owners = (
        text(each, "name")
        for each in rows(row, "metadata", "ownerReferences")
        if text(each, "kind") == "Backup"
    )
    tagged = text(part(row, "spec", "tags"), "backup")
    return next(owners, "") or tagged or text(part(row, "metadata", "labels"), OF_BACKUP)


def _names(row: Row, name: str) -> tuple[str, ...]:
    found = row.get(name)
    listed = found[:MOST] if isinstance(found, list) else []
    texts: Mapping[str, object] = {str(index): each for index, each in enumerate(listed)}
    return tuple(filter(None, (text(texts, key) for key in texts)))


def _takes_claims(spec: Row) -> bool:
    """Whether claims, or the pods that bring theirs along, are among the resources."""
    wanted = _kinds(spec, "includedResources") | _kinds(spec, "includedNamespaceScopedResources")
    refused = _kinds(spec, "excludedResources") | _kinds(spec, "excludedNamespaceScopedResources")
    return (not wanted or bool(wanted & (CLAIMS | PODS))) and not refused & CLAIMS


def _kinds(spec: Row, name: str) -> set[str]:
    return {each.lower().partition(".")[0] for each in _names(spec, name)}
