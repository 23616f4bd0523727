"""Each link of the chain breaks alone, by its name, and holds in the healthy twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_longhorn import (
    CLAIM,
    DAY,
    HOURLY,
    NIGHTLY,
    NOW,
    PV,
    TARGET,
    VOLUME,
    ago,
    backup,
    snapshot,
    state,
)
from phoenix_dr.core.cluster import Claim, Cluster
from phoenix_dr.core.longhorn import LonghornState, LonghornVolume
from phoenix_dr.core.volume_chain import Chain, chain
from phoenix_dr.core.volume_labels import attachment

JOB = "recurring-job.longhorn.io/"
GROUP = "recurring-job-group.longhorn.io/"
SOURCE = {"recurring-job.longhorn.io/source": "enabled"}


def followed(found: LonghornState, claim: Claim = CLAIM) -> Chain:
    """The chain of the claim against one day."""
    return chain(claim, found, objective=DAY, now=NOW)


def codes(found: LonghornState, claim: Claim = CLAIM) -> list[tuple[str, bool | None]]:
    """Links that do not hold."""
    return [(link.code, link.ok) for link in followed(found, claim).broken]


def changed(**changes: object) -> LonghornState:
    """The volume with other values."""
    return state(volumes=(replace(VOLUME, **changes),))  # type: ignore[arg-type]


def cluster(**changes: object) -> Cluster:
    """The cluster with another volume or claim."""
    return replace(state().cluster, **changes)  # type: ignore[arg-type]


def test_the_healthy_volume_is_covered_and_says_by_what() -> None:
    seen = followed(state())
    assert seen.ok is True
    assert seen.broken == ()
    assert seen.newest == backup(3)
    assert ("jobs", "nightly") in [fact for link in seen.links for fact in link.facts]


BROKEN: dict[str, tuple[LonghornState, bool | None]] = {
    "claim-not-longhorn": (
        state(cluster=cluster(volumes=(replace(PV, driver="hostPath", path="/opt/data"),))),
        False,
    ),
    "volume-unseen": (state(volumes=()), None),
    "jobs-unreadable": (state(jobs=None), None),
    "volume-label-dangling": (
        changed(labels={f"{GROUP}default": "enabled", f"{JOB}gone": "enabled"}),
        False,
    ),
    "volume-label-idle": (
        changed(labels={f"{GROUP}default": "enabled", f"{JOB}nightly": "yes"}),
        False,
    ),
    "volume-in-no-job": (state(jobs=(HOURLY,)), False),
    "volume-only-snapshots": (state(jobs=(replace(HOURLY, groups=("default",)),)), False),
    "volume-left-default": (changed(labels={f"{GROUP}snap": "enabled"}), False),
    "volume-restoring": (changed(restoring=True), False),
    "volume-faulted": (changed(robustness="faulted"), False),
    "volume-skipped-detached": (changed(state="detached"), False),
    "target-unreadable": (state(targets=None), None),
    "target-missing": (changed(target="nas"), False),
    "target-empty": (state(targets=(replace(TARGET, url="", available=False),)), False),
    "target-unavailable": (state(targets=(replace(TARGET, available=False),)), False),
    "target-not-polled": (state(targets=(replace(TARGET, polled=False),)), None),
    "backup-stuck": (
        state(backups=(backup(3), backup(9, state="InProgress", name="late"))),
        False,
    ),
    "backup-failed": (state(backups=(backup(3), backup(1, state="Error", name="bad"))), False),
    "backups-unreadable": (state(backups=None), None),
    "volume-never-backed-up": (state(backups=()), False),
    "backup-in-the-future": (state(backups=(backup(-2),)), None),
    "backup-too-old": (state(backups=(backup(30),), snapshots=(snapshot(30, 100),)), None),
}


@pytest.mark.parametrize("code", BROKEN)
def test_each_link_breaks_alone_by_its_name(code: str) -> None:
    found, ok = BROKEN[code]
    assert codes(found) == [(code, ok)]


def test_a_claim_that_is_not_bound_has_no_volume() -> None:
    assert codes(state(), replace(CLAIM, phase="Pending")) == [("claim-not-bound", False)]


def test_a_detached_volume_is_saved_where_the_setting_allows_it() -> None:
    allowed = {"allow-recurring-job-while-volume-detached": "true"}
    assert codes(replace(changed(state="detached"), settings=allowed)) == []
    # A setting nobody could read is no permission and no refusal.
    assert codes(replace(changed(state="detached"), settings={})) == [
        ("volume-skipped-detached", None)
    ]


def test_an_old_backup_of_a_volume_nobody_wrote_to_is_young_enough() -> None:
    idle = state(backups=(backup(30),), snapshots=(snapshot(30, 300),))
    assert codes(idle) == []
    assert followed(idle).links[-1].code == "backup-unchanged"
    written = state(backups=(backup(30),), snapshots=(snapshot(30, 200), snapshot(5, 100)))
    assert codes(written) == [("backup-too-old", False)]
    unknown = state(backups=(backup(30),), snapshots=None)
    assert codes(unknown) == [("backup-too-old", None)]


def test_a_backup_counts_from_its_snapshot_and_not_from_its_end() -> None:
    slow = backup(30, started_at=ago(1))
    assert codes(state(backups=(slow,), snapshots=(snapshot(30, 1),))) == [("backup-too-old", None)]


def uploading(hours: float, **changes: object) -> LonghornState:
    """A backup under way for so long, at 17 %."""
    return state(backups=(backup(3), backup(hours, state="InProgress", progress=17, **changes)))


NEVER = {"started_at": None, "taken_at": None}
STUCK: dict[str, tuple[LonghornState, bool | None]] = {
    "young": (uploading(5.9), True),
    "long, seen for the first time": (uploading(9), None),
    "long, got on since the look before": (uploading(26, moving=True, still_since=ago(1)), True),
    "long, stands still for a while": (uploading(9, still_since=ago(5)), None),
    "stands still for long": (uploading(26, still_since=ago(7)), False),
    "got on once": (uploading(26, moving=True, still_since=ago(7)), False),
    "nobody knows since when": (uploading(9, **NEVER), None),
}


@pytest.mark.parametrize(("found", "ok"), STUCK.values(), ids=STUCK.keys())
def test_4_4_a_backup_is_stuck_when_it_stands_still_and_not_because_it_is_long(
    found: LonghornState, ok: bool | None
) -> None:
    assert codes(found) == ([] if ok else [("backup-stuck", ok)])


def test_4_4_nothing_stands_still_for_want_of_a_look() -> None:
    seen = uploading(10, moving=True, still_since=ago(8))
    assert codes(replace(seen, observed_at=ago(7))) == []


def test_a_short_backup_under_way_is_not_stuck() -> None:
    assert codes(state(backups=(backup(3), backup(1, state="InProgress", name="now")))) == []


def test_a_failure_before_the_last_success_is_over() -> None:
    assert codes(state(backups=(backup(3), backup(20, state="Error", name="bad")))) == []


def test_labels_of_a_claim_count_only_where_it_is_their_source() -> None:
    wish = {f"{JOB}nightly": "enabled"}
    volume = replace(VOLUME, labels={f"{GROUP}snap": "enabled"})
    silent = attachment(volume, replace(CLAIM, labels=wish), (NIGHTLY, HOURLY))
    assert (silent.jobs, silent.without_effect) == ((HOURLY,), (f"{JOB}nightly",))
    heard = attachment(volume, replace(CLAIM, labels={**wish, **SOURCE}), (NIGHTLY, HOURLY))
    assert (heard.jobs, heard.without_effect) == ((NIGHTLY,), ())


def test_one_label_takes_a_volume_out_of_the_default_group() -> None:
    assert attachment(VOLUME, None, (NIGHTLY, HOURLY)).by_default
    labelled = replace(VOLUME, labels={f"{JOB}hourly": "enabled"})
    assert attachment(labelled, None, (NIGHTLY, HOURLY)).jobs == (HOURLY,)


def test_a_missing_default_group_is_not_called_a_dangling_label() -> None:
    assert attachment(VOLUME, None, (HOURLY,)).dangling == ()


LABELS = some.dictionaries(
    some.sampled_from([f"{JOB}nightly", f"{JOB}gone", f"{GROUP}snap", f"{GROUP}default", "app"]),
    some.sampled_from(["enabled", "disabled", ""]),
)


@given(LABELS, LABELS, some.booleans())
def test_no_labels_make_a_volume_covered_without_a_backup_job(
    own: dict[str, str], wish: dict[str, str], source: bool
) -> None:
    claim = replace(CLAIM, labels={**wish, **SOURCE} if source else wish)
    volume: LonghornVolume = replace(VOLUME, labels=own)
    seen = followed(state(volumes=(volume,)), claim)
    hangs = attachment(volume, claim, (NIGHTLY, HOURLY))
    assert seen.ok is not True or hangs.backups
    assert NIGHTLY not in hangs.jobs or any(
        (source and wish.get(key) == "enabled") or own.get(key) == "enabled" or hangs.by_default
        for key in (f"{JOB}nightly", f"{GROUP}default")
    )
