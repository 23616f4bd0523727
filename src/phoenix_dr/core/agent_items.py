"""The menu and the prompts of an agent's file against the menu of this version."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.agent import PROMPTS, AgentFile, AgentItem
from phoenix_dr.core.agent_verdict import Checked, Known, cannot, checked, differs
from phoenix_dr.core.menu import ITEMS, route

NUMBERS = {item.code: number for number, item in enumerate(ITEMS, 1)}
OWN_WAY = "PM"
"""The item whose workflow of the project may be missing: Phoenix holds a round table of its own."""
ROOT = "{project-root}/"


def items(agent: AgentFile, known: Known) -> Iterator[Checked]:
    """A row for each item that is done as it stands, else one for each thing that is not."""
    seen: set[str] = set()
    for number, item in enumerate(agent.items, 1):
        name = item.code or str(number)
        odd = [*_code(item, number, seen), *_handler(item, agent, known), *_keywords(item)]
        seen.add(item.code)
        yield from odd or [checked("item", name, "item", label=item.label)]
    for code in NUMBERS.keys() - seen:
        yield differs("item", code, "item-missing", number=NUMBERS[code])


def prompts(agent: AgentFile) -> Iterator[Checked]:
    """Every prompt: one that no item leads to is never followed."""
    used = {item.action.removeprefix("#") for item in agent.items}
    for name in agent.prompts:
        if name in used:
            yield checked("prompt", name, "prompt")
        else:
            yield differs("prompt", name, "prompt-unused")


def _code(item: AgentItem, number: int, seen: set[str]) -> Iterator[Checked]:
    if not item.code:
        yield cannot("item", str(number), "cmd-form")
    elif item.code not in NUMBERS:
        yield cannot("item", item.code, "item-unknown", known=", ".join(NUMBERS))
    elif item.code in seen:
        yield differs("item", item.code, "item-twice")
    elif number != NUMBERS[item.code]:
        yield differs("item", item.code, "number", here=NUMBERS[item.code], there=number)


def _handler(item: AgentItem, agent: AgentFile, known: Known) -> Iterator[Checked]:
    wanted = PROMPTS.get(item.code)
    if item.workflow:
        yield cannot("item", item.code, "workflow", path=item.workflow)
    if item.exec:
        yield from _exec(item, known)
    if item.action.startswith("#"):
        named = item.action[1:]
        if named not in agent.prompts:
            yield cannot("item", item.code, "no-prompt", prompt=named)
        elif wanted is not None and named != wanted:
            yield differs("item", item.code, "other-prompt", prompt=named, wanted=wanted)
    elif wanted is not None and not (item.action or item.exec or item.workflow):
        yield differs("item", item.code, "no-handler")


def _exec(item: AgentItem, known: Known) -> Iterator[Checked]:
    path = item.exec
    if not path.startswith(ROOT) or ".." in path.split("/"):
        yield cannot("item", item.code, "exec-outside", path=path)
    elif path not in known.files:
        say = differs if item.code == OWN_WAY else cannot
        yield say("item", item.code, f"exec-missing-{say.__name__}", path=path)


def _keywords(item: AgentItem) -> Iterator[Checked]:
    if item.code not in NUMBERS:
        return
    for word in item.keywords:
        meant = route(word)
        if meant.item is None:
            yield differs("item", item.code, "keyword-unknown", keyword=word)
        elif meant.item.code != item.code:
            yield differs(
                "item", item.code, "keyword-elsewhere", keyword=word, there=meant.item.code
            )
