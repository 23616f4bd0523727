"""Pure: rows of a Proxmox Backup Server to core values. Keys are kebab-case and may be absent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.adapters.pbs.failures import line
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.pbs import (
    Datastore,
    GcState,
    Group,
    Namespace,
    PruneJob,
    Run,
    Snapshot,
    VerifyJob,
)

Row = Mapping[str, Any]
KINDS = frozenset({"vm", "ct", "host"})
INDEX = "index.json.blob"
"""Written last: a snapshot without it was never finished."""
KEEPS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_SAFE = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_NAME = re.compile(_SAFE)
_NAMESPACE = re.compile(rf"(?:{_SAFE}(?:/{_SAFE}){{0,15}})?")
_UPID = re.compile(r"UPID:[^:]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+:([0-9A-Fa-f]{8,9}):")


def number(value: object) -> int | None:
    """A whole number that is not negative, from a number or its text; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = int(value)
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found < 1 << 63 else None


def moment(value: object) -> datetime | None:
    """The time of an epoch; None for 0 and for what no clock shows."""
    try:
        return datetime.fromtimestamp(number(value) or -1, UTC) if number(value) else None
    except (ValueError, OverflowError, OSError):
        return None


def text(row: Row, key: str) -> str:
    """A text of a row as one short line, "" where there is none."""
    value = row.get(key)
    return line(value) if isinstance(value, str) else ""


def flag(value: object) -> bool:
    """PBS writes true and false; absent is false."""
    return value is True or value == 1 or value in ("1", "true")


def named(row: Row, key: str) -> str:
    """A name PBS itself would accept, "" for anything else."""
    found = row.get(key)
    return found if isinstance(found, str) and _NAME.fullmatch(found) else ""


def namespace(row: Row, datastore: str) -> Namespace | None:
    """A row of `namespace`; None for a name PBS would not accept."""
    found = _space(row)
    return None if found is None else Namespace(datastore, found)


def usage(row: Row) -> Datastore | None:
    """A row of `/status/datastore-usage`; an estimate in the past means it does not grow."""
    if not (name := named(row, "store")):
        return None
    return Datastore(
        name=name,
        total=number(row.get("total")),
        used=number(row.get("used")),
        available=number(row.get("avail")),
        full_at=moment(row.get("estimated-full-date")),
        error=text(row, "error"),
    )


def group(row: Row, at: Namespace) -> Group | None:
    """A row of `groups`; `backup-id` is a string."""
    kind, name = _group(row)
    if not name:
        return None
    return Group(
        datastore=at.datastore,
        namespace=at.name,
        kind=kind,
        name=name,
        owner=text(row, "owner"),
        newest=moment(row.get("last-backup")),
        count=number(row.get("backup-count")) or 0,
    )


def snapshot(row: Row, at: Namespace) -> Snapshot | None:
    """A row of `snapshots`; None for what has no group or time.

    Without an index there is neither size nor verification, whatever else the row says.
    """
    kind, name = _group(row)
    taken_at = moment(row.get("backup-time"))
    if not name or taken_at is None:
        return None
    finished = _finished(row)
    verified, verified_at = _verification(row.get("verification"))
    return Snapshot(
        datastore=at.datastore,
        namespace=at.name,
        kind=kind,
        name=name,
        taken_at=taken_at,
        size=number(row.get("size")) if finished else None,
        finished=finished,
        verified=verified,
        verified_at=verified_at,
        protected=flag(row.get("protected")),
        owner=text(row, "owner"),
        key=text(row, "fingerprint"),
    )


def verify_job(row: Row) -> VerifyJob | None:
    """A row of `/admin/verify`. What was verified is left alone unless told otherwise."""
    where = _job(row)
    if where is None:
        return None
    job, datastore, space = where
    skips = row.get("ignore-verified")
    return VerifyJob(
        id=job,
        datastore=datastore,
        namespace=space,
        depth=number(row.get("max-depth")),
        schedule=text(row, "schedule"),
        again_after=number(row.get("outdated-after")) if skips is None or flag(skips) else 0,
        last=run(row),
    )


def prune_job(row: Row) -> PruneJob | None:
    """A row of `/admin/prune`; a count of 0 keeps nothing by that rule, so it is none."""
    where = _job(row)
    if where is None:
        return None
    job, datastore, space = where
    return PruneJob(
        id=job,
        datastore=datastore,
        namespace=space,
        depth=number(row.get("max-depth")),
        schedule=text(row, "schedule"),
        enabled=not flag(row.get("disable")),
        keep=_rule(row),
        last=run(row),
    )


def gc(row: Row, datastore: str) -> GcState:
    """The answer of `gc`. Before PBS 3.2 only a task's name tells that and when it ran."""
    return GcState(
        datastore=datastore,
        schedule=text(row, "schedule"),
        last=run(row) or _by_task(row.get("upid")),
        pending=number(row.get("pending-bytes")),
        bad=number(row.get("still-bad")) or 0,
    )


def run(row: Row) -> Run | None:
    """How a job last ended; None when it never began. `WARNINGS: 2` is a good end."""
    state, ended = text(row, "last-run-state"), moment(row.get("last-run-endtime"))
    if not state:
        began = begun(row.get("last-run-upid"))
        return Run(None, None) if began or ended else None
    ok = None if state == "unknown" else state == "OK" or state.startswith("WARNINGS")
    return Run(ended, ok, "" if state == "OK" else state)


def begun(upid: object) -> datetime | None:
    """When a task began: its name has the seconds in hexadecimal."""
    found = _UPID.match(upid) if isinstance(upid, str) else None
    return moment(int(found[1], 16)) if found else None


def version(row: Row) -> str:
    """`4.0.11`: PBS tells `4.0` and `11`."""
    return ".".join(part for part in (text(row, "version"), text(row, "release")) if part)


def privileges(data: Row, path: str) -> frozenset[str]:
    """What `/access/permissions?path=` grants on that path; a path without any is left out."""
    found = data.get(path)
    return frozenset(map(str, found)) if isinstance(found, Mapping) else frozenset()


def _rule(row: Row) -> RetentionRule:
    counts = {name: number(row.get(f"keep-{name}")) or None for name in KEEPS}
    return RetentionRule(
        last=counts["last"],
        hourly=counts["hourly"],
        daily=counts["daily"],
        weekly=counts["weekly"],
        monthly=counts["monthly"],
        yearly=counts["yearly"],
    )


def _group(row: Row) -> tuple[str, str]:
    kind, name = text(row, "backup-type"), named(row, "backup-id")
    return (kind, name) if kind in KINDS and name else ("", "")


def _space(row: Row) -> str | None:
    found = row.get("ns", "")
    return found if isinstance(found, str) and _NAMESPACE.fullmatch(found) else None


def _job(row: Row) -> tuple[str, str, str] | None:
    job, datastore, space = named(row, "id"), named(row, "store"), _space(row)
    return (job, datastore, space) if job and datastore and space is not None else None


def _finished(row: Row) -> bool:
    files = row.get("files")
    if number(row.get("size")) is None:
        return False
    if not isinstance(files, list) or not files:
        # A size is only told from an index that was read.
        return True
    return any(
        (each.get("filename") if isinstance(each, Mapping) else each) == INDEX for each in files
    )


def _verification(value: object) -> tuple[bool | None, datetime | None]:
    if not isinstance(value, Mapping):
        return None, None
    verified = {"ok": True, "failed": False}.get(str(value.get("state")))
    return verified, None if verified is None else begun(value.get("upid"))


def _by_task(upid: object) -> Run | None:
    began = begun(upid)
    return Run(began, None) if began else None
