"""`phoenix metrics`."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit


@command("metrics")
@click.option(
    "--textfile",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=speech.t("option.textfile"),
)
def metrics(textfile: Path | None) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.metrics import measured, write
    from phoenix_dr.render import metrics as shown
    from phoenix_dr.surfaces.cli.session import session

    with session() as ctx:
        if textfile is not None:
            made = write(ctx, textfile)
            emit(
                lambda: {"path": str(made)},
                lambda: speech.t("cli.metrics.wrote", path=str(made)),
            )
            return 0
        found = measured(ctx)
    emit(lambda: codec.encode(found), lambda: shown.text(found).rstrip("\n"))
    return 0
