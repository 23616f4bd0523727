"""Foreign text cannot disturb a terminal, a Markdown page or a shell."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_report import HOSTILE
from phoenix_dr.render import table, text

ANY_TEXT = some.text(some.characters(codec=None), max_size=40)


@given(ANY_TEXT)
def test_clean_text_is_one_harmless_line(foreign: str) -> None:
    shown = text.clean(foreign)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any(c in shown for c in "\u2028\u2029\u202a\u202e\u2066\u200b")
    assert shown.encode().decode() == shown


def test_what_is_hidden_is_shown_as_its_number() -> None:
    assert text.clean("a\n\x1b[0m\udcff\u202e") == "a\\n\\x1b[0m\\xff\\u202e"
    assert text.clean("déjà vu\u202f: 3\u00a0€") == "déjà vu\u202f: 3\u00a0€"


def test_markdown_means_nothing_any_more() -> None:
    shown = text.markdown(HOSTILE)
    assert shown == "a\\|b\\\\nc\\\\x1b\\[31m\\`d\\`&lt;!-- e\\\\u202e\\\\xff\\*\\[f\\](g)"


@pytest.mark.parametrize(
    ("foreign", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a\nb", "`a\\nb`")],
)
def test_code_spans_hold_any_text(foreign: str, span: str) -> None:
    assert text.code(foreign) == span


@given(some.binary(min_size=1, max_size=20).filter(lambda raw: b"\0" not in raw))
def test_shell_words_mean_themselves(raw: bytes) -> None:
    word = text.shell(os.fsdecode(raw))
    assert text.clean(word) == word
    run = subprocess.run(
        ["bash", "-c", f"printf %s {word}"], capture_output=True, check=True, timeout=10
    )
    assert run.stdout == raw


def test_credentials_are_left_out_of_addresses() -> None:
    assert text.redact("rest:https://me:p@ss@host/x") == "rest:https://host/x"
    assert text.redact("sftp:me@host:/x") == "sftp:me@host:/x"


@pytest.mark.parametrize(("shown", "columns"), [("✅", 2), ("⚠️", 2), ("é", 1), ("e\u0301", 1)])
def test_width_counts_terminal_columns(shown: str, columns: int) -> None:
    assert text.width(shown) == columns


@given(some.text(some.sampled_from("ab é✅"), max_size=60), some.integers(2, 30))
def test_wrapping_keeps_the_words_and_the_width(words: str, columns: int) -> None:
    lines = text.wrap(words, columns)
    assert all(text.width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


CELLS = some.text(some.sampled_from("abc é✅|"), max_size=60)


@given(some.lists(some.tuples(CELLS, CELLS, CELLS), max_size=4), some.integers(30, 100))
def test_a_terminal_table_is_straight_and_never_too_wide(
    rows: list[tuple[str, str, str]], columns: int
) -> None:
    lines = table.terminal(("One", "Two", "Three"), rows, columns=columns)
    assert len({text.width(line) for line in lines}) == 1
    assert text.width(lines[0]) <= columns


def test_french_punctuation_never_starts_a_line() -> None:
    said = "comparés par empreinte : tous « bons » ; non ?"
    for columns in range(14, 40):
        assert not [
            line
            for line in text.wrap(said, columns)
            if line.startswith((":", ";", "»", "?")) or line.endswith("«")
        ]


def test_headings_stay_whole_while_cells_wrap() -> None:
    lines = table.terminal(
        ("Effective RPO", "Backup"), [("9 h", "some long words " * 4)], columns=40
    )
    assert lines[0].startswith("| Effective RPO | Backup")
    assert len(lines) > 3


def test_an_endless_cell_is_cut() -> None:
    lines = table.terminal(("A", "B"), [("x" * 5_000, "y")], columns=40)
    assert len(lines) <= 7
    assert "…" in lines[-1]
