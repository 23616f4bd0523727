"""What Hawk was handed, and what shows that it was loaded: the same rules in Prometheus, healthy.

Prometheus prints an expression anew, with its own blanks and numbers (2592000 as 2.592e+06): what
counts is the same words in the same order. A rule that was never evaluated has no health yet.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from phoenix_dr.core.alerts import Alert

GROUP = "phoenix-backup"
OWNER = "phoenix"
HEALTHY = "ok"
_NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])"
_WORD = re.compile(_NUMBER + r'|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|[\w:.]+|[<>=!~]+|\S')


class Loading(StrEnum):
    """What a Prometheus shows of the rules that were handed over; `unseen`: it does not answer."""

    LOADED = "loaded"
    UNHEALTHY = "unhealthy"
    DIFFERENT = "different"
    ABSENT = "absent"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """An alert as Prometheus lists it: `lasts` in seconds, `health` ok, err or unknown."""

    group: str
    name: str
    expression: str
    lasts: float
    labels: Mapping[str, str] = field(default_factory=dict)
    health: str = ""
    file: str = ""


Wanted = Mapping[str, tuple[str, float, str]]
"""By name: the words of the expression, how long it must hold in seconds, the severity."""


def wanted(alerts: Iterable[Alert]) -> Wanted:
    """What must be found in Prometheus for these alerts."""
    return {
        each.name: (words(each.expression), each.lasts.total_seconds(), each.severity)
        for each in alerts
    }


def words(expression: str) -> str:
    """An expression without regard to its blanks, or to how its numbers are written."""
    return " ".join(map(_plain, _WORD.findall(expression)))


def _plain(word: str) -> str:
    return repr(float(word)) if re.fullmatch(_NUMBER, word) else word


def judge(handed: Wanted, loaded: Iterable[LoadedRule]) -> Loading:
    """What of the rules handed over is loaded; an old group of ours beside makes it different."""
    groups: defaultdict[tuple[str, str], list[LoadedRule]] = defaultdict(list)
    for rule in loaded:
        if rule.group == GROUP:
            groups[rule.file, rule.group].append(rule)
    if not groups:
        return Loading.ABSENT
    if any(not _is_same(handed, rules) for rules in groups.values()):
        return Loading.DIFFERENT
    healthy = all(rule.health == HEALTHY for rules in groups.values() for rule in rules)
    return Loading.LOADED if healthy else Loading.UNHEALTHY


def _is_same(handed: Wanted, rules: list[LoadedRule]) -> bool:
    found = {
        rule.name: (words(rule.expression), rule.lasts, rule.labels.get("severity", ""))
        for rule in rules
    }
    ours = all(rule.labels.get("owner") == OWNER for rule in rules)
    return ours and len(found) == len(rules) and found == dict(handed)
