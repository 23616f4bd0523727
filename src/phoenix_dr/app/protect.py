"""Backup jobs on a Proxmox: what the policies want, and the files that hand them over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.losses import Loss
from phoenix_dr.core.report import Finding
from phoenix_dr.core.vzdump import guests_of, parameters
from phoenix_dr.core.vzdump_findings import Seen, find_in_jobs, view_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import Change, Keep, Update, changes, first_run_losses
from phoenix_dr.errors import ApprovalRequired, UsageError
from phoenix_dr.ledger import Kind
from phoenix_dr.render.handoff_readme import Prepared, files
from phoenix_dr.render.view import View

KIND = "proxmox"
MARK = "phoenix protect plan"
"""Stands in the head of every file written here; a file without it is not overwritten."""
_HEAD = 400


@dataclass(frozen=True, slots=True)
class Protection:
    """What one Proxmox is to run.

    `changes` is None when its present jobs were not read. `known` counts the archives the losses
    were worked out from; of the guests in `unseen` no archive was ever seen.
    """

    engine: str
    jobs: tuple[VzdumpJob, ...]
    changes: tuple[Change, ...] | None
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...]
    known: int
    unseen: tuple[int, ...]


def protections(
    ctx: Context, engine: str | None = None, *, seen: Mapping[str, Seen] | None = None
) -> tuple[Protection, ...]:
    """The jobs wanted on one Proxmox, or on each; `seen` is what they showed, by engine.

    Raises UsageError for an engine that is none, and for what Proxmox cannot say.
    """
    looks = seen or {}
    return tuple(_protection(ctx, name, looks.get(name)) for name in _engines(ctx, engine))


def hand_over(ctx: Context, made: Protection, folder: Path) -> tuple[Path, ...]:
    """Write the files that hold these jobs into FOLDER/ENGINE, and note that they are prepared.

    Raises ApprovalRequired when the first run would remove archives; UsageError when a file is
    there that is not ours, or the place cannot be written.
    """
    lost = sum(len(loss.points) for loss in made.losses)
    if lost:
        raise ApprovalRequired("handoff-loses", engine=made.engine, count=lost)
    zone = ctx.estate.timezone
    prepared = Prepared(made.engine, made.jobs, made.findings, zone, ctx.now())
    view = View(language=ctx.language, zone=ZoneInfo(zone))
    texts = {folder / made.engine / name: text for name, text in files(prepared, view).items()}
    for path in texts:
        _require_ours(path)
    for path, text in texts.items():
        write_atomically(path, text, mode=0o644)
    wanted = json.dumps([(job.id, parameters(job)) for job in made.jobs], sort_keys=True)
    note = {"state": "prepared", "jobs": hashlib.sha256(wanted.encode()).hexdigest()}
    ctx.ledger.append(Kind.NOTE, f"handoff:{made.engine}", note, at=ctx.now())
    return tuple(texts)


def _engines(ctx: Context, engine: str | None) -> Iterator[str]:
    specs = ctx.estate.engines
    if engine is None:
        found = [name for name, spec in specs.items() if spec.kind == KIND]
        if not found:
            raise UsageError("no-proxmox")
        yield from found
        return
    if engine not in specs:
        raise UsageError("engine-unknown", engine=engine, known=", ".join(specs))
    if specs[engine].kind != KIND:
        raise UsageError("engine-not-proxmox", engine=engine, kind=specs[engine].kind)
    yield engine


def _protection(ctx: Context, engine: str, seen: Seen | None) -> Protection:
    view = view_of(ctx.estate, engine, seen, now=ctx.now())
    made = None if seen is None else changes(view.wanted, seen.jobs)
    held = {job.id: _held(ctx, engine, job) for job in view.wanted}
    was = {each.job.id: each.found for each in made or () if isinstance(each, Update)}
    same = {each.job.id for each in made or () if isinstance(each, Keep)}
    losses = (
        loss
        for job in view.wanted
        if job.id not in same
        for loss in first_run_losses(
            held[job.id], job, zone=ctx.estate.timezone, now=ctx.now(), was=was.get(job.id)
        )
    )
    return Protection(
        engine=engine,
        jobs=view.wanted,
        changes=made,
        findings=find_in_jobs(view),
        losses=tuple(losses),
        known=sum(len(points) for lanes in held.values() for points in lanes.values()),
        unseen=tuple(
            sorted({v for job in view.wanted for v in job.vmids if not held[job.id].get(v)})
        ),
    )


def _held(ctx: Context, engine: str, job: VzdumpJob) -> dict[int, tuple[RecoveryPoint, ...]]:
    """The archives known of each guest of a job, on the job's storage."""
    location = ctx.estate.engines[engine].locations.get(job.storage)
    described = guests_of(ctx.estate, None, engine)
    found = {}
    for vmid in job.vmids:
        points = ctx.ledger.points(described[vmid], engine=engine, location=location)
        if points:
            found[vmid] = tuple(points)
    return found


def _require_ours(path: Path) -> None:
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:_HEAD]
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
    if MARK not in head:
        raise UsageError("handoff-not-ours", path=str(path))
