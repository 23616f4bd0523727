"""The custody graph on a terminal: what opens what, where it lies, what would be lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from phoenix_dr.core.custody_loss import Circle, SinglePlace
from phoenix_dr.core.custody_picture import Door, Kept, KeyNode, Picture
from phoenix_dr.render.text import wrap
from phoenix_dr.render.view import View

ASSETS_SHOWN = 12
"""Assets named below one engine; the rest is a number."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree and what hangs below it."""

    text: str
    below: tuple[Branch, ...] = ()


def lines(picture: Picture, view: View) -> list[str]:
    """The whole picture: a tree per key, then circles, single places, and the loss of the house."""
    told: list[str] = []
    for node in picture.keys:
        told += [*drawn(tree(node, view), view.width), ""]
    if not picture.keys:
        told += [view.say("report.key.none"), ""]
    return [*told, *conclusions(picture, view)]


def tree(node: KeyNode, view: View) -> Branch:
    """One key with its doors, its copies and its loss."""
    doors = [_door(door, view) for door in node.doors]
    doors += [Branch(view.say("graph.file", {"name": name})) for name in node.files]
    if node.sops:
        doors.append(Branch(view.say("graph.sops", {"files": node.sops})))
    name = view.say("graph.key", {"name": node.name, "fingerprint": node.fingerprint})
    return Branch(
        name if node.fingerprint else view.safe(node.name),
        (
            Branch(view.say("graph.opens" if doors else "graph.opens-nothing"), tuple(doors)),
            Branch(
                view.say("graph.copies" if node.copies else "graph.no-copy"),
                tuple(Branch(_copy(copy, view)) for copy in node.copies),
            ),
            Branch(
                view.say("graph.loss" if losses(node, view) else "graph.no-loss"), _lost(node, view)
            ),
        ),
    )


def losses(node: KeyNode, view: View) -> list[str]:
    """What goes with a key, a sentence per kind of thing."""
    lost = node.lost
    parts = (
        ("services", lost.services),
        ("halted", lost.halted),
        ("keys", lost.keys),
        ("files", node.alone),
    )
    said = [_loss(what, names, view) for what, names in parts if names]
    if node.sops:
        said.append(view.say("graph.lost.sops", {"files": node.sops}))
    return said


def _loss(what: str, names: Sequence[str], view: View) -> str:
    facts: dict[str, str | int] = {"count": len(names), "names": view.join(names)}
    return view.say(f"graph.lost.{what}", facts)


def conclusions(picture: Picture, view: View) -> list[str]:
    """What the trees together mean: circles, single places, and what comes back."""
    told = [way(circle, view) for circle in picture.circles]
    told += [_single(place, view) for place in picture.single_places]
    told += [view.say("graph.keyless", {"engine": name}) for name in picture.keyless]
    if picture.site:
        told.append(_house(picture, view))
    return [line for each in told for line in _wrapped(each, view.width)]


def _single(found: SinglePlace, view: View) -> str:
    facts: dict[str, str | int] = {
        "place": found.place,
        "site": found.site,
        "count": len(found.services),
    }
    return view.say("graph.single-place", {**facts, "services": view.join(found.services)})


def _house(picture: Picture, view: View) -> str:
    facts: dict[str, str | int] = {
        "site": picture.site,
        "back": len(picture.back),
        "gone": view.join(picture.gone),
    }
    return view.say("graph.house" if picture.gone else "graph.house-whole", facts)


def way(circle: Circle, view: View) -> str:
    """A circle as a path people can follow."""
    path = view.join((circle.key, circle.place, *(link.name for link in circle.path)), " → ")
    code = "graph.circle-locked" if circle.locked else "graph.circle"
    return view.say(code, {"key": circle.key, "place": circle.place, "path": path})


def drawn(branch: Branch, columns: int) -> Iterator[str]:
    """A tree as lines no wider than the terminal."""
    yield from wrap(branch.text, columns)
    yield from _below(branch.below, "", columns)


def _below(branches: Sequence[Branch], indent: str, columns: int) -> Iterator[str]:
    for number, branch in enumerate(branches, 1):
        last = number == len(branches)
        first, rest = ("└─ ", "   ") if last else ("├─ ", "│  ")
        for index, part in enumerate(wrap(branch.text, max(20, columns - len(indent) - 3))):
            yield f"{indent}{rest if index else first}{part}"
        yield from _below(branch.below, indent + rest, columns)


def _wrapped(text: str, columns: int) -> Iterable[str]:
    first, *more = wrap(text, columns - 2)
    return [first, *(f"  {part}" for part in more)]


def _door(door: Door, view: View) -> Branch:
    places = view.join(view.place(name) for name in door.locations)
    said = view.say("graph.engine", {"engine": door.engine, "places": places})
    if door.others:
        said = view.say("graph.also", {"engine": said, "keys": view.join(door.others)})
    shown = [Branch(_asset(name, view)) for name in door.assets[:ASSETS_SHOWN]]
    if more := len(door.assets) - len(shown):
        shown.append(Branch(view.say("graph.more", {"count": more})))
    return Branch(said, tuple(shown))


def _asset(name: str, view: View) -> str:
    return view.say("graph.asset", {"asset": name, "service": name.partition("/")[0]})


def _copy(copy: Kept, view: View) -> str:
    facts = {"place": copy.place, "site": copy.site, "inside": copy.inside}
    if not copy.counts:
        return view.say("graph.copy-behind", facts)
    return view.say("graph.copy-inside" if copy.inside else "report.key.copy", facts)


def _lost(node: KeyNode, view: View) -> tuple[Branch, ...]:
    return tuple(map(Branch, losses(node, view)))
