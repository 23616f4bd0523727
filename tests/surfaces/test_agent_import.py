"""`phoenix agent import`: the seed's form is covered whole, and each thing amiss is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build_agent import SEED_FORM, project
from build_app import House
from build_menu import tree

SOUND = SEED_FORM.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A project with machines and a cluster."""
    return project(tmp_path_factory.mktemp("agent"))


def test_the_seeds_form_is_covered_and_nothing_changes(made: House) -> None:
    before = tree(made.root)
    done = made.phoenix("agent", "import", str(SEED_FORM), "--json")
    assert tree(made.root) == before
    said = json.loads(done.out)
    assert (done.code, said["covered"], said["name"]) == (0, True, "backup-dr-specialist")
    items = [row["name"] for row in said["parts"] if row["part"] == "item"]
    assert items == ["MH", "CH", "AB", "SP", "LB", "DR", "RT", "TR", "KS", "PM", "DA"]
    assert {row["verdict"] for row in said["parts"]} == {"can"}


def test_what_differs_is_an_exit_code_of_its_own(made: House) -> None:
    path = made.root / "other.md"
    path.write_text(SOUND.replace("AB or fuzzy", "ZZ or fuzzy"))
    done = made.phoenix("agent", "import", str(path), "--language", "fr")
    assert (done.code, done.err) == (3, "")
    assert "ne sait pas : 1" in done.out


def test_a_placeholder_without_a_value_names_what_to_add(tmp_path: Path) -> None:
    plain = project(tmp_path / "house", machines=False)
    done = plain.phoenix("agent", "import", str(SEED_FORM), "--language", "en")
    assert done.code == 3
    assert "{pve1: {kind: proxmox" in done.out


def test_no_agents_file_is_a_mistake(made: House) -> None:
    done = made.phoenix("agent", "import", "phoenix.yaml", "--language", "en")
    assert (done.code, done.out) == (2, "")
    assert "no agent's file" in done.err


def test_text_of_a_file_cannot_write_to_the_terminal(made: House) -> None:
    path = made.root / "other.md"
    path.write_text(SOUND.replace("[AB] Audit", "[AB] Au\u202edit \u009b31m"))
    done = made.phoenix("agent", "import", str(path))
    assert "\u202e" not in done.out
    assert "\u009b" not in done.out
