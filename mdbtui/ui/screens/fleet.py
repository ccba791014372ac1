"""F7: all databases at a glance, as a map or as a table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from mdbtui.pool import PoolStats
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.levels import FLEET
from mdbtui.ui.screens.pool_live import (
    BACK,
    HELP,
    PARK,
    PROBE,
    RESIZE,
    REST,
    SERVER,
    LivePools,
)
from mdbtui.ui.widgets.charts import short_time
from mdbtui.ui.widgets.fleet_model import (
    BY_KEY,
    COLUMNS,
    LAST_TROUBLE,
    SORTS,
    USUAL,
    WORST,
    Filter,
    Row,
    Rows,
    arrange,
    is_number,
)
from mdbtui.ui.widgets.fleet_view import FleetMap, FleetTable, FleetView
from mdbtui.ui.widgets.pool_lines import state_words
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from mdbtui.config import ConnectionSpec
    from mdbtui.ui.services import Services

STILL_SECONDS = 3.0
"""No cell moves so soon after the last key."""
TEXT_LIMIT = 200
_HINTS = (
    KeyHint("Enter", "Open", "open"),
    KeyHint("/", "Filter", "filter"),
    KeyHint("v", "Table", "view"),
    KeyHint("s", "Sort", "sort"),
    SERVER,
    PROBE,
    HELP,
    BACK,
    RESIZE,
    PARK,
    *REST,
    KeyHint("t", "Tag", "next_filter('tag')"),
    KeyHint("e", "Env", "next_filter('env')"),
    KeyHint("a", "State", "next_filter('state')"),
    KeyHint("c", "Columns", "columns"),
)


class FleetScreen(LivePools):
    """Every database's worst signal, in one view.

    Args:
        services: What is shown and acted on.
        state: What was remembered of this screen; it is changed in place.
        seconds: How often the numbers are read.
        open_pool: Shows a pool's page.
        at: Where the cursor begins.
        to_worst: It begins at the worst database if one is in trouble.
    """

    level = FLEET

    CSS_PATH = "fleet.tcss"
    TITLE = "Fleet"
    PARTS = (("Map and table", FleetTable),)
    BINDINGS = [
        Binding("escape", "escape", "Back", priority=True),
        Binding("f7", "leave", "Back", priority=True, show=False),
        Binding("slash", "filter", "Filter: words, tag: env: state:"),
        Binding("t", "next_filter('tag')", "Next tag"),
        Binding("e", "next_filter('env')", "Next environment"),
        Binding("a", "next_filter('state')", "Next state"),
        Binding("s", "sort", "Sort: the next key; in the table this column"),
        Binding("S,r", "reverse", "Sort the other way round"),
        Binding("v", "view", "Map or table"),
        Binding("c", "columns", "Choose the table's columns"),
    ]

    def __init__(
        self,
        services: Services,
        state: dict[str, Any],
        seconds: float,
        open_pool: Callable[[str], None],
        at: str | None = None,
        *,
        to_worst: bool = False,
    ) -> None:
        super().__init__(services, seconds)
        self._state = state
        self._open_pool = open_pool
        self._at, self._to_worst = at, to_worst
        self._moved: dict[str, ConnectionSpec] = {}
        self._rows = Rows(services.config.leak_seconds)
        self._all: list[Row] = []
        self._order: list[str] = []
        self._wanted = Filter()
        self._touched = 0.0
        self._map, self._table = FleetMap(id="map"), FleetTable(id="table")
        remembered = state.get("columns")
        columns = remembered if isinstance(remembered, list) else USUAL
        self._columns = [key for key in columns if key in BY_KEY] or [*USUAL]
        sort = state.get("sort")
        self._sort = sort if sort in (WORST, *BY_KEY) else WORST
        self._down = state.get("down") is True

    # ---- what is there -------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="fleet-head")
            yield Input(
                id="fleet-filter",
                placeholder="words, tag:eu env:production state:down, state:trouble",
                compact=True,
            )
            yield self._map
            yield self._table
            yield Static(id="fleet-detail")
            yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show the view that was left."""
        self.query_one("#fleet-filter").display = False
        self._show_view(table=self._state.get("view") == "table")
        self.query_one(KeyBar).show(_HINTS)
        self.start()
        worst = min(self._all, key=lambda row: row.signal.rank, default=None)
        if self._to_worst and worst and worst.signal.rank <= LAST_TROUBLE:
            self._at = worst.db_id
        self.point_at(self._at)

    def point_at(self, db_id: str | None) -> None:
        """Move the cursor to a database, if it is shown."""
        self.view.put_cursor(db_id)

    def on_screen_resume(self) -> None:
        """Show what is true now."""
        if self._timer is not None:
            self.sample()

    @property
    def view(self) -> FleetView:
        """The map or the table, whichever is shown."""
        return self._table if self._table.display else self._map

    @property
    def db_id(self) -> str | None:
        row = self.view.current
        return None if row is None else row.db_id

    def sample(self) -> None:
        fleet = self.services.pools.snapshot()
        there = {stats.db_id for stats in fleet.pools}
        specs = {
            spec.db.id: self._as_used(spec)
            for spec in self.services.connections
            if spec.db.id in there
        }
        self._all = self._rows.of(fleet.pools, specs)
        self._show()

    def _as_used(self, spec: ConnectionSpec) -> ConnectionSpec:
        """Return a connection with the address that its pool uses now."""
        config = self.services.pools.config(spec.db.id)
        if (config.host, config.port) == (spec.db.host, spec.db.port):
            return spec
        known = self._moved.get(spec.db.id)
        if known is None or known.db is not config:
            known = self._moved[spec.db.id] = replace(spec, db=config)
        return known

    def _show(self, *, sort: bool = False) -> None:
        shown = arrange(self._all, self._wanted, self._sort, down=self._down)
        ids = {row.db_id: row for row in shown}
        still = time.monotonic() - self._touched < STILL_SECONDS
        if still and not sort and set(self._order) == ids.keys():
            shown = [ids[db_id] for db_id in self._order]
        self._order = [row.db_id for row in shown]
        self.view.show(shown)
        self.query_one("#fleet-head", Static).update(self._head(shown))
        self._show_detail()

    # ---- the lines around ----------------------------------------------------------

    def _head(self, shown: Sequence[Row]) -> Content:
        counts = Counter(row.signal.state for row in self._all)
        marks = {row.signal.state: row.signal for row in self._all}
        worst = sorted(marks.values(), key=lambda signal: signal.rank)
        stats = [row.stats for row in self._all]
        used, most = sum(s.in_use for s in stats), sum(s.max_size for s in stats)
        rate = sum(s.queries_per_s for s in stats)
        count = len(self._all)
        wide = self.size.width >= 24 + sum(len(signal.state) + 8 for signal in worst)
        long = f" {count} database{'s' * (count != 1)}"
        parts: list[Any] = [(long if wide else f" {count} dbs", "bold")]
        for signal in worst:
            style = {"bad": "$mark-bad", "warn": "$mark-warn"}.get(signal.style, "")
            word = f" {signal.state}" * wide
            text = f"  {signal.glyph} {counts[signal.state]}{word}"
            parts.append((text, style) if style else text)
        parts.append(f"  {used}/{most} in use  {rate:,.0f} q/s")
        second = [f" sorted by {self._sort_words()}"]
        if len(shown) != count or self._wanted != Filter():
            second.append(f"{len(shown)} shown: {safe(self._wanted.text(), 80)}")
        second.append(self.pace)
        return Content.assemble(*parts, ("\n" + " · ".join(second), "dim"))

    def _sort_words(self) -> str:
        column = BY_KEY.get(self._sort)
        words = column.title if column else "the worst"
        if column is None:
            return f"{words} last" if self._down else f"{words} first"
        return f"{words}, {'largest' if self._down else 'smallest'} first"

    @on(FleetView.Moved)
    def _show_detail(self) -> None:
        row = self.view.current
        self.query_one("#fleet-detail", Static).update(
            Content(" nothing is shown: Esc clears the filter")
            if row is None
            else _detail(row)
        )

    @on(FleetView.Moved)
    def _note_touch(self) -> None:
        self._touched = time.monotonic()

    # ---- keys ----------------------------------------------------------------------

    @on(FleetView.Opened)
    def _opened(self, event: FleetView.Opened) -> None:
        self._open_pool(event.db_id)

    def action_open(self) -> None:
        """Show the page of the pool at the cursor."""
        self.view.action_open()

    def action_filter(self) -> None:
        """Type a filter."""
        box = self.query_one("#fleet-filter", Input)
        box.display = True
        box.value = self._wanted.text()
        box.focus()

    @on(Input.Changed, "#fleet-filter")
    def _typed(self, event: Input.Changed) -> None:
        self._wanted = Filter.parse(event.value)
        self._show(sort=True)

    @on(Input.Submitted, "#fleet-filter")
    def _typed_all(self) -> None:
        self.query_one("#fleet-filter").display = False
        self.view.focus()

    def action_escape(self) -> None:
        """Clear the filter; leave where there is none."""
        if self._wanted == Filter() and not self.query_one("#fleet-filter").has_focus:
            self.action_leave()
            return
        self.query_one("#fleet-filter", Input).display = False
        self._wanted = Filter()
        self.view.focus()
        self._show(sort=True)

    def action_next_filter(self, name: str) -> None:
        """Show the databases with the next tag, environment or state."""
        if name == "tag":
            found = {tag.casefold() for row in self._all for tag in row.tags}
        elif name == "env":
            found = {row.environment.casefold() for row in self._all} - {""}
        else:
            found = {row.signal.state for row in self._all}
            if any(row.signal.rank <= LAST_TROUBLE for row in self._all):
                found.add("trouble")
        if not found:
            self._say(f"No connection has a {name}.")
        self._wanted = self._wanted.next(name, sorted(found))
        self._show(sort=True)

    def action_sort(self) -> None:
        """Sort by the table's column, or by the next of the map's keys."""
        if self._table.display:
            key = self._table.column
            if key == self._sort:
                self._down = not self._down
            else:
                self._sort, self._down = key, is_number(key)
        else:
            place = SORTS.index(self._sort) if self._sort in SORTS else -1
            self._sort = SORTS[(place + 1) % len(SORTS)]
            self._down = is_number(self._sort)
        self._sorted()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._down = not self._down
        self._sorted()

    def _sorted(self) -> None:
        self._state.update(sort=self._sort, down=self._down)
        self._table.set_columns(self._columns, self._sort, down=self._down)
        self._show(sort=True)

    def action_view(self) -> None:
        """Go from the map to the table or back."""
        at = self.db_id
        self._show_view(table=not self._table.display)
        self._show(sort=True)
        self.view.put_cursor(at)

    def _show_view(self, *, table: bool) -> None:
        self._table.display, self._map.display = table, not table
        self._state["view"] = "table" if table else "map"
        self._table.set_columns(self._columns, self._sort, down=self._down)
        self.view.focus()

    def action_columns(self) -> None:
        """Choose the table's columns."""
        from mdbtui.ui.screens.columns import ColumnsScreen

        def chosen(keys: list[str] | None) -> None:
            if keys:
                self._columns = keys
                self._state["columns"] = keys
                self._show_view(table=True)
                self._show(sort=True)

        known = [(column.key, column.title) for column in COLUMNS]
        self.app.push_screen(ColumnsScreen(known, self._columns, USUAL), chosen)


def _detail(row: Row) -> Content:
    stats, spec = row.stats, row.spec
    about = []
    if spec is not None:
        about = [row.environment, spec.group or "", " ".join(row.tags)]
        about.append(f"{spec.db.address}/{spec.db.database}")
    flags = "  held open" * stats.held
    return Content.assemble(
        (f" {row.signal.glyph} {safe(row.db_id, TEXT_LIMIT)}", "bold"),
        f"  {state_words(stats, ask='p')}{flags}  ",
        (safe(" · ".join(word for word in about if word), TEXT_LIMIT), "dim"),
        "\n ",
        safe(stats.last_error, TEXT_LIMIT) if stats.last_error else _numbers(stats),
    )


def _numbers(stats: PoolStats) -> str:
    return (
        f"{stats.in_use} in use, {stats.free} free of {stats.max_size}"
        f" · {stats.waiting} waiting · acquire p95 {short_time(stats.acquire_p95_ms)}"
        f" · {stats.queries_per_s:.1f} q/s · {stats.errors_per_s:.1f} err/s"
        f" · {stats.timeouts} time-outs · {stats.connections_lost} lost"
    )
