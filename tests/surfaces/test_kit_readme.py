"""What a kit prints is typed, word for word, on a machine with stock age, tar and restic."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from build_kit import Kit, house_with_keys, kit_of
from phoenix_dr.app import kit
from phoenix_dr.render.kit_page import JOINING
from phoenix_dr.render.kit_readme import INTO, OPENING


@dataclass
class Shell:
    """A person's terminal somewhere else: an empty home, the system's programs, no Phoenix."""

    home: Path

    def type(self, *lines: str, more: str = "") -> str:
        """What is said; fails where a line fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
            cwd=self.home, capture_output=True, text=True, check=False, timeout=120,
            env={"PATH": f"{more}/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home)},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout


def blocks(text: str) -> list[list[str]]:
    return [block.strip().splitlines() for block in re.findall(r"```\n(.*?)```", text, re.S)]


def below(shell: Shell, line: str) -> str:
    """A line that restores into this shell's own home instead of the place on the page."""
    return line.replace(INTO, f"{shell.home}/restored")


@pytest.fixture(scope="module", params=["fr", "en"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    built = house_with_keys(tmp_path_factory.mktemp("readme"))
    built.say("language: en", f"language: {request.param}")
    assert built.backup("photos", "wiki").is_whole
    return kit_of(built)


@pytest.fixture
def shell(made: Kit, tmp_path: Path) -> Shell:
    shutil.copy(made.path, tmp_path / "kit.age")
    (tmp_path / "IDENTITY.txt").write_text(made.escrowed + "\n")
    return Shell(tmp_path)


def test_every_printed_line_works(made: Kit, shell: Shell) -> None:
    shell.type(OPENING)
    readme = (shell.home / "README.md").read_text()
    opening, *repositories, keys = blocks(readme)
    assert opening == [OPENING]
    assert [block[0].split("/")[1] for block in repositories] == ["home", "offsite"]
    for block in repositories:
        shutil.rmtree(shell.home / "restored", ignore_errors=True)
        told = shell.type(*(below(shell, line) for line in block))
        assert "asset:photos/album" in told
        album = shell.home / "restored/photos/album" / str(made.house.album).lstrip("/")
        assert {path.name: path.read_bytes() for path in album.iterdir()} == {
            path.name: path.read_bytes() for path in made.house.album.iterdir()
        }
        assert list((shell.home / "restored/wiki/pages").rglob("wiki.db"))
    shutil.copy(made.house.root / "secret.age", shell.home / "FILE.age")
    assert shell.type(keys[0]) == "deep"
    assert keys[1].endswith(" sops decrypt FILE.enc.yaml")


def test_with_a_wrong_password_the_same_lines_fail(made: Kit, shell: Shell) -> None:
    shell.type(OPENING)
    (shell.home / "repositories/offsite/password").write_text("old\n")
    block = blocks((shell.home / "README.md").read_text())[2]
    with pytest.raises(RuntimeError, match="wrong password"):
        shell.type(*(below(shell, line) for line in block))
    (shell.home / "IDENTITY.txt").write_text("nothing\n")
    with pytest.raises(RuntimeError, match="age: error"):
        shell.type(OPENING)


def test_the_lines_on_a_share_work(made: Kit, tmp_path: Path) -> None:
    request = kit.KitRequest(tmp_path / "kit.age", shares=(2, 3), pages=tmp_path / "pages")
    made.house.using(kit.make, request)
    page = (tmp_path / "pages/share-2-of-3.html").read_text()
    printed = re.findall(r"<pre>(.*?)</pre>", page, re.S)[0]
    lines = printed.replace("&lt;", "<").replace("&gt;", ">").splitlines()
    assert lines == [JOINING, OPENING]
    words = [
        " ".join(
            cell.split("</td>")[0]
            for cell in (tmp_path / f"pages/share-{number}-of-3.html")
            .read_text()
            .split("</small> ")[1:]
        )
        for number in (2, 3)
    ]
    (tmp_path / "shares.txt").write_text("\n".join(words))
    shell = Shell(tmp_path)
    shell.type(*lines, more=f"{Path(sys.executable).parent}{os.pathsep}")
    assert (tmp_path / "repositories/offsite/password").is_file()
