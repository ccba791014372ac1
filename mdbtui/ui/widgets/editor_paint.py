"""One line of the editor as a strip: gutter, colours, selection, cursor, error."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mdbtui.sql.highlight import LineState, Span

STATEMENT_BAR = "▎"
ERROR_MARK = "!"
WINDOW = 4
"""Characters looked at for each cell of the window: enough for combining ones."""


class LineLook(NamedTuple):
    """All that decides how one line looks; what is equal need not be painted twice.

    Columns are in characters; an end of -1 means beyond the end of the line.

    Attributes:
        text: the line.
        state: what is open before it; with the text, it decides the colours.
        number: the line's number as shown.
        gutter: the gutter's width in cells.
        scroll: cells scrolled out to the left.
        width: cells to fill, gutter included.
        current: whether the cursor is on it.
        in_statement: whether the statement that would run covers it.
        selected: the selected columns.
        cursor: the cursor's column, if it is to be drawn here.
        brackets: columns of the matching pair.
        found: columns of what was looked for.
        error: the columns of an error.
        note: the error's message, shown behind the line.
    """

    text: str
    state: LineState
    number: int
    gutter: int
    scroll: int
    width: int
    current: bool
    in_statement: bool
    selected: tuple[int, int] | None
    cursor: int | None
    brackets: tuple[int, ...]
    found: tuple[tuple[int, int], ...]
    error: tuple[int, int] | None
    note: str


@dataclass(frozen=True)
class ErrorMark:
    """A marked place: offsets in the whole text, and what is wrong there."""

    start: int
    end: int
    message: str


@dataclass(frozen=True)
class Palette:
    """The styles that a line is painted with.

    ``base`` and ``current`` are whole styles of a line; the others are laid over.
    """

    base: Style
    current: Style
    gutter: Style
    gutter_current: Style
    bar: Style
    cursor: Style
    selection: Style
    bracket: Style
    found: Style
    error: Style
    note: Style
    syntax: Mapping[str, Style]


def paint(
    look: LineLook, spans: Sequence[Span], palette: Palette, tab_width: int
) -> Strip:
    """Paint one line; time is bounded by the window, not by the line's length."""
    base = palette.current if look.current else palette.base
    room = max(0, look.width - look.gutter)
    text, first, skipped = _window(look, room, tab_width)
    layers = _layers(look, spans, palette, first, len(text))
    segments = _segments(text, layers, base, tab_width, skipped)
    if look.note:
        segments.append(Segment(f"  ◂ {look.note}", base + palette.note))
    body = Strip(segments)
    start = look.scroll - skipped
    body = body.crop(start, start + room) if start or body.cell_length > room else body
    body = body.extend_cell_length(room, base)
    if not look.gutter:
        return body
    return Strip.join([_gutter(look, palette), body])


def _gutter(look: LineLook, palette: Palette) -> Strip:
    style = palette.gutter_current if look.current else palette.gutter
    number = Segment(f"{look.number:>{look.gutter - 2}}", style)
    if look.error:
        mark = Segment(ERROR_MARK, palette.gutter + palette.note)
    elif look.in_statement:
        mark = Segment(STATEMENT_BAR, palette.gutter + palette.bar)
    else:
        mark = Segment(" ", palette.gutter)
    return Strip([number, mark, Segment(" ", palette.gutter)], look.gutter)


def _window(look: LineLook, room: int, tab_width: int) -> tuple[str, int, int]:
    """The part to paint: text, column it starts at, and cells left of it."""
    text = look.text + " "  # the cursor may stand behind the last character
    if len(text) <= room and not look.scroll:
        return text, 0, 0
    if text.isascii() and "\t" not in text:
        return text[look.scroll : look.scroll + room], look.scroll, look.scroll
    return text[: WINDOW * (look.scroll + room)], 0, 0


def _layers(
    look: LineLook, spans: Sequence[Span], palette: Palette, first: int, size: int
) -> list[tuple[int, int, Style]]:
    """Ranges of the window with their styles, later ones over earlier ones."""
    last = first + size
    found: list[tuple[int, int, Style | None]] = [
        (start, end, palette.syntax.get(kind)) for start, end, kind in spans
    ]
    found += [(start, end, palette.found) for start, end in look.found]
    if look.error:
        found.append((*look.error, palette.error))
    if look.selected:
        found.append((*look.selected, palette.selection))
    found += [(column, column + 1, palette.bracket) for column in look.brackets]
    if look.cursor is not None:
        found.append((look.cursor, look.cursor + 1, palette.cursor))
    layers = []
    for start, end, style in found:
        end = last if end < 0 else min(end, last)
        if style is not None and start < end and end > first:
            layers.append((max(start, first) - first, end - first, style))
    return layers


def _segments(
    text: str,
    layers: Sequence[tuple[int, int, Style]],
    base: Style,
    tab_width: int,
    cells: int,
) -> list[Segment]:
    marks = {0, len(text)}
    for start, end, _ in layers:
        marks.add(start)
        marks.add(end)
    edges = sorted(marks)
    tabs = "\t" in text
    segments = []
    for left, right in itertools.pairwise(edges):
        style = base
        for start, end, layer in layers:
            if start <= left < end:
                style = style + layer
        piece = text[left:right]
        if tabs:
            piece = _expanded(piece, cells, tab_width)
            cells += cell_len(piece)
        segments.append(Segment(piece, style))
    return segments


def _expanded(piece: str, cells: int, tab_width: int) -> str:
    """Tabs as spaces up to the next stop, for a piece that starts at ``cells``."""
    first, *rest = piece.split("\t")
    out = first
    for part in rest:
        out += " " * (tab_width - (cells + cell_len(out)) % tab_width) + part
    return out
