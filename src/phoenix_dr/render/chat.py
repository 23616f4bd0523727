"""Answers to questions about the last audit, a few lines each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from phoenix_dr.core.chat import Intent, Question
from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.report import AuditReport, Coverage
from phoenix_dr.render import units
from phoenix_dr.render.audit_parts import gain_text
from phoenix_dr.render.view import View

MOST = 4
"""Lines of an answer; more is what reports are for."""


def lines(report: AuditReport, asked: Question, view: View) -> Iterator[str]:
    """The answer, the worst first."""
    about = [each for each in report.coverages if each.has_data and _is_meant(each, asked)]
    match asked.intent:
        case Intent.SCORE:
            yield from _score(report, view)
        case Intent.NEXT:
            yield from _gains(report, view)
        case Intent.LOSS:
            yield from _losses(about, asked.scope or Scope.HOST, view)
        case Intent.DOWN:
            yield from _down(report, asked, view)
        case Intent.TESTED:
            yield from _tested(about, view)
        case _:
            yield from _saved(about, view)


def source(report: AuditReport, view: View, *, now: datetime) -> str:
    """What it stands on, and how old that is."""
    return view.say("chat.source", {"age": units.age(now - report.made_at, view.language)})


def _is_meant(each: Coverage, asked: Question) -> bool:
    return not asked.about or each.asset in asked.about or each.service in asked.about


def _score(report: AuditReport, view: View) -> Iterator[str]:
    yield view.say("chat.score", {"score": units.points(report.score.milli)})
    if report.score.cap is not None:
        cap = report.score.cap
        reason = view.say(f"cap.{cap.code}", {"subject": cap.subject})
        yield view.say("chat.cap", {"score": units.points(cap.milli), "why": reason})
    yield from _gains(report, view)


def _gains(report: AuditReport, view: View) -> Iterator[str]:
    for each in report.gains[: MOST - 1]:
        facts = {"remedy": gain_text(each, view), "gain": units.points(each.milli)}
        yield view.say("chat.gain", facts)
    if not report.gains:
        yield view.say("chat.nothing-better")


def _losses(about: list[Coverage], scope: Scope, view: View) -> Iterator[str]:
    yield view.say("chat.lost", {"scope": view.say(f"word.scope.{scope.value}")})
    spans = [(each, each.rpo_by_scope.get(scope)) for each in about]
    gone = [each.asset for each, span in spans if span is None]
    if gone:
        more: dict[str, str | int] = {"assets": ", ".join(gone[:MOST]), "count": len(gone)}
        yield view.say("chat.lost-all", more)
    known = sorted(
        ((span, each.asset) for each, span in spans if span is not None), reverse=True
    )  # fmt: skip
    for span, asset in known[:MOST]:
        facts = {"asset": asset, "span": units.duration(span, view.language)}
        yield view.say("chat.lost-some", facts)


def _down(report: AuditReport, asked: Question, view: View) -> Iterator[str]:
    rows = [
        row
        for row in report.rows
        if not asked.about
        or row.service in asked.about
        or any(name.startswith(f"{row.service}/") for name in asked.about)
    ]
    rows.sort(key=lambda row: -1.0 if row.rto_seconds is None else -row.rto_seconds)
    for row in rows[:MOST]:
        if row.rto_seconds is None:
            yield view.say("chat.rto-unknown", {"service": row.service})
        else:
            span = units.duration(row.rto_seconds, view.language)
            yield view.say("chat.rto", {"service": row.service, "span": span})


def _tested(about: list[Coverage], view: View) -> Iterator[str]:
    for each in sorted(about, key=lambda one: (one.level, one.asset))[:MOST]:
        yield view.say(
            "chat.tested", {"asset": each.asset, "level": view.say(f"level.{int(each.level)}")}
        )


def _saved(about: list[Coverage], view: View) -> Iterator[str]:
    undated = [each for each in about if each.newest is None]
    dated = [(each.newest, each) for each in about if each.newest is not None]
    for each in undated[:MOST]:
        yield view.say("chat.blind" if each.blind else "chat.never", {"asset": each.asset})
    for newest, each in sorted(dated, key=lambda pair: pair[0])[: max(0, MOST - len(undated))]:
        where = ", ".join(dict.fromkeys(engine for engine, _ in each.backups))
        facts = {"asset": each.asset, "moment": units.moment(newest, view.zone, view.language)}
        yield view.say("chat.saved", {**facts, "engines": where})
