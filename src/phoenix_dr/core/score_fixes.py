"""What mending one thing would change in the facts, stated as little as it surely changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from phoenix_dr.core.evidence import Level
from phoenix_dr.core.score_facts import (
    Proof,
    ScoredAsset,
    ScoredKey,
    ScoredService,
    ScoreFacts,
)


def fixed(facts: ScoreFacts, fix: str, subject: str = "") -> ScoreFacts:
    """The facts as they would be after a fix; equal facts when it does not apply."""
    if fix in ASSET_FIXES:
        return _with_assets(facts, ASSET_FIXES[fix], subject)
    if fix in KEY_FIXES:
        return _with_keys(facts, fix, subject)
    return ESTATE_FIXES[fix](facts)


def _with_assets(
    facts: ScoreFacts, change: Callable[[ScoredAsset], ScoredAsset], subject: str = ""
) -> ScoreFacts:
    return replace(
        facts,
        services=tuple(
            _changed(service, change) if subject in ("", service.name) else service
            for service in facts.services
        ),
    )


def _changed(service: ScoredService, change: Callable[[ScoredAsset], ScoredAsset]) -> ScoredService:
    assets = tuple(map(change, service.assets))
    unchanged = all(new is old for new, old in zip(assets, service.assets, strict=True))
    return service if unchanged else replace(service, assets=assets)


def _with_keys(facts: ScoreFacts, fix: str, subject: str) -> ScoreFacts:
    keys = tuple(KEY_FIXES[fix](key) if subject in ("", key.name) else key for key in facts.keys)
    if keys == facts.keys:
        return facts
    first_copies = all(key.copies for key in keys) and not all(key.copies for key in facts.keys)
    facts = replace(facts, keys=keys)
    if first_copies or all(key.proven for key in keys):
        facts = _with_assets(facts, _openable)
    if all(key.proven and key.off_site for key in keys):
        facts = _with_assets(facts, _keys_proven)
    return facts


def _openable(asset: ScoredAsset) -> ScoredAsset:
    return asset if asset.openable else replace(asset, openable=True)


def _keys_proven(asset: ScoredAsset) -> ScoredAsset:
    return asset if asset.keys_proven else replace(asset, keys_proven=True)


def _prove(key: ScoredKey) -> ScoredKey:
    return replace(key, proven=True) if key.copies else key


def _copy(key: ScoredKey) -> ScoredKey:
    return replace(key, copies=max(key.copies, 2), off_site=True)


def _take_backup(asset: ScoredAsset) -> ScoredAsset:
    if asset.usable is True:
        return asset
    return replace(asset, usable=True, rpo=timedelta(0), copies=max(asset.copies, 2))


def _add_off_site(asset: ScoredAsset) -> ScoredAsset:
    if not asset.usable or asset.off_site:
        return asset
    return replace(asset, off_site=True, copies=asset.copies + 1, media=max(asset.media, 2))


def _drill(asset: ScoredAsset) -> ScoredAsset:
    # The least a pass proves; what it measures is left out, since nobody knows it before.
    if not asset.usable:
        return asset
    fresh = Proof(Level.RESTORES, timedelta(0))
    return replace(asset, proofs=(*asset.proofs, fresh), last_drill_ok=True)


def _make_immutable(asset: ScoredAsset) -> ScoredAsset:
    return replace(asset, immutable=True) if asset.usable and not asset.immutable else asset


def _shorten(asset: ScoredAsset) -> ScoredAsset:
    if not asset.usable or asset.rpo is None or asset.rpo <= asset.rpo_objective:
        return asset
    return replace(asset, rpo=asset.rpo_objective)


def _measure(asset: ScoredAsset) -> ScoredAsset:
    if not asset.usable or asset.rto is not None:
        return asset
    return replace(asset, rto=asset.rto_objective)


def _current_procedure(asset: ScoredAsset) -> ScoredAsset:
    return asset if asset.procedure_current else replace(asset, procedure_current=True)


def _write_plan(facts: ScoreFacts) -> ScoreFacts:
    written = replace(
        facts,
        plan_age=timedelta(0),
        plan_current=True,
        plan_off_site=facts.plan_off_site or _reaches_off_site(facts),
    )
    return _with_assets(written, _current_procedure)


def _save_state(facts: ScoreFacts) -> ScoreFacts:
    carries_plan = facts.plan_age is not None and _reaches_off_site(facts)
    return replace(facts, state_restorable=True, plan_off_site=facts.plan_off_site or carries_plan)


def _reaches_off_site(facts: ScoreFacts) -> bool:
    return any(asset.off_site for service in facts.services for asset in service.assets)


ASSET_FIXES: dict[str, Callable[[ScoredAsset], ScoredAsset]] = {
    "take-backup": _take_backup,
    "add-off-site": _add_off_site,
    "drill": _drill,
    "make-immutable": _make_immutable,
    "shorten-schedule": _shorten,
    "measure-rto": _measure,
}
"""Fixes of one service, by what they change on each of its assets (the same object: nothing)."""

KEY_FIXES: dict[str, Callable[[ScoredKey], ScoredKey]] = {"copy-key": _copy, "prove-key": _prove}
"""Fixes of one key."""

ESTATE_FIXES: dict[str, Callable[[ScoreFacts], ScoreFacts]] = {
    "write-plan": _write_plan,
    "save-state": _save_state,
}
"""Fixes of the estate as a whole."""
