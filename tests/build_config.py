"""A small phoenix.yaml that works, to be broken in one place at a time."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr import config
from phoenix_dr.core.model import Estate
from phoenix_dr.errors import Problem
from tools import ROOT

SECRET = "hunter2-correct-horse"
GOOD = """\
version: 1
here: house
timezone: Europe/Paris
hosts:
  house: {site: home, disks: [nvme, usb]}
  bucket: {site: paris}
locations:
  near: {host: house, disk: usb}
  far: {host: bucket, deletable_from: [house]}
engines:
  home: {kind: restic, repository: /mnt/restic, location: near, password: file:/etc/home.pw}
  lab: {kind: etcd,    token: env:LAB_TOKEN, storages: {nfs: near, s3: far}}
policies:
  default:
    schedule: "0 3,15 * * *"
    keep: {daily: 7}
    because: a mistake is noticed within a week
    to: [home, lab/nfs]
services:
  wiki:
    depends_on: [photos]
    objectives: {rpo: 13h}
    assets:
      pages: {sqlite: /srv/wiki.db}
      uploads: {files: ~/uploads, exclude: [cache/]}
      drafts: {none: nobody needs them}
    checks: [{asset: pages, sql: select 1, at_least: 1}, {asset: pages, canary: 1h}]
  photos:
    assets:
      album: {files: /srv/album, accepted_loss: {because: prints exist, until: 2027-06-01}}
keys:
  repositories:
    secrets: [home.password]
    copies: [{place: safe, site: parents}]
ignore: [{found: lab/100, because: built again, until: 2027-01-01}]
"""
STORES = """\
version: 1
hosts:
  house: {site: home}
locations:
  near: {host: house, price_per_gb_month: 0.02}
engines:
  home: {kind: restic, repository: /mnt/restic, location: near}
  old:
    kind: borg
    repository: ssh://nas/./borg
    location: near
    password: file:~/borg.pw
    archives: {wiki-: wiki/pages, wiki-up-: wiki/uploads}
    program: ~/bin/borg
  metrics:
    kind: prometheus
    url: http://localhost:9090
    config: ~/prometheus.yml
    arguments: /etc/default/prometheus
    token: file:~/token
    location: near
    keep: {within: 30d, size: 50GB}
    because: a season shows in a month
  logs:
    kind: loki
    url: https://logs.house/loki
    config: /etc/loki/loki.yml
    location: near
    keep: {within: 14d}
    because: nobody reads older lines
    streams:
      - {selector: '{level="alert"}', within: 90d, because: an incident is told late}
      - {selector: '{app="auth"}', within: 1d}
policies:
  default:
    schedule: "@daily"
    keep: {last: 7}
    because: a mistake is noticed within a week
    to: [home, old]
services:
  wiki:
    assets:
      pages: {files: /srv/wiki}
      uploads: {files: /srv/uploads}
"""
"""A good file with an engine of every kind that is spoken."""
EXAMPLES = sorted((ROOT / "examples").glob("*/phoenix.yaml"))


def written(folder: Path, text: str | bytes) -> Path:
    """A file only its owner can change, whatever the umask."""
    path = folder / "phoenix.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def changed(*changes: tuple[str, str], text: str = GOOD) -> str:
    """The good file with pieces of text replaced; each must be there once."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def estate(folder: Path, text: str = GOOD) -> Estate:
    """The estate of a text, for a home directory of our own."""
    return config.load(written(folder, text), home=Path("/home/ada"))


def short(problems: tuple[Problem, ...]) -> list[tuple[int, int, str, str]]:
    """What a fault is known by: line, column, key path, code."""
    return [(each.line, each.column, each.path, each.code) for each in problems]
