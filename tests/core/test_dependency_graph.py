"""A project's dependency graph, in the forms people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.dependency_graph import Impact, graph, impact, reversed_in

TABLE = """\
# Graphe

## Matrice d'Impact

| Composant | Dépend de | Agents | Données |
|:----------|-----------|--------|---------|
| **Wiki** (LXC 211) | Traefik, `postgres` | forge, hawk | pages et images |
| Traefik | AdGuard | forge | certificats |
| Grafana | Prometheus<br>Traefik | hawk | - |
| AdGuard |  | forge | |
"""


def test_the_documented_table() -> None:
    made = graph(TABLE)
    assert impact(made, ["traefik"]) == Impact(
        ("Traefik",), ("Wiki", "Grafana"), ("forge", "hawk"), ("certificats", "pages", "images")
    )
    assert impact(made, ["AdGuard"]).reached == ("Traefik", "Wiki", "Grafana")
    assert impact(made, ["wiki"]) == Impact(("Wiki",), (), ("forge", "hawk"), ("pages", "images"))
    assert impact(made, ["wikipedia"]) == Impact()


def test_a_guest_is_known_by_what_stands_in_brackets() -> None:
    assert impact(graph(TABLE), ["LXC 211"]).named == ("Wiki",)
    assert impact(graph(TABLE), ["lxc-211"]).named == ()


@pytest.mark.parametrize(
    "text",
    [
        "- wiki → postgres\n",
        "* wiki -> postgres\n",
        "1. Wiki dépend de Postgres\n",
        "- [ ] wiki depends on postgres\n",
        "```mermaid\ngraph TD\nw[Wiki] --> p[(Postgres)]\n```\n",
        "```mermaid\nwiki -->|lit| postgres\n```\n",
        "| Service | Requires |\n|---|---|\n| wiki | postgres |\n",
        "| Used by | Notes | Component |\n|---|---|---|\n| wiki | x | postgres |\n",
        "| Données | Dépendances | Service |\n| x | postgres | wiki |\n",
    ],
)
def test_each_form_people_write(text: str) -> None:
    reached = impact(graph(text), ["postgres"]).reached
    assert [each.lower() for each in reached] == ["wiki"], graph(text)
    assert impact(graph(text), ["wiki"]).reached == ()


@pytest.mark.parametrize(
    "text",
    [
        "wiki → postgres in a sentence\n",
        "```\n- wiki → postgres\n```\n",
        "<!--\n- wiki → postgres\n-->\n",
        "| A | B |\n|---|---|\n| wiki | postgres |\n",
        "",
    ],
)
def test_what_says_nothing_is_read_as_nothing(text: str) -> None:
    assert graph(text).needs == {}


def test_a_circle_ends() -> None:
    made = graph("- a → b → c → a\n")
    assert set(impact(made, ["a"]).reached) == {"b", "c"}


def test_only_a_plain_opposite_is_a_contradiction() -> None:
    made = graph("- wiki → db\n- a → b\n- b → a\n")
    needs = {"wiki": ["db"], "db": ["wiki"], "a": ["b"], "b": ["a"], "x": ["y"]}
    assert reversed_in(made, needs) == (("db", "wiki"),)


@given(st.text(alphabet="ab|-→>\n`[](){}*< ,;#!", max_size=200))
def test_whatever_stands_there_is_read(text: str) -> None:
    made = graph(text)
    assert set(made.needs) <= set(made.shown)
    impact(made, ["a", "b"])


def test_a_huge_one_is_cut() -> None:
    made = graph("- a → b\n" * 200_000 + "- " + "a, " * 500_000 + "→ b\n")
    assert set(made.shown) == {"a", "b"}
    assert len(graph("".join(f"- n{n} → m{n}\n" for n in range(50_000))).shown) <= 5_000
