"""What `phoenix generate timers|cron|actions` writes and says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.app import flow, flow_handover
from phoenix_dr.app.context import Context
from phoenix_dr.app.flow import Made
from phoenix_dr.app.flow_handover import Handed, Where
from phoenix_dr.core.flow import Form, Seen
from phoenix_dr.render import handoff_flow
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.session import view


@dataclass(frozen=True, slots=True)
class Shown:
    """The JSON form and the lines of text."""

    form: dict[str, object]
    lines: tuple[str, ...]


def shown(ctx: Context, made: Made, *, output: Path, handoff: Path | None) -> Shown:
    """Write what was made, hand it over when a folder is given, and tell of both.

    Raises UsageError as writing and handing over do.
    """
    seen = view(ctx)
    if handoff is None:
        paths = flow.write(made, output)
        lines = (
            *_files(made, paths, seen),
            *_install(made, output, seen),
            *_notes(ctx, made, seen),
        )
        return Shown(_form(made, paths, None, None), lines)
    told = _page(ctx, made)
    digest = flow_handover.digest_of(made.wanted.form, made.planned)[: flow_handover.SHORT]
    request = handoff_flow.request(
        made.wanted.form,
        folder=str(handoff / flow_handover.FOLDER),
        count=len(made.works),
        digest=digest,
        view=seen,
    )
    page = handoff_flow.page(told, seen)
    handed = flow_handover.hand_over(ctx, made, handoff, page=page, request=request)
    where = flow_handover.settle(ctx) or flow_handover.where(ctx)
    lines = (
        *_files(made, handed.paths, seen),
        *_notes(ctx, made, seen),
        *_standing(where, seen),
        *_asked(handed, seen),
    )
    return Shown(_form(made, handed.paths, where, handed), lines)


def _page(ctx: Context, made: Made) -> handoff_flow.Page:
    return handoff_flow.Page(
        form=made.wanted.form,
        planned=made.planned,
        files=tuple(made.texts),
        program=made.program,
        ok=made.ok,
        zone=ctx.estate.timezone,
        at=ctx.now(),
    )


def _form(
    made: Made, paths: tuple[Path, ...], where: Where | None, handed: Handed | None
) -> dict[str, object]:
    found = {each.work: each for each in where.seen} if where else {}
    names = set(made.texts)
    return {
        "form": made.wanted.form.value,
        "stage": where.stage.value if where else "prepared",
        "since": where.since.isoformat() if where else None,
        "program": made.program,
        "checked": made.ok,
        "files": [
            {"path": str(path), "checked": made.ok if path.name in names else None}
            for path in paths
        ],
        "works": [
            {
                "name": each.work.name,
                "arguments": list(each.work.arguments),
                "crons": [[cron.expression, cron.timezone] for cron in each.crons],
                **_seen(found.get(each.work.name)),
            }
            for each in made.planned
        ],
        "request": handed.request if handed else None,
        "asked": handed.asked if handed else None,
    }


def _seen(seen: Seen | None) -> dict[str, object]:
    return {
        "standing": seen.standing.value if seen else None,
        "at": seen.at.isoformat() if seen and seen.at else None,
        "verified_from": seen.verified_from.isoformat() if seen else None,
    }


def _files(made: Made, paths: tuple[Path, ...], view: View) -> Iterator[str]:
    for path in paths:
        yield view.say("flow.prepared", {"path": str(path)})
    code = "flow.checked" if made.ok else "flow.unchecked"
    yield view.say(code, {"program": made.program})


def _install(made: Made, output: Path, view: View) -> Iterator[str]:
    yield view.say("flow.to-install")
    said = handoff_flow.install(made.wanted.form, tuple(made.texts), str(output))
    yield from (f"  {line}" for line in said)


def _notes(ctx: Context, made: Made, view: View) -> Iterator[str]:
    if not made.is_here:
        yield view.say("flow.program-away", {"path": made.wanted.program})
    if made.wanted.form is Form.CRON and not flow.is_our_zone(ctx):
        yield view.say("flow.other-zone", {"zone": ctx.estate.timezone})


def _standing(where: Where | None, view: View) -> Iterator[str]:
    if where is None:
        return
    if where.changed:
        yield view.say("flow.changed")
    else:
        yield from (handoff_flow.standing(each, view) for each in where.seen)
    yield view.say(f"flow.stage.{where.stage}")


def _asked(handed: Handed, view: View) -> Iterator[str]:
    """The request, where nobody wrote it into a project's memory; or that it stands there."""
    if handed.asked is None:
        yield view.say("flow.no-project")
    else:
        yield view.say("flow.asked" if handed.asked else "flow.asked-before")
    yield f"- [ ] [phoenix→flow] {handed.request}"
