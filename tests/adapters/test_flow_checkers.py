"""The programs that judge a schedule: the real ones, and crontabs that take other options."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from build_flow import checkers
from phoenix_dr.adapters.flow_checkers import Checkers
from phoenix_dr.errors import EngineError

GOOD, BAD = "0 3 * * * root true\n", "0 33 * * * root true\n"
# What cronie 1.6 does: -T tests a file, -n sets the host of a cluster.
CRONIE = """\
echo "$1" >>"$0.seen"
[ "$1" = -T ] || exit 0
grep -q 33 "$2" || exit 0
echo '"FILE":1: bad hour' >&2; echo "Invalid crontab file. Syntax issues were found." >&2; exit 1
"""
# What busybox does: neither.
BUSYBOX = """\
echo "$1" >>"$0.seen"
echo "crontab: invalid option -- 'T'" >&2
echo "Usage: crontab [-c DIR] [-u USER] [-ler]|[FILE]" >&2
exit 1
"""


def judges(path: str) -> Checkers:
    return Checkers({"PATH": path, "HOME": "/nonexistent"}, threading.Event())


def other(folder: Path, script: str) -> Checkers:
    """A crontab of another make, first on PATH."""
    folder.mkdir()
    (folder / "crontab").write_text(f"#!/bin/sh\n{script}")
    (folder / "crontab").chmod(0o755)
    return judges(f"{folder}:{os.environ['PATH']}")


@pytest.fixture
def lines(tmp_path: Path) -> tuple[Path, Path]:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text(GOOD)
    bad.write_text(BAD)
    return good, bad


def test_debians_crontab(tmp_path: Path, lines: tuple[Path, Path]) -> None:
    real = judges(checkers(tmp_path / "bin"))
    assert real.crontab(lines[0]) is True
    with pytest.raises(EngineError, match="schedule-refused"):
        real.crontab(lines[1])


def test_cronies_crontab_is_never_asked_to_set_a_host(
    tmp_path: Path, lines: tuple[Path, Path]
) -> None:
    cronie = other(tmp_path / "bin", CRONIE)
    assert cronie.crontab(lines[0]) is True
    with pytest.raises(EngineError, match="bad hour"):
        cronie.crontab(lines[1])
    assert (tmp_path / "bin" / "crontab.seen").read_text().split() == ["-T", "-T"]


def test_a_crontab_that_would_install_is_not_trusted_to_judge(
    tmp_path: Path, lines: tuple[Path, Path]
) -> None:
    assert other(tmp_path / "bin", BUSYBOX).crontab(lines[0]) is None
    assert (tmp_path / "bin" / "crontab.seen").read_text().split() == ["-T"]


def test_a_calendar_systemd_cannot_read_is_refused(tmp_path: Path) -> None:
    real = judges(checkers(tmp_path / "bin"))
    units = tmp_path / "units"
    units.mkdir()
    (units / "x.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/sh\n")
    assert real.timers(units, calendars=["*-*-* 03:00:00 Europe/Paris"]) is True
    with pytest.raises(EngineError, match="schedule-refused"):
        real.timers(units, calendars=["*-*-* 03:00:00 Europe/Nowhere"])
    (units / "x.service").write_text("[Service]\nType=oneshot\nExecStart=relative\n")
    with pytest.raises(EngineError, match="schedule-refused"):
        real.timers(units, calendars=["*-*-* 03:00:00"])


@pytest.mark.parametrize(
    ("old", "new"),
    [("permissions: {}", "permissions: all"), ("- cron", "- corn"), ("runs-on", "run-on")],
)
def test_a_workflow_that_breaks_githubs_schema_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    real = judges(checkers(tmp_path / "bin"))
    text = (
        'name: x\non:\n  schedule:\n    - cron: "0 2 * * *"\npermissions: {}\n'
        'jobs:\n  x:\n    runs-on: ["self-hosted"]\n    steps:\n      - run: "true"\n'
    )
    file = tmp_path / "x.yml"
    file.write_text(text)
    assert real.workflows([file]) is True
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(EngineError, match="schedule-refused"):
        real.workflows([file])
