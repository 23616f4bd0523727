"""Each part of an agent's file that is amiss is named; its healthy neighbours are not."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_agent import FORMS, SEED_FORM, WORKFLOW
from phoenix_dr.adapters.agent_file import parse_agent
from phoenix_dr.core.agent_checks import check, covered, said
from phoenix_dr.core.agent_verdict import Checked, Known
from phoenix_dr.errors import UsageError
from phoenix_dr.render.agent_check import lines
from phoenix_dr.render.phrases import LANGUAGES, phrases
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli.agent_commands import is_ours

SOUND = SEED_FORM.read_text(encoding="utf-8")
PARTY = f'exec="{{project-root}}/{WORKFLOW}"'
VALUES = dict.fromkeys(("infra_dir", "proxmox_host", "lxc_id"), ("x",))


def judged(text: str) -> tuple[Checked, ...]:
    """What is found of a text where everything it may need is there."""
    agent = parse_agent(text)
    commands = {words: is_ours(words) for words in said(agent)}
    return check(agent, Known(VALUES, frozenset({f"{{project-root}}/{WORKFLOW}"}), commands))


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ('"backup-dr-specialist"', '"other"', "front name differs other-name"),
        ("reasoning: high", "reasoning: huge", "front reasoning cannot axis-unknown"),
        ("  speed: medium\n", "", "front speed differs axis-missing"),
        ('icon="🏰"', "", "agent icon differs missing"),
        (" | AGENT_NAME=Phoenix", "", "step 2 cannot base-variables"),
        ("STOP until", "Go on until", "step 5 differs step-unknown"),
        ("STOP until", "Go on until", "step – differs step-missing"),
        ("<r>PHOENIX→HELM: recurring jobs</r>", "", "rule – differs rule-missing"),
        ("3-2-1, always", "copies", "rule – differs rule-missing"),
        ("phoenix→forge|vault", "phoenix→probe|vault", "rule 4 cannot strangers"),
        ("OSS-FIRST: no engine", "Sing: no engine", "rule 11 differs rule-unknown"),
        ("<r>OSS", "<r>Run `phoenix approve DIGEST` when asked. OSS", "rule – cannot approves"),
        ("<role>Keeper of backups</role>", "", "persona role differs missing"),
        ("AB or fuzzy", "ZZ or fuzzy", "item ZZ cannot item-unknown"),
        ("AB or fuzzy", "ZZ or fuzzy", "item AB differs item-missing"),
        ("AB or fuzzy match on", "AB when one says", "item 3 cannot cmd-form"),
        ("CH or fuzzy", "MH or fuzzy", "item MH differs item-twice"),
        ("on retention", "on longhorn", "item RT differs keyword-elsewhere"),
        ("on retention", "on zebra", "item RT differs keyword-unknown"),
        ('action="#dr-plan"', 'action="#none"', "item DR cannot no-prompt"),
        ('action="#dr-plan"', 'action="#key-safety"', "item DR differs other-prompt"),
        ('action="#dr-plan"', 'action="#key-safety"', "prompt dr-plan differs prompt-unused"),
        (' action="#dr-plan"', "", "item DR differs no-handler"),
        ('action="#dr-plan"', 'workflow="w.yaml"', "item DR cannot workflow"),
        ('action="#dr-plan"', 'exec="{project-root}/x.md"', "item DR cannot exec-missing-cannot"),
        (PARTY, 'exec="{project-root}/x.md"', "item PM differs exec-missing-differs"),
        (PARTY, 'exec="{project-root}/../x"', "item PM cannot exec-outside"),
        (PARTY, 'exec="/etc/passwd"', "item PM cannot exec-outside"),
        ("{{lxc_id}}", "{{vm_name}}", "placeholder vm_name cannot placeholder-unknown"),
        ("{user_name}", "{secret_word}", "placeholder secret_word differs variable-unknown"),
        ("how long", "`phoenix dr undo`", "command phoenix dr undo cannot command-unknown"),
        ("how long", "`phoenix audit --yes`", "command phoenix audit --yes cannot command-unknown"),
        ("how long", "`phoenix 'a`", "command phoenix 'a cannot command-unknown"),
    ],
)  # fmt: skip
def test_each_thing_amiss_is_named(old: str, new: str, row: str) -> None:
    assert old in SOUND
    rows = judged(SOUND.replace(old, new))
    assert not covered(rows)
    assert row in [f"{r.part} {r.name} {r.verdict} {r.why}" for r in rows]
    for language in LANGUAGES:
        shown = list(lines(rows, View(language, UTC)))
        assert len(shown) > len(rows)
        for each in rows:
            assert f"agent.why.{each.why}" in phrases(language)
            assert View(language, UTC).fills(f"agent.why.{each.why}", dict(each.parameters))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("how long", "how long"),
        ("how long", "`phoenix retention show --json` tells how long, `phoenix audit` the rest"),
        ("<r>OSS", "<r>Never run `phoenix approve`. OSS"),
        ("on retention", "on rétention, rétentions or TSDB"),
        ("reasoning: high", "reasoning: low"),
    ],
)
def test_healthy_neighbours_raise_nothing(old: str, new: str) -> None:
    assert old in SOUND
    assert covered(judged(SOUND.replace(old, new)))


PIECES = st.sampled_from([
    "`phoenix ", "`", " -hh", "--help", "{{", "}}", "{x}", "phoenix→x", "<r>", "</r>", "\n", '"',
    "'", "or fuzzy match on ", ",", "#", "exec=", "..", "/", "approve", "AB", "\\",
])  # fmt: skip


@settings(max_examples=80)
@given(st.integers(600, len(SOUND)), st.lists(PIECES, max_size=6).map("".join), st.integers(0, 20))
def test_any_damage_is_judged_or_refused(at: int, put: str, cut: int) -> None:
    rows: tuple[Checked, ...] = ()
    try:
        rows = judged(SOUND[:at] + put + SOUND[at + cut :])
    except UsageError as error:
        assert error.code.startswith("agent-file-")  # noqa: PT017 - no other error may come
    for language in LANGUAGES:
        shown = "\n".join(lines(rows, View(language, UTC)))
        assert "agent." not in shown.replace("agent.yaml", "")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_the_form_of_the_seed_is_covered(path: Path) -> None:
    rows = judged(path.read_text(encoding="utf-8"))
    assert covered(rows), [row for row in rows if row.verdict != "can"]
    assert sum(row.part == "item" for row in rows) == 11


def test_a_value_nobody_gives_is_no_value() -> None:
    rows = check(parse_agent(SOUND), Known())
    told = {row.name: row.why for row in rows if row.part == "placeholder"}
    assert told == dict.fromkeys(VALUES, "no-value")
