"""The definition of an agent for a BMAD or Grimoire project, as values.

An LLM host loads such a file and embodies the agent: front matter, steps of activation, rules, a
persona, a menu, prompts (seed-ecosystem.md F1 and section 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from phoenix_dr.core.menu import MenuItem, route

NAME = "backup-dr-specialist"
FILE = f"{NAME}.md"
ICON = "🏰"
AXES = ("reasoning", "context_window", "speed", "cost")
DEGREES = ("high", "medium", "low")
PERSONA = ("role", "identity", "communication_style", "principles")
PROMPTS: Mapping[str, str] = MappingProxyType({
    "AB": "audit-backup", "SP": "snapshot-ops", "LB": "longhorn-backup", "DR": "dr-plan",
    "RT": "retention-ops", "TR": "test-restore", "KS": "key-safety", "PM": "round-table",
})  # fmt: skip
"""The prompt each item of the menu leads to; items without one are told by the steps."""
SUREST, STEM, MOST_KEYWORDS = 3, 4, 4
"""Weight of a word that names an item by itself; letters two words must share to be of one stem."""
_CMD = re.compile(r"\s*(?P<code>\S{1,8})(?:\s+or\s+fuzzy\s+match\s+on\s+(?P<words>\S.*))?\s*")
_BETWEEN = re.compile(r"\s+or\s+|\s*,\s*")
_LONGEST_CMD = 500
"""Characters of a cmd that is still read; the longest known has 52."""
_COMMAND = re.compile(r"`phoenix((?: [^`\n]+)?)`")


@dataclass(frozen=True, slots=True)
class AgentItem:
    """A line of an agent's menu: `code` "" when its cmd has another grammar.

    Of `action`, `exec` and `workflow` the ones that are not there are "".
    """

    code: str
    keywords: tuple[str, ...]
    label: str
    action: str = ""
    exec: str = ""
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class AgentFile:
    """What an agent's file says; `text` is all of its XML, for what may stand anywhere."""

    name: str
    description: str
    affinity: Mapping[str, str]
    attributes: Mapping[str, str]
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    persona: Mapping[str, str]
    items: tuple[AgentItem, ...]
    prompts: Mapping[str, str]
    text: str = field(repr=False)


def command_of_item(cmd: str) -> tuple[str, tuple[str, ...]]:
    """The code and keywords of `AB or fuzzy match on audit-backup, coverage or gaps`.

    The code is "" for a text of another form.
    """
    found = _CMD.fullmatch(cmd) if len(cmd) <= _LONGEST_CMD else None
    if found is None:
        return "", ()
    said = _BETWEEN.split(found["words"].strip()) if found["words"] else []
    return found["code"].strip("[]").upper(), tuple(word for word in said if word)


def commands(text: str) -> tuple[str, ...]:
    """The command lines of ours a text has between backticks, each once, without `phoenix`."""
    return tuple(dict.fromkeys(found.strip() for found in _COMMAND.findall(text)))


def keywords(item: MenuItem) -> tuple[str, ...]:
    """The surest words for an item of our menu, no two of one stem."""
    chosen: list[str] = []
    for word, weight in item.words.items():
        new = all(word[:STEM] != each[:STEM] for each in chosen)
        if weight == SUREST and new and route(word).item is item:
            chosen.append(word)
    return tuple(chosen[:MOST_KEYWORDS])
