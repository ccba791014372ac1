"""Two plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from mdbtui.ui.widgets.plan_compare_lines import CompareLines
from mdbtui.ui.widgets.plan_view import PlanTree

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.query.plan import Plan


class CompareScreen(ModalScreen[None]):
    """The totals of two plans, and what became of each node.

    Args:
        before: The plan on the left.
        now: The plan on the right.
    """

    DEFAULT_CSS = """
    CompareScreen { align: center middle; }
    CompareScreen > #compare {
        width: 100%; height: 100%; border: round $border; padding: 0 1;
        background: $surface;
    }
    CompareScreen PlanTree { height: 1fr; }
    """
    BINDINGS = [
        Binding("escape,q", "dismiss", "Close"),
        Binding("x", "swap", "Swap the plans"),
    ]

    def __init__(self, before: Plan, now: Plan) -> None:
        super().__init__()
        self._before, self._now = before, now
        self._tree = PlanTree()

    def compose(self) -> ComposeResult:
        with Vertical(id="compare") as box:
            box.border_title = "Two plans · x swaps them · Esc closes"
            yield self._tree

    def on_mount(self) -> None:
        self._show()
        self._tree.focus()

    def _show(self) -> None:
        self._tree.show(CompareLines(self._before, self._now))

    def action_swap(self) -> None:
        """Let the left plan be the right one."""
        self._before, self._now = self._now, self._before
        self._show()
