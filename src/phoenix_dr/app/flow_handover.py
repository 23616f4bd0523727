"""A schedule in Flow's hands: prepared, asked for, and believed only when its starts were seen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from phoenix_dr.app import project_requests
from phoenix_dr.app.context import Context
from phoenix_dr.app.flow import Made
from phoenix_dr.app.handed import write_over
from phoenix_dr.app.project import project
from phoenix_dr.core.flow import Form, Planned, Run, Seen, Stage, judge, planned, stage
from phoenix_dr.core.regular_work import Wishes, regular_work
from phoenix_dr.core.request_lines import Sibling, asking
from phoenix_dr.ledger import Kind

FOLDER = "flow"
SUBJECT = "flow-handover"
REQUEST = "flow:schedule"
"""Under which the request is remembered; no engine has a colon in its name."""
TRIGGER = re.compile(r"(timers|cron|actions)/phoenix-[a-z0-9-]{1,80}")
SHORT = 8


@dataclass(frozen=True, slots=True)
class Where:
    """Where the last handover stands.

    `changed`: phoenix.yaml says something else since, so that nothing can verify it any more, and
    what it says now is not handed over.
    `closed`: a request in the project's memory was checked off just now.
    """

    form: Form
    since: datetime
    stage: Stage
    seen: tuple[Seen, ...]
    changed: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """Files that were written into FOLDER/flow; `asked` None outside a project."""

    paths: tuple[Path, ...]
    request: str
    asked: bool | None


def hand_over(ctx: Context, made: Made, folder: Path, *, page: str, request: str) -> Handed:
    """Write one form and its page below FOLDER/flow, and ask Flow in the project's memory.

    The same handed over again changes nothing. Raises UsageError when a file is there that is not
    ours, or the folder or the memory cannot be written.
    """
    form = made.wanted.form
    texts = {"README.md": page, **{f"{form}/{name}": text for name, text in made.texts.items()}}
    digest = digest_of(form, made.planned)
    paths = write_over(ctx, FOLDER, folder, texts, wanted=digest)
    here = project(folder.absolute()) or project(Path.cwd())
    root = str(here.root) if here is not None and here.memory is not None else ""
    note = {
        "form": form.value,
        "digest": digest,
        "textfile": made.wanted.wishes.textfile,
        "expiry": made.wanted.wishes.expiry,
        "root": root,
        "state": "handed" if root else "prepared",
    }
    before = _last(ctx)
    if before is None or {**before[1], "state": ""} != {**note, "state": ""}:
        ctx.ledger.append(Kind.NOTE, SUBJECT, note, at=ctx.now())
    asked = None
    if root:
        asked = project_requests.ask(ctx, REQUEST, asking(Sibling.FLOW, request), start=Path(root))
    return Handed(paths, request, asked)


def digest_of(form: Form, plan: Iterable[Planned]) -> str:
    """Names what is to run when, in one form: another schedule has another one."""
    said = [
        (each.work.name, each.work.arguments, [(c.expression, c.timezone) for c in each.crons])
        for each in plan
    ]
    return hashlib.sha256(json.dumps([form.value, said]).encode()).hexdigest()


def remember(ctx: Context, trigger: str, *, started_at: datetime, code: int) -> bool:
    """Note a start under the name of a handed-over work, while one waits to be verified."""
    before = _last(ctx)
    if before is None or before[1]["state"] == Stage.VERIFIED or not TRIGGER.fullmatch(trigger):
        return False
    value = {"started_at": started_at.isoformat(), "code": code}
    ctx.ledger.append(Kind.NOTE, _runs_of(trigger), value, at=ctx.now())
    return True


def where(ctx: Context) -> Where | None:
    """Where the last handover stands, by the starts that were noted; None without one."""
    before = _last(ctx)
    if before is None:
        return None
    since, note = before
    form = Form(note["form"])
    works = regular_work(ctx.estate, Wishes(note["textfile"], bool(note["expiry"])))
    plan = planned(works, form, year=ctx.now().year)
    changed = digest_of(form, plan) != note["digest"]
    seen = tuple(
        judge(each, _runs(ctx, form, each, since=since), since=since, now=ctx.now())
        for each in plan
    )
    found = stage(seen, asked=bool(note["root"]))
    if changed:
        found = Stage.PREPARED
    elif note["state"] == Stage.VERIFIED:
        found = Stage.VERIFIED
    return Where(form, since, found, seen, changed)


def settle(ctx: Context) -> Where | None:
    """Verify what waits and check its request off; None when nothing waits to be verified.

    Raises UsageError when the project's memory cannot be written; it is tried again next time.
    """
    before = _last(ctx)
    if before is None or before[1]["state"] == Stage.VERIFIED:
        return None
    found = where(ctx)
    if found is None or found.stage is not Stage.VERIFIED:
        return found
    root = before[1]["root"]
    closed = bool(root) and project_requests.served(ctx, REQUEST, start=Path(root))
    note = {**before[1], "state": Stage.VERIFIED.value}
    ctx.ledger.append(Kind.NOTE, SUBJECT, note, at=ctx.now())
    return Where(found.form, found.since, found.stage, found.seen, closed=closed)


def _runs(ctx: Context, form: Form, plan: Planned, *, since: datetime) -> tuple[Run, ...]:
    rows = ctx.ledger.rows(
        kinds=(Kind.NOTE,), subject=_runs_of(f"{form}/{plan.work.name}"), since=since
    )
    said = (row.value for row in rows)
    return tuple(
        sorted(
            (Run(datetime.fromisoformat(each["started_at"]), int(each["code"])) for each in said),
            key=lambda run: run.started_at,
        )
    )


def _runs_of(trigger: str) -> str:
    return f"flow-run:{trigger}"


def _last(ctx: Context) -> tuple[datetime, dict[str, Any]] | None:
    """The last handover and when it was made, whatever became of it since."""
    rows = ctx.ledger.rows(kinds=(Kind.NOTE,), subject=SUBJECT, newest_first=True)
    newest: dict[str, Any] | None = None
    at = ctx.now()
    for row in rows:
        value = dict(row.value)
        if newest is None:
            newest, at = value, row.at
        elif {**value, "state": ""} == {**newest, "state": ""}:
            at = row.at
        else:
            break
    return None if newest is None else (at, newest)
