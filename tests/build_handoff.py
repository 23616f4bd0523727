"""A stand-in for `pvesh` that keeps backup jobs in a file, by the rules of proxmox.md 3."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PVESH = '''\
#!{python} -S
import json, os, re, sys

store = os.environ["PVESH_JOBS"]
known = set("""all bwlimit comment compress enabled exclude fleecing id mode node notes-template
performance pool prune-backups remove repeat-missed schedule storage vmid""".split())
jobs = json.load(open(store)) if os.path.exists(store) else {{}}
verb, path, *rest = sys.argv[1:]
assert len(rest) % 2 == 0 and all(word.startswith("--") for word in rest[::2]), rest
given = dict(zip((word[2:] for word in rest[::2]), rest[1::2]))
with open(store + ".log", "a") as log:
    print(json.dumps(sys.argv[1:]), file=log)

def refuse(why):
    sys.exit("400 Parameter verification failed. " + why)

def shown(name):
    """Objects where property strings were given, numbers where digits were, defaults left out."""
    row = {{"id": name, "type": "vzdump", "next-run": 1}}
    for key, value in jobs[name].items():
        if key in ("prune-backups", "fleecing"):
            row[key] = dict(part.split("=") for part in value.split(","))
        elif (key, value) not in (("enabled", "1"), ("remove", "1"), ("repeat-missed", "0")):
            row[key] = int(value) if value.isdigit() else value
    return row

name = path.removeprefix("/cluster/backup").strip("/")
if verb == "get":
    given.pop("output-format", None)
    if given or (name and name not in jobs):
        refuse("id: No such job")
    print(json.dumps(shown(name) if name else [shown(each) for each in jobs]))
    sys.exit()
cleared = [key for key in given.pop("delete", "").split(",") if key]
if unknown := (given.keys() | set(cleared)) - known:
    refuse(", ".join(unknown) + ": property is not defined in schema")
for key in given.keys() & {{"all", "enabled", "remove", "repeat-missed"}}:
    if given[key] not in "01":
        refuse(key + ": type check ('boolean') failed")
if "vmid" in given and given.keys() & {{"all", "exclude", "pool"}}:
    refuse("vmid: conflicts")
if verb == "create":
    name = given.pop("id")
    if name in jobs or not re.fullmatch("[a-z][a-z0-9_-]+", name) or "schedule" not in given:
        refuse("id: exists or is none")
    jobs[name] = {{}}
elif name not in jobs or not given:
    refuse("no such vzdump job")
for key in cleared + (["all", "exclude", "pool"] if "vmid" in given else []):
    jobs[name].pop(key, None)
jobs[name].update(given)
json.dump(jobs, open(store, "w"))
'''


@dataclass(frozen=True, slots=True)
class Node:
    """A Proxmox node as far as `pvesh` on it goes."""

    root: Path

    @property
    def environ(self) -> dict[str, str]:
        """An environment in which `pvesh` is ours."""
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PVESH_JOBS": str(self.root / "jobs")}

    @property
    def jobs(self) -> dict[str, dict[str, str]]:
        """The jobs, by id."""
        read: dict[str, dict[str, str]] = json.loads((self.root / "jobs").read_text())
        return read

    def put(self, jobs: dict[str, dict[str, str]]) -> None:
        """Have exactly these jobs."""
        (self.root / "jobs").write_text(json.dumps(jobs))

    def writes(self) -> list[list[str]]:
        """What was called to write, since it was asked the last time."""
        log = self.root / "jobs.log"
        rows: list[list[Any]] = [json.loads(line) for line in log.read_text().splitlines()]
        log.write_text("")
        return [row for row in rows if row[0] != "get"]


def node(root: Path) -> Node:
    """A node without jobs."""
    program = root / "bin" / "pvesh"
    program.parent.mkdir(parents=True)
    program.write_text(PVESH.format(python=sys.executable))
    program.chmod(0o755)
    return Node(root)
