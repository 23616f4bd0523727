"""Stores that expire data as a table for a terminal, with reasons, sizes and proposals below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from phoenix_dr.core.model import DAY, RetentionRule, SpanRule
from phoenix_dr.core.retention_need import Proposal, Rule, Sizes, Status, Store
from phoenix_dr.core.retention_reach import Reach
from phoenix_dr.render import audit_parts, rules, table, text, units
from phoenix_dr.render.view import Safe, View

POINTS = ("asset", "since", "held", "size", "status")
STREAMS = ("stream", "rule", "covers", "since", "size", "status")


def lines(stores: Sequence[Store], proposals: Sequence[Proposal], *, view: View) -> Iterator[str]:
    """Everything `retention show` says about the stores, at most as wide as the view."""
    if not stores:
        yield view.say("policy.no-store")
        return
    groups: dict[tuple[str, str], list[Store]] = {}
    for store in stores:
        groups.setdefault((store.engine, store.policy), []).append(store)
    for group in groups.values():
        yield from _group(group, view)
    yield from _paragraph([view.say("policy.legend")], view)
    yield from _listed("reasons", reasons(stores, view), view)
    yield from _listed("sizes", measured(stores, view), view)
    yield from _listed("needs", needs(stores, view), view)
    yield from _listed("proposals", better(proposals, view), view)
    if not proposals:
        yield from ("", view.say("policy.no-proposal"))


def name(store: Store, view: View) -> Safe:
    """The engine, and the asset or stream on it."""
    return view.join(filter(None, (store.engine, store.subject)), " ")


def rule(given: Rule | None, view: View) -> Safe:
    """A rule in words; `?` when nobody knows it."""
    match given:
        case RetentionRule():
            return rules.rule(given, view)
        case SpanRule():
            return rules.span_rule(given, view)
        case None:
            return view.say("word.unknown")


def wanted(store: Store, view: View) -> Safe:
    """The rule of phoenix.yaml, and the one in force beside it where that is another."""
    found = rule(store.wanted, view)
    if store.known and store.wanted is None:
        return view.say("policy.no-rule")
    if store.in_force is None or rule(store.in_force, view) == found:
        return found
    return view.say("policy.in-force", {"wanted": found, "found": rule(store.in_force, view)})


def covers(reach: Reach | None, view: View) -> Safe:
    """The period one can go back to: hours below two days, else calendar days."""
    if reach is None:
        return view.say("word.unknown")
    if reach.days is None or reach.least is None:
        return view.say("rule.for-ever")
    span = reach.least if reach.least < 2 * DAY else reach.days * DAY
    return Safe(units.duration(span // DAY * DAY if span >= 2 * DAY else span, view.language))


def sizes(found: Sizes, view: View) -> Safe:
    """What it takes now and, estimated, at the rule's full reach."""
    now = found.held if found.held is not None else found.newest
    shown = units.size(now, view.language)
    if found.projected is None:
        return Safe(shown)
    facts = {"now": shown, "later": units.size(found.projected, view.language)}
    if found.cost is None:
        return view.say("policy.size", facts)
    return view.say("policy.size-cost", facts | {"cost": _amount(found.cost, view)})


def _amount(cost: float, view: View) -> str:
    return f"{cost:.2f}".replace(".", "," if view.language == "fr" else ".")


def status(store: Store, view: View) -> Safe:
    """Prepared, applied, or verified with its date; `?` when nobody could tell."""
    if store.status is Status.VERIFIED:
        day = units.day(store.looked_at, view.zone, view.language)
        return view.say("policy.status.verified", {"date": day})
    return view.say(f"policy.status.{store.status.value}")


def reasons(stores: Iterable[Store], view: View) -> list[Safe]:
    """Each rule's business reason once, with its schedule; borrowed rules are told apart."""
    found: dict[str, Safe] = {}
    for store in stores:
        if store.borrowed:
            facts = {"store": name(store, view), "policy": store.policy}
            found.setdefault(f"={store.policy}", view.say("policy.borrowed", facts))
        elif store.policy:
            when = audit_parts.frequency(store.schedule, view)
            facts = {"policy": store.policy, "when": when, "because": because(store, view)}
            found.setdefault(store.policy, view.say("policy.reason", facts))
        elif store.known and isinstance(store.wanted, SpanRule):
            facts = {"store": name(store, view), "because": because(store, view)}
            found[f"{store.engine} {store.subject}"] = view.say("policy.reason-store", facts)
    return list(found.values())


def because(store: Store, view: View) -> Safe:
    """Why so long; that nobody said, where nobody did."""
    return view.safe(store.because) if store.because else view.say("policy.no-reason")


def measured(stores: Iterable[Store], view: View) -> list[Safe]:
    """How growth was measured, store by store; and where nothing was."""
    known = [store for store in stores if store.known]
    found = [basis(store, view) for store in known if store.sizes.growth is not None]
    silent = sum(store.sizes.growth is None for store in known)
    return [*found, *([view.say("policy.unmeasured", {"count": silent})] if silent else [])]


def basis(store: Store, view: View) -> Safe:
    """Growth with what it was measured on, and the estimate and cost that rest on it."""
    own, language = store.sizes, view.language
    facts: dict[str, str | int] = {
        "store": name(store, view),
        "growth": own.growth or 0,
        "runs": own.runs,
        "date": units.day(own.since, view.zone, language),
        "later": units.size(own.projected, language),
    }
    shown = view.say("policy.growth-runs" if own.runs else "policy.growth-held", facts)
    if own.cost is None:
        return shown
    return view.join([shown, view.say("policy.cost", {"cost": _amount(own.cost, view)})], " ")


def needs(stores: Iterable[Store], view: View) -> list[Safe]:
    """What each kind of store is usually kept for; and that some kinds cannot be read."""
    kinds = list(dict.fromkeys(store.kind for store in stores))
    found = [view.say(f"policy.need.{kind}") for kind in kinds if view.knows(f"policy.need.{kind}")]
    dark = [store.engine for store in stores if not store.known]
    return [*found, *([view.say("policy.dark", {"engines": ", ".join(dark)})] if dark else [])]


def better(proposals: Iterable[Proposal], view: View) -> list[Safe]:
    """What to change, both rules and why; the same change of several stores is said once."""
    alike: dict[tuple[object, ...], list[Proposal]] = {}
    for each in proposals:
        same = (each.direction, each.code, each.before, each.wanted, each.parameters)
        alike.setdefault(same, []).append(each)
    return [_proposal(found, view) for found in alike.values()]


def _proposal(alike: Sequence[Proposal], view: View) -> Safe:
    found = alike[0]
    facts = {
        "store": view.join(name(each.store, view) for each in alike),
        "before": rule(found.before, view),
        "after": rule(found.wanted, view),
        "why": view.say(f"proposal.{found.code}", found.parameters),
    }
    return view.say(f"policy.{found.direction.value}", facts)


def _group(group: Sequence[Store], view: View) -> Iterator[str]:
    """The stores of one engine under one policy: their rule above, a line for each below."""
    first = group[0]
    facts = {
        "engine": first.engine,
        "kind": first.kind,
        "policy": first.policy,
        "rule": wanted(first, view),
        "covers": covers(first.reach, view),
    }
    if not first.known:
        yield from _paragraph([view.say("policy.group-dark", facts)], view)
        yield ""
        return
    samples = first.dialect is None
    code = "policy.group-samples" if samples else "policy.group"
    yield from _paragraph(
        [view.say(code if samples or first.policy else f"{code}-none", facts)], view
    )
    headers = [view.say(f"policy.column.{each}") for each in (STREAMS if samples else POINTS)]
    only = len(group) == 1
    rows = [_stream(each, view, only=only) if samples else _point(each, view) for each in group]
    yield from table.terminal(headers, rows, columns=view.width)
    yield ""


def _stream(store: Store, view: View, *, only: bool) -> list[str]:
    return [
        view.safe(store.subject) or view.say(f"policy.{'only-stream' if only else 'all-streams'}"),
        wanted(store, view),
        covers(store.reach, view),
        _since(store, view),
        sizes(store.sizes, view),
        status(store, view),
    ]


def _point(store: Store, view: View) -> list[str]:
    return [
        view.safe(store.subject),
        _since(store, view),
        _held(store, view),
        sizes(store.sizes, view),
        status(store, view),
    ]


def _since(store: Store, view: View) -> str:
    if store.oldest is None:
        return view.say("word.nothing" if store.held == 0 else "word.unknown")
    return units.day(store.oldest, view.zone, view.language)


def _held(store: Store, view: View) -> str:
    if store.held is None:
        return view.say("word.unknown")
    if not store.going:
        return str(store.held)
    return view.say("policy.held", {"held": store.held, "going": store.going})


def _listed(code: str, found: Sequence[str], view: View) -> Iterator[str]:
    if found:
        yield ""
        yield view.say(f"policy.head.{code}")
        yield from _paragraph(found, view, first="  - ", rest="    ")


def _paragraph(
    found: Iterable[str], view: View, *, first: str = "", rest: str = ""
) -> Iterator[str]:
    for each in found:
        yield from text.indent(each, first=first, rest=rest, columns=view.width)
