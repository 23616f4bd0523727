"""Looking at a Velero: only data that was saved is a point, what may not be read is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import velerolab as lab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Fault, Store, rule
from adapters.kubernetes.homelab import at, without
from adapters.kubernetes.lab import NOW
from adapters.kubernetes.velerolab import LAST, MOVED, SAVED, SPACE, VERSIONS, cluster
from phoenix_dr.adapters.base import Examiner, Prober, Reader
from phoenix_dr.adapters.velero import Velero, parse
from phoenix_dr.adapters.velero.uses import uses
from phoenix_dr.core.evidence import BlindSpot, Evidence, RecoveryPoint
from phoenix_dr.core.velero import Choice, ClaimUse, VeleroState
from phoenix_dr.errors import EngineDenied, EngineUnreachable


@contextmanager
def looking(store: Store, folder: Path, **changes: Any) -> Iterator[tuple[Velero, Fake]]:
    """An engine that reads a cluster, and sends nothing but GET."""
    with running(store) as fake:
        yield lab.engine(fake, folder, **changes), fake
        assert {method for method, _ in fake.asked} <= {"GET"}


def seen(store: Store, folder: Path, **changes: Any) -> tuple[Evidence, VeleroState]:
    """One look."""
    with looking(store, folder, **changes) as (engine, _):
        return engine.examine(now=NOW)


def without_data(store: Store, *claims: str) -> Store:
    """The same cluster, whose last backup lacks the data of these."""
    for each in claims:
        app = each.partition("/")[2]
        for plural in ("podvolumebackups", "datauploads"):
            store.objects.pop(("velero.io", plural, SPACE, f"{LAST}-{app}"), None)
    return store


def assets(evidence: Evidence) -> set[str]:
    """Assets that have a point."""
    return {each.asset for each in evidence.points}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_shows_one_point_per_claim_whose_data_is_there(
    tmp_path: Path, version: str
) -> None:
    with looking(cluster(version), tmp_path) as (engine, _):
        assert isinstance(engine, Reader)
        assert isinstance(engine, Examiner)
        found = engine.observe(now=NOW)
    assert found.blind_spots == ()
    # The moved snapshot was made after its backup began; the files were read from their start on.
    made = {
        "media/settings/sonarr": (f"{LAST}:{MOVED}", NOW - timedelta(hours=3)),
        "media/settings/radarr": (f"{LAST}:{SAVED}", NOW - timedelta(hours=2.8)),
    }
    assert set(found.points) == {
        RecoveryPoint(name, asset, "velero", "s3-paris", taken, size=4096)
        for asset, (name, taken) in made.items()
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_around_it(tmp_path: Path, version: str) -> None:
    _, state = seen(cluster(version), tmp_path)
    assert state.blind_spots == state.cluster.blind_spots == ()
    [schedule] = state.schedules or ()
    assert (schedule.cron, schedule.phase, schedule.paused) == ("0 3 * * *", "Enabled", False)
    assert schedule.choice == Choice(("media",), moves=True, ttl=timedelta(hours=720))
    [backup] = state.backups or ()
    assert (backup.schedule, backup.ended, backup.synced) == ("nightly", True, False)
    assert backup.expires_at == NOW + timedelta(hours=717)
    [place] = state.locations or ()
    assert (place.phase, place.host) == ("Available", "s3.eu-west-3.amazonaws.com")
    assert place.checked_every == timedelta(minutes=1)
    old = NOW - timedelta(hours=900)
    assert set(state.uses or ()) == {ClaimUse(each, old, running=True) for each in (MOVED, SAVED)}
    assert state.cluster.namespaces == ("media", SPACE)


def test_3_completed_without_the_data_of_a_claim_is_no_point_of_it(tmp_path: Path) -> None:
    found, _ = seen(without_data(cluster(), MOVED, SAVED), tmp_path)
    assert (found.points, found.blind_spots) == ((), ())


@pytest.mark.parametrize("phase", ["New", "InProgress", "Canceled", "Failed", "Accepted"])
def test_3_data_that_is_not_there_whole_is_no_point(tmp_path: Path, phase: str) -> None:
    store = cluster()
    lab.upload(store, LAST, MOVED, hours=2.9, phase=phase)
    assert assets(seen(store, tmp_path)[0]) == {"media/settings/radarr"}


@pytest.mark.parametrize(
    "phase", ["New", "InProgress", "WaitingForPluginOperations", "Failed", "Deleting"]
)
def test_3_a_backup_that_has_not_ended_holds_no_point(tmp_path: Path, phase: str) -> None:
    store = cluster()
    lab.backup(store, LAST, hours=3, phase=phase)
    assert seen(store, tmp_path)[0].points == ()


def test_3_what_a_partly_failed_one_saved_is_there_and_not_whole(tmp_path: Path) -> None:
    store = cluster()
    lab.backup(store, LAST, hours=3, phase="PartiallyFailed", errors=1)
    points = seen(store, tmp_path)[0].points
    assert [each.complete for each in points] == [False, False]


def test_two_pods_that_mount_one_claim_save_one_point(tmp_path: Path) -> None:
    store = cluster()
    lab.pod_volume(store, LAST, SAVED, hours=2.7)
    twin = dict(store.objects["velero.io", "podvolumebackups", SPACE, f"{LAST}-radarr"])
    store.objects["velero.io", "podvolumebackups", SPACE, "twin"] = twin
    assert len(seen(store, tmp_path)[0].points) == 2


def test_3_files_are_a_claims_by_its_name_or_by_its_uid_alone(tmp_path: Path) -> None:
    store = cluster()
    lab.pod_volume(store, LAST, SAVED, hours=2.8, by_uid=True)
    assert len(seen(store, tmp_path)[0].points) == 2
    # A claim of that name made since is another one.
    store.objects["", "persistentvolumeclaims", "media", "radarr"]["metadata"]["uid"] = "new"
    assert assets(seen(store, tmp_path)[0]) == {"media/settings/sonarr"}


def test_3_a_long_name_of_a_backup_is_a_hash_in_labels() -> None:
    rows: dict[str, dict[str, Any]] = {
        "owner": {"metadata": {"ownerReferences": [{"kind": "Backup", "name": LAST}]}},
        "tags": {"spec": {"tags": {"backup": LAST}}},
        "label": {"metadata": {"labels": {"velero.io/backup-name": LAST}}},
    }
    for row in rows.values():
        assert parse.pod_volume(row).backup == parse.upload(row).backup == LAST
    both = rows["owner"] | {"spec": {"tags": {"backup": "other"}}}
    assert parse.upload(both).backup == LAST


def test_data_of_a_volume_that_is_no_claim_is_nobodys(tmp_path: Path) -> None:
    store = cluster()
    lab.pod_volume(store, LAST, "media/", hours=2.8)
    found, state = seen(store, tmp_path)
    assert len(found.points) == 2
    assert "" in {each.claim for each in state.pod_volumes or ()}


def test_backups_at_a_location_nobody_described_are_no_point_and_not_nothing(
    tmp_path: Path,
) -> None:
    found, _ = seen(cluster(), tmp_path, locations={"paris": "s3-paris"})
    assert found.points == ()
    spot = BlindSpot("velero", "velero-location-undescribed", "default")
    assert found.blind_spots == (spot,)


def test_data_that_does_not_say_when_is_unknown(tmp_path: Path) -> None:
    store = cluster()
    lab.backup(store, LAST, hours=3, startTimestamp=None)
    found, _ = seen(store, tmp_path)
    assert assets(found) == {"media/settings/radarr"}
    assert [each.reason for each in found.blind_spots] == ["velero-backup-untold"]


def synced(store: Store) -> Store:
    """The same backups in a cluster made anew an hour ago: Velero read them from the store."""
    store.objects["velero.io", "backups", SPACE, LAST]["metadata"]["creationTimestamp"] = at(1)
    return store


def test_3_in_a_cluster_made_anew_nobody_knows_what_was_moved(tmp_path: Path) -> None:
    found, state = seen(without_data(synced(cluster()), MOVED), tmp_path)
    assert assets(found) == {"media/settings/radarr"}
    assert [each.reason for each in found.blind_spots] == ["velero-data-untold"]
    assert [each.synced for each in state.backups or ()] == [True]
    assert seen(synced(cluster()), tmp_path)[0].blind_spots == ()
    assert seen(without_data(cluster(), MOVED), tmp_path)[0].blind_spots == ()


LISTS = {
    "schedules": "schedules",
    "backups": "backups",
    "pod_volumes": "podvolumebackups",
    "uploads": "datauploads",
    "locations": "backupstoragelocations",
}


@pytest.mark.parametrize(("name", "plural"), LISTS.items(), ids=LISTS.values())
@pytest.mark.parametrize("code", ["kube-right", "kube-no-kind"])
def test_5_a_list_that_may_not_be_read_or_is_not_there_is_unknown(
    tmp_path: Path, name: str, plural: str, code: str
) -> None:
    store = cluster()
    if code == "kube-no-kind":
        store = without(store, plural)
    else:
        others = " ".join(kind.plural for kind in store.served if kind.plural != plural)
        store.tokens["audit"] = (rule("get list", "*", others),)
    found, state = seen(store, tmp_path)
    assert getattr(state, name) is None
    assert state.blind_spots == (BlindSpot("velero", code, plural),)
    assert all(getattr(state, other) is not None for other in LISTS if other != name)
    assert bool(found.blind_spots) is (name in {"backups", "pod_volumes", "uploads"})


@pytest.mark.parametrize("plural", ["pods", "persistentvolumes", "persistentvolumeclaims"])
def test_5_without_the_cluster_around_nobody_says_why_data_is_missing(
    tmp_path: Path, plural: str
) -> None:
    store = cluster()
    others = " ".join(kind.plural for kind in store.served if kind.plural != plural)
    store.tokens["audit"] = (rule("get list", "*", others),)
    found, state = seen(store, tmp_path)
    assert (state.uses is None) is (plural == "persistentvolumeclaims")
    assert {each.running for each in state.uses or ()} <= {None if plural == "pods" else True}
    assert len(found.points) == 2
    assert bool(found.blind_spots) is (plural == "persistentvolumeclaims")
    assert state.cluster.blind_spots == (BlindSpot("velero", "kube-right", plural),)


def test_5_velero_may_be_read_in_its_own_namespace_alone(tmp_path: Path) -> None:
    around = "namespaces nodes persistentvolumes persistentvolumeclaims pods"
    own = (rule("get list", "core", around), rule("get list", "velero.io", "*", SPACE))
    found, state = seen(cluster(rules=own), tmp_path)
    assert (len(found.points), state.blind_spots) == (2, ())


def test_of_a_namespace_that_is_not_there_nothing_is_known(tmp_path: Path) -> None:
    store = cluster()
    del store.objects["", "namespaces", "", SPACE]
    found, state = seen(store, tmp_path)
    spot = BlindSpot("velero", "velero-no-namespace", SPACE)
    assert found.blind_spots == state.blind_spots == (spot,)
    assert found.points == ()
    assert {getattr(state, name) for name in LISTS} == {None}


def test_a_credential_nobody_knows_is_no_empty_cluster(tmp_path: Path) -> None:
    with (
        looking(cluster(), tmp_path, token="stranger") as (engine, _),
        pytest.raises(EngineDenied) as caught,
    ):
        engine.observe(now=NOW)
    assert caught.value.code == "kube-credential"


def test_one_list_that_breaks_leaves_the_others_two_are_a_cluster_that_is_away(
    tmp_path: Path,
) -> None:
    root = f"/apis/velero.io/v1/namespaces/{SPACE}"
    store = cluster()
    store.faults[f"{root}/schedules"] = Fault(drop=True)
    with looking(store, tmp_path) as (engine, _):
        found, state = engine.examine(now=NOW)
        assert (state.schedules, len(found.points)) == (None, 2)
        store.faults[f"{root}/backups"] = Fault(drop=True)
        with pytest.raises(EngineUnreachable):
            engine.observe(now=NOW)


def test_rights_name_each_list_and_the_lines_that_open_them(tmp_path: Path) -> None:
    store = cluster()
    others = " ".join(kind.plural for kind in store.served if kind.plural != "datauploads")
    store.tokens["audit"] = (rule("get list", "*", others),)
    with running(store) as fake:
        it = lab.engine(fake, tmp_path)
        assert isinstance(it, Prober)
        found = it.rights()
        assert fake.writes() == []
    lists = [each for each in found.can if each.code == "list"]
    assert [each.subject for each in lists if not each.ok] == ["datauploads"]
    assert len(lists) == 10
    assert [each.code for each in found.roles] == ["audit", "apply", "backup", "restore"]
    assert found.roles[0].lines[0].startswith("phoenix engine rbac velero --role audit |")


# ---- How claims stand to Velero ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("notes", "phase", "flags"),
    [
        ({}, "Running", (True, False, False)),
        ({}, "Pending", (False, False, False)),
        ({"backup_volumes": "tmp, data"}, "Running", (True, True, False)),
        ({"backup_volumes": "datas"}, "Running", (True, False, False)),
        ({"backup_volumes_excludes": "data,tmp"}, "Running", (True, False, True)),
        ({"backup_volumes_excludes": "data"}, "Succeeded", (False, False, False)),
    ],
)
def test_3_annotations_of_running_pods_ask_and_refuse(
    tmp_path: Path, notes: dict[str, str], phase: str, flags: tuple[bool, bool, bool]
) -> None:
    store = cluster()
    lab.pod(store, SAVED, phase=phase, **notes)
    _, state = seen(store, tmp_path)
    use = next(each for each in state.uses or () if each.claim == SAVED)
    assert (use.running, use.asked, use.refused) == flags


def test_3_the_label_leaves_out_claims_their_volumes_and_namespaces(tmp_path: Path) -> None:
    store = cluster()
    label = {"velero.io/exclude-from-backup": "true"}
    lab.claim(store, SAVED, labels=label)
    store.objects["", "persistentvolumes", "", "pv-sonarr"]["metadata"]["labels"] = label
    store.put("Namespace", "web", metadata={"labels": label})
    _, state = seen(store, tmp_path)
    assert all(each.left_out for each in state.uses or ())
    assert state.left_out == ("web",)


@pytest.mark.parametrize(
    ("spec", "choice"),
    [
        ({"includedNamespaces": ["*"]}, Choice()),
        ({"excludedNamespaces": ["a"]}, Choice(excluded=("a",))),
        ({"labelSelector": {"matchLabels": {"a": "b"}}}, Choice(selective=True)),
        ({"orLabelSelectors": [{"matchLabels": {"a": "b"}}]}, Choice(selective=True)),
        ({"labelSelector": {}}, Choice()),
        ({"includedResources": ["deployments.apps"]}, Choice(claims=False)),
        ({"includedResources": ["Pods"]}, Choice()),
        ({"excludedResources": ["persistentvolumeclaims"]}, Choice(claims=False)),
        ({"includedNamespaceScopedResources": ["secrets"]}, Choice(claims=False)),
        ({"snapshotVolumes": False}, Choice(snapshots=False)),
        ({"ttl": "0s", "itemOperationTimeout": "1h30m"}, Choice(patience=timedelta(hours=1.5))),
    ],
)
def test_what_a_template_takes(spec: dict[str, Any], choice: Choice) -> None:
    assert parse.choice(spec) == choice


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("720h0m0s", 720 * 3600), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25), ("0s", 0),
        ("0", 0), ("", None), ("7d", None), ("h", None), ("-1h", None), ("1h x", None),
        ("9" * 40 + "h", None), (7, None), (None, None), ("999999999h" * 300, None),
    ],
)  # fmt: skip
def test_durations_of_go(given: object, seconds: float | None) -> None:
    found = parse.duration({"x": given}, "x")
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://minio.velero.svc:9000", "minio.velero.svc"), ("https://NAS/", "nas"),
        ("http://10.0.0.7:9000/x", "10.0.0.7"), ("http://[fd00::7]:9000", "[fd00::7]"),
        ("http://who:secret@nas:9000", "nas"), ("ftp://nas", ""), ("", ""), ("http://", ""),
    ],
)  # fmt: skip
def test_the_machine_of_an_address(url: str, host: str) -> None:
    assert parse.location({"spec": {"config": {"s3Url": url}}}).host == host


# ---- Objects anybody may have written ---------------------------------------------------------

ODD: list[Any] = [
    None, 7, "x", [], {}, True, {"x": 1}, [1, None, {"type": 7}], "9" * 5000, -1, 1e300,
    "2026-13-45T00:00:00Z", "\x1b[2J", "[" * 5000, ["\x1b[2J", 7], {"backup": 7},
]  # fmt: skip
PARSERS = [parse.schedule, parse.backup, parse.pod_volume, parse.upload, parse.location]
FIELDS = (
    "template", "includedNamespaces", "excludedNamespaces", "includedResources", "labelSelector",
    "orLabelSelectors", "ttl", "paused", "schedule", "validationErrors", "lastBackup", "errors",
    "expiration", "phase", "tags", "pod", "progress", "sourcePVC", "config", "objectStorage",
    "validationFrequency", "csiVolumeSnapshotsCompleted", "message", "storageLocation", "default",
)  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("odd", ODD, ids=lambda each: repr(each)[:20])
def test_an_odd_field_never_fails_and_moves_no_terminal(parser: Any, odd: Any) -> None:
    whole = dict.fromkeys(FIELDS, odd) | {"template": dict.fromkeys(FIELDS, odd)}
    for row in (
        {"metadata": odd, "spec": odd, "status": odd},
        {"metadata": {"name": odd, "labels": odd, "ownerReferences": odd}, "spec": whole,
         "status": whole},
        {"metadata": {"annotations": odd}, "spec": {"tags": {"backup": odd}, "pod": odd}},
    ):  # fmt: skip
        assert "\x1b" not in str(parser(row).__repr__())


@pytest.mark.parametrize("odd", ODD, ids=lambda each: repr(each)[:20])
def test_an_odd_pod_never_fails(odd: Any) -> None:
    pods = [
        {"metadata": {"namespace": "a", "annotations": odd}, "spec": {"volumes": odd}},
        {"metadata": odd, "spec": {"volumes": [odd, {"persistentVolumeClaim": odd}]}},
    ]
    rows = [{"metadata": odd}, {"metadata": {"name": odd}}]
    assert len(uses(rows, [{"metadata": odd}], pods)) == len(uses(rows, [], None)) == 2
