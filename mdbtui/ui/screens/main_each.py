"""The part of the main screen that shows databases' results side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from mdbtui.ui.screens.main_watch import WatchKeys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import SystemCommand

    from mdbtui.ui.widgets.fanout_view import FanOutView


class EachKeys(WatchKeys):
    """Looks at a fan-out's databases one beside the other."""

    # No priority: in the editor it is a letter.
    BINDINGS = [Binding("b", "each", "Several databases' results side by side")]

    def fan_out_commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        yield from super().fan_out_commands()
        yield from self.offered(EachKeys.BINDINGS)

    def action_each(self) -> None:
        """Show what each database answered by itself."""
        from mdbtui.ui.screens.each import EachScreen

        view = self.panes.active.pane.results.fan_out
        if view is None:
            self._refuse(
                "No result of several databases is in front: alt+t chooses them."
            )
        elif not view.fan.over.is_set():
            self._refuse("Not all databases have answered yet.")
        else:
            null_text = self._services.config.null_text
            self.app.push_screen(EachScreen(view.fan, null_text, _in_front(view)))


def _in_front(view: FanOutView) -> int:
    """Return the number of the database that the cursor is in."""
    row = view.grid.row(view.grid.cursor_row)
    names = view.fan.db_ids
    return names.index(row[0]) if row and row[0] in names else 0
