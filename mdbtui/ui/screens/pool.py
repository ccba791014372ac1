"""A pool's own page: how it is used over time, by whom, and what to try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mdbtui.pool import BreakerState
from mdbtui.pool.advice import advise
from mdbtui.ui.messages import FleetRequested
from mdbtui.ui.safe import safe
from mdbtui.ui.screens import pool_words
from mdbtui.ui.screens.ask import ConfirmScreen
from mdbtui.ui.screens.levels import POOL
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
from mdbtui.ui.widgets.pool_ages import Limits
from mdbtui.ui.widgets.pool_page import PoolPage
from mdbtui.ui.widgets.pool_page_lines import Page
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.monitor import Watch
    from mdbtui.pool import PoolDetail
    from mdbtui.ui.services import Services

SLOTS_SECONDS = 15.0
"""Between two looks at how full the server is."""
WINDOWS = (60.0, 300.0, 900.0, 3600.0)
_HINTS = (
    RESIZE,
    KeyHint("e", "End held", "end_held"),
    SERVER,
    PROBE,
    PARK,
    HELP,
    BACK,
    KeyHint("w", "1/5/15/60 min", "window"),
    *REST,
    KeyHint("F7", "Fleet", "fleet"),
    KeyHint("Space", "Pause", "pause"),
    KeyHint("+-", "Refresh", "rate(0.5)"),
)


class PoolScreen(LivePools):
    """One pool in full.

    Args:
        services: What is shown and acted on.
        db_id: The pool.
        seconds: How often the numbers are read.
        who: Makes more of a holder's name: the tab's title, and what it ran.
    """

    level = POOL
    CSS_PATH = "pool.tcss"
    TITLE = "The pool's page"
    BINDINGS = [
        Binding("escape", "leave", "Back", priority=True),
        Binding("f7", "fleet", "Fleet: all pools at a glance", priority=True),
        Binding("w", "window", "Show 1, 5, 15 or 60 minutes"),
        Binding("e", "end_held", "End: take a connection from who holds it"),
    ]

    def __init__(
        self,
        services: Services,
        db_id: str,
        seconds: float,
        who: Callable[[str], tuple[str, str]],
    ) -> None:
        super().__init__(services, seconds)
        self._db_id = db_id
        self._who = who
        self._window = WINDOWS[1]
        self._watch: Watch | None = None
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
        """Show the numbers."""
        self.query_one(KeyBar).show(_HINTS)
        self._page.focus()
        self.start()

    async def on_unmount(self) -> None:
        """Look at the server no longer."""
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch.close()

    def sample(self) -> None:
        pools, db_id = self.services.pools, self._db_id
        if db_id not in pools.db_ids:
            self.dismiss(None)  # the connection was removed
            return
        detail, config = self.detail(db_id), pools.config(db_id)
        case = self.case(db_id)
        self._look_at_server()
        self._page.show(
            Page(
                detail=detail,
                history=pools.history(db_id),
                advice=advise(case),
                window=self._window,
                leak_after=case.hold_limit,
                who=self._who,
                limits=Limits(
                    config.max_inactive_connection_lifetime, config.max_queries
                ),
            )
        )
        spec = self.services.connection(db_id)
        words = [f"{config.address}/{config.database}"]
        if spec is not None and spec.environment is not None:
            words.insert(0, spec.environment.name)
        words += ["held open"] * detail.stats.held
        words += [f"the last {self._window / 60:g} min", self.pace]
        text = " " + safe(" · ".join(words), 200)
        self.query_one("#pool-head", Static).update(
            Content.assemble((" Pool", "bold"), text)
        )

    def detail(self, db_id: str) -> PoolDetail:
        """The pool in full; of a tab it is known who took a connection."""
        detail = super().detail(db_id)
        holders = tuple(
            each if self._who(each.name)[0] == each.name else replace(each, where=())
            for each in detail.holders
        )
        return replace(detail, holders=holders)

    def _look_at_server(self) -> None:
        """Watch how full the server is, by a connection that is not the pool's.

        Only while the pool is open and can connect: nothing is woken up, and no dead
        server is asked, because somebody looks at a page.
        """
        stats = self._stats(self._db_id)
        wanted = stats.is_open and stats.breaker is BreakerState.CLOSED
        wanted = wanted and not (self._paused or stats.untried)
        if self._watch is not None:
            self._watch.want(paused=not wanted)
        elif wanted:
            self._watch = self.services.server_monitor.start(
                self._db_id, interval=SLOTS_SECONDS
            )

    @property
    def slots(self) -> tuple[int, int] | None:
        """Connections of all clients at the server, and how many it takes."""
        sample = self._watch.sample if self._watch is not None else None
        if sample is None:
            return None
        return sample.connections, sample.server.max_connections

    # ---- keys ----------------------------------------------------------------------

    def action_fleet(self) -> None:
        """Show all pools, with the cursor on this one."""
        self.post_message(FleetRequested(self._db_id))

    def action_window(self) -> None:
        """Show the next length of time."""
        place = WINDOWS.index(self._window)
        self._window = WINDOWS[(place + 1) % len(WINDOWS)]
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_end_held(self) -> None:
        """Choose who holds a connection, and take it back."""
        from mdbtui.ui.screens.choose import ChooseScreen

        db_id, pools = self._db_id, self.services.pools
        choices = pool_words.holdings(self.detail(db_id).holders, self._who)
        if not choices:
            self._say(f"{self._called(db_id)}: nobody holds a connection.")
            return
        key = await self.app.push_screen_wait(
            ChooseScreen(
                "Take a connection from who holds it",
                [(one.key, one.title, one.about) for one in choices],
            )
        )
        chosen = next((one for one in choices if one.key == key), None)
        if chosen is None:
            return
        sure = await self.app.push_screen_wait(
            ConfirmScreen(
                f"Take back {chosen.title}?",
                f"{chosen.details}. What runs on it"
                " fails there, an open transaction is rolled back. Its place in the"
                " pool is free at once.",
                "Take it back",
            )
        )
        if sure:
            count = pools.end_leases(db_id, chosen.pids)
            self._say(f"{self._called(db_id)}: {pool_words.taken_back(count)}")
            self.sample()
