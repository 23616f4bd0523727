"""Showing a stored audit without reading the configuration."""

from __future__ import annotations

from datetime import UTC, datetime

from phoenix_dr.core.report import AuditReport
from phoenix_dr.render import units
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech


def stored_view(report: AuditReport, language: str) -> View:
    """The view of a stored report; locations are marked as the report knew them."""
    from phoenix_dr.surfaces.cli.columns import columns

    places = {location for cov in report.coverages if cov.simulated for _, location in cov.backups}
    return View(
        language, UTC, columns(), simulated=frozenset(places) if report.simulated else frozenset()
    )


def age_line(report: AuditReport, *, now: datetime) -> str:
    """How old what follows is."""
    return speech.t("cli.audited", age=units.age(now - report.made_at, speech.language()))
