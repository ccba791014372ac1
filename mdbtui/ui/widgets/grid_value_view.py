"""A scrolling view of lines that are made when they are drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mdbtui.ui.widgets.grid_values import Lines

_LOOKS = (
    *("text", "key", "string", "number", "word", "mark", "faint", "differs", "cursor"),
)


class ValueView(ScrollView, can_focus=True):
    """Shows `Lines`, with a cursor on one of them where lines can be chosen."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "Top", show=False),
        Binding("end", "edge(1)", "Bottom", show=False),
        Binding("enter", "choose", "Open or fold", show=False),
    ]
    COMPONENT_CLASSES = {f"value--{look}" for look in _LOOKS}
    DEFAULT_CSS = """
    ValueView {
        overflow: hidden scroll;
        background: $surface;
        scrollbar-size-vertical: 1;
        & > .value--text { color: $foreground; }
        & > .value--key { color: $text-primary; }
        & > .value--string { color: $text-success; }
        & > .value--number { color: $text-accent; }
        & > .value--word { color: $text-warning; text-style: italic; }
        & > .value--mark { color: $foreground-muted; }
        & > .value--faint { color: $foreground-muted; }
        & > .value--differs { color: $text-warning; text-style: bold; }
        & > .value--cursor { background: $block-cursor-background 40%; }
    }
    """

    class Chosen(Message):
        """Enter or a click on a line."""

        def __init__(self, view: ValueView, line: int) -> None:
            super().__init__()
            self.view = view
            self.line = line

        @property
        def control(self) -> ValueView:
            return self.view

    class Passed(Message):
        """The reader wants to go on beyond the last (1) or first (-1) line."""

        def __init__(self, view: ValueView, step: int) -> None:
            super().__init__()
            self.view = view
            self.step = step

        @property
        def control(self) -> ValueView:
            return self.view

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines: Lines | None = None
        self.cursor: int | None = None
        self._stops: Sequence[int] = ()

    def show(
        self,
        lines: Lines,
        cursor: int | None = None,
        *,
        top: int = 0,
        stops: Sequence[int] = (),
    ) -> None:
        """Show other lines.

        Args:
            lines: Them.
            cursor: The chosen line, None where lines can't be chosen.
            top: First line in view.
            stops: Where the cursor halts on its way up and down; empty is every line.
        """
        self.lines = lines
        self._stops = stops
        self.cursor = cursor
        self.lines_changed()
        self.scroll_to(0, top, animate=False)

    def lines_changed(self) -> None:
        """Draw again after the lines have changed."""
        count = self.lines.count if self.lines is not None else 0
        self.virtual_size = Size(0, count)
        if self.cursor is not None:
            self.cursor = max(0, min(self.cursor, count - 1))
        self.refresh()

    def move_to(self, line: int) -> None:
        """Put the cursor on a line and scroll there."""
        if self.lines is None:
            return
        line = max(0, min(line, self.lines.count - 1))
        page = self.scrollable_content_region.height
        top = max(min(self.scroll_offset.y, line), line - page + 1)
        if self.cursor is not None:
            self.cursor = line
        self.scroll_to(None, top, animate=False)
        self.refresh()

    def action_step(self, by: int) -> None:
        if self.cursor is None:
            self._scroll_by(by)
        elif self._stops:
            here = bisect_right(self._stops, self.cursor) - 1
            there = max(0, min(here + by, len(self._stops) - 1))
            self.move_to(self._stops[there])
        else:
            self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        step = by * max(1, self.scrollable_content_region.height - 1)
        if self.cursor is not None:
            self.move_to(self.cursor + step)
        else:
            self._scroll_by(step)

    def action_edge(self, end: int) -> None:
        count = self.lines.count if self.lines is not None else 0
        if self.cursor is not None:
            self.move_to(count if end else 0)
        else:
            self.scroll_to(None, count if end else 0, animate=False)

    def action_choose(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Chosen(self, self.cursor))

    def _scroll_by(self, by: int) -> None:
        before = self.scroll_offset.y
        self.scroll_to(None, before + by, animate=False)
        if self.scroll_offset.y == before:
            self.post_message(self.Passed(self, 1 if by > 0 else -1))

    def on_click(self, event: events.Click) -> None:
        line = self.scroll_offset.y + event.y
        if self.cursor is not None and self.lines and line < self.lines.count:
            self.move_to(line)
            self.action_choose()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = self.scroll_offset.y + y
        base = self.rich_style
        if self.lines is None or number >= self.lines.count:
            return Strip.blank(width, base)
        over = Style()
        if number == self.cursor:
            over = self.get_component_rich_style("value--cursor")
            over = Style(bgcolor=over.bgcolor, bold=True)
        segments = [
            Segment(text, self.get_component_rich_style(f"value--{look}") + over)
            for text, look in self.lines.line(number)
            if text
        ]
        strip = Strip(segments)
        if strip.cell_length > width:
            more = Strip([Segment("…", base + over)], 1)
            strip = Strip.join([strip.crop(0, width - 1), more])
        return strip.extend_cell_length(width, base + over)
