"""The points of one asset on one engine, judged by the rule they follow: alike for every use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from phoenix_dr.app.expiry_rules import LaneRule, is_ours
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import Estate
from phoenix_dr.core.retention import Held, Verdict, decide


def ours(
    estate: Estate, points: Iterable[RecoveryPoint]
) -> tuple[tuple[RecoveryPoint, ...], tuple[str, ...]]:
    """The points our hosts took, and the names of other hosts: theirs neither go nor count."""
    held = tuple(points)
    others = {point.host for point in held if not is_ours(estate, point)}
    return tuple(point for point in held if is_ours(estate, point)), tuple(sorted(others))


def judged(
    estate: Estate, rule: LaneRule, points: Sequence[RecoveryPoint], *, ground: Ground
) -> tuple[Verdict, ...]:
    """A verdict on every point; a good point never goes because a doubtful one took its place."""
    verdicts = _decided(estate, rule, points, ground)
    sound = [point for point in points if (point.engine, point.id) not in ground.unusable]
    if len(sound) == len(points):
        return verdicts
    alone = {each.point: each for each in _decided(estate, rule, sound, ground) if each.kept}
    return tuple(alone.get(each.point, each) if not each.kept else each for each in verdicts)


def _decided(
    estate: Estate, rule: LaneRule, points: Iterable[RecoveryPoint], ground: Ground
) -> tuple[Verdict, ...]:
    fast = ground.pinned | ground.proven
    held = (
        Held(
            point.id,
            int(point.taken_at.timestamp()),
            protected=point.protected or (point.engine, point.id) in fast,
            complete=point.complete is not False,
        )
        for point in points
    )
    zone = ZoneInfo(estate.timezone)
    return decide(held, rule.policy.keep, zone=zone, dialect=rule.dialect, now=ground.now)
