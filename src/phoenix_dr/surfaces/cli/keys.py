"""`phoenix keys show|prove`."""

from __future__ import annotations

import click

from phoenix_dr import codec
from phoenix_dr.app import keys as custody
from phoenix_dr.render import keys as shown
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.session import session, view

keys = group("keys")


@command("show", keys)
def show() -> int:
    with session() as ctx:
        held = custody.custody(ctx)
        emit(lambda: codec.encode(held), lambda: shown.terminal(held, view(ctx)).rstrip("\n"))
    return 0


@command("prove", keys)
@click.argument("name", required=False)
@click.option("--copy", "place", metavar="PLACE", help=speech.t("option.copy"))
def prove(name: str | None, place: str | None) -> int:
    with session() as ctx:
        proofs = custody.prove(ctx, name, place=place)
        seen = view(ctx)
        emit(
            lambda: codec.encode(proofs),
            lambda: (
                "\n".join(f"  {shown.proof(each, seen)}" for each in proofs)
                or speech.t("cli.no-key")
            ),
        )
    return 0 if proofs and all(each.ok for each in proofs) else 3


from phoenix_dr.surfaces.cli import keys_graph  # noqa: E402, F401
