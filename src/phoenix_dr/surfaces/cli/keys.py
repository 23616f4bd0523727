"""`phoenix keys show|find|prove`."""

from __future__ import annotations

import click

from phoenix_dr import codec
from phoenix_dr.app import keys as custody
from phoenix_dr.app import keys_found
from phoenix_dr.render import keys as shown
from phoenix_dr.render import keys_found as found_text
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.session import session, view
from phoenix_dr.surfaces.cli.vault_end import settle_vault

keys = group("keys")


@command("show", keys)
def show() -> int:
    with session() as ctx:
        held = custody.custody(ctx)

        def text() -> str:
            seen = view(ctx)
            looked = keys_found.last(ctx)
            told = [shown.terminal(held, seen).rstrip("\n")]
            return "\n".join(told + ([found_text.summary(looked, seen)] if looked else []))

        emit(lambda: codec.encode(held), text)
    return 0


@command("find", keys)
@click.option(
    "--project",
    "projects",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help=speech.t("option.keys-project"),
)
def find(projects: tuple[str, ...]) -> int:
    with session() as ctx:
        found = keys_found.look(ctx, projects)
        marks = {key.name: key.fingerprint for key in custody.custody(ctx)}
        seen = view(ctx)
        emit(lambda: codec.encode(found), lambda: "\n".join(found_text.lines(found, marks, seen)))
    return 3 if found.unseen or keys_found.wrong(found) else 0


@command("prove", keys)
@click.argument("name", required=False)
@click.option("--copy", "place", metavar="PLACE", help=speech.t("option.copy"))
def prove(name: str | None, place: str | None) -> int:
    with session() as ctx:
        proofs = custody.prove(ctx, name, place=place)
        settle_vault(ctx)
        seen = view(ctx)
        emit(
            lambda: codec.encode(proofs),
            lambda: (
                "\n".join(f"  {shown.proof(each, seen)}" for each in proofs)
                or speech.t("cli.no-key")
            ),
        )
    return 0 if proofs and all(each.ok for each in proofs) else 3


from phoenix_dr.surfaces.cli import keys_graph, keys_handoff, keys_kit, keys_rotation  # noqa: E402, F401
