"""The round table in words: a line for each who speaks, then what would help most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten

from phoenix_dr.core.report import AuditReport
from phoenix_dr.core.round_table import Speech
from phoenix_dr.render import audit_parts, units
from phoenix_dr.render.view import View

LONGEST = 88
"""Columns of one remark: the whole is to stay short enough to be said."""
LEAST = 24
"""Columns of it that are for the finding itself, whatever its subject is called."""


def lines(
    report: AuditReport, speeches: Sequence[Speech], names: Mapping[str, str], view: View
) -> Iterator[str]:
    """Each speaker, by the name the project gives them, then Phoenix sums up."""
    for speech in speeches:
        yield _said(speech, names, view)
    facts: dict[str, str | int] = {"score": units.points(report.score.milli)}
    yield view.say("table.sum", facts)
    if report.gains:
        best = report.gains[0]
        gain = {"remedy": audit_parts.gain_text(best, view), "gain": units.points(best.milli)}
        yield view.say("table.best", gain)


def _said(speech: Speech, names: Mapping[str, str], view: View) -> str:
    who = names.get(speech.who) or str(view.say(f"table.who.{speech.who}"))
    if speech.first is None:
        asked = view.say(f"table.asked.{speech.asked or 'nothing'}")
        held: dict[str, str | int] = {"who": who, "count": speech.count, "grave": speech.grave}
        return view.say(f"table.well.{speech.who}", {**held, "asked": asked})
    code = "table.more" if speech.count > 1 else "table.one"
    facts: dict[str, str | int] = {"who": who, "subject": speech.first.subject, "what": "",
             "more": speech.count - 1, "grave": speech.grave}  # fmt: skip
    room = max(LEAST, LONGEST - len(view.say(code, facts)))
    what = shorten(str(audit_parts.finding_text(speech.first, view)), room, placeholder=" …")
    return view.say(code, {**facts, "what": what})
