"""Retention in a file of arguments: `/etc/default/prometheus` or a systemd unit's ExecStart.

The text is cut only at the values meant. What comes out is read again, word by word: everything
but the retention must read as before, and the retention as asked, or nothing is changed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from phoenix_dr.adapters.prometheus import amounts
from phoenix_dr.core.model import SpanRule

OLD = "--storage.tsdb.retention"
TIME = f"{OLD}.time"
SIZE = f"{OLD}.size"
UNIT = "ExecStart"
_NAMED = re.compile(r"(?:.*_)?(?:ARGS|OPTS|OPTIONS)|ExecStart")
_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=", re.ASCII)
_COMMENT = re.compile(r"[ \t]*[#;]")
_VARIABLE = re.compile(r"\$\{?\w", re.ASCII)
_GOES_ON = re.compile(r"\\\r?\n")
_FLAG = re.compile(
    r"""(?<![\w-])(?P<name>--storage\.tsdb\.retention(?:\.time|\.size)?)
    (?:=|\\?["']?(?:\\\r?\n|\s)+)
    (?P<open>\\?["'])?(?P<value>[0-9A-Za-z.]+)(?(open)(?P=open))(?![\w.])""",
    re.VERBOSE | re.ASCII,
)


class Unclear(Exception):
    """The file does not say plainly where the arguments of Prometheus stand."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One assignment: its name, and from where to where its value stands in the text."""

    name: str
    start: int
    end: int


def stands(text: str) -> bool:
    """Whether the file sets a retention at all. Raises Unclear."""
    return bool(_flags(_words(text, _place(text)))[0])


def read(text: str) -> SpanRule:
    """The rule the arguments make; a flag given twice counts the last time. Raises Unclear."""
    flags, _ = _flags(_words(text, _place(text)))
    said = dict(flags)
    try:
        return amounts.rule(said.get(TIME, said.get(OLD)), said.get(SIZE))
    except ValueError:
        raise Unclear from None


def edited(text: str, wanted: SpanRule) -> str:
    """The text with this rule in it and nothing else changed. Raises Unclear."""
    place = _place(text)
    time, size = amounts.words(wanted)
    value = _with(text[place.start : place.end], place.name, ((TIME, OLD), time))
    value = _with(value, place.name, ((SIZE,), size))
    made = text[: place.start] + value + text[place.end :]
    _require_only_retention(text, made, place)
    if sorted(_flags(_words(made, _place(made)))[0]) != _expected(made, (time, size)):
        raise Unclear
    return made


def _expected(made: str, words: tuple[str | None, str | None]) -> list[tuple[str, str]]:
    time, size = words
    name = OLD if time and TIME not in _names(made) else TIME
    return sorted((flag, word) for flag, word in ((name, time), (SIZE, size)) if word)


def _names(text: str) -> set[str]:
    return {name for name, _ in _flags(_words(text, _place(text)))[0]}


def _require_only_retention(before: str, after: str, place: _Entry) -> None:
    found = _place(after)
    rest = [_flags(_words(*each))[1] for each in ((before, place), (after, found))]
    if found.name != place.name or found.start != place.start or rest[0] != rest[1]:
        raise Unclear


def _place(text: str) -> _Entry:
    """The assignment that holds the retention, or the one it belongs into."""
    last = {each.name: each for each in _entries(text)}.values()
    holding = [each for each in last if OLD in text[each.start : each.end] and _holds(text, each)]
    named = holding or [each for each in last if _NAMED.fullmatch(each.name)]
    if len(named) != 1:
        raise Unclear
    value = text[named[0].start : named[0].end]
    if not holding and named[0].name == UNIT and _VARIABLE.search(value):
        # The arguments come from a variable that another file sets.
        raise Unclear
    return named[0]


def _holds(text: str, entry: _Entry) -> bool:
    return bool(_flags(_words(text, entry))[0])


def _entries(text: str) -> Iterator[_Entry]:
    """Every assignment outside comments, in order."""
    at = 0
    while at < len(text):
        found = None if _COMMENT.match(text, at) else _ASSIGNMENT.match(text, at)
        if found is None:
            at = _next_line(text, at)
            continue
        name, start = found[1], found.end()
        end = _unit_end(text, start) if name == UNIT else _quoted_end(text, start)
        yield _Entry(name, start, start + len(text[start:end].rstrip(" \t\r")))
        at = _next_line(text, end)


def _next_line(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _unit_end(text: str, at: int) -> int:
    """End of a unit's line; a backslash carries on, over comment lines too."""
    while True:
        following = _next_line(text, at)
        line = text[at:following].rstrip("\r\n")
        if not line.endswith("\\") and not _COMMENT.match(text, at):
            return at + len(line)
        if following >= len(text):
            return len(text)
        at = following


def _quoted_end(text: str, at: int) -> int:
    """End of a variable's value: a line break or a comment outside quotes. Raises Unclear."""
    quote = ""
    while at < len(text):
        each = text[at]
        if each == "\\" and quote != "'":
            at += len(found[0]) if (found := _GOES_ON.match(text, at)) else 2
            continue
        if quote:
            quote = "" if each == quote else quote
        elif each in "\"'":
            quote = each
        elif each == "\n" or (each == "#" and text[at - 1] in " \t"):
            return at
        at += 1
    if quote:
        raise Unclear
    return len(text)


def _words(text: str, entry: _Entry) -> list[str]:
    """The words Prometheus is started with; a variable's value is split once more when used."""
    raw = text[entry.start : entry.end]
    try:
        if entry.name == UNIT:
            lines = [line for line in raw.splitlines(keepends=True) if not _COMMENT.match(line)]
            return shlex.split(_GOES_ON.sub(" ", "".join(lines)))
        return shlex.split(" ".join(shlex.split(_GOES_ON.sub("", raw))))
    except ValueError:
        raise Unclear from None


def _flags(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The retention flags with their values, and all other words."""
    flags: list[tuple[str, str]] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if name in (TIME, SIZE, OLD):
            flags.append((name, value if equals else next(left, "")))
        else:
            rest.append(word)
    return flags, rest


def _with(value: str, where: str, asked: tuple[tuple[str, ...], str | None]) -> str:
    """A value with one flag set, or without it; all other spellings of the flag go."""
    names, word = asked
    found = [each for each in _matches(value) if each["name"] in names]
    kept = min(found, key=lambda each: names.index(each["name"]), default=None)
    for each in reversed(found):
        if each is kept and word is not None:
            value = value[: each.start("value")] + word + value[each.end("value") :]
        else:
            value = _without(value, each)
    return value if found or word is None else _appended(value, where, f"{names[0]}={word}")


def _matches(value: str) -> list[re.Match[str]]:
    """The flags in a value, but for those in a unit's comment lines."""
    return [
        each
        for each in _FLAG.finditer(value)
        if not _COMMENT.match(value, value.rfind("\n", 0, each.start()) + 1)
    ]


def _without(value: str, found: re.Match[str]) -> str:
    before, after = value[: found.start()], value[found.end() :]
    blank = before.rstrip(" \t")
    if blank and blank[-1] not in "\"'\n":
        return blank + after
    return before + after.lstrip(" \t")


def _appended(value: str, where: str, flag: str) -> str:
    if where == UNIT:
        return f"{value} {flag}"
    if not value:
        return f'"{flag}"'
    if value[-1] in "\"'":
        space = "" if value[-2:-1] == value[-1] else " "
        return f"{value[:-1]}{space}{flag}{value[-1]}"
    if set(value) & set("\"'\\$`"):
        raise Unclear
    return f'"{value} {flag}"'
