"""The tables that close the plan: gaps, restore tests, evidence."""

from __future__ import annotations

from phoenix_dr.core.report import RecoveryPlan, ServiceRecovery
from phoenix_dr.render import audit_parts, table, units
from phoenix_dr.render.plan_service import place, result
from phoenix_dr.render.text import code
from phoenix_dr.render.view import Safe, View


def gaps(plan: RecoveryPlan, view: View) -> list[str]:
    """What is missing, what mends it, and who does it."""
    if not plan.gaps:
        return [str(view.say("plan.no-gap"))]
    rows = [
        [
            view.safe(gap.subject),
            audit_parts.finding_text(gap, view),
            audit_parts.remedy_text(gap, view) or view.say("word.nothing"),
            audit_parts.owner(gap.owner, view),
        ]
        for gap in plan.gaps
    ]
    return table.markdown(_columns(("subject", "gap", "remedy", "owner"), view), rows)


def tests(plan: RecoveryPlan, view: View) -> list[str]:
    """The last restore test of every service, the untested ones first."""
    ordered = sorted(plan.services, key=lambda service: service.last_drill is not None)
    names = ("service", "date", "asset", "from", "level", "measured", "result")
    return table.markdown(_columns(names, view), [_test(service, view) for service in ordered])


def _test(service: ServiceRecovery, view: View) -> list[str]:
    drill, nothing = service.last_drill, view.say("word.nothing")
    seconds = service.rto_seconds
    return [
        view.safe(service.service),
        units.day(drill.started_at if drill else None, view.zone, view.language),
        view.safe(drill.asset) if drill else nothing,
        place(drill.location, view) if drill else nothing,
        f"L{int(service.level)}",
        nothing if seconds is None else units.duration(seconds, view.language),
        result(drill, view),
    ]


def evidence(plan: RecoveryPlan, view: View) -> list[str]:
    """The ledger's head: with it this plan can be checked against the ledger later."""
    if not plan.ledger_head:
        return [str(view.say("plan.no-head"))]
    return [str(view.say("plan.head", {"head": Safe(code(plan.ledger_head))}))]


def _columns(names: tuple[str, ...], view: View) -> list[str]:
    return [view.say(f"plan.column.{name}") for name in names]
