"""`phoenix evidence list|show|verify|export`."""

from __future__ import annotations

import json

import click

from phoenix_dr import codec
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Row
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
        kinds = (kind,) if kind else None
        rows = list(ctx.ledger.rows(kinds=kinds, subject=subject, limit=limit, newest_first=True))
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
            lambda: [_form(row) for row in rows],
            lambda: "\n".join(table.plain(cells)) or speech.t("cli.no-row"),
        )
    return 0


@command("show", evidence)
@click.argument("seq", type=int)
def show(seq: int) -> int:
    with session() as ctx:
        row = next((row for row in ctx.ledger.rows() if row.seq == seq), None)
        if row is None:
            raise UsageError("row-unknown", seq=seq)
        form = _form(row)
        emit(lambda: form, lambda: json.dumps(form, ensure_ascii=False, indent=2))
    return 0


@command("verify", evidence)
@click.option("--head", metavar="HASH", help=speech.t("option.head"))
def verify(head: str | None) -> int:
    with session() as ctx:
        found = ctx.ledger.verify(head)
        code = "cli.verify.ok" if found.ok else f"cli.verify.{found.reason}"
        seq = found.first_bad_seq or 0
        emit(
            lambda: codec.encode(found),
            lambda: speech.t(code, rows=found.rows, head=found.head, seq=seq),
        )
    return 0 if found.ok else 1


@command("export", evidence)
def export() -> int:
    with session() as ctx:
        ctx.ledger.export(lambda line: click.echo(line, nl=False))
    return 0


def _form(row: Row) -> dict[str, object]:
    return {
        "seq": row.seq,
        "at": codec.encode(row.at),
        "kind": row.kind,
        "subject": row.subject,
        "value": row.value,
        "hash": row.hash,
    }
