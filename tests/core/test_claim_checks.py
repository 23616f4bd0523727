"""What a restored claim proves: only what is all gone fails, what nobody knows lowers."""

from __future__ import annotations

import pytest

from phoenix_dr.core.claim_checks import results
from phoenix_dr.core.claim_report import ClaimReport
from phoenix_dr.core.drill import ceiling, concerns
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Asset, AssetKind, Check, CheckKind

GOOD = ClaimReport(files=9, size=900, read=9, databases=2, sound=2, reached=False)
ASSET = Asset("media/settings/sonarr", AssetKind.VOLUMES, source="longhorn/media/sonarr")


def said(
    report: ClaimReport, known: ClaimReport | None = None, size: int | None = None
) -> dict[str, bool | None]:
    """Verdicts by code."""
    return {each.code: each.ok for each in results(report, known, size=size)}


def test_a_claim_like_last_time_is_well() -> None:
    assert said(GOOD, GOOD) == {"claim-read": True, "claim-databases": True}


@pytest.mark.parametrize(
    ("report", "known", "size", "told"),
    [
        (ClaimReport(reached=False), None, None, {"claim-empty": None, "claim-read": True}),
        (ClaimReport(reached=False), GOOD, None, {"claim-empty": False, "claim-read": True}),
        (ClaimReport(reached=False), None, 900, {"claim-empty": False, "claim-read": True}),
        (
            ClaimReport(files=4, read=4, reached=False),
            ClaimReport(files=9),
            None,
            {"claim-shrunk": None, "claim-read": True},
        ),
        (
            ClaimReport(files=9, read=9, reached=False),
            GOOD,
            None,
            {"claim-databases-gone": False, "claim-read": True},
        ),
        (ClaimReport(files=9, read=8, reached=False), None, None, {"claim-read": None}),
        (
            ClaimReport(files=9, read=8, unreadable=1, reached=False),
            None,
            None,
            {"claim-read": False},
        ),
        (ClaimReport(files=9, read=9), None, None, {"claim-read": True, "claim-network": None}),
        (
            ClaimReport(files=9, read=9, databases=2, sound=1, reached=False),
            None,
            None,
            {"claim-read": True, "claim-databases": None},
        ),
    ],
)
def test_what_differs_is_told(
    report: ClaimReport, known: ClaimReport | None, size: int | None, told: dict[str, bool | None]
) -> None:
    assert said(report, known, size) == told


def test_a_command_opens_the_way_to_data_for_each_claim_of_its_pattern() -> None:
    asked = Check("media/settings", CheckKind.COMMAND, argv=("true",))
    other = Check("media/set", CheckKind.COMMAND, argv=("true",))
    assert (concerns(asked, ASSET), concerns(other, ASSET)) == (True, False)
    assert ceiling(ASSET, [asked]) is Level.DATA
    assert ceiling(ASSET, [other]) is Level.STARTS
