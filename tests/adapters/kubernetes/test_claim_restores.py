"""Drills in a cluster, by the adapter: strangers stay, odd states are read right, odd files too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.lab import kube
from build_claims import DRILLS, OWN, Claims, claims
from phoenix_dr.adapters._cluster.check_program import PROGRAM
from phoenix_dr.adapters.longhorn import restores
from phoenix_dr.adapters.longhorn.restoring import judged
from phoenix_dr.core.claim_report import ClaimReport, report_of, text_of
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_actions import RemoveClaim, RestoreClaim
from phoenix_dr.errors import EngineError

DRILL = "phx-0123456789abcdef0123"
RESTORE = RestoreClaim("longhorn", "media/settings", "backup-1", DRILL)
REMOVE = RemoveClaim("longhorn", "media/settings", DRILL, DRILLS)


def step(root: Path, made: Claims, *actions: RestoreClaim | RemoveClaim, way: str) -> list[str]:
    """Notes of these actions, each in turn; the code of one that failed."""
    place = ClaimPlace(way=way, within=timedelta(seconds=5))
    notes = []
    with running(made.store) as fake, kube(fake, root / "kube", way) as there:
        spec = homelab.spec(root, claims=place)
        for action in actions:
            try:
                done = restores.step(
                    there, spec, action, progress=lambda _: None, cancel=threading.Event()
                )
                notes.append(done.note)
            except EngineError as error:
                notes.append(error.code)
    return notes


@pytest.mark.parametrize(
    ("way", "kind", "space"), [("class", "StorageClass", ""), ("volume", "Volume", OWN)]
)
def test_a_stranger_s_object_of_the_same_name_stays(
    tmp_path: Path, way: str, kind: str, space: str
) -> None:
    made = claims(tmp_path)
    theirs = {"spec": {"size": "1", "fromBackup": "x"}} if space else {"provisioner": "x"}
    stranger = made.store.put(kind, DRILL, space, **theirs)
    assert step(tmp_path, made, RESTORE, REMOVE, REMOVE, way=way) == ["kube-exists", "", "gone"]
    assert stranger in made.store.objects.values()


@pytest.mark.parametrize(
    "labels", [{}, {"phoenix.io/drill": "phx-another"}, {"phoenix.io/drill": DRILL}]
)
def test_what_lacks_label_or_name_is_never_removed(tmp_path: Path, labels: dict[str, str]) -> None:
    made = claims(tmp_path)
    notes = step(tmp_path, made, RESTORE, way="class")
    meta = {"labels": labels}
    theirs = [
        made.store.put("PersistentVolumeClaim", "theirs", DRILLS, metadata=meta, spec={}),
        made.store.put("PersistentVolume", "theirs", metadata=meta, spec={}),
        made.store.put("Volume", "theirs", OWN, metadata=meta, spec={"size": "1"}),
        made.store.put("StorageClass", "theirs", metadata=meta, provisioner="x"),
        made.store.put("NetworkPolicy", "theirs", DRILLS, metadata=meta, spec={}),
    ]
    assert notes + step(tmp_path, made, REMOVE, REMOVE, way="class") == [DRILL, "", "gone"]
    assert all(each in made.store.objects.values() for each in theirs)


def test_a_backup_that_is_gone_or_unfinished_is_refused_before_any_write(tmp_path: Path) -> None:
    for number, change in enumerate(({"state": "InProgress"}, {"url": ""}, {"volumeSize": ""})):
        made = claims(tmp_path / str(number))
        key = ("longhorn.io", "backups", OWN, "backup-1")
        made.store.objects[key]["status"] |= change
        before = dict(made.store.objects)
        assert step(tmp_path, made, RESTORE, way="class") == ["claim-copy-odd"]
        del made.store.objects[key]
        assert step(tmp_path, made, RESTORE, way="class") == ["claim-copy-gone"]
        assert made.store.objects == {k: v for k, v in before.items() if k != key}


DONE = {"restoreInitiated": True, "restoreRequired": False, "state": "detached"}
FAILED = {"type": "Restore", "status": "False", "reason": "RestoreFailure", "message": "why"}
RUNS = {"type": "Restore", "status": "True", "reason": "RestoreInProgress"}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (DONE, "done"),
        (DONE | {"state": "attached", "robustness": "healthy"}, "done"),
        (DONE | {"conditions": [RUNS]}, ""),
        (DONE | {"state": "attaching"}, ""),
        (DONE | {"restoreInitiated": False}, ""),
        (DONE | {"restoreRequired": True}, ""),
        ({"restoreRequired": False}, ""),
        (DONE | {"conditions": [FAILED]}, "failed"),
        (DONE | {"robustness": "faulted"}, "failed"),
        ({}, ""),
        ({"conditions": "odd", "robustness": 7}, ""),
    ],
)
def test_a_volume_is_restored_when_all_of_it_says_so(
    status: dict[str, object], verdict: str
) -> None:
    said = judged({"status": status})
    assert (said.done, said.failed) == (verdict == "done", verdict == "failed")


def test_the_program_reads_files_and_nothing_else(tmp_path: Path) -> None:
    data, scratch = tmp_path / "data", tmp_path / "scratch"
    for each in (data, scratch):
        each.mkdir()
    (data / "one\n\x1b[31m").write_text("x" * 10)
    (data / "link").symlink_to("/etc/passwd")
    (data / "loop").symlink_to(".")
    (data / "fake.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    (data / "gone.db").write_bytes(b"SQLite format 3\0")
    (data / "lost+found").mkdir()
    (data / "lost+found" / "x").write_text("x")
    os.mkfifo(data / "pipe")
    report = _ran(data, scratch)
    assert (report.files, report.read, report.unreadable) == (3, 3, 0)
    assert (report.databases, report.faulty, report.reached) == (2, 2, None)
    assert set(report.names) == {"fake.db", "gone.db"}
    assert list(scratch.iterdir()) == []


def _ran(data: Path, scratch: Path) -> ClaimReport:
    asked = {"argv": [], "seconds": 30, "room": 1 << 20, "knocks": 1, "pause": 0}
    out = scratch.parent / "log"
    subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, data, out, scratch, json.dumps(asked)],
        check=True, timeout=60, env={},
    )  # fmt: skip
    found = report_of(out.read_text())
    assert found is not None
    return found


def test_many_broken_files_fit_into_the_last_message_of_a_pod(tmp_path: Path) -> None:
    data, scratch = tmp_path / "data", tmp_path / "scratch"
    for each in (data, scratch):
        each.mkdir()
    for number in range(20):
        name = os.fsdecode(b"\xff" * 120) + f"{number}.db"
        (data / name).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert _ran(data, scratch).faulty == 20
    assert len((tmp_path / "log").read_text()) <= 4096


@pytest.mark.parametrize(
    "said",
    ["", "7", "[]", "{}", '{"files": true}', "[" * 4000, "x" * 5000, '{"files": 1e400}'],
)
def test_what_is_no_report_is_none(said: str) -> None:
    assert report_of(said) is None


def test_a_report_comes_back_as_it_was() -> None:
    report = ClaimReport(3, 4096, 3, 0, 2, 1, 1, ("sonarr.db",), False, 7)
    assert report_of(text_of(report)) == report
