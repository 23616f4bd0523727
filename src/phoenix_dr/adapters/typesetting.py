"""Pages as PDF by typst where it is installed (the extra `pdf`), and QR codes by segno."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from io import BytesIO

TEMPLATE = b"""
#let page-data = json(bytes(sys.inputs.page))
#set document(title: page-data.title, date: none)
#set page(paper: "a4", margin: 18mm)
#set text(size: 10.5pt, lang: page-data.language)
= #page-data.title
#for line in page-data.lines { par(line) }
#if page-data.commands.len() > 0 {
  block(text(size: 8pt, raw(page-data.commands.join("\\n"), block: true)))
}
#let typed(number, letters) = [
  #text(size: 7pt, fill: gray, str(number)) #text(font: "DejaVu Sans Mono", size: 11pt, letters)
]
#if page-data.rows.len() > 0 {
  table(
    columns: page-data.width, stroke: none, inset: (x: 0pt, y: 3pt), column-gutter: 6mm,
    ..page-data.rows.map(row => {
      let cells = row.map(cell => typed(..cell))
      cells + range(page-data.width - cells.len()).map(_ => [])
    }).flatten()
  )
}
#if page-data.picture != "" { image(bytes(page-data.picture), format: "svg", width: 62mm) }
#for line in page-data.notes { par(line) }
"""
"""The page; what stands on it comes as data, so that no name can become a command."""


def is_here() -> bool:
    """Whether pages can be made as PDF here."""
    return find_spec("typst") is not None


def pdf(page: Mapping[str, object]) -> bytes:
    """A page as PDF, made in memory."""
    import typst

    return typst.compile(TEMPLATE, format="pdf", sys_inputs=_inputs(page))


def png(page: Mapping[str, object], *, per_inch: int = 150) -> bytes:
    """A page as it would come out of a scanner of `per_inch` dots."""
    import typst

    made = typst.compile(TEMPLATE, format="png", ppi=float(per_inch), sys_inputs=_inputs(page))
    return made if isinstance(made, bytes) else made[0]


def picture(text: str) -> str:
    """A QR code as SVG; a third of it may be soiled and it still reads (level H)."""
    import segno

    held = BytesIO()
    segno.make_qr(text, error="h").save(held, kind="svg", xmldecl=False, scale=4, border=4)
    return held.getvalue().decode()


def _inputs(page: Mapping[str, object]) -> dict[str, str]:
    return {"page": json.dumps(page, ensure_ascii=False)}
