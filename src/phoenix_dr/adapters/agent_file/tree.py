"""XML as a tree, for text of anybody: no document type, no entities, bounded in every direction.

expat itself reads the five entities XML has and character references; everything that could make
more of the text than stands there, or reach another file, begins with a document type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from phoenix_dr.errors import UsageError

DEEPEST = 16
MOST_ELEMENTS = 2_000
MOST_ATTRIBUTES = 20


@dataclass(slots=True)
class Element:
    """An element: its own text and that of its children are apart."""

    tag: str
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it outside its children, without blanks around it."""
        return "".join(self.parts).strip()

    def all(self, tag: str) -> Iterator[Element]:
        """Every element of this tag below it, at any depth, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)


class _Builder:
    """Grows the tree while expat reads."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.count += 1
        too_many = self.count > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES
        if too_many or len(self.open) >= DEEPEST:
            raise UsageError("agent-file-bounds")
        made = Element(tag, attributes)
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.open.pop()

    def said(self, text: str) -> None:
        """Text inside an element."""
        if self.open:
            self.open[-1].parts.append(text)

    def refuse(self, *what: object) -> None:
        """A document type, an entity, a processing instruction."""
        raise UsageError("agent-file-doctype")


def tree(text: str) -> Element:
    """The tree of a text. Raises UsageError: agent-file-xml, agent-file-doctype, -bounds."""
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.said
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ProcessingInstructionHandler = builder.refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise UsageError("agent-file-xml", line=error.lineno, column=error.offset + 1) from None
    assert builder.root is not None  # noqa: S101 - expat refuses a document without an element
    return builder.root
