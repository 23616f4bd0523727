"""Jobs, volumes, guests, storages and runs of a fake Proxmox; rights and what bad answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.proxmox.engine import engine
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault, Storage, Task
from adapters.proxmox.lab import BLIND, NOW, SEEING, TOKEN, ago, lab, token, upid
from phoenix_dr.adapters._http import Refusal
from phoenix_dr.adapters.proxmox.failures import failure
from phoenix_dr.adapters.proxmox.rights import parse_rights, quoted, roles
from phoenix_dr.adapters.proxmox.tasks import Outcome, outcomes
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.proxmox import Inventory, Volume
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may see the rows."""
    with running(lab()) as found:
        yield found


def inventory(fake: Fake, root: Path) -> Inventory:
    """Everything the engine shows."""
    return engine(fake, root).inventory(now=NOW)


def reasons(found: Inventory) -> list[tuple[str, str]]:
    """Reason and detail of every blind spot."""
    return [(spot.reason, spot.detail) for spot in found.blind_spots]


def allow(fake: Fake, acl: dict[str, str]) -> None:
    """Give the token other roles."""
    fake.state.tokens[TOKEN] = token(acl)


def test_nodes_guests_and_storages_are_read(fake: Fake, tmp_path: Path) -> None:
    found = inventory(fake, tmp_path)
    assert [(each.name, each.online) for each in found.nodes] == [("pve1", True), ("pve2", True)]
    assert [(each.vmid, each.kind, each.node, each.name) for each in found.guests] == [
        (200, "lxc", "pve1", "runner"),
        (210, "lxc", "pve1", "traefik"),
        (211, "lxc", "pve1", "adguard"),
        (215, "lxc", "pve2", "vault"),
        (216, "qemu", "pve2", "games"),
    ]
    by_name = {each.id: each for each in found.storages}
    nfs = by_name["nfs"]
    assert (nfs.shared, nfs.active, nfs.location, nfs.available) == (
        True, ("pve1", "pve2"), "nfs-4tb", 3_000_000_000_000,
    )  # fmt: skip
    assert by_name["local"].available is None, "one number would be that of one node only"
    assert "local-lvm" not in by_name, "holds no backups"
    assert reasons(found) == []


def test_2_guests_of_an_offline_node_are_still_there(fake: Fake, tmp_path: Path) -> None:
    fake.state.nodes["pve2"] = False
    found = inventory(fake, tmp_path)
    away = {each.vmid: each for each in found.guests}[215]
    assert (away.node, away.name, away.running) == ("pve2", "", None)
    assert reasons(found) == [("proxmox-tasks-away", "pve2")]


def test_2_a_list_of_guests_that_may_be_shorter_is_told(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {**SEEING, "/vms": "NoAccess", "/vms/210": "AuditorAndRows"})
    found = inventory(fake, tmp_path)
    assert [each.vmid for each in found.guests] == [210]
    assert ("proxmox-guests-hidden", "/vms") in reasons(found)


def test_3_jobs_have_defaults_where_keys_are_absent(fake: Fake, tmp_path: Path) -> None:
    jobs = inventory(fake, tmp_path).jobs
    assert jobs is not None
    nightly, off = jobs
    assert (nightly.id, nightly.enabled, nightly.vmids) == ("nightly", True, (210, 211, 216, 999))
    assert nightly.keep == RetentionRule(last=7)
    assert (off.enabled, off.storage) == (False, "gone")


def test_3_jobs_the_token_may_not_read_are_unknown_and_not_none(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {"/vms": "AuditorAndRows", "/storage": "AuditorAndRows"})
    found = inventory(fake, tmp_path)
    assert found.jobs is None
    assert ("proxmox-right", "/cluster/backup: /, Sys.Audit") in reasons(found)


def test_3_a_job_nobody_understands_is_told_and_the_rest_stay(fake: Fake, tmp_path: Path) -> None:
    fake.state.jobs[1]["vmid"] = "not,numbers"
    fake.state.faults["/cluster/backup/off/included_volumes"] = Fault(status=500)
    found = inventory(fake, tmp_path)
    assert [job.id for job in found.jobs or ()] == ["nightly"]
    assert ("proxmox-job-odd", "off") in reasons(found)


def test_4_what_a_job_takes_is_the_servers_word_and_never_its_reason(
    fake: Fake, tmp_path: Path
) -> None:
    covered = {each.vmid: each for each in inventory(fake, tmp_path).covered if each.job != "off"}
    assert covered[210].volumes == (
        Volume("rootfs", "local-lvm:vm-210-disk-0", True),
        Volume("mp0", "/srv/data", False, "bind"),
        Volume("mp1", "local-lvm:vm-210-disk-1", False, "disabled"),
        Volume("mp2", "local-lvm:vm-210-disk-2", True),
    )
    assert [(each.key, each.included, each.reason) for each in covered[216].volumes] == [
        ("scsi0", True, ""),
        ("scsi1", True, ""),
        ("scsi2", False, "disabled"),
    ]
    assert (covered[999].kind, covered[999].volumes) == ("unknown", ())


def test_6_results_per_guest_come_from_the_log_of_a_task_of_many(
    fake: Fake, tmp_path: Path
) -> None:
    runs = {run.vmid: run for run in inventory(fake, tmp_path).runs}
    assert {vmid: run.ok for vmid, run in runs.items()} == {210: True, 211: False, 216: True}
    assert runs[210].left_out == ("mp0",)
    assert runs[211].detail == "command 'mount' failed: exit code 32"
    assert runs[210].ended_at is not None
    assert runs[210].node == "pve1"


def test_6_a_log_longer_than_a_page_is_read_to_its_end(fake: Fake, tmp_path: Path) -> None:
    task = fake.state.tasks[0]
    task.log = [task.log[0], *(f"INFO: line {n}" for n in range(1200)), *task.log[1:]]
    runs = {run.vmid: run.ok for run in inventory(fake, tmp_path).runs}
    assert runs == {210: True, 211: False, 216: True}
    pages = [path for path in fake.paths() if path.endswith("/log")]
    assert len(pages) == 3


def task(node: str, log: list[str], end: str | None, guest: str = "") -> Task:
    """A task of an hour ago."""
    start = ago(1)
    ended = None if end is None else start + 9
    name = upid(node, start, guest=guest)
    return Task(name, node, "vzdump", guest, "root@pam", start, ended, end, log)


def ends(fake: Fake, root: Path, one: Task) -> dict[int, tuple[bool | None, str]]:
    """What the engine says of the guests of one task."""
    fake.state.tasks = [one]
    return {run.vmid: (run.ok, run.detail) for run in inventory(fake, root).runs}


def test_6_a_guest_that_began_and_did_not_end_was_not_saved(fake: Fake, tmp_path: Path) -> None:
    log = ["INFO: Starting Backup of VM 210 (lxc)"]
    dead = task("pve2", log, "unexpected status", "210")
    assert ends(fake, tmp_path, dead) == {210: (False, "unexpected status")}
    assert ends(fake, tmp_path, task("pve2", log, None, "210")) == {210: (None, "")}


def test_6_a_task_that_died_before_it_named_a_guest_is_no_success(
    fake: Fake, tmp_path: Path
) -> None:
    why = "could not activate storage 'nfs'"
    assert ends(fake, tmp_path, task("pve1", [], why)) == {0: (False, why)}
    assert ends(fake, tmp_path, task("pve1", [], why, "211")) == {211: (False, why)}
    assert ends(fake, tmp_path, task("pve1", [], "OK")) == {}
    named = ["INFO: starting new backup job: vzdump 210 211 --storage nfs"]
    assert ends(fake, tmp_path, task("pve1", named, why)) == {
        210: (False, why),
        211: (False, why),
    }


def test_6_without_audit_of_a_node_its_tasks_are_hidden(fake: Fake, tmp_path: Path) -> None:
    allow(fake, {"/vms": "AuditorAndRows", "/storage": "AuditorAndRows"})
    found = inventory(fake, tmp_path)
    assert found.runs == ()
    assert [detail for code, detail in reasons(found) if code == "proxmox-tasks-hidden"] == [
        "pve1", "pve2",
    ]  # fmt: skip


def test_6_a_log_that_cannot_be_read_is_told(fake: Fake, tmp_path: Path) -> None:
    name = fake.state.tasks[0].upid
    fake.state.faults[f"/nodes/pve1/tasks/{name.replace('@', '%40').replace(':', '%3A')}/log"] = (
        Fault(status=596, reason="Connection timed out")
    )
    found = inventory(fake, tmp_path)
    assert found.runs == ()
    assert [code for code, _ in reasons(found)] == ["proxmox-node-slow"]


def test_outcomes_do_not_mix_up_guests() -> None:
    found = outcomes(
        [
            "INFO: Starting Backup of VM 1000 (qemu)",
            "INFO: excluding volume mount point mp1 ('/x') from backup (disabled)",
            "ERROR: Backup of VM 100 failed - no such VM",
            "INFO: Finished Backup of VM 1000 (00:00:01)",
            "INFO: including mount point rootfs ('/') in backup",
        ]
    )
    assert found == {1000: Outcome(True, "", ("mp1",)), 100: Outcome(False, "no such VM")}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "detail"),
    [
        (401, b"", EngineDenied, "proxmox-token", None),
        (403, b"", EngineDenied, "proxmox-right", "/storage/nfs, Datastore.Allocate"),
        (
            400,
            b'{"data":null,"errors":{"id":"No such job \'x\'"}}',
            EngineError,
            "proxmox-said",
            "id: No such job 'x'",
        ),
        (
            500,
            b'{"data":null,"message":"storage \'x\' does not exist\\n"}',
            EngineError,
            "proxmox-said",
            "storage 'x' does not exist",
        ),
        (501, b"[", EngineError, "proxmox-unknown-path", "said"),
        (595, b"", EngineUnreachable, "proxmox-node-away", "595 said"),
        (596, b"", EngineUnreachable, "proxmox-node-slow", "596 said"),
    ],
)
def test_1_each_status_means_what_proxmox_means(
    status: int, body: bytes, kind: type[EngineError], code: str, detail: str | None
) -> None:
    words = "Permission check failed (/storage/nfs, Datastore.Allocate)"
    found = failure("pve1", Refusal(status, words if status == 403 else "said", body))
    assert found is not None
    assert (type(found), found.code, found.parameters.get("detail")) == (kind, code, detail)


def test_1_an_endpoint_closed_to_tokens_is_not_a_missing_right() -> None:
    words = "Permission check failed (URI 'x' not available with API token, need proper ticket.)"
    found = failure("pve1", Refusal(403, words, b""))
    assert found is not None
    assert found.code == "proxmox-ticket"
    assert failure("pve1", Refusal(418, "", b"")) is None


def test_1_words_of_a_server_cannot_break_a_line() -> None:
    found = failure("pve1", Refusal(500, "a\x1b[31m\nb" + "x" * 9999, b""))
    assert found is not None
    said = str(found.parameters["detail"])
    assert said.isprintable()
    assert len(said) == 300


def test_2_a_permission_of_0_does_not_reach_below() -> None:
    ours = {"VM.Backup": 0, "VM.Audit": "1"}
    found = parse_rights({"/nodes": {"Sys.Audit": 1}, "/vms": ours})
    assert found is not None
    assert found.has("VM.Backup", "/vms")
    assert not found.has("VM.Backup", "/vms/210")
    assert found.has("VM.Audit", "/vms/210")
    assert not found.has("Sys.Audit", "/vms/210")
    assert not found.has("Sys.Audit", "/storage"), "always looked at, and not listed"
    assert found.has("Sys.Audit", "/nodes/pve1")
    assert parse_rights([]) is None


def test_rights_name_what_is_seen_wholly_partly_or_not_at_all(fake: Fake, tmp_path: Path) -> None:
    def can(acl: dict[str, str]) -> dict[str, bool | None]:
        allow(fake, acl)
        return {each.code: each.ok for each in engine(fake, tmp_path).rights().can}

    keys = ("guests", "jobs", "storage", "rows", "tasks")
    assert can(SEEING) == dict.fromkeys(keys, True)
    assert can(BLIND) == dict.fromkeys(keys, True) | {"rows": None}
    assert can({}) == dict.fromkeys(keys, False)


def test_11_the_lines_name_user_and_token_and_hold_no_secret(fake: Fake, tmp_path: Path) -> None:
    found = engine(fake, tmp_path).rights()
    assert found.version == "9.1.3"
    assert [role.code for role in found.roles] == ["audit", "rows", "apply", "drill"]
    lines = [line for role in found.roles for line in role.lines]
    assert (
        "pveum acl modify / --roles PVEAuditor --users phoenix@pve --tokens 'phoenix@pve!audit'"
        in lines
    )
    assert not any("1111-2222" in line for line in lines)
    text = "\n".join(lines)
    assert "purge" not in text
    assert "Administrator" not in text


def test_the_roles_in_the_lines_make_a_token_that_sees(fake: Fake, tmp_path: Path) -> None:
    from adapters.proxmox import fake_state

    made = {role.code: role.lines for role in roles(TOKEN, ["nfs"])}
    acl: dict[str, str] = {}
    for line in (*made["audit"], *made["rows"]):
        words = line.replace("'", "").split()
        if words[:3] == ["pveum", "role", "add"]:
            fake_state.ROLES[words[3]] = frozenset(words[5].split(","))
        elif words[:3] == ["pveum", "acl", "modify"]:
            acl[words[3]] = words[5]
    allow(fake, acl)
    fake.state.tokens[TOKEN].user = acl
    it = engine(fake, tmp_path)
    assert all(each.ok for each in it.rights().can)
    assert it.observe(now=NOW).blind_spots == ()
    assert it.inventory(now=NOW).blind_spots == ()


def test_words_for_a_shell_are_quoted() -> None:
    assert quoted("a@b!c") == "'a@b!c'"
    assert quoted("x'; rm -rf /") == "'x'\\''; rm -rf /'"
    assert quoted("/storage/nfs") == "/storage/nfs"


def test_a_thousand_guests_cost_no_more_questions(fake: Fake, tmp_path: Path) -> None:
    engine(fake, tmp_path).observe(now=NOW)
    few = len(fake.asked)
    guest = fake.state.guests[0]
    fake.state.guests += [replace(guest, vmid=1000 + n) for n in range(1000)]
    engine(fake, tmp_path).observe(now=NOW)
    assert len(fake.asked) == 2 * few
    fake.state.storages.append(Storage("more"))
    engine(fake, tmp_path).observe(now=NOW)
    assert len(fake.asked) - 2 * few == few + 2
