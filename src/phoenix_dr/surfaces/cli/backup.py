"""`phoenix backup` and `phoenix canary beat`."""

from __future__ import annotations

import time

import click

from phoenix_dr import codec
from phoenix_dr.app.canary import Beaten
from phoenix_dr.app.canary import beat as beat_once
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import session, view


@command("backup")
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
def backup(services: tuple[str, ...]) -> int:
    from phoenix_dr.app.backup import backup as make_backup
    from phoenix_dr.surfaces.cli.backup_text import backup_json, backup_text

    with Bars() as bars, session(watch=bars.watch) as ctx:
        report = make_backup(ctx, services)
        bars.clear()
        emit(lambda: backup_json(report), lambda: backup_text(report, view(ctx)))
    return 0 if report.is_whole else 3


canary = group("canary")


@command("beat", canary)
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help=speech.t("option.every"),
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help=speech.t("option.count"),
)
def beat(every: float, count: int) -> int:

    with session() as ctx:
        for turn in range(count):
            if turn:
                time.sleep(every)
            beaten = beat_once(ctx)
            _show(beaten)
    return 0 if all(each.ok for each in beaten) else 3


def _show(beaten: tuple[Beaten, ...]) -> None:
    emit(lambda: codec.encode(beaten), lambda: _text(beaten))


def _text(beaten: tuple[Beaten, ...]) -> str:
    lines = [
        speech.t("cli.beat.ok" if each.ok else f"cli.beat.{each.reason}", asset=each.asset)
        for each in beaten
    ]
    return "\n".join(lines) or speech.t("cli.beat.none")
