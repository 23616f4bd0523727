"""The one place that starts processes: argument lists, own group, drained pipes, limits.

Every child leads its own process group, so that stopping it stops what it started. It is started
through `setpriv --pdeathsig` where that exists, so that it ends when Phoenix is killed. That
signal follows the *thread* that started the child: start children from threads that live until
the child has ended (the main thread, or a pool that lives as long as the process), and finish a
generator of `lines` in the thread that began it.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from time import monotonic

from phoenix_dr.errors import EngineError, EngineUnreachable

POLL_SECONDS = 0.1
CHUNK = 64 * 1024
PASSED_ON = ("PATH", "HOME", "TMPDIR", "SSH_AUTH_SOCK")
"""Variables a child inherits; everything else is named by the caller."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long (seconds) and how much (bytes) a child may take before it is stopped.

    `silence` is the longest time without output, `output` the most that is kept, `errors` how
    much of the end of stderr is kept. `stop` asks it to end; `grace` later it is killed.
    `cleans_up` lets a program that frees its locks when asked do so even after Phoenix was killed.
    """

    seconds: float = 60.0
    silence: float | None = None
    output: int = 64 << 20
    line: int = 4 << 20
    errors: int = 64 << 10
    grace: float = 5.0
    stop: signal.Signals = signal.SIGTERM
    cleans_up: bool = False
    low_priority: bool = False


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Result:
    """How a child ended: `code` is negative for a signal; `stderr` is only its end."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float


class TooSlow(EngineUnreachable):
    """A child that took too long was stopped; `stderr` is the end of what it said until then."""

    def __init__(self, program: str, seconds: float, *, stderr: bytes) -> None:
        """The code is command-timeout; the child's words are no part of the sentence."""
        super().__init__("command-timeout", program=program, seconds=int(seconds))
        self.stderr = stderr


def clean_env(environ: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """A child's whole environment: the few variables passed on, UTC and UTF-8, then `extra`."""
    passed = {name: environ[name] for name in PASSED_ON if name in environ}
    passed.setdefault("PATH", os.defpath)
    return {**passed, "LANG": "C.UTF-8", "TZ": "UTC", **extra}


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limits: Limits = DEFAULT,
    cwd: str = "/",
    on_line: Callable[[bytes], None] | None = None,
    stdin: bytes = b"",
    cancel: threading.Event | None = None,
) -> Result:
    """Run a program to its end, whatever its exit code.

    With `on_line` stdout is handed over line by line and not kept. Raises EngineUnreachable
    (program-missing, command-timeout) and EngineError (cancelled, answer-too-long, line-too-long).
    """
    with closing(
        _Child(argv, env=env, limits=limits, cwd=cwd, stdin=stdin, cancel=cancel)
    ) as child:
        if on_line is None:
            return child.result(_collected(child))
        for line in _split(child):
            on_line(line)
        return child.result(b"")


def lines(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limits: Limits = DEFAULT,
    cwd: str = "/",
    cancel: threading.Event | None = None,
) -> Generator[bytes, None, Result]:
    """Lines of stdout as they come, without their end; the generator returns the Result.

    Closing it early stops the program. Raises as `run` does.
    """
    with closing(_Child(argv, env=env, limits=limits, cwd=cwd, cancel=cancel)) as child:
        yield from _split(child)
        return child.result(b"")


def pieces(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limits: Limits = DEFAULT,
    cwd: str = "/",
    cancel: threading.Event | None = None,
) -> Generator[bytes, None, Result]:
    """Stdout as it comes, in pieces of at most 64 KiB; the generator returns the Result.

    Closing it early stops the program. Raises as `run` does.
    """
    with closing(_Child(argv, env=env, limits=limits, cwd=cwd, cancel=cancel)) as child:
        yield from child.chunks()
        return child.result(b"")


def talk(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limits: Limits,
    stdin: bytes,
    cancel: threading.Event,
) -> Result:
    """Run a program that may ask the person at our terminal; its stderr is ours.

    It stays in our session and group, or it could not read the terminal. Raises as `run` does.
    """
    started, name = monotonic(), os.path.basename(argv[0])
    command = _command_line(argv, env, limits)
    with (
        open(_memory_file(stdin), "rb") as given,
        open(os.memfd_create("stdout"), "w+b") as out,
        subprocess.Popen(command, stdin=given, stdout=out, env=dict(env), cwd="/") as process,
    ):
        try:
            while process.poll() is None:
                if cancel.wait(POLL_SECONDS):
                    raise EngineError("cancelled", program=name)
                if monotonic() - started > limits.seconds:
                    raise TooSlow(name, limits.seconds, stderr=b"")
        finally:
            process.send_signal(limits.stop)  # Asked first: it may have silenced the terminal.
            with suppress(subprocess.TimeoutExpired):
                process.wait(limits.grace)
            process.kill()
        said = os.pread(out.fileno(), limits.output, 0)
    return Result(process.returncode, said, b"", monotonic() - started)


def _collected(child: _Child) -> bytes:
    kept = bytearray()
    for chunk in child.chunks():
        kept += chunk
        if len(kept) > child.limits.output:
            raise EngineError("answer-too-long", program=child.program, limit=child.limits.output)
    return bytes(kept)


def _split(child: _Child) -> Iterator[bytes]:
    held = b""
    for chunk in child.chunks():
        *whole, held = (held + chunk).split(b"\n")
        yield from whole
        if len(held) > child.limits.line:
            raise EngineError("line-too-long", program=child.program, limit=child.limits.line)
    if held:
        yield held


class _Child:
    """One running program with its pipes, limits and end."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        limits: Limits,
        cwd: str,
        stdin: bytes = b"",
        cancel: threading.Event | None,
    ) -> None:
        self.limits = limits
        self.program = os.path.basename(argv[0])
        self._cancel = cancel or threading.Event()
        self._errors = bytearray()
        self._exited = False
        self._started = self._heard = monotonic()
        self._process, *pipes = _start(argv, env=env, limits=limits, cwd=cwd, stdin=stdin)
        self._descriptors = [os.pidfd_open(self._process.pid), *pipes]
        self._selector = selectors.DefaultSelector()
        for name, descriptor in zip(("exit", "stdout", "stderr"), self._descriptors, strict=True):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, name)

    def chunks(self) -> Iterator[bytes]:
        """Pieces of stdout until the program ended; stderr is drained beside."""
        while not self._exited:
            self._require_going_on()
            yield from self._read(POLL_SECONDS)
        # What it left running may hold the pipes open for ever.
        self._signal(signal.SIGKILL)
        while self._selector.select(0):
            self._require_going_on()
            yield from self._read(0)

    def result(self, stdout: bytes) -> Result:
        """How it ended; only after `chunks` is used up."""
        code = self._process.wait()
        return Result(code, stdout, bytes(self._errors), monotonic() - self._started)

    def close(self) -> None:
        """Stop the whole group: ask, wait, kill; then let go of every descriptor."""
        if not self._exited:
            self._signal(self.limits.stop)
            self._wait(self.limits.grace)
        if self._process.returncode is None:
            # Not yet reaped, so its number cannot have gone to a stranger's group.
            self._signal(signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _wait(self, seconds: float) -> None:
        """Go on draining, for a child that blocks on a full pipe never cleans up."""
        until = monotonic() + seconds
        while not self._exited and monotonic() < until:
            for _ in self._read(POLL_SECONDS):
                pass

    def _read(self, timeout: float) -> Iterator[bytes]:
        for key, _ in self._selector.select(timeout):
            if key.data == "exit":
                self._exited = True
                self._selector.unregister(key.fileobj)
                continue
            try:
                piece = os.read(key.fd, CHUNK)
            except BlockingIOError:
                continue
            if not piece:
                self._selector.unregister(key.fileobj)
            elif key.data == "stderr":
                self._errors = (self._errors + piece)[-self.limits.errors :]
            else:
                self._heard = monotonic()
                yield piece

    def _require_going_on(self) -> None:
        if self._cancel.is_set():
            raise EngineError("cancelled", program=self.program)
        now, silence = monotonic(), self.limits.silence
        if now - self._started > self.limits.seconds:
            raise TooSlow(self.program, self.limits.seconds, stderr=bytes(self._errors))
        if silence is not None and now - self._heard > silence:
            raise TooSlow(self.program, silence, stderr=bytes(self._errors))

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            # The whole group has already gone.
            pass


def _start(
    argv: Sequence[str], *, env: Mapping[str, str], limits: Limits, cwd: str, stdin: bytes
) -> tuple[subprocess.Popen[bytes], int, int]:
    """The program, and our ends of its stdout and stderr."""
    command = _command_line(argv, env, limits)
    given = _memory_file(stdin)
    (out, its_out), (err, its_err) = os.pipe(), os.pipe()
    try:
        process = subprocess.Popen(
            command,
            stdin=given,
            stdout=its_out,
            stderr=its_err,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            # With our ends open in the child too, its last words never meet a broken pipe: Go
            # programs die of one on stdout or stderr before they have cleaned up.
            pass_fds=(out, err) if limits.cleans_up else (),
        )
    except OSError as error:
        os.close(out)
        os.close(err)
        program, reason = command[-len(argv)], str(error)
        raise EngineUnreachable("program-broken", program=program, reason=reason) from error
    finally:
        for descriptor in (given, its_out, its_err):
            os.close(descriptor)
    return process, out, err


def _memory_file(content: bytes) -> int:
    """A descriptor to read `content` from; nobody has to feed a pipe."""
    if not content:
        return os.open(os.devnull, os.O_RDONLY)
    descriptor = os.memfd_create("stdin")
    with os.fdopen(os.dup(descriptor), "wb") as out:
        out.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _command_line(argv: Sequence[str], env: Mapping[str, str], limits: Limits) -> list[str]:
    path = env.get("PATH", os.defpath)
    program = shutil.which(argv[0], path=path)
    if program is None:
        raise EngineUnreachable("program-missing", program=os.path.basename(argv[0]))
    prefix: list[str] = []
    if setpriv := _found("setpriv", path):
        prefix += [setpriv, "--pdeathsig", limits.stop.name.removeprefix("SIG")]
    if limits.low_priority:
        for name, options in (("nice", ["-n", "10"]), ("ionice", ["-c", "2", "-n", "7"])):
            if tool := _found(name, path):
                prefix += [tool, *options]
    return [*prefix, program, *argv[1:]]


@cache
def _found(name: str, path: str) -> str | None:
    return shutil.which(name, path=path)
