"""Backup jobs as they were found, set and verified on a Proxmox, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from phoenix_dr.core.losses import Loss
from phoenix_dr.errors import PhoenixError
from phoenix_dr.render import units
from phoenix_dr.render.approvals import loss_lines
from phoenix_dr.render.errors import explain
from phoenix_dr.render.view import Safe, View


def refusal(error: PhoenixError, view: View) -> Iterator[str]:
    """Why there is no plan, and what helps."""
    sentence, hint = explain(error, view.language)
    yield view.say("protect.refused", {"why": sentence})
    if hint is not None:
        yield f"  {hint}"


def timing(
    job: str, ours: datetime | None, theirs: datetime | None, *, zone: str, view: View
) -> Safe:
    """That the server would run a job at another time than meant."""
    said = [
        view.say("protect.never") if at is None else units.moment(at, view.zone, view.language)
        for at in (ours, theirs)
    ]
    facts = {"job": job, "ours": said[0], "theirs": said[1], "zone": zone}
    return view.say("protect.time-differs", facts)


def losses(found: Sequence[Loss], view: View) -> Iterator[str]:
    """What the first run removes, then what is saved less; to stand two columns in."""
    view = replace(view, width=view.width - 2)
    now = [each for each in found if not each.later]
    later = [each for each in found if each.later]
    if now:
        yield view.say("protect.lost")
        yield from loss_lines(now, view)
    if later:
        yield view.say("protect.lost-later")
        yield from loss_lines(later, view)


def next_step(digest: str, *, guarded: bool, view: View) -> Iterator[str]:
    """How to go on with a plan."""
    facts = {"digest": digest}
    if guarded:
        yield view.say("protect.approve", facts)
    yield view.say("protect.then" if guarded else "protect.harmless", facts)


def saved(guest: int, asset: str, *, point: str, size: int | None, view: View) -> Safe:
    """A guest that was backed up now."""
    facts: dict[str, str | int] = {"guest": guest, "asset": asset, "archive": point}
    facts["size"] = units.size(size, view.language)
    return view.say("protect.saved", facts)
