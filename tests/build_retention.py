"""Builders for retention: points from short words, and what a rule keeps of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention import Held, Verdict, decide
from phoenix_dr.core.retention_dialects import Dialect

PARIS = "Europe/Paris"
NOW = "2026-11-06 12:00"


def epoch(text: str, zone: str = PARIS, fold: int = 0) -> int:
    """Epoch seconds of a wall-clock time (`2026-11-06 03:00`, or a day alone)."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def held(*times: str, zone: str = PARIS) -> list[Held]:
    """Points named after the time they were taken at."""
    return [Held(text, epoch(text, zone)) for text in times]


def verdicts(
    points: Iterable[Held],
    rule: RetentionRule,
    dialect: Dialect,
    *,
    now: str = NOW,
    zone: str = PARIS,
) -> dict[str, Verdict]:
    """What is decided, by id of the point."""
    moment = datetime.fromtimestamp(epoch(now, zone), ZoneInfo(zone))
    decided = decide(points, rule, zone=ZoneInfo(zone), dialect=dialect, now=moment)
    return {verdict.point: verdict for verdict in decided}


def kept(
    points: Iterable[Held],
    rule: RetentionRule,
    dialect: Dialect,
    *,
    now: str = NOW,
    zone: str = PARIS,
) -> set[str]:
    """Ids of the points that stay."""
    decided = verdicts(points, rule, dialect, now=now, zone=zone)
    return {name for name, verdict in decided.items() if verdict.kept}
