"""The custody graph as a drawing that stands alone: places, keys, repositories, data, services.

Lines lead from left to right, from what is held to what comes back; a copy that lies behind its
own key is dashed and says so in words, so that colour is never the only sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from phoenix_dr.core.custody_picture import Picture
from phoenix_dr.render.keys_graph import conclusions
from phoenix_dr.render.text import clean, width, wrap
from phoenix_dr.render.view import View

MARGIN, BOX, GAP, ROW, HEIGHT, TOP = 28, 168, 64, 40, 28, 96
_LETTERS = 22
"""Letters of the small type that surely fit a box."""
_LINE = 150
_STYLE = """\
svg{color-scheme:light dark;font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
.page{fill:#fff}.text{fill:#1f2430}.soft{fill:#5c6470}
.box{fill:#eef3fa;stroke:#0b62b8}.bad{fill:#fdeeea;stroke:#b3261e;stroke-dasharray:5 3}
.edge{fill:none;stroke:#8a93a1;stroke-width:1.5}.behind{stroke:#b3261e;stroke-dasharray:5 3}
@media (prefers-color-scheme:dark){
.page{fill:#14171d}.text{fill:#eef1f6}.soft{fill:#a4adba}
.box{fill:#1d2836;stroke:#6cb2f5}.bad{fill:#3a1f1c;stroke:#f2a097}
.edge{stroke:#6d7683}.behind{stroke:#f2a097}}
"""
COLUMNS = ("place", "key", "engine", "asset", "service")
Node = tuple[int, str]
"""A column and a name in it."""


def drawing(picture: Picture, view: View) -> str:
    """The whole SVG as text."""
    edges, behind = _edges(picture, view)
    spots = _spots(edges)
    bad = {(4, name) for name in picture.gone} | {node for node, _ in behind}
    title = view.say("graph.svg-title")
    told = [
        part for line in conclusions(picture, view) for part in wrap(line.strip(), _LETTERS * 5)
    ]
    bottom = max((y for _, y in spots.values()), default=TOP) + ROW + 20
    height = bottom + 20 * len(told) + MARGIN
    wide = 2 * MARGIN + len(COLUMNS) * BOX + (len(COLUMNS) - 1) * GAP
    head = f'<title id="t">{_safe(title)}</title><desc id="d">{_safe(" ".join(told))}</desc>'
    parts = [_text(title, MARGIN, 44, size=20), *_headings(view)]
    parts += [_edge(spots[a], spots[b], (a, b) in behind) for a, b in edges]
    parts += [_box(node, spot, node in bad) for node, spot in spots.items()]
    parts += [_text(line, MARGIN, bottom + 20 * n, kind="soft") for n, line in enumerate(told)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {height}" '
        f'width="{wide}" height="{height}" role="img" aria-labelledby="t d" '
        f'lang="{view.language}">\n{head}\n<style>\n{_STYLE}</style>\n'
        f'<rect class="page" width="{wide}" height="{height}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _edges(picture: Picture, view: View) -> tuple[list[tuple[Node, Node]], set[tuple[Node, Node]]]:
    """Every line of the drawing, and those of copies that do not count."""
    edges: dict[tuple[Node, Node], None] = {}
    behind = set()
    for key in picture.keys:
        for copy in key.copies:
            words = view.say("report.key.copy", {"place": copy.place, "site": copy.site})
            line = ((0, str(words)), (1, key.name))
            edges[line] = None
            if not copy.counts:
                behind.add(line)
        for door in key.doors:
            edges[(1, key.name), (2, door.engine)] = None
            for asset in door.assets:
                edges[(2, door.engine), (3, asset)] = None
                edges[(3, asset), (4, asset.partition("/")[0])] = None
        for name in key.files:
            edges[(1, key.name), (2, name)] = None
    return list(edges), behind


def _spots(edges: Sequence[tuple[Node, Node]]) -> Mapping[Node, tuple[int, int]]:
    """Where each box stands: columns from left to right, rows as they come."""
    rows = [0] * len(COLUMNS)
    spots: dict[Node, tuple[int, int]] = {}
    for node in dict.fromkeys(node for edge in edges for node in edge):
        column = node[0]
        spots[node] = (MARGIN + column * (BOX + GAP), TOP + rows[column] * ROW)
        rows[column] += 1
    return spots


def _headings(view: View) -> Iterator[str]:
    for number, name in enumerate(COLUMNS):
        x = MARGIN + number * (BOX + GAP)
        yield _text(view.say(f"graph.column.{name}"), x, TOP - 14, kind="soft")


def _edge(start: tuple[int, int], end: tuple[int, int], behind: bool) -> str:
    (x, y), (u, v) = start, end
    x, y, v = x + BOX, y + HEIGHT // 2, v + HEIGHT // 2
    bend = GAP // 2
    kind = "edge behind" if behind else "edge"
    return f'<path class="{kind}" d="M{x} {y}C{x + bend} {y} {u - bend} {v} {u} {v}"/>'


def _box(node: Node, spot: tuple[int, int], bad: bool) -> str:
    x, y = spot
    name = clean(node[1])
    shown = name if width(name) <= _LETTERS else wrap(name, _LETTERS - 1)[0] + "…"
    kind = "bad" if bad else "box"
    return (
        f"<g><title>{_safe(name)}</title>"
        f'<rect class="{kind}" x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="5"/>'
        f"{_text(shown, x + 8, y + 19)}</g>"
    )


def _text(words: str, x: int, y: int, *, size: int = 13, kind: str = "text") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" font-size="{size}">{_safe(words)}</text>'


def _safe(words: str) -> str:
    return escape(clean(words))
