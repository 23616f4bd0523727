"""A drill that fails teaches something once; one that passes teaches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.proxmox.lab import SEEING, TOKEN, token
from build_app import House, house
from build_menu import saved_house_in_a_project
from build_protect import House as Guests
from build_protect import house as guests


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house backed up once, in a project."""
    return saved_house_in_a_project(tmp_path / "house")


def learned(made: House) -> Path:
    """Where the project keeps what was learnt."""
    return made.root / "_bmad" / "_memory" / "agent-learnings" / "backup-dr.md"


def spoil(made: House) -> None:
    """Flip a byte of every pack of the repository at home."""
    for pack in (made.repository("home") / "data").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            found = bytearray(pack.read_bytes())
            found[len(found) // 2] ^= 0xFF
            pack.write_bytes(found)


def test_a_failed_drill_is_one_line_however_often_it_fails(made: House) -> None:
    assert made.phoenix("drill", "run", "wiki").code == 0
    assert not learned(made).exists()
    spoil(made)
    for _ in range(2):
        assert made.phoenix("drill", "run", "wiki").code == 3
    [line] = learned(made).read_text().splitlines()
    assert line.startswith("- [20")
    assert "wiki/pages" in line
    assert "correct horse" not in line


def test_each_asset_that_fails_has_its_line(made: House) -> None:
    spoil(made)
    assert made.phoenix("drill", "run").code == 3
    lines = learned(made).read_text().splitlines()
    assert len([line for line in lines if "`wiki/pages`" in line]) == 1
    assert len([line for line in lines if "`photos/album`" in line]) == 1


def test_a_memory_that_cannot_be_written_changes_no_verdict(made: House) -> None:
    spoil(made)
    learned(made).parent.write_text("no folder")
    done = made.phoenix("drill", "run", "wiki")
    assert done.code == 3
    assert "agent-learnings" in done.err


def test_outside_a_project_nothing_is_written(tmp_path: Path) -> None:
    built = house(tmp_path / "house")
    built.to_home_alone()
    built.backup()
    spoil(built)
    assert built.phoenix("drill", "run", "wiki").code == 3
    assert list(built.root.rglob("backup-dr.md")) == []


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guests]:
    """A house of guests in a project; commands are typed in its folder."""
    with guests(tmp_path) as built:
        (built.root / "_bmad" / "_memory").mkdir(parents=True)
        monkeypatch.chdir(built.root)
        yield built


def test_a_change_that_fails_is_learnt_once(live: Guests) -> None:
    lessons = live.root / "_bmad" / "_memory" / "agent-learnings" / "backup-dr.md"
    live.fake.state.tokens[TOKEN] = token(SEEING)
    assert live.type("protect", "plan").code == 0
    assert not lessons.exists()
    for _ in range(2):
        assert live.type("protect", "apply").code == 12
    [line] = lessons.read_text().splitlines()
    assert "A change of `pve1` failed: " in line


def test_a_change_that_is_made_or_refused_teaches_nothing(live: Guests) -> None:
    lessons = live.root / "_bmad" / "_memory" / "agent-learnings" / "backup-dr.md"
    assert live.type("protect", "apply", "pve1", "0123456789ab").code != 0
    assert live.type("protect", "apply").code == 0
    assert not lessons.exists()


def test_an_engine_that_is_gone_is_learnt_without_its_address(live: Guests) -> None:
    lessons = live.root / "_bmad" / "_memory" / "agent-learnings" / "backup-dr.md"
    live.config.write_text(live.config.read_text().replace(live.fake.url, "https://127.0.0.1:9"))
    assert live.type("protect", "apply").code != 0
    [line] = lessons.read_text().splitlines()
    assert "A change of `pve1` failed: " in line
    assert "127.0.0.1" not in line
