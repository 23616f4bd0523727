"""Where retention drifted: read from the ledger, the estate and the policy document, in no time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.expiry_rules import DIALECTS
from phoenix_dr.app.ground import store_state
from phoenix_dr.core.model import SAMPLE_KINDS, Estate, Policy, SpanRule
from phoenix_dr.core.retention_drift import Differs, Drift, Dropped, Expired, Short
from phoenix_dr.core.retention_need import needed_days, reach_of, said
from phoenix_dr.ledger import Kind

DOCUMENT = "retention-policy.md"
SUBJECT = "retention-policy"
"""Subject of the note that says for which policies the document was written."""
REMEMBERED = timedelta(days=30)
"""How long points that went too early stay a finding."""
FEWEST = 2
"""Points whose loss at one look may be a sudden drop; of a single one the asset says enough."""
LARGEST = 1 << 22
"""Bytes of the document that are searched for its digest."""
_DIGEST = re.compile(r"<!-- phoenix-retention: ([0-9a-f]{64}) -->")


def drift(ctx: Context) -> Drift:
    """What findings about retention are made from; starts nothing and lists no points."""
    expired = tuple(_expired(ctx))
    return Drift(
        document=_document(ctx, lost=bool(expired)),
        differs=tuple(_stores(ctx, pending=False)),
        pending=tuple(_stores(ctx, pending=True)),
        short=tuple(_short(ctx.estate)),
        expired=expired,
        dropped=tuple(_dropped(ctx)),
    )


# ---- The document -----------------------------------------------------------------------------


def document_path(estate: Estate) -> Path:
    """Where the retention policy is written."""
    return Path(estate.documents) / DOCUMENT


def policies_digest(estate: Estate) -> str:
    """A digest of every rule, its reason and what it is for; the document names it."""
    parts = (
        dict(estate.policies),
        {name: [spec.kind, codec.encode(spec.spans)] for name, spec in estate.engines.items()},
        {asset.id: asset.policy for asset in estate.assets()},
        {"timezone": estate.timezone},
    )
    text = "\n".join(codec.dumps(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_line(estate: Estate) -> str:
    """The comment in the document that says for which policies it was written."""
    return f"<!-- phoenix-retention: {policies_digest(estate)} -->"


def _document(ctx: Context, *, lost: bool) -> str:
    try:
        with document_path(ctx.estate).open(encoding="utf-8", errors="replace") as file:
            found = _DIGEST.search(file.read(LARGEST))
    except OSError:
        return "missing" if lost or _is_expected(ctx) else ""
    return "" if found and found[1] == policies_digest(ctx.estate) else "stale"


def _is_expected(ctx: Context) -> bool:
    """An estate that never used retention commands, and has no store besides, needs none."""
    kinds = {spec.kind for spec in ctx.estate.engines.values()}
    if kinds & {*SAMPLE_KINDS, "borg"}:
        return True
    return any(ctx.ledger.rows(kinds=(Kind.NOTE,), subject=SUBJECT, limit=1, newest_first=True))


# ---- Rules ------------------------------------------------------------------------------------


def rule_for(rules: Sequence[SpanRule] | None, stream: str) -> SpanRule | None:
    """The rule a stream follows: its own, else that of all others; None when nobody knows."""
    named = {rule.stream: rule for rule in rules or ()}
    found = named.get(stream) or named.get("")
    return replace(found, stream=stream) if found else None


def same(found: SpanRule | None, wanted: SpanRule | None) -> bool:
    """Whether two rules limit a stream alike, reasons aside; unknown is never the same."""
    if found is None or wanted is None:
        return False
    return (found.within, found.size) == (wanted.within, wanted.size)


def _stores(ctx: Context, *, pending: bool) -> Iterator[Differs]:
    """Streams whose rule in force is not the wanted one; or, `pending`, not the written one."""
    for spec in ctx.estate.engines.values():
        state = store_state(ctx, spec.id) if spec.kind in SAMPLE_KINDS else None
        if state is None or state.in_force is None:
            continue
        rules = (*spec.spans, *state.in_force, *(state.written or ()))
        for stream in dict.fromkeys(rule.stream for rule in rules):
            wanted, found = rule_for(spec.spans, stream), rule_for(state.in_force, stream)
            written = rule_for(state.written, stream)
            if pending and written is not None and not same(found, written):
                yield Differs(spec.id, stream, said(written), said(found))
            elif not pending and not same(found, wanted) and not same(written, wanted):
                yield Differs(spec.id, stream, said(wanted), said(found))


def _short(estate: Estate) -> Iterator[Short]:
    for policy in estate.policies.values():
        objectives = [
            service.objectives.rpo
            for service in estate.services.values()
            for asset in service.assets
            if asset.policy == policy.name and asset.has_data
        ]
        if objectives:
            yield from _shortest(estate, policy, needed_days(max(objectives)))


def _shortest(estate: Estate, policy: Policy, needed: int) -> Iterator[Short]:
    """The engine of a policy on which its rule reaches least, when that is too little."""
    if (policy.keep.daily or 0) >= needed:
        # So many days are kept whatever else the rule says; working it out takes time.
        return
    found: dict[int, str] = {}
    for place in policy.to:
        engine = place.split("/", 1)[0]
        if dialect := DIALECTS.get(estate.engines[engine].kind):
            reach = reach_of(policy.keep, expression=policy.schedule, dialect=dialect)
            if reach.days is not None and reach.days < needed:
                found.setdefault(reach.days, engine)
    if found:
        days = min(found)
        yield Short(policy.name, found[days], days, needed)


# ---- Points that went -------------------------------------------------------------------------


def _expired(ctx: Context) -> Iterator[Expired]:
    lanes: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in ctx.ledger.rows(kinds=(Kind.EXPIRED,), since=ctx.now() - REMEMBERED):
        value = row.value
        lanes.setdefault((value["engine"], value["asset"]), []).append(value)
    for (engine, asset), said_of in lanes.items():
        points = {point for each in said_of for point in _listed(each["points"])}
        since = min(datetime.fromisoformat(str(each["since"])) for each in said_of)
        until = max(datetime.fromisoformat(str(each["until"])) for each in said_of)
        yield Expired(engine, asset, len(points), since, until)


def _dropped(ctx: Context) -> Iterator[Dropped]:
    """Looks at which half of what an engine held was gone without a rule for it."""
    looks: dict[tuple[str, datetime], list[Mapping[str, object]]] = {}
    for row in ctx.ledger.rows(kinds=(Kind.EXPIRED,), since=ctx.now() - REMEMBERED):
        looks.setdefault((row.value["engine"], row.at), []).append(row.value)
    for (engine, at), said_of in looks.items():
        lost = sum(len(_listed(each["points"])) for each in said_of)
        held = max(_whole(each.get("of")) for each in said_of)
        if lost >= FEWEST and 2 * lost >= held > 0:
            yield Dropped(engine, lost, held, at)


def _whole(number: object) -> int:
    return number if isinstance(number, int) else 0


def _listed(points: object) -> list[str]:
    return [str(point) for point in points] if isinstance(points, list) else []
