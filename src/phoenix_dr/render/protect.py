"""Backup jobs that are wanted, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core import calendar_events
from phoenix_dr.core.report import Finding
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import Change, Foreign, Stray, Update
from phoenix_dr.render import audit_parts, rules
from phoenix_dr.render.text import indent, width
from phoenix_dr.render.view import Safe, View


def job_lines(jobs: Sequence[VzdumpJob], view: View) -> Iterator[str]:
    """Each job in two lines."""
    for job in jobs:
        code, facts = calendar_events.describe(calendar_events.parse(job.schedule, "UTC"))
        said = {
            "job": job.id,
            "schedule": view.say(f"schedule.{code}", facts),
            "event": job.schedule,
            "storage": job.storage,
            "rule": rules.rule(job.keep, view) if job.keep else view.say("protect.storage-rule"),
            "mode": job.mode,
            "compress": job.compress,
        }
        yield view.say("protect.job", said)
        yield "  " + view.say("protect.guests", {"guests": ", ".join(map(str, job.vmids))})


def folded(line: str, view: View) -> list[str]:
    """A line two columns in, wrapped to the terminal; one that fits stays exactly as it is."""
    if width(line) + 2 <= view.width:
        return [f"  {line}"]
    text = line.lstrip(" ")
    lead = " " * (2 + len(line) - len(text))
    return indent(text, first=lead, rest=f"{lead}  ", columns=view.width)


def change_line(change: Change, view: View) -> Safe:
    """What happens to one job."""
    job = change.found if isinstance(change, Foreign | Stray) else change.job
    facts = {"job": job.id}
    if isinstance(change, Update):
        facts["differs"] = ", ".join(change.differs)
    return view.say(f"protect.{type(change).__name__.lower()}", facts)


def finding_line(finding: Finding, view: View) -> Safe:
    """A finding in one line: what, what to do, who."""
    facts = {
        "subject": finding.subject,
        "what": audit_parts.finding_text(finding, view),
        "remedy": audit_parts.remedy_text(finding, view),
        "owner": audit_parts.owner(finding.owner, view),
    }
    return view.say("protect.finding", facts)
