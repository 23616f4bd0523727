"""`phoenix demo`: the same story whatever the seed, nothing private saved, failure when blind."""

from __future__ import annotations

import difflib
import fcntl
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from build_app import argv
from build_repositories import cheap_init
from phoenix_dr import config
from phoenix_dr.adapters.restic import twin
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import Invocation
from phoenix_dr.surfaces.cli.main import run
from tools import program

PRIVATE = b"PRIVATE KEY-----"
MARK = ".phoenix-demo"


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose restic makes repositories that open in no time."""
    root = tmp_path_factory.mktemp("demo-bin")
    cheap_init(root / "bin")
    return {"PATH": f"{root}/bin:{os.environ['PATH']}", "HOME": str(root), "LC_ALL": "C.UTF-8"}


def demo(environ: dict[str, str], root: Path, *options: str) -> subprocess.Popen[bytes]:
    """The demo, in a process of its own."""
    command = argv("demo", "--directory", str(root), "--media", "3", *options)
    return subprocess.Popen(
        command, env=environ, cwd=root.parent, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(child: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Exit code and errors of a short command."""
    _, errors = child.communicate(timeout=60)
    return child.returncode, errors


@pytest.fixture(scope="module")
def told(
    environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Path, str]]:
    """Two demos with other seeds, side by side: where they are and what they said.

    They run once, also when pytest runs in several processes.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent / "demos" if "PYTEST_XDIST_WORKER" in os.environ else base / "demos"
    shared.mkdir(exist_ok=True)
    roots = [shared / f"house-{seed}" for seed in (1, 2)]
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            _tell(environ, roots)
            (shared / "done").touch()
    return [(root, root.with_suffix(".txt").read_text()) for root in roots]


def _tell(environ: dict[str, str], roots: list[Path]) -> None:
    running = [demo(environ, root, "--seed", root.name[-1]) for root in roots]
    for child, root in zip(running, roots, strict=True):
        out, errors = child.communicate(timeout=240)
        assert (child.returncode, errors) == (0, b""), out.decode() + errors.decode()
        root.with_suffix(".txt").write_bytes(out)


def structure(root: Path, text: str) -> list[str]:
    """The words of a story without its figures; equal words in a row count once."""
    text = re.sub(
        r"\d[\d., \u00a0\u202f]*(ms|s|min|B|kB|MB)?\b", "N ", text.replace(str(root), "ROOT")
    )
    text = re.sub(r"(N +)+", "N ", text)
    return [re.sub(r"[\s-]+", " ", line).strip() for line in text.splitlines()]


def test_two_seeds_tell_one_story(told: list[tuple[Path, str]]) -> None:
    first, second = (structure(root, text) for root, text in told)
    assert " ".join(first).split() == " ".join(second).split(), "\n".join(
        difflib.unified_diff(first, second, lineterm="")
    )
    assert len(first) > 30


def test_the_seed_makes_the_data_and_never_the_keys(told: list[tuple[Path, str]]) -> None:
    (one, _), (two, _) = told
    for name in ("srv/media/film-1.bin", "srv/wiki/uploads/upload-00.bin", "keys/repositories.pw"):
        assert (one / name).read_bytes() != (two / name).read_bytes()


def test_the_story_ends_well(told: list[tuple[Path, str]]) -> None:
    for root, text in told:
        points = [float(each) for each in re.findall(r"Resilience score: (\d+\.\d)/10", text)]
        assert len(points) == 3
        assert points[0] == 0 < points[1] < points[2]
        assert text.count(" KO at ") == 2
        assert text.count("measured RTO") == 4
        assert "simulated" in text
        assert [path.name for path in (root / "docs" / "backup").iterdir()]
        assert (root / "docs" / "disaster-recovery-plan.md").read_text()
        assert (root / MARK).is_file()
        assert root.stat().st_mode & 0o777 == 0o700
        assert max(map(len, text.replace(str(root), "ROOT").splitlines())) <= 110


def test_no_private_key_of_etc_is_in_the_repositories(
    told: list[tuple[Path, str]], environ: dict[str, str]
) -> None:
    root, text = told[0]
    settings = config.settings({**environ, "PHOENIX_CONFIG": str(root / "phoenix.yaml")})
    estate = config.load(settings.config_path)
    [system] = [asset for asset in estate.assets() if asset.id == "system/etc"]
    for engine in ("home", "offsite"):
        saved = listed(environ, root / engine / "restic", root / "keys" / "repositories.pw")
        assert "/etc/passwd" in saved
        assert not saved & set(system.exclude)
        assert not {path for path in saved if os.path.basename(path).startswith("shadow")}
        assert [path for path in saved if is_private(path)] == []
    assert f"without {len(system.exclude)} private" in text
    assert "/etc/shadow" in system.exclude


def listed(environ: dict[str, str], repository: Path, password: Path) -> set[str]:
    """Every file of the last point of /etc, as restic lists it."""
    done = subprocess.run(
        [program("restic"), "-r", str(repository), "-p", str(password), "--no-lock", "--json",
         "ls", "--tag", "asset:system/etc", "latest"],
        env=environ, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["path"] for row in rows if row.get("type") == "file"}


def is_private(path: str) -> bool:
    """Whether a file of this machine begins like a private key."""
    try:
        with open(path, "rb") as file:
            return PRIVATE in file.read(4096)
    except OSError:
        return False


def test_a_twin_that_is_not_caught_ends_the_demo_with_1(
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The only function ever replaced in these tests: no real restic fails to notice a flipped
    # bit, so a twin that cannot be caught has to be one in which nothing was flipped.
    monkeypatch.setattr(twin, "_flip", lambda pack, offset: None)
    arguments = ["demo", "--directory", str(tmp_path / "house"), "--media", "1"]
    speech.choose(arguments, environ)
    assert run(arguments, Invocation(environ=environ)) == 1
    said = capsys.readouterr().out
    assert " KO at " not in said
    assert speech.t("demo.twin-missed") in said
    assert speech.t("demo.step.drill") not in said


def test_only_a_demo_is_ever_removed(environ: dict[str, str], tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    for options in (["--remove"], []):
        code, errors = ended(demo(environ, mine, *options))
        assert code == 2
        assert str(mine).encode() in errors
    assert (mine / "letter.txt").read_text() == "dear"
    link = tmp_path / "link"
    link.symlink_to(mine)
    (mine / MARK).touch()
    assert ended(demo(environ, link, "--remove"))[0] == 2
    assert (mine / "letter.txt").exists()
    assert ended(demo(environ, mine, "--remove")) == (0, b"")
    assert not mine.exists()
    assert ended(demo(environ, mine, "--remove")) == (0, b"")
