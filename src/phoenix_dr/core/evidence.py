"""What engines showed, as frozen values: points, jobs, blind spots, drills, proofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from phoenix_dr.core.model import SpanRule


class PointState(IntEnum):
    """The stored verdict on a point; small integers, since the ledger keeps millions."""

    USABLE = 0
    SUSPECT = 1
    """Sharp drop in size, or made by a run that could not read everything. Not above L1."""
    UNUSABLE = 2
    """Listed, but empty or known broken."""
    UNKNOWN = 3
    """Size unknown and nothing else proves data, or taken in the future."""


class Level(IntEnum):
    """The ladder of proof; each level implies the lower ones."""

    UNKNOWN = 0
    EXISTS = 1
    INTEGRITY = 2
    RESTORES = 3
    STARTS = 4
    DATA = 5
    BUNKER = 6


class Scope(StrEnum):
    """What is lost in a scenario; only copies outside it count."""

    FILE = "file"
    DISK = "disk"
    HOST = "host"
    SITE = "site"
    OPERATOR = "operator"
    RANSOMWARE = "ransomware"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """A copy one can restore from.

    `taken_at` is when the data was as it is in the copy; `size` is the data's bytes as the
    engine counted them, None when no source tells; `complete` is False when the run could not
    read everything (None: not known); `duration` is how long the run took, when we ran it.
    """

    id: str
    asset: str
    engine: str
    location: str
    taken_at: datetime
    size: int | None = None
    files: int | None = None
    complete: bool | None = None
    duration: timedelta | None = None
    host: str = ""
    paths: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """What could not be seen on an engine, and why (`reason` is an error code).

    `asset` is the only one whose copies are in doubt; "" for every one of the engine's.
    """

    engine: str
    reason: str
    detail: str = ""
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Idle:
    """What explains an old newest point: nothing was written `until` a look; None: perhaps."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock someone holds on an engine's repository."""

    engine: str
    holder: str
    since: datetime
    exclusive: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The period of which a metric or log store really holds samples; `stream` "" is all of it.

    `since` is the oldest sample held, `until` the newest; `size` is bytes on its disk, None when
    the store does not tell.
    """

    engine: str
    stream: str
    since: datetime
    until: datetime
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one engine showed at `observed_at` (aware UTC).

    `fingerprint` names the exact list seen, so that an unchanged one need not be read again.
    An engine that could not be read has blind spots, never an empty list of points alone.
    `spans` is what a metric or log store holds, `in_force` the rules it really runs under, and
    `written` those its configuration file asks for (None: no such file, or it was not read).
    """

    engine: str
    observed_at: datetime
    points: tuple[RecoveryPoint, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    locks: tuple[Lock, ...] = ()
    fingerprint: str | None = None
    version: str = ""
    spans: tuple[Span, ...] = ()
    in_force: tuple[SpanRule, ...] | None = None
    written: tuple[SpanRule, ...] | None = None


@dataclass(frozen=True, slots=True)
class FileHash:
    """One sampled file of a point, hashed at the source when the point was taken.

    `path` is bytes decoded with surrogateescape; `changed` means the file changed during the
    run, so that the hash says nothing about the copy. `span` is the (offset, length) in bytes
    that was hashed of a file too big for the sample; None means the whole file.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str
    changed: bool = False
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a point must contain: totals from the engine's summary, hashes from the source."""

    files: int | None
    size: int | None
    sample: tuple[FileHash, ...] = ()
    unread: tuple[str, ...] = ()
    """Paths the engine could not read (exit 3 of restic); empty for a complete point."""
    restored_path: str = ""
    """Path inside the engine's point under which the asset's data lies."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a drill: `ok` None means it could not be run (and lowers the level).

    `code` names the phrase `check.CODE`; `proves` is the level this check stands for.
    """

    code: str
    ok: bool | None
    proves: Level
    parameters: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A measured part of a drill, in seconds of the monotonic clock."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """One restore drill of one asset, kept for ever.

    `run` groups the assets drilled together (a service's RTO is the sum over its assets).
    `mutated` marks the twin: a drill of a deliberately corrupted copy, where KO is the good
    outcome. `dirty` means the clean-up failed. `data_age` is taken_at-side age of the newest
    canary: how much data the restored copy would really lose at `started_at`.
    """

    id: str
    run: str
    asset: str
    service: str
    engine: str
    location: str
    point: str
    taken_at: datetime
    started_at: datetime
    ok: bool
    level: Level
    ceiling: Level
    phases: tuple[Phase, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    off_site: bool = False
    simulated: bool = False
    mutated: bool = False
    dirty: bool = False
    isolated: bool = False
    point_choice: str = "newest"
    data_age: timedelta | None = None

    @property
    def rto(self) -> float:
        """Measured seconds from the start to the last check."""
        return sum(phase.seconds for phase in self.phases)


@dataclass(frozen=True, slots=True)
class KeyProof:
    """A named copy of a key really opened something; or failed to."""

    key: str
    place: str
    site: str
    proved_at: datetime
    ok: bool
    opened: str
    fingerprint: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DataRead:
    """An engine re-read stored data: which part (`1/10`), when, and whether it was whole."""

    engine: str
    read_at: datetime
    subset: str
    ok: bool
