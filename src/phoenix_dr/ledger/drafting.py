"""What an observation has to say: the points seen, compared with those stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from phoenix_dr.core.evidence import Evidence, PointState, RecoveryPoint
from phoenix_dr.ledger import payload as says
from phoenix_dr.ledger.judging import Judge, Judging, Key, key_of
from phoenix_dr.ledger.records import Changes, Judged
from phoenix_dr.ledger.schema import fitting, span_micros
from phoenix_dr.ledger.stored import judged_points


@dataclass
class Draft:
    """What one observation will say."""

    appeared: list[Judged] = field(default_factory=list)
    changed: list[tuple[Judged, RecoveryPoint]] = field(default_factory=list)
    gone: list[RecoveryPoint] = field(default_factory=list)

    def changes(self) -> Changes:
        """The same, for whoever asked."""
        return Changes(
            tuple(point for point, _ in self.appeared),
            tuple(now for (now, _), _ in self.changed),
            tuple(self.gone),
        )

    def payloads(self) -> list[dict[str, Any]]:
        """As few chained rows as hold all points."""
        parts = (
            ("appeared", says.appeared, self.appeared),
            ("changed", says.changed, self.changed),
            ("gone", says.gone, self.gone),
        )
        return [{name: write(chunk)} for name, write, points in parts for chunk in chunks(points)]


def compare(connection: sqlite3.Connection, evidence: Evidence, judge: Judge) -> Draft:
    """What changed on an engine since it was last recorded."""
    engine = evidence.engine
    before = {key_of(point): (point, state) for point, state in judged_points(connection, engine)}
    seen = [sane(point) for point in evidence.points]
    draft = draft_of(connection, before, seen, Judging(engine, judge, evidence.observed_at))
    dark = {spot.asset for spot in evidence.blind_spots}
    if "" not in dark:
        listed = set(map(key_of, seen))
        gone = (point for key, (point, _) in before.items() if key not in listed)
        draft.gone = [point for point in gone if point.asset not in dark]
    return draft


def draft_of(
    connection: sqlite3.Connection,
    before: Mapping[Key, Judged],
    seen: Iterable[RecoveryPoint],
    judging: Judging,
) -> Draft:
    """What to say of the points seen, given those present before."""
    listed = {key_of(point): point for point in seen}
    known = dict(before)
    for key, point in listed.items():
        if key not in before and (again := known_point(connection, point, present=False)):
            known[key] = again
    whole = {
        key: _merged(point, known[key][0]) if key in known else point
        for key, point in sorted(listed.items())
    }
    verdicts = judging.verdicts(
        connection,
        (p for key, p in whole.items() if key not in known or _needs_judging(known[key], p)),
    )
    draft = Draft()
    for key, point in whole.items():
        state = verdicts.get(key, PointState.UNKNOWN)
        if key in known:
            state = _settled(known[key][1], state) if key in verdicts else known[key][1]
        if key not in before:
            draft.appeared.append((point, state))
        elif (point, state) != before[key]:
            draft.changed.append(((point, state), before[key][0]))
    return draft


def sane(point: RecoveryPoint) -> RecoveryPoint:
    """The point without numbers that cannot be true; an engine's answer is hostile."""
    size, files = fitting(point.size), fitting(point.files)
    run = point.duration if span_micros(point.duration) is not None else None
    if (size, files, run) == (point.size, point.files, point.duration):
        return point
    return replace(point, size=size, files=files, duration=run)


def _merged(point: RecoveryPoint, before: RecoveryPoint) -> RecoveryPoint:
    """The point with what was known of it where the engine now says nothing."""
    size = before.size if point.size is None else point.size
    files = before.files if point.files is None else point.files
    complete = before.complete if point.complete is None else point.complete
    duration = before.duration if point.duration is None else point.duration
    if (size, files, complete, duration) == (
        point.size,
        point.files,
        point.complete,
        point.duration,
    ):
        return point
    return replace(point, size=size, files=files, complete=complete, duration=duration)


def _needs_judging(known: Judged, point: RecoveryPoint) -> bool:
    before, state = known
    return state is PointState.UNKNOWN or (before.size, before.files, before.complete) != (
        point.size,
        point.files,
        point.complete,
    )


def _settled(before: PointState, verdict: PointState) -> PointState:
    """A verdict stands; new facts may only replace ignorance, or make it worse."""
    if before is PointState.UNKNOWN:
        return verdict
    return verdict if before < verdict < PointState.UNKNOWN else before


def known_point(
    connection: sqlite3.Connection, point: RecoveryPoint, *, present: bool = True
) -> Judged | None:
    """The point as stored and listed; with `present=False` one of the same second, gone or not."""
    found = judged_points(connection, point.engine, point=point, present=present)
    return next(iter(found), None)


def chunks(points: Iterable[Any]) -> Iterable[list[Any]]:
    """As many points at a time as one chained row may name."""
    rest = iter(points)
    while chunk := list(islice(rest, says.MOST_POINTS)):
        yield chunk
