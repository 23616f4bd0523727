"""The audit role as it is printed: everything is seen with it, nothing can be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.kubernetes import homelab, velerolab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_schema import Kind as Served
from adapters.kubernetes.fake_schema import kinds
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.lab import NOW, kube
from build_roles import made, needs, seat, used, without
from phoenix_dr.adapters._kube import Kind, Kube
from phoenix_dr.adapters.longhorn import Longhorn
from phoenix_dr.adapters.velero import Velero
from phoenix_dr.core.cluster_roles import Need
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.velero import VeleroState
from phoenix_dr.errors import EngineDenied

TOKEN = "audit-printed"
AUDIT = {kind: needs("audit", seat(kind)) for kind in ("longhorn", "velero")}
ONE_BY_ONE = [(kind, each) for kind in AUDIT for each in sorted(AUDIT[kind])]


def cluster(kind: str) -> Store:
    if kind == "longhorn":
        return homelab.cluster()
    made = velerolab.cluster()
    return replace(made, served=(*made.served, *kinds("csi")))


def looked(store: Store, kind: str, folder: Path) -> LonghornState | VeleroState:
    """The cluster as the account sees it."""
    with running(store) as fake:
        engine: Longhorn | Velero
        if kind == "longhorn":
            engine = homelab.engine(fake, folder, TOKEN)
        else:
            engine = velerolab.engine(fake, folder, TOKEN)
        found = engine.state(now=NOW)
        assert {method for method, _ in fake.asked} == {"GET"}
    return found


@pytest.mark.parametrize("kind", AUDIT)
def test_it_sees_everything_and_asks_for_no_more(tmp_path: Path, kind: str) -> None:
    store = cluster(kind)
    made(store, TOKEN, AUDIT[kind])
    found = looked(store, kind, tmp_path)
    served = {each.plural for each in store.served}
    spots = {*found.blind_spots, *found.cluster.blind_spots}
    assert {each for each in spots if each.detail in served} == set()
    assert used(store, TOKEN, AUDIT[kind]) == AUDIT[kind]


@pytest.mark.parametrize(("kind", "lost"), ONE_BY_ONE, ids=lambda each: str(each))
def test_without_any_of_its_rights_something_is_unknown(
    tmp_path: Path, kind: str, lost: Need
) -> None:
    store = cluster(kind)
    made(store, TOKEN, AUDIT[kind])
    whole = looked(store, kind, tmp_path)
    store.tokens[TOKEN] = without(store, TOKEN, lost)
    found = looked(store, kind, tmp_path)
    blind = {each.detail for each in (*found.blind_spots, *found.cluster.blind_spots)}
    if lost.resource == "volumesnapshotclasses":
        # Only asked to tell why a claim is not saved: then it does not know.
        assert isinstance(whole, VeleroState)
        assert isinstance(found, VeleroState)
        assert (whole.movers, found.movers) == ((), None)
    else:
        assert lost.resource in blind


@pytest.mark.parametrize("kind", AUDIT)
def test_it_can_write_nothing_at_all(tmp_path: Path, kind: str) -> None:
    store = cluster(kind)
    made(store, TOKEN, AUDIT[kind])
    with running(store) as fake, kube(fake, tmp_path, TOKEN) as client:
        for each in store.served:
            _nothing_written(client, each)
        assert not [one for one in store.objects if one[3] == "x"]


def _nothing_written(client: Kube, each: Served) -> None:
    kind = Kind(each.group, each.version, each.kind, each.plural, each.namespaced)
    body = {"metadata": {"name": "x", "namespace": "media"} if each.namespaced else {"name": "x"}}
    for write in (
        lambda: client.create(kind, body),
        lambda: client.apply(kind, body, dry_run=False),
        lambda: client.apply(kind, body, dry_run=True),
        lambda: client.delete(kind, "x", uid="1", namespace="media"),
    ):
        with pytest.raises(EngineDenied) as caught:
            write()
        assert caught.value.code == "kube-right"
