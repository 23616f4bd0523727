"""The last look at a Proxmox is kept whole or not at all, and one walk serves an audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import NOW, archive, lab
from build_proxmox import House, house
from phoenix_dr import codec
from phoenix_dr.app.audit import audit
from phoenix_dr.app.guests_seen import FOREIGN_KEPT, keep, last, look
from phoenix_dr.app.observe import observe
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.errors import EngineError, UsageError

ENGINE = "pve1"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[House]:
    """The lab as a house."""
    with house(tmp_path, lab()) as found:
        yield found


def seen(made: House) -> Inventory | None:
    """The last look as another command finds it."""
    return made.using(lambda ctx: last(ctx, ENGINE))


def test_nothing_was_seen_before_the_first_look(made: House) -> None:
    assert seen(made) is None
    assert made.fake.paths() == [], "asking what was seen last asks no engine"


def test_a_look_is_kept_as_it_was(made: House) -> None:
    found = made.using(lambda ctx: look(ctx, ENGINE))
    assert [guest.vmid for guest in found.guests] == [200, 210, 211, 215, 216]
    assert found.observed_at == NOW
    assert seen(made) == found
    kept = made.state / "seen" / "pve1.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in kept.parent.iterdir()] == ["pve1.json"]


def test_an_audit_keeps_the_look_without_a_second_walk(made: House) -> None:
    made.using(lambda ctx: observe(ctx, [ENGINE]))
    found = seen(made)
    assert found is not None
    assert [job.id for job in found.jobs or ()] == ["nightly", "off"]
    asked = made.fake.paths()
    assert len([path for path in asked if path.endswith("/nfs/content")]) == 1
    assert len(asked) == len(set(asked)), "nothing is asked twice"


def test_the_points_of_an_audit_are_those_of_the_walk(made: House) -> None:
    report = made.using(audit)
    newest = {each.asset: each.newest for each in report.coverages}
    assert newest["web/traefik"] == NOW - timedelta(hours=6)
    assert newest["dns/adguard"] == NOW - timedelta(hours=30)


def test_an_engine_that_does_not_answer_leaves_the_last_look(made: House) -> None:
    before = made.using(lambda ctx: look(ctx, ENGINE))
    made.fake.state.faults["/access/permissions"] = Fault(status=500, reason="no quorum")
    made.now = NOW + timedelta(hours=1)
    with pytest.raises(EngineError):
        made.using(lambda ctx: look(ctx, ENGINE))
    (told,) = made.using(lambda ctx: observe(ctx, [ENGINE]))
    assert told.blind is not None
    assert seen(made) == before


def test_an_engine_without_guests_is_refused(made: House) -> None:
    with pytest.raises(UsageError) as refused:
        made.using(lambda ctx: look(ctx, "home"))
    assert refused.value.code == "shows-no-guests"
    with pytest.raises(UsageError) as unknown:
        made.using(lambda ctx: look(ctx, "nowhere"))
    assert unknown.value.code == "engine-unknown"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"engine": "pve1"}', "\udcff", "[" * 100_000, '{"engine":"pve1","more":1}'],
)
def test_a_file_nobody_can_read_is_no_look(made: House, text: str) -> None:
    made.using(lambda ctx: look(ctx, ENGINE))
    path = made.state / "seen" / "pve1.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert seen(made) is None
    assert made.using(lambda ctx: look(ctx, ENGINE)) == seen(made)


def test_a_look_of_another_release_or_another_engine_is_no_look(made: House) -> None:
    found = made.using(lambda ctx: look(ctx, ENGINE))
    path = made.state / "seen" / "pve1.json"
    said = json.loads(codec.dumps(found))
    path.write_text(json.dumps({**said, "colour": "blue"}), encoding="utf-8")
    assert seen(made) is None
    path.write_text(json.dumps({**said, "engine": "pve9"}), encoding="utf-8")
    assert seen(made) is None
    path.write_text(json.dumps(said), encoding="utf-8")
    assert seen(made) == found


def test_of_foreign_guests_the_newest_ten_archives_are_kept(made: House) -> None:
    described = [archive(211, 31 + hours) for hours in range(30)]
    foreign = [archive(216, 40 + hours, kind="qemu") for hours in range(30)]
    made.fake.state.archives += described + foreign
    found = made.using(lambda ctx: look(ctx, ENGINE))
    assert sum(each.vmid == 216 for each in found.archives) == 31, "a look shows them all"
    kept = seen(made)
    assert kept is not None
    assert sum(each.vmid == 211 for each in kept.archives) == 31
    games = [each.taken_at for each in kept.archives if each.vmid == 216]
    assert len(games) == FOREIGN_KEPT
    assert max(games) == NOW - timedelta(hours=6)
    assert min(games) == NOW - timedelta(hours=48)


def test_a_look_stays_below_the_state_directory_whatever_an_engine_is_called(
    made: House,
) -> None:
    found = made.using(lambda ctx: look(ctx, ENGINE))

    def kept(name: str) -> Inventory | None:
        odd = codec.loads(Inventory, json.dumps({**json.loads(codec.dumps(found)), "engine": name}))
        made.using(lambda ctx: keep(ctx, odd))
        return made.using(lambda ctx: last(ctx, name))

    for name in ("../../escaped", "..", "a b/ç"):
        again = kept(name)
        assert again is not None
        assert again.engine == name
    assert {each.parent for each in made.root.rglob("*.json") if "cache" not in each.parts} == {
        made.state / "seen"
    }
