"""Requests of siblings and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phoenix_dr.core.inbox import Need, Served
from phoenix_dr.core.request_lines import Request
from phoenix_dr.render.before_change import WORDS, lines
from phoenix_dr.render.view import View


def inbox_lines(served: Iterable[Served], view: View) -> Iterator[str]:
    """Each request, checked off or still open and why, with what it stands on."""
    nothing = True
    for each in served:
        nothing = False
        yield f"[{each.request.source}] {each.request.text}"
        if each.wanted.need is Need.PERSON:
            yield f"  {view.say('inbox.person')}"
            continue
        yield f"  {view.say(f'inbox.{WORDS[each.ok]}')}"
        for answer in each.answers:
            yield from (f"  {line}" for line in list(lines(answer.leaves, view, ok=answer.ok))[1:])
    if nothing:
        yield view.say("inbox.empty")


def served_lines(requests: Iterable[Request], view: View) -> Iterator[str]:
    """The requests that an answer served by the way."""
    for each in requests:
        yield view.say("inbox.served", {"source": each.source, "text": each.text})
