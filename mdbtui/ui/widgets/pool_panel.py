"""The live view of the pools: one database in full, all of them as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mdbtui.pool import FleetStats
from mdbtui.ui.keymaps import named
from mdbtui.ui.widgets import pool_lines, pool_rows
from mdbtui.ui.widgets.line_text import fit
from mdbtui.ui.widgets.pool_head import PanelHead, Source

if TYPE_CHECKING:
    from textual import events

    from mdbtui.pool import PoolStats
    from mdbtui.ui.widgets.line_text import Line

_STYLES = ("text", "title", "dim", "ok", "idle", "warn", "bad", "used", "free", "chart")


class PoolPanel(ScrollView, can_focus=True):
    """One painted widget for all pools; fifty small ones cost five times as much.

    Its owner calls `update` on a timer; nothing is computed while it is hidden, and
    only lines that changed are painted again.
    """

    DEFAULT_CSS = """
    PoolPanel { background: $surface; color: $foreground; scrollbar-size: 1 1;
        overflow-x: hidden; overflow-y: auto; }
    PoolPanel > .pool-panel--text { color: $foreground; }
    PoolPanel > .pool-panel--title { color: $foreground; text-style: bold; }
    PoolPanel > .pool-panel--dim { color: $foreground-muted; }
    PoolPanel > .pool-panel--ok { color: $mark-ok; }
    PoolPanel > .pool-panel--idle { color: $mark-idle; }
    PoolPanel > .pool-panel--warn { color: $mark-warn; text-style: bold; }
    PoolPanel > .pool-panel--bad { color: $mark-bad; text-style: bold; }
    PoolPanel > .pool-panel--used { color: $text-primary; }
    PoolPanel > .pool-panel--free { color: $text-secondary; }
    PoolPanel > .pool-panel--chart { color: $text-accent; }
    PoolPanel > .pool-panel--cursor { background: $block-cursor-background;
        color: $block-cursor-foreground; }
    PoolPanel > .pool-panel--selected { text-style: bold underline; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"pool-panel--{name}" for name in _STYLES),
        "pool-panel--cursor",
        "pool-panel--selected",
    }
    BINDINGS: ClassVar[list[BindingType]] = named(
        "pools",
        [
            Binding("up,k", "move(-1)", "Up", show=False),
            Binding("down,j", "move(1)", "Down", show=False),
            Binding("pageup", "move_page(-1)", "Page up", show=False),
            Binding("pagedown", "move_page(1)", "Page down", show=False),
            Binding("home", "move_to(0)", "First", show=False),
            Binding("end", "move_to(-1)", "Last", show=False),
            Binding("enter", "select", "Use this database"),
            Binding("r", "probe", "Try to connect"),
            Binding("a", "server", "Activity of its server"),
            Binding("i", "page", "The pool's page: charts, holders, advice"),
            Binding("t", "total", "All databases together (again: one)"),
            Binding("w", "window", "Charts over 1, 5, 15 or 60 minutes"),
            Binding("space", "pause", "Pause, go on"),
            Binding("plus,equals_sign", "refresh_rate(1)", "Refresh faster"),
            Binding("minus", "refresh_rate(-1)", "Refresh slower"),
        ],
    )

    class DatabaseSelected(Message):
        """A database was chosen in the list."""

        def __init__(self, db_id: str) -> None:
            super().__init__()
            self.db_id = db_id

    class ProbeRequested(Message):
        """A connection to the database shall be tried now."""

        def __init__(self, db_id: str) -> None:
            super().__init__()
            self.db_id = db_id

    class ServerRequested(Message):
        """What the database's server does is to be shown."""

        def __init__(self, db_id: str) -> None:
            super().__init__()
            self.db_id = db_id

    class PageRequested(Message):
        """The page of a pool shall be shown."""

        def __init__(self, db_id: str) -> None:
            super().__init__()
            self.db_id = db_id

    class Resumed(Message):
        """The numbers shall be read again, after a pause."""

    class RefreshRateChanged(Message):
        """The numbers shall be read more often, or less often."""

        def __init__(self, faster: bool) -> None:
            super().__init__()
            self.faster = faster

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._fleet = FleetStats.EMPTY
        self._full = PanelHead()
        self._selected: str | None = None
        self._cursor: str | None = None
        self._order: list[str] = []
        self._width = 0
        self._computed = Size()
        self._head: list[Line] = []
        self._body: dict[int, Line] = {}
        self._painted: dict[int, tuple[Line, str]] = {}
        self._styles: dict[str, Style] = {}

    def update(
        self, fleet: FleetStats, source: Source | None, selected: str | None
    ) -> None:
        """Show new numbers, unless they are paused.

        Args:
            fleet: All pools.
            source: Where more is read of those that are shown in full.
            selected: The database that is shown in full; None: the first one.
        """
        if selected != self._selected:
            self._cursor = None
        self._selected = selected
        if not self._full.paused:
            self._fleet, self._full.source = fleet, source
        self._build()

    @property
    def databases(self) -> tuple[str, ...]:
        """The db_ids in the order of the list."""
        return tuple(self._order)

    # ---- lines ---------------------------------------------------------------------

    def _build(self) -> None:
        """Compute the fixed lines, and repaint what changed."""
        if not self.size:
            return  # hidden
        self._compute()
        size = Size(self._width, len(self._head) + len(self._order))
        if size != self.virtual_size:
            self.virtual_size = size
        changed = [
            Region(0, y, self.size.width, 1)
            for y in range(self.size.height)
            if self._painted.get(y) != self._line(y)
        ]
        if changed:
            self.refresh(*changed)

    def _compute(self) -> None:
        """Compute the fixed lines and the order of the list."""
        self._computed = self.size
        width, height = self.size
        self._sort()
        self._head = self._head_lines(width, height)
        if len(self._head) + len(self._order) > height:
            # The scroll bar that will appear takes a column; to wait for it would
            # show a frame with cut lines.
            width = max(1, width - self.styles.scrollbar_size_vertical)
            self._head = self._head_lines(width, height)
        self._width = width
        self._body.clear()

    def _sort(self) -> None:
        ids = [pool.db_id for pool in self._fleet.pools]
        if (self.has_focus or self.mouse_hover) and set(ids) == set(self._order):
            return  # no line may move away from under the hand that points at it
        rank = {pool.db_id: pool_lines.severity(pool) for pool in self._fleet.pools}
        self._order = sorted(ids, key=rank.__getitem__)

    def _head_lines(self, width: int, height: int) -> list[Line]:
        fleet = self._fleet
        if not fleet.pools:
            return [(("No connections.".ljust(width)[:width], "dim"),)]
        tall = height >= 14
        fixed = [pool_rows.total_line(fleet, width)]
        if height >= 10:
            fixed.append(pool_rows.column_line(width))
        listed = min(len(fleet.pools), max(2, height // 3))
        room = max(1, height - listed - len(fixed) - 2 * tall)
        head = self._full.lines(fleet, self._shown, width, room)
        if tall:
            words = f"{self._full.window / 60:g} min (w)"
            if self._full.paused:
                words = f"‖ paused  {words}"
            style = "warn" if self._full.paused else "dim"
            head.append(((words.rjust(width)[:width], style),))
        elif self._full.paused and head:
            head[0] = (("‖ ", "warn"), *fit(head[0], max(1, width - 2)))
        return [*head, *fixed]

    @property
    def _shown(self) -> PoolStats | None:
        # Where the hand is, else what the tab in front works with.
        selected = (self._cursor if self.has_focus else None) or self._selected
        if selected is None and self._fleet.pools:
            return self._fleet.pools[0]
        return None if selected is None else self._fleet.by_id(selected)

    def _line(self, y: int) -> tuple[Line, str]:
        """A line of the view and what marks it: cursor, selected, or nothing."""
        if y < len(self._head):
            return self._head[y], ""
        index = self.scroll_offset.y + y - len(self._head)
        if index >= len(self._order):
            return (), ""
        db_id = self._order[index]
        line = self._body.get(index)
        if line is None:
            stats = self._fleet.by_id(db_id)
            if stats is None:
                return (), ""
            line = pool_rows.database_line(stats, self._width)
            self._body[index] = line
        if self.has_focus and db_id == (self._cursor or self._selected):
            return line, "cursor"
        return line, "selected" if db_id == self._selected else ""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._computed != self.size:
            # A resized widget is painted before it is told; so is the first frame.
            self._compute()
        line, mark = self._painted[y] = self._line(y)
        styles = self._styles or self._load_styles()
        base = styles["base"]
        if not line:
            return Strip.blank(width, base)
        extra = styles.get(mark)
        if mark == "selected":
            # Only the name: a whole marked line would look like the cursor.
            first, name, *rest = line
            segments = [_segment(first, styles), _segment(name, styles, extra)]
            segments += [_segment(piece, styles) for piece in rest]
        else:
            segments = [_segment(piece, styles, extra) for piece in line]
        return Strip(segments).crop_extend(0, width, base)

    def _load_styles(self) -> dict[str, Style]:
        for name in (*_STYLES, "cursor", "selected"):
            component = f"pool-panel--{name}"
            self._styles[name] = self.get_component_rich_style(component, partial=True)
        self._styles["base"] = self.rich_style
        return self._styles

    # ---- events --------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}
        self._painted.clear()

    def on_resize(self) -> None:
        self._build()

    def on_show(self) -> None:
        self._build()

    def on_focus(self) -> None:
        self._refresh_all()

    def on_blur(self) -> None:
        self._refresh_all()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._refresh_all()

    def _refresh_all(self) -> None:
        self._painted.clear()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y - len(self._head)
        if event.y >= len(self._head) and index < len(self._order):
            self._cursor = self._order[index]
            self.action_select()

    # ---- keys ----------------------------------------------------------------------

    @property
    def _cursor_index(self) -> int:
        db_id = self._cursor or self._selected
        return self._order.index(db_id) if db_id in self._order else 0

    def action_move(self, by: int) -> None:
        self._move_to(self._cursor_index + by)

    def action_move_page(self, by: int) -> None:
        self._move_to(self._cursor_index + by * max(1, self._list_height - 1))

    def action_move_to(self, index: int) -> None:
        self._move_to(index % max(1, len(self._order)))

    @property
    def _list_height(self) -> int:
        return max(1, self.size.height - len(self._head))

    def _move_to(self, index: int) -> None:
        if not self._order:
            return
        index = max(0, min(index, len(self._order) - 1))
        self._cursor = self._order[index]
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif index >= top + self._list_height:
            self.scroll_to(y=index - self._list_height + 1, animate=False)
        self._build()
        self._refresh_all()

    def action_select(self) -> None:
        if self._order:
            self.post_message(self.DatabaseSelected(self._order[self._cursor_index]))

    def action_probe(self) -> None:
        if self._order:
            self.post_message(self.ProbeRequested(self._order[self._cursor_index]))

    @property
    def pointed(self) -> str | None:
        """The database at the cursor."""
        return self._order[self._cursor_index] if self._order else None

    def action_server(self) -> None:
        if self.pointed is not None:
            self.post_message(self.ServerRequested(self.pointed))

    def action_page(self) -> None:
        if self.pointed is not None:
            self.post_message(self.PageRequested(self.pointed))

    def action_total(self) -> None:
        self._full.in_total = not self._full.in_total
        self._build()

    def action_window(self) -> None:
        self._full.next_window()
        self._build()

    def action_pause(self) -> None:
        self._full.pause()
        self._build()
        if not self._full.paused:
            self.post_message(self.Resumed())

    def action_refresh_rate(self, step: int) -> None:
        self.post_message(self.RefreshRateChanged(faster=step > 0))


def _segment(
    piece: tuple[str, str], styles: dict[str, Style], extra: Style | None = None
) -> Segment:
    text, name = piece
    style = styles["base"] + styles[name]
    return Segment(text, style if extra is None else style + extra)
