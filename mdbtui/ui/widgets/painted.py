"""A scrolling view that paints lines of styled text, and only those that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from mdbtui.ui.widgets.line_text import Line

STYLES = (
    "text", "title", "dim", "ok", "idle", "warn", "bad", "used", "free", "chart",
    "heat1", "heat2", "heat3", "heat4", "cursor", "production",
)  # fmt: skip


class PaintedView(ScrollView, can_focus=True):
    """Base of the views that show pools: a subclass says how its lines read.

    A style name with ``@`` in it, such as ``bad@cursor``, is two styles over each
    other.
    """

    DEFAULT_CSS = """
    PaintedView { background: $surface; color: $foreground; scrollbar-size: 1 1;
        overflow-x: hidden; overflow-y: auto; }
    PaintedView > .painted--text { color: $foreground; }
    PaintedView > .painted--title { color: $foreground; text-style: bold; }
    PaintedView > .painted--dim { color: $foreground-muted; }
    PaintedView > .painted--ok { color: $mark-ok; }
    PaintedView > .painted--idle { color: $mark-idle; }
    PaintedView > .painted--warn { color: $mark-warn; text-style: bold; }
    PaintedView > .painted--bad { color: $mark-bad; text-style: bold; }
    PaintedView > .painted--used { color: $text-primary; }
    PaintedView > .painted--free { color: $text-secondary; }
    PaintedView > .painted--chart { color: $text-accent; }
    PaintedView > .painted--heat1 { color: $foreground-muted; }
    PaintedView > .painted--heat2 { color: $text-secondary; }
    PaintedView > .painted--heat3 { color: $mark-warn; }
    PaintedView > .painted--heat4 { color: $mark-bad; }
    PaintedView > .painted--production { color: $env-production; text-style: bold; }
    PaintedView > .painted--cursor { background: $block-cursor-background;
        color: $block-cursor-foreground; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{name}" for name in STYLES}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._styles: dict[str, Style] = {}
        self._painted: dict[int, Line] = {}

    def line(self, y: int) -> Line:
        """The line at `y` of what is in view; empty past the end."""
        raise NotImplementedError

    def repaint(self, height: int) -> None:
        """Take note of the height of all there is, and paint what changed."""
        size = Size(self.scrollable_content_region.width, height)
        if size != self.virtual_size:
            self.virtual_size = size
        changed = [
            Region(0, y, self.size.width, 1)
            for y in range(self.size.height)
            if self._painted.get(y) != self.line(y)
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        line = self._painted[y] = self.line(y)
        base = self._style("base")
        segments = [Segment(text, base + self._style(name)) for text, name in line]
        return Strip(segments).crop_extend(0, self.size.width, base)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = Style()
            if name == "base":
                style = self.rich_style
            else:
                for part in name.split("@"):
                    component = f"painted--{part}"
                    style += self.get_component_rich_style(component, partial=True)
            self._styles[name] = style
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}
        self._painted.clear()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._painted.clear()
        self.refresh()
