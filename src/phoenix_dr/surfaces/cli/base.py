"""What all commands share: options, help in two languages, output, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

import click

from phoenix_dr.errors import ConfigError, PhoenixError
from phoenix_dr.surfaces.cli import speech

EXTRA = "Got unexpected extra argument"
"""How click begins its sentence about an argument too many; it has no class of its own."""
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
AnyCommand = TypeVar("AnyCommand", bound=click.Command)


@dataclass
class Invocation:
    """The environment and what the common options said, for the command that runs."""

    environ: Mapping[str, str] = field(default_factory=dict)
    language_asked: bool = False
    config: str | None = None
    state: str | None = None
    as_json: bool = False


class PhoenixFormatter(click.HelpFormatter):
    """click's help with its few fixed words in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line, `Usage:` or `Utilisation :`."""
        super().write_usage(prog, args, prefix or speech.t("cli.usage") + " ")

    def write_heading(self, heading: str) -> None:
        """A section heading, `Options` and `Commands` translated."""
        self.write(speech.t(f"cli.heading.{heading.lower()}") + "\n")


class _Context(click.Context):
    formatter_class = PhoenixFormatter


class PhoenixCommand(click.Command):
    """A command whose examples keep their line breaks."""

    context_class = _Context

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples as they are typed."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"  {line}\n")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """click's own help option, described in the language in force."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = speech.t("option.help")
        return option


class PhoenixGroup(PhoenixCommand, click.Group):
    """A group of commands in the house style."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command asked for; an unknown one is named with the closest that exists."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            close = get_close_matches(name, self.list_commands(ctx), n=1)
            code = "cli.no-such-command-close" if close else "cli.no-such-command"
            said = speech.t(code, command=name, close="".join(close))
            raise click.UsageError(said, ctx)
        return super().resolve_command(ctx, args)


def group(name: str) -> click.Group:
    """A command group named `name`, described by the phrase `help.NAME`."""
    made = PhoenixGroup(
        name,
        help=speech.t(f"help.{name}"),
        short_help=speech.t(f"short.{name}"),
        context_settings=HELP,
    )
    return common_options(made)


def command(
    name: str, parent: click.Group | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command; its help and examples are the phrases `help.` and `examples.` + path."""
    path = f"{parent.name}-{name}" if parent else name

    def declare(function: Callable[..., Any]) -> click.Command:
        made = click.command(
            name,
            cls=PhoenixCommand,
            help=speech.t(f"help.{path}"),
            short_help=speech.t(f"short.{path}"),
            epilog=speech.t(f"examples.{path}"),
            context_settings=HELP,
        )(function)
        if parent is not None:
            parent.add_command(made)
        return common_options(made)

    return declare


def common_options(made: AnyCommand) -> AnyCommand:
    """Add the options every command takes, before or after its name."""
    for option in (
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            help=speech.t("option.json"),
            expose_value=False,
            callback=_store,
        ),
        click.Option(
            ["--language"],
            type=click.Choice(("fr", "en"), case_sensitive=False),
            metavar="fr|en",
            help=speech.t("option.language"),
            expose_value=False,
        ),
        click.Option(
            ["--config"],
            metavar="FILE",
            help=speech.t("option.config"),
            expose_value=False,
            callback=_store,
        ),
        click.Option(
            ["--state"],
            metavar="DIR",
            help=speech.t("option.state"),
            expose_value=False,
            callback=_store,
        ),
    ):
        made.params.append(option)
    return made


def _store(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    if value and parameter.name:
        setattr(invocation(ctx), parameter.name, value)


def invocation(ctx: click.Context | None = None) -> Invocation:
    """The common options of the running command."""
    return (ctx or click.get_current_context()).find_root().ensure_object(Invocation)


def emit(value: Callable[[], Any], text: Callable[[], str]) -> None:
    """Print the JSON form when asked, else the text; only the one asked for is made."""
    if invocation().as_json:
        # Indenting a large report takes longer than making it; only people need it.
        indent = 2 if sys.stdout.isatty() else None
        click.echo(json.dumps(value(), ensure_ascii=False, indent=indent))
    else:
        click.echo(text())


def report_error(error: Exception) -> int:
    """One sentence and a hint on stderr for a foreseen failure; bugs keep their traceback."""
    if isinstance(error, click.ClickException):
        return _report_click(error)
    if not isinstance(error, PhoenixError):
        raise error
    from phoenix_dr.render.errors import explain, problem_lines

    message, hint = explain(error, speech.language())
    click.echo(f"phoenix: {message}", err=True)
    if isinstance(error, ConfigError):
        for line in problem_lines(error, speech.language()):
            click.echo(line, err=True)
    if hint:
        click.echo(f"  {speech.t('cli.hint')} {hint}", err=True)
    return error.exit_code


def _report_click(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return 0
    click.echo(f"phoenix: {_click_sentence(error)}", err=True)
    if context is not None:
        asked = f"{context.command_path} --help"
        click.echo(f"  {speech.t('cli.hint')} {speech.t('cli.see-help', command=asked)}", err=True)
    return 2


def _parameter(param: click.Parameter | None) -> str:
    """An option as it is typed, an argument as help names it."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.human_readable_name if param else ""


def _bad_parameter(error: click.BadParameter) -> str:
    """What would be right where that can be said; else click's own words."""
    kind = error.param.type if error.param else None
    name = _parameter(error.param)
    match kind:
        case click.IntRange(min=int(least), max=int(most)):
            return speech.t("cli.bad-number", parameter=name, least=least, most=most)
        case click.Choice(choices=choices):
            return speech.t("cli.bad-choice", parameter=name, known=", ".join(map(str, choices)))
        case _ if kind is click.INT:
            return speech.t("cli.no-number", parameter=name)
        case _:
            return speech.t("cli.bad-parameter", message=error.format_message())


def _click_sentence(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            return speech.t("cli.no-such-option", option=error.option_name)
        case click.MissingParameter():
            name = _parameter(error.param)
            return speech.t("cli.missing-parameter", parameter=name)
        case click.BadParameter():
            return _bad_parameter(error)
        case click.UsageError() if error.message.startswith(EXTRA):
            return speech.t("cli.extra-argument")
        case _:
            return error.format_message()
