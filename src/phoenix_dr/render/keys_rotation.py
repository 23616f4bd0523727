"""How to change a key, in order, as lines a person types; Phoenix runs none of them."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.rotation import Change, Rotation
from phoenix_dr.render.text import indent, shell, width
from phoenix_dr.render.view import View

COMMANDS = {
    "restic": ("restic -r {repository} key add", "restic -r {repository} key list"),
    "borg": ("borg key change-passphrase {repository}",),
}


def lines(made: Rotation, view: View) -> Iterator[str]:
    """Title, steps, what the old key still opens, and the request line."""
    facts = {"key": made.key, "fingerprint": made.fingerprint or view.say("word.nothing")}
    yield view.say("rotation.title", facts)
    yield from _folded(view.say("rotation.never"), view)
    yield ""
    for number, (head, commands) in enumerate(_steps(made, view), 1):
        yield from _folded(f"{number}. {head}", view, rest="   ")
        yield from (f"   {command}" for command in commands)
    yield ""
    yield from _folded(view.say("rotation.still"), view)
    for old in made.still:
        facts = {"name": old.name, "site": old.detail}
        yield from _folded("  - " + view.say(f"rotation.old.{old.kind}", facts), view, rest="    ")
    yield ""
    yield request(made, view)


def request(made: Rotation, view: View) -> str:
    """The line for whoever looks after keys: fingerprints and numbers, never content."""
    facts: dict[str, str | int] = {
        "key": made.key,
        "fingerprint": made.fingerprint or made.key,
        "files": len(made.files),
        "repositories": len(made.changes),
        "copies": sum(old.kind == "copy" for old in made.still),
    }
    return view.say("rotation.request", facts)


def _steps(made: Rotation, view: View) -> Iterator[tuple[str, list[str]]]:
    age = bool(made.fingerprint)
    yield view.say("rotation.make"), ["age-keygen -o NEW.txt"] if age else []
    yield view.say("rotation.copies"), []
    if made.rules:
        yield view.say("rotation.rules"), [shell(path) for path in made.rules]
    if made.files:
        said = view.say("rotation.files", {"files": len(made.files)})
        yield said, [f"sops updatekeys -y {shell(path)}" for path in made.files]
    for path in made.opens:
        yield view.say("rotation.opened", {"path": path}), []
    for change in made.changes:
        yield view.say("rotation.password", {"engine": change.engine}), _change(change)
    yield view.say("rotation.prove"), [f"phoenix keys prove {shell(made.key)}"]
    yield view.say("rotation.secrets"), []


def _folded(line: str, view: View, *, rest: str = "  ") -> list[str]:
    """A sentence within the terminal; commands and the request stay whole, to be copied."""
    if width(line) <= view.width:
        return [line]
    return indent(
        line.lstrip(), first=rest[:-2] if line[0] == " " else "", rest=rest, columns=view.width
    )


def _change(change: Change) -> list[str]:
    forms = COMMANDS.get(change.kind, ())
    return [form.format(repository=shell(change.repository)) for form in forms]
