"""Discovery on machines built in a folder, and on this one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from phoenix_dr.adapters.host import Limits, discover
from phoenix_dr.adapters.host.mounts import parse
from phoenix_dr.adapters.host.schedules import parse_crontab, tool_in
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
from tools import program

WIKI = "/srv/wiki/wiki.db"


def put(root: Path, path: str, content: str | bytes = "") -> Path:
    """A file of the built machine."""
    real = root / path.lstrip("/")
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_bytes(content.encode() if isinstance(content, str) else content)
    return real


def link(root: Path, path: str, to: str) -> None:
    """A symbolic link of the built machine."""
    real = root / path.lstrip("/")
    real.parent.mkdir(parents=True, exist_ok=True)
    real.symlink_to(to)


def process(
    root: Path, number: int, *arguments: str, files: tuple[str, ...] = (), space: str = "mnt:[1]"
) -> None:
    """A process of the built machine: command line, open files and mount namespace."""
    put(root, f"/proc/{number}/cmdline", "\0".join(arguments) + "\0")
    (root / f"proc/{number}/fd").mkdir()
    for descriptor, path in enumerate(files):
        link(root, f"/proc/{number}/fd/{descriptor}", path)
    link(root, f"/proc/{number}/ns/mnt", space)


def database(real: Path) -> None:
    """A real SQLite file with one row."""
    real.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(real) as connection:
        connection.execute("create table page as select 1 as id")
    connection.close()


def restic_repository(root: Path, path: str) -> None:
    """The layout of a restic repository, made by hand so that no key is needed."""
    put(root, f"{path}/config", b"\x00\x01")
    for folder in ("data/00", "index", "keys", "locks", "snapshots"):
        (root / path.lstrip("/") / folder).mkdir(parents=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with nothing on it but its own process table."""
    link(tmp_path, "/proc/self/ns/mnt", "mnt:[1]")
    return tmp_path


def test_an_empty_machine_has_nothing_and_nothing_hidden(root: Path) -> None:
    assert discover(root) == Discovered()


def test_name_and_time_zone(root: Path) -> None:
    put(root, "/proc/sys/kernel/hostname", "worker1.lan\n")
    link(root, "/etc/localtime", "/usr/share/zoneinfo/Europe/Paris")
    found = discover(root)
    assert (found.host, found.timezone) == ("worker1", "Europe/Paris")


@pytest.mark.parametrize(
    ("arguments", "server"),
    [
        (
            ("/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/pg", "-c", "port=5433"),
            Server("postgres", "/var/lib/pg", None, 5433),
        ),
        (("postgres", "-D/pg", "-k", "/run", "-p5434"), Server("postgres", "/pg", "/run", 5434)),
        (("mysqld", "--datadir=/m", "--port=3307"), Server("mariadb", "/m", None, 3307)),
        (("/usr/bin/redis-server 127.0.0.1:6380",), Server("redis", None, None, 6380)),
        (("mongod", "--dbpath", "/d", "--port", "27017"), Server("mongodb", "/d", None, 27017)),
        (("/usr/bin/influxd", "-config", "/etc/influx.conf"), Server("influxdb")),
    ],
)  # fmt: skip
def test_database_servers_from_their_command_lines(
    root: Path, arguments: tuple[str, ...], server: Server
) -> None:
    process(root, 100, *arguments)
    assert discover(root).servers == (server,)


def test_postgres_tells_port_and_socket_in_its_pid_file(root: Path) -> None:
    process(root, 7, "postgres", "-D", "/pg")
    put(root, "/proc/7/root/pg/postmaster.pid", "7\n/pg\n1790000000\n5432\n/run/postgresql\n")
    assert discover(root).servers == (Server("postgres", "/pg", "/run/postgresql", 5432),)


def test_a_server_that_stays_in_its_data_directory_tells_it(root: Path) -> None:
    process(root, 7, "/usr/sbin/mariadbd")
    link(root, "/proc/7/cwd", "/var/lib/mysql")
    assert discover(root).servers == (Server("mariadb", "/var/lib/mysql"),)


@pytest.mark.parametrize(
    "arguments",
    [("postgres: 15/main: checkpointer ",), ("vim", "postgres"), ("mysqldump",), ("sh", "mongod")],
)  # fmt: skip
def test_workers_and_namesakes_are_no_servers(root: Path, arguments: tuple[str, ...]) -> None:
    process(root, 7, *arguments)
    assert discover(root).servers == ()


def test_the_password_on_a_command_line_is_not_kept(root: Path) -> None:
    process(root, 7, "mysqld", "--datadir=/d", "--password=hunter2", "--init-connect=hunter2")
    put(root, "/etc/cron.d/b", "0 3 * * * root RESTIC_PASSWORD=hunter2 restic backup /\n")
    found = discover(root)
    assert found.servers
    assert found.schedules
    assert "hunter2" not in repr(found)


def test_sqlite_files_held_open(root: Path) -> None:
    database(root / WIKI.lstrip("/"))
    put(root, "/srv/wiki/notes.txt", "SQLite format 2")
    process(root, 8, "/usr/bin/wiki", files=(WIKI, "/srv/wiki/notes.txt", "socket:[1]", "/gone"))
    process(root, 9, "/usr/bin/other", files=(WIKI,))
    assert discover(root).databases == (OpenDatabase(WIKI, "wiki"),)


def test_a_sqlite_file_in_a_container_is_marked(root: Path) -> None:
    database(root / "proc/8/root/data/app.db")
    process(root, 8, "/app/server", files=("/data/app.db",), space="mnt:[2]")
    assert discover(root).databases == (OpenDatabase("/data/app.db", "server", contained=True),)


def test_a_file_name_with_a_newline_and_broken_text(root: Path) -> None:
    path = os.fsdecode(b"/srv/a\nb\xff.db")
    database(Path(os.path.join(root, path[1:])))
    process(root, 8, "app", files=(path,))
    assert discover(root).databases == (OpenDatabase(path, "app"),)


def test_this_very_machine_shows_a_database_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    database(path)
    holder = subprocess.Popen(
        [program("sqlite3"), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write("select 'here' from page;\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "here\n"
        found = discover(limits=Limits(entries=100))
    finally:
        holder.communicate("")
    assert OpenDatabase(str(path), "sqlite3") in found.databases


def test_compose_files_and_repositories(root: Path) -> None:
    put(root, "/opt/wiki/docker-compose.yml")
    put(root, "/home/ana/apps/media/compose.yaml")
    put(root, "/etc/one/two/three/compose.yaml")
    put(root, "/etc/one/two/three/four/compose.yaml")
    restic_repository(root, "/mnt/backup/restic")
    put(root, "/srv/borg/README", "This is a Borg Backup repository.")
    put(root, "/srv/borg/config", "[repository]\nversion = 1\n")
    (root / "srv/borg/data").mkdir()
    found = discover(root)
    assert found.compose == (
        "/etc/one/two/three/compose.yaml",
        "/home/ana/apps/media/compose.yaml",
        "/opt/wiki/docker-compose.yml",
    )
    assert found.repositories == (
        Repository("restic", "/mnt/backup/restic"),
        Repository("borg", "/srv/borg"),
    )


def test_what_only_resembles_a_repository_is_none(root: Path) -> None:
    put(root, "/srv/app/config", "[repository]")
    (root / "srv/app/data").mkdir()
    put(root, "/srv/other/README")
    put(root, "/srv/other/config", "[remote]")
    (root / "srv/other/data").mkdir()
    assert discover(root).repositories == ()


def test_a_real_restic_repository_is_found(root: Path) -> None:
    (root / "backup").mkdir()
    subprocess.run(
        [program("restic"), "init", "-r", str(root / "backup/r"), "--no-cache", "-q"],
        env={**os.environ, "RESTIC_PASSWORD": "test"}, check=True, timeout=60, capture_output=True,
    )  # fmt: skip
    assert discover(root).repositories == (Repository("restic", "/backup/r"),)


def test_links_are_not_followed_into_other_homes(root: Path) -> None:
    put(root, "/home/bob/private/compose.yaml")
    (root / "home/ana").mkdir()
    link(root, "/home/ana/bob", str(root / "home/bob"))
    link(root, "/home/carl", str(root / "home/bob"))
    link(root, "/srv", str(root / "home/bob"))
    found = discover(root)
    assert found.compose == ("/home/bob/private/compose.yaml",)
    assert found.unseen == (Unseen("place-is-a-link", "/srv"),)


def test_a_share_is_not_listed_and_says_so(root: Path) -> None:
    put(root, "/mnt/nas/compose.yaml")
    line = "30 1 0:50 / /mnt/nas rw - nfs4 nas.lan:/tank rw\n"
    put(root, "/proc/self/mountinfo", line)
    found = discover(root)
    assert found.compose == ()
    assert found.unseen == (Unseen("network-place", "/mnt/nas"),)
    assert found.mounts == (Mount("/mnt/nas", "nas.lan:/tank", "nfs4", network=True),)


def test_mounts_that_can_hold_data() -> None:
    table = (
        b"22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
        b"23 22 0:21 / /proc rw - proc proc rw\n"
        b"24 22 8:17 / /mnt/my\\040disk rw - xfs /dev/sdb1 rw\n"
        b"25 22 8:2 /var/x /mnt/bound rw - ext4 /dev/sda2 rw\n"
        b"26 22 0:40 /@home /home rw - btrfs /dev/sdc rw\n"
        b"broken\n"
    )
    assert [mount.path for mount in parse(table)] == ["/", "/mnt/my disk", "/home"]


def test_a_full_place_stops_at_the_bound_and_says_so(root: Path) -> None:
    for folder in range(30):
        for name in range(20):
            put(root, f"/srv/{folder}/{name}")
    found = discover(root, limits=Limits(entries=200))
    assert [each.reason for each in found.unseen] == ["directory-too-large", "search-stopped"]
    assert discover(root, limits=Limits(entries=2000)).unseen == ()


def test_one_huge_directory_does_not_starve_the_others(root: Path) -> None:
    huge = root / "srv/a"
    huge.mkdir(parents=True)
    for number in range(3000):
        (huge / str(number)).touch()
    put(root, "/srv/z/compose.yaml")
    found = discover(root, limits=Limits(entries=2000, per_directory=1000))
    assert found.compose == ("/srv/z/compose.yaml",)
    assert found.unseen == (Unseen("directory-too-large", "/srv/a"),)


def test_time_is_a_bound_too(root: Path) -> None:
    put(root, "/srv/app/compose.yaml")
    found = discover(root, limits=Limits(seconds=0))
    assert found.compose == ()
    assert found.unseen == (Unseen("search-stopped", "/srv", count=1),)


@pytest.mark.live
def test_a_million_files_take_less_than_ten_seconds() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        root = Path(folder)
        for number in range(1000):
            directory = root / f"srv/{number % 10}/{number}"
            directory.mkdir(parents=True)
            for name in range(1000):
                (directory / str(name)).touch()
        started = time.monotonic()
        found = discover(root)
        taken = time.monotonic() - started
    assert taken < 10
    assert {each.reason for each in found.unseen} == {"directory-too-large", "search-stopped"}


def test_hidden_processes_are_unknown_not_absent() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)
        process(root, 7, "app", files=(WIKI,))
        (root / "proc/7/fd").chmod(0)
        (root / "home/ana/.ssh").mkdir(parents=True)
        (root / "home/ana").chmod(0o700)
        found = discover_as_nobody(root)
    assert found.databases == ()
    hidden = {Unseen("processes-hidden", count=1)}
    closed = {Unseen("directory-hidden", "/home/ana")} if os.geteuid() == 0 else set()
    assert set(found.unseen) == hidden | closed


def discover_as_nobody(root: Path) -> Discovered:
    """Discovery with the rights of a stranger, when the tests run as root."""
    if os.geteuid() != 0:
        return discover(root)
    os.seteuid(65534)
    try:
        return discover(root)
    finally:
        os.seteuid(0)


def test_timers_and_crontabs(root: Path) -> None:
    put(root, "/etc/systemd/system/nightly.timer", "[Timer]\nOnCalendar=daily\nUnit=save.service\n")
    put(
        root,
        "/etc/systemd/system/save.service",
        "[Service]\nExecStart=/bin/sh -c \\\n 'borg create'\n",
    )
    put(root, "/etc/systemd/system/other.timer", "[Timer]\nOnCalendar=weekly\n")
    put(root, "/etc/systemd/system/other.service", "[Service]\nExecStart=/bin/true\n")
    put(root, "/usr/lib/systemd/system/sanoid.timer", "[Timer]\nOnCalendar=hourly\n")
    put(
        root,
        "/usr/lib/systemd/system/sanoid.service",
        "ExecStart=/usr/sbin/sanoid --cron\n",
    )
    put(root, "/var/spool/cron/crontabs/ana", "# restic\n@daily restic backup ~\nMAILTO=restic\n")
    put(root, "/etc/cron.daily/dump", "#!/bin/sh\n# rsync\npg_dump wiki > /x\n")
    assert discover(root).schedules == (
        Schedule("/etc/cron.daily/dump", "pg_dump", "@daily"),
        Schedule("/etc/systemd/system/nightly.timer", "borg", "OnCalendar=daily"),
        Schedule("/var/spool/cron/crontabs/ana", "restic", "@daily"),
    )
    link(root, "/etc/systemd/system/timers.target.wants/sanoid.timer", "/usr/lib/x")
    assert "sanoid" in {each.tool for each in discover(root).schedules}


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("/usr/bin/restic backup /", "restic"),
        ("root /opt/nightly-backup.sh --all", "nightly-backup.sh"),
        ("root tar czf /mnt/backup /home", "backup"),
        ("root /usr/libexec/dpkg/dpkg-db-backup", None),
        ("root ls /mnt/backup/x", None),
        ("root arresting", None),
    ],
)  # fmt: skip
def test_which_commands_are_backups(command: str, tool: str | None) -> None:
    assert tool_in(command) == tool


def test_a_crontab_line_keeps_its_schedule() -> None:
    lines = "*/5 1-3 * jan,feb  mon  rclone copy a b\n0 3 * *\nrestic: 1 2\n"
    assert list(parse_crontab("/c", lines)) == [Schedule("/c", "rclone", "*/5 1-3 * jan,feb mon")]


def test_keys_by_path_alone(root: Path) -> None:
    put(root, "/root/.config/sops/age/keys.txt", "AGE-SECRET-KEY-1SECRET")
    put(root, "/home/ana/.ssh/id_ed25519", "SECRET")
    put(root, "/home/ana/.ssh/id_ed25519.pub", "public")
    put(root, "/home/ana/.ssh/deploy", "SECRET")
    put(root, "/home/ana/.ssh/deploy.pub", "public")
    put(root, "/home/ana/.ssh/known_hosts", "host")
    put(root, "/etc/rancher/k3s/k3s.yaml", "SECRET")
    found = discover(root)
    assert set(found.keys) == {
        KeyFile("age", "/root/.config/sops/age/keys.txt"),
        KeyFile("ssh", "/home/ana/.ssh/id_ed25519"),
        KeyFile("ssh", "/home/ana/.ssh/deploy"),
        KeyFile("kubeconfig", "/etc/rancher/k3s/k3s.yaml"),
    }
    assert "SECRET" not in repr(found)


def test_a_pipe_in_place_of_a_file_does_not_block(root: Path) -> None:
    put(root, "/etc/cron.d/keep", "")
    os.mkfifo(root / "etc/cron.d/pipe")
    os.mkfifo(root / "etc/timezone")
    assert discover(root).schedules == ()


def test_discovery_changes_nothing(root: Path) -> None:
    restic_repository(root, "/srv/r")
    database(root / WIKI.lstrip("/"))
    before = {path: path.lstat().st_mtime_ns for path in root.rglob("*")}
    discover(root)
    assert {path: path.lstat().st_mtime_ns for path in root.rglob("*")} == before
