"""What Vault is handed: the keys by name and fingerprint, and the points it is asked to validate.

Every point has a state and what shows it. Described is not shown: only what opened something, was
looked at or was computed without a gap counts, and what nobody tried is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from phoenix_dr.core.custody_graph import Place
from phoenix_dr.core.custody_loss import Circle
from phoenix_dr.core.custody_picture import Picture
from phoenix_dr.core.evidence import DrillRecord, KeyProof
from phoenix_dr.core.keys_found import KeysFound
from phoenix_dr.core.kit_state import KeyDates, KitState
from phoenix_dr.core.model import Estate
from phoenix_dr.core.report import Finding, KeyCustody

_LOGIN = re.compile(r"//[^/@\s]*@")


class Showing(StrEnum):
    """What Phoenix can say of a point."""

    SHOWN = "shown"
    NOT_SHOWN = "not-shown"
    UNKNOWN = "unknown"


class KeyForm(StrEnum):
    """What a key is."""

    AGE = "age"
    PASSWORD = "password"  # noqa: S105
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to validate: phrases `vault.point.CODE` and `vault.evidence.EVIDENCE`.

    `subject` is a key, an engine or the estate; `at` when the evidence was made, None for what is
    computed from the description.
    """

    code: str
    subject: str
    state: Showing
    evidence: str
    at: datetime | None = None
    parameters: tuple[tuple[str, str | int], ...] = ()

    @property
    def id(self) -> str:
        """The same for the same demand, whatever its state."""
        return f"{self.code}:{self.subject}"


@dataclass(frozen=True, slots=True)
class CopyHeld:
    """A copy of a key. `counts` False: it lies behind the key itself.

    `ok` is how its last proof went, None for one never tried; `proved_at` when it last opened
    something, `tried_at` when it was last tried.
    """

    place: str
    site: str
    inside: str
    counts: bool
    off_site: bool
    ok: bool | None
    tried_at: datetime | None
    proved_at: datetime | None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class KeyHeld:
    """A key by name and public fingerprint, "" where none exists. `files` are SOPS files that
    open with it alone, None while nobody looked."""

    name: str
    form: KeyForm
    fingerprint: str
    opens: tuple[str, ...]
    assets: tuple[str, ...]
    services: tuple[str, ...]
    files: int | None
    copies: tuple[CopyHeld, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The conformity sheet. It never holds a secret: names, places, dates, fingerprints."""

    estate: str
    made_at: datetime
    keys: tuple[KeyHeld, ...]
    circles: tuple[Circle, ...]
    findings: tuple[Finding, ...]
    points: tuple[Point, ...]
    ledger_head: str = ""


@dataclass(frozen=True, slots=True)
class VaultFacts:
    """What a sheet is made from. `proofs` are, per key and copy, the proof that counts."""

    estate: Estate
    picture: Picture
    custody: tuple[KeyCustody, ...]
    proofs: Mapping[str, Mapping[Place, KeyProof]]
    away: Mapping[str, frozenset[Place]]
    now: datetime
    found: KeysFound | None = None
    kit: KitState | None = None
    dates: KeyDates = field(default_factory=KeyDates)
    drills: tuple[DrillRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    ledger_head: str = ""


def keys_held(facts: VaultFacts) -> tuple[KeyHeld, ...]:
    """Every described key with its copies and what is known of them."""
    custody = {key.name: key for key in facts.custody}
    return tuple(
        KeyHeld(
            name=node.name,
            form=_form(facts.estate, node.name),
            fingerprint=custody[node.name].fingerprint,
            opens=tuple(map(without_login, custody[node.name].opens)),
            assets=custody[node.name].assets,
            services=node.lost.services,
            files=node.sops,
            copies=tuple(
                _copy(facts, node.name, (kept.place, kept.site), inside=kept.inside,
                      counts=kept.counts)
                for kept in node.copies
            ),
        )
        for node in facts.picture.keys
    )  # fmt: skip


def without_login(text: str) -> str:
    """An address without the name and password it may carry."""
    return _LOGIN.sub("//", text)


def is_served(handed: tuple[str, ...], now: tuple[Point, ...]) -> bool:
    """Whether every point of the sheet that was handed over is shown now.

    A point that is not asked any more, because its key is not described, is not shown.
    """
    shown = {point.id for point in now if point.state is Showing.SHOWN}
    return bool(handed) and shown.issuperset(handed)


def _form(estate: Estate, name: str) -> KeyForm:
    key = estate.keys[name]
    if key.age:
        return KeyForm.AGE
    return KeyForm.PASSWORD if key.secrets else KeyForm.OTHER


def _copy(facts: VaultFacts, key: str, place: Place, *, inside: str, counts: bool) -> CopyHeld:
    proof = facts.proofs.get(key, {}).get(place)
    return CopyHeld(
        place=place[0],
        site=place[1],
        inside=inside,
        counts=counts,
        off_site=place in facts.away.get(key, frozenset()),
        ok=proof.ok if proof else None,
        tried_at=proof.proved_at if proof else None,
        proved_at=proof.proved_at if proof and proof.ok else None,
        simulated=proof is not None and proof.simulated,
    )
