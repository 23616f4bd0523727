"""Findings of a cluster: each fault by its own code, none of them on its healthy twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from build_longhorn import (
    CLAIM,
    DAY,
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
from phoenix_dr.core.claim_assets import expanded
from phoenix_dr.core.cluster import CsiSnapshot, EtcdSnapshot, KubeNode
from phoenix_dr.core.cluster_findings import find_in_cluster
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.longhorn import BackupVolume, LonghornState
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Ignore,
    Location,
    Objectives,
    Service,
    Waiver,
)
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.render.phrases import LANGUAGES, sentence

CRITICAL, WARNING, UNKNOWN, INFO = Severity
SETTINGS = Asset("media/settings", AssetKind.VOLUMES, "longhorn/media/*")
ENGINE = EngineSpec(
    "longhorn",
    "longhorn",
    locations={"default": "nas"},
    archives={"media/*": "media/settings"},
)
NODE = KubeNode("k3s-1", "v1.33.4+k3s1", True)
ETCD = replace(NODE, etcd=True)
SONARR = "media/settings/sonarr"


def house(*, seen: tuple[str, ...] = ("media/sonarr",), **changes: object) -> Estate:
    """The estate, with the claims that were seen."""
    asset = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    made = Estate(
        "home",
        "worker1",
        hosts={"nas": Host("nas", "home"), "k3s-1": Host("k3s-1", "home")},
        locations={"nas": Location("nas", "nas"), "own": Location("own", "k3s-1")},
        engines={"longhorn": ENGINE},
        services={"media": Service("media", objectives=Objectives(rpo=DAY), assets=(asset,))},
    )
    return expanded(made, {"longhorn": seen})


def around(look: LonghornState | None = None, **changes: object) -> LonghornState:
    """A look whose cluster has one node, and is otherwise as asked."""
    look = look or state()
    changes.setdefault("nodes", (NODE,))
    return replace(look, cluster=replace(look.cluster, **changes))  # type: ignore[arg-type]


def found(look: LonghornState, estate: Estate | None = None) -> list[tuple[str, Severity, str]]:
    """Findings in short."""
    return [(it.code, it.severity, it.subject) for it in all_of(look, estate)]


def all_of(look: LonghornState, estate: Estate | None = None) -> tuple[Finding, ...]:
    """Findings in full."""
    return find_in_cluster(estate or house(), look, now=NOW)


def etcd(hours: float, where: str = "s3://b/x", **changes: object) -> EtcdSnapshot:
    """A snapshot of the datastore so many hours old."""
    made = EtcdSnapshot(f"etcd-{hours}", "k3s-1", where, True, ago(hours), 1 << 20)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_cluster_that_is_well_has_no_finding() -> None:
    assert found(around()) == []


def of_volume(**changes: object) -> LonghornState:
    """The cluster with another volume."""
    return around(state(volumes=(replace(VOLUME, **changes),)))  # type: ignore[arg-type]


CSI = CsiSnapshot("media", "before-upgrade", "media/sonarr", True)
JOB = "recurring-job.longhorn.io/"
GROUP = "recurring-job-group.longhorn.io/"
LINKS: dict[str, tuple[LonghornState, LonghornState, Severity]] = {
    "claim-not-bound": (around(claims=(replace(CLAIM, phase="Pending"),)), around(), WARNING),
    "claim-not-longhorn": (
        around(volumes=(replace(PV, driver="hostPath", path="/opt/x"),)), around(), WARNING,
    ),
    "volume-unseen": (around(state(volumes=())), around(), UNKNOWN),
    "volume-label-dangling": (
        of_volume(labels={f"{JOB}gone": "enabled", f"{GROUP}default": "enabled"}),
        of_volume(labels={f"{JOB}nightly": "enabled", f"{GROUP}default": "enabled"}), WARNING,
    ),
    "volume-label-idle": (
        of_volume(labels={f"{JOB}nightly": "yes", f"{GROUP}default": "enabled"}),
        of_volume(labels={f"{JOB}nightly": "enabled"}), WARNING,
    ),
    "volume-in-no-job": (
        of_volume(labels={f"{GROUP}gone": "enabled"}),
        of_volume(labels={f"{GROUP}default": "enabled"}), WARNING,
    ),
    "volume-left-default": (
        of_volume(labels={f"{JOB}hourly": "enabled"}),
        of_volume(labels={f"{JOB}hourly": "enabled", f"{GROUP}default": "enabled"}), WARNING,
    ),
    "volume-only-snapshots": (
        around(state(jobs=(replace(NIGHTLY, task="snapshot"),))), around(), WARNING,
    ),
    "claim-only-csi-snapshots": (
        around(state(backups=(backup(3, state="Error"),)), snapshots=(CSI,)),
        around(snapshots=(CSI,)), WARNING,
    ),
    "volume-restoring": (of_volume(restoring=True), around(), WARNING),
    "volume-faulted": (of_volume(robustness="faulted"), of_volume(robustness="degraded"), CRITICAL),
    "volume-skipped-detached": (
        of_volume(state="detached"),
        replace(
            of_volume(state="detached"),
            settings={"allow-recurring-job-while-volume-detached": "true"},
        ), WARNING,
    ),
    "backup-stuck": (
        around(state(backups=(backup(3), backup(9, state="InProgress")))),
        around(state(backups=(backup(3), backup(1, state="InProgress")))), WARNING,
    ),
    "backup-failed": (
        around(state(backups=(backup(3), backup(1, state="Error", error="no space")))),
        around(state(backups=(backup(3), backup(9, state="Error")))), WARNING,
    ),
    "volume-never-backed-up": (around(state(backups=())), around(), WARNING),
    "backup-in-the-future": (around(state(backups=(backup(-3),))), around(), UNKNOWN),
    "backup-too-old": (
        around(state(backups=(backup(40),), snapshots=(snapshot(40), snapshot(2)))),
        around(state(backups=(backup(40),), snapshots=(snapshot(40),))), WARNING,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "case"), LINKS.items(), ids=LINKS.keys())
def test_1_2_each_link_of_the_chain_has_its_own_finding(
    code: str, case: tuple[LonghornState, LonghornState, Severity]
) -> None:
    broken, healthy, severity = case
    assert (code, severity, SONARR) in found(broken)
    assert code not in {each[0] for each in found(healthy)}


@pytest.mark.parametrize(
    "look",
    [
        around(state(backups=None), snapshots=(CSI,)),
        around(state(backups=()), snapshots=(replace(CSI, ready=False),)),
        around(state(backups=()), snapshots=(replace(CSI, claim="media/radarr"),)),
        around(state(backups=())),
    ],
)
def test_snapshots_alone_are_told_only_where_they_are_all_there_is(look: LonghornState) -> None:
    assert "claim-only-csi-snapshots" not in {each[0] for each in found(look)}


def test_snapshots_of_another_driver_may_lie_elsewhere() -> None:
    other = replace(PV, driver="ebs.csi.aws.com")
    look = around(state(backups=()), snapshots=(CSI,), volumes=(other,))
    assert ("claim-only-csi-snapshots", INFO, SONARR) in found(look)


def test_1_1_an_old_backup_of_a_volume_nobody_may_have_written_to_is_unknown() -> None:
    look = around(state(backups=(backup(40),), snapshots=None))
    assert ("backup-too-old", UNKNOWN, SONARR) in found(look)


def test_4_a_setting_nobody_could_read_leaves_a_detached_volume_unknown() -> None:
    look = replace(of_volume(state="detached"), settings={})
    assert ("volume-skipped-detached", UNKNOWN, SONARR) in found(look)


TARGETS: dict[str, tuple[LonghornState, Severity]] = {
    "target-missing": (around(state(targets=())), CRITICAL),
    "target-empty": (around(state(targets=(replace(TARGET, url=""),))), CRITICAL),
    "target-unavailable": (around(state(targets=(replace(TARGET, available=False),))), CRITICAL),
    "target-unreadable": (around(state(targets=(replace(TARGET, available=None),))), UNKNOWN),
    "target-not-polled": (around(state(targets=(replace(TARGET, polled=False),))), UNKNOWN),
    "copies-in-cluster": (
        around(state(targets=(replace(TARGET, url="nfs://nfs.storage.svc.cluster.local:/x"),))),
        WARNING,
    ),
}


@pytest.mark.parametrize(("code", "case"), TARGETS.items(), ids=TARGETS.keys())
def test_1_3_a_target_that_is_not_well_is_told_once_however_many_volumes_go_there(
    code: str, case: tuple[LonghornState, Severity]
) -> None:
    look, severity = case
    two = (CLAIM, replace(CLAIM, name="radarr", volume="pv-2"))
    volumes = (PV, replace(PV, name="pv-2", handle="vol-2", claim="media/radarr"))
    look = around(
        replace(look, volumes=(VOLUME, replace(VOLUME, name="vol-2"))), claims=two, volumes=volumes
    )
    told = [each for each in all_of(look) if each.code == code]
    assert [(it.severity, it.subject) for it in told] == [(severity, "longhorn/default")]
    assert dict(told[0].parameters)["volumes"] == 2


@pytest.mark.parametrize("url", ["nfs://nas/longhorn", "s3://bucket@paris/", "", "nfs://[bad", "x"])
def test_1_6_a_target_elsewhere_is_not_in_the_cluster(url: str) -> None:
    look = around(state(targets=(replace(TARGET, url=url),)))
    assert "copies-in-cluster" not in {each[0] for each in found(look)}


def test_1_6_a_target_on_the_only_machine_of_the_cluster_dies_with_it() -> None:
    spec = replace(ENGINE, locations={"default": "own"})
    estate = replace(house(), engines={"longhorn": spec})
    assert found(around(), estate) == [("copies-on-cluster-host", WARNING, "longhorn/default")]
    two = around(nodes=(NODE, replace(NODE, name="k3s-2")))
    assert found(two, estate) == []


def test_1_2_group_default_without_a_backup_job() -> None:
    snaps = replace(NIGHTLY, task="snapshot")
    codes = found(around(state(jobs=(snaps,))))
    assert ("default-group-without-backup", WARNING, "longhorn") in codes
    own = state(jobs=(replace(NIGHTLY, groups=("own",)),))
    labelled = replace(own, volumes=(replace(VOLUME, labels={f"{GROUP}own": "enabled"}),))
    assert found(around(labelled)) == []


def test_1_3_copies_of_a_volume_that_is_gone() -> None:
    gone = BackupVolume("vol-9-deadbeef", "vol-9", stored=7)
    old = backup(90, volume="vol-9", claim="web/forum")
    look = around(state(backup_volumes=(gone,), backups=(backup(3), old)))
    [told] = all_of(look)
    assert (told.code, told.severity, told.subject) == ("backup-orphan", INFO, "longhorn/vol-9")
    assert dict(told.parameters)["claim"] == "web/forum"
    there = BackupVolume("vol-sonarr-deadbeef", "vol-sonarr")
    assert found(around(state(backup_volumes=(there,)))) == []
    blind = around(state(backup_volumes=(gone,), volumes=None))
    assert "backup-orphan" not in {each[0] for each in found(blind)}


ETCDS: dict[str, tuple[tuple[EtcdSnapshot, ...] | None, list[str]]] = {
    "young and away": ((etcd(3), etcd(3, "file:///x")), []),
    "not readable": (None, []),
    "none": ((), ["etcd-no-snapshots"]),
    "only beside it": ((etcd(3, "file:///x"),), ["etcd-only-on-node"]),
    "old away, young beside": ((etcd(40), etcd(3, "file:///x")), ["etcd-snapshot-old"]),
    "just old enough": ((etcd(24),), ["etcd-snapshot-old"]),
    "just young enough": ((etcd(23.9),), []),
    "the last one failed": ((etcd(9), etcd(1, ready=False)), ["etcd-snapshot-failed"]),
    "an older one failed": ((etcd(1), etcd(9, ready=False)), []),
    "one failed, nobody knows when": (
        (etcd(1), etcd(9, ready=False, created_at=None)), ["etcd-snapshot-failed"],
    ),
    "only a failed one": (
        (etcd(1, ready=False),), ["etcd-no-snapshots", "etcd-snapshot-failed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("held", "codes"), ETCDS.values(), ids=ETCDS.keys())
def test_2_snapshots_of_the_datastore(
    held: tuple[EtcdSnapshot, ...] | None, codes: list[str]
) -> None:
    look = around(nodes=(ETCD,), etcd_snapshots=held)
    assert [each[0] for each in found(look)] == codes


def test_2_a_cluster_with_sqlite_lacks_no_etcd_snapshot() -> None:
    assert found(around(etcd_snapshots=())) == []


def blind(plural: str, reason: str = "kube-no-kind") -> BlindSpot:
    """A list that could not be read."""
    return BlindSpot("longhorn", reason, plural)


@pytest.mark.parametrize(
    ("spot", "nodes", "told"),
    [
        (blind("etcdsnapshotfiles"), (NODE,), False),
        (blind("etcdsnapshotfiles"), (ETCD,), True),
        (blind("etcdsnapshotfiles"), (), True),
        (blind("etcdsnapshotfiles", "kube-right"), (NODE,), True),
        (blind("volumesnapshots"), (NODE,), False),
        (blind("volumesnapshots", "kube-right"), (NODE,), True),
        (blind("pods", "kube-right"), (NODE,), True),
    ],
)
def test_5_what_was_not_read_is_told_what_the_cluster_does_without_is_not(
    spot: BlindSpot, nodes: tuple[KubeNode, ...], told: bool
) -> None:
    look = around(nodes=nodes, blind_spots=(spot,))
    assert found(look) == ([("blind", UNKNOWN, "longhorn")] if told else [])


@pytest.mark.parametrize("name", ["jobs", "volumes", "backups", "targets"])
def test_5_a_list_that_was_not_read_is_one_blind_spot_and_no_accusation(name: str) -> None:
    look = around(state(**{name: None, "blind_spots": (blind(name, "kube-right"),)}))
    assert found(look) == [("blind", UNKNOWN, "longhorn")]


def test_a_look_of_long_ago_is_unknown() -> None:
    look = around(replace(state(backups=(backup(26),)), observed_at=NOW - DAY))
    assert ("cluster-seen-long-ago", UNKNOWN, "longhorn") in found(look)
    assert found(replace(around(), observed_at=NOW - timedelta(hours=23))) == []


def test_a_claim_that_is_gone_does_not_make_the_audit_greener() -> None:
    both = house(seen=("media/sonarr", "media/radarr"))
    assert found(around(), both) == [("claim-gone", WARNING, "media/settings/radarr")]
    dark = around(blind_spots=(blind("persistentvolumeclaims", "kube-right"),), claims=())
    assert "claim-gone" not in {each[0] for each in found(dark, both)}


def test_a_claim_no_asset_names_is_looked_at_too_until_it_is_ignored() -> None:
    stranger = replace(CLAIM, namespace="web", name="forum", phase="Pending")
    look = around(claims=(CLAIM, stranger))
    assert found(look) == [("claim-not-bound", WARNING, "longhorn/web/forum")]
    left = Ignore("longhorn/web/forum", "a test", date(2026, 11, 23))
    assert found(look, replace(house(), ignore=(left,))) == []
    over = replace(left, until=date(2026, 11, 22))
    assert len(found(look, replace(house(), ignore=(over,)))) == 1


@pytest.mark.parametrize(
    ("driver", "severity"), [("hostPath", WARNING), ("local", WARNING), ("nfs.csi.k8s.io", INFO)]
)
def test_4_11_a_folder_of_one_node_is_worse_than_another_driver(
    driver: str, severity: Severity
) -> None:
    stranger = replace(CLAIM, namespace="web", name="forum", volume="pv-2")
    volumes = (PV, replace(PV, name="pv-2", driver=driver, path="/opt/x", claim="web/forum"))
    look = around(claims=(CLAIM, stranger), volumes=volumes)
    assert found(look) == [("claim-not-longhorn", severity, "longhorn/web/forum")]


EXCUSES: dict[str, tuple[Estate, list[Severity]]] = {
    "in force": (house(accepted_loss=Waiver("bought again", date(2026, 11, 23))), [INFO]),
    "expired": (house(accepted_loss=Waiver("bought again", date(2026, 11, 22))), [CRITICAL]),
    "made again": (house(regenerable=Waiver("git", date(2027, 1, 1))), []),
    "ignored": (
        replace(house(), ignore=(Ignore("longhorn/media/sonarr", "why", date(2027, 1, 1)),)), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("estate", "severities"), EXCUSES.values(), ids=EXCUSES.keys())
def test_an_exception_quietens_until_its_date(estate: Estate, severities: list[Severity]) -> None:
    assert [each[1] for each in found(of_volume(robustness="faulted"), estate)] == severities


def every_finding() -> list[Finding]:
    """One of each."""
    looks = [broken for broken, _, _ in LINKS.values()] + [look for look, _ in TARGETS.values()]
    looks += [around(nodes=(ETCD,), etcd_snapshots=held) for held, _ in ETCDS.values()]
    looks.append(around(state(backup_volumes=(BackupVolume("vol-9", "vol-9"),))))
    looks.append(replace(around(), observed_at=NOW - DAY))
    both = house(seen=("media/sonarr", "media/radarr"))
    own = replace(house(), engines={"longhorn": replace(ENGINE, locations={"default": "own"})})
    made = [each for look in looks for each in all_of(look, both)]
    return [*made, *all_of(around(), own)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_said_in_both_languages_with_a_next_step(language: str) -> None:
    from phoenix_dr.render.phrases.en.volumes import PHRASES

    made = every_finding()
    codes = {key.partition(".")[2] for key in PHRASES}
    assert codes <= {each.code for each in made}
    say: Callable[..., str] = sentence
    for each in made:
        facts = {"subject": each.subject, **dict(each.parameters)}
        for kind in ("finding", "remedy"):
            assert say(language, f"{kind}.{each.code}", **facts)
