"""Writes docs/commands/*.md from the real click commands; what stands under `## Notes` is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr.surfaces.cli import main, speech

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "commands"
WRITTEN = "<!-- Written by tools/command-pages from the command's own help. Only Notes is kept. -->"
NOTES = "## Notes"
COMMON = {"--json", "--language", "--config", "--state", "--help"}
INDEX = "README"


def pages(folder: Path) -> dict[str, str]:
    """Name of every page -> its text as it should be, with the notes its present text holds."""
    speech.choose(["--language", "en"], {})
    root = main.build()
    context = click.Context(root, info_name="phoenix", **root.context_settings)
    found = {name: root.get_command(context, name) for name in root.list_commands(context)}
    made = {name: page(name, command) for name, command in found.items() if command}
    made[INDEX] = index(root, context)
    return {name: f"{text}\n{notes(folder / f'{name}.md')}" for name, text in made.items()}


def page(name: str, command: click.Command) -> str:
    """A command with what is below it, without notes."""
    lines = [WRITTEN, f"# phoenix {name}", ""]
    if isinstance(command, click.Group):
        lines += [speech.t(f"short.{name}"), ""]
        for below in command.commands.values():
            lines += [f"## phoenix {name} {below.name}", "", *body(f"{name} {below.name}", below)]
    else:
        lines += body(name, command)
    return "\n".join(lines)


def body(path: str, command: click.Command) -> Iterator[str]:
    """Meaning, usage, options and examples of one command."""
    context = click.Context(command, info_name=f"phoenix {path}")
    yield from (command.help or "", "", "```")
    yield f"phoenix {path} {' '.join(command.collect_usage_pieces(context))}"
    yield from ("```", "")
    yield from options(command, context)
    yield from ("Examples:", "", "```", *(command.epilog or "").splitlines(), "```", "")


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The command's own options as a table; those of all commands stand in the index."""
    own = [each for each in command.params if isinstance(each, click.Option)]
    rows = list(table(own, context, common=False))
    if rows:
        yield from ("| option | meaning |", "| --- | --- |", *rows, "")


def table(given: list[click.Option], context: click.Context, *, common: bool) -> Iterator[str]:
    """Rows of the options that all commands share, or of those that only this one has."""
    for option in given:
        record = option.get_help_record(context)
        if record is not None and bool(COMMON & set(option.opts)) is common:
            yield f"| `{cell(record[0])}` | {cell(record[1])} |"


def cell(text: str) -> str:
    """Text that cannot end its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def index(root: click.Group, context: click.Context) -> str:
    """All commands by what they are for, and the options they share."""
    rows = [
        f"| [phoenix {name}]({name}.md) | {cell(speech.t(f'short.{name}'))} |"
        for name in root.list_commands(context)
    ]
    given = [each for each in root.get_params(context) if isinstance(each, click.Option)]
    shared = table(given, context, common=True)
    lines = [WRITTEN, "# Commands", "", "| command | what it is for |", "| --- | --- |", *rows, ""]
    lines += ["## Options of every command", "", "They stand before or after the command's name."]
    return "\n".join([*lines, "", "| option | meaning |", "| --- | --- |", *shared, ""])


def notes(path: Path) -> str:
    """The hand-written end of a page, from its heading on."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(rf"^{NOTES}$.*", text, re.MULTILINE | re.DOTALL)
    return found[0].rstrip("\n") + "\n" if found else f"{NOTES}\n"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is out of date.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
def run(check: bool, folder: Path) -> None:
    """Write the pages, or name those that should be written again."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"{name}.md": text for name, text in pages(folder).items()}
    old = [path for path, text in wanted.items() if not same(path, text)]
    stray = sorted(set(folder.glob("*.md")) - wanted.keys())
    for path in [*old, *stray]:
        click.echo(f"{path.name}: {'no such command' if path in stray else 'out of date'}")
    if check:
        raise SystemExit(1 if old or stray else 0)
    for path in old:
        path.write_text(wanted[path], encoding="utf-8")


def same(path: Path, text: str) -> bool:
    """Whether a page stands there with exactly this text."""
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    run()
