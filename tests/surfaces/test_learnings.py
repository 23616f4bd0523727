"""A drill that fails teaches something once; one that passes teaches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_app import House, house
from build_menu import make_project


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A house backed up once, in a project."""
    built = house(tmp_path / "house")
    built.to_home_alone()
    built.backup()
    make_project(built)
    return built


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
