"""Recurring jobs and labels of Longhorn as a kustomize folder for whoever applies it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from phoenix_dr.core.cluster_actions import LabelVolume
from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.longhorn_manifests import Manifest, job_manifest, label_manifest
from phoenix_dr.core.losses import Loss
from phoenix_dr.core.report import Finding
from phoenix_dr.render import kube_yaml, table, units
from phoenix_dr.render.protect import finding_line
from phoenix_dr.render.view import View

PAGE, INDEX, JOBS, LABELS = "README.md", "kustomization.yaml", "recurringjobs.yaml", "labels.yaml"
JOB_COLUMNS = ("job", "task", "cron", "retain", "groups")
LABEL_COLUMNS = ("claim", "on", "before", "after")
KEEP = {
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
}
"""A GitOps tool that no longer finds an object in its repository removes it from the cluster: a
volume with its data. These keep Flux and Argo CD from that."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A line by which a person would remove what no policy wants, and what is lost by it."""

    line: str
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the files hold: jobs of one Longhorn, labels with the jobs before and after.

    `labels` None: the cluster was not seen, so nobody knows which volumes there are. `removals`
    are in no file that is applied.
    """

    engine: str
    namespace: str
    jobs: tuple[RecurringJob, ...]
    labels: tuple[LabelVolume, ...] | None
    removals: tuple[Removal, ...]
    findings: tuple[Finding, ...]
    at: datetime


def files(prepared: Prepared, view: View) -> dict[str, str]:
    """Every file of the folder, by name.

    Labels are beside what kustomize names: whoever owns a manifest of a volume may remove it.
    """
    head = str(view.say("handoff.volumes.head", {"engine": prepared.engine}))
    jobs = [_kept(job_manifest(each, prepared.namespace)) for each in prepared.jobs]
    labels = [_kept(label_manifest(each, prepared.namespace)) for each in prepared.labels or ()]
    held = {JOBS: jobs, LABELS: labels}
    made = {name: kube_yaml.documents(each, head=head) for name, each in held.items() if each}
    index = kube_yaml.documents([kube_yaml.kustomization([JOBS])], head=head)
    return {PAGE: _page(prepared, view, head), INDEX: index, **made}


def _kept(made: Manifest) -> Manifest:
    return {**made, "metadata": {**made["metadata"], "annotations": dict(KEEP)}}


def _page(prepared: Prepared, view: View, head: str) -> str:
    seen = view.for_markdown()
    facts = {"engine": prepared.engine}
    at = units.moment(prepared.at, view.zone, view.language)
    parts: Mapping[str, Sequence[str]] = {
        "state": [
            f"- [x] {seen.say('handoff.state.prepared', {'at': at})}",
            *(f"- [ ] {seen.say(f'handoff.volumes.{word}')}" for word in ("applied", "verified")),
        ],
        "jobs": list(_jobs(prepared.jobs, seen)),
        "labels": list(_labels(prepared.labels, seen)),
        "apply": list(_commands(prepared, seen)),
        "findings": [f"- {finding_line(each, seen)}" for each in prepared.findings],
        "removals": list(_removals(prepared.removals, seen)),
    }
    lines = [f"# {seen.say('handoff.volumes.title', facts)}", "", f"<!-- {head} -->", "",
             seen.say("handoff.volumes.intro"), ""]  # fmt: skip
    for name, body in parts.items():
        if body:
            lines += [f"## {seen.say(f'handoff.volumes.heading.{name}')}", "", *body, ""]
    return "\n".join(lines).rstrip() + "\n"


def _jobs(jobs: Sequence[RecurringJob], view: View) -> Iterator[str]:
    headers = [view.say(f"handoff.volumes.column.{name}") for name in JOB_COLUMNS]
    rows = [
        [f"`{job.name}`", job.task, f"`{job.cron}`", str(job.retain), ", ".join(job.groups)]
        for job in jobs
    ]
    yield from table.markdown(headers, rows)


def _labels(labels: Sequence[LabelVolume] | None, view: View) -> Iterator[str]:
    if labels is None:
        yield view.say("handoff.volumes.unseen")
        return
    if not labels:
        return
    headers = [view.say(f"handoff.volumes.column.{name}") for name in LABEL_COLUMNS]
    rows = [
        [
            view.safe(each.claim),
            f"{each.on} `{each.name}`",
            ", ".join(job.name for job in each.before) or view.say("volumes.no-job"),
            ", ".join(job.name for job in each.after) or view.say("volumes.no-job"),
        ]
        for each in labels
    ]
    yield from (*table.markdown(headers, rows), "", view.say("handoff.volumes.default"))


def _commands(prepared: Prepared, view: View) -> Iterator[str]:
    given = ("-k .", f"-f {LABELS}") if prepared.labels else ("-k .",)
    for name, lines in (
        ("before", [f"kubectl diff --server-side {each}" for each in given]),
        ("apply", [f"kubectl apply --server-side {each}" for each in given]),
        ("verify", [f"phoenix protect plan {prepared.engine}", "phoenix audit"]),
    ):  # fmt: skip
        yield from (view.say(f"handoff.volumes.{name}"), "", "```sh", *lines, "```", "")
    if prepared.labels:
        yield view.say("handoff.volumes.never-owned")


def _removals(removals: Sequence[Removal], view: View) -> Iterator[str]:
    if removals:
        yield from (view.say("handoff.volumes.removals"), "")
    for each in removals:
        assets = ", ".join(sorted({view.safe(loss.asset) for loss in each.losses}))
        code = "handoff.volumes.loses" if assets else "handoff.volumes.loses-nothing"
        yield from (view.say(code, {"assets": assets}), "", "```text", each.line, "```", "")
