"""A folder of guests' archives in phoenix.yaml, and the assets that lie in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_guest import Estate
from phoenix_dr.config import reading
from phoenix_dr.core.model import CheckKind, EngineSpec
from phoenix_dr.errors import ConfigError

ASSET = "adguard: {guest: nas/210}"
ENGINE = "nas: {kind: vzdump, directory: "


def written(tmp_path: Path, old: str = "", new: str = "") -> Estate:
    """The estate with one piece of its text replaced."""
    made = Estate(tmp_path, zone="Europe/Paris")
    text = made.config.read_text()
    assert old in text
    made.config.write_text(text.replace(old, new) if old else text)
    return made


def faults(tmp_path: Path, old: str, new: str) -> list[tuple[str, str]]:
    """(path, code) of every fault after one change."""
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, old, new).config, tmp_path)
    return [(each.path, each.code) for each in caught.value.problems]


def test_a_folder_knows_the_guests_that_assets_name_and_the_clock_of_the_node(
    tmp_path: Path,
) -> None:
    found = reading.load(written(tmp_path).config, tmp_path)
    assert found.engines["nas"] == EngineSpec(
        id="nas",
        kind="vzdump",
        repository=str(tmp_path / "dump"),
        locations={"": "nas"},
        archives={"210": "dns/adguard"},
        settings={"timezone": "Europe/Paris"},
    )
    assert found.asset("dns/adguard").source == "nas/210"


def test_a_guest_in_a_folder_is_nothing_of_a_later_version(tmp_path: Path) -> None:
    assert reading.check(written(tmp_path).config) == ((), ())
    later = written(tmp_path, "{kind: vzdump, directory: " + f"{tmp_path}/dump, ", "{kind: etcd, ")
    assert {each.code for each in reading.check(later.config)[1]} >= {"asset-not-yet"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("nas/210", "nas", ("services.dns.assets.adguard.guest", "bad-guest")),
        ("nas/210", "nas/99", ("services.dns.assets.adguard.guest", "bad-guest")),
        ("nas/210", "nas/2x0", ("services.dns.assets.adguard.guest", "bad-guest")),
        ("nas/210", "naas/210", ("services.dns.assets.adguard.guest", "unknown-engine")),
        (
            ASSET,
            ASSET + "\n      twice: {guest: nas/210}",
            ("services.dns.assets.twice.guest", "named-twice"),
        ),
        ("location: nas}", "location: nass}", ("engines.nas.location", "unknown-location")),
        (", location: nas}", "}", ("engines.nas", "missing-key")),
        (ENGINE, ENGINE + "dump/", ("engines.nas.directory", "relative-path")),
        ("location: nas}", "location: nas, apply: direct}", ("engines.nas.apply", "unknown-key")),
    ],
)
def test_what_cannot_be_right_is_a_fault(
    tmp_path: Path, old: str, new: str, fault: tuple[str, str]
) -> None:
    assert faults(tmp_path, old, new) == [fault]


COMMAND = "{asset: adguard, command: [/bin/wget, -qO-, http://127.0.0.1:3000/health]}"
CONSOLE = "{asset: adguard, console: 'Adguard: ready'}"


def test_a_machine_is_told_what_to_say_on_its_console(tmp_path: Path) -> None:
    estate = written(tmp_path, COMMAND, CONSOLE)
    [check] = reading.load(estate.config, tmp_path).services["dns"].checks
    assert (check.asset, check.kind, check.text) == (
        "dns/adguard", CheckKind.CONSOLE, "Adguard: ready",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("console", "code"),
    [
        ('"two\\nlines"', "console-long"),
        ("x" * 201, "console-long"),
        ("''", "empty-text"),
        ("up}\n      - " + CONSOLE[:-1], "console-twice"),
    ],
)
def test_what_no_console_could_say_is_refused(tmp_path: Path, console: str, code: str) -> None:
    given = "{asset: adguard, console: " + console + "}"
    assert [found for _, found in faults(tmp_path, COMMAND, given)] == [code]
