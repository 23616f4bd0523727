"""Who holds which key, where the copies are, and when one last opened something."""

from __future__ import annotations

from collections.abc import Sequence

from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.report import KeyCustody
from phoenix_dr.render import audit_parts, table, units
from phoenix_dr.render.view import View

COLUMNS = ("name", "fingerprint", "opens", "assets", "copies", "off-site", "proved")


def terminal(keys: Sequence[KeyCustody], view: View) -> str:
    """The custody table on a terminal."""
    if not keys:
        return view.say("report.key.none") + "\n"
    rows = [_row(key, view) for key in keys]
    return "\n".join(table.terminal(_headers(view), rows, columns=view.width)) + "\n"


def markdown(keys: Sequence[KeyCustody], view: View) -> list[str]:
    """The custody table for a file; never a secret, names and fingerprints only."""
    if not keys:
        return [str(view.say("report.key.none"))]
    return table.markdown(_headers(view), [_row(key, view) for key in keys])


def proof(found: KeyProof, view: View) -> str:
    """What `keys prove` says: the named copy opened something, or did not."""
    facts = {"place": found.place, "opened": found.opened}
    if found.simulated:
        facts["place"] = view.say("word.simulated-place", {"place": found.place})
    return view.say("report.key.opened" if found.ok else "report.key.refused", facts)


def places(key: KeyCustody, view: View) -> str:
    """Where the copies of a key are."""
    shown = [view.say("report.key.copy", {"place": p, "site": s}) for p, s in key.copies]
    shown += [view.say("graph.uncounted", {"place": p, "site": s}) for p, s in key.behind_itself]
    return view.join(shown) or view.say("plan.no-copy")


def _headers(view: View) -> list[str]:
    return [view.say(f"report.key.column.{name}") for name in COLUMNS]


def _row(key: KeyCustody, view: View) -> list[str]:
    nothing = view.say("word.nothing")
    return [
        view.safe(key.name),
        view.safe(key.fingerprint) or view.say("word.unknown"),
        view.join(key.opens) or nothing,
        view.join(key.assets) or nothing,
        places(key, view),
        audit_parts.answer(key.off_site, view),
        _proved(key, view),
    ]


def _proved(key: KeyCustody, view: View) -> str:
    if key.proved_at is None:
        return view.say("word.never")
    facts = {
        "date": units.day(key.proved_at, view.zone, view.language),
        "result": view.say("word.ko" if key.last_proof_ok is False else "word.ok"),
        "place": key.proved_place or view.say("word.unknown"),
    }
    return view.say("report.key.proved", facts)
