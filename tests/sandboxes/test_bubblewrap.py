"""Isolation, tried from inside by commands that want out."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from build_processes import as_user
from build_trees import write
from phoenix_dr.adapters._command import Result
from phoenix_dr.errors import EngineError, EngineUnreachable
from phoenix_dr.sandboxes.bubblewrap import (
    PROBE,
    Bounds,
    View,
    command_line,
    probe,
    run,
    seen_from_inside,
)
from phoenix_dr.sandboxes.sanitize import sanitize
from tools import program

pytestmark = pytest.mark.usefixtures("_bubblewrap")


@pytest.fixture
def _bubblewrap() -> None:
    program("bwrap")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path / "drill" / "restore" / "file")
    sanitize(tmp_path / "drill" / "restore")
    (tmp_path / "drill").chmod(0o700)
    return tmp_path / "drill" / "restore"


def sh(tree: Path, script: str, *, timeout: float = 10, bounds: Bounds | None = None) -> Result:
    argv = ("sh", "-c", script)
    return run(argv, View(tree), timeout=timeout, bounds=bounds or Bounds())


def test_the_probe_passes_here(tree: Path) -> None:
    assert probe() == probe(tree)
    assert probe(tree).ok, probe(tree)


@pytest.mark.skipif(os.geteuid() != 0, reason="is an unprivileged user already")
def test_the_probe_passes_for_an_unprivileged_user() -> None:
    def as_anybody() -> bool:
        tree = write(Path(tempfile.mkdtemp()) / "restore" / "file").parent
        try:
            seen = run(("sh", "-c", "id -u; stat -c %u file; cat file"), View(tree), timeout=10)
            spoilt = run(("sh", "-c", "echo x >file"), View(tree), timeout=10)
            said = seen.stdout == b"65534\n65534\ncontent\n"
            return probe(tree).ok and probe(tree, hide=HIDE).ok and said and spoilt.code != 0
        finally:
            shutil.rmtree(tree.parent)

    assert as_user(12345, as_anybody)


def test_the_same_probe_outside_is_found_leaky() -> None:
    said = subprocess.run(
        ["sh", "-c", PROBE, "sh", "/etc/hostname", "/usr"], capture_output=True, timeout=10
    )
    found = seen_from_inside(Result(said.returncode, said.stdout, said.stderr, 0))
    assert (found.ok, found.reason) == (False, "leaky")
    assert "lists /usr" in found.detail


@pytest.mark.parametrize(
    ("stdout", "reason"),
    [
        (b"uid 65534\ninterface lo\nend\n", ""),
        (b"uid 0\ninterface lo\nend\n", "leaky"),
        (b"uid 65534\ninterface lo\ninterface eth0\nend\n", "leaky"),
        (b"uid 65534\ninterface lo\nreads /etc/shadow\nend\n", "leaky"),
        (b"uid 65534\ninterface lo\nwrites /\nend\n", "leaky"),
        (b"interface lo\nend\n", "leaky"),
        (b"uid 65534\ninterface lo\n", "refused"),
        (b"", "refused"),
    ],
)
def test_what_the_probe_reports_is_judged(stdout: bytes, reason: str) -> None:
    found = seen_from_inside(Result(0, stdout, b"bwrap: no", 0))
    assert (found.ok, found.reason) == (not reason, reason)


def test_a_command_reads_the_tree_as_nobody(tree: Path) -> None:
    result = sh(tree, "id -u; id -g; id -G; pwd; cat file; stat -c %u file")
    said = b"65534\n65534\n65534\n/restore\ncontent\n65534\n"
    assert (result.code, result.stdout) == (0, said)


@pytest.mark.parametrize(
    "script",
    [
        "echo x >/x",
        "echo x >/etc/x",
        "echo x >/usr/x",
        "echo x >/restore/x",
        "rm -f /restore/file",
        "chmod 777 /restore/file",
        "cat /etc/shadow",
        "ls /root",
        "ls /home",
        "ls /sys",
        "ls /var/lib",
        "ls -A /run | grep .",
        "ls /srv",
        "ls /mnt",
        "ls /media",
        "cat /proc/1/environ | grep -a PHOENIX",
        "mknod /tmp/d c 1 3",
        "mount -t tmpfs none /tmp",
        "su -c id",
    ],
)  # fmt: skip
def test_what_a_command_may_not_do_fails(tree: Path, script: str) -> None:
    assert sh(tree, script).code != 0
    assert (tree / "file").read_bytes() == b"content\n"


def test_there_is_no_network(tree: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        bash = program("bash")
        connect = f"exec 3<>/dev/tcp/127.0.0.1/{port}"
        outside = subprocess.run([bash, "-c", connect], timeout=10, check=False)
        assert outside.returncode == 0
        assert run(("bash", "-c", connect), View(tree), timeout=10).code != 0
    assert run(("bash", "-c", "exec 3<>/dev/udp/192.0.2.1/9"), View(tree), timeout=10).code != 0


def test_nothing_is_inherited(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTIC_PASSWORD", "very secret")
    secret = os.memfd_create("secret", 0)
    os.write(secret, b"very secret")
    os.set_inheritable(secret, True)
    result = sh(tree, "env; ls -l /proc/self/fd")
    os.close(secret)
    assert result.code == 0
    assert b"secret" not in result.stdout
    assert b"RESTIC" not in result.stdout


def test_other_processes_are_not_seen(tree: Path) -> None:
    pids = sh(tree, "ls /proc | grep -c '^[0-9]*$'")
    assert int(pids.stdout) <= 8
    assert sh(tree, f"kill -0 {os.getpid()}").code != 0 or os.getpid() <= 8


def test_hidden_folders_and_files_are_empty(tree: Path) -> None:
    view = View(tree, hide=(Path("/usr/share"), Path("/etc/hostname"), Path("/nonexistent")))
    assert run(("ls", "/usr/share"), View(tree), timeout=10).code == 0
    assert run(("ls", "/usr/share"), view, timeout=10).code != 0
    assert run(("cat", "/etc/hostname"), View(tree), timeout=10).code == 0
    assert run(("cat", "/etc/hostname"), view, timeout=10).code != 0
    assert probe(tree, hide=view.hide).ok


HIDE = (Path("/etc/ssl/certs"), Path("/etc/ssl"), Path("/etc"), Path("/usr"), Path("/"))


def test_hidden_folders_may_nest_and_the_system_itself_stays(tree: Path) -> None:
    view = View(tree, hide=HIDE)
    assert run(("ls", "/etc/passwd"), view, timeout=10).code == 0
    assert run(("ls", "/etc/ssl"), view, timeout=10).code != 0
    assert probe(tree, hide=HIDE).ok, probe(tree, hide=HIDE)


def test_a_slow_a_loud_and_a_forking_command_are_stopped(tree: Path) -> None:
    began = time.monotonic()
    assert sh(tree, "sleep 60 & sleep 60", timeout=0.5).code == 124
    assert sh(tree, "yes").code == 125
    few = Bounds(processes=20)
    script = "n=0; while [ $n -lt 200 ]; do sleep 30 & n=$((n+1)); done; echo all started"
    assert b"all started" not in sh(tree, script, bounds=few, timeout=5).stdout
    assert time.monotonic() - began < 20


def test_memory_and_files_are_bounded(tree: Path) -> None:
    small = Bounds(memory=200 << 20, file_size=1 << 20, scratch=4 << 20)
    assert sh(tree, "head -c 500000000 /dev/zero | tail -n 1 >/tmp/x", bounds=small).code != 0
    assert sh(tree, "head -c 2000000 /dev/zero >/tmp/big", bounds=small).code != 0
    filling = "for n in 1 2 3 4 5 6; do head -c 1000000 /dev/zero >/tmp/$n || exit 1; done"
    assert sh(tree, filling, bounds=small).code != 0
    assert sh(tree, filling.replace("/tmp", "/dev/shm"), bounds=small).code != 0
    assert sh(tree, filling, bounds=Bounds(scratch=64 << 20)).code == 0


def test_nothing_runs_on_after_the_command(tree: Path) -> None:
    # The sleeper outlives its parent, but not the sandbox.
    marker = f"3{os.getpid()}.5"
    sh(tree, f"setsid sleep {marker} & exit 0")
    assert not _running(marker)


def _running(argument: str) -> bool:
    deadline = time.monotonic() + 2
    while any(argument.encode() in _cmdline(p) for p in Path("/proc").glob("[0-9]*/cmdline")):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)
    return False


def _cmdline(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_cancelling_ends_it(tree: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(EngineError) as caught:
        run(("sleep", "30"), View(tree), timeout=30, cancel=stop)
    assert caught.value.code == "cancelled"


def test_a_missing_tool_is_not_a_failed_check(tree: Path) -> None:
    with pytest.raises(EngineUnreachable) as caught:
        run(("no-such-tool",), View(tree), timeout=5)
    assert caught.value.code == "program-missing"
    assert run(("./missing",), View(tree), timeout=5).code != 0


def test_arguments_stay_arguments(tree: Path) -> None:
    line = command_line(("printf", "%s", "--bind / /x; $(id)\n"), View(tree), seconds=5)
    assert line[-3:] == ("printf", "%s", "--bind / /x; $(id)\n")
    result = run(("printf", "%s", "--bind $(id)\n"), View(tree), timeout=5)
    assert result.stdout == b"--bind $(id)\n"


def test_a_hostile_folder_name_as_cwd_leads_nowhere_else(tree: Path) -> None:
    (tree / "out").symlink_to("/etc")
    result = run(("pwd", "-P"), View(tree), timeout=5, cwd="/out")
    assert result.code != 0 or result.stdout in {b"/etc\n", b"/restore\n"}
    assert run(("cat", "shadow"), View(tree), timeout=5, cwd="out").code != 0
