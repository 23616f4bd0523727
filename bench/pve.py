"""A Proxmox to look at, in a process of its own: the fake of the tests, large, and quick.

Each answer is made once, kept ready as bytes and written to a folder, so that what is measured is
the one who asks, and so that the plain side can decode the very same answers. `/asked` tells how
often it was asked and how many rows the longest page had.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.place import HERE

sys.path.insert(0, str(HERE.parent / "tests"))

from adapters.proxmox import fake_pve, lab
from adapters.proxmox.fake_state import Guest, State, Storage, Task

NODES = 4
DAYS = 30
Answer = tuple[int, str, bytes]


def cluster(guests: int, archives: int) -> State:
    """So many guests on four nodes, each with so many archives in a shared storage.

    A nightly task of each node saved its guests: thirty of them, with a log each.
    """
    nodes = {f"pve{number + 1}": True for number in range(NODES)}
    names = list(nodes)
    state = State(nodes=nodes, tokens={lab.TOKEN: lab.token(lab.SEEING)})
    state.storages = [Storage("nfs", prune="keep-daily=7"), Storage("local", "dir", shared=0)]
    state.jobs = [{"id": "nightly", "schedule": "02:30", "all": 1, "storage": "nfs"}]
    for number in range(guests):
        vmid = 100 + number
        config = {
            "rootfs": f"local-lvm:vm-{vmid}-disk-0,size=8G",
            "mp0": f"/srv/{vmid},mp=/data",
            "net0": "name=eth0,bridge=vmbr0,ip=dhcp",
            "hostname": f"guest{vmid}",
        }
        state.guests.append(Guest(vmid, "lxc", names[number % NODES], f"guest{vmid}", config))
        state.archives += [lab.archive(vmid, 6 + 24 * day) for day in range(archives)]
    for node in names:
        own = [guest.vmid for guest in state.guests if guest.node == node]
        state.tasks += [_night(node, own, day) for day in range(DAYS)]
    return state


def _night(node: str, vmids: list[int], day: int) -> Task:
    log = [f"INFO: starting new backup job: vzdump {' '.join(map(str, vmids))} --storage nfs"]
    for vmid in vmids:
        log.append(f"INFO: Starting Backup of VM {vmid} (lxc)")
        log.append("INFO: excluding bind mount point mp0 ('/data') from backup (not a volume)")
        log.append(f"INFO: Finished Backup of VM {vmid} (00:00:23)")
    began = lab.ago(6 + 24 * day)
    upid = lab.upid(node, began)
    return Task(upid, node, "vzdump", "", "root@pam", began, began + 90, "OK", [*log, "TASK OK"])


class Answers:
    """Answers by address, each made and written once; counts the questions."""

    def __init__(self, folder: Path) -> None:
        """Keep none yet."""
        self.folder = folder
        self.ready: dict[str, Answer] = {}
        self.asked = self.longest = 0

    def give(self, address: str, answer: Answer) -> Answer:
        """Keep an answer and write its body down."""
        path = self.folder / f"{len(self.ready)}.json"
        self.ready[address] = answer
        if answer[0] == 200:
            path.write_bytes(answer[2])
        return answer

    def count(self, address: str, answer: Answer) -> None:
        """Note a question; a page is what was asked for with a start."""
        self.asked += 1
        if "start" in parse_qs(urlsplit(address).query):
            self.longest = max(self.longest, len(json.loads(answer[2])["data"]))

    def told(self) -> Answer:
        """What was counted, and count anew."""
        said = {"asked": self.asked, "longest": self.longest}
        self.asked = self.longest = 0
        return 200, "OK", json.dumps({"data": said}).encode()


def main(folder: str, guests: str, archives: str) -> None:
    """Serve until standard input ends; the first line out is where, and by which certificate."""
    handler, answers = fake_pve._Handler, Answers(Path(folder))
    make = handler._try

    def ready(self: fake_pve._Handler, state: State, body: str) -> Answer:
        if self.path == "/asked":
            return answers.told()
        found = answers.ready.get(self.path)
        if found is None:
            found = answers.give(self.path, make(self, state, body))
        answers.count(self.path, found)
        return found

    handler._try = ready  # type: ignore[method-assign]
    with fake_pve.running(cluster(int(guests), int(archives))) as fake:
        print(json.dumps({"url": fake.url, "fingerprint": fake.fingerprint}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
