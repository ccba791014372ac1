"""Which columns a table shows, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from textual.app import ComposeResult

_KEYS = "Space shows or hides · shift+↑↓ moves · r the usual ones · Enter · Esc"


class ColumnsScreen(ModalScreen[list[str] | None]):
    """A list of columns to be ticked and moved; gives the keys of those shown.

    Args:
        columns: Key and title of each that there is.
        shown: The keys of those shown, in order.
        usual: What the table begins with.
    """

    CSS_PATH = "columns.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("space", "tick", "Show or hide", priority=True),
        Binding("shift+up,K", "move(-1)", "Move up", priority=True),
        Binding("shift+down,J", "move(1)", "Move down", priority=True),
        Binding("r", "usual", "The usual columns"),
        Binding("enter", "done", "Done", priority=True),
    ]

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        shown: Sequence[str],
        usual: Sequence[str],
    ) -> None:
        super().__init__()
        self._titles = dict(columns)
        self._usual = usual
        self._take(shown)

    def _take(self, shown: Sequence[str]) -> None:
        self._shown = {key for key in shown if key in self._titles}
        kept = [key for key in shown if key in self._titles]
        self._order = [*kept, *(key for key in self._titles if key not in kept)]

    def compose(self) -> ComposeResult:
        with Vertical(id="columns") as box:
            box.border_title = "Columns"
            yield OptionList(markup=False)
            yield Static(Content(_KEYS))

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill(0)
        self.query_one(OptionList).focus()

    def _fill(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(f"[{'x' if key in self._shown else ' '}] {self._titles[key]}")
            for key in self._order
        )
        options.highlighted = max(0, min(at, len(self._order) - 1))

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def action_tick(self) -> None:
        """Show or hide the column; one always stays."""
        key = self._order[self._at]
        if self._shown != {key}:
            self._shown ^= {key}
        self._fill(self._at)

    def action_move(self, by: int) -> None:
        """Move the column up (-1) or down (1)."""
        at = self._at
        if 0 <= at + by < len(self._order):
            self._order.insert(at + by, self._order.pop(at))
            self._fill(at + by)

    def action_usual(self) -> None:
        """Go back to what the table begins with."""
        self._take(self._usual)
        self._fill(0)

    def action_done(self) -> None:
        """Close, and use them."""
        self.dismiss([key for key in self._order if key in self._shown])
