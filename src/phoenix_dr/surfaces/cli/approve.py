"""`phoenix approve` and `phoenix approvers list|add`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app import approval_list, approvals, approving
from phoenix_dr.app import approvers as who
from phoenix_dr.app.approval_list import Listed, Stored
from phoenix_dr.app.approval_texts import PlanText
from phoenix_dr.app.approving import Standing
from phoenix_dr.app.context import Context
from phoenix_dr.app.impact import Change, change_of
from phoenix_dr.core.guard import LONGEST_APPROVAL, LONGEST_STANDING
from phoenix_dr.errors import UsageError
from phoenix_dr.render import approvals as shown
from phoenix_dr.render import units
from phoenix_dr.render.errors import explain
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation
from phoenix_dr.surfaces.cli.impact import look
from phoenix_dr.surfaces.cli.session import session, view

DIGITS = 12
BOUNDS = {
    "engine": "--engine",
    "most_points": "--most-points",
    "most_bytes": "--most-bytes",
    "lasting": "--for",
}
KEY = click.Path(path_type=Path)

approvers = group("approvers")


@command("approve")
@click.argument("digest", required=False, metavar="[DIGEST]")
@click.option("--key", type=KEY, metavar="FILE", help=speech.t("option.approve-key"))
@click.option("--for", "lasting", metavar="SPAN", help=speech.t("option.approve-for"))
@click.option("--standing", metavar="POLICY", help=speech.t("option.approve-standing"))
@click.option("--engine", metavar="ENGINE", help=speech.t("option.approve-engine"))
@click.option("--most-points", type=int, metavar="N", help=speech.t("option.approve-points"))
@click.option("--most-bytes", metavar="SIZE", help=speech.t("option.approve-bytes"))
@click.option("--list", "listing", is_flag=True, help=speech.t("option.approve-list"))
def approve(digest: str | None, key: Path | None, listing: bool, **asked: str | int | None) -> int:
    one_of = [digest is not None, asked["standing"] is not None, listing]
    if sum(one_of) != 1:
        raise UsageError("approve-what")
    with session() as ctx:
        if listing:
            _list(ctx)
        elif key is None:
            raise UsageError("approve-key")
        elif digest is not None:
            _plan(ctx, digest, key, lasting=asked["lasting"])
        else:
            _standing(ctx, key, asked)
    return 0


def _plan(ctx: Context, digest: str, key: Path, *, lasting: str | int | None) -> None:
    span = approving.span(_text(lasting))
    plan, request = approvals.stored_plan(ctx, digest)
    if not plan.is_guarded:
        raise UsageError("nothing-to-approve", digest=plan.digest[:DIGITS])
    approvals.ready(ctx, key=key, for_=span, longest=LONGEST_APPROVAL)
    seen, short = view(ctx), plan.digest[:DIGITS]
    touched = look(ctx, change_of(plan.actions))
    _before([
        seen.say("approvals.losing", {"digest": short}),
        *shown.loss_lines(plan.losses, seen),
        seen.say("approvals.signing", {"end": _end(ctx, span, seen), "key": str(key)}),
    ])  # fmt: skip
    made = approvals.approve(ctx, plan, key=key, for_=span)
    facts = {"approver": made.approver, "digest": short, "end": _when(made.expires_at, seen)}
    said = [seen.say("approvals.approved", facts)]
    then = f"approvals.then.{request.get('verb')}"
    if seen.knows(then):
        point = str(request.get("point", ""))[:DIGITS]
        said.append(seen.say(then, {"digest": short, "point": point}))
    emit(lambda: {**codec.encode(made), **touched}, lambda: "\n".join(said))


def _standing(ctx: Context, key: Path, asked: dict[str, str | int | None]) -> None:
    if missing := [option for name, option in BOUNDS.items() if asked[name] is None]:
        raise UsageError("standing-incomplete", missing=", ".join(missing))
    points = asked["most_points"]
    wanted = approving.standing(
        ctx,
        str(asked["standing"]),
        _text(asked["engine"]),
        points=int(points) if points is not None else None,
        size=_text(asked["most_bytes"]),
    )
    span, seen = approving.span(_text(asked["lasting"])), view(ctx)
    approvals.ready(ctx, key=key, for_=span, longest=LONGEST_STANDING)
    facts = _facts(wanted, end=_end(ctx, span, seen))
    touched = look(ctx, Change((wanted.engine,)))
    _before([seen.say("approvals.standing-asked", {**facts, "key": str(key)})])
    made = approvals.approve_standing(
        ctx, wanted.engine, rule=wanted.rule, most=wanted.most, key=key, for_=span
    )
    facts |= {"approver": made.approver, "end": _when(made.expires_at, seen)}
    emit(
        lambda: {**codec.encode(made), **touched},
        lambda: seen.say("approvals.standing-approved", facts),
    )


def _facts(wanted: Standing, *, end: str) -> dict[str, str | int]:
    points, size = wanted.most
    named = {"policy": wanted.policy, "engine": wanted.engine, "end": end}
    return {**named, "points": points, "bytes": size}


def _before(lines: Iterable[str]) -> None:
    """What is signed is read before it is signed; JSON alone goes to the standard output."""
    click.echo("\n".join(lines), err=invocation().as_json)


def _list(ctx: Context) -> None:
    found = approval_list.stored_approvals(ctx)
    seen = view(ctx)
    emit(lambda: [_form(each) for each in found.approvals], lambda: _listed(found, seen))
    if found.problem is not None:
        click.echo(f"phoenix: {explain(found.problem, seen.language)[0]}", err=True)


def _form(stored: Stored) -> dict[str, object]:
    kind = "plan" if isinstance(stored.what, PlanText) else "standing" if stored.what else ""
    return {**codec.encode(stored), "kind": kind}


def _listed(found: Listed, seen: View) -> str:
    if not found.approvals:
        return seen.say("approvals.none")
    rows = [
        (
            _when(each.at, seen),
            _what(each, seen),
            each.approver or "–",
            _when(each.what.expires_at, seen) if each.what else "–",
            seen.say(f"approvals.state.{each.state}"),
        )
        for each in found.approvals
    ]
    return "\n".join(shown.approval_lines(rows, seen))


def _what(stored: Stored, seen: View) -> str:
    what = stored.what
    if what is None:
        return stored.subject[:40]
    if isinstance(what, PlanText):
        return seen.say("approvals.plan", {"digest": what.digest[:DIGITS]})
    rule = stored.policy or seen.say("approvals.old-rule", {"digest": what.rule[:DIGITS]})
    bounds: dict[str, str | int] = {"points": what.most_points, "bytes": what.most_bytes}
    return seen.say("approvals.standing", {"policy": rule, "engine": what.engine, **bounds})


@command("list", approvers)
def list_() -> int:
    with session() as ctx:
        found, seen = who.approvers(ctx), view(ctx)
        path = str(who.approvers_path(ctx))
        rows = [(each.name, each.key.type, each.key.fingerprint) for each in found]
        keys = ("name", "type", "fingerprint")
        emit(
            lambda: [dict(zip(keys, row, strict=True)) for row in rows],
            lambda: (
                "\n".join(shown.approver_lines(rows, seen))
                if rows
                else seen.say("approvals.nobody", {"path": path})
            ),
        )
    return 0


@command("add", approvers)
@click.argument("name")
@click.argument("key", type=KEY, metavar="KEY.pub")
def add(name: str, key: Path) -> int:
    with session() as ctx:
        made, path = who.add_approver(ctx, name, key), str(who.approvers_path(ctx))
        facts = {"name": made.name, "fingerprint": made.key.fingerprint, "path": path}
        emit(
            lambda: {**facts, "type": made.key.type},
            lambda: speech.t("approvals.added", **facts),
        )
    return 0


def _end(ctx: Context, span: timedelta, seen: View) -> str:
    return _when(approving.end_of(ctx, span), seen)


def _when(moment: datetime, seen: View) -> str:
    return units.moment(moment, seen.zone, seen.language)


def _text(given: str | int | None) -> str | None:
    return None if given is None else str(given)
