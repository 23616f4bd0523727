"""Whatever a Proxmox answers, a drill writes to its own numbers and to nobody else's guest."""

from __future__ import annotations

import re
import threading
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.proxmox.fake_guests import House, routes
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, Guest
from adapters.proxmox.lab import lab
from adapters.proxmox.test_guests import CT, DRILL, MACHINE, PLAIN, SEEN, VM, Lab
from adapters.proxmox.test_guests import there as there
from phoenix_dr.adapters.proxmox import guests
from phoenix_dr.core.actions import ProbeGuest
from phoenix_dr.errors import PhoenixError

NUMBERS = range(9000, 9010)
STRANGERS = {
    9003: {"rootfs": "x", "tags": "phoenix-drill;phx-ffffffffffffffffffff"},
    9004: {"rootfs": "x", "hostname": "theirs"},
    9005: {"lock": "create"},
}
ASKED = st.tuples(
    st.sampled_from(["restore", "start", "probe", "destroy"]),
    st.sampled_from([9000, 9000, 9001, 9003, 9004, 9005, 211, 216, 8999, 9010]),
    st.sampled_from([CT, VM]),
)
PLACES = (
    "/cluster/resources", "/nodes/pve1/vzdump/extractconfig",
    *(f"/nodes/pve1/{kind}{rest}" for kind in ("lxc", "qemu")
      for rest in ("", "/9000", "/9000/config", "/9000/status/start", "/9000/status/stop")),
)  # fmt: skip
FAULT = st.builds(
    lambda status, body, done: Fault(
        status=None if done else status, body=body, drop=done, done=done, times=1
    ),
    st.sampled_from([403, 500, 595, 596, 599, 200]),
    st.sampled_from([b"", b"{", b"[]", b'{"data": null}', b'{"data": [{"vmid": 211}]}']),
    st.booleans(),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    asked=st.lists(ASKED, min_size=1, max_size=6),
    faults=st.dictionaries(st.sampled_from(PLACES), FAULT, max_size=4),
    keeps=st.booleans(),
)
def test_no_write_ever_names_a_number_outside_the_range_or_somebody_else_s_guest(
    asked: list[tuple[str, int, str]], faults: dict[str, Fault], keeps: bool
) -> None:
    house = House({CT: PLAIN, VM: MACHINE}, keeps=keeps, agent={"true": 0})
    with running(lab(SEEN), routes=routes(house)) as fake:
        one = Lab(fake, house)
        first = fake.state.archives[0]
        fake.state.archives += [_archive(first, CT, 211), _archive(first, VM, 216)]
        for vmid, config in STRANGERS.items():
            pool = "phoenix-drill"
            fake.state.guests.append(Guest(vmid, "lxc", "pve1", "x", dict(config), "running", pool))
        before = _others(fake)
        fake.state.faults.update(deepcopy(faults))
        for verb, vmid, point in asked:
            _tried(one, verb, vmid, point)
        fake.state.faults.clear()
        assert _others(fake) == before
        _writes_stay_inside(fake)
        # What carries the mark goes, once the server answers again.
        for vmid in (9000, 9001):
            one.destroy(vmid)
        assert [each.vmid for each in fake.state.guests if each.vmid in (9000, 9001)] == []


def _archive(like: Any, volume: str, vmid: int) -> Any:
    made = deepcopy(like)
    made.volid, made.vmid = volume, vmid
    return made


def _others(fake: Fake) -> dict[int, tuple[str, dict[str, Any]]]:
    """Guests that are not of this drill, as they are."""
    return {
        each.vmid: (each.status, dict(each.config))
        for each in fake.state.guests
        if DRILL not in str(each.config.get("tags", "")) and each.vmid not in (9000, 9001)
    }


def _tried(one: Lab, verb: str, vmid: int, point: str) -> None:
    try:
        if verb == "restore":
            one.restore(point, vmid)
        elif verb == "probe":
            action = ProbeGuest("pve1", "dns/adguard", vmid, DRILL, ("true",))
            guests.probe(one.call, action, cancel=threading.Event())
        else:
            {"start": one.start, "destroy": one.destroy}[verb](vmid)
    except PhoenixError:
        pass


def _writes_stay_inside(fake: Fake) -> None:
    named = [re.search(r"/(?:lxc|qemu)/(\d+)", path) for _, path in fake.asked]
    for (method, path), body, found in zip(fake.asked, fake.bodies, named, strict=True):
        if method == "GET":
            continue
        given_ = parse_qs(body).get("vmid", ["0"])
        number = int(found[1]) if found else int(given_[0])
        assert number in NUMBERS, (method, path)
        # A restore onto a number in use is refused over there: `force` is never sent.
        assert found is None or number not in STRANGERS, (method, path)
        assert "purge" not in path + body
        assert "force" not in path + body
