"""The page beside prepared jobs: whose they are now, how to apply them, how to verify."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from phoenix_dr.core.report import Finding
from phoenix_dr.core.vzdump import prune_backups
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.render import (
    handoff_ansible,
    handoff_pvesh,
    handoff_terraform,
    rules,
    table,
    units,
)
from phoenix_dr.render.protect import finding_line
from phoenix_dr.render.view import View

FILE = "README.md"
HEADINGS = ("job", "when", "guests", "storage", "keep")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the files hold: jobs of one engine, what is wrong beside, the zone they are meant in."""

    engine: str
    jobs: tuple[VzdumpJob, ...]
    findings: tuple[Finding, ...]
    zone: str
    at: datetime


def files(prepared: Prepared, view: View) -> dict[str, str]:
    """Every file of the folder, by name."""
    given = prepared.engine, prepared.jobs
    language = view.language
    return {
        FILE: page(prepared, view),
        handoff_ansible.FILE: handoff_ansible.playbook(*given, language=language),
        handoff_terraform.FILE: handoff_terraform.configuration(*given, language=language),
        handoff_pvesh.FILE: handoff_pvesh.script(*given, language=language),
    }


def page(prepared: Prepared, view: View) -> str:
    """The README, in the language of the view."""
    seen = view.for_markdown()
    facts = {"engine": prepared.engine}
    lines = [f"# {seen.say('handoff.title', facts)}", ""]
    lines += [f"<!-- {view.say('handoff.head', facts)} -->", "", seen.say("handoff.intro"), ""]
    for name, part in (
        ("state", _state(prepared, seen)),
        ("jobs", _jobs(prepared, seen)),
        ("before", _before(prepared.jobs, seen)),
        ("apply", _apply(prepared.jobs, seen)),
        ("verify", _verify(prepared, seen)),
        ("findings", _findings(prepared, seen)),
    ):
        body = list(part)
        lines += [f"## {seen.say(f'handoff.heading.{name}')}", "", *body, ""] if body else []
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def dry_run(job: VzdumpJob) -> str:
    """The command with which PVE itself tells what a job's rule would remove; it only reads."""
    keep = f" --prune-backups {prune_backups(job.keep)}" if job.keep is not None else ""
    return f"pvesh get /nodes/NODE/storage/{quote(job.storage)}/prunebackups{keep}"


def _state(prepared: Prepared, view: View) -> Iterator[str]:
    at = units.moment(prepared.at, view.zone, view.language)
    yield f"- [x] {view.say('handoff.state.prepared', {'at': at})}"
    for word in ("handed", "applied", "verified"):
        yield f"- [ ] {view.say(f'handoff.state.{word}')}"


def _jobs(prepared: Prepared, view: View) -> Iterator[str]:
    headers = [view.say(f"handoff.column.{name}") for name in HEADINGS]
    rows = [
        [
            f"`{job.id}`",
            f"`{job.schedule}`",
            ", ".join(map(str, job.vmids)),
            view.safe(job.storage),
            rules.rule(job.keep, view) if job.keep else view.say("protect.storage-rule"),
        ]
        for job in prepared.jobs
    ]
    yield from table.markdown(headers, rows)
    yield from ("", view.say("handoff.zone", {"zone": prepared.zone}))


def _before(jobs: Sequence[VzdumpJob], view: View) -> Iterator[str]:
    pruning = [job for job in jobs if job.prunes]
    if pruning:
        yield from _block(view.say("handoff.before"), (dry_run(job) for job in pruning))


def _apply(jobs: Sequence[VzdumpJob], view: View) -> Iterator[str]:
    play = f"ansible-playbook {handoff_ansible.FILE} -e proxmox_node=NODE"
    yield from _block(view.say("handoff.apply.ansible"), (play,))
    yield from _block(view.say("handoff.apply.pvesh"), (f"sh {handoff_pvesh.FILE}",))
    imports = (f"terraform import {handoff_terraform.resource(job)} {job.id}" for job in jobs)
    ways = ("terraform init", *imports, "terraform plan", "terraform apply")
    yield from _block(view.say("handoff.apply.terraform"), ways)


def _verify(prepared: Prepared, view: View) -> Iterator[str]:
    asked = (
        f"pvesh get /cluster/backup/{job.id}{rest}"
        for job in prepared.jobs
        for rest in ("", "/included_volumes --output-format json-pretty")
    )
    yield from _block(view.say("handoff.verify.job"), asked)
    yield from (view.say("handoff.verify.volumes"), "")
    storages = dict.fromkeys(job.storage for job in prepared.jobs)
    yield from _block(
        view.say("handoff.verify.archive"),
        (
            "pvesh get /nodes/NODE/tasks --typefilter vzdump --limit 5",
            *(
                f"pvesh get /nodes/NODE/storage/{quote(each)}/content --content backup"
                for each in storages
            ),
        ),
    )
    ours = (f"phoenix observe {prepared.engine}", f"phoenix protect plan {prepared.engine}")
    yield from _block(view.say("handoff.verify.phoenix"), (*ours, "phoenix audit"))


def _findings(prepared: Prepared, view: View) -> Iterator[str]:
    yield from (f"- {finding_line(each, view)}" for each in prepared.findings)


def _block(said: str, commands: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield from (said, "", "```sh", *commands, "```", "")
