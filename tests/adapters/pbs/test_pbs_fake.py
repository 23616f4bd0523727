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

from adapters.pbs.fake_pbs import Fake, running
from adapters.pbs.pbs_lab import OWNER, SECRET, SEEING, TOKEN, lab
from adapters.pbs.pbs_state import Fault, Token

STORE = "/admin/datastore/store1"


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may audit the datastore."""
    with running(lab()) as found:
        yield found


def ask(
    fake: Fake, path: str, *, method: str = "GET", auth: str = f"PBSAPIToken={TOKEN}:{SECRET}"
) -> tuple[int, str, bytes]:
    """Status, Content-Type and body, over TLS, with the standard library only."""
    context = ssl.create_default_context(cafile=str(fake.certificate))
    port = urlsplit(fake.url).port or 0
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    try:
        connection.request(method, f"/api2/json{path}", headers={"Authorization": auth})
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"] or "", response.read()
    finally:
        connection.close()


def data(fake: Fake, path: str) -> Any:
    """The data of a good answer."""
    status, _, body = ask(fake, path)
    assert status == 200, body
    return json.loads(body)["data"]


def allow(fake: Fake, acl: dict[str, str], user: dict[str, str] | None = None) -> None:
    """Give the token (and its user) other roles."""
    token = Token(SECRET, acl)
    fake.state.tokens[TOKEN] = Token(SECRET, acl, user) if user is not None else token


def test_1_a_token_parts_its_secret_with_a_colon(fake: Fake) -> None:
    assert ask(fake, "/version")[0] == 200
    assert ask(fake, "/version", auth=f"PBSAPIToken={TOKEN}={SECRET}")[0] == 401
    assert ask(fake, "/version", auth=f"PVEAPIToken={TOKEN}:{SECRET}")[0] == 401


def test_1_a_refused_credential_is_answered_late_in_plain_text(fake: Fake) -> None:
    fake.state.auth_delay = 0.3
    began = time.monotonic()
    status, kind, body = ask(fake, "/version", auth=f"PBSAPIToken={TOKEN}:wrong")
    assert time.monotonic() - began >= 0.3
    assert (status, body) == (401, b"authentication failed - invalid credentials.")
    assert kind.startswith("application/json")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(body)


def test_10_keys_are_kebab_case_and_the_id_of_a_group_is_a_string(fake: Fake) -> None:
    row = data(fake, f"{STORE}/snapshots?backup-type=ct&backup-id=210")[0]
    assert (row["backup-type"], row["backup-id"], row["protected"]) == ("ct", "210", False)
    assert row["verification"]["state"] == "ok"
    assert row["files"][-1]["filename"] == "index.json.blob"


def test_10_an_unfinished_snapshot_has_no_index_no_size_and_no_verification(fake: Fake) -> None:
    fake.state.snapshots[0].finished = False
    row = data(fake, f"{STORE}/snapshots?backup-type=ct&backup-id=210")[0]
    assert not {"size", "verification"} & row.keys()
    assert row["files"] == [{"filename": "root.pxar.didx"}]


def test_10_with_backup_alone_groups_of_other_owners_are_left_out(fake: Fake) -> None:
    allow(fake, {"/datastore/store1": "DatastoreBackup"})
    assert data(fake, f"{STORE}/snapshots") == data(fake, f"{STORE}/groups") == []
    fake.state.snapshots[0].owner = TOKEN
    assert len(data(fake, f"{STORE}/snapshots")) == 1
    allow(fake, dict(SEEING))
    assert {row["owner"] for row in data(fake, f"{STORE}/groups")} == {TOKEN, OWNER}


def test_10_a_token_does_not_inherit_the_rights_of_its_user(fake: Fake) -> None:
    allow(fake, {})
    assert data(fake, "/status/datastore-usage") == data(fake, "/admin/verify") == []
    assert ask(fake, f"{STORE}/snapshots")[::2] == (403, b"permission check failed")
    allow(fake, dict(SEEING), user={})
    assert data(fake, "/status/datastore-usage") == []


def test_10_permissions_leave_out_paths_without_any(fake: Fake) -> None:
    allow(fake, {"/datastore/store1": "DatastoreAudit", "/datastore/store1/lab": "NoAccess"})
    assert data(fake, "/access/permissions") == {"/datastore/store1": {"Datastore.Audit": True}}
    assert data(fake, "/access/permissions?path=/datastore/store1/lab") == {}
    below = data(fake, "/access/permissions?path=/datastore/store1/other")
    assert below == {"/datastore/store1/other": {"Datastore.Audit": True}}


def test_10_jobs_are_left_out_where_the_datastore_cannot_be_audited(fake: Fake) -> None:
    allow(fake, {"/datastore/store1/lab": "DatastoreAudit"})
    assert data(fake, "/admin/verify") == data(fake, "/admin/prune") == []
    assert data(fake, "/status/datastore-usage") == [{"store": "store1"}]
    assert data(fake, f"{STORE}/namespace?parent=lab") == [{"ns": "lab"}, {"ns": "lab/old"}]
    assert ask(fake, f"{STORE}/namespace")[0] == 403


def test_10_before_3_2_gc_tells_a_task_and_no_last_run(fake: Fake) -> None:
    assert data(fake, f"{STORE}/gc")["last-run-state"] == "OK"
    fake.state.version = ("3.1", "4")
    row = data(fake, f"{STORE}/gc")
    assert not {"last-run-state", "last-run-endtime", "schedule", "store"} & row.keys()
    assert row["upid"].startswith("UPID:pbs:")


def test_10_what_goes_wrong_is_400_in_plain_text(fake: Fake) -> None:
    fake.state.datastores[0].error = "datastore 'store1' is in offline maintenance mode: moving"
    status, _, body = ask(fake, f"{STORE}/groups")
    assert (status, body.decode()) == (400, fake.state.datastores[0].error)
    assert data(fake, "/status/datastore-usage")[0]["error"] == body.decode()
    assert ask(fake, "/admin/nothing")[0] == 404
    assert ask(fake, f"{STORE}/snapshots", method="DELETE")[0] == 404


def test_faults_take_the_place_of_an_answer(fake: Fake) -> None:
    fake.state.faults["/version"] = Fault(drop=True)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(fake, "/version")
    fake.state.faults["/version"] = Fault(503, b"busy")
    assert ask(fake, "/version")[::2] == (503, b"busy")
