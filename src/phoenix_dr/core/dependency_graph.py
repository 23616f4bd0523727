"""Who and what depends on a thing, from the dependency graph a project keeps in Markdown.

There is no fixed form (seed-ecosystem.md F11): a table with known columns, arrows in lists and in
Mermaid blocks are read, whatever else stands there is passed over. `A → B` says that A needs B.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from phoenix_dr.core.markdown_lines import Lines
from phoenix_dr.core.menu import words

MOST = 5_000
"""Facts that are read; a graph drawn by hand has some dozens."""
LONGEST = 120
"""Characters of a name."""
_COLUMNS = {
    "component": "composant component service services element ressource resource",
    "needs": "depend dependances dependance depends dependencies requires besoin",
    "feeds": "impacte impacts utilise-par used-by dependants dependents",
    "agents": "agents agent responsable responsables owner owners",
    "data": "donnees donnee data",
}
COLUMNS: Mapping[str, str] = {
    word: column for column, said in _COLUMNS.items() for word in said.split()
}
"""The first known word of a heading says what its column is."""
_ARROW = re.compile(r"\s*(?:-->|->|→|=>|⟶)\s*")
_NEEDS = re.compile(r"\s+(?:dépend(?:ent)? d(?:e\b|u\b|es\b|')|depends? on)\s*", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s*)?")
_SPLIT = re.compile(r"\s*(?:,|;|·|<br\s*/?>|\+|\bet\b|\band\b)\s*", re.IGNORECASE)
_NODE = re.compile(r"^[\w.-]+\s*[\[({]+\"?([^\])}\"]+)\"?[\])}]+$")
_ASIDE = re.compile(r"\(([^)]*)\)")
_LABEL = re.compile(r"\|[^|]*\|")
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Graph:
    """What stands in the file: who needs whom, who looks after what, which data is there.

    Keys are folded names, the shown form of each is in `shown`.
    """

    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    aside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What stood in brackets behind a name: `Wiki (LXC 211)`."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change reaches: the things named, what needs them, who to tell, which data."""

    named: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change reaches; `available` False when the project keeps no dependency graph.

    `services` are those of phoenix.yaml that need a touched one; `against` are pairs (a, b) where
    phoenix.yaml says that a needs b, and the graph the opposite.
    """

    touched: tuple[str, ...]
    available: bool
    impact: Impact
    services: tuple[str, ...]
    against: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Made:
    needs: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    agents: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    data: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    shown: dict[str, str] = field(default_factory=dict)
    aside: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    facts: int = 0

    def name(self, said: str) -> str:
        """The folded name, with its shown form and what stands in brackets; "" for none."""
        plain = _ASIDE.sub(" ", said)
        shown = " ".join(plain.strip(" *_`'\"[]").split())[:LONGEST]
        folded = fold(shown)
        if folded and self.facts < MOST:
            self.facts += 1
            self.shown.setdefault(folded, shown)
            for beside in _ASIDE.findall(said):
                self.aside[folded].add(fold(beside))
            return folded
        return ""

    def edge(self, one: str, other: str) -> None:
        """`one` needs `other`."""
        if one and other and one != other:
            self.needs[one].add(other)


def graph(text: str) -> Graph:
    """Read a dependency graph; text of any kind is read, most of it as nothing."""
    made = _Made()
    lines = Lines(text)
    columns: list[str] = []
    mermaid = fenced = False
    for number, row in enumerate(lines.rows):
        line = row.strip()
        if line.startswith(("```", "~~~")):
            fenced, mermaid = not fenced, not fenced and "mermaid" in line
            continue
        if not (lines.is_told(number) or mermaid):
            continue
        if line.startswith("|"):
            columns = _table(made, line, columns)
            continue
        columns = []
        if mermaid or _ITEM.match(row):
            _arrows(made, _ITEM.sub("", line, count=1))
    return Graph(
        {name: frozenset(found) for name, found in made.needs.items()},
        {name: tuple(found) for name, found in made.agents.items()},
        {name: tuple(found) for name, found in made.data.items()},
        made.shown,
        {name: frozenset(found) for name, found in made.aside.items()},
    )


def impact(of: Graph, names: Iterable[str]) -> Impact:
    """What a change of the things that have these names reaches, itself included."""
    wanted = {fold(name) for name in names} - {""}
    named = [name for name in of.shown if name in wanted or of.aside.get(name, set()) & wanted]
    users: defaultdict[str, list[str]] = defaultdict(list)
    for one, needed in of.needs.items():
        for other in needed:
            users[other].append(one)
    reached = dict.fromkeys(named)
    waiting = list(named)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in reached:
                reached[user] = None
                waiting.append(user)
    agents = dict.fromkeys(who for name in reached for who in of.agents.get(name, ()))
    data = dict.fromkeys(what for name in reached for what in of.data.get(name, ()))
    beyond = (of.shown[name] for name in reached if name not in named)
    return Impact(tuple(of.shown[name] for name in named), tuple(beyond), tuple(agents),
                  tuple(data))  # fmt: skip


def reversed_in(of: Graph, needs: Mapping[str, Iterable[str]]) -> tuple[tuple[str, str], ...]:
    """Pairs (a, b) where `needs` says that a needs b, and the graph the opposite alone."""
    found = []
    for one, others in needs.items():
        for other in others:
            there, back = of.needs.get(fold(one), ()), of.needs.get(fold(other), ())
            if fold(one) in back and fold(other) not in there:
                found.append((one, other))
    return tuple(found)


def fold(name: str) -> str:
    """A name as names are compared: its words, in small letters without accents."""
    return " ".join(words(name.replace("/", " ").replace("_", " ")))


def _table(made: _Made, line: str, columns: list[str]) -> list[str]:
    """Read a row; the columns in force from now on."""
    cells = [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip("|"))]
    if all(cell and set(cell) <= set("-: ") for cell in cells):
        return columns
    if not columns:
        return [_column(cell) for cell in cells]
    held = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    component = made.name(held.get("component", ""))
    if not component:
        return columns
    for said in _several(held.get("needs", "")):
        made.edge(component, made.name(said))
    for said in _several(held.get("feeds", "")):
        made.edge(made.name(said), component)
    for said in _several(held.get("agents", "")):
        made.agents[component][said] = None
    for said in _several(held.get("data", "")):
        made.data[component][said] = None
    return columns


def _column(cell: str) -> str:
    said = words(cell)
    joined = ["-".join(said[:2]), *said]
    return next((COLUMNS[word] for word in joined if word in COLUMNS), "")


def _arrows(made: _Made, line: str) -> None:
    """`A → B, C → D`, or `A depends on B`: each needs what follows."""
    parts = _ARROW.split(_LABEL.sub("", line))
    if len(parts) == 1:
        parts = _NEEDS.split(line, maxsplit=1)
    if len(parts) < 2:
        return
    groups = [[made.name(_node(each)) for each in _several(part)] for part in parts]
    for before, after in pairwise(groups):
        for one in before:
            for other in after:
                made.edge(one, other)


def _node(said: str) -> str:
    """A node of Mermaid by its text; anything else as it is."""
    found = _NODE.match(said.strip())
    return found[1] if found else said


def _several(cell: str) -> Iterator[str]:
    for part in _SPLIT.split(cell[: LONGEST * 20]):
        said = " ".join(part.strip(" *`").split())[:LONGEST]
        if said and said not in {"-", "–", "—", "aucun", "aucune", "none", "n/a"}:
            yield said
