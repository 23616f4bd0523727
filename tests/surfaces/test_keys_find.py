"""`phoenix keys find` with a real home: ssh-keygen, age, git, and SOPS files that need the key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.test_keys_found import ALICE, BOB, YAML, keygen
from surfaces.test_keys_graph import HOUSE
from tools import program

AGE = """\
  sops:
    age: {path}
    copies: [{{place: drawer, site: home}}]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a project in git, an SSH key, an age key and a file SOPS encrypted for it."""
    infra = tmp_path / "infra"
    infra.mkdir()
    identity = tmp_path / ".config/sops/age/keys.txt"
    identity.parent.mkdir(parents=True)
    subprocess.run([program("age-keygen"), "-o", identity], check=True, capture_output=True)
    made = subprocess.run(
        [program("age-keygen"), "-y", identity], check=True, capture_output=True, text=True
    )
    (infra / "a.enc.yaml").write_text(YAML.replace(ALICE, made.stdout.strip()), encoding="utf-8")
    mine = YAML.replace(ALICE, made.stdout.strip())
    alone = "\n".join(line for line in mine.splitlines() if BOB not in line)
    (infra / "alone.yaml").write_text(alone, encoding="utf-8")
    keygen(tmp_path / ".ssh/id_ed25519", "-t", "ed25519", phrase="open sesame")
    (infra / "phoenix.yaml").write_text(HOUSE + AGE.format(path=identity), encoding="utf-8")
    subprocess.run([program("git"), "init", "-q", infra], check=True, timeout=20)
    return tmp_path


def given(home: Path) -> tuple[str, ...]:
    """The options every command here takes."""
    return ("--config", str(home / "infra/phoenix.yaml"), "--state", str(home / "state"))


def phoenix(home: Path, *words: str, code: int = 0) -> str:
    """Type a command; what it prints, never a secret of the home."""
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *words, *given(home)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(home), "COLUMNS": "200"},
    )  # fmt: skip
    secret = (home / ".config/sops/age/keys.txt").read_text(encoding="utf-8").split()[-1]
    kept = "".join(path.read_text("utf-8", "replace") for path in (home / "state").rglob("*.json"))
    assert secret not in done.stdout + done.stderr + kept
    assert (done.returncode, done.stderr) == (code, ""), (done.stdout, done.stderr)
    return done.stdout


def mine(found: dict[str, Any], home: Path) -> dict[str, dict[str, Any]]:
    """Keys below the test's home, by path in it."""
    keys = (key for key in found["keys"] if key["path"].startswith(str(home)))
    return {os.path.relpath(key["path"], home): key for key in keys}


def look(home: Path) -> dict[str, Any]:
    """What --json says, whatever else this machine holds."""
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", "find", "--json", *given(home)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(home)},
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_what_is_found_and_what_depends_on_it(home: Path) -> None:
    found = look(home)
    keys = mine(found, home)
    assert keys.keys() == {".config/sops/age/keys.txt", ".ssh/id_ed25519"}
    age, ssh = keys[".config/sops/age/keys.txt"], keys[".ssh/id_ed25519"]
    assert age["fingerprint"].startswith("age1")
    assert (age["locked"], ssh["locked"], age["mode"]) == (False, True, 0o600)
    assert len(found["sops"]) == 2
    shown = json.loads(phoenix(home, "keys", "graph", "--json", code=3))
    assert {key["name"]: key["sops"] for key in shown["keys"]} == {"repositories": None, "sops": 1}
    assert "SOPS" in phoenix(home, "keys", "show")


def test_a_key_that_got_into_git_is_named(home: Path) -> None:
    infra = home / "infra"
    (infra / "id_rsa").write_bytes((home / ".ssh/id_ed25519").read_bytes())
    assert mine(look(home), home)["infra/id_rsa"]["in_git"] is False
    subprocess.run([program("git"), "-C", infra, "add", "id_rsa"], check=True, timeout=20)
    assert mine(look(home), home)["infra/id_rsa"]["in_git"] is True


def test_the_table_is_said_in_words(home: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", "find", "--language", "fr", *given(home)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(home), "COLUMNS": "80"},
    ).stdout  # fmt: skip
    assert "Fichiers SOPS (2), par destinataire" in told
    assert "(sops) : en ouvre 2, seul pour 1" in told
    assert "clé non décrite" in told


def audited(home: Path) -> dict[str, Any]:
    """What the audit says, with repositories nobody can reach."""
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "audit", "--json", *given(home)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(home)},
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_the_audit_says_how_many_files_die_with_the_key(home: Path) -> None:
    before = audited(home)
    assert "sops" not in {cap["subject"] for cap in before["score"]["caps"]}
    look(home)
    found = audited(home)
    (warning,) = (each for each in found["findings"] if each["code"] == "sops-key-not-off-site")
    assert (warning["subject"], warning["severity"]) == ("sops", "critical")
    assert dict(warning["parameters"]) == {"files": 1}
    caps = {
        (cap["code"], cap["milli"]) for cap in found["score"]["caps"] if cap["subject"] == "sops"
    }
    assert caps == {(code, 4000) for code in ("key-few-copies", "key-not-off-site", "key-unproven")}
    assert found["score"]["milli"] <= before["score"]["milli"]
