"""Keys that approve, on the real OpenSSH: who counts, what was signed, and whom nobody believes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_approvals import (
    IS_ROOT,
    KINDS,
    MANY_USERS,
    NOBODY,
    as_nobody,
    in_a_namespace,
    put_key,
    raw_signature,
    roots_own,
    touch_key,
)
from phoenix_dr.adapters import ssh_signing
from phoenix_dr.adapters.ssh_signing import (
    NAMESPACE,
    Entry,
    add_line,
    entries,
    public_key,
    read_approvers,
    sign,
    signer,
)
from phoenix_dr.adapters.ssh_signing.signatures import LONGEST
from phoenix_dr.errors import PhoenixError, UsageError
from tools import program

ENV = {"PATH": os.environ["PATH"]}
TEXT = "phoenix-approval 1\nplan 00\nexpires 2026-11-24T10:00:00Z\n"


@pytest.fixture
def roots() -> Iterator[Path]:
    """A folder that only root can change."""
    with roots_own() as folder:
        yield folder


def allowed(key: Path, name: str = "alice", options: str = f'namespaces="{NAMESPACE}"') -> bytes:
    """An approvers file with one line."""
    kind, text = key.with_name(f"{key.name}.pub").read_text().split()[:2]
    return f"{name} {options} {kind} {text}\n".encode()


def who(text: str, signature: str, approvers: bytes) -> str | None:
    """Who signed."""
    return signer(text, signature, approvers=approvers, environ=ENV)


def refused(code: str, work: Callable[..., object], *arguments: object) -> PhoenixError:
    """The refusal of this code."""
    with pytest.raises(PhoenixError) as caught:
        work(*arguments)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("kind", [*KINDS, "sk"])
def test_a_fingerprint_is_what_openssh_shows(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "key.pub"
    path.write_text(touch_key()) if kind == "sk" else put_key(tmp_path, "key", kind)
    if kind == "rsa2048":
        assert refused("key-short", public_key, path).parameters["bits"] == 2048
        return
    shown = subprocess.run(
        [program("ssh-keygen"), "-lf", path], capture_output=True, text=True, check=True, timeout=20
    )
    assert shown.stdout.split()[1] == public_key(path).fingerprint


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "key-not-public"),
        ("ssh-ed25519\n", "key-not-public"),
        ("ssh-ed25519 AAAA\n", "key-not-public"),
        ("ssh-ed25519 !!!! x\n", "key-not-public"),
        ("AGE-SECRET-KEY-1AAAA", "key-private"),
        (f"ssh-dss {touch_key().split()[1]}\n", "key-type"),
        (touch_key() * 2, "key-not-public"),
        (touch_key() + "x" * 20_000, "key-not-public"),
    ],
)
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "key.pub"
    path.write_text(content)
    refused(code, public_key, path)


def test_private_keys_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    refused("key-private", public_key, put_key(tmp_path))
    refused("key-not-public", public_key, tmp_path)
    refused("key-missing", public_key, tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    refused("key-not-public", public_key, tmp_path / "pipe")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa256", "rsa3072"])
def test_who_signed_is_told_and_nobody_else(tmp_path: Path, kind: str) -> None:
    key, other = put_key(tmp_path, kind=kind), put_key(tmp_path, "mallory", number=1)
    signature = sign(TEXT, key, environ=ENV, cancel=threading.Event())
    assert who(TEXT, signature, allowed(key)) == "alice"
    assert who(TEXT, signature, b"# nobody\n" + allowed(other, "bob") + allowed(key)) == "alice"
    assert who(TEXT, signature, allowed(other, "alice")) is None
    assert who(TEXT, signature, b"") is None
    assert who(TEXT.replace("00", "01"), signature, allowed(key)) is None
    assert who(TEXT + "\n", signature, allowed(key)) is None


def test_a_signature_for_something_else_approves_nothing(tmp_path: Path) -> None:
    key = put_key(tmp_path)
    assert who(TEXT, raw_signature(TEXT, key), allowed(key)) == "alice"
    assert who(TEXT, raw_signature(TEXT, key, namespace="file"), allowed(key)) is None
    right = raw_signature(TEXT, key)
    for options in ('namespaces="git"', 'valid-before="20200101"'):
        assert who(TEXT, right, allowed(key, options=options)) is None
    assert who(TEXT, right, allowed(key, "alice,bob", options="")) == "alice"


def test_damaged_and_endless_signatures_are_no_signatures(tmp_path: Path) -> None:
    key = put_key(tmp_path)
    right, ok = raw_signature(TEXT, key), allowed(put_key(tmp_path))
    lines = right.splitlines(keepends=True)
    lines[2] = lines[2].swapcase()
    for wrong in ("", "x", right[:-9], right + right, "".join(lines), right + " " * LONGEST, "é"):
        assert who(TEXT, wrong, ok) is None


def test_a_program_found_through_someones_path_is_not_believed(tmp_path: Path) -> None:
    key, liar = put_key(tmp_path), tmp_path / "bin" / "ssh-keygen"
    liar.parent.mkdir()
    liar.write_text("#!/bin/sh\necho alice\nexit 0\n")
    liar.chmod(0o755)
    environ = {"PATH": f"{liar.parent}:{ENV['PATH']}", "LD_PRELOAD": str(liar)}
    forged = raw_signature("other\n", key)
    assert signer(TEXT, forged, approvers=allowed(key), environ=environ) is None
    # The liar would have convinced whoever asks it.
    assert subprocess.run(["ssh-keygen"], env=environ, timeout=9, check=False).returncode == 0


def test_an_agent_signs_for_a_public_key(tmp_path: Path) -> None:
    key = put_key(tmp_path)
    socket = tmp_path / "agent"
    agent = subprocess.Popen([program("ssh-agent"), "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        env = {**ENV, "SSH_AUTH_SOCK": str(socket)}
        while not socket.exists():
            assert agent.poll() is None
        subprocess.run([program("ssh-add"), "-q", key], env=env, check=True, timeout=20)
        key.unlink()
        public = key.with_name("alice.pub")
        made = sign(TEXT, public, environ=env, cancel=threading.Event())
        assert who(TEXT, made, allowed(key)) == "alice"
        with pytest.raises(UsageError, match="signing-failed"):
            sign(TEXT, public, environ=ENV, cancel=threading.Event())
    finally:
        agent.terminate()
        agent.wait(10)


def test_a_key_that_is_not_there_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="signing-key-missing"):
        sign(TEXT, tmp_path / "none", environ=ENV, cancel=threading.Event())


def test_lines_are_read_as_openssh_reads_them(tmp_path: Path) -> None:
    key = touch_key().split()
    text = (
        f"# a comment\n\n  bob {key[0]} {key[1]} some words\n"
        f'"carol" valid-after="20200101",namespaces="a b,{NAMESPACE}" {key[0]} {key[1]}\n'
        f"dave {key[0]} AAAA\nnonsense\neve ssh-rsa {key[1]}\n"
    )
    found = entries(text.encode() + b"\xff\xfe broken\n")
    assert [each.name for each in found] == ["bob", "carol"]
    assert found[1].options == f'valid-after="20200101",namespaces="a b,{NAMESPACE}"'
    assert entries(found[0].line(NAMESPACE).encode())[0].key == found[0].key


@given(st.binary(max_size=300))
def test_no_content_breaks_the_reading(content: bytes) -> None:
    for each in entries(content):
        assert isinstance(each, Entry)
        assert each.key.fingerprint.startswith("SHA256:")


def test_roots_file_is_read_and_extended(roots: Path) -> None:
    path = roots / "new" / "approvers"
    refused("approvers-missing", read_approvers, path)
    mask = os.umask(0o077)
    try:
        add_line(path, "one")
        path.write_bytes(b"# by hand")
        add_line(path, "two")
    finally:
        os.umask(mask)
    assert read_approvers(path) == b"# by hand\ntwo\n"
    assert [path.stat().st_mode & 0o777, path.stat().st_uid] == [0o644, 0]
    assert [each.name for each in path.parent.iterdir()] == ["approvers"]
    refused("approvers-too-long", add_line, path, "x" * ssh_signing.approvers.LIMIT)


def shared(path: Path) -> None:
    path.chmod(0o664)


def for_all(path: Path) -> None:
    path.chmod(0o646)


def in_a_shared_folder(path: Path) -> None:
    path.parent.chmod(0o775)


def in_a_sticky_folder(path: Path) -> None:
    path.parent.chmod(0o1777)


def below_a_shared_folder(path: Path) -> None:
    path.parent.parent.chmod(0o777)


def a_link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def below_a_link(path: Path) -> None:
    real = path.parent.with_name("real")
    path.parent.rename(real)
    path.parent.symlink_to(real)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o644)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


WRONG = (shared, for_all, in_a_shared_folder, in_a_sticky_folder, below_a_shared_folder,
         a_link, below_a_link, a_pipe, a_folder)  # fmt: skip


@pytest.mark.parametrize("spoil", WRONG)
def test_a_file_that_others_could_change_is_refused(
    roots: Path, spoil: Callable[..., None]
) -> None:
    path = roots / "etc" / "approvers"
    add_line(path, "one")
    assert read_approvers(path) == b"one\n"
    spoil(path)
    refused("approvers-unsafe", read_approvers, path)
    refused("approvers-unsafe", add_line, path, "two")


@pytest.mark.skipif(not MANY_USERS, reason="a namespace of one user")
def test_a_file_of_someone_else_is_refused(roots: Path) -> None:
    path = roots / "approvers"
    add_line(path, "one")
    for victim in (path, roots):
        os.chown(victim, NOBODY, NOBODY)
        assert refused("approvers-unsafe", read_approvers, path).parameters["path"] == str(victim)
        os.chown(victim, 0, 0)


def test_a_file_below_a_folder_for_everybody_is_refused(tmp_path: Path) -> None:
    """Whoever runs this: a folder in /tmp, or one's own, is not root's alone."""
    path = Path("/tmp") / "phx-no-such" / "approvers"
    refused("approvers-unsafe", read_approvers, path)


@pytest.mark.skipif(not (IS_ROOT and MANY_USERS), reason="reads as another user")
def test_the_one_who_runs_phoenix_only_reads(roots: Path) -> None:
    path = roots / "approvers"
    add_line(path, "one")
    code = (
        "import sys; from pathlib import Path\n"
        "from phoenix_dr.adapters.ssh_signing import read_approvers, add_line\n"
        f"path = Path({str(path)!r})\nprint(read_approvers(path))\nadd_line(path, 'two')"
    )
    done = subprocess.run(
        [*as_nobody(), sys.executable, "-c", code],
        check=False, capture_output=True, text=True, timeout=30, cwd="/",
    )  # fmt: skip
    assert done.stdout == "b'one\\n'\n", done.stderr
    assert "cannot-write" in done.stderr
    assert path.read_bytes() == b"one\n"


@pytest.mark.skipif(IS_ROOT, reason="the tests above ran as root")
def test_all_of_it_as_root_of_a_namespace() -> None:
    done = in_a_namespace(__file__)
    assert done.returncode == 0, done.stdout + done.stderr
