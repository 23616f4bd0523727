"""What a round table over the estate needs to know beside the last audit."""

from __future__ import annotations

from phoenix_dr.app.context import Context
from phoenix_dr.core.model import AssetKind
from phoenix_dr.core.round_table import TableFacts
from phoenix_dr.ledger import Kind

REQUESTS = "request:"


def table_facts(ctx: Context) -> TableFacts:
    """What is described, and the state of the last request to each sibling.

    A context that keeps nothing is not made to open its ledger: then nothing is known to be asked.
    """
    kinds = [asset.kind for asset in ctx.estate.assets()]
    asked: dict[str, str] = {}
    if ctx.keeps:
        for row in ctx.ledger.rows(kinds=(Kind.NOTE,)):
            if row.subject.startswith(REQUESTS):
                asked[str(row.value.get("to"))] = str(row.value.get("state"))
    return TableFacts(
        guests=kinds.count(AssetKind.GUEST),
        claims=kinds.count(AssetKind.VOLUMES),
        keys=len(ctx.estate.keys),
        asked=asked,
    )
