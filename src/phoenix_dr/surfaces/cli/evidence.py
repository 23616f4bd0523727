"""`phoenix evidence list|show|verify|export`."""

from __future__ import annotations

import json

import click

from phoenix_dr import codec
from phoenix_dr.app import evidence as history
from phoenix_dr.render import table, units
from phoenix_dr.render.text import clean
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group
from phoenix_dr.surfaces.cli.session import session, view

evidence = group("evidence")
SHORT = 12
"""Digits of a hash shown in lists."""


@command("list", evidence)
@click.option("--kind", metavar="KIND", help=speech.t("option.kind"))
@click.option("--subject", metavar="SUBJECT", help=speech.t("option.subject"))
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help=speech.t("option.limit"),
)
def list_rows(kind: str | None, subject: str | None, limit: int) -> int:
    with session() as ctx:
        rows = history.newest(ctx, kind=kind, subject=subject, limit=limit)
        zone = view(ctx).zone
        cells = [
            [
                str(row.seq),
                units.moment(row.at, zone, ctx.language),
                row.kind,
                clean(row.subject),
                row.hash[:SHORT],
            ]
            for row in rows
        ]
        emit(
            lambda: [history.form(row) for row in rows],
            lambda: "\n".join(table.plain(cells)) or speech.t("cli.no-row"),
        )
    return 0


@command("show", evidence)
@click.argument("seq", type=int)
def show(seq: int) -> int:
    with session() as ctx:
        form = history.form(history.one(ctx, seq))
        emit(lambda: form, lambda: json.dumps(form, ensure_ascii=False, indent=2))
    return 0


@command("verify", evidence)
@click.option("--head", metavar="HASH", help=speech.t("option.head"))
def verify(head: str | None) -> int:
    with session() as ctx:
        found = history.verify(ctx, head)
        code = "cli.verify.ok" if found.ok else f"cli.verify.{found.reason}"
        emit(
            lambda: codec.encode(found),
            lambda: speech.t(code, rows=found.rows, head=found.head, seq=found.seq),
        )
    return 0 if found.ok else 1


@command("export", evidence)
def export() -> int:
    with session() as ctx:
        history.export(ctx, lambda line: click.echo(line, nl=False))
    return 0
