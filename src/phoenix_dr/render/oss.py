"""The tools of others against a need: the verdict first, its reasons, the facts of each tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from phoenix_dr.core.oss import Comparison, Need, Reason, Row, Verdict
from phoenix_dr.core.oss_decisions import Choice
from phoenix_dr.core.oss_tools import BY_ID, TOOLS, Tool
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View, say

SIGNS = {True: "+", None: "~", False: "-"}
_OF_VERDICT = {Verdict.FITS: "+", Verdict.CONDITION: "~", Verdict.NO: "-"}
SHOWN = 4
"""Assets that are named; more are counted."""

Sources = Mapping[str, tuple[str, ...]] | None
"""Lines of a project's own references by tool; None when it has none."""


def details(parts: Iterable[Comparison], view: View, sources: Sources) -> Iterator[str]:
    """Every tool with every reason, kind by kind; what does not fit in one line."""
    for part in parts:
        yield _head(part, view)
        for row in part.rows:
            if row.verdict is Verdict.NO:
                yield from _said(f"- {_refused(row, view)}", view, 2)
                continue
            yield f"  {_OF_VERDICT[row.verdict]} {_title(row, view)}"
            for reason in row.reasons:
                yield from _said(f"{SIGNS[reason.speaks]} {_reason(reason, view)}", view, 6)
            yield from _said(_facts(row.tool, view), view, 6)
            for line in (sources or {}).get(row.tool.id, ()):
                yield from _said(view.say("oss.source", {"line": line}), view, 6)


def overview(parts: Iterable[Comparison], view: View) -> Iterator[str]:
    """For each kind the tools by verdict, without their reasons."""
    for part in parts:
        yield _head(part, view)
        for verdict in Verdict:
            rows = [row for row in part.rows if row.verdict is verdict]
            if rows:
                said = view.join(_short(row, view) for row in rows)
                line = view.say(f"oss.row.{verdict.value}", {"tools": said})
                yield from _said(f"{_OF_VERDICT[verdict]} {line}", view, 2)


def closing(need: Need, decided: Choice | None, view: View) -> Iterator[str]:
    """What was decided before, or how to decide; the comparison itself writes nothing."""
    name = need.key.removeprefix("*/")
    stated = [each for _, assets in need.parts for each in assets if each.decision]
    for each in stated[:SHOWN]:
        said = {"asset": each.id, "because": each.decision}
        yield from _said(view.say("oss.stated", said), view, 0)
    if decided is not None:
        facts = {"tool": name_of(decided.tool, view), "because": decided.because}
        yield from _said(view.say("oss.decided", facts), view, 0)
    elif need.key == "*":
        yield from _said(view.say("oss.more"), view, 0)
    elif not stated:
        yield view.say("oss.undecided")
        # To be copied into a shell: never cut.
        yield f"  phoenix oss compare {view.safe(name)} --decide {view.say('oss.how')}"


def kept(choice: Choice, view: View, *, new: bool, log: str | None, logged: bool) -> Iterator[str]:
    """Where a choice is kept now; `log` is the project's decisions log, None outside a project."""
    facts = {"tool": name_of(choice.tool, view), "need": choice.need}
    yield from _said(view.say("oss.kept" if new else "oss.kept-already", facts), view, 0)
    if log is None:
        yield view.say("oss.no-project")
        return
    told: dict[str, str | int] = {"path": log, "count": len(choice.refused)}
    # A path is never cut.
    yield view.say("oss.logged" if logged else "oss.logged-already", told)


def places(off_site: tuple[str, ...], view: View) -> Iterator[str]:
    """Where this estate keeps copies at another site."""
    named = view.join(view.place(each) for each in off_site)
    code = "oss.off-site" if off_site else "oss.off-site-none"
    yield from _said(view.say(code, {"places": named}), view, 0)


def unavailable(view: View) -> str:
    """That the project has no references of its own."""
    return view.say("oss.no-references")


def refusals(parts: Iterable[Comparison], taken: str, language: str) -> tuple[str, ...]:
    """Each tool that was not taken, with the first reason against it, if any."""
    rows = [row for part in parts for row in part.rows]
    found = []
    for tool in TOOLS:
        if tool.id == taken:
            continue
        mine = [row for row in rows if row.tool.id == tool.id]
        reason = next((row.decisive for row in mine if row.decisive is not None), None)
        code = f"oss.reason.{reason.code}" if reason else "oss.also"
        said = say(language, code, dict(reason.parameters) if reason else {})
        found.append(f"{tool.name} ({said})")
    return tuple(found)


def name_of(tool: str, view: View) -> str:
    """How a tool is called, `custom` included."""
    known = BY_ID.get(tool)
    return known.name if known else view.say("oss.custom")


def _head(part: Comparison, view: View) -> str:
    kind = view.say(f"oss.kind.{part.kind.value}")
    if not part.assets:
        return view.say("oss.head-empty", {"kind": kind})
    named = view.join(part.assets[:SHOWN])
    left = len(part.assets) - SHOWN
    more = view.say("oss.and-more", {"count": left}) if left > 0 else ""
    said = view.say("oss.head", {"kind": kind, "assets": f"{named}{more}"})
    return "\n".join(indent(said, first="", rest="  ", columns=view.width))


def _title(row: Row, view: View) -> str:
    said = view.say(f"oss.verdict.{row.verdict.value}")
    return view.say("oss.title", {"tool": row.tool.name, "verdict": said})


def _refused(row: Row, view: View) -> str:
    said = _reason(row.reasons[0], view)
    return view.say("oss.refused", {"tool": row.tool.name, "reason": said})


def _short(row: Row, view: View) -> str:
    if not row.serves:
        return row.tool.name
    return view.say("oss.in-use", {"tool": row.tool.name})


def _reason(reason: Reason, view: View) -> str:
    return view.say(f"oss.reason.{reason.code}", dict(reason.parameters))


def _facts(tool: Tool, view: View) -> str:
    single = {True: "yes", False: "no", None: "by-hand"}[tool.single]
    told = [
        view.say("oss.fact.to", {"places": view.join(
            view.say(f"oss.reach.{each.value}") for each in tool.reaches)}),
        view.say("oss.fact.dedup" if tool.dedup else "oss.fact.whole"),
        view.say(f"oss.fact.single-{single}"),
        view.say(f"oss.fact.{'' if tool.verify else 'no-'}verify", {"command": tool.verify}),
        tool.licence,
    ]  # fmt: skip
    return view.join(told, " · ")


def _said(line: str, view: View, depth: int) -> list[str]:
    first = " " * depth
    rest = first + ("  " if depth else "")
    return indent(line, first=first, rest=rest, columns=view.width)
