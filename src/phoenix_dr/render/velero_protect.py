"""Schedules of Velero that are wanted, and what becomes of them, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from shlex import quote

from phoenix_dr.core.kubernetes_schedule import describe, parse_k8s
from phoenix_dr.core.losses import Loss
from phoenix_dr.core.velero import Schedule
from phoenix_dr.core.velero_plan import SchedulePlan
from phoenix_dr.errors import UsageError
from phoenix_dr.render.approvals import loss_lines
from phoenix_dr.render.view import Safe, View

EVERY = "*"


def schedule_lines(schedule: Schedule, view: View) -> Iterator[str]:
    """A schedule in two lines: when and where, then what it takes and how."""
    choice = schedule.choice
    ttl = int(choice.ttl.total_seconds()) if choice.ttl else 0
    facts: dict[str, str | int] = {
        "schedule": schedule.name,
        "when": when(schedule.cron, view),
        "cron": schedule.cron,
        "location": choice.location,
        "ttl": ttl,
    }
    yield view.say("schedules.one", facts)
    way = view.say(f"schedules.way-{way_of(schedule)}")
    named = ", ".join(choice.namespaces) or EVERY
    yield "  " + view.say("schedules.takes", {"namespaces": named, "way": way})


def when(cron: str, view: View) -> Safe:
    """When it runs in words, in its own zone; as written where nobody here can read it."""
    try:
        parsed = parse_k8s(cron)
    except UsageError:
        return view.safe(cron)
    code, facts = describe(parsed)
    said = view.say(f"schedule.{code}", facts)
    return view.say("schedules.when", {"when": said, "zone": parsed.timezone})


def way_of(schedule: Schedule) -> str:
    """How the data of volumes is saved: `both`, `snapshots`, `files` or `none`."""
    ways = {
        (True, True): "both",
        (True, False): "snapshots",
        (False, True): "files",
        (False, False): "none",
    }
    return ways[schedule.choice.moves is True, schedule.choice.to_files is True]


def change_lines(found: SchedulePlan, view: View) -> Iterator[str]:
    """What happens to each schedule, then those of others that take the same namespaces."""
    for change in found.changes:
        facts = {"job": change.schedule.name}
        if change.was is None:
            yield view.say("protect.create", facts)
        else:
            yield view.say("protect.update", {**facts, "differs": ", ".join(change.differs)})
    for name in found.fitting:
        yield view.say("protect.keep", {"job": name})
    for each in found.beside:
        yield view.say("schedules.beside", {"schedule": each.name})


def stray_lines(
    schedule: Schedule, losses: tuple[Loss, ...], *, namespace: str, view: View
) -> Iterator[str]:
    """One nobody wants any more: Phoenix removes none, so this is for a person, with its price."""
    yield view.say("protect.stray", {"job": schedule.name})
    if losses:
        yield view.say("schedules.end")
        yield from loss_lines(losses, replace(view, width=view.width - 2))
    # To be copied into a shell.
    facts = {"schedule": quote(schedule.name), "namespace": quote(namespace)}
    yield view.say("schedules.remove", facts)
