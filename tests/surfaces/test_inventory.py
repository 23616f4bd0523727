"""`phoenix inventory ENGINE` on a fake Proxmox: what is there, what is not, what is unknown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.proxmox.fake_state import Fault, Storage
from adapters.proxmox.lab import BLIND, SECRET, SEEING, TOKEN, lab, token
from build_proxmox import House, house
from phoenix_dr.render.text import width


@pytest.fixture
def made(tmp_path: Path) -> Iterator[House]:
    """The lab as a house."""
    with house(tmp_path, lab()) as found:
        yield found


def phoenix(made: House, *words: str, code: int = 0, columns: int = 80) -> str:
    """Type a command in a terminal so wide; what it prints."""
    given = ("--config", str(made.root / "phoenix.yaml"), "--state", str(made.state))
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *words, *given],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **made.environ, "COLUMNS": str(columns)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout or done.stderr


def cells(text: str, first: str) -> list[str]:
    """The row of a wide table that begins so."""
    row = next(line for line in text.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def form(made: House, *, code: int = 0) -> dict[str, Any]:
    """What --json prints."""
    found = json.loads(phoenix(made, "inventory", "pve1", "--json", code=code))
    assert isinstance(found, dict)
    return found


def guest(found: dict[str, Any], vmid: int) -> dict[str, Any]:
    """One guest of it."""
    (row,) = (each for each in found["guests"] if each["vmid"] == vmid)
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal_in_both_languages(made: House, language: str, columns: int) -> None:
    text = phoenix(made, "inventory", "pve1", "--language", language, columns=columns)
    assert max(map(width, text.splitlines())) <= columns
    for word in ("210", "web/traefik", "nightly", "mp0", "/srv/data", "scsi2"):
        assert word in text
    assert "inventory." not in text, "every phrase is there"


def test_a_guest_shows_its_asset_its_jobs_its_newest_archive_and_what_is_not_in_it(
    made: House,
) -> None:
    text = phoenix(made, "inventory", "pve1", columns=160)
    _, node, asset, jobs, newest, out = cells(text, "210 traefik")
    assert (node, asset, jobs, out) == ("pve1", "web/traefik", "nightly", "mp0 /srv/data, mp1")
    assert newest.endswith("ago")
    assert cells(text, "200 runner")[2:] == ["not described", "none", "none", "all of it"]
    assert cells(text, "216 games (VM)")[5] == "scsi2"
    assert cells(text, "off") == ["off", "sun 04:00 (off)", "gone (not seen)", "1 by number",
                                  "as the storage does"]  # fmt: skip
    assert cells(text, "nfs")[4:] == ["3 TB free of 4 TB", "last 7"]
    assert "no asset names: 2" in text
    assert "could not be seen" not in text


def test_the_json_form_has_the_same(made: House) -> None:
    found = form(made)
    assert [each["vmid"] for each in found["guests"]] == [200, 210, 211, 215, 216]
    traefik = guest(found, 210)
    assert (traefik["asset"], traefik["jobs"], traefik["archives"]) == (
        "web/traefik", ["nightly"], 2,
    )  # fmt: skip
    assert [each["key"] for each in traefik["left_out"]] == ["mp0", "mp1"]
    assert (found["foreign"], found["blind_spots"], found["members"]["nightly"]) == (2, [], 3)


def test_what_the_page_says_of_the_json_form_is_so(made: House) -> None:
    page = Path(__file__).parents[2].joinpath("docs/commands/inventory.md").read_text("utf-8")
    flat = " ".join(page.split())
    for keys in (form(made), guest(form(made), 210)):
        assert "{" + ", ".join(keys) + "}" in flat
    other = json.loads(phoenix(made, "inventory", "home", "--json"))
    assert "{" + ", ".join(other) + "}" in flat


def test_13_an_auditor_is_told_unknown_and_never_none(made: House) -> None:
    made.fake.state.tokens[TOKEN] = token(BLIND)
    made.fake.state.faults["/nodes/pve1/storage/nfs/prunebackups"] = Fault(status=500)
    made.fake.state.faults["/nodes/pve2/storage/nfs/prunebackups"] = Fault(status=500)
    text = phoenix(made, "inventory", "pve1", code=3, columns=160)
    assert cells(text, "211 adguard")[4] == "?"
    assert "What could not be seen:" in text
    found = form(made, code=3)
    assert (guest(found, 211)["newest"], guest(found, 211)["sure"]) == (None, False)
    assert [spot["reason"] for spot in found["blind_spots"]] == ["proxmox-rows-unseen"]


def test_jobs_that_may_not_be_read_are_unknown(made: House) -> None:
    made.fake.state.tokens[TOKEN] = token(
        {"/vms": "AuditorAndRows", "/storage": "AuditorAndRows", "/nodes": "AuditorAndRows"}
    )
    text = phoenix(made, "inventory", "pve1", code=3, columns=160)
    assert cells(text, "210 traefik")[3] == "?"
    assert "The backup jobs could not be read" in text
    assert form(made, code=3)["jobs"] is None


def test_a_storage_that_does_not_answer_hides_archives(made: House) -> None:
    assert guest(form(made), 200)["sure"] is True
    made.fake.state.storages.append(Storage("usb", active=("pve1",)))
    assert guest(form(made), 200)["sure"] is False


def test_an_offline_node_is_told_and_its_volumes_are_unknown(made: House) -> None:
    made.fake.state.nodes["pve2"] = False
    text = phoenix(made, "inventory", "pve1", code=3, columns=160)
    assert "pve2 (offline)" in text
    found = form(made, code=3)
    assert guest(found, 215)["left_out"] is None
    assert guest(found, 215)["name"] == ""


def test_a_locked_guest_and_a_storage_switched_off_are_said(made: House) -> None:
    made.fake.state.guests[2].config["lock"] = "backup"
    made.fake.state.storages.append(Storage("old", disabled=True))
    text = phoenix(made, "inventory", "pve1", columns=160)
    assert "[locked:" in text
    assert guest(form(made), 211)["lock"] == "backup"
    assert cells(text, "old")[3] == "switched off"


def test_names_of_guests_cannot_disturb_the_terminal(made: House) -> None:
    made.fake.state.guests[1].name = "evil\x1b[2J\nname|x"
    text = phoenix(made, "inventory", "pve1", columns=160)
    assert "\x1b" not in text
    assert max(map(width, text.splitlines())) <= 160


def test_another_engine_shows_its_points_per_asset(made: House) -> None:
    assert "holds no point" in phoenix(made, "inventory", "home", "--language", "en")
    assert json.loads(phoenix(made, "inventory", "home", "--json"))["assets"] == []


def test_an_engine_nobody_knows_and_one_that_refuses(made: House) -> None:
    assert "there is no engine pve9" in phoenix(made, "inventory", "pve9", code=2)
    made.fake.state.tokens[TOKEN] = token(SEEING)
    made.fake.state.tokens[TOKEN].expired = True
    assert "pve1" in phoenix(made, "inventory", "pve1", code=12)


def test_without_an_engine_nobody_is_asked(made: House) -> None:
    assert "web" in phoenix(made, "inventory")
    assert made.fake.paths() == []
