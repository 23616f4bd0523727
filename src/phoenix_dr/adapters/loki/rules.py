"""Loki's configuration file with other rules in it, and nothing else changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from phoenix_dr.adapters import _yaml
from phoenix_dr.adapters.loki import amounts, parse
from phoenix_dr.adapters.loki.parse import Configuration, Unclear
from phoenix_dr.core.model import SpanRule
from phoenix_dr.errors import EngineError, Refused

PERIOD = ("limits_config", "retention_period")
STREAMS = ("limits_config", "retention_stream")
ENABLED = ("compactor", "retention_enabled")
REQUESTS = ("compactor", "delete_request_store")
OURS = (PERIOD, STREAMS, ENABLED, REQUESTS)
INDEXES = ("tsdb", "boltdb-shipper")
"""Stores of the index whose entries the compactor can remove."""


def read(text: str, *, engine: str) -> Configuration:
    """What a configuration says. Raises EngineError (loki-unclear and what `_yaml.read` raises)."""
    return _configuration(_yaml.read(text), engine)


def require_fit(rules: Sequence[SpanRule], *, engine: str) -> None:
    """Raise Refused (loki-rule-unfit) for rules Loki cannot keep by.

    One rule for everything, at most one for each selector, at least 24 hours; only everything can
    be kept for ever, and nothing by its size.
    """
    streams = [rule.stream for rule in rules]
    if streams.count("") != 1:
        raise Refused("loki-rule-unfit", engine=engine, stream="{}")
    for rule in rules:
        if streams.count(rule.stream) > 1 or not _is_fit(rule):
            raise Refused("loki-rule-unfit", engine=engine, stream=rule.stream or "{}")


def edited(text: str, rules: Sequence[SpanRule], *, engine: str) -> str:
    """The text with these rules, all of them; the same text when it says so already.

    Raises Refused (loki-rule-unfit, loki-cannot-delete, loki-key-unknown, edit-cannot-keep) and
    EngineError as `read`.
    """
    require_fit(rules, engine=engine)
    data = _yaml.read(text)
    before = _configuration(data, engine)
    if said(before.rules) == said(rules):
        return text
    after = _with_streams(_with_period(text, data, before, rules=rules), before, rules)
    if not before.deletes:
        after = _deleting(after, data, engine)
    require_only_ours(data, after, rules, engine=engine)
    return after


def said(rules: Iterable[SpanRule]) -> set[SpanRule]:
    """Rules without their order and reasons, which Loki does not know."""
    return {replace(rule, because="") for rule in rules}


def _configuration(data: Mapping[str, Any], engine: str) -> Configuration:
    try:
        return parse.configuration(data)
    except Unclear as error:
        raise EngineError("loki-unclear", engine=engine, detail=str(error)) from None


def _is_fit(rule: SpanRule) -> bool:
    if rule.size is not None:
        return False
    if rule.within is None:
        return not rule.stream
    if rule.within.microseconds or not amounts.SHORTEST <= rule.within <= amounts.LONGEST:
        return False
    try:
        return not rule.stream or bool(amounts.selector(rule.stream))
    except ValueError:
        return False


def _with_period(
    text: str, data: Mapping[str, Any], before: Configuration, *, rules: Iterable[SpanRule]
) -> str:
    wanted = next(rule.within for rule in rules if not rule.stream)
    # Written out even where it is the default, which was 744h before 2.8.
    if wanted == before.period and PERIOD[1] in (data.get(PERIOD[0]) or {}):
        return text
    return _yaml.assigned(text, PERIOD, amounts.duration_text(wanted) if wanted else "0s")


def _with_streams(text: str, before: Configuration, rules: Iterable[SpanRule]) -> str:
    wanted = {rule.stream: rule.within for rule in rules if rule.stream and rule.within}
    kept: dict[str, int] = {}
    for at, entry in enumerate(before.streams):
        first = before.streams[kept.get(entry.selector, at)]
        if entry.selector in wanted and parse.rank(entry) >= parse.rank(first):
            kept[entry.selector] = at
    gone = sorted(set(range(len(before.streams))) - set(kept.values()), reverse=True)
    if before.streams and not kept:
        text, gone = _yaml.removed(text, STREAMS), []
    for selector, at in kept.items():
        if before.streams[at].period != wanted[selector]:
            period = amounts.duration_text(wanted[selector])
            text = _yaml.assigned(text, (*STREAMS, at, "period"), period)
    for at in gone:
        text = _yaml.removed(text, (*STREAMS, at))
    highest = max((before.streams[at].priority for at in kept.values()), default=0)
    new = [selector for selector in wanted if selector not in kept]
    for priority, selector in enumerate(new, highest + 1):
        period = amounts.duration_text(wanted[selector])
        item = {"selector": selector, "priority": priority, "period": period}
        text = _yaml.appended(text, STREAMS, item)
    return text


def _deleting(text: str, data: Mapping[str, Any], engine: str) -> str:
    """The text with the compactor deleting, where the index lets it."""
    stores = _require_index(data, engine)
    compactor = data.get("compactor") or {}
    text = _yaml.assigned(text, ENABLED, True)
    # Loki 2 names the store by `shared_store`, and knows no other key before 2.9.
    if compactor.get("delete_request_store") or compactor.get("shared_store"):
        return text
    if len(stores) != 1:
        raise Refused("loki-key-unknown", engine=engine, key=_yaml.shown(REQUESTS))
    return _yaml.assigned(text, REQUESTS, stores.pop())


def _require_index(data: Mapping[str, Any], engine: str) -> set[str]:
    """The object stores in use. Raises Refused for an index the compactor cannot remove from."""
    schema = data.get("schema_config")
    periods = schema.get("configs") if isinstance(schema, dict) else None
    if not isinstance(periods, list) or not periods:
        raise Refused("loki-key-unknown", engine=engine, key="schema_config.configs")
    stores = set()
    for at, each in enumerate(periods):
        key = f"schema_config.configs.{at}"
        match each:
            case {"store": str(store), "index": {"period": period}}:
                if store not in INDEXES:
                    raise Refused("loki-cannot-delete", engine=engine, key=f"{key}.store")
                if str(period) not in ("24h", "1d", "24h0m0s"):
                    raise Refused("loki-cannot-delete", engine=engine, key=f"{key}.index.period")
            case _:
                raise Refused("loki-cannot-delete", engine=engine, key=f"{key}.index.period")
        if isinstance(each.get("object_store"), str):
            stores.add(each["object_store"])
    return stores


def require_only_ours(
    before: Mapping[str, Any], text: str, rules: Iterable[SpanRule], *, engine: str
) -> None:
    """Raise Refused (edit-cannot-keep) unless a text says these rules, and all else as before."""
    after = _yaml.read(text)
    right = said(_configuration(after, engine).rules) == said(rules)
    if not right or _others(after) != _others(before):
        raise Refused("edit-cannot-keep", key=_yaml.shown(STREAMS))


def _others(data: Mapping[str, Any]) -> dict[str, Any]:
    """Everything but the keys this file sets; a section without other keys counts as none."""
    left = deepcopy(dict(data))
    for section, name in OURS:
        if isinstance(left.get(section), dict):
            left[section].pop(name, None)
        if section in left and not left[section]:
            del left[section]
    return left
