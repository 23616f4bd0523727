"""Random histories of points and random rules, from a seed: what engines really make, and worse.

Regular runs with jitter, bursts, holes, days on which clocks change, ISO week 53, leap days,
several points in one period, points from the future.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from phoenix_dr.core.model import RetentionRule

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
EDGES = (
    datetime(2024, 3, 1, 6, tzinfo=UTC),  # after a leap day
    datetime(2021, 1, 5, 3, tzinfo=UTC),  # ISO week 53 of 2020 holds days of 2021
    datetime(2025, 3, 31, 3, tzinfo=UTC),  # Paris skipped an hour
    datetime(2025, 10, 27, 3, tzinfo=UTC),  # Paris repeated one
    datetime(2025, 11, 3, 9, tzinfo=UTC),  # New York repeated one
    datetime(2025, 4, 7, 1, tzinfo=UTC),  # Lord Howe went back half an hour
)
STEPS = (600, 1800, 3600, 6 * 3600, 43_200, 86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400)
COUNTS = {"last": 8, "hourly": 24, "daily": 10, "weekly": 8, "monthly": 8, "yearly": 4}
QUIET = 7200
"""No point lies so near (seconds) to now, nor to the edge of a duration counted from now."""


@dataclass(frozen=True, slots=True)
class History:
    """Epoch seconds of the points of one group, newest first, in the zone days are counted in."""

    zone: str
    times: tuple[int, ...]


def history(random: Random, *, now: int, zone: str | None = None) -> History:
    """A history of up to 40 points, each at its own second."""
    start = now if random.random() < 0.4 else int(random.choice(EDGES).timestamp())
    step, times, moment = random.choice(STEPS), set[int](), float(start + random.randrange(-90, 90))
    for _ in range(random.randrange(41)):
        times.add(int(moment))
        if random.random() < 0.1:
            step = random.choice(STEPS)
        jitter = random.choice((1, 1, 1, random.random() * 2, 0.01, 12 * random.random()))
        moment -= max(1, step * jitter)
    if random.random() < 0.15:
        times |= {now + random.randrange(QUIET, 90 * 86_400) for _ in range(random.randrange(1, 4))}
    return History(
        zone=zone or random.choice(ZONES),
        times=tuple(sorted((each for each in times if abs(each - now) >= QUIET), reverse=True)),
    )


def rule(random: Random, *, within: float = 0.25) -> RetentionRule:
    """A rule that sets at least one thing; `within` is how often it sets a duration."""
    names = random.sample(sorted(COUNTS), random.randrange(1, 5))
    counts: dict[str, Any] = {name: random.randrange(1, COUNTS[name] + 1) for name in names}
    if random.random() >= within:
        return replace(RetentionRule(), **counts)
    hours = timedelta(hours=random.choice((5, 24, 72, 24 * 7, 24 * 40, 24 * 400)))
    return replace(RetentionRule(within=hours), **counts if random.random() < 0.7 else {})


def clear_of(edge: int, one: History) -> History:
    """The history without points so near to `edge` that a second's delay would move them over."""
    return History(one.zone, tuple(each for each in one.times if abs(each - edge) >= QUIET))


def within_seconds(one: RetentionRule) -> int:
    """The duration of a rule, 0 when it has none."""
    return int(one.within.total_seconds()) if one.within else 0


def as_row(one: History, asked: RetentionRule, kept: set[int]) -> dict[str, Any]:
    """A line of a golden file: what was asked, and the times the tool keeps, by position."""
    numbers = {name: value for name, value in asdict(asked).items() if value}
    if asked.within:
        numbers["within"] = within_seconds(asked)
    positions = [at for at, moment in enumerate(one.times) if moment in kept]
    return {"zone": one.zone, "rule": numbers, "times": list(one.times), "kept": positions}


def from_row(row: dict[str, Any]) -> tuple[History, RetentionRule, set[int]]:
    """The reverse of `as_row`."""
    numbers = dict(row["rule"])
    if "within" in numbers:
        numbers["within"] = timedelta(seconds=numbers["within"])
    one = History(row["zone"], tuple(row["times"]))
    return one, RetentionRule(**numbers), {one.times[at] for at in row["kept"]}
