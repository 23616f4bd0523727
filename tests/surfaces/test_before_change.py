"""`phoenix before-change` on a real repository: its exit code is what scripts ask."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from build_app import House, house


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house backed up once."""
    made = house(tmp_path_factory.mktemp("before"))
    made.to_home_alone()
    made.backup()
    return made


def test_a_copy_made_now_is_a_yes_with_its_point(saved: House) -> None:
    done = saved.phoenix("before-change", "wiki", "--json")
    said = json.loads(done.out)
    assert (done.code, said["ok"], said["blind"]) == (0, True, [])
    [pages] = said["assets"]
    assert pages["asset"] == "wiki/pages"
    assert pages["point"]["id"] in saved.restic("home", "snapshots", "--json")
    shown = saved.phoenix("before-change", "wiki", "--language", "fr").out
    assert "Oui" in shown
    assert "jamais restauré" in shown
    assert pages["point"]["id"][:12] in shown


def test_more_proof_than_there_is_is_a_no(saved: House) -> None:
    done = saved.phoenix("before-change", "wiki/pages", "--level", "L3")
    assert done.code == 3
    assert "NO  wiki/pages: not enough was proved" in done.out


def test_a_point_that_was_deleted_behind_our_back_is_seen(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    made.to_home_alone()
    made.backup("wiki")
    assert made.phoenix("before-change", "wiki").code == 0
    found = json.loads(made.phoenix("before-change", "wiki", "--json").out)
    made.restic("home", "forget", found["assets"][0]["point"]["id"])
    assert made.phoenix("before-change", "wiki", "--offline").code == 0
    done = made.phoenix("before-change", "wiki")
    assert done.code == 3
    assert "no copy is known" in done.out


def test_a_repository_that_is_away_is_no_yes(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    made.to_home_alone()
    made.backup("wiki")
    made.clock.shift = timedelta(0)
    made.repository("home").rename(tmp_path / "away")
    done = made.phoenix("before-change", "wiki", "--json")
    said = json.loads(done.out)
    assert (done.code, said["ok"]) == (3, None)
    assert said["blind"]


def test_a_name_nobody_has_is_a_mistake(saved: House) -> None:
    done = saved.phoenix("before-change", "wikki")
    assert done.code == 2
    assert "wiki, photos" in done.err
