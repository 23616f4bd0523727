"""What Loki's answers and its configuration say, as core values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from phoenix_dr.adapters.loki import amounts
from phoenix_dr.core.model import SpanRule

FOREVER = (SpanRule(),)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TRUE = frozenset({"true", "yes", "on", "y"})


class Unclear(Exception):
    """A value that cannot be read; `args[0]` is its key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of `retention_stream`."""

    selector: str
    priority: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Configuration:
    """What of Loki's configuration decides how long it keeps.

    `deletes` is `compactor.retention_enabled`; `period` None is for ever. `elsewhere` names keys by
    which logs go beyond these rules. `tenants` is `auth_enabled`: each query sees one tenant's
    logs. A query reaches over `query_length` at most, and back by `lookback` (None: no limit).
    """

    deletes: bool
    period: timedelta | None
    streams: tuple[Entry, ...]
    elsewhere: tuple[str, ...] = ()
    tenants: bool = False
    query_length: timedelta | None = None
    lookback: timedelta | None = None

    @property
    def rules(self) -> tuple[SpanRule, ...]:
        """Everything for ever unless the compactor deletes, else the global rule, then streams.

        Of one selector named twice the highest priority counts, then the shortest period.
        """
        if not self.deletes:
            return FOREVER
        winners: dict[str, Entry] = {}
        for entry in self.streams:
            known = winners.get(entry.selector)
            if known is None or rank(entry) > rank(known):
                winners[entry.selector] = entry
        own = tuple(SpanRule(each.selector, each.period) for each in winners.values())
        return (SpanRule("", self.period), *own)


def rank(entry: Entry) -> tuple[int, timedelta]:
    """Of two entries that fit one stream Loki follows the higher: priority, then the shorter."""
    return entry.priority, -entry.period


def configuration(data: Mapping[str, Any]) -> Configuration:
    """Both of `GET /config` and of the file; a missing period is `0s`, as since Loki 2.8.

    Raises Unclear for what has another shape or is filled in at start (`${…}`).
    """
    limits, compactor = _section(data, "limits_config"), _section(data, "compactor")
    listed = limits.get("retention_stream") or []
    if not isinstance(listed, list):
        raise Unclear("limits_config.retention_stream")
    return Configuration(
        deletes=truth(compactor.get("retention_enabled"), "compactor.retention_enabled"),
        period=_period(limits, "retention_period", "limits_config"),
        streams=tuple(_entry(each, at) for at, each in enumerate(listed)),
        elsewhere=tuple(_elsewhere(data, limits)),
        # Loki's own default.
        tenants=truth(data.get("auth_enabled", True), "auth_enabled"),
        query_length=_period(limits, "max_query_length", "limits_config"),
        lookback=_period(limits, "max_query_lookback", "limits_config"),
    )


def _elsewhere(data: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterable[str]:
    if _section(data, "runtime_config").get("file"):
        yield "runtime_config.file"
    if limits.get("per_tenant_override_config"):
        yield "limits_config.per_tenant_override_config"
    if truth(_section(data, "table_manager").get("retention_deletes_enabled"), "table_manager"):
        yield "table_manager.retention_deletes_enabled"


def _entry(item: Any, at: int) -> Entry:
    key = f"limits_config.retention_stream.{at}"
    match item:
        case {"selector": str(selector)}:
            priority = item.get("priority", 0)
            period = _period(item, "period", key)
            if type(priority) is int and period is not None:
                return Entry(selector, priority, period)
    raise Unclear(key)


def truth(value: Any, key: str) -> bool:
    """A switch as Loki reads it (YAML 1.1: `yes` and `on` count too). Raises Unclear."""
    text = str(value).lower()
    if value is None or text in ("false", "no", "off", "n"):
        return False
    if text not in _TRUE:
        raise Unclear(key)
    return True


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    if found is not None and not isinstance(found, dict):
        raise Unclear(name)
    return found or {}


def _period(section: Mapping[str, Any], name: str, above: str) -> timedelta | None:
    """A period; None when it is missing or zero, which Loki takes for no limit."""
    value = section.get(name)
    if value is None:
        return None
    try:
        return amounts.duration(str(value)) or None
    except ValueError:
        raise Unclear(f"{above}.{name}") from None


def labels(answer: object) -> tuple[str, ...]:
    """Label names in an answer of `/labels`; none when the period is empty. Raises ValueError."""
    match answer:
        case {"status": "success", "data": list(names)}:
            if all(isinstance(name, str) for name in names):
                return tuple(names)
        case {"status": "success", **rest} if rest.get("data") is None:
            return ()
    raise ValueError("labels")


def moments(answer: object) -> tuple[datetime, ...]:
    """Times of the entries in an answer of `/query_range`, to the microsecond. Raises ValueError.

    Loki writes nanoseconds; what is below a microsecond is cut off.
    """
    match answer:
        case {"status": "success", "data": {"resultType": "streams", "result": list(streams)}}:
            found = [value for each in streams for value in _values(each)]
            try:
                return tuple(EPOCH + timedelta(microseconds=int(at) // 1000) for at in found)
            except OverflowError:
                pass
    raise ValueError("query_range")


def _values(stream: object) -> list[str]:
    match stream:
        case {"values": list(values)}:
            found = [value[0] for value in values if isinstance(value, list) and value]
            if len(found) == len(values) and all(isinstance(at, str) for at in found):
                return found
    raise ValueError("query_range")


def size(answer: object) -> int | None:
    """Bytes of an answer of `/index/stats`; None where it says nothing."""
    match answer:
        case {"bytes": int(count)} if count > 0:
            return count
    return None


def is_label(name: str) -> bool:
    """Whether a label can be named in a selector without quotes."""
    return _LABEL.fullmatch(name) is not None
