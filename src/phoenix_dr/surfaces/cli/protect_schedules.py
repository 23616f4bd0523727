"""`phoenix protect plan` for the schedules of a Velero; `apply` has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.velero_protect import Protection, hand_over, protection
from phoenix_dr.app.velero_protecting import prepare
from phoenix_dr.core.velero import Schedule
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.render import audit_parts
from phoenix_dr.render import protect_live as live
from phoenix_dr.render import velero_protect as shown
from phoenix_dr.render.protect import folded
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_kinds import Planned
from phoenix_dr.surfaces.cli.session import view

DIGITS = 12


def plan(ctx: Context, engine: str, folder: Path | None, *, offline: bool) -> Planned:
    """The schedules wanted on one Velero, handed over into a folder when one is given."""
    made = protection(ctx, engine, offline=offline)
    digest = prepare(ctx, made) if made.asked else ""
    files = hand_over(ctx, made, folder) if folder is not None and made.wanted else ()
    return Planned(
        form=_form(made, digest, files),
        lines=tuple(_text(ctx, made, digest, files)),
        whole=made.is_known or not made.asked,
    )


def _form(made: Protection, digest: str, paths: tuple[Path, ...]) -> dict[str, object]:
    found = made.changes
    return {
        "engine": made.engine,
        "asked": made.asked,
        "blind": made.blind.reason if made.blind else None,
        "schedules": [_schedule(each) for each in made.wanted],
        "changes": None if found is None else [
            {"change": "update" if each.was else "create", "schedule": each.schedule.name,
             "differs": list(each.differs)}
            for each in found.changes
        ],
        "fitting": list(found.fitting) if found else [],
        "beside": [each.name for each in found.beside] if found else [],
        "strays": [
            {"schedule": each.name, "losses": codec.encode(losses)} for each, losses in made.strays
        ],
        "digest": digest or None,
        "guarded": made.plan.is_guarded if made.plan else None,
        "refused": made.refused.code if made.refused else None,
        "losses": codec.encode(made.plan.losses) if made.plan else [],
        "handoff": made.handed or None,
        "state": "prepared" if paths else None,
        "files": [str(path) for path in paths],
    }  # fmt: skip


def _schedule(schedule: Schedule) -> dict[str, object]:
    return {"name": schedule.name, **schedule_manifest(schedule, "")["spec"]}


def _text(ctx: Context, made: Protection, digest: str, paths: tuple[Path, ...]) -> Iterator[str]:
    seen = view(ctx)
    yield seen.safe(made.engine)
    yield from (part for line in _said(ctx, made, seen) for part in folded(line, seen))
    direct = ctx.estate.engines[made.engine].apply == "direct"
    if made.plan is not None and digest and (direct or made.plan.is_guarded):
        yield from live.next_step(digest[:DIGITS], guarded=made.plan.is_guarded, view=seen)
    if paths:
        yield from (seen.say("protect.prepared", {"path": str(path)}) for path in paths)
        names = ", ".join(each.name for each in made.wanted)
        facts = {"engine": made.engine, "jobs": names, "path": str(paths[0].parent)}
        yield seen.say("protect.next")
        yield seen.say("schedules.request", facts)
    elif made.handed:
        yield seen.say(f"protect.handed-{made.handed}", {"engine": made.engine})


def _said(ctx: Context, made: Protection, seen: View) -> Iterator[str]:
    """What is wanted, what changes by it, and what is lost."""
    if not made.wanted:
        yield seen.say("schedules.none", {"engine": made.engine})
    for each in made.wanted:
        yield from shown.schedule_lines(each, seen)
    if made.blind is not None:
        yield audit_parts.blind_text(made.blind, seen)
    if made.refused is not None:
        yield from live.refusal(made.refused, seen)
    if made.changes is None:
        yield seen.say("schedules.unseen")
        return
    yield from shown.change_lines(made.changes, seen)
    if made.plan is not None and made.plan.losses:
        yield from live.losses(made.plan.losses, seen)
    space = ctx.estate.engines[made.engine].settings["namespace"]
    for schedule, losses in made.strays:
        yield from shown.stray_lines(schedule, losses, namespace=space, view=seen)
