"""What a drill found: phases, measured RTO, level, OK or KO, and each check in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core.evidence import CheckResult, DrillRecord
from phoenix_dr.render import table, units
from phoenix_dr.render.audit_parts import reason_text
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import Safe, View

_INDENT = "          "
_REST = _INDENT + "  "


def lines(records: Sequence[DrillRecord], view: View) -> tuple[str, ...]:
    """Two lines or more per service: the measured phases and the verdict, then the checks."""
    services: dict[tuple[str, str], list[DrillRecord]] = {}
    for record in records:
        services.setdefault((record.run, record.service), []).append(record)
    heads = table.plain([_head(group, view) for group in services.values()])
    shown: list[str] = []
    for head, group in zip(heads, services.values(), strict=True):
        shown.append(f"  {head}")
        for details in _details(group, view):
            shown += indent(details, first=_INDENT, rest=_REST, columns=view.width)
    return tuple(shown)


def twin(record: DrillRecord, view: View) -> tuple[str, str]:
    """The drill of a corrupted copy: caught (good) or missed (its results prove nothing)."""
    if record.ok:
        return str(view.say("report.drill.twin-missed")), ""
    phase = record.phases[-1].name if record.phases else "fetch"
    failing = [check_text(check, view) for check in record.checks if check.ok is False]
    facts = {
        "phase": _phase(phase, view),
        "why": view.join(failing, " · ") or view.say("word.ko"),
    }
    caught = view.say("report.drill.twin-caught", facts)
    return str(caught), str(view.say("report.drill.twin-good"))


def rto(seconds: float, view: View) -> str:
    """`measured RTO = 1.7 s`, in the seed's words."""
    return view.say("report.drill.rto", {"duration": units.duration(seconds, view.language)})


def check_text(check: CheckResult, view: View) -> Safe:
    """One check in words; a skipped one says so."""
    outcome = {True: "ok", False: "ko", None: "skipped"}[check.ok]
    return view.say(f"check.{check.code}.{outcome}", check.parameters)


def _head(group: Sequence[DrillRecord], view: View) -> list[str]:
    seconds: dict[str, float] = {}
    for phase in (phase for record in group for phase in record.phases):
        seconds[phase.name] = seconds.get(phase.name, 0.0) + phase.seconds
    phases = [
        Safe(f"{_phase(name, view)} {units.seconds(spent, view.language)}")
        for name, spent in seconds.items()
    ]
    passed = all(record.ok for record in group)
    return [
        view.safe(group[0].service),
        view.join(phases, "  "),
        rto(sum(seconds.values()), view),
        _levels(group, view),
        view.say("word.ok" if passed else "word.ko"),
    ]


def _levels(group: Sequence[DrillRecord], view: View) -> str:
    """`L5`, or `L3–L5` when the assets of a service reached different levels."""
    reached = sorted({int(record.level) for record in group})
    return "–".join(
        view.say("report.drill.level", {"level": level}) for level in reached[:1] + reached[1:][-1:]
    )


def _phase(name: str, view: View) -> Safe:
    code = f"word.phase.{name}"
    return view.say(code) if view.knows(code) else view.safe(name)


def _details(group: Sequence[DrillRecord], view: View) -> Iterator[str]:
    """One line per asset, then where it all came from."""
    for record in group:
        notes = view.join(_notes(record, view), " · ")
        if len(group) == 1:
            yield notes
            continue
        name = view.safe(record.asset.split("/", 1)[-1])
        yield view.say("list.named", {"name": name, "text": notes})
    for location in dict.fromkeys(record.location for record in group):
        oldest = min(record.taken_at for record in group if record.location == location)
        moment = Safe(units.moment(oldest, view.zone, view.language))
        yield view.say("report.drill.from", {"place": view.place(location), "moment": moment})


def _notes(record: DrillRecord, view: View) -> Iterator[str]:
    failed_first = sorted(record.checks, key=lambda check: check.ok is not False)
    for check in failed_first:
        said = _with_reason(check_text(check, view), check, view)
        yield _with_loss(said, record, view) if check.code == "canary" and check.ok else said
    if not record.checks:
        yield view.say("report.drill.no-check")
    if record.dirty:
        yield view.say("report.drill.dirty")
    if not record.isolated:
        yield view.say("report.drill.not-isolated")


def _with_reason(said: Safe, check: CheckResult, view: View) -> Safe:
    """A check that failed by an error says which: a wrong password is not a damaged copy."""
    facts = dict(check.parameters)
    if check.ok is not False or "error" not in facts:
        return said
    reason = reason_text(str(facts["error"]), facts, view=view)
    return view.say("list.named", {"name": said, "text": reason})


def _with_loss(said: Safe, record: DrillRecord, view: View) -> Safe:
    if record.data_age is None:
        return said
    lost = {"duration": units.duration(record.data_age, view.language)}
    return Safe(f"{said} → {view.say('report.drill.data-lost', lost)}")
