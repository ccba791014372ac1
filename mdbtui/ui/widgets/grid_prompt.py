"""The line at the bottom of the grid in which a text or a row number is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mdbtui.ui.safe import plain

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget


class GridPrompt(ModalScreen[str | None]):
    """Asks for one line of text over the last line of a widget.

    Its result is the text, or None after Escape. A modal screen, so that the grid
    can ask wherever it is mounted, and everything under it stays in view.
    """

    BINDINGS = [
        Binding("escape", "cancel", "Cancel"),
        Binding("down,f3,ctrl+n", "step(1)", "Next", show=False),
        Binding("up,shift+f3,ctrl+p", "step(-1)", "Previous", show=False),
    ]
    DEFAULT_CSS = """
    GridPrompt {
        background: transparent;
        & > Horizontal { height: 1; background: $panel; }
        & .grid-prompt--title { width: auto; padding: 0 1; text-style: bold; }
        & .grid-prompt--answer { width: 2fr; padding: 0 1; color: $text-muted; }
        & Input { width: 1fr; border: none; height: 1; padding: 0 1; }
        & Input:focus { border: none; }
    }
    """

    def __init__(
        self,
        over: Widget,
        title: str,
        text: str = "",
        *,
        digits: bool = False,
        on_change: Callable[[str], None] | None = None,
        on_step: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self._over = over
        self._heading = title
        self._text = text
        self._digits = digits
        self._on_change = on_change
        self._on_step = on_step
        self._answer = Static(classes="grid-prompt--answer", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self._heading, classes="grid-prompt--title", markup=False)
            yield Input(
                self._text,
                restrict=r"[0-9]{0,15}" if self._digits else None,
                select_on_focus=True,
            )
            yield self._answer

    def say(self, text: str) -> None:
        """Show what came of the text so far."""
        # Another layout would paint the whole screen again, the one below included.
        self._answer.update(plain(text, 60), layout=False)

    def on_resize(self, _event: events.Resize) -> None:
        # After the widget below has its new place.
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        region = self._over.region
        bar = self.query_one(Horizontal)
        bar.styles.width = max(20, region.width)
        bar.styles.offset = (region.x, max(0, region.bottom - 1))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._on_change is not None:
            self._on_change(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def on_click(self, event: events.Click) -> None:
        if event.screen_y != self.query_one(Horizontal).region.y:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_step(self, by: int) -> None:
        if self._on_step is not None:
            self._on_step(by)
