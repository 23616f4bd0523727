"""Schedules of Velero as a kustomize folder for whoever applies it: manifests and a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.velero import Schedule
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.render import kube_yaml, table, units
from phoenix_dr.render.velero_protect import EVERY, way_of, when
from phoenix_dr.render.view import View

PAGE, INDEX, MANIFESTS = "README.md", "kustomization.yaml", "schedules.yaml"
HEADINGS = ("schedule", "when", "namespaces", "location", "ttl", "way")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the files hold: schedules of one Velero and the namespace it lives in."""

    engine: str
    namespace: str
    schedules: tuple[Schedule, ...]
    zone: str
    at: datetime


def files(prepared: Prepared, view: View) -> dict[str, str]:
    """Every file of the folder, by name."""
    head = str(view.say("handoff.schedules.head", {"engine": prepared.engine}))
    made = [schedule_manifest(each, prepared.namespace) for each in prepared.schedules]
    return {
        PAGE: page(prepared, view),
        INDEX: kube_yaml.documents([kube_yaml.kustomization([MANIFESTS])], head=head),
        MANIFESTS: kube_yaml.documents(made, head=head),
    }


def page(prepared: Prepared, view: View) -> str:
    """The README, in the language of the view."""
    seen = view.for_markdown()
    facts = {"engine": prepared.engine}
    at = units.moment(prepared.at, view.zone, view.language)
    lines = [
        f"# {seen.say('handoff.schedules.title', facts)}",
        "",
        f"<!-- {view.say('handoff.schedules.head', facts)} -->",
        "",
        seen.say("handoff.schedules.intro"),
        "",
        f"## {seen.say('handoff.heading.state')}",
        "",
        f"- [x] {seen.say('handoff.state.prepared', {'at': at})}",
        *(f"- [ ] {seen.say(f'handoff.schedules.{word}')}" for word in ("applied", "verified")),
        "",
        *_schedules(prepared, seen),
        *_commands(prepared, seen),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _schedules(prepared: Prepared, view: View) -> Iterator[str]:
    yield from (f"## {view.say('handoff.schedules.heading')}", "")
    headers = [view.say(f"handoff.schedules.column.{name}") for name in HEADINGS]
    rows = [
        [
            f"`{each.name}`",
            when(each.cron, view),
            ", ".join(map(view.safe, each.choice.namespaces)) or f"`{EVERY}`",
            view.safe(each.choice.location),
            units.duration(each.choice.ttl, view.language) if each.choice.ttl else "",
            view.say(f"schedules.way-{way_of(each)}"),
        ]
        for each in prepared.schedules
    ]
    yield from (*table.markdown(headers, rows), "")


def _commands(prepared: Prepared, view: View) -> Iterator[str]:
    space = prepared.namespace
    for name, lines in (
        ("before", ("kubectl diff --server-side -k .",)),
        ("apply", ("kubectl apply --server-side -k .",)),
        ("verify", (f"kubectl -n {space} get schedules.velero.io",
                    f"phoenix protect plan {prepared.engine}", "phoenix audit")),
    ):  # fmt: skip
        yield from (view.say(f"handoff.schedules.{name}"), "", "```sh", *lines, "```", "")
