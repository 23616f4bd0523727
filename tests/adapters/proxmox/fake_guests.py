"""What the fake answers about restoring, starting and destroying guests (proxmox.md 7).

A restore keeps the network of the archive unless another is given, makes mount points without
`backup=1` anew and empty, and refuses mount points of the host to anyone but root. A deletion with
`purge` edits backup jobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.proxmox.fake_answers import Ask, Refusal, Route
from adapters.proxmox.fake_state import Died, Guest

CARD = {f"net{n}": "s" for n in range(4)}
COMMON = {
    "vmid": "i", "storage": "s", "unique": "b", "force": "b", "pool": "s", "onboot": "b",
    "tags": "s", "start": "b", "bwlimit": "i", "protection": "b", **CARD,
}  # fmt: skip
MOUNTS = {"rootfs": "s", **{f"mp{n}": "s" for n in range(4)}}
LXC = {
    **COMMON, **MOUNTS, "ostemplate": "s", "restore": "b", "hostname": "s", "unprivileged": "b",
    "ignore-unpack-errors": "b",
}  # fmt: skip
QEMU = {**COMMON, "archive": "s", "name": "s", "memory": "i", "live-restore": "b"}
_ANY = {
    "delete": "s", "tags": "s", "onboot": "b", "description": "s", "hostname": "s", "name": "s",
    **CARD,
}  # fmt: skip
DISK = re.compile(r"(ide|sata|scsi|virtio)\d+")
MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


@dataclass
class House:
    """What lies in the archives, by volume, and how guests behave once they are restored.

    `seconds` a restore takes, `fails` how its task ends instead; `ends` guests stop by themselves;
    `keeps` has the fake forget what it was asked of the network, as a broken server would.
    """

    configs: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    fails: str = ""
    ends: bool = False
    keeps: bool = False
    agent: dict[str, int] = field(default_factory=dict)
    said: list[tuple[str, int]] = field(default_factory=list)


def routes(house: House) -> tuple[Route, ...]:
    """The paths about guests, with these archives."""
    made: list[Route] = [
        Route("/cluster/nextid", _nextid, {"vmid": "i"}),
        Route(
            "/nodes/{node}/vzdump/extractconfig", lambda ask: _extract(ask, house), {"volume": "s"},
            required=("volume",),
        ),
    ]  # fmt: skip
    for kind, params, archive in (("lxc", LXC, "ostemplate"), ("qemu", QEMU, "archive")):
        at = f"/nodes/{{node}}/{kind}"
        made += [
            Route(
                at, _restoring(house, kind, archive), params, _may_restore, method="POST",
                required=("vmid", archive),
            ),
            Route(f"{at}/{{vmid}}/config", _changed, _ANY, _may("VM.Config.Options"), method="PUT"),
            Route(f"{at}/{{vmid}}/status/current", _current, {}, _may("VM.Audit")),
            Route(
                f"{at}/{{vmid}}/status/start", _starting(house), {}, _may("VM.PowerMgmt"),
                method="POST",
            ),
            Route(
                f"{at}/{{vmid}}/status/stop", _stop, {}, _may("VM.PowerMgmt"), method="POST",
            ),
            Route(
                f"{at}/{{vmid}}", _destroy,
                {"purge": "b", "force": "b", "destroy-unreferenced-disks": "b"},
                _may("VM.Allocate"), method="DELETE",
            ),
        ]  # fmt: skip
    agent = "/nodes/{node}/qemu/{vmid}/agent"
    made += [
        Route(
            f"{agent}/exec", lambda ask: _exec(ask, house), {"command": "[]", "input-data": "s"},
            _may("VM.GuestAgent.Unrestricted"), method="POST", required=("command",),
        ),
        Route(
            f"{agent}/exec-status", lambda ask: _exec_status(ask, house), {"pid": "i"},
            _may("VM.GuestAgent.Unrestricted"), required=("pid",),
        ),
    ]  # fmt: skip
    return tuple(made)


def _may(privilege: str) -> Callable[[Ask], None]:
    """A right on a guest, or on the pool it is in."""

    def need(ask: Ask) -> None:
        vmid = int(ask.part["vmid"])
        guest = ask.state.guest(vmid)
        if guest and guest.pool and ask.may(f"/pool/{guest.pool}", privilege):
            return
        ask.need(f"/vms/{vmid}", privilege)

    return need


def _may_restore(ask: Ask) -> None:
    params = ask.params
    pool, storage = params.get("pool"), params.get("storage", "local")
    if not (pool and ask.may(f"/pool/{pool}", "VM.Allocate")):
        ask.need(f"/vms/{params.get('vmid', '0')}", "VM.Allocate")
    ask.need(f"/storage/{storage}", "Datastore.AllocateSpace")


def _nextid(ask: Ask) -> str:
    """The next free number comes as a text; one in use is 400 (section 2)."""
    used = {guest.vmid for guest in ask.state.guests}
    if (asked := ask.params.get("vmid")) is not None:
        if int(asked) in used:
            wrong = {"vmid": f"VM {asked} already exists"}
            raise Refusal(400, "Parameter verification failed.", wrong)
        return asked
    return str(next(number for number in range(100, 10_000) if number not in used))


def _extract(ask: Ask, house: House) -> str:
    volume = ask.params["volume"]
    found = next((each for each in ask.state.archives if each.volid == volume), None)
    if found is None or volume not in house.configs:
        raise Refusal(500, f"volume '{volume}' does not exist")
    if not house.configs[volume]:
        raise Refusal(500, f"ERROR: archive '{volume}' contains no configuration file")
    ask.need(f"/storage/{found.storage}", "Datastore.AllocateSpace", "Datastore.Allocate")
    return house.configs[volume]


def _parsed(text: str) -> dict[str, str]:
    pairs = (line.partition(": ") for line in text.split("\n[")[0].splitlines())
    return {key: value for key, sep, value in pairs if sep and not key.startswith("#")}


def _restoring(house: House, kind: str, archive: str) -> Callable[[Ask], str]:
    def answer(ask: Ask) -> str:
        state, params, node = ask.state, ask.params, ask.part["node"]
        vmid, volume = int(params["vmid"]), params[archive]
        word = "CT" if kind == "lxc" else "VM"
        if (there := state.guest(vmid)) is not None:
            if not params.get("force") == "1":
                raise Refusal(500, f"{word} {vmid} already exists on node '{there.node}'")
            if there.status == "running":
                raise Refusal(500, "can't overwrite running container")
        wrong = {key: "option conflicts with option 'archive'" for key in params if DISK.match(key)}
        if wrong and kind == "qemu":
            raise Refusal(400, "Parameter verification failed.", wrong)
        old = _parsed(_extract(Ask(state, ask.token, ask.user, {}, {"volume": volume}), house))
        if kind == "lxc" and old.get("unprivileged") != "1":
            ask.need("/", "Sys.Modify")
        root = ask.user == "root@pam"
        task = "vzrestore" if kind == "lxc" else "qmrestore"

        # The number is taken at once; tags and all the rest are written at the end.
        made = Guest(vmid, kind, node, "", {"lock": "create"}, "stopped", params.get("pool"))

        def happen() -> None:
            house.said.append((task, vmid))
            config = _restored(kind, old, params, root=root, keeps=house.keeps)
            made.name = config.get("hostname" if kind == "lxc" else "name", "")
            made.config = config

        state.guests.append(made)
        return state.begin(
            node, task, str(vmid), ask.user, seconds=house.seconds,
            log=[f"recovering backed-up configuration from '{volume}'"],
            exitstatus=house.fails or "OK", effect=happen,
            undo=lambda: state.guests.remove(made),
        )  # fmt: skip

    return answer


def _restored(
    kind: str, old: dict[str, str], params: dict[str, str], *, root: bool, keeps: bool
) -> dict[str, Any]:
    """The new configuration: the archive's, with what was given in its place."""
    storage, vmid = params.get("storage", "local"), params["vmid"]
    named = bool(MOUNTS.keys() & params.keys())
    config: dict[str, Any] = {}
    for number, (key, value) in enumerate(old.items()):
        if key in MOUNTS and kind == "lxc":
            if named:
                continue
            if value.startswith("/"):
                if not root:
                    raise Died(f"restoring '{key}' to bind mount is only possible for root")
                config[key] = value
                continue
            rest = value.partition(",")[2]
            # A volume that was not in the archive comes back too: empty.
            config[key] = f"{storage}:vm-{vmid}-disk-{number},{rest}"
        elif DISK.fullmatch(key) and "media=cdrom" not in value:
            config[key] = f"{storage}:vm-{vmid}-disk-{number},{value.partition(',')[2]}"
        else:
            config[key] = value
    for key, value in params.items():
        if key in MOUNTS and kind == "lxc":
            where, _, rest = value.partition(",")
            size = where.partition(":")[2]
            config[key] = f"{storage}:vm-{vmid}-{key},{rest},size={size}G".replace(",,", ",")
        elif key in CARD and not keeps:
            config[key] = _card(kind, value)
        elif key in ("hostname", "name", "tags", "onboot"):
            config[key] = value
    return config


def _card(kind: str, value: str) -> str:
    """A new address where none was given."""
    if MAC.search(value.upper()):
        return value
    fresh = "BC:24:11:00:00:42"
    if kind == "lxc":
        return f"{value},hwaddr={fresh}"
    model, _, rest = value.partition(",")
    return f"{model}={fresh},{rest}"


def _guest(ask: Ask) -> Guest:
    vmid = int(ask.part["vmid"])
    found = ask.state.guest(vmid)
    if found is None:
        at = f"nodes/{ask.part['node']}/lxc/{vmid}.conf"
        raise Refusal(500, f"Configuration file '{at}' does not exist")
    return found


def _locked(guest: Guest) -> None:
    if lock := guest.config.get("lock"):
        raise Refusal(500, f"{'CT' if guest.type == 'lxc' else 'VM'} is locked ({lock})")


def _changed(ask: Ask) -> None:
    guest = _guest(ask)
    _locked(guest)
    for key in filter(None, ask.params.get("delete", "").split(",")):
        guest.config.pop(key, None)
    guest.config.update({k: v for k, v in ask.params.items() if k != "delete"})


def _current(ask: Ask) -> dict[str, Any]:
    guest = _guest(ask)
    return {"vmid": guest.vmid, "status": guest.status, "name": guest.name}


def _starting(house: House) -> Callable[[Ask], str]:
    def answer(ask: Ask) -> str:
        guest = _guest(ask)
        _locked(guest)
        if guest.status == "running":
            raise Refusal(500, f"CT {guest.vmid} already running")
        task = "vzstart" if guest.type == "lxc" else "qmstart"

        def happen() -> None:
            house.said.append((task, guest.vmid))
            guest.status = "stopped" if house.ends else "running"

        return ask.state.begin(guest.node, task, str(guest.vmid), ask.user, effect=happen)

    return answer


def _stop(ask: Ask) -> str:
    guest = _guest(ask)
    task = "vzstop" if guest.type == "lxc" else "qmstop"

    def happen() -> None:
        guest.status = "stopped"

    return ask.state.begin(guest.node, task, str(guest.vmid), ask.user, effect=happen)


def _destroy(ask: Ask) -> str:
    """Archives stay; `purge` takes the number out of every backup job."""
    state, guest = ask.state, _guest(ask)
    word = "CT" if guest.type == "lxc" else "VM"
    _locked(guest)
    if guest.config.get("protection") in (1, "1"):
        raise Refusal(500, f"can't remove {word} {guest.vmid} - protection mode enabled")
    if guest.status == "running":
        raise Refusal(500, f"unable to destroy {word} {guest.vmid} - container is running")
    task = "vzdestroy" if guest.type == "lxc" else "qmdestroy"

    def happen() -> None:
        state.guests.remove(guest)
        if ask.params.get("purge") == "1":
            for job in state.jobs:
                numbers = [n for n in str(job.get("vmid", "")).split(",") if n]
                job["vmid"] = ",".join(n for n in numbers if n != str(guest.vmid))

    return state.begin(guest.node, task, str(guest.vmid), ask.user, effect=happen)


def _exec(ask: Ask, house: House) -> dict[str, int]:
    guest = _guest(ask)
    if "agent" not in guest.config or guest.status != "running":
        raise Refusal(500, "QEMU guest agent is not running")
    command = ask.params["command"].split("\0")
    return {"pid": 1000 + house.agent.get(" ".join(command), 127)}


def _exec_status(ask: Ask, house: House) -> dict[str, Any]:
    return {"exited": 1, "exitcode": int(ask.params["pid"]) - 1000}


ROUTES: tuple[Route, ...] = routes(House())
