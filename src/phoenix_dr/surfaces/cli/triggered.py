"""A command started by a schedule: noted under the name of its work, so that Flow is believed."""

from __future__ import annotations

from collections.abc import Callable

from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli.base import Invocation, report_error


def triggered(asked: Invocation, trigger: str, work: Callable[[], int]) -> int:
    """Run it and note when it began and how it ended; what cannot be noted changes no exit code."""
    from phoenix_dr.app.context import open_context, utc_now
    from phoenix_dr.app.flow_handover import remember

    started = utc_now()
    code = work()
    try:
        with open_context(asked.environ, config_file=asked.config, state=asked.state) as ctx:
            remember(ctx, trigger, started_at=started, code=code)
    except PhoenixError as error:
        report_error(error)
    return code
