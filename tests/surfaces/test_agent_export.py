"""`phoenix agent export` as typed: there and back in both languages, unable to lose anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build_agent import project
from build_app import House
from build_expiry import aged, held
from build_menu import tree
from phoenix_dr.render.phrases import LANGUAGES

AGENT = "_bmad/_config/custom/agents/backup-dr-specialist.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A project with machines and a cluster."""
    return project(tmp_path_factory.mktemp("agent"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_export_then_import_is_covered(made: House, language: str) -> None:
    before = tree(made.root)
    done = made.phoenix("agent", "export", "--language", language)
    assert (done.code, done.err) == (0, "")
    assert tree(made.root) == before
    assert ("GUARDRAIL" in done.out) is (language == "en")
    path = made.root / f"{language}.md"
    path.write_text(done.out)
    back = made.phoenix("agent", "import", str(path), "--language", language)
    assert (back.code, back.err) == (0, "")
    assert back.out.endswith(" 0\n")


def test_install_says_what_it_did(made: House) -> None:
    done = made.phoenix("agent", "export", "--install", "--language", "en")
    assert (done.code, done.err) == (0, "")
    assert f"Written: {made.root / AGENT}" in done.out
    assert "Read again and checked: this version does all of it." in done.out
    again = json.loads(made.phoenix("agent", "export", "--install", "--json").out)
    # The project speaks French.
    assert again["changed"] is True
    assert "GARDE-FOU" in (made.root / AGENT).read_text()


def test_two_places_are_a_mistake(made: House) -> None:
    done = made.phoenix("agent", "export", "--install", "--output", "x.md")
    assert (done.code, done.out) == (2, "")


def test_what_the_file_has_run_loses_nothing_without_a_signature(tmp_path: Path) -> None:
    built = aged(tmp_path / "house", [24 * day + 1 for day in range(9)])
    points = held(built)
    plan = json.loads(built.phoenix("retention", "plan", "--json").out)
    assert plan["losses"]
    assert built.phoenix("retention", "apply", plan["digest"]).code == 20
    assert held(built) == points
