"""`phoenix retention simulate`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app.simulation import Asked, simulation, write_svg
from phoenix_dr.core.retention_forecast import Told
from phoenix_dr.render import retention_calendar, retention_svg
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.retention import retention
from phoenix_dr.surfaces.cli.session import session, view

MOST_DAYS = 3660


@command("simulate", retention)
@click.argument("asset", required=False)
@click.option("--rule", metavar="RULE", help=speech.t("option.simulate-rule"))
@click.option("--against", metavar="RULE", help=speech.t("option.simulate-against"))
@click.option("--engine", metavar="ENGINE", help=speech.t("option.simulate-engine"))
@click.option("--against-engine", metavar="ENGINE", help=speech.t("option.simulate-against-engine"))
@click.option("--schedule", metavar="WHEN", help=speech.t("option.simulate-schedule"))
@click.option("--from-scratch", is_flag=True, help=speech.t("option.simulate-from-scratch"))
@click.option(
    "--days",
    type=click.IntRange(min=1, max=MOST_DAYS),
    default=365,
    show_default=True,
    help=speech.t("option.simulate-days"),
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=speech.t("option.simulate-svg"),
)
def simulate(svg: Path | None, **given: object) -> int:
    with session() as ctx:
        told = simulation(ctx, Asked(**given))  # type: ignore[arg-type]
        seen = view(ctx)
        if svg is not None:
            write_svg(svg, retention_svg.drawing(told, seen))
        emit(lambda: form(told), lambda: "\n".join(_text(told, seen, svg)))
    return 0


def form(told: Told) -> dict[str, object]:
    """A simulation as JSON values."""
    sides = zip(told.sides, told.simulation.forecasts, strict=True)
    return {
        "now": codec.encode(told.simulation.now),
        "horizon": codec.encode(told.simulation.horizon),
        "asset": told.asset or None,
        "engine": told.engine or None,
        "held": told.simulation.held,
        "regimes": [{**codec.encode(side), **codec.encode(found)} for side, found in sides],
        "difference": codec.encode(told.difference),
    }


def _text(told: Told, seen: View, svg: Path | None) -> Iterator[str]:
    yield from retention_calendar.lines(told, seen)
    if svg is not None:
        yield ""
        yield seen.say("simulate.wrote", {"path": str(svg)})
