"""The part of the main screen that cancels what runs, and what Esc means there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.widgets import Input

from mdbtui.ui.input_order import OrderedInputMixin
from mdbtui.ui.screens.main_panes import PaneScreen

if TYPE_CHECKING:
    from textual.events import ScreenResume, ScreenSuspend

    from mdbtui.ui.runner import PaneRunner

QUIET_SECONDS = 0.5
"""An Esc this soon after something closed was meant for that."""


class EscapeGuard:
    """Tells an Esc that cancels from one of a row that leaves dialogs.

    Times are those at which keys were pressed, in seconds: a slow screen handles them
    later, and not as far apart.
    """

    def __init__(self) -> None:
        self._last = float("-inf")

    def closed(self, at: float) -> None:
        """Note that something closed, or that an Esc was for something else."""
        self._last = max(self._last, at)

    def lets(self, at: float) -> bool:
        """Whether an Esc may cancel; as long as they come in a row, none may."""
        if at - self._last < QUIET_SECONDS:
            self.closed(at)
            return False
        return True


class CancelScreen(PaneScreen):
    """Cancels what runs in the tab in front."""

    def __init__(self) -> None:
        super().__init__()
        self._escapes = EscapeGuard()
        self._covered = False

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        self._covered = True

    def on_screen_resume(self, event: ScreenResume) -> None:
        # The first time, nothing was closed.
        if self._covered:
            self._escapes.closed(event.time)

    def action_cancel(self) -> None:
        self._cancel(self.panes.active)

    @work(group="cancel", exit_on_error=False)
    async def _cancel(self, runner: PaneRunner) -> None:
        await runner.talk.cancel()
        self.pane_changed()

    def action_escape(self) -> None:
        """Cancel a run, wherever the keyboard is."""
        at = self._escape_at()
        if at is None or self._escapes.lets(at):
            self.action_cancel()

    def _escape_at(self) -> float | None:
        """When Esc was pressed, if that is what is being handled."""
        assert isinstance(self.app, OrderedInputMixin)
        key = self.app.last_key
        return key.time if key is not None and key.key == "escape" else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in ("cancel", "escape") or not self.is_mounted:
            return True
        talk = self.panes.active.talk
        if action == "escape" and self._escape_is_taken():
            if (at := self._escape_at()) is not None:
                self._escapes.closed(at)
            return False
        # Escape also ends a selection or a search: it cancels only what holds up
        # the editor, not rows that are still arriving.
        return talk.running or (action == "cancel" and talk.streaming)

    def _escape_is_taken(self) -> bool:
        """Whether Esc closes a list, a line that is typed in or a mode of vim's."""
        return self.panes.active.pane.editor.keeps_escape or isinstance(
            self.focused, Input
        )
