"""The append-only history: its port, and the one way to open it.

What is stored, how rows are chained and what the chain does not prove: docs/ledger.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from phoenix_dr.core.evidence import DataRead, DrillRecord, Evidence, KeyProof, Manifest
from phoenix_dr.core.evidence import RecoveryPoint as Point
from phoenix_dr.core.plan import Action, Outcome
from phoenix_dr.ledger.records import (
    CachedHash,
    Changes,
    EngineState,
    Head,
    HistoryRow,
    Holding,
    ImmutabilityProof,
    ImportedRow,
    Intent,
    Judged,
    Kind,
    Pin,
    Row,
    Verification,
)

__all__ = [
    "CachedHash",
    "Changes",
    "EngineState",
    "Head",
    "HistoryRow",
    "Holding",
    "ImmutabilityProof",
    "ImportedRow",
    "Intent",
    "Judged",
    "Kind",
    "Ledger",
    "Pin",
    "Row",
    "Verification",
    "open_ledger",
]


def open_ledger(path: Path) -> Ledger:
    """Open the ledger file, made (0600, its directory 0700) when there is none.

    LedgerError: ledger-broken, ledger-newer, ledger-unsafe, ledger-unwritable, ledger-busy.
    """
    # Loaded here: whoever only names the port need not pay for SQLite.
    from phoenix_dr.ledger.sqlite import SqliteLedger

    return SqliteLedger(path)


class _Chain(Protocol):
    """Rows that follow from one another."""

    def append(self, kind: str, subject: str, value: object, *, at: datetime) -> Row:
        """Add one row (any kind but observation); `value` is a core value or a mapping."""
        ...

    def rows(
        self,
        *,
        kinds: Iterable[str] | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Row]:
        """Committed rows in order; `since` is inclusive."""
        ...

    def head(self) -> Head:
        """The newest row; its hash is what gets printed elsewhere."""
        ...

    def verify(self, expected_head: str | None = None) -> Verification:
        """Whether the chain is whole, still holds that head, and the tables follow from it."""
        ...

    def export(
        self, stream_write: Callable[[str], object], *, since: datetime | None = None
    ) -> None:
        """Every row as one line of JSON, oldest first."""
        ...

    def batch(self) -> AbstractContextManager[object]:
        """Many writes as one: all of them stay, or none."""
        ...


class _Observing(Protocol):
    """Keeping what engines showed and what we made."""

    def record(self, evidence: Evidence) -> Changes:
        """Keep what changed since the last look at this engine."""
        ...

    def record_made(self, point: Point, manifest: Manifest | None, *, at: datetime) -> Row:
        """Keep a point our own run made, with what it must contain."""
        ...

    def accept(self, point: Point, *, because: str, at: datetime) -> Row | None:
        """Call a suspect point usable (a drill passed, a person decided); None: not suspect."""
        ...

    def confirm(self, engine: str, *, at: datetime) -> None:
        """Note that an unchanged fingerprint was looked at."""
        ...

    def import_points(
        self, asset: str, place: tuple[str, str], rows: Iterable[ImportedRow], *, at: datetime
    ) -> int:
        """Keep points already judged, of one asset at (engine, location)."""
        ...


class _Points(Protocol):
    """Asking for points."""

    def history(self, asset: str, *, since: int) -> Iterable[HistoryRow]:
        """Points made after `since`, gone ones too; before them each place's last ones."""
        ...

    def histories(self, *, since: int) -> Iterator[tuple[str, Iterator[HistoryRow]]]:
        """The history of every known asset; use up one before asking for the next."""
        ...

    def places(self) -> dict[int, tuple[str, str]]:
        """Engine and location by place id."""
        ...

    def holding(self, asset: str) -> tuple[Holding, ...]:
        """What each place holds of the asset now."""
        ...

    def judged(
        self,
        asset: str | None = None,
        *,
        engine: str | None = None,
        location: str | None = None,
        present: bool = True,
    ) -> tuple[Judged, ...]:
        """Points with their verdicts, oldest first."""
        ...

    def points(
        self,
        asset: str | None = None,
        *,
        engine: str | None = None,
        location: str | None = None,
        present: bool = True,
    ) -> tuple[Point, ...]:
        """Points to show, oldest first."""
        ...

    def gone(self, engine: str, *, after: datetime | None) -> tuple[Point, ...]:
        """Points of an engine seen gone after a moment (None: ever), oldest first."""
        ...

    def point(self, engine: str, id_prefix: str) -> tuple[Judged, ...]:
        """The points of an engine whose id begins so."""
        ...

    def watched_since(
        self, *, asset: str | None = None, engine: str | None = None
    ) -> datetime | None:
        """When an asset was first known, or an engine first asked."""
        ...


class _Acts(Protocol):
    """What was begun, ended and proved; lists are newest first."""

    def intent(self, key: str, action: Action, *, at: datetime) -> Row:
        """Write down, before it begins, that `action` begins."""
        ...

    def outcome(self, key: str, outcome: Outcome, *, at: datetime) -> Row:
        """Write down how the action begun under `key` ended."""
        ...

    def open_intents(self) -> tuple[Intent, ...]:
        """What was begun and never ended: the only resume truth."""
        ...

    def drills(
        self, *, asset: str | None = None, limit: int | None = None
    ) -> tuple[DrillRecord, ...]:
        """Drills (rows of kind drill, with the asset as subject)."""
        ...

    def key_proofs(self) -> tuple[KeyProof, ...]:
        """Proofs of keys (kind key-proof)."""
        ...

    def pins(self) -> tuple[Pin, ...]:
        """Points a person holds fast now (kind pin, with `engine point` as subject)."""
        ...

    def data_reads(self, *, engine: str | None = None) -> tuple[DataRead, ...]:
        """Data reads (kind data-read, with the engine as subject)."""
        ...

    def immutability_proofs(self) -> tuple[ImmutabilityProof, ...]:
        """Tries to delete a test object (kind immutability)."""
        ...

    def last_audit(self) -> tuple[datetime, Any] | None:
        """When the last audit was stored, and its payload as JSON values."""
        ...

    def manifest(self, engine: str, point_id: str) -> Manifest | None:
        """What a point must contain; None when our own run did not make it."""
        ...

    def engine_state(self, engine: str) -> EngineState | None:
        """The last look at an engine; None while it was never asked."""
        ...

    def hash_cache(self) -> dict[str, CachedHash]:
        """Hashes of source files by path, as last saved."""
        ...

    def save_hash_cache(self, entries: Mapping[str, CachedHash]) -> None:
        """Keep these hashes for the next run, the last 5000 of them."""
        ...


class Ledger(_Chain, _Observing, _Points, _Acts, Protocol):
    """The history of one Phoenix. Safe to use from several threads and several processes."""

    def lease(self, name: str) -> AbstractContextManager[None]:
        """Hold `name` alone among all runs. LedgerError `busy` with `what` and `pid`."""
        ...

    def backup_to(self, path: Path) -> None:
        """Write a consistent copy as one new file."""
        ...

    def close(self) -> None:
        """Close the file; everything committed is on disk already."""
        ...
