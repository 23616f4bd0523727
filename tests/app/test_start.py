"""The first hour: what init asks and counts, what the demo leaves out, who can read the state."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from build_app import house
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
