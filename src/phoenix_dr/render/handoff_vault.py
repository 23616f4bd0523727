"""The conformity sheet handed to Vault: a page, the same as JSON, and the line that asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.core.vault import CopyHeld, KeyHeld, Point, Sheet, Showing
from phoenix_dr.render import audit_parts, table, units
from phoenix_dr.render.vault_schema import FORMAT, MADE_BY, schema
from phoenix_dr.render.view import View

PAGE, DATA, SCHEMA = "README.md", "conformity.json", "conformity.schema.json"
POINTS = ("demand", "state", "evidence", "when")
KEYS = ("name", "kind", "fingerprint", "opens", "services")
COPIES = ("key", "place", "site", "away", "proof", "when")


def files(sheet: Sheet, view: View) -> dict[str, str]:
    """Every file of the folder, by name."""
    return {
        PAGE: page(sheet, view),
        DATA: _json(document(sheet, view)),
        SCHEMA: _json(schema()),
    }


def document(sheet: Sheet, view: View) -> dict[str, Any]:
    """The sheet as JSON values; `vault_schema.schema` says what may stand in it."""
    return {
        "made_by": MADE_BY,
        "format": FORMAT,
        "estate": sheet.estate,
        "made_at": _moment(sheet.made_at),
        "ledger_head": sheet.ledger_head,
        "keys": [_key(key) for key in sheet.keys],
        "points": [
            {
                "id": point.id,
                "code": point.code,
                "subject": point.subject,
                "demand": str(demand(point, view)),
                "state": point.state.value,
                "evidence": str(evidence(point, view)),
                "at": _moment(point.at),
            }
            for point in sheet.points
        ],
        "circles": [
            {
                "key": circle.key,
                "place": circle.place,
                "site": circle.site,
                "locked": circle.locked,
                "path": [circle.inside, *(link.name for link in circle.path)],
            }
            for circle in sheet.circles
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "subject": finding.subject,
                "text": str(audit_parts.finding_text(finding, view)),
            }
            for finding in sheet.findings
        ],
    }


def page(sheet: Sheet, view: View) -> str:
    """The sheet for people, in the language of the view."""
    seen = view.for_markdown()
    title = seen.say("vault.title", {"estate": sheet.estate})
    lines = [f"# {title}", "", f"<!-- {view.say('vault.head')} -->", "", seen.say("vault.intro")]
    at = units.moment(sheet.made_at, view.zone, view.language)
    lines += ["", seen.say("vault.made", {"at": at, "head": sheet.ledger_head}), ""]
    for name, part in (
        ("points", _points(sheet.points, seen)),
        ("keys", _keys(sheet.keys, seen)),
        ("copies", _copies(sheet.keys, seen)),
        ("circles", _circles(sheet, seen)),
        ("findings", (f"- {audit_parts.finding_text(each, seen)}" for each in sheet.findings)),
        ("verify", _verify(seen)),
    ):
        body = list(part) or [seen.say("vault.none")]
        lines += [f"## {seen.say(f'vault.heading.{name}')}", "", *body, ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def demand(point: Point, view: View) -> str:
    """What Vault is asked to validate."""
    return view.say(f"vault.point.{point.code}", {"subject": point.subject})


def evidence(point: Point, view: View) -> str:
    """What Phoenix has to show for it."""
    return view.say(f"vault.evidence.{point.evidence}", point.parameters)


def counted(points: Iterable[Point]) -> dict[str, str | int]:
    """How many points are in each state."""
    states = [point.state for point in points]
    return {
        "shown": states.count(Showing.SHOWN),
        "missing": states.count(Showing.NOT_SHOWN),
        "unknown": states.count(Showing.UNKNOWN),
    }


def request(folder: str, points: Iterable[Point], digest: str, *, view: View) -> str:
    """What is asked of Vault, in one line: numbers and the sheet's place."""
    facts: dict[str, str | int] = {
        "path": f"{folder}/{PAGE}", "digest": digest, "count": len(tuple(points)),
    }  # fmt: skip
    return view.say("vault.request", facts)


def _points(points: Iterable[Point], view: View) -> Iterator[str]:
    listed = tuple(points)
    yield view.say("vault.counted", counted(listed))
    yield ""
    rows = [
        [
            demand(point, view),
            view.say(f"vault.state.{point.state}"),
            evidence(point, view),
            _when(point.at, view),
        ]
        for point in listed
    ]
    yield from table.markdown(_headers("point", POINTS, view), rows)


def _keys(keys: Iterable[KeyHeld], view: View) -> Iterator[str]:
    nothing = view.say("word.nothing")
    rows = [
        [
            view.safe(key.name),
            view.say(f"vault.kind.{key.form}"),
            view.safe(key.fingerprint) or view.say("vault.no-fingerprint"),
            view.join(key.opens) or nothing,
            view.join(key.services) or nothing,
        ]
        for key in keys
    ]
    if rows:
        yield from table.markdown(_headers("key", KEYS, view), rows)


def _copies(keys: Iterable[KeyHeld], view: View) -> Iterator[str]:
    rows = [
        [
            view.safe(key.name),
            view.safe(copy.place),
            view.safe(copy.site),
            view.say("vault.uncounted") if not copy.counts
            else audit_parts.answer(copy.off_site, view),
            view.say(f"vault.proof.{_proof(copy)}"),
            _when(copy.tried_at, view),
        ]
        for key in keys
        for copy in key.copies
    ]  # fmt: skip
    if rows:
        yield from table.markdown(_headers("copy", COPIES, view), rows)


def _circles(sheet: Sheet, view: View) -> Iterator[str]:
    for circle in sheet.circles:
        path = view.join((circle.place, *(link.name for link in circle.path)), " → ")
        yield f"- {view.safe(circle.key)}: {path}"


def _verify(view: View) -> Iterator[str]:
    yield from (view.say("vault.closing"), "", "```sh")
    yield from (
        "phoenix keys find",
        "phoenix keys prove",
        "phoenix keys kit --to RECIPIENT --out kit.age",
        "phoenix keys prove --kit kit.age --identity file:ESCROWED",
        "phoenix drill bunker --kit kit.age --identity file:ESCROWED",
        "phoenix audit",
        "```",
    )


def _headers(of: str, names: Iterable[str], view: View) -> list[str]:
    return [view.say(f"vault.column.{of}.{name}") for name in names]


def _when(at: datetime | None, view: View) -> str:
    return units.day(at, view.zone, view.language) if at else view.say("word.nothing")


def _key(key: KeyHeld) -> dict[str, Any]:
    return {
        "name": key.name,
        "kind": key.form.value,
        "fingerprint": key.fingerprint or None,
        "opens": list(key.opens),
        "assets": list(key.assets),
        "services": list(key.services),
        "sops_files": key.files,
        "copies": [
            {
                "place": copy.place,
                "site": copy.site,
                "inside": copy.inside or None,
                "counts": copy.counts,
                "off_site": copy.off_site,
                "last_proof": _proof(copy),
                "tried_at": _moment(copy.tried_at),
                "proved_at": _moment(copy.proved_at),
                "simulated": copy.simulated,
            }
            for copy in key.copies
        ],
    }


def _proof(copy: CopyHeld) -> str:
    return "never" if copy.ok is None else "opened" if copy.ok else "refused"


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
