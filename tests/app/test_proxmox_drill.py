"""Drills on a Proxmox: an honest level, KO by name, and nothing left, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.proxmox.fake_guests import House as Guests
from adapters.proxmox.fake_guests import routes
from adapters.proxmox.fake_state import Fault, Guest, State
from adapters.proxmox.lab import TOKEN, lab, volid
from adapters.proxmox.test_guests import BIND, MACHINE, PLAIN, SEEN
from build_proxmox import House, house
from phoenix_dr.app import drills
from phoenix_dr.app.context import Context
from phoenix_dr.app.drills import DrillReport, DrillRequest, Pace
from phoenix_dr.core.evidence import DrillRecord, Level
from phoenix_dr.sandboxes.journal import TAKEN, Resource, new_id, open_journal

PLACE = "    drills: {numbers: 9000-9004, storage: local-lvm, node: pve1}\n"
CLOSED = "    drills: {numbers: 9000-9004, storage: local-lvm, node: pve1, bridge: vmbr99}\n"
ASKED = ", checks: [{asset: adguard, command: [dig, +short, localhost]}]"
BRISK = Pace(pause=0.01, ready=0.2)
RESTORE = "vzrestore"
CT, VM = volid("nfs", 211, 6), volid("nfs", 211, 6, "qemu")


def cluster(volume: str = CT) -> State:
    """The lab with one archive of guest 211."""
    state = lab(SEEN)
    kept = [each for each in state.archives if each.vmid != 211]
    kind = "qemu" if "qemu" in volume else "lxc"
    state.archives = [*kept, replace(state.archives[0], volid=volume, vmid=211, subtype=kind)]
    return state


@contextmanager
def there(
    root: Path, guests: Guests, *, volume: str = CT, place: str = PLACE, checks: str = ""
) -> Iterator[House]:
    """The house with a place for drills."""
    made = house(root, cluster(volume), more=place, checks=checks, routes=routes(guests))
    with made as found:
        yield found


def drilled(found: House) -> DrillReport:
    """A drill of the service."""
    return found.using(lambda ctx: drills.run(ctx, DrillRequest(("dns",), pace=BRISK)))


def record(found: House) -> DrillRecord:
    """The only record of a drill."""
    report = drilled(found)
    assert report.failed == ()
    [made] = report.records
    return made


def verdicts(made: DrillRecord) -> dict[str, bool | None]:
    """Checks by code; the worst of each."""
    order = [True, None, False]
    worst: dict[str, bool | None] = {}
    for check in made.checks:
        worst[check.code] = max(check.ok, worst.get(check.code, True), key=order.index)
    return worst


def nothing_left(found: House) -> None:
    """No guest in the range, and no journal."""
    assert not [each for each in found.fake.state.guests if 9000 <= each.vmid <= 9004]
    assert not list((found.state / "drills").glob("*.json"))


def test_a_container_with_its_line_cut_is_restored_and_no_more(tmp_path: Path) -> None:
    guests = Guests({CT: PLAIN})
    with there(tmp_path, guests) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, made.level, made.dirty) == (True, Level.RESTORES, False)
    assert verdicts(made) == {
        "guest-restored": True, "guest-disk-here": True, "guest-starts": True,
        "guest-network": None,
    }  # fmt: skip
    assert [phase.name for phase in made.phases] == ["provision", "fetch", "check", "start"]
    assert guests.said == [("vzrestore", 9000), ("vzstart", 9000)]


def test_a_machine_on_a_closed_bridge_whose_service_answers_starts(tmp_path: Path) -> None:
    guests = Guests({VM: MACHINE}, agent={"dig +short localhost": 0})
    with there(tmp_path, guests, volume=VM, place=CLOSED, checks=ASKED) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, made.level) == (True, Level.STARTS)
    assert verdicts(made)["guest-probe"] is True


def test_a_service_that_does_not_answer_is_ko(tmp_path: Path) -> None:
    guests = Guests({VM: MACHINE}, agent={"dig +short localhost": 9})
    with there(tmp_path, guests, volume=VM, place=CLOSED, checks=ASKED) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, verdicts(made)["guest-probe"]) == (False, False)


def test_a_machine_without_guest_agent_cannot_be_asked_and_is_not_blamed(tmp_path: Path) -> None:
    dumb = Guests({VM: MACHINE.replace("agent: 1", "agent: 0")})
    with there(tmp_path, dumb, volume=VM, place=CLOSED, checks=ASKED) as found:
        made = record(found)
    assert (made.ok, made.level, verdicts(made)["guest-agent"]) == (True, Level.RESTORES, None)


def test_a_right_to_ask_that_is_missing_is_no_verdict(tmp_path: Path) -> None:
    guests = Guests({VM: MACHINE}, agent={"dig +short localhost": 0})
    with there(tmp_path, guests, volume=VM, place=CLOSED, checks=ASKED) as found:
        path = "/nodes/pve1/qemu/9000/agent/exec"
        why = "Permission check failed (/vms/9000, VM.GuestAgent.Unrestricted)"
        found.fake.state.faults[path] = Fault(status=403, reason=why)
        report = drilled(found)
        nothing_left(found)
    assert (report.records, [error.code for _, error in report.failed]) == ((), ["proxmox-right"])


def test_a_server_that_goes_away_while_it_is_asked_is_no_verdict(tmp_path: Path) -> None:
    guests = Guests({VM: MACHINE}, agent={"dig +short localhost": 0})
    with there(tmp_path, guests, volume=VM, place=CLOSED, checks=ASKED) as found:
        found.fake.state.faults["/nodes/pve1/qemu/9000/agent/exec"] = Fault(status=595)
        report = drilled(found)
        nothing_left(found)
    assert report.records == ()
    assert len(report.failed) == 1


def test_production_s_own_bridge_is_no_place_for_a_drill(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN}), place=CLOSED.replace("vmbr99", "vmbr0")) as found:
        report = drilled(found)
        assert not [each for each in found.fake.asked if each[0] != "GET"]
        nothing_left(found)
    assert [error.code for _, error in report.failed] == ["drill-bridge-open"]


EXTRACT = "/nodes/pve1/vzdump/extractconfig"
CUT = "command 'zstd -q -d -c /mnt/pve/nfs/dump/a.tar.zst' failed: exit code 1"
AWAY = "command '/bin/mount -t nfs nas:/backup /mnt/pve/nfs' failed: exit code 32"


def test_an_archive_without_a_configuration_is_ko(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: ""})) as found:
        made = record(found)
        assert not [each for each in found.fake.asked if each[0] != "GET"]
        nothing_left(found)
    assert (made.ok, made.level, verdicts(made)["restore"]) == (False, Level.EXISTS, False)


def test_a_configuration_that_cannot_be_unpacked_is_ko(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found:
        found.fake.state.faults[EXTRACT] = Fault(status=500, reason=CUT)
        made = record(found)
    assert (made.ok, made.level, verdicts(made)["restore"]) == (False, Level.EXISTS, False)


def test_a_storage_that_cannot_be_mounted_is_no_verdict(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found:
        found.fake.state.faults[EXTRACT] = Fault(status=500, reason=AWAY)
        report = drilled(found)
        nothing_left(found)
    assert (report.records, [error.code for _, error in report.failed]) == ((), ["proxmox-said"])


def test_a_container_cannot_be_asked_so_it_stays_below(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN}), place=CLOSED, checks=ASKED) as found:
        made = record(found)
    assert (made.ok, made.level, verdicts(made)["guest-agent"]) == (True, Level.RESTORES, None)


def test_7_a_mount_that_comes_back_empty_is_ko_and_nothing_is_started(tmp_path: Path) -> None:
    guests = Guests({CT: PLAIN + ""})
    guests.configs[CT] = PLAIN.replace(
        "unprivileged", "mp1: local-lvm:vm-211-disk-1,mp=/var/lib/x,size=20G\nunprivileged"
    )
    with there(tmp_path, guests) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, verdicts(made)["guest-disk-empty"]) == (False, False)
    assert ("vzstart", 9000) not in guests.said


def test_7_a_bind_mount_is_named_and_caps_at_l3(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: BIND}), place=CLOSED) as found:
        made = record(found)
    assert (made.ok, made.level, verdicts(made)["guest-mount"]) == (True, Level.RESTORES, None)


def test_13_5_a_guest_that_stops_by_itself_is_ko(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN}, ends=True)) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, verdicts(made)["guest-starts"]) == (False, False)


def test_an_archive_that_cannot_be_unpacked_is_ko(tmp_path: Path) -> None:
    broken = Guests({CT: PLAIN}, fails="command 'tar xpf -' failed: exit code 2")
    with there(tmp_path, broken) as found:
        made = record(found)
        nothing_left(found)
    assert (made.ok, made.level, verdicts(made)["restore"]) == (False, Level.EXISTS, False)


@pytest.mark.parametrize("why", ["no space left on device", "storage 'local-lvm' does not exist"])
def test_what_is_about_the_moment_is_no_verdict(tmp_path: Path, why: str) -> None:
    with there(tmp_path, Guests({CT: PLAIN}, fails=why)) as found:
        report = drilled(found)
        nothing_left(found)
    assert report.records == ()
    assert [error.code for _, error in report.failed] == ["restore-failed"]


def test_a_right_that_is_missing_is_no_verdict(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found:
        found.fake.state.tokens[TOKEN].acl["/pool/phoenix-drill"] = "PVEAuditor"
        report = drilled(found)
    assert report.records == ()
    assert [error.code for _, error in report.failed] == ["proxmox-right"]


def test_7_a_server_that_keeps_production_s_network_is_no_verdict_and_nothing_starts(
    tmp_path: Path,
) -> None:
    guests = Guests({CT: PLAIN}, keeps=True)
    with there(tmp_path, guests) as found:
        report = drilled(found)
        nothing_left(found)
    assert report.records == ()
    assert [error.code for _, error in report.failed] == ["guest-not-shut-in"]
    assert ("vzstart", 9000) not in guests.said


def test_a_restore_that_was_not_waited_for_is_left_to_gc(tmp_path: Path) -> None:
    guests = Guests({CT: PLAIN}, seconds=2.0)
    with there(tmp_path, guests) as found, found.context() as ctx:
        stop = threading.Thread(target=_cancel_once_restoring, args=(found, ctx))
        stop.start()
        report = drills.run(ctx, DrillRequest(("dns",), pace=BRISK))
        stop.join()
        assert report.records == ()
        assert list((found.state / "drills").glob("*.json"))
        _until_restored(found)
        assert found.using(drills.gc).removed == ["pve1/9000"]
        nothing_left(found)


def _until_restored(found: House) -> None:
    """The task goes on over there; until its end the guest is locked, and without a mark."""
    state, until = found.fake.state, time.monotonic() + 20
    while time.monotonic() < until and all(
        each.endtime is None for each in state.tasks_of(RESTORE)
    ):
        state.settle()
        time.sleep(0.05)


def _cancel_once_restoring(found: House, ctx: Context) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and not found.fake.state.tasks_of(RESTORE):
        time.sleep(0.01)
    ctx.cancel.set()


def test_numbers_of_old_releases_are_texts(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found:
        found.fake.state.texts = True
        made = record(found)
        nothing_left(found)
    assert made.ok is True


def test_a_number_in_use_gives_way_to_the_next(tmp_path: Path) -> None:
    guests = Guests({CT: PLAIN})
    with there(tmp_path, guests) as found:
        stranger = Guest(9000, "lxc", "pve1", "theirs", {"rootfs": "x"}, pool="phoenix-drill")
        found.fake.state.guests.append(stranger)
        made = record(found)
        assert stranger in found.fake.state.guests
    assert (made.ok, guests.said[0]) == (True, ("vzrestore", 9001))


def test_a_proxmox_without_a_place_for_drills_is_skipped_with_the_reason(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN}), place="") as found:
        report = drilled(found)
        assert [(each.asset, each.reason) for each in report.skipped] == [
            ("dns/adguard", "no-place-for-drills")
        ]
        assert not [each for each in found.fake.asked if each[0] != "GET"]


def test_a_killed_drill_leaves_nothing_once_gc_was_there(tmp_path: Path) -> None:
    guests = Guests({CT: PLAIN}, seconds=2.0)
    with there(tmp_path, guests) as found:
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "phoenix_dr", "drill", "run", "dns"),
                *("--config", str(tmp_path / "phoenix.yaml"), "--state", str(found.state)),
            ],
            env={**found.environ, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while time.monotonic() < until and not found.fake.state.tasks_of(RESTORE):
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=30)
        # While the restore goes on nothing there carries a mark yet: told, and kept for later.
        early = found.using(drills.gc)
        assert (early.removed, early.left) == ([], ["pve1/9000"])
        assert list((found.state / "drills").glob("*.json"))
        _until_restored(found)
        stranger = Guest(9001, "lxc", "pve1", "theirs", {"rootfs": "x"}, pool="phoenix-drill")
        found.fake.state.guests.append(stranger)
        report = found.using(drills.gc)
        assert report.removed == ["pve1/9000"]
        assert found.fake.state.guest(9000) is None
        assert found.fake.state.guest(9001) is stranger
        assert not list((found.state / "drills").glob("*.json"))


def test_gc_has_no_business_where_somebody_else_was_first(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found, found.context() as ctx:
        left = open_journal(ctx.settings.state_dir, new_id())
        for kind in ("guest", TAKEN):
            left.note(Resource(kind, path="pve1/9000"))
        left.stuck = True
        left.close()
        report = drills.gc(ctx)
        assert (report.removed, report.left) == ([], [])
        assert not found.fake.asked
        nothing_left(found)


def test_gc_says_what_it_could_not_reach_and_keeps_it_for_later(tmp_path: Path) -> None:
    with there(tmp_path, Guests({CT: PLAIN})) as found:
        with found.context() as ctx:
            left = open_journal(ctx.settings.state_dir, new_id())
            left.note(Resource("guest", path="pve1/9000"))
            left.stuck = True
            left.close()
        found.fake.state.guests.append(
            Guest(9000, "lxc", "pve1", "theirs", {"rootfs": "x"}, pool="phoenix-drill")
        )
        report = found.using(drills.gc)
        assert (report.removed, report.left) == ([], ["pve1/9000"])
        assert found.fake.state.guest(9000) is not None
        assert list((found.state / "drills").glob("*.json"))
