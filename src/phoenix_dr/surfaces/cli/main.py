"""The `phoenix` command: finds the asked command, loads only that one, maps errors to exits."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from phoenix_dr import __version__
from phoenix_dr.errors import UsageError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import (
    HELP,
    Invocation,
    PhoenixGroup,
    common_options,
    report_error,
)

COMMANDS: dict[str, str] = {
    "init": "start",
    "config": "config",
    "status": "status",
    "inventory": "inventory",
    "observe": "status",
    "audit": "audit",
    "backup": "backup",
    "before-change": "before_change",
    "drill": "drill",
    "points": "points",
    "retention": "retention",
    "protect": "protect",
    "approve": "approve",
    "approvers": "approve",
    "dr": "dr",
    "keys": "keys",
    "metrics": "metrics",
    "oss": "oss",
    "evidence": "evidence",
    "engine": "engine",
    "canary": "backup",
    "generate": "start",
    "vma": "vma",
    "menu": "menu",
    "agent": "agent",
    "demo": "demo",
    "completion": "start",
}
"""Every command and the module of this package that holds it, in the order help shows them."""


class LazyGroup(PhoenixGroup):
    """Knows all commands by name, imports one module for the command that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a newcomer's first hour."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command, or None when there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"phoenix_dr.surfaces.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from phrases alone, importing none of them."""
        rows = [(name, speech.t(f"short.{name}")) for name in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _discard_output() -> None:
    """Nobody can read on: what is still buffered must not fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def build() -> click.Group:
    """The root command in the language in force."""
    group = LazyGroup(
        "phoenix",
        help=speech.t("help.phoenix"),
        epilog=speech.t("examples.phoenix"),
        context_settings=HELP,
    )
    click.version_option(
        __version__,
        prog_name="phoenix",
        message="%(prog)s %(version)s",
        help=speech.t("option.version"),
    )(group)
    return common_options(group)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its documented code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given and _is_talked_to():
        given = ["menu"]
    speech.choose(given, os.environ)
    asked = Invocation(environ=os.environ, language_asked=speech.said(given, os.environ))
    signal.signal(signal.SIGTERM, _terminate)
    trigger = os.environ.get("PHOENIX_TRIGGER", "")
    if not trigger or _is_at_terminal():
        sys.exit(run(given, asked))
    from phoenix_dr.surfaces.cli.triggered import triggered

    sys.exit(triggered(asked, trigger, lambda: run(given, asked)))


def _is_at_terminal() -> bool:
    """Whether a person may have started this: a schedule has no terminal at any end."""
    ends = (sys.stdin, sys.stdout, sys.stderr)
    return any(each is not None and each.isatty() for each in ends)


def _is_talked_to() -> bool:
    """Whether a person sits at both ends; a script gets help instead of a question."""
    return all(each is not None and each.isatty() for each in (sys.stdin, sys.stdout))


def _terminate(*_: object) -> None:
    """What `systemctl stop` and a shutdown send: end as on Ctrl-C, engines and staging first."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(arguments: Sequence[str], asked: Invocation) -> int:
    """Run one command; every foreseen failure becomes one sentence and an exit code."""
    try:
        code = build().main(list(arguments), prog_name="phoenix", standalone_mode=False, obj=asked)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo(speech.t("cli.interrupted"), err=True)
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is wrong on our side.
        _discard_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        _discard_output()
        return report_error(UsageError("cannot-write", path="-", reason=error.strerror or ""))
    except Exception as error:
        return report_error(error)
    return code if isinstance(code, int) else 0
