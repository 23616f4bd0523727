"""`phoenix protect plan|apply` typed at a fake Proxmox: the seed's example, made live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.proxmox.fake_jobs import analysing
from adapters.proxmox.fake_saves import Habit, saving
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import SEEING, TOKEN, token
from build_approvals import IS_ROOT, in_a_namespace, roots_own
from build_jobs import NAMES
from build_protect import House, house
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.vzdump import found_job
from phoenix_dr.render.text import width

SEED = {
    "id": "phoenix-guests", "schedule": "03:00", "storage": "local",
    "vmid": "200,210,211,215,216", "enabled": "1", "mode": "snapshot", "compress": "zstd",
    "prune-backups": "keep-daily=7", "remove": "1", "repeat-missed": "0",
    "comment": "Phoenix: policy guests",
}  # fmt: skip


@pytest.fixture
def live(tmp_path: Path) -> Iterator[House]:
    """The house; nobody needs to sign anything."""
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def signed() -> Iterator[House]:
    """The house where only root can change who approves."""
    with roots_own() as root, house(root) as made:
        yield made


def test_the_seeds_example_as_typed(live: House) -> None:
    told = live.plan()
    assert told["jobs"] == [SEED]
    assert [(each["change"], each["job"]) for each in told["changes"]] == [
        ("create", "phoenix-guests"), ("foreign", "theirs"),
    ]  # fmt: skip
    assert (told["losses"], told["guarded"], told["refused"], told["unseen"]) == (
        [],
        False,
        None,
        [],
    )
    codes = {each["code"] for each in told["findings"]}
    assert {"copies-on-own-host", "schedule-too-thin"} <= codes
    assert "jobs-unseen" not in codes
    assert [each["agrees"] for each in told["runs"]] == [True]
    assert live.fake.written() == []
    done = live.type("protect", "apply", "pve1")
    assert (done.code, done.err) == (0, "")
    assert "applied: phoenix-guests was created" in done.out
    assert "verified: phoenix-guests says what is wanted" in done.out
    assert live.sent("POST") == [SEED]
    assert found_job(live.job()).keep == RetentionRule(daily=7)
    again = live.type("protect", "apply", "pve1")
    assert (again.code, "nothing to set" in again.out) == (0, True)
    assert len(live.fake.written()) == 1
    assert live.plan()["changes"][0] == {"change": "keep", "job": "phoenix-guests", "differs": []}


def test_plans_are_read_only_and_name_the_next_step(live: House) -> None:
    said = live.type("protect", "plan")
    digest = live.plan()["digest"][:12]
    assert f"Next: phoenix protect apply {digest}" in said.out
    assert f"phoenix protect apply {digest}" in live.type("protect", "plan", language="fr").out
    live.type("protect", "plan", "--handoff", str(live.root / "out"))
    live.type("observe")
    live.type("audit")
    assert {method for method, _ in live.fake.asked} == {"GET"}
    assert live.type("protect", "apply", digest).code == 0


def test_a_job_of_somebody_else_stays_and_a_named_one_is_ours(live: House) -> None:
    before = dict(live.job("theirs"))
    live.type("protect", "apply")
    assert live.job("theirs") == before
    live.write(jobs="{guests: {id: theirs}}")
    changes = {each["job"]: each["change"] for each in live.plan()["changes"]}
    assert changes == {"theirs": "update", "phoenix-guests": "stray"}


def test_what_would_be_lost_is_refused_until_somebody_signs(signed: House) -> None:
    signed.hold(210, 10)
    told = signed.plan()
    (loss,) = told["losses"]
    assert (loss["asset"], len(loss["points"]), told["guarded"]) == ("core/guest", 4, True)
    shown = signed.type("protect", "plan").out
    assert f"phoenix approve {told['digest'][:12]} --key FILE" in shown
    for words in ((), (told["digest"],)):
        refused = signed.type("protect", "apply", "pve1", *words)
        assert (refused.code, signed.fake.written()) == (20, [])
    approved = signed.approve(told["digest"][:12])
    assert approved.code == 0, approved.err
    assert f"Next: phoenix protect apply {told['digest'][:12]}" in approved.out
    done = signed.type("protect", "apply")
    assert (done.code, "verified: phoenix-guests" in done.out) == (0, True), done.err
    assert len(signed.fake.written()) == 1


def test_saving_less_needs_a_signature_too(signed: House) -> None:
    assert signed.type("protect", "apply").code == 0
    signed.write(vmids=(200, 210, 211, 215))
    told = signed.plan()
    (loss,) = told["losses"]
    assert (loss["asset"], loss["later"], loss["points"]) == ("pve1/216", True, [])
    said = signed.type("protect", "plan").out
    assert "What is saved less, or kept less long, from then on:" in said
    assert "samples" not in said
    # Of a guest nobody describes any more it is not known how far back its archives reach.
    assert "nowhere" not in said
    assert signed.type("protect", "apply").code == 20
    # More guests need nobody.
    signed.fake.state.jobs.remove(signed.job())
    assert signed.type("protect", "apply").code == 0
    signed.write()
    assert signed.type("protect", "apply").code == 0
    assert signed.job()["vmid"] == "200,210,211,215,216"


def test_a_guest_that_is_gone_may_be_dropped_unasked(live: House) -> None:
    assert live.type("protect", "apply").code == 0
    live.write(vmids=(200, 210, 211, 215))
    live.fake.state.guests = [each for each in live.fake.state.guests if each.vmid != 216]
    done = live.type("protect", "apply")
    assert (done.code, live.job()["vmid"]) == (0, "200,210,211,215")


def test_a_job_changed_behind_our_back_is_stale(live: House) -> None:
    assert live.type("protect", "apply").code == 0
    live.write(jobs="{guests: {compress: gzip}}")
    digest = live.plan()["digest"]
    live.job()["schedule"] = "05:00"
    written = len(live.fake.written())
    stale = live.type("protect", "apply", "pve1", digest)
    assert (stale.code, "Make a new one: phoenix protect plan pve1" in stale.err) == (21, True)
    assert len(live.fake.written()) == written
    # A fresh plan sees it as it is.
    assert live.type("protect", "apply").code == 0
    assert (live.job()["schedule"], live.job()["compress"]) == ("03:00", "gzip")


def test_a_token_without_the_right_writes_nothing_and_is_told_how(live: House) -> None:
    live.fake.state.tokens[TOKEN] = token(SEEING)
    denied = live.type("protect", "apply")
    assert denied.code == 12
    assert "/, Sys.Modify" in " ".join(denied.out.split())
    assert "phoenix engine check pve1" in denied.out
    assert "not verified: phoenix-guests" in denied.out
    assert {method for method, _ in live.fake.asked} == {"GET"}
    assert "pveum acl modify / --roles PhoenixJobs" in live.type("engine", "check", "pve1").out


def test_a_token_that_sees_no_rows_plans_nothing(live: House) -> None:
    acl = {"/": "PhoenixJobs", "/storage": "PVEAuditor"}
    live.fake.state.tokens[TOKEN] = token(acl)
    live.hold(210, 10)
    told = live.type("protect", "plan", "--json")
    (made,) = json.loads(told.out)
    assert (told.code, made["refused"], made["digest"]) == (3, "hidden-rows", None)
    assert "There is no plan" in live.type("protect", "plan").out
    assert live.type("protect", "apply").code == 22
    assert live.fake.written() == []


def test_one_that_does_not_answer_is_planned_without_it_and_says_so(live: House) -> None:
    live.fake.state.faults["/access/permissions"] = Fault(
        status=599, reason="Too many redirections"
    )
    told = live.type("protect", "plan", "--json")
    (made,) = json.loads(told.out)
    assert (told.code, made["changes"], made["blind"]) == (3, None, "proxmox-node-away")
    assert {each["code"] for each in made["findings"]} >= {"jobs-unseen"}
    failed = live.type("protect", "apply")
    assert (failed.code, live.fake.written()) == (11, [])


def test_offline_asks_nobody(live: House) -> None:
    told = live.type("protect", "plan", "--offline", "--json")
    (made,) = json.loads(told.out)
    assert (told.code, made["asked"], made["changes"], live.fake.asked) == (0, False, None, [])


def test_3_a_node_in_another_time_zone_is_told(tmp_path: Path) -> None:
    with house(tmp_path, analysing("America/New_York")) as made:
        assert [each["agrees"] for each in made.plan()["runs"]] == [False]
        said = " ".join(made.type("protect", "plan").out.split())
        assert "does the node count its time in UTC?" in said


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_shown_stays_within_the_terminal(
    live: House, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    live.hold(210, 10)
    monkeypatch.setenv("COLUMNS", "80")
    for words in (("plan",), ("plan", "--handoff", str(live.root / "out")), ("apply", "--now")):
        said = live.type("protect", *words, language=language).out
        long = [line for line in said.splitlines() if width(line) > 80]
        # Lines to be copied, such as paths, are never cut.
        assert [line for line in long if str(live.root) not in line] == []


# ---- Handed over ------------------------------------------------------------------------------


def test_what_is_handed_over_is_not_set_here_and_is_verified_when_it_is_there(live: House) -> None:
    live.write(apply="handoff")
    refused = live.type("protect", "apply")
    assert (refused.code, "phoenix protect plan pve1 --handoff DIR" in refused.err) == (22, True)
    live.type("protect", "plan", "--handoff", str(live.root / "out"))
    assert live.plan()["handoff"] == "prepared"
    # Somebody else runs the playbook.
    live.fake.state.jobs.append({**SEED, "enabled": 1, "remove": 1, "repeat-missed": 0})
    assert live.plan()["handoff"] == "verified"
    assert "Handed over and verified: pve1" in live.type("protect", "plan").out
    live.job()["schedule"] = "04:00"
    assert live.plan()["handoff"] == "prepared"
    live.write(apply="handoff", vmids=(200,))
    assert live.plan()["handoff"] == "changed"
    assert live.fake.written() == []


def test_files_that_would_lose_something_need_the_same_signature(signed: House) -> None:
    signed.write(apply="handoff")
    signed.hold(210, 10)
    assert signed.type("protect", "plan", "--handoff", str(signed.root / "out")).code == 20
    assert not (signed.root / "out").exists()
    assert signed.approve(signed.plan()["digest"]).code == 0
    assert signed.type("protect", "plan", "--handoff", str(signed.root / "out")).code == 0
    assert (signed.root / "out" / "pve1" / "README.md").exists()


# ---- Saved now --------------------------------------------------------------------------------


def test_now_makes_an_archive_of_each_guest_and_removes_none(live: House) -> None:
    live.hold(216, 3)
    done = live.type("protect", "apply", "--now", "--json")
    told = json.loads(done.out)
    assert (done.code, told["ok"], len(told["saved"])) == (0, True, len(NAMES))
    assert [each["point"]["asset"] for each in told["saved"]] == [
        f"{name}/guest" for name in NAMES.values()
    ]
    saves = [form for form in live.sent("POST") if "id" not in form]
    assert [form["remove"] for form in saves] == ["0"] * len(NAMES)
    assert len(live.fake.state.archives) == 3 + len(NAMES)
    # What was made is known at once, as points of their assets.
    assert live.plan("--offline")["known"] == 3 + len(NAMES)


@pytest.mark.parametrize(
    ("habit", "word"),
    [
        (Habit(warns="file changed as we read it"), "Proxmox warned"),
        (Habit(size=0), "is empty"),
        (Habit(fails="command 'tar' failed: exit code 2"), "exit code 2"),
    ],
)
def test_now_judges_what_a_green_task_hides(tmp_path: Path, habit: Habit, word: str) -> None:
    with house(tmp_path, saving(habit)) as made:
        made.write(vmids=(210,))
        done = made.type("protect", "apply", "--now")
        assert (done.code, word in " ".join(done.out.split())) == (3, True), done.out
        assert "verified: phoenix-guests" in done.out


def test_now_names_mount_points_that_are_not_in_the_archive(live: House) -> None:
    guest = live.fake.state.guest(210)
    assert guest is not None
    guest.config["mp0"] = "/srv/data,mp=/data"
    live.write(vmids=(210, 211))
    done = live.type("protect", "apply", "--now")
    assert (done.code, "guest 210: not in the archive: mp0" in done.out) == (3, True)
    assert "guest 211: not in the archive" not in done.out


@pytest.mark.skipif(IS_ROOT, reason="the tests above ran as root")
def test_all_of_it_as_root_of_a_namespace() -> None:
    done = in_a_namespace(__file__)
    assert done.returncode == 0, done.stdout + done.stderr
