"""Who and what depends on a thing, by the dependency graph a project keeps in Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from phoenix_dr.core.menu import words


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
    is_cut: bool = False
    """The file says more than is read."""


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
    phoenix.yaml says that a needs b, and the graph the opposite; `is_cut` says that the graph is
    longer than what was read of it.
    """

    touched: tuple[str, ...]
    available: bool
    impact: Impact
    services: tuple[str, ...]
    against: tuple[tuple[str, str], ...]
    is_cut: bool = False


def impact(of: Graph, names: Iterable[str]) -> Impact:
    """What a change of the things that have these names reaches, itself included."""
    wanted = {fold(name) for name in names} - {""}
    named = dict.fromkeys(
        name for name in of.shown if name in wanted or of.aside.get(name, set()) & wanted
    )
    users: defaultdict[str, list[str]] = defaultdict(list)
    for one, needed in of.needs.items():
        for other in needed:
            users[other].append(one)
    reached = dict(named)
    waiting = list(named)
    for name in waiting:  # It grows while it is walked: the nearest come first.
        for user in users.get(name, ()):
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
    return " ".join(words(name.replace("/", " ").replace("_", " ").replace("-", " ")))
