"""`phoenix points list|pin|unpin`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from phoenix_dr import codec
from phoenix_dr.app import points as held
from phoenix_dr.app.context import Context
from phoenix_dr.app.impact import Change
from phoenix_dr.core.held import HeldLane
from phoenix_dr.core.plan import ReleasePoint
from phoenix_dr.errors import ApprovalRequired
from phoenix_dr.render import approvals as shown_losses
from phoenix_dr.render import audit_parts
from phoenix_dr.render import expiry as shown_actions
from phoenix_dr.render import points as shown
from phoenix_dr.render.errors import explain
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.impact import changing, learning, look, note
from phoenix_dr.surfaces.cli.session import session, view

points = group("points")
DIGITS = 12
"""Digits of a digest that people are shown; enough to name one plan of many."""


@command("list", points)
@click.argument("about", required=False, metavar="[ASSET|SERVICE]")
@click.option("--engine", metavar="ENGINE", help=speech.t("option.points-engine"))
@click.option("--all", "whole", is_flag=True, help=speech.t("option.points-all"))
def list_(about: str | None, engine: str | None, whole: bool) -> int:
    with session() as ctx:
        found = held.listed(ctx, about=about, engine=engine)
        emit(
            lambda: {
                "lanes": [_form(lane) for lane in found.lanes],
                "blind": codec.encode(found.blind),
            },
            lambda: "\n".join(_text(ctx, found, whole=whole)),
        )
    return 3 if found.blind else 0


def _form(lane: HeldLane) -> dict[str, Any]:
    """A lane as JSON values; the states by name."""
    form: dict[str, Any] = codec.encode(lane)
    for row, each in zip(form["points"], lane.points, strict=True):
        row["state"] = each.state.name.lower()
    return form


def _text(ctx: Context, found: held.Listing, *, whole: bool) -> Iterator[str]:
    seen = view(ctx)
    yield from shown.lines(found.lanes, seen, now=ctx.now(), whole=whole)
    if not found.lanes:
        yield seen.say("points.none-seen" if found.blind else "points.none")
    for spot in found.blind:
        yield audit_parts.blind_text(spot, seen)


@command("pin", points)
@click.argument("names", nargs=-1, required=True, metavar="ID...")
@click.option("--because", required=True, metavar="TEXT", help=speech.t("option.because"))
def pin(names: tuple[str, ...], because: str) -> int:
    with session() as ctx:
        with changing(ctx, _change(ctx, names)) as touched:
            done = held.pin(ctx, names, because)
        emit(
            lambda: [{**codec.encode(each), "new": new, **touched} for each, new in done],
            lambda: "\n".join(
                view(ctx).say(
                    "points.pinned" if new else "points.pinned-already",
                    {"engine": each.engine, "point": shown.short(each.point), "asset": each.asset},
                )
                for each, new in done
            ),
        )
    return 0


@command("unpin", points)
@click.argument("name", metavar="ID")
def unpin(name: str) -> int:
    with session() as ctx:
        change = _change(ctx, (name,))
        touched = look(ctx, change)
        with learning(ctx, change):
            made = held.unpin(ctx, name)
        if made.performed is not None:
            note(ctx)
        emit(lambda: {**_release_form(made), **touched}, lambda: "\n".join(_release(ctx, made)))
    if made.performed is None:
        return ApprovalRequired.exit_code
    return 0 if made.is_whole else 3


def _change(ctx: Context, names: tuple[str, ...]) -> Change:
    points = [point for name in names for point in held.names_of(ctx, name)]
    engines = tuple(dict.fromkeys(point.engine for point in points))
    return Change(engines, frozenset(point.asset for point in points))


def _release_form(made: held.Release) -> dict[str, object]:
    outcome = made.performed.outcome if made.performed else None
    return {
        "ok": made.is_whole,
        "digest": made.plan.digest,
        "losses": codec.encode(made.plan.losses),
        "outcome": codec.encode(outcome),
    }


def _release(ctx: Context, made: held.Release) -> Iterator[str]:
    seen = view(ctx)
    [action] = made.plan.actions
    if made.performed is None and isinstance(action, ReleasePoint):
        digest = made.plan.digest[:DIGITS]
        facts = {"engine": action.engine, "point": shown.short(action.point)}
        said = seen.say("points.release", {**facts, "asset": action.asset})
        yield from shown.paragraph(said, seen)
        yield from shown_losses.loss_lines(made.plan.losses, seen)
        yield seen.say("points.plan", {"digest": digest})
        yield f"  {seen.say('points.approve', {'digest': digest})}"
        yield f"  {seen.say('points.then', facts)}"
    elif made.performed is not None and made.performed.error is not None:
        why = explain(made.performed.error, seen.language)[0]
        yield seen.say("list.named", {"name": action.engine, "text": why})
    else:
        yield shown_actions.done(action, seen)
