"""Before every change of backups or retention a project's dependencies are looked at and told."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from build_app import House, house
from build_menu import make_project, tree
from phoenix_dr.surfaces.cli.protect_kinds import PLANNERS

GRAPH = """\
## Matrice d'Impact

| Composant | Dépend de | Agents | Données |
|-----------|-----------|--------|---------|
| Wiki | Traefik | forge, hawk | pages |
| Portail | Wiki | helm | sessions |
"""
CLI = Path(__file__).parents[2] / "src" / "phoenix_dr" / "surfaces" / "cli"
CHANGING = {"apply_expiry", "prepare", "applier", "planner", "approve"}
"""Names whose call plans, signs or makes a change of backups or retention."""


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house backed up once, in a project without a dependency graph."""
    built = house(tmp_path / "house")
    built.to_home_alone()
    built.backup()
    make_project(built)
    return built


def graph_of(made: House) -> Path:
    """Where the project keeps its graph."""
    return made.root / "_bmad" / "_memory" / "dependency-graph.md"


def test_without_a_graph_that_is_said_and_nothing_stops(made: House) -> None:
    done = made.phoenix("retention", "plan", "--language", "fr")
    assert "Impact : ceci touche wiki, photos" in done.out
    assert "non disponible" in done.out
    assert done.code == 0
    assert made.phoenix("retention", "apply").code == 0


def test_whom_a_change_concerns_is_told_before_it(made: House) -> None:
    graph_of(made).write_text(GRAPH)
    for words in (("retention", "plan"), ("retention", "apply")):
        out = made.phoenix(*words).out
        assert "Dependency graph: Wiki; need it: Portail" in out
        assert "To tell: forge, hawk, helm; data: pages, sessions" in out
        assert out.index("Impact: ") == 0
    done = made.phoenix("retention", "plan", "--json")
    found = json.loads(done.out)["impact"]
    assert (found["available"], found["impact"]["agents"]) == (True, ["forge", "hawk", "helm"])
    assert "Impact: " in done.err
    graph_of(made).write_text("nothing of ours\n")
    assert "names nothing of this" in made.phoenix("retention", "plan").out


def test_outside_a_project_nothing_is_said(tmp_path: Path) -> None:
    built = house(tmp_path / "house")
    built.to_home_alone()
    built.backup()
    assert "mpact" not in built.phoenix("retention", "plan").out
    assert "impact" not in json.loads(built.phoenix("retention", "plan", "--json").out)


def test_services_that_need_a_touched_one_are_told_from_phoenix_yaml(made: House) -> None:
    text = made.config.read_text()
    made.config.write_text(text.replace("services:\n", "services:\n  shop: {depends_on: [wiki]}\n"))
    done = made.phoenix("retention", "plan")
    assert "Need it, by phoenix.yaml: shop" in done.out, done.err


def test_an_opposite_is_a_contradiction_noted_once_and_only_by_a_change(made: House) -> None:
    text = made.config.read_text()
    made.config.write_text(text.replace("services:\n", "services:\n  shop: {depends_on: [wiki]}\n"))
    graph_of(made).write_text("- wiki → shop\n")
    log = graph_of(made).with_name("contradiction-log.md")
    before = tree(graph_of(made).parent)
    assert "phoenix.yaml says that shop needs wiki" in made.phoenix("retention", "plan").out
    assert tree(graph_of(made).parent) == before
    made.phoenix("retention", "apply")
    made.phoenix("retention", "apply")
    [row] = [line for line in log.read_text().splitlines() if "⏳ actif" in line]
    assert "dependency-graph.md : wiki → shop" in row
    graph_of(made).write_text("- shop → wiki\n")
    assert "Contradiction" not in made.phoenix("retention", "plan").out


def test_a_graph_nobody_can_read_is_said_and_stops_no_change(made: House) -> None:
    graph_of(made).mkdir()
    done = made.phoenix("retention", "apply")
    assert done.code == 0
    assert "dependency-graph.md" in done.err


def test_every_command_that_changes_backups_looks_first() -> None:
    def calls(path: Path) -> set[str]:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        called = (node.func for node in nodes if isinstance(node, ast.Call))
        return {
            each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")
            for each in called
        }

    commands = {path.name: calls(path) for path in CLI.glob("*.py")}
    changing = {name for name, found in commands.items() if found & CHANGING}
    # These plan for `protect plan`, which looked before them.
    changing -= {f"{name}.py" for name in PLANNERS.values()}
    assert {"protect.py", "retention_expiry.py", "approve.py"} <= changing
    assert {name for name in changing if "look" not in commands[name]} == set()
