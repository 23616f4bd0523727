"""The first hour: what init asks and counts, what the demo leaves out, who can read the state."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from build_app import argv, house
from phoenix_dr.app import start
from phoenix_dr.app.demo.estate import _private

NOBODY = 65_534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without root's rights; nothing to give up for anybody else."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_the_answer_is_about_this_machine_alone(tmp_path: Path) -> None:
    asked = tmp_path / "asked.yaml"
    made = start.write_estate(
        asked, language="en", today=date(2026, 1, 5), answers={"site": "attic"}
    )
    text = asked.read_text()
    assert text.count("site: attic") == 1
    assert "elsewhere: {site: TODO}" in text
    values = re.sub(r"#.*", "", text)
    assert made.todo == values.count("TODO")
    assert re.search(r"TODO.*TODO", values), "no line with two values to fill"


def test_the_demo_leaves_out_what_its_user_cannot_read(tmp_path: Path) -> None:
    system = tmp_path / "etc"
    for name in ("open", "closed"):
        (system / name).mkdir(parents=True)
        (system / name / "file").write_text("x\n")
    (system / "hidden").write_text("x\n")
    for folder in (tmp_path, *(each for each in tmp_path.parents if "pytest-of-" in str(each))):
        folder.chmod(0o755)
    for name in ("closed", "hidden"):
        (system / name).chmod(0)
    with unprivileged():
        assert sorted(_private(system)) == [str(system / "closed"), str(system / "hidden")]
    (system / "closed").chmod(0o700)


def test_the_state_directory_is_private_from_the_first_command(tmp_path: Path) -> None:
    made = house(tmp_path)
    state = tmp_path / "fresh" / "state"
    assert made.phoenix("--state", str(state), "inventory").code == 0
    assert state.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_and_an_unknown_language_are_told_in_a_sentence(tmp_path: Path) -> None:
    made = house(tmp_path)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            argv("config", "schema"), env=made.environ, stdout=full, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, timeout=20, check=False,
        )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False), done.stderr
    assert made.phoenix("--language", "de", "inventory").code == 2
    assert made.phoenix("--language", "fr", "inventory").code == 0


def test_init_asks_nothing_where_there_is_no_input(tmp_path: Path) -> None:
    made = house(tmp_path)
    line = 'exec "$@" <&-'
    done = subprocess.run(
        ["bash", "-c", line, "-", *argv("init", "--output", str(tmp_path / "new.yaml"))],
        env=made.environ, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
