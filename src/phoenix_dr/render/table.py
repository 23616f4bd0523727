"""Tables: Markdown for files, wrapped and aligned to a width for terminals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from phoenix_dr.render.text import pad, width, wrap

Row = Sequence[str]

_NARROWEST = 5
_MOST_LINES = 4


def markdown(headers: Row, rows: Sequence[Row]) -> list[str]:
    """Lines of a Markdown table; cells must already be safe (`text.markdown`)."""
    rule = ["-" * max(3, width(header)) for header in headers]
    return ["| " + " | ".join(row) + " |" for row in (headers, rule, *rows)]


def terminal(headers: Row, rows: Sequence[Row], *, columns: int = 100) -> list[str]:
    """Lines of an aligned table at most `columns` wide; long cells wrap, very long ones end in …"""
    widths = fit([headers, *rows], columns)
    rule = "|" + "|".join("-" * (size + 2) for size in widths) + "|"
    lines = [*_lines(headers, widths), rule]
    for row in rows:
        lines += _lines(row, widths)
    return lines


def plain(rows: Sequence[Row], *, gap: int = 2) -> list[str]:
    """Aligned columns without lines, trailing blanks removed."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return [(" " * gap).join(map(pad, row, widths)).rstrip() for row in rows]


def has_room(rows: Sequence[Row], columns: int) -> bool:
    """Whether these columns stand side by side without a word of them being cut."""
    words = (
        max(width(word) for cell in column for word in cell.split(" "))
        for column in zip(*rows, strict=True)
    )
    return sum(words) + 3 * len(rows[0]) + 1 <= columns


def fit(rows: Sequence[Row], columns: int) -> list[int]:
    """Column widths of the lowest table at most `columns` wide, its headings (row 0) whole.

    When four lines a row do not suffice headings wrap; then the widest columns give way.
    """
    room = columns - 3 * len(rows[0]) - 1
    by_column = [list(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
    widths: list[int] = []
    for whole in (True, False):
        for height in range(1, _MOST_LINES + 1):
            least = [width(cells[0]) if whole else 0 for cells in by_column]
            narrow = [_narrowest(cells, height, room) for cells in by_column]
            widths = list(map(max, least, narrow))
            if sum(widths) <= room:
                return widths
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _narrowest(cells: Collection[str], height: int, room: int) -> int:
    """The least width at which no word is cut and no cell takes more than `height` lines.

    More than `room` is of no use: a cell that names thousands is not tried at every width.
    """
    least = max(width(word) for cell in cells for word in cell.split(" "))
    long = max(map(width, cells))
    most = min(long, max(least, room) + 1)
    for size in range(least, most):
        # What is longer than its lines together needs no wrapping to be known as too long.
        if long <= size * height and all(len(wrap(cell, size)) <= height for cell in cells):
            return size
    return most


def _lines(row: Row, widths: Sequence[int]) -> list[str]:
    cells = [_cell(cell, size) for cell, size in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    return [
        "| "
        + " | ".join(pad(c[i] if i < len(c) else "", w) for c, w in zip(cells, widths, strict=True))
        + " |"
        for i in range(height)
    ]


def _cell(cell: str, size: int) -> list[str]:
    lines = wrap(cell, size)
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], wrap(lines[_MOST_LINES - 1], size - 1)[0] + "…"]
