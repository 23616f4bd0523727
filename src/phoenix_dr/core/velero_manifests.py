"""Schedules and Backups of Velero as objects for the API of a cluster (kubernetes.md 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from phoenix_dr.core.claim_assets import ANY
from phoenix_dr.core.velero import Choice, Schedule

VERSION = "velero.io/v1"
Manifest = dict[str, Any]


def schedule_manifest(schedule: Schedule, namespace: str) -> Manifest:
    """A Schedule with exactly the fields Phoenix answers for; what others set stays theirs."""
    return {
        "apiVersion": VERSION,
        "kind": "Schedule",
        "metadata": {"name": schedule.name, "namespace": namespace},
        "spec": {
            "schedule": schedule.cron,
            "paused": schedule.paused,
            "template": _template(schedule.choice),
        },
    }


def go_duration(span: timedelta) -> str:
    """A time as Go writes it: `720h0m0s`."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{seconds}s"


def _template(choice: Choice) -> Manifest:
    made: Manifest = {
        "includedNamespaces": list(choice.namespaces or (ANY,)),
        # Said even where False: the server's own default may be another one.
        "snapshotMoveData": choice.moves is True,
        "defaultVolumesToFsBackup": choice.to_files is True,
        "storageLocation": choice.location,
    }
    return made if choice.ttl is None else {**made, "ttl": go_duration(choice.ttl)}
