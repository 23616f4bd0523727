"""The real Prometheus: what it holds, changing its rule, and what must leave its files alone."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import build_prometheus
from build_prometheus import Held
from phoenix_dr.adapters._settings import SettingsFile
from phoenix_dr.adapters.base import Done
from phoenix_dr.adapters.prometheus import Prometheus
from phoenix_dr.core.evidence import Span
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.core.plan import Ground, SetRetention, make_plan
from phoenix_dr.errors import EngineError, EngineUnreachable, PlanStale, Refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FLAG = "--storage.tsdb.retention.time"
SHORT = SpanRule("", DAY, None, "what the shop needs")
CONFIG = """\
# who watches
global:
  scrape_interval: 15s   # often
rule_files: []
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Three days of samples."""
    return build_prometheus.samples(tmp_path_factory.mktemp("samples"))


def set_retention(
    engine: Prometheus, *rules: SpanRule, seen: str | None = None, span: Span | None = None
) -> Done:
    """Plan, approve and perform a change of rule, as the application does."""
    action = SetRetention("graphs", rules, engine.seen() if seen is None else seen)
    ground = Ground(
        spans={"graphs": (span or Span("graphs", "", NOW - 9 * DAY, NOW, 1000),)},
        in_force={"graphs": (SpanRule("", 3650 * DAY),)},
        now=NOW,
    )
    plan = make_plan([action], ground)
    leave = permit(plan, Approval(plan.digest, "somebody", NOW + timedelta(hours=1)), now=NOW)
    return engine.perform(action, leave, progress=lambda progress: None, cancel=threading.Event())


def started_with(file: Path) -> list[str]:
    """The words a shell, and so Debian's own scripts, make of the file."""
    done = subprocess.run(
        ["/bin/sh", "-c", '. "$1"; printf %s "$ARGS"', "sh", file],
        check=True,
        capture_output=True,
        text=True,
        timeout=10,
    )
    return shlex.split(done.stdout)


def test_the_rule_is_changed_and_the_running_one_follows_its_restart(
    held: Held, tmp_path: Path
) -> None:
    file = tmp_path / "prometheus"
    file.write_text(f'# kept\nARGS="{FLAG}=3650d \\\n  --query.timeout=1m"\n')
    folder = build_prometheus.copy(held, tmp_path)
    now = datetime.now(UTC)
    with build_prometheus.running(tmp_path, folder, *started_with(file)) as url:
        engine = build_prometheus.engine(tmp_path, url=url, arguments=str(file))
        before = engine.observe(now=now)
        assert before.blind_spots == ()
        assert before.version.split(".")[0] in ("2", "3")
        assert before.in_force == before.written == (SpanRule("", 3650 * DAY, None),)
        assert before.spans[0].since == held.since
        assert abs(before.spans[0].until - held.until) <= timedelta(seconds=1)
        on_disk = sum(path.stat().st_size for path in folder.glob("0*/**/*") if path.is_file())
        assert before.spans[0].size is not None
        assert abs(before.spans[0].size - on_disk) < on_disk / 4
        assert set_retention(engine, SHORT, span=before.spans[0]).note == "restart-missing"
        after = engine.observe(now=now)
        assert after.in_force == before.in_force, "it was not restarted"
        assert after.spans == before.spans
        assert after.written == (SpanRule("", DAY, None),)
        assert set_retention(engine, SHORT).note == "unchanged"
    assert file.read_text() == f'# kept\nARGS="{FLAG}=1d \\\n  --query.timeout=1m"\n'
    with build_prometheus.running(tmp_path, folder, *started_with(file)) as url:
        again = build_prometheus.engine(tmp_path, url=url, arguments=str(file))
        until = time.monotonic() + 10
        while (found := again.observe(now=now)).spans[0].since == held.since:
            assert time.monotonic() < until, "the old blocks are still there"
            time.sleep(0.2)
        assert found.in_force == (SpanRule("", DAY, None),)
        assert found.spans[0].since > held.since + DAY


def test_an_empty_prometheus_holds_no_time_and_keeps_the_default(tmp_path: Path) -> None:
    with build_prometheus.running(tmp_path, tmp_path / "data") as url:
        found = build_prometheus.engine(tmp_path, url=url).observe(now=NOW)
    assert found.spans == (Span("graphs", "", NOW, NOW, 0),)
    assert found.in_force == (SpanRule("", 15 * DAY, None),)
    assert found.written is None
    assert found.blind_spots == ()


def test_a_size_is_in_force_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "prometheus"
    file.write_text('ARGS=""\n')
    rule = SpanRule("", 40 * DAY, 50_000_000_000)
    set_retention(build_prometheus.engine(tmp_path, arguments=str(file)), rule)
    with build_prometheus.running(tmp_path, tmp_path / "data", *started_with(file)) as url:
        found = build_prometheus.engine(tmp_path, url=url, arguments=str(file)).observe(now=NOW)
    assert found.in_force == found.written == (rule,)


def test_a_file_that_cannot_be_read_is_a_blind_spot(tmp_path: Path) -> None:
    (tmp_path / "unclear").write_text("PATH=/bin\n")
    with build_prometheus.running(tmp_path, tmp_path / "data") as url:
        for name, code in (("unclear", "arguments-unclear"), ("absent", "settings-missing")):
            engine = build_prometheus.engine(tmp_path, url=url, arguments=str(tmp_path / name))
            found = engine.observe(now=NOW)
            assert [spot.reason for spot in found.blind_spots] == [code]
            assert found.written is None
            with pytest.raises(EngineError, match=code):
                set_retention(engine, SHORT)


def test_without_files_there_is_nothing_to_edit(tmp_path: Path) -> None:
    engine = build_prometheus.engine(tmp_path)
    with pytest.raises(EngineError, match="retention-no-file"):
        engine.seen()
    with pytest.raises(EngineUnreachable, match="url-missing"):
        engine.observe(now=NOW)


def test_a_configuration_promtool_refuses_stays_untouched(tmp_path: Path) -> None:
    """2.42 knows no retention in its file; and a file with a fault of its own is no better."""
    for text in (CONFIG, CONFIG.replace("15s", "soon"), CONFIG + "basic_auth: hunter2\n"):
        file = tmp_path / "prometheus.yml"
        file.write_text(text)
        engine = build_prometheus.engine(tmp_path, config=str(file))
        with pytest.raises(EngineError) as caught:
            set_retention(engine, SHORT)
        assert caught.value.code == "config-refused"
        assert "hunter2" not in str(caught.value)
        assert file.read_text() == text
        assert os.listdir(tmp_path) == ["prometheus.yml"]


def test_without_promtool_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(CONFIG)
    engine = build_prometheus.engine(tmp_path, path=str(tmp_path), config=str(file))
    with pytest.raises(EngineUnreachable, match="program-missing"):
        set_retention(engine, SHORT)
    assert file.read_text() == CONFIG
    assert os.listdir(tmp_path) == ["prometheus.yml"]


def newer(root: Path) -> str:
    """A stand-in for a promtool of a version that knows retention in the file; ours does not."""
    tools = root / "tools"
    tools.mkdir()
    script = tools / "promtool"
    script.write_text('#!/bin/sh\n[ "$1 $2" = "check config" ] && [ -s "$3" ]\n')
    script.chmod(0o755)
    return f"{tools}:/usr/bin:/bin"


def test_the_rule_in_prometheus_yml_keeps_comments_and_all_else(tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(CONFIG)
    engine = build_prometheus.engine(tmp_path, path=newer(tmp_path), config=str(file))
    set_retention(engine, SpanRule("", 30 * DAY, 5 << 30))
    made = file.read_text()
    assert made.startswith(CONFIG)
    assert "time: 30d" in made
    assert "size: '5GB'" in made
    set_retention(engine, SHORT)
    assert file.read_text() == made.replace("30d", "1d").replace("      size: '5GB'\n", "")
    assert set_retention(engine, SHORT).note == "unchanged"


def test_a_rule_that_stands_in_both_files_is_refused(tmp_path: Path) -> None:
    config, arguments = tmp_path / "prometheus.yml", tmp_path / "prometheus"
    config.write_text("storage: {tsdb: {retention: {time: 9d}}}\n")
    arguments.write_text('ARGS="--web.x"\n')
    engine = build_prometheus.engine(
        tmp_path, path=newer(tmp_path), config=str(config), arguments=str(arguments)
    )
    assert engine.seen() == SettingsFile("graphs", config).seen()
    set_retention(engine, SHORT)
    assert config.read_text() == "storage: {tsdb: {retention: {time: 1d}}}\n"
    arguments.write_text(f'ARGS="{FLAG}=5d"\n')
    with pytest.raises(EngineError, match="retention-twice"):
        set_retention(engine, SHORT, seen="")


def test_a_file_that_changed_since_the_plan_is_not_edited(tmp_path: Path) -> None:
    file = tmp_path / "prometheus"
    file.write_text('ARGS=""\n')
    engine = build_prometheus.engine(tmp_path, arguments=str(file))
    seen = engine.seen()
    file.write_text('ARGS="--web.x"\n')
    with pytest.raises(PlanStale, match="settings-changed"):
        set_retention(engine, SHORT, seen=seen)
    assert file.read_text() == 'ARGS="--web.x"\n'


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (SHORT, SHORT),
        (SpanRule('{a="b"}', DAY),),
        (SpanRule("", timedelta(0)),),
        (SpanRule("", None, 0),),
    ],
)
def test_a_rule_prometheus_cannot_keep_is_refused(
    tmp_path: Path, rules: tuple[SpanRule, ...]
) -> None:
    file = tmp_path / "prometheus"
    file.write_text('ARGS=""\n')
    with pytest.raises(Refused, match="retention-unfit"):
        set_retention(build_prometheus.engine(tmp_path, arguments=str(file)), *rules)
    assert file.read_text() == 'ARGS=""\n'


def keep(fresh: Path) -> None:
    """Find no fault."""


def test_owner_mode_link_and_name_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real[1]*.yml", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(real, 1234, 1235)
    link.symlink_to(real)
    before = real.stat()
    file = SettingsFile("graphs", link)
    file.replace("new", seen=file.seen(), check=keep)
    after = real.stat()
    assert real.read_text() == "new"
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert sorted(os.listdir(tmp_path)) == ["link", "real[1]*.yml"]


def test_a_file_with_a_second_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("old")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    file = SettingsFile("graphs", tmp_path / "one")
    with pytest.raises(EngineError, match="settings-linked"):
        file.replace("new", seen=file.seen(), check=keep)
    assert (tmp_path / "one").read_text() == "old"


def test_a_file_that_changes_while_it_is_checked_is_left(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("old")
    file = SettingsFile("graphs", path)
    with pytest.raises(PlanStale):
        file.replace("new", seen=file.seen(), check=lambda fresh: void(path.write_text("theirs")))
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["one"]


def void(_: object) -> None:
    """Nothing."""


KILLED = """
import os, signal, sys
from pathlib import Path
from phoenix_dr.adapters._settings import SettingsFile
file = SettingsFile("graphs", Path(sys.argv[1]))
file.replace("new", seen=file.seen(), check=lambda fresh: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_killed_before_the_new_file_takes_its_name_the_old_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, path], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 2
    file = SettingsFile("graphs", path)
    file.replace("new", seen=file.seen(), check=keep)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["prometheus.yml"]
