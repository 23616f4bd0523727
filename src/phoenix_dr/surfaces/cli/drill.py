"""`phoenix drill run|due|gc|report`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import click

from phoenix_dr import codec
from phoenix_dr.app import drills
from phoenix_dr.app.context import Context
from phoenix_dr.app.learnings import learn
from phoenix_dr.app.selection import Skipped
from phoenix_dr.core.drill import NEWEST, RANDOM_OLDER
from phoenix_dr.core.evidence import DrillRecord
from phoenix_dr.errors import PhoenixError, UsageError
from phoenix_dr.render import drill as shown
from phoenix_dr.render.errors import explain
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation, report_error
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import session, view

drill = group("drill")


@command("run", drill)
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--point", metavar="ID", help=speech.t("option.point"))
@click.option("--random-older", is_flag=True, help=speech.t("option.random-older"))
@click.option("--from", "location", metavar="LOCATION", help=speech.t("option.from"))
@click.option("--mutate", is_flag=True, help=speech.t("option.mutate"))
@click.option("--keep", is_flag=True, help=speech.t("option.keep"))
def run(
    services: tuple[str, ...],
    point: str | None,
    random_older: bool,
    location: str | None,
    mutate: bool,
    keep: bool,
) -> int:
    if point and random_older:
        raise UsageError("point-and-random")
    choice = point or (RANDOM_OLDER if random_older else NEWEST)
    request = drills.DrillRequest(services, choice, location, mutate, keep)
    with Bars() as bars, session(watch=bars.watch) as ctx:
        report = drills.run(ctx, request)
        bars.clear()
        emit(lambda: form(report), lambda: text(report, view(ctx)))
        _learn(ctx, (report,))
    return 0 if report.is_good else 3


def _learn(ctx: Context, reports: Iterable[drills.DrillReport]) -> None:
    """Leave what failed in the project's memory; one that cannot be written changes no verdict."""
    try:
        for report in reports:
            learn(ctx, report, start=Path.cwd())
    except PhoenixError as error:
        report_error(error)


def form(report: drills.DrillReport) -> dict[str, object]:
    """A drill run as JSON values."""
    return {
        "ok": report.is_good,
        "run": report.run,
        "records": codec.encode(report.records),
        "skipped": codec.encode(report.skipped),
        "failed": [{"asset": asset, "error": error.code} for asset, error in report.failed],
        "kept": list(report.kept),
    }


def text(report: drills.DrillReport, seen: View) -> str:
    """The drills in words: twins as caught or missed, real ones with phases and checks."""
    twins = [line for record in report.records if record.mutated for line in _twin(record, seen)]
    real = shown.lines([record for record in report.records if not record.mutated], seen)
    left = [line for each in report.skipped for line in _item(_skipped(each, seen), seen)]
    failed = [line for one in report.failed for line in _item(_failed(*one, seen), seen)]
    kept = [f"  {seen.say('report.drill.kept', {'path': path})}" for path in report.kept]
    return "\n".join([*(f"  {line}" for line in twins if line), *real, *failed, *left, *kept])


def _item(line: str, seen: View) -> list[str]:
    return indent(line, first="  ", rest="    ", columns=seen.width)


def _skipped(one: Skipped, seen: View) -> str:
    facts = {"asset": one.asset, "engine": one.engine}
    return seen.say(f"report.skipped.{one.reason}", facts)


def _twin(record: DrillRecord, seen: View) -> tuple[str, str]:
    verdict, good = shown.twin(record, seen)
    return str(seen.say("list.named", {"name": record.asset, "text": verdict})), good


def _failed(asset: str, error: PhoenixError, seen: View) -> str:
    facts = {"asset": asset, "why": explain(error, seen.language)[0]}
    return str(seen.say("report.drill.failed", facts))


@command("due", drill)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help=speech.t("option.minutes"),
)
def due(minutes: float) -> int:
    ends = time.monotonic() + minutes * 60
    reports: list[drills.DrillReport] = []
    with Bars() as bars, session(watch=bars.watch) as ctx:
        drills.gc(ctx)
        for service in drills.due(ctx):
            if time.monotonic() >= ends:
                break
            reports.append(drills.run(ctx, drills.DrillRequest((service,))))
            bars.clear()
            if not invocation().as_json:
                click.echo(text(reports[-1], view(ctx)))
        if invocation().as_json:
            emit(lambda: [form(each) for each in reports], str)
        _learn(ctx, reports)
    return 0 if all(each.is_good or not (each.records or each.failed) for each in reports) else 3


@command("gc", drill)
def gc() -> int:
    with session() as ctx:
        report = drills.gc(ctx)
        emit(
            lambda: {"removed": report.removed, "live": report.live, "left": report.left},
            lambda: speech.t(
                "cli.gc", removed=len(report.removed), live=len(report.live), left=len(report.left)
            ),
        )
    return 3 if report.left else 0


@command("report", drill)
@click.argument("service", required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help=speech.t("option.limit"),
)
def report(service: str | None, limit: int) -> int:
    with session() as ctx:
        drills_of = (r for r in ctx.ledger.drills() if service in {None, r.service})
        records = [r for r in drills_of if invocation().as_json or not r.mutated][:limit]
        emit(
            lambda: codec.encode(records),
            lambda: "\n".join(shown.lines(records[::-1], view(ctx))) or speech.t("cli.no-drill"),
        )
    return 0


# It declares itself in the group when its module is read.
from phoenix_dr.surfaces.cli import drill_bunker  # noqa: E402, F401
