"""Loki's file is edited under a permit, in one step, and Loki is left alone."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from build_loki import ALERTS, NOW, WRITTEN, engine, written
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.loki import Loki
from phoenix_dr.core.evidence import Span
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.losses import Ground
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.plan import Action, SetRetention, make_plan
from phoenix_dr.errors import EngineError, EngineUnreachable, PlanStale, Refused

SHORTER = (SpanRule("", 7 * DAY), SpanRule(ALERTS, 90 * DAY))
GROUND = Ground(
    spans={"logs": (Span("logs", "", NOW - 13 * DAY, NOW),)},
    in_force={"logs": (SpanRule("", 14 * DAY), SpanRule(ALERTS, 90 * DAY))},
    now=NOW,
)


def do(loki: Loki, action: Action, *, permitted: Action | None = None) -> Done:
    """Perform an action under a permit for it, or for another one."""
    plan = make_plan([permitted or action], GROUND)
    allowed = permit(plan, Approval(plan.digest, "me", NOW + timedelta(hours=1)), now=NOW)
    return loki.perform(action, allowed, progress=lambda progress: None, cancel=threading.Event())


def wanted(loki: Loki, *rules: SpanRule) -> SetRetention:
    """To set rules in the file as it is now."""
    return SetRetention("logs", rules or SHORTER, loki.seen())


def test_the_file_says_the_new_rules_and_a_person_restarts(tmp_path: Path) -> None:
    file = written(tmp_path)
    loki = engine(tmp_path, config=str(file))
    assert do(loki, wanted(loki)) == Done(note="restart-missing")
    assert file.read_text() == WRITTEN.replace("336h", "168h")
    assert do(loki, wanted(loki)) == Done(note="unchanged")


def test_seen_is_the_digest_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path)
    seen = engine(tmp_path, config=str(file)).seen()
    assert seen == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("changed", [WRITTEN + "# touched\n", WRITTEN.replace("336h", "168h")])
def test_a_file_that_changed_since_is_left_alone(tmp_path: Path, changed: str) -> None:
    file = written(tmp_path)
    loki = engine(tmp_path, config=str(file))
    action = wanted(loki)
    written(tmp_path, changed)
    with pytest.raises(PlanStale, match="settings-changed"):
        do(loki, action)
    assert file.read_text() == changed


def test_owner_mode_and_neighbours_stay(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 12345, 12346)
    before = file.stat()
    loki = engine(tmp_path, config=str(file))
    do(loki, wanted(loki))
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert list(tmp_path.iterdir()) == [file]


def test_a_symbolic_link_stays_and_its_file_is_edited(tmp_path: Path) -> None:
    real = written(tmp_path)
    link = tmp_path / "link.yml"
    link.symlink_to(real)
    loki = engine(tmp_path, config=str(link))
    do(loki, wanted(loki))
    assert link.is_symlink()
    assert "168h" in real.read_text()


def test_a_file_of_several_names_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    os.link(file, tmp_path / "other.yml")
    loki = engine(tmp_path, config=str(file))
    with pytest.raises(EngineError, match="settings-linked"):
        do(loki, wanted(loki))
    assert file.read_text() == WRITTEN


@pytest.mark.parametrize(
    ("text", "rules", "code"),
    [
        (WRITTEN, (SpanRule("", 7 * DAY), SpanRule("{level=}", 90 * DAY)), "loki-rule-unfit"),
        (WRITTEN, (SpanRule("", timedelta(hours=3)),), "loki-rule-unfit"),
        (WRITTEN.replace("336h", "&p 336h") + "x: *p\n", SHORTER, "edit-cannot-keep"),
    ],
)
def test_a_refused_edit_writes_nothing(
    tmp_path: Path, text: str, rules: tuple[SpanRule, ...], code: str
) -> None:
    file = written(tmp_path, text)
    loki = engine(tmp_path, config=str(file))
    with pytest.raises(Refused, match=code):
        do(loki, wanted(loki, *rules))
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (WRITTEN + "auth_enabled: false\n", "yaml-duplicate"),
        (WRITTEN + "\tx: 1\n", "yaml-broken"),
        (WRITTEN.replace("336h", "${X}"), "loki-unclear"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_written(tmp_path: Path, text: str, code: str) -> None:
    file = written(tmp_path, text)
    loki = engine(tmp_path, config=str(file))
    with pytest.raises(EngineError, match=code):
        do(loki, wanted(loki))
    assert file.read_text() == text


def test_nothing_is_written_without_a_permit_for_it(tmp_path: Path) -> None:
    file = written(tmp_path)
    loki = engine(tmp_path, config=str(file))
    other = wanted(loki, SpanRule("", 8 * DAY))
    with pytest.raises(Refused):
        do(loki, wanted(loki), permitted=other)
    assert file.read_text() == WRITTEN


def test_without_a_file_there_is_nothing_to_set(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="retention-no-file"):
        do(engine(tmp_path), SetRetention("logs", SHORTER, "0"))
    with pytest.raises(EngineUnreachable, match="settings-missing"):
        engine(tmp_path, config=str(tmp_path / "gone")).seen()


def test_the_rule_as_it_lies_on_the_disk_is_read_again(tmp_path: Path) -> None:
    loki = engine(tmp_path, config=str(written(tmp_path)))
    loki._check(tmp_path / "loki.yml", GROUND.in_force["logs"])
    with pytest.raises(Refused, match="edit-cannot-keep"):
        loki._check(tmp_path / "loki.yml", SHORTER)
