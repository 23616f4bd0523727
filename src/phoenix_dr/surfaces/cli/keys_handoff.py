"""`phoenix keys handoff`: the conformity sheet for Vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr.app.vault import Handed
from phoenix_dr.render import handoff_vault
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.keys import keys
from phoenix_dr.surfaces.cli.session import session, view


@command("handoff", keys)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
def handoff(folder: Path) -> int:
    from phoenix_dr.app.vault import hand_over

    with session() as ctx:
        made = hand_over(ctx, folder)
        seen = view(ctx)
        form = {
            **handoff_vault.document(made.sheet, seen),
            "files": [str(path) for path in made.paths],
            "request": made.request,
            "asked": made.asked,
        }
        emit(lambda: form, lambda: "\n".join(_lines(made, seen)))
    return 0


def _lines(made: Handed, view: View) -> Iterator[str]:
    for path in made.paths:
        yield view.say("vault.written", {"path": str(path)})
    yield view.say("vault.checked")
    yield view.say("vault.counted", handoff_vault.counted(made.sheet.points))
    for point in made.sheet.points:
        state = view.say(f"vault.state.{point.state}")
        facts = {"state": state, "demand": handoff_vault.demand(point, view),
                 "evidence": handoff_vault.evidence(point, view)}  # fmt: skip
        line = str(view.say("vault.line", facts)).lstrip()
        yield from indent(line, first="  ", rest="    ", columns=view.width)
    if made.asked is None:
        yield view.say("vault.no-project")
    else:
        yield view.say("vault.asked" if made.asked else "vault.asked-before")
    yield f"- [ ] [phoenix→vault] {made.request}"
