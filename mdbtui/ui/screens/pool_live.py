"""What the fleet and a pool's page have in common: numbers on a timer, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from mdbtui.ui.screens.pool_operations import PoolOperations
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.timer import Timer

    from mdbtui.ui.services import Services

LEAST_SECONDS, MOST_SECONDS = 0.25, 10.0
HELP, BACK = KeyHint("F1", "Help", "help"), KeyHint("Esc", "Back", "leave")
SERVER, PROBE = KeyHint("F8", "Server", "server"), KeyHint("p", "Probe", "probe")
RESIZE, PARK = KeyHint("m", "Resize", "resize"), KeyHint("P", "Park", "park")
REST = (
    KeyHint("o", "Hold", "hold"),
    KeyHint("b", "Breaker", "reset_breaker"),
    KeyHint("d", "Drain", "drain"),
    KeyHint("x", "Close", "close_pool"),
)


class LivePools(PoolOperations):
    """A screen of pools whose numbers are read again and again.

    Args:
        services: What is shown and acted on.
        seconds: How often the numbers are read.
    """

    BINDINGS = [
        Binding("f1", "help", "Help", priority=True),
        Binding("plus,equals_sign", "rate(0.5)", "Refresh faster"),
        Binding("minus", "rate(2)", "Refresh slower"),
        Binding("space", "pause", "Pause, go on"),
    ]
    TITLE: ClassVar[str]
    """The heading of this screen's keys in the help."""
    PARTS: ClassVar[tuple[tuple[str, type[DOMNode]], ...]] = ()
    """Other headings, and whose keys are below."""

    def __init__(self, services: Services, seconds: float) -> None:
        super().__init__()
        self.services = services
        self._seconds = seconds
        self._paused = False
        self._timer: Timer | None = None

    def start(self) -> None:
        """Read the numbers from now on."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(self._seconds, self._tick)
        self.sample()

    def _tick(self) -> None:
        if not self._paused and self.is_current:
            self.sample()

    @property
    def pace(self) -> str:
        """How often the numbers are read, in words."""
        return "paused" if self._paused else f"every {self._seconds:g} s"

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_rate(self, factor: float) -> None:
        """Read the numbers more often, or less often."""
        seconds = self._seconds * factor
        self._seconds = max(LEAST_SECONDS, min(seconds, MOST_SECONDS))
        self.start()

    def action_pause(self) -> None:
        """Let the numbers stand, or go on."""
        self._paused = not self._paused
        self.sample()

    def action_help(self) -> None:
        """List the keys of this screen."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = ((self.TITLE, type(self)), *self.PARTS)
        self.app.push_screen(
            HelpScreen([(name, keys_of(kind)) for name, kind in areas])
        )

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
