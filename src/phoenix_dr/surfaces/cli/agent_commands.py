"""Whether a command line somebody wrote is one of this version: parsed, never run."""

from __future__ import annotations

import shlex

import click

from phoenix_dr.surfaces.cli.base import Invocation

EAGER = ("-h", "--help", "--version")
"""How options begin that answer while they are parsed: `-hh` is one, too."""


def parsed(words: str) -> click.Context | None:
    """What a command line without `phoenix` means; None when it is none of this version."""
    from phoenix_dr.surfaces.cli.main import build

    try:
        left = shlex.split(words)
    except ValueError:
        return None
    made: click.Command = build()
    above = click.Context(made, info_name="phoenix", obj=Invocation())
    while isinstance(made, click.Group):
        found = made.get_command(above, left[0]) if left else None
        if found is None:
            return None
        made, left = found, left[1:]
    if any(word.startswith(EAGER) for word in left):
        return None
    try:
        return made.make_context(made.name, left, parent=above)
    except click.ClickException:
        return None


def is_ours(words: str) -> bool:
    """Whether this version has this command with these options."""
    return parsed(words) is not None
