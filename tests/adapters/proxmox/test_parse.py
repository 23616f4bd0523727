"""Rows in every form: as old releases write them, and as nobody should."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.adapters._http import Refusal
from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.failures import failure
from phoenix_dr.adapters.proxmox.parse import OnNode
from phoenix_dr.adapters.proxmox.rights import parse_rights
from phoenix_dr.adapters.proxmox.tasks import outcomes

NFS = OnNode("nfs", "pve1", "nfs", True, True, 1, 1)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANY = st.recursive(SCALARS, lambda of: st.lists(of, max_size=3), max_leaves=4)
KEYS = st.sampled_from(
    ["vmid", "type", "node", "status", "storage", "shared", "active", "enabled", "total", "avail",
     "volid", "ctime", "size", "notes", "protected", "mark", "verification", "format", "content",
     "id", "included", "reason", "name", "children", "tags", "template", "pool"]
)  # fmt: skip
TYPES = st.sampled_from(["lxc", "qemu", "storage", "node"])
VOLUMES = st.sampled_from(
    ["nfs:backup/vzdump-lxc-210-2026_11_20-03_00_00.tar.zst", "pbs:backup/ct/210/x", "nfs:backup/y"]
)
LIKELY = st.fixed_dictionaries(
    {}, optional={"type": TYPES, "volid": VOLUMES, "ctime": st.integers(-5, 1 << 70)}
)
ROWS = st.builds(lambda row, more: row | more, st.dictionaries(KEYS, ANY, max_size=8), LIKELY)
BRIEF = settings(max_examples=150, deadline=None)


@BRIEF
@given(st.lists(ROWS, max_size=4))
def test_no_row_breaks_a_look(rows: list[dict[str, Any]]) -> None:
    parse.nodes(rows)
    list(parse.away(rows, "pve1"))
    for guest in parse.guests(rows):
        assert guest.kind in ("lxc", "qemu")
    for each in parse.storages(rows, "pve1"):
        assert each.active or each.total is None, "zeros of an inactive storage are no sizes"
    for row in rows:
        found = parse.archive(row, NFS)
        assert found is None or (found.size is None or found.size >= 0)
    list(parse.covered("nightly", {"children": rows}))


@BRIEF
@given(ANY | st.dictionaries(st.text(max_size=5), ANY, max_size=3))
def test_no_answer_breaks_the_rights_or_a_tree(data: object) -> None:
    rights = parse_rights(data)
    assert rights is None or not rights.has("Sys.Audit", "/vms/1")
    list(parse.covered("x", data))


@BRIEF
@given(st.integers(100, 999), st.text(max_size=20), st.binary(max_size=60))
def test_no_refusal_breaks_the_line_it_is_shown_on(status: int, reason: str, body: bytes) -> None:
    found = failure("pve1", Refusal(status, reason, body))
    for value in found.parameters.values() if found else ():
        assert str(value).isprintable()


@BRIEF
@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_line_of_a_log_is_taken_for_a_success(lines: list[str]) -> None:
    assert not any(each.ok for each in outcomes(lines).values())


def test_old_releases_write_numbers_as_text() -> None:
    row = {"vmid": "210", "type": "lxc", "node": "pve1", "status": "stopped", "template": "1"}
    [guest] = parse.guests([row])
    assert (guest.vmid, guest.running, guest.template) == (210, False, True)


def test_an_absent_key_is_its_default_and_never_false() -> None:
    [found] = parse.storages([{"storage": "nfs", "total": 5}], "pve1")
    assert (found.active, found.shared, found.total) == (True, False, 5)
    [off] = parse.storages([{"storage": "nfs", "active": 0, "total": 0}], "pve1")
    assert (off.active, off.total) == (False, None)


def test_a_message_is_read_where_a_release_has_one_and_faults_by_name_before() -> None:
    old = failure("pve1", Refusal(400, "Parameter verification failed.", b'{"data":null}'))
    assert old is not None
    assert old.parameters["detail"] == "Parameter verification failed."
