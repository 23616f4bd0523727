"""Backup jobs as a plain POSIX script for a root shell on a Proxmox node."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from phoenix_dr.core.vzdump import parameters
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import unwanted
from phoenix_dr.render.phrases import sentence

FILE = "backup-jobs.sh"
QUOTED = "# shellcheck disable=SC2016"
"""Nothing in quotes is meant to be filled in."""


def script(engine: str, jobs: Sequence[VzdumpJob], *, language: str) -> str:
    """Creates each job, or sets it when it is there: run twice, it changes nothing more."""
    head = sentence(language, "handoff.head", engine=engine)
    lines = ["#!/bin/sh", f"# {head}", QUOTED, "set -eu"]
    for job in jobs:
        lines += ["", *_job(job)]
    return "\n".join(lines) + "\n"


def options(job: VzdumpJob) -> tuple[str, ...]:
    """The job's parameters as `pvesh` takes them, each name followed by its value."""
    return tuple(word for name, value in parameters(job).items() for word in (f"--{name}", value))


def _job(job: VzdumpJob) -> Iterator[str]:
    path = shlex.quote(f"/cluster/backup/{job.id}")
    pairs = [f"{name} {shlex.quote(value)}" for name, value in _pairs(job)]
    yield "set -- \\\n    " + " \\\n    ".join(pairs)
    clear = ",".join(unwanted(job))
    ending = f" --delete {shlex.quote(clear)}" if clear else ""
    yield f"if pvesh get {path} >/dev/null 2>&1; then"
    yield f'    pvesh set {path} "$@"{ending}'
    yield "else"
    yield f'    pvesh create /cluster/backup --id {shlex.quote(job.id)} "$@"'
    yield "fi"


def _pairs(job: VzdumpJob) -> Iterator[tuple[str, str]]:
    words = options(job)
    yield from zip(words[::2], words[1::2], strict=True)
