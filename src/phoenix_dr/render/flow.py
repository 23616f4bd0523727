"""What the three forms of one schedule share: the program, its paths, the name it starts under."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.core.flow import Form
from phoenix_dr.core.regular_work import Work

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRIGGER = "PHOENIX_TRIGGER"
"""Names the work a start is one of, FORM/WORK: only such starts show that a schedule runs."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Absolute paths: the phoenix program, the configuration, the state when not the default.

    `user` runs the work; None is root.
    """

    program: str
    config: str
    state: str | None = None
    user: str | None = None


def variables(installed: Installed, form: Form, work: Work) -> tuple[tuple[str, str], ...]:
    """The environment a work is started with, secrets never among it."""
    wanted = {
        "PHOENIX_CONFIG": installed.config,
        "PHOENIX_STATE": installed.state,
        TRIGGER: f"{form}/{work.name}",
    }
    return tuple((name, value) for name, value in wanted.items() if value is not None)
