"""One service of the plan, in the seed's block: labelled bullets and numbered steps."""

from __future__ import annotations

from collections.abc import Iterable

from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.core.report import ServiceRecovery, Step
from phoenix_dr.render import units
from phoenix_dr.render.commands import command
from phoenix_dr.render.plan_lines import Section
from phoenix_dr.render.text import code, redact
from phoenix_dr.render.view import Safe, View

LABELS = (
    "criticality", "objective", "measured", "data", "source", "procedure", "dependencies",
    "test", "level", "rpo",
)  # fmt: skip
"""Bullets of a block, in order; `measured`, `level` and `rpo` go beyond the seed's."""


_FROM_COPIES = frozenset({"restore-files", "restore-sqlite", "no-source"})


def block(service: ServiceRecovery, view: View) -> Section:
    """The section `## Service : NAME` of the plan; `view` must be for Markdown."""
    values = {name: Safe(value) for name, value in _values(service, view).items()}
    lines: list[str] = []
    for name in LABELS:
        facts = {"label": view.say(f"plan.label.{name}"), "value": values.get(name, Safe(""))}
        lines.append(str(view.say("plan.bullet" if name in values else "plan.bullet-head", facts)))
        if name == "procedure":
            lines += [f"  {number}. {text}" for number, text in enumerate(steps(service, view), 1)]
    heading = f"## {view.say('plan.service', {'service': service.service})}"
    return Section(f"service:{view.safe(service.service).strip()}", heading, tuple(lines))


def steps(service: ServiceRecovery, view: View) -> list[str]:
    """The procedure as sentences, each with its shell line in a code span."""
    return [step_text(step, view) for step in service.steps]


def step_text(step: Step, view: View) -> str:
    """One step: what to do and, when there is one, the shell line that does it."""
    facts = {n: redact(v) if isinstance(v, str) else v for n, v in step.parameters}
    facts |= {name: "" for name in ("service", "asset", "what") if name not in facts}
    if view.in_markdown and facts["what"]:
        # To be typed as it is: no Markdown escapes inside.
        facts["what"] = Safe(code(str(facts["what"])))
    said = view.say(f"step.{step.code}", facts)
    line = command(step)
    shown = Safe(code(line)) if view.in_markdown else view.safe(line)
    return view.say("list.named", {"name": said, "text": shown}) if line else said


def first_commands(services: Iterable[ServiceRecovery], count: int) -> list[str]:
    """The first different shell lines of the whole plan, in restore order, as code spans."""
    lines = dict.fromkeys(command(step) for service in services for step in service.steps)
    return [code(line) for line in lines if line][:count]


def _values(service: ServiceRecovery, view: View) -> dict[str, str]:
    nothing = view.say("word.nothing")
    return {
        "criticality": view.say(f"word.criticality.{service.criticality.value}").upper(),
        "objective": units.objective(service.rto_objective),
        "measured": _measured(service, view) if _restores(service) else nothing,
        "data": _data(service, view),
        "source": _sources(service, view) if _restores(service) else nothing,
        "dependencies": view.join(service.depends_on) or view.say("word.no-dependency"),
        "test": last_test(service.last_drill, view),
        "level": level(service.level, view),
        "rpo": _rpo(service, view),
    }


def _restores(service: ServiceRecovery) -> bool:
    """Whether anything comes from a copy; not so where all is made again or nothing persists."""
    return any(step.code in _FROM_COPIES for step in service.steps)


def last_test(drill: DrillRecord | None, view: View) -> str:
    """`2026-11-23 — Result: OK`, or `never — Result: not tested`."""
    facts = {
        "date": units.day(drill.started_at if drill else None, view.zone, view.language),
        "result": result(drill, view),
    }
    return view.say("plan.test-value", facts)


def result(drill: DrillRecord | None, view: View) -> str:
    """OK, KO, or not tested."""
    if drill is None:
        return view.say("word.not-tested")
    return view.say("word.ok" if drill.ok else "word.ko")


def level(reached: Level, view: View) -> str:
    """The level with its name; never a bare `verified`."""
    return view.say(f"level.{int(reached)}")


def _measured(service: ServiceRecovery, view: View) -> str:
    if service.rto_seconds is None:
        return view.say("word.not-measured")
    shown = units.duration(service.rto_seconds, view.language)
    if service.last_drill is None or not service.last_drill.ok:
        # The time comes from earlier drills that passed.
        return shown
    drill = service.last_drill
    facts = {
        "duration": shown,
        "date": units.day(drill.started_at, view.zone, view.language),
        "place": place(drill.location, view),
    }
    return view.say("plan.measured-value", facts)


def place(location: str, view: View) -> Safe:
    """A location, marked off-site and simulated where it is."""
    shown = view.place(location)
    if location not in view.off_site:
        return shown
    return view.say("word.off-site-place", {"place": shown})


def _data(service: ServiceRecovery, view: View) -> str:
    items = [
        view.say("plan.data-item", {"name": name, "source": Safe(code(source))})
        for name, source in service.data
    ]
    return view.join(items) or view.say("word.nothing")


def _sources(service: ServiceRecovery, view: View) -> str:
    items = [
        view.say(
            "plan.source-item",
            {
                "engine": engine,
                "place": place(location, view),
                "repository": Safe(code(redact(repository))),
            },
        )
        for engine, repository, location in service.sources
    ]
    return view.join(items) or view.say("plan.no-copy")


def _rpo(service: ServiceRecovery, view: View) -> str:
    if service.rpo is None:
        return view.say("word.unknown")
    return units.duration(service.rpo, view.language)
