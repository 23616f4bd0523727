"""`phoenix oss compare` and what `config check` asks of a command, from the shell."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from build_app import House, Ran, argv, house
from build_menu import make_project, tree
from phoenix_dr.app.oss import subject
from phoenix_dr.ledger import Kind

LINE = "album: {{files: {root}/srv/album}}"
LOG = "decisions-log.md"


def ours(made: House, *words: str, at: Path | None = None, columns: str = "100") -> Ran:
    """`phoenix WORDS` from inside the house."""
    done = subprocess.run(
        argv(*words), env={**made.environ, "COLUMNS": columns}, cwd=at or made.root,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house nothing was done in, and nothing may be left in."""
    return house(tmp_path_factory.mktemp("bare"))


def with_command(root: Path, more: str = "") -> House:
    """A house with an asset that a command of one's own saves."""
    made = house(root)
    old = LINE.format(root=made.root)
    made.say(old, f"{old}\n      export: {{command: [/usr/local/bin/export]{more}}}")
    return made


def notes(made: House, key: str) -> list[dict[str, Any]]:
    """What the ledger keeps of a need's choices."""
    with made.context() as ctx:
        return [row.value for row in ctx.ledger.rows(kinds=(Kind.NOTE,), subject=subject(key))]


def test_everything_described_is_compared_and_nothing_is_written(bare: House) -> None:
    before = tree(bare.root)
    done = ours(bare, "oss", "compare")
    assert done.code == 0, done.err
    assert "SQLite databases: wiki/pages\n  + fits: restic (in use)\n" in done.out
    assert "  - does not fit: vzdump, Longhorn, Velero, rclone" in done.out
    assert ours(bare, "oss", "compare", "wiki").code == 0
    assert ours(bare, "oss", "compare", "wiki/pages", "--json").code == 0
    assert tree(bare.root) == before


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_need_is_told_with_every_reason_in_80_columns(bare: House, language: str) -> None:
    words = ("oss", "compare", "photos/album", "--language", language)
    done = ours(bare, *words, columns="80")
    assert done.code == 0
    told, asked = done.out.splitlines()[:-1], done.out.splitlines()[-1]
    assert max(map(len, told)) <= 80
    assert asked.endswith('"')
    said = {"fr": "garde déjà ces données : home, offsite", "en": "by phoenix.yaml: home, offsite"}
    assert said[language] in done.out
    assert "{" not in done.out
    tools = [line[4:].split(" ")[0].rstrip(":") for line in done.out.splitlines()
             if line[:4] in ("  + ", "  ~ ", "  - ")]  # fmt: skip
    assert tools[:2] == ["restic", "BorgBackup"]
    assert tools[-1] == "rclone"
    assert len(tools) == 8


def test_a_script_reads_verdicts_reasons_and_facts(bare: House) -> None:
    said = json.loads(ours(bare, "oss", "compare", "files", "--json").out)
    assert set(said) == {"need", "off_site", "parts", "decided", "sources"}
    assert (said["need"], said["off_site"], said["decided"]) == ("*/files", ["offsite"], None)
    [part] = said["parts"]
    first = part["rows"][0]
    assert (first["tool"]["id"], first["verdict"], first["serves"]) == ("restic", "fits", True)
    assert {row["verdict"] for row in part["rows"]} == {"fits", "condition", "no"}
    assert first["reasons"][0] == {
        "code": "serves", "speaks": True, "parameters": [["engines", "home, offsite"]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wikki",), "no asset, service or kind"),
        (("files", "--decide", "restic"), "belong together"),
        (("--decide", "restic", "--because", "x"), "belong together"),
        (("wiki/pages", "--decide", "restic", "--because", " \n "), "needs a reason"),
        (("wiki/pages", "--decide", "custom", "--because", "x"), "not of kind command"),
        (("wiki/pages", "--decide", "velero", "--because", "x"), "cannot save"),
        (("wiki/pages", "--decide", "tar", "--because", "x"), "restic, borg"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_leaves_nothing(
    bare: House, words: tuple[str, ...], said: str
) -> None:
    done = ours(bare, "oss", "compare", *words)
    assert done.code == 2
    assert said in done.err
    assert notes(bare, "wiki/pages") == []


def test_a_choice_is_kept_once_without_a_project(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    words = ("oss", "compare", "wiki/pages", "--decide", "restic", "--because", "in place")
    done = ours(made, *words)
    assert done.code == 0, done.err
    assert "Choice kept" in done.out
    assert "No BMAD or Grimoire project" in done.out
    [kept] = notes(made, "wiki/pages")
    assert (kept["tool"], kept["because"]) == ("restic", "in place")
    assert len(kept["refused"]) == 7
    again = json.loads(ours(made, *words, "--json").out)
    assert (again["new"], again["log"], again["logged"]) == (False, None, False)
    assert len(notes(made, "wiki/pages")) == 1
    assert "Choice kept: restic (in place)" in ours(made, "oss", "compare", "wiki/pages").out
    # Another choice, and the first one again: each of them is the newest in its turn.
    for tool in ("borg", "restic"):
        assert ours(made, *words[:4], tool, *words[5:]).code == 0
    assert [each["tool"] for each in notes(made, "wiki/pages")] == ["restic", "borg", "restic"]


def test_in_a_project_the_choice_is_a_line_of_its_log_too(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    log = make_project(made) / LOG
    log.write_text("# Décisions\r\n\r\n- libre, d'une autre main\r\n", newline="")
    words = ("oss", "compare", "wiki/pages", "--decide", "restic", "--because", "in place")
    done = ours(made, *words)
    assert str(log) in done.out
    text = log.read_bytes().decode()
    assert text.startswith("# Décisions\r\n\r\n- libre, d'une autre main\r\n")
    assert "[phoenix] [ARCH] OSS first : wiki/pages → restic — in place | Écarté : BorgB" in text
    assert "Velero (saves volumes of a cluster alone)" in text
    # From elsewhere the project of phoenix.yaml is meant, and the language asked for is not kept.
    again = ours(made, *words, "--language", "fr", at=tmp_path)
    assert again.code == 0
    assert log.read_bytes().decode() == text
    # A log that was lost is written again, though the ledger knows the choice.
    log.unlink()
    assert json.loads(ours(made, *words, "--json").out)["logged"] is True
    assert "OSS first : wiki/pages → restic" in log.read_text()


def test_references_of_the_project_stand_beside_the_tools(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    memory = make_project(made)
    shown = ours(made, "oss", "compare", "wiki/pages", "--language", "fr").out
    assert shown.count("oss-references.md : non disponible") == 1
    (memory / "oss-references.md").write_bytes(
        b"# OSS\n| restic | \xff our \x1b[31mdefault |\n- BorgBackup was slow\n"
    )
    shown = ours(made, "oss", "compare", "wiki/pages").out
    assert "not available" not in shown
    assert "the project says of it: “BorgBackup was slow”" in shown
    assert "\x1b" not in shown


def test_outside_a_project_nothing_is_said_of_references(bare: House) -> None:
    assert "oss-references" not in ours(bare, "oss", "compare", "wiki/pages").out


def test_a_command_without_a_choice_fails_config_check_and_nothing_else(tmp_path: Path) -> None:
    made = with_command(tmp_path / "house")
    before = tree(made.root)
    done = ours(made, "config", "check")
    assert done.code == 2
    assert "photos/export" in done.out
    assert "phoenix oss compare photos/export" in done.out
    assert tree(made.root) == before
    [fault] = json.loads(ours(made, "config", "check", "--json").out)["problems"]
    assert fault["code"] == "command-undecided"
    assert fault["path"] == "services.photos.assets.export"
    assert fault["line"] > 1
    assert ours(made, "inventory").code == 0
    shown = ours(made, "oss", "compare", "photos/export").out
    assert "--stdin-from-command" in shown
    # Its policy names restic, but nothing of a command goes there.
    assert "in use here for other data: home, offsite" in shown


@pytest.mark.parametrize("need", ["photos/export", "photos"])
def test_a_choice_in_the_ledger_lets_a_command_pass(tmp_path: Path, need: str) -> None:
    made = with_command(tmp_path / "house")
    assert ours(made, "oss", "compare", "*/command").code == 2
    kept = ours(made, "oss", "compare", "command", "--decide", "custom", "--because", "all of them")
    assert kept.code == 0
    # What is described tomorrow must not be covered by it.
    assert ours(made, "config", "check").code == 2
    tool = "custom" if need == "photos/export" else "restic"
    done = ours(made, "oss", "compare", need, "--decide", tool, "--because", "an appliance")
    assert done.code == 0, done.err
    assert ours(made, "config", "check").code == 0


def test_the_key_decision_lets_a_command_pass(tmp_path: Path) -> None:
    made = with_command(tmp_path / "house", ', decision: "2026-11-02: an appliance"')
    assert ours(made, "config", "check").code == 0
    with made.context() as ctx:
        assert ctx.estate.asset("photos/export").decision == "2026-11-02: an appliance"
    shown = ours(made, "oss", "compare", "photos/export")
    assert "2026-11-02: an appliance" in shown.out


def test_a_line_of_the_log_lets_a_command_pass(tmp_path: Path) -> None:
    made = with_command(tmp_path / "house")
    log = make_project(made) / LOG
    log.write_text("- [2026-11-02] [forge] photos/export moves to another disk\n")
    assert ours(made, "config", "check").code == 2
    log.write_text("- [2026-11-02] [forge] OSS first: photos/export stays, no tool reads it\n")
    assert ours(made, "config", "check").code == 0


def test_every_undecided_command_is_named(tmp_path: Path) -> None:
    made = with_command(tmp_path / "house")
    made.say("export: {", "other: {command: [b]}\n      export: {")
    words = ("oss", "compare", "photos/export", "--decide", "custom", "--because", "x")
    assert ours(made, *words).code == 0
    [fault] = json.loads(ours(made, "config", "check", "--json").out)["problems"]
    assert fault["path"] == "services.photos.assets.other"


def test_a_ledger_that_cannot_be_read_is_said_and_no_pass(tmp_path: Path) -> None:
    made = with_command(tmp_path / "house")
    made.state.mkdir(mode=0o700)
    (made.state / "ledger.db").write_bytes(b"no ledger" * 1000)
    done = ours(made, "config", "check")
    assert done.code == 1
    assert "ledger" in done.err


def test_help_loads_no_comparison() -> None:
    code = (
        "import sys\nfrom phoenix_dr.surfaces.cli.main import run\n"
        "from phoenix_dr.surfaces.cli.base import Invocation\n"
        "run(['oss', 'compare', '--help'], Invocation())\n"
        "heavy = {'pydantic', 'ruamel.yaml', 'httpx2', 'phoenix_dr.core.oss', 'sqlite3'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
