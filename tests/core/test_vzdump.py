"""A policy becomes exactly one job, in the parameters PVE knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_jobs import JOB, NAMES, NOW, SEED, guest, seed
from phoenix_dr.core.guest_settings import JobOptions
from phoenix_dr.core.model import DAY, Estate, Policy, RetentionRule, Service
from phoenix_dr.core.vzdump import (
    covered,
    found_job,
    job_of,
    jobs_of,
    named_jobs,
    parameters,
    prune_backups,
    storages_of,
)
from phoenix_dr.core.vzdump_findings import Seen, find_in_jobs, view_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.errors import EngineError, UsageError

DOCUMENTED = frozenset(
    {
        "all",
        "bwlimit",
        "comment",
        "compress",
        "enabled",
        "exclude",
        "exclude-path",
        "fleecing",
        "id",
        "ionice",
        "lockwait",
        "mode",
        "node",
        "notes-template",
        "notification-mode",
        "pbs-change-detection-mode",
        "performance",
        "pool",
        "protected",
        "prune-backups",
        "remove",
        "repeat-missed",
        "schedule",
        "stdexcludes",
        "stopwait",
        "storage",
        "vmid",
        "zstd",
    }
)
"""Parameters of POST /cluster/backup that are not deprecated (proxmox.md 3)."""


def test_the_seeds_five_containers_are_exactly_one_job() -> None:
    assert jobs_of(seed(), "pve1") == (JOB,)
    assert parameters(JOB) == {
        "schedule": "03:00",
        "storage": "local",
        "vmid": "200,210,211,215,216",
        "enabled": "1",
        "mode": "snapshot",
        "compress": "zstd",
        "prune-backups": "keep-daily=7",
        "remove": "1",
        "repeat-missed": "0",
        "comment": "Phoenix: policy guests",
    }


def test_only_guests_of_this_policy_on_this_proxmox_are_in_the_job() -> None:
    weekly = replace(SEED, name="weekly", schedule="0 4 * * 0", to=("pve1/nas",))
    more = {
        "vm": Service("vm", assets=(guest("vm", 220, "weekly"),)),
        "none": Service("none", assets=(guest("none", 221, None),)),
        "other": Service("other", assets=(guest("other", 300, "guests", source="pve2/300"),)),
    }
    estate = seed(more=(weekly,))
    estate = replace(estate, services={**estate.services, **more})
    jobs = jobs_of(estate, "pve1")
    assert {job.id: (job.vmids, job.schedule, job.storage) for job in jobs} == {
        "phoenix-guests": (tuple(NAMES), "03:00", "local"),
        "phoenix-weekly": ((220,), "sun 04:00", "nas"),
    }


def test_each_storage_of_a_policy_is_a_job_and_the_first_keeps_the_plain_id() -> None:
    both = replace(SEED, to=("restic", "pve1/local", "pve1/nas", "pve1/local"))
    assert storages_of(seed(both), "guests", "pve1") == ("local", "nas")
    jobs = jobs_of(seed(both), "pve1")
    assert [(job.id, job.storage) for job in jobs] == [
        ("phoenix-guests", "local"),
        ("phoenix-guests-nas", "nas"),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ("restic",)}, "vzdump-no-storage"),
        ({"to": ("pve1",)}, "vzdump-no-storage"),
        ({"keep": RetentionRule(within=30 * DAY)}, "retention-unsupported"),
        ({"keep": RetentionRule(daily=-1)}, "retention-negative"),
        ({"schedule": "0 3 L * *"}, "vzdump-schedule"),
        ({"name": "other"}, "vzdump-no-guest"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    policy = replace(SEED, **changes)
    estate = replace(seed(), policies={policy.name: policy})
    with pytest.raises(UsageError) as caught:
        job_of(estate, policy.name, "pve1")
    assert caught.value.code == code


def test_a_guest_that_is_no_number_and_two_policies_of_one_id_are_refused() -> None:
    odd = {"x": Service("x", assets=(guest("x", 99, "guests"),))}
    with pytest.raises(UsageError, match="guest-number"):
        jobs_of(replace(seed(), services=odd), "pve1")
    twin = replace(SEED, name="Guests!")
    services = {
        "a": Service("a", assets=(guest("a", 210, "guests"),)),
        "b": Service("b", assets=(guest("b", 211, "Guests!"),)),
    }
    with pytest.raises(UsageError, match="vzdump-id-twice"):
        jobs_of(replace(seed(more=(twin,)), services=services), "pve1")


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (RetentionRule(daily=7), "keep-daily=7"),
        (RetentionRule(yearly=1, last=3, daily=0), "keep-last=3,keep-yearly=1"),
        (RetentionRule(), "keep-all=1"),
        (RetentionRule(last=0), "keep-all=1"),
    ],
)
def test_a_rule_is_spelled_as_prune_backups(keep: RetentionRule, said: str) -> None:
    assert prune_backups(keep) == said
    job = job_of(seed(replace(SEED, keep=keep)), "guests", "pve1")
    assert job.prunes is (said != "keep-all=1")
    assert parameters(job)["remove"] == ("1" if job.prunes else "0")


def test_everyone_a_pool_and_the_extras_use_documented_names_only() -> None:
    every = replace(JOB, vmids=(), every=True, exclude=(216, 215), node="pve1")
    pool = replace(JOB, vmids=(), pool="prod", notes_template="{{guestname}}", fleecing="enabled=1")
    assert parameters(every) | {"exclude": "215,216", "all": "1", "node": "pve1"} == parameters(
        every
    )
    assert "vmid" not in parameters(every) | parameters(pool)
    for job in (JOB, every, pool):
        assert parameters(job).keys() <= DOCUMENTED
        assert parameters(job)["storage"]
    assert list(covered(every, NAMES)) == [200, 210, 211]
    assert list(covered(pool, NAMES)) == []


def test_a_comment_stays_one_ascii_line_that_pve_takes() -> None:
    odd = replace(SEED, name="fenêtre\nday" + "x" * 600)
    comment = job_of(seed(odd), odd.name, "pve1").comment
    assert comment.isascii()
    assert comment.isprintable()
    assert len(comment) <= 512


ROW: dict[str, object] = {
    "id": "backup-nightly", "type": "vzdump", "enabled": 1, "schedule": "02:30", "all": 1,
    "exclude": "215", "storage": "nfs", "mode": "snapshot", "compress": "zstd",
    "prune-backups": {"keep-daily": "7", "keep-weekly": "4"}, "notes-template": "{{guestname}}",
    "repeat-missed": 1, "notification-mode": "auto", "fleecing": {"enabled": "0"},
    "next-run": 1795401000,
}  # fmt: skip
"""The answer of proxmox.md 3, as PVE gives it."""


def test_the_documented_answer_is_read() -> None:
    assert found_job(ROW) == VzdumpJob(
        "backup-nightly", "02:30", "nfs", every=True, exclude=(215,),
        keep=RetentionRule(daily=7, weekly=4), notes_template="{{guestname}}",
        fleecing="enabled=0", repeat_missed=True,
    )  # fmt: skip


def test_absent_is_the_default_of_pve_and_never_false() -> None:
    job = found_job({"id": "x", "schedule": "daily", "vmid": 210})
    assert (job.enabled, job.remove, job.repeat_missed, job.every) == (True, True, False, False)
    assert (job.storage, job.compress, job.keep, job.vmids) == ("local", "0", None, (210,))
    assert job.prunes, "the storage's rule may remove"


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ({"prune-backups": "keep-daily=7,keep-last=0"}, "keep", RetentionRule(daily=7)),
        ({"prune-backups": "keep-all=1"}, "keep", RetentionRule()),
        ({"maxfiles": "3"}, "keep", RetentionRule(last=3)),
        ({"enabled": "0"}, "enabled", False),
        ({"enabled": 0}, "enabled", False),
        ({"exclude": "215"}, "every", True),
        ({"exclude": "215", "pool": "p"}, "every", False),
        ({"vmid": "216, 210;211"}, "vmids", (210, 211, 216)),
        ({"starttime": "03:00", "dow": "sat"}, "schedule", "sat 03:00"),
        ({"fleecing": "storage=x,enabled=1"}, "fleecing", "enabled=1,storage=x"),
    ],
)
def test_strings_and_numbers_and_old_spellings_are_the_same(
    row: dict[str, object], field: str, value: object
) -> None:
    assert getattr(found_job({"id": "x", **row}), field) == value


@pytest.mark.parametrize(
    "row",
    [{}, {"id": "x", "vmid": "all"}, {"id": "x", "prune-backups": 7},
     {"id": "x", "prune-backups": {"keep-forever": 1}}],
)  # fmt: skip
def test_a_row_that_is_no_job_is_an_error_of_the_engine(row: dict[str, object]) -> None:
    with pytest.raises(EngineError, match="vzdump-row"):
        found_job(row)


@given(
    st.builds(
        RetentionRule,
        **{name: st.none() | st.integers(1, 99) for name in ("last", "daily", "weekly", "yearly")},
    ),
    st.sets(st.integers(100, 999), min_size=1, max_size=5),
    st.booleans(),
)
def test_what_is_written_is_read_back_as_the_same_job(
    keep: RetentionRule, vmids: set[int], flag: bool
) -> None:
    job = replace(JOB, keep=keep, vmids=tuple(sorted(vmids)), enabled=flag, repeat_missed=flag)
    assert found_job({"id": job.id, **parameters(job)}) == job


def test_a_policy_is_not_needed_to_have_guests() -> None:
    assert jobs_of(
        seed(more=(Policy("x", "0 0 * * *", RetentionRule(), "", ("pve1/nas",)),)), "pve1"
    )


def wishing(wish: JobOptions, policy: Policy = SEED) -> Estate:
    """The seed's house with a wish for the job of its policy."""
    estate = seed(policy)
    engine = replace(estate.engines["pve1"], jobs={policy.name: wish})
    return replace(estate, engines={"pve1": engine})


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (JobOptions(id="nightly", mode="stop", compress="gzip"),
         {"vmid": "200,210,211,215,216", "mode": "stop", "compress": "gzip"}),
        (JobOptions(every=True), {"all": "1"}),
        (JobOptions(every=True, exclude=(216, 215)), {"all": "1", "exclude": "215,216"}),
        # `exclude` without a pool means all others.
        (JobOptions(exclude=(216,)), {"all": "1", "exclude": "216"}),
        (JobOptions(pool="prod", node="pve1"), {"pool": "prod", "node": "pve1"}),
        (JobOptions(notes="{{guestname}}", fleecing="local-lvm", repeat_missed=True),
         {"vmid": "200,210,211,215,216", "notes-template": "{{guestname}}",
          "fleecing": "enabled=1,storage=local-lvm", "repeat-missed": "1"}),
    ],
)  # fmt: skip
def test_3_wishes_for_a_job_are_said_without_conflict(
    wish: JobOptions, said: dict[str, str]
) -> None:
    (job,) = jobs_of(wishing(wish), "pve1")
    assert job.id == (wish.id or "phoenix-guests")
    made = parameters(job)
    assert made | said == made
    who = made.keys() & {"vmid", "all", "exclude", "pool"}
    assert who == said.keys() & {"vmid", "all", "exclude", "pool"}
    assert made["storage"], "a template of notes needs a storage"
    assert found_job({"id": job.id, **made}) == job


def test_a_named_job_is_the_one_on_the_first_storage() -> None:
    both = replace(SEED, to=("pve1/local", "pve1/nas"))
    estate = wishing(JobOptions(id="nightly"), both)
    assert [job.id for job in jobs_of(estate, "pve1")] == ["nightly", "phoenix-guests-nas"]
    assert named_jobs(estate, "pve1") == {"nightly"}
    assert named_jobs(seed(), "pve1") == frozenset()


@pytest.mark.parametrize(
    "wish", [JobOptions(pool="prod", exclude=(210,)), JobOptions(pool="prod", every=True)]
)
def test_3_a_pool_is_alone_since_a_change_of_it_clears_exclude(wish: JobOptions) -> None:
    with pytest.raises(UsageError, match="vzdump-pool-alone"):
        jobs_of(wishing(wish), "pve1")


def test_a_guest_that_wishes_leave_out_is_still_found() -> None:
    seen = Seen(guests=NAMES, storages=frozenset({"local"}))
    left = wishing(JobOptions(every=True, exclude=(216,)))
    for estate, expected in ((left, {"games/guest"}), (wishing(JobOptions(every=True)), set())):
        found = find_in_jobs(view_of(estate, "pve1", seen, now=NOW))
        assert {f.subject for f in found if f.code == "guest-in-no-job"} == expected
        # Who is in it is judged as of any job.
        thin = {f.subject for f in found if f.code == "schedule-too-thin"}
        assert thin == {f"{name}/guest" for name in NAMES.values()} - expected
