"""From the common options to a context and a view, for the commands that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context, Watcher, open_context
from phoenix_dr.app.drills import is_off_site
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import invocation
from phoenix_dr.surfaces.cli.columns import columns


@contextmanager
def session(*, watch: Watcher | None = None, keeps: bool = True) -> Iterator[Context]:
    """A context for the running command; the estate's language applies unless one was asked for.

    With `keeps` off nothing is left behind as long as nothing asks for the ledger.
    """
    given = invocation()
    asked = speech.language() if given.language_asked else None
    with open_context(
        given.environ,
        config_file=given.config,
        state=given.state,
        language=asked,
        watch=watch,
        keeps=keeps,
    ) as ctx:
        speech.speak(ctx.language)
        yield ctx


def view(ctx: Context) -> View:
    """How values of this estate are shown on this terminal."""
    places = ctx.estate.locations
    return View(
        language=ctx.language,
        zone=ZoneInfo(ctx.estate.timezone),
        width=columns(),
        simulated=frozenset(name for name, place in places.items() if place.simulated),
        off_site=frozenset(name for name in places if is_off_site(ctx, name)),
    )
