"""Talking without a model: answers from the last audit, each with what it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.context import Context
from phoenix_dr.core.chat import Intent, Question, question
from phoenix_dr.core.report import AuditReport
from phoenix_dr.render import chat as said
from phoenix_dr.render.view import View


def answer(ctx: Context, text: str, view: View) -> str:
    """The answer to a question; of one nobody can answer, what could be asked instead.

    Raises UsageError while there was no audit.
    """
    report = last_audit(ctx.settings.state_dir)
    asked = question(text, _names(report))
    if asked.intent is None:
        return str(view.say("chat.cannot"))
    return "\n".join(_lines(report, asked, view, ctx))


def _lines(report: AuditReport, asked: Question, view: View, ctx: Context) -> Iterator[str]:
    yield from said.lines(report, asked, view)
    yield said.source(report, view, now=ctx.now())


def _names(report: AuditReport) -> tuple[str, ...]:
    services = dict.fromkeys(each.service for each in report.coverages)
    return (*(each.asset for each in report.coverages), *services)


__all__ = ["Intent", "answer"]
