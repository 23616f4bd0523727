"""A round table without a model: what each sibling's rules say of the evidence, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from phoenix_dr.core.report import AuditReport, Finding, Severity

SEATS = ("forge", "helm", "vault", "flow", "hawk", "phoenix", "you")
"""Who speaks, in order; the owners of findings."""
_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a table knows beside the audit: things described, and what was asked of whom.

    `asked` maps a sibling to the state of the last request to them.
    """

    guests: int = 0
    claims: int = 0
    keys: int = 0
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speech:
    """What one of them has to say.

    `first` is the gravest finding, with how many there are and how many are grave (critical or
    unknown: unknown is never well). Without one, `count` things are looked after, and `grave` of
    them are not well by their own rule.
    """

    who: str
    first: Finding | None
    count: int
    grave: int
    asked: str = ""


def round_table(report: AuditReport, facts: TableFacts | None = None) -> tuple[Speech, ...]:
    """Everybody who has something to say, or something to look after; the others stay silent."""
    known = facts or TableFacts()
    made = []
    for who in SEATS:
        own = [each for each in report.findings if each.owner == who]
        if own:
            first = min(own, key=lambda each: _ORDER.index(each.severity))
            grave = sum(e.severity in {Severity.CRITICAL, Severity.UNKNOWN} for e in own)
            made.append(Speech(who, first, len(own), grave))
            continue
        count, grave = _looked_after(who, report, known)
        if count:
            made.append(Speech(who, None, count, grave, known.asked.get(who, "")))
    return tuple(made)


def _looked_after(who: str, report: AuditReport, facts: TableFacts) -> tuple[int, int]:
    """How many things are somebody's, and how many of them break their rule."""
    with_data = report.declared
    late = sum(each.rpo is None or each.rpo >= each.rpo_objective for each in with_data)
    unplanned = sum(not each.schedule for each in with_data)
    known = {
        "forge": (facts.guests, 0),
        "helm": (facts.claims, 0),
        "vault": (facts.keys, 0),
        "flow": (len(with_data), unplanned),
        "hawk": (len(with_data), late),
    }
    return known.get(who, (0, 0))
