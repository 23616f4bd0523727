"""Backups of Longhorn volumes made now, over real HTTPS: believed when they are Completed."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Refusal, Store
from adapters.kubernetes.homelab import SPACE, VERSIONS, spec
from adapters.kubernetes.lab import NOW, kube
from adapters.kubernetes.writelab import MADE, SAVING, failing, perform, started
from phoenix_dr.adapters._cluster.waiting import Patience
from phoenix_dr.adapters.base import Progress
from phoenix_dr.adapters.longhorn import saves
from phoenix_dr.errors import EngineError

SHORT = Patience(total=0.2, silence=1.0, first=0.02, longest=0.05)


def impatient(fake: Fake, folder: Path) -> EngineError:
    """Why saving fails when nobody waits for long."""
    with kube(fake, folder, "apply") as asked:
        one = saves.Save(asked, spec(folder), SAVING, NOW, SHORT, SHORT)
        with pytest.raises(EngineError) as caught:
            saves.save(one, progress=lambda each: None, cancel=threading.Event())
    return caught.value


@pytest.mark.parametrize("version", VERSIONS)
def test_a_snapshot_is_made_then_backed_up_to_the_volumes_own_target(
    tmp_path: Path, version: str
) -> None:
    store = started(version)
    with running(store) as fake:
        done = perform(fake, tmp_path, SAVING)
    [point] = done.made
    assert (point.id, point.asset, point.location) == (MADE, "media/settings/sonarr", "nfs-4tb")
    made = store.objects["longhorn.io", "backups", SPACE, MADE]
    told = {"backup-volume": "pvc-1"}
    assert made["metadata"]["labels"] == (
        told if version == "1.7.3" else told | {"backup-target": "default"}
    )
    assert made["spec"]["snapshotName"] == MADE


def test_progress_is_told_in_bytes_of_the_volume(tmp_path: Path) -> None:
    store = started(polls=4)
    said: list[Progress] = []
    with running(store) as fake, kube(fake, tmp_path, "apply") as asked:
        one = saves.Save(asked, spec(tmp_path), SAVING, NOW)
        saves.save(one, progress=said.append, cancel=threading.Event())
    shares = [each.done for each in said]
    assert shares == sorted(shares)
    assert said[0].total == shares[-1] == 5 << 30
    assert 0 < shares[0] < 5 << 30


def test_one_that_fails_is_told_in_longhorns_words(tmp_path: Path) -> None:
    with running(started(fails="no space left on device")) as fake:
        error = failing(fake, tmp_path, SAVING)
    assert (error.code, error.parameters["detail"]) == (
        "longhorn-save-failed", "no space left on device",
    )  # fmt: skip


def test_a_backup_that_its_controller_removed_is_a_failure(tmp_path: Path) -> None:
    store = started(polls=99)

    def swept(one: Store) -> None:
        one.objects.pop(("longhorn.io", "backups", SPACE, MADE), None)

    store.steps.append(swept)
    with running(store) as fake:
        assert failing(fake, tmp_path, SAVING).code == "longhorn-save-failed"


@pytest.mark.parametrize(
    ("status", "code"),
    [({"readyToUse": False}, "longhorn-save-slow"),
     ({"readyToUse": False, "error": "lost replica"}, "longhorn-save-failed")],
)  # fmt: skip
def test_a_snapshot_that_is_never_ready_makes_no_backup(
    tmp_path: Path, status: dict[str, Any], code: str
) -> None:
    store = started()

    def never(one: Store, verb: str, made: dict[str, Any]) -> None:
        if made["kind"] == "Snapshot":
            made["status"] = status

    store.hooks.append(never)
    with running(store) as fake:
        assert impatient(fake, tmp_path).code == code
        assert not [path for _, path in fake.writes() if "/backups" in path]


def test_one_that_never_ends_is_given_up_in_time_and_goes_on(tmp_path: Path) -> None:
    store = started(polls=10_000)
    with running(store) as fake:
        error = impatient(fake, tmp_path)
        assert [how for how, _ in fake.writes()] == ["POST", "POST"]
    assert error.code == "longhorn-save-slow"
    assert ("longhorn.io", "backups", SPACE, MADE) in store.objects


def test_one_that_is_stopped_stops_waiting_and_removes_nothing(tmp_path: Path) -> None:
    store, stop = started(polls=10_000), threading.Event()
    store.steps.append(
        lambda one: stop.set() if ("longhorn.io", "backups", SPACE, MADE) in one.objects else None
    )
    with running(store) as fake:
        with pytest.raises(EngineError, match="cancelled"):
            perform(fake, tmp_path, SAVING, cancel=stop)
        assert [how for how, _ in fake.writes()] == ["POST", "POST"]


def test_a_volume_that_is_gone_is_not_saved(tmp_path: Path) -> None:
    with running(started()) as fake:
        gone = replace(SAVING, volume="pvc-77")
        assert failing(fake, tmp_path, gone).code == "longhorn-volume-gone"
        assert fake.writes() == []


def test_a_backup_the_webhook_refuses_is_told(tmp_path: Path) -> None:
    store = started()
    checked = store.checked

    def refusing(kind: Any, made: Any, *, strict: bool) -> Any:
        if kind.kind == "Backup":
            raise Refusal(422, "Invalid", "backup target default is not available")
        return checked(kind, made, strict=strict)

    store.checked = refusing  # type: ignore[method-assign]
    with running(store) as fake:
        error = failing(fake, tmp_path, SAVING)
    assert error.code == "kube-invalid"
    assert "not available" in str(error.parameters["detail"])
