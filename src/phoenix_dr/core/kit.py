"""What a recovery kit holds: the elements one starts from nothing with, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from phoenix_dr.core.evidence import DrillRecord, KeyProof, Level
from phoenix_dr.core.model import EngineSpec, Estate

MANIFEST = "kit.json"
README = "README.md"
ESTATE = "phoenix.yaml"
PLAN = "disaster-recovery-plan.md"
HEAD = "ledger-head.txt"
VERSIONS = "versions.txt"
FIXED = (MANIFEST, README, ESTATE, PLAN, HEAD, VERSIONS)
"""Elements of every kit."""
FORMAT = 1
"""Number of the form written today."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`kit.json`: what the kit says of itself. `members` are SHA-256 of all others by name.

    `folder` is where phoenix.yaml lay: paths in it that begin nowhere else begin there.
    """

    format: int
    estate: str
    made_at: datetime
    ledger_head: str
    folder: str
    versions: Mapping[str, str]
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one element: `ok` False names what is wrong by `code`; None: not tried."""

    element: str
    ok: bool | None
    code: str
    parameters: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class KitMade:
    """A kit as it was written: where, for whom, and what is in it by name.

    `subsets` is how many sets of shares were put together again before any was written, `pdf`
    whether pages could be made as PDF, `secret_pages` whether they hold a key in clear.
    """

    files: tuple[str, ...]
    size: int
    made_at: datetime
    recipients: tuple[str, ...]
    elements: tuple[str, ...]
    passphrase: bool = False
    shares: tuple[int, int] | None = None
    subsets: int = 0
    pages: tuple[str, ...] = ()
    pdf: bool = True
    secret_pages: bool = False


@dataclass(frozen=True, slots=True)
class KitProof:
    """What the escrowed copy of everything really opened. `made_at` is when the kit was."""

    kit: str
    made_at: datetime | None
    answers: tuple[Answer, ...]
    proofs: tuple[KeyProof, ...] = ()

    @property
    def is_good(self) -> bool:
        """Something was tried, and nothing was wrong or left untried."""
        return bool(self.answers) and all(answer.ok is True for answer in self.answers)


@dataclass(frozen=True, slots=True)
class BunkerReport:
    """A bunker drill: what was wrong with the kit (then nothing was restored), and the drills.

    `daily`: the key brought is the one this house uses every day, which proves no escrow.
    """

    kit: str
    service: str
    answers: tuple[Answer, ...]
    records: tuple[DrillRecord, ...] = ()
    daily: bool = False

    @property
    def is_good(self) -> bool:
        """The kit was whole, and everything of the service came back and passed."""
        whole = all(answer.ok is not False for answer in self.answers)
        return whole and bool(self.records) and all(record.ok for record in self.records)


def in_time(records: Sequence[DrillRecord], objective: timedelta) -> tuple[DrillRecord, ...]:
    """A service is back when its last asset is: late together, none is proven above DATA."""
    if sum(record.rto for record in records) < objective.total_seconds():
        return tuple(records)
    return tuple(replace(record, level=min(record.level, Level.DATA)) for record in records)


def address(engine: str) -> str:
    """The element that holds an engine's repository address."""
    return f"repositories/{engine}/address"


def password(engine: str) -> str:
    """The element that holds an engine's password."""
    return f"repositories/{engine}/password"


def environment(engine: str, variable: str) -> str:
    """The element that holds one variable of an engine's environment."""
    return f"repositories/{engine}/environment/{variable}"


def borg_key(engine: str) -> str:
    """The element that holds a borg repository's key; alone in its folder, as borg looks for it."""
    return f"repositories/{engine}/keys/borg-key"


def has_key_file(spec: EngineSpec) -> bool:
    """Whether a password alone does not open the engine: borg keeps a key beside, or elsewhere."""
    return spec.kind == "borg" and spec.password is not None


def identity(key: str) -> str:
    """The element that holds the age identity of a key."""
    return f"identities/{key}.txt"


def required(estate: Estate) -> tuple[str, ...]:
    """Every element a kit of this estate has, in order."""
    keys = (identity(key.name) for key in estate.keys.values() if key.age)
    engines = (name for spec in estate.engines.values() for name in elements_of(spec))
    return (*FIXED, *engines, *keys)


def elements_of(spec: EngineSpec) -> Iterator[str]:
    """The elements that open one engine; none for one without address and secrets."""
    if spec.repository:
        yield address(spec.id)
    if spec.password:
        yield password(spec.id)
    if has_key_file(spec):
        yield borg_key(spec.id)
    yield from (environment(spec.id, name) for name in sorted(spec.environment))


def lacking(
    members: Mapping[str, str], manifest: Manifest, wanted: Iterable[str]
) -> tuple[Answer, ...]:
    """What is not as it was written: gone, changed, or wanted by an estate and never there.

    `members` are SHA-256 of what the kit holds, by name.
    """
    written = {name: _state(name, members, digest) for name, digest in manifest.members.items()}
    found = [Answer(name, False, code) for name, code in written.items() if code]
    never = (name for name in wanted if name not in written and name not in members)
    return (*found, *(Answer(name, False, "kit-element-missing") for name in never))


def _state(name: str, members: Mapping[str, str], digest: str) -> str:
    if name not in members:
        return "kit-element-missing"
    return "" if members[name] == digest else "kit-element-changed"
