"""What the fake answers about tasks it is told to stop (proxmox.md 6)."""

from __future__ import annotations

from adapters.proxmox.fake_answers import Ask, Refusal, Route


def _stop(ask: Ask) -> None:
    """Own tasks, others with Sys.Modify; a task that is over stays as it is."""
    for task in ask.state.tasks:
        if task.upid == ask.part["upid"] and task.node == ask.part["node"]:
            if task.user != ask.user:
                ask.need(f"/nodes/{task.node}", "Sys.Modify")
            ask.state.stop(task)
            return
    raise Refusal(400, "Parameter verification failed.", {"upid": "no such task"})


ROUTES = (Route("/nodes/{node}/tasks/{upid}", _stop, method="DELETE"),)
