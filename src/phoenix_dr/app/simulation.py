"""What a rule of phoenix.yaml, or one typed in, keeps over the coming year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.ground import store_state
from phoenix_dr.config import units
from phoenix_dr.core import calendar_events, kubernetes_schedule, schedule
from phoenix_dr.core.cadence import Words
from phoenix_dr.core.calendar_grammar import CalendarEvent
from phoenix_dr.core.calendar_grammar import parse as parse_event
from phoenix_dr.core.kubernetes_grammar import KubernetesCron, parse_k8s
from phoenix_dr.core.model import DAY, SAMPLE_KINDS, STATE_ASSET, Policy, RetentionRule
from phoenix_dr.core.retention import KEEPS_ALL_WHEN_EMPTY, Held
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.core.retention_effect import Regime
from phoenix_dr.core.retention_forecast import Side, Told, Window
from phoenix_dr.core.retention_simulation import Planned, runs_of, simulate
from phoenix_dr.errors import UsageError

KINDS = (*(dialect.value for dialect in Dialect), *SAMPLE_KINDS)
"""Whose reading of a rule can be simulated."""
DEFAULT_SCHEDULE = "0 3 * * *"
"""Runs when neither the request nor a single policy says when."""
_COUNT = re.compile(r"(-?)0*(\d{1,6})", re.ASCII)
_PARTS = frozenset(each.name for each in fields(RetentionRule))
_ON_KUBERNETES = {Dialect.LONGHORN, Dialect.VELERO}
_WITH_EVENTS = {Dialect.PVE, Dialect.PBS}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to simulate; None means: as phoenix.yaml says. Engines are kinds or ids.

    With `against` or `against_engine` a second regime is compared with the first.
    """

    asset: str | None = None
    rule: str | None = None
    against: str | None = None
    engine: str | None = None
    against_engine: str | None = None
    schedule: str | None = None
    from_scratch: bool = False
    days: int = 365

    @property
    def compares(self) -> bool:
        """True when there is a second regime."""
        return self.against is not None or self.against_engine is not None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One regime before it is carried out; `engine` is a kind or an id of phoenix.yaml."""

    name: str
    engine: str
    rule: RetentionRule
    schedule: str


def simulation(ctx: Context, asked: Asked) -> Told:
    """Carry out what was asked. Raises UsageError for a rule, engine or schedule that is none."""
    wanted = _wanted(ctx, asked)
    now = ctx.now()
    built = [_built(ctx, each, asked.days, blank=asked.from_scratch) for each in wanted]
    engine, held = _start(ctx, asked, wanted[0].engine)
    made = simulate(
        held,
        {side.name: regime for side, regime in built},
        now=now,
        horizon=now + asked.days * DAY,
    )
    return Told(
        simulation=made,
        sides=tuple(side for side, _ in built),
        asset=asked.asset or "" if held else "",
        engine=engine if held else "",
        compared=asked.compares,
    )


def parse_rule(text: str) -> RetentionRule:
    """`daily=7,weekly=4` or `within=30d` as a rule; nothing keeps everything.

    Raises UsageError for anything else, a part said twice, zero and less.
    """
    found: dict[str, int | timedelta] = {}
    for part in text.split(",") if text.strip() else ():
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals or name not in _PARTS or name in found:
            raise UsageError("simulate-rule", rule=text)
        found[name] = _duration(text, value) if name == "within" else _count(text, part, value)
    return replace(RetentionRule(), **found)  # type: ignore[arg-type]


def write_svg(path: Path, text: str) -> None:
    """Write a drawing; over an older one, but over nothing else. UsageError when it cannot."""
    try:
        with path.open("rb") as old:
            is_drawing = old.read(4) == b"<svg"
    except FileNotFoundError:
        is_drawing = True
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
    if not is_drawing:
        raise UsageError("simulate-svg", path=str(path))
    write_atomically(path, text, mode=0o644)


def _count(rule: str, part: str, value: str) -> int:
    found = _COUNT.fullmatch(value)
    if found is None:
        raise UsageError("simulate-rule", rule=rule)
    if found[1] or int(found[2]) == 0:
        raise UsageError("simulate-count", part=part.strip())
    return int(found[2])


def _duration(rule: str, value: str) -> timedelta:
    try:
        return units.duration(value)
    except ValueError:
        raise UsageError("simulate-rule", rule=rule) from None


def _wanted(ctx: Context, asked: Asked) -> tuple[_Wanted, ...]:
    sides = tuple(_first(ctx, asked))
    if not asked.compares:
        return sides
    if len(sides) != 1:
        known = ", ".join(ctx.estate.policies)
        raise UsageError("simulate-which", policies=known)
    first = replace(sides[0], name="A")
    rule = first.rule if asked.against is None else parse_rule(asked.against)
    return first, replace(first, name="B", rule=rule, engine=asked.against_engine or first.engine)


def _first(ctx: Context, asked: Asked) -> Iterator[_Wanted]:
    """The regime asked for; one per policy when nothing narrows it."""
    policies = ctx.estate.policies
    if asked.asset is not None:
        yield _of_policy(ctx, asked, _policy_of(ctx, asked.asset))
    elif len(policies) == 1 or asked.rule is not None:
        yield _of_policy(ctx, asked, next(iter(policies.values())) if len(policies) == 1 else None)
    else:
        for policy in policies.values():
            yield replace(_of_policy(ctx, asked, policy), name=policy.name)


def _of_policy(ctx: Context, asked: Asked, policy: Policy | None) -> _Wanted:
    engines = [place.split("/", 1)[0] for place in policy.to] if policy else []
    engine = asked.engine or next(iter(engines), Dialect.RESTIC.value)
    if asked.rule is not None:
        rule = parse_rule(asked.rule)
    elif engine in ctx.estate.engines and ctx.estate.engines[engine].spans:
        rule = RetentionRule(within=ctx.estate.engines[engine].spans[0].within)
    elif policy is not None:
        rule = policy.keep
    else:
        raise UsageError("simulate-which", policies=", ".join(ctx.estate.policies))
    runs = asked.schedule or (policy.schedule if policy else DEFAULT_SCHEDULE)
    return _Wanted("A", engine, rule, runs)


def _policy_of(ctx: Context, asset_id: str) -> Policy | None:
    policies = ctx.estate.policies
    if asset_id == STATE_ASSET:
        return next(iter(policies.values()), None)
    for asset in ctx.estate.assets():
        if asset.id == asset_id:
            return policies.get(asset.policy or "")
    known = ", ".join(asset.id for asset in ctx.estate.assets())
    raise UsageError("simulate-asset", asset=asset_id, known=known)


def _built(
    ctx: Context, wanted: _Wanted, days: int, *, blank: bool
) -> tuple[Side, Regime | Window]:
    kind = _kind(ctx, wanted.engine)
    zone = ZoneInfo(ctx.estate.timezone)
    if kind in SAMPLE_KINDS:
        said: Words = ("samples", ())
        window = _window(ctx, wanted, kind, zone=zone, blank=blank)
        return Side(wanted.name, kind, wanted.rule, said), window
    dialect = Dialect(kind)
    if wanted.rule.is_empty and dialect not in KEEPS_ALL_WHEN_EMPTY:
        raise UsageError("simulate-empty", engine=kind)
    planned = _schedule(wanted.schedule, ctx.estate.timezone, dialect)
    match planned:
        case schedule.Cron():
            said = schedule.describe(planned)
        case KubernetesCron():
            said = kubernetes_schedule.describe(planned)
        case CalendarEvent():
            said = calendar_events.describe(planned)
    runs = runs_of(planned, ctx.now(), days)
    return Side(wanted.name, kind, wanted.rule, said), Regime(wanted.rule, dialect, zone, runs)


def _kind(ctx: Context, engine: str) -> str:
    spec = ctx.estate.engines.get(engine)
    kind = spec.kind if spec else engine
    if kind not in KINDS:
        raise UsageError("simulate-engine", engine=engine, known=", ".join(KINDS))
    return kind


def _schedule(text: str, timezone: str, dialect: Dialect) -> Planned:
    """Five fields are cron, and PVE and PBS have calendar events; Kubernetes runs in UTC."""
    if dialect in _ON_KUBERNETES:
        return parse_k8s(text)
    is_cron = len(text.split()) == 5 or text.startswith("@")
    if dialect in _WITH_EVENTS and not is_cron:
        return parse_event(text, timezone)
    return schedule.parse(text, timezone)


def _window(ctx: Context, wanted: _Wanted, kind: str, *, zone: ZoneInfo, blank: bool) -> Window:
    """A store from its oldest sample seen, else from now on."""
    for part in _PARTS - {"within"}:
        if getattr(wanted.rule, part):
            raise UsageError("retention-unsupported", rule=part, engine=kind)
    is_known = wanted.engine in ctx.estate.engines and not blank
    spans = store_state(ctx, wanted.engine).spans if is_known else ()
    seen = [span.since for span in spans if not span.stream]
    return Window(zone, min([*seen, ctx.now()]), wanted.rule.within)


def _start(ctx: Context, asked: Asked, engine: str) -> tuple[str, list[Held]]:
    """The engine whose points of the asset are the start, and those points; else nothing."""
    if asked.asset is None or asked.from_scratch:
        return "", []
    policy = _policy_of(ctx, asked.asset)
    places = [place.split("/", 1)[0] for place in policy.to] if policy else []
    named = engine if engine in ctx.estate.engines else next(iter(places), "")
    if not named:
        return "", []
    return named, [
        Held(
            point.id,
            int(point.taken_at.timestamp()),
            protected=point.protected,
            complete=point.complete is not False,
        )
        for point in ctx.ledger.points(asked.asset, engine=named)
    ]
