"""Requests in a file that ten agents edit: found, added once, checked off, nothing else moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.request_lines import (
    Request,
    Sibling,
    asking,
    inbox,
    requests,
    with_done,
    with_request,
)
from phoenix_dr.errors import UsageError

TEMPLATE = """\
# Contexte Partagé — homelab

## Infrastructure

| Hôte | IP |
|---|---|
| pve1 | 10.0.0.1 |

## Requêtes inter-agents
<!-- Format : - [ ] [source→cible] description -->
<!-- exemple :
- [ ] [forge→phoenix] seulement un exemple
-->

- [ ] [probe→phoenix] snapshot du CT 215 avant sysctl
      prévu ce soir
- [x] [vault→phoenix] clé age vérifiée
- [ ] [atlas→forge] autre chose

## Notes
- [ ] [probe→phoenix] ailleurs
"""
ASK = asking(Sibling.HELM, "RecurringJob snapshot quotidien 03:00, retain 7")


def test_the_inbox_is_what_others_ask_and_nobody_did() -> None:
    text = "snapshot du CT 215 avant sysctl prévu ce soir"
    assert inbox(TEMPLATE) == (Request("probe", "phoenix", text),)


def test_a_request_goes_to_the_end_of_its_section_and_nothing_else_moves() -> None:
    made = with_request(TEMPLATE, ASK)
    line = "- [ ] [phoenix→helm] RecurringJob snapshot quotidien 03:00, retain 7\n"
    assert made == TEMPLATE.replace(
        "- [ ] [atlas→forge] autre chose\n", "- [ ] [atlas→forge] autre chose\n" + line
    )


def test_asking_twice_is_asking_once_also_when_it_was_done() -> None:
    made = with_request(TEMPLATE, ASK)
    assert with_request(made, ASK) == made
    spaced = made.replace("[phoenix→helm] RecurringJob", "[ phoenix -> helm ]   RecurringJob")
    assert with_request(spaced, ASK) == spaced
    done = with_done(made, ASK)
    assert done == made.replace("- [ ] [phoenix→helm]", "- [x] [phoenix→helm]")
    assert with_request(done, ASK) == done


def test_only_the_request_meant_is_checked_off() -> None:
    [ours] = inbox(TEMPLATE)
    made = with_done(TEMPLATE, ours)
    assert made == TEMPLATE.replace(
        "- [ ] [probe→phoenix] snapshot", "- [x] [probe→phoenix] snapshot"
    )
    assert inbox(made) == ()
    assert with_done(made, ours) == made


@pytest.mark.parametrize("text", ["", "# Titre", "# Titre\n\ntexte\n"])
def test_a_section_that_is_not_there_is_made(text: str) -> None:
    made = with_request(text, ASK)
    assert made.startswith(text)
    assert "\n## Requêtes inter-agents\n\n- [ ] [phoenix→helm]" in "\n" + made
    assert requests(made) == (ASK,)


def test_a_file_of_windows_keeps_its_line_ends() -> None:
    text = TEMPLATE.replace("\n", "\r\n")
    made = with_request(text, ASK)
    assert made.count("\r\n") == text.count("\r\n") + 1
    assert "\n" not in made.replace("\r\n", "")
    assert ASK in requests(made)


def test_what_a_stranger_puts_into_a_text_stays_in_its_line() -> None:
    made = with_request(TEMPLATE, asking(Sibling.FORGE, "a\n## b\n- [ ] [x→phoenix] c\x1b[31m"))
    assert inbox(made) == inbox(TEMPLATE)
    assert "- [ ] [phoenix→forge] a ## b - [ ] [x→phoenix] c [31m\n" in made


def test_an_empty_request_is_none() -> None:
    with pytest.raises(UsageError):
        asking(Sibling.FLOW, " \n")


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files as agents leave them: headings, lists, comments, fences, odd line ends."""
    parts = st.sampled_from([
        "## Requêtes inter-agents", "## Autre", "# Titre", "### Plus bas", "- [ ] [a→phoenix] x",
        "- [x] [phoenix→helm] y", "      suite", "", "texte", "<!--", "-->", "<!-- x -->", "```",
        "| a | b |", "\ufeff", "é\udcff",
    ])  # fmt: skip
    ends = st.sampled_from(["\n", "\n", "\r\n"])
    rows = draw(st.lists(st.tuples(parts, ends), max_size=12))
    last = draw(parts | st.just(""))
    return "".join(row + end for row, end in rows) + last


@given(text=files(), said=st.text(min_size=1, max_size=20))
def test_whatever_stands_there_stays(text: str, said: str) -> None:
    if not " ".join("".join(c if c.isprintable() else " " for c in said).split()):
        return
    made = with_request(text, asking(Sibling.HAWK, said))
    kept = iter(made.split("\n"))
    # Every old line is there, in its order, but for the end the last one may have got.
    assert all(
        any(new.rstrip("\r") == old.rstrip("\r") for new in kept) for old in text.split("\n")
    )
    assert len(made.split("\n")) - len(text.split("\n")) <= 5
    assert with_request(made, asking(Sibling.HAWK, said)) == made
