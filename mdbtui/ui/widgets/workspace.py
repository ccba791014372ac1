"""How the panes share the screen: sizes, hiding, one at a time, narrow screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Container, Vertical

from mdbtui.ui.widgets.splitter import Splitter
from mdbtui.ui.widgets.strips import TabStrip

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.geometry import Size
    from textual.widget import Widget

    from mdbtui.ui.widgets.query_pane import QueryPane

WIDE = 120
"""From so many columns on, the pool panel stands beside the editor."""
MIN_SIDE, MIN_CENTRE = 16, 30
_SHARES = {"left": (0.22, 26, 44), "right": (0.26, 38, 64)}
MIN_PANEL_LINES, MAX_STACKED_LINES = 6, 14
SIDEBAR, PANEL = "sidebar", "panel"


class Workspace(Container):
    """The sidebar, the query panes and the pool panel.

    On a wide screen they stand side by side; on a narrow one the pool panel moves
    below the sidebar. Each side can be hidden, widened, and be alone on the screen.

    Args:
        sidebar: The connections.
        panel: The pools.
        state: What `layout_state` returned at the last start.
    """

    DEFAULT_CSS = """
    Workspace { layout: grid; grid-size: 5 1; height: 1fr; grid-rows: 1fr; }
    Workspace > #centre { height: 1fr; }
    Workspace > .-gone { display: none; }
    """

    def __init__(
        self, sidebar: Widget, panel: Widget, state: dict[str, Any] | None = None
    ) -> None:
        super().__init__(id="workspace")
        self._sidebar = sidebar
        self._panel = panel
        self._centre = Vertical(id="centre")
        self._first_pane: QueryPane | None = None
        self._left_border = Splitter("vertical", id="left-border")
        self._right_border = Splitter("vertical", id="right-border")
        # None: a share of the screen.
        self._widths: dict[str, int | None] = {"left": None, "right": None}
        self._hidden: set[str] = set()
        self._alone = ""
        self._restore(state or {})
        self.strip = TabStrip(id="pane-tabs")

    def compose(self) -> ComposeResult:
        # Not only when the size is told: the first frame would be painted twice.
        self.lay_out(self.app.size)
        yield self._sidebar
        yield self._left_border
        with self._centre:
            yield self.strip
            if self._first_pane is not None:
                yield self._first_pane
        yield self._right_border
        yield self._panel

    def first_pane(self, pane: QueryPane) -> None:
        """Compose this pane with the rest; to be called before that."""
        self._first_pane = pane

    async def add_pane(self, pane: QueryPane) -> None:
        """Put one more query pane in the middle, in front of the others."""
        await self._centre.mount(pane)

    def layout_state(self) -> dict[str, Any]:
        """Return widths and what is hidden, to be remembered."""
        widths = {side: width for side, width in self._widths.items() if width}
        return {**widths, "hidden": sorted(self._hidden)}

    def _side(self, side: str, screen: int) -> int:
        """Return how wide a side is on a screen of so many columns."""
        share, least, most = _SHARES[side]
        return self._widths[side] or max(least, min(round(screen * share), most))

    def _restore(self, state: dict[str, Any]) -> None:
        for side in self._widths:
            value = state.get(side)
            if isinstance(value, int) and MIN_SIDE <= value <= WIDE:
                self._widths[side] = value
        hidden = state.get("hidden")
        if isinstance(hidden, list):
            self._hidden = {part for part in hidden if part in (SIDEBAR, PANEL)}

    @property
    def is_wide(self) -> bool:
        """The pool panel stands beside the editor."""
        return self.size.width >= WIDE

    def shows(self, part: str) -> bool:
        """Say whether the ``sidebar`` or the ``panel`` is on the screen."""
        return self._alone == part or (not self._alone and part not in self._hidden)

    def toggle(self, part: str) -> bool:
        """Hide or show a part; return whether it shows now."""
        visible = self.shows(part)
        self._alone = ""
        (self._hidden.add if visible else self._hidden.discard)(part)
        self.lay_out()
        return not visible

    def reveal(self, part: str) -> None:
        """Make sure that a part is on the screen."""
        if not self.shows(part):
            self._alone = ""
            self._hidden.discard(part)
            self.lay_out()

    @property
    def alone(self) -> str:
        """The part that has the screen for itself: a name, or empty."""
        return self._alone

    def maximise(self, part: str) -> None:
        """Give one part (``sidebar``, ``panel``, ``centre``) the screen, or ``""``."""
        self._alone = part
        self.lay_out()

    def grow(self, side: str, cells: int) -> None:
        """Make the ``left`` or ``right`` side wider by so many cells."""
        room = self.size.width - MIN_CENTRE - 2
        other = "right" if side == "left" else "left"
        if self.is_wide and self.shows(PANEL):
            room -= self._side(other, self.size.width)
        wanted = self._side(side, self.size.width) + cells
        self._widths[side] = max(MIN_SIDE, min(wanted, max(room, MIN_SIDE)))
        self.lay_out()

    def on_resize(self, event: Resize) -> None:
        self.lay_out(event.size)

    def lay_out(self, size: Size | None = None) -> None:
        """Apply sizes and visibility."""
        screen, lines = size or self.size
        wide = screen >= WIDE
        sidebar, panel = self.shows(SIDEBAR), self.shows(PANEL)
        centre = self._alone in ("", "centre")
        stacked = panel and not wide and centre
        columns: list[str] = ["1fr"]
        if centre and sidebar:
            columns = [str(self._side("left", screen)), "1", *columns]
        if centre and panel and wide:
            columns = [*columns, "1", str(self._side("right", screen))]
        rows = ["1fr", str(_stacked_height(lines, sidebar))] if stacked else ["1fr"]
        for widget, shown in (
            (self._sidebar, sidebar),
            (self._left_border, sidebar and centre),
            (self._centre, centre),
            (self._right_border, panel and wide and centre),
            (self._panel, panel),
        ):
            widget.set_class(not shown, "-gone")
        span = 2 if stacked and sidebar else 1
        self._left_border.styles.row_span = span
        self._centre.styles.row_span = span
        self.styles.grid_size_columns = len(columns)
        self.styles.grid_size_rows = len(rows)
        self.styles.grid_columns = " ".join(columns)
        self.styles.grid_rows = " ".join(rows)

    @on(Splitter.Moved)
    def _border_moved(self, event: Splitter.Moved) -> None:
        event.stop()
        if event.splitter is self._left_border:
            self.grow("left", event.cells)
        else:
            self.grow("right", -event.cells)


def _stacked_height(lines: int, below_sidebar: bool) -> int:
    share = lines // (2 if below_sidebar else 3)
    return max(MIN_PANEL_LINES, min(share, MAX_STACKED_LINES))
