"""Weighing before deciding: at least three ways, what each failure costs today, one decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.report import AuditReport, Coverage, Finding, Severity
from phoenix_dr.core.score_facts import Gain

LEAST, MOST = 3, 4
"""Ways that are put forward; leaving things as they are is always one of them."""


@dataclass(frozen=True, slots=True)
class Option:
    """A way to go: what raises the score, or what mends a finding; neither is to change nothing."""

    gain: Gain | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What a loss of this scope would cost now: assets gone whole, of how many with data."""

    scope: Scope
    gone: int
    total: int


@dataclass(frozen=True, slots=True)
class Thought:
    """What there is to decide between. `enough` False: fewer than three ways are known."""

    options: tuple[Option, ...]
    failures: tuple[Failure, ...]
    enough: bool


def think(report: AuditReport) -> Thought:
    """The best remedies of an audit, beside changing nothing, and each failure played through."""
    best = [Option(gain) for gain in report.gains[: MOST - 1]]
    if len(best) < LEAST - 1:
        best += list(_mending(report))[: LEAST - 1 - len(best)]
    options = (*best, Option())
    with_data = report.declared
    failures = tuple(
        Failure(scope, sum(_is_gone(each, scope) for each in with_data), len(with_data))
        for scope in Scope
    )
    return Thought(options, failures, len(options) >= LEAST)


def _mending(report: AuditReport) -> Iterator[Option]:
    """The gravest findings about what no gain is about; a ceiling can hide that they matter."""
    said = {gain.subject for gain in report.gains[: MOST - 1]}
    order = tuple(Severity)
    for found in sorted(report.findings, key=lambda each: order.index(each.severity)):
        if found.severity is not Severity.INFO and found.subject not in said:
            said.add(found.subject)
            yield Option(finding=found)


def _is_gone(each: Coverage, scope: Scope) -> bool:
    return each.rpo_by_scope.get(scope) is None
