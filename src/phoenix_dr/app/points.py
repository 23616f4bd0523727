"""Points by hand: which are held and what their rule does with them, holding fast, letting go."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from phoenix_dr.app import expiry
from phoenix_dr.app.apply import Leave, Performed, apply
from phoenix_dr.app.approvals import approval_for, remember_plan, stored_plan
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import DIALECTS
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.interrupted import close_interrupted, lease_name
from phoenix_dr.app.observe import observe
from phoenix_dr.app.pins import keep
from phoenix_dr.core.evidence import BlindSpot, RecoveryPoint
from phoenix_dr.core.guard import Approval
from phoenix_dr.core.held import HeldLane, HeldPoint, PinNote
from phoenix_dr.core.losses import is_restorable
from phoenix_dr.core.model import DAY, STATE_ASSET
from phoenix_dr.core.plan import CompactData, Ground, Plan, ReleasePoint, make_plan
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Kind, Pin

SHORTEST = 6
"""Digits of an id that must be given at least, so that a slip does not name another point."""
SIGNED_WITHIN = 7 * DAY
"""How long a plan waits for its signature; later it is made anew."""
NAMED = 5
"""How many points an ambiguous id is answered with."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is held, by asset and engine, and what could not be seen of it."""

    lanes: tuple[HeldLane, ...]
    blind: tuple[BlindSpot, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """Taking a pin off: the plan, and how it went; None while nobody approved it."""

    plan: Plan
    performed: Performed | None

    @property
    def is_whole(self) -> bool:
        """True when the pin is off."""
        return self.performed is not None and self.performed.outcome.ok


def listed(ctx: Context, *, about: str | None = None, engine: str | None = None) -> Listing:
    """The points held now, all or those of an asset or service, and what their rules decide.

    Asks engines whose list may have changed. Raises UsageError for a name nobody knows.
    """
    request = expiry.Request((engine,) if engine else ())
    asked = [
        name for name in expiry.chosen(ctx, request) if ctx.estate.engines[name].kind in DIALECTS
    ]
    seen = observe(ctx, asked)
    ground = ground_of(ctx, asked)
    judged = expiry.wanted(ctx, expiry.Request(tuple(asked)), ground) if asked else None
    lanes = sorted(ground.points, key=lambda lane: (lane[1], lane[0]))
    if about is not None:
        _require_known(ctx, about, (asset for _, asset in lanes))
        lanes = [lane for lane in lanes if about in {lane[1], lane[1].split("/", 1)[0]}]
    return Listing(
        tuple(_lane(ctx, lane, ground, judged) for lane in lanes),
        tuple(spot for look in seen for spot in look.spots),
    )


def _require_known(ctx: Context, about: str, held: Iterable[str]) -> None:
    known = {STATE_ASSET, *held, *(asset.id for asset in ctx.estate.assets())}
    services = {asset.split("/", 1)[0] for asset in known} | ctx.estate.services.keys()
    if about not in known | services:
        raise UsageError("points-of-nobody", name=about, known=", ".join(sorted(services)))


def _lane(
    ctx: Context, lane: tuple[str, str], ground: Ground, judged: expiry.Wanted | None
) -> HeldLane:
    engine, asset = lane
    rule, verdicts = None, {}
    for each in judged.lanes if judged else ():
        if (each.engine, each.asset) == lane:
            rule = each.rule.policy.keep
            verdicts = {verdict.point: verdict for verdict in each.verdicts}
    left = [each for each in judged.left if each.engine == engine] if judged else []
    why = next((each for each in left if each.asset in {asset, ""}), None)
    pins = {(pin.engine, pin.point): PinNote(pin.because, pin.by) for pin in ctx.ledger.pins()}
    restorable = [point.id for point in ground.points[lane] if is_restorable(point, ground)]
    rows = [
        HeldPoint(
            point,
            state,
            verdicts.get(point.id),
            pin=pins.get((engine, point.id)),
            proven=(engine, point.id) in ground.proven,
            last=restorable == [point.id],
        )
        for point, state in ctx.ledger.judged(asset, engine=engine)
    ]
    rows.reverse()
    reason, detail = (why.reason, why.detail) if why and rule is None else ("", "")
    return HeldLane(engine, asset, rule, tuple(rows), reason, detail)


def pin(ctx: Context, names: Sequence[str], because: str) -> tuple[tuple[Pin, bool], ...]:
    """Hold points fast, all or none; each with whether that is news.

    Asks for nothing: it takes nothing away. Raises UsageError for a name that is not one point,
    and without a reason; LedgerError `busy` while something of the engine is being let go.
    """
    if not because.strip():
        raise UsageError("pin-without-reason")
    engines = sorted({_one(names_of(ctx, name), name).engine for name in names})
    with ExitStack() as held:
        for engine in engines:
            # An expiry under way must end first: a pin is a promise.
            held.enter_context(ctx.ledger.lease(lease_name(CompactData(engine))))
        return _pinned(ctx, [_one(names_of(ctx, name), name) for name in names], because)


def _pinned(
    ctx: Context, found: Sequence[RecoveryPoint], because: str
) -> tuple[tuple[Pin, bool], ...]:
    before = {(each.engine, each.point): each for each in ctx.ledger.pins()}
    done = []
    for point in found:
        old = before.get((point.engine, point.id))
        is_news = old is None or old.because != because
        new = Pin(point.engine, point.asset, point.id, True, because, _account())
        if is_news:
            keep(ctx, new)
        done.append((new, is_news))
    return tuple(done)


def unpin(ctx: Context, name: str) -> Release:
    """Take a pin off when a signature covers it; else keep the plan for someone to sign.

    Raises UsageError for a name that is not one point, Refused when it is not pinned.
    """
    close_interrupted(ctx)
    found = names_of(ctx, name)
    pins = {(each.engine, each.point) for each in ctx.ledger.pins()}
    pinned = [point for point in found if (point.engine, point.id) in pins]
    point = _one(pinned or found, name)
    said = {"verb": "unpin", "engine": point.engine, "point": point.id}
    plan, approval = _approved(ctx, said) or (None, None)
    if plan is None or approval is None:
        action = ReleasePoint(point.engine, point.asset, point.id)
        plan = make_plan((action,), ground_of(ctx, (point.engine,)))
        remember_plan(ctx, plan, said)
        return Release(plan, None)
    [performed] = apply(ctx, plan, leave=Leave(approval))
    return Release(plan, performed)


def _approved(ctx: Context, said: dict[str, str]) -> tuple[Plan, Approval] | None:
    """The newest plan of this very request that somebody signed since the point was pinned."""
    pinned = _newest(ctx, Kind.PIN, f"{said['engine']} {said['point']}")
    since = ctx.now() - SIGNED_WITHIN
    for row in ctx.ledger.rows(kinds=(Kind.PLAN,), since=since, newest_first=True):
        if row.value.get("request") != said or _newest(ctx, Kind.APPROVAL, row.subject) <= pinned:
            continue
        if approval := approval_for(ctx, row.subject):
            return stored_plan(ctx, row.subject)[0], approval
    return None


def _newest(ctx: Context, kind: Kind, subject: str) -> int:
    """Number of the newest row of a kind about something; 0 when there is none."""
    rows = ctx.ledger.rows(kinds=(kind,), subject=subject, limit=1, newest_first=True)
    return next((row.seq for row in rows), 0)


def names_of(ctx: Context, name: str) -> tuple[RecoveryPoint, ...]:
    """The held points that `ENGINE/ID`, an id or its beginning names; those of that very id first.

    Raises UsageError for too short a beginning, and when it names none.
    """
    engine, _, rest = name.partition("/")
    engines, start = ((engine,), rest) if engine in ctx.estate.engines else (None, name)
    if len(start) < SHORTEST:
        raise UsageError("point-short", prefix=start, digits=SHORTEST)
    found = {
        (point.engine, point.id): point
        for each in engines or ctx.estate.engines
        for point, _ in ctx.ledger.point(each, start)
        if _is_held(ctx, point)
    }
    if not found:
        raise UsageError("point-not-held", point=name)
    return tuple(found.values())


def _is_held(ctx: Context, point: RecoveryPoint) -> bool:
    """The ledger also names points that are gone."""
    held = ctx.ledger.points(point.asset, engine=point.engine)
    return any(each.id == point.id for each in held)


def _one(found: Sequence[RecoveryPoint], name: str) -> RecoveryPoint:
    exact = [point for point in found if name in {point.id, f"{point.engine}/{point.id}"}]
    if len(exact or found) == 1:
        return (exact or found)[0]
    named = ", ".join(f"{point.engine}/{point.id[: len(name) + 6]}" for point in found[:NAMED])
    raise UsageError("point-several", prefix=name, points=len(found), known=named)


def _account() -> str:
    """The account this runs under, by name where it has one."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
