"""Foreign names inside the fenced XML of an agent's file: what they say, and nothing they could do.

Characters that would end an element, a placeholder or the fence become references; a backtick,
which begins a command here, an apostrophe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Formatter

from phoenix_dr.errors import UsageError
from phoenix_dr.render.phrases import phrases
from phoenix_dr.render.text import clean

LONGEST = 48
"""Characters of one name, references counted; a longer one is cut."""
ROOM = 160
"""Characters a list of names may take, references counted."""
_REFERENCES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "{": "&#123;", "}": "&#125;",
    "~": "&#126;", "`": "'",
})  # fmt: skip


def escaped(foreign: str) -> str:
    """A foreign text on one line, without anything that means something around it."""
    return clean(foreign).translate(_REFERENCES)


def path(shown: str) -> str:
    """A path that may begin with the host's own variable for the project.

    Raises UsageError (agent-path) for one that cannot be said exactly.
    """
    root = "{project-root}"
    begin = root if shown == root or shown.startswith(f"{root}/") else ""
    rest = shown[len(begin) :]
    if not rest.isprintable() or set(rest) & set("`{}"):
        raise UsageError("agent-path", path=rest)
    return begin + escaped(rest)


def names(language: str, given: Sequence[str]) -> str:
    """Names between quotes, as many as there is room for, then how many more there are."""
    shown: list[str] = []
    for name in given:
        made = f'"{_short(name)}"'
        if shown and len(", ".join([*shown, made])) > ROOM:
            break
        shown.append(made)
    more = len(given) - len(shown)
    rest = [phrase(language, "more", count=str(more))] if more else []
    return ", ".join([*shown, *rest])


def _short(name: str) -> str:
    """A name, cut where it would take too much; never inside a reference."""
    whole = escaped(name[:LONGEST])
    if len(whole) <= LONGEST and len(name) <= LONGEST:
        return whole
    made = ""
    for character in name:
        shown = escaped(character)
        if len(made) + len(shown) >= LONGEST:
            break
        made += shown
    return f"{made}…"


def phrase(language: str, code: str, **values: str) -> str:
    """A phrase `agent.file.CODE` as text of an element; `values` are escaped already."""
    return "".join(_filled(phrases(language)[f"agent.file.{code}"], values))


def _filled(text: str, values: dict[str, str]) -> Iterator[str]:
    for literal, name, _, _ in Formatter().parse(text):
        yield literal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if name is not None:
            yield values[name]
