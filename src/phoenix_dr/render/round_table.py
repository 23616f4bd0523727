"""The round table in words: a line or two for each who speaks, then what would help most."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from phoenix_dr.core.report import AuditReport
from phoenix_dr.core.round_table import Speech, round_table
from phoenix_dr.render import audit_parts, units
from phoenix_dr.render.view import View

LONGEST = 88
"""Columns of one remark: the whole is to stay short enough to be said."""


def lines(report: AuditReport, view: View) -> Iterator[str]:
    """Each speaker, then Phoenix sums up."""
    for speech in round_table(report):
        yield _said(speech, view)
    facts: dict[str, str | int] = {"score": units.points(report.score.milli)}
    yield view.say("table.sum", facts)
    if report.gains:
        best = report.gains[0]
        gain = {"remedy": audit_parts.gain_text(best, view), "gain": units.points(best.milli)}
        yield view.say("table.best", gain)


def _said(speech: Speech, view: View) -> str:
    what = audit_parts.finding_text(speech.first, view)
    facts: dict[str, str | int] = {
        "who": view.say(f"table.who.{speech.who}"),
        "subject": speech.first.subject,
        "what": what,
        "more": speech.count - 1,
        "grave": speech.grave,
    }
    code = "table.more" if speech.count > 1 else "table.one"
    return shorten(str(view.say(code, facts)), LONGEST, placeholder=" …")
