"""The options that say what somebody brings to open a kit with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.core.model import SecretRef
from phoenix_dr.surfaces.cli import speech

ASK = "-"
SCHEMES = ("file", "env")
NAMES = ("identities", "share_files", "images", "passphrase")
"""Parameters that `escrow` takes."""
FILE = click.Path(path_type=Path, dir_okay=False)


class Reference(click.ParamType[SecretRef]):
    """`file:/path` or `env:NAME`; a secret itself is never taken from a command line."""

    name = "reference"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> SecretRef:
        """The reference. Fails without repeating more than a scheme."""
        if isinstance(value, SecretRef):
            return value
        scheme, colon, name = str(value).partition(":")
        if not colon or scheme not in SCHEMES or not name:
            # It may be the secret itself.
            self.fail(speech.t("cli.kit-bad-reference", text=scheme if colon else "…"), param, ctx)
        return SecretRef(scheme, str(Path(name).absolute()) if scheme == "file" else name)


def parameters(*, kit_required: bool) -> list[click.Parameter]:
    """--kit, --identity, --shares, --qr and --passphrase-from."""
    return [
        click.Option(
            ["--kit"], type=FILE, required=kit_required, help=speech.t("option.escrow-kit")
        ),
        click.Option(
            ["--identity", "identities"], type=Reference(), multiple=True, metavar="REF",
            help=speech.t("option.escrow-identity"),
        ),
        click.Option(
            ["--shares", "share_files"], multiple=True, metavar="FILE",
            help=speech.t("option.escrow-shares"),
        ),
        click.Option(
            ["--qr", "images"], type=FILE, multiple=True, help=speech.t("option.escrow-qr")
        ),
        click.Option(
            ["--passphrase-from", "passphrase"], type=Reference(), metavar="REF",
            help=speech.t("option.escrow-passphrase"),
        ),
    ]  # fmt: skip


def add(own: click.Command, *, kit_required: bool) -> None:
    """Give these options to a command, before those that all commands share."""
    at = len([each for each in own.params if each.expose_value])
    own.params[at:at] = parameters(kit_required=kit_required)


def escrow(
    identities: Sequence[SecretRef],
    share_files: Sequence[str],
    images: Sequence[Path],
    passphrase: SecretRef | None,
) -> Escrow:
    """What was brought; shares are asked for, unseen, where `-` says so."""
    typed = tuple(_asked()) if ASK in share_files else ()
    files = tuple(Path(each) for each in share_files if each != ASK)
    return Escrow(tuple(identities), files, typed, tuple(images), passphrase)


def _asked() -> Iterator[str]:
    question = speech.t("cli.kit-share-prompt")
    while line := click.prompt(
        question, prompt_suffix="", default="", show_default=False, hide_input=True, err=True
    ):
        yield line
