"""Jobs, labels, snapshots and backups of Longhorn as objects for the API (kubernetes.md 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phoenix_dr.core.cluster_actions import LabelVolume
from phoenix_dr.core.longhorn import RecurringJob

VERSION = "longhorn.io/v1beta2"
OF_VOLUME, OF_TARGET = "backup-volume", "backup-target"
Manifest = dict[str, Any]


def job_manifest(job: RecurringJob, namespace: str) -> Manifest:
    """A RecurringJob with exactly the fields Phoenix answers for; what others set stays theirs."""
    return {
        "apiVersion": VERSION,
        "kind": "RecurringJob",
        "metadata": {"name": job.name, "namespace": namespace},
        "spec": {
            "name": job.name,
            "task": job.task,
            "cron": job.cron,
            "retain": job.retain,
            "concurrency": job.concurrency,
            "groups": list(job.groups),
        },
    }


def label_manifest(action: LabelVolume, namespace: str) -> Manifest:
    """A volume or claim with the labels of its jobs, those it has among them.

    What a manager applied once and no longer names is taken away: so all of them are named.
    """
    core = action.on == "PersistentVolumeClaim"
    return {
        "apiVersion": "v1" if core else VERSION,
        "kind": action.on,
        "metadata": {
            "name": action.name,
            "namespace": action.namespace or namespace,
            "labels": {**dict(action.was), **dict(action.labels)},
        },
    }


def snapshot_manifest(name: str, volume: str, namespace: str) -> Manifest:
    """A snapshot of a volume, to be made now."""
    return {
        "apiVersion": VERSION,
        "kind": "Snapshot",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"volume": volume, "createSnapshot": True},
    }


def backup_manifest(
    name: str, volume: str, namespace: str, *, target: str, labels: Mapping[str, str]
) -> Manifest:
    """A backup of the snapshot of that name; `target` "" where there is but one (up to 1.7)."""
    to = {OF_TARGET: target} if target else {}
    return {
        "apiVersion": VERSION,
        "kind": "Backup",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {OF_VOLUME: volume, **to},
        },
        "spec": {"snapshotName": name, "labels": dict(labels)},
    }
