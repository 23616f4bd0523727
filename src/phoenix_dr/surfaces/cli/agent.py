"""`phoenix agent export|import`."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr.surfaces.cli.base import command, emit, group

agent = group("agent")


@command("import", agent)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def import_(file: Path) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.agent import judge
    from phoenix_dr.render import agent_check
    from phoenix_dr.surfaces.cli.agent_commands import is_ours
    from phoenix_dr.surfaces.cli.session import session, view

    with session(keeps=False) as ctx:
        found = judge(ctx, file, start=Path.cwd(), is_ours=is_ours)
        seen = view(ctx)
        emit(
            lambda: {"name": found.agent.name, "covered": found.covered,
                     "parts": [codec.encode(row) for row in found.rows]},
            lambda: "\n".join(agent_check.lines(found.rows, seen)),
        )  # fmt: skip
    return 0 if found.covered else 3
