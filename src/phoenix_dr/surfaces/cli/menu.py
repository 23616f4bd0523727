"""`phoenix menu`: greets, shows what can be done, and waits."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr.app.chat import answer
from phoenix_dr.app.context import utc_now
from phoenix_dr.app.project import project
from phoenix_dr.core.menu import MenuItem, Route, route, words
from phoenix_dr.core.modes import Mode, is_approval, mode_said
from phoenix_dr.core.reply import cut
from phoenix_dr.errors import PhoenixError
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, invocation, report_error
from phoenix_dr.surfaces.cli.menu_greeting import greeting, inbox
from phoenix_dr.surfaces.cli.menu_table import hold
from phoenix_dr.surfaces.cli.menu_talk import Talk, end, heard, items, named, say
from phoenix_dr.surfaces.cli.menu_think import weigh
from phoenix_dr.surfaces.cli.menu_work import answer_requests, hand_over, propose, work
from phoenix_dr.surfaces.cli.session import session, view

UNKNOWN = "Non reconnu"
"""Said in every language, as the agent's definition wants it."""
LEAVE, TALK, SHOW, TABLE = "DA", "CH", "MH", "PM"
HAND_OVER = frozenset({"remettre", "remets", "transmettre", "handoff", "hand-over"})
"""Words that hand over what was planned just before."""
REQUESTS = frozenset({"demande", "demandes", "requete", "requetes", "request", "requests", "inbox"})
"""Words that ask for the answers to the inbox; no item of the menu is meant by them."""


@command("menu")
def menu() -> int:
    here = project(Path.cwd())
    given = invocation()
    if here and here.settings.language and not given.language_asked:
        speech.speak(here.settings.language)
        # The project's word for talking stands before the estate's.
        given.language_asked = True
    talk = Talk(here, given, utc_now(), asked_before=here.asked() if here else ())
    say(greeting(here))
    while (line := heard()) is not None:
        try:
            if not _goes_on(talk, line):
                break
        except PhoenixError as error:
            report_error(error)
    end(talk)
    return 0


def _goes_on(talk: Talk, line: str) -> bool:
    """Answer one line; False when it was the last."""
    proposed, talk.proposed = talk.proposed, None
    asked, line = mode_said(line)
    if asked is not None:
        talk.mode = asked
    if proposed and ((asked is Mode.ACT and not line) or is_approval(line)):
        talk.mode = Mode.ACT
        work(talk, *proposed)
        return True
    if proposed and asked is None and route(line) == Route():
        say(speech.t("menu.dropped"))
        return True
    if talk.mode is Mode.THINK:
        talk.mode = Mode.ACT
        weigh(talk)
        return True
    if asked is not None and not line:
        say(speech.t(f"menu.mode.{asked.value}"))
        return True
    return _answered(talk, line)


def _answered(talk: Talk, line: str) -> bool:
    meant = route(line)
    item = meant.item
    if talk.talking and not (item and item.code in (SHOW, LEAVE)):
        with session(keeps=talk.mode is not Mode.PLAN) as ctx:
            say(cut(answer(ctx, line, view(ctx))))
        return True
    if item is None and talk.handover and set(words(line)) & HAND_OVER:
        hand_over(talk)
        return True
    if item is None and talk.project and set(words(line)) & REQUESTS:
        if talk.mode is Mode.PLAN:
            say("\n".join(inbox(talk.project)))
        else:
            answer_requests(talk)
        return True
    if item is not None:
        return _chosen(talk, item)
    if meant.candidates:
        say("\n".join((speech.t("menu.which"), *(f"  {named(e)}" for e in meant.candidates))))
    else:
        say(UNKNOWN)
    return True


def _chosen(talk: Talk, item: MenuItem) -> bool:
    """Do what an item is for; False when it is to leave."""
    talk.talking = item.code == TALK
    if item.code == SHOW:
        say(items())
    elif item.code == TALK:
        say(speech.t("menu.open.CH"))
    elif item.code == TABLE:
        decided = hold(talk.project, logs=talk.mode is not Mode.PLAN)
        talk.done += [f"[PM] {decided}"] if decided else []
    elif item.code != LEAVE:
        (propose if talk.mode is Mode.PLAN else work)(talk, item)
    return item.code != LEAVE
