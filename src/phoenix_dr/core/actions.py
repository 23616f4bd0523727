"""The verbs: what Phoenix can be permitted to do, each as a value that names its objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.cluster_actions import (
    LabelVolume,
    ProbeClaim,
    RemoveClaim,
    RestoreClaim,
    SaveNamespaces,
    SaveVolume,
    SetRecurringJob,
    SetSchedule,
)
from phoenix_dr.core.model import SpanRule
from phoenix_dr.core.vzdump_job import VzdumpJob


@dataclass(frozen=True, slots=True)
class TakePoint:
    """Make a new recovery point of an asset on one engine.

    `taken_at` is when staged data was as it is in `paths`; None when the run itself reads live
    data, which is then as old as the start of the run.
    """

    engine: str
    asset: str
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadData:
    """Have the engine re-read stored data; `subset` is `n/t` or `10%`, as restic spells it."""

    engine: str
    subset: str


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """Restore one point into an empty directory of our own (never over live data)."""

    engine: str
    asset: str
    point: str
    into: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgetPoints:
    """Remove exactly these points of one asset from one engine.

    `rule` is the digest of the retention rule that let them go (`retention.digest_of`), empty
    when a person named them; only a rule's own expiry can be covered by a standing approval.
    """

    engine: str
    asset: str
    points: tuple[str, ...]
    rule: str = ""


@dataclass(frozen=True, slots=True)
class CompactData:
    """Free the space of data that no point uses any more; ends every hope for forgotten points."""

    engine: str


@dataclass(frozen=True, slots=True)
class SetRetention:
    """Have a metric or log store's configuration file keep by these rules, all of them.

    A stream that is not named follows the rule of stream "". `seen` is the SHA-256 of the file
    this was decided on; a file that reads otherwise is not edited.
    """

    engine: str
    rules: tuple[SpanRule, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class ReleasePoint:
    """Take a person's pin off a point, so that a rule may let it go."""

    engine: str
    asset: str
    point: str


@dataclass(frozen=True, slots=True)
class SetJob:
    """Make a backup job of a Proxmox say what `job` says.

    `was` is the job this was decided on, None when there was none; one that reads otherwise is
    not changed. `assets` maps the guests of either to their assets, "" for one no asset describes,
    and `gone` are numbers `was` names whose guests are no more. `clear` names parameters to
    delete, `zone` is the time zone the node runs its schedule in.
    """

    engine: str
    job: VzdumpJob
    was: VzdumpJob | None
    assets: tuple[tuple[int, str], ...]
    zone: str
    clear: tuple[str, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveGuest:
    """Back up one guest of a Proxmox now; nothing older is removed by it."""

    engine: str
    asset: str
    vmid: int
    storage: str
    mode: str = "snapshot"
    compress: str = "zstd"
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class RestoreGuest:
    """Restore a point beside production: under a number kept for drills, its network cut.

    The guest carries the tag of `drill`; nothing without it is ever started or destroyed by one.
    """

    engine: str
    asset: str
    point: str
    vmid: int
    drill: str


@dataclass(frozen=True, slots=True)
class StartGuest:
    """Start the guest a drill restored."""

    engine: str
    asset: str
    vmid: int
    drill: str


@dataclass(frozen=True, slots=True)
class ProbeGuest:
    """Ask the service inside the guest a drill started, by a command its guest agent runs."""

    engine: str
    asset: str
    vmid: int
    drill: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DestroyGuest:
    """Destroy the guest a drill restored; never one without that drill's tag."""

    engine: str
    asset: str
    vmid: int
    drill: str


Action = (
    TakePoint
    | ReadData
    | RestorePoint
    | ForgetPoints
    | CompactData
    | SetRetention
    | ReleasePoint
    | SetJob
    | SaveGuest
    | RestoreGuest
    | StartGuest
    | ProbeGuest
    | DestroyGuest
    | SetRecurringJob
    | LabelVolume
    | SaveVolume
    | SetSchedule
    | SaveNamespaces
    | RestoreClaim
    | ProbeClaim
    | RemoveClaim
)


def subject_of(action: Action) -> str:
    """The asset an action is about; the engine when it is about no single asset."""
    match action:
        case ReadData() | CompactData() | SetRetention() | SetJob():
            return action.engine
        case SetRecurringJob() | SetSchedule() | SaveNamespaces():
            return action.engine
        case _:
            return action.asset
