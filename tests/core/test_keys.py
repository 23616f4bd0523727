"""Custody of keys: what counts as a copy, what is proved, who is locked out without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.keys import custody, escrowed, keys_proven, openable, scored
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Key,
    KeyCopy,
    Policy,
    RetentionRule,
    SecretRef,
    Service,
)
from phoenix_dr.core.report import KeyCustody

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SAFE, CLOUD = KeyCopy("safe", "home"), KeyCopy("vault", "cloud")
BOTH = ("home", "offsite")


def engine(name: str, *, password: bool = True) -> EngineSpec:
    secret = SecretRef("file", f"/etc/phoenix/{name}.pw") if password else None
    return EngineSpec(name, "restic", f"/{name}", {"": name}, secret)


def estate(*keys: Key, to: tuple[str, ...] = BOTH) -> Estate:
    engines = (engine("home"), engine("offsite"), engine("plain", password=False))
    assets = (
        Asset("wiki/pages", AssetKind.SQLITE, "/srv/wiki.db"),
        Asset("wiki/cache", AssetKind.NONE, "rebuilt"),
    )
    return Estate(
        name="lab",
        here="nas",
        hosts={"nas": Host("nas", "home")},
        engines={one.id: one for one in engines},
        policies={"default": Policy("default", "@daily", RetentionRule(), "", to)},
        services={"wiki": Service("wiki", assets=assets)},
        keys={key.name: key for key in keys},
    )


def key(*copies: KeyCopy, name: str = "repos", opens: tuple[str, ...] = BOTH) -> Key:
    secrets = tuple(f"{each}.password" for each in opens)
    return Key(name, secrets=(*secrets, "offsite.environment"), copies=copies)


def proof(copy: KeyCopy, days: int, *, ok: bool = True, mark: str = "") -> KeyProof:
    at = NOW - timedelta(days=days)
    return KeyProof("repos", copy.place, copy.site, at, ok, "offsite", fingerprint=mark)


def kept(
    found: Estate,
    proofs: Iterable[KeyProof] = (),
    *,
    fingerprints: Mapping[str, str] | None = None,
) -> KeyCustody:
    return custody(found, proofs, now=NOW, fingerprints=fingerprints or {})[0]


def test_off_site_is_where_the_machine_is_not() -> None:
    assert not kept(estate(key(SAFE))).off_site
    assert kept(estate(key(SAFE, CLOUD))).off_site
    assert not kept(replace(estate(key(CLOUD)), here="unknown-host")).off_site


@pytest.mark.parametrize("path", ["/etc/phoenix/home.pw", "/root/age.txt"])
def test_the_file_production_uses_is_not_a_copy(path: str) -> None:
    used = replace(key(KeyCopy("disk", "cloud", path)), age="/root/age.txt")
    found = estate(used)
    made = kept(found, [proof(used.copies[0], 1)])
    assert (made.copies, made.off_site, made.proved_at) == ((), False, None)
    other = replace(used, copies=(KeyCopy("disk", "cloud", "/mnt/stick/age.txt"),))
    assert kept(estate(other)).off_site


def test_one_place_written_twice_is_one_copy() -> None:
    assert kept(estate(key(SAFE, SAFE))).copies == (("safe", "home"),)


def test_the_last_proof_of_each_copy_counts() -> None:
    found = estate(key(SAFE, CLOUD))
    made = kept(found, [proof(CLOUD, 5), proof(SAFE, 1)])
    assert (made.proved_place, made.proved_off_site, made.last_proof_ok) == ("safe", True, True)
    assert made.proved_at == NOW - timedelta(days=1)
    broken = kept(found, [proof(CLOUD, 5), proof(SAFE, 1), proof(CLOUD, 0, ok=False)])
    assert (broken.proved_off_site, broken.off_site, broken.last_proof_ok) == (False, False, False)
    mended = kept(found, [proof(CLOUD, 3, ok=False), proof(CLOUD, 2)])
    assert (mended.proved_off_site, mended.last_proof_ok) == (True, True)


@pytest.mark.parametrize(
    "unbelievable",
    [
        proof(KeyCopy("thrown away", "cloud"), 1),
        proof(replace(CLOUD, site="home"), 1),
        proof(CLOUD, -1),
        proof(CLOUD, 1, mark="old"),
        replace(proof(CLOUD, 1), key="another"),
    ],
)
def test_a_proof_of_something_else_proves_nothing(unbelievable: KeyProof) -> None:
    found = estate(key(CLOUD))
    made = kept(found, [unbelievable], fingerprints={"repos": "new"})
    assert (made.proved_at, made.last_proof_ok, made.fingerprint) == (None, None, "new")
    same = kept(found, [proof(CLOUD, 1, mark="new")], fingerprints={"repos": "new"})
    assert same.last_proof_ok is True


def test_assets_that_cannot_be_restored_without_a_key() -> None:
    assert kept(estate(key(SAFE))).assets == ("wiki/pages",)
    half = key(SAFE, opens=("home",))
    assert kept(estate(half)).assets == ()
    assert kept(estate(half), ()).assets == kept(estate(half, to=("home", "plain"))).assets
    assert kept(estate(half, to=("home",))).assets == ("wiki/pages",)
    spare = key(CLOUD, name="spare")
    assert kept(estate(key(SAFE), spare)).assets == ()


def test_escrowed_engines_open_when_the_site_is_gone() -> None:
    def of(found: Estate, *proofs: KeyProof) -> frozenset[str]:
        return escrowed(found, custody(found, proofs, now=NOW))

    assert of(estate(key(SAFE))) == {"plain"}
    assert of(estate(key(CLOUD, opens=("offsite",)))) == {"offsite", "plain"}
    assert of(estate(Key("age", opens=("home",), copies=(CLOUD,)))) == {"home", "plain"}
    assert of(estate(key(CLOUD)), proof(CLOUD, 1, ok=False)) == {"plain"}


@pytest.mark.parametrize(
    ("keys", "proofs", "expected"),
    [
        ((), (), None),
        ((key(),), (), False),
        ((key(CLOUD),), (), True),
        ((key(CLOUD),), (proof(CLOUD, 1),), True),
        ((key(CLOUD),), (proof(CLOUD, 1, ok=False),), None),
        ((key(CLOUD, SAFE),), (proof(CLOUD, 1, ok=False), proof(SAFE, 1)), True),
        ((key(opens=("home",)),), (), None),
        ((key(opens=("home",)), key(CLOUD, name="b", opens=("offsite",))), (), True),
    ],
)
def test_openable(
    keys: tuple[Key, ...], proofs: tuple[KeyProof, ...], expected: bool | None
) -> None:
    found = estate(*keys)
    made = custody(found, proofs, now=NOW)
    assert openable(found, made, BOTH) is expected
    assert openable(found, made, (*BOTH, "plain")) is True
    assert openable(found, made, ()) is None


@pytest.mark.parametrize(
    ("keys", "proofs", "expected"),
    [
        ((), (), None),
        ((key(CLOUD),), (), False),
        ((key(CLOUD),), (proof(CLOUD, 1),), True),
        ((key(SAFE),), (proof(SAFE, 1),), False),
        ((key(CLOUD, opens=("home",)),), (proof(CLOUD, 1),), None),
    ],
)
def test_keys_proven_needs_an_off_site_proof_for_each_engine(
    keys: tuple[Key, ...], proofs: tuple[KeyProof, ...], expected: bool | None
) -> None:
    found = estate(*keys)
    assert keys_proven(found, custody(found, proofs, now=NOW), BOTH) is expected
    assert keys_proven(found, custody(found, proofs, now=NOW), ("plain",)) is True


def test_a_key_left_out_counts_as_a_key_without_copies() -> None:
    nothing = estate()
    assert [(k.name, k.copies) for k in scored(nothing, ())] == [
        ("home.password", 0),
        ("offsite.password", 0),
    ]
    assert scored(estate(to=("plain",)), ()) == ()


def test_the_best_key_of_an_engine_counts_once() -> None:
    found = estate(key(SAFE, CLOUD), key(name="spare"))
    made = custody(found, [proof(CLOUD, 1)], now=NOW)
    (only,) = scored(found, made)
    assert (only.name, only.copies, only.off_site, only.proven) == ("repos", 2, True, True)
    failed = custody(found, [proof(CLOUD, 1), proof(SAFE, 0, ok=False)], now=NOW)
    assert not scored(found, failed)[0].proven


def test_a_copy_behind_its_own_key_counts_for_nothing() -> None:
    inner = KeyCopy("manager", "cloud", inside="wiki")
    made = kept(estate(key(inner, SAFE)))
    assert (made.copies, made.behind_itself, made.off_site) == (
        (("safe", "home"),),
        (("manager", "cloud"),),
        False,
    )
    alone = estate(key(inner))
    assert openable(alone, [kept(alone)], BOTH) is False
    assert scored(alone, [kept(alone)])[0].copies == 0
    free = estate(key(inner), to=(*BOTH, "plain"))
    assert kept(free).behind_itself == ()


def test_a_proof_grows_old() -> None:
    found = estate(key(CLOUD))
    fresh, old = kept(found, [proof(CLOUD, 179)]), kept(found, [proof(CLOUD, 180)])
    assert (fresh.proof_stale, old.proof_stale) == (False, True)
    assert [scored(found, [each])[0].proven for each in (fresh, old)] == [True, False]
