"""F8: the server's side as a user meets it, with sessions that really block."""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest

from mdbtui.config import save_state
from mdbtui.ui.screens.server import ServerScreen
from mdbtui.ui.screens.server_memory import ServerMemory
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.live_rows import LiveColumn
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer
from tests.support.sessions import blockade, sessions


def server(c: Console) -> ServerScreen:
    assert isinstance(c.app.screen, ServerScreen)
    return c.app.screen


def applications(c: Console) -> list[str]:
    grid = server(c).grid
    names = [column.name for column in grid.live_columns]
    at = names.index("app")
    return [row.cells[at] for row in grid.shown]


async def test_the_root_of_a_blockade_is_found_and_ended(
    pg: PgServer, database: str
) -> None:
    async with (
        blockade(pg, database) as (billing, web, late),
        console([spec_of(pg, database)]) as c,
    ):
        await c.pilot.press("f8")
        await c.sees("holds up 2", "▲ pid", "■ active", "waiting 2", "▲ idle in tx")
        await c.pilot.press("2")
        await c.sees("last ran: begin; update", "└ ", "Share on a transaction")
        await c.sees("Exclusive on a row of orders")
        assert server(c).grid.current is not None
        assert server(c).grid.current.item.pid == billing.get_server_pid()
        await c.pilot.press("enter")
        await c.sees("the root", "RowExclusiveLock", "holds up", "orders")
        await c.pilot.press("K")
        await c.sees(
            "End this session?",
            "It holds up 2.",
            "Do nothing",
            f"pid {billing.get_server_pid()}",
            "billing",
        )
        # The safe answer has the focus.
        await c.pilot.press("enter")
        await c.sees("2 Blocking")
        assert not billing.is_closed()
        await c.pilot.press("K", "right", "enter")
        await c.until(billing.is_closed)
        await c.sees(f"pid {billing.get_server_pid()}: told to end")
        await c.sees("nobody waits for a lock")
        assert not web.is_closed()
        await c.pilot.press("q")
        await c.until(lambda: c.app.screen is c.main)
    assert late.is_closed()


async def test_this_programs_own_connections_say_who_holds_them(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("begin; select 'mine'")
        await c.run("select 'mine' as here")
        await c.pilot.press("f8")
        await c.sees("mdbtui · tab", "idle in tx", "'mine' as here")
        await c.pilot.press("K")
        await c.sees("End this session?", "held here by tab")
        await c.pilot.press("escape", "enter")
        await c.sees("held here by")


async def test_marked_queries_are_cancelled_together(
    pg: PgServer, database: str
) -> None:
    async with (
        blockade(pg, database) as (_, web, late),
        console([spec_of(pg, database)]) as c,
    ):
        await c.pilot.press("f8")
        await c.sees("waiting 2")
        await c.pilot.press("slash", *"total = ", "enter")
        for key in ("down", "space", "space"):
            await c.pilot.press(key)
        await c.sees("2 marked")
        await c.pilot.press("C")
        await c.sees("Cancel these 2 queries?")
        await c.pilot.press("tab", "enter")
        await c.sees(
            f"pid {web.get_server_pid()}: cancelled",
            f"pid {late.get_server_pid()}: cancelled",
            "waiting 0",
        )


async def test_rows_are_filtered_sorted_and_kept_under_the_cursor(
    pg: PgServer, database: str
) -> None:
    async with (
        sessions(pg, database, "alpha", "beta", "gamma") as opened,
        console([spec_of(pg, database)], size=(200, 50)) as c,
    ):
        await opened[1].execute("begin; select 'in beta'")
        await c.pilot.press("f8")
        await c.sees("in beta")
        assert applications(c) == ["beta"]
        await c.pilot.press("i")
        await c.until(lambda: {"alpha", "gamma"} <= set(applications(c)))
        grid = server(c).grid
        column = [each.name for each in grid.live_columns].index("app")
        while grid.column_index != column:
            await c.pilot.press("right")
        await c.pilot.press("s")
        mine = [name for name in applications(c) if name != "mdbtui"]
        assert mine == ["alpha", "beta", "gamma"]
        await c.pilot.press("s")
        mine = [name for name in applications(c) if name != "mdbtui"]
        assert mine == ["gamma", "beta", "alpha"]
        await c.sees("by app ▼")
        while grid.current is None or grid.current.item.application != "beta":
            await c.pilot.press("down")
        opened[2].terminate()
        await c.pilot.press("r")
        await c.until(lambda: "gamma" not in applications(c))
        assert grid.current is not None
        assert grid.current.item.application == "beta"
        await c.pilot.press("slash", *"alp", "enter")
        assert applications(c) == ["alpha"]
        await c.pilot.press("escape", "t", "t", "t")
        await c.until(lambda: applications(c) == ["beta"])
        await c.pilot.press("H")
        assert grid.grid_layout is not None
        assert column not in grid.grid_layout.order
        fitting = list(grid.grid_layout.order)
        await c.pilot.press("U")
        assert len(grid.grid_layout.order) == len(grid.live_columns)
        await c.pilot.press("U")
        assert set(grid.grid_layout.order) >= {*fitting, column}


async def test_tables_are_the_next_time_as_they_were_left(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)], size=(200, 50)) as c:
        await c.pilot.press(
            "f8", "b", "minus", "s", "s", "right", "H", "greater_than_sign"
        )
        await c.pilot.press("slash", *"writer", "enter")
        await c.sees("by pid ▲", "with “writer”")
        names = [grid_column.name for grid_column in server(c).grid.live_columns]
        assert server(c).grid.grid_layout is not None
        order = [names[i] for i in server(c).grid.grid_layout.order]
        assert order[:4] == ["pid", "xact", "time", "in state"]
        await c.pilot.press("3", "end", "s")
        await c.sees("by oldest ▼")
        save_state(c.app._remembered())
    async with console([spec_of(pg, database)], size=(200, 50)) as c:
        await c.pilot.press("f8")
        await c.sees("▌1 Activity", "every 4 s")
        await c.sees("by pid ▲", "background writer", "columns left out")
        assert server(c).grid.grid_layout is not None
        assert [names[i] for i in server(c).grid.grid_layout.order] == order
        await c.pilot.press("3")
        await c.sees("▌3 Connections", "by oldest ▼")
        # What another version has left is used as far as it goes.
        grid = LiveGrid([LiveColumn(name) for name in ("pid", "state", "user")])
        grid.restore({"sort": "gone", "columns": ["user", "gone", 7, "pid", "user"]})
        for odd in (None, {"columns": ["gone"]}, {"sort": 5, "columns": "pid"}):
            grid.restore(odd)
        assert grid.arrangement == {"columns": ["user", "pid"]}


def test_a_memory_of_another_version_is_used_as_far_as_it_goes() -> None:
    for odd in (None, [], {"seconds": "x", "shown": 1, "tables": []}):
        assert ServerMemory.of(odd) == ServerMemory()
    memory = ServerMemory.of({"seconds": 1e9, "shown": ["own", "x"]})
    assert memory.interval == 60
    assert memory.filters.own
    assert not memory.filters.idle
    assert ServerMemory.of(memory.state()) == memory


async def test_from_each_screen_to_each_and_back_with_escape(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database), dead_spec()]) as c:

        async def at(*screens: str) -> None:
            await c.until(
                lambda: [type(s).__name__ for s in c.app.screen_stack[1:]] == [*screens]
            )

        fleet, pool, side = "FleetScreen", "PoolScreen", "ServerScreen"
        await c.pilot.press("f8")
        await at(side)
        await c.pilot.press("f7")
        await at(fleet)
        assert getattr(c.app.screen, "db_id", "") == database
        await c.pilot.press("f8")
        await at(fleet, side)
        await c.pilot.press("P")
        await at(fleet, pool)
        await c.pilot.press("f8")
        await at(fleet, pool, side)
        await c.pilot.press("P")
        await at(fleet, pool)
        await c.pilot.press("f7")
        await at(fleet)
        assert getattr(c.app.screen, "db_id", "") == database
        await c.pilot.press("enter", "f8", "escape")
        await at(fleet, pool)
        await c.pilot.press("escape", "escape")
        await at()
        # Of another database there is another page, and none lies below it.
        c.main.show_pool("dead")
        await at(pool)
        await c.sees("dead")
        c.main.show_pool(database)
        await at(pool)
        assert getattr(c.app.screen, "db_id", "") == database
        c.main.open_server("dead")
        await at(pool, side)
        await c.sees("no sample")
        c.main.open_server(database, "2")
        await at(pool, side)
        await c.sees("▌2 Blocking")
        c.main.open_server(database, "3")
        await c.sees("▌3 Connections")
        await c.pilot.press("f7", "f7")
        await at()


async def test_a_hidden_or_closed_screen_asks_for_nothing(
    pg: PgServer, database: str
) -> None:
    def connections() -> str:
        return pg.psql(
            "postgres",
            "-c",
            "select count(*) from pg_stat_activity"
            f" where application_name = 'mdbtui monitor' and datname = '{database}'",
        ).strip()

    async with console([spec_of(pg, database)]) as c:
        await c.pilot.press("f8")
        await c.sees("all clients are idle")
        screen = server(c)
        assert connections() == "1"
        await c.pilot.press("f1")
        await c.sees("Cancel the query")
        assert screen._watch is not None
        assert screen._watch.paused
        await c.pilot.press("escape", "p")
        await c.sees("PAUSED")
        assert screen._watch.paused
        await c.pilot.press("p", "plus")
        await c.sees("every 1 s")
        await c.pilot.press("f8")
        await c.until(lambda: c.app.screen is c.main)
        await c.until(lambda: connections() == "0")


async def test_every_view_shows_what_it_is_of(pg: PgServer, database: str) -> None:
    async with (
        blockade(pg, database) as (billing, *_),
        sessions(pg, database, "builder") as (builder,),
        console([spec_of(pg, database)], size=(80, 24)) as c,
    ):
        building = asyncio.create_task(
            builder.execute("create index concurrently on orders (total)")
        )
        await c.pilot.press("f8", "6")
        await c.sees("CREATE INDEX CONC.", "orders", "0%", "waiting 3")
        await c.pilot.press("3")
        await c.sees("billing", "builder", "web", "oldest xact")
        await c.pilot.press("slash", *"billing", "enter", "enter")
        await c.sees("▌1 Activity", str(billing.get_server_pid()))
        assert applications(c) == ["billing"]
        await c.pilot.press("escape", "4", "r", "r")
        await c.sees("transactions/s", "all of them", database, "commit/s", "100.0%")
        await c.pilot.press("enter")
        await c.sees("by index/s", "counted since")
        await c.pilot.press("escape", "5")
        await c.sees("nobody follows this server, and there are no slots")
        await c.pilot.press("7")
        await c.sees("shared_preload_libraries", "CREATE EXTENSION pg_stat_statements")
        await c.pilot.press("x")
        await c.until(lambda: any("Only top statements" in n for n in c.notes()))
        await c.pilot.press("shift+tab", "tab", "1")
        await c.sees("▌1 Activity")
        building.cancel()
        await asyncio.gather(building, return_exceptions=True)


async def test_the_palette_has_what_the_keys_do(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.pilot.press("ctrl+p", *"server's side", "enter")
        await c.until(lambda: isinstance(c.app.screen, ServerScreen))
        await c.sees("all clients are idle")
        offered = {command.title for command in server(c).commands()}
        assert {"Blocking", "Pause, or go on", "Sort by the column"} <= {
            title.partition(" (")[0] for title in offered
        }


async def test_a_frozen_server_is_told_while_the_screen_goes_on(
    own_server: PgServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.monitor.link.TIMEOUT_S", 1.0)
    async with console([spec_of(own_server, "postgres")]) as c:
        async with contextlib.AsyncExitStack() as stack:
            # The user's own pool has nothing left; the monitor does not need it.
            for _ in range(4):
                await stack.enter_async_context(c.pools.acquire("postgres"))
            await c.pilot.press("f8", "plus", "plus", "plus")
            await c.sees("nothing waits", "every 0.25 s")
            await c.until(lambda: server(c)._watch.sample.connections >= 5)
        own_server.freeze()
        try:
            await c.sees("no sample for", "the server does not answer")
            first = c.screen_text
            await c.pilot.press("2")
            await c.sees("▌2 Blocking", "no sample for", "not known: the server")
            assert " · up " not in c.screen_text
            # It goes on counting, though nothing is heard.
            await c.until(lambda: _age(c.screen_text) > _age(first))
        finally:
            own_server.thaw()
        await c.pilot.press("r")
        await c.sees("nothing waits")
        own_server.stop()
        await c.sees("no sample for", "r tries again now")
        own_server.start()
        await c.sees("nothing waits")


def _age(text: str) -> float:
    found = re.search(r"no sample for ([0-9.]+)s", text)
    return float(found[1]) if found is not None else 0.0


async def test_a_server_that_is_not_there_is_said_to_be_so(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database), dead_spec()]) as c:
        await c.pilot.press("f2", "end", "a")
        await c.sees("no sample: nothing accepts connections", "r tries again")
        await c.sees("no answer yet")
        await c.pilot.press("1", "2", "3", "enter", "K", "y", "space", "s", "escape")
        await c.until(lambda: c.app.screen is c.main)
        await c.pilot.press("f6", "home", "a")
        await c.until(lambda: isinstance(c.app.screen, ServerScreen))
        await c.until(lambda: isinstance(c.app.focused, LiveGrid))
