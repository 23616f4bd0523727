"""Jobs set and guests saved over the fake: one write, read back, believed only when it is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from adapters.proxmox.client import USUAL
from adapters.proxmox.engine import engine
from adapters.proxmox.fake_answers import Route
from adapters.proxmox.fake_jobs import APPLYING, analysing
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_saves import Habit, saving
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import SEEING, TOKEN, archive, lab, token
from phoenix_dr.adapters.base import Done, Progress
from phoenix_dr.core.actions import SaveGuest, SetJob
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.vzdump import found_job
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import EngineDenied, EngineError, PhoenixError, PlanStale

JOB = VzdumpJob(
    "phoenix-guests", "03:00", "nfs", (210, 211), keep=RetentionRule(daily=7), comment="Phoenix",
    notes_template="{{guestname}}", fleecing="enabled=1,storage=local-lvm",
)  # fmt: skip
SAVE = SaveGuest("pve1", "traefik/core", 210, "nfs", notes="{{guestname}}")


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may set jobs and back up."""
    with running(lab(APPLYING)) as found:
        yield found


def perform(fake: Fake, action: SetJob | SaveGuest, said: list[Progress] | None = None) -> Done:
    """Do one action with its permit."""
    asked = engine(fake, Path("/nonexistent"), limits=USUAL)
    heard = said if said is not None else []
    return asked.perform(
        action, Permit("x", (action,)), progress=heard.append, cancel=threading.Event()
    )  # fmt: skip


def setting(job: VzdumpJob = JOB, was: VzdumpJob | None = None, **changes: Any) -> SetJob:
    """An action that sets a job."""
    return replace(SetJob("pve1", job, was, ((210, "traefik/core"),), "UTC"), **changes)


def live(fake: Fake, job: str = JOB.id) -> dict[str, Any]:
    """The job as the fake keeps it."""
    (found,) = (each for each in fake.state.jobs if each["id"] == job)
    return found


def failing(fake: Fake, action: SetJob | SaveGuest) -> PhoenixError:
    """How an action fails."""
    with pytest.raises(PhoenixError) as caught:
        perform(fake, action)
    return caught.value


def test_a_job_is_made_in_one_write_under_its_own_id_and_read_back(fake: Fake) -> None:
    assert perform(fake, setting()).note == "created"
    assert fake.written() == [("POST", "/cluster/backup")]
    assert found_job(live(fake)) == JOB
    # It is kept as objects, and was sent as strings (proxmox.md 3).
    assert live(fake)["prune-backups"] == {"keep-daily": "7"}
    sent = parse_qs(fake.bodies[fake.asked.index(("POST", "/api2/json/cluster/backup"))])
    assert (sent["prune-backups"], sent["enabled"]) == (["keep-daily=7"], ["1"])


def test_a_job_is_changed_and_what_narrows_it_is_deleted(fake: Fake) -> None:
    was = found_job(live(fake, "nightly"))
    live(fake, "nightly")["node"] = "pve2"
    was = replace(was, node="pve2")
    job = replace(JOB, id="nightly")
    assert perform(fake, setting(job, was, clear=("node",))).note == "changed"
    assert fake.written() == [("PUT", "/cluster/backup/nightly")]
    assert found_job(live(fake, "nightly")) == job


def test_3_who_is_backed_up_changes_without_a_leftover(fake: Fake) -> None:
    job = replace(JOB, id="nightly", vmids=(), every=True, exclude=(216,))
    perform(fake, setting(job, found_job(live(fake, "nightly"))))
    assert "vmid" not in live(fake, "nightly")
    back = replace(JOB, id="nightly")
    perform(fake, setting(back, job))
    assert not {"all", "exclude"} & live(fake, "nightly").keys()


def test_3_there_is_no_lock_so_the_job_is_read_right_before(fake: Fake) -> None:
    was = found_job(live(fake, "nightly"))
    live(fake, "nightly")["vmid"] = "210"
    error = failing(fake, setting(replace(JOB, id="nightly"), was))
    assert (type(error), error.code) == (PlanStale, "job-changed")
    # One that appeared, and one that is gone.
    assert failing(fake, setting(replace(JOB, id="nightly"))).code == "job-changed"
    assert failing(fake, setting(JOB, JOB)).code == "job-changed"
    assert fake.written() == []


@pytest.mark.parametrize(
    ("acl", "missing"),
    [
        (SEEING, "/, Sys.Modify"),
        ({**APPLYING, "/storage": "AuditorAndRows"}, "/storage/nfs, Datastore.Allocate"),
    ],
)
def test_3_without_the_right_nothing_is_sent(fake: Fake, acl: dict[str, str], missing: str) -> None:
    fake.state.tokens[TOKEN] = token(acl)
    error = failing(fake, setting())
    assert isinstance(error, EngineDenied)
    assert (error.code, error.parameters["detail"]) == ("job-right", missing)
    assert fake.written() == []


def test_3_the_storage_a_job_leaves_counts_too(fake: Fake) -> None:
    live(fake, "nightly")["storage"] = "local"
    acl = {**APPLYING, "/storage": "AuditorAndRows", "/storage/nfs": "PhoenixJobsStore"}
    fake.state.tokens[TOKEN] = token(acl)
    was = found_job(live(fake, "nightly"))
    error = failing(fake, setting(replace(JOB, id="nightly"), was))
    assert error.parameters["detail"] == "/storage/local, Datastore.Allocate"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_1_a_write_that_was_done_and_not_answered_is_not_sent_again(
    fake: Fake, method: str
) -> None:
    action = setting()
    path = "/cluster/backup"
    if method == "PUT":
        was = found_job(live(fake, "nightly"))
        action, path = setting(replace(JOB, id="nightly"), was), f"{path}/nightly"
    fake.state.faults[path] = Fault(drop=True, done=True, method=method)
    perform(fake, action)
    assert fake.written() == [(method, path)]
    assert found_job(live(fake, action.job.id)) == action.job


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 596, "reason": "broken pipe"}])
def test_1_a_write_nobody_answered_or_did_is_an_error(fake: Fake, fault: dict[str, Any]) -> None:
    fake.state.faults["/cluster/backup"] = Fault(method="POST", **fault)
    assert failing(fake, setting()).code == "write-unanswered"
    assert fake.written() == [("POST", "/cluster/backup")]


def test_a_server_that_keeps_something_else_is_not_believed(fake: Fake) -> None:
    fake.state.faults["/cluster/backup"] = Fault(status=200, body=b'{"data":null}', method="POST")
    assert failing(fake, setting()).code == "job-not-as-written"
    fake.state.jobs.append({"id": JOB.id, "schedule": "04:00", "vmid": "210", "storage": "nfs"})
    path = f"/cluster/backup/{JOB.id}"
    fake.state.faults[path] = Fault(status=200, body=b'{"data":null}', method="PUT")
    error = failing(fake, setting(JOB, found_job(live(fake))))
    assert (error.code, "schedule" in str(error.parameters["names"])) == (
        "job-not-as-written",
        True,
    )


def test_what_proxmox_says_of_a_parameter_is_passed_on(fake: Fake) -> None:
    error = failing(fake, setting(replace(JOB, mode="freeze")))
    assert (error.code, "enumeration" in str(error.parameters["detail"])) == ("proxmox-said", True)


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 3), ("America/New_York", 8)])
def test_3_the_server_says_when_it_would_run(zone: str, hour: int) -> None:
    with running(lab(), routes=(analysing(zone),)) as fake:
        asked = engine(fake, Path("/nonexistent"), limits=USUAL)
        runs = asked.next_runs("03:00")
        assert len(runs) == 3
        # The offset of summer differs by one.
        assert {run.hour - hour for run in runs} <= {0, -1}
        assert all(run > datetime.now(UTC) for run in runs)
        with pytest.raises(EngineError, match="proxmox-said"):
            asked.next_runs("0 3 * * *")


# ---- Saved now --------------------------------------------------------------------------------


def with_habit(habit: Habit, **faults: Fault) -> Iterator[Fake]:
    """A fake whose backups go like this."""
    routes: tuple[Route, ...] = (saving(habit),)
    with running(lab(APPLYING), routes=routes) as fake:
        yield fake


def test_6_a_guest_is_saved_and_nothing_older_goes(fake: Fake) -> None:
    fake.state.archives += [archive(210, hours) for hours in range(40, 60)]
    before = {each.volid for each in fake.state.archives}
    heard: list[Progress] = []
    done = perform(fake, SAVE, heard)
    (point,) = done.made
    assert before < {each.volid for each in fake.state.archives}
    assert (point.asset, point.location, point.size) == ("traefik/core", "nfs-4tb", 10**9)
    assert point.id not in before
    assert fake.written() == [("POST", "/nodes/pve1/vzdump")]
    assert ("remove=0" in fake.bodies[-1]) or any("remove=0" in body for body in fake.bodies)
    assert fake.state.archives[-1].notes == "traefik"
    assert any(each.total == 1 << 30 and each.done == 1 << 29 for each in heard)


def test_4_what_a_green_task_left_out_is_told(fake: Fake) -> None:
    done = perform(fake, SAVE)
    assert (done.note, done.unread) == ("", ("mp0", "mp1"))
    vm = perform(fake, replace(SAVE, vmid=216, asset="games/vm"))
    assert vm.unread == ("scsi2",)
    whole = perform(fake, replace(SAVE, vmid=211, asset="dns/adguard"))
    assert whole.unread == ()


def test_6_a_guest_is_asked_for_where_it_lives(fake: Fake) -> None:
    perform(fake, replace(SAVE, vmid=215, asset="vault/guest", storage="local"))
    assert fake.written() == [("POST", "/nodes/pve2/vzdump")]
    assert failing(fake, replace(SAVE, vmid=999)).code == "guest-unseen"


def test_5_archives_of_a_storage_of_one_node_carry_its_name(fake: Fake) -> None:
    asked = engine(fake, Path("/nonexistent"), storages={"local": "inside"}, limits=USUAL)
    action = replace(SAVE, vmid=215, asset="vault/guest", storage="local")
    done = asked.perform(
        action, Permit("x", (action,)), progress=lambda each: None, cancel=threading.Event()
    )
    assert done.made[0].id.startswith("pve2/local:backup/")
    assert done.made[0].host == "pve2"


@pytest.mark.parametrize(
    ("habit", "code"),
    [
        (Habit(size=0), "save-empty"),
        (Habit(size=1), "save-empty"),
        (Habit(loses=True), "save-unlisted"),
        (Habit(fails="command 'tar' failed: exit code 2"), "save-failed"),
        (Habit(fails="can't acquire lock '/var/run/vzdump.lock' - got timeout"), "save-queue"),
    ],
)
def test_6_a_green_task_is_not_yet_a_backup(habit: Habit, code: str) -> None:
    for fake in with_habit(habit):
        error = failing(fake, SAVE)
        assert error.code == code
        assert habit.fails in str(error.parameters.get("detail", ""))


def test_6_a_warning_is_a_backup_with_a_word() -> None:
    for fake in with_habit(Habit(warns="file changed as we read it")):
        done = perform(fake, SAVE)
        assert done.note == "WARNINGS: 1; file changed as we read it"
        assert done.made


def test_7_a_locked_guest_says_so_in_proxmox_own_words(fake: Fake) -> None:
    guest = fake.state.guest(210)
    assert guest is not None
    guest.config["lock"] = "backup"
    error = failing(fake, SAVE)
    assert (error.code, error.parameters["detail"]) == ("guest-locked", "CT is locked (backup)")


def test_6_the_right_on_the_guest_is_only_asked_inside_the_task(fake: Fake) -> None:
    fake.state.tokens[TOKEN] = token({**APPLYING, "/vms/210": "VMOnly"})
    error = failing(fake, SAVE)
    assert isinstance(error, EngineDenied)
    assert error.parameters["detail"] == "/vms/210, VM.Backup"
    # The right on the storage is asked for at once.
    fake.state.tokens[TOKEN] = token({**APPLYING, "/storage/nfs": "PVEAuditor"})
    assert isinstance(failing(fake, SAVE), EngineDenied)


def test_6_a_second_backup_waits_for_the_one_that_runs() -> None:
    for fake in with_habit(Habit(seconds=0.3)):
        fake.state.begin("pve1", "vzdump", "", "root@pam", seconds=0.3)
        heard: list[Progress] = []
        assert perform(fake, SAVE, heard).made
        assert any("waiting" in each.what for each in heard)


def test_5_an_unreachable_storage_is_no_place_to_save_to(fake: Fake) -> None:
    storage = fake.state.storage("nfs")
    assert storage is not None
    storage.active = ("pve2",)
    assert failing(fake, SAVE).code == "save-storage-away"
    assert fake.written() == []


def test_1_a_backup_nobody_answered_is_found_among_the_tasks(fake: Fake) -> None:
    fake.state.faults["/nodes/pve1/vzdump"] = Fault(drop=True, done=True)
    assert perform(fake, SAVE).made
    assert fake.written() == [("POST", "/nodes/pve1/vzdump")]
