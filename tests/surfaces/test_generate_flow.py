"""`phoenix generate timers|cron|actions`: judged by the real programs, handed over, closed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from build_app import argv
from build_flow import CONTEXT, Site, site
from phoenix_dr.app import flow_handover
from phoenix_dr.core.flow import Form, Stage, Standing
from phoenix_dr.core.schedule import parse

FORMS = ("timers", "cron", "actions")
PROGRAMS = {"timers": "systemd-analyze", "cron": "crontab", "actions": "check-jsonschema"}
ASKED = "- [ ] [phoenix→flow] run the 5 regular works of Phoenix by "
DONE = ASKED.replace("[ ]", "[x]")
LATE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A house that is only read."""
    return site(tmp_path_factory.mktemp("flow"))


@pytest.fixture
def own(tmp_path: Path) -> Site:
    """A house of one test."""
    return site(tmp_path)


@pytest.mark.parametrize(
    ("form", "language"), [("timers", "en"), ("cron", "fr"), ("actions", "en"), ("actions", "fr")]
)
def test_each_form_is_read_by_the_program_it_is_for(
    shared: Site, tmp_path: Path, form: str, language: str
) -> None:
    done = shared.generate(form, "--output", str(tmp_path), "--language", language, "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert (said["program"], said["checked"], said["stage"]) == (PROGRAMS[form], True, "prepared")
    assert {Path(each["path"]).name for each in said["files"]} == {
        p.name for p in tmp_path.iterdir()
    }
    assert shared.context == CONTEXT


@pytest.mark.parametrize("form", FORMS)
def test_without_the_program_it_is_called_unchecked(
    shared: Site, tmp_path: Path, form: str
) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    words = ("generate", form, "--output", str(tmp_path / "made"))
    done = shared.house.phoenix(*words, PATH=str(bare))
    assert done.code == 3
    assert f"NOT checked, {PROGRAMS[form]} is not there" in done.out
    assert list((tmp_path / "made").iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_what_the_program_refuses_is_not_written(shared: Site, tmp_path: Path, form: str) -> None:
    """The real program reads a file that was broken on its way to it."""
    bad = {"timers": ("OnCalendar=", "OnCalendar=never "), "cron": ("3,15", "3,33"),
           "actions": ("runs-on", "runs-in")}[form]  # fmt: skip
    folder = tmp_path / "bin"
    folder.mkdir()
    shim = folder / PROGRAMS[form]
    found = next(p for p in shared.path.split(":") if (Path(p) / PROGRAMS[form]).exists())
    shim.write_text(
        '#!/bin/sh\nfor each; do [ ! -f "$each" ] || sed -i "s/'
        f'{bad[0]}/{bad[1]}/" "$each"; done\nexec {found}/{PROGRAMS[form]} "$@"\n'
    )
    shim.chmod(0o755)
    words = ("generate", form, "--output", str(tmp_path / "made"))
    done = shared.house.phoenix(*words, PATH=f"{folder}:{shared.path}")
    assert done.code == 10, (done.out, done.err)
    assert f"{PROGRAMS[form]} refuses the schedule" in done.err
    assert not (tmp_path / "made").exists()


def test_a_workflow_has_no_right_no_secret_and_no_foreign_action(
    shared: Site, tmp_path: Path
) -> None:
    done = shared.generate("actions", "--output", str(tmp_path), "--runner", "vault one")
    assert done.code == 0, done.err
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert "uses:" not in text
        assert "secrets" not in text
        told = YAML(typ="safe").load(text)
        assert told["permissions"] == {}
        assert told["concurrency"] == {"group": path.stem, "cancel-in-progress": False}
        [job] = told["jobs"].values()
        assert job["runs-on"] == ["self-hosted", "vault one"]
        assert job["timeout-minutes"] >= 60
        assert job["env"]["PHOENIX_TRIGGER"] == f"actions/{path.stem}"
        for each in told["on"]["schedule"]:
            assert parse(each["cron"], "UTC")
    assert "said for UTC+01:00" in (tmp_path / "phoenix-backup.yml").read_text()


def test_a_path_that_github_would_replace_is_refused(shared: Site, tmp_path: Path) -> None:
    done = shared.generate("actions", "--output", str(tmp_path), "--program", "/opt/${{ x }}/p")
    assert done.code == 2
    assert "GitHub would read the path" in done.err


def test_an_hour_that_is_another_day_in_utc_is_refused_by_actions_alone(own: Site) -> None:
    own.house.say('"0 3,15 * * *"', '"0 0 1 * *"')
    assert own.generate("cron").code == 0
    done = own.generate("actions")
    assert done.code == 2
    assert "cannot be said in UTC" in done.err


def test_a_line_longer_than_cron_reads_is_refused(own: Site) -> None:
    own.house.say("services:\n", "services:\n" + "".join(
        f"  service-with-a-long-name-{n}:\n    assets: {{a: {{files: ROOT/srv, policy: x}}}}\n"
        for n in range(40)
    ))  # fmt: skip
    own.house.say("policies:\n", "policies:\n  x: {schedule: '0 5 * * *', keep: {daily: 7}, "
                  "because: x, to: [home]}\n")  # fmt: skip
    done = own.generate("cron")
    assert done.code == 2, done.out
    assert "longer than the 990 bytes" in done.err
    assert own.generate("timers").code == 0


@pytest.mark.parametrize("ends", [0, 3, 7])
def test_cron_is_told_of_failures_alone(shared: Site, tmp_path: Path, ends: int) -> None:
    """Each line is run by the real shell, as cron runs it."""
    program = tmp_path / "phoenix"
    program.write_text(
        f'#!/bin/sh\necho fine; echo "$PHOENIX_TRIGGER" >>{tmp_path}/seen\nexit {ends}\n'
    )
    program.chmod(0o755)
    made = shared.generate("cron", "--output", str(tmp_path / "made"), "--program", str(program))
    assert made.code == 0, made.err
    lines = (tmp_path / "made" / "phoenix").read_text().splitlines()
    commands = {line.split(" ", 6)[6] for line in lines if "PHOENIX_TRIGGER" in line}
    mails = []
    for each in commands:
        done = subprocess.run(
            ["/bin/sh", "-c", each.replace("\\%", "%")], capture_output=True, text=True,
            check=False, timeout=20,
        )  # fmt: skip
        mails += [(done.stdout + done.stderr).strip()] if done.stdout + done.stderr else []
    names = set((tmp_path / "seen").read_text().split())
    assert names == {f"cron/phoenix-{n}" for n in ("backup", "canary", "observe", "audit", "drill")}
    silent = {0: 5, 3: 1, 7: 0}[ends]
    assert len(mails) == len(commands) - silent
    assert all(mail.endswith(f": exit {ends}") for mail in mails)


def test_metrics_and_expiry_run_only_when_wanted(shared: Site, tmp_path: Path) -> None:
    plain = shared.generate("timers", "--output", str(tmp_path / "a"), "--json")
    assert not {"phoenix-metrics", "phoenix-expiry"} & {
        each["name"] for each in json.loads(plain.out)["works"]
    }
    wanted = ("--textfile", str(tmp_path / "p.prom"), "--expiry")
    done = shared.generate("timers", "--output", str(tmp_path / "b"), "--json", *wanted)
    told = {each["name"]: each["arguments"] for each in json.loads(done.out)["works"]}
    assert told["phoenix-metrics"] == ["metrics", "--textfile", str(tmp_path / "p.prom")]
    assert told["phoenix-expiry"] == ["retention", "apply"]


@pytest.mark.parametrize("form", ["timers", "actions"])
def test_handed_over_twice_is_asked_once(own: Site, form: str) -> None:
    first = own.hand_over(form)
    assert (first["stage"], first["asked"]) == ("handed", True)
    again = own.hand_over(form)
    assert (again["stage"], again["asked"], again["since"]) == ("handed", False, first["since"])
    assert own.context.count(ASKED) == 1
    assert own.context.startswith(CONTEXT.rstrip("\n"))
    assert own.handoffs.count("| phoenix → flow |") == own.handoffs.count("⏳") == 1
    assert (own.handed / "README.md").read_text().count("- [ ]") == 3
    assert {p.name for p in (own.handed / form).iterdir()} == {
        Path(each["path"]).name for each in first["files"]
    } - {"README.md"}


def test_a_file_of_somebody_else_is_not_overwritten(own: Site) -> None:
    (own.handed / "cron").mkdir(parents=True)
    (own.handed / "cron" / "phoenix").write_text("mine\n")
    assert own.generate("cron", "--handoff", "handed").code == 2
    assert (own.handed / "cron" / "phoenix").read_text() == "mine\n"
    assert own.context == CONTEXT


def test_outside_a_project_it_is_prepared_and_the_request_shown(own: Site, tmp_path: Path) -> None:
    (tmp_path / "_bmad").rename(tmp_path / "elsewhere")
    done = own.generate("cron", "--handoff", "handed", "--language", "en")
    assert done.code == 0, done.err
    assert "Prepared. Not handed over, not applied, not verified." in done.out
    assert ASKED in done.out


@pytest.mark.parametrize("form", list(Form))
def test_two_planned_starts_of_each_work_check_the_request_off(own: Site, form: Form) -> None:
    own.hand_over(form)
    own.run_all(form, late=LATE)
    found = own.settle()
    assert found is not None
    assert {each.standing for each in found.seen} == {Standing.VERIFIED}
    assert (found.stage, found.closed) == (Stage.VERIFIED, True)
    assert own.context.count(DONE) == 1
    assert "[ ] [hawk→phoenix] autre chose" in own.context
    assert "✅" in own.handoffs
    assert "⏳" not in own.handoffs
    assert own.settle() is None


def test_runs_by_hand_close_nothing(own: Site) -> None:
    own.hand_over("timers")
    days = [own.house.clock() + timedelta(days=n) for n in range(1, 16)]
    names = [each.work.name for each in own.plan(Form.TIMERS)]
    own.start(Form.TIMERS, [(d.replace(hour=11, minute=39), name) for d in days for name in names])
    found = own.settle()
    assert found is not None
    assert found.stage is Stage.HANDED
    assert {each.standing for each in found.seen} == {Standing.MISSED}
    assert own.context.count(ASKED) == 1


def test_one_work_that_never_came_leaves_it_applied(own: Site) -> None:
    own.hand_over("cron")
    own.run_all(Form.CRON, late=LATE, but=["phoenix-drill"])
    found = own.settle()
    assert found is not None
    standings = {each.work: each.standing for each in found.seen}
    assert standings.pop("phoenix-drill") is Standing.MISSED
    assert set(standings.values()) == {Standing.VERIFIED}
    assert found.stage is Stage.APPLIED
    assert own.context.count(ASKED) == 1


def test_a_schedule_an_hour_off_closes_nothing(own: Site) -> None:
    own.hand_over("cron")
    own.run_all(Form.CRON, late=timedelta(minutes=9))
    found = own.settle()
    assert found is not None
    assert found.stage is Stage.HANDED
    assert own.context.count(ASKED) == 1


def test_starts_of_another_form_do_not_count(own: Site) -> None:
    own.hand_over("cron")
    own.run_all(Form.TIMERS, late=LATE)
    found = own.settle()
    assert found is not None
    assert found.stage is Stage.HANDED


def test_another_schedule_wanted_since_can_not_be_verified(own: Site) -> None:
    own.hand_over("cron")
    own.run_all(Form.CRON, late=LATE)
    own.house.say('"0 3,15 * * *"', '"0 4,16 * * *"')
    found = own.settle()
    assert found is not None
    assert (found.changed, found.stage) == (True, Stage.PREPARED)
    assert own.context.count(ASKED) == 1
    assert own.hand_over("cron")["stage"] == "handed"
    assert own.context.count(ASKED) == 2


def test_what_was_verified_is_so_only_for_the_schedule_it_was(own: Site) -> None:
    own.hand_over("cron")
    own.run_all(Form.CRON, late=LATE)
    own.settle()
    assert own.hand_over("cron")["stage"] == "verified"
    assert own.context.count(ASKED) == 0
    own.house.say('"0 3,15 * * *"', '"0 4,16 * * *"')
    found = own.house.using(flow_handover.where)
    assert (found.changed, found.stage) == (True, Stage.PREPARED)


def test_a_start_by_the_schedule_is_noted_with_its_end(own: Site) -> None:
    trigger = "timers/phoenix-backup"
    own.house.phoenix("retention", "show", PHOENIX_TRIGGER=trigger)
    assert noted(own) == []
    own.hand_over("timers")
    assert own.house.phoenix("backup", PHOENIX_TRIGGER=trigger).code == 0
    assert own.house.phoenix("backup", "no-such-service", PHOENIX_TRIGGER=trigger).code == 2
    own.house.phoenix("retention", "show", PHOENIX_TRIGGER="../../phoenix-backup")
    own.house.phoenix("retention", "show")
    assert noted(own) == [0, 2]


def test_a_start_at_a_terminal_is_not_noted(own: Site) -> None:
    own.hand_over("timers")
    ours, theirs = pty.openpty()
    environ = {**own.house.environ, "PHOENIX_TRIGGER": "timers/phoenix-observe"}
    done = subprocess.run(
        argv("observe"), env=environ, cwd=own.house.root, stdin=theirs, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode in {0, 3}
    assert noted(own, "observe") == []


def noted(made: Site, work: str = "backup") -> list[int]:
    """Exit codes of the starts that were noted."""
    with made.house.context() as ctx:
        rows = ctx.ledger.rows(kinds=("note",), subject=f"flow-run:timers/phoenix-{work}")
        return [row.value["code"] for row in rows]


@pytest.mark.parametrize("command", ["observe", "audit"])
def test_the_end_of_a_look_closes_it_wherever_it_runs(own: Site, command: str) -> None:
    """The process has no other clock: the handover and its starts lie in the past."""
    own.at(own.house.clock() - timedelta(days=16))
    with own.house.context() as ctx:
        before = flow_handover.settle(ctx)
    assert before is None
    hand_over_then(own)
    own.run_all(Form.CRON, late=LATE)
    done = own.house.phoenix(command, "--language", "fr")
    assert "Flow : la planification est vérifiée, sa demande cochée" in done.err
    assert own.context.count("- [x] [phoenix→flow]") == 1
    assert "Flow" not in own.house.phoenix(command).err


def hand_over_then(made: Site) -> None:
    """Hand over with the clock of the house instead of the real one."""
    from phoenix_dr.app.flow import Wanted, make
    from phoenix_dr.surfaces.cli.flow_shown import shown

    with made.house.context() as ctx:
        ctx.environ = {**made.house.environ, "PATH": made.path}
        ready = make(ctx, Wanted(Form.CRON, "/bin/sh"))
        shown(ctx, ready, output=Path(), handoff=made.house.root / "handed")


def test_a_memory_that_cannot_be_written_spoils_no_audit(own: Site) -> None:
    own.at(own.house.clock() - timedelta(days=16))
    hand_over_then(own)
    own.run_all(Form.CRON, late=LATE)
    context = own.memory / "shared-context.md"
    context.unlink()
    context.mkdir()
    done = own.house.phoenix("audit", "--json")
    assert json.loads(done.out)["score"]
    assert "shared-context.md" in done.err
    context.rmdir()
    context.write_text(CONTEXT)
    assert "verified" in own.house.phoenix("audit").err
