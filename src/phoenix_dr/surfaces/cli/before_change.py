"""`phoenix before-change`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from phoenix_dr.errors import UsageError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit

LEVELS = tuple(f"L{number}" for number in range(1, 7))


@command("before-change")
@click.argument("name", metavar="GUEST|PVC|SERVICE|ASSET", required=False)
@click.option(
    "--level",
    type=click.Choice(LEVELS, case_sensitive=False),
    default=LEVELS[0],
    show_default=True,
    help=speech.t("option.before-level"),
)
@click.option(
    "--within",
    type=click.IntRange(1, 24 * 366),
    metavar="HOURS",
    help=speech.t("option.before-within"),
)
@click.option("--offline", is_flag=True, help=speech.t("option.before-offline"))
@click.option("--requests", is_flag=True, help=speech.t("option.before-requests"))
def before_change(
    name: str | None, level: str, within: int | None, offline: bool, requests: bool
) -> int:
    if requests is (name is not None):
        raise UsageError("before-what")
    if name is None:
        return _requests()
    return _about(name, level, timedelta(hours=within) if within else None, offline=offline)


def _about(name: str, level: str, within: timedelta | None, *, offline: bool) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.before_change import before_change as asked
    from phoenix_dr.app.inbox import serve_about
    from phoenix_dr.core.before_change import Demand
    from phoenix_dr.core.evidence import Level
    from phoenix_dr.render import audit_parts
    from phoenix_dr.render import before_change as shown
    from phoenix_dr.render.inbox import served_lines
    from phoenix_dr.surfaces.cli.session import session, view

    demand = Demand(Level(int(level[1:])), within)
    with session() as ctx:
        answer = asked(ctx, name, demand, offline=offline)
        # What was seen before the request was made shows nothing about it.
        served = () if offline else serve_about(ctx, answer, demand, start=Path.cwd())
        seen = view(ctx)
        emit(
            lambda: {"name": name, "ok": answer.ok, "assets": codec.encode(answer.leaves),
                     "blind": codec.encode(answer.blind), "served": codec.encode(served)},
            lambda: "\n".join(
                [*shown.lines(answer.leaves, seen, ok=answer.ok),
                 *(f"  {audit_parts.blind_text(spot, seen)}" for spot in answer.blind),
                 *served_lines(served, seen)]
            ),
        )  # fmt: skip
    return 0 if answer.ok else 3


def _requests() -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.inbox import serve_inbox
    from phoenix_dr.render.inbox import inbox_lines
    from phoenix_dr.surfaces.cli.session import session, view

    with session() as ctx:
        served = serve_inbox(ctx, Path.cwd())
        seen = view(ctx)
        emit(
            lambda: [{"request": codec.encode(each.request), "need": each.wanted.need.value,
                      "ok": each.ok, "answers": codec.encode(each.answers)} for each in served],
            lambda: "\n".join(inbox_lines(served, seen)),
        )  # fmt: skip
    return 0 if all(each.ok for each in served) else 3
