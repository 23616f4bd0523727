"""Points a person holds fast: no rule and no approval lets them go until they are released."""

from __future__ import annotations

import threading

from phoenix_dr.adapters.base import Done, ProgressSink
from phoenix_dr.app.context import Context
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.plan import Action, ReleasePoint
from phoenix_dr.errors import Refused
from phoenix_dr.ledger import Kind, Pin


class PinBoard:
    """Where pins are: the ledger. Taking one off is an action like any other."""

    def __init__(self, ctx: Context) -> None:
        """Keep the context whose ledger holds the pins."""
        self.ctx = ctx

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Take a pin off; Refused without a permit for it."""
        permit.require(action)
        if not isinstance(action, ReleasePoint):
            raise Refused("engine-cannot", engine="pins", verb=type(action).__name__)
        keep(self.ctx, Pin(action.engine, action.asset, action.point, pinned=False))
        return Done()


def keep(ctx: Context, pin: Pin) -> None:
    """Write down that a point is held fast, or no longer is."""
    ctx.ledger.append(Kind.PIN, f"{pin.engine} {pin.point}", pin, at=ctx.now())
