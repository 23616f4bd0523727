"""A dependency graph out of Markdown, in the forms people write it.

There is no fixed form (seed-ecosystem.md F11): a table with known columns, arrows in lists and in
Mermaid blocks are read, whatever else stands there is passed over. `A → B` says that A needs B.
Every pattern here takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from phoenix_dr.core.dependency_graph import Graph, fold
from phoenix_dr.core.menu import words

MOST = 5_000
"""Names, and arrows, that are read; a graph drawn by hand has some dozens."""
LONGEST = 120
"""Characters of a name."""
WIDEST = 20 * LONGEST
"""Characters of a cell or of one end of an arrow."""
_COLUMNS = {
    "component": "composant component service services element ressource resource",
    "needs": "depend dependances dependance depends dependencies requires besoin",
    "feeds": "impacte impacts utilise-par used-by dependants dependents",
    "agents": "agents agent responsable responsables owner owners",
    "data": "donnees donnee data",
    "struck": "impact",
}
COLUMNS: Mapping[str, str] = {
    word: column for column, said in _COLUMNS.items() for word in said.split()
}
"""The first known word of a heading says what its column is."""
NOTHING = frozenset({"-", "–", "—", "aucun", "aucune", "none", "n/a"})
_ARROW = re.compile(r"-->|->|→|=>|⟶")
_LINK = re.compile(r"([-=.]{2,}>?|→)")
_OPENERS = frozenset({"--", "==", "-."})
"""What begins a text on an arrow of Mermaid: `A -- reads --> B`."""
_NEEDS = re.compile(r"\bdépend(?:ent)? d(?:e\b|u\b|es\b|')|\bdepends? on\b", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\])?")
_SPLIT = re.compile(r",|;|·|\s&\s|<br ?/?>|\+|\bet\b|\band\b", re.IGNORECASE)
_NODE = re.compile(
    r"(?<![\w.-])([\w.-]{1,60}) ?[\[({]{1,3}"
    r"(?:\"([^\"]{1,120})\"|([^\]\[(){}\"]{1,120}))[\])}]{1,3}"
)
_ASIDE = re.compile(r"\(([^()]*)\)")
_LABEL = re.compile(r"\|[^|]*\|")
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class _Made:
    needs: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    agents: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    data: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    shown: dict[str, str] = field(default_factory=dict)
    aside: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    facts: int = 0
    is_cut: bool = False

    def name(self, said: str) -> str:
        """The folded name, with its shown form and what stands in brackets; "" for none."""
        said = said[:WIDEST]
        shown = " ".join(_ASIDE.sub(" ", said).strip(" *_`'\"[]").split())[:LONGEST]
        folded = fold(shown)
        if not folded or not (folded in self.shown or self._has_room(len(self.shown))):
            return ""
        self.shown.setdefault(folded, shown)
        for beside in _ASIDE.findall(said):
            if len(self.aside[folded]) < LONGEST:
                self.aside[folded].add(fold(beside[:LONGEST]))
        return folded

    def edge(self, one: str, other: str) -> None:
        """`one` needs `other`."""
        if not one or not other or one == other or other in self.needs[one]:
            return
        if self._has_room(self.facts):
            self.facts += 1
            self.needs[one].add(other)

    def tell(self, whom: dict[str, None], said: Iterable[str]) -> None:
        """Add agents or data to those of a component."""
        for each in said:
            if each not in whom and self._has_room(self.facts):
                self.facts += 1
                whom[each] = None

    def _has_room(self, count: int) -> bool:
        self.is_cut |= count >= MOST
        return count < MOST


@dataclass(slots=True)
class _Place:
    """Where in the file the reader stands: below which heading, in which table or block."""

    heading: str = ""
    columns: list[str] = field(default_factory=list)
    fence: str = ""
    mermaid: list[str] | None = None
    is_comment: bool = False


def graph(text: str) -> Graph:
    """Read a dependency graph; text of any kind is read, most of it as nothing."""
    made, at = _Made(), _Place()
    for row in text.split("\n"):
        _line(made, at, row)
    _diagram(made, at.mermaid or ())
    return Graph(
        {name: frozenset(found) for name, found in made.needs.items() if found},
        {name: tuple(found) for name, found in made.agents.items() if found},
        {name: tuple(found) for name, found in made.data.items() if found},
        made.shown,
        {name: frozenset(found) for name, found in made.aside.items()},
        made.is_cut,
    )


def _line(made: _Made, at: _Place, row: str) -> None:
    if at.is_comment:
        at.is_comment = "-->" not in row
        return
    line = row.strip()
    if line.startswith(("```", "~~~")) and (not at.fence or line.startswith(at.fence)):
        _diagram(made, at.mermaid or ())
        is_begin = not at.fence
        at.fence = line[:3] if is_begin else ""
        at.mermaid = [] if is_begin and line[3:].strip().lower().startswith("mermaid") else None
    elif at.mermaid is not None:
        at.mermaid.append(line)
    elif not at.fence:
        before, opened, after = row.partition("<!--")
        at.is_comment = bool(opened) and "-->" not in after
        _told(made, at, before)


def _told(made: _Made, at: _Place, row: str) -> None:
    """Read a line of the text itself."""
    line = row.strip()
    if line.startswith("|"):
        _table(made, at, line)
    else:
        at.columns = []
        if line.startswith("#"):
            at.heading = line.strip("# ")
        elif found := _ITEM.match(row):
            _arrows(made, row[found.end() :])


def _table(made: _Made, at: _Place, line: str) -> None:
    """Read a row of a table; its first one says what the columns are."""
    cells = [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip("|"))]
    if all(set(cell) <= set("-: ") for cell in cells):
        return
    if not at.columns:
        at.columns = [_column(cell) for cell in cells]
        return
    held: dict[str, str] = {}
    for column, cell in zip(at.columns, cells, strict=False):
        held.setdefault(column, cell)
    for component in _components(made, at, held):
        for said in _several(held.get("needs", "")):
            made.edge(component, made.name(said))
        for said in _several(held.get("feeds", "")):
            made.edge(made.name(said), component)
        made.tell(made.agents[component], _several(held.get("agents", "")))
        made.tell(made.data[component], _several(held.get("data", "")))


def _components(made: _Made, at: _Place, held: Mapping[str, str]) -> Iterator[str]:
    """What a row is about: its component; of `Agent | Impact` what is struck, and the heading."""
    if "component" in at.columns:
        told: Iterable[str] = (held.get("component", ""),)
    elif "agents" in at.columns and "struck" in at.columns:
        told = (at.heading, *_several(held.get("struck", "")))
    else:
        return
    yield from dict.fromkeys(name for name in map(made.name, told) if name)


def _column(cell: str) -> str:
    said = words(cell[:LONGEST])
    joined = ["-".join(said[:2]), *said]
    return next((COLUMNS[word] for word in joined if word in COLUMNS), "")


def _arrows(made: _Made, line: str) -> None:
    """`A → B, C → D`, or `A depends on B`: each needs what follows."""
    parts = _ARROW.split(line)
    _chain(made, parts if len(parts) > 1 else _NEEDS.split(line, maxsplit=1))


def _diagram(made: _Made, lines: Iterable[str]) -> None:
    """Read a Mermaid block; a node is called by the text it was given anywhere in the block."""
    lines = [_LABEL.sub("", line) for line in lines]
    nodes = (found for line in lines for found in _NODE.finditer(line))
    called = {node[1]: node[2] or node[3] for node in nodes}
    for line in lines:
        plain = _NODE.sub(lambda found: found[1] + " ", line)
        chain: list[str] = []
        parts = _LINK.split(plain)
        for said, link in zip(parts[::2], ("", *parts[1::2]), strict=True):
            if link.endswith((">", "→")) or not chain:
                chain.append(said)
            elif link not in _OPENERS:
                _chain(made, chain, called)
                chain = [said]
        _chain(made, chain, called)


def _chain(made: _Made, parts: list[str], called: Mapping[str, str] | None = None) -> None:
    """Each end of an arrow needs the next."""
    if len(parts) < 2:
        return
    groups = [
        [name for said in _several(part) if (name := made.name((called or {}).get(said, said)))]
        for part in parts
    ]
    for before, after in pairwise(groups):
        for one in before:
            for other in after:
                if made.facts >= MOST:
                    made.is_cut = True
                    return
                made.edge(one, other)


def _several(cell: str) -> Iterator[str]:
    for part in _SPLIT.split(cell[:WIDEST]):
        said = " ".join(part.strip(" *`").split())[:LONGEST]
        if said and said.lower() not in NOTHING:
            yield said
