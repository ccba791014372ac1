"""Lines of styled text that fit: the common part of what is painted line by line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from mdbtui.ui.safe import safe

Piece = tuple[str, str]
"""A text and the name of its style."""
Line = tuple[Piece, ...]


def cut(text: str, cells: int, limit: int = 200) -> str:
    """One safe line of at most that many cells, with … where it was longer."""
    text = safe(text, limit)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…" * (cells > 0)


def squeeze(text: str, cells: int) -> str:
    """One safe line of that many cells; of a longer one its beginning and its end."""
    text = safe(text, 200)
    if cell_len(text) > cells:
        tail = text[-((cells - 1) // 2) :] if cells > 2 else ""
        head = set_cell_size(text, max(0, cells - 1 - cell_len(tail))).rstrip()
        text = f"{head}…{tail}"
    return set_cell_size(text, cells)


def fit(pieces: Sequence[Piece], width: int) -> Line:
    """Cut or fill a line to exactly that many cells."""
    result: list[Piece] = []
    room = width
    for text, style in pieces:
        cells = cell_len(text)
        if cells > room:
            text = set_cell_size(text, room)
            cells = room
        if text:
            result.append((text, style))
        room -= cells
        if room <= 0:
            break
    if room > 0:
        result.append((" " * room, "text"))
    return tuple(result)


def pairs(entries: Sequence[tuple[str, str, str]], width: int) -> Line:
    """Names with values and their styles, as many of them as fit."""
    pieces: list[Piece] = []
    room = width
    for name, value, style in entries:
        gap = "  " if pieces else ""
        room -= cell_len(gap + name + value) + 1
        if room < 0:
            break
        pieces += [(f"{gap}{name} ", "dim"), (value, style)]
    return fit(pieces, width)


def in_cells(text: str, width: int, *, left: bool) -> str:
    """A text of exactly that many cells."""
    text = cut(text, width)
    room = " " * (width - cell_len(text))
    return text + room if left else room + text
