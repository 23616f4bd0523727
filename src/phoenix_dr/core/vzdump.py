"""Backup jobs of a Proxmox cluster: from a policy, from what PVE shows, and as PVE wants them.

Names, defaults and conflicts are those of `/cluster/backup` (proxmox.md 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from phoenix_dr.core import schedule
from phoenix_dr.core.guest_settings import JobOptions
from phoenix_dr.core.model import AssetKind, Estate, RetentionRule
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_schedule import event_of
from phoenix_dr.errors import EngineError, UsageError

PREFIX = "phoenix-"
"""Ids that begin so belong to Phoenix; any other job is somebody else's."""
VMIDS = range(100, 1_000_000_000)
LONGEST_COMMENT = 512
DEFAULT_STORAGE = "local"
MANAGED = (
    "schedule", "storage", "vmid", "all", "exclude", "pool", "node", "enabled", "mode",
    "compress", "prune-backups", "remove", "repeat-missed", "comment",
)  # fmt: skip
"""Parameters Phoenix answers for in its jobs; notes and fleecing only where they are given."""


def jobs_of(estate: Estate, engine: str) -> tuple[VzdumpJob, ...]:
    """Every job the policies want on one Proxmox: one per policy and storage that has guests.

    Raises UsageError as `job_of` does, and when two policies would share one id.
    """
    made: dict[str, VzdumpJob] = {}
    for name in estate.policies:
        if not guests_of(estate, name, engine):
            continue
        for storage in storages_of(estate, name, engine):
            job = job_of(estate, name, engine, storage=storage)
            if job.id in made:
                raise UsageError("vzdump-id-twice", id=job.id, policy=name)
            made[job.id] = job
    return tuple(made.values())


def job_of(estate: Estate, policy: str, engine: str, *, storage: str | None = None) -> VzdumpJob:
    """The job a policy wants on a Proxmox, with exactly the guests whose assets follow it.

    `EngineSpec.jobs` may wish for every guest or a pool instead, and says how the job runs; an
    id it names is that of the job on the first storage. `storage` is that one when not given; its
    own id has no suffix. Raises UsageError when the policy has no guest or no storage there, or
    its schedule, rule or guests cannot be said.
    """
    rule = estate.policies[policy]
    places = storages_of(estate, policy, engine)
    if not places:
        raise UsageError("vzdump-no-storage", policy=policy, engine=engine)
    vmids = tuple(guests_of(estate, policy, engine))
    if not vmids:
        raise UsageError("vzdump-no-guest", policy=policy, engine=engine)
    chosen = storage or places[0]
    suffix = "" if chosen == places[0] else f"-{slug(chosen)}"
    prune_backups(rule.keep)
    wish = estate.engines[engine].jobs.get(policy, JobOptions())
    named = wish.id if not suffix else None
    every = wish.every or (bool(wish.exclude) and wish.pool is None)
    if wish.pool is not None and (wish.every or wish.exclude):
        # PVE drops `exclude` when it is told the pool anew (proxmox.md 3).
        raise UsageError("vzdump-pool-alone", policy=policy, pool=wish.pool)
    return VzdumpJob(
        id=named or f"{PREFIX}{slug(policy)}{suffix}",
        schedule=event_of(schedule.parse(rule.schedule, estate.timezone)),
        storage=chosen,
        vmids=() if every or wish.pool is not None else vmids,
        every=every,
        exclude=tuple(sorted(set(wish.exclude))),
        pool=wish.pool,
        node=wish.node,
        mode=wish.mode,
        compress=wish.compress,
        keep=rule.keep,
        comment=_comment(policy),
        notes_template=wish.notes,
        fleecing=f"enabled=1,storage={wish.fleecing}" if wish.fleecing else None,
        repeat_missed=wish.repeat_missed,
        remove=bool(counts(rule.keep)),
    )


def named_jobs(estate: Estate, engine: str) -> frozenset[str]:
    """Ids of jobs that a person gave to Phoenix, whoever made them."""
    return frozenset(wish.id for wish in estate.engines[engine].jobs.values() if wish.id)


def guests_of(estate: Estate, policy: str | None, engine: str) -> dict[int, str]:
    """Number → asset id of the guests of one Proxmox that follow a policy (None: of all)."""
    found = {
        _vmid(asset.id, asset.source): asset.id
        for asset in estate.assets()
        if asset.kind is AssetKind.GUEST
        and asset.source.partition("/")[0] == engine
        and (policy is None or asset.policy == policy)
    }
    return dict(sorted(found.items()))


def storages_of(estate: Estate, policy: str, engine: str) -> tuple[str, ...]:
    """Storages of one Proxmox a policy goes to, in its order; a bare `pve1` is its only one."""
    spec = estate.engines[engine]
    only = [name for name in spec.locations if name]
    found = []
    for to in estate.policies[policy].to:
        name, _, place = to.partition("/")
        if name == engine and (place or len(only) == 1):
            found.append(place or only[0])
    return tuple(dict.fromkeys(found))


def parameters(job: VzdumpJob) -> dict[str, str]:
    """The job as POST and PUT want it, booleans 0 or 1; the id is not among them.

    What is None is left out: PVE then keeps what is there.
    """
    chosen: dict[str, str | None] = {
        "schedule": job.schedule,
        "storage": job.storage,
        **_who(job),
        "node": job.node,
        "enabled": _flag(job.enabled),
        "mode": job.mode,
        "compress": job.compress,
        "prune-backups": None if job.keep is None else prune_backups(job.keep),
        "remove": _flag(job.remove),
        "repeat-missed": _flag(job.repeat_missed),
        "comment": job.comment or None,
        "notes-template": job.notes_template,
        "fleecing": job.fleecing,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def prune_backups(keep: RetentionRule) -> str:
    """A rule as `prune-backups` spells it. Raises UsageError for `within`, which PVE has not."""
    if keep.within:
        raise UsageError("retention-unsupported", rule="within", engine="Proxmox")
    said = ",".join(f"keep-{name}={count}" for name, count in counts(keep).items())
    return said or "keep-all=1"


def counts(keep: RetentionRule) -> dict[str, int]:
    """The counts a rule sets; 0 is not set. Raises UsageError for one below it."""
    found = {name: value for name in COUNTS if (value := getattr(keep, name))}
    for name, value in found.items():
        if value < 0:
            raise UsageError("retention-negative", rule=name, count=value)
    return found


def found_job(row: Mapping[str, object]) -> VzdumpJob:
    """A row of `GET /cluster/backup`; numbers may be strings, objects may be property strings.

    An absent key is PVE's default, never false. Raises EngineError for a row that is no job.
    """
    try:
        return _found(row)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError("vzdump-row", job=str(row.get("id", "?"))[:80]) from error


def rule_of(row: Mapping[str, object]) -> RetentionRule | None:
    """The rule in a row of `/storage` or of a job: None when it has none, empty keeps everything.

    Raises EngineError for a rule nobody understands.
    """
    try:
        return _keep(row)
    except (TypeError, ValueError) as error:
        raise EngineError("vzdump-row", job=str(row.get("storage", "?"))[:80]) from error


def slug(name: str) -> str:
    """A name in the letters an id may have."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "policy"


def _found(row: Mapping[str, object]) -> VzdumpJob:
    pool = _text(row, "pool")
    exclude = _numbers(row.get("exclude"))
    fleecing = _properties(row.get("fleecing"))
    old = " ".join(filter(None, (_text(row, "dow"), _text(row, "starttime"))))
    return VzdumpJob(
        id=str(row["id"]),
        schedule=_text(row, "schedule") or old,
        storage=_text(row, "storage") or DEFAULT_STORAGE,
        vmids=_numbers(row.get("vmid")),
        # `exclude` without a pool means all others (proxmox.md 3).
        every=_bool(row.get("all"), default=bool(exclude) and pool is None),
        exclude=exclude,
        pool=pool,
        node=_text(row, "node"),
        enabled=_bool(row.get("enabled"), default=True),
        mode=_text(row, "mode") or "snapshot",
        compress=_text(row, "compress") or "0",
        keep=_keep(row),
        comment=_text(row, "comment") or "",
        notes_template=_text(row, "notes-template"),
        fleecing=",".join(f"{key}={value}" for key, value in fleecing.items()) or None,
        repeat_missed=_bool(row.get("repeat-missed"), default=False),
        remove=_bool(row.get("remove"), default=True),
    )


def _keep(row: Mapping[str, object]) -> RetentionRule | None:
    given = _properties(row.get("prune-backups"))
    if not given and row.get("maxfiles") is not None:
        # Deprecated; 0 was "no limit".
        given = {"keep-last": str(row["maxfiles"])}
    if not given:
        return None
    known = {f"keep-{name}": name for name in COUNTS}
    if unknown := given.keys() - known.keys() - {"keep-all"}:
        raise ValueError(unknown)
    found = {name: int(given.get(key, 0)) or None for key, name in known.items()}
    return RetentionRule(
        last=found["last"],
        hourly=found["hourly"],
        daily=found["daily"],
        weekly=found["weekly"],
        monthly=found["monthly"],
        yearly=found["yearly"],
    )


def _properties(value: object) -> dict[str, str]:
    """A property string or its object, by key in alphabetical order; values as strings."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",")]
        # A value without a key is that of the default key.
        value = {key if sep else "enabled": end if sep else key for key, sep, end in pairs}
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return {str(key): str(value[key]) for key in sorted(value)}


def _who(job: VzdumpJob) -> dict[str, str | None]:
    exclude = ",".join(map(str, sorted(job.exclude))) or None
    if job.pool is not None:
        return {"pool": job.pool, "exclude": exclude}
    if job.every:
        return {"all": "1", "exclude": exclude}
    return {"vmid": ",".join(map(str, sorted(job.vmids)))}


def _vmid(asset: str, source: str) -> int:
    number = source.rpartition("/")[2]
    if not (number.isascii() and number.isdecimal() and int(number) in VMIDS):
        raise UsageError("guest-number", asset=asset, guest=source)
    return int(number)


def _comment(policy: str) -> str:
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in policy)
    return f"Phoenix: policy {plain}"[:LONGEST_COMMENT].rstrip()


def _numbers(value: object) -> tuple[int, ...]:
    parts = [] if value is None else str(value).replace(";", ",").replace(" ", ",").split(",")
    return tuple(sorted({int(part) for part in parts if part}))


def _text(row: Mapping[str, object], key: str) -> str | None:
    value = row.get(key)
    return None if value is None or value == "" else str(value)


def _bool(value: object, *, default: bool) -> bool:
    if value is None:
        return default
    return str(value).lower() in {"1", "true", "yes", "on"}


def _flag(value: bool) -> str:
    return "1" if value else "0"


def covered(job: VzdumpJob, guests: Mapping[int, str]) -> Iterator[int]:
    """Which of these guests a job names or means; none for a pool, whose members are not here."""
    if job.pool is None:
        for vmid in guests:
            if vmid in job.vmids or (job.every and vmid not in job.exclude):
                yield vmid
