"""`phoenix retention show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app.retention_document import write_policy
from phoenix_dr.app.retention_stores import stores
from phoenix_dr.core.retention_need import Proposal, Store, proposals
from phoenix_dr.render import retention as shown
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.retention import retention
from phoenix_dr.surfaces.cli.session import session, view


@command("show", retention)
@click.option("--write", is_flag=True, help=speech.t("option.write-policy"))
def show(write: bool) -> int:
    with session() as ctx:
        found = stores(ctx)
        better = proposals(found)
        path = write_policy(ctx, found, better) if write else None
        seen = view(ctx)
        emit(lambda: form(found, better, path), lambda: "\n".join(_text(found, better, path, seen)))
    return 0


def form(
    found: Sequence[Store], better: Sequence[Proposal], path: Path | None
) -> dict[str, object]:
    """The stores and what had better change, as JSON values."""
    return {
        "stores": codec.encode(tuple(found)),
        "proposals": [_proposal(each) for each in better],
        "path": str(path) if path else None,
    }


def _proposal(found: Proposal) -> dict[str, object]:
    return {
        "engine": found.store.engine,
        "subject": found.store.subject,
        "direction": found.direction.value,
        "code": found.code,
        "before": codec.encode(found.before),
        "wanted": codec.encode(found.wanted),
        "parameters": codec.encode(found.parameters),
    }


def _text(
    found: Sequence[Store], better: Sequence[Proposal], path: Path | None, seen: View
) -> Iterator[str]:
    yield from shown.lines(found, better, view=seen)
    if path is not None:
        yield ""
        yield seen.say("policy.wrote", {"path": str(path)})
