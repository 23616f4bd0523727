"""What the ledger hands out, as frozen values. Moments are aware UTC."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from phoenix_dr import codec
from phoenix_dr.core.evidence import BlindSpot, Lock, PointState, RecoveryPoint
from phoenix_dr.core.plan import Action
from phoenix_dr.errors import LedgerError

T = TypeVar("T")
Judged = tuple[RecoveryPoint, PointState]
"""A point with its stored verdict."""
HistoryRow = tuple[int, int, int, int]
"""(taken_at in epoch seconds, place id, PointState | GONE, run seconds or 0), for core.history."""
ImportedRow = tuple[str, int, int, int, int | None]
"""(id, taken_at in epoch seconds, PointState, run seconds, size or None)."""


class Kind(StrEnum):
    """What a chained row tells."""

    INTENT = "intent"
    OUTCOME = "outcome"
    OBSERVATION = "observation"
    DRILL = "drill"
    KEY_PROOF = "key-proof"
    DATA_READ = "data-read"
    IMMUTABILITY = "immutability"
    AUDIT = "audit"
    CONFIG = "config"
    BEAT = "beat"
    NOTE = "note"
    PLAN = "plan"
    APPROVAL = "approval"
    PIN = "pin"
    SPANS = "spans"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Row:
    """One chained row. `payload` is canonical JSON; `hash` covers all of it and the row before."""

    seq: int
    at: datetime
    kind: str
    subject: str
    payload: str
    hash: str

    @property
    def value(self) -> Any:
        """The payload as JSON values."""
        return json.loads(self.payload)

    def read(self, type_: type[T]) -> T:
        """The payload as a core value; LedgerError when it is not one."""
        try:
            return codec.loads(type_, self.payload)
        except ValueError as error:
            raise LedgerError("row-unreadable", seq=self.seq, detail=str(error)) from error


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of the chain. An empty ledger has seq 0, sixty-four zeros and no moment."""

    seq: int
    hash: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain is whole. `reason` is empty, or one of hash-differs, row-missing,
    head-missing, points-differ.

    `points_agree` tells whether the points table is what the chained rows say; None when the
    chain itself is broken and nothing can be derived from it.
    """

    ok: bool
    rows: int
    first_bad_seq: int | None
    head: str
    reason: str
    points_agree: bool | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What an observation brought; each point with everything known about it."""

    appeared: tuple[RecoveryPoint, ...] = ()
    changed: tuple[RecoveryPoint, ...] = ()
    gone: tuple[RecoveryPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineState:
    """The last look at one engine.

    `tried_at` is the last attempt, `observed_at` the last that showed something, `opened_at` the
    last that really opened the repository; `read_at` and `read_subset` the last passed data read.
    `fingerprint` is None while the engine has blind spots, so that it is asked again.
    """

    engine: str
    first_at: datetime
    tried_at: datetime
    observed_at: datetime | None
    opened_at: datetime | None
    fingerprint: str | None
    version: str
    blind: tuple[BlindSpot, ...] = ()
    locks: tuple[Lock, ...] = ()
    read_at: datetime | None = None
    read_subset: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """An action that was begun; without an outcome it is what a killed run left."""

    key: str
    action: Action
    at: datetime
    seq: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What one place holds of an asset now: its newest usable point, and how many are usable.

    When none is usable, `state` tells what the newest point is instead.
    """

    place: int
    engine: str
    location: str
    taken_at: int
    """Epoch seconds."""
    id: str
    state: PointState
    usable: int


@dataclass(frozen=True, slots=True)
class Pin:
    """A person held a point fast (`pinned`), or let it go again, and why; `by` is their account."""

    engine: str
    asset: str
    point: str
    pinned: bool
    because: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class CachedHash:
    """The hash of a source file, valid while size, both times (ns) and inode are the same."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImmutabilityProof:
    """A try to delete a test object at a location; `refused` is the good outcome."""

    location: str
    proved_at: datetime
    refused: bool
    detail: str = ""
