"""The alerts a Prometheus has loaded, as it lists them; rows of another shape are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phoenix_dr.adapters._http import Server
from phoenix_dr.core.hawk import LoadedRule
from phoenix_dr.errors import EngineError

PATH = "/api/v1/rules"
MOST = 20_000


def loaded(server: Server) -> tuple[LoadedRule, ...]:
    """Every alert of every group. Raises as `Server.get_json`, and answer-confused.

    A row that cannot be read makes its group incomplete, which is never the group we wrote.
    """
    answer = server.get_json(PATH, params={"type": "alert"})
    try:
        groups = answer["data"]["groups"]
        if answer["status"] != "success" or not isinstance(groups, list):
            raise KeyError("groups")
    except (KeyError, TypeError):
        raise EngineError("answer-confused", engine=server.engine) from None
    found = []
    for rule in _rules(groups):
        found.append(rule)
        if len(found) > MOST:
            raise EngineError("answer-confused", engine=server.engine)
    return tuple(found)


def _rules(groups: list[Any]) -> Iterator[LoadedRule]:
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("rules"), list):
            continue
        name, file = str(group.get("name", "")), str(group.get("file", ""))
        for row in group["rules"]:
            yield _rule(name, file, row if isinstance(row, dict) else {})


def _rule(group: str, file: str, row: dict[str, Any]) -> LoadedRule:
    labels = row.get("labels")
    lasts = row.get("duration")
    return LoadedRule(
        group=group,
        name=str(row.get("name", "")),
        expression=str(row.get("query", "")),
        lasts=float(lasts) if isinstance(lasts, int | float) else -1.0,
        labels={str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
        health=str(row.get("health", "")),
        file=file,
    )
