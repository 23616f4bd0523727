"""Drills of claims in their cluster: an honest level, KO by name, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.kubernetes.fake_store import Fault, rule
from adapters.kubernetes.homelab import VERSIONS
from build_claims import DRILLS, OWN, Claims, claims, files, flip, house, objects
from build_proxmox import House
from phoenix_dr.app import drills
from phoenix_dr.app.drills import DrillReport, DrillRequest
from phoenix_dr.core.evidence import DrillRecord, Level

WAYS = ("class", "volume")
ASKED = ", checks: [{{asset: settings, command: [{argv}]}}]"


def drilled(found: House) -> DrillReport:
    """A drill of the service."""
    return found.using(lambda ctx: drills.run(ctx, DrillRequest(("media",))))


def record(found: House) -> DrillRecord:
    """The only record of a drill."""
    report = drilled(found)
    assert report.failed == ()
    [made] = report.records
    return made


def verdicts(made: DrillRecord) -> dict[str, bool | None]:
    """Checks by code."""
    return {each.code: each.ok for each in made.checks}


def nothing_left(found: House, made: Claims) -> None:
    """Nothing of a drill in the cluster, and no journal."""
    assert made.left() == []
    assert not list((found.state / "drills").glob("*.json"))


def failure(found: House) -> str:
    """Why the only drill says nothing about the copy."""
    report = drilled(found)
    assert report.records == ()
    [(_, error)] = report.failed
    return error.code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_comes_back_whole_and_its_databases_are_sound(
    tmp_path: Path, way: str, version: str
) -> None:
    made = claims(tmp_path, version=version)
    with house(tmp_path, made, way=way) as found:
        one = record(found)
        nothing_left(found, made)
    assert (one.ok, one.level, one.ceiling) == (True, Level.STARTS, Level.STARTS)
    assert (one.isolated, one.dirty) == (True, False)
    assert verdicts(one) == {"claim-restored": True, "claim-read": True, "claim-databases": True}
    facts = dict(one.checks[1].parameters)
    assert (facts["files"], facts["read"], facts["databases"]) == (34, 34, 2)
    assert [phase.name for phase in one.phases] == ["fetch", "check"]


@pytest.mark.parametrize("way", WAYS)
def test_a_drill_s_volume_joins_no_job_and_has_one_replica(tmp_path: Path, way: str) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made, way=way) as found:
        record(found)
    [volume] = made.longhorn.asked
    marks = volume["metadata"]["labels"]
    assert [marks[each] for each in marks if "/phx-" in each] == ["enabled"]
    assert "recurring-job-group.longhorn.io/default" not in marks
    assert (volume["spec"]["size"], volume["spec"]["numberOfReplicas"]) == (str(5 << 30), 1)
    if way == "volume":
        assert volume["spec"]["restoreVolumeRecurringJob"] == "disabled"


def test_the_pod_may_read_and_nothing_else(tmp_path: Path) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made) as found:
        record(found)
    [pod] = made.jobs.pods
    [container] = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["volumes"][0]["persistentVolumeClaim"]["readOnly"] is True
    assert container["volumeMounts"][0]["readOnly"] is True
    may = container["securityContext"]
    assert may["capabilities"] == {"drop": ["ALL"], "add": ["DAC_OVERRIDE"]}
    assert (may["privileged"], may["allowPrivilegeEscalation"]) == (False, False)
    assert may["readOnlyRootFilesystem"] is True
    assert "hostNetwork" not in pod


def test_the_policy_that_shuts_it_in_is_there_before_anything_is_restored(tmp_path: Path) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made) as found:
        record(found)
        posted = [path for method, path in found.fake.asked if method == "POST"]
    plurals = [path.partition("?")[0].rsplit("/", 1)[1] for path in posted]
    assert plurals == ["networkpolicies", "storageclasses", "persistentvolumeclaims", "jobs"]


def test_a_broken_database_is_ko_by_name(tmp_path: Path) -> None:
    made = claims(tmp_path)
    flip(made.data / "sonarr.db")
    with house(tmp_path, made) as found:
        one = record(found)
        nothing_left(found, made)
    assert (one.ok, verdicts(one)["claim-databases"]) == (False, False)
    assert dict(one.checks[2].parameters)["names"] == "sonarr.db"


def test_a_database_of_an_unknown_collation_is_not_blamed(tmp_path: Path) -> None:
    import sqlite3

    made = claims(tmp_path)
    odd = sqlite3.connect(made.data / "plex.db")
    odd.create_collation("icu_root", lambda one, two: (one > two) - (one < two))
    odd.execute("CREATE TABLE t (a TEXT COLLATE icu_root)")
    odd.execute("CREATE INDEX i ON t (a)")
    odd.executemany("INSERT INTO t VALUES (?)", [("b",), ("a",)])
    odd.commit()
    odd.close()
    with house(tmp_path, made) as found:
        one = record(found)
    assert (one.ok, one.level) == (True, Level.RESTORES)
    assert verdicts(one)["claim-databases"] is None


def test_a_claim_whose_files_are_all_gone_is_ko_once_they_were_known(tmp_path: Path) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made) as found:
        assert record(found).ok is True
        files(made.data, count=0)
        for name in ("sonarr.db", "logs.db", "logs.db-wal", "config.xml"):
            (made.data / name).unlink()
        one = record(found)
    assert (one.ok, verdicts(one)["claim-empty"]) == (False, False)


def test_an_empty_claim_nobody_knows_is_no_failure_and_proves_nothing(tmp_path: Path) -> None:
    made = claims(tmp_path)
    files(made.data, count=0)
    for name in ("sonarr.db", "logs.db", "logs.db-wal", "config.xml"):
        (made.data / name).unlink()
    with house(tmp_path, made) as found:
        one = record(found)
    assert (one.ok, one.level) == (True, Level.INTEGRITY)
    assert verdicts(one)["claim-empty"] is None


def test_databases_that_vanished_are_ko_and_fewer_files_are_told(tmp_path: Path) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made) as found:
        assert record(found).ok is True
        files(made.data, count=5)
        fewer = record(found)
        assert (fewer.ok, verdicts(fewer)["claim-shrunk"]) == (True, None)
        assert fewer.level is Level.INTEGRITY
        for name in ("sonarr.db", "logs.db", "logs.db-wal"):
            (made.data / name).unlink()
        gone = record(found)
    assert (gone.ok, verdicts(gone)["claim-databases-gone"]) == (False, False)


@pytest.mark.parametrize(
    ("argv", "ok"), [("grep, -q, Config, config.xml", True), ("'false'", False)]
)
def test_a_command_is_asked_where_the_claim_is(tmp_path: Path, argv: str, ok: bool) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made, checks=ASKED.format(argv=argv)) as found:
        one = record(found)
        nothing_left(found, made)
    assert (one.ok, verdicts(one)["command"], one.ceiling) == (ok, ok, Level.DATA)
    # No twin of it can be seen failing, so its data stays unproven.
    assert one.level is (Level.STARTS if ok else one.level)


def test_a_cluster_without_network_policies_shuts_nothing_in(tmp_path: Path) -> None:
    made = claims(tmp_path)
    made.jobs.enforces = False
    with house(tmp_path, made, checks=ASKED.format(argv="touch, ran")) as found:
        one = record(found)
    assert (one.ok, one.level, one.isolated) == (True, Level.RESTORES, False)
    assert (verdicts(one)["claim-network"], verdicts(one)["command"]) == (None, None)
    assert not (made.data / "ran").exists()


@pytest.mark.parametrize("way", WAYS)
def test_a_backup_with_a_broken_block_is_ko(tmp_path: Path, way: str) -> None:
    made = claims(tmp_path, fails="failed to decompress block 4f2a: invalid checksum")
    with house(tmp_path, made, way=way) as found:
        one = record(found)
        nothing_left(found, made)
    assert (one.ok, one.level, verdicts(one)) == (False, Level.EXISTS, {"restore": False})
    assert "invalid checksum" in str(dict(one.checks[0].parameters)["detail"])


def test_what_is_about_the_moment_is_no_verdict(tmp_path: Path) -> None:
    away = claims(tmp_path / "a", fails="failed to mount: connection timed out")
    full = claims(tmp_path / "b", no_room=True)
    for made, code in ((away, "claim-target-away"), (full, "claim-no-room")):
        with house(made.data.parent, made) as found:
            assert failure(found) == code
            nothing_left(found, made)


@pytest.mark.parametrize("way", WAYS)
def test_a_restore_that_hangs_ends_by_its_own_limit(tmp_path: Path, way: str) -> None:
    made = claims(tmp_path, hang=True)
    with house(tmp_path, made, way=way, more=", within: 1s") as found:
        assert failure(found) == "claim-restore-late"
        nothing_left(found, made)


def test_a_cancelled_drill_leaves_nothing(tmp_path: Path) -> None:
    made = claims(tmp_path, hang=True)
    with house(tmp_path, made) as found, found.context() as ctx:
        stop = threading.Thread(target=_once(made, ctx.cancel.set))
        stop.start()
        report = drills.run(ctx, DrillRequest(("media",)))
        stop.join()
        assert [error.code for _, error in report.failed] == ["cancelled"]
        nothing_left(found, made)


def _once(made: Claims, then: Callable[[], None]) -> Callable[[], None]:
    def wait() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and not made.longhorn.asked:
            time.sleep(0.01)
        then()

    return wait


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_drill_leaves_nothing_once_gc_was_there(tmp_path: Path, way: str) -> None:
    made = claims(tmp_path, hang=True)
    with house(tmp_path, made, way=way) as found:
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "phoenix_dr", "drill", "run", "media"),
                *("--config", str(tmp_path / "phoenix.yaml"), "--state", str(found.state)),
            ],
            env={**found.environ, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _once(made, lambda: None)()
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=30)
        assert made.left()
        stranger = made.store.put("StorageClass", "phx-theirs", provisioner="driver.longhorn.io")
        report = found.using(drills.gc)
        assert (report.removed, report.left) == ([f"longhorn/{DRILLS}"], [])
        assert objects(made.store, "storageclasses").count(stranger) == 1
        del made.store.objects["storage.k8s.io", "storageclasses", "", "phx-theirs"]
        nothing_left(found, made)


def test_a_namespace_that_is_missing_or_shared_is_refused_before_any_write(tmp_path: Path) -> None:
    gone, shared, strict = (claims(tmp_path / name) for name in ("a", "b", "c"))
    del gone.store.objects["", "namespaces", "", DRILLS]
    shared.store.put("PersistentVolumeClaim", "theirs", DRILLS, spec={})
    strict.store.put(
        "Namespace", DRILLS,
        metadata={"labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    )  # fmt: skip
    for made, code in (
        (gone, "drill-space-missing"), (shared, "drill-space-shared"),
        (strict, "drill-space-restricted"),
    ):  # fmt: skip
        with house(made.data.parent, made) as found:
            assert failure(found) == code
            assert found.fake.writes() == []  # type: ignore[attr-defined]


def test_longhorn_that_gives_jobs_back_needs_the_other_way(tmp_path: Path) -> None:
    made = claims(tmp_path)
    made.store.put("Setting", "restore-volume-recurring-jobs", OWN, value="true")
    with house(tmp_path, made) as found:
        assert failure(found) == "claim-jobs-back"
    with house(tmp_path, made, way="volume") as found:
        assert record(found).ok is True


def test_a_right_that_is_missing_is_no_verdict_and_nothing_stays(tmp_path: Path) -> None:
    made = claims(tmp_path)
    made.store.tokens["poor"] = tuple(
        each for each in made.store.tokens["class"] if "jobs" not in each.resources
    )
    with house(tmp_path, made, token="poor") as found:
        assert failure(found) == "kube-right"


def test_what_may_not_be_removed_is_told_and_left_to_gc(tmp_path: Path) -> None:
    made = claims(tmp_path)
    whole = made.store.tokens["class"]
    weak = rule("create", "storage.k8s.io", "storageclasses")
    kept = [each for each in whole if each.resources != weak.resources or "get" in each.verbs]
    made.store.tokens["class"] = (*kept, weak)
    with house(tmp_path, made) as found:
        one = record(found)
        assert (one.ok, one.dirty) == (True, True)
        assert found.using(drills.gc).left == [f"longhorn/{DRILLS}"]
        made.store.tokens["class"] = whole
        assert found.using(drills.gc).removed == [f"longhorn/{DRILLS}"]
        nothing_left(found, made)


def test_after_a_write_nobody_answered_gc_looks_again(tmp_path: Path) -> None:
    made = claims(tmp_path)
    path = f"/apis/networking.k8s.io/v1/namespaces/{DRILLS}/networkpolicies"
    made.store.faults[path] = Fault(drop=True, times=1)
    with house(tmp_path, made) as found:
        assert failure(found) == "write-unanswered"
        assert list((found.state / "drills").glob("*.json"))
        assert found.using(drills.gc).removed == [f"longhorn/{DRILLS}"]
        nothing_left(found, made)


@pytest.mark.parametrize("said", ["", "no json", "[]", '{"files": -1}', "9" * 4000])
def test_a_pod_that_leaves_no_report_is_no_verdict(tmp_path: Path, said: str) -> None:
    made = claims(tmp_path)
    made.jobs.message = said
    with house(tmp_path, made) as found:
        assert failure(found) in {"claim-check-confused", "claim-check-unrun"}
        nothing_left(found, made)


def test_an_image_that_cannot_be_had_is_no_verdict(tmp_path: Path) -> None:
    made = claims(tmp_path)
    made.jobs.waits = "ImagePullBackOff"
    with house(tmp_path, made) as found:
        assert failure(found) == "claim-check-unrun"
        nothing_left(found, made)


def test_without_a_place_it_is_skipped_with_the_reason(tmp_path: Path) -> None:
    made = claims(tmp_path)
    with house(tmp_path, made, drills="") as found:
        report = drilled(found)
        assert [(each.asset, each.reason) for each in report.skipped] == [
            ("media/settings", "no-place-for-drills")
        ]
        assert found.fake.writes() == []  # type: ignore[attr-defined]


def test_each_claim_of_a_pattern_is_drilled(tmp_path: Path) -> None:
    made = claims(tmp_path)
    checks = ASKED.format(argv="grep, -q, Config, config.xml")
    with house(tmp_path, made, volumes="longhorn/media/s*", checks=checks) as found:
        one = record(found)
    assert (one.asset, verdicts(one)["command"]) == ("media/settings/sonarr", True)
