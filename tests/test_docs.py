"""The documentation is complete: commands, findings, exit codes, both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from phoenix_dr import errors
from phoenix_dr.render.phrases import LANGUAGES, phrases
from tools import ROOT

DOCS = ROOT / "docs"
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")
OTHER_EXITS = {0, 3, 130}
"""Fine, done with findings, interrupted: exits that are not errors of the tree."""


def commands() -> dict[str, object]:
    """Every command of the lazily loaded command line, loaded: name -> click command."""
    main = import_module("phoenix_dr.surfaces.cli.main")
    group = main.build()
    return {name: group.get_command(None, name) for name in main.COMMANDS}


def subcommands(command: object) -> Iterator[str]:
    """Names below a command group."""
    yield from getattr(command, "commands", {})


def options(command: object) -> Iterator[str]:
    """Long options of a command and of what is below it."""
    for parameter in getattr(command, "params", ()):
        yield from (name for name in parameter.opts if name.startswith("--"))
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


def undocumented(name: str, command: object, page: str) -> list[str]:
    """What a command offers and its page does not name."""
    wanted = {f"phoenix {name} {below}" for below in subcommands(command)} | {f"phoenix {name}"}
    wanted |= set(options(command)) - {"--json", "--language", "--config", "--state", "--help"}
    return sorted(each for each in wanted if each not in page)


def test_every_command_has_a_reference_page() -> None:
    missing = {}
    for name, command in commands().items():
        page = DOCS / "commands" / f"{name}.md"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        missing[name] = undocumented(name, command, text)
    assert {name: gaps for name, gaps in missing.items() if gaps} == {}


def test_every_reference_page_has_a_command() -> None:
    pages = {page.stem for page in (DOCS / "commands").glob("*.md")} - {"README"}
    assert pages == set(commands())


def test_a_page_that_forgets_an_option_is_caught() -> None:
    import click

    @click.command()
    @click.option("--keep")
    def run() -> None: ...

    group = click.Group("drill", commands={"run": run})
    assert undocumented("drill", group, "phoenix drill\n") == ["--keep", "phoenix drill run"]
    assert undocumented("drill", group, "phoenix drill run --keep") == []


def finding_codes(language: str) -> set[str]:
    """Codes of all findings that have a sentence."""
    return {key.partition(".")[2] for key in phrases(language) if key.startswith("finding.")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_worded_and_explained(language: str) -> None:
    page = (DOCS / "findings.md").read_text(encoding="utf-8")
    codes = finding_codes(language)
    assert codes
    assert {code for code in codes if f"remedy.{code}" not in phrases(language)} == set()
    assert {code for code in codes if f"`{code}`" not in page} == set()


def codes_in(source: str) -> set[str]:
    """Kebab-case constants handed to a call as its first argument or as `code`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            handed = node.args[:1] + [word.value for word in node.keywords if word.arg == "code"]
            found |= {
                each.value
                for each in handed
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return {code for code in found if CODE.fullmatch(code)}


def test_every_finding_of_the_core_has_a_sentence() -> None:
    sources = [*(ROOT / "src/phoenix_dr/core").glob("*findings.py")]
    used = {code for path in sources for code in codes_in(path.read_text(encoding="utf-8"))}
    assert used
    assert used - finding_codes("fr") == set()
    assert codes_in("finding('never-drilled', 1)\nFinding(code='too-old')") == {
        "never-drilled",
        "too-old",
    }


def errors_below(root: type[errors.PhoenixError]) -> Iterator[type[errors.PhoenixError]]:
    """An error class and all its descendants."""
    yield root
    for child in root.__subclasses__():
        yield from errors_below(child)


def test_every_exit_code_is_documented() -> None:
    page = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    used = {error.exit_code for error in errors_below(errors.PhoenixError)}
    assert documented == used | OTHER_EXITS


def test_both_languages_say_the_same_things() -> None:
    assert phrases("fr").keys() == phrases("en").keys()
