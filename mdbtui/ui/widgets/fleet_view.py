"""The fleet as a map of cells, or as a table: two ways to paint the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from mdbtui.ui.widgets.fleet_model import BY_KEY, LAST_TROUBLE, WORST, Column, Row
from mdbtui.ui.widgets.line_text import Line, Piece, cut, fit, in_cells, squeeze
from mdbtui.ui.widgets.painted import PaintedView

if TYPE_CHECKING:
    from textual import events

LEAST_NAME = 10
"""Cells of a name that its state in words does not take."""
LEAST_CELL, USUAL_CELL, EASY_CELL, WIDEST_CELL = 13, 16, 20, 32


class FleetView(PaintedView):
    """Rows with a cursor that stays on its database when the order changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(0, -1)", "Up", show=False),
        Binding("down", "move(0, 1)", "Down", show=False),
        Binding("left", "move(-1, 0)", "Left", show=False),
        Binding("right", "move(1, 0)", "Right", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move_to(0)", "First", show=False),
        Binding("end", "move_to(-1)", "Last", show=False),
        Binding("enter", "open", "Open the pool's page"),
    ]

    class Opened(Message):
        """A database was chosen."""

        def __init__(self, db_id: str) -> None:
            super().__init__()
            self.db_id = db_id

    class Moved(Message):
        """The cursor is on another database."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self._index: dict[str, int] = {}
        self._cursor: str | None = None
        self._place = 0

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, in this order."""
        self.rows = rows
        self._index = {row.db_id: place for place, row in enumerate(rows)}
        self.lay_out()

    def lay_out(self) -> None:
        """Compute the layout and paint what changed."""
        raise NotImplementedError

    @property
    def current(self) -> Row | None:
        """The row at the cursor."""
        return self.rows[self.place] if self.rows else None

    @property
    def place(self) -> int:
        """Where the cursor is."""
        found = self._index.get(self._cursor) if self._cursor is not None else None
        if found is None:
            found = min(self._place, max(0, len(self.rows) - 1))
        return found

    def put_cursor(self, db_id: str | None) -> None:
        """Move the cursor to a database, if it is shown."""
        if db_id in self._index:
            self._go(self._index[db_id])

    def _go(self, place: int) -> None:
        if not self.rows:
            return
        self._place = max(0, min(place, len(self.rows) - 1))
        self._cursor = self.rows[self._place].db_id
        self._reveal(self._place)
        self.lay_out()
        self.post_message(self.Moved())

    def _reveal(self, place: int) -> None:
        line = place // self.across
        height = max(1, self.size.height - self.top)
        offset = self.scroll_offset.y
        if line < offset:
            self.scroll_to(y=line, animate=False)
        elif line >= offset + height:
            self.scroll_to(y=line - height + 1, animate=False)

    across = 1
    """Rows beside each other in a line."""
    top = 0
    """Lines above the first that do not scroll."""

    def action_move(self, x: int, y: int) -> None:
        """Move the cursor by so many cells."""
        target = self.place + x + y * self.across
        if 0 <= target < len(self.rows) or not y:
            self._go(target)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        lines = max(1, self.size.height - self.top - 1)
        self._go(self.place + by * lines * self.across)

    def action_move_to(self, place: int) -> None:
        """Move to the first (0) or last (-1)."""
        self._go(place % max(1, len(self.rows)))

    def action_open(self) -> None:
        """Open the database at the cursor."""
        if (row := self.current) is not None:
            self.post_message(self.Opened(row.db_id))

    def on_click(self, event: events.Click) -> None:
        """Go to what was clicked; open it at the second click."""
        place = self.place_at(event.x, event.y)
        if place is None or place >= len(self.rows):
            return
        if place == self.place and self._cursor is not None:
            self.action_open()
        else:
            self._go(place)

    def place_at(self, x: int, y: int) -> int | None:
        """Which row is painted there."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Lay out anew."""
        self.lay_out()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.lay_out()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.lay_out()


class FleetMap(FleetView):
    """One cell for each database, so small that all are in view if that can be."""

    cell = WIDEST_CELL

    def lay_out(self) -> None:
        width = max(1, self.scrollable_content_region.width)
        height, count = max(1, self.size.height), max(1, len(self.rows))
        across = max(1, width // WIDEST_CELL)
        while -(-count // across) > height and width // (across + 1) >= LEAST_CELL:
            across += 1
        if -(-count // across) > height:
            across = max(1, width // USUAL_CELL)
        self.across, self.cell = across, max(1, width // across)
        self.repaint(-(-count // across))

    def place_at(self, x: int, y: int) -> int | None:
        across = x // self.cell
        if across >= self.across:
            return None
        return (y + self.scroll_offset.y) * self.across + across

    def line(self, y: int) -> Line:
        first = (y + self.scroll_offset.y) * self.across
        pieces: list[Piece] = []
        at = self.place if self.has_focus else -1
        for place in range(first, min(first + self.across, len(self.rows))):
            pieces += cell_of(self.rows[place], self.cell, cursor=place == at)
        return tuple(pieces)


def cell_of(row: Row, width: int, *, cursor: bool) -> list[Piece]:
    """A database in the map: its glyph, its name, and its number or state."""
    signal = row.signal
    over = "@cursor" if cursor else ""
    room = width - 3  # the glyph, a space behind it, one before the next cell
    word = signal.word
    trouble = signal.rank <= LAST_TROUBLE
    if len(word) + LEAST_NAME > room or (width < EASY_CELL and not trouble):
        word = signal.short if len(signal.short) + LEAST_NAME <= room else ""
    name = squeeze(row.db_id, room - len(word) - bool(word))
    style = signal.style if trouble else "text"
    if not trouble and row.environment == "production":
        style = "title"
    return [
        (f"{signal.glyph} ", signal.style + over),
        (name + (" " if word else ""), style + over),
        (word, (signal.style if trouble else "dim") + over),
        (" ", "text"),
    ]


class FleetTable(FleetView):
    """Every number as a column; one of them is the one that keys act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,less_than_sign", "column(-1)", "Column to the left"),
        Binding("right,greater_than_sign", "column(1)", "Column to the right"),
    ]
    top = 1

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns: Sequence[str] = ()
        self.sort, self.down = WORST, False
        self.chosen = 0
        self._first = 0

    def set_columns(self, columns: Sequence[str], sort: str, *, down: bool) -> None:
        """Show these columns, and how the rows are sorted."""
        self.columns, self.sort, self.down = columns, sort, down
        self.chosen = min(self.chosen, max(0, len(columns) - 1))

    @property
    def column(self) -> str:
        """The key of the column that keys act on."""
        return self.columns[self.chosen] if self.columns else ""

    def action_column(self, by: int) -> None:
        """Choose another column; the view moves with it."""
        self.chosen = max(0, min(self.chosen + by, len(self.columns) - 1))
        self.lay_out()

    def lay_out(self) -> None:
        self._first = min(self._first, self.chosen)
        while self.chosen not in self._visible() and self._first < self.chosen:
            self._first += 1
        self.repaint(len(self.rows) + self.top)

    def _visible(self) -> dict[int, Column]:
        """The columns in view by their place; the first one always is."""
        room = self.scrollable_content_region.width - 2
        shown: dict[int, Column] = {}
        places = [0, *range(max(1, self._first), len(self.columns))]
        for place in places:
            column = BY_KEY[self.columns[place]] if self.columns else None
            if column is None or (shown and room < column.width):
                break
            shown[place] = column
            room -= column.width + 1
        return shown

    def place_at(self, x: int, y: int) -> int | None:
        return None if y < self.top else y - self.top + self.scroll_offset.y

    def line(self, y: int) -> Line:
        width = self.size.width
        if y < self.top:
            return fit(self._heading(), width)
        place = y - self.top + self.scroll_offset.y
        if place >= len(self.rows):
            return ()
        row = self.rows[place]
        over = "@cursor" if self.has_focus and place == self.place else ""
        signal = row.signal
        trouble = signal.rank <= LAST_TROUBLE
        pieces: list[Piece] = [(f"{signal.glyph} ", signal.style + over)]
        for column in self._visible().values():
            style = signal.style if trouble and column.key == "state" else "text"
            text = in_cells(column.show(row), column.width, left=column.left)
            pieces.append((f"{text} ", style + over))
        used = sum(cell_len(text) for text, _ in pieces)
        return fit([*pieces, (" " * (width - used), "text" + over)], width)

    def _heading(self) -> list[Piece]:
        pieces: list[Piece] = [("  ", "dim")]
        for place, column in self._visible().items():
            mark = ("▼" if self.down else "▲") if column.key == self.sort else ""
            title = cut(column.title, column.width - len(mark))
            text = in_cells(title + mark, column.width, left=column.left)
            here = place == self.chosen and self.has_focus
            pieces.append((text, "title@cursor" if here else "dim"))
            pieces.append((" ", "dim"))
        return pieces
