"""What was found of an agent's file, as a table and one line that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from phoenix_dr.core.agent_verdict import Checked, Verdict
from phoenix_dr.render import table
from phoenix_dr.render.view import View

SHOWN = 60
"""Characters of a foreign text that are shown."""
WORDED = {"rules": "agent.rule", "rule": "agent.rule", "step": "agent.step"}
"""Parameters that hold codes, and where their words stand."""


def lines(rows: tuple[Checked, ...], view: View) -> Iterator[str]:
    """Every part with its verdict, then how many there are of each."""
    cells = [
        (
            view.say(f"agent.verdict.{row.verdict}"),
            view.say(f"agent.part.{row.part}"),
            view.safe(_cut(row.name)),
            _why(row, view),
        )
        for row in rows
    ]
    heads = [view.say(f"agent.head.{name}") for name in ("verdict", "part", "name", "why")]
    yield from table.terminal(heads, cells, columns=view.width)
    found = Counter(row.verdict for row in rows)
    yield view.say("agent.counted", {each.value: found[each] for each in Verdict})


def _why(row: Checked, view: View) -> str:
    return view.say(f"agent.why.{row.why}", {k: _worded(k, v, view) for k, v in row.parameters})


def _worded(name: str, value: str | int, view: View) -> str | int:
    if isinstance(value, int):
        return value
    if name in WORDED:
        return view.join(view.say(f"{WORDED[name]}.{code}") for code in value.split(", "))
    return view.safe(_cut(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
