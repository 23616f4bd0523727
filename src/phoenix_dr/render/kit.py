"""What was written into a kit, what it opened, and what a bunker drill found, in words."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.kit import Answer, BunkerReport, KitMade, KitProof
from phoenix_dr.render import drill, units
from phoenix_dr.render.audit_parts import reason_text
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import Safe, View

RECIPIENT = 72
"""Letters of a recipient that are shown; an RSA key has hundreds."""


def made(kit: KitMade, view: View) -> list[str]:
    """Files and pages written, for whom, and what is still to be done."""
    return [line for said in _made(kit, view) for line in _wrapped(said, view)]


def _made(kit: KitMade, view: View) -> Iterator[Safe]:
    for path in kit.files:
        facts: dict[str, str | int] = {"path": path, "size": kit.size, "count": len(kit.elements)}
        yield view.say("report.kit.made", facts)
    for recipient in kit.recipients:
        short = recipient if len(recipient) <= RECIPIENT else recipient[:RECIPIENT] + "…"
        yield view.say("report.kit.recipient", {"recipient": short})
    if kit.passphrase:
        yield view.say("report.kit.passphrase")
    if kit.shares:
        needed, of = kit.shares
        facts = {"needed": needed, "of": of, "subsets": kit.subsets}
        yield view.say("report.kit.shares", facts)
        yield view.say("report.kit.caveat")
    for path in kit.pages:
        yield view.say("report.kit.page", {"path": path})
    if kit.pages and not kit.pdf:
        yield view.say("report.kit.no-pdf")
    if kit.secret_pages:
        yield view.say("report.kit.delete-pages")
    yield view.say("report.kit.now-prove", {"path": kit.files[0]})


def proof(found: KitProof, view: View) -> list[str]:
    """Each element with what it opened, or why not."""
    lines = []
    if found.made_at:
        moment = units.moment(found.made_at, view.zone, view.language)
        lines.append(view.say("report.kit.opened", {"path": found.kit, "moment": Safe(moment)}))
    lines += [answer(each, view) for each in found.answers]
    proven = {each.key for each in found.proofs if each.ok}
    lines.append(view.say("report.kit.proved", {"count": len(proven)}))
    if any(not each.site for each in found.proofs):
        lines.append(view.say("report.kit.unplaced"))
    return [line for said in lines for line in _wrapped(said, view)]


def bunker(report: BunkerReport, view: View) -> list[str]:
    """What the kit lacks, or the drills as any other, and the verdict."""
    lines = [line for each in report.answers for line in _wrapped(answer(each, view), view)]
    lines += drill.lines(report.records, view)
    if report.daily:
        lines += _wrapped(view.say("report.bunker.daily"), view)
    facts = {"service": report.service, "kit": report.kit}
    verdict = view.say(f"report.bunker.{'good' if report.is_good else 'bad'}", facts)
    return [*lines, *_wrapped(verdict, view)]


def answer(each: Answer, view: View) -> Safe:
    """One element in words: OK, KO or not known."""
    return view.say("report.kit.line", {"element": each.element, "text": _text(each, view)})


def _text(each: Answer, view: View) -> Safe:
    own = f"kit.answer.{each.code}"
    if view.knows(own):
        return view.say(own, each.parameters)
    why = reason_text(each.code, dict(each.parameters), view=view)
    return view.say("kit.answer.unknown" if each.ok is None else "kit.answer.ko", {"why": why})


def _wrapped(said: Safe, view: View) -> list[str]:
    return indent(said, first="  ", rest="    ", columns=view.width)
