"""One look keeps its connections; several questions go side by side (proxmox.md 1, 13)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from adapters.proxmox.client import call
from adapters.proxmox.engine import engine
from adapters.proxmox.fake_pve import Fake, running
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import NOW, lab
from phoenix_dr.adapters._http import Limits
from phoenix_dr.errors import EngineError, EngineUnreachable


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake whose token may see the rows."""
    with running(lab()) as found:
        yield found


def test_1_a_look_asks_over_one_connection(fake: Fake, tmp_path: Path) -> None:
    evidence = engine(fake, tmp_path).observe(now=NOW)
    assert len(evidence.points) == 3
    assert len(fake.asked) > 5
    assert fake.connections <= 4, "of the pool, not one a question"
    client, before = call(fake), fake.connections
    with client.kept():
        assert [client.data("version")["version"] for _ in range(5)] == ["9.1.3"] * 5
    assert fake.connections == before + 1


def test_1_without_a_look_each_question_has_its_own_connection(fake: Fake) -> None:
    client = call(fake)
    for _ in range(3):
        client.data("version")
    assert fake.connections == 3


def test_1_an_error_closes_the_connection_and_the_next_question_opens_another(fake: Fake) -> None:
    client = call(fake)
    with client.kept():
        client.data("version")
        with pytest.raises(EngineError):
            client.data("cluster", "backup", "nope")
        client.data("version")
    assert fake.connections == 2


def test_1_a_connection_the_server_let_go_is_no_failure(fake: Fake) -> None:
    client = call(fake)
    with client.kept():
        client.data("version")
        fake.hang_up()
        assert client.data("version")["version"] == "9.1.3"
    assert fake.connections == 2


def test_1_each_new_connection_shows_its_certificate(fake: Fake) -> None:
    client = call(fake)
    with client.kept():
        client.data("version")
        fake.hang_up()
        fake.show_another_certificate()
        with pytest.raises(EngineUnreachable) as caught:
            client.data("version")
    assert caught.value.code == "certificate-other"
    assert len(fake.asked) == 1, "nothing was sent"


def test_connections_are_closed_at_the_end_of_the_last_look(fake: Fake) -> None:
    client = call(fake)
    with client.kept():
        with client.kept():
            client.data("version")
        client.data("version")
        assert fake.connections == 1
    with client.kept():
        client.data("version")
    assert fake.connections == 2
    assert fake.closed(2)


def test_questions_side_by_side_come_back_in_their_order(fake: Fake) -> None:
    fake.state.faults["/nodes/pve1/lxc"] = Fault(delay=0.2)
    fake.state.faults["/cluster/backup/nope"] = Fault(delay=0.1)
    client = call(fake)
    paths = "nodes/pve1/lxc", "nodes/pve2/lxc", "cluster/backup/nope", "nodes/pve2/qemu"
    with client.kept():
        found = client.each([partial(client.rows, *path.split("/")) for path in paths])
    shown = [e.code if isinstance(e, EngineError) else [row["vmid"] for row in e] for e in found]
    assert shown == [[200, 210, 211], [215], "proxmox-said", [216]]
    assert client.each([]) == []


def test_no_more_than_four_run_at_once() -> None:
    from phoenix_dr.adapters.proxmox.session import side_by_side

    lock, now, most = threading.Lock(), 0, 0
    gate = threading.Barrier(4, timeout=5)

    def ask() -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        gate.wait()
        with lock:
            now -= 1
        return most

    assert len(side_by_side([ask] * 8)) == 8
    assert most == 4


def test_what_is_no_engine_error_is_not_hidden() -> None:
    from phoenix_dr.adapters.proxmox.session import side_by_side

    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1, lambda: 1 // 0])


def test_13_7_a_kept_connection_that_hangs_is_cut_in_time(fake: Fake) -> None:
    client = call(fake, Limits(connect=5, read=30, total=1))
    with client.kept():
        client.data("version")
        fake.state.faults["/version"] = Fault(delay=9, times=1)
        began = time.monotonic()
        with pytest.raises(EngineUnreachable) as caught:
            client.data("version")
        assert time.monotonic() - began < 8, "before the answer came"
        assert "timeout" in str(caught.value)
        assert client.data("version")["version"] == "9.1.3"
