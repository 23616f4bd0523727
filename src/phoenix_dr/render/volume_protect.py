"""Recurring jobs and labels as they are wanted and found on a Longhorn, for a terminal."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from phoenix_dr.core.kubernetes_schedule import describe, parse_k8s
from phoenix_dr.core.longhorn import RecurringJob
from phoenix_dr.core.losses import Loss
from phoenix_dr.core.volume_plan import LabelChange, VolumePlan
from phoenix_dr.core.volume_strays import StrayLabel
from phoenix_dr.core.volume_wishes import Wish
from phoenix_dr.render import protect_live as live
from phoenix_dr.render.view import Safe, View


def wish_lines(wish: Wish, view: View, *, beyond: Container[str] = ()) -> Iterator[str]:
    """The jobs of one policy, and the claims they are to take; those `beyond` no job can take."""
    for job in wish.jobs:
        yield view.say("volumes.job", _job(job, view))
    names = [claim.id for claim in wish.claims if claim.id not in beyond]
    facts: dict[str, str | int] = {"count": len(names), "claims": ", ".join(names) or "–"}
    yield "  " + view.say("volumes.claims", facts)


def change_lines(made: VolumePlan, view: View) -> Iterator[str]:
    """What happens to each job and to each claim, with the jobs that take it before and after."""
    for job in made.jobs:
        code = "protect.create" if job.was is None else "protect.update"
        yield view.say(code, {"job": job.job.name, "differs": ", ".join(job.differs)})
    for label in made.labels:
        yield view.say("volumes.label", _label(label, view))
    if made.fitting:
        yield view.say("volumes.fitting", {"claims": ", ".join(made.fitting)})
    for claim, why in made.beyond:
        yield view.say(f"volumes.beyond.{why}", {"claim": claim})


def stray_lines(
    job: RecurringJob, losses: Sequence[Loss], *, namespace: str, view: View
) -> Iterator[str]:
    """A job no policy wants, what removing it would lose, and the line that would."""
    yield view.say("protect.stray", {"job": job.name})
    if losses:
        yield from live.losses(losses, view)
    yield view.say("volumes.by-hand", {"line": job_removal(job, namespace)})


def stray_label_lines(
    stray: StrayLabel, losses: Sequence[Loss], *, namespace: str, view: View
) -> Iterator[str]:
    """A label by which a claim hangs on jobs of another policy, and the line that removes it."""
    facts = {"claim": stray.action.claim, "label": stray.label}
    yield view.say("volumes.stray-label", facts)
    if losses:
        yield from live.losses(losses, view)
    yield view.say("volumes.by-hand", {"line": label_removal(stray, namespace)})


def job_removal(job: RecurringJob, namespace: str) -> str:
    """The line by which a person removes a job; Phoenix never does."""
    return f"kubectl -n {namespace} delete recurringjobs.longhorn.io {job.name}"


def label_removal(stray: StrayLabel, namespace: str) -> str:
    """The line by which a person removes a label; Phoenix never does."""
    of = stray.action
    kind = "persistentvolumeclaims" if of.namespace else "volumes.longhorn.io"
    return f"kubectl -n {of.namespace or namespace} label {kind} {of.name} {stray.label}-"


def _job(job: RecurringJob, view: View) -> dict[str, str | int]:
    code, facts = describe(parse_k8s(job.cron, "UTC"))
    said: dict[str, str | int] = {
        "job": job.name,
        "task": view.say("volumes.task.backup" if job.backs_up else "volumes.task.snapshot"),
        "when": view.say(f"schedule.{code}", facts),
        "cron": job.cron,
        "retain": job.retain,
    }
    return said


def _label(label: LabelChange, view: View) -> dict[str, str | int]:
    before = ", ".join(label.before) or view.say("volumes.no-job")
    return {
        "claim": label.claim,
        "on": label.on,
        "before": Safe(f"{before} ({view.say('volumes.by-default')})")
        if label.by_default
        else before,
        "after": ", ".join(label.after) or view.say("volumes.no-job"),
    }
