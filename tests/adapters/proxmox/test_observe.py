"""What the engine shows of a fake Proxmox: points, and every way of not seeing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.proxmox.engine import engine
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Archive, Fault, Storage
from adapters.proxmox.lab import (
    BLIND,
    NOW,
    SECRET,
    SEEING,
    TOKEN,
    ago,
    archive,
    lab,
    token,
    volid,
)
from phoenix_dr.core.evidence import Evidence, PointState
from phoenix_dr.core.points import judge
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may see the rows."""
    with running(lab()) as found:
        yield found


def look(
    fake: Fake,
    root: Path,
    *,
    storages: dict[str, str] | None = None,
    assets: dict[str, str] | None = None,
) -> Evidence:
    """What the engine shows."""
    return engine(fake, root, storages=storages, assets=assets).observe(now=NOW)


def spots(evidence: Evidence) -> list[tuple[str, str]]:
    """Reason and detail of every blind spot."""
    return [(spot.reason, spot.detail) for spot in evidence.blind_spots]


def allow(fake: Fake, acl: dict[str, str]) -> None:
    """Give the token other roles."""
    fake.state.tokens[TOKEN] = token(acl)


def storage(fake: Fake, name: str) -> Storage:
    """One storage of the fake."""
    found = fake.state.storage(name)
    assert found is not None
    return found


def test_points_are_the_archives_of_guests_that_assets_name(fake: Fake, tmp_path: Path) -> None:
    evidence = look(fake, tmp_path)
    assert spots(evidence) == []
    assert evidence.version == "9.1.3"
    assert [(each.asset, each.location) for each in evidence.points] == [
        ("traefik/core", "nfs-4tb"),
        ("dns/adguard", "nfs-4tb"),
        ("traefik/core", "nfs-4tb"),
    ]
    newest = evidence.points[-1]
    assert (newest.id, newest.size) == (volid("nfs", 210, 6), 3_486_489_024)
    assert (newest.host, newest.protected, newest.complete) == ("", False, None)


def test_rights_are_asked_first(fake: Fake, tmp_path: Path) -> None:
    look(fake, tmp_path)
    assert fake.paths()[0] == "/access/permissions"
    assert {method for method, _ in fake.asked} == {"GET"}


def test_ctime_is_an_epoch_and_the_local_time_of_the_name_is_not_read(
    fake: Fake, tmp_path: Path
) -> None:
    newest = look(fake, tmp_path).points[-1]
    assert newest.taken_at == datetime.fromtimestamp(ago(6), UTC)
    assert newest.taken_at.strftime("%H_%M_%S") not in newest.id


def test_a_guest_no_asset_names_is_foreign_counted_and_no_point(fake: Fake, tmp_path: Path) -> None:
    it = engine(fake, tmp_path)
    assert it.foreign() == 2
    assert {each.asset for each in it.observe(now=NOW).points} == {"traefik/core", "dns/adguard"}
    assert [each.vmid for each in it.inventory(now=NOW).foreign] == [216, 215]


def test_a_shared_storage_listed_on_every_node_is_read_once(fake: Fake, tmp_path: Path) -> None:
    assert len(look(fake, tmp_path).points) == 3
    assert sum(path.endswith("/nfs/content") for path in fake.paths()) == 1


def test_local_storages_of_one_name_are_kept_apart(fake: Fake, tmp_path: Path) -> None:
    for node in ("pve1", "pve2"):
        fake.state.archives.append(replace(archive(210, 3, "local"), node=node))
    evidence = look(fake, tmp_path, storages={"local": "inside"})
    assert [(each.id, each.host) for each in evidence.points] == [
        (f"{node}/{volid('local', 210, 3)}", node) for node in ("pve1", "pve2")
    ]


def test_an_auditor_token_is_unknown_and_never_missing(fake: Fake, tmp_path: Path) -> None:
    whole = look(fake, tmp_path)
    allow(fake, BLIND)
    evidence = look(fake, tmp_path)
    assert [each.id for each in evidence.points] == [each.id for each in whole.points]
    assert [each.taken_at for each in evidence.points] == [each.taken_at for each in whole.points]
    assert {each.size for each in evidence.points} == {None}
    assert spots(evidence) == [("proxmox-rows-hidden", "nfs: 3")]
    states = {judge(each, (), now=NOW) for each in evidence.points}
    assert states == {PointState.UNKNOWN}


def test_rows_hidden_with_no_second_source_are_unknown(fake: Fake, tmp_path: Path) -> None:
    fake.state.faults["/nodes/pve1/storage/nfs/prunebackups"] = Fault(status=500)
    fake.state.faults["/nodes/pve2/storage/nfs/prunebackups"] = Fault(status=500)
    assert spots(look(fake, tmp_path)) == [], "the rights show that nothing is hidden"
    allow(fake, BLIND)
    evidence = look(fake, tmp_path)
    assert (evidence.points, spots(evidence)) == ((), [("proxmox-rows-unseen", "nfs")])


def test_a_role_on_a_guest_hides_rows_that_the_rights_seem_to_show(
    fake: Fake, tmp_path: Path
) -> None:
    # `/vms/211` is not even listed among the permissions, since nothing is granted there.
    allow(fake, {**SEEING, "/vms/211": "NoAccess"})
    evidence = look(fake, tmp_path)
    assert len(evidence.points) == 3
    assert spots(evidence) == [("proxmox-rows-hidden", "nfs: 1")]


def test_rows_of_strangers_may_stay_hidden(fake: Fake, tmp_path: Path) -> None:
    acl = {**BLIND, "/storage/nfs": "AuditorAndRows"}
    allow(fake, {**acl, "/vms/210": "AuditorAndRows", "/vms/211": "AuditorAndRows"})
    it = engine(fake, tmp_path)
    evidence = it.observe(now=NOW)
    assert spots(evidence) == []
    assert all(each.size for each in evidence.points)
    assert it.foreign() == 2, "the dry run lists them all the same"


def test_a_storage_the_token_may_not_see_is_named(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {"/vms": "VMOnly"})
    evidence = look(fake, tmp_path)
    assert (evidence.points, spots(evidence)) == ((), [("proxmox-storage-unseen", "nfs")])


def test_a_token_without_any_right_sees_nothing_and_says_so(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {})
    assert spots(look(fake, tmp_path)) == [("proxmox-storage-unseen", "nfs")]


def test_an_offline_node_is_named_for_what_only_it_holds(fake: Fake, tmp_path: Path) -> None:
    fake.state.nodes["pve2"] = False
    assert spots(look(fake, tmp_path)) == [], "what is shared is read through the other node"
    both = {"nfs": "nfs-4tb", "local": "inside"}
    evidence = look(fake, tmp_path, storages=both, assets={"215": "vault/all"})
    assert (evidence.points, spots(evidence)) == (
        (),
        [("proxmox-node-offline", "pve2: local")],
    )


def test_an_inactive_storage_is_not_an_empty_one(fake: Fake, tmp_path: Path) -> None:
    storage(fake, "nfs").active = ()
    evidence = look(fake, tmp_path)
    assert (evidence.points, spots(evidence)) == ((), [("proxmox-storage-inactive", "nfs")])


def test_a_storage_is_read_through_the_node_that_reaches_it(fake: Fake, tmp_path: Path) -> None:
    storage(fake, "nfs").active = ("pve2",)
    evidence = look(fake, tmp_path)
    assert (len(evidence.points), spots(evidence)) == (3, [])


def test_a_storage_that_is_switched_off_is_inactive(fake: Fake, tmp_path: Path) -> None:
    storage(fake, "nfs").disabled = True
    assert spots(look(fake, tmp_path)) == [("proxmox-storage-inactive", "nfs")]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (595, "proxmox-node-away"),
        (596, "proxmox-node-slow"),
        (599, "proxmox-node-away"),
        (500, "proxmox-said"),
    ],
)
def test_a_node_that_fails_is_named_and_the_others_are_read(
    fake: Fake, tmp_path: Path, status: int, code: str
) -> None:
    fake.state.faults["/nodes/pve1/storage"] = Fault(status=status, reason="no route")
    evidence = look(fake, tmp_path)
    assert len(evidence.points) == 3
    assert [spot.reason for spot in evidence.blind_spots] == [code]
    assert evidence.blind_spots[0].detail.startswith("pve1: ")


def test_when_no_node_answers_nothing_is_called_empty(fake: Fake, tmp_path: Path) -> None:
    for node in ("pve1", "pve2"):
        fake.state.faults[f"/nodes/{node}/storage"] = Fault(status=596)
    evidence = look(fake, tmp_path)
    assert evidence.points == ()
    assert [spot.reason for spot in evidence.blind_spots] == ["proxmox-node-slow"] * 2


def test_a_storage_that_fails_on_one_node_is_read_on_the_next(fake: Fake, tmp_path: Path) -> None:
    at = "/nodes/{}/storage/nfs/content"
    fake.state.faults[at.format("pve1")] = Fault(status=596)
    evidence = look(fake, tmp_path)
    assert (len(evidence.points), spots(evidence)) == (3, [])
    fake.state.faults[at.format("pve2")] = Fault(status=500, reason="stale file handle")
    assert spots(look(fake, tmp_path)) == [("proxmox-said", "pve2: nfs: stale file handle")]


def test_archives_of_ours_in_a_storage_nobody_described_are_told(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.storages.append(Storage("usb"))
    assert spots(look(fake, tmp_path)) == []
    fake.state.archives.append(archive(216, 1, "usb"))
    assert spots(look(fake, tmp_path)) == []
    fake.state.archives.append(archive(210, 1, "usb"))
    evidence = look(fake, tmp_path)
    assert len(evidence.points) == 3
    assert spots(evidence) == [("proxmox-storage-undescribed", "usb")]


def test_protected_and_notes_come_from_rows_and_dry_run(fake: Fake, tmp_path: Path) -> None:
    kept = archive(210, 1)
    kept.protected, kept.notes = True, "before the upgrade\nsecond line"
    fake.state.archives = [kept]
    for acl, notes in ((SEEING, "before the upgrade"), (BLIND, "")):
        allow(fake, acl)
        it = engine(fake, tmp_path)
        assert [each.protected for each in it.observe(now=NOW).points] == [True]
        assert [each.notes for each in it.inventory(now=NOW).archives] == [notes]


def test_an_empty_archive_stays_empty_and_a_future_one_in_the_future(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.archives = [replace(archive(210, 5), size=0), archive(211, -48)]
    empty, future = look(fake, tmp_path).points
    assert judge(empty, (), now=NOW) is PointState.UNUSABLE
    assert judge(future, (), now=NOW) is PointState.UNKNOWN


def served(hours: float, **more: object) -> Archive:
    """A snapshot on a backup server."""
    moment = datetime.fromtimestamp(ago(hours), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"pbs:backup/ct/210/{moment}"
    return Archive("pbs", name, 210, ago(hours), format="pbs-ct", more=dict(more))


def test_5_size_1_of_a_backup_server_is_unknown_and_verification_is_read(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.storages.append(Storage("pbs", type="pbs"))
    good = served(5, verification={"state": "ok", "upid": "UPID:x"})
    bad = served(4, verification={"state": "failed", "upid": "UPID:x"})
    running_now = replace(served(1), size=1)
    fake.state.archives = [good, bad, running_now]
    points = look(fake, tmp_path, storages={"pbs": "inside"}).points
    assert [each.complete for each in points] == [None, False, None]
    assert [each.size is None for each in points] == [False, False, True]
    states = [judge(each, (), now=NOW) for each in points]
    assert states == [PointState.USABLE, PointState.SUSPECT, PointState.UNKNOWN]


def test_5_numbers_may_be_strings_and_a_renamed_file_belongs_to_nobody(
    fake: Fake, tmp_path: Path
) -> None:
    texts = archive(210, 5)
    texts.more = {"vmid": "210", "ctime": str(texts.ctime), "size": "77"}
    renamed = Archive("nfs", "nfs:backup/vzdump-lxc-copy.tar.zst", None, ago(4))
    lying = replace(archive(210, 3), vmid=211)
    fake.state.archives = [texts, renamed, lying]
    evidence = look(fake, tmp_path)
    assert [(each.asset, each.size) for each in evidence.points] == [("traefik/core", 77)]
    assert engine(fake, tmp_path).foreign() == 2


def test_rows_nobody_can_date_are_told(fake: Fake, tmp_path: Path) -> None:
    fake.state.archives = [archive(210, 5), replace(archive(210, 4), ctime=0)]
    evidence = look(fake, tmp_path)
    assert len(evidence.points) == 1
    assert spots(evidence) == [("proxmox-rows-odd", "nfs: 1")]


def test_1_a_refused_token_is_denied_whatever_the_reason(fake: Fake, tmp_path: Path) -> None:
    fake.state.tokens[TOKEN].expired = True
    with pytest.raises(EngineDenied) as caught:
        look(fake, tmp_path)
    assert caught.value.code == "proxmox-token"
    assert SECRET not in repr(caught.value) + str(caught.value)
    assert len(fake.asked) == 1, "a wrong token is not tried again: each try waits three seconds"


def test_1_a_dropped_connection_is_asked_again_and_then_unreachable(
    fake: Fake, tmp_path: Path
) -> None:
    fake.state.faults["/access/permissions"] = Fault(drop=True)
    with pytest.raises(EngineUnreachable) as caught:
        look(fake, tmp_path)
    assert caught.value.code == "network"
    assert len(fake.asked) == 3


def test_1_a_slow_server_has_an_end(fake: Fake, tmp_path: Path) -> None:
    fake.state.faults["/nodes"] = Fault(delay=4)
    with pytest.raises(EngineUnreachable) as caught:
        look(fake, tmp_path)
    assert "timeout" in str(caught.value.parameters["detail"])


def test_1_another_certificate_stops_everything(fake: Fake, tmp_path: Path) -> None:
    it = engine(fake, tmp_path)
    settings = {**it.spec.settings, "fingerprint": "00" * 32}
    other = type(it)(replace(it.spec, settings=settings), it._call._places)
    with pytest.raises(EngineUnreachable, match="certificate-other"):
        other.observe(now=NOW)
    assert fake.asked == []


@pytest.mark.parametrize("content", ["", SECRET, f"root@pam={SECRET}", f"{TOKEN}="])
def test_a_token_in_a_wrong_form_is_not_sent(fake: Fake, tmp_path: Path, content: str) -> None:
    it = engine(fake, tmp_path)
    environ = replace(it._call._places, environ={"PVE": content})
    with pytest.raises(EngineDenied) as caught:
        type(it)(it.spec, environ).observe(now=NOW)
    assert caught.value.code in {"proxmox-token-form", "secret-missing"}
    assert SECRET not in str(caught.value)
    assert fake.asked == []


@pytest.mark.parametrize("body", [b"[]", b'{"data": {}}', b'{"data": [1]}', b"<html>"])
def test_nonsense_is_confused(fake: Fake, tmp_path: Path, body: bytes) -> None:
    fake.state.faults["/nodes"] = Fault(status=200, body=body)
    with pytest.raises(EngineError, match="answer-confused"):
        look(fake, tmp_path)
