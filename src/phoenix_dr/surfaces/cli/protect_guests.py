"""`phoenix protect plan` for the guests of a Proxmox; `apply` has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.protect import Protection, hand_over, protection
from phoenix_dr.app.protect_look import Timing
from phoenix_dr.app.protecting import prepare
from phoenix_dr.core.vzdump import parameters
from phoenix_dr.render import audit_parts
from phoenix_dr.render import protect as shown
from phoenix_dr.render import protect_live as live
from phoenix_dr.render.handoff_readme import dry_run
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.protect_kinds import Planned
from phoenix_dr.surfaces.cli.session import view

DIGITS = 12


def plan(ctx: Context, engine: str, folder: Path | None, *, offline: bool) -> Planned:
    """The jobs wanted on one Proxmox, handed over into a folder when one is given."""
    made = protection(ctx, engine, offline=offline)
    digest = prepare(ctx, made)
    files = hand_over(ctx, made, folder) if folder is not None and made.jobs else ()
    return Planned(
        form=_form(made, digest, files),
        lines=tuple(_text(ctx, made, digest, files)),
        whole=made.is_known or not made.asked,
    )


def _form(made: Protection, digest: str, paths: tuple[Path, ...]) -> dict[str, object]:
    return {
        "engine": made.engine,
        "asked": made.asked,
        "blind": made.blind.reason if made.blind else None,
        "jobs": [{"id": job.id, **parameters(job)} for job in made.jobs],
        "changes": None if made.changes is None else [_change(each) for each in made.changes],
        "digest": digest or None,
        "guarded": made.plan.is_guarded if made.plan else None,
        "refused": made.refused.code if made.refused else None,
        "findings": codec.encode(made.findings),
        "losses": codec.encode(made.losses),
        "known": made.known,
        "unseen": list(made.unseen),
        "runs": [_run(each) for each in made.timings],
        "handoff": made.handed or None,
        "state": "prepared" if paths else None,
        "files": [str(path) for path in paths],
    }


def _change(change: object) -> dict[str, object]:
    job = getattr(change, "job", None) or getattr(change, "found", None)
    return {
        "change": type(change).__name__.lower(),
        "job": getattr(job, "id", None),
        "differs": list(getattr(change, "differs", ())),
    }


def _run(timing: Timing) -> dict[str, object]:
    return {
        "job": timing.job,
        "ours": codec.encode(timing.ours),
        "theirs": codec.encode(timing.theirs),
        "agrees": timing.agrees,
        "error": timing.said.code if timing.said else None,
    }


def _text(ctx: Context, made: Protection, digest: str, paths: tuple[Path, ...]) -> Iterator[str]:
    seen = view(ctx)
    if not made.jobs:
        yield seen.say("protect.none", {"engine": made.engine})
    else:
        yield seen.safe(made.engine)
        said = (*shown.job_lines(made.jobs, seen), *_effect(made, seen))
        yield from (part for line in said for part in shown.folded(line, seen))
        # To be copied into a shell: never cut.
        yield from (f"    {line}" for line in _dry_runs(made))
        yield from (part for line in _times(ctx, made, seen) for part in shown.folded(line, seen))
    if made.findings:
        yield seen.say("protect.findings")
        found = (shown.finding_line(each, seen) for each in made.findings)
        yield from (part for line in found for part in shown.folded(line, seen))
    direct = ctx.estate.engines[made.engine].apply == "direct"
    if made.plan is not None and digest and (direct or made.plan.is_guarded):
        guarded = made.plan.is_guarded
        yield from live.next_step(digest[:DIGITS], guarded=guarded, view=seen)
    yield from _handed(made, paths, seen)


def _handed(made: Protection, paths: tuple[Path, ...], seen: View) -> Iterator[str]:
    """Where the handover stands: prepared, handed over, verified are three words."""
    if paths:
        yield from (seen.say("protect.prepared", {"path": str(path)}) for path in paths)
        names = ", ".join(job.id for job in made.jobs)
        facts = {"engine": made.engine, "jobs": names, "path": str(paths[0].parent)}
        yield seen.say("protect.next")
        yield seen.say("protect.request", facts)
    elif made.handed:
        yield seen.say(f"protect.handed-{made.handed}", {"engine": made.engine})


def _effect(made: Protection, seen: View) -> Iterator[str]:
    """What changes there, and what is lost by it."""
    if made.blind is not None:
        yield audit_parts.blind_text(made.blind, seen)
    if made.changes is None:
        yield seen.say("protect.unseen")
    else:
        yield from (shown.change_line(each, seen) for each in made.changes)
    if made.refused is not None:
        yield from live.refusal(made.refused, seen)
    if made.losses:
        yield from live.losses(made.losses, seen)
    elif made.known and made.refused is None:
        yield seen.say("protect.lost-nothing", {"count": made.known})
    if _dry_runs(made):
        yield seen.say("protect.lost-unknown", {"guests": ", ".join(map(str, made.unseen))})


def _dry_runs(made: Protection) -> tuple[str, ...]:
    """Commands that show what nobody here knows: what the rule would remove."""
    return tuple(dry_run(job) for job in made.jobs if job.prunes) if made.unseen else ()


def _times(ctx: Context, made: Protection, seen: View) -> Iterator[str]:
    """Jobs the server would run at another time, or whose schedule it does not take."""
    for each in made.timings:
        if each.said is not None:
            yield from live.refusal(each.said, seen)
        elif not each.agrees:
            zone = ctx.estate.timezone
            yield live.timing(each.job, each.ours, each.theirs, zone=zone, view=seen)
