"""`phoenix keys kit`, and the escrowed ways of `phoenix keys prove`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from phoenix_dr import codec
from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import UsageError
from phoenix_dr.render import kit as shown
from phoenix_dr.surfaces.cli import escrow, speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.keys import keys, prove
from phoenix_dr.surfaces.cli.session import session, view
from phoenix_dr.surfaces.cli.vault_end import settle_vault

_SHARES = re.compile(r"([0-9]{1,2})(?:of|/)([0-9]{1,2})")


def _split(ctx: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    if text is None:
        return None
    found = _SHARES.fullmatch(text)
    if not found:
        raise click.BadParameter(speech.t("cli.kit-bad-shares", text=text), ctx, parameter)
    return int(found[1]), int(found[2])


@command("kit", keys)
@click.option("--to", multiple=True, metavar="RECIPIENT", help=speech.t("option.kit-to"))
@click.option(
    "--passphrase-from",
    "passphrase",
    type=escrow.Reference(),
    metavar="REF",
    help=speech.t("option.kit-passphrase"),
)
@click.option("--shares", callback=_split, metavar="MofN", help=speech.t("option.kit-shares"))
@click.option("--paper", is_flag=True, help=speech.t("option.kit-paper"))
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=speech.t("option.kit-pages"),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help=speech.t("option.kit-out"),
)
def kit(
    to: tuple[str, ...],
    passphrase: SecretRef | None,
    shares: tuple[int, int] | None,
    paper: bool,
    pages: Path | None,
    out: Path,
) -> int:
    from phoenix_dr.app import kit as making

    request = making.KitRequest(out, to, passphrase, shares, paper, pages)
    with session() as ctx:
        made = making.make(ctx, request)
        emit(lambda: codec.encode(made), lambda: "\n".join(shown.made(made, view(ctx))))
    return 0


def _with_a_kit(own: Callable[..., int]) -> Callable[..., int]:
    """`keys prove` as it is, and with `--kit` the proof of a kit in its place."""

    @wraps(own)
    def either(kit: Path | None, **given: Any) -> int:
        escrowed = escrow.escrow(**{name: given.pop(name) for name in escrow.NAMES})
        if kit is not None:
            return _prove(kit, escrowed, given.get("place"))
        if not escrowed.is_empty:
            raise UsageError("escrow-without-kit")
        return own(**given)

    return either


def _prove(kit: Path, escrowed: Escrow, place: str | None) -> int:
    from phoenix_dr.app import kit_prove

    with session() as ctx:
        found = kit_prove.prove(ctx, kit_prove.ProofRequest(kit, escrowed, place))
        settle_vault(ctx)
        emit(lambda: codec.encode(found), lambda: "\n".join(shown.proof(found, view(ctx))))
    return 0 if found.is_good else 3


def _extend(own: click.Command) -> None:
    if own.callback is None:
        raise TypeError("keys prove has no callback")
    own.callback = _with_a_kit(own.callback)
    escrow.add(own, kit_required=False)


_extend(prove)
