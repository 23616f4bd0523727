"""`phoenix drill bunker`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from phoenix_dr import codec
from phoenix_dr.app.learnings import learn_records
from phoenix_dr.render import kit as shown
from phoenix_dr.surfaces.cli import escrow, speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.drill import drill
from phoenix_dr.surfaces.cli.impact import kept
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import session, view
from phoenix_dr.surfaces.cli.vault_end import settle_vault


@command("bunker", drill)
@click.option("--service", metavar="SERVICE", help=speech.t("option.bunker-service"))
@click.option("--from", "location", metavar="LOCATION", help=speech.t("option.bunker-from"))
def bunker(service: str | None, location: str | None, kit: Path, **brought: Any) -> int:
    from phoenix_dr.app import bunker as drilling

    request = drilling.BunkerRequest(kit, escrow.escrow(**brought), service, location)
    with Bars() as bars, session(watch=bars.watch) as ctx:
        report = drilling.run(ctx, request)
        settle_vault(ctx)
        bars.clear()
        form = {"ok": report.is_good, **codec.encode(report)}
        emit(lambda: form, lambda: "\n".join(shown.bunker(report, view(ctx))))
        kept(lambda: learn_records(ctx, report.records, start=Path.cwd()))
    return 0 if report.is_good else 3


escrow.add(bunker, kit_required=True)
