"""`phoenix keys rotation|recovery`: what to do with a key, by a person's own hand."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app.key_rotation import rotation as rotated
from phoenix_dr.app.keys import custody
from phoenix_dr.core.key_recovery import procedure
from phoenix_dr.render import key_recovery, keys_rotation
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.keys import keys
from phoenix_dr.surfaces.cli.session import session, view

FILE = "key-recovery.md"


@command("rotation", keys)
@click.argument("key")
@click.option(
    "--project",
    "projects",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help=speech.t("option.keys-project"),
)
def rotation(key: str, projects: tuple[str, ...]) -> int:
    with session() as ctx:
        made = rotated(ctx, key, projects)
        emit(lambda: codec.encode(made), lambda: "\n".join(keys_rotation.lines(made, view(ctx))))
    return 0


@command("recovery", keys)
@click.option("--show", is_flag=True, help=speech.t("option.recovery-show"))
def recovery(show: bool) -> int:
    from phoenix_dr.app.files import write_atomically

    with session() as ctx:
        made = procedure(ctx.estate, custody(ctx), now=ctx.now())
        path = Path(ctx.estate.documents) / FILE
        existing = path.read_text(encoding="utf-8") if path.is_file() else ""
        text = key_recovery.update(existing, made, view=view(ctx))
        if show:
            emit(lambda: codec.encode(made), lambda: text.rstrip("\n"))
        else:
            write_atomically(path, text, mode=0o644)
            told = "\n  ".join((str(path), *key_recovery.summary(made, view(ctx))))
            emit(lambda: codec.encode(made) | {"path": str(path)}, lambda: f"  {told}")
    return 3 if made.broken else 0
