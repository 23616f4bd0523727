"""What Longhorn showed, as frozen values (kubernetes.md section 1; versions 1.7 to 1.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from phoenix_dr.core.cluster import Cluster, Labels
from phoenix_dr.core.evidence import BlindSpot

JOB_LABEL = "recurring-job.longhorn.io/"
GROUP_LABEL = "recurring-job-group.longhorn.io/"
SOURCE_LABEL = "recurring-job.longhorn.io/source"
"""On a claim: its labels count, and replace those of its volume."""
DEFAULT_GROUP = "default"
DRIVER = "driver.longhorn.io"
BACKUP_TASKS = frozenset({"backup", "backup-force-create"})
"""Tasks whose result leaves the cluster; snapshots lie on the same disks as the volume."""
COMPLETED = "Completed"
FAILED = "Error"
UNDER_WAY = frozenset({"", "Pending", "InProgress"})
"""States of a backup that has not ended."""


@dataclass(frozen=True, slots=True)
class RecurringJob:
    """A RecurringJob; `cron` runs in the cluster's time zone, normally UTC."""

    name: str
    task: str
    cron: str
    retain: int
    groups: tuple[str, ...] = ()
    concurrency: int = 1

    @property
    def backs_up(self) -> bool:
        """Whether it brings data to the backup target."""
        return self.task in BACKUP_TASKS


@dataclass(frozen=True, slots=True)
class LonghornVolume:
    """A Volume. `claim` is `NAMESPACE/NAME`, "" for one that no claim has.

    `state` is attached, detached, …; `robustness` healthy, degraded, faulted or unknown (normal
    while detached). `actual_size` is bytes really used, `target` the backup target it goes to.
    """

    name: str
    size: int
    state: str = "attached"
    robustness: str = "healthy"
    claim: str = ""
    labels: Labels = field(default_factory=dict)
    target: str = "default"
    actual_size: int | None = None
    last_backup_at: datetime | None = None
    restoring: bool = False
    encrypted: bool = False
    replicas: int = 0
    from_backup: str = ""


@dataclass(frozen=True, slots=True)
class LonghornSnapshot:
    """A snapshot on the volume's own replicas: never a copy."""

    name: str
    volume: str
    created_at: datetime | None
    size: int | None = None
    ready: bool = True
    error: str = ""


@dataclass(frozen=True, slots=True)
class LonghornBackup:
    """A Backup. `taken_at` is that of its snapshot: the data is as old as that.

    `state` is Completed, InProgress, Error, …, as Longhorn says it; `claim` is what it says of
    the app it came from, which is all an orphan has. `job` made it, "" when a person did.
    `still_since` is the first look that saw an unfinished one at its `progress`, `moving` says
    that an earlier look saw less.
    """

    name: str
    volume: str
    state: str
    taken_at: datetime | None
    target: str = "default"
    started_at: datetime | None = None
    size: int | None = None
    url: str = ""
    progress: int = 0
    error: str = ""
    job: str = ""
    claim: str = ""
    still_since: datetime | None = None
    moving: bool = False


@dataclass(frozen=True, slots=True)
class BackupTally:
    """How many finished backups of a volume one job made; `job` is "" for those made by hand."""

    volume: str
    job: str
    count: int


@dataclass(frozen=True, slots=True)
class BackupVolume:
    """What the backup store holds of one volume, there or gone."""

    name: str
    volume: str
    target: str = "default"
    last_backup_at: datetime | None = None
    stored: int | None = None
    claim: str = ""


@dataclass(frozen=True, slots=True)
class BackupTarget:
    """Where backups go. `available` None: it does not say. `polled` False: its lists are stale."""

    name: str
    url: str
    available: bool | None
    message: str = ""
    synced_at: datetime | None = None
    polled: bool = True


@dataclass(frozen=True, slots=True)
class SystemBackup:
    """A copy of Longhorn's own objects, of no app's."""

    name: str
    state: str
    created_at: datetime | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class LonghornState:
    """Everything Longhorn and its cluster showed at `observed_at`.

    A list that is None could not be read, or its kind is not there: unknown, never empty.
    `settings` are those of Longhorn by name. `tallies` count all finished backups of the last
    look that was compared with what was known, kept or not.
    """

    engine: str
    observed_at: datetime
    cluster: Cluster
    version: str = ""
    jobs: tuple[RecurringJob, ...] | None = None
    volumes: tuple[LonghornVolume, ...] | None = None
    snapshots: tuple[LonghornSnapshot, ...] | None = None
    backups: tuple[LonghornBackup, ...] | None = None
    backup_volumes: tuple[BackupVolume, ...] | None = None
    targets: tuple[BackupTarget, ...] | None = None
    system_backups: tuple[SystemBackup, ...] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    blind_spots: tuple[BlindSpot, ...] = ()
    tallies: tuple[BackupTally, ...] = ()
