"""One statement on a hundred databases: beside the ideal, psql in a loop, memory."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

from textual.strip import Strip

from mdbtui.config import ConnectionSpec
from mdbtui.config.targets import TargetChoice
from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import MemoryBudget, driver_options, tune_gc
from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.tuning import tune_threads
from mdbtui.sql import Statement
from tests.bench.measure import (
    Figure,
    at_most,
    median,
    only,
    ratio,
    rounds,
    seconds,
    show,
)
from tests.bench.store import stall_figures, watched
from tests.bench.world import World, world
from tests.support.console import Console, console
from tests.support.proxy import FaultyProxy
from tests.support.storm import storm

DATABASES = 100
SMALL = "select current_database(), count(*) from pg_class"
WORK_S = 0.02
"""What the server takes for a statement whose work is known."""
ROWS_EACH = 10_000


def statement(sql: str) -> Statement:
    return Statement(sql, 0, len(sql))


def make_databases(world: World) -> list[str]:
    """A hundred databases that are empty, made once."""
    found = world.run_psql("select datname from pg_database").split()
    names = [f"fan_{i:03}" for i in range(DATABASES)]
    for name in names:
        if name not in found:
            world.run_psql(f"create database {name} strategy file_copy")
    return names


def config(world: World, database: str, **fields: object) -> DBConfig:
    server = world.server
    settings = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "database": database,
        "name": database,
        "ssl": "disable",
        "pool_max_size": 4,
        **fields,
    }
    return DBConfig(**settings)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def pools_of(
    world: World, names: list[str]
) -> AsyncIterator[tuple[PoolManager, list[str]]]:
    async with PoolManager(driver_options=driver_options) as pools:
        yield pools, [pools.register(config(world, name)) for name in names]


async def timed(
    pools: PoolManager, ids: list[str], sql: str, limits: Limits | None = None
) -> float:
    """Seconds until all have answered."""
    fan = FanOut(pools, ids, statement(sql), limits=limits)
    begun = time.perf_counter()
    fan.start()
    await fan.wait()
    taken = time.perf_counter() - begun
    assert all(each.state is State.DONE for each in fan.outcomes), fan.summary
    await fan.close()
    return taken


async def small(world: World, names: list[str]) -> tuple[float, float]:
    """Seconds for one small query on all: with cold pools, with warm ones."""
    async with pools_of(world, names) as (pools, ids):
        cold = await timed(pools, ids, SMALL)
        warm = [await timed(pools, ids, SMALL) for _ in range(rounds(5))]
    return cold, median(warm)


def psql_loop(world: World, names: list[str]) -> float:
    """Seconds for psql on one database after the other, as a shell does it."""
    psql = world.server.bin_dir / "psql"
    lines = [f"{psql} -XAtq -c '{SMALL}' '{world.server.url(name)}'" for name in names]
    begun = time.perf_counter()
    subprocess.run(["sh", "-c", "\n".join(lines)], check=True, capture_output=True)
    return time.perf_counter() - begun


async def known_work(
    world: World, names: list[str], at_once: int
) -> tuple[float, float]:
    """Seconds for statements of `WORK_S` each, so many at once, and what is ideal."""
    limits = Limits(concurrency=at_once, per_host=at_once)
    sql = f"select pg_sleep({WORK_S})"
    async with pools_of(world, names) as (pools, ids):
        await timed(pools, ids, SMALL)
        alone = [await timed(pools, ids[:1], sql) for _ in range(20)]
        taken = [await timed(pools, ids, sql, limits) for _ in range(rounds(5))]
    return median(taken), median(alone) * len(names) / limits.concurrency


async def dead_ones(world: World, names: list[str]) -> tuple[float, float]:
    """Seconds for sixteen healthy ones: with four black holes, and alone."""
    sql = f"select pg_sleep({WORK_S})"
    limits = Limits(concurrency=8, per_host=8)
    async with (
        FaultyProxy(world.server.host, world.server.port) as proxy,
        pools_of(world, names[:16]) as (pools, ids),
    ):
        holes = [
            pools.register(config(world, names[i], name=f"hole{i}", port=proxy.port))
            for i in range(4)
        ]
        await timed(pools, ids, sql, limits)
        proxy.hole()
        alone, taken = [], []
        for _ in range(rounds(7)):
            alone.append(await timed(pools, ids, sql, limits))
            taken.append(await until_healthy(pools, [*holes, *ids], sql, limits))
    return median(taken), median(alone)


async def until_healthy(
    pools: PoolManager, ids: list[str], sql: str, limits: Limits
) -> float:
    """Seconds until all but four have answered; these are then cancelled."""
    fan = FanOut(pools, ids, statement(sql), limits=limits)
    healthy = asyncio.Event()

    def changed(_: str) -> None:
        if sum(each.state is State.DONE for each in fan.outcomes) == len(ids) - 4:
            healthy.set()

    fan.subscribe(changed)
    begun = time.perf_counter()
    fan.start()
    await healthy.wait()
    taken = time.perf_counter() - begun
    await fan.close()
    return taken


async def large(world: World, names: list[str]) -> tuple[float, float, list[Figure]]:
    """Rows of all merged in 16 MB: seconds, MB that memory grew by, the stalls."""
    series = f"generate_series(1, {ROWS_EACH}) g"
    sql = f"select g, md5(g::text), repeat('x', 60) from {series}"
    async with pools_of(world, names) as (pools, ids):
        await timed(pools, ids, SMALL)
        before = resident_mb()
        budget = MemoryBudget(16 << 20, 32 << 20)
        async with watched() as stalls:
            fan = FanOut(pools, ids, statement(sql), budget=budget)
            begun = time.perf_counter()
            fan.start()
            await fan.wait()
            taken = time.perf_counter() - begun
        assert fan.rows.count == DATABASES * ROWS_EACH, fan.summary
        grown = resident_mb() - before
        await fan.close()
    return taken, grown, stall_figures("100 × 10,000 rows merged", [stalls])


def resident_mb() -> float:
    """This process's memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def on_screen(world: World, names: list[str]) -> tuple[list[float], list[Figure]]:
    """Seconds from the first answer to its rows on the screen, and the stalls."""
    specs = [ConnectionSpec(name, config(world, name)) for name in names]
    slow = f"select {SLOW_BUT_FIRST}, g from generate_series(1, 200) g"
    taken = []
    async with console(specs, size=(160, 48)) as running:
        await asyncio.sleep(2)
        runner = running.main.panes.active
        runner.tab.targets = TargetChoice(tuple(names))
        await running.run(SMALL)
        for _ in range(rounds(5)):
            running.pane.editor.text = slow
            running.pane.editor.focus()
            taken.append(await first_rows(running))
            await running.pilot.press("f9")
            await running.until(lambda: not runner.talk.running)
        big = f"select g, md5(g::text) from generate_series(1, {ROWS_EACH}) g"
        async with watched() as stalls:
            await running.run(big)
            await asyncio.sleep(0.5)
        view = running.pane.results.fan_out
        assert view is not None
        assert view.rows.count == DATABASES * ROWS_EACH, view.fan.summary
    return taken, stall_figures("the same in the console", [stalls])


SLOW_BUT_FIRST = "pg_sleep(30 * (current_database() <> 'fan_000')::int)"


async def first_rows(running: Console) -> float:
    """Seconds from F5 to the first row drawn, without what its database took."""
    view = running.pane.results.fan_out
    assert view is not None
    last, grid, drawn = view.fan, view.grid, asyncio.Event()
    plain = grid.render_line

    def render_line(y: int) -> Strip:
        strip = plain(y)
        if view.fan is not last and "fan_000" in strip.text:
            drawn.set()
        return strip

    grid.render_line = render_line  # type: ignore[method-assign]
    begun = time.perf_counter()
    press = asyncio.create_task(running.pilot.press("f5"))
    await drawn.wait()
    taken = time.perf_counter() - begun
    await press
    grid.render_line = plain  # type: ignore[method-assign]
    return taken - view.fan.outcome("fan_000").total_ms / 1000


async def storms(world: World, names: list[str], count: int) -> float:
    """Seconds for so many fan-outs with cancels, retries and killed backends."""
    async with pools_of(world, names[:6]) as (pools, ids):
        killer = pools.register(config(world, "postgres", name="killer"))
        begun = time.perf_counter()
        await storm(pools, ids, killer, rounds=count, seed=6)
        return time.perf_counter() - begun


def measure(found: World) -> list[Figure]:
    tune_gc()
    tune_threads()
    names = make_databases(found)
    figures = []
    cold, warm = asyncio.run(small(found, names))
    loop = psql_loop(found, names)
    figures.append(ratio("small query on 100, warm", warm, loop, 0.1, "psql in a loop"))
    figures.append(only("small query on 100, cold pools", seconds(cold)))
    # Sixteen at once take seven rounds for a hundred: 1.12 × the ideal at best.
    for at_once in (10, 16):
        taken, ideal = asyncio.run(known_work(found, names, at_once))
        work = f"{WORK_S * 1000:g} ms of work on 100, {at_once} at once"
        figures.append(ratio(work, taken, ideal, 1.3, "ideal"))
    taken, alone = asyncio.run(dead_ones(found, names))
    figures.append(ratio("16 healthy beside 4 black holes", taken, alone, 1.2, "alone"))
    taken, grown, stalls = asyncio.run(large(found, names))
    figures.append(only("100 × 10,000 rows merged", seconds(taken)))
    figures.append(at_most("their memory beyond 16 MB", grown - 16, 48, "MB"))
    figures += stalls
    drawn, stalls = asyncio.run(on_screen(found, names))
    figures.append(at_most("first answer on screen", median(drawn) * 1000, 60, "ms"))
    figures += stalls
    count = rounds(2_000)
    taken = asyncio.run(storms(found, names, count))
    figures.append(only(f"storm of {count:,} fan-outs", f"{seconds(taken)}, none lost"))
    return figures


if __name__ == "__main__":
    with world() as made:
        show(measure(made))
