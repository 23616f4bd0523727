"""Children for tests: forked, ended at any moment, run as somebody else."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn


def forked(work: Callable[[], object]) -> int:
    """Pid of a child that does `work` and exits 0, or 1 with its traceback."""
    pid = os.fork()
    if pid == 0:
        _do(work)
    return pid


def _do(work: Callable[[], object]) -> NoReturn:
    try:
        work()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def ended(pid: int) -> int:
    """Exit code of a child, negative for a signal, once it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(pid: int) -> None:
    """kill -9 a child of ours and wait for it."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def kill_self_before(step: int, concerns: Callable[[str], bool]) -> None:
    """kill -9 this process right before its `step`-th change of a path that `concerns` us."""
    left = [step]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        named = [a for a in arguments if isinstance(a, str | os.PathLike)]
        if not any(concerns(os.fspath(name)) for name in named):
            return
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def as_user(uid: int, work: Callable[[], bool]) -> bool:
    """Whether `work` is true when done by another user, without groups (needs root)."""

    def changed() -> None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        if not work():
            raise AssertionError("not as expected")

    return ended(forked(changed)) == 0
