"""What the terminal audit and the audit file share: cells, the score line, losses, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from phoenix_dr.core import schedule
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.report import AuditReport, Change, Finding, ServiceRow, Severity, State
from phoenix_dr.core.score_facts import Cap, Gain, LossKind, Score, ScoreLoss
from phoenix_dr.errors import UsageError
from phoenix_dr.render import units
from phoenix_dr.render.view import Safe, View

COLUMNS = ("service", "data", "backup", "frequency", "last", "rpo", "status")
"""The seven columns of the audit table, in order."""


def title(report: AuditReport, view: View) -> Safe:
    """The heading of the audit, without its hashes."""
    return view.say("report.title", {"date": units.day(report.made_at, view.zone, view.language)})


def headers(view: View, names: Iterable[str] = COLUMNS) -> list[str]:
    """Column headings by name."""
    return [view.say(f"report.column.{name}") for name in names]


def cells(row: ServiceRow, report: AuditReport, view: View) -> list[str]:
    """One service as the seven cells of the table."""
    nothing = view.say("word.nothing")
    empty = row.state is State.NONE
    return [
        view.safe(row.service),
        view.join(row.data) or nothing,
        nothing if empty else backups(row.backups, view),
        frequency(row.schedule, view),
        nothing if empty else last(row, report, view),
        nothing if empty else span(row.rpo, view),
        view.say(f"word.state.{row.state.value}"),
    ]


def span(length: timedelta | float | None, view: View) -> Safe:
    """A duration (or seconds), `?` when it is unknown."""
    if length is None:
        return view.say("word.unknown")
    return Safe(units.duration(length, view.language))


def answer(fact: bool | None, view: View) -> Safe:
    """Yes, no, or `?`."""
    return view.say({True: "word.yes", False: "word.no", None: "word.unknown"}[fact])


def backups(pairs: Iterable[tuple[str, str]], view: View) -> Safe:
    """`engine @ location` pairs, or `none`."""
    shown = [Safe(f"{view.safe(engine)} @ {view.place(place)}") for engine, place in pairs]
    return view.join(shown) or view.say("word.none")


def last(row: ServiceRow, report: AuditReport, view: View) -> str:
    """When the newest point was taken: its age on a terminal, the moment in a file."""
    if row.newest is None:
        return view.say("word.unknown" if row.state is State.UNKNOWN else "word.never")
    return since(row.newest, report, view)


def since(when: datetime | None, report: AuditReport, view: View) -> str:
    """A moment as its age on a terminal and as itself in a file; `never` for None."""
    if when is None or view.in_markdown:
        return units.moment(when, view.zone, view.language)
    return units.age(report.made_at - when, view.language)


def frequency(expression: str, view: View) -> Safe:
    """A cron expression in words; itself when it cannot be read, a dash when there is none."""
    if not expression:
        return view.say("word.nothing")
    try:
        code, parameters = schedule.describe(schedule.parse(expression, "UTC"))
    except UsageError:
        return view.safe(expression)
    return view.say(f"schedule.{code.removeprefix('schedule.')}", parameters)


def score_line(score: Score, view: View) -> str:
    """`Resilience score: X/10` with the raw score and the cap that holds it down."""
    head = view.say("report.score", {"score": units.points(score.milli)})
    raw = units.points(score.raw_milli)
    if score.cap is None:
        return f"{head}   {view.say('report.raw', {'raw': raw})}"
    facts = {"raw": raw, "cap": units.points(score.cap.milli), "why": why(score.cap, view)}
    return f"{head}   {view.say('report.raw-capped', facts)}"


def why(cap: Cap, view: View) -> Safe:
    """The reason of a cap in words."""
    return view.say(f"cap.{cap.code}", {"subject": cap.subject})


def losses(score: Score) -> tuple[ScoreLoss, ...]:
    """The lines of the ledger of losses, biggest first, cap and rounding at the end."""
    tail = {LossKind.CAP: 1, LossKind.ROUNDING: 2}
    return tuple(sorted(score.losses, key=lambda loss: (tail.get(loss.kind, 0), -loss.milli)))


def loss_text(loss: ScoreLoss, view: View) -> Safe:
    """What lost the points, and by what."""
    facts = {
        "subject": view.safe(loss.subject) if loss.subject else view.say("word.whole-estate"),
        "dimension": view.say(f"dimension.{loss.detail}"),
        "why": view.say(f"cap.{loss.detail}", {"subject": loss.subject}),
    }
    kind = f"loss.{loss.kind.value}"
    special = f"{kind}.{loss.detail}"
    return view.say(special if view.knows(special) else kind, facts)


def gain_text(gain: Gain, view: View) -> Safe:
    """What to do for a gain; without a subject it is done everywhere."""
    everywhere = f"fix.{gain.fix}.all"
    code = everywhere if not gain.subject and view.knows(everywhere) else f"fix.{gain.fix}"
    return view.say(code, {"subject": gain.subject})


def finding_text(finding: Finding, view: View) -> Safe:
    """What is wrong."""
    return view.say(f"finding.{finding.code}", _facts(finding, view))


def remedy_text(finding: Finding, view: View) -> Safe:
    """What mends it; empty when no phrase says."""
    code = f"remedy.{finding.code}"
    return view.say(code, _facts(finding, view)) if view.knows(code) else Safe("")


def _facts(finding: Finding, view: View) -> dict[str, str | int]:
    facts = {"subject": finding.subject, "owner": finding.owner, **dict(finding.parameters)}
    if "reason" in facts:
        engine = str(facts.get("engine", finding.subject))
        detail = str(facts.get("detail", ""))
        facts["reason"] = _why(BlindSpot(engine, str(facts["reason"]), detail), view)
    return facts


def reason_text(reason: str, facts: Mapping[str, str | int], *, view: View) -> Safe:
    """An error code as its sentence, when the facts fill it; else the code itself."""
    code = f"error.{reason}"
    return view.say(code, facts) if view.fills(code, facts) else view.safe(reason)


def owner(name: str, view: View) -> Safe:
    """Who mends a finding."""
    code = f"word.owner.{name}"
    return view.say(code) if view.knows(code) else view.safe(name)


def by_severity(findings: Iterable[Finding]) -> dict[Severity, list[Finding]]:
    """Findings grouped, the most urgent group first, empty groups left out."""
    groups: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}
    for finding in findings:
        groups[finding.severity].append(finding)
    return {severity: group for severity, group in groups.items() if group}


DETAILS = ("detail", "mount", "path", "program", "secret", "kind")
"""What the detail of a blind spot may stand for in the sentence of its reason."""


def blind_text(spot: BlindSpot, view: View) -> Safe:
    """What could not be seen on one engine, or of one asset there, and why."""
    about = spot.asset or spot.engine
    return view.say("report.blind-spot", {"engine": about, "reason": _why(spot, view)})


def _why(spot: BlindSpot, view: View) -> Safe:
    facts = {"engine": spot.engine, **dict.fromkeys(DETAILS, spot.detail)}
    said = reason_text(spot.reason, facts, view=view)
    if spot.detail and spot.detail not in said:
        return view.join([said, spot.detail], " — ")
    return said


def change_text(change: Change, view: View) -> Safe:
    """What got better or worse since the earlier audit."""
    known = f"report.changed.{change.what}"
    facts = {
        "subject": change.subject or view.say("word.whole-estate"),
        "what": view.say(known) if view.knows(known) else view.safe(change.what),
        "before": _value(change.before, view),
        "after": _value(change.after, view),
    }
    return view.say("report.change." + ("worse" if change.worse else "better"), facts)


def _value(value: str, view: View) -> Safe:
    """A state as its sign, yes and no in the language, anything else as it is."""
    known = (f"word.state.{value}", f"word.{value}")
    code = next((code for code in known if view.knows(code)), "")
    return view.say(code) if code else view.safe(value) or view.say("word.nothing")


def head_line(head: str, view: View) -> Safe:
    """The ledger's head, by which this text can be checked later."""
    return view.say("report.head", {"head": head}) if head else view.say("report.no-head")
