"""`phoenix keys rotation|recovery`: everything is said, nothing is run, written or removed."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.test_keys_found import ALICE, YAML
from surfaces.test_keys_graph import HOUSE
from tools import ROOT, program

AGE = """\
  sops:
    age: {path}
    opens: [git:infra, /srv/secrets/x.age]
    copies: [{{place: USB stick, site: away}}]
"""
PAPER = "      - {place: paper, site: away}\n"
TOOLS = ("sops", "restic", "borg", "age", "age-keygen", "rage", "gpg", "ssh-keygen")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a real age key, a project in git, two SOPS files and their rules."""
    identity, infra = tmp_path / "keys.txt", tmp_path / "infra"
    subprocess.run([program("age-keygen"), "-o", identity], check=True, capture_output=True)
    made = subprocess.run(
        [program("age-keygen"), "-y", identity], check=True, capture_output=True, text=True
    ).stdout.strip()
    infra.mkdir()
    subprocess.run([program("git"), "init", "-q", infra], check=True, timeout=20)
    for name in ("a.yaml", "b c.yaml"):
        (infra / name).write_text(YAML.replace(ALICE, made), encoding="utf-8")
    (infra / "other.yaml").write_text(YAML, encoding="utf-8")
    (infra / ".sops.yaml").write_text(f"creation_rules:\n  - age: {made}\n", encoding="utf-8")
    (infra / "phoenix.yaml").write_text(HOUSE + AGE.format(path=identity), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        fake = tmp_path / "bin" / tool
        fake.write_text(f'#!/bin/sh\necho "{tool} $*" >> "{tmp_path}/ran"\n', encoding="utf-8")
        fake.chmod(0o700)
    return tmp_path


def phoenix(home: Path, *words: str, code: int = 0) -> str:
    """Type a command with other programs in front of the real ones; what it prints."""
    config = home / "infra/phoenix.yaml"
    given = ("--config", str(config), "--state", str(home / "state"))
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", *words, *given],
        capture_output=True, text=True, timeout=60, check=False, cwd=home,
        env={**os.environ, "HOME": str(home), "PATH": path, "COLUMNS": "80"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, ""), (done.stdout, done.stderr)
    assert "AGE-SECRET-KEY" not in done.stdout
    return done.stdout


def contents(home: Path) -> dict[str, str]:
    """Every file but Phoenix's own state, hashed."""
    files = (path for path in home.rglob("*") if path.is_file())
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if "state" not in path.relative_to(home).parts
    }


def test_a_rotation_is_said_and_nothing_is_touched(home: Path) -> None:
    before = contents(home)
    told = phoenix(home, "rotation", "sops", "--language", "en")
    infra = home / "infra"
    lines = [line.strip() for line in told.splitlines()]
    assert f"sops updatekeys -y {infra}/a.yaml" in lines
    assert f"sops updatekeys -y '{infra}/b c.yaml'" in lines
    assert not any("other.yaml" in line for line in lines)
    assert str(infra / ".sops.yaml") in lines
    # A path longer than a line is broken, too.
    said = "".join(told.split())
    assert f"thegithistoryof{infra}:oldciphertextsstaythere" in said
    assert "its copy “USB stick” (away) is still there" in " ".join(told.split())
    (request,) = (line for line in lines if line.startswith("- [ ] [phoenix→vault]"))
    assert re.search(r"\(age1[a-z0-9]{58}\): SOPS files 2, repositories 0, copies 1", request)
    assert contents(home) == before
    assert not (home / "ran").exists()


def test_a_password_key_names_its_repositories(home: Path) -> None:
    found = json.loads(phoenix(home, "rotation", "repositories", "--json"))
    assert [each["engine"] for each in found["changes"]] == ["near", "far"]
    assert {each["kind"] for each in found["still"]} == {"copy", "repository"}
    told = phoenix(home, "rotation", "repositories")
    assert "restic -r /mnt/near key add" in told


NEVER = {"updatekeys", "rotate", "key-add", "passwd", "change-passphrase", "--in-place"}


def banned(text: str) -> set[str]:
    """Words of a program's arguments that change or remove a key, in a list or tuple."""
    rows = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.List | ast.Tuple))
    words = (each.value for row in rows for each in row.elts if isinstance(each, ast.Constant))
    return NEVER & {word for word in words if isinstance(word, str)}


def test_every_sentence_fits_the_terminal_and_commands_stay_whole(home: Path) -> None:
    for language in ("fr", "en"):
        said = phoenix(home, "rotation", "sops", "--language", language).splitlines()
        commands = ("   sops ", "   age-keygen ", "   phoenix ", "   /", "- [ ]")
        assert any(line.startswith(commands) for line in said)
        wide = [line for line in said if len(line) > 80 and not line.startswith(commands)]
        # A fingerprint and a path cannot be folded.
        assert [line for line in wide if max(map(len, line.split())) < 50] == []


def test_nothing_that_changes_a_key_is_ever_an_argument() -> None:
    assert banned("run(['sops', 'updatekeys', path])") == {"updatekeys"}
    sources = [*(ROOT / "src").rglob("adapters/**/*.py"), *(ROOT / "src").rglob("app/**/*.py")]
    assert len(sources) > 50
    assert {str(path): banned(path.read_text("utf-8")) for path in sources} == {
        str(path): set() for path in sources
    }
    rotation = (ROOT / "src/phoenix_dr/app/key_rotation.py").read_text(encoding="utf-8")
    assert not re.search(r"_command|write|unlink|perform|apply", rotation)


def test_a_procedure_that_needs_the_house_is_ko(home: Path) -> None:
    told = phoenix(home, "recovery", "--language", "en", code=3)
    page = home / "infra/docs/key-recovery.md"
    assert str(page) in told
    text = page.read_text(encoding="utf-8")
    assert "No copy of the key repositories can be taken without the house. **[KO:" in text
    assert "**[KO: “vaultwarden” is among what must be restored]**" in text
    assert "**[KO: no copy of a key of far can be reached]**" in text
    assert "Take the key sops: USB stick (away). **[OK]**" in text
    assert re.search(r"it must be age1[a-z0-9]{58}\. `age-keygen -y COPY`", text)


def test_a_procedure_that_holds_and_keeps_what_people_write(home: Path) -> None:
    config = home / "infra/phoenix.yaml"
    whole = config.read_text(encoding="utf-8")
    inside = "      - {place: Bitwarden, site: home, in: vaultwarden}\n"
    config.write_text(whole.replace(inside, inside + PAPER), encoding="utf-8")
    phoenix(home, "recovery")
    page = home / "infra/docs/key-recovery.md"
    text = page.read_text(encoding="utf-8")
    assert "KO" not in text.partition("## ")[2]
    assert "Bitwarden" not in text
    mine = text.replace("## 2", "Ask Julie for the safe.\n\n## 2")
    page.write_text(mine, encoding="utf-8")
    phoenix(home, "recovery")
    assert "Ask Julie for the safe." in page.read_text(encoding="utf-8")
    french = phoenix(home, "recovery", "--show", "--language", "fr")
    assert "Prenez la clé repositories : paper (away). **[OK]**" in french


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        ("place: paper", "place: the wiki page", "[? this place is called like the service wiki"),
        (
            "repository: /mnt/far",
            "repository: sftp:server:far",
            "[KO: the address goes through server",
        ),
        ("location: far", "location: disk", "[KO: everything is at one site]"),
        (
            "location: far,",
            "location: far, environment: {A: env:A},",
            "[? no described key says where",
        ),
    ],
)
def test_what_a_step_secretly_needs(home: Path, old: str, new: str, mark: str) -> None:
    config = home / "infra/phoenix.yaml"
    whole = config.read_text(encoding="utf-8")
    inside = "      - {place: Bitwarden, site: home, in: vaultwarden}\n"
    changed = whole.replace(inside, inside + PAPER).replace(old, new)
    config.write_text(changed, encoding="utf-8")
    told = phoenix(home, "recovery", "--show", code=3 if "KO" in mark else 0)
    assert mark in told
