"""How a statement is to write on several databases: one of four ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mdbtui.query.writes.fan import How

if TYPE_CHECKING:
    from textual import events


class HowList(Static, can_focus=True):
    """The ways, a line each; the arrows choose."""

    DEFAULT_CSS = """
    HowList { height: auto; padding: 0 1; }
    HowList:focus { background: $panel; }
    """
    BINDINGS = [
        Binding("up,k", "step(-1)", "The way before"),
        Binding("down,j,space", "step(1)", "The next way"),
        Binding("enter", "app.focus_next", "Go on"),
    ]

    class Changed(Message):
        """Another way was chosen."""

    def __init__(self, chosen: How) -> None:
        super().__init__(markup=False)
        self._chosen = chosen

    def on_mount(self) -> None:
        self._draw()

    @property
    def chosen(self) -> How:
        """The way that is chosen."""
        return self._chosen

    @chosen.setter
    def chosen(self, how: How) -> None:
        if how is not self._chosen:
            self._chosen = how
            self._draw()
            self.post_message(self.Changed())

    def action_step(self, by: int) -> None:
        """Choose the next way, or the one before."""
        ways = list(How)
        self.chosen = ways[(ways.index(self._chosen) + by) % len(ways)]

    def on_click(self, event: events.Click) -> None:
        """Choose the way that was clicked."""
        line = 0
        for how in How:
            # A narrow screen has it on several lines.
            line += len(Content(self._line(how)).wrap(self.content_size.width))
            if event.y < line:
                self.chosen = how
                return

    def _line(self, how: How) -> str:
        return f"{'◉' if how is self._chosen else '○'} {how.words}"

    def _draw(self) -> None:
        lines = [
            (f"{self._line(how)}\n", style)
            for how in How
            for style in ("bold" if how is self._chosen else "",)
        ]
        self.update(
            Content.assemble(*lines[:-1], (lines[-1][0].rstrip(), lines[-1][1]))
        )
