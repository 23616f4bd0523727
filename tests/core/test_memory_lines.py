"""Rows in a project's memory: written in the project's own form, once, read back."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.memory_lines import (
    Contradiction,
    Decision,
    Handoff,
    handoffs,
    learnings,
    with_contradiction,
    with_decision,
    with_handed,
    with_handoff,
    with_learning,
    with_merged_learnings,
)

DAY = date(2026, 11, 23)
SENT = Handoff(datetime(2026, 11, 23, 14, 5), "phoenix", "forge", "configurer vzdump")  # noqa: DTZ001


def test_a_first_handoff_gets_a_head_and_a_later_one_none() -> None:
    first = with_handoff("", SENT)
    assert first.splitlines()[0] == "| Date | Transfert | Demande | Statut |"
    assert first.splitlines()[-1] == (
        "| 2026-11-23 14:05 | phoenix → forge | configurer vzdump | ⏳ |"
    )
    bare = "| 2026-01-01 10:00 | hawk → phoenix | autre | ✅ |"
    assert with_handoff(bare, SENT) == f"{bare}\n{first.splitlines()[-1]}\n"


def test_an_open_handoff_is_there_once_and_its_mark_is_turned() -> None:
    text = with_handoff("", SENT)
    assert with_handoff(text, SENT) == text
    done = with_handed(text, SENT)
    assert done == text.replace("⏳", "✅")
    assert [row.done for row in handoffs(done)] == [True]
    assert with_handed(done, SENT) == done
    again = with_handoff(done, SENT)
    assert [row.done for row in handoffs(again)] == [True, False]


@given(st.text(max_size=40))
def test_a_handoff_is_read_back_whatever_it_says(said: str) -> None:
    sent = Handoff(SENT.at, "phoenix", "helm", said)
    [read] = handoffs(with_handoff("", sent))
    assert (read.source, read.target, read.done, read.at) == ("phoenix", "helm", False, SENT.at)
    assert with_handoff(with_handoff("", sent), sent) == with_handoff("", sent)


def test_a_decision_stands_below_its_day_with_what_was_refused() -> None:
    made = with_decision(
        "# Décisions\n\n## 2026-11-01\n\n- [2026-11-01] [forge] autre\n",
        Decision(DAY, "restic pour les fichiers", "chiffré, dédupliqué", ("script maison",)),
    )
    assert made.endswith(
        "## 2026-11-23\n\n- [2026-11-23] [phoenix] restic pour les fichiers — chiffré, dédupliqué"
        " | Écarté : script maison\n"
    )
    same = Decision(date(2026, 12, 1), "restic pour les fichiers", "encore")
    assert with_decision(made, same) == made


def test_a_learning_much_like_another_is_one() -> None:
    text = "# Learnings\n\n> note\n\n- [2026-01-01] Le snapshot Longhorn n'est pas une copie\n"
    longer = "Le snapshot Longhorn n'est pas une copie !!"
    assert with_learning(text, "Le snapshot Longhorn n'est pas une copi", day=DAY) == text
    assert with_learning(text, longer, day=DAY) == text.replace(
        "[2026-01-01] Le snapshot Longhorn n'est pas une copie", f"[2026-11-23] {longer}"
    )
    assert with_learning(text, "tout autre chose", day=DAY) == (
        f"{text}- [2026-11-23] tout autre chose\n"
    )


def test_a_contradiction_is_active_once() -> None:
    found = Contradiction(DAY, "CT 215 sauvegardé", "aucun job ne le prend | nulle part")
    made = with_contradiction("# Log\n\n## Contradictions Actives\n", found)
    new = "aucun job ne le prend \\| nulle part"
    row = f"| 2026-11-23 | phoenix | CT 215 sauvegardé | {new} | ⏳ actif | |"
    assert made.splitlines()[-1] == row
    assert made.count("Ancienne mémoire") == 1
    assert with_contradiction(made, found) == made
    other = with_contradiction(made, Contradiction(DAY, "a", "b"))
    assert other.count("Ancienne mémoire") == 1
    assert len(other.splitlines()) == len(made.splitlines()) + 1


def test_learnings_that_name_different_things_are_two() -> None:
    one = with_learning("", "The drill of `wiki/pages` failed: `restore`", day=DAY)
    both = with_learning(one, "The drill of `wiki/photo` failed: `restore`", day=DAY)
    assert len(learnings(both)) == 2
    assert with_merged_learnings(both) == both
    longer = with_learning(both, "The drill of `wiki/photo` failed: `restore` again", day=DAY)
    assert len(learnings(longer)) == 2
