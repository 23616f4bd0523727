"""What `--json` prints where the plain encoding would leave sums to the reader."""

from __future__ import annotations

from typing import Any

from phoenix_dr import codec
from phoenix_dr.core.report import AuditReport


def audit_json(report: AuditReport) -> dict[str, Any]:
    """The report; the score also as points out of ten. Losses and score sum to exactly 10."""
    form: dict[str, Any] = codec.encode(report)
    score = form["score"]
    score["value"] = points(report.score.milli)
    score["raw"] = points(report.score.raw_milli)
    for loss in score["losses"]:
        loss["points"] = points(loss["milli"])
    for gain in form["gains"]:
        gain["points"] = points(gain["milli"])
    return form


def points(milli: int) -> float:
    """Thousandths as points out of ten."""
    return milli / 1000
