"""A small Longhorn that is well: one claim in group default, backed up last night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from phoenix_dr.core.cluster import Claim, Cluster, PersistentVolume
from phoenix_dr.core.longhorn import (
    DRIVER,
    BackupTarget,
    LonghornBackup,
    LonghornSnapshot,
    LonghornState,
    LonghornVolume,
    RecurringJob,
)

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)
CLAIM = Claim("media", "sonarr", volume="pv-sonarr", storage_class="longhorn", size=1 << 30)
PV = PersistentVolume("pv-sonarr", DRIVER, "vol-sonarr", claim="media/sonarr")
VOLUME = LonghornVolume(
    "vol-sonarr", 1 << 30, claim="media/sonarr", actual_size=300, last_backup_at=NOW
)
NIGHTLY = RecurringJob("nightly", "backup", "0 3 * * *", 7, ("default",))
HOURLY = RecurringJob("hourly", "snapshot", "0 * * * *", 24, ("snap",))
TARGET = BackupTarget("default", "nfs://nas/longhorn", True)


def ago(hours: float) -> datetime:
    """So many hours before NOW."""
    return NOW - timedelta(hours=hours)


def backup(hours: float, **changes: Any) -> LonghornBackup:
    """A finished backup of the volume whose data is so many hours old."""
    made = LonghornBackup(
        f"backup-{hours}", "vol-sonarr", "Completed", ago(hours), started_at=ago(hours), size=300
    )
    return replace(made, **changes)


def snapshot(hours: float, size: int | None = 300) -> LonghornSnapshot:
    """A snapshot of the volume."""
    return LonghornSnapshot(f"snap-{hours}", "vol-sonarr", ago(hours), size)


def state(**changes: Any) -> LonghornState:
    """The whole, with some lists replaced."""
    cluster = Cluster("v1.33.4+k3s1", ("media",), claims=(CLAIM,), volumes=(PV,))
    made = LonghornState(
        "longhorn",
        NOW,
        cluster,
        version="v1.10.2",
        jobs=(NIGHTLY, HOURLY),
        volumes=(VOLUME,),
        snapshots=(snapshot(3),),
        backups=(backup(3),),
        backup_volumes=(),
        targets=(TARGET,),
        settings={"allow-recurring-job-while-volume-detached": "false"},
    )
    return replace(made, **changes)
