"""The border between two panes, which the mouse can drag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events


class Splitter(Widget):
    """A one-cell border; dragging it reports by how many cells it moved."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Splitter { background: $background; color: $foreground 35%; }
    Splitter.-vertical { width: 1; height: 1fr; }
    Splitter.-horizontal { height: 1; width: 1fr; }
    Splitter:hover, Splitter.-dragging { color: $primary; }
    """

    class Moved(Message):
        """The border was dragged."""

        def __init__(self, splitter: Splitter, cells: int) -> None:
            super().__init__()
            self.splitter = splitter
            self.cells = cells
            """Cells to the right or downwards; negative the other way."""

        @property
        def control(self) -> Splitter:
            return self.splitter

    def __init__(
        self, direction: Literal["vertical", "horizontal"], *, id: str
    ) -> None:
        super().__init__(id=id, classes=f"-{direction}")
        self._vertical = direction == "vertical"

    def render(self) -> str:
        if self._vertical:
            return "\n".join("│" * self.size.height)
        return "─" * self.size.width

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.stop()
        self.capture_mouse()
        self.add_class("-dragging")

    def on_mouse_up(self, event: events.MouseUp) -> None:
        event.stop()
        self.release_mouse()
        self.remove_class("-dragging")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is not self:
            return
        event.stop()
        # The event is relative to where the border stands now, so the distance
        # left over after a bounded move is made up by the next event.
        cells = event.x if self._vertical else event.y
        if cells:
            self.post_message(self.Moved(self, cells))
