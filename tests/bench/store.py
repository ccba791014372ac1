"""All rows into the store beside psql's COPY, and what the loop feels meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator

from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import MemoryBudget, Session, driver_options, tune_gc
from mdbtui.query.tuning import tune_threads
from mdbtui.sql import Statement
from mdbtui.ui.stall import StallMonitor
from tests.bench.measure import (
    Figure,
    at_most,
    median,
    only,
    progress,
    ratio,
    rounds,
    show,
)
from tests.bench.world import DATABASE, World, world
from tests.support.console import Console, console, spec_of

SQL = "select * from bench"
LOADS = 5
"""Loads that are watched in one go: one has too few beats for a p99."""
BEAT = 0.004
"""Seconds between two beats: a stall is seen whatever part of it a beat meets."""


def psql_copy(found: World) -> float:
    began = time.perf_counter()
    subprocess.run(
        found.psql("-c", f"copy ({SQL}) to stdout"),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


async def load_all(found: World, budget: MemoryBudget) -> float:
    """Seconds from the run to the last of a million rows in the store."""
    server = found.server
    config = DBConfig(
        host=server.host,
        port=server.port,
        database=DATABASE,
        user=server.user,
        password=server.password,
        ssl="disable",
    )
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = await pools.create_pool(config)
        session = Session(pools, db_id, budget=budget)
        began = time.perf_counter()
        result = await session.run(Statement(SQL, 0, len(SQL)))
        rows = result.rows
        assert rows is not None
        rows.fetch_all()
        done = asyncio.Event()
        rows.subscribe(lambda: done.set() if rows.complete else None)
        if not rows.complete:
            await done.wait()
        took = time.perf_counter() - began
        assert rows.count == 1_000_000
        await rows.close()
        await session.close()
    return took


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[StallMonitor]:
    async with StallMonitor(period=BEAT, limit_ms=12.0) as stalls:
        yield stalls


async def load_on_screen(found: World) -> StallMonitor:
    """The loop's stalls while the grid shows a million rows as they come."""
    spec = spec_of(found.server, DATABASE)  # type: ignore[arg-type]
    async with console([spec], size=(160, 48)) as running:
        await opened(running)
        await running.run(f"{SQL} limit 1")  # loads what the first result needs
        async with watched() as stalls:
            for _ in range(LOADS):
                await running.run(SQL)
                rows, grid = running.pane.results.rows, running.pane.results.grid
                assert rows is not None
                assert grid is not None
                grid.focus()
                await running.pilot.press("ctrl+end")
                # Reading the screen here would hold up the loop that is measured.
                while not rows.complete:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.3)
                assert rows.count == 1_000_000
        return stalls


async def opened(running: Console) -> None:
    """Wait until the database is connected and the program is at rest."""
    await running.until(
        lambda: running.pools.snapshot().pools[0].connections_opened > 0
    )
    await asyncio.sleep(0.5)


def stall_figures(work: str, all_stalls: list[StallMonitor]) -> list[Figure]:
    p99 = median([stalls.p99_ms for stalls in all_stalls])
    worst = median([stalls.max_ms for stalls in all_stalls])
    used = median([stalls.max_cpu_ms for stalls in all_stalls])
    for stalls in all_stalls:
        for stall in list(stalls.stalls)[:2]:
            progress(f"{work}: {stall.ms:.0f} ms at\n{stall.stack}")
    return [
        at_most(f"{work}: stall p99", p99, 8, "ms"),
        at_most(f"{work}: stall max", worst, 16, "ms", f"own CPU {used:.1f} ms"),
    ]


def measure(found: World) -> list[Figure]:
    tune_gc()
    tune_threads()
    budgets = (
        ("in memory", MemoryBudget(4 << 30, 4 << 30)),
        ("128 MB budget", MemoryBudget()),
    )
    figures: list[Figure] = []
    for name, budget in budgets:
        ours, theirs = [], []
        for _ in range(rounds(5)):
            theirs.append(psql_copy(found))
            ours.append(asyncio.run(load_all(found, budget)))
        work = f"all 1 M rows in the store, {name}"
        figures.append(ratio(work, median(ours), median(theirs), 1.15, "psql copy"))
        progress(f"{work}: {figures[-1].measured}")
    stalls = [asyncio.run(load_on_screen(found)) for _ in range(rounds(3))]
    figures += stall_figures("1 M rows load on screen", stalls)
    figures.append(
        only("  p50 of the stalls", f"{median([s.p50_ms for s in stalls]):.2f} ms")
    )
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
