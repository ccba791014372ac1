"""The whole console on real databases, driven by keys."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace

from textual.message import Message
from textual.pilot import Pilot
from textual.worker import Worker, WorkerState

from mdbtui.catalog import Catalog
from mdbtui.config import AppConfig, ConnectionSpec
from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import driver_options
from mdbtui.ui import keymaps
from mdbtui.ui.app import MdbtuiApp
from mdbtui.ui.screens.main import MainScreen
from mdbtui.ui.services import Services
from mdbtui.ui.widgets.query_pane import QueryPane
from tests.support.server import PgServer
from tests.support.waiting import eventually


def spec_of(pg: PgServer, database: str, **fields: object) -> ConnectionSpec:
    """A connection to one of the test server's databases."""
    db = DBConfig(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=database,
        name=database,
        pool_max_size=4,
        connect_timeout=3.0,
    )
    return ConnectionSpec(database, db, **fields)  # type: ignore[arg-type]


def dead_spec(name: str = "dead", port: int = 1) -> ConnectionSpec:
    """A connection that nothing answers."""
    return ConnectionSpec(
        name, DBConfig(host="127.0.0.1", port=port, name=name, database=name)
    )


@dataclass
class Console:
    """The running console and what tests want to know of it."""

    app: MdbtuiApp
    pilot: Pilot[int]
    pools: PoolManager
    failures: list[BaseException] = field(default_factory=list)

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def pane(self) -> QueryPane:
        return self.main.panes.active.pane

    @property
    def screen_text(self) -> str:
        """What is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(
            "".join(text for text, _, control in strip if not control)
            for strip in strips
        )

    def notes(self) -> list[str]:
        """The notifications that are up."""
        return [note.message for note in self.app._notifications]

    async def until(self, condition: Callable[[], bool], message: str = "") -> None:
        """Wait for a condition; the screen is shown if it does not come."""
        try:
            await eventually(condition, 15.0)
        except AssertionError:
            raise AssertionError(f"{message}\n{self.screen_text}") from None

    async def sees(self, *texts: str) -> None:
        """Wait until all texts are on the screen."""
        await self.until(
            lambda: all(text in self.screen_text for text in texts),
            f"not seen: {texts}",
        )

    async def run(self, sql: str, key: str = "f5") -> None:
        """Put SQL in the editor, in place of what is there, and press a run key."""
        self.pane.editor.text = sql
        self.pane.editor.move_cursor((0, 0))
        self.pane.editor.focus()
        await self.pilot.press(key)
        await self.until(lambda: not self.main.panes.active.talk.running, "still runs")


@contextlib.asynccontextmanager
async def console(
    specs: Iterable[ConnectionSpec],
    *,
    size: tuple[int, int] = (140, 44),
    start: str | None = None,
    config: AppConfig | None = None,
) -> AsyncIterator[Console]:
    """Run the console; at the end no worker may have failed."""
    specs = tuple(specs)
    failures: list[BaseException] = []

    def watch(message: Message) -> None:
        if (
            isinstance(message, Worker.StateChanged)
            and message.state is WorkerState.ERROR
            and message.worker.error is not None
        ):
            failures.append(message.worker.error)

    pools = PoolManager(driver_options=driver_options, trace_leases=True)
    services = Services(
        pools, replace(config or AppConfig(), connections=specs), Catalog(pools)
    )
    services.start_database = start or (specs[0].name if specs else None)
    try:
        app = MdbtuiApp(services)
        async with app.run_test(
            size=size, notifications=True, message_hook=watch
        ) as pilot:
            await pilot.pause()
            running = Console(app, pilot, pools)
            yield running
            await app.main.panes.close_sessions()
    finally:
        await services.close()
        keymaps._in_force[0] = keymaps.Keymap()
    assert not failures, failures


__all__ = ["Console", "console", "dead_spec", "spec_of"]
