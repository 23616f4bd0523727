"""What of an agent's file this version can do, cannot do, or does otherwise.

The file is judged, never obeyed: nothing here runs or changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phoenix_dr.core.agent import AXES, DEGREES, NAME, PERSONA, AgentFile, commands
from phoenix_dr.core.agent_items import items, prompts
from phoenix_dr.core.agent_rules import (
    BASE,
    EXPECTED,
    STEPS,
    approves,
    rules_in,
    step_in,
    strangers,
)
from phoenix_dr.core.agent_values import ADD
from phoenix_dr.core.agent_verdict import Checked, Known, Verdict, cannot, checked, differs

HOST = frozenset({
    "project-root", "user_name", "communication_language", "document_output_language",
    "output_folder",
})  # fmt: skip
"""Variables an LLM host fills in itself, from the project's configuration."""
_PLACEHOLDER = re.compile(r"\{\{([^{}\n]{1,80})\}\}")
_VARIABLE = re.compile(r"(?<!\{)\{([a-z][a-z_-]{0,60})\}(?!\})")


def check(agent: AgentFile, known: Known) -> tuple[Checked, ...]:
    """A verdict for every part of a file, in the order it stands there."""
    return (
        *_front(agent), *_steps(agent), *_rules(agent), *_persona(agent), *items(agent, known),
        *prompts(agent), *_placeholders(agent, known), *_commands(agent, known),
    )  # fmt: skip


def covered(rows: tuple[Checked, ...]) -> bool:
    """Whether this version does all of it as it stands."""
    return all(row.verdict is Verdict.CAN for row in rows)


def _front(agent: AgentFile) -> Iterator[Checked]:
    if agent.name == NAME:
        yield checked("front", "name", "named", value=agent.name)
    else:
        yield differs("front", "name", "other-name", value=agent.name or "?", wanted=NAME)
    if agent.description:
        yield checked("front", "description", "named", value=agent.description)
    else:
        yield differs("front", "description", "missing")
    for axis in AXES:
        value = agent.affinity.get(axis)
        if value is None:
            yield differs("front", axis, "axis-missing")
        elif value in DEGREES:
            yield checked("front", axis, "axis", value=value)
        else:
            yield cannot("front", axis, "axis-unknown", value=value, known=", ".join(DEGREES))
    for name in ("id", "name", "title", "icon"):
        if value := agent.attributes.get(name):
            yield checked("agent", name, "named", value=value)
        else:
            yield differs("agent", name, "missing")


def _steps(agent: AgentFile) -> Iterator[Checked]:
    left = dict.fromkeys(STEPS)
    for number, text in enumerate(agent.steps, 1):
        step = next((name for name in step_in(text) if name in left), None)
        if step is None:
            yield differs("step", str(number), "step-unknown", text=text[:60])
            continue
        del left[step]
        lacking = [each for each in BASE if each not in text] if step == "base-protocol" else []
        if lacking:
            yield cannot("step", str(number), "base-variables", names=", ".join(lacking))
        else:
            yield checked("step", str(number), f"step-{step}")
    for step in left:
        yield differs("step", "–", "step-missing", step=step)


def _rules(agent: AgentFile) -> Iterator[Checked]:
    stated: set[str] = set(rules_in(agent.persona.get("principles", "")))
    for number, text in enumerate(agent.rules, 1):
        found = rules_in(text)
        stated |= set(found)
        if others := strangers(text):
            yield cannot("rule", str(number), "strangers", names=", ".join(others))
        elif found:
            yield checked("rule", str(number), "rule", rules=", ".join(found))
        else:
            yield differs("rule", str(number), "rule-unknown", text=text[:60])
    for rule in EXPECTED:
        if rule not in stated:
            yield differs("rule", "–", "rule-missing", rule=rule)
    if approves((*agent.steps, *agent.rules, *agent.prompts.values())):
        yield cannot("rule", "–", "approves")


def _persona(agent: AgentFile) -> Iterator[Checked]:
    for name in PERSONA:
        if agent.persona.get(name):
            yield checked("persona", name, "persona")
        else:
            yield differs("persona", name, "missing")


def _placeholders(agent: AgentFile, known: Known) -> Iterator[Checked]:
    for name in dict.fromkeys(found.strip() for found in _PLACEHOLDER.findall(agent.text)):
        value = known.values.get(name)
        if value:
            yield checked("placeholder", name, "value", value=", ".join(value[:3]))
        elif name in ADD:
            yield cannot("placeholder", name, "no-value", add=ADD[name])
        else:
            yield cannot("placeholder", name, "placeholder-unknown", known=", ".join(ADD))
    for name in dict.fromkeys(_VARIABLE.findall(agent.text)):
        if name not in HOST:
            yield differs("placeholder", name, "variable-unknown", known=", ".join(sorted(HOST)))


def _commands(agent: AgentFile, known: Known) -> Iterator[Checked]:
    for words in said(agent):
        if words.split(" ")[0] == "approve":
            continue
        if known.commands.get(words):
            yield checked("command", f"phoenix {words}", "command")
        else:
            yield cannot("command", f"phoenix {words}", "command-unknown")


def said(agent: AgentFile) -> tuple[str, ...]:
    """Every command line of ours that a file has its reader run."""
    texts = (*agent.steps, *agent.rules, *agent.prompts.values())
    return tuple(dict.fromkeys(each for text in texts for each in commands(text)))
