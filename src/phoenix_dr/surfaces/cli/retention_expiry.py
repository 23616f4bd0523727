"""`phoenix retention plan` and `phoenix retention apply`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from phoenix_dr import codec
from phoenix_dr.app import expiring, expiry
from phoenix_dr.app.apply import Performed
from phoenix_dr.app.approvals import stored_plan
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiring import Applied, Prepared
from phoenix_dr.app.ground import store_state
from phoenix_dr.app.handoff import restart_line
from phoenix_dr.app.impact import Change, change_of
from phoenix_dr.core.plan import CompactData, ForgetPoints, SetRetention
from phoenix_dr.render import approvals as shown_losses
from phoenix_dr.render import expiry as shown
from phoenix_dr.render import retention as shown_stores
from phoenix_dr.render import rules, text
from phoenix_dr.render.errors import explain
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.impact import changing, look
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.retention import retention
from phoenix_dr.surfaces.cli.session import session, view

ONLY = speech.t("option.expiry-engine")
DIGITS = 12
"""Digits of a digest that people are shown; enough to name one plan of many."""


@command("plan", retention)
@click.option("--engine", "engines", multiple=True, metavar="ENGINE", help=ONLY)
@click.option("--compact", is_flag=True, help=speech.t("option.compact"))
def plan(engines: tuple[str, ...], compact: bool) -> int:
    with Bars() as bars, session(watch=bars.watch) as ctx:
        request = expiry.Request(engines, compact)
        touched = look(ctx, Change(expiry.chosen(ctx, request)))
        ready = expiring.prepare(ctx, request)
        made = ready.made
        bars.clear()
        emit(
            lambda: {**_form(made), **touched, "document": str(ready.document)},
            lambda: "\n".join((*_text(ctx, made), *_beside(ctx, ready))),
        )
    return 3 if _hidden(made) else 0


def _hidden(made: expiry.ExpiryPlan) -> bool:
    """Whether an engine did not show everything: then nobody knows what should go."""
    return any(each.reason == "hidden-rows" for each in made.left)


def _beside(ctx: Context, ready: Prepared) -> Iterator[str]:
    """Rules worth another look, and where the policy was written."""
    seen = view(ctx)
    if ready.better:
        yield seen.say("expiry.proposals")
        for line in shown_stores.better(ready.better, seen):
            yield from text.indent(line, first="  ", rest="    ", columns=seen.width)
    yield seen.say("expiry.document", {"path": str(ready.document)})


def _form(made: expiry.ExpiryPlan) -> dict[str, object]:
    return {
        "digest": made.plan.digest,
        "guarded": made.plan.is_guarded,
        "actions": codec.encode(made.plan.actions),
        "losses": codec.encode(made.plan.losses),
        "verdicts": [
            {
                "engine": lane.engine,
                "asset": lane.asset,
                "points": codec.encode(lane.verdicts),
            }
            for lane in made.lanes
        ],
        "left": codec.encode(made.left),
    }


def _text(ctx: Context, made: expiry.ExpiryPlan) -> Iterator[str]:
    seen = view(ctx)
    yield from shown.lanes([_row(lane) for lane in made.lanes], seen)
    yield from _stores(ctx, made, seen)
    if made.left:
        yield seen.say("expiry.left")
        for each in made.left:
            line = shown.left(each.engine, each.asset, each.reason, detail=each.detail, view=seen)
            yield from text.indent(line, first="  ", rest="    ", columns=seen.width)
    if not made.plan.actions:
        if made.lanes and not _hidden(made):
            yield seen.say("expiry.nothing")
        elif not (made.lanes or made.left):
            yield seen.say("expiry.no-points")
        return
    digest = made.plan.digest[:DIGITS]
    if made.plan.is_guarded:
        is_space = all(isinstance(each, CompactData) for each in made.plan.actions)
        yield from text.indent(
            seen.say("expiry.lost-space" if is_space else "expiry.lost"),
            first="", rest="  ", columns=seen.width,
        )  # fmt: skip
        yield from shown_losses.loss_lines(made.plan.losses, seen)
        yield seen.say("expiry.plan", {"digest": digest})
        yield f"  {seen.say('expiry.approve', {'digest': digest})}"
        yield f"  {seen.say('expiry.then', {'digest': digest})}"
    else:
        yield seen.say("expiry.harmless", {"digest": digest})


def _row(lane: expiry.Lane) -> shown.LaneRow:
    gone = set(lane.going)
    going = tuple(point for point in lane.points if point.id in gone)
    return shown.LaneRow(lane.engine, lane.asset, lane.rule.policy.keep, len(lane.points), going)


def _stores(ctx: Context, made: expiry.ExpiryPlan, seen: View) -> Iterator[str]:
    """What changes in the configuration of metric and log stores."""
    for action in made.plan.actions:
        if not isinstance(action, SetRetention):
            continue
        before = {rule.stream: rule for rule in store_state(ctx, action.engine).in_force or ()}
        for rule in action.rules:
            facts = {
                "engine": action.engine,
                "stream": rule.stream or seen.say("expiry.all"),
                "before": rules.span_rule(before.get(rule.stream), seen),
                "after": rules.span_rule(rule, seen),
            }
            yield seen.say("expiry.store", facts)


@command("apply", retention)
@click.argument("digest", required=False, metavar="[DIGEST]")
@click.option("--engine", "engines", multiple=True, metavar="ENGINE", help=ONLY)
@click.option("--compact", is_flag=True, help=speech.t("option.compact"))
def apply(digest: str | None, engines: tuple[str, ...], compact: bool) -> int:
    with Bars() as bars, session(watch=bars.watch) as ctx:
        request = expiry.Request(engines, compact)
        with changing(ctx, _change(ctx, request, digest)) as touched:
            made = expiring.apply_expiry(ctx, request, digest)
        bars.clear()
        emit(lambda: {**_applied_form(made), **touched}, lambda: "\n".join(_applied(ctx, made)))
    return 0 if made.is_whole else 3


def _change(ctx: Context, request: expiry.Request, digest: str | None) -> Change:
    if digest is None:
        return Change(expiry.chosen(ctx, request))
    return change_of(stored_plan(ctx, digest)[0].actions)


def _applied_form(made: Applied) -> dict[str, object]:
    return {
        "ok": made.is_whole,
        "digest": made.plan.digest,
        "outcomes": [codec.encode(one.outcome) for one in made.performed],
        "remaining": [{"engine": engine, "point": point} for engine, point in made.remaining],
        "unseen": list(made.unseen),
    }


def _applied(ctx: Context, made: Applied) -> Iterator[str]:
    seen = view(ctx)
    if made.unseen:
        yield from _unseen(made, seen)
    elif not made.performed:
        yield seen.say("expiry.nothing")
    for one in made.performed:
        yield _one(one, seen)
        if one.outcome.ok and isinstance(one.outcome.action, SetRetention):
            line = restart_line(ctx.estate.engines[one.outcome.action.engine])
            yield f"  {seen.say('expiry.handoff', {'command': line})}"
    for engine, point in made.remaining:
        yield seen.say("expiry.remaining", {"engine": engine, "point": point[:DIGITS]})
    forgot = any(
        one.outcome.ok and isinstance(one.outcome.action, ForgetPoints) for one in made.performed
    )
    if forgot and not made.remaining:
        yield seen.say("expiry.verified")
    if forgot:
        yield seen.say("expiry.compact-next")


def _unseen(made: Applied, seen: View) -> Iterator[str]:
    yield seen.say("expiry.left")
    for engine in made.unseen:
        line = shown.left(engine, "", "hidden-rows", detail="", view=seen)
        yield from text.indent(line, first="  ", rest="    ", columns=seen.width)


def _one(one: Performed, seen: View) -> str:
    if one.error is not None:
        why = explain(one.error, seen.language)[0]
        return seen.say("expiry.failed", {"engine": one.outcome.action.engine, "why": why})
    return shown.done(one.outcome.action, seen)
