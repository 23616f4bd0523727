"""What `phoenix generate alerts` says: the files, what Prometheus shows, and the request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from phoenix_dr.app.alerts import Written
from phoenix_dr.app.context import Context
from phoenix_dr.app.hawk import Asked, settle
from phoenix_dr.core.hawk import Loading
from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import report_error


def form(made: Sequence[Written], asked: Asked) -> dict[str, object]:
    """The answer as JSON values."""
    return {
        "files": [
            {"path": str(one.path), "program": one.program or None, "checked": one.ok}
            for one in made
        ],
        "request": asked.text,
        "asked": asked.new,
        "prometheus": asked.loading.value if asked.loading else None,
    }


def lines(made: Sequence[Written], asked: Asked) -> Iterator[str]:
    """The answer in words; the request as a person would write it."""
    yield from map(_file, made)
    if asked.loading is None:
        yield speech.t("hawk.no-prometheus")
    else:
        yield speech.t(f"hawk.loading.{asked.loading}")
    if asked.loading is Loading.LOADED:
        return
    if asked.new is not None:
        yield speech.t("hawk.asked" if asked.new else "hawk.asked-before")
    else:
        ready = all(one.ok for one in made)
        yield speech.t("hawk.no-project" if ready else "hawk.unready")
    yield f"- [ ] [phoenix→hawk] {asked.text}"


def settle_hawk(ctx: Context) -> None:
    """Say on stderr what was closed just now; a memory that cannot be written spoils no audit."""
    try:
        found = settle(ctx)
    except PhoenixError as error:
        report_error(error)
        return
    for each in found:
        if each.loading is Loading.LOADED:
            code = "hawk.closed" if each.checked_off else "hawk.seen"
            click.echo(speech.t(code, digest=each.digest), err=True)


def _file(one: Written) -> str:
    if not one.program:
        return speech.t("alerts.written", path=str(one.path))
    code = "alerts.checked" if one.ok else "alerts.unchecked"
    return speech.t(code, program=one.program, path=str(one.path))
