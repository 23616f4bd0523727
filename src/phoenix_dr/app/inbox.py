"""Requests of siblings: answered from evidence looked up now, checked off when it holds."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr.app.before_change import before_change
from phoenix_dr.app.context import Context
from phoenix_dr.app.project import memory_at, open_requests, serve
from phoenix_dr.core.before_change import Answer, Demand, names
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.inbox import Need, Served, Wanted, wanted
from phoenix_dr.core.request_lines import Request
from phoenix_dr.ledger import Kind

MOST = 50
"""Requests that are looked at in one go."""
LEAST = {Need.COPY: Level.EXISTS, Need.PROOF: Level.RESTORES}


def serve_inbox(ctx: Context, start: Path) -> tuple[Served, ...]:
    """Answer the open requests of the project `start` lies in; the engines are asked.

    What evidence shows is checked off, everything else stays open. Raises UsageError when the
    memory cannot be read or written.
    """
    held = memory_at(start)
    made = []
    for request in open_requests(held)[:MOST] if held else ():
        asked = wanted(request.text, names(ctx.estate))
        served = Served(request, asked, _answers(ctx, asked))
        if served.ok and held is not None:
            _check_off(ctx, start, served)
        made.append(served)
    return tuple(made)


def serve_about(
    ctx: Context, answer: Answer, demand: Demand, *, start: Path
) -> tuple[Request, ...]:
    """Check off the requests that a good answer serves, since the engines were just asked."""
    held = memory_at(start)
    if held is None or not answer.ok:
        return ()
    made = []
    for request in open_requests(held)[:MOST]:
        asked = wanted(request.text, names(ctx.estate))
        least = LEAST.get(asked.need)
        if least is not None and asked.names == (answer.name,) and demand.least >= least:
            _check_off(ctx, start, Served(request, asked, (answer,)))
            made.append(request)
    return tuple(made)


def _answers(ctx: Context, asked: Wanted) -> tuple[Answer, ...]:
    least = LEAST.get(asked.need)
    if least is None:
        return ()
    return tuple(before_change(ctx, name, Demand(least)) for name in asked.names)


def _check_off(ctx: Context, start: Path, served: Served) -> None:
    held = memory_at(start)
    if held is None or not serve(held, served.request):
        return
    points = [leave.point.id for each in served.answers for leave in each.leaves if leave.point]
    said = {"from": served.request.source, "text": served.request.text, "points": points}
    ctx.ledger.append(Kind.NOTE, "request-served", said, at=ctx.now())
