"""Which of our rules and steps a text of an agent's file is, in French or English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from phoenix_dr.core.request_lines import Sibling


def _patterns(**said: str) -> Mapping[str, re.Pattern[str]]:
    made = {name.replace("_", "-"): re.compile(text, re.I) for name, text in said.items()}
    return MappingProxyType(made)


def _to(sibling: str) -> str:
    """A protocol with one sibling; the list of all of them is another rule."""
    return rf"phoenix\s*[→↔]\s*{sibling}\b(?!\s*\|)"


RULES = _patterns(
    length=r"\b250 tokens\b",
    guardrail=r"\bguardrail\b|\bgarde-fou\b",
    inter_agent=r"\binter-agents?\b",
    impact=r"\bdependency-graph\.md\b",
    flow=_to("flow"),
    hawk=_to("hawk"),
    helm=_to("helm"),
    vault=_to("vault"),
    forge=_to("forge"),
    oss_first=r"\boss[- ]first\b",
    three_two_one=r"\b3-2-1\b",
)
PHASES = tuple(re.compile(each, re.I) for each in ("INVENT", "V[ÉE]RIF", "PLAN", "VALID", "DOCUM"))
"""The phases of reasoning, in their order, in a text of either language."""
REASONING = "reasoning"
EXPECTED = (*RULES, REASONING)
"""Rules of the seed that hold here, whatever a file says; 3-2-1 may stand among the principles."""
OWN_RULES = _patterns(
    real_output=r"\bonly real\b|\brien que du réel\b",
    exit_codes=r"\bexit codes?\b|\bcodes? de sortie\b",
    signature=r"`phoenix approve`",
    acts=r"--config FILE",
    foreign_names=r"\bnames of the estate stand\b|\bnoms du parc sont\b",
)
"""Rules only our own file has."""
STEPS = _patterns(
    persona=r"\bpersona\b",
    base_protocol=r"\bagent-base\.md\b",
    user_name=r"\{user_name\}",
    greeting=r"\{communication_language\}",
    wait=r"\bSTOP\b",
    input=r"Non reconnu|Not recognized",
    handlers=r"\bexec\b",
)
"""The steps of an activation, in order."""
BASE = ("AGENT_TAG=phoenix", "AGENT_NAME=Phoenix", "LEARNINGS_FILE=backup-dr", "DOMAIN_WORD=")
"""What the base protocol must be told of this agent."""
_TARGETS = re.compile(r"phoenix\s*[→↔]\s*([A-Za-z]+(?:\s*\|\s*[A-Za-z]+)*)", re.I)
_APPROVES = re.compile(r"\bphoenix\s+approve\b", re.I)
_FORBIDS = re.compile(r"\b(?:never|jamais)\b", re.I)
_SENTENCE = re.compile(r"(?<=[.!?:;\n])\s+")


def rules_in(text: str) -> tuple[str, ...]:
    """The rules a text states, ours included."""
    known = {**RULES, **OWN_RULES}
    found = tuple(name for name, pattern in known.items() if pattern.search(text))
    return (*found, REASONING) if _reasons(text) else found


def _reasons(text: str) -> bool:
    """Whether the phases stand there in their order."""
    at = 0
    for phase in PHASES:
        found = phase.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def step_in(text: str) -> tuple[str, ...]:
    """The steps a text may be, the likeliest first: a greeting names the user, too."""
    found = [name for name, pattern in STEPS.items() if pattern.search(text)]
    return tuple(sorted(found, key=lambda name: name == "user-name"))


def strangers(text: str) -> tuple[str, ...]:
    """Whom a text has us ask for something although they are none of our siblings."""
    said = (name.strip().lower() for found in _TARGETS.findall(text) for name in found.split("|"))
    return tuple(dict.fromkeys(name for name in said if name not in {*Sibling}))


def approves(texts: Iterable[str]) -> bool:
    """Whether a sentence speaks of signing a loss and does not forbid it."""
    sentences = (each for text in texts for each in _SENTENCE.split(text))
    return any(_APPROVES.search(each) and not _FORBIDS.search(each) for each in sentences)
