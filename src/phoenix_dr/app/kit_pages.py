"""Pages to print: what somebody types or scans who has nothing but paper and the kit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from phoenix_dr.adapters import typesetting
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically, write_bytes_atomically
from phoenix_dr.render import kit_page
from phoenix_dr.render.kit_page import Page


@dataclass(frozen=True, slots=True)
class Escrowed:
    """A fresh identity of a kit: its recipient, and its texts (itself, or its shares).

    `needed` of several shares open the kit; 0: the one text does.
    """

    recipient: str
    texts: tuple[str, ...] = field(repr=False)
    needed: int = 0


def pages(ctx: Context, kit: Path, escrowed: Sequence[Escrowed]) -> tuple[Page, ...]:
    """One page for each paper or share, to be kept at different places; one without any secret."""
    return tuple(_pages(ctx, kit, escrowed))


def _pages(ctx: Context, kit: Path, escrowed: Iterable[Escrowed]) -> Iterator[Page]:
    made_at, estate = ctx.now(), ctx.estate
    facts = {"estate": estate.name, "kit": kit.name, "date": f"{made_at:%Y-%m-%d}"}
    for each in escrowed:
        for number, text in enumerate(each.texts, 1):
            share = (number, len(each.texts), each.needed) if each.needed else None
            made = kit_page.escrow(
                facts, text, recipient=each.recipient, share=share, language=ctx.language
            )
            yield replace(made, picture=typesetting.picture(made.code))
    yield kit_page.overview(estate, facts, language=ctx.language)


def write(folder: Path, made: Sequence[Page]) -> tuple[tuple[str, ...], bool]:
    """Paths written (HTML always) and whether there are PDFs too, which need typst."""
    written: list[str] = []
    pdf = typesetting.is_here()
    for page in made:
        path = folder / f"{page.name}.html"
        write_atomically(path, kit_page.html(page))
        written.append(str(path))
        if pdf:
            beside = path.with_suffix(".pdf")
            write_bytes_atomically(beside, typesetting.pdf(kit_page.data(page)))
            written.append(str(beside))
    return tuple(written), pdf
