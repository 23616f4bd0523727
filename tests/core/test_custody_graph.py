"""The custody graph against a judge that tries every set of keys; then cases one can read."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import build_custody as lab
from build_custody import engine, estate, random_estate
from phoenix_dr.core.custody_graph import Graph, graph, house_lost, reach
from phoenix_dr.core.custody_loss import PRODUCTION, blast, circles, single_places
from phoenix_dr.core.model import Asset, AssetKind, Estate, Key, KeyCopy, Service

SEEDS, GRAPHS = 105, 100
"""Estates are drawn a hundred to a seed: more than ten thousand a run."""

Copy = tuple[str, str, str]
"""A key, and the place and site of one of its copies."""


@settings(max_examples=SEEDS)
@given(st.integers(0, 2**32))
def test_the_graph_says_what_the_judge_says(seed: int) -> None:
    chance = Random(seed)
    for _ in range(GRAPHS):
        found = random_estate(chance)
        made = graph(found)
        back(found, made)
        goes_with_each_key(found, made)
        assert said_circles(made) == planted_circles(found)
        assert said_places(made) == planted_places(found)


def test_such_graphs_hold_what_is_to_be_found() -> None:
    chance = Random(1)
    drawn = [random_estate(chance) for _ in range(500)]
    held = [planted_circles(found) for found in drawn]
    assert sum(map(bool, held)) > 50
    assert {locked for each in held for locked in each.values()} == {True, False}
    assert sum(bool(planted_places(found)) for found in drawn) > 50
    ways = [circle.path for found in drawn for circle in circles(graph(found))]
    assert max(sum(link.kind == "key" for link in way) for way in ways) > 1


def back(found: Estate, made: Graph) -> None:
    """After both disasters the same keys, data and services come back."""
    for disaster in (PRODUCTION, house_lost(found)):
        now, have = reach(made, disaster), lab.had(found, site=disaster.site)
        assert now.keys == have
        assert now.assets == lab.returning(found, have, disaster.site)
        assert now.services == {
            name for name in found.services if lab.service_returns(found, name, have, disaster.site)
        }


def goes_with_each_key(found: Estate, made: Graph) -> None:
    """Losing a key loses the same keys, data and services."""
    whole = lab.returning(found, frozenset(found.keys))
    for name in found.keys:
        have = lab.kept(found, name)
        lost = whole - lab.returning(found, have)
        said = blast(made, name)
        assert set(said.keys) == found.keys.keys() - have - {name}
        assert set(said.assets) == lost
        assert set(said.services) == {asset.partition("/")[0] for asset in lost}


def said_circles(made: Graph) -> dict[Copy, bool]:
    """Copies behind their own key, and whether that locks the key; each with a way back to it."""
    found = circles(made)
    assert all(circle.path[-1].name == circle.key for circle in found)
    return {(each.key, each.place, each.site): each.locked for each in found}


def planted_circles(found: Estate) -> dict[Copy, bool]:
    """Copies that can be taken with their key given, and not without it."""
    planted = {}
    for key in found.keys.values():
        left = lab.had(lab.without(found, key.name))
        with_it = lab.had(found, held=frozenset({key.name}))
        for copy in key.copies:
            if lab.taken(found, copy, with_it) and not lab.taken(found, copy, left):
                planted[key.name, copy.place, copy.site] = key.name not in lab.had(found)
    return planted


def said_places(made: Graph) -> dict[tuple[str, str], set[str]]:
    """Places that nothing replaces, with the services lost."""
    return {(each.place, each.site): set(each.services) for each in single_places(made)}


def planted_places(found: Estate) -> dict[tuple[str, str], set[str]]:
    """Places without which less comes back."""
    before = lab.returning(found, lab.had(found))
    places = {(copy.place, copy.site) for key in found.keys.values() for copy in key.copies}
    lost = {p: before - lab.returning(found, lab.had(found, gone=p)) for p in places}
    return {p: {asset.partition("/")[0] for asset in gone} for p, gone in lost.items() if gone}


# ---- The classic lock-outs ----------------------------------------------------------------------


def house(*copies: KeyCopy, extra: tuple[Key, ...] = ()) -> Estate:
    """A password manager and a wiki, both saved to one repository that `repos` opens."""
    services = [
        Service(name, assets=(Asset(f"{name}/data", AssetKind.FILES, f"/srv/{name}"),))
        for name in ("vaultwarden", "wiki")
    ]
    services.append(Service("home-page", depends_on=("wiki",)))
    repos = Key("repos", secrets=("store.password",), copies=copies)
    keys = (repos, *extra)
    return estate([engine("store", "cloud")], services, keys, [("default", ("store",))])


MANAGER = KeyCopy("Bitwarden", "home", inside="vaultwarden")
PAPER = KeyCopy("paper", "away")


def test_the_password_manager_in_the_backup_it_unlocks() -> None:
    (circle,) = circles(graph(house(MANAGER)))
    assert circle.locked
    assert [(link.kind, link.name) for link in circle.path] == [
        ("service", "vaultwarden"),
        ("asset", "vaultwarden/data"),
        ("engine", "store"),
        ("key", "repos"),
    ]
    assert reach(graph(house(MANAGER)), PRODUCTION).services == frozenset()


def test_a_copy_outside_opens_the_circle_but_is_alone() -> None:
    made = graph(house(MANAGER, PAPER))
    (circle,) = circles(made)
    assert not circle.locked
    assert reach(made, house_lost(made.estate)).services == {"vaultwarden", "wiki"}
    (paper,) = single_places(made)
    assert (paper.place, paper.keys, paper.services) == (
        "paper",
        ("repos",),
        ("vaultwarden", "wiki"),
    )


def test_two_papers_are_no_circle_and_no_single_place() -> None:
    made = graph(house(PAPER, KeyCopy("safe", "away")))
    assert (circles(made), single_places(made)) == ((), ())


@pytest.mark.parametrize("inside", ["store", "wiki/data"])
def test_a_key_in_the_repository_it_opens(inside: str) -> None:
    (circle,) = circles(graph(house(KeyCopy("in the backup", "away", inside=inside))))
    assert circle.locked
    assert (circle.path[0].name, circle.path[-1].name) == (inside, "repos")


def test_two_keys_that_wait_for_each_other() -> None:
    found = house(KeyCopy("chest", "away", inside="other"))
    other = replace(engine("other", "cloud"))
    second = Key(
        "second",
        secrets=("other.password",),
        copies=(KeyCopy("note", "away", inside="store"),),
    )
    found = replace(
        found,
        engines={**found.engines, "other": other},
        keys={**found.keys, "second": second},
    )
    assert {
        (each.key, tuple(link.name for link in each.path)) for each in circles(graph(found))
    } == {
        ("repos", ("other", "second", "store", "repos")),
        ("second", ("store", "repos", "other", "second")),
    }
    assert blast(graph(found), "second").services == ("vaultwarden", "wiki")


def test_what_goes_with_a_key() -> None:
    lost = blast(graph(house(PAPER)), "repos")
    assert (lost.engines, lost.services, lost.halted) == (
        ("store",),
        ("vaultwarden", "wiki"),
        ("home-page",),
    )
    spare = Key("spare", secrets=("store.password",), copies=(PAPER,))
    assert blast(graph(house(PAPER, extra=(spare,))), "repos").services == ()


def test_a_key_that_lies_only_behind_another_goes_with_it() -> None:
    inner = Key("inner", secrets=("deep.password",), copies=(MANAGER,))
    found = house(PAPER, extra=(inner,))
    found = replace(found, engines={**found.engines, "deep": engine("deep", "cloud")})
    assert blast(graph(found), "repos").keys == ("inner",)
    assert circles(graph(found)) == ()


def test_the_disk_of_this_machine_is_lost_that_of_another_is_not() -> None:
    here, attic = KeyCopy("disk", "home", inside="here"), KeyCopy("nas", "home", inside="attic")
    assert reach(graph(house(here)), PRODUCTION).keys == frozenset()
    made = graph(house(attic))
    assert reach(made, PRODUCTION).keys == {"repos"}
    assert reach(made, house_lost(made.estate)).keys == frozenset()
