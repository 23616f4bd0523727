"""`phoenix engine check`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from phoenix_dr import codec
from phoenix_dr.app import engines
from phoenix_dr.render import capabilities
from phoenix_dr.render.errors import explain
from phoenix_dr.render.observe import hint, lines
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import session, view

engine = group("engine")


@command("check", engine)
@click.argument("names", nargs=-1, metavar="[ENGINE]...")
@click.option("--read", metavar="PART", help=speech.t("option.read"))
def check(names: tuple[str, ...], read: str | None) -> int:
    with Bars() as bars, session(watch=bars.watch) as ctx:
        found = engines.check(ctx, names, read=read)
        bars.clear()
        emit(
            lambda: [_form(each) for each in found],
            lambda: "\n".join(
                line
                for each in found
                for line in (
                    *_text(each, view(ctx)),
                    *_rights(each, ctx.estate.engines[each.engine].kind, names, view(ctx)),
                )
            ),
        )
    bad = any(each.seen.blind or each.error for each in found)
    return 3 if bad else 0


def _form(each: engines.EngineCheck) -> dict[str, object]:
    return {
        "engine": each.engine,
        "opened": each.seen.blind is None,
        "reason": each.seen.blind.reason if each.seen.blind else None,
        "points": each.points,
        "read": codec.encode(each.read) if each.read else None,
        "error": each.error.code if each.error else None,
        "rights": codec.encode(each.rights) if each.rights else None,
    }


def _rights(
    each: engines.EngineCheck, kind: str, named: tuple[str, ...], seen: View
) -> Iterator[str]:
    """What its credential can see; the ways to more are for who asked for this engine."""
    if each.rights is not None:
        yield from capabilities.lines(each.rights, kind, roles=each.engine in named, view=seen)


def _text(each: engines.EngineCheck, seen: View) -> list[str]:
    if each.seen.blind is not None:
        look = each.seen
        told = lines([(look.engine, 0, 0, False, look.blind)], seen)
        return [*told, *hint(each.seen.blind, seen)]
    facts: dict[str, str | int] = {"engine": each.engine, "points": each.points}
    said = [f"  {seen.say('report.engine.opened', facts)}"]
    if each.read is not None:
        code = "report.engine.read" if each.read.ok else "report.engine.damaged"
        said.append(f"  {seen.say(code, {'engine': each.engine, 'part': each.read.subset})}")
    elif each.error is not None:
        said.append(f"  {explain(each.error, seen.language)[0]}")
    return said


# Each of its commands adds itself to the group above.
from phoenix_dr.surfaces.cli import engine_rbac  # noqa: E402, F401
