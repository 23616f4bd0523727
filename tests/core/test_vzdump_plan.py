"""Only our jobs change, and what a first run removes is known before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from build_jobs import JOB, NAMES, NOW, PARIS, SEED, archive, guest, left_out, seed
from phoenix_dr.core.model import RetentionRule, Service
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump import found_job
from phoenix_dr.core.vzdump_findings import Seen, find_in_jobs, view_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import (
    Create,
    Foreign,
    Keep,
    Stray,
    Update,
    changes,
    first_run_losses,
)
from phoenix_dr.errors import Refused, UsageError

SEEN_ROW: dict[str, object] = {
    "id": "phoenix-guests", "type": "vzdump", "schedule": "3:00", "vmid": "210,200,211,216,215",
    "storage": "local", "mode": "snapshot", "compress": "zstd", "comment": JOB.comment,
    "prune-backups": {"keep-daily": "7"}, "next-run": 1795401000,
}  # fmt: skip
NIGHTLY = VzdumpJob("backup-nightly", "02:30", "nas", every=True)


def test_a_job_that_is_not_there_is_created_and_one_that_fits_is_kept() -> None:
    assert changes((JOB,), ()) == (Create(JOB),)
    assert changes((JOB,), (found_job(SEEN_ROW),)) == (Keep(JOB),)


@pytest.mark.parametrize(
    ("row", "differs", "clear"),
    [
        ({"schedule": "04:00"}, ("schedule",), ()),
        ({"vmid": "200"}, ("vmid",), ()),
        ({"vmid": None, "all": 1, "exclude": "220"}, ("vmid",), ()),
        ({"enabled": 0}, ("enabled",), ()),
        ({"prune-backups": None}, ("prune-backups",), ()),
        ({"prune-backups": {"keep-daily": 8}}, ("prune-backups",), ()),
        ({"remove": 0}, ("remove",), ()),
        ({"node": "pve1"}, ("node",), ("node",)),
        ({"compress": None}, ("compress",), ()),
        ({"notes-template": "{{guestname}}"}, (), ()),
        ({"schedule": "not an event"}, ("schedule",), ()),
    ],
)
def test_an_edited_job_of_ours_is_set_back_and_only_what_differs_is_named(
    row: dict[str, object], differs: tuple[str, ...], clear: tuple[str, ...]
) -> None:
    found = found_job({**SEEN_ROW, **row})
    (change,) = changes((JOB,), (found,))
    if differs:
        assert change == Update(JOB, found, differs, clear)
    else:
        assert change == Keep(JOB)


def test_everyone_but_some_loses_its_exceptions_when_they_are_not_wanted() -> None:
    every = replace(JOB, vmids=(), every=True)
    (change,) = changes((every,), (replace(every, exclude=(220,)),))
    assert isinstance(change, Update)
    assert change.clear == ("exclude",)


def test_jobs_of_others_are_shown_and_ours_without_a_policy_stay() -> None:
    old = replace(JOB, id="phoenix-former")
    assert changes((JOB,), (NIGHTLY, old)) == (Create(JOB), Foreign(NIGHTLY), Stray(old))


def test_a_foreign_job_is_only_changed_when_a_person_names_it() -> None:
    wanted = replace(JOB, id=NIGHTLY.id)
    with pytest.raises(Refused, match="job-foreign"):
        changes((wanted,), (NIGHTLY,))
    (change,) = changes((wanted,), (NIGHTLY,), named=(NIGHTLY.id,))
    assert isinstance(change, Update)


def lost(points: list[str], keep: RetentionRule, now: str, **more: Any) -> list[tuple[str, ...]]:
    """Days that go, per guest, in a first run at 15:00."""
    job = replace(JOB, schedule="15:00", keep=keep, vmids=(210,))
    held = [archive(210, each) for each in points]
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = first_run_losses({210: held}, job, zone="UTC", now=moment, **more)
    names = {point.id: f"{point.taken_at:%m-%d}" for point in held}
    return [tuple(sorted(names[each] for each in loss.points)) for loss in found]


def test_a_first_rule_removes_what_lies_there_from_before() -> None:
    month = [f"2026-10-{day:02d}T03:00" for day in range(20, 30)]
    assert lost(month, RetentionRule(daily=7), "2026-10-29T12:00") == [
        ("10-20", "10-21", "10-22", "10-29")
    ]
    assert lost(month, RetentionRule(), "2026-10-29T12:00") == []


def test_the_longer_rule_that_deletes_is_shown() -> None:
    # 27 October and 1 November 2026 lie in one ISO week: filled by the newest, it takes the rest.
    points = ["2026-10-27T03:00", "2026-11-01T03:00"]
    was = replace(JOB, schedule="15:00", keep=RetentionRule(monthly=3), vmids=(210,))
    longer = RetentionRule(weekly=1, monthly=3)
    assert lost(points, RetentionRule(monthly=3), "2026-11-01T04:00", was=was) == []
    assert lost(points, longer, "2026-11-01T04:00", was=was) == [("10-27",)]
    assert lost(points, longer, "2026-11-01T04:00") == [("10-27", "11-01")]


@pytest.mark.parametrize("change", [{"enabled": False}, {"remove": False}, {"vmids": (215,)}])
def test_a_present_job_that_removes_nothing_of_it_excuses_nothing(change: dict[str, Any]) -> None:
    was = replace(JOB, schedule="15:00", keep=RetentionRule(last=1), vmids=(210,))
    points, now = ["2026-10-27T03:00", "2026-11-01T03:00"], "2026-11-01T04:00"
    assert lost(points, RetentionRule(last=1), now, was=was) == []
    assert lost(points, RetentionRule(last=1), now, was=replace(was, **change)) == [
        ("10-27", "11-01")
    ]


def test_a_loss_says_period_bytes_and_what_remains() -> None:
    held = [archive(210, f"2026-11-{day:02d}T03:00") for day in range(18, 23)]
    held[1] = replace(held[1], protected=True)
    job = replace(JOB, keep=RetentionRule(last=2), vmids=(210,))
    (loss,) = first_run_losses({210: held, 211: held}, job, zone=PARIS, now=NOW)
    assert (loss.engine, loss.asset, loss.size) == ("pve1", "core/guest", 3000)
    assert (loss.since, loss.until) == (held[0].taken_at, held[3].taken_at)
    assert (loss.remaining, loss.reach) == (3, held[1].taken_at)
    unsized = [replace(each, size=None) for each in held]
    assert first_run_losses({210: unsized}, job, zone=PARIS, now=NOW)[0].size is None


@pytest.mark.parametrize(
    "job", [replace(JOB, enabled=False), replace(JOB, remove=False),
            replace(JOB, schedule="2020-01-01 03:00")],
)  # fmt: skip
def test_a_job_that_prunes_nothing_or_never_runs_loses_nothing(job: VzdumpJob) -> None:
    held = {210: [archive(210, f"2026-11-{day:02d}T03:00") for day in range(1, 20)]}
    assert first_run_losses(held, JOB, zone=PARIS, now=NOW)
    assert first_run_losses(held, job, zone=PARIS, now=NOW) == ()


def test_under_the_storages_own_rule_nobody_can_say() -> None:
    with pytest.raises(UsageError, match="vzdump-keep-unknown"):
        first_run_losses({}, replace(JOB, keep=None), zone=PARIS, now=NOW)


def found(seen: Seen | None, **changes: Any) -> dict[str, list[Finding]]:
    """Findings of the seed's house by code."""
    by_code: dict[str, list[Finding]] = {}
    for each in find_in_jobs(view_of(seed(**changes), "pve1", seen, now=NOW)):
        by_code.setdefault(each.code, []).append(each)
    return by_code


ALL = Seen(
    guests={**NAMES, 220: "k3s"},
    storages=frozenset({"local", "nas"}),
    nodes=dict.fromkeys(NAMES, "pve1"),
)


def test_the_seeds_example_is_told_honestly() -> None:
    by_code = found(ALL)
    assert by_code.keys() == {"guest-in-no-job", "schedule-too-thin", "copies-on-own-host"}
    (alone,) = by_code["guest-in-no-job"]
    assert (alone.subject, dict(alone.parameters)["name"]) == ("pve1/220", "k3s")
    assert len(by_code["copies-on-own-host"]) == len(by_code["schedule-too-thin"]) == len(NAMES)
    facts = dict(by_code["schedule-too-thin"][0].parameters)
    # 24 h on most days, 25 h when clocks go back: never under 24 h.
    assert (facts["worst"], facts["objective"]) == (25 * 3600, 24 * 3600)


def test_each_finding_goes_when_its_cause_goes() -> None:
    twice = replace(SEED, schedule="0 3,15 * * *", to=("pve1/nas",))
    seen = replace(ALL, guests=NAMES)
    assert found(seen, policy=twice) == {}
    assert found(ALL, policy=twice, ignore=(left_out(220, "2027-01-01"),)) == {}
    assert found(ALL, policy=twice, ignore=(left_out(220, "2026-01-01"),)).keys() == {
        "guest-in-no-job"
    }


def test_a_disabled_job_covers_nobody_and_a_pool_may() -> None:
    off = replace(NIGHTLY, enabled=False)
    by_code = found(replace(ALL, jobs=(off,)))
    assert "job-disabled" in by_code
    assert "guest-in-no-job" in by_code
    assert "guest-in-no-job" not in found(replace(ALL, jobs=(NIGHTLY,)))
    pool = replace(NIGHTLY, every=False, pool="prod")
    assert found(replace(ALL, jobs=(pool,)))["guest-in-no-job"][0].severity is Severity.UNKNOWN


def test_a_missing_storage_is_critical() -> None:
    gone = replace(NIGHTLY, storage="usb")
    assert "job-storage-missing" not in found(replace(ALL, jobs=(NIGHTLY,)))
    (missing,) = found(replace(ALL, jobs=(gone,)))["job-storage-missing"]
    assert (missing.severity, dict(missing.parameters)["storage"]) == (Severity.CRITICAL, "usb")


@pytest.mark.parametrize(
    ("other", "rivals"),
    [
        ({}, True),
        ({"keep": None}, True),
        ({"keep": RetentionRule(daily=7)}, False),
        ({"storage": "nas"}, False),
        ({"remove": False}, False),
        ({"enabled": False}, False),
        ({"exclude": tuple(NAMES)}, False),
    ],
)
def test_two_jobs_on_one_storage_that_prune_each_other(other: dict[str, Any], rivals: bool) -> None:
    rival = replace(NIGHTLY, storage="local", keep=RetentionRule(last=2))
    by_code = found(replace(ALL, jobs=(replace(rival, **other),)))
    assert ("jobs-prune-each-other" in by_code) is rivals


def test_the_run_that_is_skipped_when_clocks_change_is_told() -> None:
    early = replace(SEED, schedule="30 2 * * *", to=("pve1/nas",))
    (skip,) = found(ALL, policy=early)["job-skips-clock-change"]
    assert dict(skip.parameters)["day"] == "2027-03-28"


def test_a_proxmox_nobody_read_is_unknown_and_never_fine() -> None:
    by_code = found(None, policy=replace(SEED, schedule="0 3,15 * * *", to=("pve1/nas",)))
    assert by_code["jobs-unseen"][0].severity is Severity.UNKNOWN
    described = {"vm": Service("vm", assets=(guest("vm", 220, None),))}
    assert "guest-in-no-job" in found(None, services=described)


def test_where_nobody_knows_the_host_nothing_is_said_about_it() -> None:
    assert "copies-on-own-host" not in found(replace(ALL, nodes={}))
    assert "copies-on-own-host" in found(None)
