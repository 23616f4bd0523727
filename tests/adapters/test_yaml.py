"""Edits of another tool's YAML file: one value changes, every other character stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.adapters import _yaml
from phoenix_dr.errors import EngineError, Refused

PERIOD = ("limits", "period")
FILE = """\
# kept by hand
server:
  port: 3100   # aligned

limits:          # what is kept
  "period": 744h  # a month
  streams:
    # alerts live longer
    - selector: '{level="alert"}'
      priority: 1
      period: 2160h

    - {selector: '{app="x"}', priority: 2, period: 48h}
  # the end of limits

flow: {a: 1, b: [x, y]}
"""


def edit(text: str, key: _yaml.Key, value: object) -> str:
    """The edited text, read back."""
    made = _yaml.assigned(text, key, value)
    data: Any = _yaml.read(made)
    for part in key:
        data = data[part]
    assert data == value
    return made


def differing(before: str, after: str) -> list[str]:
    """Lines of the new text that the old one does not have, in order."""
    old = before.splitlines()
    return [line for line in after.splitlines() if line not in old]


def test_a_value_is_changed_in_its_place() -> None:
    made = edit(FILE, PERIOD, "336h")
    assert made == FILE.replace("744h", "336h")


def test_a_value_of_an_item_is_changed_in_its_place() -> None:
    assert edit(FILE, ("limits", "streams", 0, "period"), "24h") == FILE.replace("2160h", "24h")
    assert edit(FILE, ("limits", "streams", 1, "period"), "24h") == FILE.replace("48h", "24h")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a: '1h'\n", "a: '2h'\n"),
        ('a: "1h" # c\n', 'a: "2h" # c\n'),
        ("a:   1h\n", "a:   2h\n"),
        ("'a': 1h", "'a': 2h"),
        ("a:\n", "a: 2h\n"),
        ("a: # nothing yet\nb: 1\n", "a: 2h # nothing yet\nb: 1\n"),
        ("a: ~\n", "a: 2h\n"),
        ("{a: 1h, b: 2}\n", "{a: 2h, b: 2}\n"),
        ("{b: 2}\n", "{b: 2, a: 2h}\n"),
        ("b: 1\n# end\n", "b: 1\na: 2h\n# end\n"),
        ("b: 1", "b: 1\na: 2h\n"),
        ("b: |\n  text # no comment\n", "b: |\n  text # no comment\na: 2h\n"),
        ("---\nb: 1\n...\n", "---\nb: 1\na: 2h\n...\n"),
        ("b: 1\r\na: 1h # c\r\n", "b: 1\r\na: 2h # c\r\n"),
        ("b: 1\r\n", "b: 1\r\na: 2h\r\n"),
        ("\ufeffa: 1h\n", "\ufeffa: 2h\n"),
        ("b: é😀 # ü\na: 1h\n", "b: é😀 # ü\na: 2h\n"),
        ("base: &x {a: 1h}\nb: *x\na: 1h\n", "base: &x {a: 1h}\nb: *x\na: 2h\n"),
    ],
)
def test_style_quotes_comments_and_line_ends_stay(text: str, made: str) -> None:
    assert edit(text, ("a",), "2h") == made


def test_a_missing_section_is_made_as_a_block() -> None:
    made = edit("a: 1\n", ("limits", "deep", "streams"), [{"selector": '{a="b"}', "priority": 1}])
    assert made.splitlines()[1:] == [
        "limits:",
        "  deep:",
        "    streams:",
        "      - selector: '{a=\"b\"}'",
        "        priority: 1",
    ]


def test_an_item_is_added_behind_the_last_and_before_its_comments() -> None:
    made = _yaml.appended(FILE, ("limits", "streams"), {"selector": "{}", "period": "24h"})
    assert made.replace("    - selector: '{}'\n      period: 24h\n", "") == FILE
    assert made.index("48h}") < made.index("'{}'") < made.index("# the end of limits")


@pytest.mark.parametrize("text", ["a: []\n", "a:\n", "a: null\n", "a: [x] # c\n", "b: 1\n"])
def test_an_item_is_added_to_any_list(text: str) -> None:
    before = _yaml.read(text).get("a") or []
    assert _yaml.read(_yaml.appended(text, ("a",), "z"))["a"] == [*before, "z"]


def test_items_and_entries_are_removed_without_their_neighbours() -> None:
    made = _yaml.removed(FILE, ("limits", "streams", 0))
    assert "alert" not in made.replace("# alerts live longer", "")
    assert differing(FILE, made) == []
    assert _yaml.removed("a: 1 # one\nb: 2\n", ("a",)) == "b: 2\n"
    assert _yaml.removed("{a: 1, b: 2}\n", ("a",)) == "{b: 2}\n"
    assert _yaml.removed("{a: 1, b: 2}\n", ("b",)) == "{a: 1}\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("base: &p 1h\na: *p\n", ("a",)),
        ("a: &p 1h\nb: *p\n", ("a",)),
        ("base: &x {a: 1h}\nb: *x\n", ("b", "a")),
        ("a: {b: 1}\n", ("a",)),
        ("a: [1]\n", ("a",)),
        ("a: |\n  text\n", ("a",)),
        ("a: text\n", ("a", "b")),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, key: _yaml.Key) -> None:
    with pytest.raises(Refused, match="edit-cannot-keep"):
        _yaml.assigned(text, key, "2h")


def test_a_merged_value_is_read_and_overridden_where_it_is_used() -> None:
    text = "base: &x {a: 1h, c: 1}\nb:\n  <<: *x\n  d: 2\n"
    assert _yaml.read(text)["b"] == {"a": "1h", "c": 1, "d": 2}
    assert edit(text, ("b", "a"), "2h") == text + "  a: 2h\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2\n", "yaml-duplicate"),
        ('a: 1\n"a": 2\n', "yaml-duplicate"),
        ("x:\n  - {a: 1, a: 2}\n", "yaml-duplicate"),
        ("a:\n\tb: 1\n", "yaml-broken"),
        ("a: [\n", "yaml-broken"),
        ("a: !!python/object:os.system x\n", "yaml-broken"),
        ("a: !secret x\n", "yaml-broken"),
        ("- 1\n", "yaml-broken"),
        ("", "yaml-broken"),
        ("a: 1\n---\nb: 2\n", "yaml-broken"),
        ("a: &x [*x]\n", "yaml-broken"),
        ("a: \x00\n", "yaml-broken"),
        ("a: \udcff\n", "yaml-broken"),
        ("a: " + "[" * 600, "yaml-broken"),
        ("{[1, 2]: x}\n", "yaml-broken"),
        ("a: x\n" + "#" * _yaml.LARGEST, "yaml-too-large"),
    ],
)
def test_what_tools_read_differently_or_not_at_all_is_refused(text: str, code: str) -> None:
    with pytest.raises(EngineError, match=code):
        _yaml.read(text)


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(EngineError, match="yaml-too-large"):
        _yaml.read("\n".join(lines))


def test_a_fault_does_not_quote_the_file() -> None:
    with pytest.raises(EngineError) as caught:
        _yaml.read("password: hunter2: [\n")
    assert "hunter2" not in str(caught.value)
    assert str(caught.value.parameters["detail"]).startswith("1:")


KEYS = st.text("abcdef", min_size=1, max_size=4)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=12),
    st.sampled_from(["0x10", "2024-01-01", "12:30:00", "- a", "# b", "a: b", "007", "1_000"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), VALUES)
def test_any_value_reads_back_and_moves_nothing_else(data: dict[str, object], new: object) -> None:
    text = "# top\nkeep: me # so\n"
    for name, value in data.items():
        if name != "keep":
            text = _yaml.assigned(text, ("lots", name), value)
    made = _yaml.assigned(text, ("added",), new)
    assert _yaml.read(made) == {**_yaml.read(text), "added": new}
    assert made.startswith("# top\nkeep: me # so\n")
    if _yaml.read(text).keys() == {"keep"}:
        return
    assert _yaml.read(_yaml.removed(made, ("added",))) == _yaml.read(text)
