"""What the engine shows of a fake PBS: points, and every way of not seeing them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.pbs.fake_pbs import Fake, running
from adapters.pbs.pbs_lab import NOW, SECRET, SEEING, TOKEN, ago, done, engine, lab, snapshot
from adapters.pbs.pbs_state import Fault, Snapshot, Token
from phoenix_dr.adapters.pbs import look as looking
from phoenix_dr.core.evidence import Evidence, PointState, RecoveryPoint
from phoenix_dr.core.pbs import PbsInventory
from phoenix_dr.core.points import judge
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

STORE = "/admin/datastore/store1"


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may audit the datastore."""
    with running(lab()) as found:
        yield found


def look(fake: Fake, root: Path, *, places: dict[str, str] | None = None) -> Evidence:
    """What the engine shows of its points."""
    return engine(fake, root, places=places).observe(now=NOW)


def whole(fake: Fake, root: Path, *, places: dict[str, str] | None = None) -> PbsInventory:
    """Everything the engine shows."""
    return engine(fake, root, places=places).inventory(now=NOW)


def spots(found: Evidence | PbsInventory) -> list[tuple[str, str]]:
    """Reason and detail of every blind spot."""
    return [(spot.reason, spot.detail) for spot in found.blind_spots]


def allow(fake: Fake, acl: dict[str, str]) -> None:
    """Give the token other roles."""
    fake.state.tokens[TOKEN] = Token(SECRET, acl)


def newest(found: Evidence) -> RecoveryPoint:
    """The newest point of guest 210."""
    return [each for each in found.points if each.asset == "traefik/core"][-1]


def test_snapshots_of_described_guests_are_points(fake: Fake, tmp_path: Path) -> None:
    found = look(fake, tmp_path)
    assert spots(found) == []
    assert found.version == "4.0.11"
    assert len(found.points) == 5
    point = newest(found)
    assert point.id == "store1:ct/210/2026-11-23T00:00:00Z"
    assert (point.location, point.engine, point.size) == ("pbs-disk", "pbs1", 34_359_738_368)
    assert (point.complete, point.protected) == (True, False)
    assert judge(point, (), now=NOW) is PointState.USABLE


def test_other_guests_and_hosts_are_foreign(fake: Fake, tmp_path: Path) -> None:
    fake.state.snapshots.append(snapshot("210", 3, "host"))
    found = whole(fake, tmp_path)
    assert found.foreign == 3
    assert {each.asset for each in look(fake, tmp_path).points} == {"traefik/core", "games/vm"}


def test_a_failed_verification_is_an_incomplete_point(fake: Fake, tmp_path: Path) -> None:
    fake.state.snapshots[0].state = "failed"
    point = newest(look(fake, tmp_path))
    assert point.complete is False
    assert judge(point, (), now=NOW) is PointState.SUSPECT
    assert [each.complete for each in look(fake, tmp_path).points].count(False) == 1


def test_one_never_verified_is_neither_complete_nor_not(fake: Fake, tmp_path: Path) -> None:
    fake.state.snapshots[0].state = None
    assert newest(look(fake, tmp_path)).complete is None


def test_10_a_snapshot_under_way_is_unknown_and_one_that_was_cut_cannot_be_restored(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.snapshots[0].finished = False
    under_way = newest(look(fake, tmp_path))
    assert (under_way.size, under_way.complete) == (None, None)
    assert judge(under_way, (), now=NOW) is PointState.UNKNOWN
    fake.state.snapshots = [Snapshot("ct", "210", ago(60), finished=False)]
    cut = newest(look(fake, tmp_path))
    assert cut.complete is False
    assert judge(cut, (), now=NOW) is PointState.UNUSABLE


def test_protection_is_told(fake: Fake, tmp_path: Path) -> None:
    fake.state.snapshots[0].protected = True
    assert newest(look(fake, tmp_path)).protected


def test_a_namespace_is_a_place_of_its_own(fake: Fake, tmp_path: Path) -> None:
    places = {"store1": "pbs-disk", "store1/lab": "inside"}
    fake.state.snapshots.append(snapshot("210", 7, ns="lab"))
    found = look(fake, tmp_path, places=places)
    assert spots(found) == []
    (inside,) = [each for each in found.points if each.location == "inside"]
    assert inside.id == "store1/lab:ct/210/2026-11-22T23:00:00Z"


@pytest.mark.parametrize("ns", ["lab", "lab/old"])
def test_13_the_same_number_in_another_namespace_may_be_another_clusters_guest(
    fake: Fake, tmp_path: Path, ns: str
) -> None:
    fake.state.snapshots.append(snapshot("210", 7, ns=ns))
    found = look(fake, tmp_path)
    assert len(found.points) == 5
    assert spots(found) == []
    assert whole(fake, tmp_path).undescribed == (f"store1/{ns}",)


def test_our_guests_in_a_datastore_nobody_described_are_said(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {"/datastore": "DatastoreAudit"})
    fake.state.snapshots.append(snapshot("216", 7, "vm", store="tape"))
    assert whole(fake, tmp_path).undescribed == ("tape",)
    # Nothing is claimed of it, so failing there hides nothing.
    fake.state.faults["/admin/datastore/tape/groups"] = Fault(500, b"tape is gone")
    found = whole(fake, tmp_path)
    assert (found.undescribed, spots(found)) == ((), [])


# ---- What is not seen -------------------------------------------------------------------------


def test_13_a_token_without_rights_sees_unknown_never_nothing(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {})
    found = look(fake, tmp_path)
    assert found.points == ()
    assert spots(found) == [("pbs-datastore-unseen", "store1")]


def test_10_a_token_has_no_more_than_its_user(fake: Fake, tmp_path: Path) -> None:
    fake.state.tokens[TOKEN] = Token(SECRET, dict(SEEING), user={})
    assert spots(look(fake, tmp_path)) == [("pbs-datastore-unseen", "store1")]


def test_10_groups_of_other_owners_are_hidden_not_missing(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {"/datastore/store1": "DatastoreBackup"})
    fake.state.snapshots[0].owner = TOKEN
    found = look(fake, tmp_path)
    assert len(found.points) == 1
    assert spots(found) == [("pbs-rows-hidden", "store1")]


def test_10_a_right_taken_away_below_is_seen(fake: Fake, tmp_path: Path) -> None:
    places = {"store1": "pbs-disk", "store1/lab": "inside"}
    allow(fake, {"/datastore/store1": "DatastoreAudit", "/datastore/store1/lab": "NoAccess"})
    found = look(fake, tmp_path, places=places)
    assert spots(found) == [("pbs-datastore-unseen", "store1/lab")]
    assert len(found.points) == 5


def test_10_a_right_on_a_namespace_alone_is_enough_for_its_points(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.snapshots.append(snapshot("210", 7, ns="lab"))
    allow(fake, {"/datastore/store1/lab": "DatastoreAudit"})
    found = whole(fake, tmp_path, places={"store1/lab": "inside"})
    assert spots(found) == []
    assert [each.place for each in found.snapshots] == ["store1/lab"] * 2
    assert [(each.reason, each.detail) for each in found.unseen] == [("pbs-jobs-unseen", "store1")]
    assert found.jobs_of == frozenset()


def test_a_namespace_that_is_not_there_is_no_empty_one(fake: Fake, tmp_path: Path) -> None:
    found = look(fake, tmp_path, places={"store1": "pbs-disk", "store1/LAB": "inside"})
    assert spots(found) == [("pbs-namespace-missing", "store1/LAB")]
    assert len(found.points) == 5


def test_a_datastore_that_is_gone_is_a_blind_spot(fake: Fake, tmp_path: Path) -> None:
    del fake.state.datastores[0]
    assert spots(look(fake, tmp_path)) == [("pbs-datastore-unseen", "store1")]


def test_a_datastore_in_maintenance_says_so(fake: Fake, tmp_path: Path) -> None:
    said = "datastore 'store1' is in offline maintenance mode: moving"
    fake.state.datastores[0].error = said
    found = look(fake, tmp_path)
    assert found.points == ()
    assert ("pbs-said", f"store1: {said}") in spots(found)


@pytest.mark.parametrize("path", [f"{STORE}/groups", f"{STORE}/snapshots", f"{STORE}/namespace"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"chunk store is locked"),
        Fault(200, b'{"data": 5}'),
        Fault(200, b"no json"),
        Fault(drop=True),
    ],
    ids=["500", "no list", "no json", "cut"],
)
def test_a_question_that_fails_is_a_blind_spot(
    fake: Fake, tmp_path: Path, path: str, fault: Fault
) -> None:
    fake.state.faults[path] = fault
    found = look(fake, tmp_path)
    assert found.points == ()
    assert spots(found)


def test_1_a_wrong_token_is_denied_with_the_words_of_pbs(fake: Fake, tmp_path: Path) -> None:
    fake.state.tokens[TOKEN].expired = True
    with pytest.raises(EngineDenied) as caught:
        look(fake, tmp_path)
    assert caught.value.code == "pbs-token"
    assert "authentication failed" in str(caught.value.parameters["detail"])


def test_1_a_token_in_the_form_of_proxmox_ve_is_never_sent(fake: Fake, tmp_path: Path) -> None:
    made = engine(fake, tmp_path)
    made._places = replace(made._places, environ={"PBS": f"{TOKEN}={SECRET}"})
    with pytest.raises(EngineDenied) as caught:
        made.observe(now=NOW)
    assert caught.value.code == "pbs-token-form"
    assert SECRET not in str(caught.value.parameters)
    assert fake.asked == []


def test_1_another_certificate_is_told_nothing(fake: Fake, tmp_path: Path) -> None:
    made = engine(fake, tmp_path)
    made.spec = replace(made.spec, settings={**made.spec.settings, "fingerprint": "00" * 32})
    with pytest.raises(EngineUnreachable) as caught:
        made.observe(now=NOW)
    assert caught.value.code == "certificate-other"
    assert fake.asked == []


def test_10_errors_in_plain_text_are_shown_as_one_line(fake: Fake, tmp_path: Path) -> None:
    fake.state.faults["/version"] = Fault(400, b"no\x1b[31m such\nthing " + b"x" * 9000)
    with pytest.raises(EngineError) as caught:
        look(fake, tmp_path)
    said = str(caught.value.parameters["detail"])
    assert caught.value.code == "pbs-said"
    assert said.isprintable()
    assert len(said) <= 300


# ---- Bounds -----------------------------------------------------------------------------------


def test_only_gets_are_sent_on_one_connection(fake: Fake, tmp_path: Path) -> None:
    engine(fake, tmp_path).inspect(now=NOW)
    assert {method for method, _ in fake.asked} == {"GET"}
    assert len(fake.asked) < 20
    assert fake.connections == 1


def test_of_a_large_place_only_our_guests_are_read(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "WHOLE", 3)
    found = whole(fake, tmp_path)
    assert {each.name for each in found.snapshots} == {"210", "216"}
    assert found.foreign == 2
    assert not any(path == f"{STORE}/snapshots" for path in fake.paths())


def test_more_than_is_held_is_said(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST", 2)
    found = look(fake, tmp_path)
    assert spots(found) == [("pbs-snapshots-many", "store1")]


def test_a_look_that_takes_too_long_ends(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LONGEST", -1.0)
    assert [reason for reason, _ in spots(look(fake, tmp_path))][:1] == ["pbs-look-long"]


def test_an_answer_too_big_is_a_blind_spot(fake: Fake, tmp_path: Path) -> None:
    fake.state.faults[f"{STORE}/snapshots"] = Fault(200, b" " * (2 << 20))
    found = look(fake, tmp_path)
    assert found.points == ()
    assert [reason for reason, _ in spots(found)] == ["web-too-long"]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"backup-type": "ct", "backup-id": 210, "backup-time": 5},
        {"backup-type": "ct", "backup-id": "../etc", "backup-time": 5},
        {"backup-type": "zz", "backup-id": "210", "backup-time": 5},
        {"backup-type": "ct", "backup-id": "210", "backup-time": 1 << 70},
        {"backup-type": "ct", "backup-id": "210", "backup-time": True},
        {"backup-type": ["ct"], "backup-id": "210", "backup-time": 5},
    ],
)
def test_odd_rows_are_counted_and_stop_nothing(
    fake: Fake, tmp_path: Path, row: dict[str, object]
) -> None:
    good = fake.state.snapshots[0].row()
    body = json.dumps({"data": [row, good]}).encode()
    fake.state.faults[f"{STORE}/snapshots"] = Fault(200, body)
    found = look(fake, tmp_path)
    assert len(found.points) == 1
    assert spots(found) == [("pbs-rows-odd", "store1: 1")]


def test_two_looks_at_once_do_not_disturb_each_other(fake: Fake, tmp_path: Path) -> None:
    made, found = engine(fake, tmp_path), []
    threads = [
        threading.Thread(target=lambda: found.append(made.observe(now=NOW))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [len(each.points) for each in found] == [5] * 4


# ---- Jobs and rights --------------------------------------------------------------------------


def test_jobs_and_their_last_runs_are_read(fake: Fake, tmp_path: Path) -> None:
    fake.state.verify[0] |= done(9, "verification failed - please check the log")
    fake.state.prune[0] |= {"disable": True, "ns": "lab", "max-depth": 1}
    found = whole(fake, tmp_path)
    assert found.jobs_of == {"store1"}
    (verify,), (prune,), (gc,) = found.verify_jobs, found.prune_jobs, found.gcs
    assert verify.last is not None
    assert (verify.last.ok, verify.again_after) == (False, 30)
    assert verify.last.said.startswith("verification failed")
    assert (prune.enabled, prune.namespace, prune.depth) == (False, "lab", 1)
    assert (prune.keep.daily, prune.keep.last) == (7, None)
    assert gc.last is not None
    assert gc.last.ok is True


@pytest.mark.parametrize(("version", "told"), [(("3.1", "4"), None), (("3.4", "1"), True)])
def test_10_gc_of_older_releases_is_known_by_its_task(
    fake: Fake, tmp_path: Path, version: tuple[str, str], told: bool | None
) -> None:
    fake.state.version = version
    (gc,) = whole(fake, tmp_path).gcs
    assert gc.last is not None
    assert gc.last.ok is told
    assert gc.last.ended_at is not None
    fake.state.datastores[0].gc = {}
    (gc,) = whole(fake, tmp_path).gcs
    assert gc.last is None


def test_a_job_nobody_can_read_leaves_nothing_uncovered(fake: Fake, tmp_path: Path) -> None:
    fake.state.verify.append({"id": "odd", "store": "store1", "ns": "../.."})
    found = whole(fake, tmp_path)
    assert found.jobs_of == frozenset()
    assert [(each.reason, each.detail) for each in found.unseen] == [
        ("pbs-rows-odd", "/admin/verify: 1")
    ]
    assert spots(found) == []


def test_rights_say_what_is_seen_and_give_least_privilege(fake: Fake, tmp_path: Path) -> None:
    found = engine(fake, tmp_path).rights()
    assert found.version == "4.0.11"
    assert [(each.code, each.ok, each.subject) for each in found.can] == [
        ("place", True, "store1"),
        ("jobs", True, "store1"),
    ]
    (role,) = found.roles
    assert role.lines[-2:] == (
        "proxmox-backup-manager acl update /datastore/store1 DatastoreAudit --auth-id phoenix@pbs",
        "proxmox-backup-manager acl update /datastore/store1 DatastoreAudit"
        " --auth-id 'phoenix@pbs!audit'",
    )
    allow(fake, {"/datastore/store1": "DatastoreBackup"})
    assert [each.ok for each in engine(fake, tmp_path).rights().can] == [None, False]
    allow(fake, {})
    assert [each.ok for each in engine(fake, tmp_path).rights().can] == [False, False]
