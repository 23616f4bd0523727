"""Keys found on this machine, and the SOPS files each age recipient opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from phoenix_dr.core.keys_found import FoundKey, KeysFound, only_with, opened_by, recipients_of
from phoenix_dr.render import table, units
from phoenix_dr.render.view import View

COLUMNS = ("kind", "path", "fingerprint", "mode", "phrase", "changed", "git")
UNSEEN_SHOWN = 20


def lines(found: KeysFound, fingerprints: Mapping[str, str], view: View) -> Iterator[str]:
    """The table, SOPS files by recipient with the name of the key, and what was not looked at."""
    moment = units.moment(found.looked_at, view.zone, view.language)
    yield view.say("found.title", {"moment": moment})
    if found.keys:
        headers = [view.say(f"found.column.{name}") for name in COLUMNS]
        rows = [_row(key, view) for key in found.keys]
        yield from table.terminal(headers, rows, columns=view.width)
        yield view.say("found.changed-note")
    else:
        yield view.say("found.none")
    if found.sops:
        yield ""
        yield from _sops(found, fingerprints, view)
    if found.unseen:
        yield ""
        yield view.say("found.unseen")
        for spot in found.unseen[:UNSEEN_SHOWN]:
            facts: dict[str, str | int] = {"path": spot.path, "count": spot.count}
            yield "  " + view.say(f"unseen.{spot.reason}", facts)


def summary(found: KeysFound, view: View) -> str:
    """One line: when the last look was, and how much it found."""
    facts: dict[str, str | int] = {
        "moment": units.moment(found.looked_at, view.zone, view.language),
        "keys": len(found.keys),
        "files": len(found.sops),
    }
    return view.say("found.summary", facts)


def _sops(found: KeysFound, fingerprints: Mapping[str, str], view: View) -> Iterator[str]:
    yield view.say("found.sops-files", {"files": len(found.sops)})
    names = {mark: name for name, marks in fingerprints.items() for mark in recipients_of(marks)}
    listed = dict.fromkeys(mark for each in found.sops for mark in each.recipients)
    for mark in listed:
        one = frozenset({mark})
        facts: dict[str, str | int] = {
            "recipient": mark,
            "key": view.safe(names[mark]) if mark in names else view.say("found.sops-unknown"),
            "files": len(opened_by(found.sops, one)),
            "alone": len(only_with(found.sops, one)),
        }
        yield view.say("found.sops-recipient", facts)


def _row(key: FoundKey, view: View) -> list[str]:
    path = {"path": key.path, "real": key.real}
    mode = {"mode": f"{key.mode:04o}", "owner": key.owner}
    changed = units.day(key.changed_at, view.zone, view.language) if key.changed_at else ""
    return [
        view.say(f"found.kind.{key.kind.value}"),
        view.say("found.through", path) if key.real else view.safe(key.path),
        view.safe(key.fingerprint) or view.say("word.nothing"),
        view.say("found.exposed" if key.exposed else "found.mode", mode),
        _answer(key.locked, view),
        changed or view.say("word.unknown"),
        _answer(key.in_git, view) if key.in_git is not None else view.say("word.nothing"),
    ]


def _answer(value: bool | None, view: View) -> str:
    if value is None:
        return view.say("word.unknown")
    return view.say("word.yes" if value else "word.no")
