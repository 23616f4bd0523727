"""`phoenix metrics` as Prometheus meets it: read by promtool, asked of nobody, written whole."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from build_app import House, house
from build_report import HOSTILE
from phoenix_dr.core.metrics import Family, Sample
from phoenix_dr.render.metrics import text
from tools import environment, program

NEWEST = 'backup_last_success_timestamp{service="photos",asset="photos/album"'


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house backed up once and audited."""
    made = house(tmp_path_factory.mktemp("metrics"))
    made.backup()
    made.audit()
    return made


def checked(said: str) -> str:
    """What promtool has to say against it."""
    done = subprocess.run(
        [program("promtool"), "check", "metrics"], input=said.encode("utf-8", "surrogateescape"),
        env=environment(), capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    return done.stdout.decode() + done.stderr.decode() + "!" * done.returncode


def test_promtool_has_nothing_against_it(saved: House) -> None:
    done = saved.phoenix("metrics")
    assert done.code == 0
    assert checked(done.out) == ""
    assert done.out.endswith("# EOF\n")
    assert 'scope="site"} 1' in done.out
    # The checker does find what is wrong.
    assert checked(done.out.replace("# TYPE phoenix_score gauge", "# TYPE phoenix_score nothing"))


def test_it_asks_no_engine(saved: House) -> None:
    before = saved.starts()
    assert saved.phoenix("metrics").code == 0
    assert saved.starts() == before


def test_names_of_anybody_stay_in_their_line() -> None:
    family = Family("phoenix_x", HOSTILE, (Sample((("asset", HOSTILE + '"} 1\nphoenix_y 2'),), 1),))
    said = text((family,))
    assert checked(said) == ""
    assert [line.partition("{")[0] for line in said.splitlines()][2:] == ["phoenix_x", "# EOF"]


def test_a_file_for_the_collector_is_whole_and_readable(saved: House, tmp_path: Path) -> None:
    path = tmp_path / "collector" / "phoenix.prom"
    done = saved.phoenix("metrics", "--textfile", str(path), "--json")
    assert json.loads(done.out) == {"path": str(path)}
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.read_text() == saved.phoenix("metrics").out
    assert list(path.parent.iterdir()) == [path]


def test_without_an_audit_there_is_nothing_to_tell(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    done = made.phoenix("metrics", "--textfile", str(tmp_path / "x.prom"))
    assert done.code == 2
    assert "phoenix audit" in done.err
    assert not (tmp_path / "x.prom").exists()


def test_a_backup_that_stops_keeps_its_time(saved: House) -> None:
    def newest() -> list[str]:
        said = saved.phoenix("metrics").out
        return [line for line in said.splitlines() if line.startswith(NEWEST)]

    first = newest()
    assert len(first) > 4
    saved.clock.shift = timedelta(days=2)
    saved.audit()
    assert newest() == first
