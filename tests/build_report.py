"""Small builders of what an audit, a drill and a plan say; every field has a plain default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_dr.core.evidence import BlindSpot, CheckResult, DrillRecord, Level, Phase, Scope
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.report import (
    AuditReport,
    Coverage,
    Finding,
    Freshness,
    KeyCustody,
    RecoveryPlan,
    ServiceRecovery,
    ServiceRow,
    Severity,
    State,
    Step,
)
from phoenix_dr.core.score_facts import Cap, Gain, LossKind, Score, ScoreLoss
from phoenix_dr.render.view import View

NOW = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "a|b\nc\x1b[31m`d`<!-- e\u202e\udcff*[f](g)"
"""A name that tries pipes, lines, terminal escapes, Markdown, comments, invalid UTF-8."""


def view(language: str = "en", **changes: Any) -> View:
    """A view in Paris with one off-site and one simulated location."""
    shown = View(
        language,
        ZoneInfo("Europe/Paris"),
        simulated=frozenset({"offsite"}),
        off_site=frozenset({"s3-paris", "offsite"}),
    )
    return replace(shown, **changes)


def row(service: str = "wiki", **changes: Any) -> ServiceRow:
    """A healthy service."""
    healthy = ServiceRow(
        service=service,
        criticality=Criticality.CRITICAL,
        data=("pages", "uploads"),
        backups=(("restic-home", "usb-disk"), ("restic-offsite", "s3-paris")),
        schedule="0 3,15 * * *",
        newest=NOW - 9 * HOUR,
        rpo=12 * HOUR,
        state=State.OK,
        level=Level.DATA,
        rto_seconds=98.0,
    )
    return replace(healthy, **changes)


def coverage(asset: str = "wiki/pages", **changes: Any) -> Coverage:
    """A healthy asset."""
    healthy = Coverage(
        asset=asset,
        service=asset.split("/")[0],
        state=State.OK,
        has_data=True,
        newest=NOW - 9 * HOUR,
        newest_suspect=False,
        rpo=12 * HOUR,
        rpo_objective=24 * HOUR,
        worst_gap=12 * HOUR,
        worst_case=12 * HOUR,
        schedule="0 3,15 * * *",
        backups=(("restic-home", "usb-disk"), ("restic-offsite", "s3-paris")),
        copies=3,
        media=2,
        off_site=True,
        immutable=None,
        simulated=False,
        blind=False,
        level=Level.DATA,
        level_at=NOW - 24 * HOUR,
        last_drill_ok=True,
        rpo_by_scope={Scope.SITE: 12 * HOUR, Scope.RANSOMWARE: None},
    )
    return replace(healthy, **changes)


def score(**changes: Any) -> Score:
    """5.0 of 10, held down by a cap, with losses that add up."""
    cap = Cap("critical-never-drilled", 5_000, "wiki/pages")
    losses = (
        ScoreLoss(LossKind.ROUNDING, 34),
        ScoreLoss(LossKind.CAP, 1_200, "wiki/pages", cap.code),
        ScoreLoss(LossKind.DIMENSION, 1_266, "wiki/pages", "proof"),
        ScoreLoss(LossKind.DIMENSION, 2_500, "wiki/uploads", "copies"),
    )
    return replace(Score(5_000, 6_234, cap, (cap,), losses), **changes)


def finding(code: str = "never-drilled", **changes: Any) -> Finding:
    """A warning about the wiki."""
    parameters = (("service", "wiki"), ("command", "phoenix backup wiki"))
    return replace(Finding(code, Severity.WARNING, "wiki/pages", "phoenix", parameters), **changes)


def report(*rows: ServiceRow, **changes: Any) -> AuditReport:
    """An audit of these services, or of one healthy one."""
    audit = AuditReport(
        estate="homelab",
        made_at=NOW,
        rows=rows or (row(),),
        coverages=(coverage(),),
        findings=(finding(), finding("no-backup", severity=Severity.CRITICAL, owner="you")),
        score=score(),
        gains=(Gain("drill", "wiki/pages", 2_100), Gain("write-plan", "", 400)),
        scenarios={Scope.DISK: 5_000, Scope.SITE: 4_200, Scope.KEY: 0},
        blind_spots=(BlindSpot("restic-offsite", "engine-unreachable", "no route"),),
        freshness=(Freshness("restic-home", NOW - HOUR, NOW - 9 * HOUR, None),),
        ledger_head="7f3a" * 16,
        simulated=False,
    )
    return replace(audit, **changes)


def drill(asset: str = "wiki/pages", **changes: Any) -> DrillRecord:
    """A passed drill of 1.7 s from the simulated off-site copy."""
    passed = DrillRecord(
        id="phx-1",
        run="run-1",
        asset=asset,
        service=asset.split("/")[0],
        engine="restic-offsite",
        location="offsite",
        point="aa11",
        taken_at=NOW - HOUR,
        started_at=NOW,
        ok=True,
        level=Level.DATA,
        ceiling=Level.DATA,
        phases=(
            Phase("provision", 0.1),
            Phase("fetch", 1.2),
            Phase("start", 0.1),
            Phase("check", 0.3),
        ),
        checks=(
            CheckResult("restore", True, Level.RESTORES),
            CheckResult("isolation", None, Level.STARTS),
        ),
        off_site=True,
        isolated=True,
        data_age=timedelta(seconds=14),
    )
    return replace(passed, **changes)


def step(code: str, **parameters: str | int) -> Step:
    """One step of a procedure."""
    return Step(code, tuple(parameters.items()))


def recovery(service: str = "wiki", **changes: Any) -> ServiceRecovery:
    """How the wiki comes back: three steps, tested."""
    tested = ServiceRecovery(
        service=service,
        criticality=Criticality.CRITICAL,
        rto_objective=2 * HOUR,
        rto_seconds=98.0,
        rpo=12 * HOUR,
        data=(("pages", "/srv/wiki/wiki.db"),),
        sources=(("restic-offsite", "s3:https://s3.example.org/b", "s3-paris"),),
        steps=(
            step("install-tools", tools="restic sqlite3"),
            step(
                "restore-sqlite",
                asset=f"{service}/pages",
                repository="s3:https://s3.example.org/b",
                password="file:/etc/phoenix/offsite.pw",
                into="/var/tmp/restore",
            ),
            step("start-service", unit=f"{service}.service"),
        ),
        depends_on=(),
        level=Level.DATA,
        last_drill=drill(f"{service}/pages"),
        wave=1,
        cumulative_seconds=98.0,
    )
    return replace(tested, **changes)


def custody(name: str = "repositories", **changes: Any) -> KeyCustody:
    """A key with one copy at the parents' house."""
    key = KeyCustody(
        name=name,
        fingerprint="sha256:12ab",
        opens=("restic-home",),
        assets=("wiki/pages",),
        copies=(("paper kit", "parents"),),
        off_site=True,
        proved_at=NOW,
        proved_place="paper kit",
        last_proof_ok=True,
    )
    return replace(key, **changes)


def plan(*services: ServiceRecovery, **changes: Any) -> RecoveryPlan:
    """A plan of these services, or of the wiki alone."""
    made = RecoveryPlan(
        estate="homelab",
        made_at=NOW,
        services=services or (recovery(),),
        keys=(custody(),),
        total_seconds=98.0,
        score_milli=8_000,
        ledger_head="7f3a" * 16,
        gaps=(finding(),),
        simulated=False,
    )
    return replace(made, **changes)
