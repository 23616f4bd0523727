"""The fake itself, one test for each trap of proxmox.md that it stands for."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, Storage
from adapters.proxmox.lab import BLIND, SECRET, SEEING, TOKEN, archive, lab, token, upid

Answer = tuple[int, str, bytes]


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may see the rows."""
    with running(lab()) as found:
        yield found


def ask(
    fake: Fake,
    path: str,
    *,
    method: str = "GET",
    body: str | None = None,
    auth: str | None = f"PVEAPIToken={TOKEN}={SECRET}",
    headers: dict[str, str] | None = None,
) -> Answer:
    """Status, reason phrase and body, over TLS, with the standard library only."""
    context = ssl.create_default_context(cafile=str(fake.certificate))
    parts = urlsplit(fake.url)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", parts.port or 0, timeout=10, context=context
    )
    try:
        said = {"Authorization": auth} if auth else {}
        said |= headers or {}
        connection.request(method, f"/api2/json{path}", body=body, headers=said)
        response = connection.getresponse()
        return response.status, response.reason, response.read()
    finally:
        connection.close()


def data(fake: Fake, path: str) -> Any:
    """The data of a good answer."""
    status, reason, body = ask(fake, path)
    assert (status, reason) == (200, "OK"), body
    return json.loads(body)["data"]


def refused(fake: Fake, path: str) -> tuple[int, Any]:
    """Status and JSON of a bad answer."""
    status, _, body = ask(fake, path)
    return status, json.loads(body)


def allow(fake: Fake, acl: dict[str, str]) -> None:
    """Give the token other roles."""
    fake.state.tokens[TOKEN] = token(acl)


def test_1_a_wrong_unknown_and_expired_token_look_the_same_with_an_empty_body(fake: Fake) -> None:
    bad = [f"PVEAPIToken={TOKEN}=wrong", f"PVEAPIToken=nobody@pve!x={SECRET}"]
    answers = [ask(fake, "/version", auth=each) for each in bad]
    fake.state.tokens[TOKEN].expired = True
    answers.append(ask(fake, "/version"))
    assert set(answers) == {(401, "Authentication failed!", b"")}
    assert ask(fake, "/version", auth=None) == (401, "No ticket", b"")


def test_1_a_refused_credential_is_answered_late(fake: Fake) -> None:
    fake.state.auth_delay = 0.3
    began = time.monotonic()
    assert ask(fake, "/version", auth=None)[0] == 401
    assert time.monotonic() - began >= 0.3


def test_1_a_body_on_a_reading_is_501(fake: Fake) -> None:
    status, reason, _ = ask(fake, "/version", body="a=1")
    assert (status, reason) == (501, "Unexpected content for method 'GET'")


def test_1_an_unknown_path_is_501_and_no_404(fake: Fake) -> None:
    status, reason, _ = ask(fake, "/foo")
    assert (status, reason) == (501, "Method 'GET /foo' not implemented")


def test_1_every_wrong_parameter_is_named_at_once(fake: Fake) -> None:
    at = "/nodes/pve1/storage/nfs/content"
    status, body = refused(fake, f"{at}?storagee=nfs&vmid=x")
    assert status == 400
    assert body["data"] is None
    assert body["errors"]["vmid"] == "type check ('integer') failed - got 'x'"
    assert "not defined in schema" in body["errors"]["storagee"]
    assert "enumeration" in refused(fake, "/cluster/resources?type=x")[1]["errors"]["type"]


def test_1_booleans_are_0_and_1(fake: Fake) -> None:
    status, body = refused(fake, "/nodes/pve1/storage?enabled=true")
    assert (status, body["errors"]) == (
        400,
        {"enabled": "type check ('boolean') failed - got 'true'"},
    )
    assert ask(fake, "/nodes/pve1/storage?enabled=1")[0] == 200


def test_1_rights_come_before_parameters_and_the_node_between(fake: Fake) -> None:
    wrong = "/nodes/pve2/storage/nfs/prunebackups?wrong=1"
    assert ask(fake, wrong)[0] == 400
    fake.state.nodes["pve2"] = False
    assert ask(fake, wrong)[:2] == (595, "No route to host")
    allow(fake, {"/vms": "VMOnly"})
    status, reason, _ = ask(fake, wrong)
    assert (status, reason) == (403, "Permission check failed (/storage/nfs, Datastore.Audit)")


def test_1_a_missing_guest_storage_or_node_is_500_and_no_404(fake: Fake) -> None:
    for path, said in (
        ("/nodes/pve1/lxc/999/config", "'nodes/pve1/lxc/999.conf' does not exist"),
        ("/nodes/pve1/storage/x/content", "storage 'x' does not exist"),
        ("/nodes/pve9/storage", "hostname lookup 'pve9' failed"),
    ):
        status, body = refused(fake, path)
        assert status == 500
        assert said in body["message"]


def test_1_privileges_of_a_token_are_cut_to_those_of_its_user(fake: Fake) -> None:
    fake.state.tokens[TOKEN].user = {"/": "VMOnly"}
    assert ask(fake, "/cluster/backup")[0] == 403
    assert data(fake, "/access/permissions")["/"] == {"VM.Audit": 1}


def test_2_the_list_of_resources_is_shorter_without_rights_and_says_nothing(fake: Fake) -> None:
    def guests() -> set[int]:
        return {row["vmid"] for row in data(fake, "/cluster/resources?type=vm")}

    assert guests() == {200, 210, 211, 215, 216}
    allow(fake, {"/vms/210": "VMOnly"})
    assert guests() == {210}
    assert [row["type"] for row in data(fake, "/cluster/resources")] == ["lxc", "node", "node"]


def test_2_guests_of_an_offline_node_stay_listed_without_a_name(fake: Fake) -> None:
    fake.state.nodes["pve2"] = False
    rows = {row["vmid"]: row for row in data(fake, "/cluster/resources?type=vm")}
    assert rows[215]["status"] == "unknown"
    assert "name" not in rows[215]
    assert rows[210]["name"] == "traefik"
    assert {row["node"]: row["status"] for row in data(fake, "/nodes")} == {
        "pve1": "online",
        "pve2": "offline",
    }


def test_2_a_single_node_has_no_row_of_a_cluster(fake: Fake) -> None:
    assert [row["type"] for row in data(fake, "/cluster/status")] == ["cluster", "node", "node"]
    fake.state.clustered = False
    assert [row["type"] for row in data(fake, "/cluster/status")] == ["node", "node"]


def test_2_permissions_say_what_a_token_may(fake: Fake) -> None:
    found = data(fake, "/access/permissions")
    assert "Datastore.AllocateSpace" in found["/storage"]
    assert "Datastore.AllocateSpace" not in found["/"]
    allow(fake, {"/vms": "PVEAuditor"})
    assert data(fake, "/access/permissions").keys() == {"/vms"}


def test_3_an_unknown_job_is_400(fake: Fake) -> None:
    status, body = refused(fake, "/cluster/backup/nope")
    assert (status, body["errors"]) == (400, {"id": "No such job 'nope'"})


def test_3_rules_of_a_job_are_objects_of_strings_and_enabled_is_absent(fake: Fake) -> None:
    [nightly, off] = data(fake, "/cluster/backup")
    assert nightly["prune-backups"] == {"keep-last": "7"}
    assert "enabled" not in nightly
    assert off["enabled"] == 0


def volumes(fake: Fake, job: str) -> dict[str, tuple[int, str]]:
    """What a job's tree says of each volume."""
    tree = data(fake, f"/cluster/backup/{job}/included_volumes")
    return {
        leaf["id"]: (leaf["included"], leaf["reason"])
        for guest in tree["children"]
        for leaf in guest["children"]
    }


def test_3_included_volumes_tells_bind_mounts_and_volumes_without_backup(fake: Fake) -> None:
    found = volumes(fake, "nightly")
    assert found["210:rootfs"] == (1, "rootfs")
    assert found["210:mp0"] == (0, "not a volume"), "a bind mount, even with backup=1"
    assert found["210:mp1"] == (0, "disabled")
    assert found["210:mp2"] == (1, "enabled")


def test_3_the_reason_of_a_vm_disk_says_no_even_for_backup_1(fake: Fake) -> None:
    found = volumes(fake, "nightly")
    assert found["216:scsi0"] == (1, "backup=yes")
    assert found["216:scsi1"] == (1, "backup=no"), "trust `included`, never `reason`"
    assert found["216:scsi2"] == (0, "backup=no")
    assert "216:ide2" not in found


def test_3_a_job_may_name_a_guest_that_is_gone(fake: Fake) -> None:
    tree = data(fake, "/cluster/backup/nightly/included_volumes")
    kinds = {row["id"]: row["type"] for row in tree["children"]}
    assert kinds == {210: "lxc", 211: "lxc", 216: "qemu", 999: "unknown"}


def test_3_not_backed_up_counts_disabled_jobs(fake: Fake) -> None:
    left = [row["vmid"] for row in data(fake, "/cluster/backup-info/not-backed-up")]
    assert left == [215], "200 is only in a job that is off and whose storage is gone"


def test_4_lists_of_guests_are_those_of_a_node_the_token_sees(fake: Fake) -> None:
    assert [row["vmid"] for row in data(fake, "/nodes/pve1/lxc")] == [200, 210, 211]
    assert [row["vmid"] for row in data(fake, "/nodes/pve2/qemu")] == [216]
    assert data(fake, "/nodes/pve1/lxc/210/config")["mp0"] == "/srv/data,mp=/data,backup=1"
    allow(fake, {"/vms/200": "VMOnly"})
    assert [row["vmid"] for row in data(fake, "/nodes/pve1/lxc")] == [200]
    assert ask(fake, "/nodes/pve1/lxc/210/config")[0] == 403


def test_5_rows_are_hidden_without_vm_backup_and_the_list_is_just_shorter(fake: Fake) -> None:
    at = "/nodes/pve1/storage/nfs/content?content=backup"
    assert len(data(fake, at)) == 4
    allow(fake, BLIND)
    assert data(fake, at) == []
    allow(fake, {**BLIND, "/storage/nfs": "AuditorAndRows", "/vms/211": "Rows"})
    assert [row["vmid"] for row in data(fake, at)] == [211]
    allow(fake, {**BLIND, "/storage/nfs": "PVEDatastoreAdmin"})
    assert len(data(fake, at)) == 4


def test_5_the_prune_dry_run_shows_every_row_to_an_auditor(fake: Fake) -> None:
    allow(fake, BLIND)
    at = "/nodes/pve1/storage/nfs/prunebackups"
    rows = data(fake, f"{at}?prune-backups=keep-all%3D1")
    assert len(rows) == 4
    assert {row["mark"] for row in rows} == {"keep"}
    assert not any("size" in row for row in rows)
    marks = [row["mark"] for row in data(fake, f"{at}?prune-backups=keep-last%3D1")]
    assert sorted(marks) == ["keep", "keep", "keep", "remove"]


def test_5_a_dry_run_without_any_rule_is_500(fake: Fake) -> None:
    status, body = refused(fake, "/nodes/pve1/storage/local/prunebackups")
    assert status == 500
    assert "no prune-backups options configured for storage 'local'" in body["message"]


def test_5_a_shared_storage_is_listed_once_per_node(fake: Fake) -> None:
    one, two = (
        {row["volid"] for row in data(fake, f"/nodes/{node}/storage/nfs/content")}
        for node in ("pve1", "pve2")
    )
    assert one == two != set()
    assert data(fake, "/nodes/pve1/storage/local/content") == []
    assert len(data(fake, "/nodes/pve2/storage/local/content")) == 1


def test_5_an_unreachable_storage_has_zeros_and_is_not_full(fake: Fake) -> None:
    nfs = fake.state.storage("nfs")
    assert nfs is not None
    nfs.active = ("pve2",)
    rows = {row["storage"]: row for row in data(fake, "/nodes/pve1/storage?content=backup")}
    assert (rows["nfs"]["active"], rows["nfs"]["total"], rows["nfs"]["enabled"]) == (0, 0, 1)
    assert rows["local"]["active"] == 1
    assert refused(fake, "/nodes/pve1/storage/nfs/content")[0] == 500


def test_5_storages_a_token_may_not_see_are_left_out(fake: Fake) -> None:
    fake.state.storages.append(Storage("secret"))
    allow(fake, {"/storage/nfs": "PVEAuditor"})
    assert [row["storage"] for row in data(fake, "/nodes/pve1/storage")] == ["nfs"]
    assert [row["storage"] for row in data(fake, "/storage")] == ["nfs"]
    assert ask(fake, "/nodes/pve1/storage/secret/content")[0] == 403


def test_5_protected_and_notes_are_keys_only_where_there_is_something(fake: Fake) -> None:
    noted = archive(210, 2)
    noted.notes, noted.protected = "first\nsecond", True
    fake.state.archives = [noted, archive(210, 3)]
    first, second = data(fake, "/nodes/pve1/storage/nfs/content")
    assert (first["notes"], first["protected"]) == ("first", 1)
    assert not {"notes", "protected", "verification"} & second.keys()


def test_6_without_audit_only_own_tasks_are_listed(fake: Fake) -> None:
    assert len(data(fake, "/nodes/pve1/tasks?typefilter=vzdump")) == 1
    allow(fake, {"/vms": "VMOnly"})
    assert data(fake, "/nodes/pve1/tasks?typefilter=vzdump") == []
    task = fake.state.tasks[0].upid
    assert ask(fake, f"/nodes/pve1/tasks/{task}/log")[0] == 403


def test_6_a_log_comes_in_pages_with_its_total(fake: Fake) -> None:
    task = fake.state.tasks[0]
    task.log = [f"line {n}" for n in range(120)]
    at = f"/nodes/pve1/tasks/{task.upid}/log"
    whole = json.loads(ask(fake, at)[2])
    assert (len(whole["data"]), whole["total"]) == (50, 120)
    assert data(fake, f"{at}?start=100&limit=50")[0] == {"n": 101, "t": "line 100"}
    assert len(data(fake, f"{at}?limit=0")) == 120
    task.log = []
    assert data(fake, at) == [{"n": 1, "t": "no content"}]


def test_6_a_task_that_runs_has_no_exit_and_an_unknown_one_is_400(fake: Fake) -> None:
    task = fake.state.tasks[0]
    at = f"/nodes/pve1/tasks/{task.upid}/status"
    assert data(fake, at)["exitstatus"] == "job errors"
    task.endtime = task.exitstatus = None
    assert data(fake, at)["status"] == "running"
    assert "exitstatus" not in data(fake, at)
    status, body = refused(fake, f"/nodes/pve1/tasks/{upid('pve1', 1)}/status")
    assert (status, body["errors"]) == (400, {"upid": "no such task"})


def test_faults_are_slow_broken_or_cut(fake: Fake) -> None:
    fake.state.faults["/version"] = Fault(status=596, reason="Connection timed out", delay=0.2)
    began = time.monotonic()
    assert ask(fake, "/version")[:2] == (596, "Connection timed out")
    assert time.monotonic() - began >= 0.2
    fake.state.faults["/version"] = Fault(drop=True)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
        ask(fake, "/version")


def test_the_fake_asks_for_rights_at_every_list(fake: Fake) -> None:
    allow(fake, {})
    assert SEEING != {}
    for path in ("/cluster/backup", "/cluster/status", "/nodes/pve1/storage/nfs/content"):
        assert ask(fake, path)[0] == 403
    for path in ("/cluster/resources?type=vm", "/nodes/pve1/storage", "/nodes/pve1/lxc"):
        assert data(fake, path) == []
