"""The first phoenix.yaml: valid, complete, and honest about what is left to decide."""

from __future__ import annotations

import os.path
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from phoenix_dr.core.discovery import (
    Discovered,
    KeyFile,
    Mount,
    OpenDatabase,
    Repository,
    Schedule,
    Server,
    Unseen,
)
from phoenix_dr.render.estate_file import estate_text
from phoenix_dr.render.estate_places import disk_of
from phoenix_dr.render.phrases import LANGUAGES
from phoenix_dr.render.yaml_text import scalar, shown

TODAY = date(2026, 11, 23)
ROOT = Mount("/", "/dev/nvme0n1p2", "ext4")
USB = Mount("/mnt/backup", "/dev/sdb1", "xfs")
NAS = Mount("/mnt/nas", "nas.lan:/tank", "nfs4", network=True)


def text(found: Discovered, language: str = "en") -> str:
    return estate_text(found, language=language, today=TODAY)


def parsed(found: Discovered, language: str = "en") -> Any:
    """The file as a YAML parser reads it; duplicate keys are an error."""
    return YAML(typ="safe").load(text(found, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_machine_gives_the_fewest_lines_that_work(language: str) -> None:
    estate = parsed(Discovered(host="Worker 1", timezone="Europe/Paris"), language)
    assert (estate["version"], estate["here"], estate["language"]) == (1, "worker-1", language)
    assert estate["hosts"].keys() == {"worker-1", "elsewhere"}
    assert estate["locations"]["local"] == {"host": "worker-1", "disk": "TODO"}
    assert "TODO" in estate["hosts"]["worker-1"]["disks"]
    assert [engine["location"] for engine in estate["engines"].values()] == ["local", "offsite"]
    assert estate["policies"]["default"]["to"] == ["restic-local", "restic-offsite"]
    assert estate["services"] == {"system": {"assets": {"files": {"files": "/etc"}}}}


def test_a_repository_gives_an_engine_a_location_and_its_mount() -> None:
    found = Discovered(
        host="w",
        mounts=(ROOT, USB),
        repositories=(Repository("restic", "/mnt/backup/a"), Repository("restic", "/mnt/backup/b")),
    )
    estate = parsed(found)
    assert estate["locations"]["backup"] == {"host": "w", "disk": "sdb", "mount": "/mnt/backup"}
    assert estate["hosts"]["w"]["disks"] == ["nvme0n1", "sdb"]
    assert {name: engine["repository"] for name, engine in estate["engines"].items()} == {
        "restic-backup": "/mnt/backup/a",
        "restic-backup-2": "/mnt/backup/b",
        "restic-offsite": "TODO",
    }


def test_a_share_lies_on_the_machine_that_serves_it() -> None:
    estate = parsed(
        Discovered(host="w", mounts=(ROOT, NAS), repositories=(Repository("restic", "/mnt/nas/r"),))
    )
    assert estate["locations"]["nas"] == {"host": "nas", "mount": "/mnt/nas"}
    assert estate["hosts"]["nas"] == {"site": "TODO"}


@pytest.mark.parametrize(
    ("source", "disk"),
    [
        ("/dev/sda2", "sda"),
        ("/dev/nvme0n1p3", "nvme0n1"),
        ("/dev/mmcblk0p1", "mmcblk0"),
        ("/dev/vdb", "vdb"),
        ("/dev/mapper/vg-root", None),
        ("/dev/md0", None),
        ("tank/data", None),
    ],
)
def test_two_partitions_are_one_disk_and_unknown_stays_unknown(
    source: str, disk: str | None
) -> None:
    assert disk_of(source) == disk


def test_databases_are_copied_by_themselves_and_left_out_of_the_files() -> None:
    estate = parsed(
        Discovered(
            compose=("/opt/wiki/compose.yaml",),
            databases=(OpenDatabase("/opt/wiki/data/wiki.db", "wiki"),),
        )
    )
    assert estate["services"]["wiki"]["assets"] == {
        "wiki": {"sqlite": "/opt/wiki/data/wiki.db"},
        "files": {"files": "/opt/wiki", "exclude": ["data/wiki.db", "data/wiki.db-*"]},
    }


def test_services_are_named_as_people_would() -> None:
    paths = ("/var/lib/grafana/data/grafana.db", "/srv/a/app.db", "/srv/b/app.db", "/x/a/y.db")
    estate = parsed(Discovered(databases=tuple(OpenDatabase(path, "p") for path in paths)))
    assert list(estate["services"]) == ["system", "grafana", "a", "b", "a-2"]


FULL = Discovered(
    host="w",
    servers=(Server("postgres", "/var/lib/pg", "/run/postgresql", 5432), Server("redis")),
    databases=(
        OpenDatabase("/data/inside.db", "app", contained=True),
        OpenDatabase("/srv/x\udcff.db", "app"),
    ),
    repositories=(Repository("borg", "/srv/borg"), Repository("restic", "/srv/\udcff")),
    mounts=(ROOT, USB, NAS),
    schedules=(Schedule("/etc/cron.d/old", "rsync", "0 3 * * *"),),
    keys=(KeyFile("ssh", "/root/.ssh/id_ed25519"), KeyFile("age", "/root/age.txt")),
    unseen=(Unseen("processes-hidden", count=3), Unseen("search-stopped", "/srv/z", 9)),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_supported_or_not_seen_is_said_in_a_comment(language: str) -> None:
    comments = [line for line in text(FULL, language).splitlines() if "#" in line]
    for said in (
        "/data/inside.db", "/srv/x\\udcff.db", "/srv/borg", "/srv/\\udcff", "/mnt/backup",
        "/etc/cron.d/old: rsync, 0 3 * * *", "/root/.ssh/id_ed25519", "/srv/z", "/var/lib/pg",
        "postgres-5432: {assets: {database: {postgres: TODO, socket: /run/postgresql}}}",
    ):  # fmt: skip
        assert any(said in line for line in comments), said


def test_many_unseen_places_are_counted() -> None:
    unseen = tuple(Unseen("directory-hidden", f"/srv/{number}") for number in range(25))
    said = text(Discovered(unseen=unseen))
    assert "/srv/9 may not be read" in said
    assert "/srv/10 " not in said
    assert "and 15 more" in said


AWKWARD = (
    "no", "~", "1", "1e3", "2026-11-23", "a: b", "a #b", "- a", "{a}", "a,b", "", " a", 'q"\\',
    "\n", "\x07", "\x85", "\u2028", "\ufeff", "\U0001f600", "null", "0x1", "a:", "=", "<<", ".",
)  # fmt: skip


@pytest.mark.parametrize("value", AWKWARD)
def test_a_scalar_is_read_back_unchanged(value: str) -> None:
    assert YAML(typ="safe").load(f"{{k: {scalar(value)}, l: [{scalar(value)}]}}") == {
        "k": value,
        "l": [value],
    }


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_every_writable_string_is_read_back_unchanged(value: str) -> None:
    assert YAML(typ="safe").load(f"k: {scalar(value)}") == {"k": value}


PATHS = st.lists(
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8), min_size=1, max_size=3
).map(lambda parts: "/" + "/".join(parts))
FOUND = st.builds(
    Discovered,
    host=st.text(max_size=6),
    servers=st.lists(
        st.builds(Server, st.sampled_from(["postgres", "redis"]), PATHS, PATHS), max_size=2
    ).map(tuple),
    databases=st.lists(st.builds(OpenDatabase, PATHS, PATHS, st.booleans()), max_size=3).map(tuple),
    compose=st.lists(PATHS, max_size=3).map(tuple),
    repositories=st.lists(
        st.builds(Repository, st.sampled_from(["restic", "borg"]), PATHS), max_size=3
    ).map(tuple),
    mounts=st.lists(st.builds(Mount, PATHS, PATHS, PATHS, st.booleans()), max_size=3).map(tuple),
    schedules=st.lists(st.builds(Schedule, PATHS, PATHS, PATHS), max_size=2).map(tuple),
    keys=st.lists(
        st.builds(KeyFile, st.sampled_from(["age", "ssh"]), PATHS), max_size=3
    ).map(tuple),
)  # fmt: skip


@given(FOUND, st.sampled_from(LANGUAGES))
def test_whatever_is_found_the_file_is_valid_and_loses_nothing(
    found: Discovered, language: str
) -> None:
    written = text(found, language)
    YAML(typ="safe").load(written)
    paths = [
        *(each.path for each in found.databases),
        *(each.path for each in found.repositories),
        *(each.path for each in found.keys),
        *(each.path for each in found.schedules),
        *(each.path for each in found.mounts),
        *(os.path.dirname(each) for each in found.compose),
    ]
    for path in paths:
        assert shown(path) in written or scalar(path) in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_not_seeing_has_words(language: str) -> None:
    reasons = (
        "processes-hidden", "place-is-a-link", "network-place", "directory-too-large",
        "directory-hidden", "search-stopped",
    )  # fmt: skip
    for reason in reasons:
        assert "/srv/q" in text(Discovered(unseen=(Unseen(reason, "/srv/q", 4),)), language) or (
            reason == "processes-hidden"
        )
