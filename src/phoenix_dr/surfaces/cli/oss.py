"""`phoenix oss compare`."""

from __future__ import annotations

from pathlib import Path

import click

from phoenix_dr.errors import UsageError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group

TOOLS = ("restic", "borg", "kopia", "pbs", "vzdump", "longhorn", "velero", "rclone", "custom")
"""Named here so that help loads no comparison."""

oss = group("oss")


@command("compare", oss)
@click.argument("need", required=False)
@click.option(
    "--decide",
    "tool",
    type=click.Choice(TOOLS, case_sensitive=False),
    help=speech.t("option.oss-decide"),
)
@click.option("--because", metavar="TEXT", help=speech.t("option.oss-because"))
def compare(need: str | None, tool: str | None, because: str | None) -> int:
    if (tool is None) is not (because is None) or (tool and not need):
        raise UsageError("oss-pair")
    if need and tool and because is not None:
        return _decide(need, tool, because)
    from phoenix_dr import codec
    from phoenix_dr.app.oss import compare as compared
    from phoenix_dr.render import oss as shown
    from phoenix_dr.surfaces.cli.session import session, view

    with session(keeps=False) as ctx:
        found = compared(ctx, need, start=Path.cwd())
        seen = view(ctx)

        def text() -> str:
            several = need is None
            body = (
                shown.overview(found.parts, seen)
                if several
                else shown.details(found.parts, seen, found.sources)
            )
            missing = [shown.unavailable(seen)] if found.sources is None else []
            return "\n".join(
                [*shown.places(found.off_site, seen), *body, *missing,
                 *shown.closing(found.need, found.decided, seen)]
            )  # fmt: skip

        emit(
            lambda: {"need": found.need.key, "off_site": list(found.off_site),
                     "parts": codec.encode(found.parts), "decided": codec.encode(found.decided),
                     "sources": codec.encode(found.sources)},
            text,
        )  # fmt: skip
    return 0


def _decide(need: str, tool: str, because: str) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app.oss import decide
    from phoenix_dr.render import oss as shown
    from phoenix_dr.surfaces.cli.session import session, view

    with session() as ctx:
        made = decide(ctx, need, tool, because=because, start=Path.cwd())
        seen = view(ctx)
        log = str(made.log) if made.log else None
        emit(
            lambda: {**codec.encode(made.choice), "new": made.new, "log": log,
                     "logged": made.logged},
            lambda: "\n".join(
                shown.kept(made.choice, seen, new=made.new, log=log, logged=made.logged)
            ),
        )  # fmt: skip
    return 0
