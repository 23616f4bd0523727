"""The documentation is complete and true: commands, findings, exit codes, keys, links."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from build_docs import (
    DOCS,
    LATER,
    broken_links,
    commands_typed,
    findings_raised,
    markdown,
    strings,
    table,
)
from phoenix_dr import errors
from phoenix_dr.render.phrases import LANGUAGES, phrases
from tools import ROOT

OTHER_EXITS = {0, 3, 130}
"""Fine, done with findings, interrupted: exits that are not errors of the tree."""
CHANGE = re.compile(r"(Security|Removed|Change|Enhancement|Bugfix): \S.*\n\n\S")
NOT_FOR_READERS = re.compile(r"/root/|/tmp/pytest|https?://[^ )]*(pypi|registry|proxy)")


def commands() -> dict[str, click.Command]:
    """Every command and subcommand of the lazily loaded command line, by what one types."""
    main = import_module("phoenix_dr.surfaces.cli.main")
    group = main.build()
    return {
        f"phoenix {path}": command
        for name in main.COMMANDS
        for path, command in below(name, group.get_command(click.Context(group), name))
    }


def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and those below it, by path."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from below(f"{path} {name}", each)


def page_of(typed: str) -> Path:
    """The page that documents `phoenix NAME …`."""
    return DOCS / "commands" / f"{typed.split()[1]}.md"


def options(command: click.Command) -> set[str]:
    """Long options of a command."""
    return {name for each in command.params for name in each.opts if name.startswith("--")}


def undocumented(typed: str, command: click.Command, page: str, index: str) -> list[str]:
    """What a command offers that neither its page nor the index names."""
    wanted = {typed, *options(command)}
    return sorted(each for each in wanted if each not in page and each not in index)


def test_every_command_and_option_is_documented() -> None:
    index = (DOCS / "commands" / "README.md").read_text(encoding="utf-8")
    found = {
        typed: undocumented(typed, command, page_of(typed).read_text(encoding="utf-8"), index)
        for typed, command in commands().items()
    }
    assert found
    assert {typed: gaps for typed, gaps in found.items() if gaps} == {}


def test_a_page_that_forgets_an_option_is_caught() -> None:
    @click.command()
    @click.option("--keep")
    def run() -> None: ...

    assert undocumented("phoenix run", run, "phoenix", "") == ["--keep", "phoenix run"]
    assert undocumented("phoenix run", run, "phoenix run --keep", "") == []


def command_pages(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script that writes the command pages."""
    script = str(ROOT / "tools" / "command_pages.py")
    done = [sys.executable, script, *arguments]
    return subprocess.run(done, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_pages_are_what_the_help_says() -> None:
    done = command_pages("--check")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0), "run tools/command-pages"


def test_an_edited_a_missing_and_a_stray_page_are_caught_and_notes_survive(tmp_path: Path) -> None:
    shutil.copytree(DOCS / "commands", tmp_path, dirs_exist_ok=True)
    drill = tmp_path / "drill.md"
    whole = drill.read_text(encoding="utf-8")
    drill.write_text(whole.replace("--mutate", "--bend"), encoding="utf-8")
    (tmp_path / "audit.md").unlink()
    (tmp_path / "dance.md").write_text("# phoenix dance\n", encoding="utf-8")
    done = command_pages("--check", "--folder", str(tmp_path))
    assert done.returncode == 1
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == {
        "drill.md", "audit.md", "dance.md",
    }  # fmt: skip
    drill.write_text("# old\n\n" + whole[whole.index("## Notes") :] + "- mine\n", encoding="utf-8")
    assert command_pages("--folder", str(tmp_path)).returncode == 0
    assert drill.read_text(encoding="utf-8") == whole + "- mine\n"


def test_every_command_page_says_its_exit_codes_and_json() -> None:
    pages = {page_of(typed) for typed in commands()}
    silent = [
        path.name
        for path in pages
        if not re.search(
            r"^- JSON.*^- Exit codes: 0", path.read_text(encoding="utf-8"), re.M | re.S
        )
    ]
    assert silent == []


def test_pages_name_only_commands_that_exist() -> None:
    known = commands().keys() | LATER | {"phoenix is"}
    assert unknown_commands("`phoenix audit` and `phoenix restore all`", known) == {
        "phoenix restore all"
    }
    for path in markdown():
        assert unknown_commands(path.read_text(encoding="utf-8"), known) == set(), path


def unknown_commands(text: str, known: Any) -> set[str]:
    """Commands a page types that do not exist; words after a command are its arguments."""
    return {
        typed
        for typed in commands_typed(text)
        if " ".join(typed.split()[:3]) not in known and " ".join(typed.split()[:2]) not in known
    }


def test_no_relative_link_leads_nowhere() -> None:
    pages = markdown()
    assert len(pages) > 30
    for path in pages:
        assert broken_links(path, path.read_text(encoding="utf-8")) == [], path
    twin = (
        "[a](design.md) [b](gone.md) [c](design.md#4-layers) [d](design.md#cellars) [e](https://x)"
    )
    assert broken_links(DOCS / "README.md", twin) == ["gone.md", "design.md#cellars"]


def test_every_page_is_listed_in_the_index() -> None:
    listed = re.findall(r"\]\(([^)]+)\)", (DOCS / "README.md").read_text(encoding="utf-8"))
    wanted = {
        str(path.relative_to(DOCS))
        for path in DOCS.rglob("*.md")
        if path.parent.name != "commands" and path != DOCS / "README.md"
    }
    assert wanted - set(listed) == set()


def test_pages_hold_nothing_of_the_machine_they_were_written_on() -> None:
    assert NOT_FOR_READERS.search("see /root/x")
    caught = [
        path.name for path in markdown() if NOT_FOR_READERS.search(path.read_text(encoding="utf-8"))
    ]
    assert caught == []


def finding_codes(language: str) -> set[str]:
    """Codes of all findings that have a sentence."""
    return {key.partition(".")[2] for key in phrases(language) if key.startswith("finding.")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_worded_and_has_a_remedy(language: str) -> None:
    raised = findings_raised(core_findings())
    assert raised
    assert finding_codes(language) == raised.keys()
    assert {code for code in raised if f"remedy.{code}" not in phrases(language)} == set()


def core_findings() -> list[str]:
    """Source text of the modules that make findings."""
    found = [*(ROOT / "src/phoenix_dr/core").glob("*findings.py")]
    return [path.read_text(encoding="utf-8") for path in found]


def test_the_findings_page_says_severity_and_owner_as_the_code_does() -> None:
    raised = findings_raised(core_findings())
    page = table((DOCS / "findings.md").read_text(encoding="utf-8"))
    assert page.keys() == raised.keys()
    for code, (severity, *_, owner) in page.items():
        assert set(severity.split(", ")) == raised[code].severities, code
        assert not raised[code].owners or owner in raised[code].owners, code


def test_findings_are_read_out_of_calls() -> None:
    text = "_finding('a-b' if x == 'y' else 'c-d', Severity.INFO if z else Severity.WARNING, s, o)"
    made = findings_raised([text])
    assert made.keys() == {"a-b", "c-d"}
    assert made["a-b"].severities == {"info", "warning"}
    assert not made["a-b"].owners
    assert list(strings(__import__("ast").parse("'you'", mode="eval").body)) == ["you"]


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


def keys_of(schema: Mapping[str, Any]) -> set[str]:
    """Every key phoenix.yaml may hold, wherever it stands."""
    blocks = [schema, *schema["$defs"].values()]
    return {key for block in blocks for key in block.get("properties", {})}


def test_every_key_of_the_configuration_is_documented() -> None:
    from phoenix_dr import config

    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    keys = keys_of(config.schema())
    assert {"version", "mount", "canary", "at_least"} <= keys
    assert {key for key in keys if not re.search(rf"[`{{ ]{key}[`:]", page)} == set()


def test_the_examples_of_the_configuration_page_are_good(tmp_path: Path) -> None:
    from phoenix_dr import config

    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    whole = [text for text in re.findall(r"```yaml\n(.*?)```", page, re.S) if "version:" in text]
    assert len(whole) >= 2
    for number, text in enumerate(whole):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        assert config.check(path).problems == ()


def test_both_languages_say_the_same_things() -> None:
    assert phrases("fr").keys() == phrases("en").keys()


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_the_two_commands_of_the_readme_exist(name: str) -> None:
    readme = (ROOT / name).read_text(encoding="utf-8")
    typed = set(re.findall(r"^make ([a-z-]+)", readme, re.MULTILINE))
    rules = set(
        re.findall(
            r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert {"demo", "test"} <= typed
    assert typed <= rules


def test_every_change_has_its_form() -> None:
    found = [path for path in (ROOT / "changes").glob("*.md") if path.name != "README.md"]
    assert found
    for path in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z0-9-]+", path.stem), path
        assert CHANGE.match(path.read_text(encoding="utf-8")), path
    assert not CHANGE.match("Feature: more\n\nIt does more.")
