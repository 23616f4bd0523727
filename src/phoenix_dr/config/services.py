"""What must hold inside one service: names, one kind per asset, checks that can be asked."""

from __future__ import annotations

import re

from phoenix_dr.config import shapes
from phoenix_dr.config.names import known
from phoenix_dr.config.source import Key, Source
from phoenix_dr.config.validate import unknown

OURS = frozenset({"files", "sqlite", "k3s", "none", "regenerable"})
"""Kinds whose every setting is known; those of later kinds are not checked."""
_NAME = re.compile(r"\w([\w .@+-]*[\w.@+-])?")
"""Asset ids become tags of engines, file names and arguments."""


def check_service(source: Source, at: Key, service: shapes.Service) -> None:
    """Note what cannot be right in a service, whatever the rest of the file says."""
    name = str(at[-1])
    if name == "phoenix" or not _NAME.fullmatch(name):
        source.problem(at, "bad-service-name", at_key=True, name=name)
    for asset_name, asset in service.assets.items():
        _asset(source, (*at, "assets", asset_name), asset)
    for index, check in enumerate(service.checks):
        _check(source, service, at, index, check)


def _asset(source: Source, at: Key, asset: shapes.Asset) -> None:
    # As written: a kind whose value is faulty was taken out, and told already.
    kinds = [key for key in shapes.ASSET_KEYS if (*at, key) in source.keys]
    if set(kinds) <= OURS:
        for extra in sorted(asset.model_extra or ()):
            unknown(source, (*at, extra))
    if len(alone := [kind for kind in kinds if kind != "regenerable"]) > 1:
        source.problem(at, "two-kinds", at_key=True, kinds=", ".join(alone))
    elif not kinds and source.has_block(at):
        source.problem(at, "no-kind", at_key=True, known=", ".join(shapes.ASSET_KEYS))
    if asset.exclude and set(kinds) & OURS and "files" not in kinds:
        source.problem((*at, "exclude"), "exclude-needs-files", at_key=True)
    if kinds and "decision" in asset.model_fields_set and "command" not in kinds:
        source.problem((*at, "decision"), "decision-needs-command", at_key=True)
    if not _NAME.fullmatch(str(at[-1])):
        source.problem(at, "bad-asset-name", at_key=True, name=str(at[-1]))


def _check(
    source: Source, service: shapes.Service, of: Key, index: int, check: shapes.Check
) -> None:
    at: Key = (*of, "checks", index)
    known(source, (*at, "asset"), check.asset, source.below((*of, "assets")), "asset")
    kinds = [key for key in ("sql", "canary", "command", "console") if (*at, key) in source.keys]
    if len(kinds) != 1 and source.has_block(at):
        source.problem(at, "check-kind", kinds=", ".join(kinds) or "—")
    asset = service.assets.get(check.asset)
    if asset and asset.kinds and "sql" in kinds and not (asset.sqlite or asset.postgres):
        source.problem((*at, "sql"), "sql-needs-database", asset=check.asset)
    if asset and "canary" in kinds and set(asset.kinds) & {"none", "regenerable"}:
        source.problem((*at, "canary"), "canary-needs-data", asset=check.asset)
    if asset and "canary" in kinds and asset.k3s:
        source.problem((*at, "canary"), "canary-in-k3s", asset=check.asset)
    if asset and asset.kinds and "console" in kinds:
        earlier = service.checks[:index]
        if not asset.guest:
            source.problem((*at, "console"), "console-needs-guest", asset=check.asset)
        elif any(each.console and each.asset == check.asset for each in earlier):
            source.problem((*at, "console"), "console-twice", asset=check.asset)
