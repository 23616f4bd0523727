"""The audit on a terminal: the seed's table and score line, then what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from phoenix_dr.core.report import AuditReport, Change, Freshness
from phoenix_dr.render import audit_parts as parts
from phoenix_dr.render import table, units
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import Safe, View

_LOSSES_SHOWN = 4
_FINDINGS_SHOWN = 8
_BLIND_SHOWN = 3


def terminal(report: AuditReport, view: View) -> str:
    """The whole compact audit: at most `view.width` columns; the file holds what is left out."""
    rows = [parts.cells(row, report, view) for row in report.rows]
    lines = [f"## {parts.title(report, view)}"]
    lines += table.terminal(parts.headers(view), rows, columns=view.width)
    lines += _wrapped(parts.score_line(report.score, view), view)
    for text in (*_score(report, view), *_knowledge(report, view)):
        lines += _wrapped(text, view)
    lines += _findings(report, view)
    if report.changes:
        lines += ["", view.say("report.changes"), *_each(report.changes, view)]
    return "\n".join(lines) + "\n"


def score_line(report: AuditReport, view: View) -> str:
    """Only the line `Resilience score: X/10 …`, for `status` and the demo."""
    return parts.score_line(report.score, view)


def changes(found: Sequence[Change], view: View) -> str:
    """What `audit --since` says: better and worse, one line each."""
    lines = _each(found, view) or [str(view.say("report.no-change"))]
    return "\n".join(lines) + "\n"


def _score(report: AuditReport, view: View) -> list[str]:
    lines = [view.say("report.simulated")] if report.simulated else []
    lost = parts.losses(report.score)
    if lost:
        total = units.points(sum(loss.milli for loss in lost))
        lines.append(
            view.say("report.missing-line", {"points": total, "losses": _lost(report, view)})
        )
    if report.gains:
        best = report.gains[0]
        facts: dict[str, str] = {
            "remedy": parts.gain_text(best, view),
            "gain": units.points(best.milli),
        }
        code = "report.next-line" if best.milli else "report.next-needed"
        lines.append(view.say(code, facts))
    if report.scenarios:
        scores = [
            Safe(f"{view.say(f'word.scope.{scope.value}')} {units.points(milli)}")
            for scope, milli in report.scenarios.items()
        ]
        lines.append(view.say("report.scenarios-line", {"scores": view.join(scores, " · ")}))
    return [str(line) for line in lines]


def _lost(report: AuditReport, view: View) -> Safe:
    lost = sorted(report.score.losses, key=lambda loss: -loss.milli)
    shown = [
        Safe(f"{parts.loss_text(loss, view)} −{units.decimal(loss.milli, view.language)}")
        for loss in lost[:_LOSSES_SHOWN]
    ]
    if rest := lost[_LOSSES_SHOWN:]:
        points = f"−{units.decimal(sum(loss.milli for loss in rest), view.language)}"
        others: dict[str, str | int] = {"count": len(rest), "points": points}
        shown.append(view.say("report.others", others))
    return view.join(shown, view.say("list.between"))


def _knowledge(report: AuditReport, view: View) -> list[str]:
    lines = []
    if report.freshness:
        known = view.join((_known(item, report, view) for item in report.freshness), " · ")
        lines.append(view.say("report.freshness-line", {"engines": known}))
    spots = (parts.blind_text(spot, view) for spot in report.blind_spots[:_BLIND_SHOWN])
    lines += [view.say("report.blind-line", {"what": spot}) for spot in spots]
    if hidden := report.blind_spots[_BLIND_SHOWN:]:
        lines.append(view.say("list.more", {"count": len(hidden)}))
    return [str(line) for line in lines]


def _known(item: Freshness, report: AuditReport, view: View) -> Safe:
    read = parts.since(item.read_at, report, view)
    if item.read_at and item.read_subset:
        read = view.say("report.read-part", {"age": read, "part": item.read_subset})
    facts = {
        "engine": item.engine,
        "observed": parts.since(item.observed_at, report, view),
        "opened": parts.since(item.opened_at, report, view),
        "read": read,
    }
    return view.say("report.engine-known", facts)


def _findings(report: AuditReport, view: View) -> list[str]:
    groups = parts.by_severity(report.findings)
    ordered = [finding for group in groups.values() for finding in group]
    if not ordered:
        return [str(view.say("report.no-finding"))]
    counts = [Safe(f"{view.say(f'word.severity.{s.value}')} {len(g)}") for s, g in groups.items()]
    lines = [str(view.say("report.findings-line", {"counts": view.join(counts)}))]
    for finding in ordered[:_FINDINGS_SHOWN]:
        facts = {
            "subject": finding.subject,
            "finding": parts.finding_text(finding, view),
            "remedy": parts.remedy_text(finding, view),
            "owner": parts.owner(finding.owner, view),
        }
        lines += indent(
            view.say("report.finding", facts), first="- ", rest="  ", columns=view.width
        )
    if rest := ordered[_FINDINGS_SHOWN:]:
        lines.append(f"- {view.say('list.more', {'count': len(rest)})}")
    return lines


def _each(found: Sequence[Change], view: View) -> list[str]:
    return [line for change in found for line in _wrapped(parts.change_text(change, view), view)]


def _wrapped(text: str, view: View) -> list[str]:
    return indent(text, first="", rest="  ", columns=view.width)
