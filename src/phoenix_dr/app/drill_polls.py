"""Asking a started guest until its service answers, wherever the guest runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from phoenix_dr.core.evidence import CheckResult, Level

POLLS = 3
"""How often in a row a guest must be seen running, and its service must answer."""


def answers(
    argv: tuple[str, ...],
    ask: Callable[[], tuple[int, bool]],
    *,
    until: float,
    rest: Callable[[], object],
) -> CheckResult:
    """Whether a service answers several times in a row; KO from `until` (monotonic) on.

    `ask` gives an exit status, and whether to ask again makes no sense. `rest` comes between.
    """
    code, good, asked, over = 0, 0, 0, False
    while not over:
        code, over = ask()
        asked += 1
        good = good + 1 if code == 0 else 0
        over = over or good >= POLLS or (code != 0 and time.monotonic() > until)
        if not over:
            rest()
    facts = (("command", " ".join(argv)), ("exit", code), ("good", good), ("polls", asked))
    return CheckResult("guest-probe", good >= POLLS, Level.STARTS, facts)
