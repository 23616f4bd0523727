"""The custody graph of the estate with what the last look at this machine found."""

from __future__ import annotations

from phoenix_dr.app.context import Context
from phoenix_dr.app.keys import custody
from phoenix_dr.app.keys_found import files_alone
from phoenix_dr.core import custody_picture
from phoenix_dr.core.custody_picture import Picture


def picture(ctx: Context) -> Picture:
    """The graph; asks no engine and opens nothing."""
    return custody_picture.picture(ctx.estate, custody(ctx), sops=files_alone(ctx))
