"""An item of the menu at work: its commands for real, what came of them, and what shows it."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr.app import phases
from phoenix_dr.app.audit import last_audit
from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.menu import MenuItem
from phoenix_dr.core.modes import Mode
from phoenix_dr.core.reply import is_short
from phoenix_dr.render import phases as shown
from phoenix_dr.render import units
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.menu_items import (
    LONG_ALLOWED,
    PLANNING,
    Asked,
    Ran,
    commands_of,
    run_all,
)
from phoenix_dr.surfaces.cli.menu_talk import Talk, heard, say
from phoenix_dr.surfaces.cli.session import session, view

CARE = 3
"""The exit code of a command that worked and found something wrong."""
AUDIT, RESTORE = "AB", "TR"
REQUESTS = ("before-change", "--requests")
WHOLE = 10_000
"""A score without a loss, in thousandths."""


def work(talk: Talk, item: MenuItem, detail: str | None = None) -> None:
    """Run an item for real, say what came of it, and what comes next.

    Raises what loading the estate raises; a command that fails is said, not raised.
    """
    with session() as ctx:
        chosen = which(item, list(ctx.estate.services)) if detail is None else detail
        asked = commands_of(item, ctx, chosen)
        since = phases.begin(ctx)
    if asked.why:
        say(speech.t(f"menu.why.{asked.why}"))
        return
    talk.handover = _handing(asked) if item.code in PLANNING and talk.project else ()
    ran = run_all(asked, talk.given)
    said = "\n".join(each.said for each in ran if each.said)
    code = max((each.code for each in ran), default=0)
    before = len(talk.files)
    if item.code not in LONG_ALLOWED:
        said = _short(talk, item.code.lower(), said)
    judged = verdict(item, code)
    proof = _recorded(item, since, ran, talk.files[before:])
    talk.done.append(f"[{item.code}] {', '.join(_typed(each) for each in ran)} → {code}")
    talk.done.append(proof)
    following = [speech.t(f"menu.next.{item.code}")]
    following += [speech.t("menu.hand-over")] if talk.handover else []
    say("\n".join((said, judged, proof, *following)))


def propose(talk: Talk, item: MenuItem) -> None:
    """Say what an item would do, and wait for leave; reads the estate, writes nothing."""
    with session(keeps=False) as ctx:
        chosen = which(item, list(ctx.estate.services))
        asked = commands_of(item, ctx, chosen)
        facts = {
            "engines": ", ".join(ctx.estate.engines) or "–",
            "documents": str(ctx.estate.documents),
            "state": str(ctx.settings.state_dir),
            "service": chosen,
        }
    if asked.why:
        say(speech.t(f"menu.why.{asked.why}"))
        return
    talk.proposed = (item, chosen)
    commands = "\n".join(f"  phoenix {' '.join(words)}" for words in asked.commands)
    say("\n".join((speech.t(f"menu.would.{item.code}", **facts), commands, speech.t("menu.leave"))))


def verdict(item: MenuItem, code: int) -> str:
    """What may be said of a run: more than the exit code shows is never claimed."""
    if code == 0 and item.code == AUDIT:
        return _audited()
    if code == 0:
        return speech.t(f"menu.verdict.{item.code}")
    return speech.t("menu.verdict.care" if code == CARE else "menu.verdict.failed", code=code)


def _audited() -> str:
    with session() as ctx:
        report = last_audit(ctx.settings.state_dir)
    score = units.points(report.score.milli)
    found = report.open_findings
    code = "menu.verdict.found" if found or report.score.milli < WHOLE else "menu.verdict.AB"
    return speech.t(code, count=found, score=score)


def answer_requests(talk: Talk) -> None:
    """Answer the project's open requests with evidence, and say what was checked off."""
    ran = run_all(Asked((REQUESTS,)), talk.given)[0]
    talk.done.append(f"{_typed(ran)} → {ran.code}")
    say(_short(talk, "requests", ran.said))


def hand_over(talk: Talk) -> None:
    """Write what was planned for the sibling who applies it, and ask them in the memory.

    In PLAN mode the commands are named and nothing is written.
    """
    if talk.mode is Mode.PLAN:
        say("\n".join(f"  phoenix {' '.join(words)}" for words in talk.handover))
        return
    before = talk.project.asked() if talk.project else ()
    ran = run_all(Asked(talk.handover), talk.given)
    code = max(each.code for each in ran)
    asked = [one for one in (talk.project.asked() if talk.project else ()) if one not in before]
    talk.done += [f"{_typed(each)} → {each.code}" for each in ran]
    said = _short(talk, "handoff", "\n".join(each.said for each in ran if each.said))
    ended = [] if code in (0, CARE) else [speech.t("menu.verdict.failed", code=code)]
    say("\n".join((said, *(speech.t("menu.asked", request=one) for one in asked), *ended)))


def _handing(asked: Asked) -> tuple[tuple[str, ...], ...]:
    with session(keeps=False) as ctx:
        folder = str(Path(ctx.estate.documents) / "handoff")
    return tuple((*words, "--handoff", folder) for words in asked.commands)


def which(item: MenuItem, names: list[str]) -> str:
    """The service to restore, asked for; the first one when only Enter is pressed."""
    if item.code != RESTORE or not names:
        return ""
    asked = speech.t("menu.service", known=", ".join(names))
    return (heard(f"{asked} [{names[0]}]", names[0]) or names[0]).strip()


def _short(talk: Talk, name: str, said: str) -> str:
    """An answer that may be said as it is; a longer one is written down, and its path said."""
    if is_short(said):
        return said
    with session() as ctx:
        at = ctx.now().astimezone(view(ctx).zone)
        path = Path(ctx.estate.documents) / "menu" / f"{name}-{at:%Y-%m-%d-%H%M}.txt"
    write_atomically(path, said + "\n", mode=0o644)
    talk.files.append(str(path))
    return speech.t("menu.written", path=str(path))


def _recorded(item: MenuItem, since: phases.Begin, ran: tuple[Ran, ...], files: list[str]) -> str:
    plans = tuple(f"{_typed(each)} → {each.code}" for each in ran) if item.code in PLANNING else ()
    with session() as ctx:
        made = phases.record(ctx, item.code, since, phases.Left(plans, tuple(files)))
        return shown.line(made, view(ctx))


def _typed(ran: Ran) -> str:
    return f"phoenix {' '.join(ran.words)}"
