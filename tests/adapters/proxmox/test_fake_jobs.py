"""The fake's own writing of jobs and backing up, one test for each trap of proxmox.md 3 and 6."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from adapters.proxmox.fake_jobs import APPLYING
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.lab import SEEING, TOKEN, archive, lab, token

KEY = f"PVEAPIToken={TOKEN}=0f9ad3a2-1111-2222-3333-444455556666"
NEW = {"id": "fresh", "schedule": "02:30", "vmid": "210", "storage": "nfs"}


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may set jobs and back up."""
    with running(lab(APPLYING)) as found:
        yield found


def ask(fake: Fake, method: str, path: str, **form: str) -> tuple[int, str, Any]:
    """Status, reason and answer, with the standard library only; underscores are dashes."""
    context = ssl.create_default_context(cafile=str(fake.certificate))
    port = urlsplit(fake.url).port or 0
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    said = urlencode({name.replace("_", "-"): value for name, value in form.items()})
    query = f"?{said}" if said and method in ("GET", "DELETE") else ""
    try:
        body = said if method in ("POST", "PUT") else None
        connection.request(method, f"/api2/json{path}{query}", body, {"Authorization": KEY})
        response = connection.getresponse()
        text = response.read()
        return response.status, response.reason, json.loads(text) if text else None
    finally:
        connection.close()


def errors(fake: Fake, method: str, path: str, **form: str) -> dict[str, str]:
    """What a 400 says of each parameter."""
    status, _, said = ask(fake, method, path, **form)
    assert status == 400, said
    found = said["errors"]
    assert isinstance(found, dict)
    return found


def job(fake: Fake, name: str) -> dict[str, Any]:
    """A job as GET shows it."""
    found = ask(fake, "GET", f"/cluster/backup/{name}")[2]["data"]
    assert isinstance(found, dict)
    return found


def test_3_a_new_job_is_answered_with_nothing_and_shown_as_objects(fake: Fake) -> None:
    more = {"prune_backups": "keep-daily=7,keep-last=3", "fleecing": "1,storage=x"}
    assert ask(fake, "POST", "/cluster/backup", **NEW, **more) == (200, "OK", {"data": None})
    shown = job(fake, "fresh")
    assert shown["prune-backups"] == {"keep-daily": "7", "keep-last": "3"}
    assert shown["fleecing"] == {"enabled": "1", "storage": "x"}
    assert ask(fake, "POST", "/cluster/backup", **NEW)[0] == 500
    # Without an id it makes one up, and does not say which.
    ask(fake, "POST", "/cluster/backup", **{**NEW, "id": "other"})
    assert len(fake.state.jobs) == 4


def test_3_what_belongs_together_and_what_does_not(fake: Fake) -> None:
    none = {name: value for name, value in NEW.items() if name != "vmid"}
    assert errors(fake, "POST", "/cluster/backup", **none).keys() == {"vmid"}
    late = {name: value for name, value in NEW.items() if name != "schedule"}
    status, why, _ = ask(fake, "POST", "/cluster/backup", **late)
    assert (status, why) == (500, "neither 'starttime' nor 'schedule' were set")
    for other in ({"all": "1"}, {"exclude": "211"}, {"pool": "prod"}):
        if "pool" not in other:
            assert errors(fake, "POST", "/cluster/backup", **NEW, **other).keys() == set(other)
    bare = {name: value for name, value in NEW.items() if name != "storage"}
    assert errors(fake, "POST", "/cluster/backup", **bare, notes_template="x") == {
        "storage": "missing property required by 'notes-template'"
    }
    assert errors(fake, "POST", "/cluster/backup", **NEW, prune_backups="keep-all=1,keep-last=1")
    assert errors(fake, "POST", "/cluster/backup", **{**NEW, "schedule": "0 3 * * *"})
    assert errors(fake, "POST", "/cluster/backup", **NEW, enabled="true").keys() == {"enabled"}
    assert errors(fake, "POST", "/cluster/backup", **NEW, storagee="x").keys() == {"storagee"}
    ask(fake, "POST", "/cluster/backup", **none, exclude="211")
    assert job(fake, "fresh")["all"] == 1


def test_3_a_change_keeps_what_it_does_not_mention_and_clears_what_conflicts(fake: Fake) -> None:
    path = "/cluster/backup/nightly"
    assert ask(fake, "PUT", path)[:2] == (500, "no options specified")
    assert ask(fake, "PUT", "/cluster/backup/none", comment="x")[:2] == (
        500, "no such vzdump job 'none'",
    )  # fmt: skip
    assert "No such job" in errors(fake, "GET", "/cluster/backup/none")["id"]
    assert "No such job" in errors(fake, "DELETE", "/cluster/backup/none")["id"]
    ask(fake, "PUT", path, comment="x", node="pve1")
    assert (job(fake, "nightly")["comment"], job(fake, "nightly")["schedule"]) == ("x", "02:30")
    ask(fake, "PUT", path, delete="comment,node")
    assert not {"comment", "node"} & job(fake, "nightly").keys()
    ask(fake, "PUT", path, all="1", exclude="215")
    assert "vmid" not in job(fake, "nightly")
    ask(fake, "PUT", path, vmid="210")
    assert not {"all", "exclude", "pool"} & job(fake, "nightly").keys()
    assert ask(fake, "DELETE", path)[0] == 200
    assert [each["id"] for each in fake.state.jobs] == ["off"]


def test_3_rights_come_before_parameters_and_name_both_storages(fake: Fake) -> None:
    fake.state.tokens[TOKEN] = token(SEEING)
    status, why, _ = ask(fake, "POST", "/cluster/backup", **NEW, storagee="x")
    assert (status, why) == (403, "Permission check failed (/, Sys.Modify)")
    fake.state.tokens[TOKEN] = token({**APPLYING, "/storage/nfs": "AuditorAndRows"})
    status, why, _ = ask(fake, "PUT", "/cluster/backup/nightly", storage="local")
    assert (status, why) == (403, "Permission check failed (/storage/nfs, Datastore.Allocate)")
    assert ask(fake, "POST", "/cluster/backup", **NEW, script="/x")[0] == 403


def test_3_a_lone_value_of_a_schedule_is_minutes(fake: Fake) -> None:
    path = "/cluster/jobs/schedule-analyze"
    rows = ask(fake, "GET", path, schedule="*/5", iterations="3", starttime="0")[2]["data"]
    assert [row["timestamp"] for row in rows] == [300, 600, 900]
    # 1970 began on a Thursday.
    rows = ask(fake, "GET", path, schedule="sat 03:00", iterations="1", starttime="0")[2]["data"]
    assert [row["timestamp"] for row in rows] == [2 * 86400 + 3 * 3600]
    assert errors(fake, "GET", path).keys() == {"schedule"}


# ---- Backing up now (section 6) ----------------------------------------------------------------


def test_6_no_guest_of_that_node_is_the_word_ok_and_nothing_else(fake: Fake) -> None:
    answer = ask(fake, "POST", "/nodes/pve1/vzdump", vmid="215", storage="nfs")
    assert answer == (200, "OK", {"data": "OK"})
    assert not any(task.user.endswith("!audit") for task in fake.state.tasks)


def test_6_who_may_not_be_saved_dies_when_named_and_is_skipped_under_all(fake: Fake) -> None:
    fake.state.tokens[TOKEN] = token({**APPLYING, "/vms/210": "VMOnly"})
    ask(fake, "POST", "/nodes/pve1/vzdump", vmid="210", storage="nfs", remove="0")
    assert str(fake.state.tasks[-1].exitstatus).startswith("403 Permission check failed")
    ask(fake, "POST", "/nodes/pve1/vzdump", all="1", storage="nfs", remove="0")
    assert fake.state.tasks[-1].exitstatus == "OK"
    assert not any("VM 210" in line for line in fake.state.tasks[-1].log)
    made = [each.vmid for each in fake.state.archives if each.ctime > archive(210, 1).ctime]
    assert 210 not in made


def test_6_without_remove_0_the_rule_of_the_storage_prunes(fake: Fake) -> None:
    fake.state.archives = [archive(210, hours) for hours in range(1, 11)]
    ask(fake, "POST", "/nodes/pve1/vzdump", vmid="210", storage="nfs", remove="0")
    assert len(fake.state.archives) == 11
    ask(fake, "POST", "/nodes/pve1/vzdump", vmid="210", storage="nfs")
    assert len(fake.state.archives) == 7


def test_6_a_task_of_one_guest_has_its_number_and_one_of_two_has_none(fake: Fake) -> None:
    for vmid, named in (("210", ":vzdump:210:"), ("210,211", ":vzdump::")):
        upid = ask(fake, "POST", "/nodes/pve1/vzdump", vmid=vmid, storage="nfs", remove="0")
        assert named in upid[2]["data"]
    assert errors(fake, "POST", "/nodes/pve1/vzdump", vmid="210", notes_template="x")
