"""Jobs, drills, logins of a Proxmox, a backup server, far folders of archives: every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_config import estate, short, written
from build_guest_engines import HOUSE
from phoenix_dr import config
from phoenix_dr.config import reading
from phoenix_dr.core.guest_settings import GuestPlace, JobOptions
from phoenix_dr.core.model import EngineSpec, SecretRef
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.errors import problem
from phoenix_dr.render.phrases import LANGUAGES

JOB = "{pool: prod/web, node: pve1, mode: stop, compress: none}"


def changed(old: str, new: str) -> str:
    """The house with one piece replaced."""
    assert HOUSE.count(old) == 1, old
    return HOUSE.replace(old, new)


def test_a_login_wishes_for_jobs_and_a_place_for_drills(tmp_path: Path) -> None:
    assert config.check(written(tmp_path, HOUSE)) == config.CheckReport((), ())
    assert estate(tmp_path, HOUSE).engines["pve1"] == EngineSpec(
        id="pve1",
        kind="proxmox",
        locations={"nfs-4tb": "nas", "pbs": "far"},
        password=SecretRef("file", "/home/ada/pve1.pw"),
        archives={"211": "dns/adguard"},
        settings={"url": "https://pve1.lan:8006", "user": "root@pam"},
        jobs={
            "default": JobOptions(
                id="backup-nightly",
                every=True,
                exclude=(215,),
                notes="{{guestname}}",
                fleecing="local-lvm",
                repeat_missed=True,
            ),
            "weekly": JobOptions(pool="prod/web", node="pve1", mode="stop", compress="0"),
        },
        drills=GuestPlace(9000, 9099, "local-lvm", node="pve1", bridge="vmbr99"),
    )


def test_a_backup_server_knows_the_guests_of_the_engine_it_is_filled_by(tmp_path: Path) -> None:
    assert estate(tmp_path, HOUSE).engines["pbs1"] == EngineSpec(
        id="pbs1",
        kind="pbs",
        locations={"store1": "far", "store1/prod/web": "far"},
        password=SecretRef("env", "PBS_TOKEN"),
        archives={"211": "dns/adguard"},
        settings={"url": "https://pbs.lan:8007", "ca": "/home/ada/pbs.pem", "guests": "pve1"},
    )
    other = estate(tmp_path, changed("guests: pve1", "guests: bucket")).engines["pbs1"]
    assert dict(other.archives) == {"300": "dns/old"}


def test_archives_may_lie_behind_ssh_or_rclone(tmp_path: Path) -> None:
    made = estate(tmp_path, HOUSE).engines
    assert made["box"] == EngineSpec(
        id="box",
        kind="vzdump",
        repository="ssh://me@box.example.org:2222/dump",
        locations={"": "far"},
        settings={
            "timezone": "America/New_York",
            "known_hosts": "/home/ada/.ssh/box",
            "identity": "/home/ada/.ssh/box_key",
        },
    )
    assert made["bucket"] == EngineSpec(
        id="bucket",
        kind="vzdump",
        repository="rclone:far one:dump/home",
        locations={"": "far"},
        environment={"RCLONE_CONFIG_PASS": SecretRef("file", "/home/ada/rclone.pw")},
        program="/home/ada/bin/rclone",
        archives={"300": "dns/old"},
        settings={"timezone": "UTC", "config": "/home/ada/rclone.conf"},
    )


@pytest.mark.parametrize(
    ("numbers", "place"),
    [
        ("100-1099", (100, 1099)),
        ("9000", (9000, 9000)),
        ("999999000-999999999", (999999000, 999999999)),
        ('"9000-9000"', (9000, 9000)),
        ("301-301", (301, 301)),
    ],
)
def test_ranges_for_drills(tmp_path: Path, numbers: str, place: tuple[int, int]) -> None:
    text = changed("9000-9099", numbers).replace("pve1/211", "pve1/2000")
    text = text.replace("bucket/300", "bucket/3000").replace("pve1/216", "pve1/2160")
    found = estate(tmp_path, text).engines["pve1"].drills
    assert found is not None
    assert (found.first, found.last, found.pool) == (*place, "phoenix-drill")


AT = "engines.pve1"
TO = "to: [pve1/nfs-4tb]"
FAULTS = [
    ("    user: root@pam\n", "", (AT, "proxmox-login")),
    ("    password: file:~/pve1.pw\n", "", (AT, "proxmox-login")),
    ("    user: root@pam\n", "    token: env:T\n    user: root@pam\n", (AT, "proxmox-login")),
    ("    user: root@pam\n    password: file:~/pve1.pw\n", "", (AT, "proxmox-login")),
    ("root@pam", "root", (f"{AT}.user", "bad-login")),
    ("root@pam", "root@pam!audit", (f"{AT}.user", "bad-login")),
    ("      weekly: {pool", "      wekly: {pool", (f"{AT}.jobs.wekly", "unknown-policy")),
    ("to: [pve1/pbs]}\n  other", "to: [pbs1]}\n  other", (f"{AT}.jobs.weekly", "job-elsewhere")),
    ("pool: prod/web", "all: true, pool: p", (f"{AT}.jobs.weekly.pool", "job-all-and-pool")),
    ("pool: prod/web", "exclude: [101]", (f"{AT}.jobs.weekly.exclude", "job-exclude")),
    ("pool: prod/web", "id: backup-nightly", (f"{AT}.jobs.weekly.id", "named-twice")),
    ("pool: prod/web", "id: x", (f"{AT}.jobs.weekly.id", "bad-job-id")),
    ("pool: prod/web", "id: 9lives", (f"{AT}.jobs.weekly.id", "bad-job-id")),
    ("pool: prod/web", "pool: a/b/c/d", (f"{AT}.jobs.weekly.pool", "bad-pve-name")),
    ("pool: prod/web", "all: yes", (f"{AT}.jobs.weekly.all", "expected-yes-no")),
    ("pool: prod/web", "every: true", (f"{AT}.jobs.weekly.every", "unknown-key")),
    ("pool: prod/web", "pol: prod", (f"{AT}.jobs.weekly.pol", "unknown-key-close")),
    ("exclude: [215]", "exclude: [99]", (f"{AT}.jobs.default.exclude.0", "too-small")),
    ("[215]", "['215']", (f"{AT}.jobs.default.exclude.0", "expected-whole-number")),
    ("mode: stop", "mode: live", (f"{AT}.jobs.weekly.mode", "not-one-of")),
    ("compress: none", "compress: bzip2", (f"{AT}.jobs.weekly.compress", "not-one-of")),
    ("fleecing: local-lvm", "fleecing: 'a,b=c'", (f"{AT}.jobs.default.fleecing", "bad-pve-name")),
    ('"{{guestname}}"', f'"{1025 * "x"}"', (f"{AT}.jobs.default.notes", "long-notes")),
    (JOB, "7", (f"{AT}.jobs.weekly", "expected-mapping")),
    ("9000-9099", "9099-9000", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "9000-10000", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "99-150", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "999999999-1000000000", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "9000..9099", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "true", (f"{AT}.drills.numbers", "bad-numbers")),
    ("9000-9099", "211-214", (f"{AT}.drills.numbers", "drills-over-guest")),
    ("9000-9099", "216-220", (f"{AT}.drills.numbers", "drills-over-guest")),
    ("9000-9099", "250-300", (f"{AT}.drills.numbers", "drills-over-guest")),
    ("numbers: 9000-9099, ", "", (f"{AT}.drills", "missing-key")),
    ("bridge: vmbr99", "bridge: 'vmbr99,tag=1'", (f"{AT}.drills.bridge", "bad-pve-name")),
    ("bridge: vmbr99", "brige: vmbr99", (f"{AT}.drills.brige", "unknown-key-close")),
    ("https://pbs", "http://pbs", ("engines.pbs1.url", "proxmox-https")),
    ("    ca: ~/pbs.pem\n", "    ca: /c\n    insecure: true\n", ("engines.pbs1", "proxmox-trust")),
    ("    token: env:PBS_TOKEN\n", "", ("engines.pbs1", "missing-key")),
    ("env:PBS_TOKEN", "me@pbs!a:hunter2", ("engines.pbs1.token", "bare-secret")),
    ("{store1: far, store1/prod/web: far}", "{}", ("engines.pbs1.datastores", "empty-block")),
    ("{store1: far, ", "{store1: fart, ", ("engines.pbs1.datastores.store1", "unknown-location")),
    ("{store1: far, ", "{store1//x: far, ", ("engines.pbs1.datastores.store1//x", "bad-datastore")),
    ("{store1: far, ", "{../store1: far, ", ("engines.pbs1.datastores.../store1", "bad-datastore")),
    ("    guests: pve1\n", "", ("engines.pbs1", "missing-key")),
    ("guests: pve1", "guests: pve2", ("engines.pbs1.guests", "unknown-engine")),
    ("guests: pve1", "guests: pbs1", ("engines.pbs1.guests", "guests-elsewhere")),
    (TO, "to: [pve1/pbs, pbs1/store1]", ("policies.default.to.1", "pbs-destination")),
    (TO, "to: [pve1/pbs, pbs1]", ("policies.default.to.1", "pbs-destination")),
    ("pve1/211", "pbs1/211", ("services.dns.assets.adguard.guest", "guest-of-pbs")),
    ("ssh://me@", "ssh://me:hunter2@", ("engines.box.directory", "bad-dump")),
    ("ssh://me@", "ssh://-oProxyCommand=x@", ("engines.box.directory", "bad-dump")),
    ("ssh://me@box", "ssh://me@-oProxyCommand=x", ("engines.box.directory", "bad-dump")),
    ("ssh://me@", "sftp://me@", ("engines.box.directory", "bad-dump")),
    ("/dump\n", "\n", ("engines.box.directory", "bad-dump")),
    ("rclone:far one:", "rclone:-v:", ("engines.bucket.directory", "bad-dump")),
    ("rclone:far one:", "rclone:", ("engines.bucket.directory", "bad-dump")),
    ("rclone:far one:", "rclone:ftp,pass=hunter2:", ("engines.bucket.directory", "bad-dump")),
    ("dump/home", "dump\\nhome", ("engines.bucket.directory", "bad-dump")),
    ("America/New_York", "Mars", ("engines.box.timezone", "unknown-timezone")),
    ("~/.ssh/box\n", "box\n", ("engines.box.known_hosts", "relative-path")),
    ("config: ~/rclone.conf", "identity: /id", ("engines.bucket.identity", "dump-key")),
    ("identity: ~/.ssh/box_key", "config: /x", ("engines.box.config", "dump-key")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[each[1][:30] for each in FAULTS])
def test_what_cannot_be_right_is_a_fault_with_its_line(
    tmp_path: Path, old: str, new: str, fault: tuple[str, str]
) -> None:
    text = changed(old, new)
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, text), tmp_path)
    problems = caught.value.problems
    found = {(each.path, each.code): each for each in problems}
    assert fault in found, short(problems)
    assert all(problem(each, language) for each in problems for language in LANGUAGES)
    assert "hunter2" not in repr(problems)
    line = text.splitlines()[found[fault].line - 1]
    # What is missing is told where its block begins; an item where the list stands.
    where = [part for part in fault[0].split(".") if not part.isdigit()]
    assert where[-1] in line or fault[1] == "missing-key"


def test_one_fault_in_a_job_is_one_fault(tmp_path: Path) -> None:
    text = changed("mode: stop", "mode: live")
    report = config.check(written(tmp_path, text))
    assert [each.code for each in report.problems] == ["not-one-of"]


def test_the_usual_policy_sends_nothing_to_a_proxmox(tmp_path: Path) -> None:
    start, end = HOUSE.index("policies:"), HOUSE.index("services:")
    text = (HOUSE[:start] + HOUSE[end:]).replace(f"      weekly: {JOB}\n", "")
    codes = [each.code for each in config.check(written(tmp_path, text)).problems]
    assert codes == ["job-elsewhere"]
