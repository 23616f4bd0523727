"""Taking away touches nothing else, and no edit makes a file worse than it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_config import EXAMPLES, GOOD, written
from phoenix_dr import config
from phoenix_dr.config.edit import removed
from phoenix_dr.config.source import Key, Lines, compose, of
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.errors import explain, problem_lines

TEXT = """\
# Head
here:   one    # why one
hosts:
  a: {site: home,   disks: [x, "y, z" , w]}   # flow
  b:           # begins
    site: 'a: b'   # below
    # inside

    disks:
      - x        # first
      - y        # second
  # Tail of hosts
  c: {only: 1}
last: "end"   # done
"""
REMOVED: list[tuple[Key, str, str]] = [
    (("here",), "here:   one    # why one\n", ""),
    (("last",), 'last: "end"   # done\n', ""),
    (("hosts", "a", "site"), "{site: home,   disks", "{disks"),
    (("hosts", "a", "disks"), '{site: home,   disks: [x, "y, z" , w]}', "{site: home}"),
    (("hosts", "a", "disks", 0), '[x, "y, z" , w]', '["y, z" , w]'),
    (("hosts", "a", "disks", 1), '[x, "y, z" , w]', "[x, w]"),
    (("hosts", "a", "disks", 2), '[x, "y, z" , w]', '[x, "y, z"]'),
    (("hosts", "b", "site"), "    site: 'a: b'   # below\n", ""),
    (("hosts", "b", "disks", 0), "      - x        # first\n", ""),
    (("hosts", "b", "disks"),
     "    disks:\n      - x        # first\n      - y        # second\n", ""),
    (("hosts", "c"), "  c: {only: 1}\n", ""),
    (("hosts", "c", "only"), "{only: 1}", "{}"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "old", "new"), REMOVED)
def test_what_is_taken_away_leaves_all_else(key: Key, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert removed(TEXT, key) == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        (TEXT, ("nowhere",), "edit-no-such-item"),
        (TEXT, ("hosts", "a", "disks", 9), "edit-no-such-item"),
        (TEXT, ("here", "one"), "edit-no-such-item"),
        (TEXT, (), "edit-no-such-item"),
        ("a: &x 1\nb: *x\n", ("a",), "edit-cannot-keep"),
        ("a:\n  b: 1\n", ("a", "b"), "edit-cannot-keep"),
        ("a:\n- b: 1\n  c: 2\n", ("a", 0, "b"), "edit-cannot-keep"),
    ],
)
def test_what_cannot_be_taken_away_cleanly_is_refused(text: str, key: Key, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        removed(text, key)
    assert caught.value.code == code


def values(text: str) -> Any:
    node = compose(text)
    assert node is not None
    return of(Path(), node, Lines(text)).data


def keys(data: Any, at: Key = ()) -> list[Key]:
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(data, dict):
        pairs = list(data.items())
    elif isinstance(data, list):
        pairs = list(enumerate(data))
    return [key for name, each in pairs for key in ((*at, name), *keys(each, (*at, name)))]


TEXTS = [TEXT, GOOD, *(path.read_text(encoding="utf-8") for path in EXAMPLES)]


@given(st.data(), st.sampled_from(TEXTS))
@settings(max_examples=40)
def test_taking_away_means_what_was_meant_or_is_refused(data: st.DataObject, text: str) -> None:
    before = values(text)
    key = data.draw(st.sampled_from(keys(before)))
    parent = before
    for part in key[:-1]:
        parent = parent[part]
    alone = len(parent) == 1
    del parent[key[-1]]
    try:
        made = removed(text, key)
    except ConfigError:
        # Only the last entry of a block, whose absence would turn the block into nothing.
        assert alone
        return
    assert values(made) == before
    left = iter(text.splitlines())
    untouched = [line for line in made.splitlines() if line in text.splitlines()]
    assert all(line in left for line in untouched)


def test_an_entry_is_taken_out_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    config.remove(path, ("ignore", 0))
    config.remove(path, ("services", "wiki", "checks", 1))
    made = config.load(path)
    assert made.ignore == ()
    assert [each.statement for each in made.services["wiki"].checks] == ["select 1"]


def test_an_edit_that_makes_a_fault_is_refused_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(ConfigError) as caught:
        config.assign(path, ("services", "wiki", "depends_on"), ["nobody"])
    assert caught.value.code == "edit-makes-faults"
    [fault] = caught.value.problems
    assert (fault.file, fault.path, fault.code) == (
        str(path), "services.wiki.depends_on.0", "unknown-service",
    )  # fmt: skip
    with pytest.raises(ConfigError):
        config.remove(path, ("engines", "home"))
    assert path.read_text() == GOOD
    assert os.listdir(tmp_path) == ["phoenix.yaml"]
    for language in ("fr", "en"):
        assert str(path) in explain(caught.value, language)[0]
        assert "nobody" in problem_lines(caught.value, language)[0]


def test_a_faulty_file_may_be_mended_one_fault_at_a_time(tmp_path: Path) -> None:
    text = GOOD.replace("timezone: Europe/Paris", "timezone: Mars").replace("rpo: 13h", "rpo: soon")
    path = written(tmp_path, text)
    config.assign(path, ("timezone",), "Europe/Paris")
    assert path.read_text() == text.replace("Mars", "Europe/Paris")
    config.assign(path, ("services", "wiki", "objectives", "rpo"), "13h")
    assert config.check(path).problems == ()
