"""Backup tasks: what became of each guest, read out of their logs (proxmox.md section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.look import Look
from phoenix_dr.core.proxmox import GuestRun

WINDOW = timedelta(days=30)
MOST_TASKS = 2000
MOST_LOGS = 200
"""Logs read of one node at a look, the newest first."""
MOST_LINES = 50_000
_JOB = re.compile(r"INFO: starting new backup job: vzdump ((?:\d+ )*\d+)(?: |$)")
_BEGAN = re.compile(r"INFO: Starting Backup of VM (\d+) \(\w+\)")
_ENDED = re.compile(r"INFO: Finished Backup of VM (\d+) \(.*\)")
_FAILED = re.compile(r"ERROR: Backup of VM (\d+) failed - (.*)")
_LEFT_OUT = re.compile(r"INFO: excluding (?:bind|device|volume) mount point (\w+) \(")
_LONGEST = 200


def read(look: Look, *, now: datetime) -> tuple[GuestRun, ...]:
    """Runs of every guest in the last 30 days; what could not be read becomes a blind spot."""
    found: list[GuestRun] = []
    since = str(int((now - WINDOW).timestamp()))
    for node in look.nodes:
        if not node.online:
            look.dark("proxmox-tasks-away", node.name)
            continue
        if not look.rights.has("Sys.Audit", f"/nodes/{node.name}"):
            # Others' tasks are then missing from the list, without a word.
            look.dark("proxmox-tasks-hidden", node.name)
        rows = look.tried(node.name, partial(_tasks, look.call, node.name, since))
        found += _runs(look, node.name, rows or [])
    return tuple(sorted(found, key=lambda run: (run.started_at, run.vmid)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the log says of one guest: `ok` None while it only began; mount points left out."""

    ok: bool | None = None
    why: str = ""
    left_out: tuple[str, ...] = ()


def outcomes(lines: Iterable[str]) -> dict[int, Outcome]:
    """Outcome of each guest a log names; only the log tells guests of one task apart.

    A task that is green may have left out mount points.
    """
    found: dict[int, Outcome] = {}
    current = 0
    for line in lines:
        if match := _JOB.match(line):
            found |= {int(each): Outcome() for each in match[1].split()}
        elif match := _BEGAN.match(line):
            current = int(match[1])
            found[current] = Outcome()
        elif match := _ENDED.match(line):
            vmid = int(match[1])
            found[vmid] = replace(found.get(vmid, Outcome()), ok=True)
        elif match := _FAILED.match(line):
            vmid, why = int(match[1]), match[2].strip()[:_LONGEST]
            found[vmid] = replace(found.get(vmid, Outcome()), ok=False, why=why)
        elif current and (match := _LEFT_OUT.match(line)):
            before = found[current]
            found[current] = replace(before, left_out=(*before.left_out, match[1]))
    return found


def log(call: Call, node: str, task: str) -> Iterator[str]:
    """Lines of a log, page after page."""
    for row in call.pages("nodes", node, "tasks", task, "log", most=MOST_LINES):
        yield parse.text(row, "t")


def _tasks(call: Call, node: str, since: str) -> list[dict[str, Any]]:
    asked = {"typefilter": "vzdump", "source": "all", "since": since}
    return list(call.pages("nodes", node, "tasks", most=MOST_TASKS, **asked))


def _runs(look: Look, node: str, rows: list[dict[str, Any]]) -> Iterator[GuestRun]:
    if len(rows) > MOST_LOGS:
        look.dark("proxmox-logs-many", f"{node}: {len(rows) - MOST_LOGS}")
    known = [
        (row, GuestRun(0, node, task, started, None, None))
        for row in rows[:MOST_LOGS]
        if (task := parse.text(row, "upid")) and (started := parse.moment(row.get("starttime")))
    ]
    asks = [(f"{node}: {run.task}", partial(_read, look.call, node, run.task)) for _, run in known]
    for (row, run), found in zip(known, look.tried_each(asks), strict=True):
        if found is not None:
            yield from _ends(row, run, found)


def _read(call: Call, node: str, task: str) -> dict[int, Outcome]:
    return outcomes(log(call, node, task))


def _ends(row: parse.Row, run: GuestRun, found: dict[int, Outcome]) -> Iterator[GuestRun]:
    ended, said = parse.moment(row.get("endtime")), parse.text(row, "status")
    run = replace(run, ended_at=ended)
    alone = parse.number(row.get("id"))
    if not found and ended is not None and not _is_good(said):
        # It died before it named a guest: 0 stands for all of them.
        found = {alone or 0: Outcome()}
    for vmid, outcome in found.items():
        # A guest whose end nobody logged, in a task that is over, was not saved.
        cut = outcome.ok is None and ended is not None
        yield replace(
            run,
            vmid=vmid,
            ok=False if cut else outcome.ok,
            detail=said[:_LONGEST] if cut else outcome.why,
            left_out=outcome.left_out,
        )


def _is_good(status: str) -> bool:
    return status == "OK" or status.startswith("WARNINGS: ")
