"""Programs that ask the person at the terminal, on a real one."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from build_approvals import put_key
from phoenix_dr.adapters._command import Limits, clean_env, talk
from phoenix_dr.errors import EngineError, EngineUnreachable
from tools import program

ENV = clean_env({"PATH": os.environ["PATH"]}, {})
ASKING = "import os; tty = open('/dev/tty', 'r+b', 0); tty.write(b'name? '); print(tty.readline())"
TALKING = """
import sys, os, threading
from phoenix_dr.adapters._command import Limits, clean_env, talk
env = clean_env({"PATH": os.environ["PATH"]}, {})
done = talk(sys.argv[2:], env=env, limits=Limits(seconds=float(sys.argv[1]), grace=1),
            stdin=b"given", cancel=threading.Event())
print("answer", done.code, done.stdout)
"""


class Terminal:
    """A program with a terminal of its own, at which somebody types."""

    def __init__(self, argv: list[str]) -> None:
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.execv(argv[0], argv)
        self.seen = b""

    def read_until(self, text: bytes, seconds: float = 20) -> bytes:
        """What the screen shows up to a text."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            try:
                self.seen += os.read(self.screen, 4096)
            except OSError:
                break
        assert text in self.seen, self.seen
        return self.seen

    def type(self, text: bytes) -> None:
        """Type something."""
        os.write(self.screen, text)

    def end(self) -> int:
        """Its exit code, or minus the signal that ended it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextmanager
def talking(*argv: str, seconds: float = 30) -> Iterator[Terminal]:
    """A process of ours that talks to a program, on a terminal."""
    found = Terminal([sys.executable, "-c", TALKING, str(seconds), *argv])
    try:
        yield found
    finally:
        os.close(found.screen)


def test_the_program_asks_at_the_terminal_and_only_its_answer_comes_back() -> None:
    with talking(sys.executable, "-c", ASKING) as screen:
        screen.read_until(b"name? ")
        screen.type(b"alice\n")
        screen.read_until(b"""answer 0 b"b'alice\\\\n'\\n\"""")
        assert screen.end() == 0


def test_a_passphrase_is_typed_and_never_shown(tmp_path: Path) -> None:
    key = put_key(tmp_path)
    argv = [program("ssh-keygen"), "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(key)]
    subprocess.run(argv, check=True, timeout=30)
    signing = [program("ssh-keygen"), "-q", "-Y", "sign", "-n", "phoenix-approval", "-f", str(key)]
    with talking(*signing) as screen:
        screen.read_until(b"assphrase")
        # The program silences the terminal before it reads.
        time.sleep(0.2)
        screen.type(b"open sesame\n")
        shown = screen.read_until(b"answer 0 b'-----BEGIN SSH SIGNATURE")
        assert b"sesame" not in shown
        assert screen.end() == 0


def test_nobody_types_and_it_ends_in_time() -> None:
    started = time.monotonic()
    with talking(sys.executable, "-c", ASKING, seconds=1) as screen:
        screen.read_until(b"command-timeout")
        assert screen.end() == 1
    assert time.monotonic() - started < 15


def test_ctrl_c_ends_both() -> None:
    code = "import os, time; print(os.getpid(), file=open('/dev/tty', 'w')); time.sleep(60)"
    with talking(sys.executable, "-c", code) as screen:
        pid = int(screen.read_until(b"\n").split()[0])
        screen.type(b"\x03")
        assert screen.end() in (-signal.SIGINT, 130, 1)
    assert not Path(f"/proc/{pid}").exists()


def test_it_is_stopped_when_asked_even_if_it_will_not() -> None:
    code = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)\n"
        "time.sleep(60)"
    )
    cancel = threading.Event()
    threading.Timer(0.7, cancel.set).start()
    with pytest.raises(EngineError, match="cancelled"):
        talk([sys.executable, "-c", code], env=ENV, limits=Limits(grace=0.5), stdin=b"",
             cancel=cancel)  # fmt: skip


def test_what_it_is_given_and_says_is_bounded_and_a_missing_program_is_told() -> None:
    one = threading.Event()
    done = talk(["cat"], env=ENV, limits=Limits(output=5), stdin=b"x" * 300_000, cancel=one)
    assert (done.code, done.stdout) == (0, b"xxxxx")
    with pytest.raises(EngineUnreachable, match="program-missing"):
        talk(["no-such-program"], env=ENV, limits=Limits(), stdin=b"", cancel=one)
