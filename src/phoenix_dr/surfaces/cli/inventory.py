"""`phoenix inventory`."""

from __future__ import annotations

import click

from phoenix_dr import codec
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.session import session, view


@command("inventory")
@click.argument("engine", required=False, metavar="[ENGINE]")
def inventory(engine: str | None) -> int:
    return _described() if engine is None else _shown(engine)


def _described() -> int:
    """What phoenix.yaml says; asks nobody."""
    from phoenix_dr.render.inventory import terminal

    with session() as ctx:
        emit(lambda: codec.encode(ctx.estate), lambda: terminal(ctx.estate, view(ctx)))
    return 0


def _shown(engine: str) -> int:
    """What one engine shows now."""
    from phoenix_dr.app import inventory as app
    from phoenix_dr.render import guests, held_assets

    with session() as ctx:
        found = app.inventory(ctx, engine)

        def text() -> str:
            seen, now = view(ctx), ctx.now()
            if isinstance(found, app.Held):
                rows = [
                    (each.asset, each.points, each.oldest, each.newest, each.size)
                    for each in found.assets
                ]
                return "\n".join(held_assets.lines(rows, found.blind_spots, seen, now=now))
            return "\n".join(guests.lines(found, seen, now=now))

        emit(lambda: codec.encode(found), text)
    return 3 if found.blind_spots else 0
