"""Foreign text made harmless: for a terminal, for Markdown, for a shell line in a document."""

from __future__ import annotations

import re
import shlex
import unicodedata

_MARKUP = re.compile(r"([\\`*\[\]|<])")
# French sets these off by a blank that must not end, nor begin, a line.
_BREAK = re.compile(r"(?<!«) (?![:;!?»](?:[ .,)]|$))")
_CREDENTIAL = re.compile(r"(://)[^/\s]*@")


def clean(text: str) -> str:
    r"""Text on one line without control, direction or invalid characters (shown as `\x1b`).

    Bytes that were not UTF-8 (surrogateescape) are shown as `\xff`.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if character in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[character]
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def markdown(text: str) -> str:
    """Clean text whose characters mean nothing in Markdown, in a table cell too."""
    return _MARKUP.sub(r"\\\1", clean(text)).replace("\\<", "&lt;")


def code(text: str) -> str:
    """A Markdown code span that shows exactly the clean text, backticks included."""
    shown = clean(text)
    runs = re.findall(r"`+", shown)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{space}{shown}{space}{fence}"


def shell(word: str) -> str:
    """One word of a shell line; bash `$'…'` where it holds what cannot be printed."""
    if word.isprintable():
        return shlex.quote(word)
    raw = word.encode("utf-8", "surrogateescape")
    return "$'" + "".join(map(_shell_byte, raw)) + "'"


def _shell_byte(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"'\\"
    return chr(byte) if plain else f"\\x{byte:02x}"


def redact(address: str) -> str:
    """An address without the user and password it may carry."""
    return _CREDENTIAL.sub(r"\1", address)


def width(text: str) -> int:
    """Columns the text takes on a terminal (emoji two, combining marks none)."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text) + sum(c == "\ufe0f" for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """Text followed by the blanks that fill `columns`."""
    return text + " " * max(0, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """Text cut into lines of at most `columns`, at blanks where possible, else anywhere."""
    lines = [""]
    for word in _BREAK.split(text):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width(joined) <= columns:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        *full, lines[-1] = _pieces(word, columns)
        lines[-1:-1] = full
    return lines


def _pieces(word: str, columns: int) -> list[str]:
    pieces = [""]
    for character in word:
        if width(pieces[-1] + character) > max(columns, 2):
            pieces.append("")
        pieces[-1] += character
    return pieces


def indent(text: str, *, first: str, rest: str, columns: int) -> list[str]:
    """Text wrapped to `columns` with a prefix on the first line and another on the others."""
    lines = wrap(text, columns - max(width(first), width(rest)))
    return [(rest if number else first) + line for number, line in enumerate(lines)]
