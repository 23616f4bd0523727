"""Each role as it is printed is enough for its command, and not by one right too much."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import build_velero_house as velero_house
import build_volumes
from adapters.kubernetes.fake_schema import kinds
from adapters.kubernetes.fake_store import Store, rule
from app import test_velero_drill as velero_drill
from build_claims import Claims, claims
from build_claims import house as claim_house
from build_roles import made, needs, printed, seat, used, without
from phoenix_dr.app import drills
from phoenix_dr.app.drills import DrillRequest
from phoenix_dr.core.cluster_roles import Need
from phoenix_dr.core.longhorn import SOURCE_LABEL

ADMIN = (rule("*", "*", "*"),)
TOKEN = "printed"
DONE = 0


def beyond_audit(role: str, kind: str, *spaces: str, way: str = "class") -> list[Need]:
    """What a role needs more than an audit."""
    here = seat(kind, *spaces, way=way)
    return sorted(needs(role, here) - needs("audit", here))


# ---- protect apply: jobs, labels, schedules, and backups made now ------------------------------


@contextmanager
def longhorn() -> Iterator[tuple[Store, Callable[..., int]]]:
    """The seed's stack, one claim of which is the source of its volume's labels."""
    store = build_volumes.stack()
    # On a node's own disk no job takes it, which alone would make every run fall short.
    for each in ("persistentvolumeclaims", "persistentvolumes"):
        [gone] = [key for key in store.objects if key[1] == each and "cache" in key[3]]
        del store.objects[gone]
    claim = store.objects["", "persistentvolumeclaims", "media", "sonarr-config"]
    claim["metadata"]["labels"] = {SOURCE_LABEL: "enabled"}
    root = Path(tempfile.mkdtemp(prefix="phx-test-"))
    try:
        with build_volumes.house(root, store) as found:
            yield store, lambda *words: found.type("protect", "apply", "longhorn", *words).code
    finally:
        shutil.rmtree(root)


@contextmanager
def velero() -> Iterator[tuple[Store, Callable[..., int]]]:
    """One Velero that works."""
    store = velero_house.alive()
    root = Path(tempfile.mkdtemp(prefix="phx-test-"))
    try:
        with velero_house.house(root, store, token="admin") as found:
            yield store, lambda *words: found.type("protect", "apply", "velero", *words).code
    finally:
        shutil.rmtree(root)


HOUSES = {"longhorn": longhorn, "velero": velero}
SPACES = {"longhorn": ("media",), "velero": ()}
COMMANDS = [
    (kind, role, each)
    for kind in HOUSES
    for role in ("apply", "backup")
    for each in beyond_audit(role, kind, *SPACES[kind])
]


def ready(role: str, store: Store, run: Callable[..., int]) -> tuple[str, ...]:
    """Have the cluster as the role finds it; the words of its command."""
    if role == "apply":
        return ()
    store.tokens["admin"] = ADMIN
    assert run() == DONE
    store.used.clear()
    return ("--now",)


@pytest.mark.parametrize("kind", HOUSES)
@pytest.mark.parametrize("role", ["apply", "backup"])
def test_protect_apply_asks_for_what_its_role_has_and_no_more(kind: str, role: str) -> None:
    wanted = needs(role, seat(kind, *SPACES[kind]))
    with HOUSES[kind]() as (store, run):
        words = ready(role, store, run)
        made(store, "admin", wanted)
        assert run(*words) == DONE
        asked = used(store, "admin", wanted)
    if kind == "velero":
        # The cluster of these tests has no snapshot controller, so that is never asked.
        asked |= {each for each in wanted if each.resource == "volumesnapshotclasses"}
    assert asked == wanted


@pytest.mark.parametrize(("kind", "role", "lost"), COMMANDS, ids=str)
def test_without_any_right_of_the_role_it_says_that_something_failed(
    kind: str, role: str, lost: Need
) -> None:
    with HOUSES[kind]() as (store, run):
        words = ready(role, store, run)
        made(store, "admin", needs(role, seat(kind, *SPACES[kind])))
        store.tokens["admin"] = without(store, "admin", lost)
        assert run(*words) != DONE


# ---- drill run ---------------------------------------------------------------------------------


def drilled(root: Path, found: Claims, wanted: frozenset[Need], *, way: str = "class") -> str:
    """A drill by the printed account: OK, KO, or why it could not be run."""
    made(found.store, TOKEN, wanted, drills=True)
    return run_drill(root, found, way=way)


def run_drill(root: Path, found: Claims, *, way: str = "class") -> str:
    """A drill by the account as it is now."""
    with claim_house(root, found, way=way, token=TOKEN) as house:
        report = house.using(lambda ctx: drills.run(ctx, DrillRequest(("media",))))
    for _, error in report.failed:
        return error.code
    [one] = report.records
    return "dirty" if one.dirty else "OK" if one.ok else "KO"


@pytest.mark.parametrize("way", ["class", "volume"])
def test_a_drill_of_longhorn_asks_for_what_its_role_has_and_no_more(
    tmp_path: Path, way: str
) -> None:
    wanted = needs("restore", seat("longhorn", way=way))
    found = claims(tmp_path)
    assert drilled(tmp_path, found, wanted, way=way) == "OK"
    asked = used(found.store, TOKEN, wanted)
    # Whether a failure is that of the copy or of its store is asked of the store.
    broken = claims(tmp_path / "broken", fails="checksum mismatch")
    assert drilled(tmp_path / "broken", broken, wanted, way=way) == "KO"
    assert asked | used(broken.store, TOKEN, wanted) == printed(wanted)


WRITES = [
    (way, each)
    for way in ("class", "volume")
    for each in beyond_audit("restore", "longhorn", way=way)
    if each.verb in ("create", "delete")
]


@pytest.mark.parametrize(("way", "lost"), WRITES, ids=str)
def test_a_drill_without_one_right_to_write_has_no_verdict_or_leaves_something(
    tmp_path: Path, way: str, lost: Need
) -> None:
    found = claims(tmp_path)
    made(found.store, TOKEN, needs("restore", seat("longhorn", way=way)), drills=True)
    found.store.tokens[TOKEN] = without(found.store, TOKEN, lost)
    assert run_drill(tmp_path, found, way=way) not in ("OK", "KO")


def test_a_role_for_one_way_is_none_for_the_other(tmp_path: Path) -> None:
    found = claims(tmp_path)
    wanted = needs("restore", seat("longhorn", way="class"))
    assert drilled(tmp_path, found, wanted, way="volume") == "kube-right"


# ---- drill run on Velero -----------------------------------------------------------------------

VELERO = needs("restore", seat("velero"))


def velero_drilled(root: Path, claim: str, *lost: Need) -> tuple[str, Store]:
    """A drill of what Velero saved, by the printed account less some rights."""
    with velero_drill.house(root, claim) as (house, _, _):
        store = house.fake.store  # type: ignore[attr-defined]
        store.served = (*store.served, *kinds("csi"))
        made(store, "restore", VELERO, drills=True)
        for each in lost:
            store.tokens["restore"] = without(store, "restore", each)
        report = house.using(lambda ctx: drills.run(ctx, DrillRequest(("media",))))
    for _, error in report.failed:
        return error.code, store
    [one] = report.records
    return "dirty" if one.dirty else "OK" if one.ok else "KO", store


def test_a_drill_of_velero_asks_for_what_its_role_has_and_no_more(tmp_path: Path) -> None:
    asked: set[Need] = set()
    for claim in (velero_drill.MOVED, velero_drill.SAVED):
        said, store = velero_drilled(tmp_path / claim.replace("/", "-"), claim)
        assert said == "OK"
        asked |= used(store, "restore", VELERO)
    assert asked == printed(VELERO)


VELERO_WRITES = [
    each for each in beyond_audit("restore", "velero") if each.verb in ("create", "delete")
]


@pytest.mark.parametrize("lost", VELERO_WRITES, ids=str)
def test_a_drill_of_velero_without_one_right_to_write_has_no_verdict_or_leaves_something(
    tmp_path: Path, lost: Need
) -> None:
    said, _ = velero_drilled(tmp_path, velero_drill.SAVED, lost)
    assert said not in ("OK", "KO")
