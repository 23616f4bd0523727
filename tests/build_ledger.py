"""Builders for ledger tests: moments, points, evidence, and direct surgery on the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phoenix_dr.core.evidence import BlindSpot, DrillRecord, Evidence, Level, RecoveryPoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BLIND = BlindSpot("home", "engine-locked")


def hours(count: float) -> datetime:
    """So many hours after NOW."""
    return NOW + count * HOUR


def epoch(count: float) -> int:
    """The same in epoch seconds."""
    return int(hours(count).timestamp())


def point(own: str, taken: float = -1, **facts: Any) -> RecoveryPoint:
    """A good point of wiki/pages on engine home, taken so many hours after NOW."""
    usual = RecoveryPoint(
        own, "wiki/pages", "home", "nas", hours(taken), 1000, 10, True, host="pi", paths=("/srv",)
    )
    return replace(usual, **facts)


def seen(*points: RecoveryPoint, at: float = 0, **facts: Any) -> Evidence:
    """What engine home showed so many hours after NOW."""
    return Evidence("home", hours(at), points, **facts)


def drill(own: str, asset: str = "wiki/pages") -> DrillRecord:
    """A passed drill."""
    return DrillRecord(
        own, "run-1", asset, asset.split("/", maxsplit=1)[0], "home", "nas", "a", hours(-1), NOW,
        True, Level.RESTORES, Level.DATA,
    )  # fmt: skip


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the ledger's back, as an intruder would."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
        connection.commit()
