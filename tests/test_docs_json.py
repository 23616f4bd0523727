"""What the command pages say about --json is what the commands print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from build_app import House, house
from build_docs import DOCS

COMMANDS = (
    "config check", "inventory", "observe", "backup", "engine check --read 1/2", "canary beat",
    "drill run photos", "drill report", "drill gc", "dr plan --show", "keys show", "keys prove",
    "audit", "evidence list", "evidence show 1", "evidence verify",
    "init --defaults --output other.yaml", "retention simulate --days 8", "retention show",
    "oss compare",
    "generate cron",
)  # fmt: skip


def shapes(page: str) -> list[set[str]]:
    """Sets of keys a page writes as `{a, b, c}`."""
    forms = re.findall(r"`\{([^{}`]*)\}`", page)
    return [set(re.findall(r"[a-z_]+", form)) for form in forms]


def printed(answer: Any) -> Iterator[set[str]]:
    """Keys of an answer, or of the first thing in a list."""
    first = answer[0] if isinstance(answer, list) else answer
    yield set(first)
    for key in ("score", "copies", "records"):
        inner = first.get(key)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict) and "place" not in inner:
            yield set(inner)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each command printed, run in this order in one house."""
    built: House = house(tmp_path_factory.mktemp("house"))
    made = {}
    for command in COMMANDS:
        done = built.phoenix(*command.split(), "--json", "--language", "en")
        assert done.code in {0, 3}, (command, done.err)
        made[command] = json.loads(done.out)
    return made


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_the_keys_the_command_prints(answers: dict[str, Any], command: str) -> None:
    page = (DOCS / "commands" / f"{command.split()[0]}.md").read_text(encoding="utf-8")
    known = shapes(page)
    for keys in printed(answers[command]):
        assert keys in known, sorted(keys)


def test_losses_and_score_sum_to_ten(answers: dict[str, Any]) -> None:
    score = answers["audit"]["score"]
    assert sum(loss["milli"] for loss in score["losses"]) + score["milli"] == 10_000


def test_a_page_that_misses_a_key_is_caught() -> None:
    assert shapes("`{ok, run}` and `{a,\n  b_c}`") == [{"ok", "run"}, {"a", "b_c"}]
    assert {"ok", "more"} not in shapes("`{ok, run}`")
