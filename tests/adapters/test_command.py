"""Processes: real programs that talk too much, hang, hide children, or get killed with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from phoenix_dr.adapters import _command
from phoenix_dr.adapters._command import Limits, clean_env, lines, run
from phoenix_dr.errors import EngineError, EngineUnreachable
from tools import program

ENV = clean_env({"PATH": os.environ["PATH"], "SECRET": "no"}, {"GIVEN": "yes"})
BOTH_PIPES = (
    "import sys\nfor _ in range(3000):\n print('o' * 99)\n print('e' * 99, file=sys.stderr)"
)


def python(code: str) -> list[str]:
    """A program as an argument list."""
    return [sys.executable, "-c", code]


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def is_running(pid: int) -> bool:
    """True while a process exists and is more than an entry waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_output_errors_and_code_come_back() -> None:
    code = "import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(7)"
    result = run(python(code), env=ENV)
    assert (result.code, result.stdout, result.stderr) == (7, b"out", b"err")
    assert 0 < result.seconds < 30


def test_arguments_reach_the_program_as_bytes_and_no_shell_reads_them() -> None:
    name = os.fsdecode(b"a b;$(touch x)\n\xff")
    code = "import os,sys; sys.stdout.buffer.write(os.fsencode(sys.argv[1]))"
    assert run([*python(code), name], env=ENV).stdout == os.fsencode(name)


def test_only_the_named_environment_is_passed_on() -> None:
    result = run(["env"], env=ENV)
    names = {line.partition(b"=")[0] for line in result.stdout.splitlines()}
    assert names == {b"PATH", b"LANG", b"TZ", b"GIVEN"}


def test_the_program_reads_what_it_is_given_and_else_nothing() -> None:
    big = b"x" * 300_000
    assert run(["cat"], env=ENV, stdin=big).stdout == big
    assert run(["cat"], env=ENV).stdout == b""


def test_full_pipes_block_nobody() -> None:
    result = run(python(BOTH_PIPES), env=ENV, limits=Limits(seconds=20, errors=1000))
    assert result.code == 0
    assert len(result.stdout) == 300_000
    assert len(result.stderr) == 1000


def test_lines_are_split_by_newlines_only() -> None:
    code = "import sys; sys.stdout.buffer.write(b'a\\r\\x0bb\\n\\n' + b'c' * 200000 + b'\\nend')"
    heard: list[bytes] = []
    assert run(python(code), env=ENV, on_line=heard.append).stdout == b""
    assert heard == [b"a\r\x0bb", b"", b"c" * 200_000, b"end"]
    assert list(lines(python(code), env=ENV)) == heard


def test_a_line_without_end_is_refused() -> None:
    endless = python("import sys\nwhile 1: sys.stdout.write('x' * 10000)")
    with pytest.raises(EngineError, match="line-too-long"):
        run(endless, env=ENV, limits=Limits(line=100_000), on_line=lambda line: None)


def test_an_answer_without_end_is_refused() -> None:
    with pytest.raises(EngineError, match="answer-too-long"):
        run(["yes"], env=ENV, limits=Limits(output=100_000))


def test_a_missing_program_is_named() -> None:
    with pytest.raises(EngineUnreachable) as caught:
        run(["no-such-program-here"], env=ENV)
    assert caught.value.code == "program-missing"
    assert caught.value.parameters == {"program": "no-such-program-here"}


def test_a_file_that_is_no_program_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    assert run([str(broken)], env=ENV).code != 0
    with pytest.raises(EngineUnreachable, match="program-broken"):
        # Here no setpriv stands before it.
        run([str(broken)], env={"PATH": str(tmp_path)})


def test_a_slow_program_is_stopped_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(EngineUnreachable) as caught:
        run(["sleep", "60"], env=ENV, limits=Limits(seconds=0.3))
    assert caught.value.code == "command-timeout"
    assert time.monotonic() - started < 5


def test_silence_has_its_own_limit() -> None:
    talking = python("import time\nfor i in range(8): print(i, flush=True); time.sleep(0.1)")
    limits = Limits(silence=0.6)
    assert run(talking, env=ENV, limits=limits).code == 0
    with pytest.raises(EngineUnreachable, match="command-timeout"):
        run(["sleep", "60"], env=ENV, limits=limits)


def test_cancel_asks_first_so_that_the_program_can_clean_up(tmp_path: Path) -> None:
    mark = tmp_path / "cleaned"
    code = (
        "import signal, sys, time, pathlib\n"
        f"def end(*_): pathlib.Path({str(mark)!r}).write_text('yes'); sys.exit(0)\n"
        "signal.signal(signal.SIGINT, end); print('ready', flush=True)\n"
        "while 1: time.sleep(1)"
    )
    cancel = threading.Event()
    with pytest.raises(EngineError, match="cancelled"):
        run(
            python(code),
            env=ENV,
            limits=Limits(stop=signal.SIGINT),
            on_line=lambda line: cancel.set(),
            cancel=cancel,
        )
    assert mark.read_text() == "yes"


def test_what_ignores_the_request_is_killed_with_its_whole_group() -> None:
    code = (
        "import signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '61'])\n"
        "print(child.pid, flush=True)\n"
        "while 1: time.sleep(1)"
    )
    cancel, heard = threading.Event(), []

    def hear(line: bytes) -> None:
        heard.append(int(line))
        cancel.set()

    with pytest.raises(EngineError, match="cancelled"):
        run(python(code), env=ENV, limits=Limits(grace=0.3), on_line=hear, cancel=cancel)
    assert until(lambda: not is_running(heard[0]))


def test_a_child_left_behind_holds_nobody_up_and_ends() -> None:
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '62']).pid, flush=True)"
    started = time.monotonic()
    result = run(python(code), env=ENV)
    assert time.monotonic() - started < 10
    assert until(lambda: not is_running(int(result.stdout)))


def test_closing_the_lines_early_stops_the_program() -> None:
    code = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(63)"
    stream = lines(python(code), env=ENV)
    pid = int(next(stream))
    assert is_running(pid)
    stream.close()
    assert until(lambda: not is_running(pid))


def test_descriptors_are_given_back() -> None:
    run(["true"], env=ENV)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run(["true"], env=ENV, stdin=b"x")
        with pytest.raises(EngineUnreachable):
            run(["sleep", "60"], env=ENV, limits=Limits(seconds=0.0))
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_program_dies_with_a_killed_parent() -> None:
    program("setpriv")
    code = (
        "import os\n"
        "from phoenix_dr.adapters._command import run\n"
        "run(['sh', '-c', 'echo $$; exec sleep 64'], env={'PATH': os.environ['PATH']},"
        " on_line=lambda line: print(line.decode(), flush=True))"
    )
    parent = subprocess.Popen(python(code), stdout=subprocess.PIPE, env=dict(os.environ))
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not is_running(child))


def test_without_the_death_signal_it_would_live_on() -> None:
    """The broken twin of the test above: the same child, started plainly."""
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '65'], start_new_session=True, stdout=-3)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(python(code), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:
        assert not until(lambda: not is_running(child), seconds=0.5)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("cleans_up", [True, False])
def test_only_who_cleans_up_survives_closed_pipes(tmp_path: Path, cleans_up: bool) -> None:
    program("setpriv")
    mark = tmp_path / "cleaned"
    child = f"trap 'echo bye >&2 && touch {mark}; exit' TERM; echo up; while :; do sleep 0.05; done"
    code = (
        "import os\n"
        "from phoenix_dr.adapters._command import Limits, run\n"
        f"run(['bash', '-c', {child!r}], env={{'PATH': os.environ['PATH']}},"
        f" limits=Limits(cleans_up={cleans_up}), on_line=lambda line: print(line, flush=True))"
    )
    parent = subprocess.Popen(python(code), stdout=subprocess.PIPE, env=dict(os.environ))
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert until(mark.exists, seconds=5.0 if cleans_up else 0.5) is cleans_up


def test_low_priority_is_really_low() -> None:
    low = Limits(low_priority=True)
    assert int(run(["nice"], env=ENV, limits=low).stdout) >= int(run(["nice"], env=ENV).stdout) + 10


def test_secrets_are_no_part_of_an_error() -> None:
    env = {**ENV, "RESTIC_PASSWORD": "hunter2"}
    for argv in (["no-such-program-here"], ["sleep", "60"]):
        with pytest.raises(EngineError) as caught:
            run(argv, env=env, limits=_command.Limits(seconds=0.1))
        assert "hunter2" not in repr(caught.value) + str(caught.value)
