"""How a drill is judged: what an asset can prove at most, what was proved, which point to take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level, PointState, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, Check, CheckKind
from phoenix_dr.core.score_facts import Proof
from phoenix_dr.errors import UsageError

NEWEST = "newest"
RANDOM_OLDER = "random-older"

PREFIX = 8
"""The shortest part of a point's id that names it."""

SKEW = timedelta(minutes=5)
"""How far two clocks may differ before a moment counts as being in the future."""

LAST = 3
"""A measured RTO is the worst of this many last passed drills."""

_NO_START = frozenset({AssetKind.FILES, AssetKind.STATE, AssetKind.SHARE, AssetKind.GIT})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under what conditions a drill ran; they bound its level whatever the checks said.

    `seen_failing`: an earlier drill of a corrupted copy was KO. `escrowed`: the key came from
    an off-site copy, not from production. `within_rto` is None when nothing was measured.
    `simulated`: the location only pretends to be elsewhere.
    """

    isolated: bool = False
    seen_failing: bool = False
    off_site: bool = False
    escrowed: bool = False
    within_rto: bool | None = None
    simulated: bool = False

    @property
    def bunker(self) -> bool:
        """True when everything L6 asks for beyond L5 holds."""
        return self.off_site and self.escrowed and self.within_rto is True and not self.simulated


def ceiling(asset: Asset, checks: Iterable[Check]) -> Level:
    """The highest level a drill of this asset could prove by its checks.

    DATA leaves the way to BUNKER open, which depends on circumstances and not on checks.
    """
    kinds = {check.kind for check in checks if concerns(check, asset)}
    if asset.canary:
        kinds.add(CheckKind.CANARY)
    if not asset.has_data:
        return Level.UNKNOWN
    if asset.kind is AssetKind.GUEST:
        # A guest that runs proves little; that its service answers is what people miss.
        asked = kinds & {CheckKind.COMMAND, CheckKind.CONSOLE}
        return Level.STARTS if asked else Level.RESTORES
    if asset.kind is AssetKind.VOLUMES:
        # Mounted, read to its end, and every database in it opened: that is its start.
        return Level.DATA if CheckKind.COMMAND in kinds else Level.STARTS
    if asset.kind is AssetKind.K3S:
        # Its server token is asked in every drill, whatever checks are written.
        return Level.DATA
    if asset.kind is AssetKind.SQLITE:
        return Level.DATA if kinds & {CheckKind.SQL, CheckKind.CANARY} else Level.STARTS
    return Level.DATA if kinds & {CheckKind.COMMAND, CheckKind.CANARY} else Level.RESTORES


def concerns(check: Check, asset: Asset) -> bool:
    """Whether a check is of an asset; one of a pattern of claims is of each of them."""
    if check.asset in (asset.id, asset.name):
        return True
    return asset.kind is AssetKind.VOLUMES and asset.id.startswith(f"{check.asset}/")


def judge(
    results: Sequence[CheckResult],
    circumstances: Circumstances,
    *,
    kind: AssetKind,
    ceiling: Level,
) -> tuple[bool, Level]:
    """(passed, level proved). Nothing restored is never a pass; a skipped check only lowers.

    A drill starts from a listed point, so any result at all means at least EXISTS.
    """
    passed = [result.proves for result in results if result.ok is True]
    failed = [result.proves for result in results if result.ok is False]
    skipped = [result.proves for result in results if result.ok is None]
    if not results:
        return False, Level.UNKNOWN
    top = _applicable(ceiling, kind)
    bound = min(_under([*skipped, *failed], kind), _bound(circumstances, kind), top)
    if failed:
        return False, max((level for level in passed if level <= bound), default=Level.EXISTS)
    best = max(passed, default=Level.EXISTS)
    level = min(best, bound, Level.DATA)
    if level is Level.DATA and circumstances.bunker:
        level = Level.BUNKER
    return best >= Level.RESTORES, max(level, Level.EXISTS)


def _under(levels: Sequence[Level], kind: AssetKind) -> Level:
    """The highest level below all of these that applies to the kind; BUNKER below none."""
    if not levels:
        return Level.BUNKER
    return _applicable(Level(max(min(levels) - 1, Level.EXISTS)), kind)


def _applicable(level: Level, kind: AssetKind) -> Level:
    return Level.RESTORES if level is Level.STARTS and kind in _NO_START else level


def _bound(circumstances: Circumstances, kind: AssetKind) -> Level:
    if not circumstances.isolated:
        return Level.RESTORES
    return Level.BUNKER if circumstances.seen_failing else _applicable(Level.STARTS, kind)


def choose(
    points: Sequence[tuple[RecoveryPoint, PointState]], choice: str, *, seed: str
) -> RecoveryPoint | None:
    """The point to drill: `newest`, `random-older` (equal seeds, equal choice) or an id.

    Broken points are drilled only when named; unjudged ones when nothing better is there.
    None when nothing fits. Raises UsageError for an id too short or of several points.
    """
    if choice not in (NEWEST, RANDOM_OLDER):
        return _named([point for point, _ in points], choice)
    known = [point for point, state in points if state in (PointState.USABLE, PointState.SUSPECT)]
    fallback = [point for point, state in points if state is PointState.UNKNOWN]
    ordered = sorted(known or fallback, key=lambda point: (point.taken_at, point.id))
    if choice == NEWEST:
        return ordered[-1] if ordered else None
    older = [point for point in ordered if point.taken_at < ordered[-1].taken_at]
    return min(older, key=lambda point: _lot(seed, point), default=None)


def _named(points: Sequence[RecoveryPoint], prefix: str) -> RecoveryPoint | None:
    exact = [point for point in points if point.id == prefix]
    if exact:
        return exact[0]
    if len(prefix) < PREFIX:
        raise UsageError("point-prefix-short", prefix=prefix, shortest=PREFIX)
    found = [point for point in points if point.id.startswith(prefix)]
    if len({point.id for point in found}) > 1:
        raise UsageError("point-ambiguous", prefix=prefix, points=len(found))
    return found[0] if found else None


def _lot(seed: str, point: RecoveryPoint) -> bytes:
    # Each point draws its own lot, so that a new point seldom changes who wins.
    return sha256(f"{seed}\0{point.engine}\0{point.id}".encode("utf-8", "surrogateescape")).digest()


def data_age(canary_at: datetime, taken_at: datetime, now: datetime) -> timedelta | None:
    """How much data is lost if this copy is all that remains: age of its newest canary now.

    `taken_at` is the last moment the copy can have read. None when the canary is younger than
    that or than `now`: then some clock is wrong and the age means nothing.
    """
    if canary_at > min(taken_at, now) + SKEW:
        return None
    return max(now - canary_at, timedelta(0))


def canary_ok(canary_at: datetime, taken_at: datetime, *, within: timedelta) -> bool | None:
    """Whether the newest canary was younger than `within` when the copy was taken; None: clocks."""
    age = data_age(canary_at, taken_at, taken_at)
    return None if age is None else age < within


def rto_of_service(records: Iterable[DrillRecord], assets: Iterable[str]) -> float | None:
    """Measured seconds to bring a service back: its assets one after the other.

    Each counts with the worst of its last three passed drills. None when there are no assets,
    or one of them was never restored by a passed drill.
    """
    by_asset: dict[str, list[DrillRecord]] = {asset: [] for asset in assets}
    for record in _real(records):
        if record.asset in by_asset and record.ok and record.level >= Level.RESTORES:
            by_asset[record.asset].append(record)
    if not by_asset or not all(by_asset.values()):
        return None
    return sum(max(record.rto for record in passed[-LAST:]) for passed in by_asset.values())


def last_ok(records: Iterable[DrillRecord], asset: str) -> bool | None:
    """Result of the last drill of an asset; None while it was never drilled."""
    results = [record.ok for record in _real(records) if record.asset == asset]
    return results[-1] if results else None


def proofs(records: Iterable[DrillRecord], asset: str, *, now: datetime) -> tuple[Proof, ...]:
    """What the passed drills of an asset proved, oldest first."""
    return tuple(
        Proof(record.level, now - record.started_at)
        for record in _real(records)
        if record.asset == asset and record.ok
    )


def seen_failing(records: Iterable[DrillRecord], service: str, *, before: datetime) -> bool:
    """Whether the last drill of a corrupted copy of this service was KO, as it must be."""
    twins = [
        record
        for record in records
        if record.mutated and record.service == service and record.started_at < before
    ]
    return bool(twins) and not max(twins, key=lambda record: record.started_at).ok


def _real(records: Iterable[DrillRecord]) -> list[DrillRecord]:
    real = (record for record in records if not record.mutated)
    return sorted(real, key=lambda record: record.started_at)
