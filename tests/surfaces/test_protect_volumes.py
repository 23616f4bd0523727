"""`phoenix protect` on a Longhorn, as the seed types it: planned, handed over, applied, saved."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_backups import Backups
from adapters.kubernetes.fake_store import Fault
from adapters.kubernetes.homelab import SPACE, VERSIONS
from build_volumes import APPS, GROUP, House, house, job, labels_of, stack

OURS, DEFAULT = f"{GROUP}phoenix-volumes", f"{GROUP}default"
CLAIMS = sorted(f"media/{app}" for app in APPS)
NAMES = ("phoenix-volumes-snapshots", "phoenix-volumes")
NIGHTLY = {"name": "nightly", "task": "backup", "cron": "0 2 * * *", "retain": 7,
           "concurrency": 2, "groups": ["default"]}  # fmt: skip
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the approvers file belongs to root")


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that nobody but root can change, as an approvers file needs."""
    folder = Path(tempfile.mkdtemp(prefix="phx-test-", dir="/run" if os.geteuid() == 0 else None))
    yield folder
    shutil.rmtree(folder)


def test_the_seeds_example_as_typed(root: Path) -> None:
    with house(root) as made:
        plan = made.plan()
        said = made.type("protect", "plan").out
        assert made.written() == []
    assert [
        (each["name"], each["task"], each["cron"], each["retain"]) for each in plan["jobs"]
    ] == [
        ("phoenix-volumes-snapshots", "snapshot", "0 3 * * *", 7),
        ("phoenix-volumes", "backup", "0 4 * * 0", 5),
    ]
    assert [each["claim"] for each in plan["labels"]] == CLAIMS
    assert plan["beyond"] == [{"claim": "media/cache", "why": "claim-not-longhorn"}]
    [pace] = [each for each in plan["findings"] if each["code"] == "volume-rpo-on-cluster-loss"]
    assert dict(pace["parameters"])["gap"] == 7 * 86_400
    assert "7 d" in said
    assert "takes 5 claims: media/bazarr-config, media/jellyfin-config," in " ".join(said.split())
    assert all(f"to label: {claim}" in " ".join(said.split()) for claim in CLAIMS)
    assert (plan["guarded"], plan["losses"]) == (False, [])


def test_applying_makes_exactly_the_planned_calls_and_then_nothing(root: Path) -> None:
    with house(root) as made:
        made.fake.asked.clear()
        done = made.applied("longhorn")
        assert made.written() == [
            *(("PATCH", f"recurringjobs/{name}") for name in NAMES),
            *(("PATCH", f"volumes/pvc-{name}") for name in sorted(APPS)),
        ]
        assert job(made.store, "phoenix-volumes") == {
            "name": "phoenix-volumes", "task": "backup", "cron": "0 4 * * 0", "retain": 5,
            "concurrency": 1, "groups": ["phoenix-volumes"],
        }  # fmt: skip
        assert all(labels_of(made.store, app) == {OURS: "enabled"} for app in APPS)
        again = made.applied("longhorn")
        assert made.written() == []
    # One claim lies on a node's own disk: no job takes it, and that is said.
    assert done["unverified"] == again["unverified"] == ["media/cache"]
    assert set(done["verified"]) == {*NAMES, *CLAIMS}
    assert [each["ok"] for each in done["outcomes"]] == [True] * 7
    assert again["outcomes"] == []


def test_every_write_was_tried_by_the_server_before(root: Path) -> None:
    with house(root) as made:
        made.fake.asked.clear()
        made.applied("longhorn")
        patched = [path for method, path in made.fake.asked if method == "PATCH"]
    tried = [path.partition("?")[0] for path in patched if "dryRun=All" in path]
    real = [path.partition("?")[0] for path in patched if "dryRun=All" not in path]
    assert tried == real
    for path in real:
        first = next(p for p in patched if p.startswith(path))
        assert "dryRun=All" in first


def test_a_volume_in_group_default_stays_in_it_and_that_is_shown(root: Path) -> None:
    made_store = stack()
    made_store.put("RecurringJob", "nightly", SPACE, spec=NIGHTLY)
    with house(root, made_store) as made:
        [first, *_] = made.plan()["labels"]
        said = " ".join(made.type("protect", "plan").out.split())
        made.applied("longhorn")
        assert labels_of(made.store, "sonarr-config") == {OURS: "enabled", DEFAULT: "enabled"}
    assert (first["default"], first["before"]) == (True, ["nightly"])
    assert first["after"] == ["nightly", *sorted(NAMES)]
    assert "jobs nightly (by group default) → nightly, phoenix-volumes" in said


def test_labels_of_before_are_never_taken_away(root: Path) -> None:
    other = f"{GROUP}hourly"
    with house(root, stack(**{other: "enabled", "app": "media"})) as made:
        made.applied("longhorn")
        made.write(within="60d")
        made.applied("longhorn")
        found = made.store.objects["longhorn.io", "volumes", SPACE, "pvc-sonarr-config"]
    assert found["metadata"]["labels"] == {other: "enabled", OURS: "enabled", "app": "media"}


@needs_root
def test_keeping_less_needs_a_signature_and_what_goes_is_named(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        weeks(made, 5)
        # Made by hand meanwhile: no run counts these, nor those of another job.
        for name, by in (("hand", {}), ("other", {"RecurringJob": "nightly"})):
            homelab.backup(made.store, "1.10.2", name, "pvc-sonarr-config", hours=0.5, labels=by)
        made.write(within="15d")
        plan = made.plan()
        refused = made.type("protect", "apply", "longhorn")
        assert refused.code == 20
        assert spec_of(made)["retain"] == 5
        assert made.approve(plan["digest"]).code == 0
        done = made.applied("longhorn")
        assert spec_of(made)["retain"] == 3
    gone = [each for each in plan["losses"] if each["points"]]
    assert [(each["asset"], each["points"]) for each in gone] == [
        ("media/settings/sonarr-config", ["b2", "b3"])
    ]
    assert plan["guarded"]
    assert [each["ok"] for each in done["outcomes"]] == [True]
    assert made.store.objects["longhorn.io", "backups", SPACE, "b4"]


def weeks(made: House, count: int) -> None:
    """So many backups of one claim, made by the weekly job."""
    for week in range(count):
        homelab.backup(
            made.store, "1.10.2", f"b{week}", "pvc-sonarr-config", hours=1 + 168 * week,
            labels={"RecurringJob": "phoenix-volumes"},
        )  # fmt: skip


def test_a_job_made_anew_tells_what_it_removes_of_what_its_name_made_before(root: Path) -> None:
    with house(root) as made:
        weeks(made, 9)
        plan = made.plan()
        assert made.type("protect", "apply", "longhorn").code == 20
        assert made.written() == []
    [gone] = plan["losses"]
    assert gone["asset"] == "media/settings/sonarr-config"
    assert gone["points"] == ["b4", "b5", "b6", "b7", "b8"]


def test_a_job_nobody_wants_any_more_is_only_told(root: Path) -> None:
    made_store = stack(**{f"{GROUP}old": "enabled"})
    made_store.put(
        "RecurringJob", "phoenix-old", SPACE,
        spec=NIGHTLY | {"name": "phoenix-old", "groups": ["old"]},
    )  # fmt: skip
    with house(root, made_store) as made:
        plan = made.plan()
        said = made.type("protect", "plan").out
        made.applied("longhorn")
        assert job(made.store, "phoenix-old") is not None
        assert not [path for method, path in made.fake.asked if method == "DELETE"]
    [stray] = plan["strays"]
    assert stray["job"] == "phoenix-old"
    assert {each["asset"] for each in stray["losses"]} == {f"media/settings/{app}" for app in APPS}
    assert "delete recurringjobs.longhorn.io phoenix-old" in " ".join(said.split())


def test_a_job_somebody_changes_meanwhile_is_left_alone(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        made.write(within="60d")
        digest = made.plan()["digest"]
        spec = made.store.objects["longhorn.io", "recurringjobs", SPACE, "phoenix-volumes"]["spec"]
        spec["cron"] = "0 5 * * 0"
        done = made.type("protect", "apply", digest)
        assert done.code == 21
        assert spec_of(made)["retain"] == 5


def test_a_job_of_ours_that_somebody_edited_is_taken_back(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        key = ("longhorn.io", "recurringjobs", SPACE, "phoenix-volumes")
        edited = json.loads(json.dumps(made.store.objects[key]))
        edited["spec"]["retain"] = 4
        made.store.objects[key] = edited
        made.store.applied[*key[:2], SPACE, "phoenix-volumes", "kubectl-edit"] = {
            "spec": {"retain": 4}
        }
        done = made.applied("longhorn")
        assert spec_of(made)["retain"] == 5
    assert [each["ok"] for each in done["outcomes"]] == [True]


@pytest.mark.parametrize("version", VERSIONS)
def test_saved_now_is_believed_only_when_it_is_listed_completed(root: Path, version: str) -> None:
    with house(root, stack(version)) as made:
        made.applied("longhorn")
        made.fake.asked.clear()
        done = made.applied("longhorn", "--now")
        writes = made.written()
    assert [each["outcome"]["ok"] for each in done["saved"]] == [True] * len(APPS)
    assert {each["point"]["asset"] for each in done["saved"]} == {
        f"media/settings/{app}" for app in APPS
    }
    # Whatever is made is a snapshot and a backup of it, for each claim.
    assert sorted({path for _, path in writes}) == [f"{SPACE}/backups", f"{SPACE}/snapshots"]
    assert [method for method, _ in writes] == ["POST"] * 2 * len(APPS)


def test_a_backup_that_fails_is_no_success(root: Path) -> None:
    with house(root, backups=Backups(fails="no space left on device")) as made:
        done = made.type("protect", "apply", "longhorn", "--now")
    assert done.code == 3
    assert "no space left" in " ".join(done.out.split())


def test_a_backup_at_a_place_nobody_described_counts_nowhere(root: Path) -> None:
    with house(root, backups=Backups(target="elsewhere")) as made:
        done = made.applied("longhorn", "--now")
    assert not done["ok"]
    assert [each["point"] for each in done["saved"]] == [None] * len(APPS)


def test_jobs_that_may_not_be_read_leave_everything_unknown(root: Path) -> None:
    with house(root, homelab.without(stack(), "recurringjobs")) as made:
        done = made.type("protect", "plan")
        assert made.type("protect", "apply", "longhorn").code != 0
        assert made.written() == []
    assert done.code == 3
    assert "There is no plan" in done.out


def test_a_cluster_that_is_away_is_planned_without_it(root: Path) -> None:
    with house(root) as made:
        made.store.faults["/version"] = Fault(code=503, times=99)
        done = made.type("protect", "plan")
    assert done.code == 3
    assert "phoenix-volumes: backup to the target" in done.out
    assert "to label" not in done.out


def test_the_zone_of_the_cluster_is_told_where_it_is_another(root: Path) -> None:
    with house(root) as made:
        made.write(zone="Europe/Paris")
        codes = {each["code"] for each in made.plan()["findings"]}
        made.write()
        assert "volume-job-zone" not in {each["code"] for each in made.plan()["findings"]}
    assert "volume-job-zone" in codes


def test_a_claim_a_person_left_out_is_nobodys_business(root: Path) -> None:
    with house(root) as made:
        path = root / "phoenix.yaml"
        left = "{found: longhorn/media/cache, because: can be made again, until: 2099-01-01}"
        path.write_text(f"{path.read_text()}ignore: [{left}]\n")
        assert made.plan()["beyond"] == []
        assert made.type("protect", "apply", "longhorn").code == 0


def test_the_audit_names_the_command_that_saves_claims(root: Path) -> None:
    with house(root) as made:
        said = " ".join(made.type("audit", "--no-report").out.split())
        assert "phoenix protect apply longhorn --now" in said
        assert "phoenix backup media" not in said
        made.write(apply="handoff")
        said = " ".join(made.type("audit", "--no-report").out.split())
    assert "phoenix protect plan longhorn --handoff DIR" in said


def spec_of(made: House) -> dict[str, Any]:
    """The backup job as the server keeps it."""
    found = job(made.store, "phoenix-volumes")
    assert found is not None
    return found


def test_a_claim_that_changes_its_policy_keeps_the_old_label_and_that_is_told(root: Path) -> None:
    with house(root) as made:
        made.applied("longhorn")
        path = root / "phoenix.yaml"
        text = path.read_text().replace(
            "policies:\n",
            "policies:\n  rare: {schedule: '0 5 1 * *', keep: {last: 2}, because: seldom changes,"
            " to: [longhorn/default]}\n",
        )
        settings = "settings: {volumes: "
        one = f"seldom: {{volumes: longhorn/media/sonarr-config, policy: rare}}, {settings}"
        path.write_text(text.replace(settings, one))
        plan = made.plan()
        said = " ".join(made.type("protect", "plan").out.split())
        made.applied("longhorn")
        labels = labels_of(made.store, "sonarr-config")
    assert [each["claim"] for each in plan["labels"]] == ["media/sonarr-config"]
    assert labels == {OURS: "enabled", f"{GROUP}phoenix-rare": "enabled"}
    [stray] = plan["stray_labels"]
    assert (stray["claim"], stray["label"]) == ("media/sonarr-config", OURS)
    assert [(each["asset"], each["later"]) for each in stray["losses"]] == [("media/seldom", True)]
    assert f"label volumes.longhorn.io pvc-sonarr-config {OURS}-" in said
