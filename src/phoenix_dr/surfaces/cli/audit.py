"""`phoenix audit`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import click

from phoenix_dr.app.audit import audit as make_audit
from phoenix_dr.app.audit import write_report
from phoenix_dr.app.changes import changes_since
from phoenix_dr.core.report import AuditReport, Severity, State
from phoenix_dr.render import audit as shown
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.alerts_shown import settle_hawk
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.flow_end import settle_flow
from phoenix_dr.surfaces.cli.json_forms import audit_json
from phoenix_dr.surfaces.cli.session import session, view
from phoenix_dr.surfaces.cli.vault_end import settle_vault


@command("audit")
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help=speech.t("option.since"),
)
@click.option("--force", is_flag=True, help=speech.t("option.force"))
@click.option("--no-report", is_flag=True, help=speech.t("option.no-report"))
def audit(since: datetime | None, force: bool, no_report: bool) -> int:
    with session() as ctx:
        moment = since.replace(tzinfo=view(ctx).zone) if since else None
        before = changes_since(ctx, moment) if moment else None
        report = make_audit(ctx, force=force)
        if before is not None:
            report = replace(report, changes=before(report))
        path = None
        if not no_report:
            # The long form is only loaded when it is written.
            from phoenix_dr.render.audit_markdown import document

            path = write_report(ctx.estate, report.made_at, document(report, view(ctx)))
        emit(lambda: audit_json(report), lambda: shown.terminal(report, view(ctx)).rstrip("\n"))
        if path is not None:
            click.echo(speech.t("cli.wrote", path=str(path)), err=True)
        settle_flow(ctx)
        settle_vault(ctx)
        settle_hawk(ctx)
    return exit_code(report)


def exit_code(report: AuditReport) -> int:
    """0 when nothing failed, is unknown or critical, else 3."""
    bad = {State.FAIL, State.UNKNOWN}
    grave = any(finding.severity is Severity.CRITICAL for finding in report.findings)
    return 3 if grave or any(row.state in bad for row in report.rows) else 0
