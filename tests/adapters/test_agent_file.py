"""An agent's file from anybody: what is no such file, or means harm, is refused by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_agent import SEED_FORM
from phoenix_dr.adapters.agent_file import parse_agent, read_agent
from phoenix_dr.adapters.agent_file.files import LARGEST
from phoenix_dr.errors import UsageError

SOUND = SEED_FORM.read_text(encoding="utf-8")
XML = "```xml\n"


def refusal(text: str) -> str:
    """The code a text is refused with."""
    with pytest.raises(UsageError) as caught:
        parse_agent(text)
    return caught.value.code


def test_the_seeds_form_is_read_whole() -> None:
    agent = parse_agent(SOUND)
    assert (agent.name, agent.attributes["title"]) == ("backup-dr-specialist", "Backup & recovery")
    assert dict(agent.affinity) == {
        "reasoning": "high", "context_window": "medium", "speed": "medium", "cost": "low",
    }  # fmt: skip
    assert [len(each) for each in (agent.steps, agent.rules, agent.items, agent.prompts)] == [
        7, 11, 11, 7,
    ]  # fmt: skip
    assert agent.items[-1].keywords == ("exit", "leave", "goodbye", "dismiss agent")
    assert (agent.items[2].code, agent.items[2].action) == ("AB", "#audit-backup")
    assert "```" in agent.prompts["audit-backup"]
    assert agent.rules[0].startswith("At most 250 tokens < one screen")


@pytest.mark.parametrize("before", ["\ufeff", "\n\n", "<!-- one -->\n<!-- two\nlines -->\n", ""])
def test_comments_and_blanks_may_stand_above(before: str) -> None:
    assert parse_agent(before + SOUND) == parse_agent(SOUND)
    assert parse_agent((before + SOUND).replace("\n", "\r\n")).items == parse_agent(SOUND).items


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("---\nname", "name", "agent-file-form"),
        ("<!-- ARCHETYPE", "Prose.\n<!-- ARCHETYPE", "agent-file-form"),
        (XML, "```yaml\n", "agent-file-form"),
        ("</agent>\n```", "</agent>", "agent-file-form"),
        ("</agent>\n```", "</agent>\n```\n```xml\n<agent/>\n```", "agent-file-form"),
        (XML, XML + "<wrap>", "agent-file-xml"),
        ("<agent id", "<skill id", "agent-file-xml"),
        ("</menu>", "", "agent-file-xml"),
        ("&lt; one", "&nbsp; one", "agent-file-xml"),
        ('model_affinity:\n', 'model_affinity: {\n', "agent-file-front"),
        ('description: "', 'name: "', "agent-file-front"),
    ],
)  # fmt: skip
def test_other_forms_are_told(old: str, new: str, code: str) -> None:
    assert old in SOUND
    assert refusal(SOUND.replace(old, new, 1)) == code


def test_a_fault_is_told_by_its_line_in_the_file() -> None:
    broken = SOUND.replace("<role>", "<rôle>")
    with pytest.raises(UsageError) as caught:
        parse_agent(broken)
    at = next(n for n, line in enumerate(broken.splitlines(), 1) if "<rôle>" in line)
    assert (caught.value.code, caught.value.parameters["line"]) == ("agent-file-xml", at)


@pytest.mark.parametrize(
    ("head", "inside", "code"),
    [
        ('<!DOCTYPE agent [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', "&b;", "agent-file-doctype"),
        ('<!DOCTYPE agent [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;", "agent-file-doctype"),
        ('<!DOCTYPE agent SYSTEM "http://127.0.0.1/x.dtd">', "", "agent-file-doctype"),
        ("<?include /etc/passwd?>", "", "agent-file-doctype"),
        ("", "<a>" * 40 + "</a>" * 40, "agent-file-bounds"),
        ("", "<a/>" * 3000, "agent-file-bounds"),
        ("", "<r>x</r>" * 300, "agent-file-bounds"),
        ("", '<item cmd="AB"/>' * 100, "agent-file-bounds"),
        (
            "",
            f'<item cmd="AB or fuzzy match on {", ".join("abcdefghijklmnopqrstuvwxyz")}"/>',
            "agent-file-bounds",
        ),
        ("", "{{x}}" * 600, "agent-file-bounds"),
        ("", "`phoenix audit`" * 300, "agent-file-bounds"),
        ("", "<a " + " ".join(f'b{n}=""' for n in range(40)) + "/>", "agent-file-bounds"),
    ],
)
def test_xml_that_means_harm_is_refused(head: str, inside: str, code: str) -> None:
    text = SOUND.replace(XML, XML + head, 1).replace("<role>", f"<role>{inside}", 1)
    assert refusal(text) == code


def test_what_is_no_small_text_file_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large, odd = tmp_path / "large", tmp_path / "odd"
    large.write_bytes(b" " * (LARGEST + 1))
    odd.write_bytes(SOUND.encode() + b"\xff")
    for path, code in ((pipe, "unread"), (tmp_path, "unread"), (tmp_path / "none", "unread"),
                       (large, "large"), (odd, "unread")):  # fmt: skip
        with pytest.raises(UsageError) as caught:
            read_agent(path)
        assert caught.value.code == f"agent-file-{code}", path
    assert read_agent(SEED_FORM).name


@pytest.mark.parametrize("mass", ["```xml\n", "<!--", "<!-- -->", " ", "---\n", "<a>", "\n", "`"])
def test_masses_of_anything_end_soon(mass: str) -> None:
    many = mass * (LARGEST // len(mass))
    assert refusal(many).startswith("agent-file-")
    cmd = SOUND.replace("MH or fuzzy", f"MH{' ' * 100_000}or fuzzy", 1)
    assert parse_agent(cmd).items[0].code == ""


@given(st.integers(0, len(SOUND)), st.text(max_size=12), st.integers(0, 60))
def test_any_damage_is_read_or_refused(at: int, put: str, cut: int) -> None:
    told = "agent-file-"
    try:
        parse_agent(SOUND[:at] + put + SOUND[at + cut :])
    except UsageError as error:
        told = error.code
    assert told.startswith("agent-file-")
