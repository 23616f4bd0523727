"""Before every change of backups or retention a project's dependencies are looked at and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build_app import House, house
from build_expiry import age
from build_menu import saved_house_in_a_project, tree
from build_protect import house as guests

GRAPH = """\
## Matrice d'Impact

| Composant | Dépend de | Agents | Données |
|-----------|-----------|--------|---------|
| Wiki | Traefik | forge, hawk | pages |
| Portail | Wiki | helm | sessions |
"""


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house backed up once, in a project without a dependency graph."""
    return saved_house_in_a_project(tmp_path / "house")


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


def test_a_plan_by_its_digest_is_about_its_own_engines(made: House) -> None:
    age(made, (24.0 * day + 5 for day in range(11)))
    digest = json.loads(made.phoenix("retention", "plan", "--json").out)["digest"]
    done = made.phoenix("retention", "apply", digest)
    assert "Impact: this touches photos\n" in done.out, done.err


def test_a_pin_is_about_its_asset_alone(made: House) -> None:
    graph_of(made).write_text(GRAPH)
    lanes = json.loads(made.phoenix("points", "list", "wiki", "--json").out)["lanes"]
    point = lanes[0]["points"][0]["point"]["id"]
    done = made.phoenix("points", "pin", point, "--because", "before the move")
    assert "Impact: this touches wiki\n" in done.out, done.err
    assert "need it: Portail" in done.out
    [row] = json.loads(made.phoenix("points", "pin", point, "--because", "x", "--json").out)
    assert row["impact"]["touched"] == ["wiki"]
    assert "Impact: this touches wiki\n" in made.phoenix("points", "unpin", point).out


def test_a_large_reach_stays_short_and_counts_the_rest(made: House) -> None:
    names = [f"a-service-with-a-long-name-{n}" for n in range(200)]
    rows = "".join(f"| {name} | wiki | {name} | {name * 3} |\n" for name in names)
    graph_of(made).write_text(GRAPH.rstrip() + "\n" + rows)
    lines = made.phoenix("retention", "plan", COLUMNS="80").out.splitlines()
    said = [n for n, line in enumerate(lines) if line.startswith(("Impact", "Dependency", "To "))]
    assert max(map(len, lines[: said[-1] + 2])) <= 80
    assert said[-1] <= 5
    assert "+19" in "".join(lines[:6])


def test_a_guest_is_found_by_its_number_before_its_jobs_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with guests(tmp_path) as live:
        memory = live.root / "_bmad" / "_memory"
        memory.mkdir(parents=True)
        text = "| Composant | Agents |\n|---|---|\n| Pages (CT 211) | forge |\n| Autre | helm |\n"
        (memory / "dependency-graph.md").write_text(text)
        outside = live.type("protect", "plan").out
        monkeypatch.chdir(live.root)
        inside = live.type("protect", "plan").out
        assert inside.endswith(outside)
        assert "Dependency graph: Pages; need it: –\nTo tell: forge; data: –\n" in inside
        assert live.plan()["impact"]["impact"]["named"] == ["Pages"]
        applied = json.loads(live.type("protect", "apply", "--json").out)
        assert applied["impact"]["impact"]["agents"] == ["forge"]
