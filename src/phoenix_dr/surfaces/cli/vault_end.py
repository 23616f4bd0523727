"""At the end of a proof or a look: whether what was handed to Vault is shown by now."""

from __future__ import annotations

import click

from phoenix_dr.app.context import Context
from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import report_error


def settle_vault(ctx: Context) -> None:
    """Say on stderr what was closed just now; a memory that cannot be written spoils no look."""
    from phoenix_dr.app.vault import settle

    try:
        found = settle(ctx)
    except PhoenixError as error:
        report_error(error)
        return
    for each in found:
        if not each.missing:
            code = "vault.closed" if each.checked_off else "vault.seen"
            click.echo(speech.t(code, digest=each.digest), err=True)
