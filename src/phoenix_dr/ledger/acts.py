"""What was begun, how it ended, and what was proved: typed reading of the chained rows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from phoenix_dr import codec
from phoenix_dr.core.evidence import (
    BlindSpot,
    DataRead,
    DrillRecord,
    KeyProof,
    Lock,
    Manifest,
)
from phoenix_dr.core.plan import Action, Outcome
from phoenix_dr.ledger.chain import Chain, row_of
from phoenix_dr.ledger.manifests import Sealed, unsealed
from phoenix_dr.ledger.records import (
    CachedHash,
    EngineState,
    ImmutabilityProof,
    Intent,
    Kind,
    Pin,
    Row,
)
from phoenix_dr.ledger.schema import column, maybe_moment, moment_of, plain

T = TypeVar("T")
MOST_HASHES = 5000
"""Files whose hash is kept between runs."""
_OPEN = """
SELECT seq, at, kind, subject, payload, hash FROM rows AS begun WHERE kind = 'intent'
    AND NOT EXISTS (SELECT 1 FROM rows WHERE kind = 'outcome'
        AND subject = begun.subject AND seq > begun.seq)
ORDER BY seq
"""


class Acts(Chain):
    """Intents, outcomes, proofs, and the state of engines."""

    def intent(self, key: str, action: Action, *, at: datetime) -> Row:
        """Write down, before it begins, that `action` begins; `key` finds it again."""
        return self.append(Kind.INTENT, key, action, at=at)

    def outcome(self, key: str, outcome: Outcome, *, at: datetime) -> Row:
        """Write down how the action begun under `key` ended."""
        return self.append(Kind.OUTCOME, key, outcome, at=at)

    def open_intents(self) -> tuple[Intent, ...]:
        """What was begun and never ended: what a killed run left, or a running one still does."""
        return tuple(
            Intent(row.subject, codec.loads(Action, row.payload), row.at, row.seq)
            for row in map(row_of, self.query(_OPEN))
        )

    def drills(
        self, *, asset: str | None = None, limit: int | None = None
    ) -> tuple[DrillRecord, ...]:
        """Drills, newest first; append them with the asset as subject."""
        return self._typed(Kind.DRILL, DrillRecord, subject=asset, limit=limit)

    def key_proofs(self) -> tuple[KeyProof, ...]:
        """Proofs of keys, newest first."""
        return self._typed(Kind.KEY_PROOF, KeyProof)

    def pins(self) -> tuple[Pin, ...]:
        """Points a person holds fast now, the last word on each counting."""
        last: dict[tuple[str, str], Pin] = {}
        for pin in self._typed(Kind.PIN, Pin):
            last.setdefault((pin.engine, pin.point), pin)
        return tuple(pin for pin in last.values() if pin.pinned)

    def data_reads(self, *, engine: str | None = None) -> tuple[DataRead, ...]:
        """Data reads, newest first; append them with the engine as subject."""
        return self._typed(Kind.DATA_READ, DataRead, subject=engine)

    def immutability_proofs(self) -> tuple[ImmutabilityProof, ...]:
        """Tries to delete a test object, newest first."""
        return self._typed(Kind.IMMUTABILITY, ImmutabilityProof)

    def last_audit(self) -> tuple[datetime, Any] | None:
        """When the last audit was stored, and its payload as JSON values."""
        found = self.newest(Kind.AUDIT, limit=1)
        return (found[0].at, found[0].value) if found else None

    def manifest(self, engine: str, point_id: str) -> Manifest | None:
        """What a point must contain; None when our own run did not make it."""
        found = self.query(
            "SELECT hash, body FROM manifests WHERE engine = ? AND point = ? AND body NOT NULL",
            (column(engine), column(point_id)),
        )
        return unsealed(Sealed(*found[0]), point_id) if found else None

    def engine_state(self, engine: str) -> EngineState | None:
        """The last look at an engine; None while it was never asked."""
        found = self.query(
            "SELECT first_at, tried_at, observed_at, opened_at, fingerprint, version, blind, locks"
            " FROM engines WHERE engine = ?",
            (column(engine),),
        )
        if not found:
            return None
        first, tried, observed, opened, fingerprint, version, blind, locks = found[0]
        reads = (row.read(DataRead) for row in self.newest(Kind.DATA_READ, subject=engine))
        read = next((each for each in reads if each.ok), None)
        return EngineState(
            engine,
            moment_of(first),
            moment_of(tried),
            maybe_moment(observed),
            maybe_moment(opened),
            None if fingerprint is None else plain(fingerprint),
            plain(version),
            codec.loads(tuple[BlindSpot, ...], blind),
            codec.loads(tuple[Lock, ...], locks),
            read.read_at if read else None,
            read.subset if read else "",
        )

    def hash_cache(self) -> dict[str, CachedHash]:
        """Hashes of source files by path, as last saved; empty when there are none."""
        found = self.query("SELECT body FROM blobs WHERE name = 'hashes'")
        try:
            lines = json.loads(zlib.decompress(found[0][0])) if found else []
            return {path: CachedHash(*known) for path, *known in lines}
        except (ValueError, TypeError, zlib.error):
            # Only a cache: whatever spoilt it, the files can be hashed again.
            return {}

    def save_hash_cache(self, entries: Mapping[str, CachedHash]) -> None:
        """Keep these hashes for the next run: the last 5000 of them."""
        newest = list(entries.items())[-MOST_HASHES:]
        lines = [[path, *_facts(known)] for path, known in newest]
        body = zlib.compress(json.dumps(lines, separators=(",", ":")).encode(), level=1)
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO blobs VALUES ('hashes', ?)", (body,))

    def _typed(
        self, kind: Kind, type_: type[T], *, subject: str | None = None, limit: int | None = None
    ) -> tuple[T, ...]:
        found = self.newest(kind, subject=subject, limit=-1 if limit is None else limit)
        return tuple(row.read(type_) for row in found)


def _facts(known: CachedHash) -> tuple[int, int, int, int, str]:
    # dataclasses.astuple copies deeply: 30 times slower, and this runs in every backup.
    return (known.size, known.mtime_ns, known.ctime_ns, known.inode, known.sha256)
