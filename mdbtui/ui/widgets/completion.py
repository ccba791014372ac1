"""The list of proposals below the cursor. What it shows is server text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.line_text import in_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from mdbtui.sql.complete import Item

MAX_ROWS, MIN_ROWS = 10, 4
MAX_WIDTH = 84
_LABEL, _DETAIL, _COMMENT = 56, 34, 60
"""The widest that each part gets, in cells."""
_LEAST_COMMENT = 16
_MARKS = {
    "table": "T",
    "partitioned table": "T",
    "partition": "p",
    "foreign table": "F",
    "view": "V",
    "materialized view": "M",
    "sequence": "S",
    "cte": "w",
    "column": "c",
    "columns": "*",
    "alias": "a",
    "function": "f",
    "keyword": "k",
    "type": "t",
    "row type": "t",
    "schema": "s",
    "database": "D",
    "setting": "=",
    "value": "v",
    "join": "J",
    "snippet": "¶",
}
"""One character for each kind, so that colour need not tell it."""


def place(
    cursor: Offset, back: int, rows: int, width: int, screen: Size
) -> tuple[Offset, int]:
    """Say where the list goes: below the cursor's row if it fits, else above.

    Args:
        cursor: the cell of the cursor on the screen.
        back: how many cells left of it the typed name begins.
        rows: how many rows are wanted.
        width: how wide the list is.
        screen: its size.

    Returns:
        The list's corner, and how many rows there is room for, none if there is not
        even one. The cursor's row is never among them.
    """
    below = screen.height - cursor.y - 1
    above = cursor.y
    x = max(0, min(cursor.x - back, screen.width - width))
    if below >= min(rows, MIN_ROWS) or below >= above:
        return Offset(x, cursor.y + 1), max(0, min(rows, below))
    rows = min(rows, above)
    return Offset(x, cursor.y - rows), rows


class CompletionList(Widget, can_focus=False):
    """A list of proposals over everything else, with one of them chosen.

    It never has the focus: the editor moves the choice.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "completion--mark",
        "completion--detail",
        "completion--chosen",
        "completion--bar",
    }
    DEFAULT_CSS = """
    CompletionList {
        overlay: screen;
        display: none;
        background: $panel;
        color: $foreground;
        & .completion--mark { color: $text-accent; }
        & .completion--detail { color: $text-muted; }
        & .completion--chosen {
            background: $block-cursor-background; color: $block-cursor-foreground;
        }
        & .completion--bar { color: $text-muted; }
    }
    """

    class Clicked(Message):
        """A proposal was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[Item, ...] = ()
        self.chosen = 0
        self._top = 0
        self._rows = 0
        self._widths = (0, 0, 0)
        self._region_wanted = Region()

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return bool(self.display)

    def show(self, items: Sequence[Item], cursor: Offset, back: int) -> bool:
        """Show proposals for the name that begins `back` cells before the cursor.

        Returns:
            False if there is no room, or nothing to show.
        """
        self.items = tuple(items)
        self.chosen = self._top = 0
        return self.stand_at(cursor, back)

    def stand_at(self, cursor: Offset, back: int) -> bool:
        """Stand at another place; return False if there is no room."""
        screen = self.screen.size
        width = self._measure(min(MAX_WIDTH, screen.width))
        # The mark stands left of the names, so that these are below what is typed.
        count = min(len(self.items), MAX_ROWS)
        corner, rows = place(cursor, back + 3, count, width, screen)
        if not rows:
            self.close()
            return False
        region = Region(corner.x, corner.y, width, rows)
        if region != self._region_wanted or not self.display:
            self._region_wanted = region
            self.absolute_offset = corner
            self.styles.width, self.styles.height = width, rows
            self.display = True
            self.refresh(layout=True)  # another place alone would not lay it out
            # At once, not when this widget is idle: else it misses the frame that
            # shows the key, and the next one comes 17 to 33 ms later.
            self._check_refresh()
        self._rows = rows
        self.move(0)
        return True

    def _measure(self, most: int) -> int:
        """Share the width among labels, details and comments; return the whole."""
        label = max((cell_len(safe(i.label, _LABEL)) for i in self.items), default=0)
        detail = max((cell_len(safe(i.detail, _DETAIL)) for i in self.items), default=0)
        comment = max(
            (cell_len(safe(i.comment, _COMMENT)) for i in self.items), default=0
        )
        # " c ", a blank behind each part, and the bar.
        label = min(label, _LABEL, most - 5)
        spare = most - 5 - label - 1
        # Long signatures leave room for the beginning of a comment.
        detail = max(0, min(detail, _DETAIL, spare - min(comment, _LEAST_COMMENT) - 1))
        comment = min(comment, max(0, most - 5 - label - detail - 2))
        self._widths = label, detail, comment
        extra = sum(part + 1 for part in (detail, comment) if part)
        return label + 5 + extra

    def close(self) -> None:
        """Take it from the screen."""
        if self.display:
            self.display = False
            self.items = ()

    def move(self, by: int) -> None:
        """Choose another proposal; past the last one comes the first."""
        count = len(self.items)
        if abs(by) == 1:
            self.chosen = (self.chosen + by) % count
        else:
            self.chosen = max(0, min(self.chosen + by, count - 1))
        lowest = self.chosen - self._rows + 1
        self._top = max(lowest, min(self._top, self.chosen))
        self.refresh()

    def page(self, by: int) -> None:
        """Choose the proposal so many pages further."""
        step = max(2, self._rows - 1)
        self.move(by * step)

    # ---- painting -----------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        number = self._top + y
        base = self.rich_style
        if not 0 <= number < len(self.items):
            return Strip.blank(self.size.width, base)
        item = self.items[number]
        style = self.get_component_rich_style
        mark, detail = style("completion--mark"), style("completion--detail")
        if number == self.chosen:
            base = mark = detail = style("completion--chosen")
        label, kind, comment = self._widths
        own = min(cell_len(safe(item.detail, _DETAIL)), _DETAIL)
        if comment and own > kind:  # a signature says more than a comment
            more = min(own - kind, comment)
            kind, comment = kind + more, comment - more
        segments = [
            Segment(f" {_MARKS.get(item.kind, '·')} ", mark),
            Segment(in_cells(item.label, label, left=True) + " ", base),
        ]
        if kind:
            segments.append(
                Segment(in_cells(item.detail, kind, left=True) + " ", detail)
            )
        if comment:
            segments.append(
                Segment(in_cells(item.comment, comment, left=True) + " ", detail)
            )
        strip = Strip(segments).crop_extend(0, self.size.width - 1, base)
        bar = Segment(self._bar(y), style("completion--bar"))
        return Strip([*strip, bar])

    def _bar(self, y: int) -> str:
        count, rows = len(self.items), self._rows
        if count <= rows:
            return " "
        first = self._top * rows // count
        last = max(first + 1, -(-(self._top + rows) * rows // count))
        return "┃" if first <= y < last else "│"

    # ---- the mouse ----------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        # Else the screen would take the focus from the editor.
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        number = self._top + event.y
        if number < len(self.items):
            self.post_message(self.Clicked(number))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scrolled(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scrolled(event, -1)

    def _scrolled(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        last = max(0, len(self.items) - self._rows)
        self._top = max(0, min(self._top + by, last))
        self.refresh()
