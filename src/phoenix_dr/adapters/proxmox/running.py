"""Tasks Phoenix starts on a Proxmox VE: begun once, followed to their end (proxmox.md 6)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from phoenix_dr.adapters.proxmox.call import PAGE, Call
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

UNSURE = frozenset({"write-unanswered", "answer-confused", "web-too-long"})
"""Errors of a write after which it may have been done."""
NEWEST = 50
"""Tasks of one kind and guest that are looked at."""
STOPPING = 30.0
"""Seconds a task that is stopped is given to end."""
NO_SUCH_TASK = "no such task"
EMPTY_LOG = ["no content"]
"""What an empty log says."""
_UPID = re.compile(
    r"UPID:(?P<node>[^:\s]+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}"
    r":(?P<type>[^:\s]+):(?P<id>[^:\s]*):(?P<user>[^:\s]+):"
)
_WARNINGS = re.compile(r"WARNINGS: (\d+)")


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How a task ended: `said` is its exit status in Proxmox' words, `lines` its log.

    `ok` is True for `OK` and for `WARNINGS: n`, and for nothing else; "" is a status nobody knows.
    """

    upid: str
    ok: bool
    warnings: int
    said: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """How a task is waited for, in seconds.

    `total` is for all of it, `silence` how long no answer may come; pauses grow from `first` to
    `longest`. `stops` says that a cancelled task is stopped instead of left running. No more than
    `lines` of its log are kept.
    """

    total: float = 8 * 3600.0
    silence: float = 600.0
    first: float = 0.5
    longest: float = 10.0
    stops: bool = False
    lines: int = 50_000


def begin(
    call: Call,
    node: str,
    *,
    kind: str,
    vmid: int | None,
    method: str,
    path: tuple[str, ...],
    params: Mapping[str, str],
) -> str:
    """Start a task with one write and return its UPID; never writes twice.

    `kind` is its type (`vzdump`, `vzrestore`), `vmid` its guest, None for a task of no single one.
    A write nobody answered is looked for among the tasks: ours is one that was not there before.
    Raises EngineUnreachable (write-unanswered) where it is not found, and EngineError
    (proxmox-no-task) for an answer that names none, such as vzdump's "OK" on the wrong node.
    """
    mine = _Mine(call, node, kind, "" if vmid is None else str(vmid), call.token_id())
    # Compared by name and not by time, since the clock of the node is not ours.
    before = mine.seen()
    try:
        answer = call.send(method, *path, **params)
    except EngineError as error:
        if error.code not in UNSURE:
            raise
        unsure = error
    else:
        if isinstance(answer, str) and _UPID.fullmatch(answer):
            return answer
        raise EngineError("proxmox-no-task", engine=call.spec.id, detail=str(answer)[:100])
    return _taken_up(mine, before, str(unsure.parameters.get("detail", unsure.code)))


def finish(
    call: Call,
    node: str,
    upid: str,
    *,
    cancel: threading.Event,
    patience: Patience,
    tell: Callable[[str], None] | None = None,
) -> TaskEnd:
    """Follow a task to its end; `tell` gets each line of its log once, as it comes.

    A task that failed, or that nobody knows any more, is an end with `ok` False. Reads that fail
    are asked again. Raises EngineError (cancelled; proxmox-task-late after the whole patience, the
    task still runs) and what the last read raised when no answer came for too long.
    """
    return _Follow(call, node, upid, cancel, patience, tell or (lambda line: None)).end()


@dataclass(frozen=True, slots=True)
class _Mine:
    """Tasks of one kind and guest that our own user started."""

    call: Call
    node: str
    kind: str
    id: str
    user: str

    def seen(self) -> set[str]:
        asked = {"source": "all", "typefilter": self.kind, "limit": str(NEWEST)}
        if self.id:
            asked["vmid"] = self.id
        rows = self.call.rows("nodes", self.node, "tasks", **asked)
        return {row["upid"] for row in rows if self._is_mine(row.get("upid"))}

    def _is_mine(self, upid: Any) -> bool:
        found = _UPID.fullmatch(upid) if isinstance(upid, str) else None
        wanted = (self.kind, self.id, self.user)
        return found is not None and found.group("type", "id", "user") == wanted


def _taken_up(mine: _Mine, before: set[str], detail: str) -> str:
    """The one task that is new; it may show up only after the node got round to it."""
    until, pause, found = monotonic() + mine.call.wait, 0.1, set[str]()
    while True:
        try:
            found = mine.seen() - before
        except EngineUnreachable:
            pass
        if found or monotonic() >= until:
            break
        sleep(pause)
        pause = min(2 * pause, 5.0)
    if len(found) == 1:
        return found.pop()
    if found:
        # Another run beside ours: which of them is ours nobody can say.
        detail = f"{detail}; {len(found)} tasks"
    raise EngineUnreachable("write-unanswered", engine=mine.call.spec.id, detail=detail)


@dataclass(slots=True)
class _Follow:
    call: Call
    node: str
    upid: str
    cancel: threading.Event
    patience: Patience
    tell: Callable[[str], None]
    lines: list[str] = field(default_factory=list)
    read: int = 0
    heard: float = field(default_factory=monotonic)

    def end(self) -> TaskEnd:
        until, pause = monotonic() + self.patience.total, self.patience.first
        while (said := self._heard()) is None:
            if self.cancel.wait(min(pause, self.patience.longest)):
                self._cancelled()
            if monotonic() >= until:
                raise self._error("proxmox-task-late", detail=self.upid)
            pause *= 1.5
        return self._ended(said)

    def _heard(self) -> str | None:
        """The exit status, None while it runs or while one more silence is put up with."""
        try:
            said = self._step()
        except EngineDenied:
            raise
        except EngineError:
            # Even a 500 says nothing of a task that runs on.
            if monotonic() - self.heard >= self.patience.silence:
                raise
            return None
        self.heard = monotonic()
        return said

    def _step(self) -> str | None:
        """One look: the exit status once it is over and its log is read."""
        try:
            found = self.call.data("nodes", self.node, "tasks", self.upid, "status")
        except EngineError as error:
            if NO_SUCH_TASK not in str(error.parameters.get("detail", "")):
                raise
            return NO_SUCH_TASK
        if not isinstance(found, dict):
            raise self.call.confused()
        over = found.get("status") == "stopped"
        self._log(whole=over)
        return str(found.get("exitstatus") or "") if over else None

    def _log(self, *, whole: bool) -> None:
        """What is new in the log; its last line may be half written while the task runs."""
        where = ("nodes", self.node, "tasks", self.upid, "log")
        while self.read < self.patience.lines:
            size = min(PAGE, self.patience.lines - self.read)
            rows = self.call.rows(*where, start=str(self.read), limit=str(size))[:size]
            texts = [str(row.get("t", "")) for row in rows]
            if self.read == 0 and texts == EMPTY_LOG:
                return
            kept = texts if whole else texts[:-1]
            self.read += len(kept)
            self.lines += kept
            for line in kept:
                self.tell(line)
            if len(texts) < size or not kept:
                return

    def _ended(self, said: str) -> TaskEnd:
        warned = _WARNINGS.fullmatch(said)
        return TaskEnd(
            self.upid,
            ok=said == "OK" or warned is not None,
            warnings=int(warned[1]) if warned else 0,
            said=said,
            lines=tuple(self.lines),
        )

    def _cancelled(self) -> None:
        if self.patience.stops:
            self._stop()
        found = _UPID.fullmatch(self.upid)
        raise self._error("cancelled", program=found["type"] if found else self.upid)

    def _stop(self) -> None:
        """Tell it to stop, and wait a little: what it holds is locked until it is over."""
        with suppress(EngineUnreachable):
            self.call.send("DELETE", "nodes", self.node, "tasks", self.upid)
        until = monotonic() + STOPPING
        with suppress(EngineError):
            while self._heard() is None and monotonic() < until:
                sleep(self.patience.first)

    def _error(self, code: str, **parameters: str) -> EngineError:
        return EngineError(code, engine=self.call.spec.id, **parameters)
