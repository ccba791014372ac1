"""Cells and rows of the grid as styled text: the hot path of every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.grid_layout import PADDING, ColumnLayout

if TYPE_CHECKING:
    from textual.color import Color
    from textual.widget import Widget

Cell: TypeAlias = Callable[[int, int], tuple[str, Style, int]]
"""Position and the parts of its place → text, style and width in cells."""

_MATCHED_CHARS = 2_000
"""A match beyond these characters is found, but not coloured, in a longer value."""


class Part:
    """What makes a cell look different; later ones are laid over earlier ones.

    Plain numbers, as combining flags of `enum` for each cell would cost more than
    painting it.
    """

    HEADER = 1
    FROZEN = 2
    GUTTER = 4
    ROW = 8
    SELECTED = 16
    NULL = 32
    MATCH = 64
    CURSOR = 128


PREFIX = "grid--"
_NAMES = {
    number: PREFIX + name.lower()
    for name, number in vars(Part).items()
    if isinstance(number, int)
}
COMPONENTS = set(_NAMES.values())
GRID_CSS = """
GridCanvas {
    background: $surface;
    color: $foreground;
    overflow: auto scroll;
    scrollbar-size-vertical: 1;
    scrollbar-size-horizontal: 1;
    & > .grid--header { background: $panel; color: $foreground; text-style: bold; }
    & > .grid--frozen { background: $boost; }
    & > .grid--gutter { color: $foreground-muted; text-style: not bold; }
    & > .grid--row { background: $foreground 8%; }
    & > .grid--selected { background: $primary 35%; }
    & > .grid--null { color: $foreground-muted; text-style: italic; }
    & > .grid--match { background: $warning 30%; text-style: bold; }
    & > .grid--cursor { background: $foreground 25%; text-style: bold; }
    &:focus > .grid--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
    }
}
"""


class Styles:
    """The grid's style for each combination of parts, made once per theme."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._made: dict[int, Style] = {}
        self.base = self[0]

    def __getitem__(self, parts: int) -> Style:
        style = self._made.get(parts)
        if style is None:
            style = self._made[parts] = self._compose(parts)
        return style

    def _compose(self, parts: int) -> Style:
        _, _, background, color = self._widget.colors
        text_style = Style()
        for part, name in _NAMES.items():
            if not parts & part:
                continue
            layer = self._widget.get_component_styles(name)
            if layer.has_rule("background"):
                background += layer.background
            if layer.has_rule("color"):
                if layer.auto_color:
                    color = background.get_contrast_text(layer.color.a)
                else:
                    color = layer.color
            if layer.has_rule("text_style"):
                text_style += layer.text_style
        return _style(background, color) + text_style


def _style(background: Color, color: Color) -> Style:
    style = Style.from_color((background + color).rich_color, background.rich_color)
    bgcolor = style.bgcolor
    if bgcolor is not None and bgcolor.type is ColorType.DEFAULT:
        return Style(color=style.color)
    return style


@dataclass(frozen=True)
class Frame:
    """What all lines of one painted frame have in common.

    Attributes:
        layout: Where the columns are.
        styles: How the parts look.
        width: Cells from edge to edge.
        gutter: Cells of the row numbers.
        scroll: Cells scrolled away behind the gutter and the frozen columns.
        null_text: Shown for NULL.
        needle: Searched for and marked, or empty.
        fold: The needle is in lower case and matches any case.
    """

    layout: ColumnLayout
    styles: Styles
    width: int
    gutter: int
    scroll: int
    null_text: str
    needle: str = ""
    fold: bool = False

    def matches(self, value: str) -> bool:
        """Whether the part of `value` that can be seen holds the needle."""
        head = value[:_MATCHED_CHARS]
        return self.needle in (head.lower() if self.fold else head)


def cell_text(value: str, width: int, right: bool) -> str:
    """Return `value` as exactly `width` cells of safe text, cut with ``…``."""
    head = value[: width + 1]
    if head.isascii():
        text = head if head.isprintable() else safe(head)
        if len(text) > width:
            return text[: width - 1] + "…"
        return text.rjust(width) if right else text.ljust(width)
    # Marks take no cells, so more characters than cells may fit.
    text = safe(value, 4 * width)
    used = cell_len(text)
    if used > width:
        return set_cell_size(text, width - 1) + "…"
    blank = " " * (width - used)
    return blank + text if right else text + blank


class Line:
    """Pieces of styled text, joined where they look the same."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._text: list[str] = []
        self._style: Style | None = None
        self._cells = 0

    def add(self, text: str, style: Style, cells: int) -> None:
        """Append text that is `cells` wide."""
        if style is not self._style:
            self._flush()
            self._style = style
        self._text.append(text)
        self._cells += cells

    def strip(self, width: int, style: Style) -> Strip:
        """Return the line, filled with blanks up to `width`."""
        if self._cells < width:
            self.add(" " * (width - self._cells), style, width - self._cells)
        self._flush()
        return Strip(self._segments, self._cells)

    def _flush(self) -> None:
        if self._text:
            self._segments.append(Segment("".join(self._text), self._style))
            self._text = []


def _crop(text: str, start: int, stop: int) -> str:
    """Return the cells of `text` from `start` to `stop`; halves become blanks."""
    if text.isascii():
        return text[start:stop]
    return Strip([Segment(text)]).crop(start, stop).text


def paint_row(
    frame: Frame,
    values: Sequence[str | None],
    gutter: str,
    parts: int,
    selected: range,
    cursor: int,
) -> Strip:
    """Return one row of the result.

    Args:
        frame: What does not depend on the row.
        values: The row's values by index.
        gutter: The row number as it is drawn.
        parts: What holds for all cells of the row.
        selected: Selected positions.
        cursor: The cursor's position when it is in this row, else -1.
    """
    layout, styles = frame.layout, frame.styles
    order, widths, columns = layout.order, layout.widths, layout.columns
    null_text, needle = frame.null_text, frame.needle

    def cell(position: int, fixed: int) -> tuple[str, Style, int]:
        index = order[position]
        value = values[index]
        look = parts | fixed
        if value is None:
            look |= Part.NULL
            value = null_text
        elif needle and frame.matches(value):
            look |= Part.MATCH
        if position in selected:
            look |= Part.SELECTED
        if position == cursor:
            look |= Part.CURSOR
        width = widths[index]
        text = cell_text(value, width, columns[index].numeric)
        return f" {text} ", styles[look], width + PADDING

    line = Line()
    line.add(gutter, styles[parts | Part.GUTTER], frame.gutter)
    return lay_out(frame, line, cell, styles[parts])


def paint_header(
    frame: Frame, marks: dict[int, str], current: int, selected: range
) -> Strip:
    """Return the line of column names.

    Args:
        frame: What does not depend on the row.
        marks: For an index, the sign before its name (sorted up or down).
        current: Position of the cursor.
        selected: Selected positions.
    """
    layout, styles = frame.layout, frame.styles

    def cell(position: int, fixed: int) -> tuple[str, Style, int]:
        index = layout.order[position]
        look = Part.HEADER | fixed
        if position in selected:
            look |= Part.SELECTED
        if position == current:
            look |= Part.ROW
        column, width = layout.columns[index], layout.widths[index]
        text = cell_text(column.name, width, column.numeric)
        return f"{marks.get(index, ' ')}{text}│", styles[look], width + PADDING

    line = Line()
    gutter = styles[Part.HEADER | Part.GUTTER]
    line.add("#".rjust(frame.gutter - 1) + " ", gutter, frame.gutter)
    return lay_out(frame, line, cell, styles[Part.HEADER])


def paint_missing(frame: Frame, gutter: str, parts: int) -> Strip:
    """Return a row whose values are not at hand yet."""
    line = Line()
    line.add(gutter, frame.styles[parts | Part.GUTTER], frame.gutter)
    line.add(" …", frame.styles[parts | Part.NULL], 2)
    return line.strip(frame.width, frame.styles[parts])


def paint_words(frame: Frame, words: str) -> Strip:
    """Return a line with a remark, centred."""
    line = Line()
    text = cell_text(words, min(cell_len(words), frame.width), right=False)
    blank = (frame.width - cell_len(text)) // 2
    line.add(" " * blank + text, frame.styles[Part.NULL], blank + cell_len(text))
    return line.strip(frame.width, frame.styles.base)


def paint_ending(frame: Frame, words: str) -> Strip:
    """Return the line below the last row that says why there is none."""
    line = Line()
    text = cell_text(f"▪ {words}", max(0, frame.width - 1), right=False)
    line.add(f" {text}"[: frame.width], frame.styles[Part.NULL], frame.width)
    return line.strip(frame.width, frame.styles.base)


def lay_out(frame: Frame, line: Line, cell: Cell, filler: Style) -> Strip:
    """Return a line of cells behind what it begins with, as far as they are in view."""
    layout, offsets = frame.layout, frame.layout.offsets
    room = max(0, frame.width - frame.gutter)
    frozen = layout.frozen_in(room)
    for position in range(frozen):
        line.add(*cell(position, Part.FROZEN))
    start = offsets[frozen] + frame.scroll
    stop = frame.scroll + room
    for position in layout.scrolled(frozen, start, stop):
        text, style, cells = cell(position, 0)
        left = max(0, start - offsets[position])
        right = min(cells, stop - offsets[position])
        if right - left < cells:
            text, cells = _crop(text, left, right), right - left
        line.add(text, style, cells)
    return line.strip(frame.width, filler)
