"""What etcd's tools and a restored copy say is hostile input: odd answers never crash or pass."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters.k3s import etcd, kine, restored
from phoenix_dr.adapters.k3s.datastore import config_of, settings, told

KEY = base64.b64encode(b"/bootstrap/x").decode()
GOOD = [
    b"version etcd Version: 3.4.23",
    b'registry {"count":7,"kvs":[]}',
    json.dumps({"kvs": [{"key": KEY, "value": "eA=="}]}).encode(),
    b'secrets {"header":{}}',
    b"end",
]
GOOD[2] = b"bootstrap " + GOOD[2]


def test_a_whole_report_is_read() -> None:
    asked = etcd.parse(0, b"\n".join(GOOD))
    assert (asked.failed, asked.keys, asked.encrypted) == ("", 7, False)
    assert asked.bootstrap == {"/bootstrap/x": b"x"}


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        ([], "ask"),
        (GOOD[:-1], "ask"),
        ([GOOD[0], b"registry [" + b"[" * 9000, *GOOD[2:]], "ask"),
        ([GOOD[0], b'registry {"count":"many"}', *GOOD[2:]], "ask"),
        ([*GOOD[:2], b"bootstrap ", *GOOD[3:]], "ask"),
        ([b"restore Error: expected sha256 [1], got [2]"], "restore"),
        ([b"start panic: freepages\x1b[2J"], "start"),
    ],
)
def test_anything_less_than_a_whole_report_is_a_failure(lines: list[bytes], step: str) -> None:
    asked = etcd.parse(0, b"\n".join(lines))
    assert (asked.failed, asked.is_here, asked.is_older) == (step, False, False)
    assert asked.detail.isprintable()


def test_rows_that_are_none_are_left_out() -> None:
    rows = [None, 1, {}, {"key": 1}, {"key": "?"}, {"key": KEY, "value": "eA=="}]
    report = [*GOOD[:2], b"bootstrap " + json.dumps({"kvs": rows}).encode(), *GOOD[3:]]
    assert etcd.parse(0, b"\n".join(report)).bootstrap == {"/bootstrap/x": b"x"}


@pytest.mark.parametrize(
    ("said", "here", "older"),
    [
        (b"restore Error: write /restore/x: no space left on device", True, False),
        (b"programs sh: 1: /programs/etcd: Exec format error", True, False),
        (b"start etcdmain: cluster cannot be downgraded (current version: 3.4)", False, True),
        (b"restore Error: unexpected EOF", False, False),
    ],
)
def test_what_lies_in_this_machine_is_not_held_against_the_copy(
    said: bytes, here: bool, older: bool
) -> None:
    asked = etcd.parse(0, said)
    assert (asked.is_here, asked.is_older) == (here, older)


@given(st.binary(max_size=300))
def test_no_answer_crashes(answer: bytes) -> None:
    etcd.parse(0, answer)
    kine.keys(answer)
    kine.number(answer)
    kine.value(answer)
    told(answer.decode("utf-8", "replace"))


def test_settings_are_read_as_k3s_reads_them(tmp_path: Path) -> None:
    (tmp_path / "config.yaml.d").mkdir()
    (tmp_path / "config.yaml").write_text("a: 1\nb: 'two' # said\n# c: 3\nlist:\n  - x: y\n")
    (tmp_path / "config.yaml.d/2.yaml").write_text('a: "3"\n')
    (tmp_path / "config.yaml.d/1.yaml").write_text("a: 2\n")
    assert settings(tmp_path) == {"a": "3", "b": "two"}


@pytest.mark.parametrize(
    ("data", "config"),
    [
        ("/var/lib/rancher/k3s", "/etc/rancher/k3s"),
        ("/mnt/old/var/lib/rancher/k3s", "/mnt/old/etc/rancher/k3s"),
        ("/data/k3s", "/etc/rancher/k3s"),
    ],
)
def test_the_configuration_belongs_to_the_system_of_the_data(data: str, config: str) -> None:
    assert config_of(Path(data)) == Path(config)


@pytest.mark.parametrize("note", ["", "[]", "[" * 5000, '{"secrets_encryption": "yes"}', "\0"])
def test_an_odd_note_says_nothing(tmp_path: Path, note: str) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/phoenix-k3s.json").write_text(note)
    found = restored.look(tmp_path, "/copy")
    assert (found.kind, found.token, found.encrypts) == (None, None, False)
    assert restored.look(tmp_path, "/../etc").kind is None
