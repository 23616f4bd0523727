"""Edits change one value; comments, order and alignment of all else stay, or nothing is written."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_config import GOOD, written
from phoenix_dr import config
from phoenix_dr.config.edit import appended, assigned
from phoenix_dr.config.source import Key, Lines, compose, of
from phoenix_dr.errors import ConfigError

TEXT = """\
# Head
here:   one    # why one
empty:         # nothing yet
hosts:
  a: {site: home,   disks: [x, y]}   # flow
  b:
    site: away   # below

    disks:
      - x        # first
      - y        # second
  # Tail of hosts

to:
- near
- far
deep: {a: {b: [1,
      2]}}
last: "end"   # done
"""


def lines(before: str, after: str) -> list[str]:
    """Lines gone and new."""
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


ASSIGNED: list[tuple[Key, object, list[str]]] = [
    (("here",), "two", ["- here:   one    # why one", "+ here:   two    # why one"]),
    (("empty",), 3, ["- empty:         # nothing yet", "+ empty: 3         # nothing yet"]),
    (("hosts", "a", "site"), "ho: me", [
        "-   a: {site: home,   disks: [x, y]}   # flow",
        '+   a: {site: "ho: me",   disks: [x, y]}   # flow']),
    (("hosts", "a", "disks", 1), "z", [
        "-   a: {site: home,   disks: [x, y]}   # flow",
        "+   a: {site: home,   disks: [x, z]}   # flow"]),
    (("hosts", "a", "new"), True, [
        "-   a: {site: home,   disks: [x, y]}   # flow",
        "+   a: {site: home,   disks: [x, y], new: true}   # flow"]),
    (("hosts", "b", "disks", 0), "z", [
        "-       - x        # first", "+       - z        # first"]),
    (("hosts", "b", "new"), date(2027, 1, 1), ["+     new: 2027-01-01"]),
    (("hosts", "c"), {"site": "x", "disks": ["u"]}, ["+   c: {site: x, disks: [u]}"]),
    (("hosts", "c", "disks"), [], ["+   c: {disks: []}"]),
    (("deep", "a", "b"), [3], ["- deep: {a: {b: [1,", "+ deep: {a: {b: [3]}}", "-       2]}}"]),
    (("last",), "no", ['- last: "end"   # done', '+ last: "no"   # done']),
    (("empty", "x", "y"), 1, [
        "- empty:         # nothing yet", "+ empty: {x: {\"y\": 1}}         # nothing yet"]),
    (("more",), None, ["+ more: null"]),
]  # fmt: skip
APPENDED: list[tuple[Key, object, list[str]]] = [
    (("to",), "away", ["+ - away"]),
    (("hosts", "b", "disks"), "z", ["+       - z"]),
    (("hosts", "a", "disks"), "z", [
        "-   a: {site: home,   disks: [x, y]}   # flow",
        "+   a: {site: home,   disks: [x, y, z]}   # flow"]),
    (("fresh",), {"a": 1}, ["+ fresh: [{a: 1}]"]),
    (("empty",), "x", ["- empty:         # nothing yet", "+ empty: [x]         # nothing yet"]),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "changes"), ASSIGNED)
def test_a_value_is_set_and_nothing_else(key: Key, value: object, changes: list[str]) -> None:
    assert lines(TEXT, assigned(TEXT, key, value)) == changes


@pytest.mark.parametrize(("key", "item", "changes"), APPENDED)
def test_an_item_is_added_and_nothing_else(key: Key, item: object, changes: list[str]) -> None:
    assert lines(TEXT, appended(TEXT, key, item)) == changes


def test_a_file_without_a_last_newline_and_one_with_crlf() -> None:
    assert assigned("a: 1", ("b",), 2) == "a: 1\nb: 2\n"
    assert assigned("a: 1\r\nc: 3\r\n", ("b",), 2) == "a: 1\r\nc: 3\r\nb: 2\r\n"


REFUSED: list[tuple[str, Key, object, str]] = [
    ("a: [1,  # why\n  2]\n", ("a",), 1, "edit-loses-comment"),
    ("a: &x 1\nb: *x\n", ("a",), 2, "edit-cannot-keep"),
    ("a: &x 1\nb: *x\n", ("b",), 2, "edit-cannot-keep"),
    ("a: 1\na: 2\n", ("a",), 3, "edit-not-yaml"),
    ("a: [\n", ("a",), 3, "edit-not-yaml"),
    ("a: [1]\n", ("a", 5), 3, "edit-no-such-item"),
    ("a: 1\n", ("a", "b"), 3, "edit-not-a-block"),
    ("a: 1\n", ("b",), object(), "edit-cannot-write"),
    ("a: 1\n", ("a",), {"\0": 1}, "edit-cannot-keep"),
    ("a: 1\n", ("a",), "\0", "edit-cannot-keep"),
    ("a: 1\n? [b]\n: 2\n", ("a",), 3, "edit-not-yaml"),
]


@pytest.mark.parametrize(("text", "key", "value", "code"), REFUSED)
def test_what_cannot_be_kept_is_refused(text: str, key: Key, value: object, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        assigned(text, key, value)
    assert caught.value.code == code


def test_only_a_list_gets_items() -> None:
    with pytest.raises(ConfigError) as caught:
        appended("a: {b: 1}\n", ("a",), 1)
    assert caught.value.code == "edit-not-a-list"


def values(text: str) -> Any:
    node = compose(text)
    assert node is not None
    return of(Path(), node, Lines(text)).data


def keys(data: Any, at: Key = ()) -> list[Key]:
    pairs = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    below = [key for name, each in pairs for key in keys(each, (*at, name))]
    return [at, *below] if at else below


BASES = [TEXT, 'a: {b: "c"}  # d\ne: [1, [2]]\n']
SCALARS = st.one_of(st.text(max_size=6), st.integers(-9, 99), st.booleans(), st.none())


def deeper(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.text(max_size=4)
    return st.lists(below, max_size=2) | st.dictionaries(names, below, max_size=2)


VALUES = st.recursive(SCALARS, deeper, max_leaves=4)


@given(st.data(), st.sampled_from(BASES), VALUES)
@settings(max_examples=60)
def test_an_edit_means_what_was_meant_or_is_refused(
    data: st.DataObject, text: str, value: Any
) -> None:
    key = data.draw(st.sampled_from(keys(values(text))))
    if data.draw(st.booleans()):
        key = (*key[:-1], "fresh key") if isinstance(key[-1], str) else key
    with suppress(ConfigError, UnicodeEncodeError):
        made = assigned(text, key, value)
        now: Any = values(made)
        for part in key:
            now = now[part]
        assert now == value
        for line in [line for line in text.splitlines() if line.lstrip().startswith("#")]:
            assert line in made.splitlines()
        assert values(assigned(made, key, value)) == values(made)


COMMENTED: list[Key] = [("hosts",), ("hosts", "b"), ("hosts", "b", "disks")]


@pytest.mark.parametrize(("text", "step"), [(TEXT, 1), (GOOD, 7)])
def test_every_value_of_a_real_file_can_be_set(text: str, step: int) -> None:
    for key in [key for key in keys(values(text))[::step] if key not in COMMENTED]:
        made = assigned(text, key, "q")
        assert made.count("#") == text.count("#")
        assert len([line for line in lines(text, made) if line[0] == "+"]) == 1


@pytest.mark.parametrize("key", COMMENTED)
def test_a_block_that_holds_comments_is_not_replaced(key: Key) -> None:
    with pytest.raises(ConfigError) as caught:
        assigned(TEXT, key, "x")
    assert caught.value.code == "edit-loses-comment"


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = written(tmp_path, GOOD)
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to("phoenix.yaml")
    config.assign(link, ("here",), "bucket")
    config.append(link, ("policies", "default", "to"), "lab/s3")
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    made = config.load(real)
    assert (made.here, made.policies["default"].to) == ("bucket", ("home", "lab/nfs", "lab/s3"))
    assert sorted(os.listdir(tmp_path)) == ["link.yaml", "phoenix.yaml"]


def test_a_refused_edit_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a: [1,  # why\n  2]\n")
    with pytest.raises(ConfigError):
        config.assign(path, ("a",), 1)
    assert path.read_text() == "a: [1,  # why\n  2]\n"
    assert os.listdir(tmp_path) == ["phoenix.yaml"]


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    from phoenix_dr.config.edit import rewrite

    path = written(tmp_path, "a: 1\n")

    def change(text: str) -> str:
        path.write_text("a: 2\n")
        return text.replace("1", "3")

    with pytest.raises(ConfigError) as caught:
        rewrite(path, change)
    assert caught.value.code == "edit-changed-meanwhile"
    assert path.read_text() == "a: 2\n"
    assert os.listdir(tmp_path) == ["phoenix.yaml"]


def test_a_file_others_can_write_is_not_edited(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0o666)
    with pytest.raises(ConfigError) as caught:
        config.assign(path, ("here",), "bucket")
    assert caught.value.code == "config-writable"
