"""A drill's guests on a Proxmox: shut in, marked, and never anybody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.proxmox.fake_guests import House, routes
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, Guest, State
from adapters.proxmox.lab import NOW, SECRET, TOKEN, lab, volid
from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.proxmox import guests
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.core.actions import DestroyGuest, RestoreGuest, StartGuest
from phoenix_dr.core.guest_settings import GuestPlace
from phoenix_dr.core.model import EngineSpec, SecretRef
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, PhoenixError, Refused

DRILL = "phx-0123456789abcdef0123"
PLACE = GuestPlace(9000, 9009, "local-lvm", node="pve1")
CT = volid("nfs", 211, 6)
VM = volid("nfs", 216, 6, "qemu")
PLAIN = """\
arch: amd64
hostname: adguard
net0: name=eth0,bridge=vmbr0,hwaddr=AA:BB:CC:DD:EE:01,ip=192.168.1.5/24,gw=192.168.1.1,type=veth
onboot: 1
ostype: debian
rootfs: local-lvm:vm-211-disk-0,size=8G
unprivileged: 1

[before-upgrade]
hostname: old
"""
MACHINE = """\
name: vault
agent: 1
hookscript: local:snippets/tell.pl
hostpci0: 01:00.0
net0: virtio=AA:BB:CC:DD:EE:02,bridge=vmbr0,firewall=1
onboot: 1
scsi0: local-lvm:vm-216-disk-0,size=32G
usb0: host=1234:5678
"""
BIND = PLAIN.replace("unprivileged", "mp0: /srv/data,mp=/data\nunprivileged")
SEEN = {
    "/": "PVEAuditor", "/vms": "AuditorAndRows", "/storage": "AuditorAndRows",
    "/pool/phoenix-drill": "Drill",
}  # fmt: skip


class Lab:
    """A fake with archives, and the client of the drill's token."""

    def __init__(self, fake: Fake, house: House, acl: dict[str, str] | None = None) -> None:
        self.fake, self.house = fake, house
        places = Places("here", {}, {"PVE": f"{TOKEN}={SECRET}"}, Path("/nonexistent"), lambda: NOW)
        settings = {"url": fake.url, "fingerprint": fake.fingerprint}
        spec = EngineSpec(
            "pve1", "proxmox", password=SecretRef("env", "PVE"), settings=settings, drills=PLACE
        )
        self.call = Call(spec, places, Limits(connect=5, read=8, total=16), wait=0.2)

    def do(self, verb: Any, action: Any) -> Any:
        """Perform a verb."""
        return verb(self.call, action, progress=lambda seen: None, cancel=threading.Event())

    def restore(self, point: str = CT, vmid: int = 9000) -> Any:
        """Restore a point."""
        return self.do(guests.restore, RestoreGuest("pve1", "dns/adguard", point, vmid, DRILL))

    def start(self, vmid: int = 9000, drill: str = DRILL) -> Any:
        """Start a guest."""
        return self.do(guests.start, StartGuest("pve1", "dns/adguard", vmid, drill))

    def destroy(self, vmid: int = 9000, drill: str = DRILL) -> Any:
        """Destroy a guest."""
        return self.do(guests.destroy, DestroyGuest("pve1", "dns/adguard", vmid, drill))

    @property
    def state(self) -> State:
        """What the fake holds."""
        return self.fake.state

    def writes(self) -> list[tuple[str, str]]:
        """Requests that change something."""
        return [each for each in self.fake.asked if each[0] != "GET"]


@pytest.fixture
def there() -> Iterator[Lab]:
    """The lab with an archive of a container and of a machine."""
    house = House({CT: PLAIN, VM: MACHINE})
    with running(lab(SEEN), routes=routes(house)) as fake:
        made = Lab(fake, house)
        made.state.archives.append(replace(made.state.archives[0], volid=CT, vmid=211))
        made.state.archives.append(replace(made.state.archives[0], volid=VM, vmid=216))
        yield made


def code(error: pytest.ExceptionInfo[Any]) -> str:
    """The code of what was raised."""
    return str(error.value.code)


def guest(there: Lab, vmid: int = 9000) -> Guest:
    """A guest of the fake."""
    found = there.state.guest(vmid)
    assert found is not None
    return found


def test_7_a_container_comes_back_shut_in_and_marked(there: Lab) -> None:
    there.restore()
    made = guest(there)
    assert (made.status, made.pool) == ("stopped", "phoenix-drill")
    assert made.config["tags"] == f"phoenix-drill;{DRILL}"
    assert (made.config["onboot"], made.config["hostname"]) == ("0", "phoenix-drill-9000")
    assert "link_down=1" in made.config["net0"]
    assert "AA:BB:CC:DD:EE:01" not in made.config["net0"]
    assert "192.168.1.5" not in made.config["net0"]


def test_7_a_machine_loses_what_reaches_into_the_host(there: Lab) -> None:
    there.restore(VM)
    made = guest(there)
    assert not {"hookscript", "hostpci0", "usb0"} & made.config.keys()
    assert "AA:BB:CC:DD:EE:02" not in made.config["net0"]
    assert made.config["name"] == "phoenix-drill-9000"


def test_it_starts_and_is_destroyed_and_nothing_else_was_written(there: Lab) -> None:
    before = [each.vmid for each in there.state.guests]
    there.restore()
    there.start()
    assert guest(there).status == "running"
    there.destroy()
    assert [each.vmid for each in there.state.guests] == before
    assert there.destroy().note == "gone"
    for method, path in there.writes():
        assert "purge" not in path
        assert "/9000" in path or (method == "POST" and path.endswith("/lxc"))


def test_7_a_mount_point_of_the_host_is_never_brought_back(there: Lab) -> None:
    there.house.configs[CT] = BIND
    there.restore()
    assert not [key for key in guest(there).config if key.startswith("mp")]
    assert "size=8G" in guest(there).config["rootfs"]


def test_7_a_number_in_use_is_never_overwritten(there: Lab) -> None:
    there.state.guests.append(Guest(9000, "lxc", "pve1", "somebody", {"rootfs": "x"}))
    with pytest.raises(EngineError) as error:
        there.restore()
    assert code(error) == "drill-number-taken"
    assert there.writes() == []


def test_7_a_guest_hidden_from_us_is_not_overwritten_either(there: Lab) -> None:
    there.state.tokens[TOKEN].acl["/vms/9000"] = "NoAccess"
    there.state.guests.append(Guest(9000, "lxc", "pve1", "hidden", {"rootfs": "x"}))
    with pytest.raises(EngineError) as error:
        there.restore()
    assert code(error) == "drill-number-taken"
    assert guest(there).name == "hidden"


@pytest.mark.parametrize("vmid", [8999, 9010, 211])
def test_no_number_outside_the_range_is_ever_named_in_a_write(there: Lab, vmid: int) -> None:
    asks: list[Callable[[], object]] = [
        lambda: there.restore(vmid=vmid), lambda: there.start(vmid), lambda: there.destroy(vmid)
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(Refused) as refused:
            ask()
        assert code(refused) == "drill-number-outside"
    assert there.fake.asked == []


@pytest.mark.parametrize(
    "tags", ["", "phoenix-drill", DRILL, "phoenix-drill;phx-ffffffffffffffffffff"]
)
def test_a_stranger_in_the_range_is_neither_started_nor_destroyed(there: Lab, tags: str) -> None:
    config = {"rootfs": "x", "tags": tags, "hostname": "theirs"}
    there.state.guests.append(Guest(9000, "lxc", "pve1", "theirs", config, pool="phoenix-drill"))
    for ask in (there.start, there.destroy):
        with pytest.raises(Refused) as refused:
            ask()
        assert code(refused) == "drill-tag-missing"
    assert there.writes() == []


def test_a_marked_guest_in_another_pool_is_not_ours(there: Lab) -> None:
    config = {"rootfs": "x", "tags": f"phoenix-drill;{DRILL}"}
    there.state.guests.append(Guest(9000, "lxc", "pve1", "theirs", config, pool="prod"))
    with pytest.raises(Refused) as refused:
        there.destroy()
    assert code(refused) == "drill-tag-missing"


def test_7_a_server_that_keeps_production_s_network_is_not_believed(there: Lab) -> None:
    there.house.keeps = True
    with pytest.raises(EngineError) as error:
        there.restore()
    assert code(error) == "guest-not-shut-in"
    assert "net0" in str(error.value.parameters["names"])
    there.destroy()
    assert there.state.guest(9000) is None


def test_7_a_privileged_container_needs_a_right_on_everything(there: Lab) -> None:
    there.house.configs[CT] = PLAIN.replace("unprivileged: 1\n", "")
    with pytest.raises(EngineDenied) as denied:
        there.restore()
    assert (code(denied), denied.value.parameters["detail"]) == ("proxmox-right", "/, Sys.Modify")
    assert there.state.guest(9000) is None


def test_7_a_restore_that_fails_says_why_in_proxmox_own_words(there: Lab) -> None:
    there.house.fails = "command 'tar xpf -' failed: exit code 2"
    with pytest.raises(EngineError) as error:
        there.restore()
    assert code(error) == "restore-failed"
    assert "exit code 2" in str(error.value.parameters["detail"])


def test_13_6_a_locked_guest_stays_and_is_told(there: Lab) -> None:
    there.restore()
    guest(there).config["lock"] = "create"
    with pytest.raises(EngineError) as error:
        there.destroy()
    assert "is locked (create)" in str(error.value.parameters["detail"])
    assert there.state.guest(9000) is not None


def test_a_restore_whose_answer_was_lost_is_taken_up_and_not_asked_again(there: Lab) -> None:
    path = "/nodes/pve1/lxc"
    there.state.faults[path] = Fault(drop=True, done=True, method="POST", times=1)
    there.restore()
    assert len([each for each in there.writes() if each[1].endswith("/lxc")]) == 1


@pytest.mark.parametrize("status", [500, 595, 596, 599, 403])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_whatever_fails_no_other_guest_is_touched(there: Lab, status: int, method: str) -> None:
    before = {each.vmid: dict(each.config) for each in there.state.guests}
    for path in ("/nodes/pve1/lxc", "/nodes/pve1/lxc/9000", "/nodes/pve1/lxc/9000/config",
                 "/nodes/pve1/lxc/9000/status/start", "/cluster/resources"):  # fmt: skip
        there.state.faults[path] = Fault(status=status, reason="no", method=method, times=1)
        for ask in (there.restore, there.start, there.destroy):
            try:
                ask()
            except (EngineError, EngineUnreachable, PhoenixError):
                pass
        there.state.faults.clear()
        there.destroy()
    assert {each.vmid: dict(each.config) for each in there.state.guests} == before
    for method_, path in there.writes():
        assert "/9000" in path or (method_ == "POST" and path.endswith("/lxc"))
