"""What ails a project's memory, and learnings that become one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.memory_health import MANY, OLD, health
from phoenix_dr.core.memory_lines import (
    COMPARED,
    learnings,
    with_merged_learnings,
)

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local, as people write them there
WHOLE = "## Requêtes inter-agents\n\n- [ ] [probe→phoenix] x\n"


def sent(ago: timedelta, *, source: str = "phoenix", mark: str = "⏳") -> str:
    """A row of the log of transfers."""
    return f"| {NOW - ago:%Y-%m-%d %H:%M} | {source} → forge | vzdump | {mark} |\n"


def test_a_memory_in_good_health_says_nothing() -> None:
    handed = sent(timedelta(days=1)) + sent(OLD * 3, mark="✅") + sent(OLD * 3, source="hawk")
    learned = "".join(f"- [2026-01-01] thing {n}\n" for n in range(MANY))
    over = "## Contradictions Actives\n\n| 2026-01-01 | phoenix | a | b | ✅ résolu | c |\n"
    assert health(WHOLE, handed, learned, over, now=NOW) == ()
    assert health(f"<!-- closed -->\n```\nx\n```\n{WHOLE}", "", "", "", now=NOW) == ()


@pytest.mark.parametrize(
    ("context", "handed", "learned", "against", "found"),
    [
        (None, "", "", "", ("context-missing", 1)),
        (f"{WHOLE}<!-- never closed\n", "", "", "", ("context-open", 1)),
        (f"```\n{WHOLE}", "", "", "", ("context-open", 1)),
        (WHOLE, sent(OLD * 2) * 2, "", "", ("handoffs-old", 2)),
        (WHOLE, "", "- [2026-01-01] x\n" * (MANY + 3), "", ("learnings-many", 3)),
        (WHOLE, "", "", "| 2026-01-01 | phoenix | a | b | ⏳ actif | |\n", ("contradictions", 1)),
    ],
)
def test_each_ailment_is_found(
    context: str | None, handed: str, learned: str, against: str, found: tuple[str, int]
) -> None:
    assert health(context, handed, learned, against, now=NOW) == (found,)


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_stands_there_is_read(a: str, b: str, c: str, d: str) -> None:
    assert all(count > 0 for _, count in health(a, b, c, d, now=NOW))


def test_learnings_much_alike_become_the_longest_and_all_else_stays() -> None:
    text = (
        "# Learnings — backup\n\n> quote\n\n"
        "- [2026-01-01] restic needs unlock after a crash\n"
        "- [2026-01-02] the NAS sleeps at night\n"
        "- [2026-01-03] restic needs unlock after a crash.\n"
        "free text stays\n"
    )
    merged = with_merged_learnings(text)
    assert merged == text.replace("- [2026-01-01] restic needs unlock after a crash\n", "")
    assert with_merged_learnings(merged) == merged
    assert len(learnings(merged)) == 2
    assert with_merged_learnings("") == ""


@given(st.lists(st.text(alphabet="ab c\n|-[]", max_size=12), max_size=12))
def test_merging_only_ever_takes_lines_away(said: list[str]) -> None:
    text = "".join(f"- [2026-01-01] {each}\n" for each in said)
    merged = with_merged_learnings(text)
    left = iter(text.splitlines())
    assert all(line in left for line in merged.splitlines())
    assert bool(learnings(text)) == bool(learnings(merged))
    assert len(said) < COMPARED
