"""One line of progress on stderr while engines work; nothing when stderr is no terminal."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

import click

from phoenix_dr.app.context import Progress
from phoenix_dr.core.actions import Action, subject_of
from phoenix_dr.surfaces.cli.columns import columns

WIDTH = 20


class Bars:
    """Shows every running action side by side; safe to call from worker threads."""

    def __init__(self) -> None:
        """Silent unless stderr is a terminal."""
        self.shown = sys.stderr.isatty()
        self.lock = threading.Lock()
        self.now: dict[str, str] = {}

    def __enter__(self) -> Bars:
        """Use as a context manager so that the line is always taken away."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self.clear()

    def watch(self, action: Action, progress: Progress) -> None:
        """Hear how far an action is."""
        if not self.shown:
            return
        name = subject_of(action)
        with self.lock:
            self.now[action.engine] = f"{name} → {action.engine} {_bar(progress)}"
            line = "   ".join(self.now.values())[: columns() - 1]
            click.echo(f"\r\033[K{line}", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away, so that results stand alone."""
        if self.shown and self.now:
            with self.lock:
                self.now.clear()
                click.echo("\r\033[K", nl=False, err=True)


def _bar(progress: Progress) -> str:
    if not progress.total:
        return "…"
    share = min(1.0, progress.done / progress.total)
    full = int(share * WIDTH)
    return f"{'█' * full}{'░' * (WIDTH - full)} {share:.0%}"
