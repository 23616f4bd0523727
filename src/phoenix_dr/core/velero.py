"""What Velero showed, as frozen values (kubernetes.md section 3; versions 1.17 and 1.18)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from phoenix_dr.core.cluster import Cluster
from phoenix_dr.core.evidence import BlindSpot

COMPLETED, PARTLY = "Completed", "PartiallyFailed"
ENDED = frozenset({COMPLETED, PARTLY})
"""A backup one can restore from; of a PartiallyFailed one perhaps not everything."""
BROKEN = frozenset({"Failed", "FailedValidation"})
LOST = frozenset({"Failed", "Canceled"})
"""How moving the data of one volume ends without it."""
DELETING = "Deleting"
WAY = "volumes"
"""Setting of an engine, how schedules save data: `snapshots`, `files`, `both`; else by cluster."""
USUAL_TTL = timedelta(hours=720)
"""What Velero keeps a backup when nobody says how long."""
USUAL_PATIENCE = timedelta(hours=4)
"""`itemOperationTimeout`: how long Velero waits for data to be moved."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a backup takes, as its spec or its schedule's template says; None: not said there.

    `namespaces` () is all of them. `selective`: labels choose, so nobody knows from here.
    `claims` False: claims and pods are not among its resources. `to_files` saves every volume's
    files (defaultVolumesToFsBackup), `moves` brings the data of snapshots away
    (snapshotMoveData), `snapshots` False makes none. `ttl` is how long it is kept.
    """

    namespaces: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    selective: bool = False
    claims: bool = True
    to_files: bool | None = None
    moves: bool | None = None
    snapshots: bool | None = None
    location: str = ""
    ttl: timedelta | None = None
    patience: timedelta | None = None

    def takes(self, namespace: str) -> bool:
        """Whether a namespace is among its own; names may have `*` from 1.18 on."""
        if any(fnmatchcase(namespace, each) for each in self.excluded):
            return False
        return not self.namespaces or any(fnmatchcase(namespace, n) for n in self.namespaces)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A Schedule; `cron` is UTC unless it names a zone.

    `phase` stays Enabled while it is paused. `last_backup` is the last start, of a failed one
    too; `last_skipped` a run left out on purpose. `errors` are those of its validation.
    """

    name: str
    cron: str
    choice: Choice = field(default_factory=Choice)
    phase: str = ""
    paused: bool = False
    created_at: datetime | None = None
    last_backup: datetime | None = None
    last_skipped: datetime | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VeleroBackup:
    """A Backup: objects, and perhaps the data of volumes. Completed says nothing of the latter.

    `schedule` is "" for one made by hand. `snapshots` counts CSI snapshots it made, `moved` the
    operations that moved data and ended well.
    """

    name: str
    phase: str
    schedule: str = ""
    choice: Choice = field(default_factory=Choice)
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    errors: int = 0
    warnings: int = 0
    snapshots: int = 0
    moved: int = 0
    reason: str = ""

    @property
    def ended(self) -> bool:
        """Whether one can restore from it, at least in part."""
        return self.phase in ENDED

    @property
    def under_way(self) -> bool:
        """Whether its end is still open."""
        return self.phase not in ENDED | BROKEN | {DELETING}

    @property
    def synced(self) -> bool:
        """Whether its object was made from the store, after it had ended: in another cluster, or
        in this one made anew. Its DataUploads did not come along.
        """
        return bool(self.created_at and self.ended_at and self.created_at > self.ended_at)


@dataclass(frozen=True, slots=True)
class VolumeData:
    """The data of one claim (`NAMESPACE/NAME`, "" for none) in one backup.

    `size` is bytes of the volume; None when nobody counted them.
    """

    name: str
    backup: str
    claim: str
    phase: str
    location: str = ""
    started_at: datetime | None = None
    size: int | None = None
    message: str = ""

    @property
    def done(self) -> bool:
        """Whether all of it is in the store."""
        return self.phase == COMPLETED


@dataclass(frozen=True, slots=True)
class PodVolumeBackup(VolumeData):
    """The files of a volume, read where a running pod mounts it: as old as its own start."""


@dataclass(frozen=True, slots=True)
class DataUpload(VolumeData):
    """A CSI snapshot moved to the store: as old as the snapshot, which is older than its start."""


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """A BackupStorageLocation. `phase` is Available or Unavailable, "" before the first look.

    `host` is the machine of its address, "" when the provider's own is meant. `checked_every`
    zero means never.
    """

    name: str
    provider: str = ""
    bucket: str = ""
    host: str = ""
    phase: str = ""
    message: str = ""
    is_default: bool = False
    checked_at: datetime | None = None
    checked_every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ClaimUse:
    """How a claim stands to Velero now, not when the backup ran.

    `running`: a running pod mounts it; None when pods could not be read. `asked` and `refused`
    are the annotations of these pods (backup-volumes, backup-volumes-excludes), `left_out` is the
    label velero.io/exclude-from-backup.
    """

    claim: str
    created_at: datetime | None = None
    running: bool | None = False
    asked: bool = False
    refused: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class VeleroState:
    """Everything Velero and its cluster showed at `observed_at`.

    A list that is None could not be read, or its kind is not there: unknown, never empty.
    `left_out` are namespaces labelled velero.io/exclude-from-backup, `movers` the drivers of which
    Velero may take snapshots (a VolumeSnapshotClass labelled for it).
    """

    engine: str
    observed_at: datetime
    cluster: Cluster
    schedules: tuple[Schedule, ...] | None = None
    backups: tuple[VeleroBackup, ...] | None = None
    pod_volumes: tuple[PodVolumeBackup, ...] | None = None
    uploads: tuple[DataUpload, ...] | None = None
    locations: tuple[StorageLocation, ...] | None = None
    uses: tuple[ClaimUse, ...] | None = None
    left_out: tuple[str, ...] = ()
    movers: tuple[str, ...] | None = None
    blind_spots: tuple[BlindSpot, ...] = ()

    def data(self) -> tuple[VolumeData, ...]:
        """The data of volumes, however it was saved."""
        return (*(self.pod_volumes or ()), *(self.uploads or ()))


def age_of(backup: VeleroBackup, data: VolumeData) -> datetime | None:
    """When the data was as it is in the copy; None when nothing tells.

    A moved snapshot was made at some time after the start of its backup: that start is the
    oldest it can be.
    """
    if isinstance(data, PodVolumeBackup):
        return data.started_at or backup.started_at
    return backup.started_at


def is_untold(state: VeleroState, backup: VeleroBackup) -> bool:
    """Whether data was moved of which this cluster keeps no word: only the store knows."""
    if not (backup.ended and backup.synced and backup.moved and state.uploads is not None):
        return False
    return not any(each.backup == backup.name for each in state.uploads)
