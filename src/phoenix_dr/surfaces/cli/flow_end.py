"""At the end of a look: whether what was handed to Flow is seen running by now."""

from __future__ import annotations

import click

from phoenix_dr.app.context import Context
from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import report_error


def settle_flow(ctx: Context) -> None:
    """Say on stderr what was verified just now; a memory that cannot be written spoils no audit."""
    # Loaded at the end of a look alone: `phoenix status` shares this module's users.
    from phoenix_dr.app.flow_handover import settle
    from phoenix_dr.core.flow import Stage

    try:
        found = settle(ctx)
    except PhoenixError as error:
        report_error(error)
        return
    if found is not None and found.stage is Stage.VERIFIED:
        click.echo(speech.t("flow.closed" if found.closed else "flow.seen"), err=True)
