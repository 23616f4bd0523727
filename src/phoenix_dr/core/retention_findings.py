"""Findings about retention: rules that are not in force, reach too little, or remove too much."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.report import Finding, Severity

DOCUMENT = "retention-policy.md"


def of_retention(view: View) -> Iterator[Finding]:
    """Where retention drifted from phoenix.yaml and from the document written for it."""
    drift = view.facts.retention
    if drift.document == "missing":
        yield _finding("retention-document-missing", Severity.INFO, DOCUMENT, "phoenix")
    elif drift.document:
        yield _finding("retention-document-stale", Severity.WARNING, DOCUMENT, "phoenix")
    for each in drift.differs:
        yield _finding(
            "retention-differs",
            Severity.WARNING,
            each.engine,
            "phoenix",
            stream=each.stream or "*",
            wanted=each.wanted,
            found=each.found,
        )
    for each in drift.pending:
        yield _finding(
            "retention-not-in-force",
            Severity.WARNING,
            each.engine,
            "you",
            stream=each.stream or "*",
            wanted=each.wanted,
            found=each.found,
        )
    yield from _of_points(view)


def _of_points(view: View) -> Iterator[Finding]:
    for short in view.facts.retention.short:
        yield _finding(
            "retention-too-short",
            Severity.WARNING,
            short.policy,
            "you",
            engine=short.engine,
            days=short.days,
            needed=short.needed,
        )
    for gone in view.facts.retention.expired:
        yield _finding(
            "expired-too-much",
            Severity.WARNING,
            gone.asset,
            "you",
            engine=gone.engine,
            points=gone.points,
            since=gone.since.date().isoformat(),
            until=gone.until.date().isoformat(),
        )
    for drop in view.facts.retention.dropped:
        yield _finding(
            "points-dropped",
            Severity.CRITICAL,
            drop.engine,
            "you",
            engine=drop.engine,
            points=drop.points,
            of=drop.of,
            day=drop.at.date().isoformat(),
        )


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))
