"""`phoenix protect plan` for the claims of a Longhorn; `apply` has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app.cluster_handover import hand_over
from phoenix_dr.app.cluster_protect import Protection, protection
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect_ceiling import remembered
from phoenix_dr.render import audit_parts
from phoenix_dr.render import protect_live as live
from phoenix_dr.render import volume_protect as shown
from phoenix_dr.render.protect import finding_line, folded
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_kinds import Planned
from phoenix_dr.surfaces.cli.session import view

DIGITS = 12
UNTAKEN = ("claim-not-bound", "claim-not-longhorn", "volume-unseen")


def plan(ctx: Context, engine: str, folder: Path | None, *, offline: bool) -> Planned:
    """The jobs wanted on one Longhorn, handed over into a folder when one is given."""
    made = protection(ctx, engine, offline=offline)
    digest = remembered(ctx, engine, made.plan)
    files = hand_over(ctx, made, folder) if folder is not None and made.jobs else ()
    return Planned(
        form=_form(made, digest, files),
        lines=tuple(_text(ctx, made, digest, files)),
        whole=made.is_known or not made.asked,
    )


def _form(told: Protection, digest: str, paths: tuple[Path, ...]) -> dict[str, object]:
    made = told.made
    return {
        "engine": told.engine,
        "asked": told.asked,
        "blind": told.blind.reason if told.blind else None,
        "jobs": [asdict(job) for job in told.jobs],
        "claims": [claim.id for wish in told.wishes for claim in wish.claims],
        "changes": None if made is None else [
            {"change": "update" if each.was else "create", "job": each.job.name,
             "differs": list(each.differs)}
            for each in made.jobs
        ],
        "labels": None if made is None else [
            {"claim": each.claim, "on": each.on, "name": each.name, "labels": dict(each.labels),
             "default": each.by_default, "before": list(each.before), "after": list(each.after)}
            for each in made.labels
        ],
        "fitting": list(made.fitting) if made else [],
        "beyond": [{"claim": claim, "why": why} for claim, why in made.beyond] if made else [],
        "strays": [
            {"job": job.name, "losses": codec.encode(losses)} for job, losses in told.strays
        ],
        "stray_labels": [
            {"claim": each.action.claim, "label": each.label, "losses": codec.encode(losses)}
            for each, losses in told.stray_labels
        ],
        "digest": digest or None,
        "guarded": told.plan.is_guarded if told.plan else None,
        "refused": told.refused.code if told.refused else None,
        "findings": codec.encode(told.findings),
        "losses": codec.encode(told.plan.losses) if told.plan else [],
        "handoff": told.handed or None,
        "state": "prepared" if paths else None,
        "files": [str(path) for path in paths],
    }  # fmt: skip


def _text(ctx: Context, told: Protection, digest: str, paths: tuple[Path, ...]) -> Iterator[str]:
    seen = view(ctx)
    yield seen.safe(told.engine)
    yield from (part for line in _said(ctx, told, seen) for part in folded(line, seen))
    if told.findings:
        yield seen.say("protect.findings")
        found = (finding_line(each, seen) for each in told.findings)
        yield from (part for line in found for part in folded(line, seen))
    direct = ctx.estate.engines[told.engine].apply == "direct"
    if told.plan is not None and digest and (direct or told.plan.is_guarded):
        yield from live.next_step(digest[:DIGITS], guarded=told.plan.is_guarded, view=seen)
    if paths:
        yield from (seen.say("protect.prepared", {"path": str(path)}) for path in paths)
        names = ", ".join(job.name for job in told.jobs)
        facts = {"engine": told.engine, "jobs": names, "path": str(paths[0].parent)}
        yield seen.say("protect.next")
        yield seen.say("volumes.request", facts)
    elif told.handed:
        yield seen.say(f"protect.handed-{told.handed}", {"engine": told.engine})


def _said(ctx: Context, told: Protection, seen: View) -> Iterator[str]:
    """What is wanted, what changes by it, and what is lost."""
    if not told.wishes:
        yield seen.say("volumes.none")
    beyond = {claim for claim, why in told.made.beyond if why in UNTAKEN} if told.made else set()
    for wish in told.wishes:
        yield from shown.wish_lines(wish, seen, beyond=beyond)
    if told.blind is not None:
        yield audit_parts.blind_text(told.blind, seen)
    if told.refused is not None:
        yield from live.refusal(told.refused, seen)
    if told.made is None:
        yield seen.say("volumes.unseen")
        return
    yield from shown.change_lines(told.made, seen)
    if told.plan is not None and told.plan.losses:
        yield from live.losses(told.plan.losses, seen)
    yield from _strays(ctx, told, seen)


def _strays(ctx: Context, told: Protection, seen: View) -> Iterator[str]:
    """What no policy wants any more, what removing it would lose, and the line that would."""
    space = ctx.estate.engines[told.engine].settings["namespace"]
    for job, losses in told.strays:
        yield from shown.stray_lines(job, losses, namespace=space, view=seen)
    for label, losses in told.stray_labels:
        yield from shown.stray_label_lines(label, losses, namespace=space, view=seen)
