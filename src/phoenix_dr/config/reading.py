"""Reading phoenix.yaml: every fault at once, or the estate. Imported only when it is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phoenix_dr.config import engines, shapes
from phoenix_dr.config.build import build
from phoenix_dr.config.references import check_references
from phoenix_dr.config.source import Source, read
from phoenix_dr.config.validate import validate
from phoenix_dr.core.model import Estate
from phoenix_dr.errors import ConfigError, Problem

SNAPSHOTTING = "longhorn"
"""The kind of engine that makes snapshots by a policy."""
LATER_KINDS = frozenset({"postgres", "guest", "volumes", "share", "git", "command"})


def load(path: Path, home: Path) -> Estate:
    """The estate. Raises ConfigError with every fault and its place."""
    source, root = _checked(path)
    problems = _sorted(source.problems)
    if problems or root is None:
        raise ConfigError("config-invalid", problems, path=str(path), count=len(problems))
    return build(root, path.absolute().parent, home)


def check(path: Path) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """(faults, notes): values still to fill in, and what this version does not do yet."""
    try:
        source, root = _checked(path)
    except ConfigError as error:
        if not error.problems:
            raise
        return error.problems, ()
    notes = replace(source, problems=[])
    if root is not None:
        _note_later(notes, root)
    problems = _sorted(source.problems)
    open_ = [each for each in problems if each.code == "todo"]
    faults = tuple(each for each in problems if each.code != "todo")
    return faults, _sorted([*open_, *notes.problems])


def _checked(path: Path) -> tuple[Source, shapes.Root | None]:
    source = read(path)
    root = validate(source)
    if root is not None:
        check_references(source, root)
    return source, root


def _note_later(notes: Source, root: shapes.Root) -> None:
    for name, engine in root.engines.items():
        written = notes.data["engines"][name].get("kind")
        if isinstance(engine, engines.LaterEngine) and engine.kind == written:
            notes.problem(("engines", name), "engine-not-yet", at_key=True, kind=engine.kind)
    for name, service in root.services.items():
        for asset_name, asset in service.assets.items():
            at = ("services", name, "assets", asset_name)
            for kind in LATER_KINDS.intersection(asset.kinds) - _kinds_seen(root, asset):
                notes.problem(at, "asset-not-yet", at_key=True, kind=kind)
    _note_undecided(notes, root)
    k3s = {
        each.policy
        for given in root.services.values()
        for each in given.assets.values()
        if each.k3s
    }
    for name, policy in root.policies.items():
        named = (root.engines.get(to.partition("/")[0]) for to in policy.to)
        kinds = {each.kind for each in named if each is not None}
        if policy.snapshots and SNAPSHOTTING not in kinds and name not in k3s:
            notes.problem(("policies", name, "snapshots"), "snapshots-not-yet", at_key=True)


def _note_undecided(notes: Source, root: shapes.Root) -> None:
    # Whether a choice is kept elsewhere only those know who read there.
    for name, service in root.services.items():
        for asset_name, asset in service.assets.items():
            if asset.command and not asset.decision:
                at = ("services", name, "assets", asset_name)
                notes.problem(at, "command-undecided", at_key=True, asset=f"{name}/{asset_name}")


def _kinds_seen(root: shapes.Root, asset: shapes.Asset) -> set[str]:
    """Kinds of this asset whose copies an engine that holds them can show."""
    guest = root.engines.get((asset.guest or "").partition("/")[0])
    volumes = root.engines.get((asset.volumes or "").partition("/")[0])
    seen = isinstance(guest, engines.ProxmoxEngine | engines.VzdumpEngine)
    claims = isinstance(volumes, engines.Clusters)
    return ({"guest"} if seen else set()) | ({"volumes"} if claims else set())


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    """In the file's order; what a TODO stands for is not judged."""
    open_ = {(each.line, each.column) for each in problems if each.code == "todo"}
    told = [p for p in problems if p.code == "todo" or (p.line, p.column) not in open_]
    return tuple(sorted(dict.fromkeys(told), key=lambda each: (each.line, each.column, each.code)))
