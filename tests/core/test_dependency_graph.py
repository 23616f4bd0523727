"""A project's dependency graph, in the forms people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.dependency_graph import Impact, impact, reversed_in
from phoenix_dr.core.dependency_lines import MOST, graph

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
    assert impact(graph(TABLE), ["lxc-211"]).named == ("Wiki",)
    assert impact(graph(TABLE), ["LXC 21"]).named == ()


@pytest.mark.parametrize(
    "text",
    [
        "- wiki → postgres\n",
        "* wiki -> postgres\n",
        "1. Wiki dépend de Postgres\n",
        "- [ ] wiki depends on postgres\n",
        "```mermaid\ngraph TD\nw[Wiki] --> p[(Postgres)]\n```\n",
        "```mermaid\nwiki -->|lit| postgres\n```\n",
        "```mermaid\nw -- lit --> p\nw[Wiki]\np[(Postgres)]\n```\n",
        "```mermaid\nflowchart LR\n  w(Wiki) -.-> p[Postgres];\n```\n",
        "```mermaid\nx --- wiki ==> postgres\n",
        "| Service | Dépend de |\n|---|---|\n| wiki | my\\|sql, postgres | x |\n",
        "## Services K3s\n\n- wiki (namespace apps) → postgres\n",
        "- wiki → postgres <!-- since 2024 -->\n",
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
        "<!--\n```mermaid\nwiki --> postgres\n```\n-->\n",
        "```mermaid\nwiki --- postgres\n```\n",
        "| A | B |\n|---|---|\n| wiki | postgres |\n",
        "",
    ],
)
def test_what_says_nothing_is_read_as_nothing(text: str) -> None:
    assert graph(text).needs == {}


def test_what_stands_in_brackets_counts_in_a_diagram_too() -> None:
    made = graph('```mermaid\nw["Wiki (LXC 211)"] --> p\nq & w --> r\n```\n')
    assert impact(made, ["lxc 211"]).named == ("Wiki",)
    assert impact(made, ["r"]).reached == ("Wiki", "q")


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


ATLAS = """\
### Traefik

| Agent | Impact | Action requise |
|-------|--------|----------------|
| forge | Wiki, Grafana | redéployer |
| hawk | plus rien à voir | – |
"""


def test_the_columns_of_atlas_concern_the_heading_and_what_is_struck() -> None:
    assert impact(graph(ATLAS), ["traefik"]).agents == ("forge", "hawk")
    assert impact(graph(ATLAS), ["grafana"]).agents == ("forge",)
    assert impact(graph(ATLAS), ["postgres"]) == Impact()


def test_names_are_compared_by_their_words() -> None:
    made = graph("- Paperless-NGX → Base de données\n")
    assert impact(made, ["base_de-donnees"]).reached == ("Paperless-NGX",)
    assert impact(made, ["base"]).named == ()


def test_a_huge_one_is_cut_and_says_so() -> None:
    made = graph("- a → b\n" * 200_000 + "- " + "a, " * 500_000 + "→ b\n")
    assert (set(made.shown), made.is_cut) == ({"a", "b"}, False)
    names = graph("".join(f"- n{n} → m{n}\n" for n in range(50_000)))
    assert (len(names.shown), names.is_cut) == (MOST, True)
    line = ",".join(f"a{n}" for n in range(300)) + "→" + ",".join(f"b{n}" for n in range(300))
    arrows = graph(f"- {line}\n" * 50)
    assert (sum(map(len, arrows.needs.values())), arrows.is_cut) == (MOST, True)
    cell = ",".join(f"a{n}" for n in range(300))
    owners = graph("| Service | Agents |\n" + "".join(f"| s{n} | {cell} |\n" for n in range(99)))
    assert (sum(map(len, owners.agents.values())), owners.is_cut) == (MOST, True)


@pytest.mark.parametrize("odd", ["(", "[", " ", "\t", "-", "|", "a", "<!--", "a(", "=", ">", "—"])
def test_no_character_repeated_is_slow(odd: str) -> None:
    """A pattern that tries again from every place would take hours, not a moment."""
    run = odd * (400_000 // len(odd))
    for before in ("- ", "- a → ", "| Service |\n| ", "```mermaid\n", "```mermaid\na --> ", "# "):
        assert len(graph(before + run).shown) <= 3
