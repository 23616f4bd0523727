"""Names of archives and what a configuration may tell; both are written by others."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_guest import CONF, NAME
from phoenix_dr.adapters.vzdump import conf, listing, names
from phoenix_dr.adapters.vzdump.conf import Kind

PARIS = ZoneInfo("Europe/Paris")
LATER = datetime(2030, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("name", "kind", "vmid"),
    [
        (NAME, "lxc", "210"),
        ("vzdump-qemu-100-2026_11_20-03_00_00.vma.zst", "qemu", "100"),
        ("vzdump-qemu-100-2026_11_20-03_00_00.vma", "qemu", "100"),
        ("vzdump-openvz-99999-2011_11_20-03_00_00.tgz", "lxc", "99999"),
        ("vzdump-lxc-210-2026_11_20-03_00_00.tar.gz", "lxc", "210"),
    ],
)
def test_names_of_archives_are_read(name: str, kind: str, vmid: str) -> None:
    found = names.parsed(name)
    assert found is not None
    assert (found.kind, found.vmid, found.name) == (kind, vmid, name)
    assert name.startswith(found.stem + ".")


@pytest.mark.parametrize(
    "name",
    [
        "vzdump-lxc-210-2026_11_20-03_00_00.log",
        "vzdump-lxc-210-2026_11_20-03_00_00.tar.dat",
        NAME + ".notes",
        NAME + ".protected",
        NAME + "\n",
        "renamed-" + NAME,
        "../" + NAME,
        "vzdump-lxc-210-2026_13_20-03_00_00.tar.zst",
        "vzdump-lxc-210-2026_11_20-03_00_00.vma",
        "vzdump-qemu-100-2026_11_20-03_00_00.tar.zst",
        "vzdump-lxc-0-2026_11_20-03_00_00.tar",
        "vzdumptmp12",
        "",
    ],
)
def test_anything_else_is_no_archive(name: str) -> None:
    assert names.parsed(name) is None


def began(moment: str, modified: datetime) -> datetime:
    found = names.parsed(f"vzdump-lxc-210-{moment}.tar.zst")
    assert found is not None
    return found.began(PARIS, modified.timestamp())


def test_the_time_is_that_of_the_node() -> None:
    late = datetime(2026, 12, 1, tzinfo=UTC)
    assert began("2026_11_20-03_00_00", late) == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert began("2026_07_20-03_00_00", late) == datetime(2026, 7, 20, 1, tzinfo=UTC)


def test_the_hour_that_autumn_repeats_is_told_by_when_the_file_was_finished() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert began("2026_10_25-02_30_00", datetime(2026, 10, 25, 0, 45, tzinfo=UTC)) == first
    assert began("2026_10_25-02_30_00", datetime(2026, 10, 25, 1, 45, tzinfo=UTC)) == second


def test_a_configuration_gives_what_a_drill_uses() -> None:
    found = conf.parse(
        CONF
        + "mp0: /srv/data,mp=/data,backup=1\n"
        + "mp1: local-lvm:vm-210-disk-1,mp=/var/lib/x,backup=1,size=20G\n"
        + "mp2: volume=tank:subvol-210-disk-2,size=512M,mp=/cache\n"
        + "mp3: /dev/sdb1,mp=/disk\n"
        + "lxc.hook.start: /bin/evil\n"
        + "[before]\nhostname: other\nmp9: /x,mp=/y\n"
    )
    assert (found.hostname, found.memory, found.unprivileged, found.vmid) == (
        "adguard", 128, True, "210",
    )  # fmt: skip
    absent = [(each.key, each.kind, each.path) for each in found.not_in_archive]
    assert absent == [
        ("mp0", Kind.BIND, "/data"),
        ("mp2", Kind.VOLUME, "/cache"),
        ("mp3", Kind.DEVICE, "/disk"),
    ]
    assert found.disk == 21 << 30


@pytest.mark.parametrize(
    ("volume", "vmid"),
    [
        ("local-lvm:vm-210-disk-0", "210"),
        ("local:210/vm-210-disk-0.raw", "210"),
        ("tank:subvol-211-disk-0", "211"),
        ("tank:basevol-100-disk-0/subvol-210-disk-1", "210"),
        ("odd:something", None),
        ("/dev/pve/root", None),
    ],
)
def test_the_root_volume_names_its_guest(volume: str, vmid: str | None) -> None:
    assert conf.parse(f"rootfs: {volume},size=8G\n").vmid == vmid


@pytest.mark.parametrize(
    "line",
    [
        "hostname: a\tb", "hostname: $(reboot)", "hostname: x/../y", "hostname: " + "a" * 80,
        "memory: -1", "memory: 99999999999", "memory: 1e9",
    ],
)  # fmt: skip
def test_values_that_could_do_harm_are_not_taken(line: str) -> None:
    found = conf.parse(line + "\n")
    assert (found.hostname, found.memory) == (None, None)


@given(st.text())
def test_no_configuration_makes_the_parser_fail(text: str) -> None:
    found = conf.parse(text)
    assert found.disk >= 0
    assert found.hostname is None or "\n" not in found.hostname


@given(st.binary(max_size=300))
def test_no_line_makes_the_reader_of_lists_fail(line: bytes) -> None:
    listing.entry(line)


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name))
def test_a_name_comes_back_from_how_tar_quotes_it(name: bytes) -> None:
    quoted = b"".join(b"\\%03o" % byte if byte in b'\\"\n\x7f' or byte < 32 else bytes([byte])
                      for byte in name)  # fmt: skip
    assert listing.unquoted(quoted) == name
    line = b'-rw-r--r-- 0/0     12 2026-11-23 06:11:10.9  "./d/' + quoted + b'"'
    found = listing.entry(line)
    assert found is not None
    assert (found.kind, found.size) == ("file", 12)
