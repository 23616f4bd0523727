"""What there is to mend, most urgent first.

Parameters are facts for the phrases `finding.CODE` and `remedy.CODE`, beside the subject; spans
are whole seconds (`{age:duration}`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from phoenix_dr.core.asset_findings import ASSET_FAMILIES
from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.estate_findings import ESTATE_FAMILIES
from phoenix_dr.core.finding_facts import FindingFacts, View
from phoenix_dr.core.model import Estate
from phoenix_dr.core.recovery import effective_criticality
from phoenix_dr.core.report import Coverage, Finding, Severity, State

__all__ = ["FindingFacts", "find"]


def find(
    estate: Estate, coverages: Sequence[Coverage], facts: FindingFacts, *, now: datetime
) -> tuple[Finding, ...]:
    """Every finding, sorted by severity, then criticality of the service, then subject.

    What is wrong with an asset whose loss was accepted, until the date given, is only INFO.
    """
    view = View(
        estate=estate,
        coverages=tuple(coverages),
        facts=facts,
        now=now,
        today=local_day(estate, now),
        criticality=effective_criticality(estate.services),
        assets={asset.id: asset for asset in estate.assets()},
    )
    found = [*_of_assets(view), *_of_estate(view)]
    return tuple(sorted(found, key=lambda finding: _urgency(view, finding)))


def _of_assets(view: View) -> Iterator[Finding]:
    accepted = {
        asset.id for asset in view.estate.assets() if is_excused(asset.accepted_loss, view.today)
    }
    for coverage in view.coverages:
        if coverage.state is State.NONE:
            continue
        found = _run(view, coverage)
        if coverage.asset in accepted:
            found = (replace(finding, severity=Severity.INFO) for finding in found)
        yield from found


def _run(view: View, coverage: Coverage) -> Iterable[Finding]:
    return (finding for family in ASSET_FAMILIES for finding in family(view, coverage))


def _of_estate(view: View) -> Iterator[Finding]:
    for family in ESTATE_FAMILIES:
        yield from family(view)


def _urgency(view: View, finding: Finding) -> tuple[int, int, str, str]:
    rank = view.rank(finding.subject)
    return tuple(Severity).index(finding.severity), rank, finding.subject, finding.code
