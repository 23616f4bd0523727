"""A path of the fake that begins a task, and the client that begins and follows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.proxmox.fake_answers import Ask, Route
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Died
from adapters.proxmox.lab import lab
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.running import Patience, TaskEnd, begin, finish

BRISK = Patience(total=5, silence=1, first=0.01, longest=0.05)
AT = "/nodes/pve1/vzdump"


@dataclass
class Work:
    """What the fake's vzdump does next, and how often it was done."""

    seconds: float = 0.0
    log: tuple[str, ...] = ("INFO: starting", "INFO: working", "INFO: done")
    exitstatus: str = "OK"
    died: str = ""
    answer: str | None = None
    begun: int = 0
    done: int = 0

    def __call__(self, ask: Ask) -> str:
        """Begin a task for the guest asked for."""
        if self.answer is not None:
            return self.answer
        self.begun += 1
        return ask.state.begin(
            ask.part["node"], "vzdump", ask.params["vmid"], ask.user,
            seconds=self.seconds, log=self.log, exitstatus=self.exitstatus, effect=self._effect,
        )  # fmt: skip

    def _effect(self) -> None:
        if self.died:
            raise Died(self.died)
        self.done += 1


@contextmanager
def working(work: Work) -> Iterator[Fake]:
    """A fake with a path that begins a task."""
    params = {"vmid": "i", "remove": "b", "exclude-path": "[]"}
    route = Route("/nodes/{node}/vzdump", work, params, method="POST", required=("vmid",))
    with running(lab(), routes=(route,)) as found:
        yield found


def started(client: Call) -> str:
    """Begin the task."""
    return begin(
        client, "pve1", kind="vzdump", vmid=210, method="POST",
        path=("nodes", "pve1", "vzdump"), params={"vmid": "210", "remove": "0"},
    )  # fmt: skip


def ended(client: Call, upid: str, patience: Patience = BRISK) -> TaskEnd:
    """Follow it."""
    return finish(client, "pve1", upid, cancel=threading.Event(), patience=patience)
