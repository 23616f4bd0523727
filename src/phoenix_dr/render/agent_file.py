"""The file by which an LLM host embodies Phoenix: our menu, the real commands, this estate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phoenix_dr.core.agent import ICON, NAME, PROMPTS, keywords
from phoenix_dr.core.agent_mark import marked
from phoenix_dr.core.agent_values import Values
from phoenix_dr.core.menu import ITEMS, MenuItem
from phoenix_dr.errors import UsageError
from phoenix_dr.render.agent_text import names, path, phrase
from phoenix_dr.render.phrases import sentence

LARGEST = 12_000
"""Characters of the whole file: a host loads it at the start of every session."""
AFFINITY: Mapping[str, str] = {
    "reasoning": "high", "context_window": "medium", "speed": "medium", "cost": "medium",
}  # fmt: skip
RULES = (
    "real", "guardrail", "signature", "exit", "act", "length", "reasoning", "ask", "impact",
    "siblings", "oss", "names",
)  # fmt: skip
NEEDS = {"SP": "proxmox_host", "LB": "cluster"}
"""Items that speak of engines this estate may do without, and the placeholder of those."""


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What the file says of this place.

    `home` is the project's folder of definitions, `documents` where ours lie, `workflow` the
    project's own round table, "" when it has none.
    """

    estate: str
    values: Values
    documents: str
    home: str = "_bmad"
    workflow: str = ""


def agent_file(facts: AgentFacts, language: str) -> str:
    """The whole file. Raises UsageError (agent-too-large) when paths leave no room for the rest."""
    say = _Say(facts, language)
    body = "\n".join([*_front(language), "```xml", *_xml(say), "```", ""])
    text = marked(body, sentence(language, "agent.file.mark"))
    if len(text) > LARGEST:
        raise UsageError("agent-too-large", size=len(text), most=LARGEST)
    return text


class _Say:
    """Phrases of the file with everything of this place filled in."""

    def __init__(self, facts: AgentFacts, language: str) -> None:
        self.facts, self.language = facts, language
        told = facts.values
        listed = {name: names(language, told[name]) for name in told if name != "infra_dir"}
        self.filled = {
            **listed,
            "estate": names(language, [facts.estate]),
            "infra_dir": path("".join(told["infra_dir"])),
            "documents": path(facts.documents),
            "home": facts.home,
        }
        for name, of in (("proxmox", "proxmox_host"), ("cluster", "cluster")):
            said = phrase(language, name if told[of] else f"no-{name}", **self.filled)
            self.filled[f"{name}_told"] = said

    def __call__(self, code: str) -> str:
        """The phrase `agent.file.CODE`."""
        return phrase(self.language, code, **self.filled)


def _front(language: str) -> Iterator[str]:
    yield "---"
    yield f"name: {json.dumps(NAME)}"
    described = sentence(language, "agent.file.description")
    yield f"description: {json.dumps(described, ensure_ascii=False)}"
    yield "model_affinity:"
    yield from (f"  {axis}: {degree}" for axis, degree in AFFINITY.items())
    yield from ("---", "", sentence(language, "agent.file.begin"), "")


def _xml(say: _Say) -> Iterator[str]:
    yield f'<agent id="{NAME}.agent.yaml" name="Phoenix" title="{say("title")}" icon="{ICON}">'
    yield '<activation critical="MANDATORY">'
    yield from (f'<step n="{n}">{say(f"step.{n}")}</step>' for n in range(1, 8))
    yield "<rules>"
    yield from (f"<r>{say(f'rule.{name}')}</r>" for name in RULES)
    yield from ("</rules>", "</activation>", "<persona>")
    yield f"<role>{say('role')}</role>"
    yield f"<identity>{say('identity')}</identity>"
    yield f"<communication_style>{say('style')}</communication_style>"
    yield "<principles>"
    yield from (f"- {say(f'principle.{n}')}" for n in range(1, 7))
    yield from ("</principles>", "</persona>", "<menu>", *(_item(item, say) for item in ITEMS))
    yield from ("</menu>", "<prompts>")
    for code, name in PROMPTS.items():
        if code != "PM" or not say.facts.workflow:
            yield f'<prompt id="{name}">\n{say(f"prompt.{_form(code, say)}")}\n</prompt>'
    yield from ("</prompts>", "</agent>")


def _item(item: MenuItem, say: _Say) -> str:
    cmd = f"{item.code} or fuzzy match on {' or '.join(keywords(item))}"
    label = sentence(say.language, f"menu.item.{item.code}")
    return f'<item cmd="{cmd}"{_leads(item.code, say)}>[{item.code}] {label}</item>'


def _leads(code: str, say: _Say) -> str:
    """The attribute by which an item leads to what it does; MH, CH and DA have none."""
    if code == "PM" and say.facts.workflow:
        return f' exec="{{project-root}}/{say.facts.workflow}"'
    return f' action="#{PROMPTS[code]}"' if code in PROMPTS else ""


def _form(code: str, say: _Say) -> str:
    """A prompt has another form where the estate has nothing it could speak of."""
    needed = NEEDS.get(code)
    return code if needed is None or say.facts.values[needed] else f"{code}.none"
