"""`phoenix approve` and `phoenix approvers` as typed, where only root can say who approves."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_app import Ran
from build_approvals import (
    IS_ROOT,
    Office,
    in_a_namespace,
    losing,
    office,
    put_key,
    roots_own,
    touch_key,
)
from phoenix_dr.app.approvals import approval_for, remember_plan

PLAN = losing()
DIGITS = PLAN.digest[:12]
BOUNDS = ("--engine", "home", "--most-points", "20", "--most-bytes", "10GB", "--for", "90d")


@pytest.fixture
def made() -> Iterator[Office]:
    """An office that knows one plan; nobody may approve yet."""
    with roots_own() as folder, tempfile.TemporaryDirectory(prefix="phx-home-") as home:
        built = office(folder, Path(home))
        built.approvers.unlink()
        with built.context() as ctx:
            remember_plan(ctx, PLAN, {"verb": "retention"})
        yield built


def phoenix(made: Office, *arguments: str, language: str = "en") -> Ran:
    """Type a command."""
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *arguments], capture_output=True, text=True,
        env={**made.environ, "PHOENIX_LANGUAGE": language}, cwd=made.home, timeout=60,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def test_who_signs_is_shown_whom_it_concerns_in_a_project(made: Office) -> None:
    phoenix(made, "approvers", "add", "alice", "alice.pub")
    (made.home / "_bmad" / "_memory").mkdir(parents=True)
    graph = made.home / "_bmad" / "_memory" / "dependency-graph.md"
    graph.write_text("| Service | Agents |\n|---|---|\n| home | forge |\n")
    done = phoenix(made, "approve", DIGITS, "--key", "alice")
    assert done.code == 0, done.err
    assert done.out.index("To tell: forge") < done.out.index("would lose")


def test_from_nobody_to_an_approved_plan(made: Office) -> None:
    assert phoenix(made, "approvers", "list").code == 22
    assert phoenix(made, "approve", DIGITS, "--key", "alice").code == 22
    added = phoenix(made, "approvers", "add", "alice", "alice.pub")
    assert (added.code, "alice may approve from now on: SHA256:" in added.out) == (0, True)
    listed = phoenix(made, "approvers", "list")
    assert "ssh-ed25519" in listed.out
    done = phoenix(made, "approve", DIGITS, "--key", "alice", "--for", "2h")
    assert done.code == 0, done.err
    before, _, after = done.out.partition("Signing is the consent")
    assert "photos/album" in before
    for fact in ("2026-01-01 – 2026-01-03", "3 kB", "2026-01-04 03:00"):
        assert fact in before
    assert f"alice approved plan {DIGITS} until" in after
    assert f"phoenix retention apply {DIGITS}" in after
    with made.context() as ctx:
        assert approval_for(ctx, PLAN.digest) is not None


def test_json_is_all_that_stands_on_the_standard_output(made: Office) -> None:
    key = json.loads(phoenix(made, "approvers", "add", "alice", "alice.pub", "--json").out)
    assert json.loads(phoenix(made, "approvers", "list", "--json").out) == [
        {"name": "alice", "type": "ssh-ed25519", "fingerprint": key["fingerprint"]}
    ]
    done = phoenix(made, "approve", DIGITS, "--key", "alice", "--json")
    assert json.loads(done.out)["digest"] == PLAN.digest
    assert "photos/album" in done.err
    [row] = json.loads(phoenix(made, "approve", "--list", "--json").out)
    assert (row["state"], row["kind"], row["approver"]) == ("valid", "plan", "alice")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("valid", "10 GB a run")), ("fr", ("valable", "10\u202fGo par passage"))],
)
def test_a_standing_approval_is_signed_and_listed(
    made: Office, language: str, words: tuple[str, str]
) -> None:
    phoenix(made, "approvers", "add", "alice", "alice.pub")
    for least in ("--engine", "--most-points", "--most-bytes", "--for"):
        left = list(BOUNDS)
        del left[left.index(least) : left.index(least) + 2]
        refused = phoenix(made, "approve", "--standing", "default", *left, "--key", "alice")
        assert refused.code == 2
    asked = ("approve", "--standing", "default", *BOUNDS, "--key", "alice")
    done = phoenix(made, *asked, language=language)
    assert done.code == 0, done.err
    assert words[1] in done.out
    listed = phoenix(made, "approve", "--list", language=language)
    assert words[0] in listed.out
    assert "default" in listed.out


def test_requests_that_make_no_sense_sign_nothing(made: Office) -> None:
    (made.home / "stick.pub").write_text(touch_key())
    assert phoenix(made, "approvers", "add", "alice", "stick.pub").code == 0
    put_key(made.home, "bob", number=1)
    for expected, arguments in (
        (2, ("approve",)),
        (2, ("approve", DIGITS)),
        (2, ("approve", DIGITS, "--list")),
        (2, ("approve", "0123", "--key", "alice")),
        (2, ("approve", DIGITS, "--key", "alice", "--for", "25h")),
        (2, ("approve", DIGITS, "--key", "alice", "--for", "soon")),
        (2, ("approve", DIGITS, "--key", "nothing")),
        (22, ("approve", DIGITS, "--key", "bob")),
        (2, ("approve", "--standing", "none", *BOUNDS, "--key", "bob")),
        (2, ("approve", "--standing", "default", *BOUNDS[:-1], "400d", "--key", "bob")),
        (2, ("approvers", "add", "eve", "bob")),
        (2, ("approvers", "add", "a,b", "bob.pub")),
        (2, ("approvers", "add", "bob", "stick.pub")),
    ):
        refused = phoenix(made, *arguments)
        assert (refused.code, refused.out.count("approved")) == (expected, 0), arguments
    assert json.loads(phoenix(made, "approve", "--list", "--json").out) == []


@pytest.mark.skipif(IS_ROOT, reason="the tests above ran as root")
def test_all_of_it_as_root_of_a_namespace() -> None:
    done = in_a_namespace(__file__)
    assert done.returncode == 0, done.stdout + done.stderr
