"""The change log of the plan: what differs from the file as it was, one line per update."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from phoenix_dr.core.report import RecoveryPlan
from phoenix_dr.render import units
from phoenix_dr.render.phrases import LANGUAGES
from phoenix_dr.render.plan_blocks import Block, parse
from phoenix_dr.render.plan_lines import CHANGES, Section
from phoenix_dr.render.plan_service import block
from phoenix_dr.render.view import Safe, View

Blocks = dict[str, Block]


def section(existing: str, plan: RecoveryPlan, *, view: View) -> Section:
    """The log with a line for what changed since `existing`; earlier lines are kept by merging."""
    heading = f"## {view.say('plan.section.changes')}"
    facts = {
        "date": units.day(plan.made_at, view.zone, view.language),
        "changes": view.join(differences(existing, plan, view=view), " · "),
    }
    kept = (str(view.say("plan.change.line", facts)),) if facts["changes"] else ()
    return Section(CHANGES, heading, ("", str(view.say("plan.changes")), ""), kept)


def differences(existing: str, plan: RecoveryPlan, *, view: View) -> list[str]:
    """What changed, in words; empty when only figures did."""
    before = {found.service: found for found in parse(existing)}
    after = _blocks(plan, view)
    if not before:
        changes = {"created": list(after)}
    else:
        changes = defaultdict(list)
        for kind, service in _changes(before, after, sources=_sources(plan, view)):
            changes[kind].append(service)
    return [
        view.say(f"plan.change.{kind}", {"services": view.join(map(Safe, services))})
        for kind, services in changes.items()
        if services
    ]


def _changes(
    before: Blocks, after: Blocks, *, sources: dict[str, set[str]]
) -> Iterator[tuple[str, str]]:
    for name, new in after.items():
        old = before.get(name)
        if old is None or old.retired:
            yield "added", name
            continue
        if (old.last_test, old.result) != (new.last_test, new.result):
            yield "tested", name
        if old.source not in sources[name]:
            yield "source", name
        if old.criticality != new.criticality:
            yield "criticality", name
    for name, old in before.items():
        if name not in after and not old.retired:
            yield "removed", name


def _sources(plan: RecoveryPlan, view: View) -> dict[str, set[str]]:
    """The source of every service as each language words it: a translation is no change."""
    worded: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for name, found in _blocks(plan, replace(view, language=language)).items():
            worded[name].add(found.source)
    return worded


def _blocks(plan: RecoveryPlan, view: View) -> Blocks:
    fresh = [block(service, view) for service in plan.services]
    text = "\n".join("\n".join((each.heading, *each.lines)) for each in fresh)
    return {found.service: found for found in parse(text)}
