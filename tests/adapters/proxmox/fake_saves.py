"""What the fake answers about backing up now, `POST /nodes/{node}/vzdump` (proxmox.md 6).

VM.Backup is asked for inside the task: a named guest makes it die, with all=1 it is left out
without a word. One vzdump runs at a time on a node. Without `remove=0` the storage's rule prunes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.proxmox.fake_answers import Ask, Refusal, Route, volumes
from adapters.proxmox.fake_state import Archive, Died, Guest, State, Storage

SAVE: dict[str, str] = {
    **dict.fromkeys(
        (
            "vmid", "exclude", "pool", "node", "storage", "prune-backups", "notes-template",
            "fleecing", "performance", "mailto", "tmpdir", "dumpdir", "script",
        ),
        "s",
    ),
    **dict.fromkeys(("bwlimit", "ionice", "lockwait", "stopwait", "pigz", "zstd", "maxfiles"), "i"),
    **dict.fromkeys(("all", "remove", "protected", "stdexcludes", "quiet", "stop"), "b"),
    "mode": "snapshot|suspend|stop",
    "compress": "0|1|gzip|lzo|zstd",
    "mailnotification": "always|failure",
    "notification-mode": "auto|legacy-sendmail|notification-system",
    "pbs-change-detection-mode": "legacy|data|metadata",
    "exclude-path": "[]",
}  # fmt: skip
KEEPS = ("all", "last", "hourly", "daily", "weekly", "monthly", "yearly")
LOCKED = "CT is locked (backup)"


@dataclass
class Habit:
    """How backups go here: seconds a guest takes, size of what is made, and what goes wrong.

    `warns` is a line that makes the task end with a warning, `fails` one that makes a guest fail;
    `loses` leaves no archive although the task is green.
    """

    seconds: float = 0.0
    size: int = 1_000_000_000
    warns: str = ""
    fails: str = ""
    loses: bool = False
    said: list[str] = field(default_factory=list)


def is_rule(given: dict[str, str]) -> bool:
    """Whether `prune-backups` is one: keep-all stands alone (section 9)."""
    known = {f"keep-{name}" for name in KEEPS}
    numbers = all(value.isdecimal() for value in given.values())
    alone = "keep-all" not in given or len(given) == 1
    return bool(given) and given.keys() <= known and numbers and alone


def saving(habit: Habit | None = None) -> Route:
    """Backing up now, with this habit."""
    usual = habit or Habit()
    return Route(
        "/nodes/{node}/vzdump", lambda ask: _save(ask, usual), SAVE, _may_save, method="POST"
    )


def _may_save(ask: Ask) -> None:
    ask.need(f"/storage/{ask.params.get('storage', 'local')}", "Datastore.AllocateSpace")
    if "prune-backups" in ask.params:
        ask.need(f"/storage/{ask.params.get('storage', 'local')}", "Datastore.Allocate")


def _save(ask: Ask, habit: Habit) -> str:
    state, node, params = ask.state, ask.part["node"], ask.params
    if "notes-template" in params and "storage" not in params:
        missing = {"storage": "missing property required by 'notes-template'"}
        raise Refusal(400, "Parameter verification failed.", missing)
    storage = state.storage(params.get("storage", "local"))
    if storage is None:
        raise Refusal(500, f"storage '{params.get('storage')}' does not exist")
    named = [int(each) for each in params.get("vmid", "").split(",") if each]
    here = [g for g in state.guests if g.node == node and (g.vmid in named or "all" in params)]
    if not here:
        # TRAP: a guest of another node is no error, and no task.
        return "OK"
    denied = [g for g in here if not ask.may(f"/vms/{g.vmid}", "VM.Backup")]
    log = [f"INFO: starting new backup job: vzdump {' '.join(map(str, named)) or '--all 1'}"]
    if denied and named:
        right = f"403 Permission check failed (/vms/{denied[0].vmid}, VM.Backup)"
        return state.begin(node, "vzdump", _alone(named), ask.user, log=log, exitstatus=right)
    guests = [g for g in here if g not in denied]
    wait = _waits(state, node)
    log += ["INFO: trying to get global lock - waiting..."] if wait else []
    whole = [g for g in guests if not _why(g, habit)]
    for guest in guests:
        log += _lines(guest, habit)
    said = "job errors" if len(whole) < len(guests) else "WARNINGS: 1" if habit.warns else "OK"
    log += ["INFO: Backup job finished with errors"] if said == "job errors" else []

    def happen() -> None:
        for guest in whole:
            _keep(state, storage, guest, habit, params)

    # A guest that fails does not undo the others: what was made stays, whatever the task says.
    if said == "job errors":
        happen()
    life = wait + habit.seconds * len(guests)
    return state.begin(
        node, "vzdump", _alone(named), ask.user,
        seconds=life, log=log, exitstatus=said, effect=happen,
    )  # fmt: skip


def _alone(named: list[int]) -> str:
    """The id of the task: a number only if it is of exactly one guest."""
    return str(named[0]) if len(named) == 1 else ""


def _waits(state: State, node: str) -> float:
    """Seconds until the vzdump that runs on this node ends."""
    now = time.monotonic()
    ends = (
        each.life.began + each.life.seconds - now
        for each in state.tasks
        if each.life and each.node == node and each.type == "vzdump" and each.endtime is None
    )
    return max((0.0, *ends))


def _why(guest: Guest, habit: Habit) -> str:
    return LOCKED if guest.config.get("lock") == "backup" else habit.fails


def _lines(guest: Guest, habit: Habit) -> list[str]:
    begun = f"INFO: Starting Backup of VM {guest.vmid} ({guest.type})"
    if why := _why(guest, habit):
        return [begun, f"ERROR: Backup of VM {guest.vmid} failed - {why}"]
    lines = [begun]
    for leaf in volumes(guest):
        key = leaf["id"].partition(":")[2]
        if guest.type == "qemu":
            word = "include" if leaf["included"] else "exclude"
            lines.append(f"INFO: {word} disk '{key}' '{leaf['name']}' 4G")
            continue
        inside = str(guest.config.get(key, "")).partition("mp=")[2].split(",")[0] or "/"
        kind = "bind mount point" if leaf["reason"] == "not a volume" else "volume mount point"
        if leaf["included"]:
            lines.append(f"INFO: including mount point {key} ('{inside}') in backup")
        else:
            why = f"excluding {kind} {key} ('{inside}') from backup ({leaf['reason']})"
            lines.append(f"INFO: {why}")
    lines += [f"WARN: {habit.warns}"] if habit.warns else []
    lines.append("INFO:  50% (512.0 MiB of 1.0 GiB) in 3s, read: 1 MiB/s, write: 1 MiB/s")
    return [*lines, f"INFO: Finished Backup of VM {guest.vmid} (00:00:01)"]


def _keep(
    state: State, storage: Storage, guest: Guest, habit: Habit, params: dict[str, str]
) -> None:
    if not state.active(storage, guest.node):
        raise Died(f"storage '{storage.id}' is not online")
    if not habit.loses:
        notes = params.get("notes-template", "").replace("{{guestname}}", guest.name)
        stamp = datetime.fromtimestamp(state.now + 3600, UTC).strftime("%Y_%m_%d-%H_%M_%S")
        form = "tar.zst" if guest.type == "lxc" else "vma.zst"
        name = f"{storage.id}:backup/vzdump-{guest.type}-{guest.vmid}-{stamp}.{form}"
        made = Archive(
            storage.id, name, guest.vmid, state.now, habit.size, guest.type, form,
            None if storage.shared else guest.node, notes or None,
        )  # fmt: skip
        state.archives.append(made)
    rule = params.get("prune-backups") or storage.prune or "keep-all=1"
    if params.get("remove") != "0" and rule.startswith("keep-last="):
        mine = [a for a in state.archives if a.vmid == guest.vmid and a.storage == storage.id]
        mine.sort(key=lambda each: -each.ctime)
        for old in mine[int(rule.partition("=")[2]) :]:
            state.archives.remove(old)
