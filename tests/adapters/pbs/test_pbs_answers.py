"""Answers in the forms PBS 3 and PBS 4 document mean the same to Phoenix."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from phoenix_dr.adapters._http import Refusal
from phoenix_dr.adapters.pbs import parse
from phoenix_dr.adapters.pbs.failures import failure
from phoenix_dr.core.pbs import Datastore, Namespace, Run

SPACE = Namespace("store1", "prod/web")
VERIFY = "UPID:pbs:00000271:00003C4A:00000003:66F2D000:verify:store1:root@pam:"
GC = "UPID:pbs01:00001F00:00AB0000:00000000:66F0C000:garbage_collection:store1:root@pam:"
SNAPSHOT: dict[str, Any] = {
    "backup-id": "101",
    "backup-time": 1727226035,
    "backup-type": "vm",
    "comment": "gitea",
    "files": [
        {"crypt-mode": "encrypt", "filename": "drive-scsi0.img.fidx", "size": 34359738368},
        {"crypt-mode": "none", "filename": "client.log.blob", "size": 300},
        {"crypt-mode": "sign-only", "filename": "index.json.blob", "size": 512},
    ],
    "fingerprint": "cf:9c:40:2a:d1:7b:00:11",
    "owner": "root@pam!pve1",
    "protected": True,
    "size": 34359739180,
    "verification": {"state": "ok", "upid": VERIFY},
}
GC_NEVER = {
    "disk-bytes": 12345678, "disk-chunks": 42, "index-data-bytes": 9999999, "index-file-count": 100,
    "pending-bytes": 0, "pending-chunks": 0, "removed-bad": 0, "removed-bytes": 0,
    "removed-chunks": 0, "still-bad": 0, "upid": None,
}  # fmt: skip
GCS: dict[str, tuple[dict[str, Any], Run | None]] = {
    "3.1, never": (GC_NEVER, None),
    "3.1, once": (GC_NEVER | {"upid": GC}, Run(datetime(2024, 9, 23, 1, 10, 24, tzinfo=UTC), None)),
    "4, never": (
        GC_NEVER | {"store": "store1", "schedule": "sun 03:00", "next-run": 1717500000}, None,
    ),
    "4, failed": (
        GC_NEVER
        | {"upid": GC, "store": "store1", "last-run-upid": GC, "last-run-endtime": 1727222400,
           "last-run-state": "unable to acquire lock", "duration": 3},
        Run(datetime(2024, 9, 25, tzinfo=UTC), False, "unable to acquire lock"),
    ),
    "4, under way": (GC_NEVER | {"store": "store1", "last-run-upid": GC}, Run(None, None)),
}  # fmt: skip


def test_a_snapshot_of_either_release() -> None:
    found = parse.snapshot(SNAPSHOT, SPACE)
    assert found is not None
    assert found.id == "store1/prod/web:vm/101/2024-09-25T01:00:35Z"
    assert (found.size, found.finished, found.protected) == (34359739180, True, True)
    assert (found.verified, found.verified_at) == (
        True,
        datetime(2024, 9, 24, 14, 43, 12, tzinfo=UTC),
    )
    assert (found.owner, found.key) == ("root@pam!pve1", "cf:9c:40:2a:d1:7b:00:11")


@pytest.mark.parametrize(
    ("files", "finished"),
    [
        ([{"filename": "drive-scsi0.img.fidx"}], False),
        (["drive-scsi0.img.fidx", "index.json.blob"], True),
        (["drive-scsi0.img.fidx"], False),
        ([], True),
        (None, True),
        ([["index.json.blob"], 5, None], False),
    ],
)
def test_the_index_tells_whether_a_snapshot_was_finished(files: object, finished: bool) -> None:
    found = parse.snapshot(SNAPSHOT | {"files": files}, SPACE)
    assert found is not None
    assert (found.finished, found.size is not None) == (finished, finished)


def test_without_a_size_no_index_was_read() -> None:
    row = {key: value for key, value in SNAPSHOT.items() if key != "size"}
    found = parse.snapshot(row, SPACE)
    assert found is not None
    assert not found.finished


@pytest.mark.parametrize("name", GCS)
def test_garbage_collection(name: str) -> None:
    row, last = GCS[name]
    assert parse.gc(row, "store1").last == last


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"mount-status": "nonremovable", "backend-type": "filesystem", "gc-status": GC_NEVER},
    ],
    ids=["3", "4"],
)
def test_usage(more: dict[str, Any]) -> None:
    row = {
        "store": "store1", "total": 8, "used": 2, "avail": 6, "history": [0.5, None],
        "history-start": 1727000000, "history-delta": 1800, "estimated-full-date": 1727654400,
    }  # fmt: skip
    full = datetime(2024, 9, 30, tzinfo=UTC)
    assert parse.usage(row | more) == Datastore("store1", 8, 2, 6, full)


def test_jobs() -> None:
    row = {
        "id": "v-daily", "store": "store1", "ns": "prod", "schedule": "daily", "max-depth": 2,
        "comment": "all", "ignore-verified": True, "outdated-after": 30, "read-threads": 1,
        "last-run-state": "WARNINGS: 2", "last-run-endtime": 1727222400, "last-run-upid": VERIFY,
    }  # fmt: skip
    verify = parse.verify_job(row)
    assert verify is not None
    assert (verify.namespace, verify.depth, verify.again_after) == ("prod", 2, 30)
    assert verify.last == Run(datetime(2024, 9, 25, tzinfo=UTC), True, "WARNINGS: 2")
    again = parse.verify_job(row | {"ignore-verified": False})
    assert again is not None
    assert again.again_after == 0
    prune = parse.prune_job({"id": "p", "store": "store1", "schedule": "daily", "keep-last": "3"})
    assert prune is not None
    assert (prune.enabled, prune.keep.last, prune.last) == (True, 3, None)


@pytest.mark.parametrize("release", [("3.4", "1"), ("4.0", "11")])
def test_versions(release: tuple[str, str]) -> None:
    row = {"version": release[0], "release": release[1], "repoid": "abc"}
    assert parse.version(row) == ".".join(release)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"authentication failed - invalid credentials.", "pbs-token"),
        (403, b"permission check failed", "pbs-right"),
        (403, b'{"data":null,"message":"permission check failed\\n"}', "pbs-right"),
        (404, b"Path '/api2/json/cluster/backup' not found.", "pbs-unknown-path"),
        (400, b"no such datastore 'store9'", "pbs-said"),
        (500, b"<html>\n</html>", "pbs-said"),
        (503, b"", None),
    ],
)
def test_errors_in_plain_text_or_json(status: int, body: bytes, code: str | None) -> None:
    found = failure("pbs1", Refusal(status, "Reason", body))
    assert (found.code if found else None) == code
    if found and b"permission" in body:
        assert found.parameters["detail"] == "permission check failed"
