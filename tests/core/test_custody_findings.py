"""Findings about keys: each with the situation that raises it and one that does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from build_custody import engine, estate
from phoenix_dr.core import keys as custody_of
from phoenix_dr.core.discovery import Unseen
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.finding_facts import FindingFacts
from phoenix_dr.core.findings import find
from phoenix_dr.core.keys_found import FoundKey, KeyKind, KeysFound, SopsFile
from phoenix_dr.core.model import Asset, AssetKind, Estate, Key, KeyCopy, Service
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.phrases.en.keys_found import PHRASES

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PAPER, SAFE = KeyCopy("paper", "away"), KeyCopy("safe", "other")
INSIDE = KeyCopy("Bitwarden", "home", inside="vaultwarden")
ALICE, BOB = "age1alice", "age1bob"
SOPS = SopsFile("/srv/infra/a.yaml", (ALICE,))
FILE = FoundKey(KeyKind.SSH, "/home/me/.ssh/id", mode=0o600, locked=False, in_git=False)


def house(*copies: KeyCopy, age: tuple[KeyCopy, ...] = (PAPER, SAFE)) -> Estate:
    names = ("vaultwarden", "wiki")
    services = [
        Service(name, assets=(Asset(f"{name}/data", AssetKind.FILES, f"/srv/{name}"),))
        for name in names
    ]
    keys = (
        Key("repos", secrets=("store.password",), copies=copies),
        Key("sops", age="/root/age.txt", copies=age),
    )
    return estate([engine("store", "cloud")], services, keys, [("default", ("store",))])


def found(
    described: Estate,
    seen: KeysFound | None = None,
    *,
    mark: str = ALICE,
    days: int = 1,
) -> dict[str, Finding]:
    proofs = [
        KeyProof(key.name, copy.place, copy.site, NOW - timedelta(days=days), True, "x")
        for key in described.keys.values()
        for copy in key.copies
    ]
    held = custody_of.custody(described, proofs, now=NOW, fingerprints={"sops": mark})
    findings = find(described, (), FindingFacts(custody=held, keys=seen), now=NOW)
    return {each.code: each for each in findings}


def look(
    keys: Iterable[FoundKey] = (), sops: Iterable[SopsFile] = (), unseen: Iterable[Unseen] = ()
) -> KeysFound:
    return KeysFound(NOW, tuple(keys), tuple(sops), (), tuple(unseen))


GOOD = house(PAPER, SAFE)
DEEP = replace(
    house(PAPER, SAFE),
    keys={
        "repos": Key("repos", secrets=("store.password",), copies=(PAPER, SAFE)),
        "deep": Key(
            "deep", secrets=("store.password",), copies=(KeyCopy("x", "home", inside="here"),)
        ),
    },
)
NOTES = replace(GOOD, documents="/srv/wiki/docs")
SITUATIONS: dict[str, tuple[Estate, KeysFound | None, Severity, str]] = {
    "key-locked-in": (house(INSIDE), None, Severity.CRITICAL, "repos"),
    "key-behind-itself": (house(INSIDE, PAPER, SAFE), None, Severity.WARNING, "repos"),
    "key-out-of-reach": (DEEP, None, Severity.CRITICAL, "deep"),
    "recovery-notes-inside": (NOTES, None, Severity.INFO, "wiki/data"),
    "sops-key-not-off-site": (
        house(PAPER, SAFE, age=(KeyCopy("drawer", "home"),)),
        look(sops=[SOPS, SOPS]),
        Severity.CRITICAL,
        "sops",
    ),
    "sops-key-not-described": (
        GOOD,
        look(sops=[replace(SOPS, recipients=(BOB,))]),
        Severity.WARNING,
        SOPS.path,
    ),
    "key-exposed": (GOOD, look([replace(FILE, exposed=True)]), Severity.CRITICAL, FILE.path),
    "key-in-git": (GOOD, look([replace(FILE, in_git=True)]), Severity.CRITICAL, FILE.path),
    "password-export-found": (
        GOOD,
        look([replace(FILE, kind=KeyKind.EXPORT)]),
        Severity.CRITICAL,
        FILE.path,
    ),
    "keys-unseen": (GOOD, look(unseen=[Unseen("link-outside", "/x")]), Severity.UNKNOWN, "/x"),
}


@pytest.mark.parametrize("code", SITUATIONS)
def test_each_is_found_where_it_is(code: str) -> None:
    described, seen, severity, subject = SITUATIONS[code]
    made = found(described, seen)
    assert (made[code].severity, made[code].subject) == (severity, subject)
    for language in ("fr", "en"):
        for kind in ("finding", "remedy"):
            facts = {"subject": subject, **dict(made[code].parameters)}
            assert "{" not in sentence(language, f"{kind}.{code}", **facts)


def test_a_house_in_order_has_none() -> None:
    files = (
        FILE,
        replace(FILE, locked=True, exposed=True),
        replace(FILE, kind=KeyKind.EXPORT, locked=True),
        replace(FILE, kind=KeyKind.VAULT, locked=True, in_git=True),
    )
    seen = look(files, [SOPS, replace(SOPS, recipients=(BOB,), others=1)])
    assert found(replace(GOOD, documents="/srv/docs"), seen) == {}


def test_the_number_of_files_is_said() -> None:
    described, seen, _, _ = SITUATIONS["sops-key-not-off-site"]
    assert dict(found(described, seen)["sops-key-not-off-site"].parameters) == {"files": 2}
    shared = look(sops=[SOPS, replace(SOPS, recipients=(ALICE, BOB))])
    assert dict(found(described, shared)["sops-key-not-off-site"].parameters) == {"files": 1}
    assert "sops-key-not-off-site" not in found(described, look(sops=[replace(SOPS, others=1)]))


def test_a_proof_grows_old_at_180_days() -> None:
    assert "key-proof-old" not in found(GOOD, days=179)
    old = found(GOOD, days=180)["key-proof-old"]
    assert (old.severity, dict(old.parameters)) == (Severity.WARNING, {"age": 180 * 86400})
    assert "key-proof-old" in {code.partition(".")[2] for code in PHRASES}


def test_a_locked_key_in_git_is_a_warning() -> None:
    seen = look([replace(FILE, in_git=True, locked=True)])
    assert found(GOOD, seen)["key-in-git"].severity is Severity.WARNING


def test_one_place_behind_which_everything_lies() -> None:
    inner = replace(GOOD.engines["store"], id="inner")
    media = Service("media", assets=(Asset("media/films", AssetKind.FILES, "/f", policy="inner"),))
    first = Key("first", secrets=("inner.password",), copies=(PAPER,))
    second = Key(
        "repos",
        secrets=("store.password",),
        copies=(KeyCopy("a", "x", inside="media"), KeyCopy("b", "x", inside="inner")),
    )
    described = replace(
        GOOD,
        engines={**GOOD.engines, "inner": inner},
        services={**GOOD.services, "media": media},
        policies={**GOOD.policies, "inner": replace(GOOD.policies["default"], to=("inner",))},
        keys={"first": first, "repos": second},
    )
    single = found(described)["key-single-place"]
    assert single.subject == "paper"
    assert dict(single.parameters)["services"] == 3
    assert "key-single-place" not in found(GOOD)


def test_every_finding_of_the_area_is_tried() -> None:
    said = {code.partition(".")[2] for code in PHRASES if code.startswith("finding.")}
    assert said == {*SITUATIONS, "key-proof-old", "key-single-place"}
