"""Each thing wrong with guests of a Proxmox has its own code; a healthy one is quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_jobs import NOW, PARIS, guest, left_out
from build_look import (
    EVERYONE,
    EXTRA,
    GB,
    HOUR,
    NIGHTLY,
    WEEK,
    archive,
    covered,
    healthy,
    house,
    run,
    with_guest,
    with_job,
    with_job_too,
    with_spot,
    with_storage,
    with_volume,
    without_archives,
    without_runs,
)
from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.findings import FindingFacts, find
from phoenix_dr.core.guest_settings import GuestPlace
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    Estate,
    Host,
    Policy,
    RetentionRule,
    Service,
    Waiver,
)
from phoenix_dr.core.proxmox import Guest, Inventory, Storage, Volume
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump_findings import find_in_guests, find_in_jobs, seen_of, view_of
from phoenix_dr.render.phrases import phrases, sentence

CRITICAL, WARNING, UNKNOWN, INFO = Severity
Break = Callable[[Inventory], Inventory]
Fault = tuple[Break, str, Severity, str]
BIND = Volume("mp0", "/srv/data", included=False, reason="bind")
UNSAVED = Volume("mp1", "local-lvm:vm-210-disk-1", included=False, reason="disabled")
PBS = Storage(
    "pbs", "pbs", shared=True, active=("pve1", "pve2"), available=GB, location="vault",
    keep_known=True,
)  # fmt: skip
ON_PBS = replace(NIGHTLY, id="to-pbs", storage="pbs", vmids=(220,), keep=None)


def brief(found: tuple[Finding, ...]) -> list[tuple[str, Severity, str]]:
    """What is found, where, how grave."""
    return [(each.code, each.severity, each.subject) for each in found]


def found(look: Inventory, described: Estate | None = None) -> tuple[Finding, ...]:
    """Findings of a look."""
    return find_in_guests(described or house(), look, now=NOW)


def codes(look: Inventory, described: Estate | None = None) -> set[str]:
    """Codes of what is found."""
    return {each.code for each in found(look, described)}


def never(look: Inventory) -> Inventory:
    """Nothing of any guest ever was saved."""
    return without_runs(without_archives(look, *EVERYONE))


def shrunk(look: Inventory) -> Inventory:
    """The newest archive of 220 is a fifth of those before it."""
    return replace(look, archives=(*look.archives, archive(220, 1, size=2 * GB // 5)))


def on_pbs(look: Inventory, verified: bool | None, hours: float = 4) -> Inventory:
    """Guest 220 goes to a backup server too, which looked at its archive or not."""
    look = with_job_too(replace(look, storages=(*look.storages, PBS)), ON_PBS, 220)
    made = archive(220, 4, "pbs", verified=True if hours > 24 else verified)
    old = archive(220, hours, "pbs", verified=verified)
    return replace(look, archives=(*look.archives, *({old, replace(made, verified=None)}
                   if hours > 24 else {made})))  # fmt: skip


FAULTS: dict[str, Fault] = {
    "in no job": (
        lambda look: with_job(
            replace(look, covered=tuple(c for c in look.covered if c.vmid != 220)),
            vmids=tuple(v for v in EVERYONE if v != 220),
        ),
        "guest-in-no-job", WARNING, "pve1/220",
    ),
    "a job that lost its node": (
        lambda look: with_job(
            with_guest(
                replace(look, covered=tuple(c for c in look.covered if c.vmid != 220)),
                220, node="pve2",
            ),
            node="pve1",
        ),
        "job-node-misses", WARNING, "pve1/220",
    ),
    "a number of nobody": (
        lambda look: replace(
            look, covered=(*look.covered, replace(covered(999), kind="unknown", volumes=()))
        ),
        "job-names-gone-guest", WARNING, "pve1/999",
    ),
    "another job is off": (
        lambda look: with_job_too(look, replace(NIGHTLY, id="spare", enabled=False)),
        "job-disabled", WARNING, "pve1",
    ),
    "storage gone": (
        lambda look: with_job_too(
            look, replace(NIGHTLY, id="usb", storage="usb", vmids=(220,)), 220
        ),
        "job-storage-missing", CRITICAL, "pve1",
    ),
    "never ran": (never, "job-never-ran", WARNING, "pve1"),
    "missed": (
        lambda look: without_runs(without_archives(look, *EVERYONE, since=12), since=12),
        "job-missed", WARNING, "pve1",
    ),
    "a node is off": (
        lambda look: with_spot(
            replace(
                with_guest(look, 220, node="pve2"),
                nodes=(Node("pve1", online=True), Node("pve2", online=False)),
            ),
            "proxmox-tasks-away", "pve2",
        ),
        "job-node-off", WARNING, "pve1",
    ),
    "a schedule nobody reads": (
        lambda look: with_job(look, schedule="some day"),
        "job-schedule-unread", UNKNOWN, "pve1",
    ),
    "once a day": (
        lambda look: with_job(look, schedule="03:00"),
        "schedule-too-thin", WARNING, "core/guest",
    ),
    "rivals": (
        lambda look: with_job_too(
            look, replace(NIGHTLY, id="rival", vmids=(220,), keep=RetentionRule(last=2)), 220
        ),
        "jobs-prune-each-other", WARNING, "pve1",
    ),
    "no rule at all": (
        lambda look: with_storage(with_job(look, keep=None), "nas", keep=None),
        "storage-keeps-everything", WARNING, "pve1",
    ),
    "two rules": (
        lambda look: with_storage(look, "nas", keep=RetentionRule(last=2)),
        "job-keeps-otherwise", INFO, "pve1",
    ),
    "bind mount": (
        lambda look: with_volume(look, 210, BIND),
        "bind-mount-not-saved", WARNING, "core/guest",
    ),
    "mount point": (
        lambda look: with_volume(look, 220, UNSAVED),
        "mount-not-saved", WARNING, "pve1/220",
    ),
    "disk": (
        lambda look: with_volume(look, 230, replace(UNSAVED, key="scsi1")),
        "disk-not-saved", WARNING, "pve1/230",
    ),
    "device": (
        lambda look: with_volume(look, 220, replace(BIND, name="/dev/sdb")),
        "device-not-saved", WARNING, "pve1/220",
    ),
    "handed through": (
        lambda look: with_guest(
            look, 230, volumes=(Volume("hostpci0", "0000:01:00", included=False),)
        ),
        "device-not-saved", INFO, "pve1/230",
    ),
    "run failed": (
        lambda look: replace(look, runs=(*look.runs, run(211, 1, ok=False, detail="exit 32"))),
        "guest-run-failed", WARNING, "wiki/guest",
    ),
    "green and partial": (
        lambda look: replace(look, runs=(*look.runs, run(220, 1, left_out=("mp3",)))),
        "guest-run-partial", WARNING, "pve1/220",
    ),
    "task died": (
        lambda look: replace(look, runs=(*look.runs, run(0, 1, ok=False, detail="no space"))),
        "backup-task-died", WARNING, "pve1",
    ),
    "lock": (
        lambda look: with_guest(look, 220, lock="backup"),
        "guest-lock-stale", WARNING, "pve1/220",
    ),
    "left behind": (
        lambda look: without_archives(look, 220, since=24),
        "guest-too-old", WARNING, "pve1/220",
    ),
    "left out silently": (
        lambda look: without_archives(look, 220),
        "guest-no-archive", WARNING, "pve1/220",
    ),
    "future": (
        lambda look: replace(look, archives=(*look.archives, archive(220, -5))),
        "guest-archive-in-future", UNKNOWN, "pve1/220",
    ),
    "empty": (
        lambda look: replace(look, archives=(*look.archives, archive(220, 1, size=0))),
        "guest-archive-empty", WARNING, "pve1/220",
    ),
    "only an empty one": (
        lambda look: replace(
            without_archives(look, 220),
            archives=(*without_archives(look, 220).archives, archive(220, 1, size=0)),
        ),
        "guest-archive-empty", CRITICAL, "pve1/220",
    ),
    "shrunk": (shrunk, "guest-archive-shrunk", WARNING, "pve1/220"),
    "sizes hidden": (
        lambda look: replace(look, archives=(*look.archives, archive(220, 1, size=None))),
        "archive-sizes-hidden", UNKNOWN, "pve1",
    ),
    "verification failed": (
        lambda look: on_pbs(look, False), "verification-failed", CRITICAL, "pve1/220",
    ),
    "never verified": (
        lambda look: on_pbs(look, None), "verification-missing", WARNING, "pve1/220",
    ),
    "verified long ago": (
        lambda look: on_pbs(look, True, hours=31 * 24), "verification-missing", WARNING, "pve1/220",
    ),
    "storage away": (
        lambda look: with_storage(look, "nas", active=("pve2",), inactive=("pve1",)),
        "storage-inactive", WARNING, "pve1",
    ),
    "no room": (
        lambda look: with_storage(look, "nas", available=10 * GB),
        "storage-too-small", WARNING, "pve1",
    ),
    "same host": (
        lambda look: replace(
            with_job(look, storage="local"),
            archives=tuple(replace(each, storage="local") for each in look.archives),
        ),
        "copies-on-own-host", WARNING, "core/guest",
    ),
    "jobs unread": (lambda look: replace(look, jobs=None), "jobs-unseen", UNKNOWN, "pve1"),
    "guests hidden": (
        lambda look: with_spot(look, "proxmox-guests-hidden", "/vms"), "blind", UNKNOWN, "pve1",
    ),
    "rows hidden": (
        lambda look: with_spot(look, "proxmox-rows-hidden", "nas: 3"), "blind", UNKNOWN, "pve1",
    ),
    "tasks hidden": (
        lambda look: with_spot(look, "proxmox-tasks-hidden", "pve1"), "blind", UNKNOWN, "pve1",
    ),
    "looked at long ago": (
        lambda look: aged(look, timedelta(days=2)), "guests-seen-long-ago", UNKNOWN, "pve1",
    ),
}  # fmt: skip
ALSO = {"a node is off": {"blind"}, "rivals": {"job-keeps-otherwise"}}
"""What else a fault brings by its nature."""


def aged(look: Inventory, by: timedelta) -> Inventory:
    """The whole look, so much earlier."""
    return replace(
        look,
        observed_at=look.observed_at - by,
        archives=tuple(replace(each, taken_at=each.taken_at - by) for each in look.archives),
        runs=tuple(
            replace(each, started_at=each.started_at - by,
                    ended_at=each.ended_at - by if each.ended_at else None)
            for each in look.runs
        ),
    )  # fmt: skip


def test_a_healthy_proxmox_has_no_finding() -> None:
    assert found(healthy()) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_by_its_own_code_and_nothing_else_is_said(name: str) -> None:
    fault, code, severity, subject = FAULTS[name]
    made = found(fault(healthy()))
    assert (code, severity, subject) in brief(made)
    assert {each.code for each in made} == {code} | ALSO.get(name, set())


@st.composite
def looks(draw: st.DrawFn) -> Inventory:
    """A healthy Proxmox: sizes that differ a little, in any order, on any day."""
    look, random = healthy(), draw(st.randoms(use_true_random=False))
    archives = [
        replace(each, size=int(2 * GB * random.uniform(0.8, 1.2)), protected=random.random() < 0.2)
        for each in look.archives
    ]
    runs, guests = list(look.runs), list(look.guests)
    for each in (archives, runs, guests):
        random.shuffle(each)
    look = replace(look, archives=tuple(archives), runs=tuple(runs), guests=tuple(guests))
    # No clock changes in these weeks, so the hour of the last run stays what it is.
    return aged(look, timedelta(days=draw(st.integers(0, 20))))


@given(looks(), st.sampled_from(sorted(FAULTS)))
def test_any_single_fault_is_found_in_any_healthy_look(look: Inventory, name: str) -> None:
    fault, code, _, _ = FAULTS[name]
    assert find_in_guests(house(), look, now=look.observed_at) == ()
    back = NOW - look.observed_at
    broken = aged(fault(aged(look, -back)), back)
    late = timedelta(days=2) if name == "looked at long ago" else timedelta(0)
    assert code in {
        each.code for each in find_in_guests(house(), broken, now=look.observed_at + late)
    }


# ---- What a person said, and what other assets hold ---------------------------------------------


def with_files(source: str, *, here: str = "pve1", **changes: object) -> Estate:
    """The house with one more asset of files, Phoenix being on that host."""
    asset = replace(Asset("photos/library", AssetKind.FILES, source, policy="guests"), **changes)  # type: ignore[arg-type]
    made = house(here=here)
    services = {**made.services, "photos": Service("photos", assets=(asset,))}
    return replace(made, services=services)


@pytest.mark.parametrize(
    ("estate", "silent"),
    [
        (with_files("/srv/data"), True),
        (with_files("/srv"), True),
        (with_files("/srv/data/photos"), False),
        (with_files("/srv/data2"), False),
        (with_files("/srv", here="worker1"), False),
        (with_files("/srv", policy=None), False),
        (with_files("/srv", exclude=("data",)), False),
        (with_files("/srv", exclude=("/srv/data/cache",)), True),
        (house(ignore=(replace(left_out(1, "2027-01-01"), found="pve1/210/mp0"),
                       *house().ignore)), True),
        (house(ignore=(replace(left_out(1, "2026-01-01"), found="pve1/210/mp0"),
                       *house().ignore)), False),
    ],
)  # fmt: skip
def test_13_2_a_bind_mount_saved_as_files_of_its_host_is_no_gap(
    estate: Estate, silent: bool
) -> None:
    assert ("bind-mount-not-saved" in codes(with_volume(healthy(), 210, BIND), estate)) != silent


def test_4_a_mount_one_job_takes_is_not_missing_because_another_leaves_it_out() -> None:
    taken = replace(UNSAVED, included=True, reason="")
    look = with_volume(healthy(), 220, UNSAVED)
    both = replace(
        look,
        covered=(*look.covered, covered(220, taken, job="second")),
        jobs=(*(look.jobs or ()), replace(NIGHTLY, id="second", vmids=(220,))),
    )
    assert "mount-not-saved" not in codes(both)


def test_4_an_efi_disk_that_is_not_in_use_is_no_gap() -> None:
    efi = Volume("efidisk0", "local-lvm:vm-230-disk-9", included=False, reason="efidisk")
    assert codes(with_volume(healthy(), 230, efi)) == set()


def test_a_guest_left_out_is_silent_until_its_date() -> None:
    look = with_volume(healthy(), 220, UNSAVED)
    for until, said in (("2027-01-01", set()), ("2026-01-01", {"mount-not-saved"})):
        estate = house(ignore=(*house().ignore, left_out(220, until)))
        assert codes(look, estate) == said


def test_of_data_whose_loss_was_accepted_nothing_is_urgent() -> None:
    made = house()
    core, waiver = made.asset("core/guest"), Waiver("bought again", date(2027, 1, 1))
    accepted, regenerable = (
        replace(core, accepted_loss=waiver), replace(core, regenerable=waiver),
    )  # fmt: skip
    for asset, expected in ((accepted, [INFO]), (regenerable, list[Severity]())):
        services = {**made.services, "core": Service("core", assets=(asset,))}
        look = with_volume(healthy(), 210, UNSAVED)
        said = found(look, replace(made, services=services))
        assert [each.severity for each in said] == expected


def test_the_guests_of_drills_are_nobodys_gap() -> None:
    there = Guest(9001, "lxc", "pve1", "phx-1", running=False, volumes=(UNSAVED,))
    look = replace(healthy(), guests=(*healthy().guests, there))
    assert codes(look) == {"guest-in-no-job", "mount-not-saved"}
    engine = replace(house().engines["pve1"], drills=GuestPlace(9000, 9099, "local-lvm"))
    assert codes(look, house(engines={"pve1": engine})) == set()


def test_the_files_of_a_host_are_saved_by_an_asset_or_left_out() -> None:
    bare = replace(house(here="pve1"), ignore=())
    assert brief(found(healthy(), bare)) == [("host-config-not-saved", WARNING, "pve1/host-config")]
    saved = replace(with_files("/etc"), ignore=())
    assert codes(healthy(), saved) == set()
    assert codes(healthy(), replace(with_files("/etc", exclude=("pve",)), ignore=())) == {
        "host-config-not-saved"
    }


def test_points_of_assets_are_not_judged_twice() -> None:
    look = replace(healthy(), archives=(*healthy().archives, archive(210, 1, size=0)))
    assert codes(look) == set()
    assert codes(without_archives(healthy(), 210)) == set()


# ---- What cannot be seen is never missing -------------------------------------------------------

BLIND: dict[str, tuple[Break, Break]] = {
    "3_jobs_that_were_not_read": (
        lambda look: replace(look, covered=()), lambda look: replace(look, jobs=None),
    ),
    "3_a_job_nobody_understands": (
        lambda look: FAULTS["in no job"][0](look),
        lambda look: with_spot(look, "proxmox-job-odd", "weird"),
    ),
    "5_rows_that_are_hidden_and_runs_too": (
        never,
        lambda look: with_spot(
            with_spot(look, "proxmox-rows-unseen", "nas"), "proxmox-tasks-hidden", "pve1"
        ),
    ),
    "5_a_storage_that_no_node_reaches": (
        lambda look: without_archives(look, 220),
        lambda look: with_storage(look, "nas", active=(), inactive=("pve1", "pve2")),
    ),
    "5_a_storage_nobody_described": (
        lambda look: without_archives(look, 220),
        lambda look: with_storage(look, "nas", location=""),
    ),
    "6_tasks_of_others": (
        lambda look: with_guest(look, 220, lock="backup"),
        lambda look: with_spot(look, "proxmox-tasks-hidden", "pve1"),
    ),
    "2_storages_of_a_node_that_is_off": (
        FAULTS["storage gone"][0],
        lambda look: with_spot(
            replace(look, nodes=(Node("pve1", online=True), Node("pve2", online=False))),
            "proxmox-tasks-away", "pve2",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLIND)
def test_where_the_look_is_blind_nothing_is_missing_and_something_is_unknown(name: str) -> None:
    fault, blind = BLIND[name]
    sure = {each for each in found(fault(healthy())) if each.severity is not UNKNOWN}
    assert sure or name.startswith("3_jobs")
    made = found(blind(fault(healthy())))
    said = {(each.code, each.subject) for each in made if each.severity is not UNKNOWN}
    assert not said & {(each.code, each.subject) for each in sure}
    grave = {each.code for each in made if each.severity in (CRITICAL, WARNING)}
    assert grave <= {"storage-inactive"}


def test_5_a_dry_run_tells_times_so_that_a_job_is_known_to_have_run() -> None:
    blind = replace(
        healthy(), archives=tuple(replace(each, size=None) for each in healthy().archives)
    )
    made = found(with_spot(blind, "proxmox-rows-hidden", "nas: 20"))
    assert {each.severity for each in made} == {UNKNOWN}
    assert {each.code for each in made} == {"blind", "archive-sizes-hidden"}


def test_3_a_hidden_guest_that_a_job_names_is_not_said_to_be_in_none() -> None:
    look = replace(
        healthy(),
        guests=tuple(each for each in healthy().guests if each.vmid != 211),
        covered=tuple(each for each in healthy().covered if each.vmid != 211),
    )
    hidden = with_spot(look, "proxmox-guests-hidden", "/vms")
    assert codes(hidden) == {"blind"}
    without = with_job(hidden, vmids=tuple(v for v in EVERYONE if v != 211))
    assert ("guest-in-no-job", UNKNOWN, "wiki/guest") in brief(found(without))


def test_3_a_pool_is_answered_by_the_server_and_unknown_when_it_is_not() -> None:
    pool = replace(NIGHTLY, vmids=(), pool="prod")
    look = replace(healthy(), jobs=(pool,))
    assert codes(look) == set()
    untold = with_spot(replace(look, covered=()), "proxmox-said", "nightly: 500")
    said = [each for each in found(untold) if each.code == "guest-in-no-job"]
    assert {each.severity for each in said} == {UNKNOWN}
    assert len(said) == len(EVERYONE)


# ---- Runs and archives --------------------------------------------------------------------------


def test_6_a_failure_that_a_later_archive_made_up_for_is_over() -> None:
    failed = replace(healthy(), runs=(*healthy().runs, run(211, 2, ok=False)))
    assert codes(failed) == {"guest-run-failed"}
    later = replace(failed, archives=(*failed.archives, archive(211, 1)))
    assert codes(later) == set()


def test_13_4_a_failing_job_is_not_hidden_by_another_one_that_works() -> None:
    second = replace(NIGHTLY, id="second", schedule="05:00")
    look = with_job_too(healthy(), second, 211)
    look = replace(look, runs=(*look.runs, run(211, 2, ok=False)))
    (failed,) = (each for each in found(look) if each.code == "guest-run-failed")
    assert dict(failed.parameters)["job"] == "second"
    works = replace(look, archives=(*look.archives, archive(211, 0.5, "local")))
    assert "guest-run-failed" in codes(works)


def test_13_6_a_lock_is_not_stale_while_its_run_goes_on_or_just_ended() -> None:
    locked = with_guest(healthy(), 220, lock="backup")
    for last in (run(220, 0.1, ok=None), run(220, 0.2)):
        assert codes(replace(locked, runs=(*locked.runs, last))) == set()
    assert codes(with_guest(healthy(), 220, lock="snapshot")) == set()


def test_6_a_task_that_died_is_over_once_a_later_one_saved_somebody() -> None:
    died = replace(healthy(), runs=(*healthy().runs, run(0, 6, ok=False)))
    assert codes(died) == set()


def test_6_a_mount_the_log_leaves_out_is_said_once() -> None:
    look = with_volume(healthy(), 210, BIND)
    look = replace(look, runs=(*look.runs, run(210, 1, left_out=("mp0",))))
    assert [each.code for each in found(look)] == ["bind-mount-not-saved"]


def test_a_job_that_is_due_right_now_has_time_to_come() -> None:
    due = with_job(healthy(), schedule="03,15:00", repeat_missed=False)
    late = replace(without_runs(without_archives(due, *EVERYONE, since=12), since=12))
    early = replace(late, observed_at=NOW - 2 * HOUR)
    assert "job-missed" in codes(late)
    assert "job-missed" not in {
        each.code for each in find_in_guests(house(), early, now=early.observed_at)
    }


def test_3_a_job_whose_node_is_off_is_excused_when_it_repeats_what_it_missed() -> None:
    look = FAULTS["a node is off"][0](healthy())
    assert "job-node-off" not in codes(with_job(look, repeat_missed=True))


def test_9_a_storages_own_rule_counts_for_jobs_that_have_none() -> None:
    rival = replace(NIGHTLY, id="rival", keep=None, vmids=(220,))
    look = with_job_too(healthy(), rival, 220)
    assert codes(look) == set()
    assert "jobs-prune-each-other" in codes(with_storage(look, "nas", keep=RetentionRule(daily=3)))
    assert "jobs-prune-each-other" in codes(with_storage(look, "nas", keep_known=False))
    assert "jobs-prune-each-other" not in codes(with_storage(look, "nas", keep=None))


def test_of_a_backup_server_neither_room_nor_rules_are_judged() -> None:
    look = on_pbs(healthy(), True)
    assert codes(look) == set()
    assert codes(with_storage(look, "pbs", available=1)) == set()


def test_10_a_hidden_verification_is_unknown() -> None:
    look = on_pbs(healthy(), None)
    hidden = replace(
        look,
        archives=tuple(
            replace(each, size=None) if each.storage == "pbs" else each for each in look.archives
        ),
    )
    said = {each.code: each.severity for each in found(hidden)}
    assert said["verification-missing"] is UNKNOWN


def test_a_shrunk_archive_says_by_how_much() -> None:
    (only,) = found(shrunk(healthy()))
    facts = dict(only.parameters)
    assert (facts["factor"], facts["before"]) == (5, 2 * GB)
    half = replace(healthy(), archives=(*healthy().archives, archive(220, 1, size=GB)))
    assert codes(half) == set(), "half of it is not sharp"


def test_a_local_copy_beside_one_elsewhere_is_good_practice() -> None:
    look = with_job_too(healthy(), replace(NIGHTLY, id="quick", storage="local", vmids=(220,)), 220)
    look = replace(look, archives=(*look.archives, archive(220, 4, "local")))
    assert codes(look) == set()


def test_where_nobody_knows_whose_machine_a_location_is_sharing_decides() -> None:
    look = FAULTS["same host"][0](healthy())
    estate = house(hosts={"worker1": Host("worker1", "home")}, ignore=())
    assert codes(look, estate) == {"copies-on-own-host"}
    assert codes(with_storage(look, "local", shared=True), estate) == set()


# ---- Through the audit and a plan ---------------------------------------------------------------


def audited(facts: FindingFacts, estate: Estate) -> set[tuple[str, str]]:
    """Code and subject of what an audit without coverages finds."""
    return {(each.code, each.subject) for each in find(estate, (), facts, now=NOW)}


def test_the_audit_says_what_a_look_shows_and_no_blind_spot_twice() -> None:
    spot = BlindSpot("pve1", "proxmox-rows-hidden", "nas: 3")
    look = with_spot(with_spot(healthy(), spot.reason, spot.detail), "proxmox-job-odd", "x")
    facts = FindingFacts(guests={"pve1": look}, blind_spots=(spot,))
    said = [each for each in find(house(), (), facts, now=NOW) if each.code == "blind"]
    assert len(said) == 2


def test_a_proxmox_never_looked_at_is_unknown_once() -> None:
    unseen = FindingFacts(guests={"pve1": None})
    assert ("jobs-unseen", "pve1") in audited(unseen, house())
    dark = replace(unseen, blind_spots=(BlindSpot("pve1", "engine-unreachable"),))
    assert audited(dark, house()) >= {("blind", "pve1")}
    assert ("jobs-unseen", "pve1") not in audited(dark, house())


def seed_look() -> Inventory:
    """The seed's house as it is after its job ran for a week, and one guest more."""
    job = replace(
        NIGHTLY,
        id="phoenix-guests",
        schedule="03:00",
        storage="local",
        vmids=tuple(v for v in EVERYONE if v not in EXTRA),
    )
    look = replace(healthy(), jobs=(job,), archives=(), covered=())
    guests = tuple(each for each in look.guests if each.vmid != 230)
    ages = [4 + 24 * day for day in range(7)]
    return replace(
        look,
        guests=guests,
        covered=tuple(covered(vmid, job=job.id) for vmid in job.vmids),
        archives=tuple(archive(v, age, "local") for v in job.vmids for age in ages),
        runs=tuple(run(v, age) for v in job.vmids for age in ages),
    )


def test_the_seeds_example_gives_exactly_its_honest_findings() -> None:
    from build_jobs import SEED, seed

    estate = seed(SEED, ignore=house().ignore)
    live = found(seed_look(), estate)
    assert {each.code for each in live} == {"guest-in-no-job", "copies-on-own-host"}
    planned = find_in_jobs(view_of(estate, "pve1", seen_of(estate, seed_look()), now=NOW))
    by_code: dict[str, list[str]] = {}
    for each in planned:
        by_code.setdefault(each.code, []).append(each.subject)
    assert by_code.keys() == {"guest-in-no-job", "copies-on-own-host", "schedule-too-thin"}
    assert by_code["guest-in-no-job"] == ["pve1/220"]
    assert len(by_code["copies-on-own-host"]) == len(by_code["schedule-too-thin"]) == 5


def test_a_plan_judges_the_jobs_there_will_be() -> None:
    late = Policy("late", "0 5,17 * * *", WEEK, "mail is dear", ("pve1/nas",))
    made = house()
    policies = {**made.policies, "late": late}
    extra = Service("mail", assets=(guest("mail", 230, "late"),))
    estate = replace(made, policies=policies, services={**made.services, "mail": extra})
    look = FAULTS["in no job"][0](healthy())
    look = with_job(look, vmids=tuple(v for v in EVERYONE if v != 230))
    look = replace(look, covered=tuple(c for c in look.covered if c.vmid != 230))
    look = without_archives(look, 230)
    assert ("guest-in-no-job", WARNING, "mail/guest") in brief(found(look, estate))
    planned = find_in_jobs(view_of(estate, "pve1", seen_of(estate, look), now=NOW))
    assert "mail/guest" not in {each.subject for each in planned}
    assert estate.timezone == PARIS


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_finding_is_said_in_both_languages_with_a_next_step(language: str) -> None:
    from phoenix_dr.render.phrases.en.guest_findings import PHRASES

    look = healthy()
    made = [each for fault, *_ in FAULTS.values() for each in found(fault(look))]
    made += found(look, replace(house(), ignore=()))
    for each in made:
        facts = {"subject": each.subject, **dict(each.parameters)}
        for kind in ("finding", "remedy"):
            assert "{" not in sentence(language, f"{kind}.{each.code}", **facts)
    said = {f"{kind}.{each.code}" for each in made for kind in ("finding", "remedy")}
    assert PHRASES.keys() <= said
    assert PHRASES.keys() <= phrases(language).keys()


def test_6_a_job_that_ran_and_failed_is_not_said_to_have_missed_its_time() -> None:
    missed = FAULTS["missed"][0](healthy())
    failed = replace(missed, runs=(*missed.runs, *(run(v, 4, ok=False) for v in EVERYONE)))
    assert codes(failed) == {"guest-run-failed"}
    begun = replace(missed, runs=(*missed.runs, run(200, 4, ok=None)))
    assert "job-missed" not in codes(begun)
