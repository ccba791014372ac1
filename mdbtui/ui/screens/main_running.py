"""The part of the main screen that chooses what runs, and what ends a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.screens.main_panes import PaneScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.sql import Statement


class RunScreen(PaneScreen):
    """Runs more than the statement at the cursor."""

    goes_on = False
    """A run of several statements goes on after one that fails."""

    def start(self, statements: Sequence[Statement]) -> None:
        """Run statements in the pane in front, if it can."""
        raise NotImplementedError

    def action_run_from_here(self) -> None:
        """Run the statement at the cursor, or a selection's first, and all after it."""
        editor = self.panes.active.pane.editor
        here = editor.statement()
        if here is None:
            self.start([])
            return
        everything = editor.statements(everything=True)
        self.start([each for each in everything if each.end > here.start])

    def action_toggle_go_on(self) -> None:
        """Choose whether runs stop at an error; remembered for the next start."""
        self.goes_on = not self.goes_on
        self.notify(
            "A run of several statements goes on after an error."
            if self.goes_on
            else "A run of several statements stops at an error."
        )
