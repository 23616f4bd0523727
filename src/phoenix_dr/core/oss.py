"""Which tool of others fits a need of this estate, and why: pure, from phoenix.yaml alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from phoenix_dr.core.model import Asset, AssetKind, Estate, Immutability
from phoenix_dr.core.oss_tools import COPIES_ONLY, TOOLS, Cipher, Lock, Reach, Tool, Way

KINDS = (
    AssetKind.FILES, AssetKind.SQLITE, AssetKind.POSTGRES, AssetKind.GUEST, AssetKind.VOLUMES,
    AssetKind.K3S, AssetKind.SHARE, AssetKind.GIT, AssetKind.COMMAND,
)  # fmt: skip
"""Kinds of data that can be saved, in the order they are shown."""
OBJECTS = "object-storage"
_VIRTUAL = {"proxmox", "vzdump", "pbs"}
_CLUSTERED = {"longhorn", "velero", "kubernetes"}
_STEPS = {Way.CLIENT, Way.CONSISTENT, Way.DUMP, Way.MOUNTED, Way.MIRROR, Way.PIPED, Way.FILE}
_PREPARED = {AssetKind.SQLITE, AssetKind.K3S}
"""Kinds Phoenix makes a consistent copy of before a tool saves it."""
_WEAK = {Cipher.VOLUME, Cipher.DEFAULT_KEY, Cipher.NO}


class Verdict(StrEnum):
    """What came of comparing one tool with one need."""

    FITS = "fits"
    CONDITION = "condition"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Reason:
    """Phrase `oss.reason.CODE`; `speaks` True for it, False against it, None names a condition."""

    code: str
    speaks: bool | None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One tool against one need. `engines` of phoenix.yaml are of it; `serves`: these very data."""

    tool: Tool
    verdict: Verdict
    reasons: tuple[Reason, ...]
    engines: tuple[str, ...] = ()
    serves: bool = False

    @property
    def decisive(self) -> Reason | None:
        """The reason that made the verdict; None for a tool that fits."""
        wanted = {Verdict.NO: False, Verdict.CONDITION: None}.get(self.verdict, True)
        found = (each for each in self.reasons if each.speaks is wanted)
        return None if self.verdict is Verdict.FITS else next(found, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every tool against one kind of data, best first; `assets` are those it is about, if any."""

    kind: AssetKind
    assets: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be saved: `key` names it in decisions, `parts` are its kinds with their assets."""

    key: str
    parts: tuple[tuple[AssetKind, tuple[Asset, ...]], ...]

    @property
    def is_command(self) -> bool:
        """Whether it is about commands alone, which no tool may fit."""
        return bool(self.parts) and all(kind is AssetKind.COMMAND for kind, _ in self.parts)


def need_of(estate: Estate, name: str | None) -> Need | None:
    """The need of that name: an asset, else a service, else a kind; None when it means nothing.

    Without a name every kind of the estate. What holds no data has no parts.
    """
    every = tuple(estate.assets())
    if name is None:
        return Need("*", _parts(every))
    assets = tuple(asset for asset in every if asset.id == name)
    # A pattern of claims was replaced by the claims seen: its own name still means all of them.
    assets = assets or tuple(asset for asset in every if asset.id.startswith(f"{name}/"))
    if assets or name in estate.services:
        return Need(name, _parts(assets))
    kind = next((kind for kind in KINDS if kind.value == name), None)
    if kind is None:
        return None
    return Need(f"*/{name}", ((kind, tuple(each for each in every if each.kind is kind)),))


def _parts(assets: tuple[Asset, ...]) -> tuple[tuple[AssetKind, tuple[Asset, ...]], ...]:
    found = ((kind, tuple(each for each in assets if each.kind is kind)) for kind in KINDS)
    return tuple((kind, those) for kind, those in found if those)


def compare(estate: Estate, need: Need) -> tuple[Comparison, ...]:
    """Every tool against each part of a need: what serves these data first, what fits not last."""
    return tuple(
        Comparison(
            kind,
            tuple(asset.id for asset in assets),
            tuple(sorted((_row(estate, kind, assets, tool) for tool in TOOLS), key=_rank)),
        )
        for kind, assets in need.parts
    )


def off_site(estate: Estate) -> tuple[str, ...]:
    """Locations at another site than this Phoenix's host."""
    host = estate.hosts.get(estate.here)
    sites = {name: estate.site_of(name) for name in estate.locations}
    return tuple(name for name, site in sites.items() if host and site and site != host.site)


def _rank(row: Row) -> tuple[bool, bool, bool, int]:
    verdict = tuple(Verdict).index(row.verdict)
    return row.verdict is Verdict.NO, not row.serves, not row.engines, verdict


def _row(estate: Estate, kind: AssetKind, assets: tuple[Asset, ...], tool: Tool) -> Row:
    engines = tuple(name for name, spec in estate.engines.items() if spec.kind in tool.kinds)
    serving = tuple(name for name in engines if _serves(estate, name, assets, tool.ours.fills))
    reasons = tuple(_against(estate, kind, tool, engines))
    if not reasons:
        reasons = (
            *_use(engines, serving),
            *_saving(kind, tool, engines),
            _ours(kind, tool),
            *_reaching(estate, tool),
            *_keeping(estate, tool),
        )
    return Row(tool, _verdict(reasons), reasons, serving or engines, bool(serving))


def _verdict(reasons: tuple[Reason, ...]) -> Verdict:
    speaks = {each.speaks for each in reasons}
    if False in speaks:
        return Verdict.NO
    return Verdict.CONDITION if None in speaks else Verdict.FITS


def _serves(
    estate: Estate, engine: str, assets: tuple[Asset, ...], fills: tuple[AssetKind, ...]
) -> bool:
    held = set(estate.engines[engine].archives.values())
    if any(asset.id in held for asset in assets):
        return True
    # A policy that names an engine makes nothing go there that it is not filled with.
    sent = (asset for asset in assets if asset.kind in fills)
    return any(
        place.partition("/")[0] == engine for asset in sent for place in estate.destinations(asset)
    )


def _against(
    estate: Estate, kind: AssetKind, tool: Tool, engines: tuple[str, ...]
) -> Iterator[Reason]:
    if tool.id == COPIES_ONLY:
        yield Reason("copy-only", False)
    elif kind not in tool.saves:
        told = (AssetKind.FILES, AssetKind.GUEST, AssetKind.VOLUMES)
        yield Reason(
            "-".join(("only", *(each.value for each in told if each in tool.saves))), False
        )
    elif tool.cluster and not engines and not _has(estate, _CLUSTERED, kind, AssetKind.K3S):
        yield Reason("no-cluster", False)
    elif kind is AssetKind.GUEST and not _has(estate, _VIRTUAL, kind):
        yield Reason("no-proxmox", False)


def _has(estate: Estate, engines: set[str], *kinds: AssetKind) -> bool:
    spoken = any(spec.kind in engines for spec in estate.engines.values())
    return spoken or any(asset.kind in kinds for asset in estate.assets())


def _use(engines: tuple[str, ...], serving: tuple[str, ...]) -> Iterator[Reason]:
    if serving:
        yield Reason("serves", True, (("engines", ", ".join(serving)),))
    elif engines:
        yield Reason("used", True, (("engines", ", ".join(engines)),))


def _saving(kind: AssetKind, tool: Tool, engines: tuple[str, ...]) -> Iterator[Reason]:
    way = tool.saves[kind]
    if kind in _PREPARED and kind in tool.ours.fills:
        yield Reason("saves-prepared", True)
    else:
        speaks = None if way in _STEPS else True
        facts = (("option", tool.option),) if way in (Way.OUTPUT, Way.PIPED) else ()
        yield Reason(f"saves-{way.value}", speaks, facts)
    if tool.server and not engines:
        yield Reason("needs-server", None)
    if tool.cluster and not engines:
        yield Reason(f"needs-{tool.id}", None)


def _ours(kind: AssetKind, tool: Tool) -> Reason:
    ours = tool.ours
    if kind not in ours.sees:
        return Reason("phoenix-blind", None)
    if kind in ours.fills:
        return Reason("phoenix-whole" if ours.expires else "phoenix-orders", True)
    if tool.server:
        # Jobs of Proxmox fill it, and those Phoenix can set.
        return Reason("phoenix-sees-vzdump", None)
    return Reason("phoenix-sees-expires", None)


def _reaching(estate: Estate, tool: Tool) -> Iterator[Reason]:
    away = off_site(estate)
    if not away:
        return
    reached = tuple(name for name in away if _writes(estate, tool, name))
    if reached and tool.server:
        yield Reason("off-site-server", None, (("places", ", ".join(reached)),))
    elif reached:
        yield Reason("off-site", True, (("places", ", ".join(reached)),))
    else:
        yield Reason("off-site-out", None, (("places", ", ".join(away)),))
    yield Reason(f"cipher-{tool.cipher.value}", None if tool.cipher in _WEAK else True)


def _keeping(estate: Estate, tool: Tool) -> Iterator[Reason]:
    claimed = [
        name
        for name, place in estate.locations.items()
        if place.immutable is Immutability.CLAIMED and _writes(estate, tool, name)
    ]
    if claimed:
        weak = tool.lock in (Lock.NO, Lock.UNKNOWN)
        facts = (("places", ", ".join(claimed)),)
        yield Reason(f"lock-{tool.lock.value}", None if weak else True, facts)


def _writes(estate: Estate, tool: Tool, location: str) -> bool:
    """Whether a tool writes to such a place: object storage, or the disk of some machine."""
    if estate.locations[location].medium == OBJECTS:
        return Reach.S3 in tool.reaches
    return bool({Reach.SSH, Reach.SHARE, Reach.DATASTORE} & {*tool.reaches})
