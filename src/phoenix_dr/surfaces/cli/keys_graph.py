"""`phoenix keys graph`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app import key_graph
from phoenix_dr.app.simulation import write_svg
from phoenix_dr.core.custody_picture import Picture
from phoenix_dr.render import keys_graph, keys_svg
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.keys import keys
from phoenix_dr.surfaces.cli.session import session, view


@command("graph", keys)
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=speech.t("option.graph-svg"),
)
def graph(svg: Path | None) -> int:
    with session() as ctx:
        picture, seen = key_graph.picture(ctx), view(ctx)
        if svg is not None:
            write_svg(svg, keys_svg.drawing(picture, seen))
        emit(lambda: codec.encode(picture), lambda: "\n".join(_text(picture, seen, svg)))
    return 3 if any(circle.locked for circle in picture.circles) else 0


def _text(picture: Picture, seen: View, svg: Path | None) -> Iterator[str]:
    yield from keys_graph.lines(picture, seen)
    if svg is not None:
        yield seen.say("graph.written", {"path": str(svg)})
