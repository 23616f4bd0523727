"""Prometheus' own answers as spans and rules; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.adapters.prometheus import amounts
from phoenix_dr.core.evidence import Span
from phoenix_dr.core.model import SpanRule

_TSDB = "prometheus_tsdb_"
LOWEST = f"{_TSDB}lowest_timestamp"
NEWEST = f"{_TSDB}head_max_time"
SIZES = (
    f"{_TSDB}storage_blocks_bytes",
    f"{_TSDB}wal_storage_size_bytes",
    f"{_TSDB}head_chunks_storage_size_bytes",
)
"""What lies on disk; the last two are absent before 2.45 and before 2.30 or so."""
LIMIT = f"{_TSDB}retention_limit_"
_BUILD = re.compile(r'prometheus_build_info\{.*\bversion="([^"]{1,64})"')
_GAUGE = re.compile(r"(prometheus_tsdb_[a-z_]+) (\S{1,40})(?: \d+)?")
LAST_TIME = 253_402_300_799
"""The year 9999: an empty store answers the edge of 64 bits instead of a time."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """What Prometheus says of its store: gauges without labels by name, and its version."""

    gauges: Mapping[str, float] = field(default_factory=dict)
    version: str = ""


def metrics(lines: Iterable[str]) -> Metrics:
    """The gauges of the store among all metrics; unreadable lines are left out."""
    gauges: dict[str, float] = {}
    version = ""
    for line in lines:
        if (found := _GAUGE.fullmatch(line)) and (number := _number(found[2])) is not None:
            gauges[found[1]] = number
        elif not version and (build := _BUILD.match(line)):
            version = build[1]
    return Metrics(gauges, version)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def span(engine: str, found: Metrics, *, now: datetime) -> Span | None:
    """The period held; none passed yet for an empty store. None when Prometheus does not say."""
    if f"{LOWEST}_seconds" not in found.gauges and LOWEST not in found.gauges:
        return None
    since = _moment(found.gauges, LOWEST) or now
    newest = _moment(found.gauges, NEWEST) or now
    sizes = [found.gauges[name] for name in SIZES if name in found.gauges]
    known = SIZES[0] in found.gauges and all(0 <= each < 2**63 for each in sizes)
    size = int(sum(sizes)) if known else None
    return Span(engine, "", since, max(since, min(newest, now)), size)


def _moment(gauges: Mapping[str, float], name: str) -> datetime | None:
    seconds = gauges.get(f"{name}_seconds", gauges.get(name, float("nan")) / 1000)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LAST_TIME else None


def limits(found: Metrics) -> SpanRule | None:
    """The rule in force as newer metrics tell it; None when they do not.

    They alone follow a rule set in prometheus.yml. ValueError for a limit in percent.
    """
    if any(name.startswith(f"{LIMIT}percent") and value for name, value in found.gauges.items()):
        raise ValueError("percentage")
    seconds, most = (found.gauges.get(f"{LIMIT}{unit}") for unit in ("seconds", "bytes"))
    if seconds is None or most is None or not (0 <= seconds < 1e11 and 0 <= most < 2**63):
        return None
    return amounts.rule(f"{int(seconds)}s", f"{int(most)}B")


def runtime_rule(answer: Any) -> SpanRule | None:
    """The rule of `/api/v1/status/runtimeinfo`; None before 2.14 or so, which has none there.

    Raises ValueError for a limit of another kind, KeyError or TypeError for another shape.
    """
    said = answer["data"].get("storageRetention")
    if not said:
        return None
    time = size = None
    for word in str(said).split(" or "):
        if re.search(r"\d[a-z]+$", word):
            time = word
        else:
            size = word
    return amounts.rule(time, size)


def flags_rule(answer: Any) -> SpanRule:
    """The rule of `/api/v1/status/flags`. Raises as `runtime_rule`."""
    flags = answer["data"]
    asked = "storage.tsdb.retention"
    time = _set(flags.get(f"{asked}.time")) or _set(flags.get(asked))
    return amounts.rule(time, _set(flags.get(f"{asked}.size")))


def _set(word: object) -> str | None:
    return str(word) if word and word not in ("0s", "0B", "0") else None
