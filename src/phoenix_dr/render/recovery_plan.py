"""The disaster-recovery plan as a Markdown file in the seed's format, kept up to date."""

from __future__ import annotations

from collections.abc import Sequence

from phoenix_dr.core.report import RecoveryPlan, ServiceRecovery
from phoenix_dr.render import keys as custody
from phoenix_dr.render import plan_changes, plan_tables, table, units
from phoenix_dr.render.plan_file import merge
from phoenix_dr.render.plan_lines import TITLE, Section
from phoenix_dr.render.plan_service import block, first_commands
from phoenix_dr.render.view import View

_FIRST_COMMANDS = 5


def document(plan: RecoveryPlan, view: View) -> str:
    """The plan as a new file."""
    return update("", plan, view=view)


def update(existing: str, plan: RecoveryPlan, *, view: View) -> str:
    """The file's new text, with what people wrote in `existing`. Twice is the same as once."""
    return merge(existing, sections(existing, plan, view=view), language=view.language)


def sections(existing: str, plan: RecoveryPlan, *, view: View) -> tuple[Section, ...]:
    """Every section Phoenix writes, in order; the change log compares with `existing`."""
    page = view.for_markdown()
    return (
        _title(plan, page),
        _section("red-card", _red_card(plan, page), page),
        _section("order", _order(plan, page), page),
        _section("outside", _outside(plan, page), page),
        *(block(service, page) for service in plan.services),
        _section("gaps", plan_tables.gaps(plan, page), page),
        _section("tests", plan_tables.tests(plan, page), page),
        _section("evidence", plan_tables.evidence(plan, page), page),
        plan_changes.section(existing, plan, view=page),
    )


def summary(plan: RecoveryPlan, view: View) -> str:
    """One line for a terminal: the restore order and the whole time as measured."""
    order = view.join((service.service for service in plan.services), " → ")
    total = _span(plan.total_seconds, view)
    return view.say("plan.summary", {"order": order, "total": total})


def _section(name: str, lines: Sequence[str], view: View) -> Section:
    heading = f"## {view.say(f'plan.section.{name}')}"
    return Section(f"section:{name}", heading, ("", *map(str, lines)))


def _title(plan: RecoveryPlan, view: View) -> Section:
    facts = {
        "moment": units.moment(plan.made_at, view.zone, view.language),
        "zone": str(view.zone),
        "score": units.points(plan.score_milli),
        "total": _span(plan.total_seconds, view),
    }
    lines = ["", str(view.say("plan.intro", facts)), "", str(view.say("plan.yours"))]
    if plan.simulated:
        lines += ["", str(view.say("plan.simulated"))]
    return Section(TITLE, f"# {view.say('plan.title', {'estate': plan.estate})}", tuple(lines))


def _span(seconds: float | None, view: View) -> str:
    if seconds is None:
        return view.say("word.unknown")
    return units.duration(seconds, view.language)


def _bullet(name: str, value: str, view: View) -> str:
    facts = {"label": view.say(f"plan.label.{name}"), "value": value}
    return view.say("plan.bullet" if value else "plan.bullet-head", facts)


def _red_card(plan: RecoveryPlan, view: View) -> list[str]:
    keys = [
        view.say("plan.key-place", {"key": key.name, "places": custody.places(key, view)})
        for key in plan.keys
    ]
    lines = [_bullet("who", view.say("plan.who-blank"), view)]
    lines.append(_bullet("keys", view.join(keys, " ; ") or view.say("plan.no-key"), view))
    if commands := first_commands(plan.services, _FIRST_COMMANDS):
        lines.append(_bullet("first", "", view))
        lines += [f"  {number}. {command}" for number, command in enumerate(commands, 1)]
    return lines


def _order(plan: RecoveryPlan, view: View) -> list[str]:
    order = view.join((service.service for service in plan.services), " → ")
    names = ("wave", "service", "criticality", "measured", "cumulative", "after")
    rows = [_order_row(service, view) for service in plan.services]
    lines = [view.say("plan.order", {"order": order or view.say("word.nothing")}), ""]
    return [*lines, *table.markdown([view.say(f"plan.column.{name}") for name in names], rows)]


def _order_row(service: ServiceRecovery, view: View) -> list[str]:
    return [
        str(service.wave),
        view.safe(service.service),
        view.say(f"word.criticality.{service.criticality.value}"),
        _span(service.rto_seconds, view),
        _span(service.cumulative_seconds, view),
        view.join(service.depends_on) or view.say("word.nothing"),
    ]


def _outside(plan: RecoveryPlan, view: View) -> list[str]:
    return [view.say("plan.keys-first"), "", *custody.markdown(plan.keys, view)]
