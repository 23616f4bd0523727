"""The audit as a Markdown file: the seed's table and score line, then everything else."""

from __future__ import annotations

from collections.abc import Sequence

from phoenix_dr.core.report import AuditReport, Coverage, Finding, Freshness
from phoenix_dr.render import audit_parts as parts
from phoenix_dr.render import table, units
from phoenix_dr.render.text import code
from phoenix_dr.render.view import Safe, View


def document(report: AuditReport, view: View) -> str:
    """The whole report as a file that stands alone."""
    page = view.for_markdown()
    rows = [parts.cells(row, report, page) for row in report.rows]
    lines = [f"## {parts.title(report, page)}", ""]
    lines += [*table.markdown(parts.headers(page), rows), ""]
    lines += [parts.score_line(report.score, page), "", _legend(report, page), ""]
    if report.simulated:
        lines += [page.say("report.simulated"), ""]
    for section in _SECTIONS:
        lines += section(report, page)
    return "\n".join(lines).rstrip("\n") + "\n"


def _legend(report: AuditReport, view: View) -> str:
    facts = {
        "estate": report.estate,
        "moment": units.moment(report.made_at, view.zone, view.language),
        "zone": str(view.zone),
    }
    return view.say("report.estate", facts)


def _heading(name: str, view: View) -> list[str]:
    return [f"### {view.say(f'report.{name}')}", ""]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], view: View) -> list[str]:
    return [*table.markdown(parts.headers(view, names), rows), ""]


def _changes(report: AuditReport, view: View) -> list[str]:
    if not report.changes:
        return []
    lines = [f"- {parts.change_text(change, view)}" for change in report.changes]
    return [*_heading("changes", view), *lines, ""]


def _losses(report: AuditReport, view: View) -> list[str]:
    exact = view.language
    rows = [
        [f"−{units.decimal(loss.milli, exact)}", parts.loss_text(loss, view)]
        for loss in parts.losses(report.score)
    ]
    lost = sum(loss.milli for loss in report.score.losses)
    facts = {
        "lost": units.decimal(lost, exact),
        "score": units.decimal(report.score.milli, exact),
    }
    lines = _table(("points", "why"), rows, view)
    return [*_heading("missing", view), *lines, view.say("report.sum-row", facts), ""]


def _next(report: AuditReport, view: View) -> list[str]:
    if not report.gains:
        return []
    lines = []
    for number, gain in enumerate(report.gains, 1):
        facts = {"remedy": parts.gain_text(gain, view), "gain": units.points(gain.milli)}
        lines.append(f"{number}. {view.say('report.gain', facts)}")
    return [*_heading("next", view), *lines, ""]


def _findings(report: AuditReport, view: View) -> list[str]:
    lines = _heading("findings", view)
    groups = parts.by_severity(report.findings)
    for severity, group in groups.items():
        lines += [f"#### {view.say(f'word.severity.{severity.value}')}", ""]
        rows = [_finding(finding, view) for finding in group]
        lines += _table(("subject", "finding", "remedy", "owner"), rows, view)
    return lines if groups else [*lines, view.say("report.no-finding"), ""]


def _finding(finding: Finding, view: View) -> list[str]:
    return [
        view.safe(finding.subject),
        parts.finding_text(finding, view),
        parts.remedy_text(finding, view) or view.say("word.nothing"),
        parts.owner(finding.owner, view),
    ]


def _scenarios(report: AuditReport, view: View) -> list[str]:
    if not report.scenarios:
        return []
    names = [view.say(f"word.scope.{scope.value}") for scope in report.scenarios]
    row = [units.points(milli) for milli in report.scenarios.values()]
    return [*_heading("scenarios", view), *table.markdown(names, [row]), ""]


def _details(report: AuditReport, view: View) -> list[str]:
    if not report.coverages:
        return []
    rows = [_detail(coverage, view) for coverage in report.coverages]
    names = ("asset", "backup", "copies", "gap", "scopes", "level", "status")
    return [*_heading("details", view), *_table(names, rows, view)]


def _detail(coverage: Coverage, view: View) -> list[str]:
    facts: dict[str, str | int] = {
        "copies": coverage.copies,
        "media": coverage.media,
        "off_site": parts.answer(coverage.off_site, view),
        "immutable": parts.answer(coverage.immutable, view),
    }
    scopes = [
        Safe(f"{view.say(f'word.scope.{scope.value}')} {parts.span(rpo, view)}")
        for scope, rpo in coverage.rpo_by_scope.items()
    ]
    level = coverage.level
    reached: str = view.say(f"level.{int(level)}")
    if coverage.level_at:
        reached += f" ({units.day(coverage.level_at, view.zone, view.language)})"
    return [
        view.safe(coverage.asset),
        parts.backups(coverage.backups, view),
        view.say("report.copies", facts),
        parts.span(coverage.worst_gap, view),
        view.join(scopes, " · ") or view.say("word.nothing"),
        reached,
        view.say(f"word.state.{coverage.state.value}"),
    ]


def _freshness(report: AuditReport, view: View) -> list[str]:
    if not report.freshness:
        return []
    rows = [_known(item, view) for item in report.freshness]
    names = ("engine", "observed", "opened", "read")
    return [*_heading("freshness", view), *_table(names, rows, view)]


def _known(item: Freshness, view: View) -> list[str]:
    observed, opened, read = (
        units.moment(when, view.zone, view.language)
        for when in (item.observed_at, item.opened_at, item.read_at)
    )
    if item.read_at and item.read_subset:
        read = view.say("report.read-part", {"age": read, "part": item.read_subset})
    return [view.safe(item.engine), observed, opened, read]


def _blind(report: AuditReport, view: View) -> list[str]:
    lines = [f"- {parts.blind_text(spot, view)}" for spot in report.blind_spots]
    return [*_heading("blind", view), *(lines or [view.say("report.no-blind")]), ""]


def _evidence(report: AuditReport, view: View) -> list[str]:
    head = Safe(code(report.ledger_head)) if report.ledger_head else ""
    formula = view.say("report.formula", {"version": report.score.formula})
    lines = [f"- {parts.head_line(head, view)}", f"- {formula}"]
    return [*_heading("evidence", view), *lines, ""]


_SECTIONS = (
    _changes,
    _losses,
    _next,
    _findings,
    _scenarios,
    _details,
    _freshness,
    _blind,
    _evidence,
)
