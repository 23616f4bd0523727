"""Files that hand jobs over: read by the tools they are for, and run twice."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from build_handoff import Node, node
from build_jobs import JOB, NOW, PARIS, seed
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.vzdump import found_job, parameters
from phoenix_dr.core.vzdump_findings import find_in_jobs, view_of
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import Keep, changes
from phoenix_dr.render import handoff_ansible, handoff_pvesh, handoff_terraform
from phoenix_dr.render.handoff_readme import Prepared, files
from phoenix_dr.render.view import View
from tools import ROOT, in_ci, program

AWKWARD = replace(
    JOB, id="phoenix-odd", storage="it's", notes_template="{{x}} ${x} %{y} \"q\" \\ $(id) `id`",
    fleecing="enabled=1,storage=fast", keep=RetentionRule(last=3, weekly=4), comment="a: #1 {% x",
)  # fmt: skip
EVERY = replace(JOB, id="phoenix-all", vmids=(), every=True, exclude=(216,), keep=RetentionRule())
JOBS = (JOB, AWKWARD, EVERY)


def ran(*words: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool."""
    return subprocess.run(
        words, env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def put(folder: Path, jobs: tuple[VzdumpJob, ...], language: str = "fr") -> Path:
    """The folder as it is handed over."""
    found = find_in_jobs(view_of(seed(), "pve1", None, now=NOW))
    prepared = Prepared("pve1", jobs, found, PARIS, datetime(2026, 11, 23, 7, tzinfo=UTC))
    folder.mkdir()
    for name, text in files(prepared, View(language, ZoneInfo(PARIS))).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def sh(there: Node, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script on a node."""
    return ran("sh", handoff_pvesh.FILE, env=there.environ, cwd=folder)


def is_as_wanted(there: Node, jobs: tuple[VzdumpJob, ...]) -> bool:
    """Whether the node's jobs are these, as Phoenix itself compares them."""
    found = [found_job({"id": name, **row}) for name, row in there.jobs.items()]
    return changes(jobs, found) == tuple(map(Keep, jobs))


def test_the_script_makes_the_jobs_and_a_second_run_leaves_them(tmp_path: Path) -> None:
    there, folder = node(tmp_path / "node"), put(tmp_path / "made", JOBS)
    for verb in ("create", "set"):
        done = sh(there, folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert [row[0] for row in there.writes()] == [verb] * len(JOBS)
        assert is_as_wanted(there, JOBS)
    assert there.jobs["phoenix-odd"] == parameters(AWKWARD)


def test_the_script_repairs_an_edited_job_and_touches_no_other(tmp_path: Path) -> None:
    there, folder = node(tmp_path / "node"), put(tmp_path / "made", (JOB,))
    foreign = {"schedule": "02:30", "all": "1", "storage": "nfs"}
    edited = {"schedule": "04:00", "all": "1", "exclude": "200", "node": "pve9", "enabled": "0"}
    there.put({"backup-nightly": foreign, JOB.id: edited})
    assert sh(there, folder).returncode == 0
    assert there.jobs == {"backup-nightly": foreign, JOB.id: parameters(JOB)}


def test_the_script_stops_at_the_first_error(tmp_path: Path) -> None:
    there, folder = node(tmp_path / "node"), put(tmp_path / "made", (replace(JOB, id="Bad"), JOB))
    assert sh(there, folder).returncode != 0
    assert not (there.root / "jobs").exists()


def test_the_script_is_clean_for_the_shell_and_for_shellcheck(tmp_path: Path) -> None:
    folder = put(tmp_path / "made", JOBS)
    for words in (("sh", "-n"), (program("shellcheck"), "--shell=sh")):
        done = ran(*words, handoff_pvesh.FILE, env={**os.environ}, cwd=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        (folder / "bad.sh").write_text("#!/bin/sh\nif pvesh get $x; then\n")
        assert ran(*words, "bad.sh", env={**os.environ}, cwd=folder).returncode != 0


def tasks(text: str) -> list[dict[str, Any]]:
    """The tasks of a playbook."""
    (play,) = YAML(typ="safe", pure=True).load(text.replace("!unsafe ", ""))
    assert play["gather_facts"] is False
    found: list[dict[str, Any]] = play["tasks"]
    return found


def test_the_playbook_uses_builtin_modules_only_and_never_a_shell() -> None:
    text = handoff_ansible.playbook("pve1", JOBS, language="en")
    modules = {key for task in tasks(text) for key in task if "." in key}
    assert modules == {"ansible.builtin.command"}
    assert all("argv" in task["ansible.builtin.command"] for task in tasks(text))


def test_the_playbook_holds_the_jobs_and_templates_only_what_is_ours() -> None:
    text = handoff_ansible.playbook("pve1", JOBS, language="en")
    (play,) = YAML(typ="safe", pure=True).load(text.replace("!unsafe ", ""))
    held = {each["id"]: each["wanted"] for each in play["vars"]["phoenix_jobs"]}
    assert held == {job.id: parameters(job) for job in JOBS}
    given = text[text.index("phoenix_jobs") : text.index("phoenix_defaults")]
    marked = [line for line in given.splitlines() if "{{" in line or "{%" in line]
    assert len(marked) == 2
    assert all("!unsafe" in line for line in marked)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a", '"a"'),
        ("${x} %{y}", '"$${x} %%{y}"'),
        ('"\\', '"\\"\\\\"'),
        ("a\nb", '"a\\U0000000ab"'),
    ],
)
def test_a_string_of_terraform_is_never_a_template(text: str, said: str) -> None:
    assert handoff_terraform.quoted(text) == said


def test_terraform_names_only_what_the_provider_documents() -> None:
    text = handoff_terraform.configuration("pve1", JOBS, language="en")
    rows = [line.split("=")[0] for line in text.splitlines() if line.startswith("  ")]
    keys = {row.strip() for row in rows} - {"}", "required_providers {"}
    documented = {
        "id", "schedule", "storage", "all", "vmid", "exclude", "node", "enabled", "mode",
        "compress", "prune_backups", "remove", "repeat_missed", "notes_template", "fleecing",
    }  # fmt: skip
    assert keys - documented == {"proxmox", "source", "version"}
    assert 'vmid          = ["200", "210", "211", "215", "216"]' in text
    assert 'prune_backups = { keep-daily = "7" }' in text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("prepared", "handed over", "applied", "verified")),
     ("fr", ("préparé", "transmis", "appliqué", "vérifié"))],
)  # fmt: skip
def test_the_readme_says_prepared_and_nothing_more(
    tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    page = (put(tmp_path / "made", (JOB,), language) / "README.md").read_text(encoding="utf-8")
    ticked = [line for line in page.splitlines() if line.startswith("- [x]")]
    assert [word for word in words if any(f"**{word}**" in line for line in ticked)] == [words[0]]
    assert all(f"- [ ] **{word}**" in page for word in words[1:])
    assert "**Forge**" in page
    assert "validat" not in page
    assert "prunebackups --prune-backups keep-daily=7" in page
    assert "/cluster/backup/phoenix-guests/included_volumes" in page


def test_no_file_holds_a_secret_or_its_place(tmp_path: Path) -> None:
    folder = put(tmp_path / "made", JOBS)
    for path in folder.iterdir():
        assert "token" not in path.read_text(encoding="utf-8").lower(), path.name


def tool(name: str) -> str:
    """A program of tools/handoff-programs; without it the test fails in CI."""
    found = ROOT / ".cache" / "handoff" / "bin" / name
    if not found.exists() and not in_ci():
        pytest.skip("`make test-live` installs it")
    return str(found)


def play(there: Node, folder: Path) -> None:
    """Run the playbook on a node as it is handed over."""
    done = ran(
        tool("ansible-playbook"), "-i", "pve1,", "-c", "local", "-e", "ansible_become=false",
        "-e", f"ansible_python_interpreter={tool('python')}",
        handoff_ansible.FILE, env=ansible(there.environ), cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def ansible(env: dict[str, str]) -> dict[str, str]:
    """An environment in which ansible's programs find one another."""
    folder = str(Path(tool("ansible-playbook")).parent)
    path = f"{env['PATH']}{os.pathsep}{folder}"
    return {**env, "PATH": path, "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}


@pytest.mark.live
def test_ansible_makes_the_jobs_once_and_sets_only_what_differs(tmp_path: Path) -> None:
    there, folder = node(tmp_path / "node"), put(tmp_path / "made", JOBS)
    play(there, folder)
    assert [row[0] for row in there.writes()] == ["create"] * len(JOBS)
    assert is_as_wanted(there, JOBS)
    assert there.jobs["phoenix-odd"] == parameters(AWKWARD)
    play(there, folder)
    assert there.writes() == [], "a second run changes nothing"
    edited = there.jobs
    edited["phoenix-guests"] |= {"prune-backups": "keep-daily=2", "node": "pve9"}
    there.put(edited)
    play(there, folder)
    assert [row[:2] for row in there.writes()] == [["set", "/cluster/backup/phoenix-guests"]]
    assert is_as_wanted(there, JOBS)


@pytest.mark.live
def test_ansible_lint_and_yamllint_find_nothing(tmp_path: Path) -> None:
    folder = put(tmp_path / "made", JOBS)
    env = ansible({**os.environ, "HOME": str(tmp_path)})
    lint = (tool("ansible-lint"), "--offline", "--profile", "production", "-q")
    rules = json.dumps({"extends": "default", "rules": {"line-length": {"max": 160}}})
    for words in (
        lint,
        (tool("yamllint"), "--strict", "-d", rules),
        (tool("ansible-playbook"), "-i", "pve1,", "--syntax-check"),
    ):
        done = ran(*words, handoff_ansible.FILE, env=env, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / handoff_ansible.FILE).read_text(encoding="utf-8")
    (folder / "bad.yml").write_text(text.replace("ansible.builtin.command", "command"))
    assert ran(*lint, "bad.yml", env=env, cwd=folder).returncode != 0


@pytest.mark.live
def test_terraform_parses(tmp_path: Path) -> None:
    folder = put(tmp_path / "made", JOBS)
    read = "import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))"
    done = ran(tool("python"), "-c", read, handoff_terraform.FILE, env={**os.environ}, cwd=folder)
    assert done.returncode == 0, done.stderr
    made = json.dumps(json.loads(done.stdout)["resource"])
    assert all(handoff_terraform.resource(job).split(".")[1] in made for job in JOBS)
    (folder / "bad.tf").write_text('resource "a" "b" {\n  x = "1\n}\n')
    assert ran(tool("python"), "-c", read, "bad.tf", env={**os.environ}, cwd=folder).returncode != 0
