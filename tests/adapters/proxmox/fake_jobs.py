"""What the fake answers about writing backup jobs (proxmox.md 3); backing up now is `fake_saves`.

Rights come before parameters (section 1): Sys.Modify on /, and Datastore.Allocate on the storage a
job has or gets. A change that names a guest, all, or a pool clears what conflicts with it.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.proxmox import fake_saves
from adapters.proxmox.fake_answers import Ask, Refusal, Route
from adapters.proxmox.fake_state import AUDITOR, ROLES

ROLES.setdefault("PhoenixJobs", AUDITOR | {"Sys.Modify"})
ROLES.setdefault(
    "PhoenixJobsStore",
    frozenset({"Datastore.Audit", "Datastore.Allocate", "Datastore.AllocateSpace"}),
)
APPLYING = {"/": "PhoenixJobs", "/vms": "AuditorAndRows", "/storage": "PhoenixJobsStore"}
"""What a token needs to set jobs and to back up (section 11), and nothing else."""
JOB: dict[str, str] = {
    **fake_saves.SAVE,
    "id": "s", "schedule": "s", "starttime": "s", "dow": "s", "enabled": "b", "comment": "s",
    "repeat-missed": "b",
}  # fmt: skip
ROOT_ONLY = ("tmpdir", "dumpdir", "script")
WHO = ("vmid", "all", "exclude", "pool")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVENT = re.compile(r"(?:(?P<days>[a-z,.]+) )?(?P<hours>[\d,./*]+)(?::(?P<minutes>[\d,./*]+))?")
LONGEST = {"schedule": 128, "comment": 512, "notes-template": 1024}
CHANGED = {name: form for name, form in JOB.items() if name != "id"} | {"delete": "s"}


def _may_write(ask: Ask) -> None:
    ask.need("/", "Sys.Modify")
    old = next((job for job in ask.state.jobs if job["id"] == ask.part.get("id")), {})
    for storage in {old.get("storage"), ask.params.get("storage")} - {None}:
        ask.need(f"/storage/{storage}", "Datastore.Allocate")
    if "pool" in ask.params:
        ask.need(f"/pool/{ask.params['pool']}", "VM.Backup")
    for name in ROOT_ONLY:
        if name in ask.params:
            raise Refusal(403, "Permission check failed (only root can set this)")


def verified(params: dict[str, str]) -> dict[str, Any]:
    """A job as it is kept: property strings as objects, 0 and 1 as numbers; 400 for what is odd."""
    errors: dict[str, str] = {}
    for name, most in LONGEST.items():
        if len(params.get(name, "")) > most:
            errors[name] = f"value may only be {most} characters long"
    for name in ("notes-template", "protected"):
        if name in params and "storage" not in params:
            errors["storage"] = f"missing property required by '{name}'"
    if "schedule" in params and next_runs(params["schedule"], datetime.now(UTC), 0) is None:
        errors["schedule"] = "invalid format - unable to parse calendar event"
    if "schedule" in params and "starttime" in params:
        errors["starttime"] = "option conflicts with option 'schedule'"
    for name in WHO[1:]:
        if "vmid" in params and name in params:
            errors[name] = "option conflicts with option 'vmid'"
    for name in ("vmid", "exclude"):
        if not re.fullmatch(r"(\d{3,9}(,\d{3,9})*)?", params.get(name, "")):
            errors[name] = "invalid format - value does not look like a valid VM ID"
    kept: dict[str, Any] = {}
    for name, value in params.items():
        kept[name] = int(value) if JOB.get(name) in ("b", "i") else value
        if name in ("prune-backups", "fleecing"):
            kept[name] = properties(value)
            if name == "prune-backups" and not fake_saves.is_rule(kept[name]):
                errors[name] = "invalid format - "
    if errors:
        raise Refusal(400, "Parameter verification failed.", errors)
    return kept


def properties(text: str) -> dict[str, str]:
    """A property string as the object that GET shows: another form than what was sent."""
    pairs = (part.partition("=") for part in text.split(","))
    return {key if sep else "enabled": value if sep else key for key, sep, value in pairs}


def _create(ask: Ask) -> None:
    job = verified(ask.params)
    if "schedule" not in job and "starttime" not in job:
        raise Refusal(500, "neither 'starttime' nor 'schedule' were set")
    if not any(name in job for name in WHO):
        missing = {"vmid": "property is missing and it is not optional"}
        raise Refusal(400, "Parameter verification failed.", missing)
    job.setdefault("id", str(uuid.uuid4()))
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]+", job["id"]) and "id" in ask.params:
        wrong = {"id": f"invalid configuration ID '{job['id']}'"}
        raise Refusal(400, "Parameter verification failed.", wrong)
    if any(each["id"] == job["id"] for each in ask.state.jobs):
        raise Refusal(500, f"Job '{job['id']}' already exists")
    if "exclude" in job and "pool" not in job:
        job["all"] = 1
    ask.state.jobs.append({"enabled": 1, **job})


def _change(ask: Ask) -> None:
    """TRAP: no digest, whoever writes last wins; and another text for an unknown id than GET's."""
    job = next((each for each in ask.state.jobs if each["id"] == ask.part["id"]), None)
    given = {name: value for name, value in ask.params.items() if name != "delete"}
    cleared = [name for name in ask.params.get("delete", "").split(",") if name]
    if not given and not cleared:
        raise Refusal(500, "no options specified")
    if job is None:
        raise Refusal(500, f"no such vzdump job '{ask.part['id']}'")
    new = verified(given)
    for name in cleared:
        if name not in CHANGED:
            raise Refusal(500, f"unknown option '{name}'")
        job.pop(name, None)
    conflicts = {
        "vmid": ("all", "exclude", "pool"), "all": ("vmid", "pool"),
        "pool": ("vmid", "all", "exclude"), "schedule": ("starttime", "dow"),
        "prune-backups": ("maxfiles",),
    }  # fmt: skip
    job.update(new)
    if "exclude" in new and "pool" not in job:
        job["all"] = 1
    for name in ("vmid", "all", "pool"):
        if name in new:
            # The first of them decides.
            for other in conflicts[name]:
                job.pop(other, None)
            break
    for name in ("schedule", "prune-backups"):
        for other in conflicts[name] if name in new else ():
            job.pop(other, None)


def _remove(ask: Ask) -> None:
    job = next((each for each in ask.state.jobs if each["id"] == ask.part["id"]), None)
    if job is None:
        missing = {"id": f"No such job '{ask.part['id']}'"}
        raise Refusal(400, "Parameter verification failed.", missing)
    ask.state.jobs.remove(job)


# ---- Schedules --------------------------------------------------------------------------------


def next_runs(event: str, after: datetime, count: int, zone: str = "UTC") -> list[datetime] | None:
    """The next runs within 30 days; None for what is no calendar event of the simple forms."""
    found = EVENT.fullmatch({"daily": "00:00", "weekly": "mon 00:00"}.get(event, event))
    if found is None:
        return None
    hours, minutes = found["hours"], found["minutes"]
    if minutes is None:
        # TRAP: a lone value is minutes.
        hours, minutes = "*", hours
    at, runs = after.replace(second=0, microsecond=0), list[datetime]()
    for _ in range(30 * 1440):
        if len(runs) >= count:
            break
        at += timedelta(minutes=1)
        here = at.astimezone(ZoneInfo(zone))
        if not _day(found["days"], here.weekday()):
            continue
        if _value(hours, here.hour) and _value(minutes, here.minute):
            runs.append(at)
    return runs


def _day(days: str | None, today: int) -> bool:
    for part in (days or "mon..sun").split(","):
        first, _, last = part.partition("..")
        if first not in DAYS or (last and last not in DAYS):
            return False
        if DAYS.index(first) <= today <= DAYS.index(last or first):
            return True
    return False


def _value(text: str, now: int) -> bool:
    for part in text.split(","):
        first, _, step = part.partition("/")
        if step:
            begin = int(first) if first not in ("*", "") else 0
            if now >= begin and (now - begin) % int(step) == 0:
                return True
        elif ".." in first:
            low, high = first.split("..")
            if int(low) <= now <= int(high):
                return True
        elif first == "*" or int(first) == now:
            return True
    return False


def analysing(zone: str = "UTC") -> Route:
    """Schedules as a node in this time zone runs them: calendar events are local time."""

    def answer(ask: Ask) -> list[dict[str, Any]]:
        start = int(ask.params.get("starttime", ask.state.now))
        count = int(ask.params.get("iterations", 10))
        runs = next_runs(ask.params["schedule"], datetime.fromtimestamp(start, UTC), count, zone)
        if runs is None:
            wrong = {"schedule": "invalid format - unable to parse calendar event"}
            raise Refusal(400, "Parameter verification failed.", wrong)
        return [{"timestamp": int(at.timestamp()), "utc": f"{at:%a %F %T UTC}"} for at in runs]

    return Route(
        "/cluster/jobs/schedule-analyze",
        answer,
        {"schedule": "s", "iterations": "i", "starttime": "i"},
        required=("schedule",),
    )


ROUTES: tuple[Route, ...] = (
    Route("/cluster/backup", _create, JOB, _may_write, method="POST"),
    Route("/cluster/backup/{id}", _change, CHANGED, _may_write, method="PUT"),
    Route("/cluster/backup/{id}", _remove, {}, _may_write, method="DELETE"),
    analysing(),
    fake_saves.saving(),
)
