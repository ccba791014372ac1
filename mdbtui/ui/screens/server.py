"""F8: the server's side of a database: who does what, who waits for whom."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from mdbtui.ui.safe import plain, safe
from mdbtui.ui.screens.server_actions import ServerActions
from mdbtui.ui.widgets import server_head
from mdbtui.ui.widgets.grid_prompt import GridPrompt
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.server_activity import VIEWS as BACKEND_VIEWS
from mdbtui.ui.widgets.server_numbers import VIEWS as NUMBER_VIEWS
from mdbtui.ui.widgets.server_views import Filters, with_holders
from mdbtui.ui.widgets.strips import KeyBar, KeyHint, Tab, TabStrip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.app import ComposeResult

    from mdbtui.monitor import ServerMonitor, ServerSample, Watch
    from mdbtui.ui.screens.server_memory import ServerMemory
    from mdbtui.ui.widgets.server_views import View

VIEWS = (*BACKEND_VIEWS, *NUMBER_VIEWS)
EMPTY_LIMIT = 200
NOT_KNOWN = "not known: the server gives no answer"
NARROW = 100
"""Cells below which the views' titles are short."""


class ServerScreen(ServerActions):
    """One server, sampled again and again on a connection of its own.

    Args:
        monitor: Watches servers.
        db_id: Whose server.
        memory: What was chosen the last time; changed in place.
        holders: Who holds this program's connections to a database, by pid.
    """

    CSS_PATH = "server.tcss"
    BINDINGS = [
        *(
            Binding(view.key, f"view('{view.key}')", view.title, priority=False)
            for view in VIEWS
        ),
        Binding("tab,right_square_bracket", "step_view(1)", "Next view"),
        Binding("shift+tab,left_square_bracket", "step_view(-1)", "Previous view"),
        Binding("C", "signal('cancel')", "Cancel the query of the row, or the marked"),
        Binding(
            "K", "signal('terminate')", "End the session of the row, or the marked"
        ),
        Binding("x", "plan", "The plan of the statement"),
        Binding("slash,ctrl+f", "filter", "Filter by text"),
        Binding("t", "state", "Filter by state: the next one"),
        Binding("i", "show_hide('idle')", "Show or hide idle clients"),
        Binding("o", "show_hide('own')", "Show or hide the monitor's own connection"),
        Binding("b", "show_hide('background')", "Show or hide background processes"),
        Binding("p", "pause", "Pause, or go on"),
        Binding("plus,equals_sign", "rate(0.5)", "Refresh faster"),
        Binding("minus", "rate(2)", "Refresh slower"),
        Binding("r,f5", "refresh", "Refresh now"),
        Binding("P", "pool", "This program's pool: its page"),
        Binding("f7", "fleet", "Fleet: all pools at a glance"),
        Binding("f1,question_mark", "help", "Help"),
        Binding("escape", "back", "End the marks, the filter, or leave"),
        Binding("q,f8", "close", "Close"),
    ]

    def __init__(
        self,
        monitor: ServerMonitor,
        db_id: str,
        memory: ServerMemory,
        holders: Callable[[str], Mapping[int, str]],
    ) -> None:
        super().__init__()
        self.db_id = db_id
        self._monitor = monitor
        self._memory = memory
        self._holders = holders
        self._watch: Watch | None = None
        self._paused = False
        self._due = False
        self._grids: dict[str, LiveGrid] = {}
        self._title = Static(id="server-title", classes="server--line", markup=False)
        self._numbers = Static(classes="server--line", markup=False)
        self._warnings = Static(classes="server--line", markup=False)
        self._strip = TabStrip()
        self._body = Vertical(id="server-body")
        self._above = Static(id="server-above", markup=False)
        self._note = Static(id="server-note", classes="server--line", markup=False)
        self._keys = KeyBar()

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._numbers
        yield self._warnings
        yield self._strip
        with self._body:
            yield self._above
        yield self._note
        yield self._keys

    async def on_mount(self) -> None:
        self._watch = self._monitor.start(
            self.db_id, parts=self._view.parts, interval=self._memory.interval
        )
        self._watch.subscribe(self._sampled)
        self.set_interval(1.0, self._count_on)
        await self._show_view()

    async def on_unmount(self) -> None:
        if self._watch is not None:
            await self._watch.close()

    def on_screen_suspend(self) -> None:
        self._want()

    def on_screen_resume(self) -> None:
        self._want()

    def _want(self) -> None:
        """Ask for samples only while they are looked at."""
        if self._watch is not None:
            hidden = self.app.screen is not self
            self._watch.want(
                parts=self._view.parts,
                interval=self._memory.interval,
                paused=self._paused or hidden,
            )

    # ---- what is true now ----------------------------------------------------------

    @property
    def _view(self) -> View:
        key = self._memory.view
        return next((view for view in VIEWS if view.key == key), VIEWS[0])

    @property
    def grid(self) -> LiveGrid:
        """The table of the view in front."""
        return self._grids[self._view.key]

    def _sampled(self) -> None:
        # Called inside the sampler's own step, so it may only post.
        if not self._due:
            self._due = True
            self.call_later(self.draw)

    def draw(self) -> None:
        self._due = False
        watch, view = self._watch, self._view
        if watch is None or view.key not in self._grids:
            return
        sample = watch.sample
        self._draw_head(watch)
        grid = self.grid
        if sample is not None:
            problem = safe(sample.problems.get(view.parts, ""), EMPTY_LIMIT)
            grid.empty = problem or (NOT_KNOWN if watch.error else view.empty)
            filters = self._memory.filters
            self._show_above(view, sample)
            named = with_holders(sample, self._holders(self.db_id))
            grid.show(view.rows(named, filters), filters.words)
        elif watch.error is not None:
            grid.empty = "no answer yet"
            grid.show(())
        self._show_tabs()
        self._show_note()

    def _draw_head(self, watch: Watch) -> None:
        title, numbers, warnings = server_head.head(
            self.db_id, watch, paused=self._paused
        )
        self._title.update(title)
        self._numbers.update(numbers)
        self._warnings.update(warnings)

    def _count_on(self) -> None:
        """Go on counting while there is no answer."""
        watch = self._watch
        if watch is None or not self.is_current:
            return
        if watch.error is not None or watch.asking_s >= server_head.SLOW_S:
            self._draw_head(watch)

    def _show_above(self, view: View, sample: ServerSample) -> None:
        """Draw what a view has to say above its table."""
        said = None
        if view.above is not None and self._watch is not None:
            said = view.above(sample, self._watch.history, self.size.width - 2)
        self._above.display = said is not None
        if said is not None:
            self._above.update(said)

    def _show_tabs(self) -> None:
        sample = self._watch.sample if self._watch is not None else None
        narrow = self.size.width < NARROW
        tabs = []
        for view in VIEWS:
            label = f"{view.key} {view.short if narrow else view.title}"
            if view.title == "Blocking" and sample is not None and sample.waiting:
                label += f" {sample.waiting}"
            tabs.append(Tab(view.key, label))
        self._strip.show(tabs, self._view.key)

    async def _show_view(self) -> None:
        view = self._view
        if view.key not in self._grids:
            grid = self._grids[view.key] = LiveGrid(view.columns)
            grid.can_mark, grid.can_sort = view.backends, view.sortable
            if view.key in self._memory.arranged:
                grid.restore(self._memory.arranged[view.key])
            await self._body.mount(grid)
        for key, grid in self._grids.items():
            grid.set_class(key != view.key, "-hidden")
        self._above.display = False
        self._keys.show(_hints(view))
        self.set_focus(self.grid)
        self._want()
        self.draw()

    @on(LiveGrid.Arranged)
    def _arranged(self) -> None:
        self._memory.arranged[self._view.key] = self.grid.arrangement
        self._show_note()

    def _show_note(self) -> None:
        grid, filters, view = self.grid, self._memory.filters, self._view
        words = [f"{grid.row_count:,} row{'' if grid.row_count == 1 else 's'}"]
        if grid.marked:
            words.append(f"{len(grid.marked)} marked")
        if grid.sorted_by is not None:
            index, descending = grid.sorted_by
            sign = "▼" if descending else "▲"
            words.append(f"by {grid.live_columns[index].name} {sign}")
        if view.filtered:
            if filters.state:
                words.append(f"state: {filters.state} (t)")
            hidden = [
                name
                for name, shown in (
                    ("idle (i)", filters.idle or filters.state == "idle"),
                    ("own (o)", filters.own),
                    ("background (b)", filters.background),
                )
                if not shown
            ]
            if hidden:
                words.append(f"hidden: {', '.join(hidden)}")
        if filters.words:
            words.append(f"with “{' '.join(filters.words)}” (Esc ends it)")
        if grid.left_out:
            columns = "column" if grid.left_out == 1 else "columns"
            words.append(f"{grid.left_out} {columns} left out (U)")
        self._note.update(plain(" · ".join(words)))

    # ---- views and filters ---------------------------------------------------------

    async def action_view(self, key: str) -> None:
        """Show another view."""
        self._memory.view = key
        await self._show_view()

    async def action_step_view(self, by: int) -> None:
        """Show the next view, or the one before."""
        at = VIEWS.index(self._view)
        await self.action_view(VIEWS[(at + by) % len(VIEWS)].key)

    @on(TabStrip.Chosen)
    async def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        await self.action_view(event.key)

    def _filter(self, filters: Filters) -> None:
        self._memory.filters = filters
        self.draw()

    def action_filter(self) -> None:
        """Show only rows that hold the words that are typed."""
        before = self._memory.filters

        def changed(text: str) -> None:
            words = tuple(text.lower().split())
            self._filter(replace(self._memory.filters, words=words))

        def done(text: str | None) -> None:
            if text is None:
                self._filter(replace(self._memory.filters, words=before.words))

        prompt = GridPrompt(
            self.grid, "Filter:", " ".join(before.words), on_change=changed
        )
        self.app.push_screen(prompt, done)

    def action_state(self) -> None:
        """Show only clients of the next state."""
        self._filter(self._memory.filters.next_state())

    def action_show_hide(self, name: str) -> None:
        """Show or hide idle, own or background processes."""
        self._filter(self._memory.filters.turned(name))

    def action_back(self) -> None:
        """End the marks; else the filter; else leave."""
        filters = self._memory.filters
        if self.grid.marked:
            self.grid.marked.clear()
            self.draw()
        elif filters.words or filters.state:
            self._filter(replace(filters, words=(), state=""))
        else:
            self.action_close()

    # ---- the samples ---------------------------------------------------------------

    def action_pause(self) -> None:
        """Take no samples, or take them again."""
        self._paused = not self._paused
        self._want()
        self.draw()

    def action_rate(self, factor: float) -> None:
        """Sample more often, or less often."""
        watch = self._watch
        if watch is not None:
            watch.want(interval=watch.interval * factor)
            self._memory.interval = watch.interval
            self.draw()

    def action_refresh(self) -> None:
        """Sample now."""
        if self._watch is not None:
            self._watch.refresh()

    # ---- the rest ------------------------------------------------------------------

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    def action_help(self) -> None:
        """List the keys."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = [("Server", keys_of(ServerScreen)), ("Its tables", keys_of(LiveGrid))]
        self.app.push_screen(HelpScreen(areas))

    def action_close(self) -> None:
        """Leave; the connection is closed."""
        self.dismiss(None)

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers here."""
        for node in (self, self.grid):
            for binding in type(node).BINDINGS:
                assert isinstance(binding, Binding)
                if binding.show and binding.description:
                    yield SystemCommand(
                        binding.description,
                        f"Key: {binding.key.partition(',')[0]}",
                        partial(node.run_action, binding.action),
                    )


def _hints(view: View) -> tuple[KeyHint, ...]:
    hints = [
        KeyHint("1-7", "Views", "step_view(1)"),
        KeyHint("Enter", "Details", "open_row"),
    ]
    if view.backends:
        hints += [
            KeyHint("C", "Cancel", "signal('cancel')"),
            KeyHint("K", "Terminate", "signal('terminate')"),
        ]
    hints += [
        KeyHint("/", "Filter", "filter"),
        KeyHint("p", "Pause", "pause"),
        KeyHint("F1", "Help", "help"),
        KeyHint("q", "Close", "close"),
        KeyHint("F7", "Fleet", "fleet"),
        KeyHint("P", "Pool", "pool"),
    ]
    if view.key == "7":
        hints.insert(2, KeyHint("x", "Plan", "plan"))
    if view.filtered:
        hints.append(KeyHint("t", "State", "state"))
        hints.append(KeyHint("i", "Idle", "show_hide('idle')"))
    hints.append(KeyHint("+/-", "Rate", "rate(0.5)"))
    return tuple(hints)
