"""An agent's file as text to what it says: a comment, front matter, one fenced block of XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from phoenix_dr.adapters._yaml import read
from phoenix_dr.adapters.agent_file.tree import Element, tree
from phoenix_dr.core.agent import PERSONA, AgentFile, AgentItem, command_of_item
from phoenix_dr.errors import EngineError, UsageError

OPENS, CLOSES, MARGIN = "```xml", "```", "---"
LONGEST_FRONT = 8_000
"""Characters of a front matter; more takes a YAML parser long."""
MOST = {"step": 60, "r": 200, "item": 60, "prompt": 60}
"""Elements of a kind; the largest known file has 11 of one."""
MOST_WRITTEN = {"{": 500, "`phoenix": 200}
"""How often a placeholder or a command may begin: each is looked at on its own."""
MOST_KEYWORDS = 20
_COMMENT = re.compile(r"\s*<!--.*?-->", re.S)


def parse_agent(text: str) -> AgentFile:
    """What a file says. Raises UsageError (agent-file-…) for one that is no agent's file."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    at = 0
    while comment := _COMMENT.match(plain, at):
        at = comment.end()
    above = plain.count("\n", 0, at)
    lines = plain[at:].split("\n")
    front, below = _front(lines)
    xml, line = _block(lines, below)
    root = _tree(xml, line + above)
    if root.tag != "agent":
        raise UsageError("agent-file-form", what="<agent>", found=0)
    _require_bounds(root, xml)
    return _agent(front, root, xml)


def _front(lines: list[str]) -> tuple[Mapping[str, object], int]:
    """The front matter, and the number of the line below it."""
    begin = next((n for n, line in enumerate(lines) if line.strip()), 0)
    margins = [n for n in range(begin, len(lines)) if lines[n].rstrip() == MARGIN][:2]
    text = "\n".join(lines[margins[0] + 1 : margins[1]]) if len(margins) == 2 else ""
    if margins[:1] != [begin] or not 0 < len(text) <= LONGEST_FRONT:
        raise UsageError("agent-file-form", what=MARGIN, found=0)
    try:
        return read(text), margins[1] + 1
    except EngineError as error:
        detail = str(error.parameters.get("detail", ""))
        raise UsageError("agent-file-front", detail=detail) from None


def _block(lines: list[str], below: int) -> tuple[str, int]:
    """The one block of XML, and how many lines stand above it.

    A fence that ends it stands at the margin: prompts show fences of their own, indented.
    """
    opened = [n for n in range(below, len(lines)) if lines[n].rstrip() == OPENS]
    if len(opened) == 1:
        [begin] = opened
        for end in range(begin + 1, len(lines)):
            if lines[end].rstrip() == CLOSES:
                return "\n".join(lines[begin + 1 : end]), begin + 1
    raise UsageError("agent-file-form", what=OPENS, found=len(opened))


def _tree(xml: str, first: int) -> Element:
    """The tree; a fault is told by its line in the file."""
    try:
        return tree(xml)
    except UsageError as error:
        if error.code == "agent-file-xml":
            line = int(error.parameters["line"]) + first
            column = error.parameters["column"]
            raise UsageError("agent-file-xml", line=line, column=column) from None
        raise


def _require_bounds(root: Element, xml: str) -> None:
    """Raise UsageError (agent-file-bounds) for what would take long to judge."""
    many = any(sum(1 for _ in root.all(tag)) > most for tag, most in MOST.items())
    wide = any(
        len(command_of_item(item.attributes.get("cmd", ""))[1]) > MOST_KEYWORDS
        for item in root.all("item")
    )
    if many or wide or any(xml.count(begin) > most for begin, most in MOST_WRITTEN.items()):
        raise UsageError("agent-file-bounds")


def _agent(front: Mapping[str, object], root: Element, xml: str) -> AgentFile:
    axes = front.get("model_affinity")
    persona = next(root.all("persona"), Element("persona", {}))
    return AgentFile(
        name=str(front.get("name") or ""),
        description=str(front.get("description") or ""),
        affinity={str(k): str(v) for k, v in axes.items()} if isinstance(axes, dict) else {},
        attributes=root.attributes,
        steps=tuple(_texts(root, "step")),
        rules=tuple(_texts(root, "r")),
        persona={name: text for name in PERSONA for text in list(_texts(persona, name))[:1]},
        items=tuple(map(_item, root.all("item"))),
        prompts={each.attributes.get("id", ""): each.text for each in root.all("prompt")},
        text=xml,
    )


def _texts(within: Element, tag: str) -> Iterator[str]:
    return (each.text for each in within.all(tag))


def _item(found: Element) -> AgentItem:
    code, keywords = command_of_item(found.attributes.get("cmd", ""))
    said = {name: found.attributes.get(name, "") for name in ("action", "exec", "workflow")}
    return AgentItem(code, keywords, found.text, **said)
