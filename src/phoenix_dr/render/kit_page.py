"""Pages to print: a heading, what to do, letters to type in and the same as a QR code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

from phoenix_dr.core.model import Estate
from phoenix_dr.render import kit_readme
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.text import clean

GROUP = 4
"""Letters of an identity between two blanks, for eyes that copy it."""
JOINING = "python3 -m phoenix_dr.surfaces.shares join <shares.txt >IDENTITY.txt"
"""Makes an identity of shares, one a line."""
ROW = 4
"""Groups, or words of a share, in one row."""

_STYLE = """
@page { size: A4; margin: 18mm }
body { font: 11pt/1.45 sans-serif; max-width: 174mm; margin: 0 auto }
body { color: #000; background: #fff }
h1 { font-size: 18pt }
pre { font: 9pt/1.4 monospace; white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse; margin: 6mm 0 }
td { font: 13pt monospace; padding: 1mm 5mm 1mm 0 }
td small { font-size: 8pt; color: #555 } .code svg { width: 62mm; height: 62mm }
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `rows` is what is typed in, numbered; `code` says the same to a scanner.

    `picture` is that code as SVG, drawn by whoever can.
    """

    name: str
    language: str
    title: str
    lines: tuple[str, ...]
    commands: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    code: str = field(default="", repr=False)
    picture: str = field(default="", repr=False)
    notes: tuple[str, ...] = ()


def escrow(
    facts: Mapping[str, str],
    text: str,
    *,
    recipient: str,
    share: tuple[int, int, int] | None,
    language: str,
) -> Page:
    """The page of an identity, or of one share of it: (number, of, needed)."""
    number, of, needed = share or (0, 0, 0)
    kind = "share" if share else "identity"
    told = {**facts, "number": str(number), "of": str(of), "needed": str(needed)}
    say = _saying(language, told | {"recipient": recipient})
    pieces = text.split() if share else wrap(text, GROUP)
    # Capitals make the code smaller: it has a mode for them. Case means nothing when read back.
    code = text.upper()
    return Page(
        name=f"share-{number}-of-{of}" if share else "identity",
        language=language,
        title=say(f"{kind}.title"),
        lines=(say("kit"), say(f"{kind}.what"), say(f"{kind}.how"), say("key")),
        commands=(*_steps(kind),),
        rows=tuple(tuple(pieces[at : at + ROW]) for at in range(0, len(pieces), ROW)),
        code=code,
        notes=(say("share.caveat"),) if share else (say("identity.keep"),),
    )


def overview(estate: Estate, facts: Mapping[str, str], *, language: str) -> Page:
    """The page without any secret: where the kit lies, how it is opened, what then."""
    say = _saying(language, facts)
    commands = [kit_readme.OPENING]
    for spec in estate.engines.values():
        commands += kit_readme.commands(estate, spec)
    return Page(
        name="kit",
        language=language,
        title=say("kit.title"),
        lines=(say("kit"), say("kit.where"), say("kit.how")),
        commands=tuple(commands),
        notes=(say("kit.limits"),),
    )


def html(page: Page) -> str:
    """The page as one HTML file that loads nothing."""
    return "\n".join(_html(page)) + "\n"


def _html(page: Page) -> Iterator[str]:
    title = _text(page.title)
    yield f'<!doctype html>\n<html lang="{page.language}">\n<head><meta charset="utf-8">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><h1>{title}</h1>"
    yield from (f"<p>{_text(line)}</p>" for line in page.lines)
    if page.commands:
        yield "<pre>" + "\n".join(map(_text, page.commands)) + "</pre>"
    if page.rows:
        yield "<table>"
        for start, row in _numbered(page):
            cells = (f"<td><small>{start + at}</small> {_text(w)}</td>" for at, w in enumerate(row))
            yield "<tr>" + "".join(cells) + "</tr>"
        yield "</table>"
    if page.picture:
        yield f'<div class="code">{page.picture}</div>'
    yield from (f"<p>{_text(line)}</p>" for line in page.notes)
    yield "</body></html>"


def data(page: Page) -> dict[str, object]:
    """The page as plain values, for a typesetter's template."""
    return {
        "language": page.language,
        "title": clean(page.title),
        "lines": [clean(line) for line in page.lines],
        "commands": [clean(line) for line in page.commands],
        "rows": [
            [[start + at, word] for at, word in enumerate(row)] for start, row in _numbered(page)
        ],
        "width": ROW,
        "picture": page.picture,
        "notes": [clean(line) for line in page.notes],
    }


def _numbered(page: Page) -> Iterator[tuple[int, tuple[str, ...]]]:
    start = 1
    for row in page.rows:
        yield start, row
        start += len(row)


def _text(line: str) -> str:
    return escape(clean(line))


def _saying(language: str, facts: Mapping[str, str]) -> Callable[[str], str]:
    def say(code: str) -> str:
        return sentence(language, f"kit.page.{code}", **facts)

    return say


def _steps(kind: str) -> Iterator[str]:
    if kind == "share":
        yield JOINING
    yield kit_readme.OPENING
