"""Losses and approvals for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from phoenix_dr.core.losses import Loss
from phoenix_dr.render import table, units
from phoenix_dr.render.view import Safe, View

COLUMNS = ("engine", "asset", "points", "period", "size", "remaining", "reach")


def loss_lines(losses: Sequence[Loss], view: View) -> list[str]:
    """The table of what goes and what remains; empty when nothing is lost."""
    if not losses:
        return []
    headers = [view.say(f"approvals.column.{name}") for name in COLUMNS]
    return table.terminal(headers, [_cells(loss, view) for loss in losses], columns=view.width)


def _cells(loss: Loss, view: View) -> list[str]:
    samples = not loss.points
    # Of a job that will save less: nothing goes now, and so nothing is counted.
    fewer = loss.later and loss.size is None
    counted = view.safe("–") if fewer else view.say("approvals.samples")
    return [
        view.safe(loss.engine),
        view.safe(loss.asset) if loss.asset else view.say("approvals.everything"),
        counted if samples else units.number(len(loss.points)),
        _period(loss, view),
        view.say("approvals.later") if loss.later else units.size(loss.size, view.language),
        "–" if samples else units.number(loss.remaining),
        _reach(loss, view) if loss.reach or not fewer else view.safe("?"),
    ]


def _reach(loss: Loss, view: View) -> Safe:
    if loss.reach is None:
        return view.say("approvals.nowhere")
    return view.safe(units.moment(loss.reach, view.zone, view.language))


def _period(loss: Loss, view: View) -> Safe:
    """Days, or moments where all of it lies within one day."""
    ends = (loss.since, loss.until)
    days = dict.fromkeys(units.day(end, view.zone, view.language) for end in ends)
    if len(days) > 1:
        return view.join(days, " – ")
    moments = dict.fromkeys(units.moment(end, view.zone, view.language) for end in ends)
    return view.join(moments, " – ")


def approval_lines(rows: Sequence[Sequence[str]], view: View) -> list[str]:
    """The table of stored approvals: when, what, by whom, until when, what it is worth now."""
    names = ("at", "what", "approver", "end", "state")
    headers = [view.say(f"approvals.list.{name}") for name in names]
    cells = [[view.safe(cell) for cell in row] for row in rows]
    return table.terminal(headers, cells, columns=view.width)


def approver_lines(rows: Sequence[Sequence[str]], view: View) -> list[str]:
    """The table of approvers: name, kind of key, fingerprint."""
    headers = [view.say(f"approvals.{name}") for name in ("name", "type", "fingerprint")]
    cells = [[view.safe(cell) for cell in row] for row in rows]
    return table.terminal(headers, cells, columns=view.width)
