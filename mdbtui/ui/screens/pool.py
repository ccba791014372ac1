"""A pool's own page: how it is used over time, by whom, and what to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mdbtui.pool import BreakerState, PoolError
from mdbtui.pool.advice import Case, advise
from mdbtui.ui.messages import FleetRequested
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.levels import POOL
from mdbtui.ui.screens.pool_operations import PoolOperations
from mdbtui.ui.widgets.pool_page import PoolPage
from mdbtui.ui.widgets.pool_page_lines import Page
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from mdbtui.ui.services import Services

LEAST_SECONDS, MOST_SECONDS = 0.25, 10.0
LOAD_SECONDS = 60.0
SLOTS_SECONDS, SLOTS_LIMIT = 15.0, 2.0
WINDOWS = (60.0, 300.0, 900.0, 3600.0)
_SLOTS = """select sum(numbackends) as used,
 current_setting('max_connections') as slots from pg_stat_database"""
_HINTS = (
    KeyHint("w", "1/5/15/60 min", "window"),
    KeyHint("F7", "Fleet", "fleet"),
    KeyHint("F8", "Server", "server"),
    KeyHint("p", "Probe", "probe"),
    KeyHint("o", "Hold", "hold"),
    KeyHint("d", "Drain", "drain"),
    KeyHint("m", "Resize", "resize"),
    KeyHint("F1", "Help", "help"),
    KeyHint("Esc", "Back", "leave"),
    KeyHint("b", "Breaker", "reset_breaker"),
    KeyHint("x", "Close", "close_pool"),
    KeyHint("Space", "Pause", "pause"),
    KeyHint("+-", "Refresh", "rate(0.5)"),
)


class PoolScreen(PoolOperations):
    """One pool in full.

    Args:
        services: What is shown and acted on.
        db_id: The pool.
        seconds: How often the numbers are read.
        who: Makes more of a holder's name: the tab's title, and what it ran.
    """

    level = POOL
    CSS_PATH = "pool.tcss"
    BINDINGS = [
        Binding("escape", "leave", "Back", priority=True),
        Binding("f7", "fleet", "Fleet: all pools at a glance", priority=True),
        Binding("f1", "help", "Help", priority=True),
        Binding("w", "window", "Show 1, 5, 15 or 60 minutes"),
        Binding("plus,equals_sign", "rate(0.5)", "Refresh faster"),
        Binding("minus", "rate(2)", "Refresh slower"),
        Binding("space", "pause", "Pause, go on"),
    ]

    def __init__(
        self,
        services: Services,
        db_id: str,
        seconds: float,
        who: Callable[[str], tuple[str, str]],
    ) -> None:
        super().__init__()
        self.services = services
        self._db_id = db_id
        self._seconds = seconds
        self._who = who
        self._window = WINDOWS[1]
        self._paused = False
        self._slots: tuple[int, int] | None = None
        self._timer: Timer | None = None
        self._page = PoolPage()

    @property
    def db_id(self) -> str | None:
        return self._db_id

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="pool-head")
            yield self._page
            yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show the numbers, and ask the server how full it is."""
        self.query_one(KeyBar).show(_HINTS)
        self._page.focus()
        self._start()
        self.set_interval(SLOTS_SECONDS, self._ask_slots)
        self._ask_slots()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(self._seconds, self._tick)
        self.sample()

    def _tick(self) -> None:
        if not self._paused and self.is_current:
            self.sample()

    def sample(self) -> None:
        pools, db_id = self.services.pools, self._db_id
        if db_id not in pools.db_ids:
            self.dismiss(None)  # the connection was removed
            return
        detail, history = pools.detail(db_id), pools.history(db_id)
        spec = self.services.connection(db_id)
        used, slots = self._slots or (None, None)
        leak_after = self.services.config.leak_seconds
        config = pools.config(db_id)
        case = Case(
            stats=detail.stats,
            load=history.load(LOAD_SECONDS),
            holders=detail.holders,
            events=detail.events,
            address=config.address,
            slots_used=used,
            slots=slots,
            leak_after=leak_after,
            locked=self.services.locked(db_id),
        )
        self._page.show(
            Page(
                detail=detail,
                history=history,
                advice=advise(case),
                window=self._window,
                leak_after=leak_after,
                who=self._who,
            )
        )
        words = [f"{config.address}/{config.database}"]
        if spec is not None and spec.environment is not None:
            words.insert(0, spec.environment.name)
        words += ["held open"] * detail.stats.held
        words.append(f"the last {self._window / 60:g} min")
        words.append("paused" if self._paused else f"every {self._seconds:g} s")
        text = " " + safe(" · ".join(words), 200)
        self.query_one("#pool-head", Static).update(
            Content.assemble((" Pool", "bold"), text)
        )

    @work(group="slots", exclusive=True, exit_on_error=False)
    async def _ask_slots(self) -> None:
        """Ask how many connections the server has; only where that is no trouble."""
        if self._paused or not self.is_current:
            return
        pools = self.services.pools
        stats = await pools.get_pool_stats(self._db_id)
        idle = stats.free and not stats.waiting and not stats.draining
        if not idle or stats.breaker is not BreakerState.CLOSED:
            return
        try:
            [row] = await pools.execute_query(self._db_id, _SLOTS, timeout=SLOTS_LIMIT)
            self._slots = int(row["used"]), int(row["slots"])
        except (PoolError, ValueError, TypeError):
            self._slots = None  # a pooler, or no right to see it

    # ---- keys ----------------------------------------------------------------------

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_fleet(self) -> None:
        """Show all pools, with the cursor on this one."""
        self.post_message(FleetRequested(self._db_id))

    def action_window(self) -> None:
        """Show the next length of time."""
        place = WINDOWS.index(self._window)
        self._window = WINDOWS[(place + 1) % len(WINDOWS)]
        self.sample()

    def action_rate(self, factor: float) -> None:
        """Read the numbers more often, or less often."""
        seconds = self._seconds * factor
        self._seconds = max(LEAST_SECONDS, min(seconds, MOST_SECONDS))
        self._start()

    def action_pause(self) -> None:
        """Let the numbers stand, or go on."""
        self._paused = not self._paused
        self.sample()

    def action_help(self) -> None:
        """List the keys of this screen."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = (("The pool's page", PoolScreen),)
        self.app.push_screen(
            HelpScreen([(name, keys_of(kind)) for name, kind in areas])
        )

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
