"""Approvals on the real OpenSSH: signed, kept, checked at every use, and never believed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from build_approvals import (
    IS_ROOT,
    MANY_USERS,
    NOBODY,
    Office,
    as_nobody,
    in_a_namespace,
    losing,
    office,
    put_key,
    raw_signature,
    roots_own,
)
from phoenix_dr import codec
from phoenix_dr.app.approval_list import State, stored_approvals
from phoenix_dr.app.approval_texts import PlanText, StandingText
from phoenix_dr.app.approvals import (
    approval_for,
    approve,
    approve_standing,
    remember_plan,
    standing_approvals,
    stored_plan,
)
from phoenix_dr.app.approvers import add_approver, approvers
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import rule_digest
from phoenix_dr.core.guard import permit
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.errors import ApprovalRequired, PhoenixError
from phoenix_dr.ledger import Kind

HOUR = timedelta(hours=1)
REQUEST = {"verb": "retention", "engines": ["home"], "compact": False}


@pytest.fixture
def made() -> Iterator[Office]:
    """An office where alice may approve."""
    with roots_own() as folder, tempfile.TemporaryDirectory(prefix="phx-home-") as home:
        yield office(folder, Path(home))


@pytest.fixture
def ctx(made: Office) -> Iterator[Context]:
    """A context on the office."""
    with made.context() as opened:
        yield opened


def key(made: Office) -> Path:
    """Alice's key."""
    return made.home / "alice"


def code_of(work: Any, *arguments: Any, **named: Any) -> str:
    """The code of the failure."""
    with pytest.raises(PhoenixError) as caught:
        work(*arguments, **named)
    return caught.value.code


def row(ctx: Context, text: PlanText | StandingText, signature: str, **more: Any) -> None:
    """Write a row as whoever can write the ledger may."""
    value = {"text": text.text, "signature": signature, "approver": "alice", **more}
    ctx.ledger.append(Kind.APPROVAL, text.subject, value, at=ctx.now())


def test_a_signed_plan_is_permitted_until_its_end(made: Office, ctx: Context) -> None:
    plan = losing()
    assert approval_for(ctx, plan.digest) is None
    given = approve(ctx, plan, key=key(made), for_=2 * HOUR)
    assert given == approval_for(ctx, plan.digest)
    assert (given.approver, given.digest) == ("alice", plan.digest)
    assert permit(plan, given, now=ctx.now()).digest == plan.digest
    assert approval_for(ctx, losing(2).digest) is None
    made.clock.shift = 2 * HOUR + timedelta(seconds=1)
    assert approval_for(ctx, plan.digest) is None


def test_an_approver_who_is_no_longer_one_has_approved_nothing(made: Office, ctx: Context) -> None:
    plan = losing()
    approve(ctx, plan, key=key(made), for_=HOUR)
    content = made.approvers.read_bytes()
    made.approvers.write_bytes(b"# nobody\n")
    assert approval_for(ctx, plan.digest) is None
    made.approvers.write_bytes(content)
    assert approval_for(ctx, plan.digest) is not None
    made.approvers.chmod(0o666)
    assert code_of(approval_for, ctx, plan.digest) == "approvers-unsafe"
    made.approvers.unlink()
    assert code_of(approval_for, ctx, plan.digest) == "approvers-missing"
    assert standing_approvals(ctx) == ()


def test_nothing_is_kept_when_it_may_not_be_signed(made: Office, ctx: Context) -> None:
    other = put_key(made.home, "mallory", number=1)
    mine, plan = key(made), losing()
    for code, kept, signing, lasting in (
        ("not-an-approver", plan, other, HOUR),
        ("approval-too-long", plan, mine, 25 * HOUR),
        ("approval-too-long", plan, mine, timedelta(0)),
        ("nothing-to-approve", make_plan(()), mine, HOUR),
        ("signing-key-missing", plan, made.home / "none", HOUR),
        ("signing-failed", plan, made.root / "phoenix.yaml", HOUR),
    ):
        assert code_of(approve, ctx, kept, key=signing, for_=lasting) == code
    rule = "a" * 64
    for most in ((0, 5), (5, 0)):
        assert (
            code_of(approve_standing, ctx, "home", rule=rule, most=most, key=mine, for_=HOUR)
            == "standing-bounds"
        )
    days = timedelta(days=181)
    code = code_of(approve_standing, ctx, "home", rule=rule, most=(1, 1), key=mine, for_=days)
    assert code == "approval-too-long"
    assert list(ctx.ledger.rows(kinds=(Kind.APPROVAL,))) == []


def standing(ctx: Context, made: Office, *, most: tuple[int, int], days: float = 90) -> str:
    """Have alice sign a standing approval of the default policy; its rule."""
    rule = rule_digest(ctx.estate, "default", "home")
    approve_standing(ctx, "home", rule=rule, most=most, key=key(made), for_=timedelta(days=days))
    return rule


def test_a_standing_approval_lets_its_rule_go_within_bounds(made: Office, ctx: Context) -> None:
    rule = standing(ctx, made, most=(3, 3000))
    now, leave = ctx.now(), standing_approvals(ctx)
    assert permit(losing(3, rule=rule), now=now, standing=leave)
    for plan in (losing(4, rule=rule), losing(3, rule="b" * 64), losing(3)):
        with pytest.raises(ApprovalRequired):
            permit(plan, now=now, standing=leave)


def test_the_last_standing_approval_replaces_those_before(made: Office, ctx: Context) -> None:
    standing(ctx, made, most=(30, 30_000))
    standing(ctx, made, most=(1, 1000))
    [only] = standing_approvals(ctx)
    assert (only.most_points, only.most_bytes) == (1, 1000)
    # Also one that ends at once: so leave is taken back.
    standing(ctx, made, most=(1, 1), days=1 / 86_400)
    made.clock.shift = timedelta(seconds=2)
    assert standing_approvals(ctx) == ()


def forgeries(ctx: Context, made: Office, plan: Plan) -> Iterator[str]:
    """Write every row somebody without an approver's key could; one name per row."""
    end = (ctx.now() + HOUR).replace(microsecond=0)
    mallory = put_key(made.home, "mallory", number=1)
    rule = rule_digest(ctx.estate, "default", "home")
    good, other = PlanText(plan.digest, end), PlanText("0" * 64, end)
    signed = raw_signature(other.text, key(made))
    row(ctx, good, "")
    yield "unsigned"
    row(ctx, good, raw_signature(good.text, mallory))
    yield "signed by another key"
    row(ctx, good, signed)
    yield "another digest"
    ctx.ledger.append(
        Kind.APPROVAL, plan.digest, {"text": other.text, "signature": signed}, at=ctx.now()
    )
    yield "another digest and its text"
    row(ctx, good, raw_signature(good.text, key(made), namespace="file"))
    yield "signed for files"
    past = PlanText(plan.digest, end - 2 * HOUR)
    row(ctx, past, raw_signature(past.text, key(made)))
    yield "expired"
    row(ctx, good, raw_signature(past.text, key(made)))
    yield "an expired signature under a later end"
    late = PlanText(plan.digest, end + timedelta(days=30))
    row(ctx, late, raw_signature(late.text, key(made)))
    yield "a month ahead"
    sane = StandingText(rule, "home", 1, 1, end)
    wide = StandingText(rule, "home", 999, 10**12, end)
    row(ctx, wide, raw_signature(sane.text, key(made)))
    yield "standing with wider bounds"
    row(ctx, wide, raw_signature(wide.text, mallory))
    yield "standing by another key"
    ctx.ledger.append(Kind.APPROVAL, plan.digest, {"text": [], "signature": 5}, at=ctx.now())
    yield "no text"
    ctx.ledger.append(Kind.APPROVAL, plan.digest, codec.encode(plan), at=ctx.now())
    yield "no approval"


def test_no_forged_row_gets_a_permit(made: Office, ctx: Context) -> None:
    plan = losing(3, rule=rule_digest(ctx.estate, "default", "home"))
    for name in forgeries(ctx, made, plan):
        leave = approval_for(ctx, plan.digest), standing_approvals(ctx)
        with pytest.raises(ApprovalRequired):
            permit(plan, leave[0], now=ctx.now(), standing=leave[1])
        assert leave == (None, ()), name
    states = [each.state for each in stored_approvals(ctx).approvals]
    assert State.VALID not in states
    assert {State.UNSIGNED, State.UNREADABLE, State.EXPIRED, State.TOO_LONG} == set(states)
    # The broken twin: the one right row is found among them all.
    approve(ctx, plan, key=key(made), for_=HOUR)
    assert permit(plan, approval_for(ctx, plan.digest), now=ctx.now())


def test_what_is_stored_is_listed_with_what_it_is_worth(made: Office, ctx: Context) -> None:
    plan = losing()
    approve(ctx, plan, key=key(made), for_=HOUR)
    standing(ctx, made, most=(1, 1))
    standing(ctx, made, most=(2, 2))
    approve_standing(ctx, "home", rule="c" * 64, most=(1, 1), key=key(made), for_=timedelta(days=1))
    found = stored_approvals(ctx)
    assert [(each.state, each.policy) for each in found.approvals] == [
        (State.RULE_CHANGED, ""),
        (State.VALID, "default"),
        (State.REPLACED, "default"),
        (State.VALID, ""),
    ]
    made.approvers.unlink()
    found = stored_approvals(ctx)
    assert {each.state for each in found.approvals} == {State.UNCHECKED}
    assert found.problem is not None
    assert found.problem.code == "approvers-missing"


def test_plans_are_found_by_their_first_digits(ctx: Context) -> None:
    plan, other = losing(), losing(2)
    for each in (other, plan, plan):
        remember_plan(ctx, each, REQUEST)
    assert stored_plan(ctx, plan.digest[:8].upper()) == (plan, REQUEST)
    assert stored_plan(ctx, plan.digest) == (plan, REQUEST)
    for digits in (plan.digest[:7], "", "g" * 8, "0" * 64, plan.digest + "0", "../../etc"):
        assert code_of(stored_plan, ctx, digits) == "plan-unknown"
    twin = plan.digest[:9] + "0" * 55
    ctx.ledger.append(Kind.PLAN, twin, {}, at=ctx.now())
    assert code_of(stored_plan, ctx, plan.digest[:9]) == "plan-ambiguous"


@pytest.mark.parametrize("value", [{}, [], {"plan": {}, "request": {}}, {"plan": None}])
def test_a_plan_that_is_none_is_refused(ctx: Context, value: object) -> None:
    ctx.ledger.append(Kind.PLAN, "a" * 64, {"is": value}, at=ctx.now())
    assert code_of(stored_plan, ctx, "a" * 8) == "plan-tampered"


def test_a_plan_changed_in_the_ledger_is_refused(ctx: Context) -> None:
    plan, bigger = codec.encode(losing()), codec.encode(losing(4))
    for changed in (
        {**plan, "actions": bigger["actions"]},
        {**plan, "losses": []},
        {**plan, "preconditions": []},
        bigger,
    ):
        ctx.ledger.append(
            Kind.PLAN, plan["digest"], {"plan": changed, "request": REQUEST}, at=ctx.now()
        )
        assert code_of(stored_plan, ctx, plan["digest"]) == "plan-tampered"
    ctx.ledger.append(Kind.PLAN, plan["digest"], {"plan": plan, "request": 5}, at=ctx.now())
    assert code_of(stored_plan, ctx, plan["digest"]) == "plan-tampered"


def test_approvers_are_added_once_and_by_name(made: Office, ctx: Context) -> None:
    bob = put_key(made.home, "bob", "ecdsa256").with_name("bob.pub")
    add_approver(ctx, "bob", bob)
    assert [each.name for each in approvers(ctx)] == ["alice", "bob"]
    line = made.approvers.read_text().splitlines()[1].split()
    assert line[:2] == ["bob", 'namespaces="phoenix-approval"']
    assert len(line) == 4
    assert code_of(add_approver, ctx, "carol", bob) == "approver-known"
    for name in ("", "-n", "a b", "*", "a,b", "é", "x" * 65, "a\nb", "!a", "#a"):
        assert code_of(add_approver, ctx, name, bob) == "approver-name"
    assert code_of(add_approver, ctx, "dave", made.home / "bob") == "key-private"
    assert len(approvers(ctx)) == 2


def typing(argv: list[str], made: Office, seconds: float = 60) -> tuple[int, str]:
    """Run a command on a terminal where somebody says yes to everything."""
    pid, screen = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, {**made.environ, "TERM": "xterm"})
    seen, end = b"", time.monotonic() + seconds
    os.set_blocking(screen, False)
    while time.monotonic() < end:
        try:
            os.write(screen, b"yes\ny\n\n")
            seen += os.read(screen, 65536)
        except BlockingIOError:
            pass
        except OSError:
            break
        time.sleep(0.05)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(screen)
    return code, seen.decode(errors="replace")


def without_a_key(made: Office) -> tuple[str, ...]:
    """Words that run a command as somebody else, who owns the ledger but not the approvers."""
    if not MANY_USERS:
        return ()
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", made.home], check=True)
    return as_nobody()


def test_a_person_at_a_terminal_without_an_approvers_key_gets_nothing(
    made: Office, ctx: Context
) -> None:
    plan = losing(3, rule=rule_digest(ctx.estate, "default", "home"))
    remember_plan(ctx, plan, REQUEST)
    list(forgeries(ctx, made, plan))
    mallory = str(made.home / "mallory")
    ctx.ledger.close()
    before = made.approvers.read_bytes()
    key(made).unlink()
    words = (*without_a_key(made), sys.executable, "-m", "phoenix_dr")
    digits = plan.digest[:12]
    bounds = ("--engine", "home", "--most-points", "9", "--most-bytes", "9GB", "--for", "9d")
    for expected, arguments in (
        (20, ("retention", "apply", digits)),
        (22, ("approve", digits, "--key", mallory)),
        (22, ("approve", "--standing", "default", *bounds, "--key", mallory)),
        (2, ("approve", digits, "--key", f"{key(made)}.pub")),
        (2, ("approve", digits)),
        (20, ("retention", "apply", digits)),
    ):
        code, said = typing([*words, *arguments], made)
        assert code == expected, said
        assert "Traceback" not in said
    if MANY_USERS:
        code, said = typing([*words, "approvers", "add", "mallory", f"{mallory}.pub"], made)
        assert (code, "sudo phoenix approvers add mallory" in said) == (2, True)
    assert made.approvers.read_bytes() == before


@pytest.mark.skipif(IS_ROOT, reason="the tests above ran as root")
def test_all_of_it_as_root_of_a_namespace() -> None:
    done = in_a_namespace(__file__)
    assert done.returncode == 0, done.stdout + done.stderr
