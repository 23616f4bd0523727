"""A phoenix.yaml with a Proxmox in full, a backup server and far folders of archives."""

from __future__ import annotations

HOUSE = """\
version: 1
here: pve1
hosts: {pve1: {site: home}, box: {site: paris}}
locations: {nas: {host: pve1}, far: {host: box}}
engines:
  pve1:
    kind: proxmox
    url: https://pve1.lan:8006
    user: root@pam
    password: file:~/pve1.pw
    storages: {nfs-4tb: nas, pbs: far}
    jobs:
      default: {id: backup-nightly, all: true, exclude: [215], notes: "{{guestname}}", fleecing: local-lvm, repeat_missed: true}
      weekly: {pool: prod/web, node: pve1, mode: stop, compress: none}
    drills: {numbers: 9000-9099, storage: local-lvm, node: pve1, bridge: vmbr99}
  pbs1:
    kind: pbs
    url: https://pbs.lan:8007
    ca: ~/pbs.pem
    token: env:PBS_TOKEN
    datastores: {store1: far, store1/prod/web: far}
    guests: pve1
  box:
    kind: vzdump
    directory: ssh://me@box.example.org:2222/dump
    location: far
    timezone: America/New_York
    known_hosts: ~/.ssh/box
    identity: ~/.ssh/box_key
  bucket:
    kind: vzdump
    directory: "rclone:far one:dump/home"
    location: far
    config: ~/rclone.conf
    environment: {RCLONE_CONFIG_PASS: file:~/rclone.pw}
    program: ~/bin/rclone
policies:
  default: {schedule: "@daily", keep: {last: 7}, because: undo, to: [pve1/nfs-4tb]}
  weekly: {schedule: "@weekly", keep: {last: 7}, because: undo, to: [pve1/pbs]}
  other: {schedule: "@weekly", keep: {last: 7}, because: undo, to: [pve1/pbs]}
services:
  dns: {assets: {adguard: {guest: pve1/211}, old: {guest: bucket/300}}}
ignore: [{found: pve1/216, because: built again, until: 2027-01-01}]
"""  # noqa: E501 - one job stands in one line
