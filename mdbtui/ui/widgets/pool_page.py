"""A pool's own page as one painted widget."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from mdbtui.ui.widgets.line_text import Line
from mdbtui.ui.widgets.painted import PaintedView
from mdbtui.ui.widgets.pool_page_lines import Page, page_lines


class PoolPage(PaintedView):
    """Charts, holders, connections, events and advice of one pool."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False),
        Binding("down,j", "scroll_by(1)", "Down", show=False),
        Binding("pageup", "scroll_page(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_page(1)", "Page down", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._page: Page | None = None
        self._lines: list[Line] = []
        self._width = 0

    def show(self, page: Page) -> None:
        """Show this."""
        self._page = page
        self._lay_out()

    def _lay_out(self) -> None:
        if self._page is None or not self.size:
            return
        # The bar that may appear has its column from the start: no line moves.
        self._width = max(20, self.size.width - self.styles.scrollbar_size_vertical)
        self._lines = page_lines(self._page, self._width)
        self.repaint(len(self._lines))

    def line(self, y: int) -> Line:
        at = y + self.scroll_offset.y
        return self._lines[at] if at < len(self._lines) else ()

    def on_resize(self) -> None:
        """Lay out anew."""
        self._lay_out()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by screenfuls."""
        self.scroll_relative(y=pages * max(1, self.size.height - 2), animate=False)
