"""`phoenix keys graph`: a tree people can follow, a drawing, and a circle that cannot be missed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from phoenix_dr.render.text import width

HOUSE = """\
version: 1
estate: lab
language: en
here: server
hosts:
  server: {site: home}
  friend: {site: away}
locations:
  disk: {host: server}
  far: {host: friend}
engines:
  near: {kind: restic, repository: /mnt/near, location: disk, password: "file:/etc/near.pw"}
  far: {kind: restic, repository: /mnt/far, location: far, password: "file:/etc/far.pw"}
policies:
  default: {schedule: "@daily", keep: {daily: 7}, because: a week, to: [near, far]}
services:
  vaultwarden:
    assets: {data: {files: /srv/vault}}
  wiki:
    assets: {pages: {files: /srv/wiki}}
  page: {depends_on: [wiki], assets: {none: {none: static}}}
keys:
  repositories:
    secrets: [near.password, far.password]
    copies:
      - {place: Bitwarden, site: home, in: vaultwarden}
"""
PAPER = '      - {place: "paper & <ink>", site: away}\n'


def phoenix(folder: Path, text: str, *words: str, code: int = 0) -> str:
    """Type a command in a narrow terminal; what it prints."""
    config = folder / "phoenix.yaml"
    config.write_text(text, encoding="utf-8")
    given = ("--config", str(config), "--state", str(folder / "state"))
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", "graph", *words, *given],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "COLUMNS": "72"}, cwd=folder,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_circle_without_exit_is_said_and_ends_with_3(tmp_path: Path, language: str) -> None:
    told = phoenix(tmp_path, HOUSE, "--language", language, code=3)
    assert all(width(line) <= 72 for line in told.splitlines())
    whole = " ".join(told.split())
    way = "repositories → Bitwarden → vaultwarden → vaultwarden/data → near → repositories"
    assert way in whole
    assert {"fr": "CERCLE SANS ISSUE", "en": "CIRCLE WITHOUT EXIT"}[language] in whole
    assert "page" in whole


def test_with_a_copy_outside_it_is_a_warning(tmp_path: Path) -> None:
    told = phoenix(tmp_path, HOUSE + PAPER)
    assert "WITHOUT EXIT" not in told
    assert "Only resort: paper & <ink> (away)" in told
    assert "does not count" in told


def test_show_says_which_copy_does_not_count(tmp_path: Path) -> None:
    assert "does not count" in shown(tmp_path, HOUSE + PAPER)
    kept = HOUSE.replace("home, in: vaultwarden", "cloud") + PAPER
    assert "does not count" not in shown(tmp_path, kept)


def shown(folder: Path, text: str) -> str:
    """What `keys show` prints, its cells joined again."""
    phoenix(folder, text)
    given = ("--config", str(folder / "phoenix.yaml"), "--state", str(folder / "state"))
    told = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", "show", *given],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "COLUMNS": "100"},
    ).stdout  # fmt: skip
    rows = [line.split("|") for line in told.splitlines() if "|" in line]
    columns = zip(*rows, strict=True)
    return " ".join(cell.strip() for column in columns for cell in column)


def test_two_copies_outside_are_quiet(tmp_path: Path) -> None:
    kept = HOUSE.replace("site: home, in: vaultwarden", "site: cloud") + PAPER
    told = phoenix(tmp_path, kept)
    assert not any(word in told for word in ("ircle", "Only resort", "does not count"))
    assert "all services that are saved (2) can come back" in " ".join(told.split())


def test_the_same_as_json(tmp_path: Path) -> None:
    found = json.loads(phoenix(tmp_path, HOUSE, "--json", code=3))
    (key,) = found["keys"]
    assert key["lost"]["services"] == ["vaultwarden", "wiki"]
    assert key["lost"]["halted"] == ["page"]
    assert found["circles"][0]["locked"] is True
    assert (found["back"], found["gone"]) == ([], ["vaultwarden", "wiki"])


def test_the_drawing_is_whole_and_harmless(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    phoenix(tmp_path, HOUSE + PAPER, "--svg", str(path))
    root = ElementTree.parse(path).getroot()
    said = " ".join("".join(root.itertext()).split())
    assert "paper & <ink> (away)" in said
    assert "wiki/pages" in said
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{space}path[@class='edge behind']")) == 1
    assert root.findall(f".//{space}script") == []
    other = tmp_path / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", "keys", "graph", "--svg", str(other)],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, other.read_text(encoding="utf-8")) == (2, "mine")
