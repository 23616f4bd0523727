"""The retention policy as a Markdown file; what people write into it stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from phoenix_dr.core.retention_need import Proposal, Store
from phoenix_dr.render import retention, table, units
from phoenix_dr.render.plan_file import merge
from phoenix_dr.render.plan_lines import TITLE, Section
from phoenix_dr.render.view import View

COLUMNS = ("store", "rule", "covers", "reason", "size", "status")
_DIGEST = re.compile(r"^<!-- phoenix-retention: .*-->[ \t]*\n?", re.MULTILINE)


def update(
    existing: str,
    stores: Sequence[Store],
    proposals: Sequence[Proposal],
    *,
    stamp: tuple[str, str, datetime],
    view: View,
) -> str:
    """The file's new text. `stamp` is the estate's name, the digest comment, and now.

    Lines Phoenix wrote earlier are replaced, all others stay. Twice is the same as once.
    """
    page = view.for_markdown()
    sections = (
        _title(stamp, page),
        _section("retention-stores", _table(stores, page), page),
        _section("retention-reasons", _bullets(retention.reasons(stores, page)), page),
        _section("retention-sizes", _bullets(retention.measured(stores, page)), page),
        _section("retention-needs", _bullets(retention.needs(stores, page)), page),
        _section("retention-proposals", _proposals(proposals, page), page),
        _section("retention-words", [page.say("policy.words")], page),
    )
    return merge(_DIGEST.sub("", existing), sections, language=view.language)


def _title(stamp: tuple[str, str, datetime], view: View) -> Section:
    estate, digest, now = stamp
    facts = {"moment": units.moment(now, view.zone, view.language), "zone": str(view.zone)}
    lines = ("", digest, "", view.say("policy.intro", facts), "", view.say("policy.yours"))
    heading = view.say("policy.title", {"estate": estate})
    return Section(TITLE, f"# {heading}", tuple(map(str, lines)))


def _section(name: str, lines: Iterable[str], view: View) -> Section:
    heading = f"## {view.say(f'plan.section.{name}')}"
    return Section(f"section:{name}", heading, ("", *map(str, lines)))


def _table(stores: Sequence[Store], view: View) -> list[str]:
    if not stores:
        return [view.say("policy.no-store")]
    headers = [view.say(f"policy.column.{name}") for name in COLUMNS]
    rows = [_row(store, view) for store in stores]
    return [*table.markdown(headers, rows), "", view.say("policy.legend-file")]


def _row(store: Store, view: View) -> list[str]:
    nothing = view.say("word.nothing")
    has_rule = store.known and store.wanted is not None
    return [
        retention.name(store, view),
        retention.wanted(store, view),
        retention.covers(store.reach, view),
        retention.because(store, view) if has_rule else nothing,
        retention.sizes(store.sizes, view),
        retention.status(store, view),
    ]


def _bullets(found: Iterable[str]) -> list[str]:
    return [f"- {each}" for each in found]


def _proposals(found: Sequence[Proposal], view: View) -> list[str]:
    if not found:
        return [view.say("policy.no-proposal")]
    return _bullets(retention.better(found, view))
