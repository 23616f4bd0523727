"""Recording what engines showed and what we made: changes only, each point judged once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from phoenix_dr import codec
from phoenix_dr.core.evidence import Evidence, Manifest, PointState, RecoveryPoint
from phoenix_dr.core.points import judge as judge_point
from phoenix_dr.ledger.chain import Chain, canonical
from phoenix_dr.ledger.drafting import Draft, chunks, compare, draft_of, known_point, sane
from phoenix_dr.ledger.judging import Judge, Judging, key_of
from phoenix_dr.ledger.manifests import sealed
from phoenix_dr.ledger.payload import apply
from phoenix_dr.ledger.records import Changes, ImportedRow, Kind, Row
from phoenix_dr.ledger.schema import column, micros


class Observing(Chain):
    """Writing what was seen and made."""

    def record(self, evidence: Evidence, *, judge: Judge = judge_point) -> Changes:
        """Keep what changed since the last look at this engine, in one transaction.

        A point no longer listed is gone, unless something could not be seen; a known fact is
        never replaced by an unknown one. When nothing changed no row is added.
        """
        with self.transaction() as connection:
            draft = compare(connection, evidence, judge)
            payloads = draft.payloads()
            if _blindness_changed(connection, evidence):
                payloads = payloads or [{}]
                payloads[0]["blind"] = codec.encode(evidence.blind_spots)
            for said in payloads:
                self._observe(connection, evidence.engine, said, at=evidence.observed_at)
            _keep_engine(connection, evidence)
        return draft.changes()

    def record_made(self, point: RecoveryPoint, manifest: Manifest | None, *, at: datetime) -> Row:
        """Keep a point our own run made: its facts stay, whatever the engine knows of them."""
        engine = point.engine
        with self.transaction() as connection:
            before = {key_of(point): known} if (known := known_point(connection, point)) else {}
            judging = Judging(engine, judge_point, at)
            draft = draft_of(connection, before, [sane(point)], judging)
            said = {**(draft.payloads() or [{}])[0], "point": point.id}
            body = sealed(manifest) if manifest else None
            if body:
                said["manifest"] = body.hash
            row = self._observe(connection, engine, said, at=at)
            if body:
                connection.execute(
                    "UPDATE manifests SET body = ? WHERE engine = ? AND point = ?",
                    (body.packed, column(engine), column(point.id)),
                )
        return row

    def accept(self, point: RecoveryPoint, *, because: str, at: datetime) -> Row | None:
        """Call a suspect point usable, with the reason; None when it is not a suspect one."""
        with self.transaction() as connection:
            before = known_point(connection, point)
            if before is None or before[1] is not PointState.SUSPECT:
                return None
            draft = Draft(changed=[((before[0], PointState.USABLE), before[0])])
            said = {**draft.payloads()[0], "because": because}
            return self._observe(connection, point.engine, said, at=at)

    def import_points(
        self, asset: str, place: tuple[str, str], rows: Iterable[ImportedRow], *, at: datetime
    ) -> int:
        """Keep points already judged, of one asset at (engine, location); returns how many.

        For an engine's own task history and for benchmarks. Wrap many calls in `transaction`.
        """
        engine, location = place
        shared = {"asset": asset, "location": location, "host": "", "paths": []}
        count = 0
        with self.transaction() as connection:
            for chunk in chunks(rows):
                known = [
                    [own, taken * 1_000_000, size, None, run * 1_000_000, None, state, False]
                    for own, taken, state, run, size in chunk
                ]
                count += len(known)
                self._observe(
                    connection, engine, {"appeared": [{**shared, "points": known}]}, at=at
                )
        return count

    def confirm(self, engine: str, *, at: datetime) -> None:
        """Note that an engine's unchanged fingerprint was looked at; adds no chained row."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE engines SET tried_at = ?, observed_at = ? WHERE engine = ?",
                (micros(at), micros(at), column(engine)),
            )

    def _observe(
        self, connection: sqlite3.Connection, engine: str, said: dict[str, Any], *, at: datetime
    ) -> Row:
        said = {"engine": engine, **said}
        apply(connection, Kind.OBSERVATION, said, at=micros(at) // 1_000_000)
        return self.chained(connection, Kind.OBSERVATION, engine, canonical(said), at=at)


def _blindness_changed(connection: sqlite3.Connection, evidence: Evidence) -> bool:
    found = connection.execute(
        "SELECT blind FROM engines WHERE engine = ?", (column(evidence.engine),)
    ).fetchone()
    return found is None or found[0] != codec.dumps(evidence.blind_spots)


def _keep_engine(connection: sqlite3.Connection, evidence: Evidence) -> None:
    at = micros(evidence.observed_at)
    saw = at if evidence.points or not evidence.blind_spots else None
    fingerprint = None if evidence.blind_spots else evidence.fingerprint
    # A repository nobody made yet shows nothing, blindly or not: no key opened anything.
    opened = saw if evidence.points or fingerprint is not None or evidence.version else None
    connection.execute(
        """INSERT INTO engines (engine, first_at, tried_at, observed_at, opened_at, fingerprint,
            version, blind, locks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at,
            observed_at = ifnull(excluded.observed_at, observed_at),
            opened_at = ifnull(excluded.opened_at, opened_at),
            fingerprint = excluded.fingerprint, version = excluded.version,
            blind = excluded.blind, locks = excluded.locks""",
        (
            column(evidence.engine),
            at,
            at,
            saw,
            opened,
            None if fingerprint is None else column(fingerprint),
            column(evidence.version),
            codec.dumps(evidence.blind_spots),
            codec.dumps(evidence.locks),
        ),
    )
