"""`phoenix before-change`."""

from __future__ import annotations

from datetime import timedelta

import click

from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit

LEVELS = tuple(f"L{number}" for number in range(1, 7))


@command("before-change")
@click.argument("name", metavar="GUEST|PVC|SERVICE|ASSET")
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
def before_change(name: str, level: str, within: int | None, offline: bool) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.before_change import before_change as asked
    from phoenix_dr.core.before_change import Demand
    from phoenix_dr.core.evidence import Level
    from phoenix_dr.render import audit_parts
    from phoenix_dr.render import before_change as shown
    from phoenix_dr.surfaces.cli.session import session, view

    demand = Demand(Level(int(level[1:])), timedelta(hours=within) if within else None)
    with session() as ctx:
        answer = asked(ctx, name, demand, offline=offline)
        seen = view(ctx)
        emit(
            lambda: {"name": name, "ok": answer.ok, "assets": codec.encode(answer.leaves),
                     "blind": codec.encode(answer.blind)},
            lambda: "\n".join(
                [*shown.lines(answer.leaves, seen, ok=answer.ok),
                 *(f"  {audit_parts.blind_text(spot, seen)}" for spot in answer.blind)]
            ),
        )  # fmt: skip
    return 0 if answer.ok else 3
