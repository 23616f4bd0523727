"""Schedules as systemd and cron read them, judged by the real `systemd-analyze` and `crontab`."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    Check,
    CheckKind,
    Estate,
    Policy,
    RetentionRule,
    Service,
)
from phoenix_dr.core.regular_work import regular_work
from phoenix_dr.core.schedule import next_after, parse
from phoenix_dr.errors import UsageError
from phoenix_dr.render.calendar import for_crontab, on_calendar
from phoenix_dr.render.cron import crontab
from phoenix_dr.render.flow import Installed
from phoenix_dr.render.timers import units
from tools import environment, program

INSTALLED = Installed(program="/bin/true", config="/etc/phoenix/phoenix.yaml")


def service(name: str, *, policy: str = "default", kind: AssetKind = AssetKind.FILES) -> Service:
    return Service(name, assets=(Asset(f"{name}/data", kind, "/srv", policy=policy),))


def estate(*services: Service, schedules: Mapping[str, str] | None = None) -> Estate:
    wanted = schedules or {"default": "0 3,15 * * *"}
    return Estate(
        name="home",
        here="worker1",
        timezone="Europe/Paris",
        policies={
            name: Policy(name, text, RetentionRule(), "", ("local",))
            for name, text in wanted.items()
        },
        services={each.name: each for each in services or (service("wiki"),)},
    )


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        ("0 3,15 * * *", ("*-*-* 03,15:00:00 Europe/Paris",)),
        ("*/15 * * * *", ("*-*-* *:00/15:00 Europe/Paris",)),
        ("5 9-17 * * mon-fri", ("Mon..Fri *-*-* 09..17:05:00 Europe/Paris",)),
        ("0 4 * * 0", ("Sun *-*-* 04:00:00 Europe/Paris",)),
        ("0 4 * * 7,3", ("Wed,Sun *-*-* 04:00:00 Europe/Paris",)),
        ("0 4 1 jan,jul *", ("*-01,07-01 04:00:00 Europe/Paris",)),
        ("0 4 L * *", ("*-*~01 04:00:00 Europe/Paris",)),
        ("@daily", ("*-*-* 00:00:00 Europe/Paris",)),
        ("0 4 1,15 * 5", ("*-*-01,15 04:00:00 Europe/Paris", "Fri *-*-* 04:00:00 Europe/Paris")),
        ("0 4 */2 * 1", ("Mon *-*-01/2 04:00:00 Europe/Paris",)),
    ],
)
def test_cron_in_systemds_words(expression: str, lines: tuple[str, ...]) -> None:
    assert on_calendar(parse(expression, "Europe/Paris")) == lines


@pytest.mark.parametrize("expression", ["0 4 * * 1#3", "0 4 * * 5L", "0 4 LW * *", "0 4 * * 1,5L"])
def test_what_systemd_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="schedule-not-expressible"):
        on_calendar(parse(expression, "UTC"))


@pytest.mark.parametrize("expression", ["0 4 L * *", "0 4 * * 1#3", "0 4 * * 5L"])
def test_what_cron_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="schedule-not-expressible"):
        for_crontab(parse(expression, "UTC"))


def test_units_of_an_ordinary_user_run_as_that_user() -> None:
    """Root refuses a configuration that is not root's, and would own the state afterwards."""
    own = units(regular_work(estate()), replace(INSTALLED, user="ana"), language="en")
    services = [unit.text for unit in own if unit.name.endswith(".service")]
    assert services
    assert all("\nUser=ana\n" in text for text in services)
    assert "User=" not in "".join(
        u.text for u in units(regular_work(estate()), INSTALLED, language="en")
    )


def numbers(first: int, last: int) -> st.SearchStrategy[str]:
    """Lists, ranges and steps of one cron field."""
    low = st.integers(first, last - 1)
    single = low.map(str)
    span = st.tuples(low, st.integers(1, last)).map(lambda it: f"{it[0]}-{min(last, sum(it))}")
    step = st.integers(2, 7)
    stepped = st.tuples(st.one_of(st.just("*"), single, span), step).map(
        lambda it: f"{it[0]}/{it[1]}"
    )
    one = st.one_of(single, span, stepped)
    return st.one_of(st.just("*"), one, st.lists(one, min_size=2, max_size=3).map(",".join))


EXPRESSIONS = st.tuples(
    numbers(0, 59), numbers(0, 23), numbers(1, 28), numbers(1, 12), numbers(0, 7)
).map(" ".join)
START = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@settings(max_examples=40)
@given(EXPRESSIONS)
def test_systemd_runs_when_cron_does(expression: str) -> None:
    cron = parse(expression, "UTC")
    expected = [START]
    for _ in range(3):
        expected.append(next_after(cron, expected[-1]))
    assert elapses(on_calendar(cron), 3) == expected[1:]


def elapses(lines: tuple[str, ...], count: int) -> list[datetime]:
    """The next runs of all lines together after START, as systemd computes them."""
    runs: set[datetime] = set()
    for line in lines:
        found = calendar("--iterations", str(count), "--base-time", "2026-11-23 01:30:00 UTC", line)
        for text in found.stdout.splitlines():
            words = text.split()
            if text.strip().startswith(("Next elapse:", "Iteration", "Iter.")) and "UTC" in words:
                at = words.index("UTC")
                moment = datetime.fromisoformat(f"{words[at - 2]} {words[at - 1]}+00:00")
                runs.add(moment)
    return sorted(runs)[:count]


def calendar(*arguments: str) -> subprocess.CompletedProcess[str]:
    """systemd-analyze calendar, in UTC."""
    return subprocess.run(
        [program("systemd-analyze"), "calendar", *arguments],
        capture_output=True, text=True, timeout=20, check=True, env={**environment(), "TZ": "UTC"},
    )  # fmt: skip


def test_a_shifted_schedule_would_be_noticed() -> None:
    wrong = on_calendar(parse("1 3 * * *", "UTC"))
    assert elapses(wrong, 1) != [START + timedelta(minutes=90)]
    assert elapses(on_calendar(parse("0 3 * * *", "UTC")), 1) == [START + timedelta(minutes=90)]


@settings(max_examples=25)
@given(EXPRESSIONS)
def test_cron_accepts_every_schedule(expression: str) -> None:
    line = for_crontab(parse(expression, "UTC"))
    assert judged_by_cron(f"{line} true\n"), line


def judged_by_cron(text: str) -> bool:
    """Whether the real crontab accepts a text."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        ran = subprocess.run(
            [program("crontab"), "-n", file.name],
            capture_output=True, check=False, timeout=20, env=environment(),
        )  # fmt: skip
    return ran.returncode == 0


def verified(folder: Path, of: Estate, installed: Installed) -> str:
    """What systemd-analyze verify says of the units; empty when it is content."""
    files = units(regular_work(of), installed, language="en")
    for file in files:
        (folder / file.name).write_text(file.text, encoding="utf-8")
    ran = subprocess.run(
        [program("systemd-analyze"), "verify", *(str(folder / file.name) for file in files)],
        capture_output=True, text=True, check=False, timeout=60, env=environment(),
    )  # fmt: skip
    said = [line for line in ran.stderr.splitlines() if "phoenix" in line and str(folder) in line]
    return "\n".join(said) or ("" if ran.returncode == 0 else ran.stderr)


CANARY = replace(
    service("wiki"), checks=(Check("wiki/data", CheckKind.CANARY, within=timedelta(hours=1)),)
)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    assert verified(tmp_path, estate(CANARY), INSTALLED) == ""


def test_systemd_refuses_a_broken_unit(tmp_path: Path) -> None:
    missing = replace(INSTALLED, program="/nowhere/phoenix")
    assert "/nowhere/phoenix" in verified(tmp_path, estate(), missing)
    (tmp_path / "phoenix-backup.timer").write_text("[Timer]\nOnCalendar=never ever\n")
    ran = subprocess.run(
        [program("systemd-analyze"), "verify", str(tmp_path / "phoenix-backup.timer")],
        capture_output=True, text=True, check=False, timeout=60, env=environment(),
    )  # fmt: skip
    assert ran.returncode != 0


def test_odd_paths_reach_the_program_unchanged(tmp_path: Path) -> None:
    odd = tmp_path / "a b%h$HOME" / "phoenix"
    odd.parent.mkdir()
    odd.write_text("#!/bin/sh\n")
    odd.chmod(0o755)
    assert verified(tmp_path, estate(), replace(INSTALLED, program=str(odd))) == ""
    text = units(regular_work(estate()), replace(INSTALLED, config="/a b%c\n"), language="en")[
        0
    ].text
    assert 'Environment="PHOENIX_CONFIG=/a b%%c\\x0a"' in text


def test_a_program_systemd_cannot_start_is_refused() -> None:
    with pytest.raises(UsageError, match="path-not-for-systemd"):
        units(regular_work(estate()), replace(INSTALLED, program='/opt/"x"/phoenix'), language="en")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_cron_accepts_the_crontab(language: str) -> None:
    odd = replace(INSTALLED, program="/opt/a b/100%/x")
    works = regular_work(estate(CANARY))
    text = crontab(works, odd, zone="Europe/Paris", language=language)
    assert judged_by_cron(text)
    assert "0 3,15 * * * '/opt/a b/100\\%/x' backup\n" in text
    assert not judged_by_cron(text.replace("0 3,15", "0 33"))


def test_a_path_cron_cannot_hold_is_refused() -> None:
    odd = replace(INSTALLED, config="/a\nb")
    with pytest.raises(UsageError, match="path-not-for-crontab"):
        crontab(regular_work(estate()), odd, zone="UTC", language="en")


def commands(of: Estate) -> dict[str, str]:
    return {work.name: " ".join(work.arguments) for work in regular_work(of)}


def test_everything_regular_is_there() -> None:
    assert commands(estate(CANARY)) == {
        "phoenix-backup": "backup",
        "phoenix-canary": "canary beat",
        "phoenix-observe": "observe",
        "phoenix-audit": "audit",
        "phoenix-drill": "drill due --minutes 30",
    }
    assert "phoenix-canary" not in commands(estate())


def test_each_schedule_has_its_own_backup() -> None:
    several = estate(
        service("wiki"),
        service("media", policy="Rarely, at night"),
        service("dns", policy="guests", kind=AssetKind.GUEST),
        service("photos"),
        schedules={"default": "0 3 * * *", "Rarely, at night": "0 4 * * 0", "guests": "0 5 * * *"},
    )
    backups = {name: line for name, line in commands(several).items() if "backup" in name}
    assert backups == {
        "phoenix-backup-default": "backup wiki photos",
        "phoenix-backup-rarely-at-night": "backup media",
    }


def test_an_audit_with_findings_is_no_failed_unit_but_a_backup_is() -> None:
    texts = {
        file.name: file.text for file in units(regular_work(estate()), INSTALLED, language="fr")
    }
    assert "SuccessExitStatus=3" in texts["phoenix-audit.service"]
    assert "SuccessExitStatus" not in texts["phoenix-backup.service"]
