"""A round table without a model: what each sibling's own findings say, worst first."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.core.report import AuditReport, Finding, Severity

SEATS = ("forge", "helm", "vault", "flow", "hawk", "phoenix", "you")
"""Who speaks, in order; the owners of findings."""
_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Speech:
    """What one of them has to say: the gravest finding, and how many there are of each weight."""

    who: str
    first: Finding
    count: int
    grave: int


def round_table(report: AuditReport) -> tuple[Speech, ...]:
    """Everybody who has something to say; who has nothing stays silent.

    `grave` counts what is critical or unknown: unknown is never well.
    """
    made = []
    for who in SEATS:
        own = [each for each in report.findings if each.owner == who]
        if own:
            first = min(own, key=lambda each: _ORDER.index(each.severity))
            grave = sum(e.severity in {Severity.CRITICAL, Severity.UNKNOWN} for e in own)
            made.append(Speech(who, first, len(own), grave))
    return tuple(made)
