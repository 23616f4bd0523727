"""Each thing wrong on a backup server has its own code; one in good order is quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.findings import FindingFacts, find
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Ignore,
    Key,
    Location,
    RetentionRule,
    SecretRef,
    Service,
    Waiver,
)
from phoenix_dr.core.pbs import (
    Datastore,
    GcState,
    Group,
    Namespace,
    PbsInventory,
    PruneJob,
    Run,
    Snapshot,
    VerifyJob,
)
from phoenix_dr.core.pbs_findings import find_in_pbs
from phoenix_dr.core.proxmox import Archive, Guest, Inventory, Storage
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.phrases.en.pbs_findings import PHRASES

CRITICAL, WARNING, UNKNOWN, INFO = Severity
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TB = 10**12
WEB = Asset("web/guest", AssetKind.GUEST, "pve1/210", policy=None)
WEEK = RetentionRule(daily=7)
OWNER = "pve@pbs!pve1"
Break = Callable[[PbsInventory], PbsInventory]


def house(**changes: object) -> Estate:
    """One guest of pve1, saved on pbs1, which stands on a machine of its own."""
    made = Estate(
        "home",
        "worker",
        hosts={name: Host(name, "home") for name in ("pve1", "pbs1", "far")},
        locations={
            "vault": Location("vault", "pbs1"),
            "inside": Location("inside", "pve1"),
            "paris": Location("paris", "far"),
        },
        engines={
            "pve1": EngineSpec("pve1", "proxmox", locations={"backup": "vault"}),
            "pbs1": EngineSpec(
                "pbs1",
                "pbs",
                locations={"store1": "vault"},
                password=SecretRef("env", "PBS"),
                settings={"guests": "pve1"},
            ),
        },
        services={"web": Service("web", assets=(WEB,))},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def snapshot(hours: float, name: str = "210", **changes: object) -> Snapshot:
    """A snapshot so many hours old, verified an hour later."""
    taken = NOW - hours * HOUR
    made = Snapshot(
        "store1", "", "ct", name, taken, size=TB // 100, owner=OWNER,
        verified=True, verified_at=taken + HOUR,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def ran(hours: float, *, ok: bool = True, said: str = "") -> Run:
    """A run that ended so many hours ago."""
    return Run(NOW - hours * HOUR, ok, said)


def group(name: str = "210", hours: float = 4, **changes: object) -> Group:
    """A group whose newest snapshot is so many hours old."""
    made = Group("store1", "", "ct", name, OWNER, NOW - hours * HOUR, 2)
    return replace(made, **changes)  # type: ignore[arg-type]


def healthy(**changes: object) -> PbsInventory:
    """A backup server in good order, with a group of ours and one of somebody else."""
    made = PbsInventory(
        engine="pbs1",
        observed_at=NOW,
        version="4.0.11",
        datastores=(Datastore("store1", 8 * TB, 2 * TB, 6 * TB, NOW - 9 * DAY),),
        namespaces=(Namespace("store1", "", "vault"),),
        groups=(group(), group("999")),
        snapshots=(snapshot(28), snapshot(4), snapshot(4, "999")),
        verify_jobs=(VerifyJob("v-1", "store1", schedule="daily", last=ran(2)),),
        prune_jobs=(PruneJob("p-1", "store1", schedule="daily", keep=WEEK, last=ran(3)),),
        gcs=(GcState("store1", "daily", ran(7), pending=5),),
        jobs_of=frozenset({"store1"}),
        assets={"210": WEB.id},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def proxmox(**changes: object) -> Inventory:
    """The Proxmox whose guest it is, writing to the same place through a storage."""
    made = Inventory(
        engine="pve1",
        observed_at=NOW,
        nodes=(Node("pve1", online=True),),
        guests=(Guest(210, "lxc", "pve1", "web"),),
        storages=(
            Storage("backup", "pbs", shared=True, active=("pve1",), location="vault",
                    keep_known=True),
        ),
        jobs=(VzdumpJob("nightly", "02:00", "backup", every=True),),
        assets={210: WEB.id},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def archive(hours: float, storage: str = "backup") -> Archive:
    """The snapshot of then as Proxmox shows it."""
    taken = NOW - hours * HOUR
    name = f"{storage}:backup/ct/210/{taken:%Y-%m-%dT%H:%M:%SZ}"
    return Archive(name, storage, "pve1", 210, taken, TB // 100, verified=True)


def found(
    look: PbsInventory,
    *,
    guests: Inventory | None = None,
    described: Estate | None = None,
    others: tuple[PbsInventory, ...] = (),
) -> tuple[Finding, ...]:
    """Findings of a look."""
    return find_in_pbs(described or house(), look, now=NOW, guests=guests, others=others)


def brief(findings: tuple[Finding, ...]) -> list[tuple[str, Severity, str]]:
    """What is found, where, how grave."""
    return [(each.code, each.severity, each.subject) for each in findings]


def only(look: PbsInventory, **more: object) -> Finding:
    """The one finding of a look."""
    (one,) = found(look, **more)  # type: ignore[arg-type]
    return one


def with_verify(**changes: object) -> Break:
    """The verify job otherwise."""
    return lambda look: replace(
        look,
        verify_jobs=(replace(look.verify_jobs[0], **changes),),  # type: ignore[arg-type]
    )


def with_prune(**changes: object) -> Break:
    """The prune job otherwise."""
    return lambda look: replace(
        look,
        prune_jobs=(replace(look.prune_jobs[0], **changes),),  # type: ignore[arg-type]
    )


def with_gc(**changes: object) -> Break:
    """Garbage collection otherwise."""
    return lambda look: replace(
        look,
        gcs=(replace(look.gcs[0], **changes),),  # type: ignore[arg-type]
    )


def with_store(**changes: object) -> Break:
    """The datastore otherwise."""
    return lambda look: replace(
        look,
        datastores=(replace(look.datastores[0], **changes),),  # type: ignore[arg-type]
    )


def holding(*snapshots: Snapshot) -> Break:
    """Other snapshots."""
    return lambda look: replace(look, snapshots=snapshots)


def owned(who: str, others: str = OWNER) -> Break:
    """Two groups of ours, the first of this owner."""
    return lambda look: replace(
        look,
        groups=(group(owner=who), group("211", owner=others)),
        assets={"210": WEB.id, "211": WEB.id},
    )


def in_namespace(look: PbsInventory) -> PbsInventory:
    """A group of ours in a namespace two levels down."""
    below = Namespace("store1", "a/b", "vault")
    return replace(
        look,
        namespaces=(*look.namespaces, below),
        groups=(*look.groups, group("210", namespace="a/b")),
    )


OLD = ran(24 * 40)
FAULTS: dict[str, tuple[Break, str, Severity, str]] = {
    "a verification failed": (
        holding(snapshot(28), snapshot(4, verified=False)),
        "pbs-verification-failed", CRITICAL, WEB.id,
    ),
    "somebody else's failed": (
        holding(snapshot(28), snapshot(4), snapshot(4, "999", verified=False)),
        "pbs-foreign-broken", WARNING, "pbs1",
    ),
    "never verified in a month": (
        holding(snapshot(24 * 31, verified=None), snapshot(4, verified=None)),
        "pbs-never-verified", WARNING, WEB.id,
    ),
    "verified two months ago": (
        holding(snapshot(24 * 60), snapshot(4, verified=None)),
        "pbs-verified-long-ago", WARNING, WEB.id,
    ),
    "no verify job": (
        lambda look: replace(look, verify_jobs=()), "pbs-verify-job-missing", WARNING, "pbs1",
    ),
    "a verify job without a schedule": (
        with_verify(schedule=""), "pbs-verify-job-missing", WARNING, "pbs1",
    ),
    "a verify job of another namespace": (
        with_verify(namespace="other"), "pbs-namespace-unverified", WARNING, "pbs1",
    ),
    "a verify job that ends too high": (
        lambda look: with_verify(depth=1)(with_prune()(in_namespace(look))),
        "pbs-namespace-unverified", WARNING, "pbs1",
    ),
    "a verify job failed": (
        with_verify(last=ran(2, ok=False, said="verification failed")),
        "pbs-verify-job-failed", WARNING, "pbs1",
    ),
    "a verify job never ran": (
        with_verify(last=None), "pbs-verify-job-never-ran", WARNING, "pbs1",
    ),
    "a verify job lags": (with_verify(last=OLD), "pbs-verify-job-late", WARNING, "pbs1"),
    "nothing prunes, as far as known": (
        lambda look: replace(look, prune_jobs=()), "pbs-prune-job-missing", UNKNOWN, "pbs1",
    ),
    "a prune job that is switched off": (
        with_prune(enabled=False), "pbs-prune-job-missing", UNKNOWN, "pbs1",
    ),
    "a prune job that keeps everything": (
        with_prune(keep=RetentionRule()), "pbs-prune-job-missing", UNKNOWN, "pbs1",
    ),
    "a prune job failed": (
        with_prune(last=ran(2, ok=False, said="lock")), "pbs-prune-job-failed", WARNING, "pbs1",
    ),
    "a prune job lags": (with_prune(last=OLD), "pbs-prune-job-late", WARNING, "pbs1"),
    "space was never freed": (with_gc(last=None), "pbs-gc-never-ran", WARNING, "pbs1"),
    "freeing space failed": (
        with_gc(last=ran(2, ok=False, said="no lock")), "pbs-gc-failed", WARNING, "pbs1",
    ),
    "space was freed long ago": (with_gc(last=OLD), "pbs-gc-late", WARNING, "pbs1"),
    "chunks are damaged": (with_gc(bad=3), "pbs-chunks-bad", CRITICAL, "pbs1"),
    "nearly full": (with_store(used=72 * TB // 10), "pbs-datastore-full", WARNING, "pbs1"),
    "full": (with_store(used=78 * TB // 10), "pbs-datastore-full", CRITICAL, "pbs1"),
    "full in three weeks": (
        with_store(full_at=NOW + 21 * DAY), "pbs-datastore-fills", WARNING, "pbs1",
    ),
    "a group is left behind": (
        holding(snapshot(24 * 9)), "pbs-group-old", WARNING, WEB.id,
    ),
    "the newest was cut": (
        holding(snapshot(50), snapshot(30, finished=False, size=None, verified=None)),
        "pbs-snapshot-cut", WARNING, WEB.id,
    ),
    "somebody else's group is left behind": (
        lambda look: replace(look, groups=(group(), group("999", 24 * 40))),
        "pbs-groups-forgotten", INFO, "pbs1",
    ),
    "a group of another owner": (
        owned("root@pam!old"), "pbs-owners-differ", INFO, "pbs1",
    ),
    "groups of the superuser": (
        owned("root@pam", "root@pam"), "pbs-owner-superuser", WARNING, "pbs1",
    ),
    "a key nobody described": (
        holding(snapshot(4, key="ab:cd:ef")), "pbs-key-not-described", INFO, "pbs1",
    ),
    "a place nobody described": (
        lambda look: replace(look, undescribed=("store1/lab",)),
        "pbs-place-undescribed", INFO, "pbs1/store1/lab",
    ),
    "jobs hidden": (
        lambda look: replace(look, unseen=(BlindSpot("pbs1", "pbs-jobs-unseen", "store1"),)),
        "blind", UNKNOWN, "pbs1",
    ),
    "seen long ago": (
        lambda look: replace(look, observed_at=NOW - 25 * HOUR),
        "pbs-seen-long-ago", UNKNOWN, "pbs1",
    ),
}  # fmt: skip


def test_a_server_in_good_order_is_quiet() -> None:
    assert found(healthy()) == ()
    assert found(healthy(), guests=proxmox()) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_own_code(name: str) -> None:
    broken, code, severity, subject = FAULTS[name]
    assert brief(found(broken(healthy()))) == [(code, severity, subject)]


HEALTHY_TWINS: dict[str, Break] = {
    "a snapshot of last night that is not verified yet": holding(
        snapshot(28), snapshot(4, verified=None)
    ),
    "a new group nothing of which was verified yet": holding(snapshot(4, verified=None)),
    "a backup under way": holding(
        snapshot(28), snapshot(3, finished=False, size=None, verified=None)
    ),
    "a job that runs right now": with_verify(last=Run(None, None)),
    "a job that ended with warnings": with_prune(last=Run(NOW - HOUR, True, "WARNINGS: 2")),
    "the task of an old release tells no end": with_gc(last=Run(NOW - DAY, None)),
    "an estimate in the past: it does not grow": with_store(full_at=NOW - 400 * DAY),
    "full in a year": with_store(full_at=NOW + 365 * DAY),
    "a datastore without numbers": with_store(total=None, used=None),
    "somebody else's damaged chunks": lambda look: replace(
        look, gcs=(*look.gcs, GcState("tape", last=None, bad=9))
    ),
    "a namespace below a job without a depth": lambda look: with_prune()(in_namespace(look)),
    "an empty namespace no job covers": lambda look: with_verify(namespace="a", depth=0)(
        replace(
            look,
            namespaces=(Namespace("store1", "a", "vault"), Namespace("store1", "b", "vault")),
            groups=(group(namespace="a"),),
            snapshots=(snapshot(4, namespace="a"),),
        )
    ),
}


@pytest.mark.parametrize("name", HEALTHY_TWINS)
def test_what_only_looks_wrong_is_quiet(name: str) -> None:
    assert found(HEALTHY_TWINS[name](healthy())) == ()


def test_jobs_that_are_not_shown_are_never_called_missing() -> None:
    bare = healthy(verify_jobs=(), prune_jobs=(), gcs=(), jobs_of=frozenset())
    assert found(bare) == ()


def test_the_group_and_the_time_of_what_is_broken_are_said() -> None:
    one = only(healthy(snapshots=(snapshot(28), snapshot(4, verified=False))))
    said = sentence("en", f"finding.{one.code}", subject=one.subject, **dict(one.parameters))
    assert "ct/210 in store1" in said
    assert "2026-11-23 02:00 UTC" in said


# ---- With the Proxmox beside it ---------------------------------------------------------------


def test_9_what_proxmox_prunes_needs_no_job_here_and_two_rules_prune_twice() -> None:
    week = replace(proxmox().jobs[0], keep=WEEK)  # type: ignore[index]
    pruning = proxmox(jobs=(week,))
    bare = healthy(prune_jobs=())
    assert found(bare, guests=pruning) == ()
    assert brief(found(bare, guests=proxmox())) == [("pbs-prune-job-missing", WARNING, "pbs1")]
    assert brief(found(healthy(), guests=pruning)) == [("pbs-pruned-twice", WARNING, "pbs1")]
    by_storage = proxmox(storages=(replace(proxmox().storages[0], keep=WEEK),))
    assert brief(found(healthy(), guests=by_storage)) == [("pbs-pruned-twice", WARNING, "pbs1")]
    off = proxmox(jobs=(replace(week, remove=False),))
    assert found(healthy(), guests=off) == ()


@pytest.mark.parametrize(
    "guests",
    [
        proxmox(jobs=None),
        proxmox(storages=(replace(proxmox().storages[0], keep_known=False),)),
        proxmox(storages=()),
    ],
    ids=["jobs hidden", "rule hidden", "storage hidden"],
)
def test_what_proxmox_hides_of_its_rules_is_unknown(guests: Inventory) -> None:
    bare = healthy(prune_jobs=())
    assert brief(found(bare, guests=guests)) == [("pbs-prune-job-missing", UNKNOWN, "pbs1")]


def test_a_place_on_the_guests_own_host_is_said_once() -> None:
    inside = house()
    spec = replace(inside.engines["pbs1"], locations={"store1": "inside"})
    inside = replace(inside, engines={**inside.engines, "pbs1": spec})
    look = healthy(namespaces=(Namespace("store1", "", "inside"),))
    guests = proxmox(storages=())
    assert brief(found(look, guests=guests, described=inside)) == [
        ("pbs-on-guests-host", WARNING, "pbs1")
    ]
    # Where nobody knows on what the guest runs, nothing is claimed.
    assert found(look, described=inside) == ()
    told = proxmox(storages=(replace(proxmox().storages[0], location="inside"),))
    assert found(look, guests=told, described=inside) == ()


def test_what_proxmox_already_says_of_a_group_is_not_said_twice() -> None:
    broken = healthy(snapshots=(snapshot(28), snapshot(4, verified=False)))
    shown = proxmox(archives=(archive(28), replace(archive(4), verified=False)))
    assert found(broken, guests=shown) == ()
    # A guest that is gone from Proxmox is only known here.
    gone = replace(shown, guests=())
    assert brief(found(broken, guests=gone)) == [("pbs-verification-failed", CRITICAL, WEB.id)]


def test_a_described_key_quiets_the_note_about_it() -> None:
    locked = healthy(snapshots=(snapshot(4, key="ab:cd"),))
    known = house(keys={"pbs": Key("pbs", opens=("pbs1",))})
    assert found(locked, described=known) == ()


# ---- One copy or two --------------------------------------------------------------------------


def elsewhere() -> Estate:
    """Proxmox' storage is described at another location than the backup server."""
    made = house()
    spec = replace(made.engines["pve1"], locations={"backup": "paris"})
    return replace(made, engines={**made.engines, "pve1": spec})


def test_the_same_snapshots_at_two_locations_may_be_one_copy() -> None:
    shown = proxmox(
        storages=(replace(proxmox().storages[0], location="paris"),), archives=(archive(4),)
    )
    one = only(healthy(), guests=shown, described=elsewhere())
    assert (one.code, one.severity) == ("pbs-one-copy-or-two", UNKNOWN)
    # Other snapshots are another copy, and so is what a described server there explains.
    other = replace(shown, archives=(archive(5),))
    assert found(healthy(), guests=other, described=elsewhere()) == ()
    described = elsewhere()
    second = replace(described.engines["pbs1"], id="pbs2", locations={"store1": "paris"})
    described = replace(described, engines={**described.engines, "pbs2": second})
    source = replace(healthy(), engine="pbs2", namespaces=(Namespace("store1", "", "paris"),))
    assert found(healthy(), guests=shown, described=described, others=(source,)) == ()


# ---- What a person left out, and the audit ----------------------------------------------------


def test_what_was_left_out_is_silent_until_its_day() -> None:
    look = healthy(undescribed=("store1/lab",))
    left = Ignore("pbs1/store1/lab", "another cluster", date(2027, 1, 1))
    assert found(look, described=house(ignore=(left,))) == ()
    late = replace(left, until=date(2026, 1, 1))
    assert len(found(look, described=house(ignore=(late,)))) == 1


def test_about_an_accepted_loss_nothing_is_urgent() -> None:
    accepted = replace(WEB, accepted_loss=Waiver("a toy", date(2027, 1, 1)))
    described = house(services={"web": Service("web", assets=(accepted,))})
    broken = healthy(snapshots=(snapshot(4, verified=False),))
    assert only(broken, described=described).severity is INFO


def test_the_audit_says_what_is_wrong_there_and_never_twice_what_it_could_not_see() -> None:
    spot = BlindSpot("pbs1", "pbs-rows-hidden", "store1")
    look = healthy(blind_spots=(spot,), gcs=())
    facts = FindingFacts(blind_spots=(spot,), servers={"pbs1": look, "pbs2": None})
    codes = [each.code for each in find(house(), (), facts, now=NOW)]
    assert codes.count("blind") == 1
    broken = replace(facts, servers={"pbs1": healthy(verify_jobs=())})
    assert "pbs-verify-job-missing" in [each.code for each in find(house(), (), broken, now=NOW)]


def test_a_token_is_no_key_that_opens_copies() -> None:
    codes = {each.code for each in find(house(), (), FindingFacts(), now=NOW)}
    assert "key-not-described" not in codes


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_finding_is_said_in_both_languages_with_a_next_step(language: str) -> None:
    findings = [each for broken, *_ in FAULTS.values() for each in found(broken(healthy()))]
    week = replace(proxmox().jobs[0], keep=WEEK)  # type: ignore[index]
    findings += found(healthy(), guests=proxmox(jobs=(week,)))
    shown = proxmox(
        storages=(replace(proxmox().storages[0], location="paris"),), archives=(archive(4),)
    )
    findings += found(healthy(), guests=shown, described=elsewhere())
    inside = Location("vault", "pve1")
    described = house(locations={**house().locations, "vault": inside})
    findings += found(healthy(), guests=proxmox(storages=()), described=described)
    said = set()
    for each in findings:
        filled = {"subject": each.subject, **dict(each.parameters)}
        for kind in ("finding", "remedy"):
            text = sentence(language, f"{kind}.{each.code}", **filled)
            assert "{" not in text
            said.add(f"{kind}.{each.code}")
    assert PHRASES.keys() <= said
