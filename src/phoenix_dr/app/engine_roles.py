"""What an engine's account needs for a role, and how an administrator makes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phoenix_dr.adapters.base import Prober
from phoenix_dr.app.context import Context
from phoenix_dr.core import cluster_roles
from phoenix_dr.core.capabilities import Role
from phoenix_dr.core.claim_assets import ANY
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_roles import (
    APPLY,
    KUBERNETES,
    LONGHORN,
    RESTORE,
    VELERO,
    Seat,
    grants,
    needs,
    roles_of,
)
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import UsageError
from phoenix_dr.render.rbac import Account

CLUSTERS = (LONGHORN, VELERO, KUBERNETES)
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """The roles of one account; `way` and `namespaces` as given instead of what is configured."""

    roles: tuple[str, ...]
    way: str | None = None
    namespaces: tuple[str, ...] = ()


def account(ctx: Context, names: Sequence[str], asked: Asked) -> Account:
    """The account for these engines of one cluster and these roles. Nothing is asked of it.

    Raises UsageError: engine-unknown, rbac-no-cluster, rbac-no-role, rbac-other-cluster,
    rbac-any-namespace, rbac-bad-namespace.
    """
    for given in asked.namespaces:
        if not NAME.fullmatch(given):
            raise UsageError("rbac-bad-namespace", given=given)
    specs = [spec(ctx, name) for name in names]
    for each in specs:
        if each.kind not in CLUSTERS:
            raise UsageError("rbac-no-cluster", engine=each.id, kind=each.kind)
        for role in set(asked.roles) - set(roles_of(each.kind)):
            known = ", ".join(roles_of(each.kind))
            raise UsageError("rbac-no-role", engine=each.id, role=role, known=known)
    if len({each.kind for each in specs}) < len(specs):
        raise UsageError("rbac-other-cluster", engine=specs[-1].id)
    seats = [_seat(each, asked) for each in specs]
    wanted = {need for seat in seats for role in asked.roles for need in needs(role, seat)}
    kinds = sorted(each.kind for each in seats)
    roles = [each for each in cluster_roles.ROLES if each in asked.roles]
    return Account(
        name="-".join(("phoenix", *kinds, *roles)),
        grants=grants(wanted),
        drills=_spaces(seats) if RESTORE in roles else (),
        notes=tuple(dict.fromkeys(note for seat in seats for note in _notes(seat, roles))),
    )


def other_roles(ctx: Context, name: str) -> tuple[Role, ...]:
    """The roles an engine outside clusters tells of. Raises UsageError engine-no-roles."""
    engine = ctx.engine(name)
    found = engine.rights().roles if isinstance(engine, Prober) else ()
    if not found:
        raise UsageError("engine-no-roles", engine=name, kind=spec(ctx, name).kind)
    return found


def spec(ctx: Context, name: str) -> EngineSpec:
    """The engine of that name. Raises UsageError."""
    found = ctx.estate.engines.get(name)
    if found is None:
        raise UsageError("engine-unknown", engine=name, known=", ".join(ctx.estate.engines))
    return found


def _seat(spec: EngineSpec, asked: Asked) -> Seat:
    claims: tuple[str, ...] = ()
    if APPLY in asked.roles and spec.kind == LONGHORN:
        claims = asked.namespaces or _claim_spaces(spec)
    place = spec.claims or ClaimPlace()
    way = asked.way or place.way
    return Seat(
        spec.kind,
        spec.settings.get("namespace", ""),
        claims,
        ClaimPlace(place.namespace, way, place.image, place.within),
    )


def _claim_spaces(spec: EngineSpec) -> tuple[str, ...]:
    """Namespaces of the claims assets name. A pattern of namespaces names none."""
    found = sorted({each.partition("/")[0] for each in spec.archives})
    if any(ANY in each for each in found):
        raise UsageError("rbac-any-namespace", engine=spec.id)
    return tuple(found)


def _spaces(seats: Sequence[Seat]) -> tuple[str, ...]:
    return tuple(sorted({each.drills.namespace for each in seats}))


def _notes(seat: Seat, roles: Sequence[str]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """What RBAC cannot say of this account's rights."""
    if APPLY in roles and seat.kind == LONGHORN:
        yield "labels", (("namespaces", ", ".join((seat.namespace, *seat.claims))),)
    if RESTORE in roles:
        yield "drills", (("namespace", seat.drills.namespace),)
        if seat.kind == VELERO:
            yield "restores", ()
        elif seat.drills.way == cluster_roles.BY_VOLUME:
            yield "volumes", ()
