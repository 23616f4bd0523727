"""`phoenix status`, `phoenix observe`."""

from __future__ import annotations

import click

from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, invocation


@command("status")
def status() -> int:
    # Reads the stored audit alone: no configuration, no ledger, no engine.
    from phoenix_dr.app import configuration
    from phoenix_dr.app.audit import last_audit
    from phoenix_dr.app.context import utc_now
    from phoenix_dr.surfaces.cli.audit import exit_code
    from phoenix_dr.surfaces.cli.json_forms import audit_json
    from phoenix_dr.surfaces.cli.stored import age_line, stored_view

    given = invocation()
    settings = configuration.settings(given.environ, config_file=given.config, state=given.state)
    report = last_audit(settings.state_dir)

    def text() -> str:
        from phoenix_dr.render import audit as shown

        seen = stored_view(report, speech.language())
        first = age_line(report, now=utc_now())
        return first + "\n" + shown.terminal(report, seen).rstrip("\n")

    emit(lambda: audit_json(report), text)
    return exit_code(report)


@command("observe")
@click.argument("engines", nargs=-1, metavar="[ENGINE]...")
@click.option("--force", is_flag=True, help=speech.t("option.force"))
def observe(engines: tuple[str, ...], force: bool) -> int:
    from phoenix_dr import codec
    from phoenix_dr.app import observe as looking
    from phoenix_dr.errors import UsageError
    from phoenix_dr.render.observe import lines
    from phoenix_dr.surfaces.cli.flow_end import settle_flow
    from phoenix_dr.surfaces.cli.session import session, view

    with session() as ctx:
        for name in engines:
            if name not in ctx.estate.engines:
                known = ", ".join(ctx.estate.engines)
                raise UsageError("engine-unknown", engine=name, known=known)
        seen = looking.observe(ctx, engines or None, force=force)
        rows = [
            (look.engine, look.appeared, look.gone, look.unchanged, look.blind) for look in seen
        ]
        rows += [(spot.engine, 0, 0, False, spot) for look in seen for spot in look.doubts]
        emit(lambda: codec.encode(seen), lambda: "\n".join(lines(rows, view(ctx))))
        settle_flow(ctx)
    return 3 if any(look.spots for look in seen) else 0
